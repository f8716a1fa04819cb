// What the server remembers, behind few semantic operations, each of them whole or not at all.
//
// - A Reader reads committed state. Every thread that reads opens its own; a look-up takes microseconds.
// - A write is a job, run on the store's one writer thread inside a transaction. Jobs that wait together
// share
//   one commit, each behind a savepoint of its own: a job that returns an error leaves nothing behind and
//   does not hurt its neighbours. Its completion runs after the commit is on disk (or failed), on the writer
//   thread: it must be quick and must not wait. A job is pure catalogue code: it awaits nothing and touches
//   no storage.
//
// Operations return the error a client sees. Besides those named at each: 4184 (the disk is full), 4009 (it
// failed), 4023 (the queue of writes is full), 1053 (the store is closing), 4016 with a hint (a damaged
// catalogue). Names of tenants, units and pools are compared as exact bytes; hosts without case.
//
// Nothing here assumes that this process is the only writer to a shared store: what must be unique is a
// constraint of the store.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/secret.h"
#include "catalog/model/entities.h"
#include "catalog/model/privilege.h"
#include "catalog/store/account_rules.h"

namespace breakwater::catalog {

/// 9081: a destination is refused where this claim stands.
Error path_taken(bool same_tenant, DestinationKind held);

/// What the accounts and tenants of the whole catalogue are like: what unknown names pass for.
struct AccountCounts {
  std::uint64_t accounts = 0;
  std::uint64_t native = 0;  ///< of these, for mysql_native_password alone
  std::uint64_t sha2 = 0;    ///< … for caching_sha2_password alone
  std::uint64_t tenants = 0;
  std::uint64_t oracle = 0;  ///< of these, in Oracle mode
};

/// Reads. In a Transaction these see its own changes. One thread at a time.
class Reader {
 public:
  virtual ~Reader() = default;

  /// Before a statement: what is read until release_snapshot() is read from one state of the store, which
  /// costs less than one for each read. It is never older than what this store had committed as the read
  /// began: look-ups renew it by themselves, a QueryRunner on this reader doesn't. What another process
  /// writes is seen when it is renewed. It holds back the write-ahead log: to be released within a second. No
  /// effect in a Transaction.
  virtual Result<> hold_snapshot() = 0;
  virtual void release_snapshot() = 0;

  // ---- tenants ----
  virtual Result<std::optional<Tenant>> tenant(std::string_view name) = 0;
  virtual Result<std::optional<Tenant>> tenant(TenantId id) = 0;
  virtual Result<std::vector<Tenant>> tenants() = 0;  ///< by id, sys first
  virtual Result<std::size_t> tenant_count() = 0;

  virtual Result<std::optional<ResourceUnit>> resource_unit(std::string_view name) = 0;
  virtual Result<std::optional<ResourcePool>> resource_pool(std::string_view name) = 0;
  virtual Result<std::vector<ResourcePool>> resource_pools(TenantId tenant) = 0;

  // ---- accounts ----
  /// Whom a login is: MySQL's rule, the most specific host that fits. Without looking at the password.
  virtual Result<std::optional<Account>> login_account(TenantId tenant, std::string_view user,
                                                       const ClientHost& client) = 0;
  virtual Result<std::optional<Account>> account(const AccountKey& key) = 0;
  virtual Result<std::vector<Account>> accounts(TenantId tenant) = 0;
  virtual Result<AccountCounts> account_counts() = 0;
  virtual Result<std::vector<GrantRow>> grants(const AccountKey& key) = 0;
  /// Those of them that are granted ON *.*, however many others there are.
  virtual Result<Privileges> global_privileges(const AccountKey& key) = 0;

  // ---- parameters and variables ----
  /// A set parameter's value; nothing if it was never set, or is secret.
  virtual Result<std::optional<std::string>> parameter(TenantId tenant, std::string_view name) = 0;
  virtual Result<std::optional<Secret>> secret_parameter(TenantId tenant, std::string_view name) = 0;
  virtual Result<std::vector<ParameterRow>> parameters(TenantId tenant) = 0;
  virtual Result<std::optional<std::string>> global_variable(TenantId tenant, std::string_view name) = 0;
  virtual Result<std::vector<std::pair<std::string, std::string>>> global_variables(TenantId tenant) = 0;

  // ---- keys ----
  virtual Result<std::vector<MasterKeyVersion>> master_key_versions(TenantId tenant) = 0;
  /// The newest version, which is how many there are; 0: none.
  virtual Result<std::int64_t> newest_master_key(TenantId tenant) = 0;
  /// All versions unsealed, oldest first: what BACKUP KEY writes. 4103 if one is damaged.
  virtual Result<std::vector<MasterKey>> master_keys(TenantId tenant) = 0;

