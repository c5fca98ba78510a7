// A box that is offered one small app, "web" 1.0: a volume, a port and a greeting.
#pragma once

#include "tests/unit/box.h"

namespace town::test {

inline constexpr auto kWeb = R"(image: nginx:1.26
description: a web server
command: [sh, -c, "echo $GREETING; exec nginx"]
environment:
  GREETING: "@greeting@"
network:
  external:
    "@port@": "80"
volumes:
  html: {mountpoint: /srv, quota: 100mb}
questions:
  port: {query: "Which port?", type: port}
  greeting: {query: "What to say?", default: hello}
)";

inline const Key kPackage{Kind::package, "default/web"};
inline const Key kUnit{Kind::unit, "default/web"};
inline const Key kHtml{Kind::volume, "installed/default/web/1.0/html"};
inline const Key kKept{Kind::volume, "uninstalled/default/web/1.0/html"};

inline std::unique_ptr<Box> box_with_web() {
  auto box = std::make_unique<Box>();
  box->offers({offer("web", "1.0", kWeb)});
  return box;
}

inline Uninstall uninstall(bool purge) {
  Uninstall request;
  request.repo = "default";
  request.name = "web";
  request.purge_volumes = purge;
  return request;
}

}  // namespace town::test
