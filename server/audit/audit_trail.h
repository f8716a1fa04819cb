// The audit: who did what. Each statement that changes something, each refused one, each login and failed login is a line
// in a file, in the system's log, and in GV$OB_SQL_AUDIT.
//
// A change's line is a row of the catalogue first, in the transaction of the change itself, so that neither is there without
// the other and it costs no fsync of its own. A thread writes it out behind that, once; at the start it looks into the
// file for which rows are still missing. What changes nothing isn't worth a commit: it goes to the file alone, and what
// wasn't written when the server is killed is lost.
//
// A file that can't be written holds up nobody: rows wait in the catalogue, AuditWriter::kMaxWaiting of them, other lines
// here, kMaxQueued of them and kMaxQueuedBytes. A line says how many were lost.
//
// Thread-safe.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "catalog/model/audit.h"
#include "catalog/store/store.h"

namespace breakwater::server {

class AuditFile;
class Syslog;

struct AuditOptions {
  std::string file{};  ///< empty: none
  std::int64_t file_size = std::int64_t{64} << 20U;
  std::int64_t old_files = 10;
  std::string syslog{};  ///< the socket; empty: none
};

class AuditTrail {
 public:
  /// Lines that may wait for the thread.
  static constexpr std::size_t kMaxQueued = 4096;
  /// … and their bytes. What the thread writes at a time is taken out of them, at most kBytesAtOnce and a line.
  static constexpr std::size_t kMaxQueuedBytes = std::size_t{2} << 20U;
  static constexpr std::size_t kBytesAtOnce = std::size_t{512} << 10U;
  /// Lines of statements, and of logins, that the view shows, and the bytes of each of the two.
  static constexpr std::size_t kShown = 1000;
  static constexpr std::size_t kMaxShownBytes = std::size_t{1} << 20U;

  using Shown = std::shared_ptr<const catalog::AuditEntry>;

  /// `store` and `log` outlive it. Throws std::system_error if the system has no thread to give.
  AuditTrail(catalog::Store& store, AuditOptions options, const Clock& clock, Log& log);
  /// Writes what waits.
  ~AuditTrail();
  AuditTrail(const AuditTrail&) = delete;
  AuditTrail& operator=(const AuditTrail&) = delete;

  bool is_on() const { return on_; }

  /// The store's job is making a row with this id: until ended() or gave_up() it counts as not written. Call it in the job.
  void began(std::int64_t id);
  /// The row's transaction failed.
  void gave_up(std::int64_t id);
  /// The statement or login is over.
  void ended(catalog::AuditEntry entry);

  /// All rows up to this one are in the file, for AuditWriter::put().
  std::int64_t written() const { return written_.load(std::memory_order_relaxed); }

  /// What the view shows, of statements and of logins the oldest first.
  std::vector<Shown> newest() const;

 private:
  using Batch = std::deque<Shown>;

  /// A queue that counts its bytes. Lines that stand in several of them are counted in each.
  struct Counted {
    Batch lines{};
    std::size_t bytes = 0;

    void push(Shown line);
    Shown pop();
  };

  void show(Shown entry);
  void run();
  bool wait_for_work();
  void write_all();
  void take(Batch& batch);
  void recover();
  Result<> find_unwritten();
  void write(Batch& batch);
  Result<> append(const Batch& batch);
  void send(std::string_view lines);
  void done_with(const Batch& batch);
  void write_missed();
  void tell_lost();
  void sync_if_due(bool now);
  void fail_with(const Error& error);
  std::int64_t unwritten_from() const;

  catalog::Store& store_;
  const Clock& clock_;
  Log& log_;
  const bool on_;
  std::unique_ptr<AuditFile> file_;
  std::unique_ptr<Syslog> syslog_;
  std::unique_ptr<catalog::Reader> reader_;  ///< of the thread

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  // All of these are guarded by mutex_.
  Counted queue_;
  bool closing_ = false;
  std::map<std::int64_t, int> unwritten_;  ///< ids that began and aren't appended: how often each began
  std::int64_t newest_id_ = 0;
  std::set<std::int64_t> missed_;  ///< of rows for which there was no room here; the catalogue has them
  std::uint64_t lost_ = 0;         ///< lines for which there was no room anywhere
  Counted shown_statements_;
  Counted shown_logins_;

  std::atomic<std::int64_t> written_{0};
  std::int64_t newest_at_start_ = 0;

  // Of the thread.
  Batch stuck_;  ///< taken, and not written
  bool recovered_ = false;
  bool failing_ = false;
  std::optional<std::chrono::steady_clock::time_point> told_{};  ///< when the log was told so
  bool syslog_has_it_ = false;                                   ///< the batch that is being written
  bool syslog_fails_ = false;
  std::size_t unsynced_ = 0;

  std::thread thread_;  ///< last: it uses all of the above
};

}  // namespace breakwater::server
