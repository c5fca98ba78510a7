#include "controllers/drivers/podman_files.h"

#include <doctest/doctest.h>

#include "state/error.h"
#include "tests/unit/controllers/drivers/temporary_directory.h"

namespace town {
namespace {

const std::string kId(64, 'a');
const std::string kOtherId(64, 'b');

struct Storage {
  TemporaryDirectory directory;
  PodmanFiles files{PodmanPaths{directory.path() / "storage", directory.path() / "run", "overlay",
                                directory.path() / "networks"}};

  void images(const std::string& text) const {
    directory.write("storage/overlay-images/images.json", text);
  }
  void config(const std::string& id, const std::string& text) const {
    directory.write("storage/overlay-containers/" + id + "/userdata/config.json", text);
  }
};

}  // namespace

TEST_SUITE("controllers/drivers/podman_files") {
  TEST_CASE("without any files there is nothing") {
    Storage storage;
    CHECK(storage.files.images().empty());
    CHECK(storage.files.networks().empty());
    CHECK(storage.files.containers().empty());
  }

  TEST_CASE("each name of each image is listed, and a changed list is read again") {
    Storage storage;
    storage.images(R"([{"id":"1","names":["a:1","b:2"]},{"id":"2"},{"id":"3","names":null}])");
    CHECK(storage.files.images() == std::set<std::string>{"a:1", "b:2"});
    storage.images(R"([{"id":"1","names":["c:3"]}])");
    CHECK(storage.files.images() == std::set<std::string>{"c:3"});
    std::filesystem::remove(storage.directory.path() / "storage/overlay-images/images.json");
    CHECK(storage.files.images().empty());
  }

  TEST_CASE("a list that is not JSON, or is too large, is not taken for an empty one") {
    Storage storage;
    storage.images("[{");
    CHECK_THROWS_AS(storage.files.images(), Error);
    storage.images(std::string(33 << 20, ' '));
    CHECK_THROWS_AS(storage.files.images(), Error);
  }

  TEST_CASE("networks carry their labels, and half-written files are not there yet") {
    Storage storage;
    storage.directory.write("networks/a.json", R"({"name":"a","labels":{"town.key":"network/a"}})");
    storage.directory.write("networks/b.json", R"({"name":"b"})");
    storage.directory.write("networks/c.json", R"({"name":"c","lab)");
    storage.directory.write("networks/netavark.lock", "");
    const auto networks = storage.files.networks();
    REQUIRE(networks.size() == 2);
    CHECK(networks[0].name == "a");
    CHECK(networks[0].labels.at("town.key") == "network/a");
    CHECK(networks[1].labels.empty());
    storage.directory.write("networks/c.json", R"({"name":"c","labels":{}})");
    CHECK(storage.files.networks().size() == 3);
  }

  TEST_CASE("containers with our annotation are listed, from both lists, and no others") {
    Storage storage;
    storage.directory.write("storage/overlay-containers/containers.json", R"([{"id":")" + kId +
                                                                              R"(","names":["web"]},
                                {"id":")" + std::string(64, 'c') + R"(","names":["gone"]},
                                {"id":"../../etc","names":["evil"]}])");
    storage.directory.write("run/overlay-containers/volatile-containers.json",
                            R"([{"id":")" + kOtherId + R"(","names":["theirs"]}])");
    storage.config(kId, R"({"annotations":{"town.key":"unit/web","x":"y"}})");
    storage.config(kOtherId, R"({"annotations":{"io.container.manager":"libpod"}})");
    const auto containers = storage.files.containers();
    REQUIRE(containers.size() == 1);
    CHECK(containers[0].id == kId);
    CHECK(containers[0].name == "web");
    CHECK(containers[0].annotations.at("town.key") == "unit/web");
  }

  TEST_CASE("annotations outlive the file that they were read from") {
    Storage storage;
    storage.directory.write("storage/overlay-containers/containers.json",
                            R"([{"id":")" + kId + R"(","names":["web"]}])");
    storage.config(kId, R"({"annotations":{"town.key":"unit/web"}})");
    CHECK(storage.files.containers().size() == 1);
    std::filesystem::remove_all(storage.directory.path() / "storage/overlay-containers" / kId);
    CHECK(storage.files.containers().size() == 1);
  }

  TEST_CASE("a process that is no conmon has no container") {
    Storage storage;
    CHECK_FALSE(storage.files.container_of(0).has_value());
    CHECK_FALSE(storage.files.container_of(1).has_value());
    CHECK_FALSE(storage.files.container_of(static_cast<std::uint32_t>(getpid())).has_value());
  }
}

}  // namespace town
