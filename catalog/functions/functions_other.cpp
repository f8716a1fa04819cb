// The rest that clients call by name: addresses, UUIDs, tests, comparing functions.
#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <arpa/inet.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "catalog/functions/call.h"

namespace breakwater::catalog {

namespace {

constexpr std::size_t kIpv6Length = 45;  // with an IPv4 address at its end

void inet_aton(Call& c) {
  std::uint64_t value = 0;
  std::uint64_t part = 0;
  int dots = 0;
  for (const char byte : c.text(0)) {
    if (byte == '.') {
      value = value * 256 + part;
      part = 0;
      ++dots;
    } else if (byte >= '0' && byte <= '9') {
      part = part * 10 + static_cast<std::uint64_t>(byte - '0');
    } else {
      return c.give_null();
    }
    if (part > 255 || dots > 3) return c.give_null();
  }
  if (c.text(0).empty() || c.text(0).back() == '.') return c.give_null();
  for (; dots < 3; ++dots) value *= 256;  // 127.1 is 127.0.0.1
  c.give(static_cast<std::int64_t>(value * 256 + part));
}

void inet_ntoa(Call& c) {
  const std::int64_t value = c.integer(0);
  if (value < 0 || value > 0xFFFFFFFF) return c.give_null();
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) {
    out += std::to_string((value >> shift) & 255);
    if (shift > 0) out += '.';
  }
  c.give(out);
}

using Ipv4 = std::array<char, sizeof(in_addr)>;
using Ipv6 = std::array<char, sizeof(in6_addr)>;

/// Four numbers of one to three digits, leading zeros among them.
std::optional<Ipv4> read_ipv4(std::string_view text) {
  Ipv4 bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::size_t digits = std::min(text.find('.'), text.size());
    unsigned value = 256;
    const auto read = std::from_chars(text.data(), text.data() + digits, value);
    if (digits > 3 || value > 255 || read.ptr != text.data() + digits) return std::nullopt;
    bytes[i] = static_cast<char>(value);
    text.remove_prefix(digits);
    const bool last = i + 1 == bytes.size();
    if (last != text.empty()) return std::nullopt;
    if (!last) text.remove_prefix(1);
  }
  return bytes;
}

std::optional<Ipv6> read_ipv6(std::string_view text) {
  Ipv6 bytes{};
  if (text.size() > kIpv6Length || text.contains('\0')) return std::nullopt;
  return inet_pton(AF_INET6, std::string(text).c_str(), bytes.data()) == 1 ? std::optional(bytes)
                                                                           : std::nullopt;
}

/// The 4 or 16 bytes of an address.
void inet6_aton(Call& c) {
  if (const auto ipv4 = read_ipv4(c.text(0))) return c.give(std::string_view(ipv4->data(), ipv4->size()));
  if (const auto ipv6 = read_ipv6(c.text(0))) return c.give(std::string_view(ipv6->data(), ipv6->size()));
  c.give_null();
}

void inet6_ntoa(Call& c) {
  const std::string_view bytes = c.text(0);
  if (bytes.size() != sizeof(in_addr) && bytes.size() != sizeof(in6_addr)) return c.give_null();
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(bytes.size() == sizeof(in_addr) ? AF_INET : AF_INET6, bytes.data(), text.data(), text.size());
  c.give(text.data());
}

void uuid(Call& c) {
  std::array<std::uint8_t, 16> bytes{};
  system_entropy().fill(bytes);
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0FU) | 0x40U);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3FU) | 0x80U);
  const std::string hex = crypto::to_hex(bytes);
  std::string text;
  for (std::size_t i = 0; i < hex.size(); ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) text += '-';
    text += hex[i];
  }
  c.give(text);
}

using enum ArgKind;

constexpr std::uint32_t kIpv4Length = 15, kUuidLength = 36;

const FunctionRow kFunctions[] = {
    ordinary("inet_aton", {1, 1}, {text}, {Rule::unsigned_integer, 21}, inet_aton, {.may_be_null = true}),
    ordinary("inet_ntoa", {1, 1}, {integer}, {Rule::text, kIpv4Length}, inet_ntoa, {.may_be_null = true}),
    ordinary("inet6_aton", {1, 1}, {text}, {Rule::binary, sizeof(in6_addr)}, inet6_aton,
             {.may_be_null = true}),
    rendered_to("inet6_ntoa", {1, 1}, inet6_ntoa, {.may_be_null = true}),
    ordinary("is_ipv4", {1, 1}, {text}, {Rule::boolean, 1},
             [](Call& c) { c.give(!c.null(0) && read_ipv4(c.text(0)).has_value()); }, {.sees_null = true}),
    ordinary("is_ipv6", {1, 1}, {text}, {Rule::boolean, 1},
             [](Call& c) { c.give(!c.null(0) && read_ipv6(c.text(0)).has_value()); }, {.sees_null = true}),
    ordinary("uuid", {0, 0}, {}, {Rule::text, kUuidLength}, uuid, {.varies = true}),
};

}  // namespace

FunctionFamily other_functions() {
  return kFunctions;
}

}  // namespace breakwater::catalog
