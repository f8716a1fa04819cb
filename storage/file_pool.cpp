#include "storage/file_pool.h"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>
#include <vector>

#include <pthread.h>

namespace breakwater::storage {
namespace {

constexpr std::size_t kMaxThreadName = 15;  // pthread_setname_np

Error not_in_time() {
  return error::backup_dest_not_connect().with_hint(
      "The storage did not answer in time. Check that the file system is mounted and its server runs.");
}

Error refused(std::string why) {
  return error::backup_dest_not_connect().with_hint(std::move(why));
}

}  // namespace

// Workers and the watchdog hold a reference each, so that a stuck thread finds its pool's state when it wakes
// up long after the pool. Everything is guarded by `mutex`; callbacks run without it.
struct FilePool::State : std::enable_shared_from_this<FilePool::State> {
  enum class Phase : std::uint8_t { queued, running, abandoned, ended };
  struct Entry {
    Task task;
    std::string group;
    Deadline deadline;
    StopFlag stop;
    Phase phase = Phase::queued;
    Deadline slow_at{};  // running: when its thread is replaced
    bool slow = false;   // it has been
    bool told = false;   // an abandoned job's completion has been called
  };
  using EntryPtr = std::shared_ptr<Entry>;
  using Finish = decltype(Task::finish);
  struct Group {
    std::size_t threads = 0;  // that its jobs hold
    std::size_t stuck = 0;    // of these
  };

  explicit State(FilePoolOptions with) : options(std::move(with)) {}

  const FilePoolOptions options;
  std::mutex mutex;
  std::condition_variable work;     // a job was queued or may run now
  std::condition_variable watch;    // the earliest deadline changed
  std::condition_variable changed;  // a job or a thread ended
  std::list<EntryPtr> queue;
  std::set<EntryPtr> in_flight;  // running or abandoned
  std::multimap<Deadline, EntryPtr> deadlines;
  std::multimap<Deadline, EntryPtr> slow_times;  // of those running that aren't slow yet
  std::map<std::string, Group, std::less<>> groups;
  std::map<std::thread::id, std::thread> threads;  // that work; those still stuck at the end are detached
  std::vector<std::thread> leaving;                // that have nothing left to do but be joined
  std::size_t alive = 0;
  std::size_t idle = 0;
  std::size_t stuck = 0;
  std::size_t slow = 0;
  bool stopping = false;
  bool closed = false;  // shutdown() is over: nobody is told anything more
  bool watchdog_ends = false;
  Deadline watchdog_wakes = Deadline::min();  // by itself; min: it is awake
  std::thread watchdog;

  std::optional<Error> refusal(const std::string& group) const;
  void enqueue(const EntryPtr& entry);
  void start_watchdog();
  void watch_for(Deadline time);
  void ensure_worker();

  std::size_t at_work() const { return alive - stuck - slow; }
  bool surplus() const { return stopping || at_work() > options.threads; }
  EntryPtr take_runnable();
  void work_loop();
  void run_entry(std::unique_lock<std::mutex>& lock, const EntryPtr& entry);

  static void forget(std::multimap<Deadline, EntryPtr>& times, Deadline time, const EntryPtr& entry);
  void forget_times(const EntryPtr& entry);
  void replace_slow(const EntryPtr& entry);
  void leave_group(const Entry& entry, bool was_stuck);
  Finish abandon(const EntryPtr& entry);
  void tell(const EntryPtr& entry, Finish finish, Error why);
  void watch_loop();
  void give_up(std::unique_lock<std::mutex>& lock, const EntryPtr& entry, Error why);

  std::list<EntryPtr> begin_shutdown();
  std::vector<std::pair<EntryPtr, Finish>> abandon_rest();

