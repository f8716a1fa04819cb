#include "server/net/connect_errors.h"

#include <gtest/gtest.h>

namespace breakwater::server {
namespace {

using namespace std::chrono_literals;

const ConnectErrors::Time kStart{};

TEST(ConnectErrors, BlocksForTheRestOfTheMinute) {
  ConnectErrors errors;
  for (int i = 0; i < 3; ++i) errors.note("192.0.2.1", kStart + 1s);
  EXPECT_TRUE(errors.blocked("192.0.2.1", 3, kStart + 2s));
  EXPECT_FALSE(errors.blocked("192.0.2.1", 4, kStart + 2s));
  EXPECT_FALSE(errors.blocked("192.0.2.2", 3, kStart + 2s));
  EXPECT_FALSE(errors.blocked("192.0.2.1", 3, kStart + 61s));
  errors.note("192.0.2.1", kStart + 62s);
  EXPECT_FALSE(errors.blocked("192.0.2.1", 3, kStart + 62s)) << "the count begins anew";
}

TEST(ConnectErrors, CountsAnIpv6NetworkAsOne) {
  ConnectErrors errors;
  errors.note("2001:db8::1", kStart);
  errors.note("2001:db8::ffff:2", kStart);
  EXPECT_TRUE(errors.blocked("2001:db8:0:0:aaaa::9", 2, kStart));
  EXPECT_FALSE(errors.blocked("2001:db8:0:1::1", 2, kStart));
}

TEST(ConnectErrors, KeepsAWorstOffenderWhenFull) {
  ConnectErrors errors;
  for (int i = 0; i < 5; ++i) errors.note("192.0.2.1", kStart);
  for (std::size_t i = 0; i < 2 * ConnectErrors::kMaxAddresses; ++i) {
    errors.note("10." + std::to_string(i / 65536) + "." + std::to_string(i / 256 % 256) + "." +
                    std::to_string(i % 256),
                kStart);
  }
  EXPECT_LE(errors.size(), ConnectErrors::kMaxAddresses);
  EXPECT_TRUE(errors.blocked("192.0.2.1", 5, kStart));
}

}  // namespace
}  // namespace breakwater::server
