// Oracle's format models, for TO_CHAR, TO_DATE, TO_TIMESTAMP and TO_NUMBER and for how a session shows dates
// (NLS_DATE_FORMAT and the like). In English. Source: Oracle Database SQL Language Reference, "Format
// Models". Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace breakwater::catalog::oracle {

inline constexpr std::size_t kMaxFormat = 256;  ///< bytes; for a longer model: date_format_unknown

/// Formats a datetime by a model: YYYY YYY YY Y RRRR RR SYYYY IYYY MM MON MONTH Q DD DDD D DY DAY J WW IW W
/// HH HH12 HH24 MI SS SSSSS FF FF1..FF9 AM PM A.M. P.M. TZH TZM TZR X CC FM, "text", punctuation.
/// `offset_seconds`: the session's time zone. Error: date_format_unknown (ORA-01821).
Result<std::string> format_date(std::int64_t datetime, std::string_view model, std::int32_t offset_seconds);

/// Parses a datetime (microseconds of the wall clock) by a model. Parts that the model doesn't name are those
/// of the first day of the month of `now`, at midnight. Errors: date_format_unknown, also for elements that
/// are only for output (DAY, Q, WW ...); literal_format_mismatch (ORA-01861), month_invalid (ORA-01843),
/// day_invalid (ORA-01847), hour_invalid (ORA-01849).
Result<std::int64_t> parse_date(std::string_view text, std::string_view model, std::int64_t now);

/// Formats a decimal by a model of 9 0 . , D G $ S MI PR FM. A number with more digits before the point than
/// the model is shown as #. Error: number_format_invalid (ORA-01481).
Result<std::string> format_number(std::string_view decimal, std::string_view model);

/// The number in a text, as the text of a decimal. With a model, $ and commas are dropped. Error:
/// number_invalid (ORA-01722).
Result<std::string> parse_number(std::string_view text);
Result<std::string> parse_number(std::string_view text, std::string_view model);

/// A NUMBER as Oracle shows it: without zeros at the end of the fraction, and without a 0 before the point.
std::string shown_number(std::string_view decimal);

/// The start of the unit that the model names: CC YYYY Q MM IW DAY DD HH24 MI. Error: date_format_unknown.
Result<std::int64_t> truncate_date(std::int64_t datetime, std::string_view model);

/// `months` later; the last day of a month stays the last day.
std::int64_t add_months(std::int64_t datetime, std::int64_t months);
/// A whole number if the days of the month are equal or both the last, else computed with months of 31 days.
double months_between(std::int64_t a, std::int64_t b);

}  // namespace breakwater::catalog::oracle
