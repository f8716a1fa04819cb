// The compressed protocol without a network: what goes in comes out, and what lies about itself doesn't.
#include "server/protocol/compression.h"

#include <string>
#include <tuple>

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include "base/bytes.h"
#include "server/test_client.h"

namespace breakwater::protocol {
namespace {

constexpr std::size_t kMaxPacket = 16 << 20;
constexpr std::uint8_t kLevel = 3;

std::string compressed_frame(std::string_view payload, std::size_t plain, std::uint8_t sequence = 0) {
  std::string bytes;
  put_le(bytes, payload.size(), 3);
  bytes += static_cast<char>(sequence);
  put_le(bytes, plain, 3);
  return bytes.append(payload);
}

std::string deflated(Compression how, std::string_view plain) {
  std::string out(ZSTD_compressBound(plain.size()) + ::compressBound(plain.size()), '\0');
  if (how == Compression::zstd) {
    out.resize(ZSTD_compress(out.data(), out.size(), plain.data(), plain.size(), 3));
  } else {
    uLongf size = out.size();
    ::compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(plain.data()),
               plain.size());
    out.resize(size);
  }
  return out;
}

void feed(CompressedStream& stream, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto space = stream.space();
    const std::size_t count = std::min(space.size(), bytes.size());
    std::copy_n(bytes.begin(), count, space.begin());
    stream.received(count);
    bytes.remove_prefix(count);
  }
}

class EachCompression : public ::testing::TestWithParam<Compression> {
 protected:
  CompressedStream stream() const { return {GetParam(), kLevel}; }
};

TEST_P(EachCompression, WhatIsPackedIsUnpacked) {
  for (const std::size_t size : {1UL, 49UL, 50UL, 1000UL, 70'000UL, 3'000'000UL}) {
    std::string text(size, 'x');
    for (std::size_t i = 0; i < size; i += 3) text[i] = static_cast<char>(i * 31);
    CompressedStream there = stream();
    Output wire;
    there.pack(test::frame(text, 0), wire);
    if (size >= 1000) {
      EXPECT_LT(wire.size(), size);
    }
    CompressedStream here = stream();
    PacketReader reader(kMaxPacket);
    feed(here, wire.view());
    std::optional<PacketReader::Packet> packet;
    while (!packet) {
      packet = reader.next().value();
      if (packet) break;
      ASSERT_TRUE(here.unpack(reader, kMaxPacket).value()) << size;
    }
    EXPECT_EQ(as_text(packet->payload), text) << size;
    EXPECT_FALSE(here.in_frame());
  }
}

TEST_P(EachCompression, ReadsOneByteAtATimeAndNumbersOn) {
  CompressedStream here = stream();
  PacketReader reader(kMaxPacket);
  const std::string inner = test::frame("\x03SELECT 1", 0) + test::frame(std::string(200, 'y'), 0);
  const std::string bytes = compressed_frame(deflated(GetParam(), inner), inner.size(), 6);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    EXPECT_FALSE(here.unpack(reader, kMaxPacket).value());
    feed(here, bytes.substr(i, 1));
    EXPECT_TRUE(here.in_frame());
  }
  ASSERT_TRUE(here.unpack(reader, kMaxPacket).value());
  EXPECT_EQ(as_text(reader.next().value()->payload), "\x03SELECT 1");
  EXPECT_EQ(reader.next().value()->payload.size(), 200U) << "two packets in one frame";
  Output wire;
  here.pack("answer", wire);
  EXPECT_EQ(wire.view(), std::string_view("\x06\0\0\x07\0\0\0answer", 13))
      << "too short to compress; seven follows six";
}

// A bomb: it grows beyond what it says, or says that it grows beyond what is allowed.
TEST_P(EachCompression, RefusesWhatLiesAboutItsLength) {
  const std::string plain(100'000, 'x');
  const std::string payload = deflated(GetParam(), plain);
  for (const std::size_t said : {1UL, 50UL, 99'999UL, 100'001UL, 16'777'215UL}) {
    CompressedStream here = stream();
    PacketReader reader(kMaxPacket);
    feed(here, compressed_frame(payload, said));
    const auto result = here.unpack(reader, kMaxPacket);
    ASSERT_FALSE(result) << said;
    EXPECT_EQ(result.error().mysql_errno(), 1157) << said;
  }
  CompressedStream here = stream();
  PacketReader reader(kMaxPacket);
  feed(here, compressed_frame(payload, plain.size()).substr(0, 7));
  const auto result = here.unpack(reader, 1024);
  ASSERT_FALSE(result) << "as soon as the length is known";
  EXPECT_EQ(result.error().mysql_errno(), 1153);
}

TEST_P(EachCompression, EveryFlippedByteIsJudged) {
  const std::string inner =
      test::frame("\x03SELECT 'a long enough text to be worth compressing, over and over'", 0);
  const std::string bytes = compressed_frame(deflated(GetParam(), inner), inner.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const int bit : {1, 0x80}) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ bit);
      CompressedStream here = stream();
      PacketReader reader(kMaxPacket);
      feed(here, damaged);
      const auto result = here.unpack(reader, kMaxPacket);
      if (result && *result) std::ignore = reader.next();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Both, EachCompression, ::testing::Values(Compression::zlib, Compression::zstd),
                         [](const auto& how) {
                           return std::string(how.param == Compression::zlib ? "zlib" : "zstd");
                         });

TEST(Compression, AnEmptyFrameIsNothing) {
  CompressedStream here(Compression::zlib, 0);
  PacketReader reader(kMaxPacket);
  feed(here, std::string(7, '\0'));
  EXPECT_TRUE(here.unpack(reader, kMaxPacket).value());
  EXPECT_FALSE(reader.next().value());
  EXPECT_FALSE(here.unpack(reader, kMaxPacket).value());
}

TEST(Compression, IsWhatBothNegotiated) {
  using namespace capability;
  EXPECT_EQ(compression_of(kCompress | kProtocol41), Compression::zlib);
  EXPECT_EQ(compression_of(kZstd), Compression::zstd);
  EXPECT_EQ(compression_of(kZstd | kCompress), Compression::zlib);
  EXPECT_EQ(compression_of(kProtocol41), Compression::none);
}

}  // namespace
}  // namespace breakwater::protocol
