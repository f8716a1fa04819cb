// Little-endian numbers and reading within bounds.
#include "base/bytes.h"

#include <limits>

#include <gtest/gtest.h>

namespace breakwater {
namespace {

TEST(Bytes, EachWidthIsWrittenAndReadBack) {
  constexpr std::uint64_t kValue = 0x8877665544332211U;
  for (std::size_t width = 1; width <= 8; ++width) {
    Bytes out;
    put_le(out, kValue, width);
    ASSERT_EQ(out.size(), width);
    for (std::size_t i = 0; i < width; ++i) EXPECT_EQ(out[i], 0x11U * (i + 1)) << width;
    const std::uint64_t mask = width == 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * width)) - 1;
    ByteReader reader(out);
    EXPECT_EQ(reader.get_le(width), kValue & mask) << width;
    EXPECT_EQ(reader.remaining(), 0U);
  }
}

TEST(Bytes, TheLeastAndTheGreatestNumber) {
  std::string out;
  put_le(out, 0, 8);
  put_le(out, std::numeric_limits<std::uint64_t>::max(), 8);
  EXPECT_EQ(out, std::string(8, '\0') + std::string(8, '\xFF'));
  ByteReader reader(as_bytes(out));
  EXPECT_EQ(reader.get_le(8), 0U);
  EXPECT_EQ(reader.get_le(8), std::numeric_limits<std::uint64_t>::max());
}

TEST(Bytes, LittleEndianIsItsOwnInverse) {
  EXPECT_EQ(little_endian(little_endian(std::uint32_t{0x11223344})), 0x11223344U);
  EXPECT_EQ(little_endian(std::uint8_t{0xAB}), 0xAB);
}

TEST(ByteReader, NeverReadsBeyondTheEnd) {
  const Bytes bytes = {1, 2, 3};
  ByteReader reader(bytes);
  EXPECT_EQ(reader.get_le(2), 0x0201U);
  EXPECT_EQ(reader.position(), 2U);
  EXPECT_EQ(reader.get_le(2), std::nullopt) << "one byte is left";
  EXPECT_TRUE(reader.failed());
  EXPECT_EQ(reader.get(1), std::nullopt) << "it stays failed, though a byte is left";
  EXPECT_EQ(reader.get(0), std::nullopt);
  EXPECT_TRUE(reader.rest().empty());
}

TEST(ByteReader, ACountThatNoSpanHasIsRefused) {
  const Bytes bytes = {1, 2, 3};
  ByteReader reader(bytes);
  ASSERT_TRUE(reader.get(1));
  EXPECT_EQ(reader.get(std::numeric_limits<std::size_t>::max()), std::nullopt);
}

TEST(ByteReader, OfNothing) {
  ByteReader reader({});
  EXPECT_EQ(reader.remaining(), 0U);
  EXPECT_TRUE(reader.get(0)->empty()) << "no bytes are there";
  EXPECT_TRUE(reader.rest().empty());
  EXPECT_FALSE(reader.failed());
  EXPECT_EQ(reader.get_le(1), std::nullopt);
}

TEST(ByteReader, TheRestIsTakenOnce) {
  const Bytes bytes = {1, 2, 3};
  ByteReader reader(bytes);
  ASSERT_TRUE(reader.get(1));
  EXPECT_EQ(reader.rest().size(), 2U);
  EXPECT_TRUE(reader.rest().empty());
  EXPECT_EQ(reader.position(), 3U);
}

TEST(Bytes, TextsKeepTheirNuls) {
  const std::string text("a\0b\xFF", 4);
  EXPECT_EQ(as_text(as_bytes(text)), text);
  EXPECT_TRUE(as_text({}).empty());
}

}  // namespace
}  // namespace breakwater
