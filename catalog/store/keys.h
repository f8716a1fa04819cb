// The store's role for a tenant's master keys, for the keystore of an Oracle tenant, and for the backup keys, which wrap
// the data keys of backups (storage/formats/set_key.h).
//
// Master keys are kept sealed and numbered from 1; none is ever changed, and only forget() removes those of a tenant that
// is dropped. So are backup keys, by their fingerprints: one is the installation's own, made with its first backup; others
// came from elsewhere, to restore by.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "catalog/model/entities.h"

namespace breakwater::catalog {

/// A backup key, unsealed.
struct StoredBackupKey {
  std::string fingerprint{};
  Secret key{};
  bool own = false;                  ///< what is backed up here is wrapped by this one
  std::optional<Timestamp> saved{};  ///< when it was last saved outside; not set: never
};

/// A tenant's newest key backup: what BACKUP KEY wrote, or RESTORE KEY read.
struct KeyBackupNote {
  std::int64_t version = 0;  ///< the newest in it; every one before it is in it too
  Timestamp time = 0;
  std::string path{};                  ///< with `endpoint`, as the views show it: without secrets
  std::string endpoint{};              ///< empty for a file
  std::optional<bool> is_protected{};  ///< by a password. Not set: a version that didn't note it made it
};

/// How safe a tenant's master keys are (docs/keys.md#status).
struct KeyStatus {
  TenantId tenant_id = 0;
  std::string tenant_name{};  ///< empty: it is dropped
  std::string status{};       ///< NO_KEY, NEVER_BACKED_UP, STALE, UNPROTECTED, CURRENT
};

class KeyReader {
 public:
  virtual ~KeyReader() = default;

  virtual Result<std::vector<MasterKeyVersion>> versions(TenantId tenant) = 0;
  /// The newest version, which is how many there are; 0: none.
  virtual Result<std::int64_t> newest(TenantId tenant) = 0;
  /// All versions unsealed, oldest first: what BACKUP KEY writes. checksum_error (4103) if one is damaged.
  virtual Result<std::vector<MasterKey>> unsealed(TenantId tenant) = 0;

  virtual Result<std::optional<KeyBackupNote>> newest_backup(TenantId tenant) = 0;
  /// Tenants that have master keys and whose status isn't CURRENT, dropped ones too, by their ids; at most so many.
  virtual Result<std::vector<KeyStatus>> at_risk(std::size_t most) = 0;

  virtual Result<std::optional<Keystore>> keystore(TenantId tenant) = 0;

  /// The installation's own. Nullopt: there was no backup yet. checksum_error (4103) if it is damaged.
  virtual Result<std::optional<StoredBackupKey>> own_backup_key() = 0;
  /// All of them, the own one first. The same error.
  virtual Result<std::vector<StoredBackupKey>> backup_keys() = 0;
};

class KeyWriter {
 public:
  virtual ~KeyWriter() = default;

  /// A new 256-bit key under the next version, which is returned, with an event. tenant_not_exist (5157); size_overflow
  /// (4019): there are limits::kMaxMasterKeys.
  virtual Result<std::int64_t> rotate(TenantId tenant) = 0;

  /// Adds those versions of `keys` that the tenant lacks, as they were made, with an event; returns how many. Nothing
  /// is added if one that it has is another key: invalid_argument (1210), nor if versions would be left out between:
  /// the same. tenant_not_exist (5157), size_overflow (4019); standby_read_only (4688).
  virtual Result<std::size_t> restore(TenantId tenant, std::span<const MasterKey> keys) = 0;

  /// Replaces what is known of a backup that is older, or holds less.
  virtual Result<> note_backup(TenantId tenant, const KeyBackupNote& backup) = 0;

  /// An event: a tenant was dropped whose newest master key is in no key backup.
  virtual Result<> record_dropped_unsaved(TenantId tenant) = 0;

  /// The master keys of a dropped tenant go, with an event. op_not_allow (4179) if the tenant exists; entry_not_exist
  /// (4018) if there are none.
  virtual Result<> forget(TenantId tenant) = 0;
  /// tenant_not_exist (5157), keystore_exist (4350).
  virtual Result<> create_keystore(TenantId tenant, const Keystore& keystore) = 0;
  /// Password and state; the name stays. keystore_not_exist (4351).
  virtual Result<> change_keystore(TenantId tenant, const Keystore& keystore) = 0;

  /// A key that is known already stays as it is. `own`: it becomes the installation's own unless there is one.
  virtual Result<> add_backup_key(std::string_view fingerprint, const Secret& key, bool own) = 0;
  /// That it was saved outside, now. No effect if it isn't known.
  virtual Result<> note_backup_key_saved(std::string_view fingerprint) = 0;

  static constexpr std::int64_t kMaxBackupKeys =
      1024;  ///< with those of elsewhere; more is size_overflow (4019)
};

}  // namespace breakwater::catalog
