#include "engine/package/resolve.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "engine/package/compile.h"
#include "tests/unit/engine/package/support.h"

namespace town::package {
namespace {

/// The fields at fault after substituting the untyped questions a, b, c by the given answers.
Fields result_faults(const std::string& yaml, const std::map<std::string, std::string>& answers,
                     const ResolveContext& box = test_box()) {
  const Parsed parsed = parse_definition("image: nginx\n" + yaml);
  if (!parsed.faults.empty()) throw InvalidInput("BadPackage", parsed.faults);
  return fields(resolve(parsed.definition, answers, box).faults);
}

constexpr const char* kEverything = R"(
image: {url: "nginx:@v@", type: oci}
description: "mail @v@"
supplies: [http, "@v@"]
entrypoint: ["@v@"]
command: ["@v@", "a b"]
environment: {A: "@v@", "B": ""}
network:
  external: {"@p@": "@q@", http: 80}
  internal: {"2222": 22}
  domains: ["@v@", "x.@v@.org"]
  direct: ["@p@"]
  tls_mode: {"2222": passthrough}
volumes:
  data: {mountpoint: "/@v@", quota: "@s@", archive: "@v@.tar", git: "https://@v@/r", uid: 1, gid: 2, shareable: yes}
  more: {mountpoint: /more/below/it, exported: true}
git_sources: [{url: "https://@v@/r", branch: "@v@", volume: "@d@"}]
archives: [{image: nginx, directory: /x, volume: data}]
templates: {t: {volume: "@d@", path: "@v@/f", content: "@v@ {{ .Responses.v }} @w@"}}
notes: {"A note": {value: "https://@v@/", type: url}}
dependencies: {db: {package: postgres, responses: {pw: "@v@", host: "@dep_x_host@"}, post_install: ["do @v@"]}}
post_update: ["up @v@"]
post_install: ["in @v@"]
attach: {films: {volume: "@r@", subpath: "@v@/x", path: "/@v@/films"}}
)";

const std::map<std::string, std::string> kAnswers{{"v", "val"}, {"p", "8080"}, {"q", "81"},
                                                  {"s", "2gb"}, {"d", "data"}, {"r", "a/b/c"}};

}  // namespace

