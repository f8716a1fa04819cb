#include "server/protocol/messages.h"

#include <algorithm>

#include "server/protocol/wire.h"

namespace breakwater::protocol {
namespace {

constexpr std::uint8_t kProtocolVersion = 10;
constexpr std::uint8_t kAuthSwitchMarker = 0xFE;
constexpr std::uint8_t kAuthMoreDataMarker = 0x01;
constexpr std::size_t kSaltHead = 8;  ///< bytes of the salt before the capability flags
constexpr std::size_t kCapabilityBytes = 4;

std::unexpected<Error> bad_handshake() {
  return fail(error::handshake_error());
}

bool read_attributes(ByteReader& in, Attributes& attributes) {
  StringLenenc all;
  if (!deserialize(in, all)) return false;
  ByteReader pairs(as_bytes(all.value));
  while (pairs.remaining() != 0) {
    StringLenenc name;
    StringLenenc value;
    if (!deserialize(pairs, name, value)) return false;
    if (attributes.size() < kMaxAttributes) attributes.emplace_back(name.value, value.value);
  }
  return true;
}

void write_attributes(Output& out, const Attributes& attributes) {
  Output pairs;
  for (const auto& [name, value] : attributes) serialize(pairs, StringLenenc{name}, StringLenenc{value});
  serialize(out, StringLenenc{pairs.view()});
}

// Clients may leave out the last fields: a field that would start at the packet's end is empty.
bool read_plugin_and_attributes(ByteReader& in, Capabilities flags, std::string_view& plugin,
                                Attributes& attributes) {
  StringNullOrEof name;
  if ((flags & capability::kPluginAuth) != 0 && !deserialize(in, name)) return false;
  plugin = name.value;
  if ((flags & capability::kConnectAttrs) == 0 || in.remaining() == 0) return true;
  return read_attributes(in, attributes);
}

bool read_auth_response(ByteReader& in, Capabilities flags, std::string_view& out) {
  if ((flags & capability::kPluginAuthLenenc) != 0) {
    StringLenenc response;
    if (!deserialize(in, response)) return false;
    out = response.value;
    return true;
  }
  StringByte response;
  if (!deserialize(in, response)) return false;
  out = response.value;
  return true;
}

}  // namespace

void Greeting::serialize(Output& out) const {
  protocol::serialize(out, Int1{kProtocolVersion}, StringNull{server_version}, Int4{connection_id},
                      StringNull{as_text(salt).substr(0, kSaltHead)},
                      Int2{static_cast<std::uint16_t>(capabilities & 0xFFFFU)}, Int1{charset}, Int2{status},
                      Int2{static_cast<std::uint16_t>(capabilities >> 16U)},
                      Int1{static_cast<std::uint8_t>(salt.size() + 1)}, Filler<10>{},
                      StringNull{as_text(salt).substr(kSaltHead)}, StringNull{plugin});
}

Result<Greeting> Greeting::deserialize(Payload packet) {
  ByteReader in(packet);
  Int1 version;
  StringNull server;
  Int4 id;
  StringNull head;
  Int2 low;
  Int1 set;
  Int2 flags;
  Int2 high;
  Int1 salt_size;
  StringNull tail;
  StringNull name;
  const bool whole = protocol::deserialize(in, version, server, id, head, low, set, flags, high, salt_size,
                                           Filler<10>{}, tail, name);
  const bool salt_fits = head.value.size() == kSaltHead && tail.value.size() == kSaltSize - kSaltHead;
  if (!whole || version.value != kProtocolVersion || !salt_fits) return bad_handshake();
  Salt whole_salt{};
  std::ranges::copy(tail.value, std::ranges::copy(head.value, whole_salt.begin()).out);
  return Greeting{.server_version = server.value,
                  .connection_id = id.value,
                  .salt = whole_salt,
                  .capabilities = low.value | (Capabilities{high.value} << 16U),
                  .charset = set.value,
                  .status = flags.value,
                  .plugin = name.value};
}

void HandshakeResponse::serialize(Output& out) const {
  protocol::serialize(out, Int4{capabilities}, Int4{max_packet}, Int1{charset}, Filler<23>{},
                      StringNull{user});
  if ((capabilities & capability::kPluginAuthLenenc) != 0) {
    protocol::serialize(out, StringLenenc{auth_response});
  } else {
    protocol::serialize(out, StringByte{auth_response});
  }
  if ((capabilities & capability::kConnectWithDb) != 0) protocol::serialize(out, StringNull{database});
  if ((capabilities & capability::kPluginAuth) != 0) protocol::serialize(out, StringNull{plugin});
  if ((capabilities & capability::kConnectAttrs) != 0) write_attributes(out, attributes);
  if ((capabilities & capability::kZstd) != 0) protocol::serialize(out, Int1{zstd_level});
}

Result<HandshakeResponse> HandshakeResponse::deserialize(Payload packet) {
  ByteReader in(packet);
  Int4 flags;
  Int4 max_size;
  Int1 set;
  StringNull name;
  if (!protocol::deserialize(in, flags)) return bad_handshake();
  constexpr Capabilities kSized = capability::kPluginAuthLenenc | capability::kSecureConnection;
  if ((flags.value & capability::kProtocol41) == 0 || (flags.value & kSized) == 0) {
    return fail(error::old_auth_mode());
  }
  if (!protocol::deserialize(in, max_size, set, Filler<23>{}, name)) return bad_handshake();

  HandshakeResponse response{
      .capabilities = flags.value, .max_packet = max_size.value, .charset = set.value, .user = name.value};
  if (!read_auth_response(in, flags.value, response.auth_response)) return bad_handshake();
  StringNullOrEof db;
  if ((flags.value & capability::kConnectWithDb) != 0 && !protocol::deserialize(in, db))
    return bad_handshake();
  response.database = db.value;
  if (!read_plugin_and_attributes(in, flags.value, response.plugin, response.attributes))
    return bad_handshake();
  Int1 level;
  if ((flags.value & capability::kZstd) != 0 && in.remaining() != 0 && protocol::deserialize(in, level)) {
    response.zstd_level = level.value;
  }
  return response;
}

bool asks_for_tls(Payload packet) {
  ByteReader in(packet);
  const auto flags = in.get_le(kCapabilityBytes);
  return flags && (*flags & capability::kSsl) != 0;
}

void AuthSwitchRequest::serialize(Output& out) const {
  protocol::serialize(out, Int1{kAuthSwitchMarker}, StringNull{plugin}, StringNull{as_text(salt)});
}

Result<AuthSwitchRequest> AuthSwitchRequest::deserialize(Payload packet) {
  ByteReader in(packet);
  Int1 marker;
  StringNull name;
  StringNull data;
  const bool whole = protocol::deserialize(in, marker, name, data);
  if (!whole || marker.value != kAuthSwitchMarker || data.value.size() != kSaltSize) return bad_handshake();
  AuthSwitchRequest request{.plugin = name.value};
  std::ranges::copy(data.value, request.salt.begin());
  return request;
}

void AuthMoreData::serialize(Output& out) const {
  protocol::serialize(out, Int1{kAuthMoreDataMarker}, StringEof{data});
}

void ChangeUserRequest::serialize(Output& out, Capabilities capabilities) const {
  protocol::serialize(out, StringNull{user}, StringByte{auth_response}, StringNull{database}, Int2{charset});
  if ((capabilities & capability::kPluginAuth) != 0) protocol::serialize(out, StringNull{plugin});
  if ((capabilities & capability::kConnectAttrs) != 0) write_attributes(out, attributes);
}

Result<ChangeUserRequest> ChangeUserRequest::deserialize(Payload body, Capabilities capabilities) {
  ByteReader in(body);
  StringNull name;
  StringByte response;
  StringNullOrEof db;
  if (!protocol::deserialize(in, name, response, db)) return fail(error::malformed_packet());

  ChangeUserRequest request{.user = name.value, .auth_response = response.value, .database = db.value};
  if (in.remaining() == 0) return request;
  Int2 set;
  if (!protocol::deserialize(in, set)) return fail(error::malformed_packet());
  request.charset = set.value;
  if (!read_plugin_and_attributes(in, capabilities, request.plugin, request.attributes)) {
    return fail(error::malformed_packet());
  }
  return request;
}

}  // namespace breakwater::protocol
