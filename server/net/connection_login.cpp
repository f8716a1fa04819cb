#include <algorithm>
#include <chrono>
#include <utility>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/wait_traits.hpp>

#include "base/task.h"
#include "server/auth/caching_sha2.h"
#include "server/auth/login_failure.h"
#include "server/auth/native_password.h"
#include "server/net/connection.h"
#include "server/protocol/proxy_header.h"

namespace breakwater::server {

using Step = protocol::Login::Step;
using LoginTimer =
    boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                      boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

/// One login, by the handshake or by COM_CHANGE_USER.
struct ClientConnection::Attempt {
  protocol::Login login;
  bool change_user;
  std::optional<auth::UserName> name{};
  auth::Verifier verifier{};
  std::unique_ptr<SessionFactory::Check> check{};  ///< since a password came

  void begin_check(SessionFactory& factory, const Peer& peer) {
    if (name && !check) check = factory.begin_check(*name, peer);
  }
};

protocol::Login ClientConnection::make_login(bool change_user) {
  protocol::Capabilities offered = protocol::capability::kOffered;
  if (shared_.tls() != nullptr) offered |= protocol::capability::kSsl;
  const ServerLimits& limits = worker_.limits();
  const bool secure = peer_.unix_socket || tls_ != nullptr;
  return protocol::Login({.server_version = shared_.server_version,
                          .connection_id = id_,
                          .salt = salt_,
                          .switch_salt = worker_.salts().next(),
                          .offered = offered,
                          .plugin = limits.plugins.native ? protocol::kNativePlugin : protocol::kSha2Plugin,
                          .secure = secure,
                          .encrypted = tls_ != nullptr,
                          .needs_secure = limits.require_secure_transport && !change_user});
}

Task<bool> ClientConnection::log_in() {
  deadline_ = deadline_in(worker_.limits().connect_timeout);
  writer_.set_notes(worker_.limits().error_notes);
  if (is_proxy(peer_, worker_.limits())) {
    const bool known = co_await meet_proxy();
    if (!known) co_return false;
  }
  salt_ = worker_.salts().next();
  Attempt attempt{.login = make_login(false), .change_user = false};
  attempt.login.greet(output_);
  const bool admitted = co_await authenticate(attempt, Step::reply);
  if (!admitted || !become_authenticated()) {
    note_end_before_login();
    co_return false;
  }
  if (protocol::compression_of(capabilities_) == protocol::Compression::none) co_return true;
  // OK is the last packet that isn't compressed.
  const bool sent = co_await flush();
  if (sent) start_compression(zstd_level_);
  co_return sent;
}

// Reads the PROXY header, which names the client, before the greeting. A client that comes through a proxy
// isn't local, whatever address the proxy names.
Task<bool> ClientConnection::meet_proxy() {
  for (;;) {
    const auto header = protocol::parse_proxy_header(reader_.waiting());
    if (!header) {
      note_refusal("", header.error());
      writer_.error(header.error());
      co_await send_and_linger();
      co_return false;
    }
    if (*header) {
      reader_.skip((*header)->size);
      peer_.local = false;
      if ((*header)->address.empty()) co_return true;
      peer_ = peer_at((*header)->address, (*header)->port);
      const ServerLimits& limits = worker_.limits();
      const bool blocked = shared_.is_blocked(peer_, limits.max_connect_errors);
      if (!blocked && place_.move_to(peer_, limits.max_unauthenticated)) co_return true;
      const Error error = blocked ? error::host_is_blocked(peer_.address) : error::too_many_connections();
      ++shared_.counters.refused;
      shared_.stranger_log.refusal("connection refused", "", peer_, error, id_);
      writer_.error(error);
      co_return false;
    }
    if (is_over()) co_return false;
    const bool more = co_await read_some();
    if (!more) co_return false;
  }
}

void ClientConnection::start_compression(std::uint8_t zstd_level) {
  compression_ =
      std::make_unique<protocol::CompressedStream>(protocol::compression_of(capabilities_), zstd_level);
  compression_->add(reader_.take_rest());
}

// Returns false if the place was taken away meanwhile; the connection is being closed then.
bool ClientConnection::become_authenticated() {
  authenticated_ = place_.leave();
  if (!authenticated_) output_.clear();
  return authenticated_;
}

// A connection that was closed to make room isn't counted as a failed login.
void ClientConnection::note_end_before_login() {
  if (interrupted() != Interrupt::connection || shared_.draining.load(std::memory_order_relaxed)) return;
  shared_.stranger_log.refusal("silent connection closed", "", peer_, error::too_many_connections(), id_);
}

Task<bool> ClientConnection::change_user(const protocol::ChangeUser& command, std::uint8_t sequence) {
  Attempt attempt{.login = make_login(true), .change_user = true};
  deadline_ = deadline_in(worker_.limits().connect_timeout);
  LoginStep step = attempt.login.on_change_user(command.body, sequence, capabilities_);
  co_return co_await authenticate(attempt, std::move(step));
}

// Returns true if the client was admitted and OK was written. False: the connection is over, and any error
// has been written.
Task<bool> ClientConnection::authenticate(Attempt& attempt, LoginStep step) {
  protocol::Login& login = attempt.login;
  for (;;) {
    if (!step) {
      refuse(attempt, step.error());
      co_return false;
    }
    switch (*step) {
      case Step::reply: {
        reader_.expect_sequence(login.sequence());
        place_.set_silent(true);
        const bool sent = co_await flush();
        if (!sent) co_return false;
        const auto packet = co_await read_login_packet();
        if (!packet) co_return false;
        place_.set_silent(false);
        step = login.on_packet(packet->payload, packet->sequence, output_);
        break;
      }
      case Step::start_tls: {
        const bool started = co_await start_tls();
        if (!started) co_return false;
        login.on_tls();
        step = Step::reply;
        break;
      }
      case Step::look_up:
        step = look_up(attempt);
        break;
      case Step::verify: {
        const bool fast = login.credentials().plugin == protocol::kSha2Plugin;
        attempt.begin_check(shared_.factory, peer_);
        step = verify(attempt);
        if (step && *step == Step::reply) {  // the password is still to come
          attempt.check.reset();
          break;
        }
        if (step) {
          const bool waited = co_await await_turn(attempt);
          if (!waited) co_return false;
        }
        if (step && fast && login.credentials().gave_password) login.say_fast(output_);
        if (step) co_return admit(attempt);
        break;
      }
      case Step::send_key:
        step = co_await give_key(attempt);
        break;
      case Step::password:
      case Step::encrypted_password: {
        const bool encrypted = *step == Step::encrypted_password;
        attempt.begin_check(shared_.factory, peer_);
        const auto right = co_await check_password(attempt, encrypted);
        if (right && *right) {
          const bool waited = co_await await_turn(attempt);
          co_return waited&& admit(attempt);
        }
        step =
            fail(right ? refusal(attempt, attempt.login.credentials()) : auth::login_failure(right.error()));
        break;
      }
    }
  }
}

// A right password waits for those that began before it. Returns false if the connection is over meanwhile.
Task<bool> ClientConnection::await_turn(const Attempt& attempt) {
  constexpr std::chrono::milliseconds kPause{1};
  while (attempt.check && !attempt.check->is_its_turn()) {
    if (is_over()) co_return false;
    LoginTimer pause(executor(), kPause);
    boost::system::error_code error;
    co_await pause.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable_t<Executor>{}, error));
  }
  co_return true;
}

