#include "catalog/store/validations.h"

#include <algorithm>

#include "catalog/store/sqlite_roles.h"

namespace breakwater::catalog {
namespace {

class SqliteValidationReader final : public OnSqlite<ValidationReader, Reading> {
 public:
  using OnSqlite::OnSqlite;

  Result<std::vector<ValidationJob>> at_hand(TenantId after, std::size_t limit) override {
    return all_rows(
        connection().query(
            "SELECT tenant_id, job_id, physical, status = 'CANCELING', attempts, next_attempt FROM "
            "validate_job j"
            " INDEXED BY validate_job_open WHERE in_history = 0 AND done = 0 AND tenant_id > ?"
            " AND NOT EXISTS (SELECT 1 FROM validate_job o INDEXED BY validate_job_open"
            " WHERE o.tenant_id = j.tenant_id AND o.in_history = 0 AND o.done = 0 AND o.job_id < j.job_id)"
            " ORDER BY tenant_id LIMIT ?",
            after, static_cast<std::int64_t>(limit)),
        [](sqlite::Statement& row) {
          return ValidationJob{.key = {.tenant_id = row.integer(0), .job_id = row.integer(1)},
                               .physical = row.integer(2) != 0,
                               .canceling = row.integer(3) != 0,
                               .attempts = row.integer(4),
                               .next_attempt = row.integer(5)};
        });
  }

  Result<std::optional<ValidationTask>> next_task(const BackupJobKey& key) override {
    return first_row(
        connection().query(
            "SELECT task_id, of_set, id, tenant_id, dest_path, dest_endpoint FROM validate_task"
            " INDEXED BY validate_task_open WHERE tenant_id = ? AND job_id = ?"
            " AND status IN ('INIT', 'DOING') ORDER BY task_id LIMIT 1",
            key.tenant_id, key.job_id),
        [](sqlite::Statement& row) {
          return ValidationTask{
              .task_id = row.integer(0),
              .of_set = row.integer(1) != 0,
              .id = row.integer(2),
              .destination = {.tenant_id = row.integer(3), .path = row.string(4), .endpoint = row.string(5)}};
        });
  }
};

class SqliteValidationWriter final : public OnSqlite<ValidationWriter, Writing> {
 public:
  using OnSqlite::OnSqlite;

  Result<> begin(const ValidationRequest& request) override {
    for (const TenantId tenant : request.tenants) {
      BW_CHECK(require_tenant(with(), tenant));
      BW_CHECK(check_room(tenant));
      BW_TRY(const std::int64_t job, insert_job(request, tenant));
      BW_CHECK(add_tasks(request, {.tenant_id = tenant, .job_id = job}));
    }
    return {};
  }

  Result<> start(const BackupJobKey& key) override {
    BW_CHECK(require_job(key, true));
    BW_CHECK(connection().run("UPDATE validate_job SET status = 'DOING' WHERE tenant_id = ? AND job_id = ?",
                              key.tenant_id, key.job_id));
    return begin_next_task(key);
  }

  Result<> note_task(const BackupJobKey& key, std::int64_t task_id,
                     const ValidationVerdict& verdict) override {
    BW_CHECK(require_job(key, true));
    BW_CHECK(connection().run(
        "UPDATE validate_task SET status = ?4, end_time = ?5, result = ?6, comment = ?7, total_bytes = ?8,"
        " validate_bytes = ?9 WHERE tenant_id = ?1 AND job_id = ?2 AND task_id = ?3",
        key.tenant_id, key.job_id, task_id, verdict.result == 0 ? "SUCCESS" : "FAILED", with().clock.now(),
        verdict.result, verdict.comment, verdict.total_bytes, verdict.validated_bytes));
    BW_CHECK(
        connection().run("UPDATE validate_job SET success_task_count = success_task_count + ?3, attempts = 0,"
                         " next_attempt = 0, comment = '' WHERE tenant_id = ?1 AND job_id = ?2",
                         key.tenant_id, key.job_id, verdict.result == 0));
    return begin_next_task(key);
  }

