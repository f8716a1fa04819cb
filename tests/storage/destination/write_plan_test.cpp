#include "storage/destination/write_plan.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace breakwater::storage {
namespace {

using Lines = std::vector<std::string>;

WritePlan example(FormatFiles formats) {
  return {.check_name = "1002_connect_file_20230111T193020.obbak",
          .token = "00112233445566778899aabbccddeeff",
          .directories = {"/backup/t", "/backup/t/check_file"},
          .began_in = AnchorMark{.device = 64769, .inode = 1311, .depth = 1},
          .format_bytes = {1, 2, 3},
          .formats = formats};
}

TEST(WritePlan, ItsLinesSayAllOfIt) {
  for (const FormatFiles formats : {FormatFiles::none, FormatFiles::format, FormatFiles::both}) {
    const WritePlan plan = example(formats);
    const auto again = WritePlan::from_lines(plan.to_lines(), plan.format_bytes);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->check_name, plan.check_name);
    EXPECT_EQ(again->token, plan.token);
    EXPECT_EQ(again->directories, plan.directories);
    ASSERT_TRUE(again->began_in);
    EXPECT_EQ(again->began_in->device, 64769U);
    EXPECT_EQ(again->began_in->inode, 1311U);
    EXPECT_EQ(again->began_in->depth, 1U);
    EXPECT_EQ(again->format_bytes, plan.format_bytes);
    EXPECT_EQ(again->formats, formats);
  }
}

// What catalogues hold: intents of every version are settled.
TEST(WritePlan, ReadsWhatEveryVersionHasWritten) {
  const Lines newest = {"1002_connect_file_20230111T193020.obbak", "0011", "obbak", "at 64769 1311 1",
                        "/b/t"};
  EXPECT_EQ(WritePlan::from_lines(newest, {})->formats, FormatFiles::both);
  EXPECT_EQ(WritePlan::from_lines(newest, {})->directories, (Lines{"/b/t"}));
  const Lines no_depth = {"1002_connect_file_20230111T193020.obbak", "0011", "renews", "at 64769 1311"};
  EXPECT_EQ(WritePlan::from_lines(no_depth, {})->formats, FormatFiles::none);
  EXPECT_FALSE(WritePlan::from_lines(no_depth, {})->began_in->depth);
  const Lines no_mark = {"1002_connect_file_20230111T193020.obbak", "0011", "", "/b", "/b/t"};
  EXPECT_EQ(WritePlan::from_lines(no_mark, {})->formats, FormatFiles::format);
  EXPECT_FALSE(WritePlan::from_lines(no_mark, {})->began_in);
  EXPECT_EQ(WritePlan::from_lines(no_mark, {})->directories, (Lines{"/b", "/b/t"}));
}

TEST(WritePlan, WhatIsNoPlanIsNone) {
  for (const Lines& lines : {Lines{}, Lines{"a", "b"}, Lines{"", "b", ""}, Lines{"a", "", ""},
                             Lines{"../a", "b", ""}, Lines{"a", "b/c", ""}}) {
    EXPECT_FALSE(WritePlan::from_lines(lines, {}));
  }
}

}  // namespace
}  // namespace breakwater::storage
