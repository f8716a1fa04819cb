// Which endpoints and addresses a destination may have. A SQL user names the endpoint, so the server must not
// let that user reach network services of the machine itself (SSRF).
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
  bool restricted = false;               ///< backup_dest_allow isn't empty: only `endpoints` are permitted
  std::vector<std::string> endpoints{};  ///< see allowed_endpoints()
  bool allow_http = false;               ///< backup_dest_allow_http
  bool allow_loopback = false;           ///< backup_dest_allow_loopback
  std::string ca_file{};                 ///< backup_dest_ca_file: PEM; the system's authorities count too
  std::string proxy{};                   ///< backup_dest_proxy: empty, kProxyOfEnvironment, http://host:port
  std::string proxy_auth_file{};         ///< backup_dest_proxy_auth_file: holds user:password
};

/// backup_dest_proxy's value for "as https_proxy, http_proxy and no_proxy say".
inline constexpr std::string_view kProxyOfEnvironment = "environment";

/// The entries of a backup_dest_allow list ("/backup, oss.example.com:8443, *.example.org") that aren't path
/// roots, in lower case.
std::vector<std::string> allowed_endpoints(std::string_view setting);

/// Checks `host` (without the bucket, no brackets) and `port` against the allow-list. An entry without a port
/// stands for every port, "*.example.org" for every name below it. Error: invalid_backup_dest (9026) with a
/// hint.
Result<> check_endpoint(std::string_view host, std::uint16_t port, const NetworkRules& rules);

/// Whether an address is the machine's own: is_own_address(), or a test's function.
using OwnAddress = bool (*)(const boost::asio::ip::address& address);

/// Why no connection may go to the address, or nullopt if it may. The rules can't allow link-local addresses,
/// the metadata services of clouds, multicast, broadcast and "this network", nor IPv6 addresses that contain
/// such an IPv4 address (mapped, compatible, NAT64, 6to4), nor those that carry an IPv4 address for a
/// translator or a tunnel (SIIT, Teredo, ISATAP). Loopback, and in every spelling the addresses that `own`
/// says are this machine's, are allowed only if the rules allow loopback.
std::optional<std::string_view> refusal(const boost::asio::ip::address& address, const NetworkRules& rules,
                                        OwnAddress own);

}  // namespace breakwater::storage
