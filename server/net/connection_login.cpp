#include <utility>

#include "server/net/connection.h"

namespace breakwater::server {

Task<bool> ClientConnection::log_in() {
  salt_ = auth::make_salt(shared_.entropy);
  protocol::Login login({.server_version = shared_.server_version,
                         .connection_id = id_,
                         .salt = salt_,
                         .switch_salt = auth::make_salt(shared_.entropy)});
  login.greet(output_);
  reader_.expect_sequence(1);
  deadline_ = deadline_in(worker_.limits().connect_timeout);
  const bool admitted = co_await authenticate(login, /*change_user=*/false);
  if (admitted) become_authenticated();
  co_return admitted;
}

void ClientConnection::become_authenticated() {
  authenticated_ = true;
  --shared_.counters.unauthenticated;
}

Task<bool> ClientConnection::change_user(const protocol::ChangeUser& command, std::uint8_t sequence) {
  protocol::Login login({.server_version = shared_.server_version,
                         .connection_id = id_,
                         .salt = salt_,
                         .switch_salt = auth::make_salt(shared_.entropy)});
  deadline_ = deadline_in(worker_.limits().connect_timeout);
  const auto step = login.on_change_user(command.body, sequence, capabilities_, output_);
  if (!step) {
    writer_.error(step.error());
    co_return false;
  }
  if (*step == protocol::Login::Step::verify) co_return admit(login, /*change_user=*/true, sequence);
  reader_.expect_sequence(static_cast<std::uint8_t>(sequence + 2));
  co_return co_await authenticate(login, /*change_user=*/true);
}

Task<bool> ClientConnection::authenticate(protocol::Login& login, bool change_user) {
  for (;;) {
    if (!co_await flush()) co_return false;
    const auto packet = co_await read_login_packet();
    if (!packet) co_return false;
    const auto step = login.on_packet(packet->payload, packet->sequence, output_);
    if (!step) {
      writer_.start(login.credentials().capabilities, static_cast<std::uint8_t>(packet->sequence + 1));
      writer_.error(step.error());
      note_refusal("", step.error());
      co_return false;
    }
    if (*step == protocol::Login::Step::verify) co_return admit(login, change_user, packet->sequence);
    reader_.expect_sequence(static_cast<std::uint8_t>(packet->sequence + 2));
  }
}

// Nothing: the connection is over, and whatever there is to say about it has been written.
Task<std::optional<ClientConnection::Packet>> ClientConnection::read_login_packet() {
  for (;;) {
    const auto packet = reader_.next();
    if (!packet) {
      note_refusal("", packet.error());
      writer_.start(0, static_cast<std::uint8_t>(reader_.sequence() + 1));
      writer_.error(packet.error());
      co_await send_and_linger();
      co_return std::nullopt;
    }
    if (*packet) co_return *packet;
    if (is_over()) co_return std::nullopt;
    if (!co_await read_some()) {
      if (reader_.in_packet() || broken_) shared_.note_connect_error(peer_);
      co_return std::nullopt;
    }
  }
}

// Writes OK or the refusal.
bool ClientConnection::admit(protocol::Login& login, bool change_user, std::uint8_t sequence) {
  protocol::Credentials credentials = login.take_credentials();
  salt_ = credentials.salt;
  capabilities_ = credentials.capabilities;
  charset_ = credentials.charset;
  attributes_ = std::move(credentials.attributes);
  writer_.start(capabilities_, static_cast<std::uint8_t>(sequence + 1));
  if (const auto opened = open_session(credentials, change_user); !opened) {
    writer_.error(opened.error());
    note_refusal(credentials.user, opened.error());
    return false;
  }
  writer_.ok({.status = session_->status()});
  reader_.expect_sequence(0);
  reader_.set_max_packet(worker_.limits().max_allowed_packet);
  return true;
}

Result<> ClientConnection::open_session(const protocol::Credentials& credentials, bool change_user) {
  const auto name = auth::parse_user_name(credentials.user);
  const auth::Verifier verifier = name ? shared_.factory.find_account(*name, peer_) : auth::Verifier{};
  if (!auth::verify_native(verifier, credentials.auth_response, credentials.salt, peer_.local) || !name) {
    const std::string_view used = credentials.auth_response.empty() ? "NO" : "YES";
    return fail(error::password_wrong(name ? name->user : credentials.user, peer_.address, used));
  }
  if (reserved_ && !shared_.factory.is_administrator(*name)) {
    ++shared_.counters.refused;
    return fail(error::too_many_connections());
  }
  session_.reset();
  BW_TRY(session_, shared_.factory.open(
                       *this, {.user = *name, .database = credentials.database, .change_user = change_user}));
  return {};
}

void ClientConnection::note_refusal(std::string_view user, const Error& error) {
  ++shared_.counters.login_failures;
  // Not for a right password with a wrong database or a full server: nobody is guessing there.
  const bool suspicious = error.is(Errc::password_wrong) || user.empty();
  if (suspicious) shared_.note_connect_error(peer_);
  std::string text = "login refused";
  if (!user.empty()) text.append(" for '").append(user).append("'");
  text.append(" from ").append(peer_.address).append(": ").append(error.text());
  shared_.log.warning(text, id_);
}

}  // namespace breakwater::server
