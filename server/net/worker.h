// One I/O thread: its io_context, its connections, and the tick that ends those whose deadline has passed.
// Inside server/net only.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"
#include "base/handler_memory.h"
#include "base/log.h"
#include "server/auth/native_password.h"
#include "server/net/handler.h"
#include "server/net/server.h"

namespace breakwater::server {

class ClientConnection;

class Worker {
 public:
  /// `factory` and `log` must outlive the worker's thread.
  Worker(const ServerLimits& limits, const Entropy& entropy, SessionFactory& factory, Log& log);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  boost::asio::io_context& context() { return context_; }
  Executor executor() { return context_.get_executor(); }

  /// `job` is called on the worker's thread about every 100 ms while it has connections, and once after that.
  /// Call this before start().
  void on_tick(std::function<void()> job) { on_tick_ = std::move(job); }
  /// Throws std::system_error if the system has no thread to give. The thread waits for start().
  void make_thread();

  // Any thread.
  void start();
  /// Ends the thread now, whatever is left to do.
  void stop();
  void join();
  void set_limits(const ServerLimits& limits);
  void drain();
  /// The number of connections on this thread, from when they are accepted.
  std::uint32_t connections() const { return open_.load(std::memory_order_relaxed); }
  void opened() { open_.fetch_add(1, std::memory_order_relaxed); }
  void closed() { open_.fetch_sub(1, std::memory_order_relaxed); }
  std::uint64_t commands() const { return commands_.load(std::memory_order_relaxed); }
  std::uint64_t bytes_in() const { return bytes_in_.load(std::memory_order_relaxed); }
  std::uint64_t bytes_out() const { return bytes_out_.load(std::memory_order_relaxed); }

  // The worker's own thread.
  const ServerLimits& limits() const { return limits_; }
  auth::Salts& salts() { return salts_; }
  void add(ClientConnection& connection);
  void remove(ClientConnection& connection) noexcept;
  void count_command() { add_to(commands_, 1); }
  void count_in(std::uint64_t bytes) { add_to(bytes_in_, bytes); }
  void count_out(std::uint64_t bytes) { add_to(bytes_out_, bytes); }

  /// How late a deadline may be noticed.
  static constexpr std::chrono::milliseconds kTick{100};

 private:
  using Timer =
      boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                        boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

  // Only this thread writes the counters, so that an addition needs no lock; any thread reads them.
  static void add_to(std::atomic<std::uint64_t>& counter, std::uint64_t more) {
    counter.store(counter.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
  }
  void arm();
  void tick();

  // Declared before context_: connections that are left at the end are destroyed with it.
  std::atomic<std::uint32_t> open_{0};
  std::vector<ClientConnection*> connections_;
  HandlerMemory timer_memory_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<Executor> work_{context_.get_executor()};
  Timer timer_{context_.get_executor()};
  bool armed_ = false;
  std::atomic<bool> begun_{false};
  ServerLimits limits_;
  SessionFactory& factory_;
  std::function<void()> on_tick_;
  Log& log_;
  auth::Salts salts_;
  std::atomic<std::uint64_t> commands_{0};
  std::atomic<std::uint64_t> bytes_in_{0};
  std::atomic<std::uint64_t> bytes_out_{0};
  std::thread thread_;
};

}  // namespace breakwater::server
