// IP addresses and networks, as settings and accounts name them and as clients have them. They are compared
// as numbers, since the same address has many spellings. Pure, any thread.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace breakwater {

struct Address {
  std::array<std::uint8_t, 16> bytes{};  ///< IPv4 as ::ffff:a.b.c.d

  /// "192.0.2.1", "::1", "::FFFF:192.0.2.1". Anything else is nullopt, an address with a zone (fe80::1%eth0)
  /// too.
  static std::optional<Address> parse(std::string_view text);
  static Address of_v4(const std::array<std::uint8_t, 4>& bytes);

  bool is_v4() const;
  /// The usual spelling; an IPv4-mapped IPv6 address is spelt as the IPv4 address.
  std::string text() const;
  /// The address that limits per address count by: for IPv6 the /64 network, since one customer has all of
  /// it.
  Address origin() const;

  auto operator<=>(const Address&) const = default;
};

struct AddressHash {
  std::size_t operator()(const Address& address) const;
};

struct Network {
  Address address{};
  unsigned bits = 0;  ///< the prefix's length, of 128; for IPv4 its own length + 96

  /// An address, or address/bits. Nullopt if `text` is no address or has more bits than an address.
  static std::optional<Network> parse(std::string_view text);
  /// An IPv4 address is only in networks of IPv4 addresses: ::/0 contains all of IPv6 and no IPv4.
  bool contains(const Address& address) const;
  /// False too if the text is no address.
  bool contains(std::string_view address_text) const;
};

/// A host's name or address, in lower case and without brackets, and a port.
struct HostPort {
  std::string host{};
  std::uint16_t port = 0;  ///< 0: none is given

  /// "host", "host:port", "192.0.2.1", "::1", "[::1]:port". Nullopt for anything else: a name has letters,
  /// digits, '-', '_' and '.', and at most 253 of them.
  static std::optional<HostPort> parse(std::string_view text);
  /// "http://host:port", with the port; a '/' may follow. Nothing else, so no user and no password.
  static std::optional<HostPort> parse_http_url(std::string_view text);
  /// "host:port", with brackets around an IPv6 address.
  std::string text() const;
};

/// Whether the text is a name or an address as HostPort has it.
bool is_host(std::string_view text);

}  // namespace breakwater
