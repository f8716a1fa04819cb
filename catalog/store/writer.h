// The one thread that writes, with group commit: jobs that wait together share a transaction and its fsync.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "catalog/sqlite/commits.h"
#include "catalog/store/change_log.h"
#include "catalog/store/sqlite_transaction.h"
#include "catalog/store/store.h"

namespace breakwater::catalog {

/// Thread-safe. Owns the writing connection from start on.
class Writer {
 public:
  /// Jobs that may wait; one more is refused with 4023.
  static constexpr std::size_t kMaxQueued = 4096;
  /// Jobs that share one transaction at most.
  static constexpr std::size_t kMaxGroup = 256;

  /// `commits` is what this writer tells, and outlives it.
  Writer(sqlite::Connection connection, std::unique_ptr<ChangeLog> changes, Commits& commits,
         Keyring& keyring, const Clock& clock, const Entropy& entropy, Log& log);
  ~Writer();  ///< runs what is queued
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// See Store::submit().
  void submit(Store::Job job, Store::Completion done);
  /// See Store::change_key(). In a transaction of its own.
  void change_key(Secret key, Origin who, Store::Job beside, Store::Completion done);
  StoreStats stats() const { return {.jobs = jobs_.load(), .commits = commits_.count.load()}; }

 private:
  struct Item {
    Store::Job job;
    Store::Completion done;
    std::optional<Secret> key{};  ///< set: a change of the catalogue's key, which is a group by itself
    Result<> outcome{};
  };

  void queue(Item item);
  void run();
  std::vector<Item> take_group();  ///< waits for jobs; empty: the end
  void run_group(std::vector<Item>& group);
  void run_key_change(std::vector<Item>& alone);
  Result<> run_transaction(std::vector<Item>& group);
  Result<> run_jobs(std::vector<Item>& group);
  Result<> run_job(Item& item);
  Result<> end_transaction(const std::vector<Item>& group);
  Result<> commit();
  void checkpoint_if_due();
  void checkpoint();
  void shrink_while_idle();
  bool nobody_waits();

  std::unique_ptr<ChangeLog> changes_;  // first: the connection's hook calls it
  sqlite::Connection connection_;
  Keyring& keyring_;
  SqliteTransaction transaction_;
  const Clock& clock_;
  const Entropy& entropy_;
  Log& log_;
  int wal_pages_ = 0;     ///< of the writer's thread; SQLite's WAL hook sets it
  bool shrinks_ = false;  ///< of the writer's thread: the file has pages to give back

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Item> queue_;  ///< guarded by mutex_
  bool closing_ = false;     ///< guarded by mutex_

  std::atomic<std::uint64_t> jobs_ = 0;
  Commits& commits_;
  std::thread thread_;  ///< last: it uses all of the above
};

}  // namespace breakwater::catalog
