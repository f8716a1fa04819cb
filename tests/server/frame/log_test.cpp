#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "server/log_spdlog.h"

namespace breakwater::server {
namespace {

std::string logged(std::string_view format, std::string_view level,
                   const std::function<void(SpdlogLog&)>& write) {
  Settings settings;
  settings.log_format = format;
  settings.log_level = level;
  ::testing::internal::CaptureStderr();
  {
    SpdlogLog log(settings);
    write(log);
  }
  return ::testing::internal::GetCapturedStderr();
}

TEST(Log, TextLinesCannotBeForged) {
  const std::string out =
      logged("text", "info", [](SpdlogLog& log) { log.info("user 'a\nb\x1b[2J' came", 42); });
  EXPECT_TRUE(out.ends_with("Z info [42] user 'a\\x0ab\\x1b[2J' came\n")) << out;
}

TEST(Log, JsonLinesAreObjects) {
  const std::string out = logged("json", "info", [](SpdlogLog& log) {
    log.warning("a \"quoted\" word, %v {} and \xFF", 7);
    log.info("no connection");
  });
  const std::size_t end = out.find('\n');
  const auto first = nlohmann::json::parse(out.substr(0, end));
  EXPECT_EQ(first["level"], "warning");
  EXPECT_EQ(first["connection"], 7);
  EXPECT_EQ(first["message"], "a \"quoted\" word, %v {} and \xEF\xBF\xBD");
  EXPECT_FALSE(nlohmann::json::parse(out.substr(end)).contains("connection"));
}

TEST(Log, JsonHasAMemberForEachField) {
  const LogFields fields{.connection_id = 7,
                         .user = "u\"x",
                         .tenant = "sys",
                         .works_in = "t",
                         .address = "192.0.2.1:4711",
                         .statement = "DROP USER a",
                         .code = 1227,
                         .note = "ask",
                         .milliseconds = 0};
  const auto write_line = [&](SpdlogLog& log) { write(log, LogLevel::warning, fields, "the text"); };
  const auto line = nlohmann::json::parse(logged("json", "info", write_line));
  EXPECT_EQ(line["user"], "u\"x");
  EXPECT_EQ(line["tenant"], "sys");
  EXPECT_EQ(line["works_in"], "t");
  EXPECT_EQ(line["address"], "192.0.2.1:4711");
  EXPECT_EQ(line["statement"], "DROP USER a");
  EXPECT_EQ(line["code"], 1227);
  EXPECT_EQ(line["note"], "ask");
  EXPECT_EQ(line["ms"], 0);
  EXPECT_EQ(line["message"], "the text");
  const auto plain = nlohmann::json::parse(logged("json", "info", [](SpdlogLog& log) { log.info("x", 7); }));
  EXPECT_EQ(plain.size(), 4U) << plain;
  EXPECT_TRUE(logged("text", "info", write_line).ends_with("Z warning [7] the text\n"));
}

TEST(Log, NamesThatCouldBeTakenForSomethingElseAreQuoted) {
  EXPECT_EQ(who({.user = "root", .tenant = "sys", .address = "::1:1"}), "root@sys ::1:1");
  EXPECT_EQ(who({.user = "a@sys 10.0.0.1 ok", .tenant = "t", .works_in = "it's", .address = "h"}),
            "'a@sys 10.0.0.1 ok'@t (in 'it''s') h");
  EXPECT_EQ(who({.user = "", .tenant = "t", .address = "h"}), "''@t h");
}

TEST(Log, LeavesOutWhatIsBelowTheLevel) {
  const std::string out = logged("text", "warning", [](SpdlogLog& log) {
    log.info("too little");
    log.announce("ready");
    log.set_level("debug");
    log.debug("now wanted");
  });
  EXPECT_EQ(out.find("too little"), std::string::npos);
  EXPECT_NE(out.find("ready"), std::string::npos);
  EXPECT_NE(out.find("now wanted"), std::string::npos);
}

}  // namespace
}  // namespace breakwater::server
