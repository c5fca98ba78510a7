// Stores, graphs and intents for the store's tests.
#pragma once

#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "state/digest.h"
#include "state/error.h"
#include "state/store.h"

namespace town {

/// A directory that is gone after the test.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    auto name = (std::filesystem::temp_directory_path() / "town-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A clock that stands still until it is told.
class SetClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override { return now_; }
  void forward(std::chrono::seconds by) { now_ += by; }

 private:
  Time now_ = std::chrono::system_clock::from_time_t(1735689600);
};

inline std::unique_ptr<Store> memory_store(const Clock* clock = nullptr,
                                           std::function<void()> before_write = {}) {
  Store::Options options;
  options.in_memory = true;
  options.clock = clock;
  options.before_write = std::move(before_write);
  return Store::open(options);
}

inline std::unique_ptr<Store> disk_store(const std::filesystem::path& path) {
  Store::Options options;
  options.path = path;
  return Store::open(options);
}

inline Key setting_key(const std::string& name) { return {Kind::setting, name}; }

inline Resource setting(const std::string& name, const std::string& value) {
  Resource made;
  made.key = setting_key(name);
  made.spec = SettingSpec{value};
  made.digest = digest(made.spec);
  return made;
}

/// One that stays, deleting, until its finalizer is gone.
inline Resource finalized(const std::string& name, std::vector<std::string> finalizers = {"loop"}) {
  auto made = setting(name, "x");
  made.finalizers = std::move(finalizers);
  return made;
}

inline IntentRecord intent(const std::string& summary) {
  IntentRecord made;
  made.author = {"erika", "townctl"};
  made.action = "install";
  made.summary = summary;
  return made;
}

/// Commits the step to `wanted`, and waits for it.
inline Revision commit(Store& store, const Graph& wanted, const std::string& summary = "change",
                       const std::vector<Key>& purge = {}) {
  return store.commit(intent(summary), diff(*store.head(), wanted, purge)).await();
}

inline Graph graph_of(std::vector<Resource> resources) {
  Graph graph;
  for (auto& resource : resources) graph.put(std::move(resource));
  return graph;
}

inline std::vector<Resource> contents(const Graph& graph) {
  std::vector<Resource> all;
  graph.each([&](const ResourcePtr& found) { all.push_back(*found); });
  return all;
}

inline Status ready(std::uint64_t generation = 1, const std::string& message = "It runs.") {
  Status status;
  status.observed_generation = generation;
  status.conditions = {{ConditionType::ready, "Running", message, {}}};
  return status;
}

inline Event event(const Key& key, const std::string& reason, const std::string& message = "So.") {
  Event made;
  made.key = key;
  made.reason = reason;
  made.message = message;
  return made;
}

/// What is there now, without waiting.
inline Watch::Batch look(Watch& watch) { return watch.next({}, {}); }

/// The digest of each file below `directory`.
inline std::map<std::string, std::string> files_in(const std::filesystem::path& directory) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    std::ostringstream text;
    if (entry.is_regular_file()) text << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    files[entry.path().string()] = sha256_hex(text.str());
  }
  return files;
}

/// The reason with which opening fails, "" where it does not.
inline std::string refusal(const std::filesystem::path& path) {
  try {
    disk_store(path);
  } catch (const Error& error) {
    CHECK(error.code() == Code::unavailable);
    return error.reason();
  }
  return "";
}

}  // namespace town
