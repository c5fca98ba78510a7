#include "tests/fuzz/text_input.h"

#include <algorithm>
#include <cctype>
#include <stdexcept>
#include <string>
#include <vector>

#include "controllers/drivers/memory_unit.h"
#include "controllers/units/render.h"
#include "engine/package/image_reference.h"
#include "engine/package/substitute.h"

namespace town::fuzz {
namespace {

void require(bool kept, const char* promise) {
  if (!kept) throw std::logic_error(promise);
}

/// The text up to the next line break, which is taken off with it.
std::string_view take_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  const auto line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

package::Variables take_table(std::string_view& text) {
  package::Variables table;
  while (!text.empty()) {
    const auto line = take_line(text);
    if (line.empty()) break;
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    table.emplace(line.substr(0, equals), line.substr(equals + 1));
  }
  return table;
}

/// The value of the name that stands at `at` and is closed by an "@", and where that ends.
const std::string* closed_name(std::string_view text, std::size_t at, std::size_t& end,
                               const package::Variables& table) {
  const auto close = text.find('@', at);
  if (close == std::string_view::npos || close == at) return nullptr;
  const auto name = text.substr(at, close - at);
  const bool plain = std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return c == '_' || (c < 0x80 && std::isalnum(c) != 0);
  });
  end = close + 1;
  return plain ? package::value_of(table, name) : nullptr;
}

/// Package format 5.3, word by word and as slow as it likes.
std::string plainly_substituted(std::string_view text, const package::Variables& table) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = 0;
    if (text[i] != '@') {
      out += text[i++];
    } else if (const auto* value = closed_name(text, i + 1, end, table)) {
      out += *value;
      i = end;
    } else if (i + 1 < text.size() && text[i + 1] == '@') {
      out += '@';
      i += 2;
      const auto* old = closed_name(text, i, end, table);
      if (old && (end == text.size() || text[end] != '@')) {
        out += *old;
        i = end;
      }
    } else {
      out += '@';
      ++i;
    }
  }
  return out;
}

}  // namespace

void try_markers(std::string_view text) {
  const auto table = take_table(text);
  const auto made = package::substitute(text, table);
  require(made == plainly_substituted(text, table), "substituting follows the format");
  require(package::substitute(text, table, 10).size() <= made.size(), "a bound only shortens");
}

void try_image(std::string_view text) {
  if (!package::valid_image(text)) return;
  const auto full = package::normalize_image(text);
  require(package::valid_image(full) || full.empty(), "the full form is valid");
  require(package::normalize_image(full) == full, "the full form is its own full form");
}

void try_unit(std::string_view text) {
  std::string line = "ExecStart=";
  std::vector<std::string> wanted;
  while (!text.empty() && wanted.size() < 50) {
    const std::string argument(take_line(text));
    if (argument.find('\0') != std::string::npos) continue;  // no argument of any program holds one
    wanted.push_back(argument);
    line += units::quote_argument(argument) + " ";
  }
  if (wanted.empty() || wanted.front().empty()) return;
  require(line.find('\n') == std::string::npos, "an argument stays in its line");
  const auto unit = read_unit("x.service", "[Service]\n" + line + "\n");
  require(unit.command == wanted, "arguments arrive byte by byte");
  for (const auto& argument : wanted) {
    require(units::quote_value(argument).find('\n') == std::string::npos,
            "a description stays in its line");
  }
}

}  // namespace town::fuzz
