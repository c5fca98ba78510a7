#include "api/cmd/townctl_output.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "api/cmd/townctl.h"
#include "api/yaml_text.h"

namespace town::ctl {
namespace {

using Json = nlohmann::json;

std::string cell(const Json& row, const char* member) {
  const auto found = row.find(member);
  if (found == row.end() || found->is_null()) return "-";
  auto text = found->is_string() ? found->get<std::string>() : found->dump();
  return text.empty() ? "-" : printable(text);
}

/// Characters, not bytes, so that columns of other scripts line up too.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

void print_row(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t at = 0; at < cells.size(); ++at) {
    line += cells[at];
    if (at + 1 < cells.size()) line += std::string(widths[at] - width_of(cells[at]) + 2, ' ');
  }
  std::cout << line << "\n";
}

/// One line on a terminal, rewritten in place; a line each in a pipe.
class ProgressLine {
 public:
  void show(const std::string& text) {
    if (!terminal_) {
      std::cout << printable(text) << std::endl;
      return;
    }
    std::cout << "\r\x1b[K" << printable(text) << std::flush;
    open_ = true;
  }

  void end() {
    if (open_) std::cout << "\r\x1b[K" << std::flush;
    open_ = false;
  }

 private:
  bool terminal_ = isatty(STDOUT_FILENO) != 0;
  bool open_ = false;
};

}  // namespace

void print_table(const Json& rows, const std::vector<Column>& columns) {
  std::vector<std::vector<std::string>> lines(1);
  for (const auto& column : columns) lines.front().emplace_back(column.title);
  for (const auto& row : rows) {
    lines.emplace_back();
    for (const auto& column : columns) lines.back().push_back(cell(row, column.member));
  }
  std::vector<std::size_t> widths(columns.size());
  for (const auto& line : lines) {
    for (std::size_t at = 0; at < line.size(); ++at) {
      widths[at] = std::max(widths[at], width_of(line[at]));
    }
  }
  for (const auto& line : lines) print_row(line, widths);
}

void print_document(const Json& value, const std::string& format) {
  if (format == "json") {
    std::cout << value.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
  } else {
    std::cout << api::to_yaml(value);
  }
}

void print_list(const Json& rows, const std::vector<Column>& columns, const std::string& format) {
  if (format == "table") {
    print_table(rows, columns);
  } else {
    print_document(rows, format);
  }
}

void print_warnings(const Json& answer) {
  for (const auto& warning : answer.value("warnings", Json::array())) {
    std::cerr << "warning: " << printable(warning.value("field", "")) << ": "
              << printable(warning.value("message", "")) << "\n";
  }
}

std::string printable(const std::string& text) {
  std::string clean;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    clean += byte < 0x20 || byte == 0x7f ? ' ' : c;
  }
  return clean;
}

void follow_progress(api::Client& client, const std::string& path, const Json& body) {
  ProgressLine line;
  Json last;
  client.stream("POST", path, body, [&](const Json& event) {
    if (event.contains("step")) line.show(event["step"].get<std::string>());
    if (event.contains("done") || event.contains("error")) last = event;
    return true;
  });
  line.end();
  const auto error = last.value("error", "");
  if (!error.empty()) {
    const bool working = last.value("reason", "") == "StillWorking";
    throw Exit(working ? kNotSettled : kRefused, printable(error));
  }
  print_warnings(last.is_null() ? Json::object() : last);
  if (last.is_null()) throw api::Unreachable("the box ended the answer before it was done");
  std::cout << (last.value("changed", true) ? "done" : "nothing to change") << "\n";
}

}  // namespace town::ctl
