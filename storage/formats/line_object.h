// Objects of lines: what sets and pieces are made of. A header that says whose it is, then lines (one JSON object each), compressed
// frame by frame, then a MAC. Layout: docs/backup-format.md#objects-of-lines.
//
// What is secret in a line was sealed before it came here (set_key.h); the rest can be read by whoever has the medium.
// All of it is pure; a writer is used by one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/error.h"
#include "storage/formats/set_key.h"

namespace breakwater::storage {

inline constexpr std::size_t kMaxLine = std::size_t{1} << 20U;     ///< bytes, without the line's end
inline constexpr std::size_t kFrame = std::size_t{256} << 10U;     ///< of lines that are compressed together
inline constexpr std::size_t kFullObject = std::size_t{4} << 20U;  ///< a writer with as much is full
inline constexpr std::size_t kMaxObject = std::size_t{8} << 20U;   ///< a longer one isn't read

/// Authenticated by the MAC, as all of the object is.
struct LineHeader {
  std::string of{};           ///< set_identity() or round_identity()
  std::int64_t piece = 0;     ///< 0: of a set
  std::int64_t number = 0;    ///< from 1, in the set or piece
  std::int64_t from_scn = 0;  ///< of a log: it holds all changes after this one, up to …
  std::int64_t to_scn = 0;    ///< … and with this one
  std::int64_t schema_version = 0;
  std::string
      previous{};  ///< of a log: the SHA-256 in hexadecimal of the object before; empty: the first of its round
  std::string history{};  ///< of a log: the mark of the tenant's history at from_scn; empty: not known

  bool operator==(const LineHeader&) const = default;
};

struct LineObject {
  Bytes bytes{};
  crypto::Sha256 sha256{};
  std::uint64_t lines = 0;
};

class LineObjectWriter {
 public:
  LineObjectWriter();
  ~LineObjectWriter();
  LineObjectWriter(LineObjectWriter&&) noexcept;
  LineObjectWriter& operator=(LineObjectWriter&&) noexcept;

  /// size_overflow (4019): longer than kMaxLine. invalid_argument (1210): it holds a line break.
  Result<> add(std::string_view line);
  std::uint64_t lines() const;
  /// Time to finish() this one and begin another.
  bool full() const;

  /// May be called once. `key`: whose identity is header.of.
  Result<LineObject> finish(const LineHeader& header, const DataKey& key);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

using LineVisitor = std::function<Result<>(std::string_view line)>;

/// Reads an object. `key`: null if there is none; then the MAC isn't checked, and only whoever knows the object's SHA-256 from a
/// manifest knows that it is what was written. Lines are given one after the other, at most kMaxLine bytes each, before the object has
/// been read to its end: after an error the visitor has had a part. checksum_error (4103), with a hint: damaged, hostile, another MAC; an
/// error of the visitor.
Result<LineHeader> read_lines(std::span<const std::uint8_t> bytes, const DataKey* key,
                              const LineVisitor& visit);

/// The header alone, not authenticated.
Result<LineHeader> peek_line_header(std::span<const std::uint8_t> bytes);

}  // namespace breakwater::storage