// Returns nullopt if the connection is over; any error has been written then.
Task<std::optional<ClientConnection::Packet>> ClientConnection::read_login_packet() {
  for (;;) {
    const auto packet = next_packet();
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
      const bool evicted = interrupted() == Interrupt::connection;
      if ((reader_.in_packet() || broken_) && !evicted) shared_.note_connect_error(peer_);
      co_return std::nullopt;
    }
  }
}

// Bytes that came right after the request are given to TLS. So an attacker who inserts bytes between the
// client's request and its handshake only makes that handshake fail; the bytes are never taken for the
// client's.
Task<bool> ClientConnection::start_tls() {
  place_.set_silent(true);
  tls_ = std::make_unique<TlsChannel>(shared_.tls(), socket_.native_handle(), reader_.take_rest());
  for (;;) {
    const auto outcome = tls_->handshake();
    if (outcome == TlsChannel::Outcome::done) co_return true;
    if (outcome == TlsChannel::Outcome::closed || is_over()) break;
    const auto side = outcome == TlsChannel::Outcome::want_read ? Socket::wait_read : Socket::wait_write;
    boost::system::error_code error;
    co_await socket_.async_wait(side,
                                boost::asio::redirect_error(boost::asio::use_awaitable_t<Executor>{}, error));
    if (error || is_over()) break;
  }
  if (interrupted() != Interrupt::connection) note_refusal("", error::handshake_error());
  output_.clear();
  co_return false;
}

ClientConnection::LoginStep ClientConnection::look_up(Attempt& attempt) {
  attempt.name = auth::parse_user_name(attempt.login.credentials().user);
  if (attempt.name) attempt.verifier = shared_.factory.find_account(*attempt.name, peer_);
  if (attempt.verifier.failure) note_failure(*attempt.verifier.failure);
  const protocol::Login::Plugins& served = worker_.limits().plugins;
  protocol::Login::Plugins allowed = served;
  if (!attempt.verifier.by_native || !attempt.verifier.by_sha2) {
    allowed = {.native = attempt.verifier.by_native, .sha2 = attempt.verifier.by_sha2};
  }
  return attempt.login.on_account(allowed, output_);
}

bool ClientConnection::may_lack_password() const {
  const auto holds = [this](const Network& network) { return network.contains(peer_.ip); };
  return peer_.local || std::ranges::any_of(worker_.limits().empty_passwords, holds);
}

