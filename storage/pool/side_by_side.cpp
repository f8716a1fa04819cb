#include "storage/pool/side_by_side.h"

#include <algorithm>
#include <exception>
#include <limits>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

namespace breakwater::storage {

namespace asio = boost::asio;
using std::chrono::steady_clock;

struct SideBySide::Entry {
  Entry(Part what, bool not_needed) : part(std::move(what)), spare(not_needed) {}
  Part part;
  const bool spare;
  Cancellation cancellation;
};

// Each part holds it: when an io_context ends, frames are destroyed in any order.
struct SideBySide::Shared {
  using Timer = asio::basic_waitable_timer<steady_clock, asio::wait_traits<steady_clock>, Executor>;
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  Shared(Executor executor, Deadline until) : wake(executor), deadline(until) {}

  void failed(std::size_t number, std::chrono::milliseconds wait) {
    if (number >= first_failed) return;
    first_failed = number;
    if (patience == Deadline::max()) patience = deadline_in(wait);
  }

  // Those that don't count any more, once their time is up.
  void cancel_rest() {
    if (first_failed == kNone || steady_clock::now() < patience) return;
    for (std::size_t i = first_failed + 1; i < entries.size(); ++i)
      entries[i]->cancellation.cancel(error::query_interrupted());
    patience = Deadline::max();
  }

  // Those that nothing waits for any more.
  void cancel_spare() {
    if (needed > 0) return;
    for (const auto& entry : entries)
      if (entry->spare) entry->cancellation.cancel(error::query_interrupted());
  }

  void begun(const Entry& entry) {
    ++left;
    if (!entry.spare) ++needed;
  }

  void ended(const Entry& entry) {
    --left;
    if (!entry.spare) --needed;
    wake.cancel();
  }

  std::vector<std::unique_ptr<Entry>> entries{};
  Timer wake;
  Deadline deadline;
  std::size_t left = 0;
  std::size_t needed = 0;
  std::size_t first_failed = kNone;
  Deadline patience = Deadline::max();
  std::chrono::milliseconds grace{};
  std::exception_ptr thrown{};
};

SideBySide::SideBySide(const Call& call, std::chrono::milliseconds grace) : call_(call), grace_(grace) {}

SideBySide::~SideBySide() = default;

void SideBySide::add(Part part) {
  entries_.push_back(std::make_unique<Entry>(std::move(part), false));
}

void SideBySide::add_spare(Part part) {
  entries_.push_back(std::make_unique<Entry>(std::move(part), true));
}

Task<> SideBySide::run_part(std::shared_ptr<Shared> shared, std::size_t number) {
  Entry& mine = *shared->entries[number];
  const bool good = co_await mine.part(Call{shared->deadline, &mine.cancellation});
  if (!good) {
    shared->failed(number, shared->grace);
    shared->wake.cancel();
  }
}

// The longest way is begun first: it gets the connection that is warm.
void SideBySide::begin_all(const std::shared_ptr<Shared>& shared) {
  for (std::size_t i = shared->entries.size(); i-- > 0;) {
    auto ended = [shared, i](std::exception_ptr thrown) {
      if (thrown) shared->failed(i, {});
      if (thrown && !shared->thrown) shared->thrown = std::move(thrown);
      shared->ended(*shared->entries[i]);
    };
    auto task = run_part(shared, i);
    shared->begun(*shared->entries[i]);  // it may end at once
    try {
      asio::co_spawn(shared->wake.get_executor(), std::move(task), std::move(ended));
    } catch (...) {
      shared->ended(*shared->entries[i]);
      throw;
    }
  }
}

Task<> SideBySide::run() {
  const auto shared = std::make_shared<Shared>(co_await asio::this_coro::executor, call_.deadline);
  shared->grace = grace_;
  shared->entries = std::move(entries_);
  const auto end_all = [&shared = *shared](const Error& why) {
    for (const auto& entry : shared.entries) entry->cancellation.cancel(why);
  };
  const Cancellation::Watch watch(call_.cancellation,
                                  [this, &end_all] { end_all(call_.cancellation->why()); });
  if (call_.cancelled()) end_all(call_.cancellation->why());
  try {
    begin_all(shared);
  } catch (...) {
    shared->thrown = std::current_exception();
    end_all(error::out_of_memory());
  }
  while (shared->left > 0) {
    shared->cancel_rest();
    shared->cancel_spare();
    shared->wake.expires_at(shared->patience);
    co_await shared->wake.async_wait(asio::as_tuple(use_task));
  }
  if (shared->thrown) std::rethrow_exception(shared->thrown);
}

}  // namespace breakwater::storage
