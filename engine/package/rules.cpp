#include "engine/package/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "engine/package/image_reference.h"
#include "engine/package/names.h"
#include "engine/package/size.h"
#include "engine/package/text.h"
#include "engine/package/url.h"

namespace town::package {
namespace {

/// The longest path that Linux takes (PATH_MAX without its end).
constexpr std::size_t kLongestPath = 4095;
/// The longest file name (NAME_MAX).
constexpr std::size_t kLongestFileName = 255;

bool has_segment(std::string_view path, std::string_view segment) {
  for (std::size_t from = 0; from <= path.size();) {
    const auto slash = std::min(path.find('/', from), path.size());
    if (path.substr(from, slash - from) == segment) return true;
    from = slash + 1;
  }
  return false;
}

bool is_blank_character(char c) {
  return std::string_view(" \t\n\r\v\f").find(c) != std::string_view::npos;
}

}  // namespace

Verdict check_nothing(std::string_view) { return {}; }

Verdict check_line(std::string_view text) {
  const auto found = std::ranges::find_if(text, is_control);
  if (found == text.end()) return {};
  if (*found == '\n' && found + 1 == text.end())
    return "ends with a line break (0x0a), which may not stand here: a folded text (>) or block "
           "(|) "
           "keeps its last one, write >- or |- instead";
  return fmt::format("holds the control character 0x{:02x}; of those only tabs may stand here",
                     static_cast<unsigned char>(*found));
}

Verdict check_filled(std::string_view text) { return text.empty() ? "is empty" : check_line(text); }

Verdict check_image(std::string_view text) {
  if (text.empty()) return "is empty; name a container image, such as \"nginx:1.26\"";
  if (valid_image(text)) return {};
  return fmt::format(
      "{} is no image reference: it begins with a letter or digit and holds letters, "
      "digits and . _ : / @ - only",
      in_quotes(text));
}

Verdict check_absolute(std::string_view text) {
  if (auto fault = check_line(text); !fault.empty()) return fault;
  if (!text.starts_with('/'))
    return fmt::format("{} is no absolute path: begin it with /", in_quotes(text));
  if (has_segment(text, "..")) return fmt::format("{} may not hold ..", in_quotes(text));
  if (text.size() > kLongestPath) return "is longer than a path can be";
  return {};
}

Verdict check_mountpoint(std::string_view text) {
  if (auto fault = check_absolute(text); !fault.empty()) return fault;
  if (text.find_first_not_of('/') == std::string_view::npos)
    return "nothing can be mounted over / itself";
  if (text.find(':') != std::string_view::npos)
    return fmt::format("{} may not hold a colon", in_quotes(text));
  return {};
}

Verdict check_relative(std::string_view text) {
  if (auto fault = check_filled(text); !fault.empty()) return fault;
  if (text.starts_with('/'))
    return fmt::format("{} must be relative: do not begin it with /", in_quotes(text));
  if (has_segment(text, "..")) return fmt::format("{} may not hold ..", in_quotes(text));
  return text.size() > kLongestPath ? "is longer than a path can be" : "";
}

Verdict check_file_path(std::string_view text) {
  if (auto fault = check_relative(text); !fault.empty()) return fault;
  const auto name = text.substr(text.rfind('/') + 1);
  if (name.empty() || name == ".") return fmt::format("{} names no file", in_quotes(text));
  return {};
}

Verdict check_subpath(std::string_view text) {
  if (text.empty()) return {};
  if (auto fault = check_relative(text); !fault.empty()) return fault;
  for (const std::string_view segment : {".", ""})
    if (has_segment(text, segment))
      return fmt::format("{} may not hold . or an empty part", in_quotes(text));
  return {};
}

Verdict check_size(std::string_view text) {
  if (parse_size(text)) return {};
  return fmt::format(
      "{} is no size: write a whole number of bytes, or one with mb, gb or tb, such as 2gb",
      in_quotes(text));
}

Verdict check_memory(std::string_view text) {
  if (auto fault = check_size(text); !fault.empty()) return fault;
  constexpr std::uint64_t kLeast = 1U << 20U;
  const auto size = *parse_size(text);
  if (size == 0 || size >= kLeast) return {};
  return fmt::format(
      "{} is less than a megabyte, which no machine starts with: write a number "
      "with mb or gb, such as 2gb",
      in_quotes(text));
}

Verdict check_file_name(std::string_view text) {
  if (auto fault = check_filled(text); !fault.empty()) return fault;
  if (text == "." || text == ".." || text.find('/') != std::string_view::npos)
    return fmt::format("{} must be a bare file name", in_quotes(text));
  if (text.starts_with('-'))
    return fmt::format("{} would be read as an option: do not begin it with -", in_quotes(text));
  return text.size() > kLongestFileName ? "is longer than a file name can be" : "";
}

Verdict check_git_url(std::string_view text) {
  if (text.empty()) return "is empty; give the URL of a git repository";
  const auto url = parse_url(text);
  if (!url) return fmt::format("{} is no URL", in_quotes(text));
  constexpr std::array<std::string_view, 5> kSchemes{"http", "https", "ssh", "git", "file"};
  if (std::ranges::find(kSchemes, url->scheme) == kSchemes.end() || !url->has_authority)
    return fmt::format("{} must begin with http://, https://, ssh://, git:// or file://",
                       in_quotes(text));
  if (url->host.empty() && url->scheme != "file")
    return fmt::format("{} names no host", in_quotes(text));
  if (url->host.starts_with('-') || url->user.starts_with('-'))
    return fmt::format("in {} neither user nor host may begin with -", in_quotes(text));
  return {};
}

Verdict check_branch(std::string_view text) {
  if (text.starts_with('-')) return fmt::format("{} may not begin with -", in_quotes(text));
  if (std::ranges::any_of(text, [](char c) { return c == ' ' || c == '\t' || is_control(c); }))
    return fmt::format("{} is no branch name: no blanks and no control characters",
                       in_quotes(text));
  return {};
}

Verdict check_port_key(std::string_view text) {
  if (parse_port(text) || valid_port_name(text)) return {};
  return fmt::format("{} is neither a port, 1 to 65535, nor a name of letters, digits and _",
                     in_quotes(text));
}

Verdict check_port(std::string_view text) {
  if (parse_port(text)) return {};
  return fmt::format("{} is no port: 1 to 65535", in_quotes(text));
}

Verdict check_domain(std::string_view text) {
  if (valid_domain(text)) return {};
  return fmt::format("{} is no domain: labels of letters, digits and hyphens, joined by dots",
                     in_quotes(text));
}

Verdict check_vm_image(std::string_view text) {
  if (text.empty()) return "is empty; give a URL or the name of a file in the vm-images store";
  if (text.find("://") == std::string_view::npos) return check_file_name(text);
  const auto url = parse_url(text);
  if (url && (url->host.starts_with('-') || url->user.starts_with('-')))
    return fmt::format("in {} neither user nor host may begin with -", in_quotes(text));
  if (url && (url->scheme == "http" || url->scheme == "https") && !url->host.empty()) return {};
  return fmt::format("{} is no http or https URL", in_quotes(text));
}

Verdict check_volume_name(std::string_view text) {
  if (valid_volume_name(text)) return {};
  return fmt::format(
      "{} is no name: begin with a letter or digit, then letters, digits and . _ -, at "
      "most 255",
      in_quotes(text));
}

Verdict check_segment(std::string_view text) {
  if (text.empty()) return "is empty";
  if (valid_segment(text)) return {};
  if (valid_volume_name(text.substr(0, 1)) && text.size() > kLongestSegment)
    return fmt::format("{} is too long: {} characters at most", in_quotes(text), kLongestSegment);
  return fmt::format(
      "{} is no plain name: begin with a letter or digit, then letters, digits and . _ -, at most "
      "128",
      in_quotes(text));
}

Verdict check_package_name(std::string_view text) {
  if (auto fault = check_segment(text); !fault.empty() || valid_package_name(text)) return fault;
  return fmt::format(
      "{} is a name that the box keeps for itself: \"subpackages\", and all with "
      "\"--dep--\" in them, stand for what packages bring along",
      in_quotes(text));
}

Verdict check_shared_volume(std::string_view text) {
  const auto first = text.find('/');
  const auto second = first == std::string_view::npos ? first : text.find('/', first + 1);
  // What a package brings along is its own affair (3.11).
  if (second != std::string_view::npos &&
      text.substr(first, second - first).find("--dep--") != std::string_view::npos)
    return fmt::format(
        "{} belongs to a dependency of another package: only volumes of packages "
        "that were installed by themselves can be shared",
        in_quotes(text));
  if (second != std::string_view::npos && valid_volume_name(text.substr(0, first)) &&
      valid_volume_name(text.substr(first + 1, second - first - 1)) &&
      valid_volume_name(text.substr(second + 1)))
    return {};
  return fmt::format("{} must be <repository>/<package>/<volume>", in_quotes(text));
}

Verdict check_url(std::string_view text) {
  if (text.empty() || parse_url(text)) return {};
  return fmt::format("{} is no URL", in_quotes(text));
}

Verdict check_phone(std::string_view text) {
  const auto digits = text.substr(text.starts_with('+') ? 1 : 0);
  if (!digits.empty() && is_digit(digits.front()) && std::ranges::all_of(digits, [](char c) {
        return is_digit(c) || std::string_view(" .()-").find(c) != std::string_view::npos;
      }))
    return {};
  return fmt::format("{} is no phone number", in_quotes(text));
}

Verdict check_email(std::string_view text) {
  const auto at = text.find('@');
  const bool plain = std::ranges::none_of(text, is_blank_character) &&
                     at != std::string_view::npos && at > 0 && text.rfind('@') == at;
  // After the "@": something, a dot, and something.
  const auto host = plain ? text.substr(at + 1) : std::string_view{};
  const auto dot = host.find('.', 1);
  if (plain && dot != std::string_view::npos && dot + 1 < host.size()) return {};
  return fmt::format("{} is no mail address", in_quotes(text));
}

Verdict check_domain_if_any(std::string_view text) {
  return text.empty() ? Verdict() : check_domain(text);
}

Verdict check_file_name_if_any(std::string_view text) {
  return text.empty() ? Verdict() : check_file_name(text);
}

Verdict check_git_url_if_any(std::string_view text) {
  return text.empty() ? Verdict() : check_git_url(text);
}

Verdict check_shared_volume_if_any(std::string_view text) {
  return text.empty() ? Verdict() : check_shared_volume(text);
}

Rule open_rule(Rule rule) {
  if (rule == check_image) return check_image;
  const bool free_text =
      rule == check_nothing || rule == check_url || rule == check_phone || rule == check_email;
  return free_text ? check_nothing : check_line;
}

}  // namespace town::package