// Returns Step::reply if the client was asked for the full way.
ClientConnection::LoginStep ClientConnection::verify(Attempt& attempt) {
  const protocol::Credentials& credentials = attempt.login.credentials();
  const auto& response = credentials.auth_response;
  if (credentials.plugin == protocol::kNativePlugin) {
    const bool right = auth::verify_native(attempt.verifier, response, credentials.salt, may_lack_password());
    if (right) return Step::verify;
    return fail(refusal(attempt, credentials));
  }
  switch (auth::verify_sha2_fast(attempt.verifier, response, credentials.salt, may_lack_password())) {
    case auth::FastOutcome::accepted:
      return Step::verify;
    case auth::FastOutcome::full:
      return attempt.login.ask_for_password(output_);
    case auth::FastOutcome::refused:
      break;
  }
  return fail(refusal(attempt, credentials));
}

Task<ClientConnection::LoginStep> ClientConnection::give_key(Attempt& attempt) {
  auto job = [this] { return shared_.rsa_key.public_pem(); };
  auto pem = co_await run_on<Result<std::string>>(shared_.password_workers, std::move(job));
  if (!pem) {
    note_failure(pem.error());
    co_return fail(auth::login_failure(pem.error()));
  }
  co_return attempt.login.give_key(*pem, output_);
}

Task<Result<bool>> ClientConnection::check_password(Attempt& attempt, bool encrypted) {
  const bool empty_allowed = may_lack_password();
  auto job = [this, &attempt, encrypted, empty_allowed]() -> Result<bool> {
    const protocol::Credentials& given = attempt.login.credentials();
    auto decrypted = encrypted ? shared_.rsa_key.decrypt(given.auth_response, given.salt)
                               : Result<Secret>(given.password.clone());
    if (!decrypted) {
      note_failure(decrypted.error());
      attempt.verifier.failure = decrypted.error();
    }
    const Secret password = decrypted ? *std::move(decrypted) : Secret();
    const bool right = auth::verify_password(attempt.verifier, password, empty_allowed) &&
                       attempt.name.has_value() && !attempt.verifier.failure;
    if (right && !password.empty()) {
      shared_.factory.remember_password(attempt.verifier, auth::fast_digest(password));
    }
    return right;
  };
  co_return co_await run_on<Result<bool>>(shared_.password_workers, std::move(job));
}

// The error for a login that is refused: a wrong password, unless the account could not be checked.
Error ClientConnection::refusal(const Attempt& attempt, const protocol::Credentials& credentials) const {
  if (attempt.verifier.failure) return auth::login_failure(*attempt.verifier.failure);
  return error::password_wrong(attempt.name ? attempt.name->user : credentials.user, peer_.address,
                               credentials.gave_password ? "YES" : "NO");
}

// Writes OK or the refusal.
bool ClientConnection::admit(Attempt& attempt) {
  const std::uint8_t sequence = attempt.login.sequence();
  protocol::Credentials credentials = attempt.login.take_credentials();
  salt_ = credentials.salt;
  capabilities_ = credentials.capabilities;
  charset_ = credentials.charset;
  zstd_level_ = credentials.zstd_level;
  attributes_ = std::move(credentials.attributes);
  writer_.start(capabilities_, sequence);
  const auto opened = open_session(attempt, credentials);
  attempt.check.reset();
  if (!opened) {
    writer_.error(opened.error());
    note_refusal(credentials.user, opened.error());
    return false;
  }
  writer_.ok({.status = session_->status()});
  reader_.expect_sequence(0);
  reader_.set_max_packet(worker_.limits().max_allowed_packet);
  return true;
}

Result<> ClientConnection::open_session(Attempt& attempt, const protocol::Credentials& credentials) {
  if (!attempt.name || attempt.verifier.failure) return fail(refusal(attempt, credentials));
  if (reserved_ && !shared_.factory.is_administrator(*attempt.name)) {
    ++shared_.counters.refused;
    return fail(error::too_many_connections());
  }
  session_.reset();
  LoginRequest request{
      .user = *attempt.name, .database = credentials.database, .change_user = attempt.change_user};
  BW_TRY(session_, shared_.factory.open(*this, request));
  return {};
}

// Logs a failure that the client isn't told. Any thread.
void ClientConnection::note_failure(const Error& error) {
  shared_.stranger_log.refusal("a login can't be checked", "", peer_, error, id_);
}

void ClientConnection::refuse(Attempt& attempt, const Error& error) {
  const protocol::Credentials& credentials = attempt.login.credentials();
  writer_.start(attempt.change_user ? capabilities_ : credentials.capabilities, attempt.login.sequence());
  writer_.error(error);
  if (error.is(Errc::password_wrong) && attempt.name) shared_.factory.login_failed(*attempt.name, peer_);
  attempt.check.reset();
  note_refusal(credentials.user, error);
}

void ClientConnection::note_refusal(std::string_view user, const Error& error) {
  ++shared_.counters.login_failures;
  // A right password with a wrong database, a full server or a failed lookup doesn't count: nobody is
  // guessing there.
  using enum Errc;
  const bool ours = error.is(too_many_connections) || error.is(out_of_memory) || error.is(internal_error);
  if (error.is(password_wrong) || (user.empty() && !ours)) shared_.note_connect_error(peer_);
  shared_.stranger_log.refusal("login refused", user, peer_, error, id_);
  if (!user.empty()) shared_.factory.login_refused(*this, user, error);
}

}  // namespace breakwater::server
