// One connection to one HTTP server, over TCP or TLS: opened to an address that was checked, then used for
// one exchange after the other. Beast and OpenSSL are hidden by this header.
//
// Use a connection only on the executor that it was opened on. Failures here are failures of the transport:
// an answer with any status is a success. The text of a failure may be shown to the user.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/http/http_message.h"
#include "storage/http/network_rules.h"
#include "storage/http/object_stream.h"
#include "storage/http/resolver.h"
#include "storage/pool/cancellation.h"

namespace breakwater::storage {

/// The server that a connection goes to. Connections with the same origin are interchangeable.
struct Origin {
  bool tls = true;
  std::string host{};  ///< a name or an address, without brackets
  std::uint16_t port = 443;
  std::string ca_file{};
  std::string proxy{};  ///< "host:port" of the proxy on the way, or empty; see find_proxy()
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
    refused,   ///< by the rules or the resolver: see `error`
    connect,   ///< no connection; nothing was sent
    tls,       ///< no TLS; nothing was sent, and trying again won't help
    scheme,    ///< the port speaks TLS where we don't, or the other way round: `text` says what to write
    cut,       ///< the connection ended before the answer did
    timeout,   ///< idle too long, or the deadline passed
    protocol,  ///< the answer is no HTTP, or beyond a limit
    proxy,     ///< the proxy can't be reached, or can't reach the store; nothing was sent to that
    barred,    ///< the proxy refuses, or is none, and trying again won't help
    local,     ///< `error` comes from a Source, a Sink or the Cancellation
  };
  Kind kind = Kind::connect;
  std::string text{};     ///< "connect to 10.0.0.1:443: Connection refused"
  bool answered = false;  ///< at least one byte of the answer arrived
  std::optional<Error> error{};
};
/// Ends the text about a failure of Kind::proxy or Kind::barred.
inline constexpr std::string_view kProxyAdvice =
    " The proxy is that of the setting backup_dest_proxy; the store itself wasn't reached.";

template <class T = void>
using Transported = std::expected<T, TransportFailure>;

/// A request as it goes over the wire.
struct WireRequest {
  std::string method{};
  std::string target{};
  HttpHeaders headers{};  ///< with Host, without Content-Length

  bool has_body = false;
  std::span<const std::uint8_t> content{};  ///< the body, unless there is a source
  Source* source = nullptr;

  /// Takes the body of an answer with status `sink_status`. All other bodies are in the reply.
  Sink* sink = nullptr;
  unsigned sink_status = 200;
  std::size_t max_body = 0;  ///< bytes of a body in the reply; a longer one is a protocol failure
};

/// Every request is checked here before its first byte is sent. Error: invalid_backup_dest (9026) if the
/// method, the target or a header has a control character, which could end a line or begin another request,
/// or if the method, the target or a header's name has anything but printable ASCII. The error repeats no
/// part of it.
Result<> check_wire(const WireRequest& request);

struct HttpReply {
  unsigned status = 0;
  HttpHeaders headers{};  ///< names in lower case
  std::string body{};
  std::uint64_t body_size = 0;  ///< bytes given to the sink or in `body`
};

/// A step of opening a connection, for the proof's rows.
struct ConnectStep {
  enum class Kind : std::uint8_t { resolve, connect, tls };
  Kind kind = Kind::resolve;
  double milliseconds = 0;
  std::string seen{};  ///< "10.0.0.1, 10.0.0.2"; "10.0.0.1:443"; "TLSv1.3, certificate of .. until .."
  std::optional<Error> error{};  ///< of the last step, if it failed
};

inline constexpr std::chrono::milliseconds kProxyResolve{2'000};

class HttpConnection {
 public:
  virtual ~HttpConnection() = default;

  /// Sends nothing of a request that check_wire() refuses. After a failure the connection can't be used
  /// again.
  virtual Task<Transported<HttpReply>> exchange(const WireRequest& request, const Call& call) = 0;

  /// Whether the last answer, if there was one, allows another exchange, and the peer hasn't closed the connection or sent
  /// anything since.
  virtual bool reusable() = 0;

  /// The store's address that was checked. None if a proxy finds the store by its name.
  virtual const std::optional<boost::asio::ip::address>& checked() const = 0;
};

/// Resolves the name, checks every address (if one is refused, all are), connects to one of these addresses,
/// and for TLS (1.2 or newer) checks the certificate and its name. If the rules name a proxy, it connects to
/// that, whose address isn't checked since the server's administrator names it, and which connects to the
/// store; then an address of the store is checked only if the host is one or the resolver finds one within
/// kProxyResolve. `steps` may be null.
Task<Transported<std::unique_ptr<HttpConnection>>> open_connection(const Origin& origin,
                                                                   const NetworkRules& rules,
                                                                   const HttpTimes& times, Resolver& resolver,
                                                                   const Call& call,
                                                                   std::vector<ConnectStep>* steps);

}  // namespace breakwater::storage
