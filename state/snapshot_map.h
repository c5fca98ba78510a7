// An ordered map whose copies are cheap and never change under a reader: sorted chunks behind
// shared pointers; a change copies one chunk and the list of chunks. A copy belongs to one thread
// at a time; different copies may be used from different threads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace town {

/// `shared_ptr` because chunks are shared between the copies: that is the point of it.
template <typename K, typename V>
class SnapshotMap {
 public:
  using Entry = std::pair<K, V>;

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
    auto copy = std::make_shared<Chunk>(**chunk);
    const auto at = std::lower_bound(copy->begin(), copy->end(), key, before);
    if (at != copy->end() && at->first == key) {
      at->second = std::move(value);
    } else {
      copy->insert(at, {std::move(key), std::move(value)});
      ++size_;
    }
    replace(chunk, std::move(copy));
  }

  /// True where there was something to erase.
  bool erase(const K& key) {
    auto chunk = chunk_for(key);
    if (chunk == chunks_.end()) return false;
    auto copy = std::make_shared<Chunk>(**chunk);
    const auto at = std::lower_bound(copy->begin(), copy->end(), key, before);
    if (at == copy->end() || !(at->first == key)) return false;
    copy->erase(at);
    --size_;
    if (copy->empty()) {
      chunks_.erase(chunk);
    } else {
      *chunk = std::move(copy);
    }
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
  using Chunks = std::vector<std::shared_ptr<const Chunk>>;
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

  void replace(typename Chunks::iterator chunk, std::shared_ptr<Chunk> copy) {
    if (copy->size() <= kSplitAt) {
      *chunk = std::move(copy);
      return;
    }
    const auto middle = copy->begin() + static_cast<std::ptrdiff_t>(copy->size() / 2);
    auto right = std::make_shared<Chunk>(middle, copy->end());
    copy->erase(middle, copy->end());
    *chunk = std::move(copy);
    chunks_.insert(chunk + 1, std::move(right));
  }

  Chunks chunks_;
  std::size_t size_ = 0;
};

}  // namespace town
