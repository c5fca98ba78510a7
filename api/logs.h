// The journal as the API shows it: queries, entries, pages, and its routes. Pure but for the
// routes, whose `logs` must outlive them; any thread.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <stop_token>
#include <string>
#include <vector>

#include "api/dispatcher.h"
#include "engine/ports.h"

namespace town::api {

/// From the parameters of a GET (api rules, "Logs"). 0 and nothing at all stand for the default;
/// throws InvalidInput with every parameter that is no number.
LogQuery log_query(const std::map<std::string, std::string>& parameters);

/// Every key is always there; `RealtimeTimestamp` has microseconds.
nlohmann::json to_json(const LogEntry& entry);

/// {entries, cursor, end_cursor}.
nlohmann::json log_page(const std::vector<LogEntry>& entries);

/// GET /systemd/logs and GET /systemd/logs/tail. The first one streams the last kMostLogLines
/// entries and ends; with `follow=true` it takes what else the query says, and goes on until the
/// client goes or `stopping` is requested.
std::vector<Route> log_routes(Logs& logs, const std::stop_token& stopping);

}  // namespace town::api
