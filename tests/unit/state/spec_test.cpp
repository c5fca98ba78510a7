#include "state/spec.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "specs.h"
#include "state/error.h"

namespace town {
namespace {

constexpr auto kReplace = nlohmann::json::error_handler_t::replace;

}  // namespace

TEST_SUITE("state/spec") {
  TEST_CASE("a spec of each kind reads back from its JSON") {
    const auto specs = full_specs();
    REQUIRE(specs.size() == kKindCount);
    for (std::size_t i = 0; i < specs.size(); ++i) {
      const auto kind = static_cast<Kind>(i);
      CAPTURE(to_string(kind));
      CHECK(kind_of(specs[i]) == kind);
      CHECK(spec_from_json(kind, to_json(specs[i], Secrets::keep)) == specs[i]);
    }
  }

  TEST_CASE("no member is left out, not even at its default") {
    const auto json = to_json(VolumeSpec{}, Secrets::keep);
    CHECK(
        json.dump() ==
        R"({"clone_of":"","files":{},"gid":null,"id":"","kept":0,"path":"","quota":0,"seeds":[],"uid":null})");
    CHECK(to_json(PackageSpec{}, Secrets::keep).size() == 17);
    CHECK(to_json(UnitSpec{}, Secrets::keep).size() == 17);
  }

  TEST_CASE("people never see a secret") {
    for (const auto& spec : full_specs()) {
      const auto text = to_json(spec, Secrets::mask).dump(-1, ' ', false, kReplace);
      CAPTURE(text);
      CHECK(text.find("hunter2") == std::string::npos);
      CHECK(text.find("s3cret") == std::string::npos);
    }
    const auto json = to_json(full_package(), Secrets::mask);
    CHECK(json.at("responses").at("password") == "***");
  }

  TEST_CASE("unknown members are ignored, and missing ones keep their default") {
    const auto json = nlohmann::json::parse(R"({"number":80,"colour":"green"})");
    CHECK(spec_from_json(Kind::port, json) == Spec(PortSpec{80, "tcp", ""}));
  }

  TEST_CASE("JSON that does not fit is refused, whatever is wrong with it") {
    const auto refused = [](Kind kind, const char* text) {
      CAPTURE(text);
      CHECK_THROWS_AS(spec_from_json(kind, nlohmann::json::parse(text)), Error);
    };
    refused(Kind::port, R"([])");
    refused(Kind::port, R"({"number":"80"})");
    refused(Kind::port, R"({"number":65536})");
    refused(Kind::port, R"({"number":-1})");
    refused(Kind::port, R"({"number":1.5})");
    refused(Kind::port, R"({"protocol":null})");
    refused(Kind::repository, R"({"position":3000000000})");
    refused(Kind::unit, R"({"mounts":[{"volume":"gadget/x"}]})");
    refused(Kind::unit, R"({"mounts":{}})");
    refused(Kind::unit, R"({"running":1})");
    refused(Kind::answers, R"({"responses":[]})");
  }

  TEST_CASE("equal specs have equal digests, and any difference shows") {
    std::set<std::string> digests;
    for (const auto& spec : full_specs()) {
      CHECK(digest(spec) == digest(Spec(spec)));
      CHECK(digest(spec).size() == 32);
      digests.insert(digest(spec));
    }
    CHECK(digests.size() == kKindCount);
    auto other = full_package();
    other.responses["password"] = Secret("hunter3");
    CHECK_FALSE(digests.contains(digest(other)));
  }

  TEST_CASE("specs of two kinds differ even where all is at its default") {
    CHECK(digest(ImageSpec{}) != digest(NetworkSpec{}));
  }

  // A mark on the machine is compared with the digest: were it to change, everything that runs
  // would be restarted by an upgrade of townd.
  TEST_CASE("digests stay what they are from one townd to the next") {
    CHECK(digest(ImageSpec{"docker.io/library/nginx:latest"}) ==
          "3810d3f0c3d444f4d9a5c5f521cecb83");
    auto unit = full_unit();
    unit.after.clear();  // came later; where it is empty nothing may change
    unit.post_install.clear();
    unit.installation.clear();
    unit.post_update.clear();
    unit.mounts[0].read_only = false;
    CHECK(digest(unit) == "e30af62b9cc94e551e37a8c2761cfb6a");
  }
}

}  // namespace town
