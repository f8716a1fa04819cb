#include "base/json_text.h"

#include <cstdint>

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

}  // namespace
}  // namespace breakwater
