#include "engine/git/git.h"

#include <doctest/doctest.h>

#include <fstream>
#include <set>

#include "tests/unit/engine/git/fixture.h"

namespace town {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

GitLimits within(milliseconds time) { return {steady_clock::now() + time, {}}; }

// Longer than anything here takes on the busiest machine.
GitLimits patiently() { return within(std::chrono::minutes(5)); }

GitRemote anonymous(const std::string& url) { return {url, "", Secret()}; }

// What a commit holds, as path -> text, one level deep.
std::map<std::string, std::string> files(const std::filesystem::path& clone) {
  std::map<std::string, std::string> texts;
  const auto tree = GitTree::open(clone);
  REQUIRE(tree != nullptr);
  for (const auto& entry : tree->root()) {
    if (entry.type == GitTree::Entry::Type::file) texts[entry.name] = tree->read(entry);
  }
  return texts;
}

template <typename F>
Error failure_of(F&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  FAIL("nothing was thrown");
  throw std::logic_error("not reached");
}

struct Fixture {
  TemporaryDirectory scratch;
  Upstream upstream{scratch.path() / "upstream"};
  std::filesystem::path clone = scratch.path() / "clone";
  Git git;
};

}  // namespace

TEST_SUITE("engine/git/git") {
  TEST_CASE_FIXTURE(Fixture, "a clone holds the files of the remote's default branch") {
    const auto commit = upstream.commit({{"a.txt", "one"}, {"folder/b.txt", "two"}});
    const auto fetched = git.fetch(clone, anonymous(upstream.url()), patiently());
    CHECK(fetched.commit == commit);
    CHECK(fetched.changed);
    CHECK(files(clone) == std::map<std::string, std::string>{{"a.txt", "one"}});
    CHECK_FALSE(std::filesystem::exists(clone.string() + ".new"));
  }

  TEST_CASE_FIXTURE(Fixture, "a push and a force-push show after the next fetch") {
    upstream.commit({{"a.txt", "one"}});
    git.fetch(clone, anonymous(upstream.url()), patiently());
    const auto second = upstream.commit({{"a.txt", "two"}});
    auto fetched = git.fetch(clone, anonymous(upstream.url()), patiently());
    CHECK(fetched.commit == second);
    CHECK(files(clone)["a.txt"] == "two");
    const auto third = upstream.amend({{"a.txt", "three"}});
    fetched = git.fetch(clone, anonymous(upstream.url()), patiently());
    CHECK(fetched.commit == third);
    CHECK(fetched.changed);
    CHECK(files(clone)["a.txt"] == "three");
  }

  TEST_CASE_FIXTURE(Fixture, "a remote that has not moved is asked for its tip and nothing else") {
    const auto commit = upstream.commit({{"a.txt", "one"}});
    const HttpServer server(scratch.path());
    const auto remote = anonymous(server.url("/upstream/.git"));
    git.fetch(clone, remote, patiently());
    CHECK(server.packs() == 1);
    const auto again = git.fetch(clone, remote, patiently());
    CHECK(again.commit == commit);
    CHECK_FALSE(again.changed);
    CHECK(again.received == 0);
    CHECK(server.packs() == 1);
    CHECK(git.tip(remote, patiently()) == commit);
  }

  TEST_CASE_FIXTURE(Fixture, "a remote with a detached HEAD is read at that commit") {
    const auto commit = upstream.commit({{"a.txt", "one"}});
    upstream.commit({{"a.txt", "two"}});
    town::git(upstream.directory(), {"checkout", "-q", commit});
    CHECK(git.fetch(clone, anonymous(upstream.url()), patiently()).commit == commit);
  }

  TEST_CASE_FIXTURE(Fixture, "a remote without any commit is no error") {
    const auto fetched = git.fetch(clone, anonymous(upstream.url()), patiently());
    CHECK_FALSE(fetched.commit.has_value());
    CHECK(GitTree::open(clone) == nullptr);
    const auto commit = upstream.commit({{"a.txt", "one"}});
    CHECK(git.fetch(clone, anonymous(upstream.url()), patiently()).commit == commit);
  }

  TEST_CASE_FIXTURE(Fixture, "a remote that lost its default branch does not empty the clone") {
    upstream.commit({{"a.txt", "one"}});
    git.fetch(clone, anonymous(upstream.url()), patiently());
    town::git(upstream.directory(), {"symbolic-ref", "HEAD", "refs/heads/nowhere"});
    auto error = failure_of([&] { git.fetch(clone, anonymous(upstream.url()), patiently()); });
    CHECK(error.reason() == "RepositoryFailed");
    town::git(upstream.directory(), {"branch", "-D", "main"});
    error = failure_of([&] { git.fetch(clone, anonymous(upstream.url()), patiently()); });
    CHECK(error.reason() == "RepositoryFailed");
    CHECK(files(clone)["a.txt"] == "one");
  }

  TEST_CASE_FIXTURE(Fixture, "a damaged clone is made anew") {
    upstream.commit({{"a.txt", "one"}});
    git.fetch(clone, anonymous(upstream.url()), patiently());
    std::filesystem::remove_all(clone / "objects");
    git.fetch(clone, anonymous(upstream.url()), patiently());
    CHECK(files(clone)["a.txt"] == "one");
  }

  TEST_CASE_FIXTURE(Fixture, "a half-made clone of an earlier run is in nobody's way") {
    upstream.commit({{"a.txt", "one"}});
    std::filesystem::create_directories(clone.string() + ".new/objects");
    git.fetch(clone, anonymous(upstream.url()), patiently());
    CHECK(files(clone)["a.txt"] == "one");
  }

  TEST_CASE_FIXTURE(Fixture, "a clone that has been fetched into very often is made anew") {
    upstream.commit({{"a.txt", "0"}});
    for (int round = 0; round < 22; ++round) {
      upstream.commit({{"a.txt", std::to_string(round)}});
      git.fetch(clone, anonymous(upstream.url()), patiently());
    }
    int packs = 0;
    for (const auto& file : std::filesystem::directory_iterator(clone / "objects" / "pack")) {
      if (file.path().extension() == ".pack") ++packs;
    }
    CHECK(packs < 20);
    CHECK(files(clone)["a.txt"] == "21");
  }

  TEST_CASE_FIXTURE(Fixture, "links and submodules are not files") {
    std::filesystem::create_symlink("/etc/passwd", upstream.directory() / "link");
    upstream.commit({{"a.txt", "one"}});
    town::git(upstream.directory(), {"update-index", "--add", "--cacheinfo",
                                     "160000,1111111111111111111111111111111111111111,module"});
    town::git(upstream.directory(), {"commit", "-q", "-m", "module"});
    git.fetch(clone, anonymous(upstream.url()), patiently());
    CHECK(files(clone) == std::map<std::string, std::string>{{"a.txt", "one"}});
  }

  TEST_CASE_FIXTURE(Fixture, "the size of a file is known before it is read") {
    upstream.commit({{"a.txt", std::string(100'000, 'x')}});
    git.fetch(clone, anonymous(upstream.url()), patiently());
    const auto tree = GitTree::open(clone);
    REQUIRE(tree != nullptr);
    CHECK(tree->size(tree->root().at(0)) == 100'000);
  }

  TEST_CASE_FIXTURE(Fixture, "a small pack that unfolds into something huge is refused") {
    const std::string large(33UL << 20U, '\0');
    upstream.commit({{"bomb", large}, {"one-more", large + "!"}});
    town::git(upstream.directory(), {"repack", "-q", "-a", "-d"});
    const HttpServer server(scratch.path());
    const auto error =
        failure_of([&] { git.fetch(clone, anonymous(server.url("/upstream/.git")), patiently()); });
    CHECK(error.reason() == "RepositoryTooLarge");
    CHECK_FALSE(std::filesystem::exists(clone));
  }

  TEST_CASE_FIXTURE(Fixture, "a repository that is not there is not found, and leaves nothing") {
    const HttpServer server(scratch.path());
    for (const auto& url :
         {"file://" + scratch.path().string() + "/nothing", server.url("/nothing.git")}) {
      CAPTURE(url);
      const auto error = failure_of([&] { git.fetch(clone, anonymous(url), patiently()); });
      CHECK(error.code() == Code::remote);
      CHECK(error.reason() == "RepositoryNotFound");
      CHECK(std::string(error.what()).find(url) == 0);
    }
    CHECK_FALSE(std::filesystem::exists(clone));
    CHECK_FALSE(std::filesystem::exists(clone.string() + ".new"));
  }

  TEST_CASE_FIXTURE(Fixture, "a private repository opens with its password, and says when not") {
    const auto commit = upstream.commit({{"a.txt", "one"}});
    std::filesystem::create_directories(scratch.path() / "private");
    std::filesystem::rename(upstream.directory() / ".git", scratch.path() / "private" / "r");
    const HttpServer server(scratch.path());
    const auto url = server.url("/private/r");
    CHECK(git.fetch(clone, {url, "town", Secret("secret")}, patiently()).commit == commit);

    auto error = failure_of([&] {
      git.fetch(clone, {url, "town", Secret("hunter2")}, patiently());
    });
    CHECK(error.reason() == "RepositoryDenied");
    CHECK(std::string(error.what()) == url + " refused the user name or password");
    CHECK(std::string(error.what()).find("hunter2") == std::string::npos);

    error = failure_of([&] { git.fetch(clone, anonymous(url), patiently()); });
    CHECK(error.reason() == "RepositoryDenied");
    CHECK(std::string(error.what()).find("asks for a user name") != std::string::npos);
    CHECK(files(clone)["a.txt"] == "one");
  }

  TEST_CASE_FIXTURE(Fixture,
                    "a redirect to another host is followed, but never with a password in hand") {
    const auto commit = upstream.commit({{"a.txt", "one"}});
    const HttpServer server(scratch.path());
    const GitRemote open{server.url("/elsewhere/upstream/.git"), "", Secret()};
    const GitRemote secret{open.url, "town", Secret("secret")};
    CHECK(git.fetch(clone, open, patiently()).commit == commit);
    const auto error = failure_of([&] { git.fetch(clone, secret, patiently()); });
    CHECK(error.reason() == "RepositoryNotFound");
    CHECK(std::string(error.what()).find("has moved") != std::string::npos);
  }

  TEST_CASE_FIXTURE(Fixture, "a server that never answers is given up at the deadline") {
    for (const std::string scheme : {"http", "https", "git", "ssh"}) {
      CAPTURE(scheme);
      SilentServer server;
      const auto url = scheme + "://127.0.0.1:" + std::to_string(server.port()) + "/x.git";
      const auto start = steady_clock::now();
      const auto error = failure_of([&] {
        git.fetch(clone, {url, "town", Secret("secret")}, within(milliseconds(300)));
      });
      const auto took = steady_clock::now() - start;
      CHECK(error.reason() == "RepositoryTimedOut");
      CHECK(took >= milliseconds(300));
      CHECK(took < seconds(60));
      // It was the right descriptor that libssh2 spoke through.
      if (scheme == "ssh") CHECK(server.heard().starts_with("SSH-2.0"));
    }
  }

  TEST_CASE_FIXTURE(Fixture, "a server too busy to accept is given up at the deadline") {
    const FullListener full;
    const auto url = "git://127.0.0.1:" + std::to_string(full.port()) + "/x.git";
    const auto start = steady_clock::now();
    const auto error =
        failure_of([&] { git.fetch(clone, anonymous(url), within(milliseconds(300))); });
    // Kernels differ in what a full queue does: silence, or a refusal at once.
    const bool told =
        error.reason() == "RepositoryTimedOut" || error.reason() == "RepositoryUnreachable";
    CHECK(told);
    CHECK(steady_clock::now() - start < seconds(5));
  }

  TEST_CASE_FIXTURE(Fixture, "a conversation ends as soon as somebody wants to stop") {
    SilentServer server;
    std::stop_source stop;
    std::jthread stopper([&] {
      (void)server.heard();
      stop.request_stop();
    });
    const auto url = "http://127.0.0.1:" + std::to_string(server.port()) + "/x.git";
    const auto error = failure_of([&] {
      git.fetch(clone, anonymous(url),
                {steady_clock::now() + std::chrono::minutes(5), stop.get_token()});
    });
    CHECK(error.code() == Code::unavailable);
    CHECK(error.reason() == "Stopping");
  }

  TEST_CASE_FIXTURE(Fixture, "nobody listening and an unknown name are unreachable") {
    int port = 0;
    {
      const SilentServer gone;
      port = gone.port();
    }
    for (const auto& url :
         {"http://127.0.0.1:" + std::to_string(port) + "/x", std::string("git://name.invalid/x")}) {
      CAPTURE(url);
      const auto error = failure_of([&] { git.fetch(clone, anonymous(url), patiently()); });
      CHECK(error.reason() == "RepositoryUnreachable");
    }
  }
}

}  // namespace town
