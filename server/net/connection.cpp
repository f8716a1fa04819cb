#include "server/net/connection.h"

#include <cerrno>
#include <optional>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <sys/socket.h>

#include "base/guard.h"

namespace breakwater::server {
namespace {

constexpr Deadline kNever = Deadline::max();
constexpr std::chrono::milliseconds kLingerTime{1'000};
constexpr std::uint64_t kLingerBytes = std::uint64_t{64} << 20U;
constexpr boost::asio::use_awaitable_t<Executor> kAwait{};

}  // namespace

ClientConnection::ClientConnection(Shared& shared, Worker& worker, Socket socket, Peer peer,
                                   Strangers::Place place, bool reserved)
    : shared_(shared),
      worker_(worker),
      socket_(std::move(socket)),
      place_(std::move(place)),
      memory_(shared.factory.memory()),
      deadline_(kNever),
      reserved_(reserved) {
  peer_ = std::move(peer);
  worker_.opened();
}

ClientConnection::~ClientConnection() {
  shared_.directory.remove(id_);
  session_.reset();
  place_.leave();
  worker_.closed();
  shared_.open.down();
}

/// Keeps the connection in the worker's list until the coroutine ends, whatever ends it, want of memory too.
class ClientConnection::Registered {
 public:
  explicit Registered(ClientConnection& connection) : connection_(connection) {
    connection_.worker_.add(connection_);
  }
  Registered(const Registered&) = delete;
  Registered& operator=(const Registered&) = delete;
  ~Registered() { connection_.worker_.remove(connection_); }

