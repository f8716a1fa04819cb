#include "catalog/store/row_values.h"

#include <bit>

namespace breakwater::catalog {
namespace {

constexpr std::size_t kNumberBytes = 8;
constexpr std::size_t kLengthBytes = 4;

struct Put {
  Bytes& out;
  void operator()(std::monostate /*null*/) const {}
  void operator()(std::int64_t value) const {
    put_le(out, std::bit_cast<std::uint64_t>(value), kNumberBytes);
  }
  void operator()(double value) const { put_le(out, std::bit_cast<std::uint64_t>(value), kNumberBytes); }
  void operator()(const std::string& text) const { bytes(as_bytes(text)); }
  void operator()(const Bytes& blob) const { bytes(blob); }

 private:
  void bytes(std::span<const std::uint8_t> bytes) const {
    put_le(out, bytes.size(), kLengthBytes);
    out.insert(out.end(), bytes.begin(), bytes.end());
  }
};

std::optional<std::span<const std::uint8_t>> get_bytes(ByteReader& in) {
  const auto size = in.get_le(kLengthBytes);
  return size ? in.get(*size) : std::nullopt;
}

std::optional<Value> get_value(ByteReader& in) {
  const auto kind = in.get_le(1);
  if (!kind) return std::nullopt;
  if (*kind == 0) return Value();
  if (*kind <= 2) {
    const auto bits = in.get_le(kNumberBytes);
    if (!bits) return std::nullopt;
    return *kind == 1 ? Value(std::bit_cast<std::int64_t>(*bits)) : Value(std::bit_cast<double>(*bits));
  }
  const auto bytes = *kind <= 4 ? get_bytes(in) : std::nullopt;
  if (!bytes) return std::nullopt;
  return *kind == 3 ? Value(std::string(as_text(*bytes))) : Value(Bytes(bytes->begin(), bytes->end()));
}

}  // namespace

std::string text_of(const Value& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
  const auto* text = std::get_if<std::string>(&value);
  return text == nullptr ? std::string() : *text;
}

Value value_of(sqlite3_value* value) {
  switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER:
      return static_cast<std::int64_t>(sqlite3_value_int64(value));
    case SQLITE_FLOAT:
      return sqlite3_value_double(value);
    case SQLITE_TEXT: {
      const auto* data = reinterpret_cast<const char*>(sqlite3_value_text(value));
      return std::string(data, static_cast<std::size_t>(sqlite3_value_bytes(value)));
    }
    case SQLITE_BLOB: {
      const auto* data = static_cast<const std::uint8_t*>(sqlite3_value_blob(value));
      return Bytes(data, data + sqlite3_value_bytes(value));
    }
    default:
      return std::monostate();
  }
}

Value value_in(const sqlite::Statement& row, int column) {
  switch (row.type(column)) {
    case SQLITE_INTEGER:
      return row.integer(column);
    case SQLITE_FLOAT:
      return row.real(column);
    case SQLITE_TEXT:
      return row.string(column);
    case SQLITE_BLOB:
      return row.bytes(column);
    default:
      return std::monostate();
  }
}

Values values_in(const sqlite::Statement& row, std::size_t count) {
  Values values;
  values.reserve(count);
  for (std::size_t i = 0; i < count; ++i) values.push_back(value_in(row, static_cast<int>(i)));
  return values;
}

void bind_values(sqlite::Statement& statement, int first, const Values& values) {
  for (const Value& value : values) {
    std::visit(
        [&]<class T>(const T& held) {
          if constexpr (std::is_same_v<T, std::monostate>) {
            statement.bind(first, sqlite::Null{});
          } else {
            statement.bind(first, held);
          }
        },
        value);
    ++first;
  }
}

void put_values(Bytes& out, const Values& values) {
  put_le(out, values.size(), 1);
  for (const Value& value : values) {
    put_le(out, value.index(), 1);
    std::visit(Put{out}, value);
  }
}

std::optional<Values> get_values(ByteReader& in) {
  const auto count = in.get_le(1);
  if (!count) return std::nullopt;
  Values values;
  for (std::uint64_t i = 0; i < *count; ++i) {
    auto value = get_value(in);
    if (!value) return std::nullopt;
    values.push_back(*std::move(value));
  }
  return values;
}

}  // namespace breakwater::catalog
