#include "base/json_text.h"

#include <cstdint>
#include <string>

#include <gtest/gtest.h>

namespace breakwater {
namespace {

TEST(JsonObject, HasItsMembersInTheirOrder) {
  JsonObject object;
  EXPECT_EQ(object.text(), "{}");
  object.add("b", "x");
  object.add("a", std::int64_t{-7});
  object.add("c", std::uint64_t{18446744073709551615U});
  object.add("d", true);
  object.add_json("e", R"([{"f":1}])");
  EXPECT_EQ(object.text(), R"({"b":"x","a":-7,"c":18446744073709551615,"d":true,"e":[{"f":1}]})");
  EXPECT_EQ("{" + object.members() + "}", object.text());
}

TEST(JsonObject, QuotesWhatATextMayHold) {
  JsonObject object;
  object.add("quote\"", std::string_view("a\"b\\c\n\0\x1b", 8));
  object.add("del", "\x7f");
  object.add("utf8", "\xc3\xa9 \xff");
  EXPECT_EQ(object.text(), R"({"quote\"":"a\"b\\c\n\u0000\u001b","del":"","utf8":"é �"})");
}

TEST(JsonWithin, CountsDepthAndValues) {
  EXPECT_TRUE(is_json_within(R"({"a":[1,{"b":null}]})", 3, 5));
  EXPECT_FALSE(is_json_within(R"({"a":[1,{"b":null}]})", 2, 5)) << "three deep";
  EXPECT_FALSE(is_json_within(R"({"a":[1,{"b":null}]})", 3, 4)) << "five values";
  EXPECT_TRUE(is_json_within(R"([[],[],[]])", 2, 4)) << "what has ended isn't around any more";
  EXPECT_TRUE(is_json_within("7", 0, 1));
  for (const char* text : {"", "{", "[1,]", "{\"a\":1}x", "\xff"})
    EXPECT_FALSE(is_json_within(text, 9, 9)) << text;
}

TEST(JsonWithin, TakesNoStackAndNoTimeForWhatIsTooMuch) {
  EXPECT_FALSE(is_json_within(std::string(10'000'000, '['), 64, 1000));
  std::string members;
  for (int i = 0; i < 200'000; ++i) members.append(i == 0 ? "" : ",").append("{}");
  EXPECT_FALSE(is_json_within("[" + members + "]", 4, 1000));
}

}  // namespace
}  // namespace breakwater
