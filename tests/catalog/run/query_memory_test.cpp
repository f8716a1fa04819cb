// What a SELECT takes from its account, by each way in which SQLite, an aggregate or a row source takes
// memory; and that the connection serves the next one.
#include "base/memory_account.h"
#include "catalog/run/query_fixture.h"

namespace breakwater::catalog::test {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20U;

class QueryMemory : public QueryTest {
 protected:
  QueryMemory() {
    execute("PRAGMA temp_store = MEMORY");  // as the store's connections have it
    server.set_limits(4 * kMiB, 32 * kMiB);
    context.memory = &memory;
  }
  ~QueryMemory() override { context.memory = nullptr; }

  std::string run(std::string_view sql) {
    const auto made = plan(sql);
    if (!made) return std::to_string(made.error().mysql_errno()) + " " + made.error().text();
    const auto shown = rows(*made);
    return shown ? *shown : std::to_string(shown.error().mysql_errno()) + " " + shown.error().hint();
  }

  ServerMemory server;
  StatementMemory memory{server};
};

/// 1000 rows of 100 characters and more.
constexpr std::string_view kRows =
    "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 1000), "
    "v AS (SELECT i, CONCAT(i, REPEAT('x', 100)) AS t FROM n) ";

TEST_F(QueryMemory, WhoeverTakesMoreThanHisOwnEnds) {
  const char* const greedy[] = {
      "SELECT a.i, CONCAT(a.t, b.i) AS t FROM v a, v b ORDER BY 2",
      "SELECT COUNT(*) FROM v a, v b GROUP BY CONCAT(a.t, b.i) HAVING COUNT(*) > 1",
      "SELECT DISTINCT LENGTH(CONCAT(a.t, b.i)) > 0, CONCAT(a.t, b.i) FROM v a, v b LIMIT 999999, 1",
      "SELECT COUNT(DISTINCT CONCAT(a.t, b.i)) FROM v a, v b",
      "SELECT COUNT(DISTINCT a.t, b.i) FROM v a, v b",
      "SELECT i FROM v WHERE t IN (SELECT CONCAT(a.t, b.i) FROM v a, v b)",
      "SELECT CONCAT(a.t, b.i) FROM v a, v b UNION SELECT 'x' LIMIT 999999, 1",
      "SELECT MAX(c) FROM (SELECT COUNT(*) OVER (PARTITION BY a.i % 1 ORDER BY a.i) AS c, CONCAT(a.t, b.i) "
      "AS t FROM v a, v b) w",
      "SELECT GROUP_CONCAT('x' ORDER BY CONCAT(1000 - i, REPEAT('y', 20000))) FROM v",
  };
  for (const char* sql : greedy) {
    const std::string answer = run(std::string(kRows) + sql);
    EXPECT_TRUE(answer.starts_with("1037 ")) << sql << "\n" << answer.substr(0, 200);
    EXPECT_NE(answer.find("statement_memory"), std::string::npos) << sql;
    EXPECT_EQ(memory.used(), 0U) << sql;
    EXPECT_EQ(server.all().used(), 0U) << sql;
    EXPECT_EQ(run("SELECT 1 + 1"), "2") << sql;
  }
}

TEST_F(QueryMemory, WhatFitsIsAnswered) {
  EXPECT_EQ(run(std::string(kRows) + "SELECT COUNT(DISTINCT t), MAX(i) FROM v"), "1000|1000");
  EXPECT_EQ(run(std::string(kRows) + "SELECT i FROM v ORDER BY t DESC LIMIT 1"), "9");
  EXPECT_EQ(memory.used(), 0U);
}

TEST_F(QueryMemory, NobodyEndsForAnothersGreed) {
  StatementMemory other(server);
  ASSERT_TRUE(other.compute(3 * kMiB));
  EXPECT_EQ(run(std::string(kRows) + "SELECT COUNT(DISTINCT t) FROM v"), "1000");
  server.set_limits(4 * kMiB, 3 * kMiB);  // full
  EXPECT_EQ(run(std::string(kRows) + "SELECT COUNT(DISTINCT t) FROM v"), "1000");
  const std::string answer =
      run(std::string(kRows) + "SELECT COUNT(DISTINCT CONCAT(t, REPEAT('y', 2000))) FROM v");
  EXPECT_TRUE(answer.starts_with("1037 ")) << answer;
  EXPECT_NE(answer.find("server_memory"), std::string::npos) << answer;
}

TEST_F(QueryMemory, RowSourcesRowsAreTheStatements) {
  server.set_limits(kMiB / 4, 32 * kMiB);
  const std::string answer =
      run("SELECT COUNT(*) FROM information_schema.COLUMNS a, information_schema.COLUMNS b");
  EXPECT_TRUE(answer.starts_with("1037 ")) << answer;
  EXPECT_EQ(memory.used(), 0U);
}

TEST_F(QueryMemory, AStatementThatIsRefusedLeavesTheSharedSnapshotUsable) {
  execute("BEGIN");
  EXPECT_TRUE(run(std::string(kRows) + "SELECT COUNT(DISTINCT a.t, b.i) FROM v a, v b").starts_with("1037 "));
  EXPECT_EQ(run("SELECT COUNT(*) FROM DBA_OB_TENANTS"), "7");
}

// ---- GROUP_CONCAT: what can't show is forgotten

class GroupConcatMemory : public QueryMemory {
 protected:
  /// The answer, with the account at its peak in `most`.
  std::string bounded(const std::string& sql) {
    server.set_limits(2 * kMiB, 32 * kMiB);
    return run(std::string(kRows) + sql);
  }
};

TEST_F(GroupConcatMemory, DistinctKeepsASetOfWhatShows) {
  EXPECT_EQ(bounded("SELECT GROUP_CONCAT(DISTINCT '') FROM v a, v b"), "");
  EXPECT_EQ(bounded("SELECT GROUP_CONCAT(DISTINCT a.i % 3 ORDER BY 1) FROM v a, v b"), "0,1,2");
  EXPECT_EQ(
      bounded(
          "SELECT GROUP_CONCAT(DISTINCT CONCAT('k', a.i % 4) ORDER BY a.i DESC SEPARATOR '') FROM v a, v b"),
      "k0k3k2k1");
  EXPECT_EQ(bounded("SELECT LENGTH(GROUP_CONCAT(DISTINCT CONCAT(a.t, b.i))) FROM v a, v b"), "1024");
}

TEST_F(GroupConcatMemory, TheOrderDecidesWhatShows) {
  // The last that come are the first that show.
  EXPECT_EQ(
      bounded("SELECT LEFT(GROUP_CONCAT(a.i * 1000 + b.i ORDER BY a.i DESC, b.i DESC), 23) FROM v a, v b"),
      "1001000,1000999,1000998");
  EXPECT_EQ(bounded("SELECT LEFT(GROUP_CONCAT(DISTINCT a.i ORDER BY a.i), 7) FROM v a, v b"), "1,2,3,4");
  EXPECT_EQ(bounded("SELECT LENGTH(GROUP_CONCAT(a.t ORDER BY b.i DESC)) FROM v a, v b"), "1024");
  EXPECT_EQ(bounded("SELECT LENGTH(GROUP_CONCAT('' ORDER BY a.i SEPARATOR '')) FROM v a, v b"), "0");
  EXPECT_EQ(bounded("SELECT GROUP_CONCAT(NULL) FROM v a"), "NULL");
}

TEST_F(GroupConcatMemory, EqualTextsOfOtherLengthsDontHideWhatStillFits) {
  // 'ä' equals 'a' in one byte less: what was forgotten for the longer one must not be missed.
  EXPECT_EQ(
      bounded("SELECT GROUP_CONCAT(DISTINCT t ORDER BY k) FROM (SELECT 'a   ' AS t, 2 AS k UNION ALL SELECT "
              "'b', 3 UNION ALL SELECT 'a', 1) w"),
      "a,b");
}

}  // namespace
}  // namespace breakwater::catalog::test
