// Fail, or stop the daemon, at each driver call in turn, and start again: the end is always the
// same.
#include <doctest/doctest.h>

#include <set>

#include "tests/unit/box.h"

namespace town {
namespace {

constexpr auto kApp = R"(image: busybox
network:
  external: {"8080": "80"}
volumes:
  data: {mountpoint: /data, quota: 10mb}
  site: {mountpoint: /site, git: "https://example.org/site.git"}
archives: [{image: nginx, directory: /html, volume: data}]
post_install: [create, index]
)";

struct PulledPlug {};

/// What there is in the end, as text: compared between an undisturbed run and a disturbed one.
std::string world(test::Box& box) {
  std::string text;
  for (const auto& volume : box.machine->btrfs().list()) {
    const auto seed = box.machine->file(volume.path, "from");
    text += volume.path + " " + std::to_string(volume.quota) + " " + seed.value_or("empty") + "\n";
  }
  for (const auto& state : box.machine->systemd().states()) {
    text += state.unit + " " + state.active_state + "\n";
  }
  for (const auto& [unit, file] : box.machine->systemd().files()) text += unit + "\n";
  for (const auto& [unit, file] : box.machine->systemd().environments()) text += unit + " env\n";
  for (const auto& network : box.machine->podman().networks()) text += network.name + "\n";
  box.snapshot().graph->each([&](const ResourcePtr& resource) {
    text += to_string(resource->key) + (resource->deleting ? " deleting\n" : "\n");
  });
  return text;
}

/// Installs, upgrades and uninstalls, keeping the data of one app.
const std::vector<std::function<void(test::Box&)>>& story() {
  static const std::vector<std::function<void(test::Box&)>> kSteps = {
      [](test::Box& box) { box.install("app", {}, "1.0"); },
      [](test::Box& box) { box.install("app", {}, "2.0"); },
      [](test::Box& box) {
        Uninstall request;
        request.repo = "default";
        request.name = "app";
        box.submit(request);
      },
      [](test::Box& box) {
        Install request;
        request.package = "app";
        request.reuse_volumes = true;
        box.submit(request);
      },
  };
  return kSteps;
}

std::unique_ptr<test::Box> start(std::shared_ptr<Store> store,
                                 std::shared_ptr<MemoryMachine> machine) {
  std::unique_ptr<test::Box> box;
  while (!box) {
    try {
      box = std::make_unique<test::Box>(store, machine);
    } catch (const Error&) {
      // A daemon that cannot start is started again by systemd.
    } catch (const PulledPlug&) {
    }
  }
  box->offers({test::offer("app", "1.0", kApp), test::offer("app", "2.0", kApp)});
  return box;
}

/// Nothing is on its way any more, and nothing waits for a retry.
bool at_rest(const test::Box& box) {
  bool rest = true;
  const auto snapshot = box.snapshot();
  snapshot.graph->each([&](const ResourcePtr& resource) {
    const auto word = outcome(snapshot, resource->key).word;
    if (resource->deleting || word != Outcome::Word::ready) rest = false;
  });
  return rest;
}

/// Steps until it is at rest, whatever fails; a daemon whose plug was pulled is started again, and
/// so is one that waits out a failure: backoff is in memory only, so a new one tries at once.
void settle(std::unique_ptr<test::Box>& box) {
  for (int i = 0; i < 20; ++i) {
    try {
      if (box->settle() && at_rest(*box)) return;
    } catch (const PulledPlug&) {
      // as if it had never been
    }
    auto store = box->store;
    auto machine = box->machine;
    box = start(store, machine);
  }
  FAIL("did not come to rest");
}

/// Runs the story with one disturbance at the nth driver call; false where there was no nth call.
bool disturbed(int nth, const std::function<void(const std::string&)>& disturb,
               std::vector<std::string>& worlds) {
  auto box = start(nullptr, nullptr);
  int calls = 0;
  box->machine->on_call([&](const std::string& call) {
    if (++calls == nth) disturb(call);
  });
  for (const auto& step : story()) {
    step(*box);
    settle(box);
    worlds.push_back(world(*box));
  }
  return calls >= nth;
}

/// At each driver call in turn, `harm` throws: the story ends where it does when nothing happens.
void check_every_call(const std::function<void()>& harm) {
  std::vector<std::string> calm;
  disturbed(
      -1, [](const std::string&) {}, calm);
  for (int nth = 1;; ++nth) {
    std::vector<std::string> worlds;
    std::string which;
    const bool more = disturbed(
        nth,
        [&](const std::string& call) {
          which = call;
          harm();
        },
        worlds);
    CAPTURE(which);
    REQUIRE(worlds.size() == calm.size());
    for (std::size_t i = 0; i < calm.size(); ++i) CHECK(worlds[i] == calm[i]);
    if (!more) break;
  }
}

TEST_SUITE("faults/converge") {
  TEST_CASE("any one driver call may fail: every step of the story ends in the same place") {
    check_every_call([] { throw Error(Code::unavailable, "Broken", "broken on purpose"); });
  }

  TEST_CASE("the plug may be pulled at any driver call: a new daemon ends in the same place") {
    check_every_call([] { throw PulledPlug{}; });
  }
}

}  // namespace
}  // namespace town
