// The body of COM_CHANGE_USER under any capabilities. What is read and written again reads as the same.
#include "fuzz/fuzz.h"
#include "server/protocol/messages.h"
#include "server/protocol/output.h"

namespace breakwater {

using protocol::ChangeUserRequest;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const protocol::Capabilities capabilities = input.word();
  const auto request = ChangeUserRequest::deserialize(input.rest(), capabilities);
  if (!request) return 0;
  fuzz::require(request->attributes.size() <= protocol::kMaxAttributes);
  protocol::Output out;
  request->serialize(out, capabilities);
  const auto again = ChangeUserRequest::deserialize(as_bytes(out.view()), capabilities);
  fuzz::require(again.has_value() && again->user == request->user && again->database == request->database &&
                again->attributes == request->attributes);
  return 0;
}

}  // namespace breakwater
