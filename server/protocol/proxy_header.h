// The PROXY protocol, versions 1 and 2 (haproxy's proxy-protocol.txt): what a proxy puts in front of a
// connection to say whose it is. Pure; reads nothing beyond its bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace breakwater::protocol {

inline constexpr std::size_t kMaxProxyHeader = 1024;  ///< bytes; version 2 may carry what we don't read

struct ProxyHeader {
  std::size_t size = 0;  ///< bytes of the header: the client's own follow
  std::string
      address{};  ///< as Address::text() spells it; empty: the proxy speaks for itself (LOCAL, UNKNOWN)
  std::uint16_t port = 0;
};

/// The header that `bytes` begin with; nothing: more bytes are needed. Error: handshake_error for what is no
/// header, or a longer one than kMaxProxyHeader.
Result<std::optional<ProxyHeader>> parse_proxy_header(std::string_view bytes);

}  // namespace breakwater::protocol
