// Failed logins that lock an account for an address.
#include "server/auth/login_locks.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

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

TEST(LoginLocksTest, ARightPasswordAmongOthersComesInItsTurn) {
  using Turn = LoginLocks::Turn;
  LoginLocks locks;
  const LoginLocks::Key key{.account = 1, .from = address("192.0.2.1")};
  const auto first = locks.begin(key);
  const auto second = locks.begin(key);
  const auto right = locks.begin(key);
  const auto later = locks.begin(key);
  EXPECT_EQ(locks.turn(key, right, kNow), Turn::wait);
  locks.failed(key, limit(3), kNow);
  locks.end(key, second);
  EXPECT_EQ(locks.turn(key, right, kNow), Turn::wait);
  locks.failed(key, limit(3), kNow);
  locks.end(key, first);
  EXPECT_EQ(locks.turn(key, right, kNow), Turn::now) << "two were wrong, and who comes later doesn't matter";
  locks.failed(key, limit(3), kNow);
  locks.end(key, later);
  EXPECT_EQ(locks.turn(key, right, kNow), Turn::locked);
  locks.end(key, right);
  EXPECT_EQ(locks.turn(key, right, kLater), Turn::now) << "the lock is over";
}

TEST(LoginLocksTest, NothingIsKeptOfRightPasswords) {
  LoginLocks locks;
  const LoginLocks::Key key{.account = 1, .from = {}};
  const auto one = locks.begin(key);
  const auto two = locks.begin(key);
  locks.succeeded(key);
  locks.end(key, one);
  EXPECT_EQ(locks.size(), 1U);
  locks.end(key, two);
  EXPECT_EQ(locks.size(), 0U);
}

// However many are checked side by side: no password is heard behind the third wrong one.
TEST(LoginLocksTest, NotOneMoreIsHeardThanAllowed) {
  using Turn = LoginLocks::Turn;
  constexpr int kThreads = 8;
  constexpr int kRounds = 200;
  for (int round = 0; round < kRounds; ++round) {
    LoginLocks locks;
    const LoginLocks::Key key{.account = 1, .from = address("192.0.2.1")};
    std::array<std::atomic<LoginLocks::Ticket>, kThreads> tickets{};
    std::atomic<bool> let_in = false;
    const int right = round % kThreads;
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < kThreads; ++i) {
        threads.emplace_back([&, i] {
          const auto ticket = locks.begin(key);
          tickets[i] = ticket;
          if (i != right) {
            locks.failed(key, limit(3), kNow);
          } else {
            Turn turn = Turn::wait;
            while ((turn = locks.turn(key, ticket, kNow)) == Turn::wait) std::this_thread::yield();
            let_in = turn == Turn::now;
          }
          locks.end(key, ticket);
        });
      }
    }
    const auto before =
        std::ranges::count_if(tickets, [&](const auto& ticket) { return ticket < tickets[right]; });
    EXPECT_TRUE(before < 3 || !let_in) << before << " wrong ones came before it";
  }
}

}  // namespace
}  // namespace breakwater::auth
