// What the grammar's tests share.
#pragma once

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/parser.h"
#include "grammar/print.h"

namespace breakwater::test {

struct Case {
  std::string_view sql;
  std::string_view tree;
};

/// The tree's line, or "error: <text> | <hint>".
inline std::string parsed(std::string_view sql, const grammar::ParseOptions& options = {}) {
  auto result = grammar::parse(sql, options);
  if (!result) return "error: " + result.error().text() + " | " + result.error().hint();
  return print(result->statement);
}

/// The statements of tests/grammar/corpus.sql: OceanBase's own documents, one a line.
inline std::vector<std::string> corpus() {
  std::ifstream file(std::string(BREAKWATER_SOURCE_DIR) + "/tests/grammar/corpus.sql");
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && !line.starts_with("--")) lines.push_back(line);
  }
  return lines;
}

}  // namespace breakwater::test
