#include "base/network.h"

#include <algorithm>
#include <charconv>
#include <string>

#include <arpa/inet.h>

namespace breakwater {
namespace {

constexpr std::size_t kMappedPrefix = 12;  ///< bytes of ::ffff:0:0/96
constexpr unsigned kBits = 128;

std::optional<Network> parse_address(std::string_view text) {
  const std::string copy(text);
  Network network{.bits = kBits};
  if (::inet_pton(AF_INET6, copy.c_str(), network.address.data()) == 1) return network;
  network.address[10] = network.address[11] = 0xFF;
  std::fill_n(network.address.begin(), 10, std::uint8_t{0});
  if (::inet_pton(AF_INET, copy.c_str(), network.address.data() + kMappedPrefix) == 1) return network;
  return std::nullopt;
}

}  // namespace

std::optional<Network> Network::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  auto network = parse_address(text.substr(0, slash));
  if (!network || slash == std::string_view::npos) return network;
  const bool is_v4 = text.substr(0, slash).find(':') == std::string_view::npos;
  const unsigned width = is_v4 ? 32 : kBits;
  const std::string_view digits = text.substr(slash + 1);
  unsigned bits = 0;
  const auto [end, wrong] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (wrong != std::errc() || end != digits.data() + digits.size() || bits > width) return std::nullopt;
  network->bits = kBits - width + bits;
  return network;
}

bool Network::contains(std::string_view address_text) const {
  const auto other = parse_address(address_text);
  if (!other) return false;
  for (unsigned bit = 0; bit < bits; ++bit) {
    const unsigned mask = 0x80U >> (bit % 8);
    if ((address[bit / 8] & mask) != (other->address[bit / 8] & mask)) return false;
  }
  return true;
}

}  // namespace breakwater
