// IP addresses and networks of them: what settings and accounts name, where clients come from. Compared as
// numbers, never as text, which has many spellings. Pure, any thread.
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

  /// "192.0.2.1", "::1", "::FFFF:192.0.2.1". Nothing for anything else, a zone (fe80::1%eth0) too.
  static std::optional<Address> parse(std::string_view text);
  static Address of_v4(const std::array<std::uint8_t, 4>& bytes);

  bool is_v4() const;
  /// The usual spelling; an IPv4 address in IPv6's clothes is that IPv4 address.
  std::string text() const;
  /// Whom limits for an address count: an IPv6 address stands for its /64, which is one customer's.
  Address origin() const;

  auto operator<=>(const Address&) const = default;
};

struct AddressHash {
  std::size_t operator()(const Address& address) const;
};

struct Network {
  Address address{};
  unsigned bits = 0;  ///< of 128; an IPv4 network's own and 96

  /// An address, or address/bits. Nothing: `text` is no address, or has more bits than an address.
  static std::optional<Network> parse(std::string_view text);
  /// An IPv4 address is in networks of IPv4 addresses alone: ::/0 is all of IPv6.
  bool contains(const Address& address) const;
  /// False too for what is no address.
  bool contains(std::string_view address_text) const;
};

}  // namespace breakwater
