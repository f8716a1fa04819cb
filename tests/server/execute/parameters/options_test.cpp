#include "server/execute/parameters/options.h"

#include <gtest/gtest.h>

namespace breakwater::server::execute {
namespace {

TEST(Options, Capacities) {
  const auto value = [](std::string text) {
    return capacity_value({.name = "MEMORY_SIZE", .values = {std::move(text)}});
  };
  EXPECT_EQ(value("2G").value(), std::int64_t{2} << 30U);
  EXPECT_EQ(value("512mb").value(), std::int64_t{512} << 20U);
  EXPECT_EQ(value("1073741824").value(), std::int64_t{1} << 30U);
  EXPECT_EQ(value("2X").error().text(), "Incorrect arguments to memory_size");
  EXPECT_FALSE(value(""));
  EXPECT_FALSE(value("9999999999P"));
}

}  // namespace
}  // namespace breakwater::server::execute
