// What the server remembers, behind few semantic operations, each of them whole or not at all.
//
// - A Reader reads committed state. Every thread that reads opens its own; a look-up takes microseconds.
// - A write is a job, run on the store's one writer thread inside a transaction. Jobs that wait together share one
//   commit, each behind a savepoint of its own: a job that returns an error leaves nothing behind and does not hurt
//   its neighbours. Its completion runs after the commit is on disk (or failed), on the writer thread: it must be
//   quick and must not wait. A job is pure catalogue code: it awaits nothing and touches no storage.
//
// The operations stand in roles, a header for each: what reads and what writes tenants, accounts, destinations. A
// function that needs one role takes that role.
//
// Operations return the error a client sees. Besides those named at each: server_out_of_disk (4184), io_error (4009),
// try_again (4023) where the queue of writes is full, server_shutdown (1053) while the store closes, internal_error
// (4016) with a hint for a damaged catalogue.
//
// Nothing here assumes that this process is the only writer to a shared store: what must be unique is a constraint
// of the store.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/log.h"
#include "base/secret.h"
#include "catalog/model/entities.h"
#include "catalog/store/accounts.h"
#include "catalog/store/archive.h"
#include "catalog/store/audit.h"
#include "catalog/store/deletions.h"
#include "catalog/store/dest_status.h"
#include "catalog/store/destinations.h"
#include "catalog/store/events.h"
#include "catalog/store/intents.h"
#include "catalog/store/jobs.h"
#include "catalog/store/key_source.h"
#include "catalog/store/keys.h"
#include "catalog/store/parameters.h"
#include "catalog/store/part.h"
#include "catalog/store/policies.h"
#include "catalog/store/resources.h"
#include "catalog/store/restores.h"
#include "catalog/store/roles.h"
#include "catalog/store/schedules.h"
#include "catalog/store/tenants.h"
#include "catalog/store/validations.h"

namespace breakwater::catalog {

/// Reads. That of a Transaction sees its own changes. One thread at a time.
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

  virtual TenantReader& tenants() = 0;
  virtual ResourceReader& resources() = 0;
  virtual AccountReader& accounts() = 0;
  virtual ParameterReader& parameters() = 0;
  virtual KeyReader& keys() = 0;
  virtual DestinationReader& destinations() = 0;
  virtual IntentReader& intents() = 0;
  virtual ArchiveReader& archive() = 0;
  virtual PartReader& parts() = 0;
  virtual BackupJobReader& jobs() = 0;
  virtual RestoreReader& restores() = 0;
  virtual ValidationReader& validations() = 0;
  virtual DeletionReader& deletions() = 0;
  virtual ScheduleReader& schedules() = 0;
  virtual PolicyReader& policies() = 0;
  virtual AuditReader& audit() = 0;
  virtual RoleReader& roles() = 0;
  virtual DestinationStatusReader& dest_status() = 0;
};

/// Writes, in a job of Store::write(). Valid during the job only.
class Transaction {
 public:
  virtual ~Transaction() = default;

  virtual Reader& read() = 0;

  /// On whose behalf the rest of the job is done: what its events say. Without it: the server's own.
  virtual void act_for(Origin who) = 0;

  virtual EventWriter& events() = 0;
  virtual AuditWriter& audit() = 0;
  virtual TenantWriter& tenants() = 0;
  virtual ResourceWriter& resources() = 0;
  virtual AccountWriter& accounts() = 0;
  virtual ParameterWriter& parameters() = 0;
  virtual KeyWriter& keys() = 0;
  virtual DestinationWriter& destinations() = 0;
  virtual IntentWriter& intents() = 0;
  virtual ArchiveWriter& archive() = 0;
  virtual PartWriter& parts() = 0;
  virtual PolicyWriter& policies() = 0;
  virtual BackupJobWriter& jobs() = 0;
  virtual RestoreWriter& restores() = 0;
  virtual ValidationWriter& validations() = 0;
  virtual DeletionWriter& deletions() = 0;
  virtual ScheduleWriter& schedules() = 0;
  virtual RoleWriter& roles() = 0;
  virtual DestinationStatusWriter& dest_status() = 0;
};

struct StoreOptions {
  std::string data_dir;
  std::optional<std::string> key_file;     ///< outside the data directory; none: <data_dir>/catalog.key
  bool key_given = false;                  ///< key_file is somebody else's: read, never made or replaced
  std::optional<std::string> key_command;  ///< writes the key, in the place of a file (key_source.h)
  std::int64_t cluster_id = 1;             ///< of the first start; later the catalogue's own counts
  std::string cluster_name = "obcluster";
  std::optional<Secret> root_password;  ///< of root@sys at the first start
  bool init = false;                    ///< the first start goes on until end_init()
  bool durable = true;                  ///< false: no fsync; what a power loss leaves is no catalogue
  std::int64_t log_limit = std::int64_t{256} << 20U;  ///< bytes of the log of changes that wait for archives
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

  /// Whether StoreOptions::init was asked for and this is the first start: nobody else is to be served before
  /// end_init(). Where that never came, the next open_store() is refused.
  virtual bool is_initializing() const = 0;
  virtual Result<> end_init() = 0;

  virtual Result<std::unique_ptr<Reader>> open_reader() = 0;

  /// Queues a job. `done` runs exactly once, on the writer thread, or at once on the caller's where the job
  /// can't be queued (4023, 1053).
  virtual void submit(Job job, Completion done) = 0;

  // ---- a change of the catalogue's key: key_source()->next(key_check()), change_key(), key_source()->settle(key_check()).
  // One at a time. Cut off anywhere, the next open_store() finds the key and tidies up.

  virtual std::shared_ptr<const KeySource> key_source() const = 0;
  /// Tells the catalogue's key from others, and nothing about it.
  virtual Bytes key_check() const = 0;
  /// Queues that all secrets are sealed anew, in one transaction behind what was queued before; what is queued later is
  /// sealed by the new key. `who` asked for it; `beside` runs in the transaction, behind the change, and may undo it by an
  /// error. `done` as for submit(). checksum_error (4103): one can't be opened; nothing has changed.
  virtual void change_key(Secret key, Origin who, Job beside, Completion done) = 0;

  virtual StoreStats stats() const = 0;

  /// For a stored access key's `encrypt_key=<hex>` in views: crypto::seal_cbc128 under a key of its own.
  /// Never decrypted; differs each time.
  virtual Result<std::string> display_key(const Secret& access_key) const = 0;

  /// A number for a text, the same in every run, that only this catalogue's key gives.
  virtual std::uint32_t draw(std::string_view text) const = 0;

  /// The MAC of what this installation writes outside, under a key of its own.
  virtual Bytes installation_mac(std::span<const std::uint8_t> text) const = 0;

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
/// gone when this returns. So is what a change of the key that was cut off left (key_source.h).
///
/// Refused, each with a text for the operator, a hint saying what to do, and nothing changed or made but the
/// lock: a directory that holds something else, one that another process has open, a catalogue of a newer
/// program, a damaged one (PRAGMA integrity_check), one that is missing or empty though a first start
/// finished here or the key is there, a key file that is missing or not this catalogue's (no new one is
/// made), a key file that can't be read. An older catalogue is migrated in one transaction.
Result<std::unique_ptr<Store>> open_store(StoreOptions options);

}  // namespace breakwater::catalog
