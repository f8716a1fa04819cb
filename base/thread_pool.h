// A few threads for work that ends by itself but takes too long for an I/O thread. They all start before the
// first job. An exception that a job throws is logged and ends that job only.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"

namespace breakwater {

/// Any thread may call any function but the destructor.
class ThreadPool {
 public:
  using Job = std::move_only_function<void()>;
  /// The most jobs that may wait.
  static constexpr std::size_t kMaxQueued = 16'384;

  /// Throws std::system_error if the system has no thread to give; the threads made so far have ended then.
  ThreadPool(std::string name, std::size_t threads, Log& log = null_log());
  /// Calls join().
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// Returns false if too many jobs wait or the pool has ended; the job is destroyed unrun. Throws
  /// std::bad_alloc.
  bool submit(Job job);

  /// Runs the waiting jobs and ends the threads. May be called again; not from the pool's own threads.
  void join();

 private:
  void work();

  const std::string name_;
  Log& log_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> queue_;  ///< guarded by mutex_
  bool ending_ = false;    ///< guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace breakwater
