#include <gtest/gtest.h>

#include "server/session/session_state.h"
#include "server/session/variables.h"

namespace breakwater::server::session {
namespace {

using Kind = VariableInput::Kind;

const VariableSpec& spec(std::string_view name) {
  return variable_table()[find_variable(name).value()];
}

Result<CheckedValue> check(std::string_view name, const VariableInput& input) {
  return check_variable(spec(name), input);
}
VariableInput text(std::string value) {
  return {.kind = Kind::text, .integer = 0, .text = std::move(value)};
}
VariableInput number(std::int64_t value) {
  return {.kind = Kind::integer, .integer = value, .text = {}};
}

TEST(Variables, NamesAreFoundInAnyCase) {
  EXPECT_TRUE(find_variable("SQL_Mode"));
  EXPECT_FALSE(find_variable("no_such_variable"));
}

TEST(Variables, BooleansTakeWordsAndNumbers) {
  EXPECT_EQ(check("autocommit", text("off"))->value, "OFF");
  EXPECT_EQ(check("autocommit", number(1))->value, "ON");
  EXPECT_EQ(check("autocommit", number(2)).error().mysql_errno(), 1231);
  EXPECT_EQ(check("autocommit", text("maybe")).error().text(),
            "Variable 'autocommit' can't be set to the value of 'maybe'");
}

TEST(Variables, IntegersAreClampedAndSaySo) {
  EXPECT_FALSE(check("wait_timeout", number(30))->clamped);
  const auto clamped = check("wait_timeout", number(0));
  EXPECT_EQ(clamped->value, "1");
  EXPECT_TRUE(clamped->clamped);
  EXPECT_EQ(check("wait_timeout", text("x")).error().mysql_errno(), 1232);
}

TEST(Variables, SqlModeIsASetInMySqlsOrder) {
  EXPECT_EQ(check("sql_mode", text("ansi_quotes,PIPES_AS_CONCAT"))->value, "PIPES_AS_CONCAT,ANSI_QUOTES");
  EXPECT_EQ(check("sql_mode", text(""))->value, "");
  EXPECT_EQ(check("sql_mode", text("NOT_A_MODE")).error().mysql_errno(), 1231);
}

TEST(Variables, CharsetsCollationsAndZonesAreKnownOnes) {
  EXPECT_EQ(check("character_set_client", text("UTF8MB4"))->value, "utf8mb4");
  EXPECT_EQ(check("character_set_client", text("klingon")).error().mysql_errno(), 1115);
  EXPECT_EQ(check("collation_connection", text("klingon_ci")).error().mysql_errno(), 1273);
  EXPECT_EQ(check("character_set_results", {})->value, "");
  EXPECT_EQ(check("character_set_client", {}).error().mysql_errno(), 1231);
  EXPECT_EQ(check("time_zone", text("+08:00"))->value, "+08:00");
  EXPECT_EQ(check("time_zone", text("Mars/Olympus")).error().mysql_errno(), 1298);
}

TEST(SessionState, SystemVariablesHaveMySqlsTypesAndErrors) {
  const GlobalVariables globals;
  catalog::Tenant sys;
  sys.id = catalog::kSysTenantId;
  sys.name = "sys";
  SessionState session(
      {.connection_id = 7, .account = {1, "root", "%"}, .tenant = "sys", .client_host = "127.0.0.1"}, sys,
      globals);
  using ast::VariableScope;
  EXPECT_EQ(session.system_variable(VariableScope::unspecified, "autocommit").value(),
            catalog::Value(std::int64_t{1}));
  EXPECT_EQ(session.system_variable(VariableScope::unspecified, "Wait_Timeout").value(),
            catalog::Value(std::int64_t{28800}));
  EXPECT_EQ(session.system_variable(VariableScope::global, "sql_log_bin").error().mysql_errno(), 1228);
  EXPECT_EQ(session.system_variable(VariableScope::session, "port").error().mysql_errno(), 1238);
  EXPECT_EQ(session.system_variable(VariableScope::unspecified, "nope").error().mysql_errno(), 1193);
  EXPECT_EQ(session.user_text(), "root@127.0.0.1");
}

TEST(SessionState, UserVariablesAreBounded) {
  const GlobalVariables globals;
  SessionState session({}, {}, globals);
  session.set_user_variable("A", std::string("x"));
  EXPECT_EQ(session.user_variable("a"), catalog::Value(std::string("x")));
  session.set_user_variable("big", std::string(kMaxUserVariableBytes + 1, 'x'));
  EXPECT_EQ(session.user_variable("big"), catalog::Value());
  EXPECT_EQ(session.diagnostics.total(), 1U);
}

TEST(SessionState, PasswordsOfBackupsEndWithAReset) {
  const GlobalVariables globals;
  SessionState session({}, {}, globals);
  EXPECT_TRUE(session.backup_password.empty());
  session.backup_password = Secret(std::string_view("b"));
  session.restore_passwords.emplace_back(std::string_view("r"));
  session.reset();
  EXPECT_TRUE(session.backup_password.empty());
  EXPECT_TRUE(session.restore_passwords.empty());
}

TEST(SessionState, EverythingAPlanDependsOnIsInTheEnvironment) {
  const GlobalVariables globals;
  SessionState session({}, {}, globals);
  const std::string before = session.environment();
  session.set_database("oceanbase");
  EXPECT_NE(session.environment(), before);
  const std::string with_database = session.environment();
  session.set_variable(*find_variable("sql_mode"), "ANSI_QUOTES");
  EXPECT_NE(session.environment(), with_database);
  EXPECT_TRUE(session.parse_options().ansi_quotes);
}

}  // namespace
}  // namespace breakwater::server::session
