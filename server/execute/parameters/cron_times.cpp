#include "server/execute/parameters/cron_times.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/text.h"
#include "catalog/values/temporal.h"

namespace breakwater::server::execute {
namespace {

namespace temporal = catalog::temporal;

constexpr std::int64_t kMinute = 60 * temporal::kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                      "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdays = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct Field {
  int least = 0;
  int most = 0;
  std::span<const std::string_view> names{};  ///< of `least`, and what follows
};

std::optional<int> number_of(std::string_view text, const Field& field) {
  for (std::size_t i = 0; i < field.names.size(); ++i)
    if (iequals(field.names[i], text)) return field.least + static_cast<int>(i);
  if (text.empty() || text.size() > 2) return std::nullopt;
  const auto number = whole_number<int>(text);
  if (!number || *number < field.least || *number > field.most) return std::nullopt;
  return *number;
}

// "5", "1-5", "*", with "/n" behind the last two.
template <std::size_t size>
bool take_part(std::string_view part, const Field& field, std::bitset<size>& into) {
  const std::size_t slash = part.find('/');
  const std::string_view range = part.substr(0, slash);
  int from = field.least;
  int to = field.most;
  const std::size_t dash = range.find('-');
  if (range != "*") {
    const auto first = number_of(range.substr(0, dash), field);
    const auto last = dash == std::string_view::npos ? first : number_of(range.substr(dash + 1), field);
    if (!first || !last || *first > *last) return false;
    from = *first;
    to = *last;
  }
  int step = 1;
  if (slash != std::string_view::npos) {
    const auto given = number_of(part.substr(slash + 1), {.least = 1, .most = field.most});
    if (!given || (range != "*" && dash == std::string_view::npos)) return false;
    step = *given;
  }
  for (int value = from; value <= to; value += step) into.set(static_cast<std::size_t>(value));
  return true;
}

template <std::size_t size>
bool take(std::string_view text, const Field& field, std::bitset<size>& into) {
  for (;;) {
    const std::size_t comma = text.find(',');
    if (!take_part(text.substr(0, comma), field, into)) return false;
    if (comma == std::string_view::npos) return true;
    text.remove_prefix(comma + 1);
  }
}

std::vector<std::string_view> words_of(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  std::vector<std::string_view> words;
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
    if (text.empty()) return words;
    words.push_back(text.substr(0, text.find_first_of(kBlanks)));
    text.remove_prefix(words.back().size());
  }
}

std::int64_t floor_to(std::int64_t value, std::int64_t unit) {
  const std::int64_t rest = value % unit;
  return value - rest - (rest < 0 ? unit : 0);
}

std::int64_t offset_near(const catalog::TimeZone& zone, std::int64_t moment) {
  return zone.to_local(moment) - moment;
}

// The first moment at which clocks show this minute; where they skip it, the one at which they show a later one.
Timestamp first_moment(std::int64_t local, const catalog::TimeZone& zone) {
  // A pair of values: that of two arguments would be one of references.
  const auto [least, most] =
      std::minmax({offset_near(zone, local - temporal::kDay), offset_near(zone, local + temporal::kDay)});
  std::int64_t before = local - most;
  std::int64_t behind = local - least;
  if (before == behind || zone.to_local(before) == local) return before;
  if (zone.to_local(behind) == local) return behind;
  while (behind - before > kMinute) {
    const std::int64_t middle = before + floor_to((behind - before) / 2, kMinute);
    (zone.to_local(middle) < local ? before : behind) = middle;
  }
  return behind;
}

}  // namespace

std::optional<CronTimes> CronTimes::parse(std::string_view fields) {
  const std::vector<std::string_view> words = words_of(fields);
  if (words.size() != 5) return std::nullopt;
  CronTimes times;
  std::bitset<8> weekdays;
  const bool good = take(words[0], {.least = 0, .most = 59}, times.minutes_) &&
                    take(words[1], {.least = 0, .most = 23}, times.hours_) &&
                    take(words[2], {.least = 1, .most = 31}, times.days_) &&
                    take(words[3], {.least = 1, .most = 12, .names = kMonths}, times.months_) &&
                    take(words[4], {.least = 0, .most = 7, .names = kWeekdays}, weekdays);
  if (!good) return std::nullopt;
  for (std::size_t day = 0; day < weekdays.size(); ++day)
    if (weekdays[day]) times.weekdays_.set(day % kWeekdays.size());
  times.any_day_ = words[2].starts_with('*');
  times.any_weekday_ = words[4].starts_with('*');
  return times;
}

bool CronTimes::is_day(std::int64_t day) const {
  const temporal::Civil civil = temporal::to_civil(day);
  if (!months_[static_cast<std::size_t>(civil.month)]) return false;
  constexpr std::int64_t kThursday = 4;  // 1970-01-01
  const std::int64_t weekday = (((day / temporal::kDay) + kThursday) % 7 + 7) % 7;
  const bool of_month = days_[static_cast<std::size_t>(civil.day)];
  const bool of_week = weekdays_[static_cast<std::size_t>(weekday)];
  return any_day_ || any_weekday_ ? of_month && of_week : of_month || of_week;
}

std::optional<Timestamp> CronTimes::next(Timestamp after, const catalog::TimeZone& zone) const {
  const std::int64_t from = floor_to(zone.to_local(after), kMinute);
  const std::int64_t first_day = floor_to(from, temporal::kDay);
  const std::int64_t last_day = std::min(first_day + kYears * 366 * temporal::kDay, temporal::kEnd - 1);
  for (std::int64_t day = first_day; day <= last_day; day += temporal::kDay) {
    if (!is_day(day)) continue;
    for (std::size_t hour = 0; hour < hours_.size(); ++hour) {
      if (!hours_[hour]) continue;
      for (std::size_t minute = 0; minute < minutes_.size(); ++minute) {
        const std::int64_t local =
            day + static_cast<std::int64_t>(hour) * kHour + static_cast<std::int64_t>(minute) * kMinute;
        if (!minutes_[minute] || local < from) continue;
        const Timestamp due = first_moment(local, zone);
        if (due > after) return due;
      }
    }
  }
  return std::nullopt;
}

}  // namespace breakwater::server::execute
