// A catalogue in memory with three tenants, and SQL run over it: text in, rows as text out.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "catalog/bind/query.h"
#include "catalog/run/sqlite_runner.h"
#include "catalog/sqlite/sqlite_memory.h"
#include "catalog/store/schema.h"
#include "grammar/parser.h"

namespace breakwater::catalog::test {

/// Variables that a session would have.
class FakeVariables : public Variables {
 public:
  std::map<std::string, Value> system = {{"version_comment", Value(std::string("OceanBase 4.2.1.0"))},
                                         {"autocommit", Value(std::int64_t{1})},
                                         {"sql_mode", Value(std::string("STRICT_TRANS_TABLES"))}};
  std::map<std::string, Value> user;
  Result<Value> system_variable(ast::VariableScope /*scope*/, std::string_view name) const override {
    const auto found = system.find(std::string(name));
    if (found == system.end()) return fail(error::var_unknown(name));
    return found->second;
  }
  Value user_variable(std::string_view name) const override {
    const auto found = user.find(std::string(name));
    return found == user.end() ? Value{} : found->second;
  }
  void set_user_variable(std::string_view name, Value value) override {
    user[std::string(name)] = std::move(value);
  }
};

/// What stops a run; here nothing, unless a test says so.
class FakeInterrupt : public Interrupt {
 public:
  Verdict verdict = Verdict::go_on;
  Verdict check() override { return verdict; }
};

/// 2024-01-31 12:34:56.789012 UTC.
inline constexpr Timestamp kNow = 1706704496789012;

class QueryTest : public testing::Test {
 protected:
  QueryTest() {
    sqlite::count_memory();
    sqlite::count_memory();  // before SQLite is first used in this process
    sqlite3_open_v2(":memory:", &connection_,
                    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    for (const schema::Step step : schema::steps()) execute(step);
    fill();
    runner_ = std::make_unique<SqliteRunner>(dictionary_, connection_);
    context.now = kNow;
    context.user = "root@127.0.0.1";
    context.account = "root@%";
    context.connection_id = 7;
    context.variables = &variables;
    bind.database = "oceanbase";
    bind.variables = &variables;
    context.database = "oceanbase";
  }
  ~QueryTest() override {
    runner_.reset();
    sqlite3_close(connection_);
  }
  QueryTest(const QueryTest&) = delete;
  QueryTest& operator=(const QueryTest&) = delete;

  void execute(const char* sql) {
    char* message = nullptr;
    ASSERT_EQ(sqlite3_exec(connection_, sql, nullptr, nullptr, &message), SQLITE_OK) << message;
  }

  void fill() {
    execute(R"sql(
      INSERT INTO tenant(tenant_id, tenant_name, tenant_type, create_time, modify_time, primary_zone, locality, compatibility_mode, invited_nodes) VALUES
        (1, 'sys', 'SYS', 1700000000000000, 1700000000000001, 'zone1', 'FULL{1}@zone1', 'MYSQL', ''),
        (1002, 't1', 'USER', 1700000000123456, 1700000000123456, 'zone1', 'FULL{1}@zone1', 'MYSQL', ''),
        (1004, 't2', 'USER', 1700000001000000, 1700000001000000, 'zone1', 'FULL{1}@zone1', 'MYSQL', ''),
        (1006, 't3', 'USER', 1700000002000000, 1700000002000000, 'zone1', 'FULL{1}@zone1', 'MYSQL', '');
      INSERT INTO backup_parameter(tenant_id, name, value) VALUES
        (1002, 'data_backup_dest', 'file:///backup/one'), (1004, 'data_backup_dest', 'file:///backup/two_b');
      INSERT INTO backup_storage_info(tenant_id, path, endpoint, dest_id, dest_type, authorization, extension, check_file_name, last_check_timestamp, path_key) VALUES
        (1002, 'file:///backup/one', '', 1001, 'backup_data', '', '', 'a.obbak', 1706700000000001, 'one'),
        (1004, 'file:///backup/two', '', 1001, 'backup_data', '', '', NULL, NULL, 'two'),
        (1004, 'file:///backup/two_b', '', 1002, 'backup_data', '', '', 'c.obbak', 1706700000500000, 'two_b');
    )sql");
  }

  Result<std::shared_ptr<const Plan>> plan(std::string_view sql) const {
    BW_TRY(const grammar::Parsed parsed, grammar::parse(sql, {.parameters = true}));
    if (const auto* select = std::get_if<ast::Select>(&parsed.statement))
      return catalog::bind(dictionary_, *select, bind);
    if (const auto* show = std::get_if<ast::Show>(&parsed.statement))
      return catalog::bind(dictionary_, *show, bind);
    return fail(error::not_supported("no query"));
  }

  Result<std::string> rows(const std::shared_ptr<const Plan>& plan,
                           std::span<const std::string_view> literals = {},
                           std::span<const Value> parameters = {}) {
    BW_TRY(Cursor cursor, runner_->open(plan, context, literals, parameters));
    std::string out;
    for (;;) {
      BW_TRY(const Step step, cursor.step());
      if (step != Step::row) return out;
      if (!out.empty()) out += "\n";
      for (std::size_t i = 0; i < plan->columns.size(); ++i)
        out.append(i == 0 ? "" : "|").append(cursor.text(i).value_or("NULL"));
    }
  }

  /// Rows split by line breaks, fields by |; of an error its number and text.
  std::string run(std::string_view sql) {
    const auto bound = plan(sql);
    if (!bound) return std::to_string(bound.error().mysql_errno()) + " " + bound.error().text();
    const auto result = rows(*bound);
    return result ? *result : std::to_string(result.error().mysql_errno()) + " " + result.error().text();
  }

  std::string labels(std::string_view sql) const {
    const auto bound = plan(sql);
    if (!bound) return bound.error().text();
    std::string out;
    for (const ResultColumn& column : (*bound)->columns)
      out.append(out.empty() ? "" : "|").append(column.label);
    return out;
  }

  std::string types(std::string_view sql) const {
    const auto bound = plan(sql);
    if (!bound) return bound.error().text();
    std::string out;
    for (const ResultColumn& column : (*bound)->columns)
      out.append(out.empty() ? "" : "|")
          .append(declared_type(column.type))
          .append(column.type.nullable ? "" : " NOT NULL");
    return out;
  }

  std::string explain(std::string_view sql) const {
    const auto bound = plan(sql);
    return bound ? runner_->explain(**bound) : bound.error().text();
  }

  void in_tenant(std::uint64_t id, std::string_view name) {
    context.effective_tenant_id = id;
    context.effective_tenant = name;
    bind.visibility = id == 1 ? Visibility::sys : Visibility::mysql;
  }

  Dictionary dictionary_;
  FakeVariables variables;
  FakeInterrupt interrupt;
  QueryContext context{interrupt};
  BindContext bind;
  sqlite3* connection_ = nullptr;
  std::unique_ptr<SqliteRunner> runner_;
};

struct Case {
  const char* sql;
  const char* expected;
};

}  // namespace breakwater::catalog::test
