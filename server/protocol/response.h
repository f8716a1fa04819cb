// The answers of a session: OK, ERR, result sets, the answers to COM_FIELD_LIST and COM_STATISTICS. Each call
// appends packets to the connection's output; nothing is sent here.
//
// One command's answer is one of: ok(); error(); begin_result(), rows, end_result(); fields. With several
// statements in one COM_QUERY each has its own, and all but the last carry status::kMoreResults. An error()
// may come after rows instead of end_result(): it drops an unfinished row.
//
// One thread at a time: the connection's thread, or the one that it has handed the writer to.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/transcoder.h"
#include "server/protocol/constants.h"
#include "server/protocol/output.h"

namespace breakwater::protocol {

/// Changes in the session, for clients that negotiated SESSION_TRACK; other clients don't get them.
struct SessionChanges {
  std::string_view schema{};  ///< the new current database; empty: it did not change
  /// System variables that changed. Never ob_capability_flag: obclient would switch its framing.
  std::span<const std::pair<std::string_view, std::string_view>> variables{};
  bool state = false;              ///< something that RESET CONNECTION would undo changed
  std::string_view transaction{};  ///< the transaction's new state, 8 characters; empty: it did not change
  bool empty() const { return schema.empty() && variables.empty() && !state && transaction.empty(); }
};

struct Ok {
  std::uint64_t affected_rows = 0;
  std::uint64_t last_insert_id = 0;
  StatusFlags status = status::kAutocommit;
  std::uint16_t warnings = 0;
  std::string_view info{};
  SessionChanges changes{};
};

/// Column Definition 41. The views must be valid only during the call.
struct ColumnDefinition {
  std::string_view schema{};
  std::string_view table{};  ///< alias
  std::string_view org_table{};
  std::string_view name{};  ///< alias
  std::string_view org_name{};
  std::uint16_t charset = charset::kUtf8mb4GeneralCi;
  std::uint32_t length = 0;  ///< in bytes
  ColumnType type = ColumnType::var_string;
  std::uint16_t flags = 0;  ///< column_flag
  std::uint8_t decimals = 0;
};

/// packet_too_large (1153) for a row of more than `most` bytes, with a hint.
Error row_too_long(std::size_t most);

class ResponseWriter {
 public:
  explicit ResponseWriter(Output& out) : out_(&out) {}

  /// Begins the answer to a command. `capabilities`: the negotiated ones; `sequence`: the number of the first
  /// packet. The connection calls it.
  void start(Capabilities capabilities, std::uint8_t sequence);
  /// The most bytes of a row (max_allowed_packet).
  void set_max_row(std::size_t bytes) { max_row_ = bytes; }
  std::size_t max_row() const { return max_row_; }
  /// Whether clients that negotiated OPTIONAL_RESULTSET_METADATA get column definitions; others always do. It
  /// stays until it is called again.
  void set_metadata(bool full) { full_metadata_ = full; }

  /// The character set of texts, names and messages: nullptr for UTF-8, else what `charset` converts to, whose characters
  /// have at most `width` bytes. `collation`: its number, which columns of text get. It stays until it is called again.
  void set_charset(std::shared_ptr<Transcoder> charset, std::uint16_t collation, std::uint32_t width);
  /// A text of a column in that character set. What has no place in it, or is no UTF-8, is '?'. Valid until the next call.
  std::string_view in_charset(std::string_view text);

  void ok(const Ok& ok);
  /// Whether error() appends notes. It stays until it is called again.
  void set_notes(bool appended) { notes_ = appended; }
  /// Sends the error's number, SQLSTATE and text, and behind the text the note of its row, which is the same whatever has
  /// caused it: a refused login tells nobody more.
  void error(const Error& error);
  void error(std::uint16_t number, std::string_view sqlstate, std::string_view text);

