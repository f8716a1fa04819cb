// The listening sockets. Inside server/net only.
//
// A TCP address has one for each worker; the kernel distributes new connections among them, so that the
// thread that serves a connection accepts it. A unix socket has one listener, the first worker's.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "base/error.h"
#include "server/net/connection.h"

namespace breakwater::server {

/// Called with each new socket, on the thread of the worker that accepted it. The socket belongs to that
/// worker's io_context.
using OnAccept = std::function<void(Worker& worker, ClientConnection::Socket socket, Peer peer)>;

class Listener {
 public:
  virtual ~Listener() = default;
  /// "127.0.0.1:2881" or the path.
  virtual std::string where() const = 0;
  /// Begins to accept. Any thread; call it once.
  virtual void start(OnAccept on_accept) = 0;
  /// Stops accepting, on the worker's thread. Any thread may call it.
  virtual void close() = 0;
};

using Listeners = std::vector<std::unique_ptr<Listener>>;

/// One listener for each worker, all on the same port. `address`: "ADDR:PORT", "[ADDR6]:PORT"; port 0 means a
/// free one. Error: listen_failed, also if another program that would share the port listens there.
Result<Listeners> listen_tcp(std::span<const std::unique_ptr<Worker>> workers, const std::string& address,
                             Log& log);

/// Replaces a socket file on which nobody listens any more, but no other file. The file is removed when the
/// listener is closed. Error: listen_failed.
Result<std::unique_ptr<Listener>> listen_unix(Worker& worker, const std::string& path, Log& log);

}  // namespace breakwater::server
