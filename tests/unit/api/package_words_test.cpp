// The words of `townctl package validate` and `package compile`: scripts depend on them.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "api/cmd/townctl.h"
#include "api/cmd/townctl_package_words.h"

namespace town::ctl {
namespace {

using Words = std::vector<std::string>;

bool is_wrong_usage(const Words& words) {
  try {
    read_compile_words(words);
    return false;
  } catch (const Exit& exit) {
    CHECK(std::string(exit.what()).find("--help") != std::string::npos);
    return exit.code() == kWrongUsage;
  }
}

const Words kFile{"f.yaml", "--name", "n", "--version", "1"};

Words with(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

}  // namespace

TEST_SUITE("api/cmd/package_words") {
  TEST_CASE("options stand before or after the file, and each value is the next word") {
    const Words before{"--json",
                       "--response",
                       "a=b=c",
                       "--dep",
                       "DB.port.SQL=5432",
                       "--tld",
                       "lan",
                       "--repo",
                       "own",
                       "--external-host",
                       "-h",
                       "--name",
                       "n",
                       "--version",
                       "--json",
                       "--internal-host",
                       ""};
    for (const auto& words : {with(before, {"f.yaml"}), with({"f.yaml"}, before)}) {
      const auto read = read_compile_words(words);
      CHECK(read.target == "f.yaml");
      CHECK(read.json);
      CHECK(read.repo_dir.empty());
      CHECK(read.compile.name == "n");
      CHECK(read.compile.version == "--json");
      CHECK(read.compile.repo == "own");
      CHECK(read.compile.tld == "lan");
      CHECK(read.compile.external_host == "-h");
      CHECK(read.compile.internal_host == "");
      CHECK(read.compile.responses.at("a") == "b=c");
      CHECK(read.compile.variables.at("dep_db_port_sql") == "5432");
    }
  }

  TEST_CASE("what is not given has its default, or stays unknown") {
    const auto read = read_compile_words(kFile);
    CHECK(read.compile.repo == "default");
    CHECK(read.compile.tld == "home");
    CHECK_FALSE(read.compile.external_host.has_value());
    CHECK_FALSE(read.json);
    CHECK(read_compile_words(with(kFile, {"--response", "a="})).compile.responses.at("a").empty());
  }

  TEST_CASE(
      "a folder needs neither name nor version, and its package may be called like a command") {
    const auto read = read_compile_words(Words{"--repo-dir", "/r", "install"});
    CHECK(read.target == "install");
    CHECK(read.repo_dir == "/r");
    CHECK(read.compile.version.empty());
  }

  TEST_CASE("a word that begins with - is a file behind --") {
    CHECK(read_validate_words(Words{"--json", "--", "-f.yaml"}).target == "-f.yaml");
    CHECK(read_validate_words(Words{"-"}).target == "-");
  }

  TEST_CASE("wrong usage is told from input at fault") {
    CHECK_FALSE(is_wrong_usage(kFile));
    CHECK_FALSE(is_wrong_usage({"--help"}));
    for (const Words& words : std::vector<Words>{
             {},
             {"f.yaml"},
             {"f.yaml", "--name", "n"},
             {"f.yaml", "--version", "1"},
             {"--repo-dir", "/r"},
             with(kFile, {"g.yaml"}),
             with(kFile, {"--unknown"}),
             with(kFile, {"-x"}),
             with(kFile, {"--json=yes"}),
             with(kFile, {"--tld"}),
             with(kFile, {"--response"}),
             with(kFile, {"--response", "a"}),
             with(kFile, {"--dep", "db"}),
             with(kFile, {"--dep", "db.host"}),
             with(kFile, {"--dep", "d b.host=x"}),
             with(kFile, {"--dep", "db.port=1"}),
         })
      CHECK(is_wrong_usage(words));
  }

  TEST_CASE("a value that is no UTF-8 is wrong usage; of an answer, the compiler names it") {
    for (const char* option :
         {"--external-host", "--internal-host", "--tld", "--repo", "--name", "--version"}) {
      CAPTURE(option);
      CHECK(is_wrong_usage(with(kFile, {option, "a\xffz"})));
      CHECK(is_wrong_usage(with(kFile, {std::string(option) + "=a\xffz"})));
    }
    CHECK(is_wrong_usage(with(kFile, {"--dep", "A.host=\xff"})));
    CHECK(is_wrong_usage(with(kFile, {"--response", "\xff=b"})));
    const auto read = read_compile_words(with(kFile, {"--response", "q=a\xffz"}));
    CHECK(read.compile.responses.at("q") == "a\xffz");
  }

  TEST_CASE("a file and a repository's directory do not go together") {
    const auto file = std::filesystem::temp_directory_path() / "town-package-words.yaml";
    std::ofstream(file) << "image: x\n";
    CHECK(is_wrong_usage({file, "--name", "n", "--version", "1", "--repo-dir", "d"}));
    CHECK_FALSE(is_wrong_usage({file, "--name", "n", "--version", "1"}));
    std::filesystem::remove(file);
    CHECK_FALSE(is_wrong_usage({"n", "--repo-dir", "d"}));
  }
}

}  // namespace town::ctl
