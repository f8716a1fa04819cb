// A few threads for work that ends by itself but takes longer than others may wait for. They are all made at
// once, before the first job; what a job throws is logged and ends that job alone.
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

/// Any thread may call anything but the destructor.
class ThreadPool {
 public:
  using Job = std::move_only_function<void()>;
  /// Jobs that may wait.
  static constexpr std::size_t kMaxQueued = 16'384;

  /// Throws std::system_error where the system has no thread to give; none is left behind then.
  ThreadPool(std::string name, std::size_t threads, Log& log = null_log());
  /// Calls join().
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// False: too many wait, or the pool has ended; the job is destroyed unrun. Throws std::bad_alloc.
  bool submit(Job job);

  /// Runs what waits, and ends. Idempotent; not from the pool's own threads.
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
