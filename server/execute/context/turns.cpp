#include "server/execute/context/turns.h"

#include <algorithm>
#include <tuple>

#include <sys/resource.h>
#include <unistd.h>

namespace breakwater::server::execute {
namespace {

/// How often a waiting statement checks whether it has been stopped.
constexpr auto kLook = std::chrono::milliseconds(20);

// Long computations yield to the threads that answer clients at once, if there are too few processors for
// both.
void yield_to_io_threads() {
  constexpr int kBehind = 5;
  static thread_local const bool done = [] {
    setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kBehind);
    return true;
  }();
  static_cast<void>(done);
}

}  // namespace

std::size_t Turns::running() const {
  const std::scoped_lock lock(mutex_);
  return running_ + (reserved_taken_ ? 1 : 0);
}

std::size_t Turns::waiting() const {
  const std::scoped_lock lock(mutex_);
  return waiting_.size();
}

void Turns::wait(Turn& turn, const std::function<bool()>& stopped) {
  yield_to_io_threads();
  std::unique_lock lock(mutex_);
  if (turn.running_ && waiting_.empty()) {
    turn.end_ = deadline_in(kSlice);
    return;
  }
  // A new tenant comes after those that wait, so that many short statements get no more time than one long
  // one.
  ++tenants_.try_emplace(turn.share_, Tenant{.served = turns_}).first->second.waiting;
  waiting_.push_back(&turn);
  stop(turn);
  hand_out();
  while (!turn.running_) {
    changed_.wait_for(lock, kLook);
    if (turn.running_ || !stopped()) continue;
    waiting_.remove(&turn);
    --tenants_[turn.share_].waiting;
    forget_idle(turn.share_);
    return;
  }
}

void Turns::leave(Turn& turn) {
  const std::scoped_lock lock(mutex_);
  stop(turn);
  hand_out();
}

void Turns::stop(Turn& turn) {
  if (!turn.running_) return;
  turn.running_ = false;
  --tenants_[turn.share_].running;
  (turn.reserved_ ? reserved_taken_ = false : (--running_, false));
  forget_idle(turn.share_);
}

void Turns::start(std::list<Turn*>::iterator at, bool reserved) {
  Turn& turn = **at;
  waiting_.erase(at);
  Tenant& tenant = tenants_[turn.share_];
  --tenant.waiting;
  ++tenant.running;
  tenant.served = ++turns_;
  turn.running_ = true;
  turn.reserved_ = reserved;
  turn.end_ = deadline_in(kSlice);
  if (reserved) {
    reserved_taken_ = true;
  } else {
    ++running_;
  }
}

void Turns::hand_out() {
  bool any = false;
  const auto administrator =
      std::ranges::find_if(waiting_, [](Turn* turn) { return turn->share_.administrator; });
  if (!reserved_taken_ && administrator != waiting_.end()) {
    start(administrator, true);
    any = true;
  }
  while (running_ < kRunning && !waiting_.empty()) {
    start(next(), false);
    any = true;
  }
  if (any) changed_.notify_all();
}

/// The next turn: of the tenant that runs the fewest statements and, among those, whose last turn is the
/// longest ago.
std::list<Turns::Turn*>::iterator Turns::next() {
  return std::ranges::min_element(waiting_, {}, [this](Turn* turn) {
    const Tenant& tenant = tenants_.at(turn->share_);
    return std::tuple(tenant.running, tenant.served);
  });
}

void Turns::forget_idle(const Share& share) {
  const auto found = tenants_.find(share);
  if (found == tenants_.end()) return;
  if (found->second.running == 0 && found->second.waiting == 0) tenants_.erase(found);
}

}  // namespace breakwater::server::execute
