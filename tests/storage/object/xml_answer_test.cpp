#include "storage/object/xml_answer.h"

#include <string>

#include <gtest/gtest.h>

namespace breakwater::storage {
namespace {

TEST(XmlAnswer, HasALimitOfDepthAndOfSize) {
  std::string deep = "<Error>";
  for (int i = 0; i < 100; ++i) deep += "<a>";
  for (int i = 0; i < 100; ++i) deep += "</a>";
  deep += "</Error>";
  EXPECT_FALSE(parse_complaint(deep));
  EXPECT_TRUE(parse_complaint("<Error><Code>x</Code></Error>"));
  EXPECT_FALSE(parse_complaint("<Error><Code>x</Code>" + std::string(kMaxXml, ' ') + "</Error>"));
}

TEST(XmlAnswer, ExpandsNoEntities) {
  const auto complaint = parse_complaint(
      "<!DOCTYPE Error [<!ENTITY e SYSTEM \"file:///etc/passwd\"><!ENTITY f \"boom\">]>"
      "<Error><Code>&e;&f;&amp;</Code></Error>");
  ASSERT_TRUE(complaint);
  EXPECT_EQ(complaint->code, "&e;&f;&");
}

TEST(XmlAnswer, PaysNoHeedToNamespaces) {
  const auto complaint = parse_complaint("<s:Error xmlns:s=\"u\"><s:Code>x</s:Code></s:Error>");
  ASSERT_TRUE(complaint);
  EXPECT_EQ(complaint->code, "x");
}

TEST(XmlAnswer, WhatIsSomethingElseIsNone) {
  for (const char* text : {"", "hello", "<Error>", "<Other/>", "{\"a\":1}", "<html></html>"}) {
    EXPECT_FALSE(parse_complaint(text)) << text;
    EXPECT_FALSE(parse_list(text)) << text;
    EXPECT_FALSE(parse_upload_id(text)) << text;
    EXPECT_FALSE(parse_tags(text)) << text;
    EXPECT_FALSE(parse_deleted(text)) << text;
    EXPECT_FALSE(parse_completed(text)) << text;
  }
  EXPECT_FALSE(
      parse_list("<ListBucketResult><Contents><Key>a</Key><Size>-1</Size></Contents></ListBucketResult>"));
}

}  // namespace
}  // namespace breakwater::storage
