// No secret in what sinks show, whatever is misspelt.
#include <gtest/gtest.h>

#include "grammar/helpers.h"
#include "grammar/scanner.h"

namespace breakwater::test {
namespace {

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

TEST(Redact, StaysWithinItsBytes) {
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
    "ALTER SYSTEM BACKUP KEY TO {}",
    "ALTER SYSTEM CHECK BACKUP DESTINATION {} TENANT = t",
    "ALTER SYSTEM CHECK BACKUP DESTINATON {}",
    "ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST PATH = {} SET ACCESS_INFO = {} ATTRIBUTE = {}",
    "ALTER SYSTEM MODIFY EXTERNAL_STORAGE_DEST PATH {} ACCESS_INF {}",
    "ALTER SYSTEM RESTORE t FROM {} UNTIL TIME={} WITH {} WITH KEY FROM {} ENCRYPTED BY {}",
    "ALTER SYSTEM ADD RESTORE SOURCE {}",
    "CREATE USER u IDENTIFIED BY {}",
    "CREATE USER u IDENTIFIED BY PASSWORD {}, v IDENTIFIED WITH p AS {}",
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
    "CREATE TENANT t PRIMARY_ZONE={} COMMENT {} SET ob_x={}",
    "CREATE STANDBY TENANT t LOG_RESTORE_SOURCE = {}",
    "INSERT INTO t VALUES ({}, 1)",
    "UPDATE mysql.user SET authentication_string = {} WHERE user = {}",
    "CHANGE MASTER TO MASTER_PASSWORD = {}",
    "ALTER SYSTM SET data_backup_dest={}",
    "ALTR SYSTEM SET data_backup_dest = {}",
    "CREATE USR u IDENTIFIED BY {}",
    "ALTER SYSTEM BACKUP KEYS TO {} ENCRYPTED BY {}",
};
constexpr std::string_view kReadingForms[] = {
    "SELECT PASSWORD({}), {} FROM t WHERE a = {} ORDER BY 1 LIMIT 1",
    "SELECT * FROM t WHERE VALUE LIKE {} AND b IN ({}, {})",
    "SHOW PARAMETERS LIKE {} TENANT t",
};
constexpr std::string_view kSecrets[] = {"CANARY", "oss://b/p?host=h&access_id=i&access_key=CANARY&x=CANARY",
                                         "LOCATION=file:///CANARY BINDING=CANARY", "{\"key\": \"CANARY\"}"};

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
    if (result) continue;
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
