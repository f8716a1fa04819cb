#include "storage/object/left_probes.h"

#include <string>

#include <gtest/gtest.h>

#include "storage/formats/probe_content.h"
#include "storage/http/http_message.h"
#include "storage/object/object_probe.h"
#include "storage/object/xml_answer.h"

namespace breakwater::storage {
namespace {

constexpr std::string_view kToken = "0123456789abcdef0123456789abcdef";

WritePlan plan_of(bool only_probes) {
  WritePlan plan;
  plan.check_name = "1002_connect_file_20230111T193020.obbak";
  plan.token = kToken;
  if (only_probes) plan.make_only_probes();
  return plan;
}

TEST(LeftProbes, EveryNameThatAProofMakesIsOne) {
  for (const bool only_probes : {false, true})
    for (const std::string& name : probe_names(plan_of(only_probes)))
      EXPECT_TRUE(is_probe_object_name(name)) << name;
}

TEST(LeftProbes, AChecksIsNobodysToken) {
  EXPECT_TRUE(is_token_name(token_name(plan_of(false))));
  EXPECT_FALSE(is_token_name(token_name(plan_of(true))));
}

TEST(LeftProbes, OtherNamesAreNone) {
  const std::string end = "_permission_file_20230111T193020_" + std::string(kToken) + ".obbak";
  EXPECT_TRUE(is_probe_object_name("check_file/1002_overwriter" + end));
  for (const std::string& name :
       {std::string(), std::string("check_file/"), "1002_overwriter" + end, "check_file/_overwriter" + end,
        "check_file/1002" + end, "check_file/1002_" + end, "check_file/1002_Over" + end,
        "check_file/a1002_o" + end, "check_file/1002_overwriter" + end + "x",
        "check_file/1002_overwriter" + end + "/@APD_PART@0",
        "check_file/1002_overwriter" + end + "/@APD_PART@0-1x", "x/check_file/1002_overwriter" + end,
        std::string("check_file/1002_overwriter_permission_file_20230111T193020.obbak"),
        std::string("check_file/1002_connect_file_20230111T193020.obbak")})
    EXPECT_FALSE(is_probe_object_name(name)) << name;
}

TEST(LeftProbes, TheSizeTellsToo) {
  ObjectInfo object{.name = token_name(plan_of(true)), .size = kProbeBytes};
  EXPECT_TRUE(may_be_left_probe(object));
  object.size = kProbeBytes - 1;
  EXPECT_FALSE(may_be_left_probe(object));
}

TEST(LeftProbes, AListSaysWhenAnObjectWasWritten) {
  const auto page = parse_list(
      "<ListBucketResult><Contents><Key>a</Key><Size>1</Size><LastModified>2013-05-24T00:00:01.000Z"
      "</LastModified></Contents><Contents><Key>b</Key><Size>1</Size></Contents></ListBucketResult>");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->objects[0].modified, *parse_http_date("Fri, 24 May 2013 00:00:00 GMT") + 1'000'000);
  EXPECT_FALSE(page->objects[1].modified);
  EXPECT_EQ(parse_iso_time("2013-05-24T00:00:00Z"), parse_http_date("Fri, 24 May 2013 00:00:00 GMT"));
  for (const char* text :
       {"", "Z", "2013-05-24", "2013-05-24T00:00:00", "2013-13-24T00:00:00Z", "2013-05-32T00:00:00Z",
        "2013-05-24T24:00:00Z", "2013-05-24 00:00:00Z", "201a-05-24T00:00:00Z", "-013-05-24T00:00:00Z"})
    EXPECT_FALSE(parse_iso_time(text)) << text;
}

}  // namespace
}  // namespace breakwater::storage
