// Manifests, marks and names of backups, as found on a medium. The sum that would refuse nearly every input is made right,
// so that what is behind it is reached.
#include <string>

#include "base/crypto.h"
#include "fuzz/fuzz.h"
#include "storage/formats/archive_piece.h"
#include "storage/formats/backup_set.h"

namespace breakwater {
namespace {

std::string summed(std::string_view body) {
  std::string text(body);
  const std::string sum = crypto::to_hex(crypto::sha256(as_bytes(text)));
  text.append(R"(,"sha256":")").append(sum).append("\"}\n");
  return text;
}

void read_all(std::span<const std::uint8_t> bytes) {
  const auto set = storage::decode_set_manifest(bytes);
  fuzz::require(!set || set->objects.size() <= storage::kMaxObjects);
  const auto piece = storage::decode_piece_manifest(bytes);
  fuzz::require(!piece || piece->objects.size() <= storage::kMaxObjects);
  (void)storage::decode_set_start(bytes);
  (void)storage::decode_set_end(bytes);
  (void)storage::decode_round_start(bytes);
  (void)storage::decode_round_end(bytes);
  (void)storage::decode_piece_start(bytes);
  (void)storage::decode_checkpoint(bytes);
}

void read_name(std::string_view name) {
  const auto set = storage::set_of(name);
  fuzz::require(!set || name.starts_with(storage::set_directory(*set)));
  const auto piece = storage::piece_of(name);
  fuzz::require(!piece || name.starts_with(storage::piece_directory(*piece)));
  const auto mark = storage::parse_set_mark(name);
  fuzz::require(!mark || mark->ending || name == storage::set_start_name(mark->set));
  const auto round = storage::parse_round_mark(name);
  fuzz::require(!round || name == (round->end ? storage::round_end_name(round->round)
                                              : storage::round_start_name(round->round)));
  (void)storage::parse_piece_mark(name);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> input(data, size);
  read_all(input);
  read_all(as_bytes(summed(as_text(input))));
  read_name(as_text(input));
  return 0;
}

}  // namespace breakwater
