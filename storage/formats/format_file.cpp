#include "storage/formats/format_file.h"

#include <array>
#include <optional>

namespace breakwater::storage {
namespace {

constexpr std::uint16_t kFormatType = 29;
constexpr std::uint16_t kCheckType = 33;
constexpr std::size_t kHeaderSize = 48;
constexpr std::size_t kHeaderPadding = 4;
constexpr std::uint64_t kObjectVersion = 1;
constexpr std::size_t kLengthBytes =
    5;  // of the varint that holds an object's length, as OceanBase writes it
constexpr std::size_t kMaxVarint = 10;
constexpr std::size_t kMaxClusterName = 127;
constexpr std::size_t kMaxTenantName = 63;
constexpr std::size_t kMaxPath = 2047;

// ---- writing ----

void put_varint(Bytes& out, std::uint64_t value) {
  while (value >= 0x80U) {
    out.push_back(static_cast<std::uint8_t>((value & 0x7FU) | 0x80U));
    value >>= 7U;
  }
  out.push_back(static_cast<std::uint8_t>(value));
}

void put_signed(Bytes& out, std::int64_t value) {
  put_varint(out, static_cast<std::uint64_t>(value));
}

void put_length(Bytes& out, std::size_t length) {
  for (std::size_t i = 0; i + 1 < kLengthBytes; ++i, length >>= 7U)
    out.push_back(static_cast<std::uint8_t>((length & 0x7FU) | 0x80U));
  out.push_back(static_cast<std::uint8_t>(length));
}

void put_object(Bytes& out, const Bytes& body) {
  put_varint(out, kObjectVersion);
  put_length(out, body.size());
  out.insert(out.end(), body.begin(), body.end());
}

void put_string(Bytes& out, std::string_view text) {
  Bytes body;
  put_varint(body, text.size() + 1);
  body.insert(body.end(), text.begin(), text.end());
  body.push_back(0);
  put_object(out, body);
}

// The fields that the bodies of both files begin with.
template <class File>
Bytes put_common(const File& file) {
  Bytes body;
  put_string(body, file.cluster_name);
  put_string(body, file.tenant_name);
  put_string(body, file.path);
  put_signed(body, file.cluster_id);
  put_varint(body, file.tenant_id);
  put_signed(body, file.incarnation);
  return body;
}

Bytes put_file(std::uint16_t data_type, const Bytes& body) {
  Bytes payload;
  put_object(payload, body);
  BackupHeader header;
  header.data_type = data_type;
  header.data_length = header.data_zlength = static_cast<std::int64_t>(payload.size());
  header.data_checksum = crc32c(payload);
  Bytes out;
  put_le(out, header.data_type, 2);
  put_le(out, header.header_version, 2);
  put_le(out, header.data_version, 2);
  put_le(out, header.compressor_type, 2);
  put_le(out, static_cast<std::uint16_t>(header.header_length), 2);
  put_le(out, static_cast<std::uint16_t>(header_checksum(header)), 2);
  put_le(out, 0, kHeaderPadding);
  for (const std::int64_t word :
       {header.data_length, header.data_zlength, header.data_checksum, header.align_length})
    put_le(out, static_cast<std::uint64_t>(word), 8);
  out.insert(out.end(), payload.begin(), payload.end());
  return out;
}

// ---- reading ----

// Remembers the first failure, so that fields can be read one after the other without checks in between.
class FieldReader {
 public:
  explicit FieldReader(std::span<const std::uint8_t> bytes) : reader_(bytes) {}

  bool failed() const { return failed_; }

  std::uint64_t fixed(std::size_t width) { return take(reader_.get_le(width)); }

  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < kMaxVarint; ++i) {
      const std::uint64_t byte = fixed(1);
      if (i + 1 == kMaxVarint && byte > 1) break;  // beyond 64 bits
      value |= (byte & 0x7FU) << (7 * i);
      if (byte < 0x80U) return value;
    }
    failed_ = true;
    return 0;
  }

  std::int64_t signed_varint() { return static_cast<std::int64_t>(varint()); }

  // The body of a versioned object.
  std::span<const std::uint8_t> object() {
    if (varint() != kObjectVersion) failed_ = true;
    const std::uint64_t length = varint();
    return bytes(length);
  }

  std::string string(std::size_t max_size) {
    FieldReader body(object());
    const std::uint64_t size = body.varint();
    const auto text = size > max_size + 1 ? std::span<const std::uint8_t>() : body.bytes(size);
    if (body.failed() || text.empty() || text.back() != 0) failed_ = true;
    return failed_ ? std::string() : std::string(as_text(text.first(text.size() - 1)));
  }

  std::span<const std::uint8_t> bytes(std::uint64_t count) {
    if (failed_ || count > reader_.remaining()) {
      failed_ = true;
      return {};
    }
    return *reader_.get(count);
  }

 private:
  std::uint64_t take(std::optional<std::uint64_t> value) {
    if (!value) failed_ = true;
    return value.value_or(0);
  }

  ByteReader reader_;
  bool failed_ = false;
};

std::unexpected<Error> damaged(std::string_view why) {
  return fail(error::format_file_not_match().with_hint(
      "The file is damaged or of another version: " + std::string(why) + "."));
}

BackupHeader read_header(FieldReader& reader, std::int16_t& checksum) {
  BackupHeader header;
  header.data_type = static_cast<std::uint16_t>(reader.fixed(2));
  header.header_version = static_cast<std::uint16_t>(reader.fixed(2));
  header.data_version = static_cast<std::uint16_t>(reader.fixed(2));
  header.compressor_type = static_cast<std::uint16_t>(reader.fixed(2));
  header.header_length = static_cast<std::int16_t>(reader.fixed(2));
  checksum = static_cast<std::int16_t>(reader.fixed(2));
  reader.fixed(kHeaderPadding);
  for (std::int64_t* word :
       {&header.data_length, &header.data_zlength, &header.data_checksum, &header.align_length})
    *word = static_cast<std::int64_t>(reader.fixed(8));
  return header;
}

