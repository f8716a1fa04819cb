// Types, and rendering a value of one type as another.
#include "catalog/bind/convert.h"

#include <algorithm>

#include "catalog/bind/bind_parts.h"

namespace breakwater::catalog {

namespace {

constexpr std::uint32_t kBigintDigits = 19, kDatetimeDigits = 14, kRealTextLength = 23, kTextDigits = 65;
constexpr std::uint32_t kDoubleDigits = 17;

std::string call(std::string_view function, const std::string& argument) {
  return "bw_" + std::string(function) + "(" + argument + ")";
}
std::string call(std::string_view function, const std::string& argument, std::uint32_t second) {
  return "bw_" + std::string(function) + "(" + argument + "," + std::to_string(second) + ")";
}

bool is_temporal(Kind kind) {
  return kind == Kind::timestamp || kind == Kind::datetime || kind == Kind::date || kind == Kind::time;
}

/// Everything but TIME as a wall clock.
std::string wall_clock(const Bound& b) {
  return b.type.kind == Kind::timestamp ? call("local", b.sql) : b.sql;
}

}  // namespace

SqlType integer_type(std::uint32_t length, bool nullable, bool is_unsigned) {
  return {.kind = Kind::integer, .is_unsigned = is_unsigned, .nullable = nullable, .length = length};
}

SqlType real_type(bool nullable, std::uint32_t decimals) {
  const bool fixed = decimals < kNotFixedDecimals;
  return {.kind = Kind::real,
          .nullable = nullable,
          .decimals = fixed ? static_cast<std::uint8_t>(decimals) : kNotFixedDecimals,
          .length = fixed ? kDoubleDigits + decimals : kRealTextLength};
}

SqlType decimal_type(std::uint32_t digits, std::uint32_t scale, bool nullable) {
  digits = std::clamp<std::uint32_t>(digits, 1, kMaxDecimalDigits);
  scale = std::min<std::uint32_t>(scale, kMaxDecimalScale);
  return {.kind = Kind::decimal,
          .nullable = nullable,
          .decimals = static_cast<std::uint8_t>(scale),
          .length = digits + (scale == 0 ? 1 : 2)};
}

SqlType text_type(std::uint64_t length, Collation collation, bool nullable) {
  constexpr std::uint64_t kMostVarchar = 65535;
  constexpr std::uint64_t kBytesOfCharacter = 4;
  const bool blob = length * (collation == Collation::binary ? 1 : kBytesOfCharacter) > kMostVarchar;
  return {.kind = Kind::text,
          .nullable = nullable,
          .is_blob = blob,
          .collation = collation,
          .length = static_cast<std::uint32_t>(std::min<std::uint64_t>(length, kLongTextLength))};
}

SqlType datetime_type(std::uint32_t decimals, bool nullable) {
  return {.kind = Kind::datetime,
          .nullable = nullable,
          .decimals = static_cast<std::uint8_t>(decimals),
          .length = decimals == 0 ? 19 : 20 + decimals};
}

SqlType date_type(bool nullable) {
  return {.kind = Kind::date, .nullable = nullable, .length = 10};
}

SqlType time_type(std::uint32_t decimals, bool nullable) {
  return {.kind = Kind::time,
          .nullable = nullable,
          .decimals = static_cast<std::uint8_t>(decimals),
          .length = decimals == 0 ? 10 : 11 + decimals};
}

std::uint32_t scale_of(const SqlType& type) {
  if (type.kind == Kind::decimal || is_temporal(type.kind)) return type.decimals;
  return type.kind == Kind::text ? kMaxDecimalScale : 0;
}

std::uint32_t real_decimals(const SqlType& type) {
  if (type.kind == Kind::text) return kNotFixedDecimals;
  return type.kind == Kind::integer || type.kind == Kind::null ? 0 : type.decimals;
}

std::uint32_t digits_of(const SqlType& type) {
  switch (type.kind) {
    case Kind::decimal:
      return type.length - (type.decimals == 0 ? 1 : 2);
    case Kind::integer:
      return std::clamp<std::uint32_t>(type.length, 1, kBigintDigits + (type.is_unsigned ? 1 : 0));
    case Kind::null:
      return 1;
    case Kind::real:
    case Kind::text:
      return kTextDigits;
    default:
      return kDatetimeDigits + type.decimals;
  }
}

std::uint32_t text_length(const SqlType& type) {
  return type.kind == Kind::real ? std::max(kRealTextLength, type.length) : type.length;
}

std::string fit_decimal(const std::string& sql, const SqlType& type, const std::string& warned) {
  return "bw_fit_decimal(" + sql + "," + std::to_string(digits_of(type)) + "," +
         std::to_string(type.decimals) + (warned.empty() ? "" : "," + warned) + ")";
}

std::string settled(const Bound& b) {
  return b.unrounded && b.type.kind == Kind::decimal ? fit_decimal(b.sql, b.type) : b.sql;
}

std::string as_text(const Bound& b) {
  switch (b.type.kind) {
    case Kind::integer:
      return b.wide ? call("text_of_unsigned", b.sql) : "CAST(" + b.sql + " AS TEXT)";
    case Kind::real:
      return b.type.decimals == kNotFixedDecimals ? call("text_of_real", b.sql)
                                                  : call("text_of_fixed_real", b.sql, b.type.decimals);
    case Kind::timestamp:
    case Kind::datetime:
      return call("text_of_datetime", wall_clock(b), b.type.decimals);
    case Kind::date:
      return call("text_of_date", b.sql, 0);
    case Kind::time:
      return call("text_of_time", b.sql, b.type.decimals);
    default:
      return settled(b);
  }
}

std::string as_decimal(const Bound& b) {
  if (b.bits) return as_decimal(as_number(b));
  switch (b.type.kind) {
    case Kind::text:
    case Kind::real:
      return call("decimal_of", b.sql);
    case Kind::date:
      return call("number_of_date", b.sql);
    case Kind::timestamp:
    case Kind::datetime:
      return call("number_of_datetime", wall_clock(b), b.type.decimals);
    case Kind::time:
      return call("number_of_time", b.sql, b.type.decimals);
    case Kind::decimal:
      return b.sql;
    default:
      return as_text(b);
  }
}

std::string as_real(const Bound& b) {
  if (b.bits) return as_real(as_number(b));
  switch (b.type.kind) {
    case Kind::real:
    case Kind::null:
      return b.sql;
    case Kind::integer:
      return b.wide ? call("real_of_unsigned", b.sql) : "CAST(" + b.sql + " AS REAL)";
    case Kind::text:
      return call("real_of_text", b.sql);
    default:
      return call("real_of_text", as_decimal(b));
  }
}

std::string as_integer(const Bound& b) {
  if (b.bits) return integer_sql(static_cast<std::int64_t>(*b.bits));
  switch (b.type.kind) {
    case Kind::integer:
    case Kind::null:
      return b.sql;
    case Kind::real:
      return call("int_of_real", b.sql);
    case Kind::text:
      return call("int_of_text", b.sql);
    default:
      return call("int_of_decimal", as_decimal(b));
  }
}

std::string as_unsigned(const Bound& b) {
  if (b.bits) return as_integer(b);
  switch (b.type.kind) {
    case Kind::real:
      return call("uint_of_real", b.sql);
    case Kind::text:
      return call("uint_of_text", b.sql);
    case Kind::decimal:
      return call("uint_of_decimal", b.sql);
    default:
      return as_integer(b);
  }
}

std::string as_datetime(const Bound& b) {
  switch (b.type.kind) {
    case Kind::null:
    case Kind::datetime:
    case Kind::date:
      return b.sql;
    case Kind::timestamp:
      return wall_clock(b);
    case Kind::time:
      return call("datetime_of_time", b.sql);
    case Kind::text:
      return call("datetime_of_text", b.sql);
    default:
      return call("datetime_of_number", as_text(b));
  }
}

std::string as_timestamp(const Bound& b) {
  return b.type.kind == Kind::timestamp ? b.sql : call("utc", as_datetime(b));
}

std::string as_date(const Bound& b) {
  return b.type.kind == Kind::date ? b.sql : call("date_of_datetime", as_datetime(b));
}

std::string as_time(const Bound& b) {
  switch (b.type.kind) {
    case Kind::null:
    case Kind::time:
      return b.sql;
    case Kind::timestamp:
    case Kind::datetime:
    case Kind::date:
      return call("time_of_datetime", as_datetime(b));
    default:
      return call("time_of_text", as_text(b));
  }
}

Bound integer_of_bits(Bound b) {
  b.sql = integer_sql(static_cast<std::int64_t>(*b.bits));
  b.type = integer_type(kBigintDigits + 1, false, true);
  b.wide = *b.bits > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  b.bits.reset();
  return b;
}

Bound as_number(Bound b) {
  const bool nullable = b.type.nullable;
  if (b.bits) {
    b = integer_of_bits(std::move(b));
    if (b.wide) return as_number(b);
  } else if (b.type.kind == Kind::text || b.type.kind == Kind::null) {
    b.sql = as_real(b);
    b.type = real_type(nullable, real_decimals(b.type));
  } else if (is_temporal(b.type.kind)) {
    const std::uint32_t decimals = b.type.decimals;
    b.sql = decimals == 0 ? as_integer(b) : as_decimal(b);
    b.type = decimals == 0 ? integer_type(kDatetimeDigits, nullable)
                           : decimal_type(kDatetimeDigits + decimals, decimals, nullable);
  } else if (b.wide) {
    b.sql = as_decimal(b);
    b.type = decimal_type(kBigintDigits + 1, 0, nullable);
    b.wide = false;
  }
  return b;
}

std::string as_type(const Bound& b, const SqlType& type) {
  if (b.type.kind == Kind::null) return b.sql;
  switch (type.kind) {
    case Kind::integer:
      return as_integer(b);
    case Kind::real:
      return as_real(b);
    case Kind::text:
      return as_text(b);
    case Kind::timestamp:
      return as_timestamp(b);
    case Kind::datetime:
      return as_datetime(b);
    case Kind::date:
      return as_date(b);
    case Kind::time:
      return as_time(b);
    case Kind::null:
      return b.sql;
    case Kind::decimal:
      break;
  }
  if (b.type.kind == Kind::decimal && b.type.decimals == type.decimals && !b.unrounded) return b.sql;
  return fit_decimal(as_decimal(b), type);
}

std::string as_operand(const Bound& b, Bound& result) {
  if (result.type.kind != Kind::decimal || b.type.kind == Kind::null) return as_type(b, result.type);
  result.unrounded = result.unrounded || b.unrounded || b.type.kind != Kind::decimal ||
                     b.type.decimals != result.type.decimals;
  return as_decimal(b);
}

Collation common_collation(const Bound& a, const Bound& b) {
  if (a.collated != b.collated) return a.collated ? a.type.collation : b.type.collation;
  if (a.type.kind != Kind::text) return b.type.collation;
  if (b.type.kind != Kind::text || a.type.collation == b.type.collation) return a.type.collation;
  if (a.type.collation == Collation::binary || b.type.collation == Collation::binary)
    return Collation::binary;
  if (a.column != b.column) return a.column ? a.type.collation : b.type.collation;
  return Collation::bin;
}

namespace {

struct Mix {
  bool nullable = false;
  bool text = false, real = false, decimal = false, integer = false, temporal = false, all_unsigned = true,
       wide = false, same_kind = true;
  Kind kind = Kind::null;
  std::uint32_t decimals = 0, whole = 0, real_decimals = 0;
  std::uint64_t length = 0;
};

void add_to(Mix& mix, const Bound& b) {
  mix.nullable = mix.nullable || b.type.nullable || b.type.kind == Kind::null;
  if (b.type.kind == Kind::null) return;
  mix.same_kind = mix.same_kind && (mix.kind == Kind::null || mix.kind == b.type.kind);
  mix.kind = b.type.kind;
  mix.text = mix.text || b.type.kind == Kind::text;
  mix.real = mix.real || b.type.kind == Kind::real;
  mix.decimal = mix.decimal || b.type.kind == Kind::decimal;
  mix.integer = mix.integer || b.type.kind == Kind::integer;
  mix.temporal = mix.temporal || is_temporal(b.type.kind);
  mix.wide = mix.wide || b.wide;
  if (b.type.kind == Kind::integer) mix.all_unsigned = mix.all_unsigned && b.type.is_unsigned;
  const std::uint32_t decimals = b.type.kind == Kind::real || b.type.kind == Kind::text ? 0 : b.type.decimals;
  mix.decimals = std::max(mix.decimals, decimals);
  mix.real_decimals = std::max(mix.real_decimals, real_decimals(b.type));
  mix.whole = std::max(mix.whole, digits_of(b.type) - std::min(digits_of(b.type), scale_of(b.type)));
  mix.length = std::max<std::uint64_t>(mix.length, text_length(b.type));
}

SqlType same_temporal(const Mix& mix) {
  if (mix.kind == Kind::date) return date_type(mix.nullable);
  if (mix.kind == Kind::time) return time_type(mix.decimals, mix.nullable);
  SqlType type = datetime_type(mix.decimals, mix.nullable);
  type.kind = mix.kind;
  return type;
}

}  // namespace

SqlType common_type(const std::vector<Bound>& values) {
  Mix mix;
  Bound collation;
  for (const Bound& b : values) {
    add_to(mix, b);
    if (b.type.kind != Kind::text) continue;
    collation.type.collation = common_collation(collation, b);
    collation.type.kind = Kind::text;
    collation.column = collation.column || b.column;
    collation.collated = collation.collated || b.collated;
  }
  if (mix.kind == Kind::null) return {};
  const bool numeric = mix.integer || mix.decimal || mix.real;
  if (mix.text || (mix.temporal && numeric))
    return text_type(mix.length, collation.type.collation, mix.nullable);
  if (mix.temporal) return mix.same_kind ? same_temporal(mix) : datetime_type(mix.decimals, mix.nullable);
  if (mix.real) return real_type(mix.nullable, mix.real_decimals);
  if (mix.decimal || (mix.wide && !mix.all_unsigned))
    return decimal_type(mix.whole + mix.decimals, mix.decimals, mix.nullable);
  return integer_type(static_cast<std::uint32_t>(mix.length), mix.nullable, mix.all_unsigned);
}

std::string truth(const Bound& b) {
  if (b.type.kind == Kind::integer || b.type.kind == Kind::null) return b.sql;
  return "(" + as_real(b) + "<>0)";
}

std::string_view collate_suffix(const SqlType& type) {
  if (type.kind == Kind::decimal) return " COLLATE bw_decimal";
  if (type.kind != Kind::text) return "";
  // SQLite's own order of bytes asks nobody whether to go on.
  if (type.collation == Collation::binary) return " COLLATE bw_bytes";
  return type.collation == Collation::bin ? " COLLATE bw_bin" : " COLLATE bw_ci";
}

bool is_position(std::string_view sql) {
  return sql.find_first_not_of("0123456789+-()") == std::string_view::npos;
}

std::string sort_term(const Bound& b, const std::string& sql) {
  if (b.wide) return call("unsigned_key", sql);
  return sql + std::string(collate_suffix(b.type));
}

}  // namespace breakwater::catalog
