#include "server/net/connect_errors.h"

#include <gtest/gtest.h>

namespace breakwater::server {
namespace {

using namespace std::chrono_literals;

const ConnectErrors::Time kStart{};

Address origin(std::string_view text) {
  return Address::parse(text).value().origin();
}

Address nth(std::size_t number) {
  return Address::of_v4({10, static_cast<std::uint8_t>(number >> 16U),
                         static_cast<std::uint8_t>(number >> 8U), static_cast<std::uint8_t>(number)});
}

TEST(ConnectErrors, BlocksForTheRestOfTheMinute) {
  ConnectErrors errors;
  for (int i = 0; i < 3; ++i) errors.note(origin("192.0.2.1"), kStart + 1s);
  EXPECT_TRUE(errors.blocked(origin("192.0.2.1"), 3, kStart + 2s));
  EXPECT_FALSE(errors.blocked(origin("192.0.2.1"), 4, kStart + 2s));
  EXPECT_FALSE(errors.blocked(origin("192.0.2.2"), 3, kStart + 2s));
  EXPECT_FALSE(errors.blocked(origin("192.0.2.1"), 3, kStart + 61s));
  errors.note(origin("192.0.2.1"), kStart + 62s);
  EXPECT_FALSE(errors.blocked(origin("192.0.2.1"), 3, kStart + 62s)) << "the count begins anew";
}

TEST(ConnectErrors, CountsAnIpv6NetworkAsOne) {
  ConnectErrors errors;
  errors.note(origin("2001:db8::1"), kStart);
  errors.note(origin("2001:db8::ffff:2"), kStart);
  EXPECT_TRUE(errors.blocked(origin("2001:db8:0:0:aaaa::9"), 2, kStart));
  EXPECT_FALSE(errors.blocked(origin("2001:db8:0:1::1"), 2, kStart));
}

TEST(ConnectErrors, KeepsAWorstOffenderWhenFull) {
  ConnectErrors errors;
  for (int i = 0; i < 5; ++i) errors.note(origin("192.0.2.1"), kStart);
  for (std::size_t i = 0; i < 2 * ConnectErrors::kMaxAddresses; ++i) {
    errors.note(nth(i), kStart);
  }
  EXPECT_LE(errors.size(), ConnectErrors::kMaxAddresses);
  EXPECT_TRUE(errors.blocked(origin("192.0.2.1"), 5, kStart));
}

TEST(ConnectErrors, ForgetsWhoseMinuteIsOver) {
  ConnectErrors errors;
  for (std::size_t i = 0; i < ConnectErrors::kMaxAddresses; ++i) errors.note(nth(i), kStart);
  errors.note(origin("192.0.2.1"), kStart + 61s);
  EXPECT_EQ(errors.size(), 1U);
}

// Whoever comes from many addresses makes nobody wait: full, a new address costs what it costs otherwise.
TEST(ConnectErrors, AFullTableCostsNoMore) {
  const auto seconds_of = [](ConnectErrors& errors, std::size_t from) {
    const auto begin = std::chrono::steady_clock::now();
    for (std::size_t i = from; i < from + 50'000; ++i) errors.note(nth(i), kStart);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  ConnectErrors errors;
  for (std::size_t i = 0; i < ConnectErrors::kMaxAddresses; ++i) {
    errors.note(nth(i), kStart);
    errors.note(nth(i), kStart);
  }
  EXPECT_LT(seconds_of(errors, 10'000), 5) << "it took 4,096 steps each, ten times that";
  EXPECT_EQ(errors.size(), ConnectErrors::kMaxAddresses);
}

}  // namespace
}  // namespace breakwater::server
