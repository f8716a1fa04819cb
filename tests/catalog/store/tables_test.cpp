// The schema against the table of classes: each table has a key, which comes first, a declared class and no
// AUTOINCREMENT; what is named there is there.
#include "catalog/store/tables.h"

#include <algorithm>
#include <set>

#include "catalog/store/connection.h"
#include "catalog/store/shape.h"
#include "catalog/store/store_fixture.h"

namespace breakwater::catalog {
namespace {

class TablesTest : public StoreTest {
 protected:
  struct Table {
    std::string name;
    std::string sql;
    std::vector<std::string> columns;
    std::map<std::int64_t, std::string> key;
  };

  std::vector<Table> tables() {
    sqlite::Connection& connection = connection_of(*reader_);
    std::vector<Table> found;
    auto names = value_of(connection.prepare("SELECT name, sql FROM sqlite_master WHERE type = 'table'"));
    while (value_of(names.step())) found.push_back({names.string(0), names.string(1), {}, {}});
    std::erase_if(found, [](const Table& table) { return table.name == "sqlite_sequence"; });
    for (Table& table : found) {
      auto columns = value_of(connection.prepare("PRAGMA table_info(" + table.name + ")"));
      while (value_of(columns.step())) {
        table.columns.push_back(columns.string(1));
        if (columns.integer(5) > 0) table.key[columns.integer(5)] = columns.string(1);
      }
    }
    return found;
  }
};

TEST_F(TablesTest, EachTableHasAKeyThatComesFirstAndNoAutoincrement) {
  for (const Table& table : tables()) {
    EXPECT_FALSE(table.key.empty()) << table.name;
    EXPECT_EQ(table.sql.find("AUTOINCREMENT"), std::string::npos) << table.name;
    std::set<std::string> first(table.columns.begin(), table.columns.begin() + std::ssize(table.key));
    for (const auto& [order, column] : table.key)
      EXPECT_TRUE(first.contains(column)) << table.name << '.' << column;
  }
}

TEST_F(TablesTest, EachTableHasItsClassAndWhatHasAClassIsThere) {
  std::set<std::string> there;
  for (const Table& table : tables()) {
    there.insert(table.name);
    const TableRule* rule = find_rule(table.name);
    ASSERT_NE(rule, nullptr) << table.name << " has no class";
    if (rule->kind == TableClass::tenants) {
      EXPECT_EQ(table.key.at(1), "tenant_id") << table.name;
    }
    std::vector<std::string_view> named(rule->sealed_for.begin(), rule->sealed_for.end());
    named.insert(named.end(), rule->hashes.begin(), rule->hashes.end());
    std::erase(named, "");
    for (const std::string_view column : named)
      EXPECT_NE(std::ranges::find(table.columns, column), table.columns.end()) << table.name << '.' << column;
    EXPECT_TRUE(!rule->restored || rule->kind == TableClass::tenants);
  }
  for (const TableRule& rule : table_rules())
    EXPECT_TRUE(there.contains(std::string(rule.name))) << rule.name;
}

// By their names: a column that says that it is a secret is one.
TEST_F(TablesTest, WhatIsSealedIsDeclared) {
  for (const Table& table : tables()) {
    for (const std::string& column : table.columns) {
      const bool sealed = column.starts_with("sealed");
      const bool hash = column.ends_with("_hash");
      if (!sealed && !hash) continue;
      // A destination that was removed keeps no key.
      if (table.name == "backup_storage_info_history") continue;
      EXPECT_TRUE(find_rule(table.name)->is_secret(column)) << table.name << '.' << column;
      EXPECT_EQ(find_rule(table.name)->sealed == column, sealed) << table.name << '.' << column;
    }
  }
}

TEST_F(TablesTest, KeysAreComparedByBytesOrWithoutCase) {
  for (const Table& table : tables()) {
    for (const auto& [order, column] : table.key) {
      const char* collation = nullptr;
      sqlite3_table_column_metadata(connection_of(*reader_).handle(), "main", table.name.c_str(),
                                    column.c_str(), nullptr, &collation, nullptr, nullptr, nullptr);
      const std::string name = collation;
      EXPECT_TRUE(name == "BINARY" || name == "NOCASE") << table.name << '.' << column << ": " << name;
    }
  }
}

}  // namespace
}  // namespace breakwater::catalog