TEST_SUITE("engine/package/resolve") {
  TEST_CASE("a container package resolves to what runs") {
    const Compiled compiled =
        compile(R"(
image: nginx:1.26-alpine
description: A web server
supplies: [web]
entrypoint: [sh, -c]
command: ["exec nginx -p @port@"]
environment: {GREETING: "@greeting@"}
network:
  external: {"@port@": "80"}
  internal: {sql: "5432"}
  domains: ["@host@"]
volumes:
  html: {mountpoint: /srv/html, quota: "@space@", uid: 101, gid: 101}
  srv: {mountpoint: /srv}
questions:
  port: {query: "Port?", type: port}
  greeting: {query: "Text?", default: hello}
  host: {query: "Host?", type: hostname}
  space: {query: "Space?", type: bytes, default: 2gb}
notes:
  Address: {value: "http://@PACKAGE_DNS@:@port@/", type: url}
)",
                test_context({{"port", "8080"}, {"host", "WWW"}}), test_box());
    REQUIRE(compiled.faults.empty());
    const ResolvedPackage& package = compiled.package;
    CHECK(package.image == "docker.io/library/nginx:1.26-alpine");
    CHECK(package.entrypoint == Fields{"sh", "-c"});
    CHECK(package.command == Fields{"exec nginx -p 8080"});
    CHECK(package.environment.at("GREETING") == "hello");
    CHECK(package.domains == Fields{"www"});
    REQUIRE(package.ports.size() == 2);
    CHECK(package.ports[0].key == "sql");
    CHECK(package.ports[0].host == 5432);
    CHECK(package.ports[1].host == 8080);
    CHECK(package.ports[1].container == 80);
    CHECK(package.ports[1].external);
    REQUIRE(package.volumes.size() == 2);
    CHECK(package.volumes[0].mountpoint == "/srv");
    CHECK(package.volumes[1].quota == 2147483648);
    CHECK(package.volumes[1].uid == 101);
    CHECK(package.notes.at("Address").value == "http://app.default.home:8080/");
  }

  TEST_CASE("markers are substituted in every field that takes them, and in no other") {
    const auto package = resolved(kEverything, kAnswers);
    CHECK(package.image == "docker.io/library/nginx:val");
    CHECK(package.description == "mail @v@");
    CHECK(package.supplies == Fields{"http", "@v@"});
    CHECK(package.entrypoint == Fields{"val"});
    CHECK(package.command == Fields{"val", "a b"});
    CHECK(package.environment.at("A") == "val");
    CHECK(package.environment.at("B").empty());
    CHECK(package.domains == Fields{"val", "x.val.org"});
    CHECK(port_of(package, "8080").container == 81);
    CHECK(port_of(package, "8080").direct);
    CHECK(port_of(package, "2222").passthrough);
    CHECK_FALSE(port_of(package, "2222").external);
    CHECK(port_of(package, "http").ingress);
    CHECK(port_of(package, "http").name == "http");
    REQUIRE(package.volumes.size() == 2);
    const ResolvedVolume& data = package.volumes[0];
    CHECK(data.mountpoint == "/val");
    CHECK(data.quota == 2147483648);
    CHECK(data.archive == "val.tar");
    CHECK(data.git == "https://val/r");
    CHECK(data.shareable);
    CHECK(package.volumes[1].exported);
    CHECK(package.git_sources[0].url == "https://val/r");
    CHECK(package.git_sources[0].branch == "val");
    CHECK(package.git_sources[0].volume == "data");
    CHECK(package.archives[0].image == "docker.io/library/nginx:latest");
    CHECK(package.templates.at("t").volume == "data");
    CHECK(package.templates.at("t").path == "val/f");
    CHECK(package.templates.at("t").content == "val {{ .Responses.v }} @w@");
    CHECK(package.templates.at("t").source == "@v@ {{ .Responses.v }} @w@");
    CHECK(package.notes.at("A note").value == "https://val/");
    CHECK(package.dependencies.at("db").responses.at("pw") == "val");
    CHECK(package.dependencies.at("db").responses.at("host") == "@dep_x_host@");
    CHECK(package.dependencies.at("db").repo == "default");
    CHECK(package.dependencies.at("db").post_install == Fields{"do val"});
    CHECK(package.post_update == Fields{"up val"});
    CHECK(package.post_install == Fields{"in val"});
    CHECK(package.attach.at("films").volume == "a/b/c");
    CHECK(package.attach.at("films").subpath == "val/x");
    CHECK(package.attach.at("films").path == "/val/films");
    CHECK(package.dependency_order == Fields{"db"});
  }

  TEST_CASE("the same input gives the same package, and the definition stays as it was") {
    const Parsed parsed = parse_definition(kEverything);
    const Definition before = parsed.definition;
    const auto first = resolve(parsed.definition, kAnswers, test_box());
    const auto second = resolve(parsed.definition, kAnswers, test_box());
    CHECK(first.package == second.package);
    CHECK(parsed.definition == before);
  }

  TEST_CASE("built-ins win over a question of the same name; what is unknown stays") {
    ResolveContext box = test_box();
    const std::string yaml =
        "image: a\nenvironment: {A: '@PACKAGE_DNS@', B: '@LOCAL_EXTERNAL_HOST@', C: "
        "'@LOCAL_INTERNAL_HOST@', D: '@nobody@', E: '@dep_db_host@'}";
    const std::map<std::string, std::string> answers{{"PACKAGE_DNS", "no"},
                                                     {"LOCAL_EXTERNAL_HOST", "no"}};
    box.tld = "lan";
    box.internal_host = "192.168.0.2";
    box.external_host = "203.0.113.9";
    box.variables = {{"dep_db_host", "container"}};
    const auto known = resolved(yaml, answers, box).environment;
    CHECK(known.at("A") == "app.default.lan");
    CHECK(known.at("B") == "203.0.113.9");
    CHECK(known.at("C") == "192.168.0.2");
    CHECK(known.at("D") == "@nobody@");
    CHECK(known.at("E") == "container");
    const auto unknown = resolved(yaml).environment;
    CHECK(unknown.at("C") == "@LOCAL_INTERNAL_HOST@");
    CHECK(unknown.at("E") == "@dep_db_host@");
  }

  TEST_CASE("a value that is still to come does not make a field wrong") {
    CHECK(result_faults("dependencies: {db: {package: p}}\n"
                        "network: {domains: ['@LOCAL_EXTERNAL_HOST@']}\n"
                        "notes: {a: {value: 'http://@LOCAL_INTERNAL_HOST@:80/', type: url}, "
                        "b: {value: '@dep_db_host@', type: email}}\n"
                        "volumes: {v: {mountpoint: '@dep_db_host@', git: '@LOCAL_INTERNAL_HOST@'}}",
                        {})
              .empty());
    CHECK(result_faults(
              "dependencies: {db: {package: p}}\nnetwork: {external: {'81': '@dep_db_port_sql@'}}",
              {}) == Fields{"network.external.81"});
    CHECK(result_faults("volumes: {v: {mountpoint: '@nobody@'}}", {}) ==
          Fields{"volumes.v.mountpoint"});
  }

  TEST_CASE("what an answer makes of a field is judged again") {
    struct Row {
      std::string yaml;
      std::string answer;
      Fields fields;
    };
    const std::string volume = "volumes: {v: {mountpoint: /v}}\n";
    for (const Row& row : std::vector<Row>{
             {"environment: {A: '@a@'}", "two\nlines", {"environment.A"}},
             {"environment: {A: '@a@'}", "\x7f", {"environment.A"}},
             {"environment: {A: 'x@a@'}", "", {}},
             {"environment: {A: '@a@'}", "{{ }} @port@ %n $HOME ' \" \t é", {}},
             {"command: [x, '@a@']", "a\rb", {"command[1]"}},
             {"entrypoint: ['@a@']", std::string("a\0b", 3), {"entrypoint[0]"}},
             {"post_update: ['@a@']", "", {"post_update[0]"}},
             {"post_install: ['x @a@']", "\n", {"post_install[0]"}},
             {"network: {external: {'@a@': 80}}", "8080", {}},
             {"network: {external: {'@a@': 80}}", "web", {}},
             {"network: {external: {'@a@': 80}}", "65536", {"network.external.@a@"}},
             {"network: {external: {'@a@': 80}}", "", {"network.external.@a@"}},
             {"network: {external: {'80': '@a@'}}", "0", {"network.external.80"}},
             {"network: {external: {'81': 1, '@a@': 80}}", "81", {"network.external.@a@"}},
             {"network: {external: {'@a@': 80, '081': 1}}", "81", {"network.external.081"}},
             {"network: {external: {sql: 5432}, internal: {'@a@': 80}}",
              "5432",
              {"network.internal.@a@"}},
             {"network: {external: {sql: 5432, '@a@': 1}}", "sql", {"network.external.@a@"}},
             {"network: {external: {sql: 5432, db: '@a@'}}", "5432", {"network.external.db"}},
             {"network: {external: {sql: 5432}, direct: ['@a@']}", "http", {"network.direct[0]"}},
             {"network: {external: {sql: 5432}, direct: ['@a@']}", "sql", {}},
             {"network: {external: {sql: 5432}, direct: [sql], tls_mode: {'@a@': passthrough}}",
              "sql",
              {"network.tls_mode.@a@"}},
             {"network: {domains: ['@a@', x]}", "a b", {"network.domains[0]"}},
             {"network: {domains: ['@a@', x]}", "", {}},
             {"network: {domains: ['@a@']}", std::string(63, 'a') + "-", {"network.domains[0]"}},
             {"volumes: {v: {mountpoint: '@a@'}}", "/data", {}},
             {"volumes: {v: {mountpoint: '@a@'}}", "data", {"volumes.v.mountpoint"}},
             {"volumes: {v: {mountpoint: '@a@'}}", "", {"volumes.v.mountpoint"}},
             {"volumes: {v: {mountpoint: '/@a@'}}", "../etc", {"volumes.v.mountpoint"}},
             {"volumes: {v: {mountpoint: '/@a@'}}", "x:/etc", {"volumes.v.mountpoint"}},
             {"volumes: {v: {mountpoint: '/@a@'}, w: {mountpoint: /x}}",
              "x",
              {"volumes.w.mountpoint"}},
             {"volumes: {v: {mountpoint: /v, quota: '@a@'}}", "", {}},
             {"volumes: {v: {mountpoint: /v, quota: '@a@'}}", "big", {"volumes.v.quota"}},
             {"volumes: {v: {mountpoint: /v, archive: '@a@', git: '@a@'}}", "", {}},
             {"volumes: {v: {mountpoint: /v, archive: '@a@'}}", "../x", {"volumes.v.archive"}},
             {"volumes: {v: {mountpoint: /v, git: '@a@'}}", "--upload-pack=x", {"volumes.v.git"}},
             {volume + "git_sources: [{url: '@a@', volume: v}]", "", {"git_sources[0].url"}},
             {volume + "git_sources: [{url: 'https://@a@/', volume: v}]",
              "-x",
              {"git_sources[0].url"}},
             {volume + "git_sources: [{url: 'https://x/', branch: '@a@', volume: v}]",
              "-x",
              {"git_sources[0].branch"}},
             {volume + "git_sources: [{url: 'https://x/', branch: '@a@', volume: v}]", "", {}},
             {volume + "git_sources: [{url: 'https://x/', volume: '@a@'}]",
              "w",
              {"git_sources[0].volume"}},
             {volume + "templates: {t: {volume: '@a@', path: p, content: c}}",
              "w",
              {"templates.t.volume"}},
             {volume + "templates: {t: {volume: v, path: '@a@', content: c}}",
              "/etc/passwd",
              {"templates.t.path"}},
             {volume + "templates: {t: {volume: v, path: 'x/@a@', content: c}}",
              "../../y",
              {"templates.t.path"}},
             {volume + "templates: {t: {volume: v, path: '@a@', content: c}}",
              "",
              {"templates.t.path"}},
             {"notes: {n: {value: '@a@', type: email}}", "nobody", {"notes.n.value"}},
             {"notes: {n: {value: '@a@', type: phone}}", "+49 30 123", {}},
             {"notes: {n: {value: 'http://@a@/', type: url}}", "a b", {"notes.n.value"}},
             {"notes: {n: {value: '@a@'}}", "two\nlines", {}},
             {"attach: {m: {volume: '@a@', path: /m}}", "", {}},
             {"attach: {m: {volume: '@a@', path: /m}}", "a/b", {"attach.m.volume"}},
             {"attach: {m: {volume: a/b/c, subpath: '@a@', path: /m}}",
              "../x",
              {"attach.m.subpath"}},
             {"attach: {m: {volume: a/b/c, path: '@a@'}}", "m", {"attach.m.path"}},
             {"dependencies: {d: {package: p, responses: {x: '@a@'}, consume: [{from: e, volume: "
              "v, path: '@a@'}]}, e: {package: p}}",
              "x",
              {"dependencies.d.consume[0].path"}},
             {"dependencies: {d: {package: p, expose: {v: {path: '@a@'}}, post_install: ['@a@']}}",
              "\n",
              {"dependencies.d.expose.v.path", "dependencies.d.post_install[0]"}},
         }) {
      CAPTURE(row.yaml);
      CAPTURE(row.answer);
      CHECK(result_faults(row.yaml, {{"a", row.answer}}) == row.fields);
    }
  }

  TEST_CASE("an image that an answer breaks is refused") {
    const Parsed parsed = parse_definition("image: {url: '@a@'}");
    CHECK(fields(resolve(parsed.definition, {{"a", "nginx; id"}}, test_box()).faults) ==
          Fields{"image.url"});
    CHECK(fields(resolve(parsed.definition, {{"a", ""}}, test_box()).faults) ==
          Fields{"image.url"});
    CHECK(resolve(parsed.definition, {{"a", "me/app"}}, test_box()).package.image ==
          "docker.io/me/app:latest");
  }

  TEST_CASE("a field that uses an answer at fault is not judged a second time") {
    ResolveContext box = test_box();
    box.unknown = {"a"};
    CHECK(result_faults("network: {external: {'@a@': 80, '81': 81, '@b@': 1}}\n"
                        "volumes: {v: {mountpoint: '@a@'}}",
                        {{"b", "81"}}, box) == Fields{"network.external.@b@"});
  }

  TEST_CASE("a local domain is judged with the name that it is prefixed to") {
    ResolveContext box = test_box();
    box.name = std::string(100, 'a');
    CHECK(result_faults("network: {domains: [x, public.example.org]}", {}, box) ==
          Fields{"network.domains[0]"});
  }
}

}  // namespace town::package