bool supported(const BackupHeader& header) {
  const BackupHeader expected;
  return header.data_type == kFormatType && header.header_version == expected.header_version &&
         header.data_version == expected.data_version && header.compressor_type == expected.compressor_type &&
         header.header_length == expected.header_length && header.align_length == 0 &&
         header.data_length == header.data_zlength && header.data_length >= 0;
}

// Verifies the header and the checksums, and returns the body of the payload.
Result<std::span<const std::uint8_t>> open_file(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < kHeaderSize) return damaged("it is shorter than its header");
  FieldReader header_reader(bytes.first(kHeaderSize));
  std::int16_t checksum = 0;
  const BackupHeader header = read_header(header_reader, checksum);
  if (checksum != header_checksum(header)) return damaged("its header's checksum is wrong");
  if (!supported(header)) return damaged("its type or version is another");
  const auto behind = bytes.subspan(kHeaderSize);
  if (static_cast<std::uint64_t>(header.data_length) > behind.size()) return damaged("its end is missing");
  const auto payload = behind.first(static_cast<std::size_t>(header.data_length));
  if (header.data_checksum != std::int64_t{crc32c(payload)}) return damaged("its checksum is wrong");
  FieldReader reader(payload);
  const auto body = reader.object();
  if (reader.failed()) return damaged("its content can't be read");
  return body;
}

void read_common(FieldReader& reader, FormatFile& file) {
  file.cluster_name = reader.string(kMaxClusterName);
  file.tenant_name = reader.string(kMaxTenantName);
  file.path = reader.string(kMaxPath);
  file.cluster_id = reader.signed_varint();
  file.tenant_id = reader.varint();
  file.incarnation = reader.signed_varint();
}

bool valid(const FormatFile& file) {
  return !file.cluster_name.empty() && !file.tenant_name.empty() && !file.path.empty() &&
         file.tenant_id != 0 && file.incarnation >= 1 && file.dest_id > 0 && file.created >= 0;
}

constexpr std::array<std::uint32_t, 256> crc_table() {
  constexpr std::uint32_t kCastagnoli = 0x82F63B78U;
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? kCastagnoli : 0U);
    table.at(i) = crc;
  }
  return table;
}

}  // namespace

std::uint32_t crc32c(std::span<const std::uint8_t> bytes) {
  static constexpr auto kTable = crc_table();
  std::uint32_t crc = 0;
  for (const std::uint8_t byte : bytes) crc = (crc >> 8U) ^ kTable[(crc ^ byte) & 0xFFU];
  return crc;
}

std::int16_t header_checksum(const BackupHeader& header) {
  std::uint16_t sum = header.header_version;
  sum ^= header.compressor_type;
  sum ^= header.data_type;
  sum ^= static_cast<std::uint16_t>(header.header_length);
  for (const std::int64_t word :
       {header.data_length, header.data_zlength, header.data_checksum, header.align_length}) {
    for (unsigned shift = 0; shift < 64; shift += 16)
      sum ^= static_cast<std::uint16_t>(static_cast<std::uint64_t>(word) >> shift);
  }
  return static_cast<std::int16_t>(sum);
}

Bytes encode(const FormatFile& file) {
  Bytes body = put_common(file);
  put_signed(body, file.dest_id);
  put_signed(body, file.dest_type);
  put_signed(body, file.created);
  return put_file(kFormatType, body);
}

Bytes encode(const CheckFile& file) {
  Bytes body = put_common(file);
  put_signed(body, file.created);
  return put_file(kCheckType, body);
}

Result<FormatFile> decode_format_file(std::span<const std::uint8_t> bytes) {
  BW_TRY(const auto body, open_file(bytes));
  FieldReader reader(body);
  FormatFile file;
  read_common(reader, file);
  file.dest_id = reader.signed_varint();
  file.dest_type = reader.signed_varint();
  file.created = reader.signed_varint();
  if (reader.failed()) return damaged("its content can't be read");
  if (!valid(file)) return damaged("its content makes no sense");
  return file;
}

bool matches(const FormatFile& found, const FormatFile& expected) {
  return found.path == expected.path && found.cluster_id == expected.cluster_id &&
         found.tenant_id == expected.tenant_id && found.incarnation == expected.incarnation &&
         found.dest_id == expected.dest_id && found.dest_type == expected.dest_type;
}

std::string describe(const FormatFile& file) {
  constexpr std::array names = {"data backup", "log archive", "key backup"};
  const bool known = file.dest_type >= 0 && file.dest_type < static_cast<std::int64_t>(names.size());
  const std::string type = known ? names.at(static_cast<std::size_t>(file.dest_type)) : "another use";
  return type + " of cluster " + file.cluster_name + " (" + std::to_string(file.cluster_id) + "), tenant " +
         file.tenant_name + " (" + std::to_string(file.tenant_id) + "), destination " +
         std::to_string(file.dest_id);
}

CheckFile check_file_of(const FormatFile& format) {
  return {.cluster_name = format.cluster_name,
          .tenant_name = format.tenant_name,
          .path = format.path,
          .cluster_id = format.cluster_id,
          .tenant_id = format.tenant_id,
          .incarnation = format.incarnation,
          .created = format.created};
}

}  // namespace breakwater::storage
