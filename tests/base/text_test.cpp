// Text helpers at their bounds: nothing, embedded NULs, what is no UTF-8, the greatest and least numbers.
#include "base/text.h"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace breakwater {
namespace {

using namespace std::string_view_literals;

TEST(Text, WhatIsNoUtf8BecomesQuestionMarks) {
  EXPECT_EQ(as_utf8("plain ä 备 𠀀"), "plain ä 备 𠀀");
  EXPECT_EQ(as_utf8("\xFF"
                    "a\xC3"),
            "?a?");
  EXPECT_EQ(as_utf8("\xE5\xA4 eight bytes and more\xA4"), "?? eight bytes and more?");
  EXPECT_EQ(as_utf8(""), "");
}

TEST(Text, CaseChangesOfAsciiAlone) {
  EXPECT_EQ(ascii_lower("@AZ[`az{"sv), "@az[`az{");
  EXPECT_EQ(ascii_upper("@AZ[`az{"sv), "@AZ[`AZ{");
  EXPECT_EQ(ascii_lower(""sv), "");
  EXPECT_EQ(ascii_upper("a\0b"sv), "A\0B"sv);
  EXPECT_EQ(ascii_upper("ä\xFF"sv), "ä\xFF");
}

TEST(Text, EqualsButForCase) {
  EXPECT_TRUE(iequals("", ""));
  EXPECT_TRUE(iequals("Tenant", "tENANT"));
  EXPECT_FALSE(iequals("a", "ab"));
  EXPECT_FALSE(iequals("a", "a\0"sv));
  EXPECT_FALSE(iequals("a\0b"sv, "a\0c"sv)) << "it goes on behind a NUL";
  EXPECT_FALSE(iequals("ä", "Ä"));
  EXPECT_FALSE(iequals("@", "`")) << "they differ by the bit that case does";
}

TEST(Text, WholeNumbersHaveBounds) {
  EXPECT_EQ(whole_number<std::int64_t>("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(whole_number<std::int64_t>("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(whole_number<std::int64_t>("9223372036854775808"), std::nullopt);
  EXPECT_EQ(whole_number<std::int64_t>("-9223372036854775809"), std::nullopt);
  EXPECT_EQ(whole_number<std::uint64_t>("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(whole_number<std::uint64_t>("18446744073709551616"), std::nullopt);
  EXPECT_EQ(whole_number<std::uint8_t>("255"), 255);
  EXPECT_EQ(whole_number<std::uint8_t>("256"), std::nullopt);
  EXPECT_EQ(whole_number<int>(std::string(1000, '0') + "7"), 7);
}

TEST(Text, WholeNumbersAreNothingElse) {
  for (const std::string_view text : {""sv, " "sv, "-"sv, "+1"sv, " 1"sv, "1 "sv, "1.0"sv, "0x1"sv, "1e3"sv,
                                      "1\0"sv, "\0"sv, "--1"sv, "١"sv})
    EXPECT_EQ(whole_number<int>(text), std::nullopt) << text;
  EXPECT_EQ(whole_number<unsigned>("-1"), std::nullopt);
}

struct Utf8 {
  std::string_view text;
  bool valid;
  const char* what;
};
const Utf8 kUtf8[] = {
    {"", true, "nothing"},
    {"\0"sv, true, "NUL"},
    {"\x7F", true, "the last of one byte"},
    {"\x80", false, "a continuation alone"},
    {"\xC0\x80", false, "an overlong NUL"},
    {"\xC1\xBF", false, "overlong"},
    {"\xC2\x80", true, "the first of two bytes"},
    {"\xDF\xBF", true, "the last of two bytes"},
    {"\xC2", false, "cut after one of two"},
    {"\xC2\x41", false, "no continuation"},
    {"\xE0\x9F\xBF", false, "overlong in three"},
    {"\xE0\xA0\x80", true, "the first of three bytes"},
    {"\xED\x9F\xBF", true, "before the surrogates"},
    {"\xED\xA0\x80", false, "the first surrogate"},
    {"\xED\xBF\xBF", false, "the last surrogate"},
    {"\xEE\x80\x80", true, "behind the surrogates"},
    {"\xEF\xBF\xBF", true, "the last of three bytes"},
    {"\xE2\x82", false, "cut after two of three"},
    {"\xF0\x8F\xBF\xBF", false, "overlong in four"},
    {"\xF0\x90\x80\x80", true, "the first of four bytes"},
    {"\xF4\x8F\xBF\xBF", true, "U+10FFFF"},
    {"\xF4\x90\x80\x80", false, "above U+10FFFF"},
    {"\xF5\x80\x80\x80", false, "no lead byte"},
    {"\xF0\x9F\x98", false, "cut after three of four"},
    {"\xFF", false, "never a byte of UTF-8"},
    {"a\xC3\xA4\xE2\x98\x83\xF0\x9F\x98\x80z", true, "each length"},
    {"valid\xC3\xA4 then \x80", false, "wrong at the end"},
};

TEST(Text, KnowsUtf8) {
  for (const Utf8& row : kUtf8) EXPECT_EQ(is_utf8(row.text), row.valid) << row.what;
}

TEST(Text, KnowsWhereAsciiEnds) {
  for (std::size_t ascii = 0; ascii < 20; ++ascii) {
    const std::string text(ascii, 'a');
    EXPECT_EQ(ascii_prefix(text), ascii);
    EXPECT_EQ(ascii_prefix(text + "\x80" + std::string(20, 'a')), ascii) << "whatever comes behind";
  }
}

TEST(Text, IsCutBetweenCharacters) {
  const std::string_view text = "aä☃😀";
  const std::size_t kept[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
  for (std::size_t most = 0; most < std::size(kept); ++most)
    EXPECT_EQ(whole_characters(text, most).size(), kept[most]) << most;
  EXPECT_EQ(whole_characters("", 0), "");
  EXPECT_EQ(whole_characters("abc", std::string_view::npos), "abc");
  EXPECT_EQ(whole_characters("\x80\x80\x80", 2), "") << "continuations of nothing";
}

}  // namespace
}  // namespace breakwater
