#include "storage/formats/set_key.h"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "storage/formats/key_file.h"

namespace breakwater::storage {
namespace {

constexpr std::string_view kFingerprintPurpose = "breakwater backup key fingerprint 1";
constexpr std::string_view kWrapPurpose = "breakwater backup key wrap 1";
constexpr std::string_view kValuesPurpose = "breakwater backup values 1";
constexpr std::string_view kMacsPurpose = "breakwater backup mac 1";
constexpr std::string_view kByKey = "by key";
constexpr std::string_view kByPassword = "by password";
constexpr std::size_t kFingerprintBytes = 8;
constexpr std::uint64_t kMaxSetScryptMemory = std::uint64_t{64} << 20U;  // 128 * r * n, bytes
constexpr std::uint64_t kMaxSetScryptWork = std::uint64_t{1} << 21U;     // n * r * p: half a second
constexpr std::uint64_t kPasswordKeyVersion = 1;

std::unexpected<Error> no_key() {
  return fail(error::backup_invalid_password().with_hint(
      "the backup was made with another backup key or password, or its key is damaged"));
}

// Each part behind its length, so that no two lists are encoded alike.
Bytes joined(std::initializer_list<std::string_view> parts) {
  constexpr std::size_t kLengthBytes = 8;
  Bytes out;
  for (const std::string_view part : parts) {
    put_le(out, part.size(), kLengthBytes);
    out.insert(out.end(), part.begin(), part.end());
  }
  return out;
}

bool affordable_for_a_set(const crypto::ScryptCost& cost) {
  return affordable(cost) && 128ULL * cost.r * cost.n <= kMaxSetScryptMemory &&
         cost.n * cost.r <= kMaxSetScryptWork / cost.p;
}

// What is authenticated of a key that a password wraps: how the password's key was derived.
Bytes password_aad(std::string_view identity, const crypto::ScryptCost& cost,
                   std::span<const std::uint8_t> salt) {
  Bytes out = joined({kByPassword, identity, as_text(salt)});
  put_le(out, cost.n, 8);
  put_le(out, cost.r, 4);
  put_le(out, cost.p, 4);
  return out;
}

}  // namespace

Result<std::string> fingerprint_of(const Secret& key) {
  BW_TRY(const Secret print, crypto::derive_key(key, kFingerprintPurpose));
  return crypto::to_hex(print.reveal_bytes().first(kFingerprintBytes));
}

Result<BackupKey> make_backup_key(const Entropy& entropy) {
  BackupKey made{.key = crypto::random_secret(crypto::kKeySize, entropy)};
  BW_TRY(made.fingerprint, fingerprint_of(made.key));
  return made;
}

Result<PasswordKey> derive(const Secret& password, const Entropy& entropy, crypto::ScryptCost cost) {
  PasswordKey made{.cost = cost, .salt = Bytes(kSetSaltSize)};
  entropy.fill(made.salt);
  BW_TRY(made.key, crypto::scrypt(password, made.salt, cost));
  return made;
}

Secret encode(const PasswordKey& key) {
  std::string out;
  out.reserve(1 + 16 + kSetSaltSize + crypto::kKeySize);  // growing would leave copies of the secret
  put_le(out, kPasswordKeyVersion, 1);
  put_le(out, key.cost.n, 8);
  put_le(out, key.cost.r, 4);
  put_le(out, key.cost.p, 4);
  out.append(as_text(key.salt));
  out.append(key.key.reveal());
  return Secret::take(std::move(out));
}

Result<PasswordKey> decode_password_key(const Secret& encoded) {
  ByteReader reader(encoded.reveal_bytes());
  PasswordKey key;
  const bool known = reader.get_le(1) == kPasswordKeyVersion;
  key.cost = {.n = reader.get_le(8).value_or(0),
              .r = static_cast<std::uint32_t>(reader.get_le(4).value_or(0)),
              .p = static_cast<std::uint32_t>(reader.get_le(4).value_or(0))};
  const auto salt = reader.get(kSetSaltSize);
  if (!known || !salt || reader.remaining() != crypto::kKeySize) return fail(error::checksum_error());
  key.salt.assign(salt->begin(), salt->end());
  key.key = Secret(reader.rest());
  return key;
}

bool WrappedKey::ByPassword::operator==(const ByPassword& other) const {
  return cost.n == other.cost.n && cost.r == other.cost.r && cost.p == other.cost.p && salt == other.salt &&
         wrapped == other.wrapped;
}

Result<DataKey> DataKey::of(std::string identity, Secret key) {
  BW_TRY(Secret values, crypto::derive_key(key, kValuesPurpose));
  BW_TRY(Secret macs, crypto::derive_key(key, kMacsPurpose));
  return DataKey(std::move(identity), std::move(key), std::move(values), std::move(macs));
}

Result<DataKey> DataKey::make(std::string identity, const Entropy& entropy) {
  return of(std::move(identity), crypto::random_secret(crypto::kKeySize, entropy));
}

Result<Bytes> DataKey::seal(std::string_view value, const Secret& plain, const Entropy& entropy) const {
  return crypto::seal(values_, plain.reveal(), joined({identity_, value}), entropy);
}

Result<Secret> DataKey::open(std::string_view value, std::span<const std::uint8_t> sealed) const {
  return crypto::open(values_, sealed, joined({identity_, value}));
}

crypto::Sha256 DataKey::mac(std::span<const std::uint8_t> bytes) const {
  const Secret mac = crypto::hmac(crypto::Algorithm::sha256, macs_.reveal(), as_text(bytes));
  crypto::Sha256 out{};
  std::ranges::copy(mac.reveal_bytes(), out.begin());
  return out;
}

Result<WrappedKey> DataKey::wrap(const BackupKey& backup_key, const PasswordKey* password,
                                 const Entropy& entropy) const {
  WrappedKey out{.fingerprint = backup_key.fingerprint};
  BW_TRY(const Secret wrapping, crypto::derive_key(backup_key.key, kWrapPurpose));
  BW_TRY(out.wrapped, crypto::seal(wrapping, key_.reveal(), joined({kByKey, identity_}), entropy));
  if (password == nullptr) return out;
  WrappedKey::ByPassword by{.cost = password->cost, .salt = password->salt};
  BW_TRY(by.wrapped, crypto::seal(password->key, key_.reveal(),
                                  password_aad(identity_, password->cost, password->salt), entropy));
  out.by_password = std::move(by);
  return out;
}

Result<DataKey> unwrap(const WrappedKey& wrapped, std::string identity, const BackupKey& backup_key) {
  BW_TRY(const Secret wrapping, crypto::derive_key(backup_key.key, kWrapPurpose));
  auto key = crypto::open(wrapping, wrapped.wrapped, joined({kByKey, identity}));
  if (!key || key->size() != crypto::kKeySize) return no_key();
  return DataKey::of(std::move(identity), *std::move(key));
}

Result<DataKey> unwrap(const WrappedKey& wrapped, std::string identity, const Secret& password) {
  if (!wrapped.by_password || !affordable_for_a_set(wrapped.by_password->cost)) return no_key();
  const WrappedKey::ByPassword& by = *wrapped.by_password;
  BW_TRY(const Secret wrapping, crypto::scrypt(password, by.salt, by.cost));
  auto key = crypto::open(wrapping, by.wrapped, password_aad(identity, by.cost, by.salt));
  if (!key || key->size() != crypto::kKeySize) return no_key();
  return DataKey::of(std::move(identity), *std::move(key));
}

}  // namespace breakwater::storage
