#include "storage/http/byte_stream.h"

#include <utility>

#include <boost/asio/as_tuple.hpp>

namespace breakwater::storage {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

template <class Stream>
class StreamBytes final : public ByteStream {
 public:
  StreamBytes(Stream stream, std::shared_ptr<asio::ssl::context> context)
      : context_(std::move(context)), stream_(std::move(stream)) {}

  Task<Moved<std::size_t>> read_some(asio::mutable_buffer into) override {
    const auto [why, count] = co_await stream_.async_read_some(into, use_result);
    if (why) co_return std::unexpected(why);
    co_return count;
  }

  Task<Moved<std::size_t>> write_some(std::span<const asio::const_buffer> buffers) override {
    const auto [why, count] = co_await stream_.async_write_some(buffers, use_result);
    if (why) co_return std::unexpected(why);
    co_return count;
  }

  void expires_at(std::chrono::steady_clock::time_point when) override { lowest().expires_at(when); }
  void close() override { lowest().close(); }
  asio::ip::tcp::socket::native_handle_type socket() override { return lowest().socket().native_handle(); }

 private:
  PlainStream& lowest() { return beast::get_lowest_layer(stream_); }

  std::shared_ptr<asio::ssl::context> context_;
  Stream stream_;
};

}  // namespace

std::unique_ptr<ByteStream> make_byte_stream(PlainStream stream) {
  return std::make_unique<StreamBytes<PlainStream>>(std::move(stream), nullptr);
}

std::unique_ptr<ByteStream> make_byte_stream(TlsStream stream, std::shared_ptr<asio::ssl::context> context) {
  return std::make_unique<StreamBytes<TlsStream>>(std::move(stream), std::move(context));
}

}  // namespace breakwater::storage
