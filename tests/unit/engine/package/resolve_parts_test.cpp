#include <doctest/doctest.h>
#include <fmt/format.h>

#include "engine/package/resolve.h"
#include "tests/unit/engine/package/support.h"

namespace town::package {
TEST_SUITE("engine/package/resolve_parts") {
  TEST_CASE("a quota of nothing or 0 is the box's default") {
    const std::string yaml =
        "image: a\nvolumes: {v: {mountpoint: /v}, w: {mountpoint: /w, quota: 0}, x: {mountpoint: "
        "/x, quota: 1mb}}";
    for (const auto& volume : resolved(yaml).volumes)
      CHECK(volume.quota ==
            (volume.name == "x" ? std::optional<std::uint64_t>(1048576) : std::nullopt));
    ResolveContext box = test_box();
    box.default_quota = 50;
    for (const auto& volume : resolved(yaml, {}, box).volumes)
      CHECK(volume.quota == (volume.name == "x" ? 1048576U : 50U));
  }

  TEST_CASE("volumes are sorted so that parents are mounted before children") {
    const auto package = resolved(
        "image: a\nvolumes: {a: {mountpoint: /m/b/c}, b: {mountpoint: /m}, c: {mountpoint: /z}, d: "
        "{mountpoint: /m/a}}");
    Fields order;
    for (const auto& volume : package.volumes) order.push_back(volume.name);
    CHECK(order == Fields{"b", "c", "d", "a"});
  }

  TEST_CASE("only an http port of a package that supplies http goes behind the ingress") {
    const auto ingress = [](std::string_view extra, bool dependency = false) {
      ResolveContext box = test_box();
      box.dependency = dependency;
      const auto package = resolved(fmt::format("image: a\n{}", extra), {}, box);
      return std::pair(port_of(package, "http").ingress, port_of(package, "https").ingress);
    };
    const std::string ports = "network: {external: {http: 80}, internal: {https: 443}";
    CHECK(ingress("supplies: [http]\n" + ports + "}") == std::pair(true, true));
    CHECK(ingress(ports + "}") == std::pair(false, false));
    CHECK(ingress("supplies: [HTTP]\n" + ports + "}") == std::pair(false, false));
    CHECK(ingress("supplies: [http]\n" + ports + "}", true) == std::pair(false, false));
    CHECK(ingress("supplies: [http]\n" + ports +
                  ", direct: [http], tls_mode: {https: passthrough}}") == std::pair(false, false));
    CHECK(ingress("supplies: [http]\n" + ports + ", tls_mode: {https: terminate}}") ==
          std::pair(true, true));
  }

  TEST_CASE("a vm's http port is published: the ingress cannot reach into it") {
    CHECK_FALSE(port_of(resolved("vm: {image: a.img}\nsupplies: [http]\n"
                                 "network: {external: {http: 80}}"),
                        "http")
                    .ingress);
  }

  TEST_CASE("names that together are too long for a unit are a fault") {
    ResolveContext box = test_box();
    box.name = std::string(128, 'a');
    box.repo = std::string(128, 'b');
    const Parsed parsed = parse_definition("image: a");
    CHECK(fields(resolve(parsed.definition, {}, box).faults) == Fields{"name"});
  }

  TEST_CASE("a vm keeps its image and gets its defaults") {
    const auto small = resolved(
        "vm: {image: 'https://x.org/@i@.qcow2', memory: '@m@', cpus: 0}\ncommand: "
        "[x]\nenvironment: {A: b}",
        {{"i", "disk"}, {"m", ""}});
    CHECK(small.runtime == Runtime::vm);
    CHECK(small.image.empty());
    CHECK(small.command.empty());
    CHECK(small.environment.empty());
    REQUIRE(small.vm.has_value());
    CHECK(small.vm->image == "https://x.org/disk.qcow2");
    CHECK(small.vm->memory == 1073741824);
    CHECK(small.vm->cpus == 1);
    CHECK(resolved("vm: {image: a.img, memory: 512mb, cpus: 3}").vm->memory == 536870912);
    const Parsed parsed = parse_definition("vm: {image: '@i@', memory: '@m@'}");
    CHECK(fields(resolve(parsed.definition, {{"i", "../x"}, {"m", "much"}}, test_box()).faults) ==
          Fields{"vm.image", "vm.memory"});
  }

  TEST_CASE("proton makes its own command and runs on the runner's image") {
    const std::string yaml =
        "proton: {app_image: me/app, app_directory: '/@d@', volume: '@v@', exe: '@e@', args: [-x, "
        "'@a@']}\n"
        "volumes: {app: {mountpoint: /app}}\n";
    const std::map<std::string, std::string> answers{
        {"d", "app"}, {"v", "app"}, {"e", "/app/x.exe"}, {"a", "a b"}};
    const auto package = resolved(yaml, answers);
    CHECK(package.runtime == Runtime::container);
    CHECK(package.image == "quay.io/town/proton:latest");
    CHECK(package.command == Fields{"proton", "run", "/app/x.exe", "-x", "a b"});
    REQUIRE(package.proton.has_value());
    CHECK(package.proton->app_image == "docker.io/me/app:latest");
    CHECK(package.proton->app_directory == "/app");
    CHECK(resolved("image: {url: my/runner:1}\n" + yaml, answers).image == "docker.io/my/runner:1");
    const Parsed parsed = parse_definition(yaml);
    CHECK(fields(resolve(parsed.definition, {{"d", "\n"}, {"v", "w"}, {"e", ""}, {"a", "\n"}},
                         test_box())
                     .faults) ==
          Fields{"proton.app_directory", "proton.args[1]", "proton.exe", "proton.volume"});
  }
}

}  // namespace town::package
