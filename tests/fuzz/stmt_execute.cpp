// The parameters of COM_STMT_EXECUTE: several executions of one statement, so that types stay from one to the
// next, with and without values that were sent ahead.
#include "fuzz/fuzz.h"
#include "server/protocol/binary.h"

namespace breakwater {

using namespace protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const std::size_t count = input.byte();
  std::vector<ParameterType> types;
  std::vector<ParameterValue> values;
  while (!input.empty()) {
    std::vector<SentAhead> ahead;
    const std::uint8_t sent = input.byte();
    for (std::uint16_t i = 0; i < 8; ++i) {
      if (((sent >> i) & 1U) != 0) ahead.push_back({i, "ahead"});
    }
    const auto body = input.some();
    if (!read_parameters(body, count, ahead, types, values)) continue;
    fuzz::require(values.size() == count);
    std::size_t bytes = 0;
    for (const ParameterValue& value : values) bytes += value.text == "ahead" ? 0 : value.text.size();
    fuzz::require(bytes <= body.size());
  }
  return 0;
}

}  // namespace breakwater
