// Text and characters as Go writes them in source. Pure; any thread. Internal to this folder.
#pragma once

#include <string>
#include <string_view>

namespace town::tmpl {

/// `text` in double quotes; `ascii`: nothing beyond ASCII stays as it is.
std::string quote_text(std::string_view text, bool ascii);

/// `code` in single quotes; what is no character as U+FFFD.
std::string quote_character(char32_t code, bool ascii);

/// Whether `text` can stand in back quotes: one line, no back quote, no control but the tab.
bool can_back_quote(std::string_view text);

}  // namespace town::tmpl
