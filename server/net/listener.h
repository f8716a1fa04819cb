// The sockets that accept. Inside server/net only.
//
// A TCP address has one for each worker: what comes is shared out among them by the kernel, so that a
// connection is accepted by the thread that serves it. A unix socket has one, the first worker's.
#pragma once

#include <cstdint>
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

/// What is done with a new socket; called on the thread of the worker that accepted it, to whose context the
/// socket belongs.
using OnAccept = std::function<void(Worker& worker, ClientConnection::Socket socket, Peer peer)>;

class Listener {
 public:
  virtual ~Listener() = default;
  /// "127.0.0.1:2881" or the path.
  virtual std::string where() const = 0;
  /// Begins to accept. Any thread, once.
  virtual void start(OnAccept on_accept) = 0;
  /// Accepts no more. Any thread; done on the worker's.
  virtual void close() = 0;
};

using Listeners = std::vector<std::unique_ptr<Listener>>;

/// One for each worker, on one port. `address`: "ADDR:PORT", "[ADDR6]:PORT". Port 0: a free one. Error:
/// listen_failed, also where another program listens there that would share the port.
Result<Listeners> listen_tcp(std::span<const std::unique_ptr<Worker>> workers, const std::string& address,
                             Log& log);

/// Replaces a socket file that nobody listens on any more; any other file is left alone. The file is removed
/// when the listener is closed. Error: listen_failed.
Result<std::unique_ptr<Listener>> listen_unix(Worker& worker, const std::string& path, Log& log);

}  // namespace breakwater::server
