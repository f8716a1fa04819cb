// Numbers of texts and texts of numbers, at the bounds of their types.
#include "catalog/values/number.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace breakwater::catalog::number::test {
namespace {

using namespace std::string_view_literals;

constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
constexpr auto kMostUnsigned = std::numeric_limits<std::uint64_t>::max();

TEST(Number, ARealIsWhatATextStartsWith) {
  struct Row {
    std::string_view text;
    double value;
  };
  for (const Row& row : {Row{"", 0},
                         {"x", 0},
                         {"-", 0},
                         {".", 0},
                         {"12abc", 12},
                         {" \t\r\n-.5", -0.5},
                         {"+3", 3},
                         {"+-3", 0},
                         {"1e3x", 1000},
                         {"1e", 1},
                         {"1\0002"sv, 1},
                         {"nan", 0},
                         {"inf", 0},
                         {"infinity", 0},
                         {"0x10", 0},
                         {"1e308", 1e308},
                         {"1e309", std::numeric_limits<double>::max()},
                         {"-1e309", -std::numeric_limits<double>::max()}})
    EXPECT_EQ(real_of(row.text), row.value) << row.text;
}

TEST(Number, ARealTooSmallForItsTypeIsZero) {
  EXPECT_EQ(real_of("1e-400"), 0);
  EXPECT_EQ(real_of("-1e-400"), 0);
  EXPECT_EQ(real_of("0." + std::string(400, '0') + "1"), 0);
  EXPECT_EQ(real_of("5e-324"), std::numeric_limits<double>::denorm_min());
}

TEST(Number, IntegersAreBoundedByTheirType) {
  EXPECT_EQ(int64_of("9223372036854775807"), kMost);
  EXPECT_EQ(int64_of("9223372036854775808"), kMost);
  EXPECT_EQ(int64_of("-9223372036854775808"), kLeast);
  EXPECT_EQ(int64_of("-9223372036854775809"), kLeast);
  EXPECT_EQ(int64_of("1.9"), 1);
  EXPECT_EQ(int64_of("1e3"), 1);
  EXPECT_EQ(int64_of(""), 0);
  EXPECT_EQ(int64_of("- 1"), 0);
  EXPECT_EQ(uint64_of("18446744073709551615"), kMostUnsigned);
  EXPECT_EQ(uint64_of("18446744073709551616"), kMostUnsigned);
  EXPECT_EQ(uint64_of("-1"), kMostUnsigned);
  EXPECT_EQ(uint64_of("-9223372036854775809"), std::uint64_t{1} << 63U);
}

TEST(Number, ADoubleIsRoundedToAnInteger) {
  EXPECT_EQ(int64_of(0.5), 0) << "half to even";
  EXPECT_EQ(int64_of(1.5), 2);
  EXPECT_EQ(int64_of(-2.5), -2);
  EXPECT_EQ(int64_of(9223372036854775807.0), kMost);
  EXPECT_EQ(int64_of(1e300), kMost);
  EXPECT_EQ(int64_of(-9223372036854775808.0), kLeast);
  EXPECT_EQ(int64_of(-1e300), kLeast);
}

TEST(Number, IsWholeToItsEnd) {
  for (const std::string_view text : {"0", " 1", "1  ", "-1", "+1", "1.5", ".5", "1e3", "1E-3", "1."})
    EXPECT_TRUE(is_whole(text, false)) << text;
  for (const std::string_view text :
       {""sv, " "sv, "x"sv, "1x"sv, "1 x"sv, "1e"sv, "--1"sv, "1\0"sv, "."sv, "inf"sv, "1\xC2\xA0"sv})
    EXPECT_FALSE(is_whole(text, false)) << text;
  for (const std::string_view text : {"0", "-1", " 12 ", "00"}) EXPECT_TRUE(is_whole(text, true)) << text;
  for (const std::string_view text : {"1.0", "1e3", "", "-", "1-"})
    EXPECT_FALSE(is_whole(text, true)) << text;
}

TEST(Number, ADoubleIsWrittenAsMysqlDoes) {
  struct Row {
    double value;
    const char* text;
  };
  for (const Row& row : {Row{0, "0"},
                         {-0.0, "0"},
                         {1, "1"},
                         {-1.5, "-1.5"},
                         {0.1 + 0.2, "0.30000000000000004"},
                         {1e14, "100000000000000"},
                         {1e15, "1e15"},
                         {1000000000000000.5, "1000000000000000.5"},
                         {1e-15, "0.000000000000001"},
                         {1e-16, "1e-16"},
                         {1.7976931348623157e308, "1.7976931348623157e308"},
                         {5e-324, "5e-324"},
                         {-1.2345678901234569e-15, "-1.234567890123457e-15"},
                         {123456789.125, "123456789.125"}})
    EXPECT_EQ(text_of(row.value), row.text) << row.text;
}

TEST(Number, ADoubleHasAsManyDecimalsAsAreAsked) {
  const auto written = [](double value, unsigned decimals) {
    char text[kMaxRealLength];
    return std::string(text, write_real(value, decimals, text));
  };
  EXPECT_EQ(written(0, 2), "0.00");
  EXPECT_EQ(written(-0.0, 1), "0.0");
  EXPECT_EQ(written(1e23, 0), "1" + std::string(23, '0'));
  EXPECT_EQ(written(1e23, 2), "1" + std::string(23, '0') + ".00");
  EXPECT_EQ(written(12.5, 0), "12");
  EXPECT_EQ(written(13.5, 0), "14");
  EXPECT_EQ(written(0.125, 2), "0.12");
  EXPECT_EQ(written(-1.005, 2), "-1.00") << "the double is less than it says";
  EXPECT_EQ(written(99.995, 1), "100.0");
  EXPECT_EQ(written(1e-300, 3), "0.000");
  EXPECT_EQ(written(1.5, kNotFixedDecimals), "1.5");
  const std::string longest = written(-std::numeric_limits<double>::max(), 30);
  EXPECT_EQ(longest.size(), 1U + 309 + 1 + 30);
  EXPECT_LE(longest.size(), kMaxRealLength);
}

TEST(Number, AConstantIsComparedAsAnIntegerWhereItIsOne) {
  EXPECT_EQ(comparable("9223372036854775807"), Value(kMost));
  EXPECT_EQ(comparable("9223372036854775808"), Value(9223372036854775808.0));
  EXPECT_EQ(comparable("1.0"), Value(std::int64_t{1}));
  EXPECT_EQ(comparable("1e2"), Value(std::int64_t{100}));
  EXPECT_EQ(comparable("1.5"), Value(1.5));
  EXPECT_EQ(comparable("x"), Value(std::int64_t{0}));
  EXPECT_EQ(comparable("12abc"), Value(std::int64_t{12}));
  EXPECT_EQ(comparable(-9223372036854775808.0), Value(kLeast));
  EXPECT_EQ(comparable(0.5), Value(0.5));
}

}  // namespace
}  // namespace breakwater::catalog::number::test
