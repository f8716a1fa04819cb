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
