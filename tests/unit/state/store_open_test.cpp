// What opens as a store, and what is refused and left as it was.
#include <doctest/doctest.h>

#include <algorithm>

#include "state/store.h"
#include "state/store/database.h"
#include "state/store/migrations.h"
#include "state/store/rows.h"
#include "store_fixture.h"

namespace town {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

void write(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

/// A store whose townd was killed: it has table files, and a log with acknowledged commits.
struct Used {
  TemporaryDirectory directory;
  fs::path path = directory.path() / "store";

  Used() {
    const auto first = directory.path() / "first";
    for (const char* round : {"1", "2", "3"}) {
      const auto store = disk_store(first);
      std::vector<Resource> resources;
      for (int i = 0; i < 50; ++i) resources.push_back(setting(std::to_string(i), round));
      commit(*store, graph_of(std::move(resources)));
      store->report({{setting_key("0"), ready()}}, {event(setting_key("0"), round)}, {}, "");
      // A copy of an open store is what a kill leaves.
      fs::remove_all(path);
      fs::copy(first, path, fs::copy_options::recursive);
    }
  }

  /// Files of RocksDB with that in their name.
  [[nodiscard]] std::vector<fs::path> files(const std::string& part) const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(path / "db")) {
      if (entry.path().filename().string().find(part) != std::string::npos) {
        found.push_back(entry.path());
      }
    }
    REQUIRE_FALSE(found.empty());
    return found;
  }

  /// Refused with that reason, and every byte is where it was.
  void check_refused(const std::string& reason) const {
    const auto before = files_in(path);
    CHECK(refusal(path) == reason);
    CHECK(files_in(path) == before);
  }
};

void flip(const fs::path& path, std::size_t at) {
  auto text = read(path);
  REQUIRE(at < text.size());
  text[at] = static_cast<char>(text[at] ^ 0x10);
  write(path, text);
}

}  // namespace

TEST_SUITE("state/store opening") {
  TEST_CASE("a first boot is where nothing is, or an empty directory") {
    const TemporaryDirectory directory;
    CHECK(refusal(directory.path() / "deep" / "store").empty());
    fs::create_directory(directory.path() / "empty");
    CHECK(Store::is_first_boot(directory.path() / "none"));
    CHECK_FALSE(fs::exists(directory.path() / "none"));
    CHECK(Store::is_first_boot(directory.path() / "empty"));
    CHECK(refusal(directory.path() / "empty").empty());
    CHECK_FALSE(Store::is_first_boot(directory.path() / "empty"));
    CHECK(read(directory.path() / "empty" / "TOWN-STORE").starts_with("town store, schema 1\n"));
    CHECK((fs::status(directory.path() / "deep" / "store").permissions() & fs::perms::others_all) ==
          fs::perms::none);
  }

  TEST_CASE("a first boot that lost power begins anew, or ends what it began") {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "store";
    fs::create_directories(path / "db.new");
    write(path / "db.new" / "CURRENT", "half");
    CHECK(Store::is_first_boot(path));
    CHECK(refusal(path).empty());
    CHECK_FALSE(fs::exists(path / "db.new"));
    fs::remove(path / "TOWN-STORE");
    CHECK(refusal(path).empty());
    CHECK(fs::exists(path / "TOWN-STORE"));
  }

  TEST_CASE("an undamaged store opens, so the refusals below mean something") {
    const Used used;
    CHECK(refusal(used.path).empty());
  }

  TEST_CASE("a directory with something else in it is never taken for a first boot") {
    const TemporaryDirectory directory;
    write(directory.path() / "holiday.jpg", "x");
    const auto before = files_in(directory.path());
    CHECK(refusal(directory.path()) == "StoreDamaged");
    CHECK(files_in(directory.path()) == before);
    CHECK(refusal(directory.path() / "holiday.jpg") == "StoreDamaged");
  }

  TEST_CASE("an emptied or partly deleted database beside its marker is damage") {
    for (const std::string what : {"everything", "db", "CURRENT", "MANIFEST", ".log", ".sst"}) {
      CAPTURE(what);
      const Used used;
      if (what == "everything" || what == "db") {
        fs::remove_all(used.path / "db");
        if (what == "db") fs::create_directory(used.path / "db");
      } else {
        for (const auto& file : used.files(what)) fs::remove(file);
      }
      used.check_refused("StoreDamaged");
    }
  }

  TEST_CASE("garbage in place of any file that matters is damage") {
    for (const std::string what : {"CURRENT", "MANIFEST", ".sst"}) {
      CAPTURE(what);
      const Used used;
      write(used.files(what).front(), std::string(5000, 'x'));
      used.check_refused("StoreDamaged");
    }
    const Used used;
    write(used.path / "TOWN-STORE", "?");
    used.check_refused("StoreDamaged");
  }

  TEST_CASE("a file cut short is damage") {
    for (const std::string what : {"CURRENT", "MANIFEST", ".sst"}) {
      CAPTURE(what);
      const Used used;
      const auto file = used.files(what).front();
      fs::resize_file(file, fs::file_size(file) / 2);
      used.check_refused("StoreDamaged");
    }
  }

  TEST_CASE("a changed byte anywhere in a table file or the manifest is damage") {
    for (const std::string what : {"MANIFEST", ".sst"}) {
      const Used used;
      for (const auto& file : used.files(what)) {
        const auto size = fs::file_size(file);
        for (std::size_t at = 0; at < size; at += 1 + size / 6) {
          CAPTURE(file);
          CAPTURE(at);
          flip(file, at);
          used.check_refused("StoreDamaged");
          flip(file, at);
        }
      }
      CHECK(refusal(used.path).empty());
    }
  }

  TEST_CASE("a changed byte before the end of the log is damage, and loses nothing silently") {
    const Used used;
    auto logs = used.files(".log");
    const auto log = *std::max_element(logs.begin(), logs.end(), [](const auto& a, const auto& b) {
      return fs::file_size(a) < fs::file_size(b);
    });
    const auto size = fs::file_size(log);
    REQUIRE(size > 100);
    // Behind the header of the first record, and before the last one.
    for (std::size_t at = 20; at < size / 2; at += size / 7) {
      CAPTURE(at);
      flip(log, at);
      used.check_refused("StoreDamaged");
      flip(log, at);
    }
    CHECK(refusal(used.path).empty());
  }

  TEST_CASE("a store that was closed in order has all in files that are checked in full") {
    const Used used;
    disk_store(used.path);
    for (const auto& log : used.files(".log")) CHECK(fs::file_size(log) == 0);
  }

  TEST_CASE("a record that power cut off is not damage, and all before it is there") {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "store";
    const auto store = disk_store(directory.path() / "first");
    const auto log_size = [&] {
      std::uintmax_t size = 0;
      for (const auto& entry : fs::directory_iterator(directory.path() / "first" / "db")) {
        if (entry.path().extension() == ".log") size = fs::file_size(entry.path());
      }
      return size;
    };
    commit(*store, graph_of({setting("a", "1")}));
    const auto acknowledged = log_size();
    commit(*store, graph_of({setting("a", "2")}));
    for (const auto size : {acknowledged, acknowledged + 3, acknowledged + 10, log_size() - 1}) {
      CAPTURE(size);
      fs::remove_all(path);
      fs::copy(directory.path() / "first", path, fs::copy_options::recursive);
      for (const auto& entry : fs::directory_iterator(path / "db")) {
        if (entry.path().extension() == ".log") fs::resize_file(entry.path(), size);
      }
      const auto cut = disk_store(path);
      CHECK(cut->head()->spec<SettingSpec>(setting_key("a"))->value == "1");
      CHECK(cut->intents(0, 10).size() == 1);
      CHECK(commit(*cut, graph_of({setting("a", "3")})) == 2);
    }
  }

  TEST_CASE("a store that a newer townd wrote is refused, by its marker and by its own number") {
    const Used used;
    const auto marker = read(used.path / "TOWN-STORE");
    write(used.path / "TOWN-STORE", "town store, schema 2\n");
    used.check_refused("StoreNewer");
    write(used.path / "TOWN-STORE", marker);
    CHECK(refusal(used.path).empty());
    {
      const auto database = store::Database::open(used.path / "db", store::Database::Mode::write);
      auto batch = database->batch();
      store::put_meta(batch, store::kSchemaRow, store::kSchema + 1);
      database->write(batch, true);
    }
    used.check_refused("StoreNewer");
  }

  TEST_CASE("a store that is open is refused to all others, also from the same program") {
    const Used used;
    const auto store = disk_store(used.path);
    CHECK(refusal(used.path) == "StoreLocked");
    commit(*store, graph_of({setting("a", "x")}));
  }

  TEST_CASE("looking at a store changes nothing in it") {
    const Used used;
    const auto before = files_in(used.path);
    store::Database::open(used.path / "db", store::Database::Mode::read)->verify();
    CHECK(files_in(used.path) == before);
  }
}

