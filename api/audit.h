// Who did what: the audit book. Rows are only ever added at the end, and drop off at the beginning.
// Owned by townd's main; any thread may call it.
#pragma once

#include <atomic>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "state/clock.h"
#include "state/store.h"

namespace town::api {

struct AuditRow {
  std::string account;  ///< empty where nobody is logged in
  std::string action;   ///< fixed English text: "install package"
  std::string path;
  std::string detail;  ///< the request as redacted JSON; empty where there was none
  bool success = false;
  std::string error;
};

class Audit {
 public:
  Audit(Store& store, const Clock& clock);

  /// A row with the next id and the time, for the batch of the intent that it tells of.
  [[nodiscard]] BookRow entry(const AuditRow& row);
  /// Writes one row, synced.
  void append(const AuditRow& row);
  /// Writes what came of it after all over an entry that is there, synced.
  void amend(const std::string& key, const AuditRow& row);

  /// The page that `query` asks for (limit, offset, before_id, account, search, sort_by,
  /// sort_order), in the list envelope.
  [[nodiscard]] nlohmann::json page(const nlohmann::json& query) const;

  /// Failed rows of the last five minutes.
  [[nodiscard]] int recent_errors() const;

 private:
  [[nodiscard]] std::string text(std::uint64_t id, const AuditRow& row) const;
  void drop_oldest(std::uint64_t upto);

  Store& store_;
  const Clock& clock_;
  std::atomic<std::uint64_t> last_id_ = 0;
};

/// The body as compact JSON for a row: no password at any depth, the values of other credentials
/// and of `responses` replaced; empty for what is no object.
std::string audit_detail(const nlohmann::json& body);

}  // namespace town::api
