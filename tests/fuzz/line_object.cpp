// An object of lines as found on a medium, without a key and with one whose MAC is right.
#include "storage/formats/line_object.h"

#include "fuzz/fuzz.h"

namespace breakwater {
namespace {

class NoChance final : public Entropy {
 public:
  void fill(std::span<std::uint8_t> out) const override {
    for (std::uint8_t& byte : out) byte = 7;
  }
};

const storage::DataKey& key() {
  static const NoChance kEntropy;
  static const storage::DataKey kKey = storage::DataKey::make("set 1:1002:1001:3", kEntropy).value();
  return kKey;
}

void read(std::span<const std::uint8_t> bytes, const storage::DataKey* with) {
  const auto got = storage::read_lines(bytes, with, [](std::string_view line) -> Result<> {
    fuzz::require(!line.empty() && line.size() <= storage::kMaxLine && !line.contains('\n'));
    return {};
  });
  const auto header = storage::peek_line_header(bytes);
  fuzz::require(!got || (header && *header == *got));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  read({data, size}, nullptr);
  Bytes proved(data, data + size);
  const crypto::Sha256 mac = key().mac(proved);
  proved.insert(proved.end(), mac.begin(), mac.end());
  read(proved, &key());
  return 0;
}

}  // namespace breakwater
