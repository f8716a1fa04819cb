#include "server/net/listener.h"

#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/guard.h"
#include "base/handler_memory.h"
#include "base/text.h"

namespace breakwater::server {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using Unix = asio::local::stream_protocol;

constexpr int kBacklog = 1024;
constexpr std::chrono::milliseconds kAcceptPause{100};  ///< when the system has no descriptors left
constexpr std::chrono::seconds kAcceptLines{1};         ///< between two lines about that
constexpr int kKeepaliveIdle = 120;                     ///< seconds
constexpr int kKeepaliveInterval = 15;
constexpr int kKeepaliveProbes = 4;
constexpr ::mode_t kSocketMode = 0777;  ///< for everybody: passwords protect, as over loopback

Peer peer_of(const Tcp::endpoint& endpoint) {
  asio::ip::address address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  return {.address = address.to_string(),
          .ip = address.is_v4() ? Address::of_v4(address.to_v4().to_bytes())
                                : Address{.bytes = address.to_v6().to_bytes()},
          .port = endpoint.port(),
          .unix_socket = false,
          .local = address.is_loopback()};
}

Peer peer_of(const Unix::endpoint& /*endpoint*/) {
  return {.address = "localhost", .port = 0, .unix_socket = true, .local = true};
}

void set_option(int socket, int level, int name, int value) {
  ::setsockopt(socket, level, name, &value, sizeof value);
}

// Accepted sockets inherit the options of the listening socket.
void prepare(asio::basic_socket_acceptor<Tcp, Executor>& acceptor) {
  const int handle = acceptor.native_handle();
  set_option(handle, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(handle, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(handle, IPPROTO_TCP, TCP_KEEPIDLE, kKeepaliveIdle);
  set_option(handle, IPPROTO_TCP, TCP_KEEPINTVL, kKeepaliveInterval);
  set_option(handle, IPPROTO_TCP, TCP_KEEPCNT, kKeepaliveProbes);
}
void prepare(asio::basic_socket_acceptor<Unix, Executor>& /*acceptor*/) {}

std::string text_of(const Tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  const std::string port = std::to_string(endpoint.port());
  return endpoint.address().is_v6() ? "[" + address + "]:" + port : address + ":" + port;
}
std::string text_of(const Unix::endpoint& endpoint) {
  return endpoint.path();
}

/// Whether other sockets of this user may listen on the same address.
enum class Place : std::uint8_t { own, shared };

void remove_file(const Tcp::endpoint& /*endpoint*/) {}
void remove_file(const Unix::endpoint& endpoint) {
  ::unlink(endpoint.path().c_str());
}

template <class Protocol>
class ProtocolListener final : public Listener {
 public:
  using Endpoint = typename Protocol::endpoint;
  using Acceptor = asio::basic_socket_acceptor<Protocol, Executor>;

  ProtocolListener(Worker& worker, Log& log)
      : worker_(worker), acceptor_(worker.executor()), timer_(worker.executor()), log_(log) {}
  ~ProtocolListener() override {
    life_->listener = nullptr;
    shut();
  }
  ProtocolListener(const ProtocolListener&) = delete;
  ProtocolListener& operator=(const ProtocolListener&) = delete;

  boost::system::error_code open(const Endpoint& endpoint, Place place) {
    boost::system::error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(typename Acceptor::reuse_address(true), error);
    if (!error && place == Place::shared) set_option(acceptor_.native_handle(), SOL_SOCKET, SO_REUSEPORT, 1);
    if (!error) acceptor_.bind(endpoint, error);
    bound_ = !error;
    if (!error) prepare(acceptor_);
    if (!error) acceptor_.listen(kBacklog, error);
    if (!error) endpoint_ = acceptor_.local_endpoint(error);
    return error;
  }

  const Endpoint& endpoint() const { return endpoint_; }
  std::string where() const override { return text_of(endpoint_); }

  void start(OnAccept on_accept) override {
    on_accept_ = std::move(on_accept);
    begin();
  }

  void close() override {
    asio::post(acceptor_.get_executor(), [this] { shut(); });
  }

 private:
  void shut() {
    if (!acceptor_.is_open()) return;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    if (bound_) remove_file(endpoint_);
  }

  /// Outlives the listener, for handlers that are left in the worker's io_context.
  struct Life {
    ProtocolListener* listener;
    HandlerMemory accept_memory{};
    HandlerMemory timer_memory{};
  };
  using LifePtr = std::shared_ptr<Life>;

  /// Whatever ends the coroutine that accepts, want of memory too, another one begins: the server must go on
  /// accepting.
  class Begins {
   public:
    explicit Begins(LifePtr life) : life_(std::move(life)) {}
    Begins(const Begins&) = delete;
    Begins& operator=(const Begins&) = delete;
    ~Begins() {
      if (life_->listener != nullptr) life_->listener->begin_later();
    }

   private:
    LifePtr life_;
  };

  void begin() {
    bool begun = false;
    call_guarded(log_, "a listener", [&] {
      asio::co_spawn(acceptor_.get_executor(), accept_all(life_), asio::detached);
      begun = true;
    });
    if (!begun) begin_later();
  }

  // A timer may need memory, since Asio's list of timers may grow; a post takes no memory.
  void begin_later() noexcept {
    if (!acceptor_.is_open()) return;
    auto again = [life = life_](boost::system::error_code error = {}) {
      if (!error && life->listener != nullptr) life->listener->begin();
    };
    bool waits = false;
    call_guarded(log_, "a listener", [&] {
      timer_.expires_after(kAcceptPause);
      timer_.async_wait(asio::bind_allocator(life_->timer_memory.allocator(), again));
      waits = true;
    });
    if (!waits)
      asio::post(acceptor_.get_executor(), asio::bind_allocator(life_->timer_memory.allocator(), again));
  }

  Task<> accept_all(LifePtr life) {
    const Begins another(life);
    while (acceptor_.is_open()) {
      Endpoint from;
      boost::system::error_code error;
      asio::basic_stream_socket<Protocol, Executor> socket = co_await acceptor_.async_accept(
          worker_.executor(), from,
          asio::bind_allocator(life->accept_memory.allocator(),
                               asio::redirect_error(asio::use_awaitable_t<Executor>{}, error)));
      if (life->listener == nullptr) co_return;
      if (error) {
        if (acceptor_.is_open() && error != asio::error::connection_aborted) co_await pause(error);
        continue;
      }
      call_guarded(log_, "a listener",
                   [&] { on_accept_(worker_, ClientConnection::Socket(std::move(socket)), peer_of(from)); });
    }
  }

  Task<> pause(boost::system::error_code why) {
    if (const auto now = std::chrono::steady_clock::now(); now - said_ >= kAcceptLines) {
      said_ = now;
      log_.error("can't accept connections on " + where() + ": " + why.message());
    }
    timer_.expires_after(kAcceptPause);
    boost::system::error_code ignored;
    co_await timer_.async_wait(asio::bind_allocator(
        life_->timer_memory.allocator(), asio::redirect_error(asio::use_awaitable_t<Executor>{}, ignored)));
  }

  using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                           asio::wait_traits<std::chrono::steady_clock>, Executor>;

  const LifePtr life_ = std::make_shared<Life>(this);
  OnAccept on_accept_{};
  Worker& worker_;
  Acceptor acceptor_;
  Timer timer_;
  Endpoint endpoint_;
  bool bound_ = false;                            ///< the socket's file is ours
  std::chrono::steady_clock::time_point said_{};  ///< when the last line about failed accepts was logged
  Log& log_;
};

std::optional<Tcp::endpoint> parse_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const auto port = whole_number<std::uint16_t>(text.substr(colon + 1));
  if (!port) return std::nullopt;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  boost::system::error_code not_an_address;
  const auto address = asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, not_an_address);
  if (not_an_address) return std::nullopt;
  return Tcp::endpoint(address, *port);
}

template <class Protocol>
Result<std::unique_ptr<ProtocolListener<Protocol>>> listen_at(Worker& worker,
                                                              const typename Protocol::endpoint& endpoint,
                                                              Place place, Log& log) {
  auto listener = std::make_unique<ProtocolListener<Protocol>>(worker, log);
  if (const auto error = listener->open(endpoint, place)) {
    return fail(error::listen_failed(text_of(endpoint), error.message()));
  }
  return listener;
}

bool is_dead_socket(const std::string& path) {
  struct ::stat info{};
  if (::lstat(path.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode)) return false;
  asio::io_context context;
  Unix::socket probe(context);
  boost::system::error_code error;
  probe.connect(Unix::endpoint(path), error);
  return error == asio::error::connection_refused;
}

}  // namespace

