#include "storage/http/network_rules.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace breakwater::storage {
namespace {

namespace ip = boost::asio::ip;

struct Network {
  std::uint32_t address;
  std::uint32_t mask;
  std::string_view what;
};

constexpr std::uint32_t v4(unsigned a, unsigned b, unsigned c, unsigned d) {
  return (a << 24U) | (b << 16U) | (c << 8U) | d;
}

constexpr std::string_view kMetadata = "a cloud's metadata service";
constexpr std::string_view kLinkLocal = "a link-local address";
constexpr std::string_view kNowhere = "no address of a machine";
constexpr std::string_view kTunnel =
    "a translator's or a tunnel's spelling of another address; give that one";
constexpr std::string_view kLoopback =
    "this machine itself; the setting backup_dest_allow_loopback would allow it";

constexpr std::uint32_t kWhole = 0xFFFFFFFFU;
constexpr std::array kRefusedV4 = {
    Network{v4(0, 0, 0, 0), v4(255, 0, 0, 0), kNowhere},
    Network{v4(169, 254, 0, 0), v4(255, 255, 0, 0), kLinkLocal},
    Network{v4(100, 100, 100, 200), kWhole, kMetadata},
    Network{v4(168, 63, 129, 16), kWhole, kMetadata},
    Network{v4(192, 0, 0, 192), kWhole, kMetadata},
    Network{v4(224, 0, 0, 0), v4(224, 0, 0, 0), kNowhere},  // multicast, reserved, broadcast
};

using V6 = ip::address_v6::bytes_type;

bool begins(const V6& bytes, std::initializer_list<std::uint8_t> prefix) {
  return std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

std::uint32_t v4_at(const V6& bytes, std::size_t at) {
  return v4(bytes.at(at), bytes.at(at + 1), bytes.at(at + 2), bytes.at(at + 3));
}

// The IPv4 address that an IPv6 address stands for: mapped, compatible, translated (NAT64) or 6to4.
std::optional<std::uint32_t> embedded_v4(const V6& bytes) {
  const bool zeros = begins(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  if (zeros && bytes[10] == 0xFF && bytes[11] == 0xFF) return v4_at(bytes, 12);
  if (zeros && bytes[10] == 0 && bytes[11] == 0) return v4_at(bytes, 12);
  if (begins(bytes, {0x00, 0x64, 0xFF, 0x9B})) return v4_at(bytes, 12);
  if (begins(bytes, {0x20, 0x02})) return v4_at(bytes, 2);
  return std::nullopt;
}

// The IPv4 addresses that an address of 64:ff9b:1::/48, for local NAT64, may stand for: by RFC 6052 the
// prefix may have 48, 56 or 64 bits, bits 64 to 71 are skipped, and the bits after the address are zero.
std::vector<std::uint32_t> local_nat64_v4(const V6& bytes) {
  std::vector<std::uint32_t> candidates;
  if (!begins(bytes, {0x00, 0x64, 0xFF, 0x9B, 0x00, 0x01})) return candidates;
  constexpr std::array<std::array<std::size_t, 4>, 3> kLayouts = {
      {{6, 7, 9, 10}, {7, 9, 10, 11}, {9, 10, 11, 12}}};
  for (const auto& at : kLayouts) {
    const auto behind = bytes.begin() + static_cast<std::ptrdiff_t>(at.back()) + 1;
    if (std::all_of(behind, bytes.end(), [](std::uint8_t byte) { return byte == 0; }))
      candidates.push_back(v4(bytes.at(at[0]), bytes.at(at[1]), bytes.at(at[2]), bytes.at(at[3])));
  }
  return candidates;
}

// SIIT ::ffff:0:a.b.c.d, Teredo 2001:0::/32, ISATAP ...:0:5efe:a.b.c.d and ...:200:5efe:a.b.c.d.
bool spells_v4_for_others(const V6& bytes) {
  const bool siit = begins(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0});
  const bool teredo = begins(bytes, {0x20, 0x01, 0, 0});
  // The bits "universal" and "group" of an interface identifier may be 0 or 1.
  const bool isatap = (bytes[8] & 0xFCU) == 0 && bytes[9] == 0 && bytes[10] == 0x5E && bytes[11] == 0xFE;
  return siit || teredo || isatap;
}

std::optional<std::string_view> refusal_v4(std::uint32_t address, const NetworkRules& rules, OwnAddress own) {
  for (const Network& network : kRefusedV4)
    if ((address & network.mask) == network.address) return network.what;
  if (rules.allow_loopback) return std::nullopt;
  if (address >> 24U == 127 || own(ip::address_v4(address))) return kLoopback;
  return std::nullopt;
}

std::optional<std::string_view> refusal_v6(const ip::address_v6& address, const NetworkRules& rules,
                                           OwnAddress own) {
  const V6 bytes = address.to_bytes();
  if (address.is_loopback())
    return rules.allow_loopback ? std::nullopt : std::optional<std::string_view>(kLoopback);
  if (spells_v4_for_others(bytes)) return kTunnel;
  std::vector<std::uint32_t> inner = local_nat64_v4(bytes);
  // For local NAT64 the form with a 96-bit prefix counts only if no other matches.
  if (const auto found = inner.empty() ? embedded_v4(bytes) : std::nullopt) inner.push_back(*found);
  for (const std::uint32_t address_v4 : inner)
    if (const auto why = refusal_v4(address_v4, rules, own)) return why;
  if (bytes[0] == 0xFE && (bytes[1] & 0xC0U) == 0x80) return kLinkLocal;
  if (bytes[0] == 0xFF) return kNowhere;
  constexpr V6 kAmazon = {0xFD, 0x00, 0x0E, 0xC2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54};
  constexpr V6 kGoogle = {0xFD, 0x20, 0x00, 0xCE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54};
  if (bytes == kAmazon || bytes == kGoogle) return kMetadata;
  if (!rules.allow_loopback && own(address)) return kLoopback;
  return std::nullopt;
}

bool names(std::string_view entry, std::string_view host, std::uint16_t port) {
  const bool bracketed = entry.starts_with('[');
  const std::size_t colon = bracketed ? entry.find("]:") : entry.rfind(':');
  const bool many_colons = !bracketed && std::ranges::count(entry, ':') > 1;  // an IPv6 address by itself
  if (colon != std::string_view::npos && !many_colons) {
    const std::size_t at = colon + (bracketed ? 2 : 1);
    if (entry.substr(at) != std::to_string(port)) return false;
    entry = entry.substr(0, at - 1);
  }
  if (bracketed && entry.ends_with(']')) entry = entry.substr(1, entry.size() - 2);
  if (entry.starts_with("*.")) return host.size() > entry.size() - 1 && host.ends_with(entry.substr(1));
  return host == entry;
}

}  // namespace

std::vector<std::string> allowed_endpoints(std::string_view setting) {
  std::vector<std::string> endpoints;
  while (!setting.empty()) {
    const std::size_t end = std::min(setting.find_first_of(", \t\r\n"), setting.size());
    if (end > 0 && setting.front() != '/') endpoints.push_back(ascii_lower(setting.substr(0, end)));
    setting.remove_prefix(std::min(end + 1, setting.size()));
  }
  return endpoints;
}

Result<> check_endpoint(std::string_view host, std::uint16_t port, const NetworkRules& rules) {
  if (!rules.restricted) return {};
  const std::string lower = ascii_lower(host);
  const auto matches = [&](const std::string& entry) { return names(entry, lower, port); };
  if (std::ranges::any_of(rules.endpoints, matches)) return {};
  return fail(error::invalid_backup_dest().with_hint(
      "The setting backup_dest_allow names the endpoints that may hold backups; this is none."));
}

std::optional<std::string_view> refusal(const ip::address& address, const NetworkRules& rules,
                                        OwnAddress own) {
  return address.is_v4() ? refusal_v4(address.to_v4().to_uint(), rules, own)
                         : refusal_v6(address.to_v6(), rules, own);
}

}  // namespace breakwater::storage
