#include "catalog/store/deletions.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "catalog/store/sqlite_roles.h"

namespace breakwater::catalog {
namespace {

// TYPE of the views behind its first word, in the order of DeletionKind.
constexpr std::array<std::string_view, 4> kTypes = {"BACKUP SET", "BACKUP PIECE", "BACKUP ALL",
                                                    "OBSOLETE BACKUP"};

DeletionKind kind_of(std::string_view type) {
  return static_cast<DeletionKind>(std::ranges::find(kTypes, type) - kTypes.begin());
}

DeletionJob deletion_job_of(sqlite::Statement& row) {
  return {.key = {.tenant_id = row.integer(0), .job_id = row.integer(1)},
          .canceling = row.integer(2) != 0,
          .attempts = row.integer(3),
          .next_attempt = row.integer(4),
          .kind = kind_of(row.text(7)),
          .destination = {.tenant_id = row.integer(0), .path = row.string(5), .endpoint = row.string(6)},
          .next_id = row.integer(8)};
}

// ---- what has expired

struct SetThere {
  std::int64_t id = 0;
  std::int64_t built_on = 0;
  Scn start_scn = 0;
  Scn end_scn = 0;
  bool available = false;
  bool deleting = false;
  bool failed = false;
};

// Of one destination, by number, but for those that are gone.
Result<std::vector<SetThere>> sets_there(sqlite::Connection& connection, TenantId tenant,
                                         std::int64_t dest_id) {
  return all_rows(
      connection.query("SELECT backup_set_id, prev_inc, start_scn, end_scn, file_status = 'AVAILABLE',"
                       " file_status = 'DELETING', status = 'FAILED' FROM backup_set"
                       " INDEXED BY backup_set_there WHERE tenant_id = ? AND dest_id = ?"
                       " AND file_status <> 'DELETED' ORDER BY backup_set_id",
                       tenant, dest_id),
      [](sqlite::Statement& row) {
        return SetThere{.id = row.integer(0),
                        .built_on = row.integer(1),
                        .start_scn = row.integer(2),
                        .end_scn = row.integer(3),
                        .available = row.integer(4) != 0,
                        .deleting = row.integer(5) != 0,
                        .failed = row.integer(6) != 0};
      });
}

struct Expired {
  std::vector<std::int64_t> sets{};    ///< the newest first: what is built on goes behind what builds on it
  std::vector<std::int64_t> pieces{};  ///< the oldest first
};

/// Which sets stay: the newest that expires, since the moments behind it need it, all newer ones, whatever becomes of one that
/// is being made, and what they build on. So there is always one that stays, if there was any.
class Kept {
 public:
  Kept(const std::vector<SetThere>& sets, Scn expire) {
    const auto last = std::find_if(sets.rbegin(), sets.rend(), [&](const SetThere& set) {
      return set.available && set.end_scn <= expire;
    });
    from_ = last == sets.rend() ? 0 : last->id;
    std::set<std::int64_t> needed;
    for (auto set = sets.rbegin(); set != sets.rend(); ++set) {
      if (set->deleting || set->failed || (set->id < from_ && !needed.contains(set->id))) continue;
      needed.insert(set->built_on);
      ids_.insert(set->id);
      if (set->available) start_scn_ = std::min(start_scn_.value_or(set->start_scn), set->start_scn);
    }
  }

  bool expires(const SetThere& set) const {
    return set.deleting || (set.id < from_ && !ids_.contains(set.id));
  }
  /// Log up to here is older than all that stays; nothing: there is no set that does.
  std::optional<Scn> start_scn() const { return start_scn_; }

