#include "engine/repositories/repositories.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "tests/unit/engine/git/fixture.h"

namespace town {

namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

// Longer than anything here takes on the busiest machine.
constexpr seconds kPatience{300};
const std::string kSound = "image: docker.io/library/nginx\ndescription: one\n";

Key key_of(const std::string& name) { return {Kind::repository, name}; }

// A box with a store and upstreams, and what an admission would do to the graph.
struct Box {
  TemporaryDirectory scratch;
  std::unique_ptr<Store> store = memory_store();
  std::filesystem::path clones = scratch.path() / "clones";

  Repositories::Options options() const {
    Repositories::Options made;
    made.directory = clones;
    made.deadline = kPatience;
    return made;
  }

  void change(const std::function<void(Graph&)>& edit) const {
    Graph wanted = *store->head();
    edit(wanted);
    store->commit({}, diff(*store->head(), wanted, {})).await();
  }

  void declare(const std::string& name, const RepositorySpec& spec) const {
    change([&](Graph& graph) {
      Resource resource;
      resource.key = key_of(name);
      resource.spec = spec;
      resource.digest = digest(resource.spec);
      graph.put(std::move(resource));
    });
  }

  void declare(const std::string& name, const std::string& url, int position = 0) const {
    declare(name, {url, "", Secret(), position});
  }

  void remove(const std::string& name) const {
    change([&](Graph& graph) { graph.erase(key_of(name)); });
  }

  [[nodiscard]] Status status(const std::string& name) const {
    return store->snapshot().status(key_of(name));
  }

  // Until the store tells of a state that `done` likes.
  template <typename F>
  void await(F&& done) const {
    const auto deadline = steady_clock::now() + kPatience;
    auto watch = store->watch(0);
    while (!done()) {
      REQUIRE(steady_clock::now() < deadline);
      watch.next(deadline, {});
    }
  }

  void await_status(const std::string& name, ConditionType type) const {
    await([&] {
      const auto resource = store->snapshot().graph->find(key_of(name));
      const auto now = status(name);
      return now.observed_generation == resource->generation && now.find(type) != nullptr;
    });
  }

  [[nodiscard]] std::size_t folders() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(clones), {}));
  }

  [[nodiscard]] std::vector<std::string> reasons(const std::string& name) const {
    std::vector<std::string> all;
    for (const auto& event : store->events(key_of(name), 100)) all.push_back(event.reason);
    return all;
  }
};

std::string found(const Repositories& repositories, const std::string& name) {
  const auto offer = repositories.catalog()->find("", name, "");
  return offer ? offer->repo + "/" + offer->version : "";
}

std::string silent_url(const SilentServer& server) {
  return "http://127.0.0.1:" + std::to_string(server.port()) + "/x.git";
}

struct WithUpstream : Box {
  Upstream upstream{scratch.path() / "upstream"};
  std::string commit = upstream.commit({{"packages/web/1.0.yaml", kSound}});
};

}  // namespace