  virtual Result<std::optional<Keystore>> keystore(TenantId tenant) = 0;

  // ---- destinations ----
  virtual Result<std::optional<Destination>> destination(const DestinationKey& key) = 0;
  /// What DATA_BACKUP_DEST names now; nothing if never set, or cleared.
  virtual Result<std::optional<Destination>> current_data_destination(TenantId tenant) = 0;
  /// All of a tenant's, old ones too.
  virtual Result<std::vector<Destination>> destinations(TenantId tenant) = 0;
  /// How many those are, key backups among them.
  virtual Result<std::int64_t> destination_count(TenantId tenant) = 0;
  /// VALUE of backup_parameter: '' once cleared, nothing if never set.
  virtual Result<std::optional<std::string>> backup_parameter(TenantId tenant, std::string_view name) = 0;
  /// A row of LOG_ARCHIVE_DEST (ArchiveDest's members by their names: path, binding ...); nothing if not set.
  virtual Result<std::optional<std::string>> archive_attribute(TenantId tenant, std::string_view name) = 0;
  /// The access key; nothing where the destination has none. 4103 if it is damaged or not this row's.
  virtual Result<std::optional<Secret>> access_key(const DestinationKey& key) = 0;
  /// Who holds the path itself or a directory above it, outermost first, of all tenants.
  virtual Result<std::vector<PathClaim>> claims_at_or_above(std::string_view path_key) = 0;
  /// Who holds a path below it, at most `limit`.
  virtual Result<std::vector<PathClaim>> claims_below(std::string_view path_key, std::size_t limit = 100) = 0;

  virtual Result<std::optional<Intent>> intent(std::int64_t id) = 0;
  /// The destination of an intent as the user wrote it; nothing if open_intent() was given none. 4103 if it
  /// is damaged.
  virtual Result<std::optional<Secret>> intent_uri(const Intent& intent) = 0;
  virtual Result<std::vector<Intent>> intents() = 0;  ///< open ones, oldest first, of dropped tenants too
  virtual Result<std::vector<Intent>> intents(TenantId tenant) = 0;
};

/// Writes, in a job of Store::write(). Valid during the job only.
class Transaction : public virtual Reader {
 public:
  // ---- tenants and resources ----
  /// 5156 if the name is taken, 4650 and 4626 for its pools. Makes root@'%' (SYS@'%' in Oracle mode) with all
  /// privileges and an empty password. Ids are even, from 1002, and never come back.
  virtual Result<Tenant> create_tenant(const TenantSpec& spec) = 0;
  /// Bytes of ob_tcp_invited_nodes, since each login is compared with all of it; more is 1231.
  static constexpr std::size_t kMaxInvitedNodes = 4096;
  /// 5157; sys is 4179. Accounts, variables, parameters and backup parameters go; destinations move to the
  /// history; wrapped keys stay; pools are freed, an own pool goes. Open intents stay until they are settled.
  virtual Result<> drop_tenant(TenantId id) = 0;
  /// 5157, 5156 (the new name is taken); sys is renamed or locked never: 4179.
  virtual Result<> alter_tenant(TenantId id, const TenantChange& change) = 0;

  /// 4649. The id in `unit` is ignored and given.
  virtual Result<std::int64_t> create_resource_unit(const ResourceUnit& unit) = 0;
  /// 4648. All values of the unit of that name become these.
  virtual Result<> alter_resource_unit(const ResourceUnit& unit) = 0;
  /// 4648, 4634 (a pool uses it).
  virtual Result<> drop_resource_unit(std::string_view name) = 0;
  /// 4651, 4648 (its unit).
  virtual Result<std::int64_t> create_resource_pool(const ResourcePool& pool) = 0;
  /// 4650, 4648.
  virtual Result<> alter_resource_pool(std::string_view name, const PoolChange& change) = 0;
  /// 4650, 4626 (granted).
  virtual Result<> drop_resource_pool(std::string_view name) = 0;

