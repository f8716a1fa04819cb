// SELECT's clauses and the errors of name resolution.
#include "catalog/run/query_fixture.h"

namespace breakwater::catalog::test {
namespace {

using SelectTest = QueryTest;

const Case kClauses[] = {
    {"SELECT TENANT_ID FROM CDB_OB_BACKUP_STORAGE_INFO WHERE DEST_ID <> 1001", "1004"},
    {"SELECT TENANT_ID, DEST_ID FROM CDB_OB_BACKUP_STORAGE_INFO WHERE TENANT_ID IN (1002, '1004') AND PATH "
     "LIKE '%/two%' ORDER BY DEST_ID DESC",
     "1004|1002\n1004|1001"},
    {"SELECT TENANT_ID FROM CDB_OB_BACKUP_PARAMETER WHERE TENANT_ID BETWEEN 1003 AND 1005 OR VALUE IS NULL",
     "1004"},
    {"SELECT TENANT_ID FROM CDB_OB_BACKUP_PARAMETER WHERE TENANT_ID NOT BETWEEN '1003' AND 1005.5", "1002"},
    {"SELECT COUNT(*) FROM CDB_OB_BACKUP_PARAMETER WHERE NAME = 'DATA_BACKUP_DEST  '", "2"},
    {"SELECT COUNT(*) FROM CDB_OB_BACKUP_PARAMETER WHERE NOT (TENANT_ID = 1002) AND NAME LIKE "
     "'data\\_backup\\_dest'",
     "1"},
    {"SELECT COUNT(*) FROM CDB_OB_BACKUP_PARAMETER WHERE NAME COLLATE utf8mb4_bin = 'DATA_BACKUP_DEST'", "0"},
    {"SELECT DEST_ID FROM CDB_OB_BACKUP_STORAGE_INFO WHERE CHECK_FILE_NAME IS NULL", "1001"},
    {"SELECT TENANT_ID, DEST_ID FROM CDB_OB_BACKUP_STORAGE_INFO ORDER BY TENANT_ID DESC, 2 LIMIT 2",
     "1004|1001\n1004|1002"},
    {"SELECT TENANT_ID, DEST_ID FROM CDB_OB_BACKUP_STORAGE_INFO ORDER BY TENANT_ID, DEST_ID LIMIT 1, 1",
     "1004|1001"},
    {"SELECT TENANT_ID, DEST_ID FROM CDB_OB_BACKUP_STORAGE_INFO ORDER BY TENANT_ID, DEST_ID LIMIT 1 OFFSET 2",
     "1004|1002"},
    {"SELECT TENANT_ID FROM CDB_OB_BACKUP_PARAMETER LIMIT 18446744073709551615", "1002\n1004"},
    {"SELECT CHECK_FILE_NAME FROM CDB_OB_BACKUP_STORAGE_INFO ORDER BY CHECK_FILE_NAME",
     "NULL\na.obbak\nc.obbak"},
    {"SELECT DEST_ID+0 AS d FROM CDB_OB_BACKUP_STORAGE_INFO ORDER BY d DESC, TENANT_ID LIMIT 1", "1002"},
    {"SELECT DISTINCT DEST_TYPE FROM CDB_OB_BACKUP_STORAGE_INFO", "backup_data"},
    {"SELECT COUNT(*), COUNT(DISTINCT TENANT_ID), MIN(DEST_ID), MAX(DEST_ID), SUM(DEST_ID), AVG(DEST_ID) "
     "FROM CDB_OB_BACKUP_STORAGE_INFO",
     "3|2|1001|1002|3004|1001.3333"},
    {"SELECT COUNT(CHECK_FILE_NAME), COUNT(DISTINCT TENANT_ID, DEST_ID), SUM(DISTINCT DEST_ID), AVG(DISTINCT "
     "DEST_ID) FROM CDB_OB_BACKUP_STORAGE_INFO",
     "2|3|2003|1001.5000"},
    {"SELECT SUM(DEST_ID), AVG(DEST_ID), MIN(PATH), COUNT(*) FROM CDB_OB_BACKUP_STORAGE_INFO WHERE TENANT_ID "
     "= 5",
     "NULL|NULL|NULL|0"},
    {"SELECT TENANT_ID, COUNT(*) AS n FROM CDB_OB_BACKUP_STORAGE_INFO GROUP BY TENANT_ID HAVING n > 1",
     "1004|2"},
    {"SELECT TENANT_ID t, COUNT(*) FROM CDB_OB_BACKUP_STORAGE_INFO GROUP BY t ORDER BY COUNT(*) DESC",
     "1004|2\n1002|1"},
    {"SELECT UPPER(DEST_TYPE), SUM(DEST_ID) FROM CDB_OB_BACKUP_STORAGE_INFO GROUP BY 1", "BACKUP_DATA|3004"},
    {"SELECT TENANT_ID FROM CDB_OB_BACKUP_PARAMETER HAVING TENANT_ID > 1002", "1004"},
    {"SELECT GROUP_CONCAT(DEST_ID ORDER BY DEST_ID DESC SEPARATOR '/') AS ids FROM "
     "CDB_OB_BACKUP_STORAGE_INFO WHERE TENANT_ID = 1004",
     "1002/1001"},
    {"SELECT GROUP_CONCAT(DISTINCT DEST_TYPE) FROM CDB_OB_BACKUP_STORAGE_INFO", "backup_data"},
    {"SELECT BIT_OR(DEST_ID), BIT_AND(DEST_ID), BIT_XOR(DEST_ID) FROM CDB_OB_BACKUP_STORAGE_INFO WHERE "
     "TENANT_ID = 1004",
     "1003|1000|3"},
    {"SELECT STD(DEST_ID), VAR_POP(DEST_ID), VAR_SAMP(DEST_ID), STDDEV_SAMP(DEST_ID) FROM "
     "CDB_OB_BACKUP_STORAGE_INFO WHERE TENANT_ID = 1004",
     "0.5000|0.2500|0.5000|0.7071"},
    {"SELECT t.TENANT_NAME, p.VALUE FROM DBA_OB_TENANTS t LEFT JOIN CDB_OB_BACKUP_PARAMETER p ON p.TENANT_ID "
     "= t.TENANT_ID WHERE t.TENANT_TYPE = 'USER' ORDER BY t.TENANT_NAME",
     "t1|file:///backup/one\nt2|file:///backup/two_b\nt3|NULL"},
    {"SELECT t.TENANT_NAME FROM CDB_OB_BACKUP_PARAMETER p RIGHT JOIN DBA_OB_TENANTS t ON p.TENANT_ID = "
     "t.TENANT_ID WHERE p.VALUE IS NULL AND t.TENANT_TYPE = 'USER'",
     "t3"},
    {"SELECT TENANT_ID, VALUE, DEST_ID FROM CDB_OB_BACKUP_PARAMETER JOIN CDB_OB_BACKUP_STORAGE_INFO USING "
     "(TENANT_ID) WHERE PATH = VALUE ORDER BY TENANT_ID",
     "1002|file:///backup/one|1001\n1004|file:///backup/two_b|1002"},
    {"SELECT COUNT(*) FROM CDB_OB_BACKUP_PARAMETER a, CDB_OB_BACKUP_PARAMETER b", "4"},
    {"SELECT COUNT(*) FROM CDB_OB_BACKUP_PARAMETER NATURAL JOIN DBA_OB_TENANTS", "2"},
    {"SELECT TENANT_NAME FROM DBA_OB_TENANTS WHERE TENANT_TYPE = 'USER' AND TENANT_ID NOT IN (SELECT "
     "TENANT_ID FROM CDB_OB_BACKUP_PARAMETER)",
     "t3"},
    {"SELECT TENANT_NAME, (SELECT COUNT(*) FROM CDB_OB_BACKUP_STORAGE_INFO i WHERE i.TENANT_ID = "
     "t.TENANT_ID) AS used FROM DBA_OB_TENANTS t WHERE TENANT_TYPE = 'USER' ORDER BY 1",
     "t1|1\nt2|2\nt3|0"},
    {"SELECT x.id FROM (SELECT TENANT_ID AS id FROM CDB_OB_BACKUP_PARAMETER) x WHERE EXISTS (SELECT 1 FROM "
     "DBA_OB_TENANTS t WHERE t.TENANT_ID = x.id AND t.TENANT_NAME = 't2')",
     "1004"},
    {"SELECT TENANT_NAME FROM DBA_OB_TENANTS t WHERE (SELECT VALUE FROM CDB_OB_BACKUP_PARAMETER p WHERE "
     "p.TENANT_ID = t.TENANT_ID) LIKE '%one'",
     "t1"},
    {"SELECT TENANT_ID FROM CDB_OB_BACKUP_PARAMETER WHERE TENANT_ID >= ALL (SELECT TENANT_ID FROM "
     "CDB_OB_BACKUP_PARAMETER)",
     "1004"},
    {"SELECT TENANT_ID FROM CDB_OB_BACKUP_PARAMETER WHERE TENANT_ID > ANY (SELECT TENANT_ID FROM "
     "CDB_OB_BACKUP_PARAMETER)",
     "1004"},
    {"SELECT TENANT_ID FROM CDB_OB_BACKUP_PARAMETER WHERE (TENANT_ID, NAME) = (1002, 'DATA_BACKUP_DEST')",
     "1002"},
    {"SELECT TENANT_ID FROM CDB_OB_BACKUP_PARAMETER WHERE (TENANT_ID, NAME) IN ((1004, 'data_backup_dest'), "
     "(1, 'x'))",
     "1004"},
    {"SELECT DEST_ID FROM CDB_OB_BACKUP_STORAGE_INFO WHERE (TENANT_ID, PATH) IN (SELECT TENANT_ID, VALUE "
     "FROM CDB_OB_BACKUP_PARAMETER) ORDER BY 1",
     "1001\n1002"},
    {"SELECT 'a' AS c UNION SELECT 'b' UNION ALL SELECT 'b' ORDER BY c", "a\nb\nb"},
    {"SELECT COUNT(*) FROM (SELECT 'a' UNION SELECT 'A') t", "1"},
    {"SELECT 1 UNION SELECT '1' UNION SELECT 1.0", "1\n1.0"},
    {"SELECT 1 x UNION ALL SELECT 2.50 UNION ALL SELECT NULL ORDER BY x DESC", "2.50\n1.00\nNULL"},
    {"(SELECT TENANT_ID FROM CDB_OB_BACKUP_PARAMETER ORDER BY 1 DESC LIMIT 1) UNION ALL (SELECT 7) LIMIT 5",
     "1004\n7"},
    {"SELECT * FROM (SELECT 1 a, 'x' b) t", "1|x"},
    {"SELECT 1 FROM DUAL WHERE 1 = 0", ""},
    {"SELECT a.TENANT_ID, b.* FROM CDB_OB_BACKUP_PARAMETER a JOIN (SELECT 1004 n, 'q' m) b ON a.TENANT_ID = "
     "b.n",
     "1004|1004|q"},
    {"SELECT TENANT_ID FROM CDB_OB_BACKUP_PARAMETER ORDER BY VALUE DESC, 'x'", "1004\n1002"},
    {"SELECT TENANT_ID AS VALUE FROM CDB_OB_BACKUP_PARAMETER GROUP BY VALUE HAVING VALUE > 1002", "1004"},
};

TEST_F(SelectTest, Clauses) {
  for (const Case& c : kClauses) EXPECT_EQ(run(c.sql), c.expected) << c.sql;
}

const Case kErrors[] = {
    {"SELECT * FROM oceanbase.NO_SUCH_VIEW", "1146 Table 'oceanbase.NO_SUCH_VIEW' doesn't exist"},
    {"SELECT * FROM nowhere.CDB_OB_BACKUP_PARAMETER", "1049 Unknown database 'nowhere'"},
    {"SELECT NO_SUCH FROM CDB_OB_BACKUP_PARAMETER", "1054 Unknown column 'NO_SUCH' in 'field list'"},
    {"SELECT 1 FROM CDB_OB_BACKUP_PARAMETER WHERE p.x = 1", "1054 Unknown column 'p.x' in 'where clause'"},
    {"SELECT 1 FROM CDB_OB_BACKUP_PARAMETER GROUP BY zz", "1054 Unknown column 'zz' in 'group statement'"},
    {"SELECT 1 FROM CDB_OB_BACKUP_PARAMETER HAVING zz = 1", "1054 Unknown column 'zz' in 'having clause'"},
    {"SELECT 1 FROM CDB_OB_BACKUP_PARAMETER ORDER BY zz", "1054 Unknown column 'zz' in 'order clause'"},
    {"SELECT 1 FROM CDB_OB_BACKUP_PARAMETER ORDER BY 2", "1054 Unknown column '2' in 'order clause'"},
    {"SELECT 1 FROM CDB_OB_BACKUP_PARAMETER a JOIN CDB_OB_BACKUP_PARAMETER b ON a.x = 1",
     "1054 Unknown column 'a.x' in 'on clause'"},
    {"SELECT $$", "1054 Unknown column '$$' in 'field list'"},
    {"SELECT TENANT_ID FROM CDB_OB_BACKUP_PARAMETER a, CDB_OB_BACKUP_PARAMETER b",
     "1052 Column 'TENANT_ID' in field list is ambiguous"},
    {"SELECT 1 FROM CDB_OB_BACKUP_PARAMETER, CDB_OB_BACKUP_PARAMETER",
     "1066 Not unique table/alias: 'CDB_OB_BACKUP_PARAMETER'"},
    {"SELECT x.* FROM CDB_OB_BACKUP_PARAMETER", "1051 Unknown table 'x'"},
    {"SELECT *", "1096 No tables used"},
    {"SELECT nothing(1)", "1305 FUNCTION oceanbase.nothing does not exist"},
    {"SELECT upper('a', 'b')", "1582 Incorrect parameter count in the call to native function 'UPPER'"},
    {"SELECT 1 FROM CDB_OB_BACKUP_PARAMETER WHERE COUNT(*) = 1", "1111 Invalid use of group function"},
    {"SELECT SUM(COUNT(*)) FROM CDB_OB_BACKUP_PARAMETER", "1111 Invalid use of group function"},
    {"SELECT 1 UNION SELECT 1, 2", "1222 The used SELECT statements have a different number of columns"},
    {"SELECT (SELECT 1, 2)", "1241 Operand should contain 1 column(s)"},
    {"SELECT 1 IN (SELECT 1, 2)", "1241 Operand should contain 1 column(s)"},
    {"SELECT (SELECT TENANT_ID FROM CDB_OB_BACKUP_PARAMETER)", "1242 Subquery returns more than 1 row"},
    {"SELECT * FROM (SELECT 1 a, 2 a) t", "1060 Duplicate column name 'a'"},
    {"SELECT @@no_such", "1193 Unknown system variable 'no_such'"},
    {"SELECT 'a' COLLATE klingon_ci", "1273 Unknown collation: 'klingon_ci'"},
    {"SELECT 9223372036854775807 + 1", "1690 BIGINT value is out of range in '(9223372036854775807 + 1)'"},
};

TEST_F(SelectTest, Errors) {
  for (const Case& c : kErrors) EXPECT_EQ(run(c.sql), c.expected) << c.sql;
  bind.database = {};
  EXPECT_EQ(run("SELECT * FROM CDB_OB_BACKUP_PARAMETER"), "1046 No database selected");
}

// What SQLite has other rules for.
TEST_F(SelectTest, GroupsWithoutGroupBy) {
  EXPECT_EQ(run("SELECT 1 FROM DBA_OB_TENANTS HAVING COUNT(*) > 1"), "1");
  EXPECT_EQ(run("SELECT 1 FROM DBA_OB_TENANTS HAVING COUNT(*) > 100"), "");
  EXPECT_EQ(run("SELECT 'a', 1 FROM DBA_OB_TENANTS WHERE FALSE HAVING COUNT(*) = 0"), "a|1");
  EXPECT_EQ(run("SELECT 1 FROM DBA_OB_TENANTS HAVING SUM(TENANT_ID) IS NULL ORDER BY 1"), "");
  EXPECT_EQ(run("SELECT (SELECT 7 FROM DBA_OB_TENANTS HAVING MAX(TENANT_ID) > 0)"), "7");
}

TEST_F(SelectTest, NoGroupsByWindowFunctions) {
  for (const char* sql : {"SELECT COUNT(*) OVER () FROM DBA_OB_TENANTS GROUP BY 1",
                          "SELECT 1 + COUNT(*) OVER () AS n FROM DBA_OB_TENANTS GROUP BY n",
                          "SELECT COUNT(*) OVER () AS n FROM DBA_OB_TENANTS HAVING n > 1"})
    EXPECT_EQ(run(sql).substr(0, 4), "3593") << sql;
  EXPECT_EQ(run("SELECT COUNT(*) OVER () AS n FROM DBA_OB_TENANTS ORDER BY n LIMIT 1"), "7");
  EXPECT_EQ(run("SELECT (SELECT COUNT(*) OVER () LIMIT 1) AS n FROM DBA_OB_TENANTS GROUP BY n"), "1");
}

TEST_F(SelectTest, Variables) {
  EXPECT_EQ(run("SELECT @@version_comment LIMIT 1"), "OceanBase 4.2.1.0");
  EXPECT_EQ(labels("SELECT @@version_comment, @@session.autocommit a"), "@@version_comment|a");
  EXPECT_EQ(run("SELECT @@autocommit + 1, concat(@@sql_mode, ',X')"), "2|STRICT_TRANS_TABLES,X");
  EXPECT_EQ(run("SELECT @x := 5"), "5");
  EXPECT_EQ(run("SELECT @x, @x + 1, @nothing"), "5|6|NULL");
  EXPECT_TRUE((*plan("SELECT @@version_comment"))->cacheable);
  EXPECT_FALSE((*plan("SELECT @x"))->cacheable);
}

TEST_F(SelectTest, LongChainsAreFlatAndDeepNestsAreRefused) {
  std::string chain = "SELECT 1 FROM CDB_OB_BACKUP_PARAMETER WHERE TENANT_ID = 0";
  for (int i = 1; i < 3000; ++i) chain += " OR TENANT_ID = " + std::to_string(i);
  EXPECT_EQ(run(chain), "1\n1");
}

/// Stops a statement after some checks.
class Stopper : public Interrupt {
 public:
  explicit Stopper(Verdict verdict) : verdict_(verdict) {}
  Verdict check() override { return ++checks_ > 2 ? verdict_ : Verdict::go_on; }

