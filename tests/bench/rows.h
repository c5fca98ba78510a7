// The yardstick for what a store costs: RocksDB alone, with its own defaults, on the files of a
// store of ours (a copy: it is opened for writing). One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace town::bench {

class Rows {
 public:
  /// Opens the database of the store at `store`. Throws std::runtime_error.
  explicit Rows(const std::filesystem::path& store);
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;
  ~Rows();

  struct Sum {
    std::size_t rows = 0;
    std::uint64_t bytes = 0;  ///< of keys and values
  };

  /// Walks through all resources and their status, and looks at every byte's length.
  [[nodiscard]] Sum scan() const;

  /// All rows of all tables, in memory.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> load() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace town::bench
