// The test vectors of the package format's section 20 that one package's compiling can show.
#include "engine/package/tree.h"
#include "tests/unit/engine/package/contract_support.h"

namespace town::package {
namespace {

using nlohmann::json;

/// Package name -> file, each in version 1.0.
using Shelf = std::map<std::string, std::string>;

CommandResult compile_from(const Shelf& shelf, const std::string& name, Texts responses = {}) {
  PackageFolder folder;
  folder.versions = [&](const std::string& package) {
    return shelf.contains(package) ? std::vector<std::string>{"1.0"} : std::vector<std::string>{};
  };
  folder.read = [&](const std::string& package, const std::string&) -> std::optional<std::string> {
    return shelf.at(package);
  };
  auto options = contract_options(std::move(responses));
  options.name = name;
  return compile_package(folder, options);
}

const Shelf kShelf{
    {"jitsi", R"(
image: jitsi/web:stable
questions: {secret: {query: Secret, type: secret}}
environment: {XMPP: "@dep_prosody_host@:@dep_prosody_port_xmpp@"}
dependencies:
  jvb:
    package: jvb
    responses: {xmpphost: "@dep_prosody_host@", xmppport: "@dep_prosody_port_xmpp@", port: "auto"}
  jicofo:
    package: jicofo
    responses: {xmpphost: "@dep_prosody_host@", xmppport: "@dep_prosody_port_5222@"}
  prosody: {package: prosody, responses: {secret: "@secret@"}}
)"},
    {"prosody", R"(
image: jitsi/prosody
network: {internal: {xmpp: 5222}}
environment: {SECRET: "@secret@"}
questions: {secret: {query: Secret, type: secret}}
)"},
    {"jicofo", R"(
image: jitsi/jicofo
environment: {HOST: "@xmpphost@", PORT: "@xmppport@"}
questions: {xmpphost: {query: Host}, xmppport: {query: Port, type: port}}
)"},
    {"jvb", R"(
image: jitsi/jvb
network: {external: {"@port@": "@port@"}}
environment: {HOST: "@xmpphost@", PORT: "@xmppport@"}
questions: {xmpphost: {query: Host}, xmppport: {query: Port, type: port}, port: {query: Port, type: port}}
)"},
    {"mattermost", R"(
image: mattermost/mattermost-team-edition
questions: {dbpass: {query: Password, type: secret}}
environment:
  OLD: "postgres://mattermost:@dbpass@@@dep_db_host@:@dep_db_port_sql@/mattermost?sslmode=disable"
  NEW: "postgres://mattermost:@dbpass@@@@dep_db_host@:@dep_db_port_sql@/mattermost?sslmode=disable"
dependencies: {db: {package: postgres, responses: {password: "@dbpass@", user: mattermost}}}
)"},
    {"postgres", R"(
image: postgres:16
network: {internal: {sql: 5432}}
environment: {POSTGRES_USER: "@user@", POSTGRES_PASSWORD: "@password@"}
questions: {user: {query: User}, password: {query: Password, type: secret}}
)"},
};

}  // namespace

TEST_SUITE("engine/package/contract_vectors") {
  TEST_CASE("20.3: the conference's parts come in order and know each other") {
    const auto result = compile_from(kShelf, "jitsi");
    CHECK(fields_in(result) == FieldSet{});
    const json body = json::parse(result.json);
    const json& dependencies = body.at("dependencies");
    const std::string host = "town-os-package--default-jitsi--dep--prosody-1.0";
    CHECK(dependencies.at("jicofo").at("responses") ==
          json{{"xmpphost", host}, {"xmppport", "5222"}});
    CHECK(dependencies.at("jvb").at("responses") ==
          json{{"xmpphost", host}, {"xmppport", "5222"}, {"port", "auto"}});
    CHECK(body.at("environment").at("XMPP") == host + ":5222");
    // The bridge's port was made up: 10000 is the first that the tests' chance gives.
    CHECK(body.at("environment").at("TOWNOS_DEP_JVB_PORT_10000") == "10000");
    CHECK(body.at("environment").at("TOWNOS_DEP_PROSODY_PORT_XMPP") == "5222");
    const auto definition = parse_definition(kShelf.at("jitsi")).definition;
    CHECK(order_dependencies(definition).order ==
          std::vector<std::string>{"prosody", "jicofo", "jvb"});
  }

  TEST_CASE("20.5: a database's address is right in both dialects, whatever its password") {
    for (const std::string password : {"hunter2", "p@ss", "@dep_db_host@", "%n$HOME'\"{{"}) {
      const json body =
          json::parse(compile_from(kShelf, "mattermost", {{"dbpass", password}}).json);
      const std::string expected = "postgres://mattermost:" + password +
                                   "@town-os-package--default-mattermost--dep--db-1.0:5432/"
                                   "mattermost?sslmode=disable";
      CHECK(body.at("environment").at("OLD") == expected);
      CHECK(body.at("environment").at("NEW") == expected);
      CHECK(body.at("dependencies").at("db").at("responses").at("password") == password);
    }
  }

  TEST_CASE("20.6: mail settings that are left out are present and empty") {
    const std::string yaml = R"(
image: vaultwarden/server
environment: {HOST: "@smtp_host@", USER: "@smtp_user@", PASSWORD: "@smtp_pw@", FROM: "@smtp_from@", PORT: "@smtp_port@", SSL: "@smtp_ssl@"}
questions:
  smtp_host: {query: Host, optional: true}
  smtp_user: {query: User, optional: true}
  smtp_pw: {query: Password, type: secret, optional: true}
  smtp_from: {query: From, optional: true}
  smtp_port: {query: Port, type: port, default: 587, optional: true}
  smtp_ssl: {query: Ssl, type: boolean}
)";
    check_values({{"20.6",
                   yaml,
                   {},
                   "/environment",
                   {{"HOST", ""},
                    {"USER", ""},
                    {"PASSWORD", ""},
                    {"FROM", ""},
                    {"PORT", "587"},
                    {"SSL", "false"}}}});
  }

  TEST_CASE("20.7: an answer reaches its field byte for byte, or with a line end not at all") {
    const std::string yaml =
        "image: a\nquestions: {q: {query: Q}, port: {query: P, type: port}}\n"
        "environment: {A: '@q@'}\ncommand: ['@q@']\nvolumes: {v: {mountpoint: /v}}\n"
        "templates: {t: {volume: v, path: p, content: '@q@'}}";
    const std::string answer = "{{ @port@ %n $HOME ' \" \\ \t ünï";
    check_values({{"20.7", yaml, {{"q", answer}}, "/environment/A", answer},
                  {"20.7", yaml, {{"q", answer}}, "/command/0", answer},
                  {"20.7", yaml, {{"q", answer}}, "/templates/t/content", answer}});
    check_refusals({{"20.7", yaml, {{"q", "a\nb"}}, {"environment.A", "command[0]"}}});
  }
}

}  // namespace town::package
