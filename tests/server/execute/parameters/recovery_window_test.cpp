#include "server/execute/parameters/recovery_window.h"

#include <gtest/gtest.h>

namespace breakwater::server::execute {
namespace {

constexpr Timestamp kNow = 1'700'000'000'000'000;

Timestamp expires(const std::string& window) {
  return expire_time({.name = "default", .recovery_window = window}, kNow);
}

TEST(RecoveryWindow, IsCountedBackFromNow) {
  EXPECT_EQ(expires("7d"), kNow - Timestamp{7} * 86'400'000'000);
  EXPECT_EQ(expires("90"), kNow - 90'000'000);
  EXPECT_EQ(expires("0d"), kNow);
}

TEST(RecoveryWindow, NoneKeepsTheNewestAndOneOfAllTimeEverything) {
  EXPECT_EQ(expires(""), kNow);
  EXPECT_EQ(expires("30000d"), 0);
  EXPECT_EQ(expires("9223372036854775807us"), 0);
  EXPECT_EQ(expires("a week"), 0);
}

}  // namespace
}  // namespace breakwater::server::execute
