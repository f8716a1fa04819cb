#include "server/protocol/proxy_header.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/network.h"
#include "base/text.h"

namespace breakwater::protocol {
namespace {

using Parsed = Result<std::optional<ProxyHeader>>;

constexpr std::string_view kSignature2("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::string_view kStart1 = "PROXY ";
constexpr std::size_t kLongest1 = 107;  ///< with its end of line
constexpr std::size_t kFixed2 = 16;

std::unexpected<Error> bad() {
  return fail(error::handshake_error());
}

std::string_view next_word(std::string_view& line) {
  const std::size_t end = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

/// Reads an address in the form of its family: IPv4 for TCP4, IPv6 for TCP6.
std::optional<Address> address_of(std::string_view family, std::string_view text) {
  const bool has_colon = text.find(':') != std::string_view::npos;
  return has_colon == (family == "TCP6") ? Address::parse(text) : std::nullopt;
}

// PROXY TCP4 source destination port port\r\n
Parsed parse_1(std::string_view bytes) {
  const std::size_t end = bytes.substr(0, kLongest1).find("\r\n");
  if (end == std::string_view::npos) {
    if (bytes.size() >= kLongest1) return bad();
    return std::nullopt;
  }
  ProxyHeader header{.size = end + 2};
  std::string_view line = bytes.substr(0, end);
  line.remove_prefix(kStart1.size());
  const std::string_view family = next_word(line);
  if (family == "UNKNOWN") return header;
  if (family != "TCP4" && family != "TCP6") return bad();
  const auto source = address_of(family, next_word(line));
  const auto destination = address_of(family, next_word(line));
  const auto port = whole_number<std::uint16_t>(next_word(line));
  const auto to_port = whole_number<std::uint16_t>(next_word(line));
  if (!source || !destination || !port || !to_port || !line.empty()) return bad();
  header.address = source->text();
  header.port = *port;
  return header;
}

// Signature, version and command, family, two bytes of length; then addresses, and fields that we don't read.
Parsed parse_2(std::string_view bytes) {
  constexpr std::uint8_t kVersion = 2;
  constexpr std::uint8_t kLocal = 0;
  constexpr std::uint8_t kProxy = 1;
  constexpr std::uint8_t kTcp4 = 0x11;
  constexpr std::uint8_t kTcp6 = 0x21;
  if (bytes.size() < kFixed2) return std::nullopt;
  const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); };
  const std::uint8_t command = byte(12) & 0x0FU;
  if (byte(12) >> 4U != kVersion || command > kProxy) return bad();
  const std::size_t length = std::size_t{byte(14)} << 8U | byte(15);
  ProxyHeader header{.size = kFixed2 + length};
  if (header.size > kMaxProxyHeader) return bad();
  if (bytes.size() < header.size) return std::nullopt;
  const std::uint8_t family = byte(13);
  if (command == kLocal || (family != kTcp4 && family != kTcp6)) return header;

  const std::size_t width = family == kTcp4 ? 4 : 16;
  if (length < 2 * width + 4) return bad();
  Address source;
  if (family == kTcp4) {
    std::array<std::uint8_t, 4> v4{};
    std::ranges::copy(as_bytes(bytes.substr(kFixed2, width)), v4.begin());
    source = Address::of_v4(v4);
  } else {
    std::ranges::copy(as_bytes(bytes.substr(kFixed2, width)), source.bytes.begin());
  }
  header.address = source.text();
  const std::size_t port = kFixed2 + 2 * width;
  header.port = static_cast<std::uint16_t>(byte(port) << 8U | byte(port + 1));
  return header;
}

bool begins_like(std::string_view bytes, std::string_view start) {
  const std::size_t size = std::min(bytes.size(), start.size());
  return bytes.substr(0, size) == start.substr(0, size);
}

}  // namespace

Result<std::optional<ProxyHeader>> parse_proxy_header(std::string_view bytes) {
  const bool first = begins_like(bytes, kStart1);
  const bool second = begins_like(bytes, kSignature2);
  if (!first && !second) return bad();
  if (first && bytes.size() >= kStart1.size()) return parse_1(bytes);
  if (second && bytes.size() >= kSignature2.size()) return parse_2(bytes);
  return std::nullopt;
}

}  // namespace breakwater::protocol
