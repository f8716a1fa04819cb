#include "server/execute/context/fair_queue.h"

#include <chrono>
#include <map>
#include <mutex>
#include <new>
#include <tuple>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/wait_traits.hpp>
#include <boost/intrusive/list.hpp>

#include "base/handler_memory.h"

namespace breakwater::server::execute {

namespace asio = boost::asio;

// A waiting statement. It waits for its timer, which ends at the deadline, by the cancellation, or when it is
// given a place. `timer` is used only on its own executor, everything else under the state's mutex. Nothing
// is allocated once it is in line.
struct FairQueue::Waiter : boost::intrusive::list_base_hook<> {
  using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                           asio::wait_traits<std::chrono::steady_clock>, Executor>;

  Waiter(const Executor& executor, Deadline deadline) : timer(executor, deadline) {}

  /// The handler owns `waiter`, so that it still exists if the deadline came first.
  static void wake(const std::shared_ptr<Waiter>& waiter) {
    auto handler = [waiter] { waiter->timer.cancel(); };
    asio::post(waiter->timer.get_executor(),
               asio::bind_allocator(waiter->wake_memory.allocator(), std::move(handler)));
  }

  HandlerMemory wait_memory;
  HandlerMemory wake_memory;
  Timer timer;
  std::shared_ptr<Waiter> self;  ///< set while it is in line
  bool granted = false;
  bool of_sys = false;
};

struct FairQueue::State {
  struct Tenant {
    bool is_sys = false;
    std::size_t held = 0;     ///< of the places for everybody
    std::uint64_t since = 0;  ///< when it came or last had a place
    std::size_t waiting = 0;
    boost::intrusive::list<Waiter> waiters{};
  };
  using Tenants = std::map<std::int64_t, Tenant>;

  explicit State(FairQueueOptions with) : options(std::move(with)) {}

  const FairQueueOptions options;
  mutable std::mutex mutex;
  Tenants tenants;  ///< those that hold a place or wait for one
  std::size_t held = 0;
  std::size_t sys_held = 0;
  std::size_t waiting = 0;
  std::uint64_t turns = 0;

  // A tenant that comes back counts as new: those that wait already have waited longer.
  Tenant& tenant(std::int64_t id, bool is_sys) {
    const auto [place, is_new] = tenants.try_emplace(id);
    if (is_new) place->second.since = ++turns;
    place->second.is_sys = is_sys;
    return place->second;
  }

  /// Takes a free place if the tenant may have one. Sys takes its own place first.
  bool take(Tenant& tenant, bool& of_sys) {
    of_sys = tenant.is_sys && sys_held < options.sys_places;
    if (!of_sys && (held >= options.places || tenant.held >= options.per_tenant)) return false;
    of_sys ? ++sys_held : (++held, ++tenant.held);
    tenant.since = ++turns;
    return true;
  }

  bool may_take(const Tenant& tenant) const {
    if (tenant.is_sys && sys_held < options.sys_places) return true;
    return held < options.places && tenant.held < options.per_tenant;
  }

  Tenants::iterator next_to_serve() {
    auto best = tenants.end();
    for (auto at = tenants.begin(); at != tenants.end(); ++at) {
      if (at->second.waiters.empty() || !may_take(at->second)) continue;
      const auto rank = [](const Tenant& tenant) { return std::tuple(tenant.held, tenant.since); };
      if (best == tenants.end() || rank(at->second) < rank(best->second)) best = at;
    }
    return best;
  }

  /// Gives free places to those that wait.
  void serve() {
    for (auto at = next_to_serve(); at != tenants.end(); at = next_to_serve()) {
      Tenant& tenant = at->second;
      Waiter& first = tenant.waiters.front();
      take(tenant, first.of_sys);
      first.granted = true;
      Waiter::wake(leave(tenant, first));
    }
  }

  void stand_in_line(Tenant& tenant, const std::shared_ptr<Waiter>& waiter) {
    waiter->self = waiter;
    tenant.waiters.push_back(*waiter);
    ++tenant.waiting;
    ++waiting;
  }

  std::shared_ptr<Waiter> leave(Tenant& tenant, Waiter& waiter) {
    tenant.waiters.erase(tenant.waiters.iterator_to(waiter));
    --tenant.waiting;
    --waiting;
    return std::move(waiter.self);
  }

  void give_back(std::int64_t id, bool of_sys) {
    const auto place = tenants.find(id);
    of_sys ? --sys_held : (--held, --place->second.held);
    place->second.since = ++turns;
    serve();
    forget_if_idle(id);
  }

