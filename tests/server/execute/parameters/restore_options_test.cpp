#include "server/execute/parameters/restore_options.h"

#include <gtest/gtest.h>

#include "server/execute/parameters/tenant_name.h"

namespace breakwater::server::execute {
namespace {

std::string refused(std::string_view text) {
  const auto parsed = parse_restore_options(text);
  return parsed ? "accepted" : parsed.error().text();
}

TEST(RestoreOptions, AllOfThem) {
  const auto parsed = parse_restore_options(
      "pool_list=a, b&LOCALITY=F@z1,F@z2& primary_zone = z1 &concurrency=50&method=full&kms_encrypt=false");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->pools, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(parsed->locality, "F@z1,F@z2");
  EXPECT_EQ(parsed->primary_zone, "z1");
}

TEST(RestoreOptions, WhatIsRefused) {
  EXPECT_EQ(refused("pool_list=a&speed=9"), "Incorrect arguments to restore option");
  EXPECT_EQ(refused("pool_list=a&pool_list=b"), "Incorrect arguments to restore option");
  EXPECT_EQ(refused("pool_list=a&concurrency=-1"), "Incorrect arguments to restore option");
  EXPECT_EQ(refused("pool_list"), "Incorrect arguments to restore option");
  EXPECT_EQ(refused("locality=F@z1"), "Incorrect arguments to pool_list");
  EXPECT_EQ(refused("pool_list=,"), "Incorrect arguments to pool_list");
  EXPECT_EQ(refused("pool_list=a&kms_encrypt=TRUE"), "kms_encrypt=true not supported");
}

TEST(TenantName, Rules) {
  EXPECT_TRUE(check_tenant_name(std::string(63, 'x')));
  EXPECT_FALSE(check_tenant_name(std::string(64, 'x')));
  for (const std::string_view name : {"", "a$b", "a@b", "a#b", "a:b", "a;b", "\xff"})
    EXPECT_FALSE(check_tenant_name(name)) << name;
}

}  // namespace
}  // namespace breakwater::server::execute
