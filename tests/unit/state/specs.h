// A spec of each kind with every member set to something else than its default. For tests.
#pragma once

#include <vector>

#include "state/spec.h"

namespace town {

inline PackageSpec full_package() {
  PackageSpec spec;
  spec.repo = "default";
  spec.package = "nginx";
  spec.name = "nginx-two";
  spec.version = "2.0";
  spec.track_latest = true;
  spec.definition = "image: nginx\n# caf\xC3\xA9 \xFF\n";
  spec.digest = "0123";
  spec.responses = {{"password", Secret("hunter2")}, {"port", Secret("80")}};
  spec.volume_ids = {{"html", "v1"}};
  spec.clone_of = {{"html", "v0"}};
  spec.quotas = {{"html", 5'000'000'000'000ULL}};
  spec.enabled = false;
  spec.stopped = true;
  spec.restarts = 70'000;
  spec.members = {{"db/cache",
                   {"other",
                    "kv",
                    "1.0",
                    "image: kv\n",
                    {{"password", Secret("hunter3")}},
                    {{"data", "v2"}},
                    {{"data", "v3"}},
                    {{"data", 7}}}}};
  spec.former = {{"mail", {{"key", Secret("hunter5")}}}};
  spec.installation = "0011aabb";
  return spec;
}

inline UnitSpec full_unit() {
  UnitSpec spec;
  spec.unit = "town-os-package--default-nginx-2.0.service";
  spec.container = "town-os-package--default-nginx-2.0";
  spec.description = "nginx";
  spec.image = "docker.io/library/nginx:latest";
  spec.entrypoint = {"/bin/sh", "-c"};
  spec.command = std::vector<std::string>(20, "word");
  spec.environment = {{"TOKEN", Secret("s3cret")}};
  spec.mounts = {{Key{Kind::volume, "default/nginx/2.0/html"}, "installed/x", "/html", true}};
  spec.network = "net";
  spec.aliases = {"nginx"};
  spec.ports = {{8080, 80, "udp"}, {443, 443, "tcp"}};
  spec.running = false;
  spec.restarts = 300;
  spec.after = {"town-os-package--default-kv-1.0.service"};
  spec.post_install = {Secret("create-admin s3cret")};
  spec.installation = "0011aabb";
  spec.post_update = {Secret("migrate s3cret")};
  return spec;
}

inline std::vector<Spec> full_specs() {
  return {
      RepositorySpec{"https://example.org/x.git", "me", Secret("hunter2"), -3},
      full_package(),
      VolumeSpec{"v1",
                 "user/photos",
                 20'000'000,
                 1000,
                 0,
                 "v0",
                 {{"etc/app.conf", Secret("hunter4")}},
                 2,
                 {{"git", "https://example.org/x.git", "/srv", "main", "me", Secret("hunter2")}}},
      ImageSpec{"docker.io/library/nginx:latest"},
      full_unit(),
      NetworkSpec{"town-os-net--default-nginx-2.0"},
      PortSpec{8080, "udp", "nginx.service"},
      SettingSpec{std::string(70'000, 'x')},
      AnswersSpec{{{"password", Secret("hunter2")}}, {{"db", {{"token", Secret("hunter3")}}}}},
      DiskSpec{64'000'000},
      PageSpec{"git", "https://example.org/x.git", "next", "x.example.org", "docker.io/library/x:1",
               "/srv", "active", 1, 2},
      VmImageSpec{"https://example.org/debian.qcow2"}};
}

}  // namespace town
