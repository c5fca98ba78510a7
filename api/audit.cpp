#include "api/audit.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>
#include <vector>

#include "api/fields.h"
#include "api/http.h"
#include "api/listing.h"
#include "api/problem.h"

namespace town::api {
namespace {

using Json = nlohmann::json;
using namespace std::chrono_literals;

constexpr std::uint64_t kKeep = 100'000;  ///< rows; about 20 MB
constexpr std::uint64_t kSweepEvery = 1'000;
constexpr std::size_t kLongestDetail = 4'096;
constexpr std::int64_t kPage = 50;
constexpr std::int64_t kLongestPage = 200;

/// Ids as text that sorts as they count.
std::string row_key(std::uint64_t id) {
  auto digits = std::to_string(id);
  return std::string(20 - digits.size(), '0') + digits;
}

bool contains_any(const std::string& name, const std::vector<std::string_view>& words) {
  std::string low(name);
  std::transform(low.begin(), low.end(), low.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return low.find(word) != std::string::npos; });
}

void redact_members(Json& value) {
  if (value.is_array()) {
    for (auto& item : value) redact_members(item);
  }
  if (!value.is_object()) return;
  for (auto member = value.begin(); member != value.end();) {
    if (contains_any(member.key(), {"password"})) {
      member = value.erase(member);
      continue;
    }
    if (contains_any(member.key(), {"responses", "secret", "token", "credential"})) {
      *member = "[REDACTED]";
    } else {
      redact_members(*member);
    }
    ++member;
  }
  // A URL may carry credentials between "//" and "@".
  if (const auto url = value.find("url"); url != value.end() && url->is_string()) {
    auto text = url->get<std::string>();
    const auto begin = text.find("//");
    const auto at = text.rfind('@');
    if (begin != std::string::npos && at != std::string::npos && at > begin) {
      *url = text.replace(begin + 2, at - begin - 2, "[REDACTED]");
    }
  }
}

bool searched(const Json& row, const std::string& search) {
  if (search.empty()) return true;
  constexpr std::array<const char*, 4> kFields = {"account", "action", "path", "detail"};
  return std::any_of(kFields.begin(), kFields.end(),
                     [&](const char* field) { return matches(row.at(field), search); });
}

ListQuery page_query(const Json& query) {
  auto asked = list_query(query, kPage);
  asked.limit = std::min(asked.limit, kLongestPage);
  asked.search.clear();
  constexpr std::array<std::string_view, 8> kSortable = {
      "id", "account", "action", "path", "detail", "success", "error", "created_at"};
  if (std::find(kSortable.begin(), kSortable.end(), asked.sort_by) == kSortable.end()) {
    asked.sort_by = "id";
  }
  if (asked.sort_order.empty()) asked.sort_order = "desc";
  return asked;
}

}  // namespace

Audit::Audit(Store& store, const Clock& clock) : store_(store), clock_(clock) {
  store_.scan(Book::audit, "", true, [&](const std::string& key, const std::string&) {
    last_id_ = std::stoull(key);
    return false;
  });
}

std::string Audit::text(std::uint64_t id, const AuditRow& row) const {
  return dump({{"id", id},
               {"account", row.account},
               {"action", row.action},
               {"path", row.path},
               {"detail", row.detail},
               {"success", row.success},
               {"error", redact(row.error)},
               {"created_at", to_rfc3339(clock_.now())}});
}

BookRow Audit::entry(const AuditRow& row) {
  const auto id = ++last_id_;
  if (id > kKeep && id % kSweepEvery == 0) drop_oldest(id - kKeep);
  return {Book::audit, row_key(id), text(id, row)};
}

void Audit::append(const AuditRow& row) {
  const auto added = entry(row);
  store_.put(Book::audit, {{added.key, added.value}});
}

void Audit::amend(const std::string& key, const AuditRow& row) {
  store_.put(Book::audit, {{key, text(std::stoull(key), row)}});
}

void Audit::drop_oldest(std::uint64_t upto) {
  std::vector<std::pair<std::string, std::optional<std::string>>> gone;
  store_.scan(Book::audit, "", false, [&](const std::string& key, const std::string&) {
    if (key > row_key(upto)) return false;
    gone.emplace_back(key, std::nullopt);
    return true;
  });
  if (!gone.empty()) store_.put(Book::audit, gone);
}

Json Audit::page(const Json& query) const {
  Fields fields(query);
  const auto account = fields.text("account");
  const auto search = fields.text("search");
  const auto before = fields.integer("before_id");
  fields.check();
  const auto limit_id = before > 0 ? static_cast<std::uint64_t>(before) : ~std::uint64_t{0};
  Json rows = Json::array();
  std::int64_t total = 0;
  store_.scan(Book::audit, "", false, [&](const std::string&, const std::string& text) {
    auto row = Json::parse(text);
    if (!account.empty() && row.at("account") != account) return true;
    if (!searched(row, search)) return true;
    ++total;
    if (row.at("id").get<std::uint64_t>() < limit_id) rows.push_back(std::move(row));
    return true;
  });
  const auto asked = page_query(query);
  auto answer = list_answer(std::move(rows), asked);
  answer["total_count"] = total;
  answer["total_pages"] = total == 0 ? 1 : (total - 1) / asked.limit + 1;
  return answer;
}

int Audit::recent_errors() const {
  const auto since = to_rfc3339(clock_.now() - 5min);
  int errors = 0;
  store_.scan(Book::audit, "", true, [&](const std::string&, const std::string& text) {
    const auto row = Json::parse(text);
    if (row.at("created_at").get_ref<const std::string&>() < since) return false;
    if (!row.at("success").get<bool>()) ++errors;
    return true;
  });
  return errors;
}

std::string audit_detail(const Json& body) {
  if (!body.is_object()) return {};
  auto copy = body;
  redact_members(copy);
  auto text = dump(copy);
  if (text.size() <= kLongestDetail) return text;
  return Json{{"omitted", "the request was longer than 4096 bytes"}}.dump();
}

}  // namespace town::api