TEST_SUITE("state/store migrations") {
  // Schema 0 never shipped: here, it kept a setting's value under "name=value" in meta.
  const store::Migration kFromZero = {
      0, [](const store::Database& database, store::Batch& batch) {
        database.scan(store::Table::meta, "old/", "old0", false,
                      [&](std::string_view row, std::string_view value) {
                        batch.put(store::Table::settings, row.substr(4), value);
                        batch.erase(store::Table::meta, row);
                        return true;
                      });
      }};
  const store::Migration kFailing = {1, [](const store::Database&, store::Batch& batch) {
                                       batch.put(store::Table::settings, "half", "done");
                                       throw Error(Code::internal, "Broken", "this step fails");
                                     }};

  std::unique_ptr<store::Database> schema_zero() {
    auto database = store::Database::open("/old", store::Database::Mode::in_memory);
    auto batch = database->batch();
    batch.put(store::Table::meta, "old/colour", "green");
    store::put_meta(batch, store::kSchemaRow, 0);
    database->write(batch, true);
    return database;
  }

  TEST_CASE("an old store is brought forward step by step, each in one synced batch") {
    const auto database = schema_zero();
    const auto before = database->synced_writes();
    store::migrate(*database, 0, 1, std::array{kFromZero});
    CHECK(database->get(store::Table::settings, "colour") == "green");
    CHECK_FALSE(database->get(store::Table::meta, "old/colour").has_value());
    CHECK(store::meta_number(*database, store::kSchemaRow) == 1);
    CHECK(database->synced_writes() == before + 1);
  }

  TEST_CASE("a step that fails leaves the store at the step before") {
    const auto database = schema_zero();
    CHECK_THROWS_AS(store::migrate(*database, 0, 2, std::array{kFromZero, kFailing}), Error);
    CHECK(store::meta_number(*database, store::kSchemaRow) == 1);
    CHECK_FALSE(database->get(store::Table::settings, "half").has_value());
    CHECK(database->get(store::Table::settings, "colour") == "green");
  }

  TEST_CASE("a missing step is said") {
    const auto database = schema_zero();
    CHECK_THROWS_AS(store::migrate(*database, 0, 1, {}), Error);
    CHECK(store::meta_number(*database, store::kSchemaRow) == 0);
  }
}

}  // namespace town
