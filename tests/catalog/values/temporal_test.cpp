// Dates and times: bounds, leap days, what is no date, and intervals.
#include "catalog/values/temporal.h"

#include <gtest/gtest.h>

namespace breakwater::catalog::temporal::test {
namespace {

/// Whatever stands before the first digit is passed over, however many of it are minus signs.
TEST(Interval, EndsAtTheEndOfItsText) {
  for (const char* text : {"--1", "-x1", "%Y-%m-%d", "-", "--", "- -", "-:1", ""}) {
    const Span span = read_interval(text, Unit::day);
    EXPECT_EQ(span.months, 0) << text;
    EXPECT_EQ(span.micros, std::string_view(text).ends_with('1') ? -kDay : 0) << text;
  }
}

}  // namespace
}  // namespace breakwater::catalog::temporal::test