  // Callbacks are destroyed where they ran: they may hold an executor that must not outlive its context.
  static void finish(Entry& entry, std::optional<Error> failed) {
    entry.task.finish(std::move(failed));
    entry.task.finish = nullptr;
  }
  static void never_ran(Entry& entry, Error why) {
    finish(entry, std::move(why));
    entry.task.abandoned(false);
    entry.task = {};
  }
};

// --- taking work -------------------------------------------------------------------------------------------

std::optional<Error> FilePool::State::refusal(const std::string& group) const {
  if (stopping) return error::server_shutdown();
  if (stuck >= options.max_stuck)
    return refused(
        std::to_string(stuck) +
        " operations hang on file systems that do not answer; new ones are refused until some return.");
  const auto found = groups.find(group);
  if (!group.empty() && found != groups.end() && found->second.stuck >= options.max_per_group)
    return refused("Earlier operations on " + group + " still hang; new ones are refused until it answers.");
  if (queue.size() >= options.max_queue) return refused("Too many storage operations wait already.");
  return std::nullopt;
}

void FilePool::State::enqueue(const EntryPtr& entry) {
  queue.push_back(entry);
  start_watchdog();
  if (entry->deadline != Deadline::max()) {
    deadlines.emplace(entry->deadline, entry);
    watch_for(entry->deadline);
  }
  ensure_worker();
}

void FilePool::State::start_watchdog() {
  if (watchdog.joinable()) return;
  watchdog = std::thread([self = shared_from_this()] { self->watch_loop(); });
}

// Most jobs are over long before: the watchdog is woken only for what is earlier than what it sleeps for.
void FilePool::State::watch_for(Deadline time) {
  if (time < watchdog_wakes) watch.notify_one();
}

// A thread for what waits: an idle one, or a new one if those don't suffice and the pool may grow. (`idle`
// counts threads that were woken and haven't run yet, hence the comparison with all that waits.)
void FilePool::State::ensure_worker() {
  if (queue.size() <= idle || at_work() >= options.threads) return work.notify_one();
  ++alive;
  try {
    std::thread thread([self = shared_from_this()] { self->work_loop(); });
    const std::thread::id id = thread.get_id();
    threads.emplace(id, std::move(thread));
  } catch (const std::system_error&) {
    --alive;  // The system has no thread to give: the job waits for one that runs, or for its deadline.
  }
}

// --- the workers -------------------------------------------------------------------------------------------

FilePool::State::EntryPtr FilePool::State::take_runnable() {
  const auto may_run = [&](const EntryPtr& entry) {
    return entry->group.empty() || groups[entry->group].threads < options.max_per_group;
  };
  const auto found = std::ranges::find_if(queue, may_run);
  if (found == queue.end()) return nullptr;
  EntryPtr entry = *found;
  queue.erase(found);
  entry->phase = Phase::running;
  entry->slow_at = deadline_in(options.slow_after);
  slow_times.emplace(entry->slow_at, entry);
  watch_for(entry->slow_at);
  in_flight.insert(entry);
  if (!entry->group.empty()) ++groups[entry->group].threads;
  return entry;
}

void FilePool::State::work_loop() {
  pthread_setname_np(pthread_self(), options.name.substr(0, kMaxThreadName).c_str());
  std::unique_lock lock(mutex);
  while (!surplus()) {
    if (const EntryPtr entry = take_runnable()) {
      run_entry(lock, entry);
      continue;
    }
    ++idle;
    work.wait(lock);
    --idle;
  }
  --alive;
  work.notify_one();  // the wake-up this thread may have swallowed
  changed.notify_all();
  // One joins those that left before it, so that whoever waits for the pool's end finds few.
  std::vector<std::thread> others = std::exchange(leaving, {});
  if (const auto own = threads.find(std::this_thread::get_id()); own != threads.end()) {
    leaving.push_back(std::move(own->second));
    threads.erase(own);
  }
  lock.unlock();
  for (std::thread& other : others) other.join();
}

void FilePool::State::run_entry(std::unique_lock<std::mutex>& lock, const EntryPtr& entry) {
  lock.unlock();
  entry->task.run(entry->stop);
  lock.lock();
  const bool in_time = entry->phase == Phase::running;
  entry->phase = Phase::ended;
  forget_times(entry);
  leave_group(*entry, !in_time);
  if (!in_time) {
    --stuck;
    changed.wait(lock, [&] { return entry->told; });  // so that `abandoned` comes after the completion
  }
  const bool listens = !closed;
  lock.unlock();
  if (in_time) {
    finish(*entry, std::nullopt);
  } else if (listens) {
    entry->task.abandoned(true);
  }
  entry->task = {};
  lock.lock();
  in_flight.erase(entry);
  changed.notify_all();
}

void FilePool::State::leave_group(const Entry& entry, bool was_stuck) {
  const auto found = groups.find(entry.group);
  if (entry.group.empty() || found == groups.end()) return;
  --found->second.threads;
  if (was_stuck) --found->second.stuck;
  if (found->second.threads == 0) groups.erase(found);
}

void FilePool::State::forget(std::multimap<Deadline, EntryPtr>& times, Deadline time, const EntryPtr& entry) {
  const auto [from, to] = times.equal_range(time);
  const auto found = std::find_if(from, to, [&](const auto& item) { return item.second == entry; });
  if (found != to) times.erase(found);
}

// For an entry that ends, or is given up.
void FilePool::State::forget_times(const EntryPtr& entry) {
  forget(deadlines, entry->deadline, entry);
  forget(slow_times, entry->slow_at, entry);
  if (std::exchange(entry->slow, false)) --slow;
}

// --- the watchdog ------------------------------------------------------------------------------------------

// Its thread may come back at any moment, so the completion is taken away from the entry under the lock.
FilePool::State::Finish FilePool::State::abandon(const EntryPtr& entry) {
  entry->phase = Phase::abandoned;
  ++stuck;
  if (!entry->group.empty()) ++groups[entry->group].stuck;
  forget_times(entry);
  if (!queue.empty()) ensure_worker();
  return std::exchange(entry->task.finish, nullptr);
}

void FilePool::State::tell(const EntryPtr& entry, Finish finish, Error why) {
  finish(std::move(why));
  finish = nullptr;
  const std::scoped_lock lock(mutex);
  entry->told = true;
  changed.notify_all();
}

// Ends the wait for a job that is queued or running. The lock is let go meanwhile.
void FilePool::State::give_up(std::unique_lock<std::mutex>& lock, const EntryPtr& entry, Error why) {
  if (entry->phase == Phase::running) {
    Finish finish = abandon(entry);
    lock.unlock();
    entry->stop.stop();
    tell(entry, std::move(finish), std::move(why));
  } else {
    forget_times(entry);
    queue.remove(entry);
    entry->phase = Phase::ended;
    lock.unlock();
    never_ran(*entry, std::move(why));
  }
  lock.lock();
}

void FilePool::State::replace_slow(const EntryPtr& entry) {
  forget(slow_times, entry->slow_at, entry);
  if (slow + stuck >= options.max_stuck) return;
  entry->slow = true;
  ++slow;
  if (!queue.empty()) ensure_worker();
}

void FilePool::State::watch_loop() {
  pthread_setname_np(pthread_self(), (options.name.substr(0, kMaxThreadName - 6) + "-watch").c_str());
  std::unique_lock lock(mutex);
  while (!watchdog_ends) {
    const Deadline deadline = deadlines.empty() ? Deadline::max() : deadlines.begin()->first;
    const Deadline slow_at = slow_times.empty() ? Deadline::max() : slow_times.begin()->first;
    const auto now = std::chrono::steady_clock::now();
    if (deadline <= now) {
      give_up(lock, EntryPtr(deadlines.begin()->second), not_in_time());
    } else if (slow_at <= now) {
      replace_slow(EntryPtr(slow_times.begin()->second));
    } else {
      watchdog_wakes = std::min(deadline, slow_at);
      watchdog_wakes == Deadline::max() ? watch.wait(lock) : void(watch.wait_until(lock, watchdog_wakes));
      watchdog_wakes = Deadline::min();
    }
  }
}

// --- the end -----------------------------------------------------------------------------------------------

std::list<FilePool::State::EntryPtr> FilePool::State::begin_shutdown() {
  const std::scoped_lock lock(mutex);
  stopping = true;
  for (const EntryPtr& entry : queue) {
    forget_times(entry);
    entry->phase = Phase::ended;
  }
  for (const EntryPtr& entry : in_flight) entry->stop.stop();
  work.notify_all();
  return std::exchange(queue, {});
}

std::vector<std::pair<FilePool::State::EntryPtr, FilePool::State::Finish>> FilePool::State::abandon_rest() {
  std::vector<std::pair<EntryPtr, Finish>> rest;
  for (const EntryPtr& entry : in_flight)
    if (entry->phase == Phase::running) rest.emplace_back(entry, abandon(entry));
  watchdog_ends = true;
  watch.notify_all();
  return rest;
}

FilePool::FilePool(FilePoolOptions options) : state_(std::make_shared<State>(std::move(options))) {}

FilePool::~FilePool() {
  shutdown();
}

void FilePool::Ticket::cancel(Error why) const {
  const auto state = state_.lock();
  const auto entry = std::static_pointer_cast<State::Entry>(entry_.lock());
  if (!state || !entry) return;
  std::unique_lock lock(state->mutex);
  const State::Phase phase = entry->phase;
  const bool waited_for = phase == State::Phase::queued || phase == State::Phase::running;
  if (waited_for) state->give_up(lock, entry, std::move(why));
}

FilePool::Ticket FilePool::submit_task(Deadline deadline, std::string group, Task task) {
  auto entry = std::make_shared<State::Entry>();
  entry->task = std::move(task);
  entry->group = std::move(group);
  entry->deadline = deadline;
  std::optional<Error> refused;
  {
    const std::scoped_lock lock(state_->mutex);
    refused = state_->refusal(entry->group);
    if (!refused) state_->enqueue(entry);
  }
  if (refused) {
    State::never_ran(*entry, *std::move(refused));
    return {};
  }
  Ticket ticket;
  ticket.state_ = state_;
  ticket.entry_ = entry;
  return ticket;
}

FilePoolStats FilePool::stats() const {
  const std::scoped_lock lock(state_->mutex);
  return {.threads = state_->alive,
          .running = static_cast<std::size_t>(std::ranges::count(
              state_->in_flight, State::Phase::running, [](const auto& entry) { return entry->phase; })),
          .stuck = state_->stuck,
          .queued = state_->queue.size()};
}

void FilePool::shutdown() {
  {
    const std::scoped_lock lock(state_->mutex);
    if (state_->stopping) return;
  }
  for (const auto& entry : state_->begin_shutdown()) State::never_ran(*entry, error::server_shutdown());
  std::unique_lock lock(state_->mutex);
  // Threads that aren't stuck end by themselves; one that only now turns out to be stuck is left at the
  // grace.
  state_->changed.wait_for(lock, state_->options.shutdown_grace,
                           [this] { return state_->alive == state_->stuck; });
  auto rest = state_->abandon_rest();
  state_->closed = true;
  for (auto& [id, thread] : state_->threads) thread.detach();
  state_->threads.clear();
  std::vector<std::thread> leaving = std::exchange(state_->leaving, {});
  lock.unlock();
  for (std::thread& thread : leaving) thread.join();
  for (auto& [entry, finish] : rest) state_->tell(entry, std::move(finish), error::server_shutdown());
  if (state_->watchdog.joinable()) state_->watchdog.join();
}

}  // namespace breakwater::storage
