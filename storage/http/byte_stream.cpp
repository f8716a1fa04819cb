#include "storage/http/byte_stream.h"

#include <cerrno>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <poll.h>
#include <sys/socket.h>

namespace breakwater::storage {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

/// The type of a TLS record: all of TLS 1.3 behind the handshake.
constexpr std::uint8_t kApplicationData = 23;

bool hung_up(int socket) {
  pollfd state{.fd = socket, .events = POLLRDHUP, .revents = 0};
  return ::poll(&state, 1, 0) != 0;
}

template <class Stream>
class StreamBytes final : public ByteStream {
 public:
  StreamBytes(Stream stream, std::shared_ptr<asio::ssl::context> context)
      : context_(std::move(context)), stream_(std::move(stream)) {}

  Task<Moved<std::size_t>> read_some(asio::mutable_buffer into) override {
    const auto [why, count] = co_await stream_.async_read_some(into, use_result);
    if (why) co_return std::unexpected(why);
    answered_ = true;
    co_return count;
  }

  Task<Moved<std::size_t>> write_some(std::span<const asio::const_buffer> buffers) override {
    const auto [why, count] = co_await stream_.async_write_some(buffers, use_result);
    if (why) co_return std::unexpected(why);
    co_return count;
  }

  void expires_at(std::chrono::steady_clock::time_point when) override { lowest().expires_at(when); }
  void close() override { lowest().close(); }

  bool is_quiet() override {
    const int socket = lowest().socket().native_handle();
    std::uint8_t first = 0;
    const auto count = ::recv(socket, &first, 1, MSG_PEEK | MSG_DONTWAIT);
    if (count < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
    return count > 0 && tickets_may_wait() && first == kApplicationData && !hung_up(socket);
  }

 private:
  // A server sends TLS 1.3's session tickets behind the handshake without being asked. They are read with the first answer.
  bool tickets_may_wait() {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      return !answered_ && SSL_version(stream_.native_handle()) == TLS1_3_VERSION;
    } else {
      return false;
    }
  }

  PlainStream& lowest() { return beast::get_lowest_layer(stream_); }

  std::shared_ptr<asio::ssl::context> context_;
  Stream stream_;
  bool answered_ = false;
};

}  // namespace

std::unique_ptr<ByteStream> make_byte_stream(PlainStream stream) {
  return std::make_unique<StreamBytes<PlainStream>>(std::move(stream), nullptr);
}

std::unique_ptr<ByteStream> make_byte_stream(TlsStream stream, std::shared_ptr<asio::ssl::context> context) {
  return std::make_unique<StreamBytes<TlsStream>>(std::move(stream), std::move(context));
}

}  // namespace breakwater::storage
