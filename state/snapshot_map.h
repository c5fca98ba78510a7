// An ordered map whose copies are cheap and never change under a reader: sorted chunks behind
// shared pointers. Copying the map copies the list of chunks; a change copies the chunk it touches,
// unless no other copy of the map holds it. A copy of the map belongs to one thread at a time;
// different copies may be used from different threads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

namespace town {

/// `shared_ptr` because chunks are shared between the copies: that is the point of it.
template <typename K, typename V>
class SnapshotMap {
 public:
  using Entry = std::pair<K, V>;

  SnapshotMap() = default;

  /// All at once, much faster than one by one: entries in the order of their keys, each key once.
  explicit SnapshotMap(std::vector<Entry> sorted) : size_(sorted.size()) {
    const auto begin = std::make_move_iterator(sorted.begin());
    for (std::size_t at = 0; at < size_; at += kSplitAt) {
      const auto from = static_cast<std::ptrdiff_t>(at);
      const auto to = static_cast<std::ptrdiff_t>(std::min(at + kSplitAt, size_));
      chunks_.push_back(std::make_shared<Chunk>(begin + from, begin + to));
    }
  }

  /// The value at `key`, or null. Valid as long as this copy is not changed.
  [[nodiscard]] const V* find(const K& key) const {
    const auto chunk = chunk_for(key);
    if (chunk == chunks_.end()) return nullptr;
    const auto at = position(**chunk, key);
    return at != (*chunk)->end() && at->first == key ? &at->second : nullptr;
  }

  void put(K key, V value) {
    auto chunk = chunk_for(key);
    if (chunk == chunks_.end()) {
      chunks_.push_back(std::make_shared<Chunk>(Chunk{{std::move(key), std::move(value)}}));
      ++size_;
      return;
    }
    Chunk& entries = own(*chunk);
    const auto at = std::lower_bound(entries.begin(), entries.end(), key, before);
    if (at != entries.end() && at->first == key) {
      at->second = std::move(value);
      return;
    }
    ++size_;
    if (at == entries.end() && entries.size() >= kSplitAt) {
      // Only behind the last chunk can a key be past the end. Keys that come in order thus leave
      // full chunks behind them.
      chunks_.push_back(std::make_shared<Chunk>(Chunk{{std::move(key), std::move(value)}}));
      return;
    }
    entries.insert(at, {std::move(key), std::move(value)});
    if (entries.size() > kSplitAt) split(chunk);
  }

  /// True where there was something to erase.
  bool erase(const K& key) {
    auto chunk = chunk_for(key);
    if (chunk == chunks_.end() || find(key) == nullptr) return false;
    Chunk& entries = own(*chunk);
    entries.erase(std::lower_bound(entries.begin(), entries.end(), key, before));
    --size_;
    if (entries.empty()) chunks_.erase(chunk);
    return true;
  }

  /// Calls `visit(key, value)` for each entry from `from` on, in order, until it returns false.
  template <typename F>
  void scan(const K& from, F&& visit) const {
    for (auto chunk = chunk_for(from); chunk != chunks_.end(); ++chunk) {
      for (auto at = position(**chunk, from); at != (*chunk)->end(); ++at) {
        if (!visit(at->first, at->second)) return;
      }
    }
  }

  template <typename F>
  void each(F&& visit) const {
    for (const auto& chunk : chunks_) {
      for (const auto& [key, value] : *chunk) visit(key, value);
    }
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

 private:
  using Chunk = std::vector<Entry>;
  using Chunks = std::vector<std::shared_ptr<Chunk>>;
  static constexpr std::size_t kSplitAt =
      128;  ///< copying a chunk this long is about a microsecond

  static bool before(const Entry& entry, const K& key) { return entry.first < key; }

  static auto position(const Chunk& chunk, const K& key) {
    return std::lower_bound(chunk.begin(), chunk.end(), key, before);
  }

  /// The first chunk whose last key is not before `key`; else the last chunk, if there is any.
  static auto chunk_in(auto& chunks, const K& key) {
    auto at =
        std::lower_bound(chunks.begin(), chunks.end(), key,
                         [](const auto& chunk, const K& k) { return chunk->back().first < k; });
    if (at == chunks.end() && !chunks.empty()) --at;
    return at;
  }
  auto chunk_for(const K& key) const { return chunk_in(chunks_, key); }
  auto chunk_for(const K& key) { return chunk_in(chunks_, key); }

  /// The chunk, made ours alone: copied if another map holds it too.
  static Chunk& own(std::shared_ptr<Chunk>& chunk) {
    if (chunk.use_count() != 1) {
      chunk = std::make_shared<Chunk>(*chunk);
    } else {
      // The count is read without ordering. Going up and down once orders what the map that let go
      // last has read before what is written here.
      std::shared_ptr<Chunk>(chunk).reset();
    }
    return *chunk;
  }

  void split(typename Chunks::iterator chunk) {
    const auto begin = std::make_move_iterator((*chunk)->begin());
    const auto end = std::make_move_iterator((*chunk)->end());
    const auto middle = begin + static_cast<std::ptrdiff_t>((*chunk)->size() / 2);
    auto left = std::make_shared<Chunk>(begin, middle);
    auto right = std::make_shared<Chunk>(middle, end);
    *chunk = std::move(left);
    chunks_.insert(chunk + 1, std::move(right));
  }

  Chunks chunks_;
  std::size_t size_ = 0;
};

}  // namespace town
