#include "state/store/event_book.h"

#include <utility>

#include "state/store/rows.h"

namespace town::store {
namespace {

bool same_story(const Event& a, const Event& b) {
  return a.reason == b.reason && a.message == b.message && a.warning == b.warning;
}

}  // namespace

void EventBook::keep(Event event, bool gone) {
  last_id_ = event.id;
  if (gone) gone_.emplace(event.id, event.key);
  auto& entry = entries_[event.key];
  entry.ids.push_back(event.id);
  entry.last = std::move(event);
}

void EventBook::load(Event event, bool gone) { keep(std::move(event), gone); }

/// Takes the event at that place of the entry off the disk and out of the books.
void EventBook::forget(Entry& entry, std::size_t at, Batch& batch) {
  const auto place = entry.ids.begin() + static_cast<std::ptrdiff_t>(at);
  batch.erase(Table::events, number_row(*place));
  gone_.erase(*place);
  entry.ids.erase(place);
}

void EventBook::add(Event event, bool gone, Batch& batch) {
  event.id = last_id_ + 1;
  if (const auto known = entries_.find(event.key); known != entries_.end()) {
    auto& entry = known->second;
    if (same_story(entry.last, event)) {
      // A new number, so that what happened last is read first.
      event.first = entry.last.first;
      event.count += entry.last.count;
      forget(entry, entry.ids.size() - 1, batch);
    } else if (entry.ids.size() >= kPerKey) {
      forget(entry, 0, batch);
    }
  }
  put_event(batch, event);
  keep(std::move(event), gone);
  bound_gone(batch);
}

void EventBook::left(const Key& key, Batch& batch) {
  const auto known = entries_.find(key);
  if (known == entries_.end()) return;
  for (const auto id : known->second.ids) gone_.emplace(id, key);
  bound_gone(batch);
}

void EventBook::came(const Key& key) {
  const auto known = entries_.find(key);
  if (known == entries_.end()) return;
  for (const auto id : known->second.ids) gone_.erase(id);
}

void EventBook::bound_gone(Batch& batch) {
  while (gone_.size() > kOfGone) {
    // The oldest of all the gone is also the oldest of its key.
    const auto known = entries_.find(gone_.begin()->second);
    forget(known->second, 0, batch);
    if (known->second.ids.empty()) entries_.erase(known);
  }
}

std::vector<std::uint64_t> EventBook::of(const Key& key) const {
  const auto known = entries_.find(key);
  return known == entries_.end() ? std::vector<std::uint64_t>{} : known->second.ids;
}

}  // namespace town::store
