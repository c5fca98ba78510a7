// Which clone is to be looked at when: due times, who is at work on what, and who waits for it.
// Owned by Repositories; any thread may call it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

namespace town {

class Schedule {
 public:
  using Steady = std::chrono::steady_clock;
  /// A look that is asked for; a look that began before it does not count as its answer.
  using Ticket = std::uint64_t;

  /// Makes `id` due now, behind what people wait for.
  void soon(const std::string& id);

  /// Makes `id` due now, before everything that nobody waits for.
  Ticket ask(const std::string& id);

  /// Waits for the answer; false where `stop` came first.
  bool await(const std::string& id, Ticket ticket, const std::stop_token& stop);

  /// Waits for an id that is due and that nobody is at work on, and gives it to the caller, who is
  /// then at work on it until done() or forget(). None where `stop` came first.
  std::optional<std::string> next(const std::stop_token& stop);

  /// The same for one id, due or not. False where `stop` came first.
  bool claim(const std::string& id, const std::stop_token& stop);

  /// The work is done; due again after `pause`, or at once where somebody asked meanwhile.
  void done(const std::string& id, Steady::duration pause);

  /// The work is done and there will be none again, unless somebody asked meanwhile.
  void forget(const std::string& id);

 private:
  struct Item {
    Steady::time_point due = Steady::time_point::max();
    bool urgent = false;
    bool running = false;
    Ticket asked = 0;    ///< the last ticket given out
    Ticket serving = 0;  ///< the last ticket when the work under way began
    Ticket served = 0;
  };

  using Items = std::map<std::string, Item>;
  Items::iterator first_due(Steady::time_point now, Steady::time_point& wake);
  void begin(Item& item);
  void finish(Item& item);

  std::mutex mutex_;
  std::condition_variable_any changed_;
  Items items_;
};

}  // namespace town
