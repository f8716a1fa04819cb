#include "storage/pool/file_pool.h"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <string_view>
#include <thread>

#include "base/thread.h"

namespace breakwater::storage {
namespace {

constexpr std::string_view kWatch = "-watch";
constexpr std::string_view kCallback = "the pool for file systems";

/// When the system has refused a thread, how long to wait before asking again.
constexpr auto kRetry = std::chrono::seconds(1);

Error not_in_time() {
  return error::backup_dest_not_connect().with_hint(
      "The storage did not answer in time. Check that the file system is mounted and its server runs.");
}

// The error of a job that got no thread before its deadline: the storage was never asked.
Error no_thread_in_time(std::size_t threads, bool system_has_none) {
  if (system_has_none) {
    return error::out_of_resources().with_hint(
        "All threads for file systems hang, and no other could be made: " + thread_limits() +
        ". Raise the limit, or bring back the file systems that hang.");
  }
  return error::backup_dest_not_connect().with_hint("The storage was not asked: none of the " +
                                                    std::to_string(threads) +
                                                    " threads for file systems (file_threads) became free in "
                                                    "time. Try again when other operations are done, "
                                                    "and look for file systems that hang.");
}

Error refused(std::string why) {
  return error::backup_dest_not_connect().with_hint(std::move(why));
}

}  // namespace

// Workers and the watchdog hold a reference each, so that the state still exists when a stuck thread wakes up
// long after the pool has ended. `mutex` guards everything; callbacks run without it. All memory that a job
// needs is allocated when it is submitted: later its nodes only move from list to list.
struct FilePool::State : std::enable_shared_from_this<FilePool::State> {
  enum class Phase : std::uint8_t { queued, running, abandoned, ended };
  struct Group {
    std::size_t jobs = 0;     // all jobs of the group
    std::size_t threads = 0;  // threads that its jobs hold
    std::size_t stuck = 0;    // stuck ones among these threads
  };
  using Groups = std::map<std::string, Group, std::less<>>;
  struct Entry;
  using EntryPtr = std::shared_ptr<Entry>;
  using Entries = std::list<EntryPtr>;
  using Times = std::multimap<Deadline, EntryPtr>;
  struct Entry {
    std::unique_ptr<Work> work;
    Deadline deadline;
    StopFlag stop;
    Phase phase = Phase::queued;
    Groups::iterator group;                   // end(): none
    std::optional<Times::iterator> in_times;  // in `deadlines`
    Entries::iterator place;                  // in `queue`, then in `in_flight`
    Deadline slow_at{};                       // of a running job: when its thread is replaced
    bool slow = false;                        // its thread was replaced
    bool told = false;                        // an abandoned job's completion has been called
  };

  explicit State(FilePoolOptions with) : options(std::move(with)) {}

  const FilePoolOptions options;
  std::mutex mutex;
  std::condition_variable work;     // a job was queued or may run now
  std::condition_variable watch;    // the earliest deadline changed
  std::condition_variable changed;  // a job or a thread ended
  Entries queue;
  Entries in_flight;  // running or abandoned, in the order in which they began
  Times deadlines;
  Groups groups;
  std::list<std::thread> threads;  // working threads; those still stuck at the end are detached
  std::list<std::thread> leaving;  // threads that have ended and must be joined
  std::size_t alive = 0;
  std::size_t idle = 0;
  std::size_t stuck = 0;
  std::size_t slow = 0;
  bool system_has_none = false;  // the last thread asked for was refused
  bool stopping = false;
  bool closed = false;  // shutdown() is over: no callback is called any more
  bool watchdog_ends = false;
  Deadline watchdog_wakes = Deadline::min();  // when it wakes by itself; min: it is awake
  std::thread watchdog;

  void start();
  std::optional<Error> refusal(const std::string& group) const;
  void enqueue(const EntryPtr& entry, const std::string& group);
  void watch_for(Deadline time);
  void ensure_worker();
  bool add_worker();
  void make_thread();

