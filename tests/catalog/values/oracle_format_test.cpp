// Oracle's format models, by the examples of Oracle's SQL Language Reference and at their edges.
#include "catalog/values/oracle_format.h"

#include <gtest/gtest.h>

#include "catalog/values/temporal.h"

namespace breakwater::catalog {
namespace {

std::int64_t moment(std::string_view text) {
  return *temporal::read_datetime(text);
}

std::string shown(std::string_view text, std::string_view model) {
  const auto result = oracle::format_date(moment(text), model, 8 * 3600);
  return result ? *result : "error " + std::to_string(oracle_error(result.error()).number);
}

std::string read(std::string_view text, std::string_view model,
                 std::string_view now = "2026-11-23 10:00:00") {
  const auto result = oracle::parse_date(text, model, moment(now));
  if (!result) return "error " + std::to_string(oracle_error(result.error()).number);
  std::string out(temporal::kBufferSize, ' ');
  out.resize(temporal::write_datetime(*result, *result % temporal::kSecond == 0 ? 0 : 6, out.data()));
  return out;
}

std::string number(std::string_view value, std::string_view model) {
  const auto result = oracle::format_number(value, model);
  return result ? *result : "error " + std::to_string(oracle_error(result.error()).number);
}

TEST(OracleFormat, ShowsDates) {
  constexpr std::string_view kWhen = "2024-02-05 13:07:09.012345";
  EXPECT_EQ(shown(kWhen, "DD-MON-RR"), "05-FEB-24");
  EXPECT_EQ(shown(kWhen, "DD-MON-RR HH.MI.SSXFF AM"), "05-FEB-24 01.07.09.012345 PM");
  EXPECT_EQ(shown(kWhen, "DD-MON-RR HH.MI.SSXFF AM TZR"), "05-FEB-24 01.07.09.012345 PM +08:00");
  EXPECT_EQ(shown(kWhen, "YYYY YYY YY Y RRRR SYYYY CC"), "2024 024 24 4 2024  2024 21");
  EXPECT_EQ(shown(kWhen, "Month|"), "error 1821");
  EXPECT_EQ(shown(kWhen, "Month MON mon DAY Dy"), "February  FEB feb MONDAY    Mon");
  EXPECT_EQ(shown(kWhen, "FMMonth DD FMDD"), "February 5 05");
  EXPECT_EQ(shown(kWhen, "HH24 HH12 SSSSS FF3 FF9 a.m."), "13 01 47229 012 012345000 p.m.");
  EXPECT_EQ(shown(kWhen, "\"T\" Q D DDD WW W IW IYYY J"), "T 1 2 036 06 1 06 2024 2460346");
  EXPECT_EQ(shown(kWhen, "\"open"), "error 1821");
  EXPECT_EQ(shown(kWhen, ""), "");
  EXPECT_EQ(shown("2024-01-01 00:30:00", "HH:MI AM"), "12:30 AM");
}

TEST(OracleFormat, ReadsDates) {
  EXPECT_EQ(read("05-FEB-24", "DD-MON-RR"), "2024-02-05 00:00:00");
  EXPECT_EQ(read("05-february-2024", "DD-MON-YYYY"), "2024-02-05 00:00:00");
  EXPECT_EQ(read("20240205130709", "YYYYMMDDHH24MISS"), "2024-02-05 13:07:09");
  EXPECT_EQ(read("2024/2/5", "YYYY-MM-DD"), "2024-02-05 00:00:00");
  EXPECT_EQ(read("12:30 AM", "HH:MI AM"), "2026-11-01 00:30:00");
  EXPECT_EQ(read("12:30 p.m.", "HH:MI AM"), "2026-11-01 12:30:00");
  EXPECT_EQ(read("1.5", "SS.FF"), "2026-11-01 00:00:01.500000");
  EXPECT_EQ(read("366 2024", "DDD YYYY"), "2024-12-31 00:00:00");
  EXPECT_EQ(read("49", "RR"), "2049-11-01 00:00:00");
  EXPECT_EQ(read("50", "RR"), "1950-11-01 00:00:00");
  EXPECT_EQ(read("49", "RR", "2051-01-01"), "2149-01-01 00:00:00");
  EXPECT_EQ(read("2024-02-05", "YYYY"), "error 1861");
  EXPECT_EQ(read("", "YYYY"), "error 1861");
  EXPECT_EQ(read("2024-00-05", "YYYY-MM-DD"), "error 1843");
  EXPECT_EQ(read("2023-02-29", "YYYY-MM-DD"), "error 1847");
  EXPECT_EQ(read("13:00 AM", "HH:MI AM"), "error 1849");
  EXPECT_EQ(read("24:00", "HH24:MI"), "error 1849");
  EXPECT_EQ(read("00:60", "HH24:MI"), "error 1861");
  EXPECT_EQ(read("6", "WW"), "error 1821");
  EXPECT_EQ(read("1", std::string(oracle::kMaxFormat + 1, '-')), "error 1821");
}

TEST(OracleFormat, ShowsNumbers) {
  EXPECT_EQ(number("1234.567", "9,999.99"), " 1,234.57");
  EXPECT_EQ(number("-1234.567", "9,999.99"), "-1,234.57");
  EXPECT_EQ(number("0", "999"), "   0");
  EXPECT_EQ(number("0.5", "9.9"), "  .5");
  EXPECT_EQ(number("0.5", "0.9"), " 0.5");
  EXPECT_EQ(number("12", "0000"), " 0012");
  EXPECT_EQ(number("12", "0,000"), " 0,012");
  EXPECT_EQ(number("12345", "999"), "####");
  EXPECT_EQ(number("999.96", "999.9"), "######");
  EXPECT_EQ(number("-0.4", "9"), " 0");
  EXPECT_EQ(number("12.50", "FM99.99"), "12.5");
  EXPECT_EQ(number("12.50", "FM99.90"), "12.50");
  EXPECT_EQ(number("-12", "99MI"), "12-");
  EXPECT_EQ(number("12", "99PR"), " 12 ");
  EXPECT_EQ(number("12", "99S"), "12+");
  EXPECT_EQ(number("7", "$99"), "  $7");
  EXPECT_EQ(number("1", ""), "error 1481");
  EXPECT_EQ(number("1", "9.9.9"), "error 1481");
}

TEST(OracleFormat, ReadsNumbers) {
  EXPECT_EQ(oracle::parse_number(" -1.50 "), "-1.50");
  EXPECT_EQ(oracle::parse_number(".5"), "0.5");
  EXPECT_EQ(oracle::parse_number("1e3"), "1000");
  EXPECT_EQ(oracle::parse_number("$1,234", "$9,999"), "1234");
  EXPECT_EQ(oracle::parse_number("<12>", "99PR"), "-12");
  EXPECT_EQ(oracle::parse_number("12-", "99MI"), "-12");
  for (const std::string_view wrong : {"", "-", ".", "1x", "1e", "1 2", "--1", "1,234"})
    EXPECT_FALSE(oracle::parse_number(wrong)) << wrong;
}

TEST(OracleFormat, ShowsANumberAsOracleDoes) {
  EXPECT_EQ(oracle::shown_number("0.50"), ".5");
  EXPECT_EQ(oracle::shown_number("-0.25"), "-.25");
  EXPECT_EQ(oracle::shown_number("10.00"), "10");
  EXPECT_EQ(oracle::shown_number("100"), "100");
  EXPECT_EQ(oracle::shown_number("0.000"), "0");
  EXPECT_EQ(oracle::shown_number("-0.0"), "0");
}

TEST(OracleFormat, CountsMonths) {
  const auto added = [](std::string_view from, std::int64_t months) {
    std::string out(temporal::kBufferSize, ' ');
    out.resize(temporal::write_date(oracle::add_months(moment(from), months), out.data()));
    return out;
  };
  EXPECT_EQ(added("2024-01-31", 1), "2024-02-29");
  EXPECT_EQ(added("2024-02-29", 1), "2024-03-31");
  EXPECT_EQ(added("2024-02-28", 12), "2025-02-28");
  EXPECT_EQ(added("2024-01-15", -13), "2022-12-15");
  EXPECT_EQ(added("2024-01-15", INT64_MAX), "9999-01-15");
  EXPECT_DOUBLE_EQ(oracle::months_between(moment("2024-03-31"), moment("2024-02-29")), 1);
  EXPECT_NEAR(oracle::months_between(moment("1995-02-02"), moment("1995-01-01")), 1.03225806, 1e-8);
}

}  // namespace
}  // namespace breakwater::catalog
