#include "server/auth/caching_sha2.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/limits.h"
#include "base/password_hash.h"

namespace breakwater::auth {
namespace {

crypto::Sha256 mix(crypto::Sha256 value, const crypto::Sha256& mask) {
  for (std::size_t i = 0; i < value.size(); ++i) value[i] ^= mask[i];
  return value;
}

crypto::Sha256 mask_of(const FastDigest& digest, std::span<const std::uint8_t> salt) {
  Bytes both(digest.bytes.begin(), digest.bytes.end());
  both.insert(both.end(), salt.begin(), salt.end());
  const crypto::Sha256 mask = crypto::sha256(both);
  wipe(both.data(), both.size());
  return mask;
}

// Some clients send an empty password as no bytes, others as one NUL.
bool is_empty(std::span<const std::uint8_t> response) {
  return response.empty() || (response.size() == 1 && response[0] == 0);
}

}  // namespace

FastOutcome verify_sha2_fast(const Verifier& verifier, std::span<const std::uint8_t> response,
                             std::span<const std::uint8_t> salt, bool local) {
  if (is_empty(response)) {
    const bool right = verifier.kind == Verifier::Kind::empty && local;
    return right ? FastOutcome::accepted : FastOutcome::refused;
  }
  crypto::Sha256 given{};
  if (response.size() != given.size()) return FastOutcome::refused;
  std::ranges::copy(response, given.begin());
  const FastDigest digest = verifier.cached.value_or(FastDigest());
  crypto::Sha256 once = mix(given, mask_of(digest, salt));
  const bool matches = crypto::equal(crypto::sha256(once), digest.bytes);
  wipe(once.data(), once.size());
  const bool right = verifier.kind == Verifier::Kind::password && verifier.cached.has_value() && matches;
  return right ? FastOutcome::accepted : FastOutcome::full;
}

bool verify_password(const Verifier& verifier, const Secret& password, bool local) {
  // The work grows with the square of the length, and no account has a longer password.
  if (password.size() > limits::kMaxPassword) return verify_password(Verifier{}, Secret(), local);
  const bool by_sha2 = crypto::matches_sha2(password, verifier.sha2);
  const bool by_native =
      crypto::equal(crypto::native_hash(password), verifier.native.value_or(crypto::Sha1{}));
  switch (verifier.kind) {
    case Verifier::Kind::password:
      return verifier.sha2.empty() ? by_native && verifier.native.has_value() : by_sha2;
    case Verifier::Kind::empty:
      return local && password.empty();
    case Verifier::Kind::unknown:
      break;
  }
  return false;
}

FastDigest fast_digest(const Secret& password) {
  crypto::Sha256 once = crypto::sha256(password.reveal_bytes());
  FastDigest digest(crypto::sha256(once));
  wipe(once.data(), once.size());
  return digest;
}

}  // namespace breakwater::auth
