#include "base/text_parts.h"

#include <chrono>
#include <random>

#include <gtest/gtest.h>

namespace breakwater {
namespace {

using Texts = std::vector<std::string_view>;

TEST(TextParts, TrimSplitJoin) {
  EXPECT_EQ(trim(" \ta b\t "), "a b");
  EXPECT_EQ(trim(" \t"), "");
  EXPECT_EQ(trim("xxaxx", "x"), "a");
  EXPECT_EQ(split("a, b ,,c,"), (Texts{"a", "b", "c"}));
  EXPECT_EQ(split(""), Texts{});
  EXPECT_EQ(split(" , "), Texts{});
  EXPECT_EQ(split("a;b", ';'), (Texts{"a", "b"}));
  EXPECT_EQ(join(Texts{"a", "", "c"}), "a,,c");
  EXPECT_EQ(join(std::vector<std::string>{"a", "b"}, ", "), "a, b");
  EXPECT_EQ(join(Texts{}), "");
}

TEST(WildcardMatch, AsSqlHasIt) {
  EXPECT_TRUE(wildcard_match("%", ""));
  EXPECT_TRUE(wildcard_match("", ""));
  EXPECT_FALSE(wildcard_match("", "a"));
  EXPECT_FALSE(wildcard_match("_", ""));
  EXPECT_TRUE(wildcard_match("10.1.%", "10.1.2.3"));
  EXPECT_FALSE(wildcard_match("10.1.%", "10.2.2.3"));
  EXPECT_TRUE(wildcard_match("FE80::%", "fe80::1"));
  EXPECT_TRUE(wildcard_match("%1%1%", "11"));
  EXPECT_FALSE(wildcard_match("%1%1%1", "11"));
  EXPECT_TRUE(wildcard_match("a%%b", "ab"));
}

/// What the words say, however long it takes.
bool by_definition(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '%') {
    return by_definition(pattern.substr(1), text) ||
           (!text.empty() && by_definition(pattern, text.substr(1)));
  }
  return !text.empty() && (pattern[0] == '_' || pattern[0] == text[0]) &&
         by_definition(pattern.substr(1), text.substr(1));
}

TEST(WildcardMatch, IsWhatTheDefinitionSays) {
  std::mt19937 chance(1);
  const auto any = [&](std::string_view characters, std::size_t longest) {
    std::string text(chance() % (longest + 1), ' ');
    for (char& c : text) c = characters[chance() % characters.size()];
    return text;
  };
  for (int i = 0; i < 50'000; ++i) {
    const std::string pattern = any("ab%_", 8);
    const std::string text = any("ab", 10);
    ASSERT_EQ(wildcard_match(pattern, text), by_definition(pattern, text)) << pattern << " " << text;
  }
}

// Each further '%1' made a recursive matcher take three times as long.
TEST(WildcardMatch, NoPatternIsSlow) {
  std::string pattern;
  for (int i = 0; i < 2'000; ++i) pattern += "%1";
  const std::string address = "1111:1111:1111:1111:1111:1111:1111:1111";
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(wildcard_match(pattern + "x", address));
    EXPECT_FALSE(wildcard_match("%1%1%1%1%1%1%1%1%x", address));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5)) << "50 ms for each";
}

}  // namespace
}  // namespace breakwater
