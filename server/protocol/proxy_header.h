// The PROXY protocol, versions 1 and 2 (haproxy's proxy-protocol.txt): a header at the start of a connection
// by which a proxy names the client. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace breakwater::protocol {

inline constexpr std::size_t kMaxProxyHeader = 1024;  ///< bytes; version 2 may have fields that we don't read

struct ProxyHeader {
  std::size_t size = 0;  ///< bytes of the header; the client's bytes follow
  /// As Address::text() spells it. Empty: the connection is the proxy's own (LOCAL, UNKNOWN).
  std::string address{};
  std::uint16_t port = 0;
};

/// The header that `bytes` begin with; nullopt if more bytes are needed. Error: handshake_error (1043) if
/// there is no header, or one longer than kMaxProxyHeader.
Result<std::optional<ProxyHeader>> parse_proxy_header(std::string_view bytes);

}  // namespace breakwater::protocol
