// DECIMAL: 65 digits, 30 of them behind the point, rounded half away from zero.
#include "catalog/values/decimal.h"

#include <cstdint>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "catalog/values/sql_type.h"

namespace breakwater::catalog::decimal::test {
namespace {

const std::string kNines(65, '9');

struct Read {
  std::string text;
  std::optional<std::string> value;
};

TEST(Decimal, ReadsWhatATextStartsWith) {
  const Read rows[] = {
      {"", "0"},
      {"abc", "0"},
      {"-", "0"},
      {".", "0"},
      {"-.5", "-0.5"},
      {"5.", "5"},
      {"+7", "7"},
      {" \t\n12.50abc", "12.50"},
      {"1.2.3", "1.2"},
      {"-0", "0"},
      {"-0.00", "0.00"},
      {"00012", "12"},
      {std::string("1\0002", 3), "1"},
      {"1e3", "1000"},
      {"1.5E+2", "150.0"},
      {"1.5e-2", "0.015"},
      {"1e", "1"},
      {"e5", "0"},
      {"0e999999999999999999999", "0"},
      {"1e-999999999999999999999", "0.000000000000000000000000000000"},
  };
  for (const Read& row : rows) EXPECT_EQ(parse(row.text), row.value) << row.text;
}

TEST(Decimal, HasSixtyFiveDigits) {
  const Read rows[] = {
      {kNines, kNines},
      {"-" + kNines, "-" + kNines},
      {kNines + "9", std::nullopt},
      {"1e64", "1" + std::string(64, '0')},
      {"1e65", std::nullopt},
      {"1e999999999999999999999", std::nullopt},
      {std::string(1000, '9'), std::nullopt},
      {std::string(1000, '0') + "7", "7"},
      {"0." + std::string(30, '3'), "0." + std::string(30, '3')},
      {"0." + std::string(31, '5'), "0." + std::string(29, '5') + "6"},
      {"0." + std::string(31, '4'), "0." + std::string(30, '4')},
      {"0." + std::string(1000, '9'), "1." + std::string(30, '0')},
      {std::string(60, '9') + ".123456", std::string(60, '9') + ".12346"},
      {kNines + ".4", kNines},
      {kNines + ".5", std::nullopt},
  };
  for (const Read& row : rows) EXPECT_EQ(parse(row.text), row.value) << row.text;
  EXPECT_EQ(parse_or_most(kNines + "9"), kNines);
  EXPECT_EQ(parse_or_most("  -1e99"), "-" + kNines);
  EXPECT_EQ(parse_or_most("x"), "0");
}

struct Calculation {
  Op op;
  std::string a;
  std::string b;
  std::optional<std::string> result;
};

TEST(Decimal, CalculatesWithinItsDigits) {
  const Calculation rows[] = {
      {Op::add, "0.1", "0.20", "0.30"},
      {Op::add, "-1", "1", "0"},
      {Op::add, kNines, "0", kNines},
      {Op::add, kNines, "1", std::nullopt},
      {Op::subtract, "-" + kNines, "1", std::nullopt},
      {Op::subtract, "1.5", "1.5", "0.0"},
      {Op::multiply, "1.50", "-2.0", "-3.000"},
      {Op::multiply, kNines, "10", std::nullopt},
      {Op::multiply, "0.0000000000000001", "0.0000000000000001", "0.000000000000000000000000000000"},
      {Op::divide, "1", "0", ""},
      {Op::divide, "1", "0.000", ""},
      {Op::divide, "1", "3", "0.333333333"},
      {Op::divide, "-1", "3", "-0.333333333"},
      {Op::integer_divide, "-7", "2", "-3"},
      {Op::integer_divide, "7.9", "2", "3"},
      {Op::modulo, "-7", "3", "-1"},
      {Op::modulo, "7", "-3", "1"},
      {Op::modulo, "-2.50", "-2.50", "0.00"},
      {Op::modulo, "5", "0", ""},
  };
  for (const Calculation& row : rows)
    EXPECT_EQ(calculate(row.op, row.a, row.b), row.result)
        << row.a << " " << static_cast<int>(row.op) << " " << row.b;
  EXPECT_EQ(quotient("2", "3"), "0.666666666666666666666666666667");
  EXPECT_EQ(quotient("-2", "3"), "-0.666666666666666666666666666667");
  EXPECT_EQ(quotient(kNines, "0.1"), std::nullopt);
}

struct Rounded {
  const char* value;
  std::int32_t scale;
  const char* half_away;
  const char* cut;
};

TEST(Decimal, RoundsHalfAwayFromZero) {
  const Rounded rows[] = {
      {"0.5", 0, "1", "0"},
      {"-0.5", 0, "-1", "0"},
      {"0.49999", 0, "0", "0"},
      {"-0.4", 0, "0", "0"},
      {"2.5", 0, "3", "2"},
      {"-2.5", 0, "-3", "-2"},
      {"1.005", 2, "1.01", "1.00"},
      {"1.5", 3, "1.500", "1.500"},
      {"9.99", 1, "10.0", "9.9"},
      {"50", -2, "100", "0"},
      {"49", -2, "0", "0"},
      {"-150", -2, "-200", "-100"},
      {"1234", -4, "0", "0"},
      {"5000", -4, "10000", "0"},
      {"1", std::numeric_limits<std::int32_t>::min(), "0", "0"},
      {"1", std::numeric_limits<std::int32_t>::max(), "1.000000000000000000000000000000",
       "1.000000000000000000000000000000"},
  };
  for (const Rounded& row : rows) {
    EXPECT_EQ(round(row.value, row.scale), row.half_away) << row.value << " to " << row.scale;
    EXPECT_EQ(truncate(row.value, row.scale), row.cut) << row.value << " to " << row.scale;
  }
}

TEST(Decimal, FloorAndCeiling) {
  EXPECT_EQ(floor("1.5"), "1");
  EXPECT_EQ(floor("-1.5"), "-2");
  EXPECT_EQ(floor("-0.1"), "-1");
  EXPECT_EQ(floor("-2.000"), "-2");
  EXPECT_EQ(ceiling("1.000000000000000000000000000001"), "2");
  EXPECT_EQ(ceiling("-1.5"), "-1");
  EXPECT_EQ(ceiling("-0.9"), "0");
  EXPECT_EQ(negate("0.00"), "0.00");
  EXPECT_EQ(negate("-1.50"), "1.50");
}

TEST(Decimal, ComparesByValue) {
  EXPECT_EQ(compare("1.0", "1"), 0);
  EXPECT_EQ(compare("-0", "0.000"), 0);
  EXPECT_EQ(compare("-2", "1"), -1);
  EXPECT_EQ(compare("10", "9"), 1);
  EXPECT_EQ(compare("0.000000000000000000000000000001", "0"), 1);
  EXPECT_EQ(compare("-" + kNines, kNines), -1);
  EXPECT_TRUE(is_zero("-0.00"));
  EXPECT_TRUE(is_zero("x"));
  EXPECT_FALSE(is_zero("0.000000000000000000000000000001"));
}

TEST(Decimal, BecomesAnIntegerWhereItFits) {
  EXPECT_EQ(to_int64("9223372036854775807.4"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(to_int64("9223372036854775807.5"), std::nullopt);
  EXPECT_EQ(to_int64("-9223372036854775808.4"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(to_int64("-9223372036854775808.5"), std::nullopt);
  EXPECT_EQ(to_int64("-0.5"), -1);
  EXPECT_EQ(to_uint64("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(to_uint64("18446744073709551615.5"), std::nullopt);
  EXPECT_EQ(to_uint64("-0.4"), 0U);
  EXPECT_EQ(to_uint64("-0.5"), std::nullopt);
}

}  // namespace
}  // namespace breakwater::catalog::decimal::test
