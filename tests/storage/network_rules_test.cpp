#include "storage/network_rules.h"

#include <gtest/gtest.h>

#include "storage/provider.h"
#include "storage/xml_answer.h"

namespace breakwater::storage {
namespace {

bool refused(const std::string& address, const NetworkRules& rules = {.allow_loopback = true}) {
  return refusal(boost::asio::ip::make_address(address), rules).has_value();
}

TEST(NetworkRules, SomeAddressesAreRefusedWhateverTheRules) {
  for (const char* bad : {"169.254.0.1",
                          "169.254.169.254",
                          "169.254.255.255",
                          "100.100.100.200",
                          "168.63.129.16",
                          "192.0.0.192",
                          "0.0.0.0",
                          "0.1.2.3",
                          "224.0.0.1",
                          "239.255.255.255",
                          "240.0.0.1",
                          "255.255.255.255",
                          "::",
                          "fe80::1",
                          "febf::1",
                          "ff02::1",
                          "fd00:ec2::254",
                          "fd20:ce::254",
                          "::ffff:169.254.169.254",
                          "::ffff:100.100.100.200",
                          "::ffff:0.0.0.0",
                          "::169.254.169.254",
                          "64:ff9b::169.254.169.254",
                          "2002:a9fe:a9fe::1"})
    EXPECT_TRUE(refused(bad)) << bad;
}

TEST(NetworkRules, PrivateAndPublicAddressesAreAllowed) {
  for (const char* good : {"10.0.0.1", "172.16.5.4", "192.168.1.1", "100.64.0.1", "100.100.100.201",
                           "8.8.8.8", "169.253.0.1", "fd00::1", "fec0::1", "2001:db8::1", "::ffff:10.0.0.1"})
    EXPECT_FALSE(refused(good)) << good;
}

TEST(NetworkRules, LoopbackHasASettingOfItsOwn) {
  for (const char* own : {"127.0.0.1", "127.255.0.3", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(refused(own, {})) << own;
    EXPECT_FALSE(refused(own)) << own;
  }
}

TEST(NetworkRules, EndpointsAreWhatBeginsWithNoSlash) {
  EXPECT_EQ(allowed_endpoints("/backup, OSS.example.com:8443,*.example.org\n[::1]"),
            (std::vector<std::string>{"oss.example.com:8443", "*.example.org", "[::1]"}));
  EXPECT_TRUE(allowed_endpoints("/a /b").empty());
}

TEST(NetworkRules, TheAllowListIsByHostAndPort) {
  const NetworkRules rules{.restricted = true,
                           .endpoints = allowed_endpoints("a.test b.test:8443 *.c.test [::1]:9000 fd00::7")};
  const auto allows = [&](std::string_view host, std::uint16_t port) {
    return check_endpoint(host, port, rules).has_value();
  };
  EXPECT_TRUE(allows("a.test", 443));
  EXPECT_TRUE(allows("A.test", 1));
  EXPECT_FALSE(allows("x.a.test", 443));
  EXPECT_TRUE(allows("b.test", 8443));
  EXPECT_FALSE(allows("b.test", 443));
  EXPECT_TRUE(allows("x.c.test", 443));
  EXPECT_FALSE(allows("c.test", 443));
  EXPECT_FALSE(allows("xc.test", 443));
  EXPECT_TRUE(allows("::1", 9000));
  EXPECT_FALSE(allows("::1", 9001));
  EXPECT_TRUE(allows("fd00::7", 443));
  EXPECT_FALSE(allows("other.test", 443));
  EXPECT_TRUE(check_endpoint("other.test", 443, {}));
  EXPECT_FALSE(check_endpoint("other.test", 443, {.restricted = true}));  // paths alone are allowed
}

// ---- where buckets are ----

Result<BucketAddress> address(const std::string& uri, const NetworkRules& rules = {.allow_http = true}) {
  auto destination = parse_destination(uri + "&access_id=a&access_key=k", {.allow_http = true});
  if (!destination) return fail(std::move(destination).error());
  return bucket_address(*destination, rules);
}

TEST(BucketAddress, IsVirtualHostedUnlessToldOtherwise) {
  const auto oss = address("oss://bkt/dir?host=oss-cn-hangzhou-internal.aliyuncs.com").value();
  EXPECT_EQ(oss.host_header(), "bkt.oss-cn-hangzhou-internal.aliyuncs.com");
  EXPECT_EQ(oss.path_of("dir/k"), "/dir/k");
  EXPECT_EQ(oss.resource_of("dir/k"), "/bkt/dir/k");
  EXPECT_EQ(oss.region, "cn-hangzhou");
  EXPECT_EQ(oss.signing, Signing::oss_v4);
  EXPECT_TRUE(oss.origin.tls);
  EXPECT_EQ(oss.origin.port, 443);

  const auto path = address("s3://bkt/dir?host=http://S3.test:9000/&addressing_model=path_style").value();
  EXPECT_EQ(path.host_header(), "s3.test:9000");
  EXPECT_EQ(path.path_of("dir/k"), "/bkt/dir/k");
  EXPECT_FALSE(path.origin.tls);

  const auto literal = address("s3://bkt/dir?host=[fd00::1]:9000").value();
  EXPECT_EQ(literal.host_header(), "[fd00::1]:9000");
  EXPECT_EQ(literal.origin.host, "fd00::1");
  EXPECT_TRUE(literal.path_style);
}

TEST(BucketAddress, OssWithoutARegionIsSignedTheOldWay) {
  for (const char* host : {"oss.example.com", "oss-accelerate.aliyuncs.com", "127.0.0.1"})
    EXPECT_EQ(address(std::string("oss://bkt/dir?host=") + host).value().signing, Signing::oss_v1) << host;
}

TEST(BucketAddress, CosCarriesItsAppidOnce) {
  EXPECT_EQ(address("cos://bkt/dir?host=cos.ap-x.myqcloud.com&appid=125").value().bucket, "bkt-125");
  EXPECT_EQ(address("cos://bkt-125/dir?host=cos.ap-x.myqcloud.com&appid=125").value().bucket, "bkt-125");
}

TEST(BucketAddress, FindsTheRegionOfS3) {
  const auto region = [](const std::string& host) {
    return address("s3://bkt/d?host=" + host).value().region;
  };
  EXPECT_EQ(region("s3.eu-west-1.amazonaws.com"), "eu-west-1");
  EXPECT_EQ(region("s3-eu-west-1.amazonaws.com"), "eu-west-1");
  EXPECT_EQ(region("s3.dualstack.eu-west-1.amazonaws.com"), "eu-west-1");
  EXPECT_EQ(region("s3.amazonaws.com"), "us-east-1");
  EXPECT_EQ(region("obs.cn-north-4.myhuaweicloud.com"), "cn-north-4");
  EXPECT_EQ(region("minio.test:9000"), "us-east-1");
  EXPECT_EQ(region("s3.eu-west-1.amazonaws.com&s3_region=xx"), "xx");
}

TEST(BucketAddress, RefusesWhatCanBeNoEndpoint) {
  for (const char* uri :
       {"s3://bkt/d?host=a.test/path", "s3://bkt/d?host=user@a.test", "s3://bkt/d?host=a.test:0",
        "s3://bkt/d?host=a.test:99999", "s3://bkt/d?host=a.test:x", "s3://bkt/d?host=[::1",
        "s3://bkt/d?host=[x]", "s3://bkt/d?host=a%2ftest", "s3://b@kt/d?host=a.test",
        "s3://b..kt/d?host=a.test", "s3://b:t/d?host=a.test", "s3://b#t/d?host=a.test",
        "s3://b.kt/d?host=a.test", "s3://bkt/d?host=ftp://a.test"}) {
    const auto refused = address(uri);
    ASSERT_FALSE(refused) << uri;
    EXPECT_TRUE(refused.error().is(Errc::invalid_backup_dest)) << uri;
  }
  EXPECT_TRUE(address("s3://b.kt/d?host=a.test&addressing_model=path_style"));
  EXPECT_FALSE(address("s3://bkt/d?host=http://a.test", {}));
  EXPECT_FALSE(address("s3://bkt/d?host=a.test", {.restricted = true}));
}

// ---- XML ----

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
