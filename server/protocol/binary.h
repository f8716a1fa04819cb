// The values of the binary protocol: the rows of a prepared statement's result, and the parameters of
// COM_STMT_EXECUTE.
//
// A row is written field by field, in the order of the columns, between ResponseWriter::begin_row() and
// end_row(); the ColumnType says which function a column needs. Parameters are read by the types that the
// client gives, and are views into the packet. Pure; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "server/protocol/constants.h"
#include "server/protocol/output.h"

namespace breakwater::protocol {

/// A date, with or without a time of day. One that was read is as the client sent it and may be out of range.
struct Moment {
  std::uint16_t year = 0;
  std::uint8_t month = 0;
  std::uint8_t day = 0;
  std::uint8_t hour = 0;
  std::uint8_t minute = 0;
  std::uint8_t second = 0;
  std::uint32_t microsecond = 0;
  bool operator==(const Moment&) const = default;
};

/// A TIME: days, and hours within a day.
struct TimeSpan {
  bool negative = false;
  std::uint32_t days = 0;
  std::uint8_t hour = 0;
  std::uint8_t minute = 0;
  std::uint8_t second = 0;
  std::uint32_t microsecond = 0;
  bool operator==(const TimeSpan&) const = default;
};

class BinaryRow {
 public:
  /// Nothing else may write to `out` until the row's last field.
  BinaryRow(Output& out, std::size_t columns);

  void null();
  void int64(std::uint64_t bits);       ///< ColumnType::int64
  void float64(double value);           ///< ColumnType::float64
  void text(std::string_view bytes);    ///< texts, blobs, decimals
  void date(const Moment& moment);      ///< ColumnType::date
  void datetime(const Moment& moment);  ///< ColumnType::datetime, timestamp
  void time(const TimeSpan& span);      ///< ColumnType::time

 private:
  Output& out_;
  std::size_t bitmap_;
  std::size_t field_ = 0;
};

/// The type that the client gives for a parameter.
struct ParameterType {
  ColumnType type = ColumnType::null;
  bool is_unsigned = false;
};

struct ParameterValue {
  enum class Is : std::uint8_t { null, int64, uint64, float64, decimal, text, date, datetime, time };
  Is is = Is::null;
  std::uint64_t integer = 0;  ///< the bits of int64 and uint64
  double real = 0;
  std::string_view text{};  ///< decimal, text: a view into the packet or into the value sent ahead
  bool bytes = false;       ///< a text that came as a BLOB
  Moment moment{};          ///< date, datetime
  TimeSpan span{};          ///< time
};

/// A value that came by COM_STMT_SEND_LONG_DATA, and replaces the one in the packet.
struct SentAhead {
  std::uint16_t parameter = 0;
  std::string_view data{};
};

/// Reads `count` parameters of COM_STMT_EXECUTE. `sent_ahead`: ordered by parameter, each once. `types` are
/// those of the last execution; if the packet has types, they are replaced. `values` gets one value for each
/// parameter. Error: invalid_argument (1210) if the packet is too short, has an impossible type, or has no
/// types although there were none before. `values` has no meaning then.
Result<> read_parameters(std::span<const std::uint8_t> body, std::size_t count,
                         std::span<const SentAhead> sent_ahead, std::vector<ParameterType>& types,
                         std::vector<ParameterValue>& values);

}  // namespace breakwater::protocol
