// JSON as YAML text, for people. Pure; any thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace town::api {

/// Block style, members in their order; texts are quoted wherever they could be read as something
/// else. What it writes, engine/yaml.h reads back.
std::string to_yaml(const nlohmann::json& value);

}  // namespace town::api
