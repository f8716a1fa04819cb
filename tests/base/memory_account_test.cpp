#include "base/memory_account.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace breakwater {
namespace {

constexpr std::size_t kKiB = 1024;
constexpr std::size_t kMiB = 1024 * kKiB;

TEST(MemoryAccount, TakesUpToItsMost) {
  MemoryAccount account(10);
  EXPECT_TRUE(account.take(4));
  EXPECT_FALSE(account.take(7));
  EXPECT_TRUE(account.take(6));
  EXPECT_FALSE(account.take(1));
  account.give(10);
  EXPECT_EQ(account.used(), 0U);
  EXPECT_FALSE(account.take(SIZE_MAX));
  EXPECT_FALSE(account.take(13, 2));
  EXPECT_TRUE(account.take(12, 2));
  EXPECT_FALSE(account.take(1));
  account.give(12);
}

TEST(MemoryAccount, NeverHoldsMoreThanItsMostHoweverManyAsk) {
  constexpr std::size_t kMost = 1000;
  MemoryAccount account(kMost);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (std::size_t i = 0; i < 20000; ++i) {
        const std::size_t bytes = i % 400 + 1;
        if (!account.take(bytes)) continue;
        EXPECT_LE(account.used(), kMost);
        account.give(bytes);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(account.used(), 0U);
}

TEST(StatementMemory, CountsASmallStatementInItsOwnAccountAlone) {
  ServerMemory server;
  StatementMemory statement(server);
  EXPECT_TRUE(statement.take(StatementMemory::kFreeBytes));
  EXPECT_EQ(server.all().used(), 0U);
  EXPECT_TRUE(statement.take(1));
  EXPECT_GT(server.all().used(), 0U);
  statement.give(StatementMemory::kFreeBytes + 1);
  statement.computed();
  EXPECT_EQ(server.all().used(), 0U);
}

TEST(StatementMemory, RefusesWhoPassesHisOwnLimit) {
  ServerMemory server;
  server.set_limits(4 * kMiB, 64 * kMiB);
  StatementMemory greedy(server);
  StatementMemory other(server);
  greedy.begin();
  EXPECT_TRUE(greedy.compute(3 * kMiB));
  EXPECT_FALSE(greedy.refused());
  EXPECT_FALSE(greedy.compute(2 * kMiB));
  EXPECT_TRUE(greedy.refused());
  EXPECT_EQ(greedy.used(), 3 * kMiB);
  EXPECT_EQ(greedy.error().mysql_errno(), 1037);
  EXPECT_NE(greedy.error().hint().find("4 MiB"), std::string::npos);
  EXPECT_NE(greedy.error().hint().find("statement_memory"), std::string::npos);
  EXPECT_TRUE(other.compute(3 * kMiB));
  greedy.computed();
  greedy.begin();
  EXPECT_FALSE(greedy.refused());
  EXPECT_TRUE(greedy.compute(3 * kMiB));
}

TEST(StatementMemory, ASmallOneGoesOnThoughTheServerIsFull) {
  ServerMemory server;
  server.set_limits(64 * kMiB, 8 * kMiB);
  StatementMemory greedy(server);
  while (greedy.compute(kMiB)) continue;
  StatementMemory small(server);
  EXPECT_TRUE(small.compute(StatementMemory::kReserve));
  EXPECT_FALSE(small.compute(kMiB));
  EXPECT_NE(small.error().hint().find("server_memory"), std::string::npos);
  small.computed();
  greedy.computed();
  EXPECT_EQ(server.all().used(), 0U);
}

TEST(StatementMemory, WhatOthersLeftIsNoCredit) {
  ServerMemory server;
  server.set_limits(4 * kMiB, 64 * kMiB);
  StatementMemory statement(server);
  EXPECT_TRUE(statement.take(kMiB));
  EXPECT_TRUE(statement.compute(kMiB));
  statement.uncompute(100 * kMiB);  // pages that another statement had read
  EXPECT_EQ(statement.used(), kMiB);
  EXPECT_TRUE(statement.compute(3 * kMiB));
  EXPECT_FALSE(statement.compute(kMiB));
  statement.computed();
  EXPECT_EQ(statement.used(), kMiB);
  statement.give(kMiB);
}

TEST(StatementMemory, GivesAllBackWhenItDies) {
  ServerMemory server;
  {
    StatementMemory statement(server);
    EXPECT_TRUE(statement.compute(5 * kMiB));
    EXPECT_TRUE(statement.take(5 * kMiB));
  }
  EXPECT_EQ(server.all().used(), 0U);
}

TEST(ServerMemory, SaysOnceThatMuchHasBeenGivenBack) {
  ServerMemory server;
  int said = 0;
  server.on_returned([&] { ++said; });
  StatementMemory statement(server);
  for (int i = 0; i < 7; ++i) {
    EXPECT_TRUE(statement.compute(kMiB));
    statement.computed();
  }
  EXPECT_EQ(said, 0);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(statement.compute(kMiB));
    statement.computed();
  }
  EXPECT_EQ(said, 1);
}

TEST(WaitingMemory, HoldsAtMostHalfOfTheServers) {
  ServerMemory server;
  server.set_limits(64 * kMiB, 32 * kMiB);
  StatementMemory statement(server);
  {
    WaitingMemory first(&statement);
    WaitingMemory second(&statement);
    EXPECT_TRUE(first.set(10 * kMiB));
    EXPECT_TRUE(second.set(6 * kMiB));
    const auto more = second.add(1);
    ASSERT_FALSE(more);
    EXPECT_EQ(more.error().mysql_errno(), 1037);
    EXPECT_EQ(second.bytes(), 6 * kMiB);
    EXPECT_FALSE(statement.refused());  // who asked for what waits was told
    StatementMemory other(server);
    WaitingMemory little(&other);
    EXPECT_TRUE(little.set(StatementMemory::kFreeBytes));  // a driver's prepared statement, say
    EXPECT_FALSE(little.add(1));
    little.clear();
    EXPECT_TRUE(first.set(kMiB));
    EXPECT_TRUE(second.add(kMiB));
    EXPECT_TRUE(statement.compute(16 * kMiB));  // the other half
  }
  EXPECT_EQ(server.waiting().used(), 0U);
  statement.computed();
  EXPECT_EQ(server.all().used(), 0U);
}

TEST(TakenMemory, ComesAndGoesWithWhatTookIt) {
  ServerMemory server;
  StatementMemory statement(server);
  {
    TakenMemory taken(&statement);
    EXPECT_TRUE(taken.add(kMiB));
    TakenMemory moved(std::move(taken));
    moved.drop(kKiB);
    EXPECT_EQ(statement.used(), kMiB - kKiB);
    EXPECT_FALSE(moved.add(ServerMemory::kDefaultStatement));
  }
  EXPECT_EQ(statement.used(), 0U);
  TakenMemory uncounted;
  EXPECT_TRUE(uncounted.add(SIZE_MAX));
}

}  // namespace
}  // namespace breakwater
