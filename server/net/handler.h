// The border between connections and sessions. server/net owns sockets, packets and the login. server/execute
// implements Session and SessionFactory; of a connection it sees only the class Connection.
//
// Threads. A connection and its session belong to one I/O thread: every call of Session comes from that
// thread, and nothing else of that connection runs meanwhile. All I/O threads call SessionFactory at the same
// time. Connection::kill and Connection::interrupted may be called from any thread.
//
// Lifetimes. A Connection outlives its Session. COM_CHANGE_USER destroys the session and opens another one on
// the same connection. Views in a Command are valid until execute's task has finished.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
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

/// Why a session should stop its work.
enum class Interrupt : std::uint8_t {
  none,
  query,       ///< KILL QUERY: end the running statement with query_interrupted (1317); the session stays
  connection,  ///< KILL CONNECTION, the server's end, a peer that is gone: end statement and session
};

/// The other end of a connection.
struct Peer {
  std::string address{};   ///< "127.0.0.1", "::1"; "localhost" for the unix socket
  Address ip{};            ///< the same without a zone; zeros for the unix socket
  std::uint16_t port = 0;  ///< 0 for the unix socket
  bool unix_socket = false;
  bool local = false;  ///< loopback or unix socket: empty passwords are accepted
};

/// The peer that a proxy names.
Peer peer_at(std::string address, std::uint16_t port);

/// What protects a connection.
struct TlsInfo {
  std::string version{};            ///< "TLSv1.3"
  std::string cipher{};             ///< "TLS_AES_256_GCM_SHA384"
  bool client_certificate = false;  ///< the client has a certificate that an authority in ssl_ca signed
};

class Connection {
 public:
  virtual ~Connection() = default;

  std::uint32_t id() const { return id_; }
  const Peer& peer() const { return peer_; }
  /// The negotiated capabilities (capability::…). COM_SET_OPTION changes MULTI_STATEMENTS.
  protocol::Capabilities capabilities() const { return capabilities_; }
  /// The character set the client named in its handshake (a collation's id).
  std::uint8_t charset() const { return charset_; }
  const std::vector<std::pair<std::string, std::string>>& attributes() const { return attributes_; }

  /// Null: the connection is plain.
  virtual const TlsInfo* tls() const = 0;

  virtual Executor executor() = 0;

  /// The memory of the running statement and the session. Belongs to the session's thread.
  virtual StatementMemory& memory() = 0;

  /// Sends the bytes in ResponseWriter; call it between packets only. Returns false if the peer is gone or
  /// takes nothing for net_write_timeout: the session must stop writing then, and its connection ends.
  virtual Task<bool> flush() = 0;

  /// Any thread; returns at once. `query` interrupts the running statement, if there is one; `connection`
  /// ends the connection, idle or not.
  virtual void kill(Interrupt how) = 0;

  /// Any thread, cheap. The running statement should look at it between steps. `query` is reset when the next
  /// command starts.
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

  /// Runs one command and writes its answer. If the task isn't valid() (`return {}`), the answer is complete,
  /// so that statements that wait for nothing need no coroutine; otherwise the connection awaits the task.
  /// The commands: InitDb, Query, FieldList, ProcessKill, ProcessInfo, ResetConnection and those of prepared
  /// statements, of which StmtClose and StmtSendLongData have no answer. The connection itself answers Ping,
  /// Statistics, SetOption, Debug, ChangeUser and Quit. An exception that leaves execute() or the task is
  /// answered with out_of_memory (1037), out_of_resources (1041) or internal_error (4016), and ends the
  /// connection.
  virtual Task<> execute(const protocol::Command& command, protocol::ResponseWriter& out) = 0;

  /// status::kAutocommit and the like, for the answers that the connection gives itself.
  virtual protocol::StatusFlags status() const = 0;

  /// The timeouts from the session's variables. Called before every wait, so it must be cheap.
  virtual SessionTimeouts timeouts() const = 0;

  /// Called on the connection's thread when the statement or the connection is killed while a task of
  /// execute() is suspended: whatever the task awaits should end soon. Connection::interrupted() says which
  /// of the two.
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

  /// The Verifier of an account. Its kind is `unknown` if there is no such user in the tenant, the tenant
  /// doesn't exist or nobody can log in to it; its time must not reveal which. Must not block. If the lookup
  /// fails, Verifier::failure is set (out_of_resources: no descriptor; out_of_memory; any other error): the
  /// login then goes as for an unknown name, its end is login_failure(), and no failed login is counted.
  virtual auth::Verifier find_account(const auth::UserName& user, const Peer& peer) = 0;

  /// The check of a password: from begin_check() to the destructor, which comes after login_failed() or open().
  class Check {
   public:
    Check() = default;
    virtual ~Check() = default;
    Check(const Check&) = delete;
    Check& operator=(const Check&) = delete;
    /// The password was right: false as long as others of the account that began before this one aren't through. Their failures
    /// may lock the account.
    virtual bool is_its_turn() const = 0;
  };
  /// Call it just before a password is compared. Null where failures of this account don't count.
  virtual std::unique_ptr<Check> begin_check(const auth::UserName& /*user*/, const Peer& /*peer*/) {
    return nullptr;
  }
  /// A wrong password was given for this name.
  virtual void login_failed(const auth::UserName& user, const Peer& peer) = 0;

  /// A login was refused; `user` as the client names itself, with its tenant.
  virtual void login_refused(const Connection& /*connection*/, std::string_view /*user*/,
                             const Error& /*error*/) {}

  /// Called when the account of this verifier has logged in with this password the full way.
  virtual void remember_password(const auth::Verifier& verifier, const auth::FastDigest& digest) = 0;

  /// The memory account of all connections; it lives as long as the factory.
  virtual ServerMemory& memory() = 0;

  /// Whether this account may use the connection that is reserved beyond max_connections (root@sys).
  virtual bool is_administrator(const auth::UserName& user) const = 0;

  /// Opens a session after the password was right. An error (locked tenant, ob_tcp_invited_nodes, unknown
  /// database, name of the cluster …) is sent to the client, and the connection is closed.
  virtual Result<std::unique_ptr<Session>> open(Connection& connection, const LoginRequest& request) = 0;

  /// Called on each I/O thread about every 100 ms while it has connections, and once after that, never within
  /// a call of Session: what statements have left open for the next ones may be closed.
  virtual void tick() = 0;
};

}  // namespace breakwater::server
