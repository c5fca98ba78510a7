#include "controllers/drivers/memory_unit.h"

#include <doctest/doctest.h>

namespace town {

TEST_SUITE("controllers/drivers/memory_unit") {
  TEST_CASE("a unit's lines are read with continuations, comments and specifiers") {
    const auto unit =
        read_unit("town-os-a.service",
                  "# town-os x\n[Unit]\nDescription=Hello %N\n[Service]\nType=notify\n"
                  "Restart=on-failure\nEnvironmentFile=/run/town-os/environment/%n\n"
                  "EnvironmentFile=-/optional\n"
                  "ExecStart=/usr/bin/podman run \\\n  --rm image\n");
    CHECK(unit.description == "Hello town-os-a");
    CHECK(unit.type == "notify");
    CHECK(unit.restart == "on-failure");
    CHECK(unit.environment_files ==
          std::vector<std::string>{"/run/town-os/environment/town-os-a.service"});
    CHECK(unit.command == std::vector<std::string>{"/usr/bin/podman", "run", "--rm", "image"});
    CHECK(runs_container(unit));
  }

  TEST_CASE("quotes, escapes, doubled percent and dollar signs become the words meant") {
    const auto unit =
        read_unit("u.service", R"(ExecStart=/bin/x "a b" 'c "d"' "e\"f\\g\n" h%%i j$$k "" l\sm)");
    CHECK(unit.command == std::vector<std::string>{"/bin/x", "a b", "c \"d\"", "e\"f\\g\n", "h%i",
                                                   "j$k", "", "l m"});
    CHECK_FALSE(runs_container(unit));
  }

  TEST_CASE("podman's options are read in both spellings, up to the image") {
    const auto container = read_container({"podman",
                                           "run",
                                           "--rm",
                                           "--name=web",
                                           "--replace",
                                           "-d",
                                           "--network",
                                           "net:alias=w",
                                           "--annotation",
                                           "town.spec=abc",
                                           "--annotation=town.key=unit/x=y",
                                           "-p",
                                           "8080:80",
                                           "--publish=127.0.0.1:53:5353/udp",
                                           "-v",
                                           "/town/a:/data:rw",
                                           "--volume=/town/b:/b",
                                           "-e",
                                           "-p",
                                           "--env-file",
                                           "/env",
                                           "docker.io/library/nginx:1",
                                           "--name",
                                           "no"});
    CHECK(container.name == "web");
    CHECK(container.image == "docker.io/library/nginx:1");
    CHECK(container.networks == std::vector<std::string>{"net"});
    CHECK(container.annotations ==
          std::map<std::string, std::string>{{"town.spec", "abc"}, {"town.key", "unit/x=y"}});
    CHECK(container.ports == std::vector<PublishedPort>{{8080, 80, "tcp"}, {53, 5353, "udp"}});
    CHECK(container.sources == std::vector<std::string>{"/town/a", "/town/b"});
    CHECK(container.environment_files == std::vector<std::string>{"/env"});
    CHECK(container.replace);
    CHECK(container.remove);
  }
}

}  // namespace town