  // ---- accounts: `by` says for whom, and AccountRules whether he may (1227, 1927) ----
  /// 1396. Without a hash: an empty password. The account's id is given by the store.
  virtual Result<> create_account(const Actor& by, const Account& account) = 0;
  /// 1396.
  virtual Result<> drop_account(const Actor& by, const AccountKey& key) = 0;
  /// 1396. `plugin`: the account's from now on; none: as it is. The account keeps the hashes that its plugin
  /// reads; 1827 where a password is given and none of its hashes is that plugin's.
  virtual Result<> set_password(const Actor& by, const AccountKey& key, const Credential& credential,
                                const std::optional<std::string>& plugin = std::nullopt) = 0;
  /// 1396.
  virtual Result<> set_account_tls(const Actor& by, const AccountKey& key, TlsNeed need) = 0;
  virtual Result<> set_account_locked(const Actor& by, const AccountKey& key, bool locked) = 0;
  /// 1410 for an unknown account. Whether the giver holds what he gives is the caller's to check.
  virtual Result<> grant(const AccountKey& key, const GrantRow& what) = 0;
  /// 1141 where there is no such grant. Likewise; but an administrator account is stripped with SUPER alone.
  virtual Result<> revoke(const Actor& by, const AccountKey& key, const GrantRow& what) = 0;
  /// REVOKE ALL PRIVILEGES, GRANT OPTION FROM: every level. 1141 for an unknown account.
  virtual Result<> revoke_all(const Actor& by, const AccountKey& key) = 0;

  // ---- parameters, variables, keys: 5157 for an unknown tenant ----
  virtual Result<> set_parameter(TenantId tenant, std::string_view name, std::string_view value) = 0;
  virtual Result<> set_secret_parameter(TenantId tenant, std::string_view name, const Secret& value) = 0;
  virtual Result<> reset_parameter(TenantId tenant, std::string_view name) = 0;
  virtual Result<> set_global_variable(TenantId tenant, std::string_view name, std::string_view value) = 0;
  /// A new 256-bit key under the next version, which is returned. 4019: there are limits::kMaxMasterKeys.
  virtual Result<std::int64_t> rotate_master_key(TenantId tenant) = 0;

  /// 4350 if the tenant has one, 5157.
  virtual Result<> create_keystore(TenantId tenant, const Keystore& keystore) = 0;
  /// Password and state; the name stays. 4351.
  virtual Result<> change_keystore(TenantId tenant, const Keystore& keystore) = 0;

  // ---- destinations ----
  /// The next number of the tenant's counter (from 1001); once committed it is never given again. 5157.
  virtual Result<std::int64_t> reserve_dest_id(TenantId tenant) = 0;

  /// Says what is about to be made outside, and claims the path. `path_key` is the path however it is spelt,
  /// in a canonical form that ends without a slash: "file:///a/b", "oss://endpoint/bucket/dir". A claim lasts
  /// while a destination or an open intent has it. Refused where somebody else's claim stands: a data or
  /// archive destination on a path of another tenant or of another kind: 9081; a key on a destination: 9026;
  /// a key on another tenant's key: 1086. 5157 for an unknown tenant. `uri`, with its secrets, is kept sealed
  /// for as long as the intent lasts: where settling it takes more than a path. Returns the intent's id.
  virtual Result<std::int64_t> open_intent(const IntentSpec& spec, const Secret* uri = nullptr) = 0;

  /// What finish_destination(), clear_data_destination() and clear_archive_dest() leave in
  /// DBA_OB_ROOTSERVICE_EVENT_HISTORY: the newest kKeptEvents of all tenants.
  static constexpr std::int64_t kKeptEvents = 10'000;

  /// The intended came to be: destination row (inserted or updated), for a data destination also
  /// backup_parameter data_backup_dest = `value`, and the intent's end. `access_key` replaces the stored one;
  /// none: none is stored. Path, kind, dest_id and format are the intent's; of `made` the display columns and
  /// check data are taken. 4018 if the intent is not open, 5157 if the tenant is gone (the intent then stays
  /// open, since its files have to be removed).
  virtual Result<> finish_destination(std::int64_t intent_id, const Destination& made, std::string_view value,
                                      const std::optional<Secret>& access_key) = 0;

  /// The intended was undone outside, or never begun: the intent goes and so does its claim, unless a
  /// destination has it too. An intent that is not open: nothing happens.
  virtual Result<> abandon_intent(std::int64_t intent_id) = 0;

  /// A later check of a destination. 4018 without the row.
  virtual Result<> touch_check(const DestinationKey& key, std::string_view check_file_name,
                               Timestamp time) = 0;

  /// The result of a proof, as the newest of that destination; kKeptChecks of each are kept, and as many of
  /// all those together that the tenant never set. 5157.
  virtual Result<> record_checks(const DestinationKey& key, Timestamp time,
                                 const std::vector<DestinationCheck>& checks) = 0;
  static constexpr std::int64_t kKeptChecks = 20;

