#include "storage/http/http_pool.h"

#include <algorithm>
#include <list>
#include <optional>
#include <utility>

#include <boost/asio/execution_context.hpp>
#include <boost/asio/steady_timer.hpp>

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
      if (connection->reusable() && !refusal(connection->peer(), rules, is_own_address)) return connection;
      return take(origin, rules);
    }
    return nullptr;
  }

  void give(const Origin& origin, std::unique_ptr<HttpConnection> connection) override {
    if (!timer_ || !connection->reusable()) return;
    const auto same = [&](const Entry& entry) { return entry.origin == origin; };
    if (idle_.size() >= kMaxIdleOfAll ||
        static_cast<std::size_t>(std::ranges::count_if(idle_, same)) >= kMaxIdle)
      return;
    idle_.push_back({origin, std::move(connection), steady_clock::now() + kIdleLife});
    if (idle_.size() == 1) wait();
  }

  void clear() override {
    idle_.clear();
    if (timer_) timer_->cancel();
  }

 private:
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
    timer_->expires_at(idle_.front().until);
    timer_->async_wait([this](boost::system::error_code why) {
      if (why) return;
      while (!idle_.empty() && idle_.front().until <= steady_clock::now()) idle_.pop_front();
      if (!idle_.empty()) wait();
    });
  }

  std::list<Entry> idle_;  // oldest first
  std::optional<asio::steady_timer> timer_;
};

}  // namespace

HttpPool& HttpPool::of(const Executor& executor) {
  return asio::use_service<PoolService>(executor.context());
}

}  // namespace breakwater::storage
