// html, js and urlquery: text made safe to stand in another language. Pure; any thread. Internal to
// this folder. Throw Fault where the result would be too long.
#pragma once

#include <string>
#include <string_view>

namespace town::tmpl {

/// For HTML: & < > " ' as entities, NUL as U+FFFD.
std::string escape_html(std::string_view text);

/// For JavaScript strings: quotes, backslash, what HTML would read, and what is not
/// printable, except the DEL character.
std::string escape_js(std::string_view text);

/// For a URL's query: all but letters, digits and -_.~ in percent form, the space as "+".
std::string escape_query(std::string_view text);

}  // namespace town::tmpl