  /// The answer to COM_STMT_PREPARE: the statement's number, a definition for each parameter, and the columns
  /// of its result (none if it gives no rows). At most kMaxParameters parameters and 65535 columns.
  void prepared(std::uint32_t id, std::size_t parameters, std::span<const ColumnDefinition> columns,
                StatusFlags status, std::uint16_t warnings = 0);

  /// The columns. `status` and `warnings` go into the EOF between columns and rows, if the client expects
  /// one.
  void begin_result(std::span<const ColumnDefinition> columns, StatusFlags status,
                    std::uint16_t warnings = 0);
  /// The columns of an opened cursor. No rows follow, only end_result() with status::kCursorExists.
  void cursor_columns(std::span<const ColumnDefinition> columns);
  void begin_row() { begin_packet(); }
  void value(std::string_view text) { put_lenenc(text); }
  void null() { out_->push_back(static_cast<char>(0xFB)); }
  /// Call it before a long value: makes room for it in the open row. Errors: packet_too_large (1153) with a
  /// hint, out_of_memory (1037).
  Result<> make_room(std::size_t bytes);
  /// The buffer for a row of the binary protocol (BinaryRow), between begin_row() and end_row().
  Output& row() { return *out_; }
  /// Whether the open row, of many short values, has become so long that check_long_row() must be called
  /// before its end.
  bool row_is_long() const { return out_->size() - packet_ > Output::kUncounted; }
  /// Errors: those of make_room().
  Result<> check_long_row();
  void end_row() { end_packet(); }
  /// Only clients that get an OK here (DEPRECATE_EOF) receive `changes`.
  void end_result(StatusFlags status, std::uint16_t warnings = 0, const SessionChanges& changes = {});

  /// The answer to COM_FIELD_LIST: a definition for each column (with an empty default) and an EOF.
  void field_list(std::span<const ColumnDefinition> columns, StatusFlags status);
  /// The answer to COM_STATISTICS: a bare text.
  void bare_text(std::string_view text);
  /// The answer to COM_SET_OPTION and COM_DEBUG: an EOF, or with DEPRECATE_EOF an OK in its form.
  void eof(StatusFlags status, std::uint16_t warnings = 0, const SessionChanges& changes = {});

  Capabilities capabilities() const { return capabilities_; }
  /// Bytes that wait to be sent, of this command and of earlier ones. A session that writes a long result
  /// must flush (Connection::flush) when they exceed kFlushAt, and only between packets.
  std::size_t pending() const { return out_->size(); }
  static constexpr std::size_t kFlushAt = 64 << 10;

  /// A position to return to, as long as nothing has been flushed since.
  struct Mark {
    std::size_t size;
    std::uint8_t sequence;
  };
  Mark mark() const { return {out_->size(), sequence_}; }
  void rewind(Mark mark);

 private:
  void begin_packet();
  void end_packet();
  void split_packet(std::size_t length);
  void put_lenenc(std::string_view text);
  bool metadata_is_optional() const { return (capabilities_ & capability::kOptionalMetadata) != 0; }
  bool describes() const { return full_metadata_ || !metadata_is_optional(); }
  void put_definition(const ColumnDefinition& column);
  void put_definitions(std::span<const ColumnDefinition> columns);
  void put_ok(std::uint8_t header, const Ok& ok);
  void drop_open_packet();

  static constexpr std::uint32_t kUtf8Width = 4;  ///< bytes of a character, as columns' lengths count them
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  Output* out_;
  std::size_t packet_ = kNone;  ///< where the open packet's header is
  std::size_t max_row_ = kNone;
  Capabilities capabilities_ = 0;
  std::uint8_t sequence_ = 0;
  bool full_metadata_ = true;
  bool notes_ = false;
  std::shared_ptr<Transcoder> charset_;  ///< a session that ends, or begins anew, may let go of its own
  std::uint16_t collation_ = charset::kUtf8mb4GeneralCi;
  std::uint32_t width_ = kUtf8Width;
  std::string mended_;  ///< what in_charset() gave
};

}  // namespace breakwater::protocol
