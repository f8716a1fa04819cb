#include "base/network.h"

#include <algorithm>
#include <string>

#include <arpa/inet.h>

#include "base/text.h"

namespace breakwater {
namespace {

constexpr unsigned kMappedBits = 96;  ///< of ::ffff:0:0/96
constexpr std::size_t kMappedBytes = kMappedBits / 8;
constexpr unsigned kBits = 128;

}  // namespace

Address Address::of_v4(const std::array<std::uint8_t, 4>& bytes) {
  Address address;
  address.bytes[kMappedBytes - 2] = address.bytes[kMappedBytes - 1] = 0xFF;
  std::ranges::copy(bytes, address.bytes.begin() + kMappedBytes);
  return address;
}

std::optional<Address> Address::parse(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string copy(text);
  if (text.find(':') == std::string_view::npos) {
    std::array<std::uint8_t, 4> v4{};
    return ::inet_pton(AF_INET, copy.c_str(), v4.data()) == 1 ? std::optional(of_v4(v4)) : std::nullopt;
  }
  Address address;
  return ::inet_pton(AF_INET6, copy.c_str(), address.bytes.data()) == 1 ? std::optional(address)
                                                                        : std::nullopt;
}

bool Address::is_v4() const {
  const Address mapped = of_v4({});
  return std::equal(bytes.begin(), bytes.begin() + kMappedBytes, mapped.bytes.begin());
}

std::string Address::text() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* from = is_v4() ? bytes.data() + kMappedBytes : bytes.data();
  ::inet_ntop(is_v4() ? AF_INET : AF_INET6, from, text.data(), text.size());
  return text.data();
}

Address Address::origin() const {
  Address origin = *this;
  if (!is_v4()) std::fill(origin.bytes.begin() + 8, origin.bytes.end(), std::uint8_t{0});
  return origin;
}

std::size_t AddressHash::operator()(const Address& address) const {
  return StringHash{}({reinterpret_cast<const char*>(address.bytes.data()), address.bytes.size()});
}

std::optional<Network> Network::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = Address::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  if (slash == std::string_view::npos) return Network{.address = *address, .bits = kBits};
  const bool dotted = text.substr(0, slash).find(':') == std::string_view::npos;
  const unsigned outside = dotted ? kMappedBits : 0;
  const auto bits = whole_number<unsigned>(text.substr(slash + 1));
  if (!bits || *bits > kBits - outside) return std::nullopt;
  return Network{.address = *address, .bits = outside + *bits};
}

bool Network::contains(const Address& other) const {
  if (other.is_v4() && bits < kMappedBits) return false;
  const unsigned whole = bits / 8;
  if (!std::equal(other.bytes.begin(), other.bytes.begin() + whole, address.bytes.begin())) return false;
  const unsigned rest = bits % 8;
  return rest == 0 || (other.bytes[whole] ^ address.bytes[whole]) >> (8 - rest) == 0;
}

bool Network::contains(std::string_view address_text) const {
  const auto other = Address::parse(address_text);
  return other && contains(*other);
}

bool is_host(std::string_view text) {
  constexpr std::size_t kLongest = 253;
  if (Address::parse(text)) return true;
  return !text.empty() && text.size() <= kLongest && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '-' ||
           c == '.' || c == '_';
  });
}

std::optional<HostPort> HostPort::parse(std::string_view text) {
  if (Address::parse(text)) return HostPort{.host = ascii_lower(text)};
  std::string_view host = text.substr(0, text.find(':'));
  std::string_view rest = text.substr(host.size());
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    host = text.substr(1, close - 1);
    rest = text.substr(close + 1);
    if (host.find(':') == std::string_view::npos) return std::nullopt;
  }
  if (!is_host(host)) return std::nullopt;
  HostPort found{.host = ascii_lower(host)};
  if (rest.empty()) return found;
  if (!rest.starts_with(':')) return std::nullopt;
  found.port = whole_number<std::uint16_t>(rest.substr(1)).value_or(0);
  if (found.port == 0) return std::nullopt;
  return found;
}

std::optional<HostPort> HostPort::parse_http_url(std::string_view text) {
  constexpr std::string_view kScheme = "http://";
  if (!ascii_lower(text).starts_with(kScheme)) return std::nullopt;
  text.remove_prefix(kScheme.size());
  if (text.ends_with('/')) text.remove_suffix(1);
  auto found = parse(text);
  if (!found || found->port == 0) return std::nullopt;
  return found;
}

std::string HostPort::text() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace breakwater
