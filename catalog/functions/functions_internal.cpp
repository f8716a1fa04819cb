// What operators, conversions and variables are rendered to. Arguments have the forms that Call names (call.h).
#include <cmath>
#include <limits>

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/text.h"
#include "base/transcoder.h"
#include "catalog/functions/call.h"
#include "catalog/values/collation.h"
#include "catalog/values/decimal.h"
#include "catalog/values/number.h"
#include "catalog/values/temporal.h"

namespace breakwater::catalog {

namespace {

// ---- arithmetic: (a, b, a is unsigned, b is unsigned, text for the error)

__extension__ using Int128 = __int128;

Int128 wide(Call& c, std::size_t i) {
  const std::int64_t value = c.integer(i);
  return c.integer(i + 2) != 0 ? Int128{static_cast<std::uint64_t>(value)} : Int128{value};
}

void give_integer(Call& c, Int128 value) {
  const bool is_unsigned = c.integer(2) != 0 || c.integer(3) != 0;
  const Int128 least = is_unsigned ? Int128{0} : Int128{std::numeric_limits<std::int64_t>::min()};
  const Int128 most = is_unsigned ? Int128{std::numeric_limits<std::uint64_t>::max()}
                                  : Int128{std::numeric_limits<std::int64_t>::max()};
  if (value < least || value > most)
    return c.fail(error::data_out_of_range(is_unsigned ? "BIGINT UNSIGNED" : "BIGINT", c.text(4)));
  c.give(static_cast<std::int64_t>(value));
}

void integer_divide(Call& c) {
  const Int128 divisor = wide(c, 1);
  divisor == 0 ? c.give_null() : give_integer(c, wide(c, 0) / divisor);
}

/// The sign of a remainder is the dividend's, and so is whether it's unsigned.
void integer_modulo(Call& c) {
  const Int128 divisor = wide(c, 1);
  divisor == 0 ? c.give_null() : c.give(static_cast<std::int64_t>(wide(c, 0) % divisor));
}

// ---- (operation, a, b, whether an integer result is unsigned, text for the error)
void decimal_calculate(Call& c) {
  const auto op = static_cast<decimal::Op>(c.integer(0));
  const auto result = decimal::calculate(op, c.text(1), c.text(2));
  if (!result) return c.fail(error::data_out_of_range("DECIMAL", c.text(4)));
  if (result->empty()) return c.give_null();
  if (op != decimal::Op::integer_divide) return c.give(*result);
  if (c.integer(3) != 0) {
    const auto natural = decimal::to_uint64(*result);
    return natural ? c.give(*natural) : c.fail(error::data_out_of_range("BIGINT UNSIGNED", c.text(4)));
  }
  const auto integer = decimal::to_int64(*result);
  integer ? c.give(*integer) : c.fail(error::data_out_of_range("BIGINT", c.text(4)));
}

double calculate_real(decimal::Op op, double a, double b) {
  switch (op) {
    case decimal::Op::add:
      return a + b;
    case decimal::Op::subtract:
      return a - b;
    case decimal::Op::multiply:
      return a * b;
    case decimal::Op::modulo:
      return std::fmod(a, b);
    case decimal::Op::divide:
    case decimal::Op::integer_divide:  // of decimals always
      break;
  }
  return a / b;
}

// ---- (operation, a, b, text for the error)
void real_calculate(Call& c) {
  const auto op = static_cast<decimal::Op>(c.integer(0));
  if (op >= decimal::Op::divide && c.real(2) == 0) return c.give_null();
  const double value = calculate_real(op, c.real(1), c.real(2));
  if (!std::isfinite(value)) return c.fail(error::data_out_of_range("DOUBLE", c.text(3)));
  c.give(value);
}

void negate_integer(Call& c) {
  if (c.integer(0) == std::numeric_limits<std::int64_t>::min())
    return c.fail(error::data_out_of_range("BIGINT", "-(-9223372036854775808)"));
  c.give(-c.integer(0));
}

std::uint64_t bits(Call& c, std::size_t i) {
  return static_cast<std::uint64_t>(c.integer(i));
}

/// (unsigned, text for the error)
void negate_unsigned(Call& c) {
  if (bits(c, 0) > std::uint64_t{1} << 63U)
    return c.fail(error::data_out_of_range("BIGINT", "-" + std::string(c.text(1))));
  c.give(static_cast<std::int64_t>(0 - bits(c, 0)));
}

/// An unsigned count that no BIGINT holds is as good as its greatest.
void count_of_unsigned(Call& c) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  c.give(std::min(bits(c, 0), kMost));
}

std::uint64_t shifted(std::uint64_t value, std::uint64_t by, bool left) {
  if (by > 63) return 0;
  return left ? value << by : value >> by;
}

// ---- texts

void like_function(Call& c) {
  std::string_view escape = c.text(2);
  const std::uint32_t character = escape.empty() ? 0 : next_character(escape);
  c.give(like(c.text(0), c.text(1), character, static_cast<Collation>(c.integer(3)), c.work()));
}

/// One text that is equal for equal tuples; NULL when any part is. For COUNT(DISTINCT a, b). Arguments come
/// in pairs: value, collation. A long part is told by its digest.
void tuple(Call& c) {
  constexpr std::size_t kLongPart = 256;
  std::string out;
  for (std::size_t i = 0; i + 1 < c.size(); i += 2) {
    if (c.null(i)) return c.give_null();
    std::string key = sort_key(c.text(i), static_cast<Collation>(c.integer(i + 1)), c.work());
    const bool is_long = key.size() > kLongPart;
    if (is_long) key = as_text(crypto::digest(crypto::Algorithm::sha256, as_bytes(key)));
    out.append(is_long ? "#" : std::to_string(key.size())).append(":").append(key);
  }
  c.give_whole(out);
}

void cut_text(Call& c) {
  const std::string_view text = c.text(0);
  const std::size_t kept = character_offset(text, static_cast<std::size_t>(c.integer(1)), c.work());
  if (kept < text.size())
    warn_of(c.context(), "Truncated incorrect CHAR(" + std::to_string(c.integer(1)) + ")", text);
  c.give(text.substr(0, kept));
}

void cut_bytes(Call& c) {
  if (!c.fits(static_cast<std::size_t>(c.integer(1)))) return;
  std::string out(c.text(0).substr(0, static_cast<std::size_t>(c.integer(1))));
  out.resize(static_cast<std::size_t>(c.integer(1)), '\0');  // BINARY(n) is padded
  c.give(out);
}

// ---- conversions

template <std::size_t (*Write)(std::int64_t, unsigned, char*)>
void temporal_text(Call& c) {
  char text[temporal::kBufferSize];
  c.give(std::string_view(text, Write(c.integer(0), static_cast<unsigned>(c.integer(1)), text)));
}

std::size_t write_date(std::int64_t datetime, unsigned /*decimals*/, char* out) {
  return temporal::write_date(datetime, out);
}

/// (value, digits, digits behind the point[, text of a CAST, to warn with]): DECIMAL(p, s), clamped to what
/// it holds.
void fit_decimal(Call& c) {
  const auto scale = static_cast<std::int32_t>(c.integer(2));
  const auto exact = decimal::parse(c.is_real(0) ? number::text_of(c.real(0)) : std::string(c.text(0)));
  const std::string value = decimal::round(exact.value_or("0"), scale);
  const auto whole = static_cast<std::size_t>(c.integer(1) - scale);
  const std::string_view digits = std::string_view(value).substr(value.starts_with('-') ? 1 : 0);
  const std::size_t have = digits.starts_with("0") ? 0 : std::min(digits.find('.'), digits.size());
  if (exact && have <= whole) return c.give(value);
  if (c.size() > 3) warn_out_of_range(c.context(), c.text(3));
  std::string most = (value.starts_with('-') ? "-" : "") + std::string(whole, '9');
  if (whole == 0) most += '0';
  if (scale > 0) most += "." + std::string(static_cast<std::size_t>(scale), '9');
  c.give(most);
}

/// As MySQL warns of what doesn't look like a number to its end.
void warn_if_truncated(Call& c, const char* type, bool integer) {
  if (!number::is_whole(c.text(0), integer))
    warn_of(c.context(), std::string("Truncated incorrect ") + type, c.text(0));
}

void decimal_of(Call& c) {
  if (c.is_real(0)) return c.give(decimal::parse_or_most(number::text_of(c.real(0))));
  warn_if_truncated(c, "DECIMAL", false);
  c.give(decimal::parse_or_most(c.text(0)));
}

/// A decimal's digits behind the point, as microseconds.
std::int64_t micros_behind_point(std::string_view number) {
  const std::size_t point = number.find('.');
  std::string_view digits = point == std::string_view::npos ? "" : number.substr(point + 1);
  digits = digits.substr(0, digits.find_first_not_of("0123456789"));
  std::int64_t micros = 0;
  for (std::size_t i = 0; i < 6; ++i) micros = micros * 10 + (i < digits.size() ? digits[i] - '0' : 0);
  return micros + (digits.size() > 6 && digits[6] >= '5' ? 1 : 0);
}

/// A number that means a date: 20240131, 20240131123059[.5]
void datetime_of_number(Call& c) {
  constexpr std::int64_t kLastDate = 99991231;
  const std::string whole = decimal::truncate(c.text(0), 0);
  const auto number = decimal::to_int64(whole);
  const auto value = number ? temporal::read_datetime(*number) : std::nullopt;
  if (!value) warn_of(c.context(), "Incorrect datetime", c.text(0));
  const std::int64_t micros = value && *number > kLastDate ? micros_behind_point(c.text(0)) : 0;
  value && *value + micros < temporal::kEnd ? c.give(*value + micros) : c.give_null();
}

void datetime_of_text(Call& c) {
  const auto read = temporal::read_datetime_start(c.text(0));
  if (!read.value) warn_of(c.context(), "Incorrect datetime", c.text(0));
  if (read.value && read.truncated) warn_of(c.context(), "Truncated incorrect datetime", c.text(0));
  c.give(read.value);
}

void time_of_text(Call& c) {
  const auto read = temporal::read_time_start(c.text(0));
  if (!read.value || read.truncated) warn_of(c.context(), "Truncated incorrect time", c.text(0));
  c.give(read.value);
}

std::int64_t date_part(std::int64_t datetime) {
  return datetime - ((datetime % temporal::kDay) + temporal::kDay) % temporal::kDay;
}

void number_of_date(Call& c) {
  const temporal::Civil date = temporal::to_civil(c.integer(0));
  c.give(std::to_string(date.year * 10000 + date.month * 100 + date.day));
}

void datetime_of_time(Call& c) {
  c.give(date_part(c.context().time_zone.to_local(c.context().now)) + c.integer(0));
}

/// A moment that rounds beyond the year 9999 is none.
void round_time(Call& c) {
  const std::int64_t value = temporal::rounded(c.integer(0), static_cast<unsigned>(c.integer(1)));
  value < temporal::kEnd ? c.give(value) : c.give_null();
}

void real_of_text(Call& c) {
  warn_if_truncated(c, "DOUBLE", false);
  c.give(number::real_of(c.text(0)));
}

/// Digits beyond BIGINT are the bits of the unsigned number that they are, or of the greatest, as in MySQL.
void int_of_text(Call& c) {
  const bool digits = number::is_whole(c.text(0), true);
  const std::int64_t value = number::int64_of(c.text(0));
  const bool beyond = digits && value == std::numeric_limits<std::int64_t>::max();
  const std::uint64_t bits = beyond ? number::uint64_of(c.text(0)) : 0;
  const bool cut =
      bits == std::numeric_limits<std::uint64_t>::max() && !whole_number<std::uint64_t>(c.text(0));
  if (!digits || cut) warn_of(c.context(), "Truncated incorrect INTEGER", c.text(0));
  c.give(beyond ? static_cast<std::int64_t>(bits) : value);
}

void uint_of_text(Call& c) {
  warn_if_truncated(c, "INTEGER", true);
  c.give(number::uint64_of(c.text(0)));
}

std::int64_t unsigned_of(double value) {
  constexpr double kTwoTo63 = 9223372036854775808.0;
  const double rounded = std::rint(value);
  if (rounded < kTwoTo63) return number::int64_of(value);
  return rounded >= 2 * kTwoTo63 ? -1 : static_cast<std::int64_t>(static_cast<std::uint64_t>(rounded));
}

void integer_of_decimal(Call& c) {
  const auto value = decimal::to_int64(c.text(0));
  c.give(value.value_or(c.text(0).starts_with('-') ? std::numeric_limits<std::int64_t>::min()
                                                   : std::numeric_limits<std::int64_t>::max()));
}

void unsigned_of_decimal(Call& c) {
  if (c.text(0).starts_with('-')) return c.give(std::int64_t{0});
  c.give(decimal::to_uint64(c.text(0)).value_or(std::numeric_limits<std::uint64_t>::max()));
}

void text_of_fixed_real(Call& c) {
  char text[number::kMaxRealLength];
  const auto decimals = static_cast<unsigned>(c.integer(1));
  c.give(std::string_view(text, number::write_real(c.real(0), decimals, text)));
}

// ---- variables

Variables* variables_of(Call& c) {
  return c.context().variables;
}

void system_variable(Call& c) {
  if (variables_of(c) == nullptr) return c.fail(error::var_unknown(c.text(1)));
  const auto value =
      variables_of(c)->system_variable(static_cast<ast::VariableScope>(c.integer(0)), c.text(1));
  value ? c.give(*value) : c.fail(value.error());
}

void user_variable(Call& c) {
  variables_of(c) == nullptr ? c.give_null() : c.give(variables_of(c)->user_variable(c.text(0)));
}

/// (steps that a recursive table's row took): one more, as far as cte_max_recursion_depth lets it
void next_step(Call& c) {
  std::int64_t most = 1000;
  if (variables_of(c) != nullptr) {
    const auto value =
        variables_of(c)->system_variable(ast::VariableScope::session, "cte_max_recursion_depth");
    if (const auto* set = value ? std::get_if<std::int64_t>(&*value) : nullptr) most = *set;
    if (const auto* set = value ? std::get_if<std::uint64_t>(&*value) : nullptr)
      most = static_cast<std::int64_t>(*set);
  }
  if (c.integer(0) >= most) return c.fail(error::cte_max_recursion_depth(std::to_string(most + 1)));
  c.give(c.integer(0) + 1);
}

/// (name, value, is unsigned)
void set_variable(Call& c) {
  Value value;
  if (c.is_real(1))
    value = c.real(1);
  else if (c.is_integer(1) && c.integer(2) != 0)
    value = static_cast<std::uint64_t>(c.integer(1));
  else if (c.is_integer(1))
    value = c.integer(1);
  else if (!c.null(1))
    value = std::string(c.text(1));
  if (variables_of(c) != nullptr) variables_of(c)->set_user_variable(c.text(0), std::move(value));
  c.give_argument(1);
}

/// CONVERT USING: (text, character set, whether it is bytes of that set)
void as_characters(Call& c) {
  const std::string_view text = c.text(0);
  if (!c.work().walk(Transcoder::kMostGrowth * text.size())) return;
  const auto transcoder = Transcoder::open(c.text(1));
  std::string given;
  if (transcoder == nullptr) {
    if (is_utf8(text)) return c.give(text);
    given = as_utf8(text);
  } else if (c.integer(2) != 0) {
    given = transcoder->to_utf8(text).reveal();
  } else {
    given = transcoder->to_utf8(transcoder->from_utf8(text)).reveal();
  }
  if (transcoder == nullptr || transcoder->lost() != 0) warn_of_characters(c.context(), c.text(1));
  c.give(given);
}

void utf8_text(Call& c) {
  c.give_argument(0);
}

const FunctionRow kFunctions[] = {
    rendered_to("iadd", {5, 5}, [](Call& c) { give_integer(c, wide(c, 0) + wide(c, 1)); }),
    rendered_to("isub", {5, 5}, [](Call& c) { give_integer(c, wide(c, 0) - wide(c, 1)); }),
    rendered_to("imul", {5, 5}, [](Call& c) { give_integer(c, wide(c, 0) * wide(c, 1)); }),
    rendered_to("idiv", {5, 5}, integer_divide),
    rendered_to("imod", {5, 5}, integer_modulo),
    rendered_to("ineg", {1, 1}, negate_integer),
    rendered_to("uneg", {2, 2}, negate_unsigned),
    rendered_to("dcalc", {5, 5}, decimal_calculate),
    rendered_to("rcalc", {4, 4}, real_calculate),
    rendered_to("dneg", {1, 1}, [](Call& c) { c.give(decimal::negate(c.text(0))); }),
    rendered_to("bit_and_op", {2, 2}, [](Call& c) { c.give(bits(c, 0) & bits(c, 1)); }),
    rendered_to("bit_or_op", {2, 2}, [](Call& c) { c.give(bits(c, 0) | bits(c, 1)); }),
    rendered_to("bit_xor_op", {2, 2}, [](Call& c) { c.give(bits(c, 0) ^ bits(c, 1)); }),
    rendered_to("bit_not_op", {1, 1}, [](Call& c) { c.give(~bits(c, 0)); }),
    rendered_to("shift_left", {2, 2}, [](Call& c) { c.give(shifted(bits(c, 0), bits(c, 1), true)); }),
    rendered_to("shift_right", {2, 2}, [](Call& c) { c.give(shifted(bits(c, 0), bits(c, 1), false)); }),
    rendered_to("count_of", {1, 1}, count_of_unsigned),
    rendered_to("unsigned_key", {1, 1}, [](Call& c) { c.give(bits(c, 0) ^ (std::uint64_t{1} << 63U)); }),
    rendered_to("like", {4, 4}, like_function),
    rendered_to("next_step", {1, 1}, next_step, {.varies = true}),
    rendered_to("tuple", {2, kMany}, tuple, {.sees_null = true}),
    rendered_to("cast_as_char", {2, 2}, cut_text),
    rendered_to("as_characters", {3, 3}, as_characters),
    rendered_to("cast_as_binary", {2, 2}, cut_bytes),
    rendered_to("text_of_real", {1, 1}, [](Call& c) { c.give(number::text_of(c.real(0))); }),
    rendered_to("text_of_fixed_real", {2, 2}, text_of_fixed_real),
    rendered_to("text_of_unsigned", {1, 1}, [](Call& c) { c.give(std::to_string(bits(c, 0))); }),
    rendered_to("text_of_datetime", {2, 2}, temporal_text<temporal::write_datetime>),
    rendered_to("text_of_date", {2, 2}, temporal_text<write_date>),
    rendered_to("text_of_time", {2, 2}, temporal_text<temporal::write_time>),
    rendered_to("real_of_text", {1, 1}, real_of_text),
    rendered_to("real_of_unsigned", {1, 1}, [](Call& c) { c.give(static_cast<double>(bits(c, 0))); }),
    rendered_to("int_of_text", {1, 1}, int_of_text),
    rendered_to("int_of_real", {1, 1}, [](Call& c) { c.give(number::int64_of(c.real(0))); }),
    rendered_to("int_of_decimal", {1, 1}, integer_of_decimal),
    rendered_to("uint_of_text", {1, 1}, uint_of_text),
    rendered_to("uint_of_real", {1, 1}, [](Call& c) { c.give(unsigned_of(c.real(0))); }),
    rendered_to("uint_of_decimal", {1, 1}, unsigned_of_decimal),
    rendered_to("decimal_of", {1, 1}, decimal_of),
    rendered_to("fit_decimal", {3, 4}, fit_decimal),
    rendered_to("number_of_date", {1, 1}, number_of_date),
    rendered_to("number_of_datetime", {2, 2},
                [](Call& c) {
                  c.give(temporal::number_of_datetime(c.integer(0), static_cast<unsigned>(c.integer(1))));
                }),
    rendered_to(
        "number_of_time", {2, 2},
        [](Call& c) { c.give(temporal::number_of_time(c.integer(0), static_cast<unsigned>(c.integer(1)))); }),
    rendered_to("datetime_of_text", {1, 1}, datetime_of_text),
    rendered_to("datetime_of_number", {1, 1}, datetime_of_number),
    rendered_to("datetime_of_time", {1, 1}, datetime_of_time),
    rendered_to("time_of_text", {1, 1}, time_of_text),
    rendered_to("time_of_datetime", {1, 1}, [](Call& c) { c.give(c.integer(0) - date_part(c.integer(0))); }),
    rendered_to("date_of_datetime", {1, 1}, [](Call& c) { c.give(date_part(c.integer(0))); }),
    rendered_to("round_time", {2, 2}, round_time),
    rendered_to("local", {1, 1}, [](Call& c) { c.give(c.context().time_zone.to_local(c.integer(0))); }),
    rendered_to("utc", {1, 1}, [](Call& c) { c.give(c.context().time_zone.to_utc(c.integer(0))); }),
    rendered_to("system_variable", {2, 2}, system_variable, {.sees_null = true, .varies = true}),
    rendered_to("user_variable", {1, 1}, user_variable, {.sees_null = true, .varies = true}),
    rendered_to("set_variable", {3, 3}, set_variable, {.sees_null = true, .varies = true}),
    rendered_to("same", {1, 1}, utf8_text),
};

}  // namespace

FunctionFamily internal_functions() {
  return kFunctions;
}

}  // namespace breakwater::catalog
