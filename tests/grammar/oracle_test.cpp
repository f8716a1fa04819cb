// Oracle mode: its own words and statements, and that MySQL mode knows nothing of them.
#include <gtest/gtest.h>

#include "grammar/helpers.h"

namespace breakwater::test {
namespace {

using grammar::ParseOptions;

std::string oracle(std::string_view sql) {
  return parsed(sql, ParseOptions::oracle());
}

bool is_error(const std::string& tree) {
  return tree.starts_with("error: You have an error in your SQL syntax");
}

TEST(Oracle, NamesAreUpperCasedUnlessQuoted) {
  EXPECT_EQ(oracle("select a.b as c, \"d\" from e.f a"), parsed("SELECT A.B AS C, `d` FROM E.F A"));
  EXPECT_EQ(oracle("SELECT 1 FROM sys.dual"), parsed("SELECT 1 FROM SYS.DUAL"));
  EXPECT_EQ(oracle("SELECT v#1 FROM t"), parsed("SELECT `V#1` FROM T"));
}

TEST(Oracle, LabelsAreTheTextInUpperCaseWithoutBlanks) {
  const auto label = [](std::string_view sql) {
    auto result = grammar::parse(sql, ParseOptions::oracle());
    return std::get<ast::SelectCore>(std::get<ast::Select>(result->statement).parts[0].body).items[0].text;
  };
  EXPECT_EQ(label("SELECT tenant_id FROM t"), "TENANT_ID");
  EXPECT_EQ(label("SELECT x.\"tenant_id\" FROM x"), "tenant_id");
  EXPECT_EQ(label("SELECT nvl( a , 'x' ) FROM t"), "NVL(A,'X')");
  EXPECT_EQ(label("SELECT sysdate FROM dual"), "SYSDATE");
  EXPECT_EQ(label("SELECT 1 + 1 FROM dual"), "1+1");
}

TEST(Oracle, ConcatenationIsAsLooseAsAddition) {
  EXPECT_EQ(oracle("SELECT 1 + 2 || 'a' FROM t"), parsed("SELECT concat(1 + 2, 'a') FROM T"));
  EXPECT_EQ(oracle("SELECT 'a' || 2 * 3 FROM t"), parsed("SELECT concat('a', 2 * 3) FROM T"));
}

TEST(Oracle, WordsThatTakeNoParentheses) {
  EXPECT_EQ(oracle("SELECT sysdate, systimestamp, user FROM dual WHERE rownum <= 1"),
            "{select sysdate(), systimestamp(), user() from DUAL where (rownum <= 1)}");
  EXPECT_NE(oracle("SELECT \"SYSDATE\", t.user FROM t").find("T.USER"), std::string::npos);
}

TEST(Oracle, FetchAndOffset) {
  EXPECT_EQ(oracle("SELECT a FROM t ORDER BY a FETCH FIRST 5 ROWS ONLY"),
            oracle("SELECT a FROM t ORDER BY a LIMIT 5"));
  EXPECT_EQ(oracle("SELECT a FROM t FETCH NEXT ROW ONLY"), oracle("SELECT a FROM t LIMIT 1"));
  EXPECT_EQ(oracle("SELECT a FROM t OFFSET 2 ROWS FETCH NEXT 3 ROWS ONLY"),
            oracle("SELECT a FROM t LIMIT 2, 3"));
  EXPECT_EQ(oracle("SELECT a FROM t OFFSET 2 ROWS"), oracle("SELECT a FROM t LIMIT 2, 18446744073709551615"));
  EXPECT_TRUE(is_error(parsed("SELECT a FROM t FETCH FIRST 5 ROWS ONLY")));
}

TEST(Oracle, CommentsAndLiterals) {
  EXPECT_EQ(oracle("SELECT 1 --comment\n FROM t"), oracle("SELECT 1 FROM t"));
  EXPECT_EQ(oracle("SELECT 'a\\' FROM t"), parsed("SELECT 'a\\\\' FROM T"));
  EXPECT_TRUE(is_error(oracle("SELECT 1 FROM t WHERE a = # 1")));
}

TEST(Oracle, AlterSystemSetTakesBlanksAndNoClauses) {
  EXPECT_EQ(oracle("ALTER SYSTEM SET data_backup_dest = 'x' Log_Archive_Dest='y'"),
            parsed("ALTER SYSTEM SET data_backup_dest = 'x', log_archive_dest = 'y'"));
  EXPECT_EQ(oracle("ALTER SYSTEM SET DATA_BACKUP_DEST='file:///x'"),
            parsed("ALTER SYSTEM SET data_backup_dest='file:///x'"));
  EXPECT_EQ(oracle("ALTER SYSTEM RESET a b"), parsed("ALTER SYSTEM RESET a, b"));
  for (const std::string_view wrong : {
           "ALTER SYSTEM SET a = '1', b = '2'",
           "ALTER SYSTEM a = '1'",
           "ALTER SYSTEM SET a = '1' COMMENT 'x'",
           "ALTER SYSTEM SET a = '1' SCOPE = BOTH",
           "ALTER SYSTEM SET a = '1' TENANT = t",
           "ALTER SYSTEM SET a = '1' TENANT t",
           "ALTER SYSTEM BACKUP KEY TENANT = t TO 'x'",
           "ALTER SYSTEM CANCEL BACKUP TENANT = t",
           "ALTER SYSTEM BACKUP TENANT = t",
           "ALTER SYSTEM BACKUP",
           "ALTER SYSTEM DROP DELETE BACKUP POLICY 'default' TENANT = t",
           "ALTER SYSTEM DELETE BACKUPSET 1",
           "ALTER SYSTEM DELETE BACKUPPIECE 1",
           "ALTER SYSTEM DELETE OBSOLETE BACKUP",
           "ALTER SYSTEM CHANGE TENANT t",
           "CREATE TENANT t",
       }) {
    EXPECT_TRUE(is_error(oracle(wrong))) << wrong << "\n" << oracle(wrong);
  }
}

TEST(Oracle, BackupStatements) {
  for (const std::string_view same : {
           "ALTER SYSTEM BACKUP KEY TO 'file:///x' ENCRYPTED BY 'y'",
           "ALTER SYSTEM CANCEL BACKUP",
           "ALTER SYSTEM CANCEL DELETE BACKUP",
           "ALTER SYSTEM ADD DELETE BACKUP POLICY 'default' RECOVERY_WINDOW '7d'",
           "ALTER SYSTEM DROP DELETE BACKUP POLICY 'default'",
           "SET ENCRYPTION ON IDENTIFIED BY 'p' ONLY",
           "ALTER SYSTEM BACKUP DATABASE",
           "ALTER SYSTEM BACKUP INCREMENTAL DATABASE PLUS ARCHIVELOG DESCRIPTION = 'd'",
           "ALTER SYSTEM ARCHIVELOG",
           "ALTER SYSTEM CHECK BACKUP DESTINATION 'file:///x'",
           "ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST PATH = 'p' SET ACCESS_INFO = 'a' ATTRIBUTE = 'b'",
           "ALTER SYSTEM MODIFY EXTERNAL_STORAGE_DEST PATH 'p' ACCESS_INFO 'a'",
       }) {
    EXPECT_EQ(oracle(same), parsed(same)) << same;
  }
}

TEST(Oracle, KeyManagement) {
  EXPECT_EQ(oracle("ADMINISTER KEY MANAGEMENT CREATE KEYSTORE ks IDENTIFIED BY Pass1"),
            "keys create KS:Pass1:");
  EXPECT_EQ(oracle("administer key management create keystore \"k s\" identified by 'a b'"),
            "keys create k s:a b:");
  EXPECT_EQ(oracle("ADMINISTER KEY MANAGEMENT ALTER KEYSTORE PASSWORD IDENTIFIED BY a SET \"b\""),
            "keys password :a:b");
  EXPECT_EQ(oracle("ADMINISTER KEY MANAGEMENT SET KEYSTORE OPEN IDENTIFIED BY p"), "keys open :p:");
  EXPECT_EQ(oracle("ADMINISTER KEY MANAGEMENT SET KEYSTORE CLOSE IDENTIFIED BY p"), "keys close :p:");
  EXPECT_EQ(oracle("ADMINISTER KEY MANAGEMENT SET KEY IDENTIFIED BY p"), "keys set key :p:");
  EXPECT_TRUE(is_error(oracle("ADMINISTER KEY MANAGEMENT SET KEY")));
  EXPECT_EQ(parsed("ADMINISTER KEY MANAGEMENT SET KEY IDENTIFIED BY p"), "foreign ADMINISTER KEY MANAGEMENT");
}

TEST(Oracle, SessionsAndAccounts) {
  EXPECT_EQ(oracle("ALTER SESSION SET NLS_DATE_FORMAT = 'YYYY' TIME_ZONE = '+08:00' a = -1 b = on"),
            "set session nls_date_format='YYYY', session time_zone='+08:00', session a=-1, session b='ON'");
  EXPECT_EQ(oracle("ALTER SESSION SET CURRENT_SCHEMA = sys"), parsed("USE SYS"));
  EXPECT_EQ(parsed("ALTER SESSION SET a = 1"), "foreign ALTER SESSION");
  EXPECT_EQ(oracle("CREATE USER u IDENTIFIED BY Secret1"), parsed("CREATE USER U IDENTIFIED BY 'Secret1'"));
  EXPECT_EQ(oracle("GRANT ALTER SYSTEM TO u"), parsed("GRANT ALTER SYSTEM ON *.* TO U"));
  EXPECT_EQ(oracle("REVOKE ALTER SYSTEM FROM u"), parsed("REVOKE ALTER SYSTEM ON *.* FROM U"));
  EXPECT_TRUE(is_error(parsed("CREATE USER u IDENTIFIED BY Secret1")));
  EXPECT_TRUE(is_error(parsed("GRANT ALTER SYSTEM TO u")));
}

TEST(Oracle, Roles) {
  EXPECT_EQ(oracle("CREATE ROLE r"), "create role R");
  EXPECT_EQ(oracle("create role \"my role\" not identified"), "create role my role");
  EXPECT_EQ(oracle("DROP ROLE admin"), "drop role ADMIN");
  EXPECT_EQ(oracle("SET ROLE a, \"b\""), "set role [A, b]");
  EXPECT_EQ(oracle("SET ROLE NONE"), "set role []");
  EXPECT_EQ(oracle("SET ROLE \"NONE\""), "set role [NONE]");
  EXPECT_EQ(oracle("SET ROLE ALL"), "set role all but []");
  EXPECT_EQ(oracle("SET ROLE ALL EXCEPT a, except"), "set role all but [A, EXCEPT]");
  EXPECT_EQ(oracle("ALTER USER u DEFAULT ROLE a"), "default role of U@% [A]");
  EXPECT_EQ(oracle("ALTER USER u DEFAULT ROLE ALL EXCEPT role"), "default role of U@% all but [ROLE]");
  EXPECT_EQ(oracle("GRANT a, SELECT, \"SELECT\" TO u, r WITH ADMIN OPTION"),
            "grant SELECT roles A, SELECT on *.* to U@%, R@% with grant option");
  EXPECT_EQ(oracle("REVOKE a FROM u"), "revoke  roles A on *.* from U@%");
  EXPECT_EQ(oracle("REVOKE ALL PRIVILEGES, GRANT OPTION FROM u"), "revoke everything from U@%");
  for (const char* wrong : {"CREATE ROLE", "CREATE ROLE a, b", "CREATE ROLE r IDENTIFIED BY p", "SET ROLE",
                            "SET ROLE NONE, a, ", "SET ROLE ALL EXCEPT", "GRANT a ON t TO u",
                            "GRANT a b TO u", "DROP ROLE 'r'", "ALTER USER u DEFAULT ROLE"})
    EXPECT_TRUE(is_error(oracle(wrong))) << wrong << ": " << oracle(wrong);
  for (const char* foreign :
       {"CREATE ROLE r", "DROP ROLE r", "SET ROLE r", "SET ROLE ALL", "SET DEFAULT ROLE r TO u",
        "GRANT r TO u", "GRANT r, s TO u", "REVOKE r FROM u", "ALTER USER u DEFAULT ROLE r"})
    EXPECT_TRUE(parsed(foreign).starts_with("foreign ")) << foreign << ": " << parsed(foreign);
  EXPECT_EQ(oracle("SELECT role, admin FROM dba_roles"), parsed("SELECT ROLE, ADMIN FROM DBA_ROLES"));
}

TEST(Oracle, TypesOfCast) {
  EXPECT_EQ(oracle("SELECT CAST(a AS NUMBER(10,2)) AS b FROM t"),
            parsed("SELECT CAST(A AS DECIMAL(10,2)) AS B FROM T"));
  EXPECT_EQ(oracle("SELECT CAST(a AS VARCHAR2(5)) AS b FROM t"),
            parsed("SELECT CAST(A AS CHAR(5)) AS B FROM T"));
  EXPECT_TRUE(is_error(parsed("SELECT CAST(a AS NUMBER) FROM t")));
  EXPECT_TRUE(is_error(parsed("SELECT CAST(a AS TIMESTAMP) FROM t")));
}

TEST(Oracle, HintsNameNoWordOfTheOtherMode) {
  EXPECT_EQ(parsed("ALTER SYSTEM SET a = 'x' b").find("_ORA"), std::string::npos);
  EXPECT_EQ(parsed("SELECT a FROM t ORDER BY a b").find("FETCH"), std::string::npos);
  EXPECT_NE(oracle("SELECT a FROM t ORDER BY a b").find("FETCH"), std::string::npos);
  EXPECT_EQ(oracle("ALTER SYSTEM CANCEL BACKUP x").find("TENANT"), std::string::npos);
}

}  // namespace
}  // namespace breakwater::test
