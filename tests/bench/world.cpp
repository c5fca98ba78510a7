#include "tests/bench/world.h"

#include <fmt/format.h>

#include <stdexcept>

namespace town::bench {
namespace {

constexpr int kFirstPort = 20'000;

constexpr auto kPackage = R"(image: nginx:1.26-alpine
description: A static web site
environment: {GREETING: "@greeting@"}
command: [sh, -c, "printf '%s' \"$GREETING\" > index.html; exec nginx -g 'daemon off;'"]
network:
  external: {"@port@": "80"}
volumes:
  html: {mountpoint: /usr/share/nginx/html, quota: 100mb}
questions:
  port: {query: "On which port shall the site be found?", type: port}
  greeting: {query: "What shall the first page say?", default: Hello}
)";

}  // namespace

std::unique_ptr<test::Box> make_box(std::shared_ptr<Store> store, int services) {
  auto box = std::make_unique<test::Box>(std::move(store));
  box->offers({test::offer("web", "1.0", kPackage)});
  Intent intent{{"bench", "bench"}, {}};
  for (int i = 0; i < services; ++i) {
    Install install;
    install.package = "web";
    install.instance = fmt::format("n{:05}", i);
    install.responses = {{"port", std::to_string(kFirstPort + i)},
                         {"greeting", "This is number " + std::to_string(i)}};
    intent.requests.emplace_back(std::move(install));
  }
  if (services > 0) box->engine.submit(intent);
  return box;
}

void converge(test::Box& box) {
  if (!box.settle()) throw std::runtime_error("the box does not settle");
  const auto snapshot = box.snapshot();
  snapshot.graph->each([&](const ResourcePtr& resource) {
    const bool derived = resource->owner.has_value();
    if (derived && !snapshot.ready(resource->key)) {
      throw std::runtime_error(to_string(resource->key) + " is not ready");
    }
  });
}

}  // namespace town::bench
