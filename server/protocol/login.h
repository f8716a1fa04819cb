// The login as a state machine: it is given a packet and says what to do next. It knows no accounts and
// checks no passwords: its owner does that when a Step asks for it.
//
//   Login login({...});
//   login.greet(out);                           → send
//   login.on_packet(payload, sequence, out)     → do what the Step says; on an error send it and close
//
// COM_CHANGE_USER goes the same way, from on_change_user() on. The packets don't reveal whether an account
// exists: an unknown account is treated like one that may use either plugin.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/secret.h"
#include "server/protocol/constants.h"
#include "server/protocol/messages.h"
#include "server/protocol/output.h"

namespace breakwater::protocol {

/// What a client said about itself and its user.
struct Credentials {
  Capabilities capabilities = 0;  ///< those that both sides have
  std::uint8_t charset = 0;
  std::uint8_t zstd_level = 0;
  std::string user{};
  std::string database{};
  std::vector<std::pair<std::string, std::string>> attributes{};
  std::string_view plugin = kNativePlugin;  ///< the one that made auth_response
  Bytes auth_response{};                    ///< or the encrypted password, if that was asked for
  Salt salt{};                              ///< the one that auth_response answers
  Secret password{};                        ///< in clear text, from a client that was asked for it
  bool gave_password = false;               ///< for "using password: YES"
};

class Login {
 public:
  struct Options {
    std::string_view server_version{};
    std::uint32_t connection_id = 0;
    Salt salt{};         ///< of the greeting; for COM_CHANGE_USER the one that was sent last
    Salt switch_salt{};  ///< for an AuthSwitchRequest, if one is needed
    Capabilities offered = capability::kOffered;
    std::string_view plugin = kNativePlugin;  ///< the one that the greeting names
    bool secure = false;        ///< nobody can listen: the unix socket, or TLS already (COM_CHANGE_USER)
    bool encrypted = false;     ///< TLS already
    bool needs_secure = false;  ///< require_secure_transport
  };
  explicit Login(const Options& options) : options_(options) {}

  enum class Step : std::uint8_t {
    reply,               ///< send `out`, then give the next packet
    start_tls,           ///< the client's next byte begins TLS: do the handshake, call on_tls(), go on
    look_up,             ///< find the account of credentials().user, then on_account()
    verify,              ///< check auth_response; caching_sha2_password may then need ask_for_password()
    send_key,            ///< the client wants the RSA key: give_key()
    password,            ///< check credentials().password
    encrypted_password,  ///< decrypt auth_response, then check it
  };

  void greet(Output& out);

  /// Takes a packet, in a state that waits for one. Errors: handshake_error (1043), also for a packet that
  /// claims to come over TLS and doesn't; old_auth_mode (1251).
  Result<Step> on_packet(Payload packet, std::uint8_t sequence, Output& out);

  /// Takes the body of COM_CHANGE_USER; `capabilities` are those of the handshake. Error: malformed_packet
  /// (1835).
  Result<Step> on_change_user(Payload body, std::uint8_t sequence, Capabilities capabilities);

  void on_tls() { options_.secure = options_.encrypted = true; }

  /// The plugins by which the account may log in: one or both. If the client can't switch to one, the error
  /// is old_auth_mode (1251).
  struct Plugins {
    bool native = true;
    bool sha2 = true;
  };
  Result<Step> on_account(Plugins allowed, Output& out);

  /// After verify: caching_sha2_password goes the full way.
  Step ask_for_password(Output& out);
  /// After verify, if caching_sha2_password accepted at once: the message that comes before OK.
  void say_fast(Output& out);
  /// After send_key.
  Step give_key(std::string_view pem, Output& out);

  /// The number of the next packet that is sent or, after a reply, of the client's next one.
  std::uint8_t sequence() const { return sequence_; }
  const Credentials& credentials() const { return credentials_; }
  Credentials take_credentials() { return std::move(credentials_); }

 private:
  enum class State : std::uint8_t { response, looking_up, switched, verifying, password, encrypted, done };

  Result<Step> on_response(Payload packet);
  Result<Step> on_password(Payload packet);
  Step verify(std::string_view plugin);
  template <class Message>
  void put(const Message& message, Output& out);

  Options options_;
  Credentials credentials_;
  std::string client_plugin_;
  State state_ = State::response;
  std::uint8_t sequence_ = 0;
};

}  // namespace breakwater::protocol
