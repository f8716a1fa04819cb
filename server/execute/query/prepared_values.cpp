#include "server/execute/query/prepared_values.h"

#include <algorithm>
#include <cmath>

#include "catalog/values/number.h"
#include "catalog/values/temporal.h"

namespace breakwater::server::execute {
namespace {

using protocol::ParameterValue;
using Is = ParameterValue::Is;

constexpr double kLargestWhole = 9007199254740992;  ///< every integer up to this one is exact in a double

std::string fraction_of(std::uint32_t microsecond) {
  std::string digits = std::to_string(microsecond);
  if (microsecond == 0) return {};
  return "." + std::string(6 - std::min<std::size_t>(6, digits.size()), '0') + digits;
}

std::string two_digits(std::uint64_t number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

std::string clock_text(std::uint64_t hour, std::uint8_t minute, std::uint8_t second,
                       std::uint32_t microsecond) {
  return two_digits(hour) + ":" + two_digits(minute) + ":" + two_digits(second) + fraction_of(microsecond);
}

std::string text_of(const protocol::Moment& moment, bool with_time) {
  std::string year = std::to_string(moment.year);
  year.insert(0, 4 - std::min<std::size_t>(4, year.size()), '0');
  std::string date = year + "-" + two_digits(moment.month) + "-" + two_digits(moment.day);
  if (!with_time) return date;
  return date + " " + clock_text(moment.hour, moment.minute, moment.second, moment.microsecond);
}

std::string text_of(const protocol::TimeSpan& span) {
  return (span.negative ? "-" : "") +
         clock_text(std::uint64_t{span.days} * 24 + span.hour, span.minute, span.second, span.microsecond);
}

/// Clients send 0000-00-00 too, which no date of ours is.
bool is_date(const protocol::Moment& moment) {
  return catalog::temporal::from_civil({.year = moment.year,
                                        .month = moment.month,
                                        .day = moment.day,
                                        .hour = moment.hour,
                                        .minute = moment.minute,
                                        .second = moment.second})
      .has_value();
}

bool is_whole(double value) {
  return std::trunc(value) == value && std::abs(value) <= kLargestWhole;
}

}  // namespace

catalog::Value value_of(const ParameterValue& received) {
  switch (received.is) {
    case Is::null:
      return {};
    case Is::int64:
      return static_cast<std::int64_t>(received.integer);
    case Is::uint64:
      return received.integer;
    case Is::float64:
      return received.real;
    case Is::decimal:
    case Is::text:
      return std::string(received.text);
    case Is::date:
    case Is::datetime:
      return text_of(received.moment, received.is == Is::datetime);
    case Is::time:
      break;
  }
  return text_of(received.span);
}

catalog::ParameterKind kind_of(const ParameterValue& received) {
  using enum catalog::ParameterKind;
  switch (received.is) {
    case Is::null:
      return null;
    case Is::int64:
      return integer;
    case Is::uint64:
      return unsigned_integer;
    case Is::float64:
      return real;
    case Is::decimal:
      return decimal;
    case Is::text:
      return received.bytes ? bytes : text;
    case Is::date:
      return is_date(received.moment) ? date : text;
    case Is::datetime:
      if (!is_date(received.moment)) return text;
      return received.moment.microsecond == 0 ? datetime : datetime_fraction;
    case Is::time:
      break;
  }
  return received.span.microsecond == 0 ? time : time_fraction;
}

ParameterTexts::ParameterTexts(std::span<const ParameterValue> received) {
  using enum ast::LiteralKind;
  const auto add = [&](ast::LiteralKind kind, std::string text) {
    list_.push_back({kind, written_.emplace_back(std::move(text))});
  };
  list_.reserve(received.size());
  for (const ParameterValue& value : received) {
    switch (value.is) {
      case Is::null:
        list_.push_back({null, {}});
        break;
      case Is::int64:
        add(integer, std::to_string(static_cast<std::int64_t>(value.integer)));
        break;
      case Is::uint64:
        add(integer, std::to_string(value.integer));
        break;
      case Is::float64:
        // Some clients send every number as a double, so a whole one is taken as an integer.
        if (is_whole(value.real)) {
          add(integer, std::to_string(static_cast<std::int64_t>(value.real)));
        } else {
          add(real, catalog::number::text_of(value.real));
        }
        break;
      case Is::decimal:
        list_.push_back({ast::LiteralKind::decimal, value.text});
        break;
      case Is::text:
        list_.push_back({string, value.text});
        break;
      case Is::date:
      case Is::datetime:
        add(string, text_of(value.moment, value.is == Is::datetime));
        break;
      case Is::time:
        add(string, text_of(value.span));
        break;
    }
  }
}

}  // namespace breakwater::server::execute