 private:
  std::int64_t from_ = 0;
  std::set<std::int64_t> ids_;
  std::optional<Scn> start_scn_;
};

// Also those that are half gone. Of a round that goes on, neither what is written nor the last object, by which its writer knows
// the place.
Result<std::vector<std::int64_t>> expired_pieces(sqlite::Connection& connection, TenantId tenant,
                                                 std::int64_t dest_id, Scn before) {
  return all_rows(
      connection.query(
          "SELECT p.piece_id FROM archive_piece p INDEXED BY archive_piece_there LEFT JOIN archive_round r"
          " ON r.tenant_id = p.tenant_id AND r.round_id = p.round_id WHERE p.tenant_id = ?1"
          " AND p.dest_id = ?2 AND p.file_status <> 'DELETED' AND (p.file_status = 'DELETING' OR"
          " (p.checkpoint_scn <= ?3 AND (r.status IS NULL OR r.status = 'STOP' OR (p.frozen AND EXISTS"
          " (SELECT 1 FROM archive_piece n WHERE n.tenant_id = p.tenant_id AND n.piece_id > p.piece_id"
          " AND n.round_id = p.round_id AND n.files > 0))))) ORDER BY p.piece_id LIMIT ?4",
          tenant, dest_id, before, DeletionWriter::kMaxTasks / 2),
      [](sqlite::Statement& row) { return row.integer(0); });
}

Result<Expired> expired(const Reading& with, TenantId tenant, Timestamp expire) {
  Expired found;
  std::optional<Scn> log_before;
  BW_TRY(const auto data, destinations_on(with)->current(tenant));
  if (data) {
    BW_TRY(const auto sets, sets_there(with.connection, tenant, data->dest_id));
    const Kept kept(sets, scn_at(expire));
    for (auto set = sets.rbegin(); set != sets.rend(); ++set)
      if (kept.expires(*set)) found.sets.push_back(set->id);
    log_before = kept.start_scn();
  }
  BW_TRY(const auto archive, archive_on(with)->destination(tenant));
  if (!archive) return found;
  BW_TRY(found.pieces, expired_pieces(with.connection, tenant, archive->dest_id, log_before.value_or(-1)));
  return found;
}

class SqliteDeletionReader final : public OnSqlite<DeletionReader, Reading> {
 public:
  using OnSqlite::OnSqlite;

  Result<std::vector<DeletionJob>> at_hand(TenantId after, std::size_t limit) override {
    return all_rows(
        connection().query(
            "SELECT j.tenant_id, j.job_id, j.status = 'CANCELING', j.attempts, j.next_attempt, t.dest_path,"
            " t.dest_endpoint, j.type, t.id FROM delete_job j INDEXED BY delete_job_open LEFT JOIN "
            "delete_task t"
            " ON t.tenant_id = j.tenant_id AND t.job_id = j.job_id AND t.task_id = (SELECT n.task_id FROM "
            "delete_task n"
            " INDEXED BY delete_task_open WHERE n.tenant_id = j.tenant_id AND n.job_id = j.job_id"
            " AND n.status IN ('INIT', 'DOING') ORDER BY n.task_id LIMIT 1)"
            " WHERE j.in_history = 0 AND j.done = 0 AND j.tenant_id > ?"
            " AND NOT EXISTS (SELECT 1 FROM delete_job o INDEXED BY delete_job_open WHERE o.tenant_id = "
            "j.tenant_id"
            " AND o.in_history = 0 AND o.done = 0 AND o.job_id < j.job_id) ORDER BY j.tenant_id LIMIT ?",
            after, static_cast<std::int64_t>(limit)),
        deletion_job_of);
  }

  Result<std::optional<DestinationKey>> next_destination(const BackupJobKey& key) override {
    return first_row(
        connection().query(
            "SELECT tenant_id, dest_path, dest_endpoint FROM delete_task INDEXED BY delete_task_open"
            " WHERE tenant_id = ? AND job_id = ? AND status IN ('INIT', 'DOING')"
            " ORDER BY task_id LIMIT 1",
            key.tenant_id, key.job_id),
        [](sqlite::Statement& row) {
          return DestinationKey{
              .tenant_id = row.integer(0), .path = row.string(1), .endpoint = row.string(2)};
        });
  }

  Result<bool> is_open(const BackupJobKey& key) override {
    BW_TRY(const auto open, connection().integer("SELECT 1 FROM delete_job WHERE tenant_id = ? AND job_id = ?"
                                                 " AND in_history = 0 AND done = 0",
                                                 key.tenant_id, key.job_id));
    return open.has_value();
  }

  Result<bool> has_obsolete(TenantId tenant, Timestamp expire) override {
    BW_TRY(const Expired found, expired(with(), tenant, expire));
    return !found.sets.empty() || !found.pieces.empty();
  }
};

class SqliteDeletionWriter final : public OnSqlite<DeletionWriter, Writing> {
 public:
  using OnSqlite::OnSqlite;

