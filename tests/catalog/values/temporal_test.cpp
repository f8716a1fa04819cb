// Dates and times: bounds, leap days, what is no date, fractions that round, intervals.
#include "catalog/values/temporal.h"

#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace breakwater::catalog::temporal::test {
namespace {

using namespace std::string_view_literals;

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kHour = 3600 * kSecond;

std::string datetime_text(std::optional<std::int64_t> value, unsigned decimals = 6) {
  if (!value) return "none";
  char text[kBufferSize];
  return {text, write_datetime(*value, decimals, text)};
}

std::string time_text(std::optional<std::int64_t> value, unsigned decimals = 6) {
  if (!value) return "none";
  char text[kBufferSize];
  return {text, write_time(*value, decimals, text)};
}

struct Row {
  std::string_view text;
  std::string_view value;
};

// ---- the calendar

TEST(Calendar, GoesBothWaysOverAllItsYears) {
  std::int64_t days = days_from_civil(0, 1, 1);
  for (std::int64_t year = 0; year <= 9999; ++year) {
    for (const std::int64_t month : {1, 2, 3, 12}) {
      const std::int64_t last = days_in_month(year, month);
      const Civil c = to_civil(days_from_civil(year, month, last) * kDay + kDay - 1);
      ASSERT_TRUE(c.year == year && c.month == month && c.day == last && c.hour == 23 && c.micro == 999999)
          << year << "-" << month;
    }
    ASSERT_EQ(days_from_civil(year, 1, 1), days) << year;
    days += days_in_month(year, 2) == 29 ? 366 : 365;
  }
  EXPECT_EQ(days_from_civil(1970, 1, 1), 0);
}

TEST(Calendar, LeapYears) {
  EXPECT_EQ(days_in_month(2024, 2), 29);
  EXPECT_EQ(days_in_month(2023, 2), 28);
  EXPECT_EQ(days_in_month(1900, 2), 28);
  EXPECT_EQ(days_in_month(2000, 2), 29);
  EXPECT_EQ(days_in_month(0, 2), 29);
}

TEST(Calendar, RefusesFieldsOutOfRange) {
  EXPECT_TRUE(from_civil({.year = 0, .month = 1, .day = 1}));
  EXPECT_TRUE(from_civil({.year = 9999, .month = 12, .day = 31, .hour = 23, .minute = 59, .second = 59}));
  for (const Civil& c : {Civil{.year = -1, .month = 1, .day = 1},
                         {.year = 10000, .month = 1, .day = 1},
                         {.year = 2024, .month = 0, .day = 1},
                         {.year = 2024, .month = 13, .day = 1},
                         {.year = 2024, .month = 1, .day = 0},
                         {.year = 2023, .month = 2, .day = 29},
                         {.year = 2024, .month = 1, .day = 1, .hour = 24},
                         {.year = 2024, .month = 1, .day = 1, .minute = 60},
                         {.year = 2024, .month = 1, .day = 1, .second = 60}})
    EXPECT_FALSE(from_civil(c)) << c.year << "-" << c.month << "-" << c.day << " " << c.hour;
}

TEST(Calendar, DaysAndWeeks) {
  const auto day = [](const char* text) { return *read_datetime(text); };
  EXPECT_EQ(weekday(0), 3) << "a Thursday";
  EXPECT_EQ(weekday(-1), 2);
  EXPECT_EQ(weekday(day("0000-01-01")), 5);
  EXPECT_EQ(day_of_year(day("2024-12-31")), 366);
  EXPECT_EQ(day_of_year(day("2023-12-31")), 365);
  // 2000-01-01 was a Saturday, 2009 began on a Thursday.
  const std::int64_t weeks[2][8] = {{0, 0, 52, 52, 0, 0, 52, 52}, {0, 1, 52, 1, 0, 0, 53, 52}};
  const char* days[2] = {"2000-01-01", "2009-01-01"};
  for (std::size_t i = 0; i < 2; ++i) {
    for (unsigned mode = 0; mode < 8; ++mode)
      EXPECT_EQ(week(day(days[i]), mode).week, weeks[i][mode]) << days[i] << " mode " << mode;
  }
  EXPECT_EQ(week(day("2024-12-30"), 3).year, 2025);
  EXPECT_EQ(week(day("2021-01-03"), 3).week, 53);
}

// ---- reading

TEST(Datetime, IsReadAsMysqlReadsIt) {
  for (const Row& row : {Row{"2024-02-29", "2024-02-29 00:00:00.000000"},
                         {"2024-02-29 23:59:59", "2024-02-29 23:59:59.000000"},
                         {"2024-02-29T23:59:59.5", "2024-02-29 23:59:59.500000"},
                         {" 2024-2-3 4:5:6 ", "2024-02-03 04:05:06.000000"},
                         {"20240229", "2024-02-29 00:00:00.000000"},
                         {"240229", "2024-02-29 00:00:00.000000"},
                         {"700101", "1970-01-01 00:00:00.000000"},
                         {"691231", "2069-12-31 00:00:00.000000"},
                         {"69-1-1", "2069-01-01 00:00:00.000000"},
                         {"20240229235959.123456", "2024-02-29 23:59:59.123456"},
                         {"240229235959", "2024-02-29 23:59:59.000000"},
                         {"2024/02^29@23+59-59", "2024-02-29 23:59:59.000000"},
                         {"0000-01-01", "0000-01-01 00:00:00.000000"},
                         {"9999-12-31 23:59:59.999999", "9999-12-31 23:59:59.999999"},
                         {"2024-01-01 10:11", "2024-01-01 10:11:00.000000"}})
    EXPECT_EQ(datetime_text(read_datetime(row.text)), row.value) << row.text;
}

TEST(Datetime, ASeventhDigitRounds) {
  for (const Row& row : {Row{"2024-01-01 00:00:00.1234564", "2024-01-01 00:00:00.123456"},
                         {"2024-01-01 00:00:00.1234565", "2024-01-01 00:00:00.123457"},
                         {"2024-02-28 23:59:59.9999995", "2024-02-29 00:00:00.000000"},
                         {"2024-01-01 00:00:00.00000049999999999999999999", "2024-01-01 00:00:00.000000"},
                         {"9999-12-31 23:59:59.9999994", "9999-12-31 23:59:59.999999"},
                         {"9999-12-31 23:59:59.9999995", "none"}})
    EXPECT_EQ(datetime_text(read_datetime(row.text)), row.value) << row.text;
}

TEST(Datetime, WhatIsNone) {
  for (const std::string_view text : {""sv,
                                      " "sv,
                                      "x"sv,
                                      "2024"sv,
                                      "2024-01"sv,
                                      "2024-00-01"sv,
                                      "2024-01-00"sv,
                                      "2024-13-01"sv,
                                      "2023-02-29"sv,
                                      "1900-02-29"sv,
                                      "2024-04-31"sv,
                                      "2024-01-01 24:00:00"sv,
                                      "2024-01-01 00:60:00"sv,
                                      "2024-01-01 00:00:60"sv,
                                      "2024-01-01x"sv,
                                      "2024-01-01 10:11:12.x"sv,
                                      "2024-01-01\0"sv,
                                      "-2024-01-01"sv,
                                      "20241301"sv,
                                      "2024010"sv,
                                      "10000-01-01"sv,
                                      "99999999999999999999"sv,
                                      "\xFF\xFE"sv,
                                      "2024-01-"sv})
    EXPECT_EQ(datetime_text(read_datetime(text)), "none") << text;
  EXPECT_FALSE(read_datetime(std::string(100000, '9')));
  EXPECT_FALSE(read_datetime(std::string(100000, '-')));
}

TEST(Datetime, WhatFollowsIsToldOf) {
  struct Start {
    std::string_view text;
    std::string_view value;
    bool truncated;
  };
  for (const Start& row : {Start{"2024-02-29T01:02:03Z", "2024-02-29 01:02:03.000000", true},
                           {"2024-02-29 01:02:03.5+00:00", "2024-02-29 01:02:03.500000", true},
                           {"2024-02-29 01:02:03.5 ", "2024-02-29 01:02:03.500000", false},
                           {"2024-02-29 01:02:03.", "2024-02-29 01:02:03.000000", false},
                           {"2024-02-29x", "2024-02-29 00:00:00.000000", true},
                           {"20240229T010203", "2024-02-29 01:02:03.000000", false},
                           {"2024-02-29 01:02:03 04", "2024-02-29 01:02:03.000000", true},
                           {"2024-02-30x", "none", true},
                           {"2024-02", "none", false},
                           {"2024 02 29", "none", false},
                           {"x", "none", false},
                           {"", "none", false}}) {
    const TemporalText read = read_datetime_start(row.text);
    EXPECT_EQ(datetime_text(read.value), row.value) << row.text;
    EXPECT_EQ(read.truncated, row.truncated) << row.text;
  }
  EXPECT_TRUE(read_time_start("10:11:12x").truncated);
  EXPECT_FALSE(read_time_start("10:11:12 ").truncated);
}

TEST(Datetime, OfANumber) {
  EXPECT_EQ(datetime_text(read_datetime(20240229)), "2024-02-29 00:00:00.000000");
  EXPECT_EQ(datetime_text(read_datetime(240229)), "2024-02-29 00:00:00.000000");
  EXPECT_EQ(datetime_text(read_datetime(101)), "2000-01-01 00:00:00.000000");
  EXPECT_EQ(datetime_text(read_datetime(99991231235959)), "9999-12-31 23:59:59.000000");
  for (const std::int64_t number :
       {std::int64_t{0}, std::int64_t{-20240101}, std::int64_t{1}, std::int64_t{20230229},
        std::int64_t{100000000000000}, kMost, std::numeric_limits<std::int64_t>::min()})
    EXPECT_FALSE(read_datetime(number)) << number;
}

TEST(Time, IsReadAsMysqlReadsIt) {
  for (const Row& row : {Row{"10:11:12.5", "10:11:12.500000"},
                         {"-10:11:12", "-10:11:12.000000"},
                         {"1:2", "01:02:00.000000"},
                         {"101112", "10:11:12.000000"},
                         {"12", "00:00:12.000000"},
                         {"1 02:03:04", "26:03:04.000000"},
                         {"0 00:30", "00:30:00.000000"},
                         {"-1 1", "-25:00:00.000000"},
                         {"2024-01-31 10:11:12", "10:11:12.000000"},
                         {"2026-02-28", "00:20:26.000000"},
                         {"00:00:00.9999995", "00:00:01.000000"}})
    EXPECT_EQ(time_text(read_time(row.text)), row.value) << row.text;
}

TEST(Time, IsAtMost838Hours) {
  for (const Row& row : {Row{"838:59:59", "838:59:59.000000"},
                         {"838:59:59.5", "838:59:59.000000"},
                         {"839:00:00", "838:59:59.000000"},
                         {"-900:00:00", "-838:59:59.000000"},
                         {"12345:30", "838:59:59.000000"},
                         {"34 22:59:59", "838:59:59.000000"},
                         {"35 1", "838:59:59.000000"},
                         {"99999995959", "838:59:59.000000"},
                         {"99999999999:00", "838:59:59.000000"},
                         {"99999999999 23:00:00", "838:59:59.000000"},
                         {"-99999999999 23:00:00", "-838:59:59.000000"}})
    EXPECT_EQ(time_text(read_time(row.text)), row.value) << row.text;
}

TEST(Time, WhatIsNone) {
  for (const std::string_view text : {""sv, "-"sv, "x"sv, ":10"sv, "10:60"sv, "10:10:60"sv, "106000"sv,
                                      "101060"sv, "99999999999"sv, "\0"sv, "\xFF"sv})
    EXPECT_EQ(time_text(read_time(text)), "none") << text;
}

// ---- writing

TEST(Temporal, IsWrittenWithItsDecimals) {
  const std::int64_t value = *read_datetime("2024-02-29 23:59:59.987654");
  EXPECT_EQ(datetime_text(value, 0), "2024-02-29 23:59:59");
  EXPECT_EQ(datetime_text(value, 3), "2024-02-29 23:59:59.987");
  EXPECT_EQ(datetime_text(value, 99), "2024-02-29 23:59:59.987654");
  EXPECT_EQ(time_text(-500000, 1), "-00:00:00.5");
  EXPECT_EQ(time_text(-kMaxTime, 6), "-838:59:59.000000");
  EXPECT_EQ(number_of_datetime(value, 2), "20240229235959.98");
  EXPECT_EQ(number_of_time(-kHour - kSecond / 2, 1), "-10000.5");
}

TEST(Temporal, IsCutAndRounded) {
  EXPECT_EQ(cut(1999999, 0), 1000000);
  EXPECT_EQ(cut(-1, 0), -1000000);
  EXPECT_EQ(rounded(1500000, 0), 2000000);
  EXPECT_EQ(rounded(1499999, 0), 1000000);
  EXPECT_EQ(rounded(-1500000, 0), -2000000);
  EXPECT_EQ(rounded(-1499999, 0), -1000000);
  EXPECT_EQ(rounded(123456, 6), 123456);
  EXPECT_EQ(rounded(123456, 3), 123000);
  EXPECT_EQ(rounded(123500, 3), 124000);
}

TEST(Temporal, FormatsEndWhereTheyMay) {
  const std::int64_t value = *read_datetime("2024-02-29 00:05:09.000001");
  EXPECT_EQ(format(value, "%Y-%m-%d %H:%i:%s.%f %p %r %T %j %D %%%", 100),
            "2024-02-29 00:05:09.000001 AM 12:05:09 AM 00:05:09 060 29th %%");
  EXPECT_EQ(format(value, "", 100), "");
  EXPECT_EQ(format(value, "a\0b"sv, 100), "a\0b"sv);
  EXPECT_LT(format(value, std::string(100000, 'x'), 10).size(), 100U);
  EXPECT_EQ(format_time(kHour, "%H:%i", 100), "01:00");
  EXPECT_EQ(format_time(kHour, "%M", 100), std::nullopt);
}

// ---- intervals

/// Whatever stands before the first digit is passed over, however many of it are minus signs.
TEST(Interval, EndsAtTheEndOfItsText) {
  for (const char* text : {"--1", "-x1", "%Y-%m-%d", "-", "--", "- -", "-:1", ""}) {
    const Span span = read_interval(text, Unit::day);
    EXPECT_EQ(span.months, 0) << text;
    EXPECT_EQ(span.micros, std::string_view(text).ends_with('1') ? -kDay : 0) << text;
  }
}

TEST(Interval, IsReadByItsUnit) {
  struct Case {
    std::string_view text;
    Unit unit;
    std::int64_t months;
    std::int64_t micros;
  };
  for (const Case& c : {Case{"1", Unit::year, 12, 0},
                        {"2", Unit::quarter, 6, 0},
                        {"1-6", Unit::year_month, 18, 0},
                        {"6", Unit::year_month, 6, 0},
                        {"-1 2", Unit::day_hour, 0, -26 * kHour},
                        {"1:30", Unit::hour_minute, 0, kHour + 30 * 60 * kSecond},
                        {"30", Unit::hour_minute, 0, 30 * 60 * kSecond},
                        {"1.5", Unit::second, 0, 1500000},
                        {"1.9999999", Unit::second, 0, 1999999},
                        {"1.00000000000000000000000001", Unit::second, 0, 1000000},
                        {"1.99999999999999999999", Unit::second, 0, 1999999},
                        {"1.5", Unit::second_microsecond, 0, 1500000},
                        {"5", Unit::second_microsecond, 0, 5},
                        {"1.9", Unit::day, 0, kDay}}) {
    const Span span = read_interval(c.text, c.unit);
    EXPECT_EQ(span.months, c.months) << c.text;
    EXPECT_EQ(span.micros, c.micros) << c.text;
  }
}

TEST(Interval, BeyondTheYearsIsNone) {
  const std::int64_t last = *read_datetime("9999-12-31 23:59:59.999999");
  const std::int64_t first = *read_datetime("0001-01-01");
  EXPECT_FALSE(add(last, {.micros = 1}, false));
  EXPECT_FALSE(add(last, {.months = 1}, false));
  EXPECT_FALSE(add(first, {.micros = 1}, true));
  EXPECT_TRUE(add(first, {.months = 12}, true)) << "months go back to the year 0";
  EXPECT_FALSE(add(first, {.months = 13}, true));
  const std::string huge(10000, '9');
  for (const Unit unit : {Unit::microsecond, Unit::second, Unit::day, Unit::week, Unit::month, Unit::year,
                          Unit::day_microsecond, Unit::year_month}) {
    for (const bool negative : {false, true}) {
      const auto sum = add(0, read_interval(huge + ":" + huge + ":" + huge, unit), negative);
      EXPECT_EQ(sum.has_value(), unit == Unit::microsecond) << static_cast<int>(unit);
    }
  }
}

TEST(Interval, TheLastDayOfAMonthStays) {
  const auto plus = [](const char* day, std::int64_t months) {
    return datetime_text(add(*read_datetime(day), {.months = months}, false), 0).substr(0, 10);
  };
  EXPECT_EQ(plus("2024-01-31", 1), "2024-02-29");
  EXPECT_EQ(plus("2023-01-31", 1), "2023-02-28");
  EXPECT_EQ(plus("2024-02-29", 12), "2025-02-28");
  EXPECT_EQ(plus("2024-02-29", -12), "2023-02-28");
  EXPECT_EQ(plus("2024-02-29", 48), "2028-02-29");
}

TEST(Interval, DifferencesAreWholeUnits) {
  const std::int64_t a = *read_datetime("2024-01-31 10:00:00");
  const std::int64_t b = *read_datetime("2024-02-29 09:59:59");
  EXPECT_EQ(difference(Unit::month, a, b), 0);
  EXPECT_EQ(difference(Unit::month, a, *read_datetime("2024-03-31 09:59:59")), 1);
  EXPECT_EQ(difference(Unit::month, *read_datetime("2024-03-31 10:00:00"), a), -2);
  EXPECT_EQ(difference(Unit::day, a, b), 28);
  EXPECT_EQ(difference(Unit::day, b, a), -28);
  EXPECT_EQ(difference(Unit::year, *read_datetime("2020-02-29"), *read_datetime("2021-02-28")), 0);
  EXPECT_EQ(difference(Unit::day_hour, a, b), std::nullopt);
}

TEST(Interval, PartsAreTakenOut) {
  const std::int64_t value = *read_datetime("2024-02-29 23:58:57.000042");
  EXPECT_EQ(extract(Unit::year_month, value), 202402);
  EXPECT_EQ(extract(Unit::quarter, value), 1);
  EXPECT_EQ(extract(Unit::day_microsecond, value), 29235857000042);
  EXPECT_EQ(extract(Unit::microsecond, value), 42);
  EXPECT_FALSE(find_unit("DAYS"));
  EXPECT_FALSE(find_unit(""));
  EXPECT_EQ(find_unit("SQL_TSI_DAY"), Unit::day);
}

}  // namespace
}  // namespace breakwater::catalog::temporal::test
