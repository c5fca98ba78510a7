#include "api/yaml_text.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <set>

#include "api/http.h"

namespace town::api {
namespace {

using Json = nlohmann::json;

/// A word of letters, digits and harmless marks that begins with a letter and is no YAML keyword.
bool plain(const std::string& text) {
  static const std::set<std::string> kWords = {"true", "false", "null", "yes", "no",
                                               "on",   "off",   "y",    "n"};
  if (text.empty() || std::isalpha(static_cast<unsigned char>(text.front())) == 0) return false;
  std::string low(text);
  std::transform(low.begin(), low.end(), low.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (kWords.contains(low)) return false;
  return std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.' || c == '/';
  });
}

std::string scalar(const Json& value) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    return plain(text) ? text : dump(value);  // a JSON text is a YAML text in double quotes
  }
  if (value.is_array()) return "[]";
  if (value.is_object()) return "{}";
  return dump(value);
}

void write(const Json& value, std::size_t indent, std::string& out);

void write_member(const Json& value, std::size_t indent, std::string& out) {
  if (!value.is_structured() || value.empty()) {
    out += " " + scalar(value) + "\n";
    return;
  }
  out += "\n";
  write(value, indent, out);
}

void write(const Json& value, std::size_t indent, std::string& out) {
  const std::string margin(indent, ' ');
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) {
      out += margin + scalar(key) + ":";
      write_member(member, indent + 2, out);
    }
    return;
  }
  for (const auto& item : value) {
    if (!item.is_structured() || item.empty()) {
      out += margin + "- " + scalar(item) + "\n";
      continue;
    }
    std::string block;
    write(item, indent + 2, block);
    out += margin + "- " + block.substr(indent + 2);
  }
}

}  // namespace

std::string to_yaml(const Json& value) {
  if (!value.is_structured() || value.empty()) return scalar(value) + "\n";
  std::string out;
  write(value, 0, out);
  return out;
}

}  // namespace town::api