  Result<bool> begin(const DeletionRequest& request) override {
    BW_CHECK(require_tenant(with(), request.tenant));
    BW_TRY(const std::int64_t waiting, count_open(request.tenant));
    if (request.only_if_any && waiting > 0) return false;
    if (waiting >= kMaxOpen) {
      return breakwater::fail(error::try_again().with_hint("the tenant has " + std::to_string(kMaxOpen) +
                                                           " jobs that wait to delete backups"));
    }
    Plan plan;
    BW_CHECK(make_plan(request, plan));
    if (request.only_if_any && plan.sets.empty() && plan.pieces.empty()) return false;
    BW_TRY(const std::int64_t job, insert_job(request));
    const BackupJobKey key{.tenant_id = request.tenant, .job_id = job};
    if (!plan.refusal.empty()) {
      const bool of_pieces = request.kind == DeletionKind::pieces;
      BW_CHECK(end(key, "FAILED", of_pieces ? kPieceNotAllowed : kSetNotAllowed, plan.refusal));
      return true;
    }
    for (const std::int64_t id : plan.sets) BW_CHECK(add_set(key, id));
    for (const std::int64_t id : plan.pieces) BW_CHECK(add_piece(key, id));
    BW_CHECK(connection().run("UPDATE delete_job SET task_count = ?3 WHERE tenant_id = ?1 AND job_id = ?2",
                              key.tenant_id, key.job_id,
                              static_cast<std::int64_t>(plan.sets.size() + plan.pieces.size())));
    return true;
  }

  Result<std::optional<DeletionTask>> begin_task(const BackupJobKey& key) override {
    BW_CHECK(require_job(key, true));
    BW_CHECK(connection().run("UPDATE delete_job SET status = 'DOING' WHERE tenant_id = ? AND job_id = ?",
                              key.tenant_id, key.job_id));
    BW_TRY(auto task, next_task(key));
    if (!task) return std::nullopt;
    BW_CHECK(
        connection().run("UPDATE delete_task SET status = 'DOING', start_time = COALESCE(start_time, ?4)"
                         " WHERE tenant_id = ?1 AND job_id = ?2 AND task_id = ?3",
                         key.tenant_id, key.job_id, task->task_id, with().clock.now()));
    BW_CHECK(task->of_set ? begin_set(*task) : begin_piece(*task));
    if (task->refusal.empty()) return task;
    BW_CHECK(note_task(key, task->task_id,
                       {.result = task->of_set ? kSetNotAllowed : kPieceNotAllowed,
                        .comment = task->refusal,
                        .touched = true}));
    return task;
  }

  Result<> note_task(const BackupJobKey& key, std::int64_t task_id, const DeletionVerdict& verdict) override {
    BW_CHECK(require_job(key, false));
    const bool good = verdict.result == 0;
    BW_CHECK(connection().run(
        "UPDATE delete_task SET status = ?4, end_time = ?5, result = ?6, comment = ?7, files = ?8, bytes = ?9"
        " WHERE tenant_id = ?1 AND job_id = ?2 AND task_id = ?3",
        key.tenant_id, key.job_id, task_id, std::string_view(good ? "SUCCESS" : "FAILED"), with().clock.now(),
        verdict.result, verdict.comment, verdict.files, verdict.bytes));
    BW_CHECK(connection().run(
        "UPDATE delete_job SET success_task_count = success_task_count + ?3, attempts = 0, next_attempt = 0,"
        " comment = '' WHERE tenant_id = ?1 AND job_id = ?2",
        key.tenant_id, key.job_id, good));
    if (good) return mark(key, task_id, "DELETED");
    return verdict.touched ? Result<>() : mark(key, task_id, "");
  }

  Result<> finish(const BackupJobKey& key) override {
    BW_CHECK(require_job(key, false));
    BW_TRY(auto bad,
           first_row(connection().query("SELECT result, comment FROM delete_task WHERE tenant_id = ?"
                                        " AND job_id = ? AND status = 'FAILED' ORDER BY task_id LIMIT 1",
                                        key.tenant_id, key.job_id),
                     [](sqlite::Statement& row) {
                       return std::pair(static_cast<int>(row.integer(0)), row.string(1));
                     }));
    if (bad) return end(key, "FAILED", bad->first, bad->second);
    BW_CHECK(
        connection().run("UPDATE delete_job SET status = 'DOING', done = 1, end_time = ?3, result = 0,"
                         " comment = '' WHERE tenant_id = ?1 AND job_id = ?2",
                         key.tenant_id, key.job_id, with().clock.now()));
    return {};
  }

