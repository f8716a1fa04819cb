// HandshakeResponse41 and SSLRequest. What is read and written again reads as the same.
#include "fuzz/fuzz.h"
#include "server/protocol/messages.h"
#include "server/protocol/output.h"

namespace breakwater {

using protocol::HandshakeResponse;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> packet(data, size);
  (void)protocol::asks_for_tls(packet);
  const auto response = HandshakeResponse::deserialize(packet);
  if (!response) return 0;
  fuzz::require(response->attributes.size() <= protocol::kMaxAttributes);
  protocol::Output out;
  response->serialize(out);
  const auto again = HandshakeResponse::deserialize(as_bytes(out.view()));
  fuzz::require(again.has_value() && again->user == response->user && again->database == response->database &&
                again->auth_response == response->auth_response && again->attributes == response->attributes);
  return 0;
}

}  // namespace breakwater
