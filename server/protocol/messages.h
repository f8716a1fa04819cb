// The messages of the login: a struct for each, with serialize() and deserialize(). The texts that
// deserialize() gives are views into the packet. Its errors: handshake_error (1043) for a message that is too
// short or contradicts itself, old_auth_mode (1251) for a client older than 4.1.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "server/protocol/constants.h"
#include "server/protocol/output.h"

namespace breakwater::protocol {

inline constexpr std::string_view kNativePlugin = "mysql_native_password";
inline constexpr std::string_view kSha2Plugin = "caching_sha2_password";
/// An SSLRequest is a response that ends before the user's name.
inline constexpr std::size_t kSslRequestSize = 32;

using Payload = std::span<const std::uint8_t>;

/// Handshake v10, the server's first packet.
struct Greeting {
  std::string_view server_version{};
  std::uint32_t connection_id = 0;
  Salt salt{};  ///< without a NUL
  Capabilities capabilities = capability::kOffered;
  std::uint8_t charset = charset::kUtf8mb4Bin;
  StatusFlags status = 0;
  std::string_view plugin = kNativePlugin;

  void serialize(Output& out) const;
  static Result<Greeting> deserialize(Payload packet);
};

/// Connection attributes: names and values.
using Attributes = std::vector<std::pair<std::string_view, std::string_view>>;

/// HandshakeResponse41. It is read by the flags that the client sets, whatever the server offered.
struct HandshakeResponse {
  Capabilities capabilities = 0;
  std::uint32_t max_packet = 0;
  std::uint8_t charset = 0;
  std::string_view user{};
  std::string_view auth_response{};
  std::string_view database{};
  std::string_view plugin{};    ///< empty: the client has no PLUGIN_AUTH, or names none
  Attributes attributes{};      ///< the first kMaxAttributes
  std::uint8_t zstd_level = 0;  ///< 0: not given

  void serialize(Output& out) const;
  static Result<HandshakeResponse> deserialize(Payload packet);
};

/// Whether the client asks for TLS (an SSLRequest, or a response that claims to come over TLS).
bool asks_for_tls(Payload packet);

struct AuthSwitchRequest {
  std::string_view plugin = kNativePlugin;
  Salt salt{};

  void serialize(Output& out) const;
  static Result<AuthSwitchRequest> deserialize(Payload packet);
};

/// The messages of caching_sha2_password between the response and OK.
struct AuthMoreData {
  static constexpr std::string_view kFastLogin = "\x03";
  static constexpr std::string_view kFullLogin = "\x04";

  std::string_view data{};  ///< one of those, or the public key

  void serialize(Output& out) const;
};

/// The body of COM_CHANGE_USER, after the command's byte. The flags of the handshake decide which fields it
/// has.
struct ChangeUserRequest {
  std::string_view user{};
  std::string_view auth_response{};
  std::string_view database{};
  std::uint16_t charset = 0;  ///< 0: not given
  std::string_view plugin{};
  Attributes attributes{};

  void serialize(Output& out, Capabilities capabilities) const;
  static Result<ChangeUserRequest> deserialize(Payload body, Capabilities capabilities);
};

}  // namespace breakwater::protocol
