#include "server/audit/audit_trail.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/guard.h"
#include "base/thread.h"
#include "server/audit/audit_file.h"
#include "server/audit/audit_line.h"
#include "server/audit/syslog.h"

namespace breakwater::server {
namespace {

/// Lines that are written at once.
constexpr std::size_t kAtOnce = 256;
/// Lines after which the file is made to outlive a loss of power, if there is no pause before.
constexpr std::size_t kSyncedTogether = 1024;
constexpr std::chrono::seconds kPause{1};
constexpr std::chrono::minutes kSilence{1};  ///< between lines of the log that say that it can't be written

std::size_t bytes_of(const catalog::AuditEntry& entry) {
  std::size_t bytes = sizeof(entry);
  for (const std::string* text :
       {&entry.who.user, &entry.who.tenant, &entry.who.address, &entry.works_in, &entry.tls, &entry.statement,
        &entry.error, &entry.note, &entry.answer, &entry.changes})
    bytes += text->capacity();
  return bytes;
}

}  // namespace

void AuditTrail::Counted::push(Shown line) {
  bytes += bytes_of(*line);
  lines.push_back(std::move(line));
}

AuditTrail::Shown AuditTrail::Counted::pop() {
  Shown line = std::move(lines.front());
  lines.pop_front();
  bytes -= bytes_of(*line);
  return line;
}

AuditTrail::AuditTrail(catalog::Store& store, AuditOptions options, const Clock& clock, Log& log)
    : store_(store), clock_(clock), log_(log), on_(!options.file.empty() || !options.syslog.empty()) {
  if (!on_) return;
  if (!options.syslog.empty()) syslog_ = std::make_unique<Syslog>(std::move(options.syslog));
  if (!options.file.empty()) {
    const auto first = [this] {
      const std::scoped_lock lock(mutex_);
      return first_line(unwritten_from() - 1, clock_.now());
    };
    file_ = std::make_unique<AuditFile>(AuditFileOptions{.path = std::move(options.file),
                                                         .max_bytes = options.file_size,
                                                         .old_files = options.old_files,
                                                         .first_line = first});
  }
  recover();
  thread_ = start_thread("audit", [this] { run_guarded(log_, "the audit", [this] { run(); }); });
}

AuditTrail::~AuditTrail() {
  if (!on_) return;
  {
    const std::scoped_lock lock(mutex_);
    closing_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void AuditTrail::began(std::int64_t id) {
  const std::scoped_lock lock(mutex_);
  ++unwritten_[id];
  newest_id_ = std::max(newest_id_, id);
}

void AuditTrail::gave_up(std::int64_t id) {
  const std::scoped_lock lock(mutex_);
  const auto found = unwritten_.find(id);
  if (found != unwritten_.end() && --found->second == 0) unwritten_.erase(found);
}

void AuditTrail::ended(catalog::AuditEntry entry) {
  if (!on_) return;
  auto shared = std::make_shared<const catalog::AuditEntry>(std::move(entry));
  {
    const std::scoped_lock lock(mutex_);
    show(shared);
    if (queue_.lines.size() < kMaxQueued && queue_.bytes < kMaxQueuedBytes) {
      queue_.push(std::move(shared));
    } else if (shared->id != 0 && std::ssize(missed_) < catalog::AuditWriter::kMaxWaiting) {
      missed_.insert(shared->id);
    } else {
      ++lost_;
      unwritten_.erase(shared->id);
    }
  }
  wake_.notify_one();
}

// Who tries passwords doesn't push out what others have changed.
void AuditTrail::show(Shown entry) {
  Counted& list = entry->what == "login" ? shown_logins_ : shown_statements_;
  list.push(std::move(entry));
  while (list.lines.size() > kShown || list.bytes > kMaxShownBytes) list.pop();
}

std::vector<AuditTrail::Shown> AuditTrail::newest() const {
  const std::scoped_lock lock(mutex_);
  std::vector<Shown> all(shown_statements_.lines.begin(), shown_statements_.lines.end());
  all.insert(all.end(), shown_logins_.lines.begin(), shown_logins_.lines.end());
  return all;
}

/// The first id that may not be in the file.
std::int64_t AuditTrail::unwritten_from() const {
  return unwritten_.empty() ? newest_id_ + 1 : unwritten_.begin()->first;
}

// ---- the thread ----

void AuditTrail::run() {
  for (bool more = true; more;) {
    write_all();
    more = wait_for_work();
  }
  write_all();
  sync_if_due(true);
}

// What can't be written stays for the next time.
void AuditTrail::write_all() {
  if (!recovered_) {
    const auto found = find_unwritten();
    if (!found) return fail_with(found.error());
  }
  if (stuck_.empty()) take(stuck_);
  while (!stuck_.empty()) {
    write(stuck_);
    if (!stuck_.empty()) return;
    take(stuck_);
  }
  failing_ = false;
  write_missed();
  if (!failing_) tell_lost();
}

// Returns false at the end. While there is something that can't be written, or isn't synced, it looks again now and then.
bool AuditTrail::wait_for_work() {
  std::unique_lock lock(mutex_);
  const auto ready = [this] { return closing_ || (!failing_ && !queue_.lines.empty()); };
  if (failing_ || !recovered_ || unsynced_ != 0) {
    const bool woken = wake_.wait_for(lock, kPause, ready);
    if (!woken && !failing_ && unsynced_ != 0) {
      lock.unlock();
      sync_if_due(true);
      lock.lock();
    }
  } else {
    wake_.wait(lock, ready);
  }
  return !closing_;
}

void AuditTrail::take(Batch& batch) {
  syslog_has_it_ = false;
  const std::scoped_lock lock(mutex_);
  const std::size_t before = queue_.bytes;
  while (!queue_.lines.empty() && batch.size() < kAtOnce && before - queue_.bytes < kBytesAtOnce)
    batch.push_back(queue_.pop());
}

// What an earlier run has left counts as unwritten until the file has been looked at. The view shows the newest of it.
void AuditTrail::recover() {
  auto reader = store_.open_reader();
  const auto newest = reader ? (*reader)->audit().newest() : Result<std::int64_t>(0);
  const auto written = reader ? (*reader)->audit().written() : Result<std::int64_t>(0);
  if (!reader || !newest || !written) {
    log_.error("the audit can't read the catalogue: what an earlier run has left isn't written");
    recovered_ = true;
    return;
  }
  reader_ = *std::move(reader);
  newest_id_ = newest_at_start_ = *newest;
  written_ = std::max(*written, *newest - catalog::AuditWriter::kMaxWaiting);
  for (std::int64_t id = written_ + 1; id <= *newest; ++id) ++unwritten_[id];
  const auto kept = static_cast<std::int64_t>(kShown);
  if (auto rows = reader_->audit().after(*newest - kept, kept)) {
    for (catalog::AuditEntry& row : *rows) show(std::make_shared<const catalog::AuditEntry>(std::move(row)));
  }
  if (file_ != nullptr) return;
  for (const auto& [id, times] : unwritten_) missed_.insert(id);
  recovered_ = true;
}

// Which of the rows that were there at the start are in no file.
Result<> AuditTrail::find_unwritten() {
  BW_CHECK(file_->open());
  BW_TRY(const AuditFile::Content content, file_->read(written()));
  const std::scoped_lock lock(mutex_);
  for (std::int64_t id = written() + 1; id <= newest_at_start_; ++id) {
    if (id <= content.written || content.ids.contains(id)) {
      unwritten_.erase(id);
    } else {
      missed_.insert(id);
    }
  }
  recovered_ = true;
  failing_ = false;
  return {};
}

void AuditTrail::write(Batch& batch) {
  if (const auto appended = append(batch); !appended) return fail_with(appended.error());
  if (failing_ && told_) log_.warning("the audit is written again");
  if (failing_) told_.reset();
  failing_ = false;
  done_with(batch);
  batch.clear();
  sync_if_due(false);
}

Result<> AuditTrail::append(const Batch& batch) {
  std::string lines;
  for (const Shown& entry : batch) lines += audit_line(*entry);
  send(lines);
  return file_ == nullptr ? Result<>() : file_->append(lines);
}

// Once, whatever becomes of the file.
void AuditTrail::send(std::string_view lines) {
  if (syslog_ == nullptr || std::exchange(syslog_has_it_, true)) return;
  bool took_all = true;
  for (std::size_t begin = 0; begin < lines.size();) {
    const std::size_t end = lines.find('\n', begin);
    took_all = syslog_->send(std::string_view(lines).substr(begin, end - begin)) && took_all;
    begin = end + 1;
  }
  if (!took_all && !syslog_fails_) log_.warning("the system's log doesn't take all lines of the audit");
  syslog_fails_ = !took_all;
}

void AuditTrail::done_with(const Batch& batch) {
  unsynced_ += batch.size();
  const std::scoped_lock lock(mutex_);
  for (const Shown& entry : batch) unwritten_.erase(entry->id);
}

// Rows for which there was no room here. One that the catalogue doesn't have any more was one too many there.
void AuditTrail::write_missed() {
  while (reader_ != nullptr) {
    std::vector<std::int64_t> ids;
    {
      const std::scoped_lock lock(mutex_);
      for (auto id = missed_.begin(); id != missed_.end() && ids.size() < kAtOnce; ++id) ids.push_back(*id);
    }
    if (ids.empty()) return;
    Batch batch;
    for (const std::int64_t id : ids) {
      auto row = reader_->audit().find(id);
      if (!row) return fail_with(row.error());
      if (!*row) continue;
      (*row)->recovered = true;
      batch.push_back(std::make_shared<const catalog::AuditEntry>(**std::move(row)));
    }
    const std::size_t gone = ids.size() - batch.size();
    syslog_has_it_ = false;
    if (!batch.empty()) write(batch);
    if (!batch.empty()) return;
    const std::scoped_lock lock(mutex_);
    for (const std::int64_t id : ids) {
      missed_.erase(id);
      unwritten_.erase(id);
    }
    lost_ += gone;
  }
}

void AuditTrail::tell_lost() {
  std::uint64_t lost = 0;
  {
    const std::scoped_lock lock(mutex_);
    lost = std::exchange(lost_, 0);
  }
  if (lost == 0) return;
  log_.error("the audit has lost " + std::to_string(lost) + " lines: there was no room for more");
  const std::string line = lost_line(lost, clock_.now());
  if (syslog_ != nullptr) syslog_->send(line);
  if (file_ == nullptr || file_->append(line)) return;
  const std::scoped_lock lock(mutex_);
  lost_ += lost;
}

void AuditTrail::sync_if_due(bool now) {
  if (unsynced_ == 0 || (!now && unsynced_ < kSyncedTogether)) return;
  std::int64_t appended = 0;
  {
    const std::scoped_lock lock(mutex_);
    appended = unwritten_from() - 1;
  }
  if (file_ != nullptr) {
    if (const auto synced = file_->sync(); !synced) return fail_with(synced.error());
  }
  unsynced_ = 0;
  written_ = std::max(written(), appended);
}

void AuditTrail::fail_with(const Error& error) {
  failing_ = true;
  const auto now = std::chrono::steady_clock::now();
  if (told_ && now - *told_ < kSilence) return;
  told_ = now;
  log_.error("the audit can't be written, and waits: " + error.text() + "; " + error.hint());
}

}  // namespace breakwater::server
