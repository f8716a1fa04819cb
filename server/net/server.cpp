#include "server/net/server.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include <boost/asio/post.hpp>
#include <sys/socket.h>

#include "server/net/connection.h"
#include "server/net/listener.h"
#include "server/net/shared.h"
#include "server/net/worker.h"

namespace breakwater::server {
namespace {

/// How long interrupted statements may take to notice.
constexpr std::chrono::milliseconds kInterruptGrace{2'000};

unsigned count_of_threads(unsigned wanted) {
  return wanted != 0 ? wanted : std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace

class Server::Impl {
 public:
  Impl(ServerOptions options, SessionFactory& factory, const Entropy& entropy, Log& log);
  ~Impl();

  Result<std::vector<std::string>> listen();
  void start();
  void drain();
  void wait();
  ServerCounters counters() const;
  ServerLimits limits() const;
  void set_limits(const ServerLimits& limits);
  Result<> reload_tls();
  bool kill(std::uint32_t id, Interrupt how) { return shared_.directory.kill(id, how); }

 private:
  void accept(Worker& worker, ClientConnection::Socket socket, Peer peer);
  std::optional<Error> refusal(const Peer& peer, const ServerLimits& limits);
  Worker& next_worker();
  void end_threads();

  ServerOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable drain_asked_;
  ServerLimits limits_;  ///< under mutex_
  bool ended_ = false;
  Shared shared_;  ///< connections that outstay the end die with their worker's context, and use this
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::size_t next_ = 0;
};

Server::Impl::Impl(ServerOptions options, SessionFactory& factory, const Entropy& entropy, Log& log)
    : options_(std::move(options)),
      limits_(options_.limits),
      shared_(factory, entropy, log, options_.server_version, options_.rsa_key_file) {
  const unsigned count = count_of_threads(options_.io_threads);
  workers_.reserve(count);
  for (unsigned i = 0; i < count; ++i) workers_.push_back(std::make_unique<Worker>(limits_, entropy, factory));
  shared_.commands = [this] {
    std::uint64_t sum = 0;
    for (const auto& worker : workers_) sum += worker->commands();
    return sum;
  };
}

Server::Impl::~Impl() {
  options_.drain_timeout = std::chrono::milliseconds(0);
  drain();
  wait();
  // What is left in its queue are coroutines of the workers' contexts, which still stand.
  shared_.password_workers.reset();
}

Result<> Server::Impl::reload_tls() {
  if (!options_.tls) return {};
  BW_TRY(auto context, TlsContext::load(*options_.tls));
  shared_.set_tls(std::move(context));
  return {};
}

Result<std::vector<std::string>> Server::Impl::listen() {
  BW_CHECK(reload_tls());
  std::vector<std::string> where;
  where.reserve(options_.listen.size() + 1);
  for (const std::string& address : options_.listen) {
    BW_TRY(auto listener, listen_tcp(*workers_.front(), address, shared_.log));
    listeners_.push_back(std::move(listener));
  }
  if (!options_.socket.empty()) {
    BW_TRY(auto listener, listen_unix(*workers_.front(), options_.socket, shared_.log));
    listeners_.push_back(std::move(listener));
  }
  for (const auto& listener : listeners_) where.push_back(listener->where());
  return where;
}

void Server::Impl::start() {
  for (const auto& listener : listeners_) {
    listener->start([this]() -> Worker& { return next_worker(); },
                    [this](Worker& worker, ClientConnection::Socket socket, Peer peer) {
                      accept(worker, std::move(socket), std::move(peer));
                    });
  }
  for (const auto& worker : workers_) worker->start();
}

Worker& Server::Impl::next_worker() {
  next_ = (next_ + 1) % workers_.size();
  return *workers_[next_];
}

void Server::Impl::accept(Worker& worker, ClientConnection::Socket socket, Peer peer) {
  ++shared_.counters.accepted;
  const ServerLimits limits = this->limits();
  if (const auto error = refusal(peer, limits)) {
    ++shared_.counters.refused;
    shared_.log.warning("connection from " + peer.address + " refused: " + error->text());
    protocol::Output output;
    protocol::ResponseWriter(output).error(*error);
    // The peer has sent nothing yet, and the text fits any socket's buffer.
    [[maybe_unused]] const auto sent =
        ::send(socket.native_handle(), output.data(), output.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return;
  }
  const bool reserved = shared_.open.get() >= limits.max_connections;
  std::make_shared<ClientConnection>(shared_, worker, std::move(socket), std::move(peer), reserved)->start();
}

// One connection beyond max_connections is let in to log in: it must be an administrator's.
std::optional<Error> Server::Impl::refusal(const Peer& peer, const ServerLimits& limits) {
  if (shared_.draining) return error::server_shutdown();
  // A proxy isn't blocked for its clients: they are looked at when they are known.
  if (!is_proxy(peer, limits) && shared_.is_blocked(peer, limits.max_connect_errors)) {
    return error::host_is_blocked(peer.address);
  }
  if (shared_.open.get() > limits.max_connections) return error::too_many_connections();
  if (shared_.counters.unauthenticated >= limits.max_unauthenticated) return error::too_many_connections();
  return std::nullopt;
}

void Server::Impl::drain() {
  {
    const std::lock_guard lock(mutex_);
    if (shared_.draining.exchange(true)) return;
    drain_asked_.notify_all();
  }
  boost::asio::post(workers_.front()->context(), [this] {
    for (const auto& listener : listeners_) listener->close();
  });
  for (const auto& worker : workers_) worker->drain();
}

void Server::Impl::wait() {
  {
    std::unique_lock lock(mutex_);
    drain_asked_.wait(lock, [this] { return shared_.draining.load(); });
    if (std::exchange(ended_, true)) return;
  }
  if (!shared_.open.wait_for_none(deadline_in(options_.drain_timeout))) {
    shared_.directory.kill_all(Interrupt::connection);
    if (!shared_.open.wait_for_none(deadline_in(kInterruptGrace))) {
      shared_.log.warning(std::to_string(shared_.open.get()) + " connections did not end in time");
    }
  }
  end_threads();
}

void Server::Impl::end_threads() {
  shared_.password_workers->join();
  // Nothing that is left is waited for: connections that outstayed, idle ones of sessions to object stores.
  for (const auto& worker : workers_) worker->stop();
  for (const auto& worker : workers_) worker->join();
}

ServerCounters Server::Impl::counters() const {
  ServerCounters counters;
  counters.connections = shared_.open.get();
  counters.unauthenticated = shared_.counters.unauthenticated;
  counters.accepted = shared_.counters.accepted;
  counters.refused = shared_.counters.refused;
  counters.login_failures = shared_.counters.login_failures;
  for (const auto& worker : workers_) {
    counters.commands += worker->commands();
    counters.bytes_in += worker->bytes_in();
    counters.bytes_out += worker->bytes_out();
  }
  counters.uptime =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - shared_.started);
  return counters;
}

ServerLimits Server::Impl::limits() const {
  const std::lock_guard lock(mutex_);
  return limits_;
}

void Server::Impl::set_limits(const ServerLimits& limits) {
  {
    const std::lock_guard lock(mutex_);
    limits_ = limits;
  }
  for (const auto& worker : workers_) worker->set_limits(limits);
}

Server::Server(ServerOptions options, SessionFactory& factory, const Entropy& entropy, Log& log)
    : impl_(std::make_unique<Impl>(std::move(options), factory, entropy, log)) {}
Server::~Server() = default;
Result<std::vector<std::string>> Server::listen() {
  return impl_->listen();
}
void Server::start() {
  impl_->start();
}
void Server::drain() {
  impl_->drain();
}
void Server::wait() {
  impl_->wait();
}
Result<> Server::reload_tls() {
  return impl_->reload_tls();
}
bool Server::kill(std::uint32_t connection_id, Interrupt how) {
  return impl_->kill(connection_id, how);
}
ServerCounters Server::counters() const {
  return impl_->counters();
}
ServerLimits Server::limits() const {
  return impl_->limits();
}
void Server::set_limits(const ServerLimits& limits) {
  impl_->set_limits(limits);
}

}  // namespace breakwater::server
