#include "server/execute/context/tenant_locks.h"

#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

namespace breakwater::server::execute {
namespace {

Task<> take(TenantLocks& locks, std::vector<int>& order, int number, std::chrono::milliseconds wait) {
  const auto guard = co_await locks.acquire(1002, {deadline_in(wait), nullptr});
  order.push_back(guard ? number : -number);
}

TEST(TenantLocks, ServesInOrderAndGivesUpAtTheDeadline) {
  boost::asio::io_context io(1);
  TenantLocks locks;
  std::vector<int> order;
  boost::asio::co_spawn(
      io.get_executor(),
      [&]() -> Task<> {
        auto guard = co_await locks.acquire(1002, {deadline_in(std::chrono::seconds(60)), nullptr});
        // Another tenant's lock is free.
        EXPECT_TRUE(co_await locks.acquire(1004, {deadline_in(std::chrono::seconds(60)), nullptr}));
        boost::asio::co_spawn(io.get_executor(), take(locks, order, 1, std::chrono::seconds(60)),
                              boost::asio::detached);
        boost::asio::co_spawn(io.get_executor(), take(locks, order, 2, std::chrono::seconds(60)),
                              boost::asio::detached);
        co_await take(locks, order, 3, std::chrono::milliseconds(1));
        EXPECT_EQ(order, std::vector<int>{-3});
      },
      boost::asio::detached);
  io.run();
  EXPECT_EQ(order, (std::vector<int>{-3, 1, 2}));
}

TEST(TenantLocks, ACancelledWaitEndsWithItsError) {
  boost::asio::io_context io(1);
  TenantLocks locks;
  storage::Cancellation cancellation;
  Result<TenantLocks::Guard> waited;
  boost::asio::co_spawn(
      io.get_executor(),
      [&]() -> Task<> {
        const storage::Call call{deadline_in(std::chrono::seconds(60)), &cancellation};
        const auto held = co_await locks.acquire(1002, call);
        boost::asio::post(io, [&] { cancellation.cancel(error::query_interrupted()); });
        waited = co_await locks.acquire(1002, call);
      },
      boost::asio::detached);
  io.run();
  ASSERT_FALSE(waited);
  EXPECT_TRUE(waited.error().is(Errc::query_interrupted));
}

}  // namespace
}  // namespace breakwater::server::execute
