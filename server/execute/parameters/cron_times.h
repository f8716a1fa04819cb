// When cron's five fields are due, in a time zone with daylight saving. Pure but for the machine's zone, which TimeZone asks; any
// thread.
#pragma once

#include <bitset>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "catalog/values/time_zone.h"

namespace breakwater::server::execute {

/// "minute hour day-of-month month day-of-week", separated by blanks: numbers, names of months and weekdays (jan, sun), lists (1,15),
/// ranges (1-5), `*`, and steps of the last two (*/10, 0-30/5). Sunday is 0 and 7. If neither field of days begins with `*`, a day
/// needs to match one of the two, as in cron.
class CronTimes {
 public:
  /// Nullopt: not that.
  static std::optional<CronTimes> parse(std::string_view fields);

  /// The first moment behind `after` that is due. An hour that the clock skips is due at its end, once; of an hour that comes
  /// twice the first counts. Nullopt: none in kYears, as of February 30th.
  std::optional<Timestamp> next(Timestamp after, const catalog::TimeZone& zone) const;
  static constexpr int kYears = 9;  ///< February 29th is never farther away

 private:
  bool is_day(std::int64_t day) const;

  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;    ///< of the month, from 1
  std::bitset<13> months_;  ///< from 1
  std::bitset<7> weekdays_;
  bool any_day_ = false;      ///< the field begins with *
  bool any_weekday_ = false;  ///< likewise
};

}  // namespace breakwater::server::execute
