// One client's connection: greeting, login, commands, end. A coroutine on its worker's thread, with one
// buffer for incoming and one for outgoing bytes. Inside server/net only.
//
// The worker's tick checks the deadlines (check()): when one has passed, the pending wait on the socket is
// cancelled, and the connection ends.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include "server/net/handler.h"
#include "server/net/shared.h"
#include "server/net/tls_channel.h"
#include "server/net/worker.h"
#include "server/protocol/compression.h"
#include "server/protocol/login.h"
#include "server/protocol/packet_reader.h"

namespace breakwater::server {

class ClientConnection final : public Connection, public std::enable_shared_from_this<ClientConnection> {
 public:
  using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, Executor>;

  /// The caller has counted it among the open connections; from here on the connection ends that count
  /// itself. `place`: its place among the connections that have not logged in. `reserved`: max_connections is
  /// reached; only an administrator may log in.
  ClientConnection(Shared& shared, Worker& worker, Socket socket, Peer peer, Strangers::Place place,
                   bool reserved);
  ~ClientConnection() override;

  /// Any thread. The connection begins on the worker's thread.
  void start();

  Executor executor() override { return worker_.executor(); }
  StatementMemory& memory() override { return memory_; }
  const TlsInfo* tls() const override { return tls_ == nullptr ? nullptr : &tls_->info(); }
  Task<bool> flush() override;
  void kill(Interrupt how) override;
  Interrupt interrupted() const override { return interrupt_.load(std::memory_order_relaxed); }

  // For the worker, on its thread.
  void check(Deadline now);
  void drain();
  std::size_t slot() const { return slot_; }
  void set_slot(std::size_t slot) { slot_ = slot; }

 private:
  using Packet = protocol::PacketReader::Packet;

  // connection.cpp: life, deadlines, bytes.
  class Registered;
  Task<> run();
  Task<bool> read_some();
  Task<std::size_t> read_tls(std::span<char> space);
  Result<std::optional<Packet>> next_packet();
  protocol::Output& outgoing() { return compression_ == nullptr ? output_ : wire_; }
  bool send_now();
  bool send_compressed();
  bool send_bytes();
  bool send_tls();
  bool send_plain();
  Task<bool> send_rest();
  void count_unread();
  Task<> send_and_linger();
  void on_interrupt();
  void cancel();
  bool peer_is_gone();
  bool is_over() const;

  // connection_login.cpp
  Task<bool> log_in();
  Task<bool> change_user(const protocol::ChangeUser& command, std::uint8_t sequence);
  struct Attempt;
  using LoginStep = Result<protocol::Login::Step>;
  protocol::Login make_login(bool change_user);
  Task<bool> authenticate(Attempt& attempt, LoginStep step);
  Task<bool> meet_proxy();
  Task<bool> await_turn(const Attempt& attempt);
  Task<std::optional<Packet>> read_login_packet();
  Task<bool> start_tls();
  LoginStep look_up(Attempt& attempt);
  LoginStep verify(Attempt& attempt);
  bool may_lack_password() const;
  Task<LoginStep> give_key(Attempt& attempt);
  Task<Result<bool>> check_password(Attempt& attempt, bool encrypted);
  bool admit(Attempt& attempt);
  Result<> open_session(Attempt& attempt, const protocol::Credentials& credentials);
  Error refusal(const Attempt& attempt, const protocol::Credentials& credentials) const;
  void refuse(Attempt& attempt, const Error& error);
  void note_refusal(std::string_view user, const Error& error);
  bool become_authenticated();
  void note_end_before_login();
  void note_failure(const Error& error);
  void start_compression(std::uint8_t zstd_level);

  // connection_commands.cpp
  Task<> serve();
  Task<> answer(const protocol::Command& command);
  void answer_statistics();
  void set_multi_statements(bool on);
  void begin_command(std::uint8_t sequence);
  bool prepare_to_wait();

  Shared& shared_;
  Worker& worker_;
  Socket socket_;
  Strangers::Place place_;  ///< until the login
  StatementMemory memory_;
  WaitingMemory incoming_{&memory_};  ///< half a command
  WaitingMemory unread_{&memory_};    ///< the part of an unread answer that isn't counted otherwise
  protocol::PacketReader reader_{protocol::kMaxLoginPacket};
  protocol::Output output_{memory_};
  protocol::ResponseWriter writer_{output_};
  protocol::Output wire_;   ///< the next part of output_, compressed
  std::size_t packed_ = 0;  ///< bytes of output_ that are compressed
  std::size_t sent_ = 0;    ///< bytes of outgoing() that are sent
  protocol::Salt salt_{};
  Deadline deadline_;
  std::size_t slot_ = 0;
  std::atomic<Interrupt> interrupt_{Interrupt::none};
  std::uint8_t zstd_level_ = 0;
  bool authenticated_ = false;
  bool reserved_;
  bool reading_ = false;                                     ///< the client's bytes are awaited
  bool suspended_ = false;                                   ///< a task of the session is awaited
  bool broken_ = false;                                      ///< the peer is gone, or a deadline has passed
  bool quit_ = false;                                        ///< the client has sent COM_QUIT
  std::unique_ptr<TlsChannel> tls_;                          ///< null: plain
  std::unique_ptr<protocol::CompressedStream> compression_;  ///< null: none
  std::unique_ptr<Session> session_;                         ///< the last member: it is destroyed first
};

}  // namespace breakwater::server