 private:
  ClientConnection& connection_;
};

// From add() and begin() on other threads may end the connection. That needs shared_from_this(), which
// doesn't work in the constructor yet.
void ClientConnection::start() {
  id_ = shared_.directory.add(*this);
  place_.begin(id_);
  boost::asio::co_spawn(
      worker_.executor(),
      [self = shared_from_this()]() -> Task<> {
        const Registered registered(*self);
        co_await self->run();
      },
      boost::asio::detached);
}

Task<> ClientConnection::run() {
  std::optional<Error> failed;
  try {
    if (co_await log_in()) co_await serve();
  } catch (...) {
    log_caught(shared_.log, "a connection that ends");
    failed = caught_error();
  }
  suspended_ = false;
  if (failed) writer_.error(*failed);
  co_await flush();
  session_.reset();
  if (tls_ != nullptr) tls_->say_goodbye();
  // Before close(): if the client has sent bytes that were never read, close() sends a reset, and the client
  // would lose the last answer. After COM_QUIT only the end of TLS can follow.
  boost::system::error_code ignored;
  if (!quit_ || tls_ != nullptr) socket_.shutdown(Socket::shutdown_both, ignored);
  socket_.close(ignored);
  if (authenticated_) shared_.log.debug("connection closed", id_);
}

bool ClientConnection::is_over() const {
  return broken_ || interrupted() == Interrupt::connection ||
         shared_.draining.load(std::memory_order_relaxed);
}

Task<bool> ClientConnection::read_some() {
  boost::system::error_code error;
  const auto space = compression_ != nullptr ? compression_->space() : reader_.space();
  std::size_t count = 0;
  reading_ = true;
  if (tls_ != nullptr) {
    count = co_await read_tls(space);
  } else {
    count = co_await socket_.async_read_some(boost::asio::buffer(space.data(), space.size()),
                                             boost::asio::redirect_error(kAwait, error));
  }
  reading_ = false;
  if (compression_ != nullptr) {
    compression_->received(count);
  } else {
    reader_.received(count);
  }
  worker_.count_in(count);
  co_return !error && count != 0 && !broken_;
}

// A packet that has come already; nullopt if more must be read.
Result<std::optional<ClientConnection::Packet>> ClientConnection::next_packet() {
  for (;;) {
    auto packet = reader_.next();
    if (!packet || *packet || compression_ == nullptr) return packet;
    BW_TRY(const bool more, compression_->unpack(reader_, worker_.limits().max_allowed_packet));
    if (!more) return std::nullopt;
  }
}

// Returns 0 if the connection is over.
Task<std::size_t> ClientConnection::read_tls(std::span<char> space) {
  for (;;) {
    std::size_t count = 0;
    const auto outcome = tls_->read(space, count);
    if (outcome == TlsChannel::Outcome::done) co_return count;
    if (outcome == TlsChannel::Outcome::closed) co_return 0;
    const auto side = outcome == TlsChannel::Outcome::want_read ? Socket::wait_read : Socket::wait_write;
    boost::system::error_code error;
    co_await socket_.async_wait(side, boost::asio::redirect_error(kAwait, error));
    if (error || broken_) co_return 0;
  }
}

// Most answers fit into the socket's buffer: then they need one system call and no coroutine.
bool ClientConnection::send_now() {
  if (compression_ != nullptr) return send_compressed();
  if (!send_bytes()) return false;
  output_.clear();
  return true;
}

// Compresses and sends part by part, so that the compressed bytes need little memory.
bool ClientConnection::send_compressed() {
  constexpr std::size_t kPart = 1 << 20;
  for (;;) {
    if (!send_bytes()) return false;
    wire_.clear();
    if (packed_ == output_.size()) break;
    const std::string_view part = output_.view().substr(packed_, kPart);
    compression_->pack(part, wire_);
    packed_ += part.size();
  }
  output_.clear();
  packed_ = 0;
  return true;
}

// Sends all of outgoing(). Returns false if the client takes no more now.
bool ClientConnection::send_bytes() {
  const bool sent = tls_ == nullptr ? send_plain() : send_tls();
  if (sent) sent_ = 0;
  return sent;
}

bool ClientConnection::send_tls() {
  const std::string_view bytes = outgoing().view();
  while (sent_ < bytes.size() && !broken_) {
    std::size_t count = 0;
    const auto outcome = tls_->write(bytes.substr(sent_), count);
    if (outcome == TlsChannel::Outcome::want_write) return false;
    if (outcome != TlsChannel::Outcome::done) broken_ = true;
    sent_ += count;
    worker_.count_out(count);
  }
  return true;
}

bool ClientConnection::send_plain() {
  const std::string_view bytes = outgoing().view();
  while (sent_ < bytes.size() && !broken_) {
    const ssize_t count = ::send(socket_.native_handle(), bytes.data() + sent_, bytes.size() - sent_,
                                 MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count >= 0) {
      sent_ += static_cast<std::size_t>(count);
      worker_.count_out(static_cast<std::uint64_t>(count));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return false;
    } else if (errno != EINTR) {
      broken_ = true;
    }
  }
  return true;
}

// Many clients that read nothing, each with a small answer, would take much memory together. If the account
// has no room, the connection is ended without an error message, which the client wouldn't read either.
void ClientConnection::count_unread() {
  if (unread_.set(output_.uncounted() + wire_.capacity())) return;
  shared_.log.warning("memory is full and the client reads nothing: the connection ends", id_);
  broken_ = true;
}

Task<bool> ClientConnection::send_rest() {
  const Deadline before = deadline_;
  while (!send_now()) {
    count_unread();
    if (broken_) break;
    deadline_ = std::min(before, deadline_in(session_ == nullptr ? worker_.limits().net_write_timeout
                                                                 : session_->timeouts().net_write));
    boost::system::error_code error;
    co_await socket_.async_wait(Socket::wait_write, boost::asio::redirect_error(kAwait, error));
    if (error) broken_ = true;
  }
  deadline_ = before;
  unread_.clear();
  co_return !broken_;
}

Task<bool> ClientConnection::flush() {
  if (!send_now()) co_return co_await send_rest();
  co_return !broken_;
}

// The client is still sending. Closing a socket with unread bytes resets the connection, and the client would
// never read the error. So the bytes that still come are read and dropped for a while.
Task<> ClientConnection::send_and_linger() {
  const bool sent = co_await flush();
  if (!sent) co_return;
  if (tls_ != nullptr) tls_->say_goodbye();
  boost::system::error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  deadline_ = std::min(deadline_, deadline_in(kLingerTime));
  protocol::PacketReader scratch(0);
  const auto space = scratch.space();
  std::uint64_t dropped = 0;
  boost::system::error_code error;
  while (!error && !broken_ && dropped < kLingerBytes) {
    dropped += co_await socket_.async_read_some(boost::asio::buffer(space.data(), space.size()),
                                                boost::asio::redirect_error(kAwait, error));
  }
}

void ClientConnection::kill(Interrupt how) {
  if (how == Interrupt::connection) {
    interrupt_.store(how);
  } else {
    Interrupt expected = Interrupt::none;
    interrupt_.compare_exchange_strong(expected, how);
  }
  boost::asio::post(worker_.context(), [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->on_interrupt();
  });
}

void ClientConnection::on_interrupt() {
  const Interrupt how = interrupted();
  if (how == Interrupt::none) return;
  if (suspended_) session_->interrupt();
  if (how == Interrupt::connection) cancel();
}

void ClientConnection::cancel() {
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void ClientConnection::drain() {
  if (reading_) cancel();
}

void ClientConnection::check(Deadline now) {
  if (now >= deadline_) {
    broken_ = true;
    cancel();
  } else if (suspended_ && interrupted() != Interrupt::connection && peer_is_gone()) {
    kill(Interrupt::connection);
  }
}

bool ClientConnection::peer_is_gone() {
  char byte = 0;
  const ssize_t count = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count == 0 || (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

}  // namespace breakwater::server