  /// DATA_BACKUP_DEST = '': VALUE becomes '', destinations stay. 5157.
  virtual Result<> clear_data_destination(TenantId tenant) = 0;

  /// LOG_ARCHIVE_DEST: all its rows become these; '': none is left, the destination stays. 5157.
  virtual Result<> set_archive_dest(TenantId tenant, const ArchiveDest& dest) = 0;
  virtual Result<> clear_archive_dest(TenantId tenant) = 0;
  /// LOG_ARCHIVE_DEST_STATE, with a destination or without one. 5157.
  virtual Result<> set_archive_dest_state(TenantId tenant, std::string_view state) = 0;
  /// LOG_MODE. 5157; 9091, 9092: it is so already.
  virtual Result<> set_archivelog(TenantId tenant, bool on) = 0;

  /// 5157, 1062 (the tenant has a policy of this name).
  virtual Result<> add_delete_policy(TenantId tenant, const DeletePolicy& policy) = 0;
  /// Without such a policy nothing happens. 5157.
  virtual Result<> drop_delete_policy(TenantId tenant, std::string_view name) = 0;
};

struct StoreOptions {
  std::string data_dir;
  std::optional<std::string> key_file;  ///< outside the data directory; none: <data_dir>/catalog.key
  std::int64_t cluster_id = 1;          ///< of the first start; later the catalogue's own counts
  std::string cluster_name = "obcluster";
  std::optional<Secret> root_password;  ///< of root@sys at the first start
  const Clock* clock = &system_clock();
  const Entropy* entropy = &system_entropy();
  Log* log = &null_log();
};

struct StoreStats {
  std::uint64_t jobs = 0;     ///< jobs that ran
  std::uint64_t commits = 0;  ///< transactions that were made durable
};

/// Thread-safe. Outlives its Readers.
class Store {
 public:
  using Job = std::move_only_function<Result<>(Transaction&)>;
  using Completion = std::move_only_function<void(Result<>)>;

  /// Runs what is queued, then closes.
  virtual ~Store() = default;

  virtual const Cluster& cluster() const = 0;

  virtual Result<std::unique_ptr<Reader>> open_reader() = 0;

  /// Queues a job. `done` runs exactly once, on the writer thread, or at once on the caller's where the job
  /// can't be queued (4023, 1053).
  virtual void submit(Job job, Completion done) = 0;

  virtual StoreStats stats() const = 0;

  /// For a stored access key's `encrypt_key=<hex>` in views: crypto::seal_cbc128 under a key of its own.
  /// Never decrypted; differs each time.
  virtual Result<std::string> display_key(const Secret& access_key) const = 0;

  /// A number for a text, the same in every run, that only this catalogue's key gives.
  virtual std::uint32_t draw(std::string_view text) const = 0;

  /// submit() for a job with a value: write<T>([](Transaction&) -> Result<T> {…}, [](Result<T>) {…}).
  template <class T, class F, class Done>
  void write(F job, Done done) {
    auto value = std::make_shared<std::optional<T>>();
    submit(
        [value, job = std::move(job)](Transaction& transaction) mutable -> Result<> {
          BW_TRY(*value, job(transaction));
          return {};
        },
        [value, done = std::move(done)](Result<> outcome) mutable {
          if (outcome) {
            done(Result<T>(*std::move(*value)));
          } else {
            done(Result<T>(fail(std::move(outcome).error())));
          }
        });
  }

  /// Blocks until the job is durable. For start-up, tools and tests; never on the writer thread.
  Result<> write_and_wait(Job job);

  template <class T, class F>
  Result<T> write_and_wait(F job) {
    std::optional<T> value;
    BW_CHECK(write_and_wait([&](Transaction& transaction) -> Result<> {
      BW_TRY(value, job(transaction));
      return {};
    }));
    return *std::move(value);
  }
};

/// Opens or makes the store in options.data_dir, on SQLite. First start: the directory (0700), a mark that it
/// has begun, the key file (0600, durable before the catalogue), the catalogue with its cluster, tenant sys
/// and root@sys. A first start that was cut off is completed by the next one, which the mark tells; it is
/// gone when this returns.
///
/// Refused, each with a text for the operator, a hint saying what to do, and nothing changed or made but the
/// lock: a directory that holds something else, one that another process has open, a catalogue of a newer
/// program, a damaged one (PRAGMA integrity_check), one that is missing or empty though a first start
/// finished here or the key is there, a key file that is missing or not this catalogue's (no new one is
/// made), a key file that can't be read. An older catalogue is migrated in one transaction.
Result<std::unique_ptr<Store>> open_store(StoreOptions options);

}  // namespace breakwater::catalog