  Result<> put_off(const BackupJobKey& key, Timestamp next, std::string_view comment) override {
    BW_CHECK(require_job(key, false));
    BW_CHECK(
        connection().run("UPDATE delete_job SET attempts = attempts + 1, next_attempt = ?3, comment = ?4"
                         " WHERE tenant_id = ?1 AND job_id = ?2",
                         key.tenant_id, key.job_id, next, comment));
    return {};
  }

  Result<> fail(const BackupJobKey& key, int result, std::string_view comment) override {
    BW_CHECK(require_job(key, false));
    return end(key, "FAILED", result, comment);
  }

  Result<> cancelled(const BackupJobKey& key) override {
    BW_CHECK(require_job(key, false));
    return end(key, "CANCELED", error::job_canceled().ob_code(), "");
  }

  Result<std::int64_t> cancel(TenantId tenant) override {
    return connection().run(
        "UPDATE delete_job INDEXED BY delete_job_open SET status = 'CANCELING'"
        " WHERE tenant_id = ? AND in_history = 0 AND done = 0",
        tenant);
  }

  Result<std::optional<Timestamp>> move_shown(Timestamp before) override {
    const auto key_of = [](sqlite::Statement& row) {
      return BackupJobKey{.tenant_id = row.integer(0), .job_id = row.integer(1)};
    };
    BW_TRY(auto shown,
           all_rows(connection().query("SELECT tenant_id, job_id FROM delete_job INDEXED BY delete_job_done"
                                       " WHERE in_history = 0 AND done = 1 AND start_time <= ?"
                                       " ORDER BY start_time LIMIT ?",
                                       before, kMoved),
                    key_of));
    // The clock was set back.
    BW_TRY(const auto later,
           all_rows(connection().query("SELECT tenant_id, job_id FROM delete_job INDEXED BY delete_job_done"
                                       " WHERE in_history = 0 AND done = 1 AND start_time > ?"
                                       " ORDER BY start_time LIMIT ?",
                                       with().clock.now(), kMoved),
                    key_of));
    shown.insert(shown.end(), later.begin(), later.end());
    for (const BackupJobKey& key : shown) {
      BW_CHECK(
          connection().run("UPDATE delete_job SET in_history = 1, status = 'COMPLETED'"
                           " WHERE tenant_id = ? AND job_id = ?",
                           key.tenant_id, key.job_id));
      BW_CHECK(forget_old(key));
    }
    return connection().integer(
        "SELECT start_time FROM delete_job INDEXED BY delete_job_done WHERE in_history = 0 AND done = 1"
        " AND start_time > 0 ORDER BY start_time LIMIT 1");
  }

 private:
  struct Plan {
    std::vector<std::int64_t> sets{};    ///< in the order in which they go
    std::vector<std::int64_t> pieces{};  ///< likewise
    std::string refusal{};
  };

  // ---- what may go

  Result<> make_plan(const DeletionRequest& request, Plan& plan) {
    if (request.kind == DeletionKind::obsolete) {
      BW_TRY(Expired found,
             expired({.connection = connection(), .keyring = keyring()}, request.tenant, request.expire));
      plan.sets = std::move(found.sets);
      plan.pieces = std::move(found.pieces);
      return {};
    }
    std::vector<std::int64_t> ids = request.ids;
    if (request.kind == DeletionKind::path) {
      BW_TRY(ids, sets_at(request));
    }
    std::ranges::sort(ids);
    const auto twice = std::ranges::unique(ids);
    ids.erase(twice.begin(), twice.end());
    if (request.kind == DeletionKind::pieces) {
      BW_TRY(plan.refusal, refusal_of_pieces(request.tenant, ids));
      plan.pieces = std::move(ids);
    } else {
      BW_TRY(plan.refusal, refusal_of_sets(request.tenant, ids));
      plan.sets.assign(ids.rbegin(), ids.rend());
    }
    return {};
  }

  Result<std::vector<std::int64_t>> sets_at(const DeletionRequest& request) {
    return all_rows(connection().query("SELECT backup_set_id FROM backup_set WHERE tenant_id = ?1"
                                       " AND (path = ?2 OR dest_path = ?2) AND file_status <> 'DELETED'"
                                       " ORDER BY backup_set_id LIMIT ?3",
                                       request.tenant, request.path, kMaxTasks),
                    [](sqlite::Statement& row) { return row.integer(0); });
  }

