// The data that the catalogue stores, as plain structs. Every member has a default, so that designated
// initializers may leave any out. Times are microseconds since the epoch, UTC.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/secret.h"

namespace breakwater::catalog {

using TenantId = std::int64_t;
using AccountId = std::int64_t;

inline constexpr TenantId kSysTenantId = 1;
inline constexpr TenantId kFirstUserTenantId = 1002;  ///< user tenants are even, META$n is n - 1
inline constexpr std::int64_t kFirstDestId = 1001;
inline constexpr std::string_view kSysTenantName = "sys";

enum class CompatibilityMode : std::uint8_t { mysql, oracle };

/// TENANT_ROLE. Only a primary tenant's settings change.
enum class TenantRole : std::uint8_t { primary, standby, restore };

struct Cluster {
  std::int64_t id = 1;
  std::string name{};
  Timestamp created = 0;
};

struct Tenant {
  TenantId id = 0;
  std::string name{};
  CompatibilityMode mode = CompatibilityMode::mysql;
  bool locked = false;
  std::string invited_nodes{};  ///< ob_tcp_invited_nodes
  std::string primary_zone{};
  std::string locality{};
  std::string comment{};
  Timestamp created = 0;
  bool archivelog = false;  ///< LOG_MODE is ARCHIVELOG
  TenantRole role = TenantRole::primary;

  bool is_sys() const { return id == kSysTenantId; }
};

/// SHA1(SHA1(password)), for mysql_native_password.
using NativeHash = crypto::Sha1;

/// The hashes of a password; catalog/model/password.h makes them. If both are missing, the password is empty.
struct Credential {
  std::optional<NativeHash> native_hash{};
  std::optional<std::string> sha2_hash{};  ///< as caching_sha2_password writes it: $A$005$, salt, digest
};

/// The values of CREATE TENANT. For empty strings the database's defaults are used.
struct TenantSpec {
  std::string name{};
  CompatibilityMode mode = CompatibilityMode::mysql;
  std::string invited_nodes = "127.0.0.1,::1";
  std::string primary_zone{};
  std::string locality{};
  std::string comment{};
  std::vector<std::string> pools{};  ///< RESOURCE_POOL_LIST; empty: the tenant gets a pool of its own
  /// SET name = value; stored as global variables.
  std::vector<std::pair<std::string, std::string>> variables{};
  Credential administrator{};  ///< of root, in Oracle mode SYS
};

/// ALTER TENANT: the members that are set change.
struct TenantChange {
  std::optional<std::string> name{};
  std::optional<bool> locked{};
  std::optional<std::string> invited_nodes{};
  std::optional<std::string> primary_zone{};
  std::optional<std::string> locality{};  ///< the old one becomes PREVIOUS_LOCALITY
  std::optional<std::string> comment{};
};

struct ResourceUnit {
  std::int64_t id = 0;  ///< given by the store
  std::string name{};
  double max_cpu = 1;
  double min_cpu = 1;
  std::int64_t memory_size = 0;
  std::int64_t log_disk_size = 0;
  std::int64_t max_iops = 0;
  std::int64_t min_iops = 0;
  std::int64_t iops_weight = 0;
};

struct ResourcePool {
  std::int64_t id = 0;                  ///< given by the store
  std::optional<TenantId> tenant_id{};  ///< the tenant that has it
  std::string name{};
  std::int64_t unit_count = 1;
  std::string unit{};       ///< the unit's name
  std::string zone_list{};  ///< 'z1;z2', as OceanBase stores it
};

struct PoolChange {
  std::optional<std::int64_t> unit_count{};
  std::optional<std::string> unit{};
  std::optional<std::string> zone_list{};
};

// ---- accounts ----

/// What an account requires besides the password.
enum class TlsNeed : std::uint8_t { none, ssl, x509 };

/// What is asked of an account's password, and what failed logins come to. Days.
struct PasswordPolicy {
  bool expired = false;                    ///< it must be changed before anything else
  std::optional<std::int64_t> lifetime{};  ///< 0: it doesn't expire; not set: the server's setting
  std::int64_t failed_login_attempts =
      0;                       ///< from one address that lock the account for that address; 0: none
  std::int64_t lock_days = 0;  ///< how long; 0: it isn't locked, kUnbounded: until it is unlocked

