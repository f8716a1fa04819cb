#include "server/net/worker.h"

#include <utility>

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/post.hpp>

#include "base/guard.h"
#include "base/thread.h"
#include "server/net/connection.h"

namespace breakwater::server {

Worker::Worker(const ServerLimits& limits, const Entropy& entropy, SessionFactory& factory, Log& log)
    : limits_(limits), factory_(factory), log_(log), salts_(entropy) {}

Worker::~Worker() {
  stop();
  join();
}

void Worker::make_thread() {
  thread_ = start_thread("io", [this] {
    begun_.wait(false);
    // An exception that leaves a handler has ended one connection: its coroutine is destroyed.
    run_guarded(log_, "an I/O thread", [this] {
      if (!connections_.empty()) arm();
      context_.run();
    });
  });
}

void Worker::start() {
  begun_ = true;
  begun_.notify_all();
}

void Worker::stop() {
  context_.stop();
  start();
}

void Worker::join() {
  if (thread_.joinable()) thread_.join();
}

void Worker::set_limits(const ServerLimits& limits) {
  boost::asio::post(context_, [this, limits] { limits_ = limits; });
}

void Worker::drain() {
  boost::asio::post(context_, [this] {
    for (ClientConnection* const connection : connections_) connection->drain();
  });
}

void Worker::add(ClientConnection& connection) {
  connection.set_slot(connections_.size());
  connections_.push_back(&connection);
  arm();
}

void Worker::remove(ClientConnection& connection) noexcept {
  ClientConnection* const last = connections_.back();
  connections_[connection.slot()] = last;
  last->set_slot(connection.slot());
  connections_.pop_back();
}

// A timer for each read would cost more than the read itself; one timer for all that ticks only while there
// are connections costs almost nothing. After the last connection it runs out instead of being cancelled,
// since clients that come and go one by one would set and cancel it each time. Without it no deadline would
// be noticed: if there was no memory to set it, the thread tries again.
void Worker::arm() {
  if (armed_) return;
  timer_.expires_after(kTick);
  auto on_tick = [this](boost::system::error_code) {
    armed_ = false;
    call_guarded(log_, "the clock of an I/O thread", [this] {
      factory_.tick();
      if (on_tick_) on_tick_();
      tick();
    });
    if (!connections_.empty()) arm();
  };
  timer_.async_wait(boost::asio::bind_allocator(timer_memory_.allocator(), std::move(on_tick)));
  armed_ = true;
}

void Worker::tick() {
  const auto now = std::chrono::steady_clock::now();
  for (ClientConnection* const connection : connections_) connection->check(now);
}

}  // namespace breakwater::server
