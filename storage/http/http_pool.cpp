#include "storage/http/http_pool.h"

#include <algorithm>
#include <list>
#include <map>
#include <optional>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include "storage/http/http_connection.h"
#include "storage/http/own_address.h"

namespace breakwater::storage {
namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;

class PoolService final : public asio::execution_context::service, public HttpPool {
 public:
  static inline asio::execution_context::id id;

  explicit PoolService(asio::execution_context& context)
      : asio::execution_context::service(context),
        timer_(std::in_place, static_cast<asio::io_context&>(context)) {}

  std::unique_ptr<HttpConnection> take(const Origin& origin, const NetworkRules& rules) override {
    // Takes the youngest first, so that the others grow old and are closed.
    for (auto entry = idle_.rbegin(); entry != idle_.rend(); ++entry) {
      if (entry->origin != origin) continue;
      auto connection = std::move(entry->connection);
      idle_.erase(std::next(entry).base());
      const auto& checked = connection->checked();
      const bool refused = checked && refusal(*checked, rules, is_own_address);
      if (connection->reusable() && !refused) return connection;
      return take(origin, rules);
    }
    return nullptr;
  }

  void give(const Origin& origin, std::unique_ptr<HttpConnection> connection) override {
    if (!timer_ || !connection->reusable()) return;
    const std::size_t same = idle(origin);
    if (idle_.size() >= kMaxIdleOfAll || same >= kMaxIdle) return;
    const auto life = same < kMaxKept ? kIdleLife : kSpareLife;
    idle_.push_back({origin, std::move(connection), steady_clock::now() + life});
    if (idle_.size() == 1 || idle_.back().until < timer_->expiry()) wait();
  }

  std::size_t idle(const Origin& origin) const override {
    return static_cast<std::size_t>(
        std::ranges::count_if(idle_, [&](const Entry& entry) { return entry.origin == origin; }));
  }

  Task<std::optional<Place>> enter(const Origin& origin, const Call& call) override {
    const auto used = busy_.try_emplace(origin).first;
    Queue& queue = used->second;
    if (queue.busy < kMaxBusy) {
      ++queue.busy;
    } else {
      Waiter waiter(co_await asio::this_coro::executor, call.deadline);
      const Queued queued(queue, waiter);
      const Cancellation::Watch watch(call.cancellation, [&waiter] { waiter.timer.cancel(); });
      if (!call.cancelled()) co_await waiter.timer.async_wait(asio::as_tuple(use_task));
      if (!waiter.entered) co_return std::nullopt;
    }
    co_return Place([this, used] { leave(used); });
  }

  void clear() override {
    idle_.clear();
    if (timer_) timer_->cancel();
  }

 private:
  struct Waiter {
    Waiter(Executor executor, Deadline until) : timer(executor, until) {}
    asio::basic_waitable_timer<steady_clock, asio::wait_traits<steady_clock>, Executor> timer;
    bool entered = false;
  };
  struct Queue {
    std::size_t busy = 0;
    std::list<Waiter*> waiting{};
  };
  using Queues = std::map<Origin, Queue>;

  // A waiter in its queue. One that has entered was taken out.
  class Queued {
   public:
    Queued(Queue& queue, Waiter& waiter)
        : queue_(queue), waiter_(waiter), place_(queue.waiting.insert(queue.waiting.end(), &waiter)) {}
    Queued(const Queued&) = delete;
    Queued& operator=(const Queued&) = delete;
    ~Queued() {
      if (!waiter_.entered) queue_.waiting.erase(place_);
    }

   private:
    Queue& queue_;
    const Waiter& waiter_;
    std::list<Waiter*>::iterator place_;
  };

  // The next that waits gets the place.
  void leave(Queues::iterator used) {
    Queue& queue = used->second;
    if (!queue.waiting.empty()) {
      Waiter& next = *queue.waiting.front();
      queue.waiting.pop_front();
      next.entered = true;
      next.timer.cancel();
    } else if (--queue.busy == 0) {
      busy_.erase(used);
    }
  }

  struct Entry {
    Origin origin;
    std::unique_ptr<HttpConnection> connection;
    steady_clock::time_point until;
  };

  void shutdown() override {
    idle_.clear();
    timer_.reset();
  }

  void wait() {
    timer_->expires_at(std::ranges::min_element(idle_, {}, &Entry::until)->until);
    timer_->async_wait([this](boost::system::error_code why) {
      if (why) return;
      std::erase_if(idle_, [](const Entry& entry) { return entry.until <= steady_clock::now(); });
      if (!idle_.empty()) wait();
    });
  }

  std::list<Entry> idle_;  // oldest first
  Queues busy_;            // those of which connections are in use
  std::optional<asio::steady_timer> timer_;
};

}  // namespace

HttpPool& HttpPool::of(const Executor& executor) {
  return asio::use_service<PoolService>(executor.context());
}

}  // namespace breakwater::storage
