#include "base/password_hash.h"

#include <array>
#include <charconv>

#include "base/sha_crypt.h"

namespace breakwater::crypto {
namespace {

// $A$ RRR $ salt digest: RRR thousands of rounds, in hexadecimal.
constexpr std::string_view kSha2Start = "$A$";
constexpr std::size_t kRoundDigits = 3;
constexpr std::size_t kSaltSize = 20;
constexpr std::uint32_t kRoundUnit = 1'000;
constexpr std::uint32_t kRounds = 5;
constexpr std::uint32_t kMostRounds = 100;  ///< an imported hash may not keep a processor busy for seconds
constexpr std::size_t kSaltAt = kSha2Start.size() + kRoundDigits + 1;
constexpr std::size_t kDigestAt = kSaltAt + kSaltSize;
constexpr std::size_t kSha2Size = kDigestAt + kShaCryptDigest;
constexpr std::string_view kOwnStart = "$A$005$";

struct Sha2Parts {
  std::uint32_t rounds = kRounds * kRoundUnit;
  std::string_view salt = "....................";
  std::string_view digest{};
};

/// If the text is no hash: parts that no password matches, with the usual number of rounds.
Sha2Parts parts_of(std::string_view text) {
  if (text.size() != kSha2Size || !text.starts_with(kSha2Start) || text[kSaltAt - 1] != '$') return {};
  const char* const digits = text.data() + kSha2Start.size();
  std::uint32_t rounds = 0;
  const auto [end, bad] = std::from_chars(digits, digits + kRoundDigits, rounds, 16);
  if (bad != std::errc() || end != digits + kRoundDigits) return {};
  if (rounds < kRounds || rounds > kMostRounds) return {};
  if (text.find('\0') != std::string_view::npos) return {};
  return {.rounds = rounds * kRoundUnit,
          .salt = text.substr(kSaltAt, kSaltSize),
          .digest = text.substr(kDigestAt)};
}

std::string make_salt(const Entropy& entropy) {
  constexpr std::string_view kLetters = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::array<std::uint8_t, kSaltSize> bytes{};
  entropy.fill(bytes);
  std::string salt;
  for (const std::uint8_t byte : bytes) salt += kLetters[byte % kLetters.size()];
  return salt;
}

}  // namespace

Sha1 native_hash(const Secret& password) {
  Sha1 once = sha1(password.reveal_bytes());
  const Sha1 twice = sha1(once);
  wipe(once.data(), once.size());
  return twice;
}

std::string sha2_hash(const Secret& password, const Entropy& entropy) {
  const std::string salt = make_salt(entropy);
  return std::string(kOwnStart) + salt + sha256_crypt(password, salt, kRounds * kRoundUnit);
}

bool matches_sha2(const Secret& password, std::string_view hash) {
  const Sha2Parts parts = parts_of(hash);
  const std::string digest = sha256_crypt(password, parts.salt, parts.rounds);
  return equal(as_bytes(digest), as_bytes(parts.digest));
}

bool is_sha2_hash(std::string_view text) {
  return !parts_of(text).digest.empty();
}

}  // namespace breakwater::crypto
