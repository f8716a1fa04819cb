// The file that BACKUP KEY writes. Layout and cryptography: docs/key-file.md.
//
// encode() and decode() derive a key (about 0.3 s and 128 MiB with a password): run them on a bounded pool.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/secret.h"

namespace breakwater::storage {

struct MasterKey {
  std::int64_t version = 0;
  Timestamp created = 0;
  std::string algorithm;  ///< "aes-256"
  Secret key;
};

struct KeyBackup {
  std::string cluster_name;
  std::int64_t cluster_id = 0;
  std::string tenant_name;
  std::uint64_t tenant_id = 0;
  Timestamp created = 0;
  std::string tde_method;
  Secret external_kms_info;
  std::vector<MasterKey> versions;
};

/// `tde_method` of a file that holds an installation's backup key (docs/backup-format.md#the-file-of-a-backup-key), in the
/// place of a tenant's master keys: the tenant is sys, and there is one version.
inline constexpr std::string_view kBackupKeyMethod = "backup key";
/// `tde_method` of a file that holds the key of an installation's catalogue as version 1, and where there is one its backup
/// key as version 2.
inline constexpr std::string_view kCatalogKeyMethod = "catalog key";

/// Whether such a file holds an installation's keys, and not a tenant's.
inline bool is_of_installation(std::string_view tde_method) {
  return tde_method == kBackupKeyMethod || tde_method == kCatalogKeyMethod;
}

/// What can be read without the password. It isn't authenticated; decode() does that.
struct KeyFileSummary {
  struct Version {
    std::int64_t version = 0;
    Timestamp created = 0;
    std::string algorithm;
    std::uint64_t fingerprint = 0;  ///< tells keys apart and reveals nothing about them
  };
  std::string cluster_name;
  std::int64_t cluster_id = 0;
  std::string tenant_name;
  std::uint64_t tenant_id = 0;
  Timestamp created = 0;
  std::string tde_method;
  std::vector<Version> versions;
  bool is_protected = false;  ///< by a password
  crypto::ScryptCost cost;    ///< meaningful if protected
};

/// password: null or empty for a file that is protected against damage only.
Result<Bytes> encode(const KeyBackup& backup, const Secret* password, const Entropy& entropy,
                     crypto::ScryptCost cost = {});

/// The error is always backup_invalid_password (9047) with the text "wrong password or damaged file": for a
/// wrong, missing or needless password, a changed bit, an unknown version, bytes left out or added, and a
/// file whose header asks for more work than the kMaxScrypt limits allow.
Result<KeyBackup> decode(std::span<const std::uint8_t> bytes, const Secret* password);

/// Whether it begins as a key file does, of any version and however damaged behind that.
bool looks_like_key_file(std::span<const std::uint8_t> bytes);

/// The same error as decode() if this is no key file.
Result<KeyFileSummary> peek(std::span<const std::uint8_t> bytes);

/// Whether new_bytes may replace old_bytes: the old file must be a key file of the same cluster and tenant
/// whose keys are all in the new one too, so that no key is lost. Error: file_already_exist (1086).
Result<> check_replaceable(std::span<const std::uint8_t> old_bytes, std::span<const std::uint8_t> new_bytes);

/// The error of check_replaceable().
Error no_replaceable_key_file();

/// Whose key file it is.
struct KeyOwner {
  std::int64_t cluster_id = 0;
  std::uint64_t tenant_id = 0;
};

inline constexpr std::uint64_t kMaxScryptMemory = std::uint64_t{512} << 20U;  ///< 128 * r * n, bytes
inline constexpr std::uint64_t kMaxScryptWork = std::uint64_t{1} << 23U;      ///< n * r * p
inline constexpr std::uint32_t kMaxScryptBlocks = 64;                         ///< r
inline constexpr std::uint32_t kMaxScryptParallel = 16;                       ///< p
/// Whether a file may ask for so much work: within these limits, and what RFC 7914 permits.
bool affordable(const crypto::ScryptCost& cost);

inline constexpr std::size_t kMaxKeyFile = std::size_t{16} << 20U;
inline constexpr std::size_t kMaxKeyVersions{limits::kMaxMasterKeys};

}  // namespace breakwater::storage
