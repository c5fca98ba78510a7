// Two thousand packages that nobody wrote: valid by construction, with a bit of everything.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <random>

#include "api/yaml_text.h"
#include "engine/package/compile.h"
#include "engine/package/describe_json.h"
#include "engine/yaml.h"

namespace town::package {
namespace {

using Json = nlohmann::json;

class Maker {
 public:
  explicit Maker(unsigned seed) : random_(seed) {}

  Json make() {
    questions();
    volumes();
    package_["image"] = pick({"nginx", "redis:7", "ghcr.io/a/b", "registry.lan:5000/x:1"});
    if (chance()) package_["description"] = text();
    if (chance()) package_["supplies"] = Json::array({pick({"http", "photos", "chat"})});
    if (chance()) package_["entrypoint"] = Json::array({"sh", "-c", text()});
    if (chance()) package_["command"] = Json::array({text(), text()});
    for (int i = below(4); i > 0; --i) package_["environment"][name("VAR_")] = text();
    network();
    contents();
    dependencies();
    if (chance()) package_["post_install"] = Json::array({"echo " + text()});
    if (chance()) package_["post_update"] = Json::array({"true"});
    return package_;
  }

 private:
  int below(int end) { return std::uniform_int_distribution<int>(0, end - 1)(random_); }
  bool chance() { return below(2) == 0; }
  std::string pick(std::initializer_list<const char*> of) {
    return *(of.begin() + below(static_cast<int>(of.size())));
  }
  std::string name(const std::string& begin) { return begin + std::to_string(++names_); }

  /// Anything that may stand in a value: quotes, specials, other scripts, markers known or not.
  std::string text() {
    std::string made = "x";
    for (int i = below(6); i > 0; --i) {
      made += pick({" word",
                    ": ",
                    " #",
                    "%n",
                    "$HOME",
                    "'",
                    "\"",
                    "\\",
                    "{{",
                    "}}",
                    "@@",
                    "@",
                    "@nobody@",
                    "Grüße",
                    "🏠",
                    "\t",
                    "- ",
                    "*a",
                    "&b",
                    "!c",
                    "|",
                    ">",
                    "0x10",
                    "~",
                    "null",
                    "@LOCAL_INTERNAL_HOST@",
                    "@PACKAGE_DNS@"});
      if (!asked_.empty() && chance()) made += "@" + asked_[0] + "@";
    }
    return made;
  }

  void questions() {
    for (int i = below(4); i > 0; --i) {
      const auto asked = name("q_");
      Json question = {{"query", text()}};
      const auto type = pick({"", "secret", "port", "bytes", "duration", "boolean", "hostname"});
      if (!type.empty()) question["type"] = type;
      if (type.empty()) question["default"] = pick({"plain", "two words", "%d", "it's"});
      if (type == "bytes") question["default"] = pick({"10gb", "5mb", "1024"});
      if (type == "duration") question["default"] = pick({"1h", "30s", "7d"});
      package_["questions"][asked] = question;
      asked_.push_back(asked);
    }
  }

  void volumes() {
    for (int i = below(4); i > 0; --i) {
      const auto volume = name("vol-");
      Json made = {{"mountpoint", "/srv/" + volume}};
      if (chance()) made["quota"] = pick({"10mb", "1gb", "0", "4096"});
      if (chance()) made.update({{"uid", below(1000)}, {"gid", below(1000)}});
      if (chance()) made["shareable"] = true;
      package_["volumes"][volume] = made;
      volumes_.push_back(volume);
    }
  }

  void network() {
    for (int i = below(4); i > 0; --i) {
      const auto port = std::to_string(20'000 + ++names_);
      const auto side = pick({"external", "internal"});
      package_["network"][side][chance() ? port : name("port")] = port;
    }
    if (chance()) package_["network"]["domains"] = Json::array({"photos", "a.example.org"});
  }

  void contents() {
    if (!volumes_.empty() && chance()) {
      package_["templates"][name("t")] = {
          {"volume", volumes_[0]},
          {"path", "etc/app.conf"},
          {"content",
           "# {{ .Package.Name }}\nvalue = @nobody@\n{{- if .Responses.x }}y{{ end }}\n"}};
      package_["archives"] = Json::array(
          {{{"image", "alpine"}, {"directory", "/usr/share"}, {"volume", volumes_[0]}}});
    }
    if (chance()) package_["notes"][name("Note ")] = {{"value", text()}};
    if (chance())
      package_["notes"]["Page"] = {{"value", "https://@PACKAGE_DNS@/"}, {"type", "url"}};
  }

  void dependencies() {
    for (int i = below(3); i > 0; --i) {
      Json made = {{"package", pick({"postgres", "redis"})}};
      if (chance()) made["version"] = "1.0";
      if (chance()) made["responses"] = {{"password", text()}};
      package_["dependencies"][name("dep")] = made;
    }
  }

  std::mt19937 random_;
  Json package_ = Json::object();
  std::vector<std::string> asked_;
  std::vector<std::string> volumes_;
  int names_ = 0;
};

Json to_json(const yaml::Node& node) {
  switch (node.type) {
    case yaml::Node::Type::null:
      return nullptr;
    case yaml::Node::Type::scalar:
      return node.scalar;
    case yaml::Node::Type::sequence: {
      auto list = Json::array();
      for (const auto& item : node.items) list.push_back(to_json(item));
      return list;
    }
    case yaml::Node::Type::mapping:
      break;
  }
  auto map = Json::object();
  for (const auto& [key, value] : node.entries) map[key.scalar] = to_json(value);
  return map;
}

std::string compiled(const std::string& text) {
  AnswerContext answers;
  answers.package_name = "app";
  answers.free_port = [](const std::set<std::uint16_t>& avoid) {
    std::uint16_t port = 10'000;
    while (avoid.contains(port)) ++port;
    return port;
  };
  answers.random_hex = [](std::size_t bytes) { return std::string(bytes * 2, '7'); };
  ResolveContext box;
  box.repo = "default";
  box.name = "app";
  box.version = "1.0";
  box.internal_host = "192.168.1.2";
  const auto result = compile(text, answers, box);
  INFO(text);
  CHECK_MESSAGE(result.faults.empty(), to_string(result.faults));
  return to_json(result.package).dump();
}

}  // namespace

TEST_SUITE("engine/package/random") {
  TEST_CASE("2,000 random packages compile, and twice to the same bytes") {
    for (unsigned seed = 1; seed <= 2'000; ++seed) {
      CAPTURE(seed);
      const auto text = api::to_yaml(Maker(seed).make());
      REQUIRE(compiled(text) == compiled(text));
    }
  }

  TEST_CASE("the text of 2,000 random packages survives being read, written and read again") {
    for (unsigned seed = 1; seed <= 2'000; ++seed) {
      CAPTURE(seed);
      const auto package = Maker(seed).make();
      const auto first = api::to_yaml(package);
      const auto second = api::to_yaml(to_json(yaml::parse(first)));
      REQUIRE(parse_definition(second).definition == parse_definition(first).definition);
      REQUIRE(parse_definition(package.dump()).definition == parse_definition(first).definition);
    }
  }
}

}  // namespace town::package
