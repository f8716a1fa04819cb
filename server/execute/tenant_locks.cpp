#include "server/execute/tenant_locks.h"

#include <chrono>
#include <utility>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/wait_traits.hpp>

#include "server/execute/await.h"

namespace breakwater::server::execute {

namespace asio = boost::asio;

struct TenantLocks::Waiter {
  using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                           asio::wait_traits<std::chrono::steady_clock>, Executor>;
  explicit Waiter(const Executor& executor) : timer(executor) {}
  Timer timer;           ///< used on its own executor only
  bool granted = false;  ///< under the locks' mutex
};

TenantLocks::Guard& TenantLocks::Guard::operator=(Guard&& other) noexcept {
  if (this == &other) return *this;
  release();
  locks_ = std::exchange(other.locks_, nullptr);
  tenant_ = other.tenant_;
  return *this;
}

void TenantLocks::Guard::release() {
  if (TenantLocks* locks = std::exchange(locks_, nullptr)) locks->release(tenant_);
}

Task<Result<TenantLocks::Guard>> TenantLocks::acquire(std::int64_t tenant, Executor executor,
                                                      storage::Call call) {
  if (call.cancelled()) co_return fail(call.cancellation->why());
  const auto waiter = std::make_shared<Waiter>(executor);
  waiter->timer.expires_at(call.deadline);
  const storage::Cancellation::Watch watch(call.cancellation, [&waiter] { waiter->timer.cancel(); });
  {
    const std::scoped_lock lock(mutex_);
    const auto [place, is_free] = locks_.try_emplace(tenant);
    if (is_free) co_return Guard(this, tenant);
    place->second.waiters.push_back(waiter);
  }
  boost::system::error_code ignored;
  co_await waiter->timer.async_wait(asio::redirect_error(use_task, ignored));
  const std::scoped_lock lock(mutex_);
  if (waiter->granted) co_return Guard(this, tenant);
  std::erase(locks_[tenant].waiters, waiter);
  if (call.cancelled()) co_return fail(call.cancellation->why());
  co_return fail(
      error::timeout().with_hint("another statement is changing this tenant's settings; try again later"));
}

void TenantLocks::release(std::int64_t tenant) {
  const std::scoped_lock lock(mutex_);
  const auto place = locks_.find(tenant);
  if (place->second.waiters.empty()) {
    locks_.erase(place);
    return;
  }
  const std::shared_ptr<Waiter> next = place->second.waiters.front();
  place->second.waiters.pop_front();
  next->granted = true;
  asio::post(next->timer.get_executor(), [next] { next->timer.cancel(); });
}

}  // namespace breakwater::server::execute
