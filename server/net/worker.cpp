#include "server/net/worker.h"

#include <boost/asio/post.hpp>

#include "server/net/connection.h"

namespace breakwater::server {

Worker::Worker(const ServerLimits& limits, const Entropy& entropy, SessionFactory& factory)
    : limits_(limits), factory_(factory), salts_(entropy) {}

Worker::~Worker() {
  stop();
  join();
}

void Worker::start() {
  thread_ = std::thread([this] { context_.run(); });
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

void Worker::remove(ClientConnection& connection) {
  ClientConnection* const last = connections_.back();
  connections_[connection.slot()] = last;
  last->set_slot(connection.slot());
  connections_.pop_back();
}

// A timer for each read would cost more than the read's own work; one for all, ticking only while there are
// connections, costs next to nothing. When the last one goes it runs out: clients that come and go one by one
// would otherwise set and stop it each time.
void Worker::arm() {
  if (armed_) return;
  armed_ = true;
  timer_.expires_after(kTick);
  timer_.async_wait([this](boost::system::error_code) {
    armed_ = false;
    factory_.tick();
    if (connections_.empty()) return;
    tick();
    arm();
  });
}

void Worker::tick() {
  const auto now = std::chrono::steady_clock::now();
  for (ClientConnection* const connection : connections_) connection->check(now);
}

}  // namespace breakwater::server
