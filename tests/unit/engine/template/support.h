// What the tests of templates share: one set of data, and tables of templates. The expected bytes
// of the tables are what Go 1.19's text/template printed for the same template and data.
#pragma once

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>

#include "engine/template/data.h"
#include "engine/template/template.h"

namespace town::tmpl {

/// The data that all tables see.
inline const Value& sample_data() {
  static const Value data = make_data(data_from_json(R"({
    "Responses": {"user": "bob", "pw": "p@ss", "empty": "", "n": "42",
                  "html": "<a href='x'>\"&</a>", "größe": "g", "_x": "u", "a1": "1"},
    "Package": {"Name": "pkg", "Version": "1.0", "Repo": "default", "Image": "img:1",
                "Description": "A pkg"},
    "System": {"Hostname": "box", "ExternalIP": "1.2.3.4", "InternalIP": ""},
    "Dep": {"db": {"Host": "dbhost", "Ports": {"5432": "5432", "sql": "5432"},
                   "Volumes": {"data": "/var/lib"}}}})"));
  return data;
}

struct Row {
  std::string source;
  std::string expected;
};

/// Renders each row's template, named "t", and compares.
inline void check_rows(std::initializer_list<Row> rows) {
  for (const auto& row : rows) {
    CAPTURE(row.source);
    std::string rendered;
    CHECK_NOTHROW(rendered = Template::parse("t", row.source).render(sample_data()));
    CHECK(rendered == row.expected);
  }
}

struct FaultRow {
  std::string source;
  int line;
};

/// Each row's template fails, at this line, either when it is read or when it is carried out.
inline void check_faults(std::initializer_list<FaultRow> rows) {
  for (const auto& row : rows) {
    CAPTURE(row.source);
    int line = 0;
    std::string message;
    try {
      message = Template::parse("t", row.source).render(sample_data());
    } catch (const TemplateError& error) {
      line = error.line();
      message = error.what();
    }
    CHECK(line == row.line);
    CHECK(message.starts_with("t:" + std::to_string(row.line) + ": "));
  }
}

}  // namespace town::tmpl
