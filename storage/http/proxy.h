// The HTTP proxy between the server and object stores, by backup_dest_proxy or the environment. Only for the
// files of this room and for bucket_address.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/network.h"
#include "base/secret.h"
#include "storage/http/network_rules.h"

namespace breakwater::storage {

struct Proxy {
  HostPort place{};
  Secret authorization{};  ///< "Basic ..."; empty: none
};

inline constexpr std::size_t kMaxProxyPassword = 1024;  ///< bytes of "user:password"

/// The proxy for a host, or nullopt: none is set, or no_proxy names the host. Reads the environment and the
/// file of the password. Error: invalid_config (4147) with a hint that shows neither.
Result<std::optional<Proxy>> find_proxy(bool tls, std::string_view host, std::uint16_t port,
                                        const NetworkRules& rules);

/// Whether an entry of a no_proxy list ("example.com, .example.org:8443, 10.0.0.1, *") names the host: itself
/// or a domain that it is in.
bool named_in_no_proxy(std::string_view list, std::string_view host, std::uint16_t port);

/// The request that asks the proxy for a way to a host. Error: invalid_backup_dest (9026) if the host is none:
/// nothing that could end a line is sent.
Result<Secret> connect_request(const HostPort& store, const Proxy& proxy);

/// The status of the proxy's answer to that, whose head this is; nullopt if it is no HTTP.
std::optional<unsigned> connect_status(std::string_view head);

/// What a status says that opens no way: "the proxy p:3128 wants a user and a password ...".
std::string refusal_by_proxy(unsigned status, const Proxy& proxy, std::string_view target);

/// Whether the same request may open the way soon.
bool proxy_worth_retrying(unsigned status);

}  // namespace breakwater::storage
