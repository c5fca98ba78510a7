// What `townctl package compile` answers, field by field of the package format.
#include "tests/unit/engine/package/contract_support.h"

namespace town::package {
namespace {

using nlohmann::json;

const json kNone;
const json kList = json::array();
const json kMap = json::object();
const std::string kVolume = "image: a\nvolumes: {v: {mountpoint: /v}}\n";
const std::string kProton =
    "volumes: {v: {mountpoint: /v}}\nproton: {app_image: '@a@', app_directory: '/@a@', volume: v, "
    "exe: 'C:/@a@.exe', args: ['-@a@', '']}\nquestions: {a: {query: Q}}\n";

std::string environment(const std::string& value) {
  return "image: a\nenvironment: {A: " + value + "}";
}

}  // namespace

TEST_SUITE("engine/package/contract_values") {
  TEST_CASE("what is always there is there, and empty where there is nothing") {
    const std::string least = "image: nginx";
    check_values({
        {"townctl", least, {}, "/name", "app"},
        {"townctl", least, {}, "/version", "1.0"},
        {"townctl", least, {}, "/repo", "default"},
        {"townctl", least, {}, "/description", ""},
        {"townctl", least, {}, "/runtime", "container"},
        {"townctl", least, {}, "/image", "docker.io/library/nginx:latest"},
        {"townctl", least, {}, "/command", kList},
        {"townctl", least, {}, "/entrypoint", kList},
        {"townctl", least, {}, "/post_update", kList},
        {"townctl", least, {}, "/supplies", kList},
        {"townctl", least, {}, "/domains", kList},
        {"townctl", least, {}, "/environment", kMap},
        {"townctl", least, {}, "/ports", {{"external", kMap}, {"internal", kMap}}},
        {"townctl", least, {}, "/volumes", kMap},
        {"townctl", least, {}, "/archives", kList},
        {"townctl", least, {}, "/git_sources", kList},
        {"townctl", least, {}, "/templates", kMap},
        {"townctl", least, {}, "/notes", kMap},
        {"townctl", least, {}, "/dependencies", kMap},
        {"townctl", least, {}, "/warnings", kList},
    });
    const auto body = json::parse(compile_package(least, contract_options()).json);
    CHECK_FALSE(body.contains("vm"));
    CHECK_FALSE(body.contains("proton"));
    CHECK_FALSE(body.contains("errors"));
  }

  TEST_CASE("section 2: a text is the characters of the file, whatever they look like") {
    for (const auto& [written, text] : std::vector<std::pair<std::string, std::string>>{
             {"2222", "2222"},
             {"1.10", "1.10"},
             {"0x10", "0x10"},
             {"010", "010"},
             {"no", "no"},
             {"true", "true"},
             {"1e3", "1e3"},
             {".inf", ".inf"},
             {"2026-01-01", "2026-01-01"},
             {"12:30:45", "12:30:45"},
             {"1_000", "1_000"},
             {"'null'", "null"},
             {"\"~\"", "~"},
             {"null", ""},
             {"~", ""},
             {"", ""},
             {"''", ""},
             {"' x '", " x "},
             {"\"a\\tb\"", "a\tb"},
             {"'%n $HOME ${X} \\n'", "%n $HOME ${X} \\n"},
             {"'it''s'", "it's"},
             {"\"\\\"\"", "\""},
             {"ünï☃", "ünï☃"},
             {"!!str 5", "5"},
             {"!!int 5", "5"},
             {"!custom x", "x"},
             {"&anchor x", "x"},
         })
      check_values({{"2", environment(written), {}, "/environment/A", text}});
  }

  TEST_CASE("section 2: anchors, merge keys, a byte order mark and Windows' line ends are YAML") {
    check_values({
        {"2", "image: &i nginx\ndescription: *i", {}, "/description", "nginx"},
        {"2",
         "image: a\nx-base: &base {A: 1, B: 2}\nenvironment:\n  <<: *base\n  B: 3",
         {},
         "/environment",
         {{"A", "1"}, {"B", "3"}}},
        {"2",
         "image: a\nenvironment:\n  B: 3\n  <<: [{A: 1, B: 2}, {A: 4, C: 5}]",
         {},
         "/environment",
         {{"A", "1"}, {"B", "3"}, {"C", "5"}}},
        {"2", "\xef\xbb\xbfimage: a", {}, "/image", "docker.io/library/a:latest"},
        {"2", "image: a\r\nenvironment:\r\n  A: b\r\n", {}, "/environment/A", "b"},
        {"2", "image: a\r\ncommand:\r\n- >-\r\n  x\r\n  y\r\n", {}, "/command/0", "x y"},
        {"2", "---\nimage: a\n...\n", {}, "/runtime", "container"},
    });
  }

  TEST_CASE("sections 3.1 and 7: every image is normalised, but a vm's") {
    check_values({
        {"7", "image: {url: gitea/gitea}", {}, "/image", "docker.io/gitea/gitea:latest"},
        {"7", "image: 'registry.lan:5000/app'", {}, "/image", "registry.lan:5000/app:latest"},
        {"7", "image: localhost/app", {}, "/image", "localhost/app:latest"},
        {"7",
         "image: 'nginx:@t@'\nquestions: {t: {query: Q}}",
         {{"t", "1.26"}},
         "/image",
         "docker.io/library/nginx:1.26"},
        {"3.6",
         kVolume + "archives: [{image: x/y, directory: /d, volume: v}]",
         {},
         "/archives/0",
         {{"image", "docker.io/x/y:latest"}, {"directory", "/d"}, {"volume", "v"}}},
        {"3.8", "vm: {image: nginx}", {}, "/vm/image", "nginx"},
        {"3.8", "vm: {image: nginx}", {}, "/image", ""},
    });
  }

  TEST_CASE("sections 3.2, 3.3 and 3.10: texts with their markers in place") {
    const std::string asked =
        "image: a\nquestions: {a: {query: Q}, o: {query: Q, optional: true}}\n";
    const Texts given{{"a", "it's \"%n\" $HOME {{x}} @a@ \t"}};
    const std::string value = given.at("a");
    check_values({
        {"3.2", asked + "command: ['@a@', x]", given, "/command", {value, "x"}},
        {"3.2", asked + "entrypoint: [sh, '-c @a@']", given, "/entrypoint", {"sh", "-c " + value}},
        {"3.3",
         asked + "environment: {A: '<@a@>', B: '@o@'}",
         given,
         "/environment",
         {{"A", "<" + value + ">"}, {"B", ""}}},
        {"3.10", asked + "post_update: ['  echo @a@ ']", {{"a", "x"}}, "/post_update/0", "echo x"},
        {"2", asked + "supplies: [http, '@a@']", given, "/supplies", {"http", "@a@"}},
        {"5.1", asked + "description: '@a@'", given, "/description", "@a@"},
        {"5.2", asked + "environment: {A: '@PACKAGE_DNS@ @nobody@'}", given, "/environment/A",
         "app.default.home @nobody@"},
        {"5.2", asked + "environment: {A: '@LOCAL_EXTERNAL_HOST@ @LOCAL_INTERNAL_HOST@'}", given,
         "/environment/A", "@LOCAL_EXTERNAL_HOST@ @LOCAL_INTERNAL_HOST@"},
        {"5.2",
         "image: a\nquestions: {PACKAGE_DNS: {query: Q}}\nenvironment: {A: '@PACKAGE_DNS@'}",
         {{"PACKAGE_DNS", "mine"}},
         "/environment/A",
         "app.default.home"},
        {"5.3",
         asked + "environment: {A: 'admin@@example.com @@a@@ @a@@ x@@@@y'}",
         {{"a", "X"}},
         "/environment/A",
         "admin@example.com @a@ X@ x@@y"},
        {"5.3",
         asked + "environment: {A: 'bob@example.com and @a@'}",
         {{"a", "X"}},
         "/environment/A",
         "bob@example.com and X"},
    });
  }

  TEST_CASE("section 3.4: ports are numbers, under the host's port or the port's name") {
    const std::string asked = "image: a\nquestions: {p: {query: Q, type: port}}\n";
    check_values({
        {"3.4",
         asked + "network: {external: {'@p@': 80, sql: '5432'}, internal: {'022': '022'}}",
         {{"p", "08080"}},
         "/ports",
         {{"external", {{"8080", 80}, {"sql", 5432}}}, {"internal", {{"22", 22}}}}},
        {"3.4",
         asked + "network: {external: {Http: '@p@'}}",
         {{"p", "9"}},
         "/ports/external",
         {{"Http", 9}}},
        {"3.4",
         asked + "network: {external: {'@p@': '@p@'}}",
         {{"p", ""}},
         "/ports/external",
         {{"10000", 10000}}},
        {"3.4",
         "image: a\nsupplies: [http]\nnetwork: {external: {http: 80, '80': 8080}}",
         {},
         "/ports/external",
         {{"http", 80}, {"80", 8080}}},
        {"3.4",
         "image: a\nquestions: {d: {query: Q}}\nnetwork: {domains: ['@d@', 'a.@d@.org']}",
         {{"d", "www"}},
         "/domains",
         {"www", "a.www.org"}},
    });
  }

  TEST_CASE("section 3.5: volumes") {
    const auto volume = [](const std::string& inner) {
      return "image: a\nquestions: {q: {query: Q, type: bytes, default: 2gb}}\nvolumes: {v: "
             "{mountpoint: /v, " +
             inner + "}}";
    };
    check_values({
        {"3.5", volume(""), {}, "/volumes/v/quota", kNone},
        {"3.5", volume(""), {}, "/volumes/v/uid", kNone},
        {"3.5", volume(""), {}, "/volumes/v/gid", kNone},
        {"3.5", volume(""), {}, "/volumes/v/archive", kNone},
        {"3.5", volume(""), {}, "/volumes/v/git", kNone},
        {"3.5", volume("quota: 0"), {}, "/volumes/v/quota", kNone},
        {"8", volume("quota: 10gb"), {}, "/volumes/v/quota", 10737418240},
        {"8", volume("quota: '512 MB'"), {}, "/volumes/v/quota", 536870912},
        {"8", volume("quota: 1Tb"), {}, "/volumes/v/quota", 1099511627776},
        {"8", volume("quota: 1048576"), {}, "/volumes/v/quota", 1048576},
        {"8", volume("quota: '@q@'"), {}, "/volumes/v/quota", 2147483648},
        {"8", volume("quota: 16777215tb"), {}, "/volumes/v/quota", 18446742974197923840U},
        {"3.5", volume("uid: '0', gid: 4294967295"), {}, "/volumes/v/gid", 4294967295},
        {"3.5", volume("uid: '0'"), {}, "/volumes/v/uid", 0},
        {"3.5", volume("archive: 'a-@q@.tar'"), {}, "/volumes/v/archive", "a-2147483648.tar"},
        {"3.5", volume("git: 'file:///srv/@q@'"), {}, "/volumes/v/git", "file:///srv/2147483648"},
        {"3.5", volume("git: 'ssh://git@@x.org/a'"), {}, "/volumes/v/git", "ssh://git@x.org/a"},
        {"3.5",
         "image: a\nquestions: {d: {query: Q}}\nvolumes: {v: {mountpoint: '@d@'}}",
         {{"d", "/srv"}},
         "/volumes/v/mountpoint",
         "/srv"},
        {"3.6",
         kVolume + "git_sources: [{url: 'https://x.org/a', volume: v}]",
         {},
         "/git_sources/0",
         {{"url", "https://x.org/a"}, {"branch", ""}, {"volume", "v"}}},
    });
  }

  TEST_CASE("sections 3.7 and 9: notes and templates") {
    const std::string asked = kVolume + "questions: {a: {query: Q}}\n";
    check_values({
        {"3.7",
         asked + "notes: {A b: {value: 'ssh://git@@@PACKAGE_DNS@:@a@', type: url}}",
         {{"a", "22"}},
         "/notes/A b",
         {{"value", "ssh://git@app.default.home:22"}, {"type", "url"}}},
        {"3.7",
         asked + "notes: {A b: {value: 'x@a@'}}",
         {{"a", "1\n2"}},
         "/notes/A b",
         {{"value", "x1\n2"}, {"type", ""}}},
        {"3.7",
         asked + "notes: {m: {value: 'admin@@@a@', type: email}}",
         {{"a", "x.org"}},
         "/notes/m/value",
         "admin@x.org"},
        {"9",
         asked + "templates: {t: {volume: v, path: 'c/@a@', content: c}}",
         {{"a", "x"}},
         "/templates/t",
         {{"volume", "v"}, {"path", "c/x"}, {"content", "c"}}},
        {"9",
         asked + "templates: {t: {volume: v, path: p, content: '@a@ {{ \"@a@\" }} @a@'}}",
         {{"a", "{{x}}"}},
         "/templates/t/content",
         "{{x}} {{ \"@a@\" }} {{x}}"},
        {"9",
         asked + "templates: {t: {volume: v, path: p, content: '{{/* @a@ */}}@a@'}}",
         {{"a", "x"}},
         "/templates/t/content",
         "{{/* @a@ */}}x"},
        {"9",
         asked + "templates: {t: {volume: v, path: p, content: \"\\\"@${U}\\\" @ a@b "
                 "^{\\\\{0,1\\\\} $(id)\\n\"}}",
         {{"a", "x"}},
         "/templates/t/content",
         "\"@${U}\" @ a@b ^{\\{0,1\\} $(id)\n"},
        {"5.2",
         asked + "templates: {t: {volume: v, path: p, content: '@dep_db_host@'}}",
         {{"a", "x"}},
         "/templates/t/content",
         "@dep_db_host@"},
    });
  }

  TEST_CASE("section 10: dependencies of a single file stay to be resolved") {
    check_values({
        {"10.1",
         "image: a\ndependencies: {db: {package: postgres}}",
         {},
         "/dependencies/db",
         {{"package", "postgres"}, {"repo", "default"}, {"version", ""}, {"responses", kMap}}},
        {"10.1",
         "image: a\nquestions: {a: {query: Q}}\ndependencies: {db: {package: p, repo: r, version: "
         "1.10, responses: {pw: '@a@', port: 5432, host: '@dep_x_host@'}}, x: {package: y}}",
         {{"a", "x@dep_x_host@"}},
         "/dependencies/db",
         {{"package", "p"},
          {"repo", "r"},
          {"version", "1.10"},
          {"responses", {{"pw", "x@dep_x_host@"}, {"port", "5432"}, {"host", "@dep_x_host@"}}}}},
        {"5.2",
         "image: a\nenvironment: {A: '@dep_db_host@:@dep_db_port_sql@'}\ndependencies: {db: "
         "{package: p}}",
         {},
         "/environment/A",
         "@dep_db_host@:@dep_db_port_sql@"},
        {"5.2",
         "image: a\nvolumes: {v: {mountpoint: /v, git: 'http://@dep_g_host@/x'}}\n"
         "dependencies: {g: {package: p}}",
         {},
         "/volumes/v/git",
         "http://@dep_g_host@/x"},
    });
    auto options = contract_options();
    options.variables = {*parse_dependency_value("DB.host=h"),
                         *parse_dependency_value("db.port.SQL=5432")};
    const auto body = json::parse(
        compile_package("image: a\nenvironment: {A: '@dep_DB_host@:@dep_db_port_sql@'}\n"
                        "network: {external: {x: '@dep_db_port_sql@'}}",
                        options)
            .json);
    CHECK(body.at("environment").at("A") == "h:5432");
    CHECK(body.at("ports").at("external").at("x") == 5432);
  }

  TEST_CASE("sections 3.8 and 3.9: virtual machines and proton") {
    const Texts given{{"a", "x"}};
    check_values({
        {"3.8",
         "vm: {image: a.img}",
         {},
         "/vm",
         {{"image", "a.img"}, {"memory", 1073741824}, {"cpus", 1}}},
        {"3.8",
         "vm: {image: 'http://x.org/a', memory: '512 MB', cpus: 0}",
         {},
         "/vm",
         {{"image", "http://x.org/a"}, {"memory", 536870912}, {"cpus", 1}}},
        {"3.8",
         "vm: {image: 'x-@a@', memory: '@a@gb', cpus: 3}\nquestions: {a: {query: Q}}",
         {{"a", "2"}},
         "/vm",
         {{"image", "x-2"}, {"memory", 2147483648}, {"cpus", 3}}},
        {"3.8", "vm: {image: a}", {}, "/runtime", "vm"},
        {"3.8", "vm: {image: a}\ncommand: [x]\nenvironment: {A: b}", {}, "/command", kList},
        {"3.8", "vm: {image: a}\ncommand: [x]\nenvironment: {A: b}", {}, "/environment", kMap},
        {"3.8", "vm: {image: a}\ncommand: [x]", {}, "/warnings/0/field", "command"},
        {"3.8",
         "vm: {image: a}\nvolumes: {v: {mountpoint: /v}}\nnetwork: {external: {'80': 80}}",
         {},
         "/ports/external",
         {{"80", 80}}},
        {"3.9", kProton, given, "/runtime", "container"},
        {"3.9", kProton, given, "/image", "quay.io/town/proton:latest"},
        {"3.9", kProton, given, "/command", {"proton", "run", "C:/x.exe", "-x", ""}},
        {"3.9",
         kProton,
         given,
         "/proton",
         {{"app_image", "docker.io/library/x:latest"},
          {"app_directory", "/x"},
          {"volume", "v"},
          {"exe", "C:/x.exe"},
          {"args", {"-x", ""}}}},
        {"3.9", kProton + "image: my/runner", given, "/image", "docker.io/my/runner:latest"},
    });
  }

  TEST_CASE("the options' values are the markers' values") {
    auto options = contract_options();
    options.name = "Gitea";
    options.repo = "own";
    options.tld = "lan";
    options.external_host = "203.0.113.9";
    options.internal_host = "";
    const auto body = json::parse(
        compile_package(
            "image: a\nenvironment: {A: '@PACKAGE_DNS@', B: '@LOCAL_EXTERNAL_HOST@', C: "
            "'<@LOCAL_INTERNAL_HOST@>'}\ndependencies: {db: {package: p}}",
            options)
            .json);
    CHECK(body.at("environment") ==
          json{{"A", "Gitea.own.lan"}, {"B", "203.0.113.9"}, {"C", "<>"}});
    CHECK(body.at("dependencies").at("db").at("repo") == "own");
    CHECK(body.at("repo") == "own");
  }

  TEST_CASE("a key that nobody knows is a warning, with what may have been meant") {
    const auto body = json::parse(
        compile_package("image: a\nenviroment: {A: b}\nvolumes: {v: {mountpoint: /v, size: 1}}",
                        contract_options())
            .json);
    REQUIRE(body.at("warnings").size() == 2);
    const json& first = body.at("warnings").at(0);
    CHECK(first.at("line") == 2);
    CHECK(first.at("message").get<std::string>().find("line 2: ") == 0);
    CHECK(body.dump().find("did you mean \\\"environment\\\"?") != std::string::npos);
  }
}

}  // namespace town::package
