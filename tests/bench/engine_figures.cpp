// What the bench can't see from outside: how long the grammar takes for the documents' statements, and what a
// cached SELECT costs beyond SQLite's own steps. One JSON object.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include <sqlite3.h>

#include "catalog/bind/plan.h"
#include "catalog/bind/query.h"
#include "catalog/run/sqlite_runner.h"
#include "catalog/store/schema.h"
#include "grammar/parser.h"

namespace {

using namespace breakwater;
using std::chrono::steady_clock;

constexpr int kRounds = 200;
constexpr int kRuns = 20'000;

double micros_since(steady_clock::time_point begin) {
  return std::chrono::duration<double, std::micro>(steady_clock::now() - begin).count();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

struct ParseFigures {
  double mean = 0;     ///< µs a statement, warm
  double slowest = 0;  ///< the statement that takes longest, warm
  double first = 0;    ///< the longest that a statement takes when it is met first
};

ParseFigures parse_corpus(const char* path) {
  std::ifstream file(path);
  std::vector<std::string> statements;
  ParseFigures figures;
  grammar::warm_up(1);  // as the server does at its start
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.starts_with("--")) continue;
    const auto begin = steady_clock::now();
    const bool good = grammar::parse(line, {}).has_value();
    const double first = micros_since(begin);
    if (!good) continue;
    figures.first = std::max(figures.first, first);
    statements.push_back(line);
  }
  for (const std::string& sql : statements) {
    std::vector<double> rounds;
    for (int i = 0; i < kRounds; ++i) {
      const auto begin = steady_clock::now();
      const bool good = grammar::parse(sql, {}).has_value();
      if (good) rounds.push_back(micros_since(begin));
    }
    const double one = median(std::move(rounds));
    figures.mean += one / static_cast<double>(statements.size());
    figures.slowest = std::max(figures.slowest, one);
  }
  return figures;
}

/// The catalogue's tables with rows, in memory.
sqlite3* open_catalogue() {
  sqlite3* connection = nullptr;
  sqlite3_open_v2(":memory:", &connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                  nullptr);
  for (const catalog::schema::Step step : catalog::schema::steps())
    sqlite3_exec(connection, step, nullptr, nullptr, nullptr);
  sqlite3_exec(
      connection,
      "WITH RECURSIVE n(i) AS (SELECT 1002 UNION ALL SELECT i + 2 FROM n WHERE i < 3000) INSERT INTO "
      "tenant(tenant_id, tenant_name, tenant_type, create_time, modify_time, primary_zone, locality, "
      "compatibility_mode, invited_nodes) SELECT i, 't' || i, 'USER', 1, 1, 'zone1', '', 'MYSQL', '' FROM n;"
      "INSERT INTO backup_parameter(tenant_id, name, value) SELECT tenant_id, 'data_backup_dest', "
      "'file:///backup/' || tenant_id FROM tenant",
      nullptr, nullptr, nullptr);
  return connection;
}

struct RunFigures {
  double engine = 0;  ///< µs for a run of the cached plan, all fields read as texts
  double sqlite = 0;  ///< µs for SQLite's own statement of the same SQL: bind, step, column, reset
};

class NeverStopped final : public catalog::Interrupt {
 public:
  catalog::Verdict check() override { return catalog::Verdict::go_on; }
};

RunFigures run_cached(sqlite3* connection) {
  const catalog::Dictionary dictionary;
  catalog::SqliteRunner runner(dictionary, connection);
  const auto parsed =
      grammar::parse("SELECT * FROM oceanbase.CDB_OB_BACKUP_PARAMETER WHERE TENANT_ID = 2000", {});
  const auto plan =
      catalog::bind(dictionary, std::get<ast::Select>(parsed->statement), catalog::BindContext{});
  NeverStopped interrupt;
  catalog::QueryContext context(interrupt);
  std::size_t rows = 0;
  const auto run = [&] {
    auto cursor = runner.open(*plan, context);
    while (*cursor->step() == catalog::Step::row) {
      for (std::size_t i = 0; i < (*plan)->columns.size(); ++i) rows += cursor->text(i) ? 1 : 0;
    }
  };
  run();
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v2(connection, (*plan)->code->sql.c_str(), -1, &statement, nullptr);
  const auto bare = [&] {
    sqlite3_bind_int64(statement, 1, 2000);
    while (sqlite3_step(statement) == SQLITE_ROW) {
      for (int i = 0; i < sqlite3_column_count(statement); ++i)
        rows += sqlite3_column_text(statement, i) ? 1 : 0;
    }
    sqlite3_reset(statement);
  };
  const auto timed = [](const auto& action) {
    std::vector<double> rounds;
    for (int round = 0; round < 5; ++round) {
      const auto begin = steady_clock::now();
      for (int i = 0; i < kRuns; ++i) action();
      rounds.push_back(micros_since(begin) / kRuns);
    }
    return median(std::move(rounds));
  };
  const RunFigures figures{.engine = timed(run), .sqlite = timed(bare)};
  sqlite3_finalize(statement);
  return rows == 0 ? RunFigures{} : figures;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const ParseFigures parse = parse_corpus(argv[1]);
  sqlite3* connection = open_catalogue();
  const RunFigures cached = run_cached(connection);
  sqlite3_close(connection);
  std::printf(
      R"({"parse_mean": %.2f, "parse_slowest": %.2f, "parse_first": %.1f, "cached": %.2f, "sqlite": %.2f})"
      "\n",
      parse.mean, parse.slowest, parse.first, cached.engine, cached.sqlite);
  return cached.engine == 0 ? 1 : 0;
}
