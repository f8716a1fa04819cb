#include "storage/formats/line_object.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <zstd.h>

#include "storage/formats/sealed_json.h"

namespace breakwater::storage {
namespace {

constexpr std::string_view kLinesMagic = "BWLINES1";
constexpr std::int64_t kLinesVersion = 2;
constexpr std::size_t kSizeBytes = 4;
constexpr std::size_t kMacBytes = sizeof(crypto::Sha256);
constexpr std::size_t kMaxHeader = 4096;
constexpr std::size_t kMaxFrame = kFrame + kMaxLine + 1;          // of lines, before it is compressed
constexpr std::size_t kFullRaw = std::size_t{64} << 20U;          // lines of a writer that is full
constexpr std::size_t kMaxRaw = kFullRaw + 2 * kMaxFrame;         // lines of an object that is read
constexpr std::size_t kRoom = 2 * kMaxFrame + kMaxHeader + 4096;  // what add() and finish() may still write
constexpr int kLevel = 3;

struct Deleter {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};
using Compressor = std::unique_ptr<ZSTD_CCtx, Deleter>;
using Decompressor = std::unique_ptr<ZSTD_DCtx, Deleter>;

std::unexpected<Error> damaged_object() {
  return fail(damaged_backup("object of lines"));
}

Bytes encode_header(const LineHeader& header) {
  const Json body{{"format", "breakwater lines"},
                  {"version", kLinesVersion},
                  {"of", header.of},
                  {"piece", header.piece},
                  {"number", header.number},
                  {"from_scn", header.from_scn},
                  {"to_scn", header.to_scn},
                  {"schema_version", header.schema_version},
                  {"previous", header.previous},
                  {"history", header.history}};
  const std::string text = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  return {text.begin(), text.end()};
}

Result<LineHeader> decode_header(std::span<const std::uint8_t> bytes) {
  BW_TRY(const Json body, parse_json(as_text(bytes), "header of an object of lines"));
  JsonFields fields(body);
  fields.fail_if(fields.text("format") != "breakwater lines" || fields.number("version") != kLinesVersion);
  LineHeader header{.of = fields.text("of"),
                    .piece = fields.number("piece"),
                    .number = fields.number("number"),
                    .from_scn = fields.number("from_scn"),
                    .to_scn = fields.number("to_scn"),
                    .schema_version = fields.number("schema_version"),
                    .previous = fields.digest("previous"),
                    .history = fields.mark("history")};
  if (fields.failed()) return damaged_object();
  return header;
}

void put(Bytes& out, std::span<const std::uint8_t> bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

// An object, cut into what it consists of; nothing of it is proved.
struct ObjectParts {
  std::span<const std::uint8_t> header{};
  std::span<const std::uint8_t> frames{};
  std::span<const std::uint8_t> under_mac{};
  std::span<const std::uint8_t> mac{};
};

Result<ObjectParts> cut_object(std::span<const std::uint8_t> bytes) {
  if (bytes.size() > kMaxObject || bytes.size() < kMacBytes) return damaged_object();
  ObjectParts parts{.under_mac = bytes.first(bytes.size() - kMacBytes), .mac = bytes.last(kMacBytes)};
  ByteReader reader(parts.under_mac);
  const auto magic = reader.get(kLinesMagic.size());
  const auto length = reader.get_le(kSizeBytes);
  if (!magic || as_text(*magic) != kLinesMagic || !length || *length > kMaxHeader) return damaged_object();
  const auto header = reader.get(*length);
  if (!header) return damaged_object();
  parts.header = *header;
  parts.frames = reader.rest();
  return parts;
}

// Reads the frames one after the other into one buffer.
class FrameReader {
 public:
  explicit FrameReader(std::span<const std::uint8_t> frames) : reader_(frames), context_(ZSTD_createDCtx()) {}

  /// The next frame's lines; empty: there are no more, and nothing is behind them.
  Result<std::string_view> next() {
    const auto compressed = reader_.get_le(kSizeBytes);
    if (!compressed) return damaged_object();
    if (*compressed == 0) return end();
    const auto size = reader_.get_le(kSizeBytes);
    const auto frame = reader_.get(*compressed);
    if (!size || *size == 0 || *size > kMaxFrame || !frame || context_ == nullptr) return damaged_object();
    raw_ += *size;
    if (raw_ > kMaxRaw || ZSTD_findFrameCompressedSize(frame->data(), frame->size()) != frame->size())
      return damaged_object();
    buffer_.resize(*size);
    const std::size_t got =
        ZSTD_decompressDCtx(context_.get(), buffer_.data(), buffer_.size(), frame->data(), frame->size());
    if (got != *size || !buffer_.ends_with('\n')) return damaged_object();
    return std::string_view(buffer_);
  }

 private:
  Result<std::string_view> end() const {
    if (reader_.remaining() != 0) return damaged_object();
    return std::string_view();
  }

  ByteReader reader_;
  Decompressor context_;
  std::string buffer_{};
  std::size_t raw_ = 0;
};

Result<> visit_lines(std::string_view frame, const LineVisitor& visit) {
  while (!frame.empty()) {
    const std::size_t end = frame.find('\n');
    if (end == 0 || end > kMaxLine) return damaged_object();
    BW_CHECK(visit(frame.substr(0, end)));
    frame.remove_prefix(end + 1);
  }
  return {};
}

}  // namespace

struct LineObjectWriter::State {
  Compressor context{ZSTD_createCCtx()};
  std::string raw{};  // the lines of the frame that is being filled
  Bytes frames{};
  std::size_t raw_written = 0;
  std::uint64_t lines = 0;

