#include "server/execute/parameters/cron_times.h"

#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "catalog/values/temporal.h"
#include "server/execute/parameters/backup_schedule.h"

namespace breakwater::server::execute {
namespace {

using catalog::TimeZone;

Timestamp utc(std::string_view text) {
  return catalog::temporal::read_datetime(text).value();
}

std::string text_of(Timestamp time) {
  std::array<char, catalog::temporal::kBufferSize> text{};
  return {text.data(), catalog::temporal::write_datetime(time, 0, text.data())};
}

// The first moments behind one, in UTC.
std::vector<std::string> runs(std::string_view fields, Timestamp after, const TimeZone& zone, int count) {
  const auto times = CronTimes::parse(fields);
  EXPECT_TRUE(times) << fields;
  std::vector<std::string> found;
  for (int i = 0; times && i < count; ++i) {
    const auto next = times->next(after, zone);
    if (!next) break;
    found.push_back(text_of(*next));
    after = *next;
  }
  return found;
}

using Texts = std::vector<std::string>;

// The machine's zone, as POSIX writes its rules: no database of zones is needed.
class InZone {
 public:
  explicit InZone(const char* rules) {
    if (const char* const was = std::getenv("TZ")) was_ = was;
    ::setenv("TZ", rules, 1);
    ::tzset();
  }
  ~InZone() {
    was_.empty() ? ::unsetenv("TZ") : ::setenv("TZ", was_.c_str(), 1);
    ::tzset();
  }
  InZone(const InZone&) = delete;
  InZone& operator=(const InZone&) = delete;

