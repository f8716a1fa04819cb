// The border between connections and sessions. server/net owns sockets, packets and the login; server/session
// implements Session and SessionFactory, and sees of a connection what Connection shows.
//
// Threads. A connection lives on one I/O thread, and so does its session: every call of Session comes from
// that thread, and nothing else of that connection runs meanwhile. SessionFactory is called from every I/O
// thread at once. Connection::kill and Connection::interrupted may be called from any thread.
//
// Lives. A Connection outlives its Session. COM_CHANGE_USER destroys the session and opens another on the
// same connection. Views in a Command live until execute's task has finished.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/memory_account.h"
#include "base/network.h"
#include "base/task.h"
#include "server/auth/user_name.h"
#include "server/auth/verifier.h"
#include "server/protocol/command.h"
#include "server/protocol/response.h"

namespace breakwater::server {

/// Why a session should stop what it does.
enum class Interrupt : std::uint8_t {
  none,
  query,       ///< KILL QUERY: end the running statement with 1317, the session stays
  connection,  ///< KILL CONNECTION, the server's end, or a peer that is gone: end the statement, the session
               ///< ends
};

/// Who is at the other end.
struct Peer {
  std::string address{};   ///< "127.0.0.1", "::1"; "localhost" for the unix socket
  Address ip{};            ///< the same as a number, without a zone; zeros for the unix socket
  std::uint16_t port = 0;  ///< 0 for the unix socket
  bool unix_socket = false;
  bool local = false;  ///< loopback or unix socket: empty passwords are let in
};

/// The peer that a text names: what a proxy said.
Peer peer_at(std::string address, std::uint16_t port);

/// What protects a connection.
struct TlsInfo {
  std::string version{};            ///< "TLSv1.3"
  std::string cipher{};             ///< "TLS_AES_256_GCM_SHA384"
  bool client_certificate = false;  ///< the client showed one that ssl_ca vouches for
};

class Connection {
 public:
  virtual ~Connection() = default;

  std::uint32_t id() const { return id_; }
  const Peer& peer() const { return peer_; }
  /// What the client negotiated (capability::…). MULTI_STATEMENTS changes with COM_SET_OPTION.
  protocol::Capabilities capabilities() const { return capabilities_; }
  /// The character set the client named in its handshake (a collation's id).
  std::uint8_t charset() const { return charset_; }
  const std::vector<std::pair<std::string, std::string>>& attributes() const { return attributes_; }

  /// Null: the connection is plain.
  virtual const TlsInfo* tls() const = 0;

  virtual Executor executor() = 0;

  /// What the running statement and the session take. Belongs to the session's thread.
  virtual StatementMemory& memory() = 0;

  /// Sends what ResponseWriter holds; between packets only. Fails (false) when the peer is gone or takes
  /// nothing for net_write_timeout: the session then stops writing, and its connection ends.
  virtual Task<bool> flush() = 0;

  /// Any thread. `query` interrupts the running statement, if there is one; `connection` ends the connection,
  /// idle or not. Returns at once.
  virtual void kill(Interrupt how) = 0;

  /// Any thread, cheap: what the running statement should look at between steps. `query` is taken back when
  /// the next command starts.
  virtual Interrupt interrupted() const = 0;

 protected:
  std::uint32_t id_ = 0;
  Peer peer_;
  protocol::Capabilities capabilities_ = 0;
  std::uint8_t charset_ = 0;
  std::vector<std::pair<std::string, std::string>> attributes_{};
};

/// How long a connection waits for its client.
struct SessionTimeouts {
  std::chrono::milliseconds wait;       ///< for the next command
  std::chrono::milliseconds net_read;   ///< for the rest of a command that has begun to arrive
  std::chrono::milliseconds net_write;  ///< for the client to take more of an answer
};

class Session {
 public:
  virtual ~Session() = default;

  /// Runs one command and writes its answer. A task that is not valid() — `return {}` — says that the answer
  /// is complete: statements that wait for nothing cost no coroutine. Otherwise the connection awaits the
  /// task. Comes here: InitDb, Query, FieldList, ProcessKill, ProcessInfo, ResetConnection and the
  /// prepared statements' commands, of which StmtClose and StmtSendLongData have no answer. The connection
  /// itself answers Ping, Statistics, SetOption, Debug, ChangeUser and Quit. An exception that leaves
  /// execute() or the task is answered (out_of_memory, internal_error) and ends the connection.
  virtual Task<> execute(const protocol::Command& command, protocol::ResponseWriter& out) = 0;

  /// status::kAutocommit and the like, for the answers that the connection gives itself.
  virtual protocol::StatusFlags status() const = 0;

  /// As the session's variables say. Called before every wait, so it must be cheap.
  virtual SessionTimeouts timeouts() const = 0;

  /// Called on the connection's thread while a task of execute() is suspended, when somebody kills the
  /// statement or the connection: whatever the task awaits should end soon. interrupted() says which.
  virtual void interrupt() = 0;
};

/// A login whose password was right.
struct LoginRequest {
  auth::UserName user{};
  std::string database{};    ///< empty: none
  bool change_user = false;  ///< by COM_CHANGE_USER
};

class SessionFactory {
 public:
  virtual ~SessionFactory() = default;

  /// What the account asks for, or Kind::unknown where there is none of this user in this tenant, the tenant
  /// doesn't exist or nobody can log in to it. Must not tell by its time which; must not block. Where it
  /// can't be looked up (no descriptor: out_of_resources; no memory: out_of_memory; any other error),
  /// Verifier::failure says so: the dialogue is that of an unknown name, and at its end the client is told
  /// to try again (1040, 1037, 4016), which counts as nobody's mistake.
  virtual auth::Verifier find_account(const auth::UserName& user, const Peer& peer) = 0;

  /// The account of this verifier has logged in with this password the full way.
  virtual void remember_password(const auth::Verifier& verifier, const auth::FastDigest& digest) = 0;

  /// What all connections draw from; lives as long as the factory.
  virtual ServerMemory& memory() = 0;

  /// May this account use the slot that is kept when max_connections is reached? (root@sys)
  virtual bool is_administrator(const auth::UserName& user) const = 0;

  /// The password was right. An error (locked tenant, ob_tcp_invited_nodes, unknown database, cluster's name
  /// …) is sent to the client, and the connection closed.
  virtual Result<std::unique_ptr<Session>> open(Connection& connection, const LoginRequest& request) = 0;

  /// On each I/O thread about every 100 ms while it has connections, and once after: what its statements
  /// have left open for the next ones may end. Never within a call of Session.
  virtual void tick() = 0;
};

}  // namespace breakwater::server