  void forget_if_idle(std::int64_t id) {
    const auto place = tenants.find(id);
    if (place == tenants.end()) return;
    const Tenant& tenant = place->second;
    const bool uses_sys = tenant.is_sys && sys_held > 0;
    if (tenant.held == 0 && tenant.waiters.empty() && !uses_sys) tenants.erase(place);
  }
};

// One wait. Whatever ends it, also an exception or the end of the coroutine's io_context, the destructor
// removes the waiter from the line and passes on a place that it was given.
class FairQueue::Place {
 public:
  Place(std::shared_ptr<State> state, std::int64_t tenant) : state_(std::move(state)), tenant_(tenant) {}
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() {
    if (waiter_ == nullptr) return;
    const std::scoped_lock lock(state_->mutex);
    if (waiter_->granted) {
      state_->give_back(tenant_, waiter_->of_sys);
    } else if (waiter_->self != nullptr) {
      state_->leave(state_->tenants.find(tenant_)->second, *waiter_);
      state_->forget_if_idle(tenant_);
    }
  }

  void wait_as(std::shared_ptr<Waiter> waiter) { waiter_ = std::move(waiter); }
  /// A Guard without a place if it was given none.
  Guard take() {
    const std::scoped_lock lock(state_->mutex);
    if (!waiter_->granted) return {};
    waiter_->granted = false;
    return {state_, tenant_, waiter_->of_sys};
  }

 private:
  std::shared_ptr<State> state_;
  std::int64_t tenant_;
  std::shared_ptr<Waiter> waiter_{};
};

FairQueue::Guard& FairQueue::Guard::operator=(Guard&& other) noexcept {
  if (this == &other) return *this;
  release();
  state_ = std::move(other.state_);
  tenant_ = other.tenant_;
  of_sys_ = other.of_sys_;
  return *this;
}

void FairQueue::Guard::release() {
  const std::shared_ptr<State> state = std::exchange(state_, nullptr);
  if (state == nullptr) return;
  const std::scoped_lock lock(state->mutex);
  state->give_back(tenant_, of_sys_);
}

FairQueue::FairQueue(FairQueueOptions options) : state_(std::make_shared<State>(std::move(options))) {}
FairQueue::~FairQueue() = default;

Task<Result<FairQueue::Guard>> FairQueue::acquire(std::int64_t tenant, bool is_sys, storage::Call call) {
  try {
    co_return co_await wait_in_line(tenant, is_sys, call);
  } catch (const std::bad_alloc&) {
    co_return fail(error::out_of_memory().with_hint("the server has no memory left; try again later"));
  }
}

Task<Result<FairQueue::Guard>> FairQueue::wait_in_line(std::int64_t tenant, bool is_sys, storage::Call call) {
  if (call.cancelled()) co_return fail(call.cancellation->why());
  const Executor executor = co_await asio::this_coro::executor;
  const FairQueueOptions& options = state_->options;
  Place place(state_, tenant);
  const auto waiter = std::make_shared<Waiter>(executor, call.deadline);
  const storage::Cancellation::Watch watch(call.cancellation, [&waiter] { waiter->timer.cancel(); });
  {
    const std::scoped_lock lock(state_->mutex);
    State::Tenant& own = state_->tenant(tenant, is_sys);
    bool of_sys = false;
    if (own.waiters.empty() && state_->take(own, of_sys)) co_return Guard(state_, tenant, of_sys);
    if (state_->waiting >= options.max_waiting || own.waiting >= options.max_waiting_per_tenant) {
      state_->forget_if_idle(tenant);
      co_return fail(error::out_of_resources().with_hint(options.full));
    }
    state_->stand_in_line(own, waiter);
    place.wait_as(waiter);
  }
  boost::system::error_code ignored;
  co_await waiter->timer.async_wait(
      asio::bind_allocator(waiter->wait_memory.allocator(), asio::redirect_error(use_task, ignored)));
  Guard guard = place.take();
  if (guard.state_ != nullptr) co_return guard;
  if (call.cancelled()) co_return fail(call.cancellation->why());
  co_return fail(error::timeout().with_hint(options.late));
}

FairQueueStats FairQueue::stats() const {
  const std::scoped_lock lock(state_->mutex);
  return {.held = state_->held + state_->sys_held, .waiting = state_->waiting};
}

}  // namespace breakwater::server::execute
