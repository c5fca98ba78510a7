// Git::checkout: clones with a work tree.
#include <doctest/doctest.h>

#include <fstream>

#include "engine/git/git.h"
#include "tests/unit/engine/git/fixture.h"

namespace town {
namespace {

struct Fixture {
  TemporaryDirectory scratch;
  Upstream upstream{scratch.path() / "upstream"};
  std::filesystem::path volume = scratch.path() / "volume";
  Git git;

  Fixture() { std::filesystem::create_directory(volume); }

  void checkout(const GitRemote& remote, const std::string& branch = {},
                std::chrono::seconds time = std::chrono::minutes(5)) {
    git.checkout(volume, remote, branch, {std::chrono::steady_clock::now() + time, {}});
  }

  std::string reason(const GitRemote& remote, const std::string& branch = {}) {
    try {
      checkout(remote, branch);
    } catch (const Error& error) {
      return error.reason();
    }
    return "none";
  }

  GitRemote here() const { return {upstream.url(), "", Secret()}; }

  std::string text(const std::string& file) const {
    std::ifstream stream(volume / file);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
};

}  // namespace

TEST_SUITE("engine/git/checkout") {
  TEST_CASE_FIXTURE(Fixture, "the default branch is there, as git itself would have cloned it") {
    upstream.commit({{"a.txt", "one"}, {"folder/b.txt", "two"}});
    std::filesystem::create_symlink("a.txt", upstream.directory() / "link");
    const auto commit = upstream.commit({{"run.sh", "#!/bin/sh\n"}});
    checkout(here());
    CHECK(text("a.txt") == "one");
    CHECK(text("folder/b.txt") == "two");
    CHECK(std::filesystem::read_symlink(volume / "link") == "a.txt");
    CHECK(town::git(volume, {"rev-parse", "HEAD"}) == commit);
    CHECK(town::git(volume, {"status", "--porcelain"}).empty());
    CHECK(town::git(volume, {"rev-parse", "--abbrev-ref", "HEAD@{upstream}"}) == "origin/main");
  }

  TEST_CASE_FIXTURE(Fixture, "another branch, and a tag, where they are asked for") {
    upstream.commit({{"a.txt", "one"}});
    town::git(upstream.directory(), {"tag", "v1"});
    town::git(upstream.directory(), {"checkout", "-q", "-b", "next"});
    upstream.commit({{"a.txt", "two"}});
    town::git(upstream.directory(), {"checkout", "-q", "main"});
    upstream.commit({{"a.txt", "three"}});
    checkout(here(), "next");
    CHECK(text("a.txt") == "two");
    std::filesystem::remove_all(volume);
    std::filesystem::create_directory(volume);
    checkout(here(), "v1");
    CHECK(text("a.txt") == "one");
    std::filesystem::remove_all(volume);
    std::filesystem::create_directory(volume);
    CHECK(reason(here(), "nowhere") == "RepositoryFailed");
  }

  TEST_CASE_FIXTURE(Fixture, "credentials open the door, and are not left in the clone") {
    upstream.commit({{"a.txt", "one"}});
    std::filesystem::create_directory(scratch.path() / "private");
    std::filesystem::rename(upstream.directory(), scratch.path() / "private" / "site");
    const HttpServer server(scratch.path());
    CHECK(reason({server.url("/private/site/.git"), "", Secret()}) == "RepositoryDenied");
    std::filesystem::remove_all(volume);
    std::filesystem::create_directory(volume);
    checkout({server.url("/private/site/.git"), "town", Secret("secret")});
    CHECK(text("a.txt") == "one");
    CHECK(text(".git/config").find("secret") == std::string::npos);
  }

  TEST_CASE_FIXTURE(Fixture, "a repository that is not there, or empty, is told apart") {
    CHECK(reason({"file:///nowhere/at/all", "", Secret()}) == "RepositoryNotFound");
    std::filesystem::remove_all(volume);
    std::filesystem::create_directory(volume);
    CHECK(reason(here()) == "RepositoryFailed");
  }

  TEST_CASE_FIXTURE(Fixture, "a link that leads out is refused before anything is written") {
    std::filesystem::create_directories(upstream.directory() / "folder");
    std::filesystem::create_symlink("../../etc/passwd", upstream.directory() / "folder" / "out");
    upstream.commit({{"a.txt", "one"}});
    CHECK(reason(here()) == "RepositoryUnsafe");
    CHECK_FALSE(std::filesystem::exists(volume / "a.txt"));
  }

  TEST_CASE_FIXTURE(Fixture, "a server that says nothing does not hold it longer than it may") {
    SilentServer server;
    const auto begin = std::chrono::steady_clock::now();
    CHECK_THROWS_AS(
        checkout({"http://127.0.0.1:" + std::to_string(server.port()) + "/x.git", "", Secret()}, {},
                 std::chrono::seconds(1)),
        Error);
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(60));
  }
}

}  // namespace town
