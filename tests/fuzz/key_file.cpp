// A key file as found at a path: its head, and the whole of one without a password. With a password it would
// take a derivation of 128 MiB: not for here.
#include "storage/formats/key_file.h"

#include "fuzz/fuzz.h"

namespace breakwater {

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto head = storage::peek({data, size});
  const auto whole = storage::decode({data, size}, nullptr);
  fuzz::require(!whole || (head && !head->is_protected));
  return 0;
}

}  // namespace breakwater
