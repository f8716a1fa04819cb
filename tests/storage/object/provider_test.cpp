#include "storage/object/provider.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "storage/object/object_client.h"

namespace breakwater::storage {
namespace {

// The header "authorization" of a request to the endpoint `host`.
std::string authorization(Scheme scheme, std::string_view host) {
  const Provider& provider = *provider_of(scheme);
  BucketAddress address{.provider = &provider, .bucket = "bkt"};
  address.region = provider.region_of({}, host);
  const WireRequest wire =
      signed_request({}, address, {.access_id = "AK", .access_key = Secret("SK")}, "hash", 0);
  return std::string(find_header(wire.headers, "authorization").value_or(""));
}

TEST(Provider, IsThereForEachSchemeButFile) {
  EXPECT_EQ(provider_of(Scheme::file), nullptr);
  std::set<std::string_view> names;
  std::size_t stores = 0;
#define BW_OBJECT_STORE(scheme, ...)                              \
  EXPECT_EQ(provider_of(Scheme::scheme), &providers::scheme);     \
  names.insert(providers::scheme.name);                           \
  ++stores;                                                       \
  EXPECT_GT(providers::scheme.min_part_size, 0U) << #scheme;      \
  EXPECT_NE(providers::scheme.create_only_header, "") << #scheme; \
  EXPECT_NE(authorization(Scheme::scheme, "store.test"), "") << #scheme;
#include "storage/destination/object_stores.inc"
#undef BW_OBJECT_STORE
  EXPECT_EQ(names.size(), stores) << "two have the same name";
}

TEST(Provider, OssIsSignedTheOldWayWithoutARegion) {
  EXPECT_TRUE(authorization(Scheme::oss, "oss-cn-hangzhou.aliyuncs.com").starts_with("OSS4-HMAC-SHA256 "));
  EXPECT_TRUE(authorization(Scheme::oss, "oss.example.com").starts_with("OSS AK:"));
}

}  // namespace
}  // namespace breakwater::storage
