// A bounded pool of threads for work that can block: file systems (a hard NFS mount that lost its server
// blocks for ever and can't be cancelled) and key derivation.
//
// Each job has a deadline. If it isn't done by then its completion gets backup_dest_not_connect (9070), its
// StopFlag is set, its thread is counted as stuck and another takes its place. When the job ends after all,
// its result goes to `abandoned`, and the thread ends or goes back to work. So a dead mount costs its own
// statement and nothing else, until too many threads are stuck: then new work is refused at once (9070 with a
// hint). Jobs of one group (a mount) can't take more than their share of the threads. A job that takes longer
// than most gets its thread replaced even before its deadline, so that all threads on dead mounts don't make
// the others wait.
//
// A job may outlive its statement, and at shutdown the pool: what it uses it must own.
#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "storage/stop_flag.h"

namespace breakwater::storage {

struct FilePoolOptions {
  std::string name = "file";      ///< of the threads, as ps shows it
  std::size_t threads = 4;        ///< at work at once, stuck ones not counted
  std::size_t max_stuck = 32;     ///< beyond it new work is refused; also how many slow jobs are replaced
  std::size_t max_per_group = 2;  ///< threads that jobs of one group hold, stuck ones counted
  std::size_t max_queue = 1024;   ///< jobs waiting
  std::chrono::milliseconds slow_after{500};  ///< a job still running then has its thread replaced
  std::chrono::milliseconds shutdown_grace{2000};
};

struct FilePoolStats {
  std::size_t threads = 0;  ///< alive, stuck ones counted
  std::size_t running = 0;  ///< jobs running within their deadline
  std::size_t stuck = 0;    ///< jobs abandoned and not ended yet
  std::size_t queued = 0;
};

/// Any thread may call anything but the destructor. Callbacks run on the pool's threads (or, for work refused
/// at once, in submit itself); they should be short and must not throw. They may call submit.
class FilePool {
  struct State;

 public:
  explicit FilePool(FilePoolOptions options = {});

  /// Calls shutdown().
  ~FilePool();
  FilePool(const FilePool&) = delete;
  FilePool& operator=(const FilePool&) = delete;

  /// A job that was submitted, for ending the wait for it early.
  class Ticket {
   public:
    Ticket() = default;
    /// As if the deadline had passed, but the completion gets `why`. Nothing happens if the completion has
    /// been called already. Any thread; the completion may run in it.
    void cancel(Error why) const;

   private:
    friend class FilePool;
    std::weak_ptr<State> state_{};
    std::weak_ptr<void> entry_{};
  };

  template <class T>
  using Job = std::move_only_function<Result<T>(const StopFlag&)>;
  template <class T>
  using Completion = std::move_only_function<void(Result<T>)>;
  /// Nothing: the job never started.
  template <class T>
  using Abandoned = std::move_only_function<void(std::optional<Result<T>>)>;

  /// Runs `job` and calls `completion` exactly once: with the job's result; with 9070 at the deadline or if
  /// the pool can't take it; with server_shutdown (1053) if the pool ends first. `abandoned` is called once
  /// for each job whose completion came before its end: when it ends, or at once if it never started. It
  /// isn't called for a job still stuck when shutdown() has returned. `group`: jobs that would hang together;
  /// empty: none.
  template <class T>
  Ticket submit(Deadline deadline, std::string group, Job<T> job, Completion<T> completion,
                Abandoned<T> abandoned = {});

  FilePoolStats stats() const;

  /// Takes no more work, ends what waits, sets all StopFlags, waits at most the grace for what runs, and
  /// leaves stuck threads to themselves. Idempotent.
  void shutdown();

 private:
  /// A job with its result's type erased. Each function is called at most once.
  struct Task {
    std::move_only_function<void(const StopFlag&)> run;          ///< keeps the result inside
    std::move_only_function<void(std::optional<Error>)> finish;  ///< to completion: the result, or this error
    std::move_only_function<void(bool ran)> abandoned;
  };
  Ticket submit_task(Deadline deadline, std::string group, Task task);

  std::shared_ptr<State> state_;
};

template <class T>
FilePool::Ticket FilePool::submit(Deadline deadline, std::string group, Job<T> job, Completion<T> completion,
                                  Abandoned<T> abandoned) {
  auto result = std::make_shared<std::optional<Result<T>>>();
  Task task;
  task.run = [result, job = std::move(job)](const StopFlag& stop) mutable {
    try {
      result->emplace(job(stop));
    } catch (const std::exception&) {  // out of memory, say: it ends this job, not the server
      result->emplace(fail(error::internal_error()));
    }
  };
  task.finish = [result, completion = std::move(completion)](std::optional<Error> failed) mutable {
    completion(failed ? Result<T>(fail(*std::move(failed))) : *std::move(*result));
  };
  task.abandoned = [result, abandoned = std::move(abandoned)](bool ran) mutable {
    if (abandoned) abandoned(ran ? std::move(*result) : std::optional<Result<T>>());
  };
  return submit_task(deadline, std::move(group), std::move(task));
}

}  // namespace breakwater::storage
