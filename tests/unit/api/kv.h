// A small package for tests of home documents: a port, a size and a volume.
#pragma once

namespace town::test {

inline constexpr auto kKv = R"(image: redis:7
questions:
  port: {query: "Which port?", type: port}
  size: {query: "How much?", type: bytes, default: 1gb}
network:
  external:
    "@port@": "6379"
volumes:
  data: {mountpoint: /data, quota: 100mb}
)";

}  // namespace town::test