  std::size_t at_work() const { return alive - stuck - slow; }
  bool surplus() const { return stopping || at_work() > options.threads; }
  bool starved() const { return !queue.empty() && at_work() == 0 && !stopping; }
  EntryPtr take_runnable();
  void work_loop(std::list<std::thread>::iterator own);
  void run_entry(std::unique_lock<std::mutex>& lock, const EntryPtr& entry);

  void forget_times(const EntryPtr& entry);
  Entries::iterator next_slow();
  void replace_slow(const EntryPtr& entry);
  void leave_group(Entry& entry, bool ran, bool was_stuck);
  void abandon(const EntryPtr& entry);
  void tell(const EntryPtr& entry, Error why);
  void watch_loop();
  void give_up(std::unique_lock<std::mutex>& lock, const EntryPtr& entry, Error why);

  Entries begin_shutdown();
  Entries abandon_rest();

  void never_ran(Entry& entry, Error why) const { never_ran(*entry.work, std::move(why)); }
  void never_ran(Work& work_of, Error why) const {
    call_guarded(*options.log, kCallback, [&] { work_of.finish(std::move(why)); });
    call_guarded(*options.log, kCallback, [&] { work_of.abandoned(false); });
    work_of.drop();
  }
};

// ---- taking work ----

void FilePool::State::start() {
  const std::scoped_lock lock(mutex);
  for (std::size_t i = 0; i < options.threads; ++i) make_thread();
  const std::string name = options.name.substr(0, kMaxThreadName - kWatch.size()).append(kWatch);
  watchdog = start_thread(name, [self = shared_from_this()] {
    run_guarded(*self->options.log, kCallback, [&] { self->watch_loop(); });
  });
}

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

// Everything that can fail is done first.
void FilePool::State::enqueue(const EntryPtr& entry, const std::string& group) {
  Entries node{entry};
  Times time;
  if (entry->deadline != Deadline::max()) time.emplace(entry->deadline, entry);
  entry->group = group.empty() ? groups.end() : groups.try_emplace(group).first;
  if (!group.empty()) ++entry->group->second.jobs;
  if (!time.empty()) {
    entry->in_times = deadlines.insert(time.extract(time.begin()));
    watch_for(entry->deadline);
  }
  entry->place = node.begin();
  queue.splice(queue.end(), node);
  ensure_worker();
}

// Wakes the watchdog only if `time` is earlier than the time it sleeps until: most jobs end long before that.
void FilePool::State::watch_for(Deadline time) {
  if (time < watchdog_wakes) watch.notify_one();
}

// Gets a thread for the waiting jobs: wakes an idle one, or adds one if those are too few and the pool may
// grow. (`idle` includes threads that were woken and haven't run yet, so it is compared with the number of
// waiting jobs.)
void FilePool::State::ensure_worker() {
  if (queue.size() <= idle || at_work() >= options.threads) return work.notify_one();
  if (!add_worker()) watch_for(std::chrono::steady_clock::now() + kRetry);
}

void FilePool::State::make_thread() {
  const auto own = threads.emplace(threads.end());
  try {
    *own = start_thread(options.name, [self = shared_from_this(), own] { self->work_loop(own); });
    ++alive;
  } catch (...) {
    threads.erase(own);
    throw;
  }
}

// Returns false if the system has no thread to give.
bool FilePool::State::add_worker() {
  try {
    make_thread();
    system_has_none = false;
  } catch (...) {  // the job waits for a working thread, or is refused
    system_has_none = true;
  }
  return !system_has_none;
}

// ---- the workers ----

FilePool::State::EntryPtr FilePool::State::take_runnable() {
  // One whose deadline has passed is the watchdog's.
  const auto now = std::chrono::steady_clock::now();
  const auto may_run = [&](const EntryPtr& entry) {
    return entry->deadline > now &&
           (entry->group == groups.end() || entry->group->second.threads < options.max_per_group);
  };
  const auto found = std::ranges::find_if(queue, may_run);
  if (found == queue.end()) return nullptr;
  EntryPtr entry = *found;
  in_flight.splice(in_flight.end(), queue, found);
  entry->phase = Phase::running;
  entry->slow_at = now + options.slow_after;
  watch_for(entry->slow_at);
  if (entry->group != groups.end()) ++entry->group->second.threads;
  return entry;
}

void FilePool::State::work_loop(std::list<std::thread>::iterator own) {
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
  work.notify_one();  // this thread may have consumed a wake-up that another one needs
  changed.notify_all();
  // Each thread joins those that left before it, so that few are left at the pool's end. Once the pool is
  // closed, this thread has been detached.
  std::list<std::thread> others = std::exchange(leaving, {});
  if (!closed) leaving.splice(leaving.end(), threads, own);
  lock.unlock();
  for (std::thread& other : others) other.join();
}

void FilePool::State::run_entry(std::unique_lock<std::mutex>& lock, const EntryPtr& entry) {
  lock.unlock();
  entry->work->run(entry->stop);
  lock.lock();
  const bool in_time = entry->phase == Phase::running;
  entry->phase = Phase::ended;
  forget_times(entry);
  leave_group(*entry, true, !in_time);
  if (!in_time) {
    --stuck;
    changed.wait(lock, [&] { return entry->told; });  // so that `abandoned` comes after the completion
  }
  const bool listens = !closed;
  lock.unlock();
  if (in_time) {
    call_guarded(*options.log, kCallback, [&] { entry->work->finish(std::nullopt); });
  } else if (listens) {
    call_guarded(*options.log, kCallback, [&] { entry->work->abandoned(true); });
  }
  entry->work->drop();
  lock.lock();
  in_flight.erase(entry->place);
  changed.notify_all();
}

void FilePool::State::leave_group(Entry& entry, bool ran, bool was_stuck) {
  const auto group = std::exchange(entry.group, groups.end());
  if (group == groups.end()) return;
  if (ran) --group->second.threads;
  if (was_stuck) --group->second.stuck;
  if (--group->second.jobs == 0) groups.erase(group);
}

// Called when an entry ends or is given up.
void FilePool::State::forget_times(const EntryPtr& entry) {
  if (const auto time = std::exchange(entry->in_times, std::nullopt)) deadlines.erase(*time);
  if (std::exchange(entry->slow, false)) --slow;
}

// ---- the watchdog ----

// The entry's thread may come back at any time; from here on it doesn't call the completion.
void FilePool::State::abandon(const EntryPtr& entry) {
  entry->phase = Phase::abandoned;
  ++stuck;
  if (entry->group != groups.end()) ++entry->group->second.stuck;
  forget_times(entry);
  if (!queue.empty()) ensure_worker();
}

void FilePool::State::tell(const EntryPtr& entry, Error why) {
  call_guarded(*options.log, kCallback, [&] { entry->work->finish(std::move(why)); });
  const std::scoped_lock lock(mutex);
  entry->told = true;
  changed.notify_all();
}

// Ends the wait for a job that is queued or running. Releases the lock while the completion runs.
void FilePool::State::give_up(std::unique_lock<std::mutex>& lock, const EntryPtr& entry, Error why) {
  if (entry->phase == Phase::running) {
    abandon(entry);
    lock.unlock();
    entry->stop.stop();
    tell(entry, std::move(why));
  } else {
    forget_times(entry);
    leave_group(*entry, false, false);
    queue.erase(entry->place);
    entry->phase = Phase::ended;
    lock.unlock();
    never_ran(*entry, std::move(why));
  }
  lock.lock();
}

// All jobs get the same time, so the first that began is the first to be slow.
FilePool::State::Entries::iterator FilePool::State::next_slow() {
  return std::ranges::find_if(in_flight, [](const EntryPtr& entry) {
    return entry->phase == Phase::running && entry->slow_at != Deadline::max();
  });
}

void FilePool::State::replace_slow(const EntryPtr& entry) {
  entry->slow_at = Deadline::max();
  if (slow + stuck >= options.max_stuck) return;
  entry->slow = true;
  ++slow;
  if (!queue.empty()) ensure_worker();
}

void FilePool::State::watch_loop() {
  std::unique_lock lock(mutex);
  while (!watchdog_ends) {
    const Deadline deadline = deadlines.empty() ? Deadline::max() : deadlines.begin()->first;
    const auto next = next_slow();
    const Deadline slow_at = next == in_flight.end() ? Deadline::max() : (*next)->slow_at;
    const auto now = std::chrono::steady_clock::now();
    if (deadline <= now) {
      const EntryPtr late = deadlines.begin()->second;
      give_up(lock, late,
              late->phase == Phase::running ? not_in_time()
                                            : no_thread_in_time(options.threads, system_has_none));
    } else if (slow_at <= now) {
      replace_slow(EntryPtr(*next));
    } else {
      watchdog_wakes = std::min(deadline, slow_at);
      if (starved()) watchdog_wakes = std::min(watchdog_wakes, now + kRetry);
      watchdog_wakes == Deadline::max() ? watch.wait(lock) : void(watch.wait_until(lock, watchdog_wakes));
      watchdog_wakes = Deadline::min();
      if (starved()) ensure_worker();
    }
  }
}

// ---- the end ----

FilePool::State::Entries FilePool::State::begin_shutdown() {
  const std::scoped_lock lock(mutex);
  stopping = true;
  for (const EntryPtr& entry : queue) {
    forget_times(entry);
    leave_group(*entry, false, false);
    entry->phase = Phase::ended;
  }
  for (const EntryPtr& entry : in_flight) entry->stop.stop();
  work.notify_all();
  return std::exchange(queue, {});
}

FilePool::State::Entries FilePool::State::abandon_rest() {
  Entries rest;
  for (const EntryPtr& entry : in_flight) {
    if (entry->phase != Phase::running) continue;
    rest.push_back(entry);
    abandon(entry);
  }
  watchdog_ends = true;
  watch.notify_all();
  return rest;
}

FilePool::FilePool(FilePoolOptions options) : state_(std::make_shared<State>(std::move(options))) {
  try {
    state_->start();
  } catch (...) {
    shutdown();
    throw;
  }
}

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

FilePool::Ticket FilePool::submit_work(Deadline deadline, std::string group, std::unique_ptr<Work> work) {
  std::optional<Error> refused;
  std::shared_ptr<State::Entry> entry;
  try {
    entry = std::make_shared<State::Entry>();
    entry->deadline = deadline;
    const std::scoped_lock lock(state_->mutex);
    refused = state_->refusal(group);
    // If all threads hang and the system gives none, nobody would run the job.
    if (!refused && state_->at_work() == 0 && !state_->add_worker())
      refused = no_thread_in_time(state_->options.threads, true);
    if (!refused) {
      state_->enqueue(entry, group);
      entry->work = std::move(work);
    }
  } catch (const std::bad_alloc&) {
    refused = error::out_of_memory();
  }
  if (refused) {
    state_->never_ran(*work, *std::move(refused));
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
  for (const auto& entry : state_->begin_shutdown()) state_->never_ran(*entry, error::server_shutdown());
  std::unique_lock lock(state_->mutex);
  // Threads that aren't stuck end by themselves; one that turns out to be stuck now is left behind after the
  // grace period.
  state_->changed.wait_for(lock, state_->options.shutdown_grace,
                           [this] { return state_->alive == state_->stuck; });
  const State::Entries rest = state_->abandon_rest();
  state_->closed = true;
  for (std::thread& thread : state_->threads) thread.detach();
  state_->threads.clear();
  std::list<std::thread> leaving = std::exchange(state_->leaving, {});
  lock.unlock();
  for (std::thread& thread : leaving) thread.join();
  for (const auto& entry : rest) state_->tell(entry, error::server_shutdown());
  if (state_->watchdog.joinable()) state_->watchdog.join();
}

}  // namespace breakwater::storage
