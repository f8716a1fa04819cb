// The types and values of the views and of the SELECT engine, and their names in MySQL's protocol and SHOW
// statements. Pure data; any thread may use it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace breakwater::catalog {

enum class Kind : std::uint8_t {
  null,       ///< only the literal NULL has this type
  integer,    ///< 64 bits, see SqlType::is_unsigned
  real,       ///< DOUBLE
  decimal,    ///< exact; its value is text with exactly SqlType::decimals digits after the point
  text,       ///< UTF-8 under a collation, or bytes (Collation::binary)
  timestamp,  ///< microseconds since the epoch, UTC
  datetime,   ///< microseconds since 1970-01-01 00:00:00 of a wall clock without a zone
  date,       ///< like datetime, at midnight
  time,       ///< microseconds, signed
};

/// The order of texts. Both utf8mb4 collations pad with blanks.
enum class Collation : std::uint8_t {
  general_ci,  ///< utf8mb4_general_ci
  bin,         ///< utf8mb4_bin
  binary,      ///< bytes
};

/// A MySQL type. `length` is in characters for texts (bytes for binary ones), else the display width.
struct SqlType {
  Kind kind = Kind::null;
  bool is_unsigned = false;
  bool nullable = true;
  bool is_blob = false;  ///< LONGTEXT and the like: protocol type BLOB
  Collation collation = Collation::general_ci;
  std::uint8_t decimals = 0;
  std::uint32_t length = 0;

  bool operator==(const SqlType&) const = default;
};

inline constexpr std::uint32_t kLongTextLength = 4294967295U;
inline constexpr std::uint8_t kNotFixedDecimals = 31;  ///< a DOUBLE without a fixed number of digits
inline constexpr std::uint8_t kMaxDecimalDigits = 65;
inline constexpr std::uint8_t kMaxDecimalScale = 30;

/// What a column definition of the protocol has besides the names (field types and flags of MySQL 5.7).
struct WireType {
  std::uint8_t type = 0;      ///< MYSQL_TYPE_*
  std::uint16_t charset = 0;  ///< collation id: 45, 46 or 63 (binary)
  std::uint32_t length = 0;   ///< bytes: characters times 4 for utf8mb4
  std::uint16_t flags = 0;    ///< NOT_NULL_FLAG ...
  std::uint8_t decimals = 0;
};
WireType wire_type(const SqlType& type);

/// Parses a type: the forms that declared_type() prints ("bigint(20) unsigned", "varchar(1024)",
/// "timestamp(6)"), and Oracle's NUMBER, VARCHAR2, CHAR, CLOB, DATE (a datetime to the second) and TIMESTAMP.
SqlType parse_type(std::string_view declared, bool nullable);
std::string declared_type(const SqlType& type);
/// "bigint", "varchar": information_schema's DATA_TYPE.
std::string data_type_name(const SqlType& type);
std::string_view collation_name(Collation collation);  ///< "utf8mb4_general_ci"

/// A value that owns its text, for user variables, system variables and parameters of prepared statements.
/// Decimals and temporal values are texts.
class Value : public std::variant<std::monostate, std::int64_t, std::uint64_t, double, std::string> {
 public:
  using Variant = std::variant<std::monostate, std::int64_t, std::uint64_t, double, std::string>;
  using Variant::Variant;
  using Variant::operator=;
  Value() = default;
  /// Safe if there is no memory for the text. (The variant's copy constructor of GCC 12's library then
  /// destroys a string that it hasn't made.)
  Value(const Value& other) : Variant(copy_of(other)) {}
  Value(Value&&) noexcept = default;
  Value& operator=(const Value&) = default;
  Value& operator=(Value&&) noexcept = default;
  ~Value() = default;

 private:
  static Variant copy_of(const Value& other) {
    return std::visit(
        [](const auto& what) { return Variant(std::in_place_type<std::decay_t<decltype(what)>>, what); },
        static_cast<const Variant&>(other));
  }
};

/// One field of a row. A text is a view, valid until the cursor steps or closes.
struct Cell {
  enum class Is : std::uint8_t { null, int64, uint64, real, text, datetime, date, time };
  Is is = Is::null;
  std::int64_t integer = 0;  ///< int64; the bits of a uint64; microseconds of a temporal value (wall clock)
  double real = 0;
  std::string_view text;

  static Cell of(std::int64_t value) { return {Is::int64, value, 0, {}}; }
  static Cell of(std::uint64_t value) { return {Is::uint64, static_cast<std::int64_t>(value), 0, {}}; }
  static Cell of(double value) { return {Is::real, 0, value, {}}; }
  static Cell of(std::string_view value) { return {Is::text, 0, 0, value}; }
  bool null() const { return is == Is::null; }
};

}  // namespace breakwater::catalog

template <>
struct std::hash<breakwater::catalog::Value> {
  std::size_t operator()(const breakwater::catalog::Value::Variant& value) const {
    return std::hash<breakwater::catalog::Value::Variant>()(value);
  }
};
