// The table of SQL's functions as a whole: what docs/sql.md lists is what there is, and each row can be bound or run.
#include <cctype>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "base/text.h"
#include "catalog/bind/call_binder.h"

namespace breakwater::catalog::test {
namespace {

constexpr std::string_view kOraclesRow = "Of an Oracle tenant";

std::set<std::string> names_in(std::string_view text) {
  std::set<std::string> names;
  std::string name;
  for (const char c : std::string(text) + " ") {
    const bool part = std::isupper(static_cast<unsigned char>(c)) != 0 ||
                      std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '_';
    if (part) {
      name += c;
    } else if (!name.empty()) {
      names.insert(std::exchange(name, {}));
    }
  }
  return names;
}

/// The second column of the table under "## Functions".
std::set<std::string> documented(bool oracle) {
  std::ifstream file(BREAKWATER_SOURCE_DIR "/docs/sql.md");
  std::set<std::string> names;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("## ")) inside = line == "## Functions";
    const std::size_t second = line.find(" | ");
    if (!inside || !line.starts_with("| ") || second == std::string::npos) continue;
    if (line.substr(2).starts_with(kOraclesRow) == oracle)
      names.merge(names_in(std::string_view(line).substr(second)));
  }
  return names;
}

std::set<std::string> in_table(Dialects dialects) {
  std::set<std::string> names;
  for (const FunctionFamily& family : callable_families()) {
    for (const FunctionRow& row : family) {
      if (row.dialects == dialects) names.insert(ascii_upper(row.name));
    }
  }
  return names;
}

TEST(FunctionTable, IsWhatIsDocumented) {
  EXPECT_EQ(documented(false), in_table(Dialects::every));
  EXPECT_EQ(documented(true), in_table(Dialects::oracle));
}

TEST(FunctionTable, HasEachNameOnceForADialect) {
  std::set<std::pair<Dialects, std::string_view>> seen;
  for (const FunctionFamily& family : callable_families()) {
    for (const FunctionRow& row : family) {
      EXPECT_TRUE(seen.emplace(row.dialects, row.name).second) << row.name;
      EXPECT_TRUE((row.run != nullptr) != (row.bind != nullptr)) << row.name << " has code or a hook";
      EXPECT_EQ(std::string_view(row.name), ascii_lower(row.name));
    }
  }
}

TEST(FunctionTable, GivesAnOracleTenantItsOwnFirst) {
  EXPECT_EQ(find_function("substr", false)->dialects, Dialects::every);
  EXPECT_EQ(find_function("substr", true)->dialects, Dialects::oracle);
  EXPECT_EQ(find_function("md5", true), find_function("md5", false));
  EXPECT_EQ(find_function("to_char", false), nullptr);
  EXPECT_EQ(find_function("iadd", false), nullptr) << "rendered to, not called";
}

}  // namespace
}  // namespace breakwater::catalog::test
