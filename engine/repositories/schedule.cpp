#include "engine/repositories/schedule.h"

#include <algorithm>
#include <utility>

namespace town {

void Schedule::soon(const std::string& id) {
  {
    const std::lock_guard lock(mutex_);
    auto& item = items_[id];
    item.due = std::min(item.due, Steady::now());
  }
  changed_.notify_all();
}

Schedule::Ticket Schedule::ask(const std::string& id) {
  Ticket ticket = 0;
  {
    const std::lock_guard lock(mutex_);
    auto& item = items_[id];
    item.due = std::min(item.due, Steady::now());
    item.urgent = true;
    ticket = ++item.asked;
  }
  changed_.notify_all();
  return ticket;
}

bool Schedule::await(const std::string& id, Ticket ticket, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  return changed_.wait(lock, stop, [&] {
    const auto item = items_.find(id);
    return item == items_.end() || item->second.served >= ticket;
  });
}

// Urgent ones first, then the one that has waited longest; `wake` is when the next one falls due.
Schedule::Items::iterator Schedule::first_due(Steady::time_point now, Steady::time_point& wake) {
  auto first = items_.end();
  for (auto at = items_.begin(); at != items_.end(); ++at) {
    const auto& item = at->second;
    if (item.running) continue;
    if (item.due > now) {
      wake = std::min(wake, item.due);
      continue;
    }
    if (first == items_.end() || item.urgent > first->second.urgent ||
        (item.urgent == first->second.urgent && item.due < first->second.due)) {
      first = at;
    }
  }
  return first;
}

std::optional<std::string> Schedule::next(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const auto now = Steady::now();
    auto wake = now + std::chrono::hours(1);
    const auto found = first_due(now, wake);
    if (found != items_.end()) {
      begin(found->second);
      return found->first;
    }
    // Whatever changes is looked at anew; the predicate would only repeat first_due().
    bool woken = false;
    changed_.wait_until(lock, stop, wake, [&] { return std::exchange(woken, true); });
  }
  return std::nullopt;
}

bool Schedule::claim(const std::string& id, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait(lock, stop, [&] { return !items_[id].running; })) return false;
  begin(items_[id]);
  return true;
}

void Schedule::begin(Item& item) {
  item.running = true;
  item.urgent = false;
  item.due = Steady::time_point::max();
  item.serving = item.asked;
}

void Schedule::finish(Item& item) {
  item.running = false;
  item.served = item.serving;
}

void Schedule::done(const std::string& id, Steady::duration pause) {
  {
    const std::lock_guard lock(mutex_);
    auto& item = items_[id];
    finish(item);
    item.due = std::min(item.due, Steady::now() + pause);
  }
  changed_.notify_all();
}

void Schedule::forget(const std::string& id) {
  {
    const std::lock_guard lock(mutex_);
    auto& item = items_[id];
    finish(item);
    if (item.due == Steady::time_point::max()) items_.erase(id);
  }
  changed_.notify_all();
}

}  // namespace town
