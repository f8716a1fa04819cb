#include "storage/formats/tombstone.h"

#include <gtest/gtest.h>

#include "storage/formats/format_file.h"

namespace breakwater::storage {
namespace {

const Tombstone kTombstone{.retired = "2026-11-29 16:00:00 UTC", .by = "root@sys", .was = "data backup of x"};

Bytes bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

TEST(Tombstone, IsATextThatSaysSo) {
  EXPECT_EQ(
      as_text(encode(kTombstone)),
      "Breakwater tombstone 1\nretired: 2026-11-29 16:00:00 UTC\nby: root@sys\nwas: data backup of x\n");
  EXPECT_EQ(decode_tombstone(encode(kTombstone)), kTombstone);
  EXPECT_EQ(describe(kTombstone), "retired on 2026-11-29 16:00:00 UTC by root@sys; was data backup of x");
}

TEST(Tombstone, IsNoFormatFile) {
  EXPECT_FALSE(decode_format_file(encode(kTombstone)));
  EXPECT_FALSE(decode_tombstone(encode(
      FormatFile{.cluster_name = "c", .tenant_name = "t", .path = "p", .tenant_id = 1002, .dest_id = 1001})));
  for (const std::string_view text :
       {"", "Breakwater tombstone 2\n", "Breakwater tombstone", " Breakwater tombstone 1\n"})
    EXPECT_FALSE(decode_tombstone(bytes_of(text))) << text;
}

TEST(Tombstone, OfSomebodyElseSaysNothingHarmful) {
  const auto found = decode_tombstone(
      bytes_of("Breakwater tombstone 1\nnew: 1\nby: \x1b[2J\xff\nretired: " + std::string(10'000, 'x')));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->by, "?[2J?");
  EXPECT_EQ(found->retired.size(), 512U);
  EXPECT_EQ(found->was, "");
  EXPECT_EQ(as_text(encode(Tombstone{.retired = "", .by = "a\nwas: b", .was = ""})),
            "Breakwater tombstone 1\nretired: \nby: a?was: b\nwas: \n");
}

}  // namespace
}  // namespace breakwater::storage
