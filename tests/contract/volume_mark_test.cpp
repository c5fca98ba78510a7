#include "controllers/drivers/volume_mark.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "machine.h"

namespace town::contract {
namespace {

namespace fs = std::filesystem;

TEST_SUITE("contract/btrfs_mark" * doctest::skip(!is_real())) {
  TEST_CASE("only the volume with this very id is in its place") {
    Machine machine;
    auto& btrfs = machine.btrfs();
    btrfs.create("user/photos", "a1", 0, {}, {});
    const auto root = btrfs.absolute("user").parent_path();
    const auto why = [&](const std::string& path) { return volume_missing(root, path, "a1"); };
    CHECK(why("user/photos").empty());
    CHECK(why("user/none").find("not in its place") != std::string::npos);
    fs::create_directories(root / "user/plain");
    CHECK(why("user/plain").find("plain directory") != std::string::npos);
    fs::create_directory_symlink(root / "user/photos", root / "user/link");
    CHECK(why("user/link").find("something else") != std::string::npos);
    btrfs.create("user/films", "b2", 0, {}, {});
    CHECK(why("user/films").find("another subvolume") != std::string::npos);
    CHECK(why("../town").find("something else") != std::string::npos);
  }
}

}  // namespace
}  // namespace town::contract
