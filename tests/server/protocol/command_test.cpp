#include "server/protocol/command.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace breakwater::protocol {
namespace {

using namespace std::string_view_literals;

TEST(Command, ReadsWhatClientsSend) {
  const auto parsed = [](std::string_view bytes) { return *parse_command(as_bytes(bytes)); };
  EXPECT_EQ(std::get<Query>(parsed("\x03SELECT 1"sv)).sql, "SELECT 1");
  EXPECT_EQ(std::get<Query>(parsed("\x03SELECT 1\0"sv)).sql, "SELECT 1") << "some clients end it with a NUL";
  EXPECT_EQ(std::get<Query>(parsed("\x03"sv)).sql, "");
  EXPECT_EQ(std::get<InitDb>(parsed("\x02oceanbase"sv)).name, "oceanbase");
  const auto list = std::get<FieldList>(parsed("\x04t\0%x"sv));
  EXPECT_EQ(list.table, "t");
  EXPECT_EQ(list.wildcard, "%x");
  EXPECT_EQ(std::get<ProcessKill>(parsed("\x0c\x01\x02\0\0"sv)).id, 513U);
  EXPECT_TRUE(std::get<SetOption>(parsed("\x1b\0\0"sv)).multi_statements);
  EXPECT_FALSE(std::get<SetOption>(parsed("\x1b\x01\0"sv)).multi_statements);
  EXPECT_TRUE(std::holds_alternative<ResetConnection>(parsed("\x1f"sv)));
}

TEST(Command, RefusesTheRest) {
  const auto number = [](std::string_view bytes) {
    return parse_command(as_bytes(bytes)).error().mysql_errno();
  };
  EXPECT_EQ(number(""), 1047);
  EXPECT_EQ(number("\x12"), 1047) << "COM_BINLOG_DUMP";
  EXPECT_EQ(number("\xFF"), 1047);
  EXPECT_EQ(number("\x0c\x01"), 1835);
  EXPECT_EQ(number("\x1b\x02\0"sv), 1047);
}

}  // namespace
}  // namespace breakwater::protocol
