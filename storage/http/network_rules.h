// Which endpoints and addresses a destination may have. A SQL user names the endpoint, so the server must not
// become that user's way into the machine's own network services (SSRF).
//
// All functions are pure; any thread may call them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "base/error.h"

namespace breakwater::storage {

/// What the settings decide.
struct NetworkRules {
  bool restricted = false;               ///< backup_dest_allow isn't empty: only the endpoints that it names
  std::vector<std::string> endpoints{};  ///< see allowed_endpoints()
  bool allow_http = false;               ///< backup_dest_allow_http
  bool allow_loopback = false;           ///< backup_dest_allow_loopback
  std::string ca_file{};                 ///< backup_dest_ca_file: PEM, beside the system's authorities
};

/// A backup_dest_allow list as written ("/backup, oss.example.com:8443, *.example.org") gives the entries
/// that aren't path roots, in lower case.
std::vector<std::string> allowed_endpoints(std::string_view setting);

/// `host` (without the bucket, no brackets) and `port` against the allow-list. An entry without a port stands
/// for every port, "*.example.org" for every name below it. invalid_backup_dest (9026) with a hint.
Result<> check_endpoint(std::string_view host, std::uint16_t port, const NetworkRules& rules);

/// Whether an address is the machine's own: is_own_address(), or what a test says.
using OwnAddress = bool (*)(const boost::asio::ip::address& address);

/// Why no connection may go to that address; nothing: it may. Link-local addresses, the metadata services of
/// clouds, multicast, broadcast and "this network" are refused whatever the rules, also where an IPv6 address
/// holds such an IPv4 address (mapped, compatible, NAT64, 6to4). So are all that spell an IPv4 address for a
/// translator or a tunnel: SIIT, Teredo, ISATAP. Loopback and what `own` says is this machine's, however it
/// is spelt, only if the rules allow loopback.
std::optional<std::string_view> refusal(const boost::asio::ip::address& address, const NetworkRules& rules,
                                        OwnAddress own);

}  // namespace breakwater::storage
