// The server's sockets: listeners, I/O threads, the caps on connections, and the end.
//
//   Server server(options, factory, entropy, log);
//   BW_TRY(auto ports, server.listen());   // binds, doesn't accept yet
//   server.start();                        // accepts, on threads of its own
//   server.drain();                        // from any thread: no new statements
//   server.wait();                         // until drained
//
// Each I/O thread has an io_context of its own and accepts for itself; a thread that has more connections
// than others hands new ones over. Call Server's functions from one thread, unless a function says otherwise.
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
  std::chrono::milliseconds net_write_timeout{60'000};  ///< until there is a session with its own
  std::vector<Network> proxies{};                       ///< whose connections begin with a PROXY header
  std::vector<Network>
      empty_passwords{};     ///< whence accounts without a password may log in, beside this machine
  bool error_notes = false;  ///< an error's text is followed by what to do
  bool require_secure_transport = false;  ///< TLS or unix socket, else insecure_transport (3159)
  protocol::Login::Plugins plugins{};     ///< the plugins by which accounts may log in
};

struct ServerOptions {
  std::vector<std::string> listen{};  ///< "127.0.0.1:2881", "[::1]:0"
  std::string socket{};               ///< path of a unix socket; empty: none
  unsigned io_threads = 0;            ///< 0: one for each core
  std::string server_version = "5.7.25-OceanBase-v4.2.1.0";
  std::chrono::milliseconds drain_timeout{10'000};
  std::optional<TlsOptions> tls{};  ///< none: TLS isn't offered
  std::string rsa_key_file{};       ///< created when it is needed; empty: the key is kept in memory
  ServerLimits limits{};
};

/// Counts since the start. Each is read by itself, so they needn't be of the same point in time.
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
  /// Drains without waiting for statements, unless drain() was called before.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Binds, and returns where the server listens: "127.0.0.1:2881", with the real port if 0 was asked for, or
  /// a path. Errors: listen_failed, with the address and the reason; those of reload_tls().
  Result<std::vector<std::string>> listen();
  void start();

  /// Any thread. Stops accepting and closes idle connections. Running statements may finish and be answered
  /// until drain_timeout is over; then they are interrupted.
  void drain();
  /// Returns when every connection is gone and the threads have ended. `hurry` is called many times a second:
  /// once it returns true, running statements are interrupted as if drain_timeout were over.
  void wait(const std::function<bool()>& hurry = {});

  /// Any thread. Reads the TLS files again, for new connections. Error: start_refused if the files can't be
  /// used; nothing has changed then.
  Result<> reload_tls();
  /// Any thread; call it every day. If the certificate has expired or soon will, or isn't valid yet, it says
  /// so in the log, and replaces the certificate if it is the server's own. Errors: those of reload_tls().
  Result<> check_tls();

  /// Any thread. Returns false if there is no such connection.
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
