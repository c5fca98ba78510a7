// What one pass, or one worker, has to say: gathers conditions and events per key and sends them to
// the store in one batch. Lives for one pass on one thread.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "engine/plan.h"
#include "state/error.h"
#include "state/store.h"

namespace town {

/// The condition that says most about why something is not Ready; null where it is, or nobody
/// looked.
const Condition* headline(const Status& status);

class Report {
 public:
  Report(Snapshot snapshot, std::string controller)
      : snapshot_(std::move(snapshot)), controller_(std::move(controller)) {}

  void see(const Sighting& sighting);
  void tell(Event event);
  /// Held back; `why` is a sentence.
  void wait(const Key& key, const std::string& why);
  /// Handed to a worker.
  void begin(const Change& change);
  void progress(const Change& change, const std::string& message);
  void done(const Change& change);
  /// It failed, and that was its one try (Change::once).
  void missed(const Change& change, const std::string& reason, const std::string& message);
  void fail(const Change& change, Code code, const std::string& reason, const std::string& message,
            std::chrono::milliseconds again);

  void send(Store& store);

 private:
  /// The status that is being made for `key`; starts from the stored one.
  Status* status_of(const Key& key);
  void tell(const Key& key, bool warning, const std::string& reason, const std::string& message);
  [[nodiscard]] bool known(const Sighting& sighting) const;
  void condition(const Key& key, ConditionType type, const std::string& reason,
                 const std::string& message);

  Snapshot snapshot_;
  std::string controller_;
  std::map<Key, Status> statuses_;
  std::vector<Event> events_;
  std::vector<Key> finalized_;
};

}  // namespace town
