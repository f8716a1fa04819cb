#include "server/protocol/response.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.h"
#include "server/protocol/wire.h"

namespace breakwater::protocol {
namespace {

constexpr std::uint8_t kOkHeader = 0x00;
constexpr std::uint8_t kEofHeader = 0xFE;
constexpr std::uint8_t kErrorHeader = 0xFF;
constexpr std::uint8_t kDefinitionRest = 0x0C;  ///< bytes of a column definition's fixed part
constexpr std::uint8_t kTrackVariable = 0;
constexpr std::uint8_t kTrackSchema = 1;
constexpr std::uint8_t kTrackState = 2;
constexpr std::uint8_t kTrackTransaction = 5;

void put_change(Output& out, std::uint8_t type, const Output& data) {
  serialize(out, Int1{type}, StringLenenc{data.view()});
}

void put_changes(Output& out, const SessionChanges& changes) {
  Output all;
  for (const auto& [name, value] : changes.variables) {
    Output data;
    serialize(data, StringLenenc{name}, StringLenenc{value});
    put_change(all, kTrackVariable, data);
  }
  if (!changes.schema.empty()) {
    Output data;
    serialize(data, StringLenenc{changes.schema});
    put_change(all, kTrackSchema, data);
  }
  if (changes.state) {
    Output data;
    serialize(data, StringEof{"1"});  // only this entry has no length before the text
    put_change(all, kTrackState, data);
  }
  if (!changes.transaction.empty()) {
    Output data;
    serialize(data, StringLenenc{changes.transaction});
    put_change(all, kTrackTransaction, data);
  }
  serialize(out, StringLenenc{all.view()});
}

}  // namespace

Error row_too_long(std::size_t most) {
  return error::packet_too_large().with_hint("a row may hold " + std::to_string(most) +
                                             " bytes, the server's max_allowed_packet: select fewer or "
                                             "shorter columns");
}

void ResponseWriter::start(Capabilities capabilities, std::uint8_t sequence) {
  capabilities_ = capabilities;
  sequence_ = sequence;
  packet_ = kNone;
}

void ResponseWriter::begin_packet() {
  packet_ = out_->size();
  out_->grow(kHeaderSize);
}

void ResponseWriter::end_packet() {
  const std::size_t length = out_->size() - packet_ - kHeaderSize;
  if (length >= kMaxFrame) return split_packet(length);
  write_frame_header(out_->at(packet_), length, sequence_++);
  packet_ = kNone;
}

Result<> ResponseWriter::make_room(std::size_t bytes) {
  constexpr std::size_t kLongestLength = 9;  ///< of a value's length
  const std::size_t before = out_->size() - packet_ - kHeaderSize;
  if (bytes > max_row_ - std::min(max_row_, before)) return fail(row_too_long(max_row_));
  return out_->reserve(bytes + kLongestLength);
}

Result<> ResponseWriter::check_long_row() {
  if (out_->size() - packet_ - kHeaderSize > max_row_) return fail(row_too_long(max_row_));
  return out_->settle();
}

// Splits the packet into frames of kMaxFrame bytes and a shorter one at the end, which may be empty. From the
// back on it moves the payload to make room for the headers.
void ResponseWriter::split_packet(std::size_t length) {
  const std::size_t more = length / kMaxFrame;
  out_->grow(more * kHeaderSize);
  char* const start = out_->at(packet_);
  for (std::size_t frame = more; frame > 0; --frame) {
    const std::size_t size = std::min(kMaxFrame, length - frame * kMaxFrame);
    const char* const from = start + kHeaderSize + frame * kMaxFrame;
    char* const header = start + frame * (kHeaderSize + kMaxFrame);
    std::memmove(header + kHeaderSize, from, size);
    write_frame_header(header, size, static_cast<std::uint8_t>(sequence_ + frame));
  }
  write_frame_header(start, kMaxFrame, sequence_);
  sequence_ = static_cast<std::uint8_t>(sequence_ + more + 1);
  packet_ = kNone;
}

void ResponseWriter::drop_open_packet() {
  if (packet_ == kNone) return;
  out_->truncate(packet_);
  packet_ = kNone;
}

void ResponseWriter::rewind(Mark mark) {
  out_->truncate(mark.size);
  sequence_ = mark.sequence;
  packet_ = kNone;
}

void ResponseWriter::put_lenenc(std::string_view text) {
  write(*out_, StringLenenc{text});
}

void ResponseWriter::put_ok(std::uint8_t header, const Ok& ok) {
  const bool tracks = (capabilities_ & capability::kSessionTrack) != 0 && !ok.changes.empty();
  const StatusFlags changed = tracks ? status::kSessionStateChanged : StatusFlags{0};
  serialize(*out_, Int1{header}, IntLenenc{ok.affected_rows}, IntLenenc{ok.last_insert_id},
            Int2{static_cast<StatusFlags>(ok.status | changed)}, Int2{ok.warnings});
  if (!ok.info.empty() || tracks) put_lenenc(in_charset(ok.info));
  if (tracks) put_changes(*out_, ok.changes);
}

void ResponseWriter::ok(const Ok& ok) {
  begin_packet();
  put_ok(kOkHeader, ok);
  end_packet();
}

void ResponseWriter::error(const Error& error) {
  if (!notes_) return this->error(error.mysql_errno(), error.sqlstate(), error.text());
  const ErrorMessage message(error.text(), error_note(error.code()));
  this->error(error.mysql_errno(), error.sqlstate(), message.view());
}

void ResponseWriter::error(std::uint16_t number, std::string_view sqlstate, std::string_view text) {
  drop_open_packet();
  begin_packet();
  serialize(*out_, Int1{kErrorHeader}, Int2{number});
  // Before the client's flags are known, no SQLSTATE is sent: the client would read it as text.
  if ((capabilities_ & capability::kProtocol41) != 0) {
    serialize(*out_, StringEof{"#"}, StringEof{sqlstate});
  }
  serialize(*out_, StringEof{in_charset(text)});
  end_packet();
}

void ResponseWriter::eof(StatusFlags status, std::uint16_t warnings, const SessionChanges& changes) {
  begin_packet();
  if ((capabilities_ & capability::kDeprecateEof) != 0) {
    put_ok(kEofHeader, Ok{.status = status, .warnings = warnings, .changes = changes});
  } else {
    serialize(*out_, Int1{kEofHeader}, Int2{warnings}, Int2{status});
  }
  end_packet();
}

void ResponseWriter::set_charset(std::shared_ptr<Transcoder> charset, std::uint16_t collation,
                                 std::uint32_t width) {
  charset_ = std::move(charset);
  collation_ = charset_ == nullptr ? charset::kUtf8mb4GeneralCi : collation;
  width_ = charset_ == nullptr ? kUtf8Width : width;
}

std::string_view ResponseWriter::in_charset(std::string_view text) {
  if (charset_ != nullptr) return charset_->from_utf8(text);
  if (is_utf8(text)) return text;
  mended_ = as_utf8(text);
  return mended_;
}

void ResponseWriter::put_definition(const ColumnDefinition& column) {
  const bool converted = charset_ != nullptr && column.charset != charset::kBinary;
  const std::uint16_t charset = converted ? collation_ : column.charset;
  const std::uint32_t length = converted ? column.length / kUtf8Width * width_ : column.length;
  put_lenenc("def");
  for (const std::string_view name :
       {column.schema, column.table, column.org_table, column.name, column.org_name})
    put_lenenc(in_charset(name));
  serialize(*out_, Int1{kDefinitionRest}, Int2{charset}, Int4{length},
            Int1{static_cast<std::uint8_t>(column.type)}, Int2{column.flags}, Int1{column.decimals},
            Filler<2>{});
}

void ResponseWriter::put_definitions(std::span<const ColumnDefinition> columns) {
  for (const ColumnDefinition& column : columns) {
    begin_packet();
    put_definition(column);
    end_packet();
  }
}

void ResponseWriter::prepared(std::uint32_t id, std::size_t parameters,
                              std::span<const ColumnDefinition> columns, StatusFlags status,
                              std::uint16_t warnings) {
  begin_packet();
  serialize(*out_, Int1{kOkHeader}, Int4{id}, Int2{static_cast<std::uint16_t>(columns.size())},
            Int2{static_cast<std::uint16_t>(parameters)}, Filler<1>{}, Int2{warnings});
  if (metadata_is_optional()) serialize(*out_, Int1{std::uint8_t{describes()}});
  end_packet();
  if (!describes()) return;
  const bool ends = (capabilities_ & capability::kDeprecateEof) == 0;
  const ColumnDefinition parameter{.name = "?", .charset = charset::kBinary, .flags = column_flag::kBinary};
  for (std::size_t i = 0; i < parameters; ++i) put_definitions({&parameter, 1});
  if (parameters != 0 && ends) eof(status);
  put_definitions(columns);
  if (!columns.empty() && ends) eof(status);
}

void ResponseWriter::cursor_columns(std::span<const ColumnDefinition> columns) {
  begin_packet();
  if (metadata_is_optional()) serialize(*out_, Int1{std::uint8_t{describes()}});
  serialize(*out_, IntLenenc{columns.size()});
  end_packet();
  if (describes()) put_definitions(columns);
}

void ResponseWriter::begin_result(std::span<const ColumnDefinition> columns, StatusFlags status,
                                  std::uint16_t warnings) {
  cursor_columns(columns);
  if ((capabilities_ & capability::kDeprecateEof) == 0) eof(status, warnings);
}

void ResponseWriter::end_result(StatusFlags status, std::uint16_t warnings, const SessionChanges& changes) {
  eof(status, warnings, changes);
}

void ResponseWriter::field_list(std::span<const ColumnDefinition> columns, StatusFlags status) {
  constexpr char kNull = static_cast<char>(0xFB);
  for (const ColumnDefinition& column : columns) {
    begin_packet();
    put_definition(column);
    out_->push_back(kNull);  // the default value
    end_packet();
  }
  eof(status);
}

void ResponseWriter::bare_text(std::string_view text) {
  begin_packet();
  serialize(*out_, StringEof{text});
  end_packet();
}

}  // namespace breakwater::protocol