// Another server of the same user could share a port with SO_REUSEPORT without an error. So the port is first
// bound without sharing and released again: that fails if anybody listens there.
Result<Listeners> listen_tcp(std::span<const std::unique_ptr<Worker>> workers, const std::string& address,
                             Log& log) {
  auto endpoint = parse_address(address);
  if (!endpoint) return fail(error::listen_failed(address, "it is not ADDRESS:PORT, such as 127.0.0.1:2881"));
  const Place place = workers.size() > 1 ? Place::shared : Place::own;
  if (place == Place::shared && endpoint->port() != 0)
    BW_CHECK(listen_at<Tcp>(*workers.front(), *endpoint, Place::own, log));
  Listeners listeners;
  for (const auto& worker : workers) {
    BW_TRY(auto listener, listen_at<Tcp>(*worker, *endpoint, place, log));
    endpoint = listener->endpoint();
    listeners.push_back(std::move(listener));
  }
  return listeners;
}

Result<std::unique_ptr<Listener>> listen_unix(Worker& worker, const std::string& path, Log& log) {
  constexpr std::size_t kMaxPath = sizeof(::sockaddr_un::sun_path) - 1;
  if (path.size() > kMaxPath) {
    return fail(error::listen_failed(path, "the path is longer than " + std::to_string(kMaxPath) + " bytes"));
  }
  if (is_dead_socket(path)) ::unlink(path.c_str());
  BW_TRY(std::unique_ptr<Listener> listener, listen_at<Unix>(worker, Unix::endpoint(path), Place::own, log));
  ::chmod(path.c_str(), kSocketMode);
  return listener;
}

}  // namespace breakwater::server
