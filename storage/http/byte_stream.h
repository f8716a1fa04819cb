// The connection under HTTP: TCP, plain or with TLS, as bytes in and bytes out, so that the code for HTTP is
// compiled once for both. Internal to the HTTP client.
#pragma once

#include <chrono>
#include <expected>
#include <memory>
#include <span>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include "base/task.h"

namespace breakwater::storage {

/// An operation gives its error as a value: `const auto [why, count] = co_await ...(use_result)`.
inline constexpr auto use_result = boost::asio::as_tuple(use_task);

using PlainStream = boost::beast::basic_stream<boost::asio::ip::tcp, Executor>;
using TlsStream = boost::beast::ssl_stream<PlainStream>;

/// Use it only on the executor of its socket; one read and one write at a time.
class ByteStream {
 public:
  template <class T>
  using Moved = std::expected<T, boost::system::error_code>;

  virtual ~ByteStream() = default;

  /// Reads at least one byte. Errors: asio::error::eof at the end, beast::error::timeout, the system's and
  /// OpenSSL's.
  virtual Task<Moved<std::size_t>> read_some(boost::asio::mutable_buffer into) = 0;
  /// Writes at least one byte of the buffers, in order, and returns how many.
  virtual Task<Moved<std::size_t>> write_some(std::span<const boost::asio::const_buffer> buffers) = 0;

  /// At `when`, a pending read or write fails with beast::error::timeout, and the connection is closed.
  virtual void expires_at(std::chrono::steady_clock::time_point when) = 0;
  /// A pending read or write fails now.
  virtual void close() = 0;
  /// While nothing is read or written: the peer hasn't closed the connection nor sent anything that an answer to the next
  /// request could be taken for.
  virtual bool is_quiet() = 0;
};

std::unique_ptr<ByteStream> make_byte_stream(PlainStream stream);
/// The stream keeps the context alive.
std::unique_ptr<ByteStream> make_byte_stream(TlsStream stream,
                                             std::shared_ptr<boost::asio::ssl::context> context);

}  // namespace breakwater::storage
