// MySQL's types of expressions, and rendering a value of one type as another.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "catalog/bind/bound.h"

namespace breakwater::catalog {

SqlType integer_type(std::uint32_t length, bool nullable, bool is_unsigned = false);
/// A DOUBLE; `decimals` below kNotFixedDecimals is how many digits it shows behind the point.
SqlType real_type(bool nullable, std::uint32_t decimals = kNotFixedDecimals);
SqlType decimal_type(std::uint32_t digits, std::uint32_t scale, bool nullable);
SqlType text_type(std::uint64_t length, Collation collation, bool nullable);
SqlType datetime_type(std::uint32_t decimals, bool nullable);
SqlType date_type(bool nullable);
SqlType time_type(std::uint32_t decimals, bool nullable);

/// How many digits a value has in front of the point, and in all, when it is made a decimal.
std::uint32_t digits_of(const SqlType& type);
std::uint32_t scale_of(const SqlType& type);
/// The digits behind the point that a DOUBLE made of such numbers shows.
std::uint32_t real_decimals(const SqlType& type);
/// The widest text a value of this type prints as, in characters.
std::uint32_t text_length(const SqlType& type);

/// A decimal's text with the digits of `type`, which is a decimal's. `warned`: the slot of what a warning
/// names when the value doesn't fit; empty: none is given.
std::string fit_decimal(const std::string& sql, const SqlType& type, const std::string& warned = {});
/// As it is shown, stored, sorted and grouped.
std::string settled(const Bound& b);
std::string as_text(const Bound& b);
std::string as_real(const Bound& b);
std::string as_integer(const Bound& b);
std::string as_unsigned(const Bound& b);
std::string as_decimal(const Bound& b);
std::string as_datetime(const Bound& b);
std::string as_timestamp(const Bound& b);
std::string as_date(const Bound& b);
std::string as_time(const Bound& b);
/// The unsigned integer that a hexadecimal or bit literal (Bound::bits) is.
Bound integer_of_bits(Bound b);
/// A number of some form: what ROUND or + make of a text or a date.
Bound as_number(Bound b);
/// To a type that common_type() gave.
std::string as_type(const Bound& b, const SqlType& type);

/// One of the values that `result` chooses from, in result's type. Decimals keep the digits they have.
std::string as_operand(const Bound& b, Bound& result);

SqlType common_type(const std::vector<Bound>& values);
Collation common_collation(const Bound& a, const Bound& b);

/// As a condition: SQLite takes it as true when it's a number other than 0.
std::string truth(const Bound& b);
/// For ORDER BY, GROUP BY, DISTINCT: with the collation that makes equal what MySQL holds equal.
std::string sort_term(const Bound& b, const std::string& sql);
/// SQLite takes an integer, however many signs and parentheses it has, for a column's position.
bool is_position(std::string_view sql);
std::string_view collate_suffix(const SqlType& type);

}  // namespace breakwater::catalog
