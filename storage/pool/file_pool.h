// A bounded pool of threads for work that can block on a file system. A hard NFS mount that lost its server
// blocks for ever and can't be cancelled.
//
// The threads are made with the pool. Only threads that replace hanging ones are made later; if the system
// has none left, the job that needs it gets out_of_resources (1041), and nothing else happens.
//
// Each job has a deadline, after which it doesn't begin. If it isn't done by then, its completion gets
// backup_dest_not_connect (9070), its StopFlag is set, its thread counts as stuck and is replaced. When the
// job ends after all, its result goes to `abandoned`, and the thread ends or takes other work. So a dead mount
// affects only the statement that uses it, until too many threads are stuck: then new work is refused at once
// with the same error. The jobs of one group (a mount) can't take more than their share of the threads. A slow
// job's thread is replaced even before the deadline, so that other jobs needn't wait when all threads hang on
// dead mounts.
//
// A job may outlive its statement, and at shutdown the pool: it must own everything that it uses.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "base/guard.h"
#include "base/log.h"
#include "storage/pool/stop_flag.h"

namespace breakwater::storage {

struct FilePoolOptions {
  std::string name = "file";      ///< of the threads, as ps shows it
  std::size_t threads = 4;        ///< that work at the same time, without stuck ones
  std::size_t max_stuck = 32;     ///< with more, new work is refused; at most so many slow ones are replaced
  std::size_t max_per_group = 2;  ///< threads that jobs of one group may hold, with stuck ones
  std::size_t max_queue = 1024;   ///< jobs waiting
  std::chrono::milliseconds slow_after{500};  ///< a job still running then has its thread replaced
  std::chrono::milliseconds shutdown_grace{2000};
  Log* log = &null_log();  ///< for exceptions that callbacks throw
};

struct FilePoolStats {
  std::size_t threads = 0;  ///< alive, with stuck ones
  std::size_t running = 0;  ///< jobs running within their deadline
  std::size_t stuck = 0;    ///< jobs abandoned and not ended yet
  std::size_t queued = 0;
};

/// Any thread may call any function but the destructor. Callbacks run on the pool's threads, or in submit()
/// for work that is refused at once; they should be short and should not throw. They may call submit(). After
/// submit() a job needs no more memory, so that it ends properly even if none is left.
class FilePool {
  struct State;

 public:
  /// Throws std::system_error if the system has no thread to give.
  explicit FilePool(FilePoolOptions options = {});

  /// Calls shutdown().
  ~FilePool();
  FilePool(const FilePool&) = delete;
  FilePool& operator=(const FilePool&) = delete;

  /// Ends the wait for a submitted job early.
  class Ticket {
   public:
    Ticket() = default;
    /// Acts as if the deadline had passed, but the completion gets `why`. Does nothing if the completion has
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
  /// Called with nullopt if the job never started.
  template <class T>
  using Abandoned = std::move_only_function<void(std::optional<Result<T>>)>;

  /// Runs `job` and calls `completion` exactly once, with the job's result or with an error:
  ///   backup_dest_not_connect (9070)  the deadline passed, or the pool can't take the job
  ///   out_of_resources (1041)         all threads hang and the system has no other to give
  ///   out_of_memory (1037)            also if the job throws std::bad_alloc
  ///   internal_error (4016)           the job throws another exception
  ///   server_shutdown (1053)          the pool ended first
  /// `abandoned` is called once for each job whose completion was called before the job ended: when it ends,
  /// or at once if it never started. It isn't called for a job that is still stuck when shutdown() has
  /// returned. `group`: jobs that would hang together; empty: none.
  template <class T>
  Ticket submit(Deadline deadline, std::string group, Job<T> job, Completion<T> completion,
                Abandoned<T> abandoned = {});

  FilePoolStats stats() const;

  /// Takes no more work, ends waiting jobs, sets all StopFlags, waits for running jobs at most for the grace
  /// period, and leaves stuck threads behind. May be called again.
  void shutdown();

 private:
  /// A job with its result's type erased. Each function is called at most once.
  struct Work {
    Work() = default;
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;
    virtual ~Work() = default;
    virtual void run(const StopFlag& stop) noexcept = 0;   ///< stores the result
    virtual void finish(std::optional<Error> failed) = 0;  ///< calls completion with the error or the result
    virtual void abandoned(bool ran) = 0;
    virtual void drop() noexcept = 0;  ///< the callbacks are destroyed
  };
  template <class T>
  struct TypedWork;
  Ticket submit_work(Deadline deadline, std::string group, std::unique_ptr<Work> work);

  std::shared_ptr<State> state_;
};

template <class T>
struct FilePool::TypedWork final : Work {
  TypedWork(Job<T>&& with, Completion<T>&& then, Abandoned<T>&& late)
      : job(std::move(with)), completion(std::move(then)), left(std::move(late)) {}

  // An exception (out of memory, for example) ends this job, not the server.
  void run(const StopFlag& stop) noexcept override {
    try {
      result.emplace(job(stop));
    } catch (const std::bad_alloc&) {
      result.reset();
    } catch (...) {
      call_guarded(null_log(), "", [this] { result.emplace(fail(caught_error())); });
    }
  }
  // A callback is destroyed right after it ran: it may hold an executor that must not outlive its context.
  void finish(std::optional<Error> failed) override {
    Completion<T> call = std::exchange(completion, nullptr);
    if (failed) return call(fail(*std::move(failed)));
    call(result ? *std::move(result) : Result<T>(fail(error::out_of_memory())));
  }
  void abandoned(bool ran) override {
    Abandoned<T> call = std::exchange(left, nullptr);
    if (!call) return;
    if (ran && !result) result.emplace(fail(error::out_of_memory()));
    call(ran ? std::move(result) : std::optional<Result<T>>());
  }
  void drop() noexcept override {
    job = nullptr;
    completion = nullptr;
    left = nullptr;
    result.reset();
  }

  Job<T> job;
  Completion<T> completion;
  Abandoned<T> left;
  std::optional<Result<T>> result{};
};

template <class T>
FilePool::Ticket FilePool::submit(Deadline deadline, std::string group, Job<T> job, Completion<T> completion,
                                  Abandoned<T> abandoned) {
  std::unique_ptr<Work> work;
  try {
    work = std::make_unique<TypedWork<T>>(std::move(job), std::move(completion), std::move(abandoned));
  } catch (const std::bad_alloc&) {  // nothing has been moved yet
    TypedWork<T> here(std::move(job), std::move(completion), std::move(abandoned));
    here.finish(error::out_of_memory());
    here.abandoned(false);
    return {};
  }
  return submit_work(deadline, std::move(group), std::move(work));
}

}  // namespace breakwater::storage
