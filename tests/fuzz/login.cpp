// A whole login: the handshake response and what answers an AuthSwitchRequest, then COM_CHANGE_USER.
#include "server/protocol/login.h"

#include "fuzz/fuzz.h"

namespace breakwater {

using protocol::Login;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  protocol::Output out;
  Login login({.server_version = "5.7.25", .connection_id = 1});
  login.greet(out);
  std::uint8_t sequence = 1;
  while (!input.empty()) {
    auto step = login.on_packet(input.some(), sequence, out);
    if (step && *step == Login::Step::look_up) step = login.on_account({}, out);
    sequence = static_cast<std::uint8_t>(sequence + 2);
    if (!step) return 0;
    if (*step == Login::Step::verify) break;
  }
  const auto capabilities = login.credentials().capabilities;
  fuzz::require((capabilities & ~protocol::capability::kHonoured) == 0);
  Login change({.server_version = "5.7.25", .connection_id = 1});
  auto step = change.on_change_user(input.some(), 0, capabilities);
  if (step && *step == Login::Step::look_up) step = change.on_account({}, out);
  if (step && *step == Login::Step::reply) (void)change.on_packet(input.rest(), 2, out);
  return 0;
}

}  // namespace breakwater