TEST_SUITE("engine/repositories/repositories") {
  TEST_CASE_FIXTURE(WithUpstream, "a declared repository is cloned, read and Ready") {
    Repositories repositories(*store, options());
    repositories.start();
    declare("r", upstream.url());
    await_status("r", ConditionType::ready);
    CHECK(found(repositories, "web") == "r/1.0");
    const auto now = status("r");
    CHECK(now.find(ConditionType::ready)->reason == "Fetched");
    CHECK(now.find(ConditionType::ready)->message == "1 package, commit " + commit.substr(0, 7));
    CHECK(now.facts.at("commit") == commit);
    CHECK(now.facts.at("packages") == "1");
    CHECK(reasons("r") == std::vector<std::string>{"RepositoryUpdated"});
  }

  TEST_CASE_FIXTURE(WithUpstream, "a push shows when the refresh returns, and is told once") {
    Repositories repositories(*store, options());
    std::atomic<int> changes{0};
    repositories.on_change([&] { ++changes; });
    repositories.start();
    declare("r", upstream.url());
    await_status("r", ConditionType::ready);
    CHECK(repositories.refresh("r").empty());
    const auto before = changes.load();
    const auto catalog = repositories.catalog();
    CHECK(repositories.refresh().empty());
    CHECK(repositories.catalog() == catalog);
    CHECK(changes == before);

    upstream.commit({{"packages/web/2.0.yaml", kSound}});
    CHECK(repositories.refresh().empty());
    CHECK(found(repositories, "web") == "r/2.0");
    CHECK(catalog->find("", "web", "")->version == "1.0");
    CHECK(changes == before + 1);
    CHECK(reasons("r").size() == 2);
  }

  TEST_CASE_FIXTURE(WithUpstream, "a refresh that changes nothing writes nothing") {
    Repositories repositories(*store, options());
    repositories.start();
    declare("r", upstream.url());
    await_status("r", ConditionType::ready);
    repositories.refresh();
    const auto revision = store->snapshot().revision;
    repositories.refresh();
    CHECK(store->snapshot().revision == revision);
  }

  TEST_CASE_FIXTURE(WithUpstream, "a lost repository keeps its last good offers, and recovers") {
    Repositories repositories(*store, options());
    repositories.start();
    declare("r", upstream.url());
    await_status("r", ConditionType::ready);
    std::filesystem::rename(upstream.directory(), scratch.path() / "away");
    const auto errors = repositories.refresh();
    REQUIRE(errors.contains("r"));
    CHECK(errors.at("r").find(upstream.url()) == 0);
    CHECK(found(repositories, "web") == "r/1.0");
    CHECK(repositories.catalog()->repository("r")->error == errors.at("r"));
    const auto degraded = status("r");
    REQUIRE(degraded.find(ConditionType::degraded) != nullptr);
    CHECK(degraded.find(ConditionType::degraded)->reason == "RepositoryNotFound");
    CHECK(degraded.find(ConditionType::ready) == nullptr);
    CHECK(reasons("r").front() == "RepositoryNotFound");

    std::filesystem::rename(scratch.path() / "away", upstream.directory());
    CHECK(repositories.refresh().empty());
    CHECK(repositories.catalog()->repository("r")->error.empty());
    CHECK(status("r").find(ConditionType::degraded) == nullptr);
    CHECK(status("r").find(ConditionType::ready) != nullptr);
  }

  TEST_CASE_FIXTURE(WithUpstream, "a repository that hangs holds up nobody else") {
    SilentServer silent;
    Repositories repositories(*store, options());
    repositories.start();
    declare("hangs", silent_url(silent));
    (void)silent.heard();
    declare("r", upstream.url(), 1);
    await_status("r", ConditionType::ready);
    CHECK(repositories.refresh("r").empty());
    CHECK(found(repositories, "web") == "r/1.0");
    CHECK(status("hangs").conditions.empty());
  }

  TEST_CASE_FIXTURE(Box, "a repository that hangs is given up at the deadline, and says so") {
    const SilentServer silent;
    auto quick = options();
    quick.deadline = seconds(1);
    Repositories repositories(*store, quick);
    repositories.start();
    declare("hangs", silent_url(silent));
    await_status("hangs", ConditionType::degraded);
    CHECK(status("hangs").find(ConditionType::degraded)->reason == "RepositoryTimedOut");
  }

  TEST_CASE_FIXTURE(WithUpstream, "stopping breaks off a fetch, and blames nobody") {
    SilentServer silent;
    Repositories repositories(*store, options());
    repositories.start();
    declare("hangs", silent_url(silent));
    (void)silent.heard();
    const auto start = steady_clock::now();
    repositories.stop();
    CHECK(steady_clock::now() - start < seconds(60));
    CHECK(status("hangs").conditions.empty());
    CHECK_THROWS_AS(repositories.refresh(), Error);
    CHECK_THROWS_AS(repositories.prepare("r", {upstream.url(), "", Secret(), 0}), Error);
  }

  TEST_CASE_FIXTURE(WithUpstream, "what was prepared is in the catalog the moment it is declared") {
    Repositories repositories(*store, options());
    repositories.prepare("r", {upstream.url(), "", Secret(), 0});
    CHECK(found(repositories, "web").empty());
    declare("r", upstream.url());
    CHECK(found(repositories, "web") == "r/1.0");
    remove("r");
    CHECK(found(repositories, "web").empty());
  }

  TEST_CASE_FIXTURE(WithUpstream, "preparing refuses what cannot be fetched, and leaves nothing") {
    Repositories repositories(*store, options());
    repositories.start();
    try {
      repositories.prepare("r", {upstream.url() + "-not", "", Secret(), 0});
      FAIL("it was taken");
    } catch (const Error& error) {
      CHECK(error.code() == Code::remote);
      CHECK(error.reason() == "RepositoryNotFound");
    }
    CHECK_THROWS_AS(repositories.prepare("r", {"ftp://h/x", "", Secret(), 0}), InvalidInput);
    CHECK(folders() == 0);
  }

  TEST_CASE_FIXTURE(WithUpstream, "preparing another URL does no harm to what is declared") {
    Repositories repositories(*store, options());
    repositories.start();
    declare("r", upstream.url());
    await_status("r", ConditionType::ready);
    Upstream other(scratch.path() / "other");
    other.commit({{"packages/kv/1.0.yaml", kSound}});
    repositories.prepare("r", {other.url(), "", Secret(), 0});
    CHECK(found(repositories, "web") == "r/1.0");
    CHECK(found(repositories, "kv").empty());
  }

  TEST_CASE_FIXTURE(WithUpstream, "the later repository wins, and a move counts at once") {
    Upstream other(scratch.path() / "other");
    other.commit({{"packages/web/0.1.yaml", kSound}});
    Repositories repositories(*store, options());
    repositories.start();
    declare("a", upstream.url(), 0);
    declare("b", other.url(), 1);
    await_status("a", ConditionType::ready);
    await_status("b", ConditionType::ready);
    CHECK(found(repositories, "web") == "b/0.1");
    declare("a", upstream.url(), 2);
    CHECK(found(repositories, "web") == "a/1.0");
    await_status("a", ConditionType::ready);
    CHECK(status("a").observed_generation == 2);
  }

  TEST_CASE_FIXTURE(WithUpstream, "a removed repository leaves nothing behind") {
    Repositories repositories(*store, options());
    repositories.start();
    declare("r", upstream.url());
    await_status("r", ConditionType::ready);
    CHECK(folders() == 1);
    remove("r");
    CHECK(found(repositories, "web").empty());
    CHECK(repositories.catalog()->repositories().empty());
    const auto deadline = steady_clock::now() + kPatience;
    while (folders() != 0) {  // nothing tells of it: nobody needs to know
      REQUIRE(steady_clock::now() < deadline);
      std::this_thread::yield();
    }
    CHECK_THROWS_AS(repositories.refresh("r"), Error);
    declare("r", upstream.url());
    await_status("r", ConditionType::ready);
    CHECK(found(repositories, "web") == "r/1.0");
  }

  TEST_CASE_FIXTURE(WithUpstream, "a repository whose URL changed is cloned anew") {
    Upstream other(scratch.path() / "other");
    other.commit({{"packages/kv/1.0.yaml", kSound}});
    Repositories repositories(*store, options());
    repositories.start();
    declare("r", upstream.url());
    await_status("r", ConditionType::ready);
    declare("r", other.url());
    await_status("r", ConditionType::ready);
    CHECK(found(repositories, "web").empty());
    CHECK(found(repositories, "kv") == "r/1.0");
  }

  TEST_CASE_FIXTURE(WithUpstream, "after a restart the catalog is there before any fetch") {
    declare("r", upstream.url());
    {
      Repositories repositories(*store, options());
      repositories.start();
      await_status("r", ConditionType::ready);
    }
    std::filesystem::create_directories(clones / "left-over.new");
    std::filesystem::remove_all(upstream.directory());
    const Repositories repositories(*store, options());
    CHECK(found(repositories, "web") == "r/1.0");
    CHECK(folders() == 1);
  }

  TEST_CASE_FIXTURE(WithUpstream, "a clone damaged on disk heals with the next refresh") {
    declare("r", upstream.url());
    {
      Repositories repositories(*store, options());
      repositories.start();
      await_status("r", ConditionType::ready);
    }
    for (const auto& file : std::filesystem::recursive_directory_iterator(clones)) {
      if (file.path().extension() == ".pack") std::filesystem::resize_file(file.path(), 100);
    }
    Repositories repositories(*store, options());
    repositories.start();
    CHECK(repositories.refresh("r").empty());
    CHECK(found(repositories, "web") == "r/1.0");
  }

  TEST_CASE_FIXTURE(WithUpstream, "broken files are told of, and do not degrade the repository") {
    Repositories repositories(*store, options());
    repositories.start();
    upstream.commit({{"packages/web/2.0.yaml", "image: [unclosed\n"}});
    declare("r", upstream.url());
    await_status("r", ConditionType::ready);
    const std::string message = status("r").find(ConditionType::ready)->message;
    CHECK(message.find("1 file cannot be used, first web/2.0.yaml: ") != std::string::npos);
    CHECK(status("r").facts.at("faults") == "1");
    CHECK(reasons("r") == std::vector<std::string>{"RepositoryFaulty", "RepositoryUpdated"});
    CHECK(found(repositories, "web") == "r/1.0");
  }

  TEST_CASE_FIXTURE(Box, "a repository without commits is Ready and offers nothing") {
    const Upstream upstream(scratch.path() / "upstream");
    Repositories repositories(*store, options());
    repositories.start();
    declare("r", upstream.url());
    await_status("r", ConditionType::ready);
    CHECK(status("r").find(ConditionType::ready)->message == "the repository has no commits yet");
    CHECK(repositories.catalog()->repository("r")->packages.empty());
  }

  TEST_CASE_FIXTURE(WithUpstream, "passwords: the repository's own, else the default, never kept") {
    std::filesystem::create_directories(scratch.path() / "private");
    std::filesystem::rename(upstream.directory() / ".git", scratch.path() / "private" / "r");
    const HttpServer server(scratch.path());
    const auto url = server.url("/private/r");
    auto with_default = options();
    with_default.default_username = "town";
    with_default.default_password = Secret("secret");
    Repositories repositories(*store, with_default);
    repositories.start();
    declare("default", {url, "", Secret(), 0});
    declare("own", {url, "town", Secret("hunter2"), 1});
    await_status("default", ConditionType::ready);
    await_status("own", ConditionType::degraded);
    const Condition degraded = *status("own").find(ConditionType::degraded);
    CHECK(degraded.reason == "RepositoryDenied");
    CHECK(degraded.message == url + " refused the user name or password");
    for (const auto& file : std::filesystem::recursive_directory_iterator(clones)) {
      if (file.path().filename() != "config") continue;
      CHECK(git(clones, {"config", "-f", file.path().string(), "--list"}).find("secret") ==
            std::string::npos);
    }
  }

  TEST_CASE_FIXTURE(WithUpstream, "what failed is tried again by itself") {
    int port = 0;
    {
      const SilentServer gone;
      port = gone.port();
    }
    Repositories repositories(*store, options());
    repositories.start();
    declare("r", "git://127.0.0.1:" + std::to_string(port) + "/x");
    await([&] {
      const auto events = store->events(key_of("r"), 1);
      return !events.empty() && events.front().count >= 2;
    });
    CHECK(reasons("r") == std::vector<std::string>{"RepositoryUnreachable"});
  }
}

}  // namespace town
