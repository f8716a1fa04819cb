#include "catalog/store/writer.h"

#include <algorithm>
#include <iterator>

#include "base/guard.h"
#include "base/thread.h"
#include "catalog/store/key_change.h"
#include "catalog/store/shrink.h"

namespace breakwater::catalog {
namespace {

// The write-ahead log is copied into the database once it has that many pages (4 MiB): behind the commits,
// not inside one, so that nobody waits for it but the next group.
constexpr int kCheckpointPages = 1024;

int remember_wal_pages(void* pages, sqlite3* /*connection*/, const char* /*database*/, int count) {
  *static_cast<int*>(pages) = count;
  return SQLITE_OK;
}

}  // namespace

Writer::Writer(sqlite::Connection connection, std::unique_ptr<ChangeLog> changes, Commits& commits,
               Keyring& keyring, const Clock& clock, const Entropy& entropy, Log& log)
    : changes_(std::move(changes)),
      connection_(std::move(connection)),
      keyring_(keyring),
      transaction_(connection_, keyring, clock, entropy),
      clock_(clock),
      entropy_(entropy),
      log_(log),
      commits_(commits) {
  sqlite3_wal_hook(connection_.handle(), remember_wal_pages, &wal_pages_);
  thread_ =
      start_thread("writer", [this] { run_guarded(log_, "the catalogue's writer", [this] { run(); }); });
}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Writer::submit(Store::Job job, Store::Completion done) {
  queue({.job = std::move(job), .done = std::move(done)});
}

void Writer::change_key(Secret key, Origin who, Store::Job beside, Store::Completion done) {
  auto job = [this, who = std::move(who), beside = std::move(beside)](Transaction& transaction) mutable {
    transaction.act_for(std::move(who));
    const Result<> sealed = seal_all_anew(transaction_.with());
    return sealed ? beside(transaction) : sealed;
  };
  queue({.job = std::move(job), .done = std::move(done), .key = std::move(key)});
}

void Writer::queue(Item item) {
  Error refused = error::try_again();
  {
    const std::lock_guard lock(mutex_);
    if (closing_) {
      refused = error::server_shutdown();
    } else if (queue_.size() < kMaxQueued) {
      queue_.push_back(std::move(item));
      wake_.notify_one();
      return;
    }
  }
  item.done(fail(std::move(refused)));
}

void Writer::run() {
  while (true) {
    std::vector<Item> group = take_group();
    if (group.empty()) return;
    if (group.front().key) {
      run_key_change(group);
    } else {
      run_group(group);
    }
    for (Item& item : group)
      call_guarded(log_, "a commit's completion", [&item] { item.done(std::move(item.outcome)); });
    checkpoint_if_due();
    shrink_while_idle();
  }
}

std::vector<Writer::Item> Writer::take_group() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return closing_ || !queue_.empty(); });
  if (queue_.empty()) return {};
  const auto most = queue_.begin() + static_cast<std::ptrdiff_t>(std::min(queue_.size(), kMaxGroup));
  auto end = std::find_if(queue_.begin(), most, [](const Item& item) { return item.key.has_value(); });
  if (end == queue_.begin() && end != most) ++end;
  if (end == queue_.end()) return std::exchange(queue_, {});
  std::vector<Item> group(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
  queue_.erase(queue_.begin(), end);
  return group;
}

// A job keeps its own error. What concerns the transaction as a whole fails all that had succeeded.
void Writer::run_group(std::vector<Item>& group) {
  const Result<> ended = run_transaction(group);
  jobs_ += group.size();
  if (ended) return;
  connection_.roll_back();
  log_.error("a commit of the catalogue failed: " + ended.error().text() + "; " + ended.error().hint());
  for (Item& item : group) {
    if (item.outcome) item.outcome = ended;
  }
}

