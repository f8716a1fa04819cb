#include "storage/formats/probe_content.h"

#include <algorithm>
#include <string>

namespace breakwater::storage {
namespace {

bool begins(std::span<const std::uint8_t> whole, std::span<const std::uint8_t> with) {
  return with.size() <= whole.size() && std::ranges::equal(with, whole.first(with.size()));
}

Bytes make_block() {
  Bytes block(kProbeBytes);
  for (std::size_t i = 0; i < block.size(); ++i) block[i] = static_cast<std::uint8_t>(i * 167 + i / 251);
  std::ranges::copy(kProbeMagic, block.begin());
  return block;
}

}  // namespace

const Bytes& probe_block() {
  static const Bytes block = make_block();
  return block;
}

bool is_probe_file(std::span<const std::uint8_t> whole) {
  const std::string changed = std::string(kOverwrittenProbe).append(kAppendedProbe);
  return begins(as_bytes(changed), whole) || begins(probe_block(), whole);
}

bool is_probe_size(std::uint64_t size) {
  return size == kProbeBytes || size == kToOverwriteProbe.size() || size == kOverwrittenProbe.size() ||
         size == kAppendedProbe.size() || size == 2 * kAppendedProbe.size();
}

bool is_probe_head(std::span<const std::uint8_t> head) {
  return std::ranges::equal(head, as_bytes(kProbeMagic));
}

}  // namespace breakwater::storage
