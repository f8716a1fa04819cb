// Failed logins that lock an account for an address.
#include "server/auth/login_locks.h"

#include <string>

#include <gtest/gtest.h>

namespace breakwater::auth {
namespace {

Address address(const std::string& text) {
  return *Address::parse(text);
}

constexpr Timestamp kNow = 1'700'000'000'000'000;
constexpr Timestamp kLater = kNow + 1'000'000;

LoginLocks::Limit limit(std::int64_t attempts) {
  return {.attempts = attempts, .locked_until = kLater};
}

TEST(LoginLocksTest, SoManyInARowLockTheAccountForTheAddress) {
  LoginLocks locks;
  const LoginLocks::Key key{.account = 1, .from = address("192.0.2.1")};
  EXPECT_FALSE(locks.failed(key, limit(3), kNow));
  EXPECT_FALSE(locks.failed(key, limit(3), kNow));
  EXPECT_FALSE(locks.is_locked(key, kNow));
  EXPECT_TRUE(locks.failed(key, limit(3), kNow));
  EXPECT_TRUE(locks.is_locked(key, kNow));
  EXPECT_FALSE(locks.is_locked({.account = 1, .from = address("192.0.2.2")}, kNow)) << "another address";
  EXPECT_FALSE(locks.is_locked({.account = 2, .from = address("192.0.2.1")}, kNow)) << "another account";
}

TEST(LoginLocksTest, ARightPasswordBeginsTheCountAnew) {
  LoginLocks locks;
  const LoginLocks::Key key{.account = 1, .from = address("::1")};
  EXPECT_FALSE(locks.failed(key, limit(2), kNow));
  locks.succeeded(key);
  EXPECT_FALSE(locks.failed(key, limit(2), kNow));
  EXPECT_TRUE(locks.failed(key, limit(2), kNow));
}

TEST(LoginLocksTest, ALockEndsWithItsTimeAndNotBefore) {
  LoginLocks locks;
  const LoginLocks::Key key{.account = 1, .from = {}};
  EXPECT_TRUE(locks.failed(key, limit(1), kNow));
  EXPECT_FALSE(locks.failed(key, {.attempts = 1, .locked_until = kLater + 1}, kNow))
      << "it isn't made longer";
  EXPECT_TRUE(locks.is_locked(key, kLater - 1));
  EXPECT_FALSE(locks.is_locked(key, kLater));
  EXPECT_TRUE(locks.failed(key, limit(1), kLater)) << "and begins anew";
}

TEST(LoginLocksTest, AnUnboundedLockEndsWithUnlockAlone) {
  LoginLocks locks;
  const LoginLocks::Key here{.account = 7, .from = address("192.0.2.1")};
  const LoginLocks::Key there{.account = 7, .from = address("2001:db8::1")};
  const LoginLocks::Key other{.account = 8, .from = address("192.0.2.1")};
  for (const auto& key : {here, there, other}) EXPECT_TRUE(locks.failed(key, {.attempts = 1}, kNow));
  EXPECT_TRUE(locks.is_locked(here, INT64_MAX));
  locks.unlock(7);
  EXPECT_FALSE(locks.is_locked(here, kNow));
  EXPECT_FALSE(locks.is_locked(there, kNow));
  EXPECT_TRUE(locks.is_locked(other, kNow));
}

// Whoever has many addresses: memory stays bounded, and what is newest stays known.
TEST(LoginLocksTest, TheOldestAreForgotten) {
  LoginLocks locks;
  const auto key = [](std::size_t i) {
    Address from;
    from.bytes[0] = static_cast<std::uint8_t>(i);
    from.bytes[1] = static_cast<std::uint8_t>(i >> 8U);
    from.bytes[2] = static_cast<std::uint8_t>(i >> 16U);
    return LoginLocks::Key{.account = 1, .from = from};
  };
  for (std::size_t i = 0; i < LoginLocks::kMost; ++i) locks.failed(key(i), limit(1), kNow);
  EXPECT_EQ(locks.size(), LoginLocks::kMost);
  locks.failed(key(0), limit(1), kNow);  // again: now the newest
  locks.failed(key(LoginLocks::kMost), limit(1), kNow);
  EXPECT_EQ(locks.size(), LoginLocks::kMost);
  EXPECT_TRUE(locks.is_locked(key(0), kNow));
  EXPECT_FALSE(locks.is_locked(key(1), kNow));
  EXPECT_TRUE(locks.is_locked(key(2), kNow));
  EXPECT_TRUE(locks.is_locked(key(LoginLocks::kMost), kNow));
}

}  // namespace
}  // namespace breakwater::auth
