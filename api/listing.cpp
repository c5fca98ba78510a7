#include "api/listing.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <nlohmann/json.hpp>

#include "api/fields.h"

namespace town::api {
namespace {

using Json = nlohmann::json;

std::string lowered(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::int64_t number_or(const std::string& text, std::int64_t otherwise) {
  std::int64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  return read.ec == std::errc() && read.ptr == end ? number : otherwise;
}

ListQuery bounded(ListQuery query, std::int64_t default_limit) {
  if (query.limit <= 0) query.limit = default_limit;
  if (query.offset < 0) query.offset = 0;
  return query;
}

/// `needle` is in lower case.
bool holds(const Json& value, const std::string& needle) {
  if (value.is_string()) {
    return lowered(value.get<std::string>()).find(needle) != std::string::npos;
  }
  if (!value.is_object()) return false;
  return std::any_of(value.begin(), value.end(),
                     [&](const Json& member) { return holds(member, needle); });
}

const Json& field(const Json& entry, const std::string& name) {
  static const Json kNothing;
  if (!entry.is_object()) return kNothing;
  const auto found = entry.find(name);
  return found == entry.end() ? kNothing : *found;
}

/// Texts by their bytes, numbers by value, false before true; nlohmann orders null before all.
void sort_by_field(Json& entries, const std::string& name, bool descending) {
  std::stable_sort(entries.begin(), entries.end(), [&](const Json& a, const Json& b) {
    return descending ? field(b, name) < field(a, name) : field(a, name) < field(b, name);
  });
}

void pin(Json& entries, const std::string& name, const std::string& wanted) {
  std::stable_partition(entries.begin(), entries.end(), [&](const Json& entry) {
    const auto& value = field(entry, name);
    return lowered(value.is_string() ? value.get<std::string>() : value.dump()) == wanted;
  });
}

void sort(Json& entries, const ListQuery& query) {
  const auto& name = query.sort_by;
  const bool known =
      !name.empty() && std::any_of(entries.begin(), entries.end(), [&](const Json& entry) {
        return entry.is_object() && entry.contains(name);
      });
  if (!known) return;
  const auto order = lowered(query.sort_order);
  sort_by_field(entries, name, order == "desc");
  if (!order.empty() && order != "asc" && order != "desc") pin(entries, name, order);
}

}  // namespace

ListQuery list_query(const std::map<std::string, std::string>& parameters,
                     std::int64_t default_limit) {
  const auto text = [&](const char* name) {
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::string() : found->second;
  };
  return bounded({number_or(text("limit"), default_limit), number_or(text("offset"), 0),
                  text("sort_by"), text("sort_order"), text("search")},
                 default_limit);
}

ListQuery list_query(const Json& body, std::int64_t default_limit) {
  std::map<std::string, std::string> parameters;
  for (const char* name : {"limit", "offset"}) {
    const auto& value = field(body, name);
    if (value.is_string()) parameters[name] = value.get<std::string>();
    if (value.is_number_integer()) parameters[name] = value.dump();
  }
  Fields fields(body);
  for (const char* name : {"sort_by", "sort_order", "search"}) {
    parameters[name] = fields.text(name);
  }
  fields.check();
  return list_query(parameters, default_limit);
}

Json list_answer(Json entries, const ListQuery& query) {
  if (!query.search.empty()) {
    Json found = Json::array();
    for (auto& entry : entries) {
      if (matches(entry, query.search)) found.push_back(std::move(entry));
    }
    entries = std::move(found);
  }
  sort(entries, query);
  const auto total = static_cast<std::int64_t>(entries.size());
  const auto first = std::min(query.offset, total);
  const auto last = query.limit < total - first ? first + query.limit : total;
  Json page = Json::array();
  for (auto at = first; at < last; ++at) {
    page.push_back(std::move(entries[static_cast<std::size_t>(at)]));
  }
  const auto pages = total == 0 ? 1 : (total - 1) / query.limit + 1;
  return {{"entries", std::move(page)},
          {"has_more", last < total},
          {"total_pages", pages},
          {"total_count", total}};
}

bool matches(const Json& entry, const std::string& needle) { return holds(entry, lowered(needle)); }

}  // namespace town::api
