#include "storage/formats/line_object.h"

#include <algorithm>

#include <gtest/gtest.h>
#include <zstd.h>

#include "storage/formats/backup_vectors.h"
#include "storage/support.h"

namespace breakwater::storage {
namespace {

// Made by another program: Python's zstandard and cryptography.
const std::string kObjectHex =
    "42574c494e4553319e0000007b22666f726d6174223a22627265616b7761746572206c696e6573222c2266726f6d"
    "5f73636e223a352c22686973746f7279223a22222c226e756d626572223a312c226f66223a2273657420313a3130"
    "30323a313030313a33222c227069656365223a302c2270726576696f7573223a22222c22736368656d615f766572"
    "73696f6e223a31312c22746f5f73636e223a392c2276657273696f6e223a327d190000001000000028b52ffd2010"
    "8100007b2261223a317d0a7b2262223a327d0a110000000800000028b52ffd20084100007b2263223a337d0a0000"
    "0000b6b6baa527e3d8a4cd8e47e2f0abf92f45911221747978bb049f0604423246d4";

using Lines = std::vector<std::string>;

LineHeader header_example() {
  return {.of = kIdentity, .piece = 0, .number = 1, .from_scn = 5, .to_scn = 9, .schema_version = 11};
}

Result<LineHeader> read(const Bytes& bytes, const DataKey* key, Lines& lines) {
  return read_lines(bytes, key, [&](std::string_view line) -> Result<> {
    lines.emplace_back(line);
    return {};
  });
}

bool is_refused(const Bytes& bytes, const DataKey* key) {
  Lines lines;
  const auto got = read(bytes, key, lines);
  return !got && got.error().is(Errc::checksum_error) && !got.error().hint().empty();
}

LineObject object_of(const Lines& lines, const DataKey& key) {
  LineObjectWriter writer;
  for (const std::string& line : lines) EXPECT_TRUE(writer.add(line));
  return writer.finish(header_example(), key).value();
}

// An object around these frames, with a right MAC.
Bytes around(const Bytes& frames, const DataKey& key) {
  const Bytes whole = from_hex(kObjectHex);
  Bytes out(whole.begin(), whole.begin() + 12 + whole[8]);
  out.insert(out.end(), frames.begin(), frames.end());
  const crypto::Sha256 mac = key.mac(out);
  out.insert(out.end(), mac.begin(), mac.end());
  return out;
}

Bytes frame_of(std::string_view raw, std::size_t said) {
  Bytes compressed(ZSTD_compressBound(raw.size()));
  compressed.resize(ZSTD_compress(compressed.data(), compressed.size(), raw.data(), raw.size(), 3));
  Bytes out;
  put_le(out, compressed.size(), 4);
  put_le(out, said, 4);
  out.insert(out.end(), compressed.begin(), compressed.end());
  return out;
}

Bytes ended(Bytes frames) {
  put_le(frames, 0, 4);
  return frames;
}

TEST(LineObject, TheVectorOfTheDocument) {
  const BackupVectors made;
  Lines lines;
  EXPECT_EQ(read(from_hex(kObjectHex), &made.key, lines).value(), header_example());
  EXPECT_EQ(lines, (Lines{R"({"a":1})", R"({"b":2})", R"({"c":3})"}));
  EXPECT_EQ(peek_line_header(from_hex(kObjectHex)).value(), header_example());
}

TEST(LineObject, WhatIsWrittenIsReadWithAndWithoutTheKey) {
  const BackupVectors made;
  Lines lines;
  for (int i = 0; i < 20'000; ++i) lines.push_back("{\"number\":" + std::to_string(i) + "}");
  const LineObject object = object_of(lines, made.key);
  EXPECT_EQ(object.lines, lines.size());
  EXPECT_EQ(object.sha256, crypto::sha256(object.bytes));
  for (const DataKey* key : {static_cast<const DataKey*>(nullptr), &made.key}) {
    Lines got;
    EXPECT_EQ(read(object.bytes, key, got).value(), header_example());
    EXPECT_EQ(got, lines);
  }
}

TEST(LineObject, AnEmptyOneHasNoLines) {
  const BackupVectors made;
  Lines lines;
  EXPECT_TRUE(read(object_of({}, made.key).bytes, &made.key, lines));
  EXPECT_TRUE(lines.empty());
}

TEST(LineObject, EveryChangedByteIsFoundByTheKey) {
  const BackupVectors made;
  const Bytes whole = from_hex(kObjectHex);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    Bytes changed = whole;
    changed[at] ^= 0x20U;
    EXPECT_TRUE(is_refused(changed, &made.key)) << at;
  }
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_TRUE(is_refused(cut, &made.key)) << size;
    EXPECT_TRUE(is_refused(cut, nullptr)) << size;
  }
  const DataKey other = DataKey::make(kIdentity, made.entropy).value();
  EXPECT_TRUE(is_refused(whole, &other));
}

TEST(LineObject, AnotherSetsObjectIsRefused) {
  const BackupVectors made;
  LineObjectWriter writer;
  LineHeader header = header_example();
  header.of = "set 1:1002:1001:4";
  EXPECT_TRUE(is_refused(writer.finish(header, made.key)->bytes, &made.key));
}

TEST(LineObject, HostileFramesAreRefused) {
  const BackupVectors made;
  const std::string bomb(std::size_t{4} << 20U, '\n');
  const std::string text = "{\"a\":1}\n";
  Bytes two = frame_of(text, text.size());
  const Bytes one = two;
  two.insert(two.end(), one.begin() + 8, one.end());
  two[0] = static_cast<std::uint8_t>(2 * two[0]);  // two of zstd's frames in one of ours
  for (const Bytes& frames : {
           ended(frame_of(bomb, bomb.size())),      // more than a frame may hold
           ended(frame_of(bomb, text.size())),      // more than it says
           ended(frame_of(text, text.size() + 1)),  // less than it says
           ended(frame_of(text, 0)),
           ended(frame_of("\n", 1)),
           ended(frame_of("{}", 2)),
           ended(two),
           one,  // no end
           [&] {
             Bytes behind = ended(one);
             behind.push_back(0);
             return behind;
           }(),
           ended(frame_of(std::string(kMaxLine + 1, 'x') + "\n", kMaxLine + 2)),
       })
    EXPECT_TRUE(is_refused(around(frames, made.key), &made.key));
  EXPECT_FALSE(is_refused(around(ended(one), made.key), &made.key));
}

// Each frame is allowed, but all together they would keep a reader busy for hours.
TEST(LineObject, ABombOfManyFramesIsRefused) {
  const BackupVectors made;
  const std::string raw = std::string(kMaxLine, ' ') + "\n";
  const Bytes frame = frame_of(raw, raw.size());
  Bytes frames;
  for (int i = 0; i < 1000; ++i) frames.insert(frames.end(), frame.begin(), frame.end());
  EXPECT_LT(frames.size(), kMaxObject);
  std::size_t read = 0;
  const auto got =
      read_lines(around(ended(frames), made.key), &made.key, [&](std::string_view line) -> Result<> {
        read += line.size();
        return {};
      });
  EXPECT_FALSE(got);
  EXPECT_LT(read, std::size_t{128} << 20U);
}

TEST(LineObject, TheWriterIsFullBeforeAnObjectIsTooLongToBeRead) {
  const BackupVectors made;
  LineObjectWriter writer;
  std::string line(kMaxLine, '\0');
  std::uint64_t state = 1;
  while (!writer.full()) {
    for (char& c : line) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      c = static_cast<char>('0' + (state >> 60U));
      if (c == '\n') c = '0';
    }
    ASSERT_TRUE(writer.add(line));
  }
  const LineObject object = writer.finish(header_example(), made.key).value();
  EXPECT_GE(object.bytes.size(), kFullObject);
  EXPECT_LE(object.bytes.size(), kMaxObject);
  EXPECT_TRUE(read_lines(object.bytes, &made.key, [](std::string_view) { return Result<>(); }));
}

TEST(LineObject, ALineIsNoMoreThanALine) {
  LineObjectWriter writer;
  EXPECT_TRUE(writer.add("").error().is(Errc::invalid_argument));
  EXPECT_TRUE(writer.add("a\nb").error().is(Errc::invalid_argument));
  EXPECT_TRUE(writer.add(std::string(kMaxLine + 1, 'x')).error().is(Errc::size_overflow));
  EXPECT_TRUE(writer.add(std::string(kMaxLine, 'x')));
  EXPECT_EQ(writer.lines(), 1U);
}

TEST(LineObject, TheVisitorsErrorEndsTheReading) {
  const BackupVectors made;
  int calls = 0;
  const auto got = read_lines(from_hex(kObjectHex), &made.key, [&](std::string_view) -> Result<> {
    ++calls;
    return fail(error::timeout());
  });
  EXPECT_TRUE(got.error().is(Errc::timeout));
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace breakwater::storage
