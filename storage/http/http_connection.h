// One connection to one HTTP server: opened to an address that was checked, over TCP or TLS, then one
// exchange after the other. Beast and OpenSSL stay behind this header.
//
// A connection belongs to the executor it was opened on. Failures here are of the transport alone: an answer
// with any status is a success. What the text of a failure holds may be shown to the user.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "storage/http/http_message.h"
#include "storage/http/network_rules.h"
#include "storage/http/object_stream.h"
#include "storage/http/resolver.h"
#include "storage/pool/cancellation.h"

namespace breakwater::storage {

/// Where a connection goes, and so which connections may stand for one another.
struct Origin {
  bool tls = true;
  std::string host{};  ///< a name or an address, without brackets
  std::uint16_t port = 443;
  std::string ca_file{};
  auto operator<=>(const Origin&) const = default;
};

/// How long the steps of one attempt may take.
struct HttpTimes {
  std::chrono::milliseconds connect{5'000};         ///< TCP, one address
  std::chrono::milliseconds connect_total{10'000};  ///< name, TCP and TLS
  std::chrono::milliseconds idle{15'000};           ///< to the answer's first byte, and between bytes
};

struct TransportFailure {
  enum class Kind : std::uint8_t {
    refused,   ///< by the rules or the resolver: `error` says why
    connect,   ///< nothing was sent
    tls,       ///< neither; trying again won't help
    cut,       ///< the connection ended before the answer did
    timeout,   ///< idle too long, or the deadline passed
    protocol,  ///< no HTTP, or beyond a limit
    local,     ///< `error` comes from a Source, a Sink or the Cancellation
  };
  Kind kind = Kind::connect;
  std::string text{};     ///< "connect to 10.0.0.1:443: Connection refused"
  bool answered = false;  ///< a byte of the answer had come
  std::optional<Error> error{};
};
template <class T = void>
using Transported = std::expected<T, TransportFailure>;

/// A request as it goes over the wire.
struct WireRequest {
  std::string method{};
  std::string target{};
  HttpHeaders headers{};  ///< Host among them; not Content-Length

  bool has_body = false;
  std::span<const std::uint8_t> content{};  ///< the body, unless there is a source
  Source* source = nullptr;

  /// Takes the body of an answer with status `sink_status`. Other bodies, and all without a sink, come in the
  /// reply.
  Sink* sink = nullptr;
  unsigned sink_status = 200;
  std::size_t max_body = 0;  ///< of bodies in the reply; longer ones are a protocol failure
};

/// invalid_backup_dest (9026) for a request whose method, target or header holds what would end a line or
/// begin another request: a control character, or in method, target and a header's name also anything but
/// printable ASCII. No part of it is repeated. Every request passes here before its first byte is sent,
/// whoever made it.
Result<> check_wire(const WireRequest& request);

struct HttpReply {
  unsigned status = 0;
  HttpHeaders headers{};  ///< names in lower case
  std::string body{};
  std::uint64_t body_size = 0;  ///< bytes given to the sink or held in `body`
};

/// What opening a connection went through, for the proof's rows.
struct ConnectStep {
  enum class Kind : std::uint8_t { resolve, connect, tls };
  Kind kind = Kind::resolve;
  double milliseconds = 0;
  std::string seen{};  ///< "10.0.0.1, 10.0.0.2"; "10.0.0.1:443"; "TLSv1.3, certificate of .. until .."
  std::optional<Error> error{};  ///< of the last step, if it failed
};

class HttpConnection {
 public:
  virtual ~HttpConnection() = default;

  /// Nothing is sent of what check_wire() refuses. After a failure the connection is of no more use.
  virtual Task<Transported<HttpReply>> exchange(const WireRequest& request, const Call& call) = 0;

  /// The last answer lets the connection live, and the peer hasn't closed it or sent anything since.
  virtual bool reusable() = 0;

  virtual const boost::asio::ip::address& peer() const = 0;
};

/// Resolves, checks every address (one that is refused refuses them all), connects to one of those very
/// addresses, and for TLS (1.2 or newer) checks the certificate and its name. `steps` may be null.
Task<Transported<std::unique_ptr<HttpConnection>>> open_connection(const Origin& origin,
                                                                   const NetworkRules& rules,
                                                                   const HttpTimes& times, Resolver& resolver,
                                                                   const Call& call,
                                                                   std::vector<ConnectStep>* steps);

}  // namespace breakwater::storage
