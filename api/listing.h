// Filter, search, sort and page of every list that the API answers (api rules: filters, then
// search, then sort, then page). Pure; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace town::api {

/// What a client asks of a list.
struct ListQuery {
  std::int64_t limit = 20;
  std::int64_t offset = 0;
  std::string sort_by;
  std::string sort_order;
  std::string search;
};

/// From the query string of a GET: what is missing or no number falls back to the default.
ListQuery list_query(const std::map<std::string, std::string>& parameters,
                     std::int64_t default_limit = 20);

/// From the body of a POST, under the same names; numbers may be written as text. Throws
/// InvalidInput where a text is none.
ListQuery list_query(const nlohmann::json& body, std::int64_t default_limit = 20);

/// `entries` (an array) searched, sorted and cut to the page, in the envelope
/// {entries, has_more, total_pages, total_count}.
nlohmann::json list_answer(nlohmann::json entries, const ListQuery& query);

/// Whether any text in `entry` (nested objects too, arrays not) holds `needle`, whatever the case.
bool matches(const nlohmann::json& entry, const std::string& needle);

}  // namespace town::api
