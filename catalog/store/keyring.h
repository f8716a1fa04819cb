// The catalogue's key: a file with 32 random bytes, and what is derived from it.
//
// Secrets at rest are sealed with AES-256-GCM under a key derived by HKDF, with the identity of their row
// authenticated, so that a sealed value opens in its own row and nowhere else.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/log.h"
#include "base/secret.h"

namespace breakwater::catalog {

/// Which row a sealed value belongs to: the table's name, then columns of it. Made by sealed_identity()
/// (catalog/store/tables.h), which knows which.
class RowIdentity {
 public:
  explicit RowIdentity(std::span<const std::string_view> parts);
  std::span<const std::uint8_t> bytes() const { return encoded_; }

 private:
  Bytes encoded_;  ///< each part behind its length, so that no two lists are encoded alike
};

/// Immutable once made; any thread may use it.
class Keyring {
 public:
  static Result<Keyring> derive(const Secret& key);

  Result<Bytes> seal(const RowIdentity& row, const Secret& plain, const Entropy& entropy) const;
  /// 4103: damaged, or sealed for another row.
  Result<Secret> open(const RowIdentity& row, std::span<const std::uint8_t> sealed) const;

  /// `encrypt_key=` of the views, in hexadecimal.
  Result<std::string> display(const Secret& plain, const Entropy& entropy) const;

  /// A number for a text that only who holds the key can know; always the same.
  std::uint32_t draw(std::string_view text) const;

  /// The MAC by which what this installation has written outside is known again (storage/formats/place_proof.h).
  Bytes installation_mac(std::span<const std::uint8_t> text) const;

  /// PASSWD of a backup: '*' and 40 hexadecimal digits, the same for the same password, that say nothing about it
  /// to who hasn't the key.
  std::string password_mark(const Secret& password) const;

  /// Kept in the catalogue to tell its key from any other. Says nothing about the key.
  bool is_key_of(std::span<const std::uint8_t> check) const { return crypto::equal(check, check_); }
  std::span<const std::uint8_t> check() const { return check_; }

 private:
  Keyring(Secret rows, Secret display, Secret draws, Secret installation, Secret passwords, Bytes check)
      : rows_(std::move(rows)),
        display_(std::move(display)),
        draws_(std::move(draws)),
        installation_(std::move(installation)),
        passwords_(std::move(passwords)),
        check_(std::move(check)) {}

  Secret rows_;
  Secret display_;
  Secret draws_;
  Secret installation_;
  Secret passwords_;
  Bytes check_;
};

/// What the key file holds. 4179 with a text for the operator: it is missing, can't be read or is not a key.
/// Warns in the log where others may read it.
Result<Secret> load_key_file(const std::string& path, Log& log);

/// Makes a key file that isn't there (0600), durable with its directory when this returns.
Result<Secret> create_key_file(const std::string& path, const Entropy& entropy);

}  // namespace breakwater::catalog
