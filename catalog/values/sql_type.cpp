#include "catalog/values/sql_type.h"

#include <algorithm>
#include <charconv>

namespace breakwater::catalog {

namespace {

// MySQL 5.7, include/mysql_com.h and binary_log_types.h.
constexpr std::uint8_t kTypeDouble = 0x05, kTypeNull = 0x06, kTypeTimestamp = 0x07, kTypeLongLong = 0x08,
                       kTypeDate = 0x0a, kTypeTime = 0x0b, kTypeDatetime = 0x0c, kTypeNewDecimal = 0xf6,
                       kTypeBlob = 0xfc, kTypeVarString = 0xfd;
constexpr std::uint16_t kNotNullFlag = 1, kBlobFlag = 16, kUnsignedFlag = 32, kBinaryFlag = 128;
constexpr std::uint16_t kCharsetGeneralCi = 45, kCharsetBin = 46, kCharsetBinary = 63;
constexpr std::uint32_t kMaxBytesOfCharacter = 4;

std::uint8_t wire_code(const SqlType& type) {
  switch (type.kind) {
    case Kind::null:
      return kTypeNull;
    case Kind::integer:
      return kTypeLongLong;
    case Kind::real:
      return kTypeDouble;
    case Kind::decimal:
      return kTypeNewDecimal;
    case Kind::timestamp:
      return kTypeTimestamp;
    case Kind::datetime:
      return kTypeDatetime;
    case Kind::date:
      return kTypeDate;
    case Kind::time:
      return kTypeTime;
    case Kind::text:
      break;
  }
  return type.is_blob ? kTypeBlob : kTypeVarString;
}

std::uint32_t wire_length(const SqlType& type) {
  if (type.kind != Kind::text || type.collation == Collation::binary) return type.length;
  const std::uint64_t bytes = std::uint64_t{type.length} * kMaxBytesOfCharacter;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(bytes, kLongTextLength));
}

std::uint16_t text_charset(Collation collation) {
  if (collation == Collation::binary) return kCharsetBinary;
  return collation == Collation::bin ? kCharsetBin : kCharsetGeneralCi;
}

/// The numbers of "(p)" or "(p,s)" after the name; 0 if missing.
std::pair<std::uint32_t, std::uint32_t> read_numbers(std::string_view declared) {
  std::uint32_t first = 0;
  std::uint32_t second = 0;
  const auto open = declared.find('(');
  if (open == std::string_view::npos) return {0, 0};
  const char* end = declared.data() + declared.size();
  const auto read = std::from_chars(declared.data() + open + 1, end, first);
  if (read.ptr != end && *read.ptr == ',') std::from_chars(read.ptr + 1, end, second);
  return {first, second};
}

constexpr std::uint32_t kBigintWidth = 20, kMicros = 6;
constexpr std::uint32_t kDatetimeWidth = 19, kDateWidth = 10, kTimeWidth = 10, kDoubleWidth = 22;

std::uint32_t with_fraction(std::uint32_t width, std::uint32_t decimals) {
  return decimals == 0 ? width : width + 1 + decimals;
}

std::string in_parentheses(std::uint32_t number) {
  return "(" + std::to_string(number) + ")";
}

std::string fraction_suffix(const SqlType& type) {
  return type.decimals == 0 ? "" : in_parentheses(type.decimals);
}

}  // namespace

WireType wire_type(const SqlType& type) {
  WireType wire;
  const bool text = type.kind == Kind::text;
  wire.type = wire_code(type);
  wire.charset = text ? text_charset(type.collation) : kCharsetBinary;
  wire.length = wire_length(type);
  wire.decimals = text ? (type.is_blob ? 0 : kNotFixedDecimals) : type.decimals;
  if (!type.nullable) wire.flags |= kNotNullFlag;
  if (type.is_unsigned) wire.flags |= kUnsignedFlag;
  if (type.is_blob) wire.flags |= kBlobFlag;
  if (!text || type.collation == Collation::binary) wire.flags |= kBinaryFlag;
  return wire;
}

SqlType parse_type(std::string_view declared, bool nullable) {
  SqlType type;
  type.nullable = nullable;
  const std::string_view name = declared.substr(0, declared.find_first_of("( "));
  const auto [first, second] = read_numbers(declared);
  type.is_unsigned = declared.ends_with(" unsigned");
  const auto is = [&](Kind kind, std::uint32_t length, std::uint32_t decimals) {
    type.kind = kind;
    type.length = length;
    type.decimals = static_cast<std::uint8_t>(decimals);
  };
  if (name == "bigint" || name == "int")
    is(Kind::integer, first, 0);
  else if (name == "NUMBER")
    is(Kind::integer, kBigintWidth, 0);
  else if (name == "DATE")
    is(Kind::timestamp, kDatetimeWidth, 0);
  else if (name.starts_with("TIMESTAMP"))
    is(Kind::timestamp, with_fraction(kDatetimeWidth, kMicros), kMicros);
  else if (name == "double")
    is(Kind::real, kDoubleWidth, kNotFixedDecimals);
  else if (name == "decimal")
    is(Kind::decimal, first + (second == 0 ? 1 : 2), second);
  else if (name == "timestamp")
    is(Kind::timestamp, with_fraction(kDatetimeWidth, first), first);
  else if (name == "datetime")
    is(Kind::datetime, with_fraction(kDatetimeWidth, first), first);
  else if (name == "date")
    is(Kind::date, kDateWidth, 0);
  else if (name == "time")
    is(Kind::time, with_fraction(kTimeWidth, first), first);
  else
    is(Kind::text, name == "longtext" || name == "CLOB" ? kLongTextLength : first, 0);
  type.is_blob = name == "longtext" || name == "CLOB";
  if (name == "CLOB" || name == "VARCHAR2" || name == "CHAR") type.collation = Collation::bin;
  return type;
}

std::string data_type_name(const SqlType& type) {
  switch (type.kind) {
    case Kind::integer:
      return "bigint";
    case Kind::real:
      return "double";
    case Kind::decimal:
      return "decimal";
    case Kind::timestamp:
      return "timestamp";
    case Kind::datetime:
      return "datetime";
    case Kind::date:
      return "date";
    case Kind::time:
      return "time";
    case Kind::null:
    case Kind::text:
      break;
  }
  return type.is_blob ? "longtext" : "varchar";
}

std::string declared_type(const SqlType& type) {
  std::string name = data_type_name(type);
  switch (type.kind) {
    case Kind::integer:
      return name + in_parentheses(type.length) + (type.is_unsigned ? " unsigned" : "");
    case Kind::decimal:
      return name + "(" + std::to_string(type.length - (type.decimals == 0 ? 1 : 2)) + "," +
             std::to_string(type.decimals) + ")";
    case Kind::timestamp:
    case Kind::datetime:
    case Kind::time:
      return name + fraction_suffix(type);
    case Kind::real:
    case Kind::date:
      return name;
    case Kind::null:
    case Kind::text:
      break;
  }
  return type.is_blob ? name : name + in_parentheses(type.length);
}

std::string_view collation_name(Collation collation) {
  if (collation == Collation::binary) return "binary";
  return collation == Collation::bin ? "utf8mb4_bin" : "utf8mb4_general_ci";
}

}  // namespace breakwater::catalog