  static std::string refused(std::int64_t id, std::string_view reason) {
    return "id=" + std::to_string(id) + "(" + std::string(reason) + ")";
  }
  static std::string refused(std::int64_t id, std::string_view reason, std::int64_t by) {
    return refused(id, std::string(reason) + " id=" + std::to_string(by));
  }

  Result<std::string> refusal_of_sets(TenantId tenant, const std::vector<std::int64_t>& ids) {
    std::vector<BackupSet> sets;
    for (const std::int64_t id : ids) {
      BW_TRY(auto set, read().jobs().set(tenant, id));
      if (!set) return refused(id, "get set failed");
      if (set->status == "DOING") return refused(id, "status=DOING");
      if (set->file_status == "DELETED") return refused(id, "already deleted");
      if (set->status != "FAILED" && set->file_status != "AVAILABLE" && set->file_status != "DELETING")
        return refused(id, "invalid");
      sets.push_back(*std::move(set));
      if (sets.back().dest_id != sets.front().dest_id)
        return refused(id, "delete from multiple dest is not supported");
    }
    if (sets.empty()) return std::string();
    BW_TRY(std::string refusal, refusal_on_current_path(tenant, sets));
    if (!refusal.empty()) return refusal;
    for (const BackupSet& set : sets) {
      BW_TRY(const auto by, built_on_by(set, ids));
      if (by) return refused(set.set_id, "dependent by backup set", *by);
    }
    return std::string();
  }

  // Where backups are made now, what the newest full one replaces may go; the policy's work is the policy's.
  Result<std::string> refusal_on_current_path(TenantId tenant, const std::vector<BackupSet>& sets) {
    const auto newest = std::find_if(sets.rbegin(), sets.rend(),
                                     [](const BackupSet& set) { return set.status == "SUCCESS"; });
    if (newest == sets.rend()) return std::string();
    BW_TRY(const auto current, read().destinations().current(tenant));
    if (!current || current->dest_id != sets.front().dest_id) return std::string();
    BW_TRY(const bool policy, has_policy(tenant));
    if (policy) {
      return refused(sets.front().set_id,
                     "cannot delete backup set in current path when delete policy is set");
    }
    BW_TRY(const auto full, newest_full(tenant, current->dest_id));
    if (!full) return refused(newest->set_id, "no full backup exists");
    if (newest->set_id < *full) return std::string();
    return refused(newest->set_id, "newer than latest full backupset", *full);
  }

  Result<bool> has_policy(TenantId tenant) {
    BW_TRY(const auto found,
           connection().integer("SELECT 1 FROM backup_delete_policy WHERE tenant_id = ? LIMIT 1", tenant));
    return found.has_value();
  }

  Result<std::optional<std::int64_t>> newest_full(TenantId tenant, std::int64_t dest_id) {
    return connection().integer(
        "SELECT backup_set_id FROM backup_set INDEXED BY backup_set_there WHERE tenant_id = ? AND dest_id = ?"
        " AND file_status <> 'DELETED' AND file_status = 'AVAILABLE' AND incremental = 0 ORDER BY "
        "backup_set_id DESC LIMIT 1",
        tenant, dest_id);
  }

  // A set that builds on this one and stays; also one that is being made.
  Result<std::optional<std::int64_t>> built_on_by(const BackupSet& set,
                                                  const std::vector<std::int64_t>& gone) {
    BW_TRY(
        const auto those,
        all_rows(connection().query("SELECT backup_set_id FROM backup_set INDEXED BY backup_set_built_on"
                                    " WHERE tenant_id = ? AND prev_inc = ? AND prev_inc > 0"
                                    " AND status <> 'FAILED' AND file_status NOT IN ('DELETING', 'DELETED')"
                                    " ORDER BY backup_set_id",
                                    set.tenant_id, set.set_id),
                 [](sqlite::Statement& row) { return row.integer(0); }));
    const auto stays = std::ranges::find_if(
        those, [&](std::int64_t id) { return std::ranges::find(gone, id) == gone.end(); });
    if (stays == those.end()) return std::nullopt;
    return *stays;
  }

