#include "server/protocol/login.h"

#include "server/protocol/wire.h"

namespace breakwater::protocol {
namespace {

constexpr std::uint8_t kPublicKeyRequest = 0x02;
constexpr std::size_t kSha2ResponseSize = 32;

void keep(std::vector<std::pair<std::string, std::string>>& kept, const Attributes& attributes) {
  kept.clear();
  kept.reserve(attributes.size());
  for (const auto& [name, value] : attributes) kept.emplace_back(name, value);
}

Bytes copy_bytes(std::string_view text) {
  const auto bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

// libmysqlclient sends one NUL if there is no password.
bool is_password(Payload response) {
  return !response.empty() && !(response.size() == 1 && response[0] == 0);
}

// A client that read another plugin's name in the greeting names this one and sends no response yet.
bool answers_sha2(Payload response) {
  return response.size() == kSha2ResponseSize || (response.size() == 1 && response[0] == 0);
}

}  // namespace

template <class Message>
void Login::put(const Message& message, Output& out) {
  const std::size_t header = out.size();
  out.grow(kHeaderSize);
  message.serialize(out);
  write_frame_header(out.at(header), out.size() - header - kHeaderSize, sequence_++);
}

void Login::greet(Output& out) {
  put(Greeting{.server_version = options_.server_version,
               .connection_id = options_.connection_id,
               .salt = options_.salt,
               .capabilities = options_.offered,
               .plugin = options_.plugin},
      out);
}

Result<Login::Step> Login::on_packet(Payload packet, std::uint8_t sequence, Output& /*out*/) {
  sequence_ = static_cast<std::uint8_t>(sequence + 1);
  switch (state_) {
    case State::response:
      return on_response(packet);
    case State::switched:
      credentials_.auth_response.assign(packet.begin(), packet.end());
      return verify(credentials_.plugin);
    case State::password:
      return on_password(packet);
    case State::encrypted:
      credentials_.auth_response.assign(packet.begin(), packet.end());
      state_ = State::done;
      return Step::encrypted_password;
    case State::looking_up:
    case State::verifying:
    case State::done:
      break;
  }
  return fail(error::handshake_error());
}

Result<Login::Step> Login::on_response(Payload packet) {
  if (!options_.encrypted && asks_for_tls(packet)) {
    const bool offered = (options_.offered & capability::kSsl) != 0;
    if (!offered || packet.size() != kSslRequestSize) return fail(error::handshake_error());
    return Step::start_tls;
  }
  BW_TRY(const HandshakeResponse response, HandshakeResponse::deserialize(packet));
  if (options_.needs_secure && !options_.secure) return fail(error::insecure_transport());
  credentials_.capabilities = response.capabilities & (options_.offered | capability::kHonoured);
  credentials_.charset = response.charset;
  credentials_.zstd_level = response.zstd_level;
  credentials_.user = response.user;
  credentials_.database = response.database;
  credentials_.auth_response = copy_bytes(response.auth_response);
  client_plugin_ = response.plugin;
  keep(credentials_.attributes, response.attributes);
  state_ = State::looking_up;
  return Step::look_up;
}

Result<Login::Step> Login::on_change_user(Payload body, std::uint8_t sequence, Capabilities capabilities) {
  sequence_ = static_cast<std::uint8_t>(sequence + 1);
  BW_TRY(const ChangeUserRequest request, ChangeUserRequest::deserialize(body, capabilities));
  credentials_.capabilities = capabilities;
  credentials_.charset = static_cast<std::uint8_t>(request.charset);
  credentials_.user = request.user;
  credentials_.database = request.database;
  credentials_.auth_response = copy_bytes(request.auth_response);
  client_plugin_ = request.plugin;
  keep(credentials_.attributes, request.attributes);
  state_ = State::looking_up;
  return Step::look_up;
}

Result<Login::Step> Login::on_account(Plugins allowed, Output& out) {
  if (state_ != State::looking_up) return fail(error::handshake_error());
  credentials_.salt = options_.salt;
  const bool by_native = client_plugin_.empty() || client_plugin_ == kNativePlugin;
  if (by_native && allowed.native) return verify(kNativePlugin);
  const bool by_sha2 = client_plugin_ == kSha2Plugin;
  if (by_sha2 && allowed.sha2 && answers_sha2(credentials_.auth_response)) return verify(kSha2Plugin);

  if ((credentials_.capabilities & capability::kPluginAuth) == 0) return fail(error::old_auth_mode());
  const bool stays = by_sha2 && allowed.sha2;
  const bool to_native = !stays && allowed.native && (options_.plugin == kNativePlugin || !allowed.sha2);
  credentials_.plugin = to_native ? kNativePlugin : kSha2Plugin;
  credentials_.salt = options_.switch_salt;
  put(AuthSwitchRequest{.plugin = credentials_.plugin, .salt = options_.switch_salt}, out);
  state_ = State::switched;
  return Step::reply;
}

Login::Step Login::verify(std::string_view plugin) {
  credentials_.plugin = plugin;
  credentials_.gave_password = is_password(credentials_.auth_response);
  state_ = State::verifying;
  return Step::verify;
}

Login::Step Login::ask_for_password(Output& out) {
  put(AuthMoreData{.data = AuthMoreData::kFullLogin}, out);
  state_ = State::password;
  return Step::reply;
}

void Login::say_fast(Output& out) {
  put(AuthMoreData{.data = AuthMoreData::kFastLogin}, out);
  state_ = State::done;
}

Login::Step Login::give_key(std::string_view pem, Output& out) {
  put(AuthMoreData{.data = pem}, out);
  state_ = State::encrypted;
  return Step::reply;
}

// Takes the password, in clear text if the connection is secure, else encrypted; or the request for the RSA
// key.
Result<Login::Step> Login::on_password(Payload packet) {
  state_ = State::done;
  if (packet.size() == 1 && packet[0] == kPublicKeyRequest) return Step::send_key;
  if (!options_.secure) {
    credentials_.auth_response.assign(packet.begin(), packet.end());
    return Step::encrypted_password;
  }
  const bool ended = !packet.empty() && packet.back() == 0;
  credentials_.password = Secret(packet.first(packet.size() - (ended ? 1 : 0)));
  return Step::password;
}

}  // namespace breakwater::protocol
