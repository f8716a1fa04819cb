#include "base/error.h"

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "base/text.h"

namespace breakwater {
namespace {

TEST(Error, DefaultTextWithoutArguments) {
  const Error error = error::invalid_backup_dest();
  EXPECT_EQ(error.ob_code(), -9026);
  EXPECT_EQ(error.mysql_errno(), 9026);
  EXPECT_EQ(error.sqlstate(), "HY000");
  EXPECT_EQ(error.text(), "backup destination is not valid");
}

TEST(Error, TemplateWithArguments) {
  EXPECT_EQ(error::table_not_exist("oceanbase", "CDB_X").text(), "Table 'oceanbase.CDB_X' doesn't exist");
  EXPECT_EQ(error::not_supported("change archive dest").text(), "change archive dest not supported");
  EXPECT_EQ(error::no_privilege("ALTER SYSTEM").text(),
            "Access denied; you need (at least one of) the ALTER SYSTEM privilege(s) for this operation");
}

TEST(Error, TextIsCutAtACharacter) {
  std::string name(kMaxErrorText - 1, 'x');
  name += "\xC3\xA9";  // é across the limit
  const Error error = Error::with_text(Errc::parse_sql, name);
  EXPECT_EQ(error.text().size(), kMaxErrorText - 1);
}

TEST(Error, TheNoteIsTheHintOrTheRows) {
  EXPECT_EQ(error::kill_denied().note(), "It takes SUPER.");
  EXPECT_EQ(error::kill_denied().hint(), "");
  EXPECT_EQ(error::kill_denied().with_hint("ask").note(), "ask");
}

TEST(Error, EachRowSaysWhatToDoAndNothingThatToolsLookFor) {
#define BW_ERROR(name, ob_code, mysql_errno, sqlstate, text, templ)                           \
  {                                                                                           \
    const std::string note(error_note(Errc::name));                                           \
    EXPECT_TRUE(note.ends_with(".") || note.ends_with("...") || note.ends_with("?")) << note; \
    EXPECT_EQ(Error(Errc::name).with_hint(note).hint(), note);                                \
  }
#include "base/error_table.inc"
#undef BW_ERROR
}

TEST(Error, AHintHasNothingThatToolsLookFor) {
  const auto hint = [](std::string text) { return error::io_error().with_hint(std::move(text)).hint(); };
  EXPECT_EQ(hint("AccessDenied: Access Denied."), "AccessDenied: Access refused.");
  EXPECT_EQ(hint("access denied access denied"), "access refused access refused");
  EXPECT_EQ(hint("Error 1045: no"), "Error number 1045: no");
  EXPECT_EQ(hint("error 4"), "error number 4");
  EXPECT_EQ(hint("Error: 5 errors 6"), "Error: 5 errors 6");
  EXPECT_EQ(hint("Access denie"), "Access denie");
  EXPECT_EQ(hint("error "), "error ");
}

TEST(ErrorMessage, IsTextAndNote) {
  EXPECT_EQ(ErrorMessage("text", "note").view(), "text: note");
  EXPECT_EQ(ErrorMessage("", "").view(), ": ");
}

TEST(ErrorMessage, IsCutAtCharactersAndLeavesRoomForTheNote) {
  std::string wide;
  while (wide.size() < 2 * kMaxErrorText) wide += "\xC3\xA9";
  const auto view = [](const ErrorMessage& message) { return std::string(message.view()); };
  const std::string both = view(ErrorMessage(wide, wide));
  EXPECT_LE(both.size(), kMaxErrorText);
  EXPECT_TRUE(is_utf8(both));
  EXPECT_GE(both.size() - both.find(": "), ErrorMessage::kMaxNoteKept);
  const std::string short_note = view(ErrorMessage(std::string(kMaxErrorText, 'x'), "note"));
  EXPECT_EQ(short_note, std::string(kMaxErrorText - 6, 'x') + ": note");
  const std::string long_note = view(ErrorMessage("text", std::string(kMaxErrorText, 'n')));
  EXPECT_EQ(long_note, "text: " + std::string(kMaxErrorText - 6, 'n'));
}

Result<int> half(int x) {
  if (x % 2 != 0) return fail(error::invalid_argument("x"));
  return x / 2;
}

Result<int> quarter(int x) {
  BW_TRY(const int h, half(x));
  BW_CHECK(half(h));
  return half(h);
}

TEST(Error, TryPassesTheErrorOn) {
  EXPECT_EQ(quarter(8).value(), 2);
  EXPECT_EQ(quarter(6).error().text(), "Incorrect arguments to x");
  EXPECT_TRUE(quarter(3).error().is(Errc::invalid_argument));
}

TEST(Error, OfOracleMode) {
  const auto text = [](const Error& error) { return oracle_error(error).text; };
  EXPECT_EQ(text(error::format_file_not_exist()),
            "ORA-00600: internal error code, arguments: -9080, the format file does not exist under the "
            "destination");
  EXPECT_EQ(oracle_error(error::format_file_not_match()).number, 600);
  EXPECT_EQ(text(error::table_not_exist("SYS", "X")), "ORA-00942: table or view does not exist");
  EXPECT_EQ(text(error::column_not_found("X", "field list")),
            "ORA-00904: invalid identifier 'X' in 'field list'");
  EXPECT_EQ(text(error::no_privilege("ALTER SYSTEM")), "ORA-01031: insufficient privileges");
  EXPECT_EQ(text(error::primary_key_duplicate("a", "b")), "ORA-00001: unique constraint violated");
  EXPECT_EQ(text(Error::with_text(Errc::parse_sql, "You have an error")), "ORA-00900: You have an error");
  // What is MySQL's alone stays as it is.
  EXPECT_EQ(oracle_error(error::unknown_command()).number, 1047);
  EXPECT_EQ(text(error::unknown_command()), "Unknown command");
  EXPECT_LE(text(Error::with_text(Errc::parse_sql, std::string(600, 'x'))).size(), kMaxErrorText);
}

}  // namespace
}  // namespace breakwater