  Result<> flush();
};

Result<> LineObjectWriter::State::flush() {
  if (raw.empty()) return {};
  Bytes compressed(ZSTD_compressBound(raw.size()));
  const std::size_t size = context == nullptr
                               ? 0
                               : ZSTD_compressCCtx(context.get(), compressed.data(), compressed.size(),
                                                   raw.data(), raw.size(), kLevel);
  if (size == 0 || ZSTD_isError(size) != 0) return fail(error::out_of_memory());
  put_le(frames, size, kSizeBytes);
  put_le(frames, raw.size(), kSizeBytes);
  put(frames, std::span(compressed).first(size));
  raw_written += raw.size();
  raw.clear();
  return {};
}

LineObjectWriter::LineObjectWriter() : state_(std::make_unique<State>()) {}
LineObjectWriter::~LineObjectWriter() = default;
LineObjectWriter::LineObjectWriter(LineObjectWriter&&) noexcept = default;
LineObjectWriter& LineObjectWriter::operator=(LineObjectWriter&&) noexcept = default;

Result<> LineObjectWriter::add(std::string_view line) {
  if (line.size() > kMaxLine || state_->frames.size() > kMaxObject - kRoom)
    return fail(error::size_overflow().with_hint(
        "a line of a backup has at most " + std::to_string(kMaxLine) +
        " bytes, and an object of lines at most " + std::to_string(kMaxObject)));
  if (line.empty() || line.contains('\n')) return fail(error::invalid_argument("a line of a backup"));
  state_->raw.append(line).append("\n");
  ++state_->lines;
  return state_->raw.size() >= kFrame ? state_->flush() : Result<>{};
}

std::uint64_t LineObjectWriter::lines() const {
  return state_->lines;
}

bool LineObjectWriter::full() const {
  return state_->frames.size() >= kFullObject || state_->raw_written >= kFullRaw;
}

Result<LineObject> LineObjectWriter::finish(const LineHeader& header, const DataKey& key) {
  BW_CHECK(state_->flush());
  const Bytes head = encode_header(header);
  if (head.size() > kMaxHeader) return fail(error::size_overflow());
  LineObject out{.lines = state_->lines};
  out.bytes.reserve(kLinesMagic.size() + head.size() + state_->frames.size() + 2 * kSizeBytes + kMacBytes);
  put(out.bytes, as_bytes(kLinesMagic));
  put_le(out.bytes, head.size(), kSizeBytes);
  put(out.bytes, head);
  put(out.bytes, std::exchange(state_->frames, {}));
  put_le(out.bytes, 0, kSizeBytes);
  put(out.bytes, key.mac(out.bytes));
  out.sha256 = crypto::sha256(out.bytes);
  return out;
}

Result<LineHeader> read_lines(std::span<const std::uint8_t> bytes, const DataKey* key,
                              const LineVisitor& visit) {
  BW_TRY(const ObjectParts parts, cut_object(bytes));
  if (key != nullptr && !crypto::equal(parts.mac, key->mac(parts.under_mac))) return damaged_object();
  BW_TRY(LineHeader header, decode_header(parts.header));
  if (key != nullptr && header.of != key->identity()) return damaged_object();
  FrameReader frames(parts.frames);
  for (;;) {
    BW_TRY(const std::string_view lines, frames.next());
    if (lines.empty()) return header;
    BW_CHECK(visit_lines(lines, visit));
  }
}

Result<LineHeader> peek_line_header(std::span<const std::uint8_t> bytes) {
  BW_TRY(const ObjectParts parts, cut_object(bytes));
  return decode_header(parts.header);
}

}  // namespace breakwater::storage