  Result<std::string> refusal_of_pieces(TenantId tenant, const std::vector<std::int64_t>& ids) {
    std::vector<ArchivePiece> pieces;
    for (const std::int64_t id : ids) {
      BW_TRY(auto piece, read().archive().piece(tenant, id));
      if (!piece) return refused(id, "not exist");
      if (piece->file_status == "DELETED") return refused(id, "already deleted");
      BW_TRY(const bool active, is_active(*piece));
      if (active) return refused(id, "is active piece");
      pieces.push_back(*std::move(piece));
      if (pieces.back().dest_id != pieces.front().dest_id)
        return refused(id, "delete from multiple dest is not supported");
    }
    if (pieces.empty()) return std::string();
    BW_TRY(const auto current, read().archive().destination(tenant));
    if (!current || current->dest_id != pieces.front().dest_id) return std::string();
    return refusal_on_current_path(tenant, pieces);
  }

  // The log behind the newest full set is what leads from it to now.
  Result<std::string> refusal_on_current_path(TenantId tenant, const std::vector<ArchivePiece>& pieces) {
    BW_TRY(const bool policy, has_policy(tenant));
    if (policy) {
      return refused(pieces.front().piece_id,
                     "cannot delete backup piece in current path when delete policy is set");
    }
    BW_TRY(const auto data, read().destinations().current(tenant));
    std::optional<std::int64_t> full;
    if (data) {
      BW_TRY(full, newest_full(tenant, data->dest_id));
    }
    if (!full) return refused(pieces.front().piece_id, "no full backup exists");
    BW_TRY(const auto set, read().jobs().set(tenant, *full));
    for (const ArchivePiece& piece : pieces)
      if (set && piece.checkpoint_scn > set->start_scn)
        return refused(piece.piece_id, "newer than latest full backupset", *full);
    return std::string();
  }

  // Its round goes on, and may write it still, or has its last object in it, by which its writer knows the place.
  Result<bool> is_active(const ArchivePiece& piece) {
    BW_TRY(const auto needed,
           connection().integer(
               "SELECT 1 FROM archive_round WHERE tenant_id = ?1 AND round_id = ?2"
               " AND status <> 'STOP' AND (?4 = 0 OR NOT EXISTS (SELECT 1 FROM archive_piece n"
               " WHERE n.tenant_id = ?1 AND n.piece_id > ?3 AND n.round_id = ?2 AND n.files > 0))",
               piece.tenant_id, piece.round_id, piece.piece_id, piece.frozen));
    return needed.has_value();
  }

  // ---- jobs

  Result<> require_job(const BackupJobKey& key, bool working) {
    BW_TRY(const auto canceling,
           connection().integer("SELECT status = 'CANCELING' FROM delete_job WHERE tenant_id = ?"
                                " AND job_id = ? AND in_history = 0 AND done = 0",
                                key.tenant_id, key.job_id));
    if (!canceling) return breakwater::fail(error::entry_not_exist());
    if (working && *canceling != 0) return breakwater::fail(error::job_canceled());
    return {};
  }

  Result<std::int64_t> count_open(TenantId tenant) {
    BW_TRY(const auto open, connection().integer("SELECT COUNT(*) FROM delete_job INDEXED BY delete_job_open"
                                                 " WHERE tenant_id = ? AND in_history = 0 AND done = 0",
                                                 tenant));
    return open.value_or(0);
  }

  Result<std::int64_t> insert_job(const DeletionRequest& request) {
    BW_TRY(const auto job,
           connection().integer(
               "INSERT INTO delete_job(tenant_id, job_id, initiator_tenant_id, type, expire_time, start_time,"
               " status, done, attempts, next_attempt, result, comment, task_count, success_task_count, "
               "in_history)"
               " VALUES (?1, COALESCE((SELECT MAX(job_id) FROM delete_job WHERE tenant_id = ?1), 0) + 1, ?2, "
               "?3, ?4,"
               " ?5, 'INIT', 0, 0, 0, 0, '', 0, 0, 0) RETURNING job_id",
               request.tenant, request.initiator, kTypes[static_cast<std::size_t>(request.kind)],
               request.expire, with().clock.now()));
    return job.value_or(0);
  }

