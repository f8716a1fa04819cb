// Comparing, LIKE, searching and changing case: blanks at the end, NULs, what is no UTF-8, long texts.
#include "catalog/values/collation.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace breakwater::catalog::test {
namespace {

using namespace std::string_view_literals;

int sign(int order) {
  return static_cast<int>(order > 0) - static_cast<int>(order < 0);
}

int compared(std::string_view a, std::string_view b, Collation collation) {
  Work work;
  return sign(compare(a, b, collation, work));
}

struct Pair {
  std::string_view a;
  std::string_view b;
  int ci;      ///< by utf8mb4_general_ci
  int bin;     ///< by utf8mb4_bin
  int binary;  ///< by bytes
};
const Pair kPairs[] = {
    {"", "", 0, 0, 0},           {"a", "A", 0, 1, 1},
    {"a", "b", -1, -1, -1},      {"a", "a ", 0, 0, -1},
    {"", "   ", 0, 0, -1},       {"a", "a\0"sv, 1, 1, -1},
    {"a\t", "a", -1, -1, 1},     {"a\0b"sv, "a\0c"sv, -1, -1, -1},
    {"é", "E", 0, 1, 1},         {"ß", "s", 0, 1, 1},
    {"æ", "ae", 1, 1, 1},        {"ς", "Σ", 0, 1, 1},
    {"ё", "Е", 0, 1, 1},         {"\xFF", "\xFE", -1, 1, 1},
    {"😀", "😁", 0, -1, -1},     {"😀", "\xEF\xBF\xBD", 0, 1, 1},
    {"a\xCC\x81", "a", 1, 1, 1},
};

TEST(Collation, Compares) {
  for (const Pair& pair : kPairs) {
    EXPECT_EQ(compared(pair.a, pair.b, Collation::general_ci), pair.ci) << pair.a << " " << pair.b;
    EXPECT_EQ(compared(pair.a, pair.b, Collation::bin), pair.bin) << pair.a << " " << pair.b;
    EXPECT_EQ(compared(pair.a, pair.b, Collation::binary), pair.binary) << pair.a << " " << pair.b;
    for (const Collation collation : {Collation::general_ci, Collation::bin, Collation::binary})
      EXPECT_EQ(compared(pair.a, pair.b, collation), -compared(pair.b, pair.a, collation))
          << pair.a << " " << pair.b;
  }
}

TEST(Collation, KeysAreEqualForEqualTexts) {
  for (const Pair& pair : kPairs) {
    for (const Collation collation : {Collation::general_ci, Collation::bin, Collation::binary}) {
      Work work;
      EXPECT_EQ(sort_key(pair.a, collation, work) == sort_key(pair.b, collation, work),
                compared(pair.a, pair.b, collation) == 0)
          << pair.a << " " << pair.b << " " << static_cast<int>(collation);
    }
  }
}

TEST(Collation, LongTextsDifferAtTheirEnds) {
  const std::string text(3 * Work::kStretch, 'a');
  for (const Collation collation : {Collation::general_ci, Collation::bin, Collation::binary}) {
    EXPECT_EQ(compared(text, text, collation), 0);
    EXPECT_EQ(compared(text + "b", text + "c", collation), -1);
    EXPECT_EQ(compared(text, text + "b", collation), -1);
  }
  Work work;
  EXPECT_FALSE(equal_unpadded("a", "a ", Collation::general_ci, work));
  EXPECT_TRUE(equal_unpadded("a", "Á", Collation::general_ci, work));
}

TEST(Characters, AByteThatIsNotUtf8IsOne) {
  Work work;
  EXPECT_EQ(character_count("", work), 0U);
  EXPECT_EQ(character_count("aä☃😀", work), 4U);
  EXPECT_EQ(character_count("\xE2\x98", work), 2U) << "cut";
  EXPECT_EQ(character_count("\x80\xFF\xC0", work), 3U);
  EXPECT_EQ(character_count("a\0b"sv, work), 3U);
  EXPECT_EQ(character_offset("aä☃😀", 0, work), 0U);
  EXPECT_EQ(character_offset("aä☃😀", 3, work), 6U);
  EXPECT_EQ(character_offset("aä☃😀", 4, work), 10U);
  EXPECT_EQ(character_offset("aä☃😀", 99, work), 10U);
  EXPECT_EQ(character_offset("", 1, work), 0U);
}

TEST(Characters, EachIsTakenAndAppendedAgain) {
  for (const std::uint32_t character :
       {0x0U, 0x7FU, 0x80U, 0x7FFU, 0x800U, 0xFFFDU, 0xFFFFU, 0x10000U, 0x10FFFFU}) {
    std::string text;
    append_character(text, character);
    std::string_view rest = text;
    EXPECT_EQ(next_character(rest), character);
    EXPECT_TRUE(rest.empty()) << character;
  }
}

struct Pattern {
  std::string_view text;
  std::string_view pattern;
  bool matches;
};

TEST(Like, MatchesWholeTexts) {
  for (const Pattern& p : {Pattern{"", "", true},    {"", "%", true},
                           {"", "_", false},         {"a", "", false},
                           {"a ", "a", false},       {"abc", "A_C", true},
                           {"abc", "a%%c", true},    {"abc", "%_%_%_%", true},
                           {"abc", "%____%", false}, {"ä", "_", true},
                           {"😀", "_", true},        {"\xC3", "_", true},
                           {"a\0b"sv, "a_b", true},  {"a\0b"sv, "a\0b"sv, true},
                           {"a%c", "a\\%c", true},   {"abc", "a\\%c", false},
                           {"a_c", "a\\_c", true},   {"a\\", "a\\", true},
                           {"a\\", "a\\\\", true},   {"É", "e", true}}) {
    Work work;
    EXPECT_EQ(like(p.text, p.pattern, '\\', Collation::general_ci, work), p.matches)
        << p.text << " LIKE " << p.pattern;
  }
  Work work;
  EXPECT_FALSE(like("abc", "A%", '\\', Collation::bin, work));
  EXPECT_TRUE(like("a\\b", "a\\b", 0, Collation::general_ci, work)) << "no escape";
  EXPECT_FALSE(like("ä", "_", '\\', Collation::binary, work)) << "two bytes";
}

TEST(Search, FindsByWeights) {
  const auto found = [](std::string_view text, std::string_view needle, std::size_t from) {
    Work work;
    return find_text(text, needle, from, Collation::general_ci, work);
  };
  EXPECT_EQ(found("abcabc", "C", 0), 2U);
  EXPECT_EQ(found("abcabc", "C", 3), 5U);
  EXPECT_EQ(found("abc", "", 0), 0U);
  EXPECT_EQ(found("abc", "", 3), 3U);
  EXPECT_EQ(found("", "a", 0), std::string_view::npos);
  EXPECT_EQ(found("abc", "abcd", 0), std::string_view::npos);
  EXPECT_EQ(found("a\0b"sv, "\0b"sv, 0), 1U);
  EXPECT_EQ(found("xÄ", "ä", 0), 1U);
}

TEST(Case, KeepsTheNumberOfBytes) {
  Work work;
  EXPECT_EQ(to_upper("aä\xFFя\0z"sv, work), "AÄ\xFFЯ\0Z"sv);
  EXPECT_EQ(to_lower("AÄ\xFFЯ\0Z"sv, work), "aä\xFFя\0z"sv);
  for (std::uint32_t character = 0; character <= 0x10FFFF; ++character) {
    if (character >= 0xD800 && character <= 0xDFFF) continue;
    std::string text;
    append_character(text, character);
    ASSERT_EQ(to_upper(text, work).size(), text.size()) << character;
    ASSERT_EQ(to_lower(text, work).size(), text.size()) << character;
  }
  for (const std::string_view text :
       {"\xE0\x80\x80"sv, "\xF0\x80\x80\x80"sv, "\xF4\xBF\xBF\xBF"sv, "\xED\xA0\x80"sv})
    EXPECT_EQ(to_upper(text, work).size(), text.size()) << "what is no UTF-8 has as many bytes too";
}

TEST(Collation, NamesOfMysql) {
  Collation collation{};
  EXPECT_TRUE(find_collation("UTF8MB4_GENERAL_CI", collation) && collation == Collation::general_ci);
  EXPECT_TRUE(find_collation("utf8_bin", collation) && collation == Collation::bin);
  EXPECT_TRUE(find_collation("binary", collation) && collation == Collation::binary);
  EXPECT_FALSE(find_collation("", collation));
  EXPECT_FALSE(find_collation("latin1", collation));
}

}  // namespace
}  // namespace breakwater::catalog::test
