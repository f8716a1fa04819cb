#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "catalog/values/sql_type.h"

namespace breakwater::catalog {
namespace {

TEST(Value, IsCopiedMovedAssignedAndComparedLikeItsVariant) {
  const std::string text(100, 'x');
  const std::vector<Value> values = {Value(), Value(std::int64_t{-1}), Value(std::uint64_t{1}), Value(1.5),
                                     Value(text)};
  for (const Value& value : values) {
    Value copy(value);
    EXPECT_EQ(copy, value);
    EXPECT_EQ(copy.index(), value.index());
    EXPECT_EQ(std::hash<Value>()(copy), std::hash<Value>()(value));
    const Value moved(std::move(copy));
    EXPECT_EQ(moved, value);
    Value assigned(std::int64_t{7});
    assigned = value;
    EXPECT_EQ(assigned, value);
    assigned = text;
    EXPECT_EQ(std::get<std::string>(assigned), text);
  }
}

}  // namespace
}  // namespace breakwater::catalog
