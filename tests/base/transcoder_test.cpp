#include "base/transcoder.h"

#include <ctime>
#include <string>

#include <gtest/gtest.h>

namespace breakwater {
namespace {

std::string to_utf8(std::string_view charset, std::string_view text) {
  return std::string(Transcoder::open(charset)->to_utf8(text).reveal());
}

std::string from_utf8(std::string_view charset, std::string_view text) {
  return std::string(Transcoder::open(charset)->from_utf8(text));
}

TEST(Transcoder, KnowsFour) {
  for (const char* charset : {"latin1", "ascii", "gbk", "gb18030"}) {
    const auto transcoder = Transcoder::open(charset);
    ASSERT_NE(transcoder, nullptr) << charset;
    std::string ascii;
    for (char c = 0; c >= 0; ++c) {
      ascii += c;
      if (c == 127) break;
    }
    EXPECT_EQ(transcoder->to_utf8(ascii).reveal(), ascii) << charset;
    EXPECT_EQ(transcoder->from_utf8(ascii), ascii) << charset;
    EXPECT_EQ(transcoder->lost(), 0U);
  }
  EXPECT_EQ(Transcoder::open("utf8mb4"), nullptr);
  EXPECT_EQ(Transcoder::open(""), nullptr);
}

TEST(Transcoder, BothWays) {
  EXPECT_EQ(to_utf8("latin1", "\xE4\x80"), "ä€");
  EXPECT_EQ(from_utf8("latin1", "ä€"), "\xE4\x80");
  EXPECT_EQ(to_utf8("gbk", "\xB1\xB8\xB7\xDD"), "备份");
  EXPECT_EQ(from_utf8("gbk", "备份"), "\xB1\xB8\xB7\xDD");
  EXPECT_EQ(to_utf8("gbk", "\x81\x5C'"), "乗'");  // a backslash's byte that is none
  EXPECT_EQ(from_utf8("gb18030", "𠀀"), "\x95\x32\x82\x36");
  EXPECT_EQ(to_utf8("gb18030", "\x95\x32\x82\x36"), "𠀀");
}

TEST(Transcoder, WhatIsLostIsAQuestionMark) {
  EXPECT_EQ(to_utf8("ascii", "a\xE4z"), "a?z");
  EXPECT_EQ(from_utf8("ascii", "aäz"), "a?z");
  EXPECT_EQ(from_utf8("latin1", "备a"), "?a");
  EXPECT_EQ(from_utf8("gbk", "𠀀"), "?");
  EXPECT_EQ(to_utf8("gbk", "a\x81"), "a?");  // half a character at the end
  EXPECT_EQ(from_utf8("latin1", "a\xC3"), "a?");
  EXPECT_EQ(from_utf8("latin1", "\x80\xFEz"), "??z");
  const auto transcoder = Transcoder::open("ascii");
  transcoder->from_utf8("äö");
  EXPECT_EQ(transcoder->lost(), 2U);
}

TEST(Transcoder, AllOrNothing) {
  const auto gbk = Transcoder::open("gbk");
  EXPECT_EQ(gbk->all_to_utf8("a\xB1\xB8").value().reveal(), "a备");
  EXPECT_FALSE(gbk->all_to_utf8("a\xB1").has_value());
  EXPECT_FALSE(gbk->all_to_utf8("\xFFz").has_value());
  EXPECT_EQ(gbk->all_to_utf8("").value().reveal(), "");
}

// What can't be converted used to cost as much as thousands of characters that can.
TEST(Transcoder, WhatIsLostCostsLittle) {
  std::string wide;
  while (wide.size() < 1'000'000) wide += "备";
  for (const char* charset : {"latin1", "ascii", "gbk"}) {
    const std::string text = std::string_view(charset) == "gbk" ? std::string(1'000'000, '\xC3') : wide;
    const std::clock_t begun = std::clock();
    const std::string given = from_utf8(charset, text);
    EXPECT_LT(std::clock() - begun, 2 * CLOCKS_PER_SEC) << charset;
    EXPECT_EQ(given.find_first_not_of('?'), std::string::npos) << charset;
  }
}

TEST(Transcoder, LongTexts) {
  std::string wide;
  std::string narrow;
  while (narrow.size() < 100'000) {
    wide += "ä€x";
    narrow += "\xE4\x80x";
  }
  EXPECT_EQ(to_utf8("latin1", narrow), wide);
  EXPECT_EQ(from_utf8("latin1", wide), narrow);
  EXPECT_EQ(to_utf8("ascii", std::string(5000, '\xFF')), std::string(5000, '?'));
}

}  // namespace
}  // namespace breakwater