  static constexpr std::int64_t kUnbounded = -1;
  bool locks() const { return failed_login_attempts > 0 && lock_days != 0; }
};

struct AccountKey {
  TenantId tenant_id = 0;
  std::string user{};
  std::string host = "%";
};

struct Account {
  AccountId id = 0;  ///< given by the store, and not reused after the account is dropped
  AccountKey key{};
  Credential credential{};
  std::string plugin{};  ///< the only one by which it may log in; empty: any
  bool locked = false;
  TlsNeed tls = TlsNeed::none;
  PasswordPolicy policy{};
  Timestamp password_time = 0;  ///< when the password was set; the store gives it
};

/// Where a client comes from, for MySQL's host rule.
struct ClientHost {
  std::string address{};  ///< "127.0.0.1", "::1"; empty for a unix socket
  bool local = false;     ///< unix socket or loopback: 'localhost' matches too
};

/// The privileges that an account has on one object. schema and table are "*" or a name; privileges are bits
/// of catalog/model/privilege.h.
struct GrantRow {
  std::string schema = "*";
  std::string table = "*";
  std::uint64_t privileges = 0;
};

// ---- parameters ----

struct ParameterRow {
  std::string name{};
  std::string value{};  ///< empty for a secret one
  bool secret = false;  ///< stored sealed; ParameterReader::secret() opens it
};

// ---- keys ----

struct MasterKeyVersion {
  std::int64_t version = 0;
  Timestamp created = 0;
};

struct MasterKey {
  std::int64_t version = 0;
  Timestamp created = 0;
  Secret key{};  ///< crypto::kKeySize bytes
};

/// The keystore of an Oracle tenant, which has at most one.
struct Keystore {
  std::string name;
  std::string password_hash;  ///< in the form of caching_sha2_password
  bool open = false;
};

// ---- destinations ----

enum class DestinationKind : std::uint8_t { data_backup_dest, log_archive_dest, backup_key };

/// DEST_TYPE of the views: backup_data, archive_log, backup_key.
std::string_view dest_type(DestinationKind kind);
DestinationKind destination_kind(std::string_view dest_type);

struct DestinationKey {
  TenantId tenant_id = 0;
  std::string path{};      ///< PATH of the views, the storage's spelling
  std::string endpoint{};  ///< ENDPOINT of the views: '' or 'host=…'
};

/// A row of backup_storage_info.
struct Destination {
  DestinationKey key{};
  DestinationKind kind = DestinationKind::data_backup_dest;
  std::string path_key{};  ///< the same for all spellings of the path: see IntentWriter::open()
  std::int64_t dest_id = 0;
  std::string authorization{};  ///< display form: access_id=…&encrypt_key=…, never a clear key
  std::string extension{};
  std::string check_file_name{};
  Timestamp last_check = 0;
  Bytes format{};  ///< the exact bytes of our format file; empty for a key backup
  /// What it is on, as storage/destination/file_system.h writes it; empty: not known, given up, or a bucket.
  std::string file_system{};
};

/// The value of LOG_ARCHIVE_DEST, as the views show it.
struct ArchiveDest {
  std::string path{};  ///< without a key in clear text
  std::string binding = "OPTIONAL";
  std::int64_t dest_id = 0;
  std::string piece_switch_interval = "1d";
  std::string state = "ENABLE";
};

/// The policy for deleting expired backups.
struct DeletePolicy {
  std::string name{};
  std::string recovery_window{};  ///< as the user wrote it; may be empty
  std::int64_t redundancy = 1;
  std::int64_t backup_copies = 0;
};

/// One check of a destination's proof.
struct DestinationCheck {
  std::string name{};
  bool ok = false;
  double milliseconds = 0;
  std::string seen{};
  std::string hint{};
};

/// What is known of a proof beside its checks.
struct ProofNote {
  enum class By : std::uint8_t { set, check, schedule };
  By by = By::check;
  std::optional<std::int64_t> free_bytes{};  ///< of a file system that says so
};

/// The owner of a path key, by a destination or an open intent.
struct PathClaim {
  std::string path_key{};
  TenantId tenant_id = 0;
  DestinationKind kind = DestinationKind::data_backup_dest;
};

/// An intent: what an operation is about to create outside the catalogue.
struct IntentSpec {
  DestinationKey key{};
  DestinationKind kind = DestinationKind::data_backup_dest;
  std::string path_key{};    ///< empty: the path isn't claimed
  std::int64_t dest_id = 0;  ///< of the existing row, or from DestinationWriter::reserve_id(); 0: none
  Bytes format{};            ///< the exact bytes of the destination's format file; empty for a key backup
  Bytes record{};            ///< what may be made, as who makes it encodes it; the store keeps it
};

struct Intent {
  std::int64_t id = 0;
  IntentSpec spec{};
  Timestamp created = 0;
  /// In place of a record, for an intent that a version before there were records has opened. A key backup's
  /// spec.format then holds a digest.
  std::vector<std::string> lines{};
};

}  // namespace breakwater::catalog
