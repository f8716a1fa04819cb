// The sockets that accept. Inside server/net only; everything runs on the first worker's thread, except where
// said.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "base/error.h"
#include "server/net/connection.h"

namespace breakwater::server {

/// What is done with a new socket; called on the first worker's thread. The socket belongs to `worker`'s
/// context.
using OnAccept = std::function<void(Worker& worker, ClientConnection::Socket socket, Peer peer)>;
/// The worker that the next connection goes to.
using NextWorker = std::function<Worker&()>;

class Listener {
 public:
  virtual ~Listener() = default;
  /// "127.0.0.1:2881" or the path.
  virtual std::string where() const = 0;
  /// Begins to accept. Any thread, once.
  virtual void start(NextWorker next, OnAccept on_accept) = 0;
  virtual void close() = 0;
};

/// `address`: "ADDR:PORT", "[ADDR6]:PORT". Port 0: a free one. Error: listen_failed.
Result<std::unique_ptr<Listener>> listen_tcp(Worker& worker, const std::string& address, Log& log);

/// Replaces a socket file that nobody listens on any more; any other file is left alone. The file is removed
/// when the listener is closed. Error: listen_failed.
Result<std::unique_ptr<Listener>> listen_unix(Worker& worker, const std::string& path, Log& log);

}  // namespace breakwater::server
