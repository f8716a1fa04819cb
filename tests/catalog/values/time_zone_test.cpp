// Offsets at their bounds, and moments before the epoch.
#include "catalog/values/time_zone.h"

#include <cstdlib>
#include <ctime>
#include <string_view>

#include <gtest/gtest.h>

#include "catalog/values/temporal.h"

namespace breakwater::catalog {
namespace {

using namespace std::string_view_literals;
using temporal::kSecond;

TEST(TimeZone, OffsetsHaveBounds) {
  struct Row {
    std::string_view text;
    std::int32_t seconds;
  };
  for (const Row& row : {Row{"+00:00", 0},
                         {"-00:00", 0},
                         {"+8:00", 28800},
                         {"+08:00", 28800},
                         {"-01:30", -5400},
                         {"+13:00", 46800},
                         {"-12:59", -46740},
                         {"UTC", 0},
                         {"gmt", 0}}) {
    const auto zone = parse_time_zone(row.text);
    ASSERT_TRUE(zone) << row.text;
    EXPECT_FALSE(zone->system) << row.text;
    EXPECT_EQ(zone->offset_seconds, row.seconds) << row.text;
  }
  EXPECT_TRUE(parse_time_zone("system")->system);
}

TEST(TimeZone, WhatIsNoZone) {
  for (const std::string_view text :
       {""sv,        "+"sv,       "08:00"sv,   "+8"sv,      "+800"sv,          "+13:01"sv, "-13:00"sv,
        "+14:00"sv,  "+00:60"sv,  "+00:0"sv,   "+00:000"sv, "+000:00"sv,       "+:00"sv,   "+0x:00"sv,
        " +08:00"sv, "+08:00 "sv, "+08:0\0"sv, "UTC\0"sv,   "Europe/Berlin"sv, "+-8:00"sv})
    EXPECT_FALSE(parse_time_zone(text)) << text;
}

TEST(TimeZone, AnOffsetGoesBothWays) {
  for (const char* text : {"+13:00", "-12:59", "+05:30", "UTC"}) {
    const TimeZone zone = *parse_time_zone(text);
    for (const Timestamp utc :
         {Timestamp{0}, Timestamp{-1}, Timestamp{1}, -62167219200 * kSecond, 253402300799 * kSecond + 999999})
      EXPECT_EQ(zone.to_utc(zone.to_local(utc)), utc) << text << " " << utc;
  }
  EXPECT_EQ(parse_time_zone("-01:00")->to_local(0), -3600 * kSecond);
}

TEST(TimeZone, TheMachinesChangesWithTheSeason) {
  const char* before = std::getenv("TZ");
  const std::string kept = before == nullptr ? "" : before;
  setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
  tzset();
  const TimeZone zone{.system = true};
  EXPECT_EQ(zone.to_local(1706704496 * kSecond), (1706704496 + 3600) * kSecond) << "in January";
  EXPECT_EQ(zone.to_local(1722429296 * kSecond), (1722429296 + 7200) * kSecond) << "in July";
  EXPECT_EQ(zone.to_local(-1), 3600 * kSecond - 1) << "a microsecond before the epoch";
  // The hour that isn't there, 2024-03-31 02:30, and the one that is there twice, 2024-10-27 02:30.
  for (const Timestamp utc : {1711843200 * kSecond, 1711846800 * kSecond - 1, 1711846800 * kSecond,
                              1729983600 * kSecond, 1729990800 * kSecond})
    EXPECT_EQ(zone.to_utc(zone.to_local(utc)), utc) << utc;
  before == nullptr ? unsetenv("TZ") : setenv("TZ", kept.c_str(), 1);
  tzset();
}

}  // namespace
}  // namespace breakwater::catalog
