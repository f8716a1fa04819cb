#include "server/auth/native_password.h"

#include <algorithm>
#include <array>

namespace breakwater::auth {
namespace {

crypto::Sha1 mix(crypto::Sha1 value, const crypto::Sha1& mask) {
  for (std::size_t i = 0; i < value.size(); ++i) value[i] ^= mask[i];
  return value;
}

}  // namespace

NativeHash native_hash(const Secret& password) {
  crypto::Sha1 once = crypto::sha1(password.reveal_bytes());
  const NativeHash twice = crypto::sha1(once);
  wipe(once.data(), once.size());
  return twice;
}

std::string native_hash_text(const NativeHash& hash) {
  return "*" + crypto::to_hex(hash, /*upper=*/true);
}

Result<NativeHash> parse_native_hash(std::string_view text) {
  NativeHash hash{};
  if (text.size() != 1 + 2 * hash.size() || text.front() != '*')
    return fail(error::invalid_argument("password"));
  BW_TRY(const Bytes bytes, crypto::from_hex(text.substr(1)));
  std::ranges::copy(bytes, hash.begin());
  return hash;
}

bool verify_native(const Verifier& verifier, std::span<const std::uint8_t> response,
                   std::span<const std::uint8_t> salt, bool local) {
  // The same hashing whoever asks: a response of another length and an unknown account are checked against a
  // stand-in, so that time says nothing.
  crypto::Sha1 given{};
  const bool whole = response.size() == given.size();
  if (whole) std::ranges::copy(response, given.begin());
  crypto::Sha1 once = mix(given, crypto::sha1(salt, verifier.hash));
  const crypto::Sha1 twice = crypto::sha1(once);
  wipe(once.data(), once.size());
  const bool matches = crypto::equal(twice, verifier.hash);
  switch (verifier.kind) {
    case Verifier::Kind::native:
      return whole && matches;
    case Verifier::Kind::empty:
      return local && response.empty();
    case Verifier::Kind::unknown:
      break;
  }
  return false;
}

crypto::Sha1 native_response(const Secret& password, std::span<const std::uint8_t> salt) {
  const crypto::Sha1 once = crypto::sha1(password.reveal_bytes());
  return mix(once, crypto::sha1(salt, crypto::sha1(once)));
}

protocol::Salt make_salt(const Entropy& entropy) {
  protocol::Salt salt{};
  for (std::size_t filled = 0; filled < salt.size();) {
    std::array<std::uint8_t, 32> bytes{};
    entropy.fill(bytes);
    for (const std::uint8_t byte : bytes) {
      const auto low = static_cast<std::uint8_t>(byte & 0x7FU);
      if (low != 0 && filled < salt.size()) salt[filled++] = low;
    }
  }
  return salt;
}

}  // namespace breakwater::auth
