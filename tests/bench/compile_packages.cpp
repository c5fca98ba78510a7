// bench_compile_packages COUNT PAIRS: that many distinct packages, read, answered and resolved by
// us; the same bytes loaded as document trees by libyaml, and gone through event by event by
// yaml-cpp, in turns. Prints JSON.
#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>
#include <yaml.h>

#include <iostream>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "engine/package/compile.h"
#include "tests/bench/stopwatch.h"

namespace {

using namespace town;
using Json = nlohmann::json;

/// As long and as varied as the files of a public repository, comments included.
constexpr auto kText = R"yaml(# Package number {0} of a benchmark.
#
# Comments are a good part of such files: they say why a setting is what it is, which version of the
# program needed it first, and what a person has to do on the other side (open a port on a router,
# make an account with a provider, and so on). A parser must go over them all the same.
image: "registry.example.org/team/app-{0}:1.{0}"
description: "Application number {0}: photos, notes and files in one place"
supplies: [http, photos]
environment:
  APP_URL: "https://@PACKAGE_DNS@/"
  APP_PORT: "8080"
  APP_TITLE: "@title@"
  APP_SECRET: "@secret@"
  DATABASE_URL: "postgres://app:@secret@@@db-{0}.internal:5432/app?sslmode=disable"
  SMTP_HOST: "@smtp_host@"
  SMTP_PORT: "@smtp_port@"
  UPLOAD_LIMIT: "@upload_limit@"
  LOG_LEVEL: info
network:
  external:
    http: "8080"
    "@sync_port@": "22000"
  internal:
    metrics: "9090"
volumes:
  data:
    mountpoint: /srv/data
    quota: "@space@"
    uid: 1000
    gid: 1000
  config:
    mountpoint: /etc/app-{0}
    quota: 64mb
  cache:
    mountpoint: /srv/data/cache
    quota: 1gb
questions:
  title: {{query: "What shall the first page say?", default: "Number {0}"}}
  secret: {{query: "A secret for sessions (blank makes one up)", type: secret}}
  space: {{query: "How much space for your data?", type: bytes, default: 50gb}}
  upload_limit: {{query: "Largest upload?", type: bytes, default: 2gb}}
  sync_port: {{query: "Port for synchronisation?", type: port, default: "22000"}}
  smtp_host: {{query: "Mail server", optional: true}}
  smtp_port: {{query: "Its port", type: port, default: "587", optional: true}}
command:
  - serve
  - --listen=0.0.0.0:8080
  - --title
  - "@title@"
  - >-
    --features=albums,faces,maps,sharing,
    timeline,trash,versions
notes:
  Address:
    value: "https://@PACKAGE_DNS@/"
    type: url
  Metrics:
    value: "http://@LOCAL_INTERNAL_HOST@:9090/metrics"
)yaml";

std::vector<std::string> make_texts(int count) {
  std::vector<std::string> texts;
  for (int i = 0; i < count; ++i) texts.push_back(fmt::format(kText, i));
  return texts;
}

void compile_all(const std::vector<std::string>& texts) {
  package::AnswerContext answers;
  answers.package_name = "app";
  answers.free_port = [](const std::set<std::uint16_t>&) { return std::uint16_t{10'000}; };
  answers.random_hex = [](std::size_t bytes) { return std::string(bytes * 2, 'a'); };
  package::ResolveContext box;
  box.repo = "default";
  box.name = "app";
  box.version = "1.0";
  box.internal_host = "192.168.1.2";
  for (const auto& text : texts) {
    const auto compiled = package::compile(text, answers, box);
    const bool right = compiled.faults.empty() && compiled.package.volumes.size() == 3 &&
                       compiled.package.environment.at("APP_URL") == "https://app.default.home/";
    if (!right) throw std::runtime_error("not compiled: " + to_string(compiled.faults));
  }
}

void libyaml_all(const std::vector<std::string>& texts) {
  for (const auto& text : texts) {
    yaml_parser_t parser;
    yaml_document_t document;
    yaml_parser_initialize(&parser);
    yaml_parser_set_input_string(&parser, reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size());
    const bool loaded = yaml_parser_load(&parser, &document) == 1 &&
                        yaml_document_get_root_node(&document) != nullptr;
    if (loaded) yaml_document_delete(&document);
    yaml_parser_delete(&parser);
    if (!loaded) throw std::runtime_error("libyaml refuses the text");
  }
}

/// Counts, so that nothing is left out.
class Counter final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override { ++events; }
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override { ++events; }
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {
    ++events;
  }
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

  std::size_t events = 0;
};

void yaml_cpp_all(const std::vector<std::string>& texts) {
  for (const auto& text : texts) {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    Counter counter;
    while (parser.HandleNextDocument(counter)) {
    }
    if (counter.events < 90) throw std::runtime_error("yaml-cpp did not see all of the text");
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    std::cerr << "usage: bench_compile_packages COUNT PAIRS\n";
    return 2;
  }
  try {
    const auto packages = make_texts(std::stoi(arguments[1]));
    Json measured = Json::array();
    for (int i = 0; i < std::stoi(arguments[2]); ++i) {
      Json pair;
      pair["libyaml"] = bench::timed([&] { libyaml_all(packages); });
      pair["ours"] = bench::timed([&] { compile_all(packages); });
      pair["yaml_cpp"] = bench::timed([&] { yaml_cpp_all(packages); });
      measured.push_back(std::move(pair));
    }
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    Json result;
    result["pairs"] = std::move(measured);
    result["bytes"] = packages.front().size();
    result["peak"] = usage.ru_maxrss * 1024L;
    std::cout << result << "\n";
  } catch (const std::exception& error) {
    std::cerr << "bench_compile_packages: " << error.what() << "\n";
    return 1;
  }
}
