// No secret in what sinks show, whatever is misspelt.
#include <gtest/gtest.h>

#include "grammar/helpers.h"
#include "grammar/scanner.h"

namespace breakwater::test {
namespace {

/// What sinks show of the statement; empty if it doesn't parse.
std::string shown_of(std::string_view sql, const grammar::ParseOptions& options = {}) {
  const auto parsed = grammar::parse(sql, options);
  if (!parsed) return {};
  return parsed->shown.empty() ? grammar::redact(sql, options) : parsed->shown;
}

TEST(Redact, ShowsTheStatementWithoutItsStrings) {
  const auto shown = [](std::string_view sql) { return grammar::redact(sql, {}); };
  EXPECT_EQ(shown("SELECT  a, 'x' /* y */ FROM t WHERE b = 5 ORDER BY c"),
            "SELECT a, '***' FROM t WHERE b = 5 ORDER BY c");
  EXPECT_EQ(shown("ALTER SYSTEM SET data_backup_dest='file:///x' TENANT = t1"),
            "ALTER SYSTEM SET data_backup_dest='***' TENANT = t1");
  EXPECT_EQ(shown("ALTER SYSTEM SET ha_low_thread_score = 10"), "ALTER SYSTEM SET ha_low_thread_score = 10");
  EXPECT_EQ(shown("CREATE USER u IDENTIFIED BY 'p'"), "CREATE USER u IDENTIFIED BY '***'");
  EXPECT_EQ(shown("ADMINISTER KEY MANAGEMENT SET KEY IDENTIFIED BY hunter2"),
            "ADMINISTER KEY MANAGEMENT SET KEY IDENTIFIED BY '***'");
  EXPECT_EQ(shown("SET autocommit=1"), "SET autocommit=1");
  EXPECT_EQ(shown("SHOW VARIABLES LIKE 'a%'"), "SHOW VARIABLES LIKE '***'");
  EXPECT_EQ(shown("CREATE TENANT t PRIMARY_ZONE='zone1', RESOURCE_POOL_LIST=('p')"),
            "CREATE TENANT t PRIMARY_ZONE='***', RESOURCE_POOL_LIST=('***')");
  EXPECT_EQ(shown("USE `db`"), "USE `db`");
  EXPECT_EQ(shown("SELECT 1; SET PASSWORD = 'x'; SELECT 2"), "SELECT 1; SET PASSWORD = '***'; SELECT 2");
  EXPECT_EQ(shown(""), "");
}

/// Names, paths, buckets, hosts and numbers stay readable.
TEST(Shown, IsTheStatementWithItsNames) {
  struct Row {
    std::string_view sql;
    std::string_view shown;
  };
  for (const auto& [sql, shown] : {
           Row{"ALTER  SYSTEM SET "
               "data_backup_dest='oss://b/p?host=h.com:80&access_id=i&access_key=k&delete_mode=delete'"
               " /* c */ TENANT = t1;",
               "ALTER SYSTEM SET data_backup_dest='oss://b/p?host=h.com:80&***&***&delete_mode=delete' "
               "TENANT = t1"},
           Row{"ALTER SYSTEM SET DATA_BACKUP_DEST = \"file:///backup/it's\" TENANT ALL",
               "ALTER SYSTEM SET DATA_BACKUP_DEST = '***' TENANT ALL"},
           Row{"ALTER SYSTEM SET log_archive_dest = 'LOCATION=file:///a/b BINDING=Mandatory "
               "PIECE_SWITCH_INTERVAL=1d'",
               "ALTER SYSTEM SET log_archive_dest = 'LOCATION=file:///a/b BINDING=Mandatory "
               "PIECE_SWITCH_INTERVAL=1d'"},
           Row{"ALTER SYSTEM SET log_archive_dest = 'LOCATION=s3://b/p ? host=h.com & access_id = i & "
               "access_key = k'",
               "ALTER SYSTEM SET log_archive_dest = 'LOCATION=s3://b/p?host=h.com&***&***'"},
           Row{"ALTER SYSTEM SET log_archive_dest_state = 'defer', ha_low_thread_score = 10 COMMENT 'c' "
               "TENANT = `t`",
               "ALTER SYSTEM SET log_archive_dest_state = 'defer', ha_low_thread_score = 10 COMMENT '***' "
               "TENANT = `t`"},
           Row{"ALTER SYSTEM SET external_kms_info = 'x', backup_encryption_password = 12",
               "ALTER SYSTEM SET external_kms_info = '***', backup_encryption_password = '***'"},
           Row{"ALTER SYSTEM SET log_level = 'debug', max_connections = 'k3y', archive_lag_target = '120s'",
               "ALTER SYSTEM SET log_level = 'debug', max_connections = '***', archive_lag_target = '120s'"},
           Row{"ALTER SYSTEM BACKUP KEY TENANT = a, 'b' TO 'file:///k' ENCRYPTED BY 'p'",
               "ALTER SYSTEM BACKUP KEY TENANT = a, 'b' TO 'file:///k' ENCRYPTED BY '***'"},
           Row{"ALTER SYSTEM FORGET KEY TENANT_ID = 1002", "ALTER SYSTEM FORGET KEY TENANT_ID = 1002"},
           Row{"ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST PATH = 'oss://b/p' SET ACCESS_INFO = "
               "'access_id=i&access_key=k'"
               " ATTRIBUTE 'max_iops=10'",
               "ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST PATH = 'oss://b/p' SET ACCESS_INFO = '***&***'"
               " ATTRIBUTE 'max_iops=10'"},
           Row{"ALTER SYSTEM RESTORE t FROM 'file:///d,oss://b/a?host=h&access_key=k' UNTIL TIME='2024-01-02 "
               "03:04:05'"
               " WITH 'pool_list=p&kms_encrypt=false' WITH KEY FROM 'file:///k' ENCRYPTED BY 'p' DESCRIPTION "
               "'d'",
               "ALTER SYSTEM RESTORE t FROM 'file:///d,oss://b/a?host=h&***' UNTIL TIME='2024-01-02 03:04:05'"
               " WITH 'pool_list=p&kms_encrypt=false' WITH KEY FROM 'file:///k' ENCRYPTED BY '***' "
               "DESCRIPTION '***'"},
           Row{"ALTER SYSTEM ADD DELETE BACKUP POLICY 'default' RECOVERY_WINDOW '7d' TENANT t",
               "ALTER SYSTEM ADD DELETE BACKUP POLICY 'default' RECOVERY_WINDOW '7d' TENANT t"},
           Row{"ALTER SYSTEM CHANGE TENANT t", "ALTER SYSTEM CHANGE TENANT t"},
           Row{"CREATE TENANT t PRIMARY_ZONE='zone1', RESOURCE_POOL_LIST=('p'), COMMENT 'c' SET "
               "ob_tcp_invited_nodes='%',"
               " x = 'y'",
               "CREATE TENANT t PRIMARY_ZONE='zone1', RESOURCE_POOL_LIST=('p'), COMMENT '***' SET"
               " ob_tcp_invited_nodes='%', x = '***'"},
           Row{"ALTER TENANT t SET VARIABLES sql_mode = CONCAT('p')",
               "ALTER TENANT t SET VARIABLES sql_mode = '***'"},
           Row{"CREATE RESOURCE UNIT u MAX_CPU 1, MEMORY_SIZE '5G'",
               "CREATE RESOURCE UNIT u MAX_CPU 1, MEMORY_SIZE '5G'"},
           Row{"CREATE USER 'u'@'10.%' IDENTIFIED WITH mysql_native_password BY 'p' ACCOUNT LOCK",
               "CREATE USER 'u'@'10.%' IDENTIFIED WITH mysql_native_password BY '***' ACCOUNT LOCK"},
           Row{"CREATE USER u IDENTIFIED BY PASSWORD '*0'", "CREATE USER u IDENTIFIED BY PASSWORD '***'"},
           Row{"SET PASSWORD FOR u@'h' = PASSWORD('p')", "SET PASSWORD FOR u@'h' = PASSWORD('***')"},
           Row{"GRANT SELECT, ALTER SYSTEM ON db.* TO u IDENTIFIED BY 'p'",
               "GRANT SELECT, ALTER SYSTEM ON db.* TO u IDENTIFIED BY '***'"},
           Row{"SET ENCRYPTION ON IDENTIFIED BY 'p' ONLY", "SET ENCRYPTION ON IDENTIFIED BY '***' ONLY"},
           Row{"INSERT INTO t VALUES ('p')", "INSERT"},
           Row{"SET @a = 5, @b = 'x', autocommit = 1", "SET @a = '***', @b = '***', autocommit = 1"},
           Row{"ALTER SYSTEM SET data_backup_dest = file:///x", ""},
       }) {
    EXPECT_EQ(shown_of(sql), shown) << sql;
  }
  EXPECT_EQ(shown_of("ALTER SYSTEM BACKUP KEY TO ? ENCRYPTED BY ?", {.parameters = true}),
            "ALTER SYSTEM BACKUP KEY TO ? ENCRYPTED BY ?");
  EXPECT_EQ(shown_of("ADMINISTER KEY MANAGEMENT CREATE KEYSTORE k IDENTIFIED BY backup",
                     grammar::ParseOptions::oracle()),
            "ADMINISTER KEY MANAGEMENT CREATE KEYSTORE k IDENTIFIED BY '***'");
}

/// Each statement of the documents: what is shown of it parses again, and shows the same.
TEST(Shown, ParsesAgain) {
  for (const std::string& sql : corpus()) {
    for (const grammar::ParseOptions& options : {grammar::ParseOptions{}, grammar::ParseOptions::oracle()}) {
      const auto parsed = grammar::parse(sql, options);
      if (!parsed || parsed->shown.empty() ||
          std::holds_alternative<ast::ForeignStatement>(parsed->statement))
        continue;
      EXPECT_EQ(shown_of(parsed->shown, options), parsed->shown) << sql;
    }
  }
}

TEST(Redact, StaysWithinItsBytes) {
  EXPECT_EQ(shown_of("DROP USER " + std::string(2000, 'x')).size(), grammar::kMaxShown);
  EXPECT_EQ(grammar::redact("SELECT " + std::string(5000, 'x'), {}, 20), "SELECT " + std::string(13, 'x'));
  EXPECT_EQ(grammar::redact("SELECT \xC3\xA9", {}, 8), "SELECT ");
}

// ---- the canary

constexpr std::string_view kCanary = "CANARY";

/// {} is where a secret may stand.
constexpr std::string_view kForms[] = {
    "ALTER SYSTEM SET data_backup_dest = {} TENANT = t",
    "ALTER SYSTEM SET data_backup_dest={}",
    "ALTER SYSTEM data_backup_dest={}, log_archive_dest={} TENANT ALL",
    "ALTER SYSTEM SET external_kms_info = {} COMMENT {} SCOPE = BOTH TENANT t",
    "ALTER SYSTEM BACKUP KEY TENANT = t TO {} ENCRYPTED BY {}",
    "ALTER SYSTEM BACKUP KEY TENANT_ID = 1002 TO {} ENCRYPTED BY {}",
    "ALTER SYSTEM RESTORE KEY TENANT = t FROM {} ENCRYPTED BY {}",
    "ALTER SYSTEM RESTORE KEY FROM {}",
    "ALTER SYSTEM BACKUP CATALOG KEY TO {} ENCRYPTED BY {}",
    "ALTER SYSTEM RESTORE CATALOG KEY FROM {} ENCRYPTED BY {}",
    "ALTER SYSTEM BACKUP KEY TO {}",
    "ALTER SYSTEM CHECK BACKUP DESTINATION {} TENANT = t",
    "ALTER SYSTEM CHECK BACKUP DESTINATON {}",
    "ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST PATH = {} SET ACCESS_INFO = {} ATTRIBUTE = {}",
    "ALTER SYSTEM MODIFY EXTERNAL_STORAGE_DEST PATH {} ACCESS_INF {}",
    "ALTER SYSTEM RESTORE t FROM {} UNTIL TIME={} WITH {} WITH KEY FROM {} ENCRYPTED BY {}",
    "ALTER SYSTEM ADD RESTORE SOURCE {}",
    "ALTER SYSTEM RESTORE FROM {} UNTIL TIME = {} PREVIEW",
    "CREATE USER u IDENTIFIED BY {}",
    "CREATE USER u IDENTIFIED BY PASSWORD {}, v IDENTIFIED WITH p AS {}, w IDENTIFIED VIA {}",
    "ALTER SYSTEM BACKUP DATABASE TO {} DESCRIPTION {}",
    "ALTER SYSTEM VALIDATE BACKUP DESCRIPTION {}",
    "ALTER SYSTEM SET log_archive_dest_state = {}, unheard_of = {}",
    "CREATE USER 'u'@'%' IDENTIFIED WITH mysql_native_password BY {} ACCOUNT LOCK",
    "ALTER USER u IDENTIFIED BY {}",
    "SET PASSWORD = {}",
    "SET PASSWORD FOR u = PASSWORD({})",
    "GRANT SELECT ON *.* TO u IDENTIFIED BY {} WITH GRANT OPTION",
    "SET @kms_encrypt_info = {}",
    "SET a = {}, b = 1",
    "SET ENCRYPTION ON IDENTIFIED BY {} ONLY",
    "SET DECRYPTION IDENTIFIED BY {}, {}",
    "ADMINISTER KEY MANAGEMENT ALTER KEYSTORE PASSWORD IDENTIFIED BY {} SET {}",
    "CREATE TENANT t PRIMARY_ZONE='z' COMMENT {} SET ob_x={}",
    "CREATE STANDBY TENANT t LOG_RESTORE_SOURCE = {}",
    "INSERT INTO t VALUES ({}, 1)",
    "UPDATE mysql.user SET authentication_string = {} WHERE user = {}",
    "CHANGE MASTER TO MASTER_PASSWORD = {}",
    "ALTER SYSTM SET data_backup_dest={}",
    "ALTR SYSTEM SET data_backup_dest = {}",
    "CREATE USR u IDENTIFIED BY {}",
    "ALTER SYSTEM BACKUP KEYS TO {} ENCRYPTED BY {}",
    "EXPLAIN ALTER SYSTEM RELEASE BACKUP DESTINATION {}",
    "DESC ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST PATH = 'p' ACCESS_INFO = {}",
};
constexpr std::string_view kReadingForms[] = {
    "SHOW BACKUPS FROM {}",
    "SELECT PASSWORD({}), {} FROM t WHERE a = {} ORDER BY 1 LIMIT 1",
    "SELECT * FROM t WHERE VALUE LIKE {} AND b IN ({}, {})",
    "SHOW PARAMETERS LIKE {} TENANT t",
};
constexpr std::string_view kSecrets[] = {"CANARY", "oss://b/p?host=h&access_id=i&access_key=CANARY&x=CANARY",
                                         "LOCATION=file:///x BINDING=CANARY", "{\"key\": \"CANARY\"}"};

std::string filled(std::string_view form, std::string_view secret, char quote) {
  std::string sql;
  for (std::size_t i = 0; i < form.size(); ++i) {
    if (form.substr(i, 2) != "{}") {
      sql += form[i];
      continue;
    }
    if (quote != '\0') sql += quote;
    for (const char c : secret) {
      if (c == quote) sql += '\\';
      sql += c;
    }
    if (quote != '\0') sql += quote;
    ++i;
  }
  return sql;
}

/// Neither the redacted text nor an error shows it. (Under ANSI_QUOTES "x" is a name, which a SELECT may
/// show.)
void expect_hidden(const std::string& sql) {
  std::vector<grammar::ParseOptions> modes = {{}, {.parameters = true}};
  const bool reads = sql.starts_with("SELECT") || sql.starts_with("SHOW");
  if (!reads) modes.push_back({.ansi_quotes = true});
  for (const grammar::ParseOptions& options : modes) {
    const std::string shown = grammar::redact(sql, options);
    ASSERT_EQ(shown.find(kCanary), std::string::npos) << sql << "\n  shown as " << shown;
    const auto result = grammar::parse(sql, options);
    if (result) {
      ASSERT_EQ(result->shown.find(kCanary), std::string::npos) << sql << "\n  shown as " << result->shown;
      continue;
    }
    ASSERT_EQ(result.error().text().find(kCanary), std::string::npos)
        << sql << "\n  " << result.error().text();
    ASSERT_EQ(result.error().hint().find(kCanary), std::string::npos)
        << sql << "\n  " << result.error().hint();
  }
}

std::vector<grammar::Token> tokens_of(std::string_view sql) {
  std::vector<grammar::Token> tokens;
  const grammar::ParseOptions options;
  grammar::Scanner scanner(sql, options);
  for (grammar::Token t = scanner.next(); t.kind != grammar::TokenKind::end; t = scanner.next()) {
    tokens.push_back(t);
    if (t.kind == grammar::TokenKind::bad) break;
  }
  return tokens;
}

/// Without one token; cut at each byte; a word doubled.
void expect_hidden_when_mutated(const std::string& sql) {
  expect_hidden(sql);
  for (const grammar::Token& token : tokens_of(sql)) {
    std::string without = sql;
    expect_hidden(without.erase(token.offset, token.length));
    std::string doubled = sql;
    expect_hidden(doubled.insert(token.offset, std::string(text_of(token, sql)) + " "));
  }
  for (std::size_t cut = 0; cut < sql.size(); ++cut) expect_hidden(sql.substr(0, cut));
}

TEST(Canary, IsNeverShown) {
  for (const std::string_view form : kForms) {
    for (const char quote : {'\'', '"', '`'}) expect_hidden_when_mutated(filled(form, kSecrets[0], quote));
    for (const std::string_view secret : kSecrets) expect_hidden(filled(form, secret, '\''));
    for (const std::string_view secret : kSecrets) expect_hidden(filled(form, secret, '"'));
  }
  for (const std::string_view form : kReadingForms) {
    for (const char quote : {'\'', '"'}) expect_hidden_when_mutated(filled(form, kSecrets[1], quote));
  }
}

/// In every string of every statement of the documents, also where a name belongs.
TEST(Canary, IsNotShownInAnyStringOfAnyStatement) {
  std::size_t parsed = 0;
  for (const std::string& sql : corpus()) {
    for (const grammar::Token& token : tokens_of(sql)) {
      if (token.kind != grammar::TokenKind::string && token.kind != grammar::TokenKind::quoted_name) continue;
      std::string with = sql;
      with.replace(token.offset, token.length, "'access_id=i&access_key=CANARY'");
      for (const grammar::ParseOptions& options :
           {grammar::ParseOptions{}, grammar::ParseOptions::oracle()}) {
        const std::string shown = shown_of(with, options);
        parsed += shown.empty() ? 0 : 1;
        EXPECT_EQ(shown.find(kCanary), std::string::npos) << with << "\n  shown as " << shown;
      }
    }
  }
  EXPECT_GT(parsed, 100U);
}

TEST(Canary, IsNotShownWhenAQuoteIsForgotten) {
  for (const std::string_view form : kForms) {
    const std::string sql = filled(form, kSecrets[1], '\'');
    for (std::size_t at = sql.find('\''); at != std::string::npos; at = sql.find('\'', at + 1)) {
      std::string without = sql;
      expect_hidden(without.erase(at, 1));
    }
  }
}

TEST(Canary, IsNotShownAsABareWordBehindBy) {
  for (const std::string_view sql :
       {"ALTER SYSTEM BACKUP KEY TO 'x' ENCRYPTED BY CANARY",
        "ALTER SYSTEM BACKUP KEY TO 'x' ENCRYPTED CANARY", "CREATE USER u IDENTIFIED BY CANARY",
        "CREATE USER u IDENTIFIED CANARY", "SET PASSWORD = CANARY", "SET PASSWORD CANARY",
        "ADMINISTER KEY MANAGEMENT SET KEY IDENTIFIED BY CANARY", "ALTER SYSTEM SET data_backup_dest=CANARY",
        "ALTER SYSTEM SET data_backup_dest = abc-CANARY-def",
        "ALTER SYSTEM SET data_backup_dest=oss://b?access_key=CANARY",
        "ALTER SYSTEM SET data_backup_dest oss://b?access_key=CANARY", "ALTER SYSTEM BACKUP KEY TO /CANARY",
        "CREATE USER u IDENTIFIED BY 12CANARY", "SET PASSWORD FOR u = PASSWORD(CANARY)",
        "CREATE USER u IDENTIFIED BY 'a'CANARY", "CREATE USER u IDENTIFIED BY a, CANARY"}) {
    expect_hidden(std::string(sql));
  }
}

}  // namespace
}  // namespace breakwater::test
