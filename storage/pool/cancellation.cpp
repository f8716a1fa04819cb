#include "storage/pool/cancellation.h"

#include <algorithm>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

namespace breakwater::storage {

namespace asio = boost::asio;

void Cancellation::cancel(Error why) {
  if (why_) return;
  why_.emplace(std::move(why));
  for (const auto& wake : watches_) wake();
}

Cancellation::Watch::Watch(Cancellation* cancellation, std::function<void()> wake)
    : cancellation_(cancellation) {
  if (cancellation_ != nullptr)
    place_ = cancellation_->watches_.insert(cancellation_->watches_.end(), std::move(wake));
}

Cancellation::Watch::~Watch() {
  if (cancellation_ != nullptr) cancellation_->watches_.erase(place_);
}

Task<> sleep_until(Deadline until, const Call& call) {
  if (call.cancelled()) co_return;
  const Executor executor = co_await asio::this_coro::executor;
  asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                             Executor>
      timer(executor, std::min(until, call.deadline));
  const Cancellation::Watch watch(call.cancellation, [&timer] { timer.cancel(); });
  co_await timer.async_wait(asio::as_tuple(use_task));
}

}  // namespace breakwater::storage
