// The server's sockets: listeners, I/O threads, the caps on connections, and the end.
//
//   Server server(options, factory, entropy, log);
//   BW_TRY(auto ports, server.listen());   // binds; nothing is accepted yet
//   server.start();                        // accepts, on threads of its own
//   server.drain();                        // from any thread: no new statements
//   server.wait();                         // until drained
//
// Each I/O thread has an io_context of its own and accepts for itself; those that have more connections than
// others hand new ones over. Server's functions are called by one thread, except where said.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/network.h"
#include "server/net/handler.h"
#include "server/net/tls_context.h"
#include "server/protocol/login.h"

namespace breakwater::server {

/// What may change while the server runs.
struct ServerLimits {
  std::uint32_t max_connections = 10'000;
  std::uint32_t max_unauthenticated = 1'000;  ///< half of them for one address; see strangers.h
  std::uint32_t max_connect_errors = 1'000;   ///< of one address within a minute; not of loopback
  std::uint64_t max_allowed_packet = std::uint64_t{16} << 20U;
  std::chrono::milliseconds connect_timeout{10'000};    ///< for the whole login
  std::chrono::milliseconds net_write_timeout{60'000};  ///< before there is a session that says so
  std::vector<Network> proxies{};                       ///< whose connections begin with a PROXY header
  bool require_secure_transport = false;                ///< TLS or the unix socket, else 3159
  protocol::Login::Plugins plugins{};                   ///< by which accounts of either plugin may log in
};

struct ServerOptions {
  std::vector<std::string> listen{};  ///< "127.0.0.1:2881", "[::1]:0"
  std::string socket{};               ///< path of a unix socket; empty: none
  unsigned io_threads = 0;            ///< 0: one for each core
  std::string server_version = "5.7.25-OceanBase-v4.2.1.0";
  std::chrono::milliseconds drain_timeout{10'000};
  std::optional<TlsOptions> tls{};  ///< none: TLS isn't offered
  std::string rsa_key_file{};       ///< made when it is needed; empty: in memory
  ServerLimits limits{};
};

/// Counts since the start. Each is read on its own; together they are not one moment's picture.
struct ServerCounters {
  std::uint64_t connections = 0;      ///< open now
  std::uint64_t unauthenticated = 0;  ///< of these, not logged in yet
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;  ///< by a cap, or closed before the login to make room
  std::uint64_t login_failures = 0;
  std::uint64_t commands = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::chrono::seconds uptime{0};
};

class Server {
 public:
  /// `factory`, `entropy` and `log` must outlive the server.
  Server(ServerOptions options, SessionFactory& factory, const Entropy& entropy, Log& log);
  /// Drains with no time left, if nobody drained.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Where the server listens, as text: "127.0.0.1:2881" with the port chosen where 0 was asked for, or a
  /// path. Errors: listen_failed, naming the address and the reason; reload_tls()'s.
  Result<std::vector<std::string>> listen();
  void start();

  /// Any thread. Stops accepting, closes idle connections; a running statement may finish and be answered
  /// until drain_timeout is over, then it is interrupted.
  void drain();
  /// Returns when every connection is gone and the threads have ended. `hurry` is asked many times a second:
  /// once it says so, what still runs is interrupted as if drain_timeout were over.
  void wait(const std::function<bool()>& hurry = {});

  /// Any thread. Reads the TLS files again, for connections that come from now on. Error start_refused: they
  /// can't be used, and nothing has changed.
  Result<> reload_tls();
  /// Any thread, each day: a certificate whose time isn't now, or soon won't be, is told of in the log, and
  /// made anew if it is the server's own. reload_tls()'s error.
  Result<> check_tls();

  /// Any thread. False: there is no such connection.
  bool kill(std::uint32_t connection_id, Interrupt how);
  /// Any thread.
  ServerCounters counters() const;
  ServerLimits limits() const;
  void set_limits(const ServerLimits& limits);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace breakwater::server
