// Oracle's format models: what TO_CHAR, TO_DATE, TO_TIMESTAMP and TO_NUMBER read, and how a session shows
// dates (NLS_DATE_FORMAT and its kin). In English. Source: Oracle Database SQL Language Reference, "Format
// Models". Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace breakwater::catalog::oracle {

inline constexpr std::size_t kMaxFormat = 256;  ///< bytes; a longer model is date_format_unknown

/// A moment by a model: YYYY YYY YY Y RRRR RR SYYYY IYYY MM MON MONTH Q DD DDD D DY DAY J WW IW W HH HH12
/// HH24 MI SS SSSSS FF FF1..FF9 AM PM A.M. P.M. TZH TZM TZR X CC FM, "text", punctuation. `offset_seconds` is
/// the session's time zone. Errors: date_format_unknown (ORA-01821).
Result<std::string> format_date(std::int64_t datetime, std::string_view model, std::int32_t offset_seconds);

/// The other way: microseconds of the wall clock. What the model doesn't name is the first of `now`'s month
/// at midnight. Elements that only show (DAY, Q, WW ...) are date_format_unknown. Errors:
/// date_format_unknown, literal_format_mismatch (ORA-01861), month_invalid (ORA-01843), day_invalid
/// (ORA-01847), hour_invalid (ORA-01849).
Result<std::int64_t> parse_date(std::string_view text, std::string_view model, std::int64_t now);

/// A decimal's text by a model of 9 0 . , D G $ S MI PR FM; a number that has more digits in front of the
/// point is shown as #. Errors: number_format_invalid (ORA-01481).
Result<std::string> format_number(std::string_view decimal, std::string_view model);

/// The number that a text is, as a decimal's text; with a model its $ and commas are dropped. Errors:
/// number_invalid (ORA-01722).
Result<std::string> parse_number(std::string_view text);
Result<std::string> parse_number(std::string_view text, std::string_view model);

/// As Oracle shows a NUMBER: no zeros at the end behind the point, none in front of it.
std::string shown_number(std::string_view decimal);

/// Cut to the start of the model's unit: CC YYYY Q MM IW DAY DD HH24 MI. Errors: date_format_unknown.
Result<std::int64_t> truncate_date(std::int64_t datetime, std::string_view model);

/// n months on; the last day of a month stays the last day.
std::int64_t add_months(std::int64_t datetime, std::int64_t months);
/// Whole where the days are the same or both the last of their month, else by months of 31 days.
double months_between(std::int64_t a, std::int64_t b);

}  // namespace breakwater::catalog::oracle