  Result<> end(const BackupJobKey& key, std::string_view status, int result, std::string_view comment) {
    const Timestamp now = with().clock.now();
    BW_CHECK(
        connection().run("UPDATE delete_task INDEXED BY delete_task_open SET status = ?3, end_time = ?4, "
                         "result = ?5, comment = ?6"
                         " WHERE tenant_id = ?1 AND job_id = ?2 AND status IN ('INIT', 'DOING')",
                         key.tenant_id, key.job_id, status, now, result, comment));
    BW_CHECK(
        connection().run("UPDATE delete_job SET status = ?3, done = 1, end_time = ?4, result = ?5,"
                         " comment = ?6, in_history = 1 WHERE tenant_id = ?1 AND job_id = ?2",
                         key.tenant_id, key.job_id, status, now, result, comment));
    return forget_old(key);
  }

  // The newest job that has ended stays, whatever it has.
  Result<> forget_old(const BackupJobKey& newest) {
    BW_TRY(const auto jobs,
           all_rows(connection().query("SELECT job_id, task_count FROM delete_job WHERE tenant_id = ?"
                                       " AND in_history = 1 ORDER BY job_id DESC",
                                       newest.tenant_id),
                    [](sqlite::Statement& row) {
                      return std::pair<std::int64_t, std::int64_t>(row.integer(0), row.integer(1));
                    }));
    std::int64_t kept = 0;
    std::int64_t tasks = 0;
    for (const auto& [job, count] : jobs) {
      tasks += kept == 0 ? 0 : count;
      if (++kept <= kKeptJobs && tasks <= kKeptTasks) continue;
      BW_CHECK(connection().run("DELETE FROM delete_task WHERE tenant_id = ? AND job_id = ?",
                                newest.tenant_id, job));
      BW_CHECK(connection().run("DELETE FROM delete_job WHERE tenant_id = ? AND job_id = ?", newest.tenant_id,
                                job));
    }
    return {};
  }

  // ---- tasks: numbered as they are added

  Result<> add_set(const BackupJobKey& key, std::int64_t id) {
    BW_CHECK(connection().run(
        "INSERT INTO delete_task(tenant_id, job_id, task_id, of_set, id, round_id, dest_id, dest_path,"
        " dest_endpoint, path, file_status, total_files, total_bytes, status, result, comment, files, bytes)"
        " SELECT ?1, ?2, COALESCE((SELECT MAX(t.task_id) FROM delete_task t WHERE t.tenant_id = ?1"
        " AND t.job_id = ?2), 0) + 1, 1, backup_set_id, 0, dest_id, dest_path, dest_endpoint, path, "
        "file_status,"
        " file_count, output_bytes, 'INIT', 0, '', 0, 0 FROM backup_set WHERE tenant_id = ?1 AND "
        "backup_set_id = ?3",
        key.tenant_id, key.job_id, id));
    return {};
  }

  // A piece's destination is its round's; where that is forgotten, the one that has its number.
  Result<> add_piece(const BackupJobKey& key, std::int64_t id) {
    BW_CHECK(connection().run(
        "INSERT INTO delete_task(tenant_id, job_id, task_id, of_set, id, round_id, dest_id, dest_path,"
        " dest_endpoint, path, file_status, total_files, total_bytes, status, result, comment, files, bytes)"
        " SELECT ?1, ?2, COALESCE((SELECT MAX(t.task_id) FROM delete_task t WHERE t.tenant_id = ?1"
        " AND t.job_id = ?2), 0) + 1, 0, p.piece_id, p.round_id, p.dest_id, COALESCE(r.path, d.path, ''),"
        " COALESCE(r.endpoint, d.endpoint, ''), p.path, p.file_status, p.files, p.output_bytes, 'INIT', 0, "
        "'', 0, 0"
        " FROM archive_piece p LEFT JOIN archive_round r ON r.tenant_id = p.tenant_id AND r.round_id = "
        "p.round_id"
        " LEFT JOIN backup_storage_info d ON d.tenant_id = p.tenant_id AND d.dest_id = p.dest_id"
        " AND d.dest_type = 'archive_log' WHERE p.tenant_id = ?1 AND p.piece_id = ?3 LIMIT 1",
        key.tenant_id, key.job_id, id));
    return {};
  }

