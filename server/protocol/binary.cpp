#include "server/protocol/binary.h"

#include <bit>

#include "server/protocol/wire.h"

namespace breakwater::protocol {
namespace {

constexpr std::size_t kRowBitmapOffset = 2;  ///< a row's NULL bitmap begins at its third bit
constexpr std::size_t kDateSize = 4;
constexpr std::size_t kDatetimeSize = 7;
constexpr std::size_t kDatetimeMicroSize = 11;
constexpr std::size_t kTimeSize = 8;
constexpr std::size_t kTimeMicroSize = 12;
constexpr std::uint8_t kUnsignedFlag = 0x80;
constexpr std::string_view kCommandName = "mysqld_stmt_execute";

void put_date(Output& out, const Moment& moment) {
  serialize(out, Int2{moment.year}, Int1{moment.month}, Int1{moment.day});
}

}  // namespace

BinaryRow::BinaryRow(Output& out, std::size_t columns) : out_(out), bitmap_(out.size() + 1) {
  const std::size_t size = 1 + (columns + kRowBitmapOffset + 7) / 8;
  std::memset(out.grow(size), 0, size);
}

void BinaryRow::null() {
  const std::size_t bit = field_++ + kRowBitmapOffset;
  char& byte = *out_.at(bitmap_ + bit / 8);
  byte = static_cast<char>(static_cast<unsigned char>(byte) | (1U << (bit % 8)));
}

void BinaryRow::int64(std::uint64_t bits) {
  ++field_;
  write(out_, FixedInt<8, std::uint64_t>{bits});
}

void BinaryRow::float64(double value) {
  int64(std::bit_cast<std::uint64_t>(value));
}

void BinaryRow::text(std::string_view bytes) {
  ++field_;
  write(out_, StringLenenc{bytes});
}

void BinaryRow::date(const Moment& moment) {
  ++field_;
  out_.push_back(static_cast<char>(kDateSize));
  put_date(out_, moment);
}

void BinaryRow::datetime(const Moment& moment) {
  if (moment.hour == 0 && moment.minute == 0 && moment.second == 0 && moment.microsecond == 0)
    return date(moment);
  ++field_;
  out_.push_back(static_cast<char>(moment.microsecond == 0 ? kDatetimeSize : kDatetimeMicroSize));
  put_date(out_, moment);
  serialize(out_, Int1{moment.hour}, Int1{moment.minute}, Int1{moment.second});
  if (moment.microsecond != 0) write(out_, Int4{moment.microsecond});
}

void BinaryRow::time(const TimeSpan& span) {
  ++field_;
  if (span == TimeSpan{.negative = span.negative}) return out_.push_back('\0');
  out_.push_back(static_cast<char>(span.microsecond == 0 ? kTimeSize : kTimeMicroSize));
  serialize(out_, Int1{static_cast<std::uint8_t>(span.negative)}, Int4{span.days}, Int1{span.hour},
            Int1{span.minute}, Int1{span.second});
  if (span.microsecond != 0) write(out_, Int4{span.microsecond});
}

namespace {

// ---- parameters ----

template <std::size_t Width>
bool read_integer(ByteReader& in, bool is_unsigned, ParameterValue& value) {
  FixedInt<Width, std::uint64_t> bytes;
  if (!read(in, bytes)) return false;
  constexpr unsigned kSpare = 64 - 8 * Width;
  const auto extended = static_cast<std::int64_t>(bytes.value << kSpare) >> kSpare;
  value.is = is_unsigned ? ParameterValue::Is::uint64 : ParameterValue::Is::int64;
  value.integer = is_unsigned ? bytes.value : static_cast<std::uint64_t>(extended);
  return true;
}

bool read_float32(ByteReader& in, ParameterValue& value) {
  Int4 bits;
  if (!read(in, bits)) return false;
  value.is = ParameterValue::Is::float64;
  value.real = static_cast<double>(std::bit_cast<float>(bits.value));
  return true;
}

bool read_float64(ByteReader& in, ParameterValue& value) {
  FixedInt<8, std::uint64_t> bits;
  if (!read(in, bits)) return false;
  value.is = ParameterValue::Is::float64;
  value.real = std::bit_cast<double>(bits.value);
  return true;
}

bool read_text(ByteReader& in, ParameterValue::Is is, ParameterValue& value) {
  StringLenenc text;
  if (!read(in, text)) return false;
  value.is = is;
  value.text = text.value;
  return true;
}

bool read_micro(ByteReader& in, std::uint32_t& microsecond) {
  Int4 micro;
  if (!read(in, micro)) return false;
  microsecond = micro.value;
  return true;
}

bool read_moment(ByteReader& in, ParameterValue::Is is, ParameterValue& value) {
  Int1 size;
  if (!read(in, size)) return false;
  value.is = is;
  if (size.value == 0) return true;
  Int2 year;
  Int1 month;
  Int1 day;
  if (size.value < kDateSize || !deserialize(in, year, month, day)) return false;
  value.moment = {.year = year.value, .month = month.value, .day = day.value};
  if (size.value == kDateSize) return true;
  Int1 hour;
  Int1 minute;
  Int1 second;
  if (!deserialize(in, hour, minute, second)) return false;
  value.moment.hour = hour.value;
  value.moment.minute = minute.value;
  value.moment.second = second.value;
  if (size.value == kDatetimeSize) return true;
  return size.value == kDatetimeMicroSize && read_micro(in, value.moment.microsecond);
}

bool read_time(ByteReader& in, ParameterValue& value) {
  Int1 size;
  if (!read(in, size)) return false;
  value.is = ParameterValue::Is::time;
  if (size.value == 0) return true;
  Int1 negative;
  Int4 days;
  Int1 hour;
  Int1 minute;
  Int1 second;
  if (!deserialize(in, negative, days, hour, minute, second)) return false;
  value.span = {.negative = negative.value != 0,
                .days = days.value,
                .hour = hour.value,
                .minute = minute.value,
                .second = second.value};
  if (size.value == kTimeSize) return true;
  return size.value == kTimeMicroSize && read_micro(in, value.span.microsecond);
}

bool is_blob(ColumnType type) {
  return type >= ColumnType::tiny_blob && type <= ColumnType::blob;
}

bool read_value(ByteReader& in, ParameterType type, ParameterValue& value) {
  using Is = ParameterValue::Is;
  switch (type.type) {
    case ColumnType::null:
      return true;
    case ColumnType::tiny:
      return read_integer<1>(in, type.is_unsigned, value);
    case ColumnType::small:
    case ColumnType::year:
      return read_integer<2>(in, type.is_unsigned, value);
    case ColumnType::int24:
    case ColumnType::int32:
      return read_integer<4>(in, type.is_unsigned, value);
    case ColumnType::int64:
      return read_integer<8>(in, type.is_unsigned, value);
    case ColumnType::float32:
      return read_float32(in, value);
    case ColumnType::float64:
      return read_float64(in, value);
    case ColumnType::decimal:
    case ColumnType::new_decimal:
      return read_text(in, Is::decimal, value);
    case ColumnType::date:
      return read_moment(in, Is::date, value);
    case ColumnType::datetime:
    case ColumnType::timestamp:
      return read_moment(in, Is::datetime, value);
    case ColumnType::time:
      return read_time(in, value);
    case ColumnType::tiny_blob:
    case ColumnType::medium_blob:
    case ColumnType::long_blob:
    case ColumnType::blob:
      value.bytes = true;
      return read_text(in, Is::text, value);
    case ColumnType::varchar:
    case ColumnType::bit:
    case ColumnType::json:
    case ColumnType::enumeration:
    case ColumnType::set:
    case ColumnType::var_string:
    case ColumnType::string:
      return read_text(in, Is::text, value);
  }
  return false;
}

bool read_types(ByteReader& in, std::size_t count, std::vector<ParameterType>& types) {
  if (in.remaining() < 2 * count) return false;
  types.resize(count);
  for (ParameterType& type : types) {
    Int1 code;
    Int1 flags;
    if (!deserialize(in, code, flags)) return false;
    type = {ColumnType{code.value}, (flags.value & kUnsignedFlag) != 0};
  }
  return true;
}

bool is_null(std::span<const std::uint8_t> bitmap, std::size_t index) {
  return ((bitmap[index / 8] >> (index % 8)) & 1U) != 0;
}

bool read_all(ByteReader& in, std::size_t count, std::span<const SentAhead> sent_ahead,
              std::vector<ParameterType>& types, std::vector<ParameterValue>& values) {
  const auto bitmap = in.get((count + 7) / 8);
  Int1 new_types;
  if (!bitmap || !read(in, new_types)) return false;
  if (new_types.value != 0 && !read_types(in, count, types)) return false;
  if (types.size() != count) return false;
  auto ahead = sent_ahead.begin();
  for (std::size_t i = 0; i < count; ++i) {
    if (ahead != sent_ahead.end() && ahead->parameter == i) {
      values[i].is = ParameterValue::Is::text;
      values[i].bytes = is_blob(types[i].type);
      values[i].text = (ahead++)->data;
    } else if (!is_null(*bitmap, i) && !read_value(in, types[i], values[i])) {
      return false;
    }
  }
  return true;
}

}  // namespace

Result<> read_parameters(std::span<const std::uint8_t> body, std::size_t count,
                         std::span<const SentAhead> sent_ahead, std::vector<ParameterType>& types,
                         std::vector<ParameterValue>& values) {
  values.assign(count, {});
  if (count == 0) return {};
  ByteReader in(body);
  if (!read_all(in, count, sent_ahead, types, values)) return fail(error::invalid_argument(kCommandName));
  return {};
}

}  // namespace breakwater::protocol
