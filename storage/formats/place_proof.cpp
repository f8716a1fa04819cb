#include "storage/formats/place_proof.h"

#include <algorithm>
#include <string_view>

#include "base/crypto.h"
#include "storage/formats/format_file.h"

namespace breakwater::storage {
namespace {

constexpr std::string_view kLabel = "Breakwater MAC 1";
constexpr std::size_t kProofBytes = kLabel.size() + sizeof(crypto::Sha256);
constexpr std::size_t kNumberBytes = 8;

void put_counted(Bytes& text, std::span<const std::uint8_t> part) {
  put_le(text, part.size(), kNumberBytes);
  text.insert(text.end(), part.begin(), part.end());
}

}  // namespace

Result<Bytes> place_text(std::span<const std::uint8_t> format_bytes) {
  BW_TRY(const FormatFile format, decode_format_file(format_bytes));
  const auto label = as_bytes(kLabel);
  Bytes text(label.begin(), label.end());
  put_le(text, static_cast<std::uint64_t>(format.cluster_id), kNumberBytes);
  put_le(text, format.tenant_id, kNumberBytes);
  put_le(text, static_cast<std::uint64_t>(format.dest_id), kNumberBytes);
  put_counted(text, as_bytes(format.path));
  put_counted(text, format_bytes);
  return text;
}

Bytes encode_proof(std::span<const std::uint8_t> mac) {
  const auto label = as_bytes(kLabel);
  Bytes proof(label.begin(), label.end());
  proof.insert(proof.end(), mac.begin(), mac.end());
  return proof;
}

bool has_proof(std::span<const std::uint8_t> check_file) {
  return check_file.size() >= kProofBytes &&
         std::ranges::equal(check_file.last(kProofBytes).first(kLabel.size()), as_bytes(kLabel));
}

bool ends_with_proof(std::span<const std::uint8_t> check_file, std::span<const std::uint8_t> proof) {
  return check_file.size() >= proof.size() && crypto::equal(check_file.last(proof.size()), proof);
}

}  // namespace breakwater::storage
