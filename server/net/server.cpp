#include "server/net/server.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <thread>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

#include "server/net/connection.h"
#include "server/net/listener.h"
#include "server/net/shared.h"
#include "server/net/worker.h"

namespace breakwater::server {
namespace {

/// How long interrupted statements may take to end.
constexpr std::chrono::milliseconds kInterruptGrace{2'000};

// The same connection as a socket of another worker's io_context. If it can't be moved, it is closed.
ClientConnection::Socket moved_to(Worker& worker, ClientConnection::Socket socket) {
  ClientConnection::Socket moved(worker.executor());
  boost::system::error_code error;
  const auto protocol = socket.local_endpoint(error).protocol();
  if (error) return moved;
  const int handle = socket.release(error);
  if (error) return moved;
  moved.assign(protocol, handle, error);
  if (error) ::close(handle);
  return moved;
}

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
  void wait(const std::function<bool()>& hurry = {});
  ServerCounters counters() const;
  ServerLimits limits() const;
  void set_limits(const ServerLimits& limits);
  Result<> reload_tls();
  Result<> check_tls();
  bool kill(std::uint32_t id, Interrupt how) { return shared_.directory.kill(id, how); }

 private:
  void accept(Worker& own, ClientConnection::Socket socket, Peer peer);
  struct Admission {
    Strangers::Place place;
    bool reserved = false;  ///< max_connections is reached
  };
  Result<Admission> let_in(const Peer& peer, const ServerLimits& limits);
  Worker& worker_for(Worker& own);
  bool wait_for_none(const std::function<bool()>& hurry);
  void end_threads();

  ServerOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable drain_asked_;
  ServerLimits limits_;  ///< under mutex_
  bool ended_ = false;
  Shared shared_;  ///< declared before workers_: connections left at the end use it when they are destroyed
  std::vector<std::unique_ptr<Worker>> workers_;
  Listeners listeners_;
};

Server::Impl::Impl(ServerOptions options, SessionFactory& factory, const Entropy& entropy, Log& log)
    : options_(std::move(options)),
      limits_(options_.limits),
      shared_(factory, entropy, log, options_.server_version, options_.rsa_key_file) {
  const unsigned count = count_of_threads(options_.io_threads);
  workers_.reserve(count);
  for (unsigned i = 0; i < count; ++i)
    workers_.push_back(std::make_unique<Worker>(limits_, entropy, factory, log));
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
}

Result<> Server::Impl::reload_tls() {
  if (!options_.tls) return {};
  BW_TRY(auto context, TlsContext::load(*options_.tls, shared_.log));
  shared_.set_tls(std::move(context));
  return {};
}

// Files that the administrator made are read again only when he says so (reload_tls()): they may be half
// written.
Result<> Server::Impl::check_tls() {
  const auto used = options_.tls ? shared_.tls() : nullptr;
  const std::string why = used == nullptr ? std::string() : used->untimely();
  if (why.empty()) return {};
  if (used->is_own()) return reload_tls();
  shared_.log.warning("TLS: the certificate " + options_.tls->cert + " " + why +
                      ": clients that look at it refuse it then; put a new one there and send SIGHUP");
  return {};
}

Result<std::vector<std::string>> Server::Impl::listen() {
  BW_CHECK(reload_tls());
  std::vector<std::string> where;
  where.reserve(options_.listen.size() + 1);
  for (const std::string& address : options_.listen) {
    BW_TRY(Listeners group, listen_tcp(workers_, address, shared_.log));
    where.push_back(group.front()->where());
    std::ranges::move(group, std::back_inserter(listeners_));
  }
  if (!options_.socket.empty()) {
    BW_TRY(auto listener, listen_unix(*workers_.front(), options_.socket, shared_.log));
    where.push_back(listener->where());
    listeners_.push_back(std::move(listener));
  }
  return where;
}

// Accepts no connection before all threads have been made.
void Server::Impl::start() {
  for (const auto& worker : workers_) worker->make_thread();
  for (const auto& listener : listeners_) {
    listener->start([this](Worker& worker, ClientConnection::Socket socket, Peer peer) {
      accept(worker, std::move(socket), std::move(peer));
    });
  }
  for (const auto& worker : workers_) {
    worker->on_tick([this] { shared_.stranger_log.flush(); });
    worker->start();
  }
}

// The worker for a new connection: the one that accepted it, since handing it over wakes another thread,
// unless another worker has much less to do.
Worker& Server::Impl::worker_for(Worker& own) {
  constexpr std::uint32_t kMaxUneven = 2;
  Worker& least =
      **std::ranges::min_element(workers_, {}, [](const auto& worker) { return worker->connections(); });
  return own.connections() > least.connections() + kMaxUneven ? least : own;
}

void Server::Impl::accept(Worker& own, ClientConnection::Socket socket, Peer peer) {
  ++shared_.counters.accepted;
  const ServerLimits limits = this->limits();
  auto admission = let_in(peer, limits);
  if (!admission) {
    ++shared_.counters.refused;
    shared_.stranger_log.refusal("connection refused", "", peer, admission.error(), 0);
    protocol::Output output;
    protocol::ResponseWriter(output).error(admission.error());
    // The peer has sent nothing yet, and the text fits into any socket's buffer.
    [[maybe_unused]] const auto sent =
        ::send(socket.native_handle(), output.data(), output.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return;
  }
  Worker& worker = worker_for(own);
  if (&worker != &own) socket = moved_to(worker, std::move(socket));
  std::shared_ptr<ClientConnection> connection;
  try {
    connection = std::make_shared<ClientConnection>(shared_, worker, std::move(socket), std::move(peer),
                                                    std::move(admission->place), admission->reserved);
  } catch (...) {
    shared_.open.down();
    throw;
  }
  connection->start();
}

// Counts the connection from here on, so that only one of several that come at the same time takes the last
// place. One connection beyond max_connections may try to log in: it must be an administrator's.
Result<Server::Impl::Admission> Server::Impl::let_in(const Peer& peer, const ServerLimits& limits) {
  if (shared_.draining) return fail(error::server_shutdown());
  // A proxy isn't blocked for the failures of its clients: those are checked when they are known.
  const bool proxy = is_proxy(peer, limits);
  if (!proxy && shared_.is_blocked(peer, limits.max_connect_errors)) {
    return fail(error::host_is_blocked(peer.address));
  }
  auto place = shared_.strangers.enter(peer, proxy, limits.max_unauthenticated);
  if (!place) return fail(error::too_many_connections());
  const auto others = shared_.open.up(std::uint64_t{limits.max_connections} + 1);
  if (!others) return fail(error::too_many_connections());
  return Admission{.place = *std::move(place), .reserved = *others >= limits.max_connections};
}

void Server::Impl::drain() {
  {
    const std::lock_guard lock(mutex_);
    if (shared_.draining.exchange(true)) return;
    drain_asked_.notify_all();
  }
  for (const auto& listener : listeners_) listener->close();
  for (const auto& worker : workers_) worker->drain();
}

// Waits until there is no connection (returns true), `hurry` returns true, or the time is over.
bool Server::Impl::wait_for_none(const std::function<bool()>& hurry) {
  constexpr std::chrono::milliseconds kBetweenQuestions{50};
  const Deadline until = deadline_in(options_.drain_timeout);
  while (!shared_.open.wait_for_none(std::min(until, deadline_in(kBetweenQuestions)))) {
    if (std::chrono::steady_clock::now() >= until || (hurry && hurry())) return false;
  }
  return true;
}

void Server::Impl::wait(const std::function<bool()>& hurry) {
  {
    std::unique_lock lock(mutex_);
    drain_asked_.wait(lock, [this] { return shared_.draining.load(); });
    if (std::exchange(ended_, true)) return;
  }
  if (!wait_for_none(hurry)) {
    shared_.directory.kill_all(Interrupt::connection);
    if (!shared_.open.wait_for_none(deadline_in(kInterruptGrace))) {
      shared_.log.warning(std::to_string(shared_.open.get()) + " connections did not end in time");
    }
  }
  end_threads();
}

void Server::Impl::end_threads() {
  shared_.password_workers.join();
  // Don't wait for what is left: late connections, idle connections to object stores.
  for (const auto& worker : workers_) worker->stop();
  for (const auto& worker : workers_) worker->join();
}

ServerCounters Server::Impl::counters() const {
  ServerCounters counters;
  counters.connections = shared_.open.get();
  counters.unauthenticated = shared_.strangers.count();
  counters.accepted = shared_.counters.accepted;
  counters.refused = shared_.counters.refused + shared_.strangers.evicted();
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
void Server::wait(const std::function<bool()>& hurry) {
  impl_->wait(hurry);
}
Result<> Server::reload_tls() {
  return impl_->reload_tls();
}
Result<> Server::check_tls() {
  return impl_->check_tls();
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