 private:
  std::string was_;
};
constexpr const char* kBerlin = "CET-1CEST,M3.5.0,M10.5.0/3";
constexpr const char* kLordHowe = "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0";  // half an hour
constexpr TimeZone kSystem{.system = true};

TEST(CronTimes, EachField) {
  const Timestamp from = utc("2026-11-30 10:22:35");  // a Monday
  EXPECT_EQ(runs("0 2 * * *", from, {}, 2), (Texts{"2026-12-01 02:00:00", "2026-12-02 02:00:00"}));
  EXPECT_EQ(runs("*/20 * * * *", from, {}, 3),
            (Texts{"2026-11-30 10:40:00", "2026-11-30 11:00:00", "2026-11-30 11:20:00"}));
  EXPECT_EQ(runs("5-15/5,59 23 * * *", from, {}, 4), (Texts{"2026-11-30 23:05:00", "2026-11-30 23:10:00",
                                                            "2026-11-30 23:15:00", "2026-11-30 23:59:00"}));
  EXPECT_EQ(runs("0 0 1 jan,JUL *", from, {}, 2), (Texts{"2027-01-01 00:00:00", "2027-07-01 00:00:00"}));
  EXPECT_EQ(runs("0 0 29 2 *", from, {}, 2), (Texts{"2028-02-29 00:00:00", "2032-02-29 00:00:00"}));
  EXPECT_EQ(runs("0 0 31 * *", from, {}, 2), (Texts{"2026-12-31 00:00:00", "2027-01-31 00:00:00"}));
}

TEST(CronTimes, TheMomentItselfHasPassed) {
  EXPECT_EQ(runs("0 2 * * *", utc("2026-12-01 02:00:00"), {}, 1), Texts{"2026-12-02 02:00:00"});
  EXPECT_EQ(runs("0 2 * * *", utc("2026-12-01 01:59:59"), {}, 1), Texts{"2026-12-01 02:00:00"});
  EXPECT_EQ(runs("0 0 1 1 *", utc("1969-12-30 00:00:00"), {}, 1), Texts{"1970-01-01 00:00:00"});
}

TEST(CronTimes, DaysOfTheWeek) {
  const Timestamp monday = utc("2026-11-30 12:00:00");
  EXPECT_EQ(runs("0 2 * * 0", monday, {}, 2), (Texts{"2026-12-06 02:00:00", "2026-12-13 02:00:00"}));
  EXPECT_EQ(runs("0 2 * * 7", monday, {}, 1), runs("0 2 * * sun", monday, {}, 1));
  EXPECT_EQ(runs("0 2 * * 5-7", monday, {}, 3),
            (Texts{"2026-12-04 02:00:00", "2026-12-05 02:00:00", "2026-12-06 02:00:00"}));
  // As in cron: either, where neither field begins with a star; both, where one does.
  EXPECT_EQ(runs("0 2 13 * 5", monday, {}, 3),
            (Texts{"2026-12-04 02:00:00", "2026-12-11 02:00:00", "2026-12-13 02:00:00"}));
  EXPECT_EQ(runs("0 2 */2 * 5", monday, {}, 2), (Texts{"2026-12-11 02:00:00", "2026-12-25 02:00:00"}));
}

TEST(CronTimes, AnOffset) {
  const TimeZone east{.offset_seconds = 8 * 3600};
  EXPECT_EQ(runs("0 2 * * 0", utc("2026-11-30 12:00:00"), east, 1), Texts{"2026-12-05 18:00:00"});
  const TimeZone west{.offset_seconds = -(9 * 3600 + 1800)};
  EXPECT_EQ(runs("15 23 31 12 *", utc("2026-11-30 12:00:00"), west, 1), Texts{"2027-01-01 08:45:00"});
}

// 2026-03-29: clocks go from 02:00 to 03:00 at 01:00 UTC.
TEST(CronTimes, AnHourThatIsSkippedRunsAtItsEnd) {
  const InZone zone(kBerlin);
  EXPECT_EQ(runs("30 2 * * *", utc("2026-03-28 00:00:00"), kSystem, 3),
            (Texts{"2026-03-28 01:30:00", "2026-03-29 01:00:00", "2026-03-30 00:30:00"}));
  EXPECT_EQ(runs("*/15 2 * * *", utc("2026-03-28 23:00:00"), kSystem, 2),
            (Texts{"2026-03-29 01:00:00", "2026-03-30 00:00:00"}));
  EXPECT_EQ(runs("0 2,3 * * *", utc("2026-03-28 23:00:00"), kSystem, 2),
            (Texts{"2026-03-29 01:00:00", "2026-03-30 00:00:00"}));
}

// 2026-10-25: clocks go from 03:00 back to 02:00 at 01:00 UTC.
TEST(CronTimes, AnHourThatComesTwiceRunsOnce) {
  const InZone zone(kBerlin);
  EXPECT_EQ(runs("30 2 * * *", utc("2026-10-24 12:00:00"), kSystem, 2),
            (Texts{"2026-10-25 00:30:00", "2026-10-26 01:30:00"}));
  EXPECT_EQ(
      runs("*/30 * * * *", utc("2026-10-24 23:45:00"), kSystem, 4),
      (Texts{"2026-10-25 00:00:00", "2026-10-25 00:30:00", "2026-10-25 02:00:00", "2026-10-25 02:30:00"}));
  // Asked within the second of the two.
  EXPECT_EQ(runs("30 2 * * *", utc("2026-10-25 01:10:00"), kSystem, 1), Texts{"2026-10-26 01:30:00"});
}

TEST(CronTimes, ChangesOfHalfAnHour) {
  const InZone zone(kLordHowe);
  EXPECT_EQ(runs("15 2 * * *", utc("2026-10-03 12:00:00"), kSystem, 1), Texts{"2026-10-03 15:30:00"});
  EXPECT_EQ(runs("45 1 * * *", utc("2026-04-04 12:00:00"), kSystem, 2),
            (Texts{"2026-04-04 14:45:00", "2026-04-05 15:15:00"}));
}

// Whatever the fields and the moment: each run is behind the one before, and no further than the next day that has it.
TEST(CronTimes, EveryMinuteOfDaysThatChange) {
  const InZone zone(kBerlin);
  const auto times = CronTimes::parse("17 * * * *").value();
  for (const char* const day : {"2026-03-28 20:00:00", "2026-10-24 20:00:00"}) {
    for (Timestamp at = utc(day); at < utc(day) + catalog::temporal::kDay; at += 60'000'000) {
      const auto next = times.next(at, kSystem);
      ASSERT_TRUE(next);
      EXPECT_GT(*next, at);
      EXPECT_LE(*next, at + Timestamp{2} * 3'600'000'000) << text_of(at);
    }
  }
}

TEST(CronTimes, WhatIsNone) {
  for (const char* const text : {"",
                                 "* * * *",
                                 "* * * * * *",
                                 "60 * * * *",
                                 "* 24 * * *",
                                 "* * 0 * *",
                                 "* * 32 * *",
                                 "* * * 13 *",
                                 "* * * * 8",
                                 "5-1 * * * *",
                                 "*/0 * * * *",
                                 "5/10 * * * *",
                                 "1, * * * *",
                                 ",1 * * * *",
                                 "1-2-3 * * * *",
                                 "-1 * * * *",
                                 "+1 * * * *",
                                 "001 * * * *",
                                 "*/99 * * * *",
                                 "** * * * *",
                                 "*-5 * * * *",
                                 "* * * sunday *",
                                 "@daily"})
    EXPECT_FALSE(CronTimes::parse(text)) << text;
  EXPECT_TRUE(CronTimes::parse("  0\t2 * * *  "));
  EXPECT_FALSE(CronTimes::parse("0 0 30 2 *")->next(0, {}));
}

TEST(BackupSchedule, IsReadAndOrdered) {
  const auto planned =
      parse_backup_schedule(" Validate=0 5 * * 0;full = 0  2 * * 0 ; incremental=0 2 * * 1-6; ").value();
  ASSERT_EQ(planned.size(), 3U);
  EXPECT_EQ(planned[0].kind, catalog::ScheduleKind::full);
  EXPECT_EQ(planned[0].fields, "0 2 * * 0");
  EXPECT_EQ(planned[2].fields, "0 5 * * 0");
  EXPECT_TRUE(parse_backup_schedule("").value().empty());
}

TEST(BackupSchedule, WhatIsNone) {
  for (const std::string& text :
       {std::string("full"), std::string("full="), std::string("full=0 2 * *"), std::string("log=0 2 * * *"),
        std::string("full=0 2 * * *; full=0 3 * * *"), std::string("full=0 0 31 4 *"),
        std::string("full=0 2 * * *") + std::string(2000, ' ')}) {
    const auto parsed = parse_backup_schedule(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_TRUE(parsed.error().is(Errc::invalid_config));
  }
}

}  // namespace
}  // namespace breakwater::server::execute
