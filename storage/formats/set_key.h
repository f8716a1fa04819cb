// The keys of backups. Each set and each round has a random data key. It seals the values that are secret, one by one, and
// makes the MACs of manifests and objects. It is written beside what it seals, wrapped by the installation's backup key
// and, where there is a password, by a key derived from that as well. Layout and cryptography: docs/backup-format.md#keys.
//
// All functions are pure; any thread may call them. derive() is slow (about 0.15 s and 16 MiB): run it on a bounded pool.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/secret.h"

namespace breakwater::storage {

/// The key of an installation that wraps data keys: kKeySize random bytes, kept in the catalogue.
struct BackupKey {
  Secret key{};
  std::string fingerprint{};  ///< fingerprint_of(key)
};
/// 16 hexadecimal digits that tell keys apart and reveal nothing about them.
Result<std::string> fingerprint_of(const Secret& key);
Result<BackupKey> make_backup_key(const Entropy& entropy);

/// For a set or a round; together with the salt it says how a password's key was derived.
inline constexpr crypto::ScryptCost kSetScryptCost{.n = std::uint64_t{1} << 14U, .r = 8, .p = 5};
inline constexpr std::size_t kSetSaltSize = 16;

/// A key that was derived from a password. A job keeps this (the key sealed) in the place of the password, so that it goes on
/// after a restart: encode() and decode_password_key().
struct PasswordKey {
  crypto::ScryptCost cost = kSetScryptCost;
  Bytes salt{};
  Secret key{};
};
/// `password`: the password itself, never the digest that the views show in its place.
Result<PasswordKey> derive(const Secret& password, const Entropy& entropy,
                           crypto::ScryptCost cost = kSetScryptCost);
Secret encode(const PasswordKey& key);
/// checksum_error (4103) if it isn't what encode() made.
Result<PasswordKey> decode_password_key(const Secret& encoded);

/// A data key as it stands in a manifest.
struct WrappedKey {
  struct ByPassword {
    crypto::ScryptCost cost{};
    Bytes salt{};
    Bytes wrapped{};
    bool operator==(const ByPassword& other) const;
  };
  std::string fingerprint{};  ///< of the backup key
  Bytes wrapped{};            ///< by the backup key
  std::optional<ByPassword> by_password{};

  bool operator==(const WrappedKey&) const = default;
};

/// A data key, with the identity of the set or round that it belongs to (set_identity(), round_identity()).
class DataKey {
 public:
  static Result<DataKey> make(std::string identity, const Entropy& entropy);

  const std::string& identity() const { return identity_; }

  /// `value`: which value of the set it is; what is sealed opens as this value of this set and nowhere else.
  Result<Bytes> seal(std::string_view value, const Secret& plain, const Entropy& entropy) const;
  /// checksum_error (4103): damaged, or sealed as another value or in another set.
  Result<Secret> open(std::string_view value, std::span<const std::uint8_t> sealed) const;

  /// HMAC-SHA256 under a key of its own.
  crypto::Sha256 mac(std::span<const std::uint8_t> bytes) const;

  /// `password`: null if there is none.
  Result<WrappedKey> wrap(const BackupKey& backup_key, const PasswordKey* password,
                          const Entropy& entropy) const;

 private:
  friend Result<DataKey> unwrap(const WrappedKey&, std::string, const BackupKey&);
  friend Result<DataKey> unwrap(const WrappedKey&, std::string, const Secret&);

  static Result<DataKey> of(std::string identity, Secret key);
  DataKey(std::string identity, Secret key, Secret values, Secret macs)
      : identity_(std::move(identity)),
        key_(std::move(key)),
        values_(std::move(values)),
        macs_(std::move(macs)) {}

  std::string identity_;
  Secret key_;
  Secret values_;
  Secret macs_;
};

/// Opens a data key. Error of both: backup_invalid_password (9047) if it isn't the key, or the wrapped key is damaged; also
/// where there was no password. A password's cost is checked against the limits of key_file.h before anything is derived.
Result<DataKey> unwrap(const WrappedKey& wrapped, std::string identity, const BackupKey& backup_key);
/// Slow, as derive() is.
Result<DataKey> unwrap(const WrappedKey& wrapped, std::string identity, const Secret& password);

}  // namespace breakwater::storage
