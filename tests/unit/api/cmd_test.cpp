// The wiring of the two programs, as far as it can be looked at without a process.
#include <doctest/doctest.h>

#include <algorithm>

#include "api/cmd/machine.h"
#include "api/cmd/options.h"
#include "state/error.h"
#include "state/store.h"

namespace town {
namespace {

std::string refusal(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "townd");
  try {
    parse_options(static_cast<int>(arguments.size()), arguments.data());
  } catch (const InvalidInput& error) {
    CHECK(error.reason() == "WrongUsage");
    return error.what();
  }
  return "was taken";
}

}  // namespace

TEST_SUITE("api/cmd") {
  TEST_CASE("an option without a value is wrong usage, whichever it is") {
    CHECK(refusal({"--data", ""}).find("--data: must not be empty") != std::string::npos);
    CHECK(refusal({"--data", "/x", "--ui", ""}).find("--ui") != std::string::npos);
    CHECK(refusal({"--data", "/x", "--listen", ""}).find("--listen") != std::string::npos);
    CHECK(refusal({"--data", "/x", "--log-level", ""}).find("--log-level") != std::string::npos);
    CHECK(refusal({"--data", "/x", "--simulate"}) == "was taken");
  }

  TEST_CASE("a simulated machine keeps a journal of what is started and stopped") {
    DaemonOptions options;
    options.simulate = true;
    auto machine = make_machine(options);
    const auto store = Store::open({"cmd", true, nullptr, {}});
    GraphDelta delta;
    Resource unit;
    unit.key = {Kind::unit, "default/web"};
    UnitSpec spec;
    spec.unit = "town-os-package--default-web-1.0.service";
    spec.container = "town-os-package--default-web-1.0";
    spec.image = "docker.io/library/web:1";
    spec.network = "town-os-net--default-web-1.0";
    unit.spec = spec;
    Resource image;
    image.key = {Kind::image, spec.image};
    image.spec = ImageSpec{spec.image};
    Resource network;
    network.key = {Kind::network, "default/web"};
    network.spec = NetworkSpec{spec.network};
    unit.needs = {image.key, network.key};
    for (auto* resource : {&unit, &image, &network}) {
      resource->digest = digest(resource->spec);
      delta.put.push_back(*resource);
    }
    store->commit({}, delta).await();
    machine.start(*store);
    LogQuery query;
    query.unit = spec.unit;
    std::vector<std::string> said;
    std::stop_source stop;
    machine.logs().follow(
        query,
        [&said](const LogEntry* entry) {
          if (entry != nullptr) said.push_back(entry->fields.at("Message"));
          return said.size() < 2;
        },
        stop.get_token());
    machine.stop();
    CHECK(said.at(0) == "Starting " + spec.unit + ".");
    CHECK(said.at(1).find("simulated") != std::string::npos);
  }
}

}  // namespace town
