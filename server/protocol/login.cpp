#include "server/protocol/login.h"

#include "server/protocol/wire.h"

namespace breakwater::protocol {
namespace {

template <class Message>
void put_packet(Output& out, const Message& message, std::uint8_t sequence) {
  const std::size_t header = out.size();
  out.grow(kHeaderSize);
  message.serialize(out);
  write_frame_header(out.at(header), out.size() - header - kHeaderSize, sequence);
}

void keep(std::vector<std::pair<std::string, std::string>>& kept, const Attributes& attributes) {
  kept.clear();
  for (const auto& [name, value] : attributes) kept.emplace_back(name, value);
}

Bytes copy_bytes(std::string_view text) {
  const auto bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

}  // namespace

void Login::greet(Output& out) {
  const Greeting greeting{.server_version = options_.server_version,
                          .connection_id = options_.connection_id,
                          .salt = options_.salt};
  put_packet(out, greeting, 0);
}

Result<Login::Step> Login::on_packet(Payload packet, std::uint8_t sequence, Output& out) {
  switch (state_) {
    case State::response:
      return on_response(packet, sequence, out);
    case State::switched:
      credentials_.auth_response.assign(packet.begin(), packet.end());
      state_ = State::done;
      return Step::verify;
    case State::done:
      break;
  }
  return fail(error::handshake_error());
}

Result<Login::Step> Login::on_response(Payload packet, std::uint8_t sequence, Output& out) {
  if (asks_for_tls(packet)) return fail(error::handshake_error());
  BW_TRY(const HandshakeResponse response, HandshakeResponse::deserialize(packet));
  credentials_.capabilities = response.capabilities & capability::kHonoured;
  credentials_.charset = response.charset;
  credentials_.user = response.user;
  credentials_.database = response.database;
  keep(credentials_.attributes, response.attributes);
  return on_credentials(response.plugin, response.auth_response, sequence, out);
}

Result<Login::Step> Login::on_change_user(Payload body, std::uint8_t sequence, Capabilities capabilities,
                                          Output& out) {
  BW_TRY(const ChangeUserRequest request, ChangeUserRequest::deserialize(body, capabilities));
  credentials_.capabilities = capabilities;
  credentials_.charset = static_cast<std::uint8_t>(request.charset);
  credentials_.user = request.user;
  credentials_.database = request.database;
  keep(credentials_.attributes, request.attributes);
  return on_credentials(request.plugin, request.auth_response, sequence, out);
}

Login::Step Login::on_credentials(std::string_view plugin, std::string_view response, std::uint8_t sequence,
                                  Output& out) {
  if (plugin.empty() || plugin == kNativePlugin) {
    credentials_.auth_response = copy_bytes(response);
    credentials_.salt = options_.salt;
    state_ = State::done;
    return Step::verify;
  }
  credentials_.salt = options_.switch_salt;
  put_packet(out, AuthSwitchRequest{.salt = options_.switch_salt}, static_cast<std::uint8_t>(sequence + 1));
  state_ = State::switched;
  return Step::reply;
}

}  // namespace breakwater::protocol