  Result<> finish(const BackupJobKey& key) override {
    BW_CHECK(require_job(key, false));
    BW_TRY(auto bad,
           first_row(connection().query("SELECT result, comment FROM validate_task WHERE tenant_id = ?"
                                        " AND job_id = ? AND status = 'FAILED' ORDER BY task_id LIMIT 1",
                                        key.tenant_id, key.job_id),
                     [](sqlite::Statement& row) {
                       return Bad{.result = static_cast<int>(row.integer(0)), .comment = row.string(1)};
                     }));
    if (bad) return end(key, "FAILED", bad->result, bad->comment);
    BW_CHECK(connection().run(
        "UPDATE validate_job SET done = 1, end_time = ?3, result = 0, comment = COALESCE((SELECT t.comment"
        " FROM validate_task t WHERE t.tenant_id = ?1 AND t.job_id = ?2 AND t.comment <> ''"
        " ORDER BY t.task_id LIMIT 1), '') WHERE tenant_id = ?1 AND job_id = ?2",
        key.tenant_id, key.job_id, with().clock.now()));
    return {};
  }

  Result<> put_off(const BackupJobKey& key, Timestamp next, std::string_view comment) override {
    BW_CHECK(require_job(key, false));
    BW_CHECK(note_progress(key));
    BW_CHECK(
        connection().run("UPDATE validate_job SET attempts = attempts + 1, next_attempt = ?3, comment = ?4"
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
        "UPDATE validate_job INDEXED BY validate_job_open SET status = 'CANCELING'"
        " WHERE tenant_id = ? AND in_history = 0 AND done = 0",
        tenant);
  }

  Result<std::optional<Timestamp>> move_shown(Timestamp before) override {
    BW_TRY(
        const auto shown,
        all_rows(connection().query("SELECT tenant_id, job_id FROM validate_job INDEXED BY validate_job_done"
                                    " WHERE in_history = 0 AND done = 1 AND start_time <= ?"
                                    " ORDER BY start_time LIMIT ?",
                                    before, kMoved),
                 [](sqlite::Statement& row) {
                   return BackupJobKey{.tenant_id = row.integer(0), .job_id = row.integer(1)};
                 }));
    for (const BackupJobKey& key : shown) {
      BW_CHECK(
          connection().run("UPDATE validate_job SET in_history = 1, status = 'COMPLETED'"
                           " WHERE tenant_id = ? AND job_id = ?",
                           key.tenant_id, key.job_id));
      BW_CHECK(forget_old(key));
    }
    return connection().integer(
        "SELECT start_time FROM validate_job INDEXED BY validate_job_done WHERE in_history = 0 AND done = 1"
        " AND start_time > 0"
        " ORDER BY start_time LIMIT 1");
  }

 private:
  struct Bad {
    int result = 0;
    std::string comment{};
  };

  Result<> require_job(const BackupJobKey& key, bool working) {
    BW_TRY(const auto canceling,
           connection().integer("SELECT status = 'CANCELING' FROM validate_job WHERE tenant_id = ?"
                                " AND job_id = ? AND in_history = 0 AND done = 0",
                                key.tenant_id, key.job_id));
    if (!canceling) return breakwater::fail(error::entry_not_exist());
    if (working && *canceling != 0) return breakwater::fail(error::job_canceled());
    return {};
  }

  Result<> check_room(TenantId tenant) {
    BW_TRY(const auto open,
           connection().integer("SELECT COUNT(*) FROM validate_job INDEXED BY validate_job_open"
                                " WHERE tenant_id = ? AND in_history = 0 AND done = 0",
                                tenant));
    if (open.value_or(0) < kMaxOpen) return {};
    return breakwater::fail(error::try_again().with_hint("the tenant has " + std::to_string(kMaxOpen) +
                                                         " jobs of VALIDATE that wait"));
  }

  Result<std::int64_t> insert_job(const ValidationRequest& request, TenantId tenant) {
    constexpr std::string_view kTypes[] = {"DATABASE", "BACKUPSET", "ARCHIVELOG_PIECE"};
    BW_TRY(const auto job,
           connection().integer(
               "INSERT INTO validate_job(tenant_id, job_id, initiator_tenant_id, type, physical, description,"
               " path, start_time, status, done, attempts, next_attempt, result, comment, task_count,"
               " success_task_count, in_history) VALUES (?1, COALESCE((SELECT MAX(job_id) FROM validate_job"
               " WHERE tenant_id = ?1), 0) + 1, ?2, ?3, ?4, ?5, '', ?6, 'INIT', 0, 0, 0, 0, '', 0, 0, 0)"
               " RETURNING job_id",
               tenant, request.initiator, kTypes[static_cast<std::size_t>(request.kind)], request.physical,
               request.description, with().clock.now()));
    return job.value_or(0);
  }

  Result<> add_tasks(const ValidationRequest& request, const BackupJobKey& key) {
    if (request.ids.empty()) {
      const bool current = request.kind == ValidationKind::all;
      if (request.kind != ValidationKind::pieces) BW_CHECK(add_all_sets(key, current));
      if (request.kind != ValidationKind::sets) BW_CHECK(add_all_pieces(key, current));
    } else {
      std::vector<std::int64_t> ids = request.ids;
      std::ranges::sort(ids);
      const auto twice = std::ranges::unique(ids);
      ids.erase(twice.begin(), twice.end());
      for (const std::int64_t id : ids) {
        const bool of_set = request.kind == ValidationKind::sets;
        BW_TRY(const std::string refusal, of_set ? refusal_of_set(key, id) : refusal_of_piece(key, id));
        if (!refusal.empty()) {
          BW_CHECK(forget_tasks(key));
          return end(key, "FAILED", error::entry_not_exist().ob_code(),
                     "id=" + std::to_string(id) + "(" + refusal + ")");
        }
        BW_CHECK(of_set ? add_set(key, id) : add_piece(key, id));
      }
    }
    return count_tasks(key);
  }

  Result<> note_progress(const BackupJobKey& key) {
    BW_CHECK(
        connection().run("UPDATE validate_job SET progress_time = ?3 WHERE tenant_id = ?1 AND job_id = ?2",
                         key.tenant_id, key.job_id, with().clock.now()));
    return {};
  }

  Result<> count_tasks(const BackupJobKey& key) {
    BW_TRY(const auto tasks,
           connection().integer("SELECT COUNT(*) FROM validate_task WHERE tenant_id = ? AND job_id = ?",
                                key.tenant_id, key.job_id));
    if (tasks.value_or(0) > kMaxTasks) {
      return breakwater::fail(error::size_overflow().with_hint(
          "a job validates at most " + std::to_string(kMaxTasks) + " sets and pieces: name some of them"));
    }
    BW_CHECK(
        connection().run("UPDATE validate_job SET task_count = ?3, path = COALESCE((SELECT t.path FROM"
                         " validate_task t WHERE t.tenant_id = ?1 AND t.job_id = ?2 ORDER BY t.task_id"
                         " LIMIT 1), '') WHERE tenant_id = ?1 AND job_id = ?2",
                         key.tenant_id, key.job_id, tasks.value_or(0)));
    return {};
  }

  // ---- tasks: numbered as they are added

  Result<> add_all_sets(const BackupJobKey& key, bool current) {
    std::int64_t dest_id = 0;
    if (current) {
      BW_TRY(const auto destination, read().destinations().current(key.tenant_id));
      if (!destination) return {};
      dest_id = destination->dest_id;
    }
    BW_TRY(const auto ids,
           all_rows(connection().query("SELECT backup_set_id FROM backup_set WHERE tenant_id = ?1"
                                       " AND status = 'SUCCESS' AND file_status = 'AVAILABLE'"
                                       " AND (?2 = 0 OR dest_id = ?2) ORDER BY backup_set_id LIMIT ?3",
                                       key.tenant_id, dest_id, kMaxTasks + 1),
                    [](sqlite::Statement& row) { return row.integer(0); }));
    for (const std::int64_t id : ids) BW_CHECK(add_set(key, id));
    return {};
  }

  Result<> add_all_pieces(const BackupJobKey& key, bool current) {
    std::int64_t dest_id = 0;
    if (current) {
      BW_TRY(const auto destination, read().archive().destination(key.tenant_id));
      if (!destination) return {};
      dest_id = destination->dest_id;
    }
    BW_TRY(const auto ids,
           all_rows(connection().query("SELECT piece_id FROM archive_piece WHERE tenant_id = ?1"
                                       " AND file_status = 'AVAILABLE'"
                                       " AND (?2 = 0 OR dest_id = ?2) ORDER BY piece_id LIMIT ?3",
                                       key.tenant_id, dest_id, kMaxTasks + 1),
                    [](sqlite::Statement& row) { return row.integer(0); }));
    for (const std::int64_t id : ids) BW_CHECK(add_piece(key, id));
    return {};
  }

  Result<> add_set(const BackupJobKey& key, std::int64_t id) {
    BW_CHECK(connection().run(
        "INSERT INTO validate_task(tenant_id, job_id, task_id, of_set, id, round_id, dest_id, dest_path,"
        " dest_endpoint, path, status, result, comment, total_bytes, validate_bytes) SELECT ?1, ?2,"
        " COALESCE((SELECT MAX(t.task_id) FROM validate_task t WHERE t.tenant_id = ?1 AND t.job_id = ?2), 0)"
        " + 1, 1, backup_set_id, 0, dest_id, dest_path, dest_endpoint, path, 'INIT', 0, '', 0, 0"
        " FROM backup_set WHERE tenant_id = ?1 AND backup_set_id = ?3",
        key.tenant_id, key.job_id, id));
    return {};
  }

  // A piece's destination is its round's.
  Result<> add_piece(const BackupJobKey& key, std::int64_t id) {
    BW_CHECK(connection().run(
        "INSERT INTO validate_task(tenant_id, job_id, task_id, of_set, id, round_id, dest_id, dest_path,"
        " dest_endpoint, path, status, result, comment, total_bytes, validate_bytes) SELECT ?1, ?2,"
        " COALESCE((SELECT MAX(t.task_id) FROM validate_task t WHERE t.tenant_id = ?1 AND t.job_id = ?2), 0)"
        " + 1, 0, p.piece_id, p.round_id, p.dest_id, r.path, r.endpoint, p.path, 'INIT', 0, '', 0, 0"
        " FROM archive_piece p JOIN archive_round r ON r.tenant_id = p.tenant_id AND r.round_id = p.round_id"
        " WHERE p.tenant_id = ?1 AND p.piece_id = ?3",
        key.tenant_id, key.job_id, id));
    return {};
  }

  Result<std::string> refusal_of_set(const BackupJobKey& key, std::int64_t id) {
    BW_TRY(const auto set, read().jobs().set(key.tenant_id, id));
    if (!set) return std::string("get set failed");
    if (set->status == "DOING") return std::string("status=DOING");
    if (set->file_status == "DELETED" || set->file_status == "DELETING")
      return std::string("already deleted");
    return set->status == "SUCCESS" ? std::string() : std::string("invalid");
  }

  Result<std::string> refusal_of_piece(const BackupJobKey& key, std::int64_t id) {
    BW_TRY(const auto piece, read().archive().piece(key.tenant_id, id));
    if (!piece) return std::string("get piece failed");
    return piece->file_status == "AVAILABLE" ? std::string() : std::string("already deleted");
  }

  Result<> begin_next_task(const BackupJobKey& key) {
    BW_CHECK(note_progress(key));
    BW_CHECK(connection().run(
        "UPDATE validate_task SET status = 'DOING', start_time = ?3 WHERE tenant_id = ?1 AND job_id = ?2"
        " AND status = 'INIT' AND task_id = (SELECT t.task_id FROM validate_task t INDEXED BY"
        " validate_task_open WHERE t.tenant_id = ?1 AND t.job_id = ?2 AND t.status IN ('INIT', 'DOING')"
        " ORDER BY t.task_id LIMIT 1)",
        key.tenant_id, key.job_id, with().clock.now()));
    return {};
  }

  Result<> end(const BackupJobKey& key, std::string_view status, int result, std::string_view comment) {
    const Timestamp now = with().clock.now();
    BW_CHECK(connection().run(
        "UPDATE validate_task INDEXED BY validate_task_open SET status = ?3, end_time = ?4, result = ?5,"
        " comment = ?6 WHERE tenant_id = ?1 AND job_id = ?2 AND status IN ('INIT', 'DOING')",
        key.tenant_id, key.job_id, status, now, result, comment));
    BW_CHECK(
        connection().run("UPDATE validate_job SET status = ?3, done = 1, end_time = ?4, result = ?5,"
                         " comment = ?6, in_history = 1 WHERE tenant_id = ?1 AND job_id = ?2",
                         key.tenant_id, key.job_id, status, now, result, comment));
    return forget_old(key);
  }

  Result<> forget_tasks(const BackupJobKey& key) {
    BW_CHECK(connection().run("DELETE FROM validate_task WHERE tenant_id = ? AND job_id = ?", key.tenant_id,
                              key.job_id));
    return {};
  }

  // The newest job that has ended stays, whatever it has.
  Result<> forget_old(const BackupJobKey& newest) {
    BW_TRY(const auto jobs,
           all_rows(connection().query("SELECT job_id, task_count FROM validate_job WHERE tenant_id = ?"
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
      BW_CHECK(forget_tasks({.tenant_id = newest.tenant_id, .job_id = job}));
      BW_CHECK(connection().run("DELETE FROM validate_job WHERE tenant_id = ? AND job_id = ?",
                                newest.tenant_id, job));
    }
    return {};
  }
};

}  // namespace

std::unique_ptr<ValidationReader> validations_on(const Reading& with) {
  return std::make_unique<SqliteValidationReader>(with);
}

std::unique_ptr<ValidationWriter> validations_on(const Writing& with) {
  return std::make_unique<SqliteValidationWriter>(with);
}

}  // namespace breakwater::catalog