  Result<std::optional<DeletionTask>> next_task(const BackupJobKey& key) {
    return first_row(
        connection().query(
            "SELECT task_id, of_set, id, round_id, tenant_id, dest_path, dest_endpoint FROM delete_task"
            " INDEXED BY delete_task_open WHERE tenant_id = ? AND job_id = ?"
            " AND status IN ('INIT', 'DOING') ORDER BY task_id LIMIT 1",
            key.tenant_id, key.job_id),
        [](sqlite::Statement& row) {
          return DeletionTask{
              .task_id = row.integer(0),
              .of_set = row.integer(1) != 0,
              .id = row.integer(2),
              .round_id = row.integer(3),
              .destination = {.tenant_id = row.integer(4), .path = row.string(5), .endpoint = row.string(6)}};
        });
  }

  // What has been built on it meanwhile keeps it.
  Result<> begin_set(DeletionTask& task) {
    const TenantId tenant = task.destination.tenant_id;
    BW_TRY(const auto set, read().jobs().set(tenant, task.id));
    if (!set || set->status == "DOING") {
      task.refusal = refused(task.id, set ? "status=DOING" : "get set failed");
      return {};
    }
    BW_TRY(const auto by, built_on_by(*set, {}));
    if (by && set->file_status != "DELETED") {
      task.refusal = refused(task.id, "dependent by backup set", *by);
      return {};
    }
    BW_CHECK(
        connection().run("UPDATE backup_set SET file_status = 'DELETING' WHERE tenant_id = ?"
                         " AND backup_set_id = ? AND file_status <> 'DELETED'",
                         tenant, task.id));
    return {};
  }

  Result<> begin_piece(DeletionTask& task) {
    const TenantId tenant = task.destination.tenant_id;
    BW_TRY(const auto piece, read().archive().piece(tenant, task.id));
    if (!piece) {
      task.refusal = refused(task.id, "not exist");
      return {};
    }
    BW_CHECK(
        connection().run("UPDATE archive_piece SET file_status = 'DELETING' WHERE tenant_id = ?"
                         " AND piece_id = ? AND file_status <> 'DELETED'",
                         tenant, task.id));
    BW_TRY(const auto left,
           connection().integer("SELECT 1 FROM archive_round r WHERE r.tenant_id = ?1 AND r.round_id = ?2"
                                " AND r.status = 'STOP' AND NOT EXISTS (SELECT 1 FROM archive_piece p"
                                " WHERE p.tenant_id = ?1 AND p.round_id = ?2 AND p.piece_id <> ?3"
                                " AND p.file_status <> 'DELETED')",
                                tenant, piece->round_id, task.id));
    task.ends_round = left.has_value();
    return {};
  }

  struct About {
    bool of_set = true;
    std::int64_t id = 0;
    std::string file_status{};
  };

  // FILE_STATUS of what a task is about: this one, or, if it is empty, the one that it had before. Nothing is left to be swept
  // of what is DELETED.
  Result<> mark(const BackupJobKey& key, std::int64_t task_id, std::string_view status) {
    BW_TRY(const auto about,
           first_row(connection().query("SELECT of_set, id, file_status FROM delete_task"
                                        " WHERE tenant_id = ? AND job_id = ? AND task_id = ?",
                                        key.tenant_id, key.job_id, task_id),
                     [](sqlite::Statement& row) {
                       return About{
                           .of_set = row.integer(0) != 0, .id = row.integer(1), .file_status = row.string(2)};
                     }));
    if (!about) return {};
    const std::string_view now = status.empty() ? std::string_view(about->file_status) : status;
    if (!about->of_set) {
      BW_CHECK(
          connection().run("UPDATE archive_piece SET file_status = ?3 WHERE tenant_id = ?1 AND piece_id = ?2",
                           key.tenant_id, about->id, now));
      return {};
    }
    BW_CHECK(
        connection().run("UPDATE backup_set SET file_status = ?3, swept = MAX(swept, ?3 = 'DELETED')"
                         " WHERE tenant_id = ?1 AND backup_set_id = ?2",
                         key.tenant_id, about->id, now));
    return {};
  }
};

}  // namespace

std::unique_ptr<DeletionReader> deletions_on(const Reading& with) {
  return std::make_unique<SqliteDeletionReader>(with);
}

std::unique_ptr<DeletionWriter> deletions_on(const Writing& with) {
  return std::make_unique<SqliteDeletionWriter>(with);
}

}  // namespace breakwater::catalog
