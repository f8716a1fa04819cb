// The login as a state machine: given what arrived, it says what comes next. It knows no accounts: when it
// has all that a verification needs it says so, and its owner verifies and answers with OK or ERR.
//
//   Login login({...});
//   login.greet(out);                           → send
//   login.on_packet(payload, sequence, out)     → Step::reply: send, then give the next packet
//                                               → Step::verify: credentials() are whole
//                                               → an error: send it, close
//
// COM_CHANGE_USER goes the same way, from on_change_user on. Whether an account exists makes no difference to
// the packets: a client that starts with another plugin is asked to switch, whoever it is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "server/protocol/constants.h"
#include "server/protocol/messages.h"
#include "server/protocol/output.h"

namespace breakwater::protocol {

/// What a client said of itself and of who it is.
struct Credentials {
  Capabilities capabilities = 0;  ///< what both sides can: never a bit that we don't serve
  std::uint8_t charset = 0;
  std::string user{};
  std::string database{};
  std::vector<std::pair<std::string, std::string>> attributes{};
  Bytes auth_response{};
  Salt salt{};  ///< what auth_response answers
};

class Login {
 public:
  struct Options {
    std::string_view server_version;
    std::uint32_t connection_id = 0;
    Salt salt{};         ///< of the greeting; for COM_CHANGE_USER the one that was sent last
    Salt switch_salt{};  ///< of an AuthSwitchRequest, should one be needed
  };
  explicit Login(const Options& options) : options_(options) {}

  enum class Step : std::uint8_t { reply, verify };

  void greet(Output& out);

  /// A packet in the state that is waiting for one. `sequence` is the packet's. Errors: handshake_error
  /// (1043), also for a client that wants TLS; old_auth_mode (1251).
  Result<Step> on_packet(Payload packet, std::uint8_t sequence, Output& out);

  /// The body of COM_CHANGE_USER; `capabilities` are those of the handshake. Error: malformed_packet (1835).
  Result<Step> on_change_user(Payload body, std::uint8_t sequence, Capabilities capabilities, Output& out);

  const Credentials& credentials() const { return credentials_; }
  Credentials take_credentials() { return std::move(credentials_); }

 private:
  Result<Step> on_response(Payload packet, std::uint8_t sequence, Output& out);
  Step on_credentials(std::string_view plugin, std::string_view response, std::uint8_t sequence, Output& out);

  enum class State : std::uint8_t { response, switched, done };
  Options options_;
  Credentials credentials_;
  State state_ = State::response;
};

}  // namespace breakwater::protocol
