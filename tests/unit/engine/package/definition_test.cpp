#include "engine/package/definition.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <vector>

#include "tests/unit/engine/package/support.h"

namespace town::package {
TEST_SUITE("engine/package/definition") {
  TEST_CASE("what is not a mapping stands alone as a fault") {
    for (const char* yaml :
         {"", "text", "- a", "a: [", "a: 1\na: 2", "image: nginx\nimage: nginx\nvm: 1"})
      CHECK(parse_definition(yaml).faults.size() == 1);
  }

  TEST_CASE("a package has exactly one runtime") {
    check({
        {"description: x", {"runtime"}},
        {"{}", {"runtime"}},
        {"image: nginx\nvm: {image: a.qcow2}", {"runtime"}},
        {"vm: {image: a.qcow2}\nproton: {app_image: a, app_directory: /a, volume: v, exe: e}\n"
         "volumes: {v: {mountpoint: /v}}",
         {"runtime"}},
        {"image: {type: oci}\nproton: {app_image: a, app_directory: /a, volume: v, exe: e}\n"
         "volumes: {v: {mountpoint: /v}}",
         {}},
        {"vm: {image: a.qcow2}", {}},
        {"image:\nvm: {image: a.qcow2}", {}},
    });
  }

  TEST_CASE("an image is a text or a mapping with a url") {
    check({
        {"image: nginx:1.26", {}},
        {"image: {url: nginx, type: oci}", {}},
        {"image: {url: nginx}", {}},
        {"image: nginx@tag@", {}},
        {"image: ''", {"image"}},
        {"image:", {"image"}},
        {"image: {}", {"image.url"}},
        {"image: {type: oci}", {"image.url"}},
        {"image: {url: nginx, type: docker}", {"image.type"}},
        {"image: {url: 'a b'}", {"image.url"}},
        {"image: {url: [a]}", {"image.url"}},
        {"image: [nginx]", {"image"}},
        {"image: 'nginx; rm -rf /'", {"image"}},
        {"image: '$(id)'", {"image"}},
        {"image: -v", {"image"}},
        {"image: \"a\\nb\"", {"image"}},
    });
  }

  TEST_CASE("command, entrypoint and commands after are lists of single lines") {
    check_with_image({
        {"command: [a, 'b c', '', \"d\\te\"]\nentrypoint: [sh, -c]", {}},
        {"command: nginx", {"command"}},
        {"command: {a: b}", {"command"}},
        {"command: [a, [b]]", {"command[1]"}},
        {"command: [\"a\\nb\", ok, \"\\x7f\"]", {"command[0]", "command[2]"}},
        {"command:\n  - |\n    two\n    lines\n  - >-\n    one &&\n    line", {"command[0]"}},
        {"entrypoint: [\"a\\rb\"]", {"entrypoint[0]"}},
        {"entrypoint: sh", {"entrypoint"}},
        {"post_update: ['', \" \", ok, \" ok\\n\", \"a\\nb\"]",
         {"post_update[0]", "post_update[1]", "post_update[4]"}},
        {"post_install: [[a], \"\\e\"]", {"post_install[0]", "post_install[1]"}},
    });
  }

  TEST_CASE("environment names are those of a shell, values single lines") {
    check_with_image({
        {"environment: {A: b, _x1: '', C: , NULL: 1, D: \"%n $HOME 'q' \\\"q\\\" é\"}", {}},
        {"environment: {1A: b}", {"environment.1A"}},
        {"environment: {A-B: b}", {"environment.A-B"}},
        {"environment: {'': b}", {"environment."}},
        {"environment: {A: \"a\\nb\", B: \"\\0\"}", {"environment.A", "environment.B"}},
        {"environment: {A: \"@x@\\n\"}", {"environment.A"}},
        {"environment: {A: [b], B: {c: d}}", {"environment.A", "environment.B"}},
        {"environment: [A=b]", {"environment"}},
        {"environment: text", {"environment"}},
    });
  }

  TEST_CASE("ports are numbers, names or markers") {
    check_with_image({
        {"network: {external: {'8080': 80, sql: '5432', '@p@': '@q@'}, internal: {'22': 22}}", {}},
        {"network: {external: {'0': 80}}", {"network.external.0"}},
        {"network: {external: {'65536': 80}}", {"network.external.65536"}},
        {"network: {external: {'-1': 80}}", {"network.external.-1"}},
        {"network: {external: {'80/tcp': 80}}", {"network.external.80/tcp"}},
        {"network: {internal: {'80': 0}}", {"network.internal.80"}},
        {"network: {internal: {'80': http}}", {"network.internal.80"}},
        {"network: {internal: {'80': }}", {"network.internal.80"}},
        {"network: {internal: {'80': [80]}}", {"network.internal.80"}},
        {"network: {external: {a: 80, b: 80}}", {"network.external.b"}},
        {"network: {external: {a: 80}, internal: {a: 81}}", {"network.internal.a"}},
        {"network: {external: {sql: 80, SQL: 81}}", {"network.external.SQL"}},
        {"network: {external: {'80': 1}, internal: {'080': 2}}", {"network.internal.080"}},
        {"network: {external: {'80': 1, a: 80}}", {"network.external.a"}},
        {"network: {internal: {'80': 1}, external: {a: 80}}", {"network.external.a"}},
        {"network:\n  internal: {'80': 1}\n  external: {'80': 2}", {"network.external.80"}},
        {"network: {external: [80]}", {"network.external"}},
        {"network: 80", {"network"}},
    });
  }

  TEST_CASE("a port behind the ingress does not claim a port of the host") {
    check_with_image({
        {"supplies: [http]\nnetwork: {external: {http: 80, '80': 1}}", {}},
        {"network: {external: {http: 80, '80': 1}}", {"network.external.80"}},
        {"supplies: [http]\nnetwork: {external: {http: 80, '80': 1}, direct: [http]}",
         {"network.external.80"}},
    });
  }

  TEST_CASE("direct and tls_mode speak of ports that are there") {
    check_with_image({
        {"network: {external: {a: 80, '81': 81, '@p@': 82}, direct: [a], tls_mode: {'81': "
         "passthrough, '@p@': terminate}}",
         {}},
        {"network: {external: {a: 80}, direct: [b, '']}",
         {"network.direct[0]", "network.direct[1]"}},
        {"network: {external: {a: 80}, direct: a}", {"network.direct"}},
        {"network: {external: {a: 80}, tls_mode: {b: terminate}}", {"network.tls_mode.b"}},
        {"network: {external: {a: 80}, tls_mode: {a: never}}", {"network.tls_mode.a"}},
        {"network: {external: {a: 80}, tls_mode: {a: [x]}}", {"network.tls_mode.a"}},
        {"network: {external: {a: 80}, direct: [a], tls_mode: {a: passthrough}}",
         {"network.tls_mode.a"}},
        {"network: {external: {'@p@': 80}, direct: ['81']}", {}},
    });
  }

  TEST_CASE("domains are labels of letters, digits and hyphens") {
    check_with_image({
        {"network: {domains: [www, a.example.org, '@d@', 'x.@d@']}", {}},
        {"network: {domains: ['a b', ok, '*.x', \"a\\nb\", '', 'a;b', '-a', 'a_b']}",
         {"network.domains[0]", "network.domains[2]", "network.domains[3]", "network.domains[4]",
          "network.domains[5]", "network.domains[6]", "network.domains[7]"}},
        {"network: {domains: www}", {"network.domains"}},
        {"network: {domains: [[www]]}", {"network.domains[0]"}},
        {"network: {domains: [\"@d@\\n{\"]}", {"network.domains[0]"}},
    });
  }

  TEST_CASE("notes have a value of their type") {
    const auto note = [](std::string_view value, std::string_view type) {
      return fmt::format("notes: {{My note: {{value: '{}', type: {}}}}}", value, type);
    };
    const Fields fault{"notes.My note.value"};
    check_with_image({
        {note("https://x.org:8443/a?b=c#d", "url"), {}},
        {note("mailto:a@b.c", "url"), {}},
        {note("http://@PACKAGE_DNS@:@port@/", "url"), {}},
        {note("not a url", "url"), fault},
        {note("http://a b/", "url"), fault},
        {note("http://x:port/", "url"), fault},
        {note("+1 (555) 123-4567", "phone"), {}},
        {note("110", "phone"), {}},
        {note("call me", "phone"), fault},
        {note("+", "phone"), fault},
        {note("a.b@c.de", "email"), {}},
        {note("a@b", "email"), fault},
        {note("a b@c.d", "email"), fault},
        {note("a@b-c@d.e", "email"), fault},
        {note("anything at all", "text"), {}},
        {note("anything at all", ""), {}},
        {"notes: {a: {type: url}}", {"notes.a.value"}},
        {"notes: {a: {value: [x]}}", {"notes.a.value"}},
        {"notes: {a: text}", {"notes.a"}},
        {"notes: [a]", {"notes"}},
    });
  }

  TEST_CASE("a vm has an image, memory and processors, and no container's keys") {
    check({
        {"vm: {image: 'https://x.org/a.qcow2', memory: 2gb, cpus: 4}", {}},
        {"vm: {image: '@i@', memory: '@m@', cpus: 0}", {}},
        {"vm: {}", {"vm.image"}},
        {"vm: text", {"vm"}},
        {"vm: {image: ../a.img, memory: lots, cpus: -1}", {"vm.cpus", "vm.image", "vm.memory"}},
        {"vm: {image: 'ftp://x/a'}", {"vm.image"}},
        {"vm: {image: a/b}", {"vm.image"}},
        {"vm: {image: 'http:///a'}", {"vm.image"}},
        {"vm: {image: [a], memory: [b], cpus: [c]}", {"vm.cpus", "vm.image", "vm.memory"}},
        {"vm: {image: a}\nentrypoint: [a]\npost_update: [a]\npost_install: [a]\n"
         "attach: {a: {volume: a/b/c, path: /a}}",
         {"attach", "entrypoint", "post_install", "post_update"}},
    });
    const Parsed ignored = parse_definition(
        "vm: {image: a}\ncommand: [x]\nenvironment: {A: b}\n"
        "archives: []\ngit_sources: []");
    CHECK(ignored.faults.empty());
    CHECK(fields(ignored.warnings) == Fields{"archives", "command", "environment", "git_sources"});
  }

  TEST_CASE("proton runs a program of its own") {
    const std::string volumes = "volumes: {v: {mountpoint: /v}}\n";
    check({
        {volumes + "proton: {app_image: a/b, app_directory: /app, volume: v, exe: /app/x.exe, "
                   "args: [-a, '@b@']}",
         {}},
        {volumes + "proton: {}",
         {"proton.app_directory", "proton.app_image", "proton.exe", "proton.volume"}},
        {volumes + "proton: {app_image: 'a b', app_directory: app, volume: w, exe: \"x\\ny\", "
                   "args: [\"\\r\"]}",
         {"proton.app_directory", "proton.app_image", "proton.args[0]", "proton.exe",
          "proton.volume"}},
        {volumes + "proton: {app_image: a, app_directory: /a, volume: v, exe: e}\ncommand: "
                   "[x]\nentrypoint: [y]",
         {"command", "entrypoint"}},
        {"proton: text", {"proton"}},
        {volumes + "image: 'a b'\nproton: {app_image: a, app_directory: /a, volume: v, exe: e, "
                   "args: text}",
         {"image", "proton.args"}},
    });
  }

  TEST_CASE("description and supplies are texts") {
    check_with_image({
        {"description: A shelf for notes\nsupplies: [http, notes]", {}},
        {"description: >\n  folded\n", {}},
        {"description: \"x\\n[Service]\\nExecStart=evil\"", {"description"}},
        {"description: [x]\nsupplies: http", {"description", "supplies"}},
        {"description: {a: b}\nsupplies: {a: b}", {"description", "supplies"}},
    });
  }

  TEST_CASE("faults of all sections come in one answer, in the order of the file") {
    const Parsed parsed = parse_definition(
        "image: 'a b'\nenvironment: {1: x}\nvolumes:\n  v: {mountpoint: v}\nquestions:\n  q: {}\n"
        "network: {external: {'0': '0'}}\n");
    CHECK(fields(parsed.faults) == Fields{"environment.1", "image", "network.external.0",
                                          "network.external.0", "questions.q.query",
                                          "volumes.v.mountpoint"});
    int line = 0;
    for (const auto& fault : parsed.faults) {
      CHECK(fault.line >= line);
      CHECK_FALSE(fault.message.empty());
      line = fault.line;
    }
    CHECK(parsed.faults.front().line == 1);
    CHECK(parsed.faults.back().line == 7);
  }

  TEST_CASE("unknown keys are warnings that say what may have been meant") {
    const Parsed parsed = parse_definition(
        "image: nginx\nenviroment: {A: b}\nfrobnicate: 1\nvolumes: {v: {mountpoint: /v, qouta: "
        "1gb}}\n");
    CHECK(parsed.faults.empty());
    REQUIRE(parsed.warnings.size() == 3);
    CHECK(fields(parsed.warnings) == Fields{"enviroment", "frobnicate", "volumes.v.qouta"});
    for (const auto& warning : parsed.warnings) {
      if (warning.field == "enviroment")
        CHECK(warning.message.find("\"environment\"") != std::string::npos);
      if (warning.field == "frobnicate") CHECK(warning.message.find("mean") == std::string::npos);
      if (warning.field == "volumes.v.qouta")
        CHECK(warning.message.find("\"quota\"") != std::string::npos);
      CHECK(warning.line > 0);
    }
  }

  TEST_CASE(
      "a secret on a command line is a warning that names it, in the environment it is none") {
    const auto parsed = parse_definition(
        "image: redis\n"
        "entrypoint: [sh, \"-c\"]\n"
        "command: [redis, --port, \"@port@\", \"--pass=@pw@\", \"@pw@@pw@\"]\n"
        "post_update: [\"tool @login@\"]\n"
        "environment: {PW: \"@pw@\"}\n"
        "questions:\n"
        "  pw: {query: \"Password?\", type: secret}\n"
        "  port: {query: \"Port?\", type: port}\n"
        "  login: {query: \"Login?\", type: secret}\n");
    CHECK(parsed.faults.empty());
    CHECK(fields(parsed.warnings) == Fields{"command[3]", "command[4]", "post_update[0]"});
    CHECK(parsed.warnings.at(0).message.find("\"pw\"") != std::string::npos);
    CHECK(parsed.warnings.at(0).line == 3);
  }

  TEST_CASE("unknown keys do not hide a fault, and a hostile number of them is cut off") {
    std::string yaml = "image: nginx\ncommand: text\n";
    for (int i = 0; i < 20000; ++i) yaml += fmt::format("unknown{}: x\n", i);
    const Parsed parsed = parse_definition(yaml);
    CHECK(fields(parsed.faults) == Fields{"command"});
    CHECK(parsed.warnings.size() == 1000);
  }

  TEST_CASE("wrong types everywhere are faults and never a crash") {
    const std::vector<std::string> keys{"image",       "vm",           "proton",    "description",
                                        "supplies",    "entrypoint",   "command",   "environment",
                                        "network",     "volumes",      "questions", "archives",
                                        "git_sources", "templates",    "notes",     "dependencies",
                                        "post_update", "post_install", "attach"};
    for (const auto& key : keys)
      for (const char* value : {"x", "[x]", "{x: y}", "[[x]]", "[{x: y}]", "{x: [y]}",
                                "{x: {y: z}}", "", "{}", "[]", "{x: }", "[ ]", "1", "{x: {}}"}) {
        const std::string yaml = (key == "image" ? "" : "image: a\n") + key + ": " + value + "\n";
        CAPTURE(yaml);
        const Parsed parsed = parse_definition(yaml);
        for (const auto& fault : parsed.faults)
          CHECK((fault.field.starts_with(key) || fault.field == "runtime"));
      }
  }

  TEST_CASE("thousands of faults are cut off") {
    std::string yaml = "image: nginx\nenvironment:\n";
    for (int i = 0; i < 30000; ++i) yaml += fmt::format("  {}: \"\\n\"\n", i);
    CHECK(parse_definition(yaml).faults.size() == 10000);
  }
}

}  // namespace town::package
