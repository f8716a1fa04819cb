// The format file as found at a destination.
#include "storage/formats/format_file.h"

#include "fuzz/fuzz.h"

namespace breakwater {

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (void)storage::decode_format_file({data, size});
  return 0;
}

}  // namespace breakwater
