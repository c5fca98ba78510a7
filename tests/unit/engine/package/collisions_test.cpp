// Two things in one place, and what is not said about those that only look so.
#include <doctest/doctest.h>

#include "engine/package/compile.h"
#include "tests/unit/engine/package/support.h"

namespace town::package {

TEST_SUITE("engine/package/collisions") {
  TEST_CASE("one place in the container holds one volume, whoever brings it") {
    check_with_image({
        {"volumes: {a: {mountpoint: /a}, b: {mountpoint: /a/.}}", {"volumes.b.mountpoint"}},
        {"volumes: {a: {mountpoint: /a}, b: {mountpoint: /a/b}}", {}},
        {"volumes: {a: {mountpoint: /a}}\nattach: {x: {volume: r/p/v, path: /a/}}",
         {"attach.x.path"}},
        {"attach: {x: {volume: r/p/v, path: /a}, y: {volume: r/p/w, path: /./a}}",
         {"attach.y.path"}},
        {"attach: {x: {volume: '@q@', path: /a}, y: {volume: '@r@', path: /a}}", {}},
        {"volumes: {a: {mountpoint: /a}}\n"
         "dependencies: {d: {package: p, expose: {v: {path: /a}}}}",
         {"dependencies.d.expose.v.path"}},
        {"dependencies: {d: {package: p, expose: {v: {path: /a}, w: {path: //a}}}}",
         {"dependencies.d.expose.w.path"}},
        {"dependencies: {e: {package: p}, d: {package: p, consume: [{from: e, volume: v, path: /a},"
         " {from: e, volume: w, path: /a/.}]}}",
         {"dependencies.d.consume[1].path"}},
    });
  }

  TEST_CASE("an attachment that comes to nothing takes no place") {
    const auto yaml =
        "image: a\nquestions: {q: {query: Q, type: shared_volume, optional: true}}\n"
        "volumes: {v: {mountpoint: /a}}\nattach: {x: {volume: '@q@', path: /a}}";
    CHECK(compile(yaml, test_context(), test_box()).faults.empty());
    CHECK(fields(compile(yaml, test_context({{"q", "r/p/v"}}), test_box()).faults) ==
          Fields{"attach.x.path"});
  }

  TEST_CASE("a volume of another package's dependency cannot be attached") {
    check_with_image({{"attach: {x: {volume: default/a--dep--b/v, path: /x}}", {"attach.x.volume"}},
                      {"attach: {x: {volume: default/a/v, path: /x}}", {}}});
    const auto yaml =
        "image: a\nquestions: {q: {query: Q, type: shared_volume}}\n"
        "attach: {x: {volume: '@q@', path: /a}}";
    CHECK(fields(compile(yaml, test_context({{"q", "default/a--dep--b/v"}}), test_box()).faults) ==
          Fields{"responses.q"});
  }

  TEST_CASE("one file has one template") {
    const auto with = [](const std::string& second) {
      return "volumes: {v: {mountpoint: /v}, w: {mountpoint: /w}}\n"
             "templates: {a: {volume: v, path: x, content: c}, b: {" +
             second + ", content: c}}";
    };
    check_with_image({{with("volume: v, path: x"), {"templates.b.path"}},
                      {with("volume: v, path: ./x"), {"templates.b.path"}},
                      {with("volume: w, path: x"), {}},
                      {with("volume: v, path: '@q@'"), {}}});
  }

  TEST_CASE("a domain stands once, in whatever case") {
    check_with_image({{"network: {domains: [foo, foo, FOO, bar]}",
                       {"network.domains[1]", "network.domains[2]"}}});
  }

  TEST_CASE("what could not be read is the only fault: those who speak of it are not") {
    check_with_image({
        {"network: {external: oops, direct: ['80'], tls_mode: {'81': terminate}}",
         {"network.external"}},
        {"network: {external: {80x: 80}, direct: ['80']}", {"network.external.80x"}},
        {"network: {external: {'80': 80}, direct: ['81']}", {"network.direct[0]"}},
        {"questions: {b: {query: a, type: foo}, c: {query: q, show_if: b}}", {"questions.b.type"}},
        {"questions: {b: 3, c: {query: q, show_if: b}}", {"questions.b"}},
        {"questions: {b: {query: a}, c: {query: q, show_if: b}}", {"questions.c.show_if"}},
    });
  }

  TEST_CASE("every fault of a long list has its line, and those without come last") {
    std::string yaml = "volumes:\n";
    for (int i = 0; i < 300; ++i) yaml += fmt::format("  v{}: {{mountpoint: /a}}\n", i);
    const auto faults = parse_definition("image: nginx\n" + yaml).faults;
    REQUIRE(faults.size() == 299);
    for (const auto& fault : faults) CHECK(fault.line > 0);
  }

  TEST_CASE("a machine has at least a megabyte, and no image comes from an option") {
    check({{"vm: {image: 'https://-h/x', memory: 1}", {"vm.image", "vm.memory"}},
           {"vm: {image: 'https://h/x', memory: 1mb}", {}},
           {"vm: {image: 'https://h/x', memory: 0}", {}}});
  }

  TEST_CASE("tags and labels are lines") {
    check_with_image({{"supplies: [\"a\\nb\"]", {"supplies"}},
                      {"notes: {\"a\\nb\": {value: v}}", {"notes.a\nb"}}});
  }

  TEST_CASE("a question named like a built-in never stands in for it") {
    const std::string yaml = R"(
image: a
questions: {LOCAL_EXTERNAL_HOST: {query: q}, dep_db_host: {query: q}, dep_x_host: {query: q}}
dependencies: {db: {package: p}}
environment: {A: "@LOCAL_EXTERNAL_HOST@", B: "@dep_db_host@", C: "@dep_x_host@"}
)";
    const auto compiled = compile(
        yaml,
        test_context({{"LOCAL_EXTERNAL_HOST", "1"}, {"dep_db_host", "2"}, {"dep_x_host", "3"}}),
        test_box());
    REQUIRE(compiled.faults.empty());
    const auto& environment = compiled.package.environment;
    CHECK(environment.at("A") == "@LOCAL_EXTERNAL_HOST@");
    CHECK(environment.at("B") == "@dep_db_host@");
    CHECK(environment.at("C") == "3");
  }

  TEST_CASE("more questions or ports than anybody needs are one fault") {
    std::string questions = "questions:\n";
    std::string ports = "network:\n  internal:\n";
    for (int i = 0; i < 60'000; ++i) {
      questions += fmt::format("  q{}: {{query: q, type: port}}\n", i);
      ports += fmt::format("    n{}: 80\n", i);
    }
    CHECK(faults_of("image: a\n" + questions) == Fields{"questions"});
    const auto found = faults_of("image: a\n" + ports);
    CHECK(std::ranges::count(found, "network.internal") == 1);
    CHECK(found.size() <= 5'001);
  }
}

}  // namespace town::package
