#include "engine/package/image_reference.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace town::package {

TEST_SUITE("engine/package/image_reference") {
  TEST_CASE("a short reference becomes a full one (package format 7)") {
    const std::string digest = "@sha256:" + std::string(64, 'a');
    const std::vector<std::pair<std::string, std::string>> rows{
        {"nginx", "docker.io/library/nginx:latest"},
        {"nginx:1.26-alpine", "docker.io/library/nginx:1.26-alpine"},
        {"buildpack-deps:curl", "docker.io/library/buildpack-deps:curl"},
        {"gitea/gitea", "docker.io/gitea/gitea:latest"},
        {"plexinc/pms-docker", "docker.io/plexinc/pms-docker:latest"},
        {"ghcr.io/org/app", "ghcr.io/org/app:latest"},
        {"ghcr.io/app", "ghcr.io/app:latest"},
        {"registry.lan:5000/app", "registry.lan:5000/app:latest"},
        {"localhost:5000/app", "localhost:5000/app:latest"},
        {"localhost/app", "localhost/app:latest"},
        {"nginx" + digest, "docker.io/library/nginx" + digest},
        {"user/app" + digest, "docker.io/user/app" + digest},
        {"ghcr.io/a/b:1" + digest, "ghcr.io/a/b:1" + digest},
        {"", ""},
    };
    for (const auto& [given, expected] : rows) {
      CAPTURE(given);
      CHECK(normalize_image(given) == expected);
      CHECK(normalize_image(expected) == expected);
    }
  }

  TEST_CASE("only harmless characters may stand in a reference") {
    for (const char* good : {"nginx", "@tag@", "a/b:c@sha256:0", "9front", "A_b.c-d"})
      CHECK(valid_image(good));
    for (const char* bad :
         {"", "-v", ":x", "/x", ".x", "a b", "a;b", "a$b", "a`b", "a\nb", "ü", "a\\b"})
      CHECK_FALSE(valid_image(bad));
  }

  TEST_CASE("a reference floats without a tag or with one of the latest family") {
    for (const char* floating :
         {"nginx", "nginx:latest", "q/x:rc.latest", "q/x:release.latest-x86_64",
          "registry.lan:5000/app", "x:latest-aarch64"})
      CHECK(is_floating(floating));
    for (const char* pinned : {"nginx:1.26", "x:20260101", "localhost/x", "x@sha256:0",
                               "x:latest@sha256:0", "x:notlatest"})
      CHECK_FALSE(is_floating(pinned));
  }
}

}  // namespace town::package
