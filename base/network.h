// Networks of addresses as settings name them: an address, or address/bits. Pure, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace breakwater {

struct Network {
  std::array<std::uint8_t, 16> address{};  ///< IPv4 as ::ffff:a.b.c.d
  unsigned bits = 0;

  /// Nothing: `text` is no address, or has more bits than an address.
  static std::optional<Network> parse(std::string_view text);
  /// False too for what is no address.
  bool contains(std::string_view address_text) const;
};

}  // namespace breakwater
