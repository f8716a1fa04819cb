#include "base/thread_pool.h"

#include <utility>

#include "base/guard.h"
#include "base/thread.h"

namespace breakwater {

ThreadPool::ThreadPool(std::string name, std::size_t threads, Log& log) : name_(std::move(name)), log_(log) {
  threads_.reserve(threads);
  try {
    for (std::size_t i = 0; i < threads; ++i)
      threads_.push_back(start_thread(name_, [this] { run_guarded(log_, name_, [this] { work(); }); }));
  } catch (...) {
    join();
    throw;
  }
}

ThreadPool::~ThreadPool() {
  join();
}

bool ThreadPool::submit(Job job) {
  {
    const std::scoped_lock lock(mutex_);
    if (ending_ || queue_.size() >= kMaxQueued) return false;
    queue_.push_back(std::move(job));
  }
  wake_.notify_one();
  return true;
}

void ThreadPool::join() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_)
    if (thread.joinable()) thread.join();
}

void ThreadPool::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return ending_ || !queue_.empty(); });
    if (queue_.empty()) return;
    {
      Job job = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      call_guarded(log_, name_, job);
    }
    lock.lock();
  }
}

}  // namespace breakwater