// Readers open what either key has sealed from before the commit on. Rows that are sealed anew haven't changed: no archive
// has to have them.
void Writer::run_key_change(std::vector<Item>& alone) {
  Item& item = alone.front();
  item.outcome = keyring_.begin_change(*item.key);
  if (!item.outcome) return;
  const Recorder::Pause pause(changes_->recorder());
  run_group(alone);
  keyring_.end_change(item.outcome.has_value());
  if (item.outcome) checkpoint();  // what the old key has sealed leaves the log
}

Result<> Writer::run_transaction(std::vector<Item>& group) {
  try {
    BW_CHECK(run_jobs(group));
    return end_transaction(group);
  } catch (...) {
    return fail(caught_error());
  }
}

// A transaction whose end failed too, for want of memory, is still there.
Result<> Writer::run_jobs(std::vector<Item>& group) {
  connection_.roll_back();
  changes_->recorder().clear();
  BW_CHECK(connection_.run("BEGIN IMMEDIATE"));
  for (Item& item : group) {
    BW_CHECK(run_job(item));
  }
  return {};
}

// The error returned is the transaction's, not the job's: on a full disk, say, SQLite ends it by itself, and
// the job's own error says why.
Result<> Writer::run_job(Item& item) {
  BW_CHECK(connection_.run("SAVEPOINT job"));
  const std::size_t mark = changes_->recorder().mark();
  transaction_.begin_job();
  try {
    item.outcome = item.job(transaction_);
  } catch (...) {  // out of memory, say: this job's error, not the writer's end
    item.outcome = fail(caught_error());
  }
  if (!connection_.in_transaction()) return item.outcome ? fail(error::internal_error()) : item.outcome;
  if (!item.outcome) {
    BW_CHECK(connection_.run("ROLLBACK TO job"));
    changes_->recorder().cut(mark);
  }
  BW_CHECK(connection_.run("RELEASE job"));
  return {};
}

Result<> Writer::end_transaction(const std::vector<Item>& group) {
  const bool changed = std::ranges::any_of(group, [](const Item& item) { return item.outcome.has_value(); });
  if (changed) return commit();
  BW_CHECK(connection_.run("ROLLBACK"));
  return {};
}

// The record of what changed rides in the transaction itself.
Result<> Writer::commit() {
  BW_CHECK(changes_->before_commit(connection_, clock_, entropy_));
  BW_CHECK(connection_.run("COMMIT"));
  for (const TenantId tenant : changes_->committed()) {
    log_.error("tenant " + std::to_string(tenant) +
               ": the log of changes had too many bytes before its archive took them, and is lost; a new "
               "round begins "
               "once the destination answers");
  }
  commits_.log_is_long = wal_pages_ >= kCheckpointPages;
  ++commits_.count;
  return {};
}

void Writer::checkpoint_if_due() {
  if (wal_pages_ < kCheckpointPages) return;
  checkpoint();
  const auto due = is_to_shrink(connection_);
  shrinks_ = due && *due;
}

bool Writer::nobody_waits() {
  const std::lock_guard lock(mutex_);
  return queue_.empty() && !closing_;
}

// Between the groups, a little at a time. What frees many pages writes them too, so that a checkpoint, which
// looks for them, is due. The file itself is cut by the one at the end.
void Writer::shrink_while_idle() {
  while (shrinks_ && nobody_waits()) {
    const auto more = shrink_a_little(connection_);
    if (!more) log_.warning("the catalogue's file doesn't shrink: " + more.error().hint());
    shrinks_ = more && *more;
    if (wal_pages_ >= kCheckpointPages || !shrinks_) checkpoint();
  }
}

// Passive: readers are not waited for. What they hold back is copied next time.
void Writer::checkpoint() {
  wal_pages_ = 0;
  int pages = 0;
  int copied = 0;
  const int code =
      sqlite3_wal_checkpoint_v2(connection_.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &pages, &copied);
  if (code != SQLITE_OK) {
    log_.warning("a checkpoint of the catalogue failed: " +
                 sqlite::error_of(code, connection_.handle()).hint());
  }
  // A snapshot that begins now needs nothing of the log.
  if (code == SQLITE_OK && copied == pages) commits_.log_is_long = false;
}

}  // namespace breakwater::catalog
