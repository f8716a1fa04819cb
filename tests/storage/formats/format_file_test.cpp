#include "storage/formats/format_file.h"

#include <gtest/gtest.h>

#include "storage/support.h"

namespace breakwater::storage {
namespace {

const std::string kFormatHex =
    "1d000100010001003000676b000000005e000000000000005e00000000000000c6a38cc800000000000000000000000001d88080"
    "8000"
    "018b808080000a6f62636c757374657200018e808080000d6d7973716c5f74656e616e7400019e808080001d66696c653a2f2f2f"
    "6461"
    "74612f6e66732f6261636b75702f646174610001ea0701e907009daebea8b5bffc02";
const std::string kCheckHex =
    "2100010001000100300017f8000000005b000000000000005b0000000000000054eb521300000000000000000000000001d58080"
    "8000"
    "018b808080000a6f62636c757374657200018e808080000d6d7973716c5f74656e616e7400019e808080001d66696c653a2f2f2f"
    "6461"
    "74612f6e66732f6261636b75702f646174610001ea07019daebea8b5bffc02";

FormatFile format_example() {
  return {.cluster_name = "obcluster",
          .tenant_name = "mysql_tenant",
          .path = "file:///data/nfs/backup/data",
          .cluster_id = 1,
          .tenant_id = 1002,
          .incarnation = 1,
          .dest_id = 1001,
          .dest_type = 0,
          .created = 1673436649723677};
}

// Mends both checksums after a test changed the payload.
Bytes with_checksums(Bytes file) {
  const std::size_t payload = file.size() - 48;
  BackupHeader header{.data_type = static_cast<std::uint16_t>(file[0] | (file[1] << 8)),
                      .data_length = static_cast<std::int64_t>(payload),
                      .data_zlength = static_cast<std::int64_t>(payload),
                      .data_checksum = crc32c(std::span(file).subspan(48))};
  Bytes words;
  for (const std::int64_t word : {header.data_length, header.data_zlength, header.data_checksum})
    put_le(words, static_cast<std::uint64_t>(word), 8);
  std::copy(words.begin(), words.end(), file.begin() + 16);
  const auto checksum = static_cast<std::uint16_t>(header_checksum(header));
  file[10] = static_cast<std::uint8_t>(checksum & 0xFFU);
  file[11] = static_cast<std::uint8_t>(checksum >> 8U);
  return file;
}

TEST(FormatFile, WorkedExampleToTheByte) {
  EXPECT_EQ(crypto::to_hex(encode(format_example())), kFormatHex);
  EXPECT_EQ(decode_format_file(from_hex(kFormatHex)).value(), format_example());
}

TEST(FormatFile, CheckFileToTheByte) {
  const FormatFile f = format_example();
  const CheckFile check{f.cluster_name, f.tenant_name, f.path,   f.cluster_id,
                        f.tenant_id,    f.incarnation, f.created};
  EXPECT_EQ(crypto::to_hex(encode(check)), kCheckHex);
  EXPECT_FALSE(decode_format_file(from_hex(kCheckHex)));
}

TEST(FormatFile, ChecksumVectors) {
  EXPECT_EQ(crc32c(as_bytes("123456789")), 0x58E3FA20U);
  const auto checksum = [](std::uint16_t type, std::int64_t length, std::int64_t data) {
    return header_checksum(
        {.data_type = type, .data_length = length, .data_zlength = length, .data_checksum = data});
  };
  EXPECT_EQ(checksum(27, 173, 3011330068), -3262);
  EXPECT_EQ(checksum(13, 300, 2397211904), 991);
  EXPECT_EQ(checksum(4, 3637, 1987640562), -30018);
  EXPECT_EQ(checksum(0, 96, 1663955940), -28423);
}

TEST(FormatFile, EveryFlippedBitThatMattersIsFound) {
  const Bytes good = encode(format_example());
  for (std::size_t i = 0; i < good.size() * 8; ++i) {
    if (i / 8 >= 12 && i / 8 < 16) continue;  // alignment, which nobody reads
    Bytes damaged = good;
    damaged[i / 8] ^= static_cast<std::uint8_t>(1U << (i % 8));
    const auto decoded = decode_format_file(damaged);
    ASSERT_FALSE(decoded) << "bit " << i;
    EXPECT_TRUE(decoded.error().is(Errc::format_file_not_match));
  }
}

TEST(FormatFile, EveryTruncationIsFoundAndExtraBytesAreIgnored) {
  Bytes bytes = encode(format_example());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(decode_format_file(std::span(bytes).first(size))) << size;
  bytes.insert(bytes.end(), {1, 2, 3});
  EXPECT_EQ(decode_format_file(bytes).value(), format_example());
}

TEST(FormatFile, UnknownFieldsAtTheEndAndShortLengthsAreRead) {
  Bytes longer = encode(format_example());
  longer.insert(longer.end(), {42, 43});
  longer[49] += 2;  // the body's length
  EXPECT_EQ(decode_format_file(with_checksums(longer)).value(), format_example());
  Bytes shorter = encode(format_example());
  shorter[49] = 0x58;  // the same length as a varint of one byte
  shorter.erase(shorter.begin() + 50, shorter.begin() + 54);
  EXPECT_EQ(decode_format_file(with_checksums(shorter)).value(), format_example());
}

TEST(FormatFile, AnotherVersionIsRefused) {
  Bytes bytes = encode(format_example());
  bytes[48] = 2;
  EXPECT_FALSE(decode_format_file(with_checksums(bytes)));
}

TEST(FormatFile, ExtremeNumbers) {
  FormatFile file = format_example();
  file.cluster_id = -1;
  file.tenant_id = ~std::uint64_t{0};
  file.dest_type = 4;
  EXPECT_EQ(decode_format_file(encode(file)).value(), file);
  file.dest_id = 0;
  EXPECT_FALSE(decode_format_file(encode(file)));
}

TEST(FormatFile, WhatIsCompared) {
  FormatFile other = format_example();
  other.cluster_name = "renamed";
  other.tenant_name = "renamed";
  other.created = 5;
  EXPECT_TRUE(matches(other, format_example()));
  const auto differs = [](auto change) {
    FormatFile file = format_example();
    change(file);
    return !matches(file, format_example());
  };
  EXPECT_TRUE(differs([](FormatFile& f) { f.path += "x"; }));
  EXPECT_TRUE(differs([](FormatFile& f) { f.cluster_id = 2; }));
  EXPECT_TRUE(differs([](FormatFile& f) { f.tenant_id = 1004; }));
  EXPECT_TRUE(differs([](FormatFile& f) { f.incarnation = 2; }));
  EXPECT_TRUE(differs([](FormatFile& f) { f.dest_id = 1002; }));
  EXPECT_TRUE(differs([](FormatFile& f) { f.dest_type = 1; }));
}

}  // namespace
}  // namespace breakwater::storage
