// The file that BACKUP KEY writes. Layout and cryptography: docs/key-file.md.
//
// encode and decode cost a key derivation (about 0.3 s and 128 MiB with a password): run them on a pool that
// is bounded. write_key_file and the other functions with a StopFlag block on the file system: run them on
// the file pool.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/secret.h"
#include "storage/stop_flag.h"

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

/// What can be seen without the password. Not authenticated: decode() proves it.
struct KeyFileSummary {
  struct Version {
    std::int64_t version = 0;
    Timestamp created = 0;
    std::string algorithm;
    std::uint64_t fingerprint = 0;  ///< tells keys apart, says nothing about them
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

/// password: null or empty for a file that is authenticated against damage only.
Result<Bytes> encode(const KeyBackup& backup, const Secret* password, const Entropy& entropy,
                     crypto::ScryptCost cost = {});

/// A wrong password, a missing or needless one, a changed bit, an unknown version, bytes left out or added:
/// all backup_invalid_password (9047) with the text "wrong password or damaged file". A file whose header
/// asks for more work than the kMaxScrypt limits allow is one of them.
Result<KeyBackup> decode(std::span<const std::uint8_t> bytes, const Secret* password);

/// The same error as decode() if this is no key file.
Result<KeyFileSummary> peek(std::span<const std::uint8_t> bytes);

/// Whether new_bytes may take old_bytes' place: those are a key file of the same cluster and tenant whose
/// keys are all in the new one too (so that replacing it loses no key). Else file_already_exist (1086).
Result<> check_replaceable(std::span<const std::uint8_t> old_bytes, std::span<const std::uint8_t> new_bytes);

inline constexpr std::uint64_t kMaxScryptMemory = std::uint64_t{512} << 20U;  ///< 128 * r * n, bytes
inline constexpr std::uint64_t kMaxScryptWork = std::uint64_t{1} << 23U;      ///< n * r * p
inline constexpr std::uint32_t kMaxScryptBlocks = 64;                         ///< r
inline constexpr std::uint32_t kMaxScryptParallel = 16;                       ///< p
inline constexpr std::size_t kMaxKeyFile = std::size_t{16} << 20U;
inline constexpr std::size_t kMaxKeyVersions = 65'536;

/// What write_key_file may create, decided beforehand so that an intent can name it.
struct KeyFilePlan {
  std::string path;                      ///< absolute, normalized: the file itself
  std::string temp_name;                 ///< in the same directory
  std::vector<std::string> directories;  ///< missing now, outermost first
  bool replaces = false;                 ///< there is a key file that this one replaces

  std::vector<std::string> to_lines() const;
  static std::optional<KeyFilePlan> from_lines(const std::vector<std::string>& lines);
};

/// Looks at the path and writes nothing. invalid_backup_dest (9026): a symbolic link or special file.
/// file_already_exist (1086): something else than a key file of this cluster and tenant whose keys are all in
/// `bytes` too (so that replacing it loses no key). io_error (4009): a file among the parents.
Result<KeyFilePlan> plan_key_file(std::string_view path, std::span<const std::uint8_t> bytes,
                                  const Entropy& entropy, const StopFlag& stop);

/// Writes exactly plan.path, mode 0600, durable, all or nothing: a new file appears create-only, a key file
/// that the plan replaces is replaced atomically (and looked at again first). Missing parents are made with
/// 0700. On an error everything made here is removed again, but for an operation that was stopped.
Result<> write_key_file(const KeyFilePlan& plan, std::span<const std::uint8_t> bytes, const StopFlag& stop);

/// After a crash: removes the plan's temporary file and empty directories. True: plan.path holds exactly the
/// bytes whose SHA-256 is `digest`, so the write had happened.
Result<bool> settle_key_file(const KeyFilePlan& plan, const crypto::Sha256& digest, const StopFlag& stop);

/// The bytes of a key file; nothing if there's no such file. More than kMaxKeyFile bytes: io_error.
Result<std::optional<Bytes>> read_key_file(std::string_view path, const StopFlag& stop);

}  // namespace breakwater::storage