 private:
  Verdict verdict_;
  int checks_ = 0;
};

TEST_F(SelectTest, InterruptionsTellWhy) {
  std::string digits = "(SELECT 0 d";
  for (int i = 1; i < 10; ++i) digits += " UNION ALL SELECT " + std::to_string(i);
  digits += ")";
  std::string sql = "SELECT COUNT(*) FROM " + digits + " a";
  for (const char* alias : {"b", "c", "e", "f", "g", "h"}) sql += ", " + digits + " " + alias;
  const auto bound = plan(sql);
  ASSERT_TRUE(bound);
  const auto stopped = [&](Verdict verdict) {
    Stopper stopper(verdict);
    context.interrupt = &stopper;
    auto cursor = runner_->open(*bound, context);
    auto step = cursor->step();
    context.interrupt = &interrupt;
    return step;
  };
  EXPECT_EQ(stopped(Verdict::killed).error().mysql_errno(), 1317);
  EXPECT_EQ(stopped(Verdict::timed_out).error().mysql_errno(), 4012);
  EXPECT_EQ(stopped(Verdict::budget_spent).value(), Step::budget_spent);
  EXPECT_EQ(run("SELECT 1"), "1");
}

TEST_F(SelectTest, RunnersKeepABoundedNumberOfStatements) {
  for (std::size_t i = 0; i < 2 * QueryRunner::kMaxPrepared; ++i)
    EXPECT_EQ(run("SELECT " + std::to_string(i)), std::to_string(i));
}

TEST_F(SelectTest, TheSamePlanTwiceAtOnce) {
  const auto bound = plan("SELECT TENANT_ID FROM CDB_OB_BACKUP_PARAMETER");
  ASSERT_TRUE(bound);
  auto first = runner_->open(*bound, context);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->step().value(), Step::row);
  EXPECT_EQ(rows(*bound).value_or("failed"), "1002\n1004");
}

}  // namespace
}  // namespace breakwater::catalog::test
