#include "engine/package/substitute.h"

#include "engine/package/text.h"

namespace town::package {
namespace {

/// The name of the marker whose opening `@` is just before `from`; empty if there is none.
std::string_view marker_at(std::string_view text, std::size_t from) {
  auto end = from;
  while (end < text.size() && is_marker_character(text[end])) ++end;
  if (end == from || end >= text.size() || text[end] != '@') return {};
  return text.substr(from, end - from);
}

/// Where the action that begins at `from` ("{{") ends, after its "}}". Strings and comments in it
/// may hold "}}".
std::size_t end_of_action(std::string_view source, std::size_t from) {
  auto i = from + 2;
  const bool trims = source.substr(i).starts_with('-') && i + 1 < source.size() &&
                     std::string_view(" \t\r\n").find(source[i + 1]) != std::string_view::npos;
  const auto trimmed = trims ? i + 2 : i;
  if (source.substr(trimmed).starts_with("/*")) {
    const auto close = source.find("*/", trimmed);
    i = close == std::string_view::npos ? source.size() : close;
  }
  char quote = 0;
  for (; i < source.size(); ++i) {
    const char c = source[i];
    if (quote != 0) {
      if (c == '\\' && quote != '`')
        ++i;
      else if (c == quote)
        quote = 0;
    } else if (c == '"' || c == '\'' || c == '`') {
      quote = c;
    } else if (source.substr(i).starts_with("}}")) {
      return i + 2;
    }
  }
  return source.size();
}

/// The one reading of a text with markers (5.3). `known` tells which names have a value;
/// `take_text` and `take_marker` get the pieces in order, and end the walk with false.
template <typename Known, typename TakeText, typename TakeMarker>
void walk(std::string_view text, const Known& known, const TakeText& take_text,
          const TakeMarker& take_marker) {
  const auto known_at = [&](std::size_t from) {
    const auto name = marker_at(text, from);
    return name.empty() || !known(name) ? std::string_view{} : name;
  };
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] != '@') {
      const auto next = std::min(text.find('@', i), text.size());
      if (!take_text(text.substr(i, next - i))) return;
      i = next;
    } else if (const auto name = known_at(i + 1); !name.empty()) {
      if (!take_marker(name)) return;
      i += name.size() + 2;
    } else if (text.substr(i + 1).starts_with('@')) {
      if (!take_text("@")) return;
      i += 2;
      // The old dialect: "@@name@" is an "@" and the variable, but "@@name@@" is "@name@" in words.
      const auto old = known_at(i);
      const auto end = i + old.size() + 1;
      if (old.empty() || (end < text.size() && text[end] == '@')) continue;
      if (!take_marker(old)) return;
      i = end;
    } else {
      if (!take_text("@")) return;
      ++i;
    }
  }
}

}  // namespace

const std::string* value_of(const Variables& table, std::string_view name) {
  auto found = table.find(name);
  if (found == table.end() && name.starts_with("dep_")) found = table.find(to_lower(name));
  return found == table.end() ? nullptr : &found->second;
}

std::string substitute(std::string_view text, const Variables& table, std::size_t most) {
  std::string out;
  walk(
      text, [&](std::string_view name) { return value_of(table, name) != nullptr; },
      [&](std::string_view plain) {
        out += plain;
        return out.size() <= most;
      },
      [&](std::string_view name) {
        out += *value_of(table, name);
        return out.size() <= most;
      });
  return out;
}

void for_each_used_marker(std::string_view text, const std::function<bool(std::string_view)>& known,
                          const std::function<void(std::string_view)>& use) {
  walk(
      text, known, [](std::string_view) { return true; },
      [&](std::string_view name) {
        use(name);
        return true;
      });
}

std::string substitute_template(std::string_view source, const Variables& table, std::size_t most) {
  std::string out;
  for (std::size_t i = 0; i < source.size() && out.size() <= most;) {
    const auto action = std::min(source.find("{{", i), source.size());
    out += substitute(source.substr(i, action - i), table, most - out.size());
    if (action == source.size()) break;
    const auto end = end_of_action(source, action);
    out += source.substr(action, end - action);
    i = end;
  }
  return out;
}

bool is_dependency_marker(std::string_view name,
                          const std::function<bool(const std::string& key)>& is_key) {
  constexpr std::string_view kPrefix = "dep_";
  // No key is longer than a label of a host name.
  constexpr std::size_t kLongest = kPrefix.size() + 63;
  if (!name.starts_with(kPrefix)) return false;
  const std::string lower = to_lower(name);
  for (auto end = lower.find('_', kPrefix.size() + 1); end <= kLongest;
       end = lower.find('_', end + 1)) {
    const auto rest = std::string_view(lower).substr(end);
    const bool fits = rest == "_host" || rest.starts_with("_port_");
    if (fits && is_key(lower.substr(kPrefix.size(), end - kPrefix.size()))) return true;
  }
  return false;
}

void for_each_marker(std::string_view text, const std::function<void(std::string_view)>& use) {
  for (auto at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1))
    if (const auto name = marker_at(text, at + 1); !name.empty()) use(name);
}

bool has_marker(std::string_view text) {
  for (auto at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1))
    if (!marker_at(text, at + 1).empty()) return true;
  return false;
}

}  // namespace town::package
