#include "storage/object/bucket_address.h"

#include <string>

#include <gtest/gtest.h>

namespace breakwater::storage {
namespace {

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

TEST(BucketAddress, FindsNoRegionOfOssWhereTheHostTellsNone) {
  for (const char* host : {"oss.example.com", "oss-accelerate.aliyuncs.com", "127.0.0.1"})
    EXPECT_EQ(address(std::string("oss://bkt/dir?host=") + host).value().region, "") << host;
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
       {"s3://bkt/d?host=a.test/path", "s3://bkt/d?host=a.test:9000/path", "s3://bkt/d?host=user@a.test",
        "s3://bkt/d?host=a.test:0", "s3://bkt/d?host=a.test:99999", "s3://bkt/d?host=a.test:x",
        "s3://bkt/d?host=[::1", "s3://bkt/d?host=[x]", "s3://bkt/d?host=a%2ftest", "s3://b@kt/d?host=a.test",
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

}  // namespace
}  // namespace breakwater::storage
