// The rest that clients call by name: addresses, UUIDs, tests, comparing functions.
#include <array>

#include <arpa/inet.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "catalog/functions/call.h"

namespace breakwater::catalog {

namespace {

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

bool is_address(int family, std::string_view text) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return inet_pton(family, std::string(text).c_str(), address.data()) == 1;
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
    ordinary("is_ipv4", {1, 1}, {text}, {Rule::boolean, 1},
             [](Call& c) { c.give(!c.null(0) && is_address(AF_INET, c.text(0))); }, {.sees_null = true}),
    ordinary("is_ipv6", {1, 1}, {text}, {Rule::boolean, 1},
             [](Call& c) { c.give(!c.null(0) && is_address(AF_INET6, c.text(0))); }, {.sees_null = true}),
    ordinary("uuid", {0, 0}, {}, {Rule::text, kUuidLength}, uuid, {.varies = true}),
};

}  // namespace

FunctionFamily other_functions() {
  return kFunctions;
}

}  // namespace breakwater::catalog
