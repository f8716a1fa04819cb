#include "catalog/store/jobs.h"

#include <array>

#include "catalog/store/sqlite_roles.h"
#include "catalog/store/tables.h"

namespace breakwater::catalog {
namespace {

constexpr std::string_view kBackupJobColumns =
    "SELECT tenant_id, job_id, initiator_tenant_id, initiator_job_id, dest_path, dest_endpoint, dest_id,"
    " backup_set_id, task_id, incremental, plus_archivelog, status = 'CANCELING', sealed_password IS NOT "
    "NULL,"
    " description, step, attempts, start_time, next_attempt FROM backup_job j ";

BackupJob job_of(sqlite::Statement& row) {
  const bool of_sys = row.integer(2) == kSysTenantId;
  return {.key = {.tenant_id = row.integer(0), .job_id = row.integer(1)},
          .initiator = row.integer(2),
          .parent_job_id = of_sys ? row.integer(3) : 0,
          .destination = {.tenant_id = row.integer(0), .path = row.string(4), .endpoint = row.string(5)},
          .dest_id = row.integer(6),
          .set_id = row.integer(7),
          .task_id = row.integer(8),
          .incremental = row.integer(9) != 0,
          .plus_archivelog = row.integer(10) != 0,
          .canceling = row.integer(11) != 0,
          .has_password = row.integer(12) != 0,
          .description = row.string(13),
          .step = static_cast<BackupStep>(row.integer(14)),
          .attempts = row.integer(15),
          .started = row.integer(16),
          .next_attempt = row.integer(17)};
}

constexpr std::string_view kBackupSetColumns =
    "SELECT tenant_id, backup_set_id, dest_id, incremental, prev_full, prev_inc, status, file_status,"
    " start_scn, end_scn, dest_path, dest_endpoint, manifest_sha256, token, comment, output_bytes FROM "
    "backup_set ";

BackupSet set_of(sqlite::Statement& row) {
  return {.tenant_id = row.integer(0),
          .set_id = row.integer(1),
          .dest_id = row.integer(2),
          .incremental = row.integer(3) != 0,
          .prev_full = row.integer(4),
          .prev_inc = row.integer(5),
          .status = row.string(6),
          .file_status = row.string(7),
          .start_scn = row.integer(8),
          .end_scn = row.integer(9),
          .destination = {.tenant_id = row.integer(0), .path = row.string(10), .endpoint = row.string(11)},
          .manifest_sha256 = row.string(12),
          .token = row.string(13),
          .output_bytes = row.integer(15),
          .comment = row.string(14)};
}

std::string random_token(const Entropy& entropy) {
  constexpr std::string_view kCharacters = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::array<std::uint8_t, kSetToken> bytes{};
  entropy.fill(bytes);
  std::string token;
  for (const std::uint8_t byte : bytes) token += kCharacters[byte % kCharacters.size()];
  return token;
}

// Rows are counted only where there may be too many: as a rule their numbers say that there aren't.
Result<bool> may_have_too_many_sets(sqlite::Connection& connection, TenantId tenant) {
  BW_TRY(const auto span,
         connection.integer("SELECT next_set_id - COALESCE((SELECT MIN(backup_set_id) FROM backup_set"
                            " WHERE tenant_id = ?1), next_set_id) FROM backup_counter WHERE tenant_id = ?1",
                            tenant));
  return span.value_or(0) >= BackupJobWriter::kMaxSets;
}

// Sets, with those that open jobs are yet to begin. `which`: of the rows of sets.
Result<std::int64_t> count_sets(sqlite::Connection& connection, TenantId tenant, std::string_view which) {
  BW_TRY(const auto rows,
         connection.integer(select("SELECT COUNT(*) FROM backup_set WHERE tenant_id = ?", which), tenant));
  BW_TRY(const auto open, connection.integer("SELECT COUNT(*) FROM backup_job INDEXED BY backup_job_open"
                                             " WHERE tenant_id = ? AND in_history = 0 AND step < 2"
                                             " AND task_id > 0",
                                             tenant));
  return rows.value_or(0) + open.value_or(0);
}

// What a job's password is sealed for.
RowIdentity password_identity(const BackupJobKey& key) {
  return sealed_identity("backup_job", std::array{std::to_string(key.tenant_id), std::to_string(key.job_id)});
}

class SqliteBackupJobReader final : public OnSqlite<BackupJobReader, Reading> {
 public:
  using OnSqlite::OnSqlite;

  Result<std::optional<BackupJob>> find(const BackupJobKey& key) override {
    return first_row(connection().query(select(kBackupJobColumns, "WHERE tenant_id = ? AND job_id = ?"),
                                        key.tenant_id, key.job_id),
                     job_of);
  }

  Result<bool> is_running(TenantId tenant) override {
    BW_TRY(const auto found, connection().integer("SELECT 1 FROM backup_job INDEXED BY backup_job_open"
                                                  " WHERE tenant_id = ? AND in_history = 0 LIMIT 1",
                                                  tenant));
    return found.has_value();
  }

  Result<bool> is_running(TenantId tenant, TenantId initiator) override {
    BW_TRY(const auto found,
           connection().integer(
               "SELECT 1 FROM backup_job INDEXED BY backup_job_open WHERE tenant_id = ? AND in_history = 0"
               " AND initiator_tenant_id = ? AND task_id > 0 LIMIT 1",
               tenant, initiator));
    return found.has_value();
  }

  Result<std::vector<BackupJob>> at_hand(TenantId after, std::size_t limit) override {
    return all_rows(
        connection().query(select(kBackupJobColumns,
                                  "INDEXED BY backup_job_open"
                                  " WHERE in_history = 0 AND step < 4 AND task_id > 0 AND tenant_id > ?"
                                  " AND NOT EXISTS (SELECT 1 FROM backup_job o INDEXED BY backup_job_open "
                                  "WHERE o.tenant_id = j.tenant_id"
                                  " AND o.in_history = 0 AND o.step < 4 AND o.task_id > 0"
                                  " AND o.job_id < j.job_id) ORDER BY tenant_id LIMIT ?"),
                           after, static_cast<std::int64_t>(limit)),
        job_of);
  }

  Result<std::optional<Secret>> password(const BackupJobKey& key) override {
    BW_TRY(const auto sealed,
           first_row(connection().query("SELECT sealed_password FROM backup_job"
                                        " WHERE tenant_id = ? AND job_id = ? AND sealed_password IS NOT NULL",
                                        key.tenant_id, key.job_id),
                     bytes_of));
    if (!sealed) return std::nullopt;
    return keyring().open(password_identity(key), *sealed);
  }

  Result<Bytes> record(const BackupJobKey& key) override {
    BW_TRY(auto record,
           first_row(connection().query("SELECT record FROM backup_job WHERE tenant_id = ? AND job_id = ?",
                                        key.tenant_id, key.job_id),
                     bytes_of));
    return std::move(record).value_or(Bytes());
  }

  Result<std::optional<BackupSet>> set(TenantId tenant, std::int64_t set_id) override {
    return first_row(
        connection().query(select(kBackupSetColumns, "WHERE tenant_id = ? AND backup_set_id = ?"), tenant,
                           set_id),
        set_of);
  }

  Result<std::optional<BackupSet>> newest_set(TenantId tenant, std::int64_t dest_id) override {
    return first_row(connection().query(select(kBackupSetColumns,
                                               "INDEXED BY backup_set_newest"
                                               " WHERE tenant_id = ? AND dest_id = ? AND status = 'SUCCESS'"
                                               " AND file_status = 'AVAILABLE'"
                                               " ORDER BY backup_set_id DESC LIMIT 1"),
                                        tenant, dest_id),
                     set_of);
  }

  Result<std::vector<BackupSet>> unswept(TenantId tenant, std::int64_t dest_id, std::int64_t after) override {
    return all_rows(connection().query(select(kBackupSetColumns,
                                              "INDEXED BY backup_set_unswept"
                                              " WHERE tenant_id = ? AND dest_id = ? AND status = 'FAILED'"
                                              " AND swept = 0 AND backup_set_id > ?"
                                              " ORDER BY backup_set_id LIMIT ?"),
                                       tenant, dest_id, after, static_cast<std::int64_t>(kMaxUnswept)),
                    set_of);
  }

  Result<bool> has_room(TenantId tenant) override {
    BW_TRY(const bool look, may_have_too_many_sets(connection(), tenant));
    if (!look) return true;
    BW_TRY(const std::int64_t kept,
           count_sets(connection(), tenant, " AND status <> 'FAILED' AND file_status <> 'DELETED'"));
    return kept < BackupJobWriter::kMaxSets;
  }
};

class SqliteBackupJobWriter final : public OnSqlite<BackupJobWriter, Writing> {
 public:
  using OnSqlite::OnSqlite;

  Result<BackupJobKey> begin(const BackupRequest& request) override {
    for (const BackupTarget& target : request.targets) {
      BW_CHECK(require_tenant(with(), target.tenant_id));
      BW_TRY(const bool twice, read().jobs().is_running(target.tenant_id, request.initiator));
      if (twice) return breakwater::fail(error::backup_in_progress());
      BW_CHECK(make_room(target.tenant_id));
    }
    BackupJobKey first{.tenant_id = request.initiator, .job_id = 0};
    std::int64_t parent = 0;
    if (request.initiator == kSysTenantId) {
      BW_TRY(parent, insert_parent(request));
      first.job_id = parent;
    }
    for (const BackupTarget& target : request.targets) {
      BW_TRY(const std::int64_t job, insert_job(request, target, parent));
      if (parent == 0) first.job_id = job;
    }
    return first;
  }

  Result<> start(const BackupJobKey& key) override {
    BW_TRY(const auto job, require_working(key));
    BW_CHECK(
        connection().run("UPDATE backup_job SET status = 'DOING', step = ?3"
                         " WHERE tenant_id = ?1 AND job_id = ?2",
                         key.tenant_id, key.job_id, static_cast<int>(std::max(job.step, BackupStep::begun))));
    BW_CHECK(note_progress(key));
    if (job.parent_job_id == 0) return {};
    BW_CHECK(
        connection().run("UPDATE backup_job SET status = 'DOING'"
                         " WHERE tenant_id = ? AND job_id = ? AND status = 'INIT'",
                         kSysTenantId, job.parent_job_id));
    return {};
  }

  Result<std::int64_t> renumber(const BackupJobKey& key, std::int64_t seen, std::string_view why) override {
    BW_TRY(const auto job, require_working(key));
    BW_CHECK(connection().run(
        "UPDATE backup_set SET status = 'FAILED', file_status = 'INCOMPLETE', end_time = ?3,"
        " result = ?4, comment = ?5"
        " WHERE tenant_id = ?1 AND backup_set_id = ?2 AND status = 'DOING'",
        key.tenant_id, job.set_id, with().clock.now(), error::file_already_exist().ob_code(), why));
    BW_TRY(const auto number,
           connection().integer(
               "UPDATE backup_counter SET next_set_id = MAX(next_set_id, ?2 + 1) + 1 WHERE tenant_id = ?1"
               " RETURNING next_set_id - 1",
               key.tenant_id, seen));
    BW_CHECK(check_set_id(number.value_or(0)));
    BW_CHECK(
        connection().run("UPDATE backup_job SET backup_set_id = ?3, step = ?4, record = x''"
                         " WHERE tenant_id = ?1 AND job_id = ?2",
                         key.tenant_id, key.job_id, *number, static_cast<int>(BackupStep::begun)));
    BW_CHECK(note_progress(key));
    return *number;
  }

  Result<> note_set(const BackupJobKey& key, const BackupSet& set) override {
    BW_TRY(const auto job, require_working(key));
    BW_CHECK(require_stays(key.tenant_id, set));
    BW_CHECK(note_progress(key));
    BW_CHECK(
        connection().run("UPDATE backup_job SET step = ?3, incremental = ?4"
                         " WHERE tenant_id = ?1 AND job_id = ?2",
                         key.tenant_id, key.job_id, static_cast<int>(BackupStep::writing), set.incremental));
    BW_CHECK(connection().run(
        "INSERT INTO backup_set(tenant_id, backup_set_id, job_id, dest_id, dest_path, dest_endpoint, path,"
        " incremental, prev_full, prev_inc, plus_archivelog, passwd, start_time, status, file_status,"
        " start_scn, end_scn, input_bytes, output_bytes, file_count, result, comment, manifest_sha256, swept,"
        " token)"
        " SELECT tenant_id, backup_set_id, job_id, dest_id, dest_path, dest_endpoint, path, ?3, ?4, ?5,"
        " plus_archivelog, passwd, ?6, 'DOING', 'COPYING', 0, 0, 0, 0, 0, 0, ?7, '', 0, ?8"
        " FROM backup_job WHERE tenant_id = ?1 AND job_id = ?2"
        " ON CONFLICT(tenant_id, backup_set_id) DO UPDATE SET incremental = ?3, prev_full = ?4,"
        " prev_inc = ?5, comment = CASE WHEN ?7 = '' THEN comment ELSE ?7 END",
        key.tenant_id, key.job_id, set.incremental, set.prev_full, set.prev_inc, with().clock.now(),
        set.comment, random_token(with().entropy)));
    return {};
  }

  Result<> note_written(const BackupJobKey& key, const BackupSetResult& result,
                        const Bytes& record) override {
    BW_TRY(const auto job, require_working(key));
    BW_CHECK(note_progress(key));
    BW_CHECK(connection().run(
        "UPDATE backup_job SET step = ?3, record = ?4, start_scn = ?5, end_scn = ?6,"
        " input_bytes = ?7, output_bytes = ?8, file_count = ?9"
        " WHERE tenant_id = ?1 AND job_id = ?2",
        key.tenant_id, key.job_id, static_cast<int>(BackupStep::written), record, result.start_scn,
        result.end_scn, result.input_bytes, result.output_bytes, result.file_count));
    BW_CHECK(
        connection().run("UPDATE backup_set SET start_scn = ?3, end_scn = ?4, input_bytes = ?5,"
                         " output_bytes = ?6, file_count = ?7, manifest_sha256 = ?8"
                         " WHERE tenant_id = ?1 AND backup_set_id = ?2",
                         key.tenant_id, job.set_id, result.start_scn, result.end_scn, result.input_bytes,
                         result.output_bytes, result.file_count, result.manifest_sha256));
    return {};
  }

  Result<> succeed(const BackupJobKey& key) override {
    BW_TRY(const auto job, require_job(key));
    const Timestamp now = with().clock.now();
    BW_CHECK(
        connection().run("UPDATE backup_set SET status = 'SUCCESS', file_status = 'AVAILABLE',"
                         " end_time = ?3 WHERE tenant_id = ?1 AND backup_set_id = ?2",
                         key.tenant_id, job.set_id, now));
    BW_CHECK(
        connection().run("UPDATE backup_job SET status = 'DOING', step = 4, end_time = ?3, result = 0,"
                         " comment = COALESCE((SELECT s.comment FROM backup_set s WHERE s.tenant_id = ?1"
                         " AND s.backup_set_id = ?4), ''), sealed_password = NULL, record = x''"
                         " WHERE tenant_id = ?1 AND job_id = ?2",
                         key.tenant_id, key.job_id, now, job.set_id));
    return {};
  }

  Result<> put_off(const BackupJobKey& key, Timestamp next, std::string_view comment) override {
    BW_TRY(const auto job, require_job(key));
    BW_CHECK(note_progress(key));
    BW_CHECK(
        connection().run("UPDATE backup_job SET attempts = attempts + 1, next_attempt = ?3, comment = ?4"
                         " WHERE tenant_id = ?1 AND job_id = ?2",
                         key.tenant_id, key.job_id, next, comment));
    return {};
  }

  Result<> fail(const BackupJobKey& key, int result, std::string_view comment) override {
    return end(key, "FAILED", result, comment);
  }

  Result<> cancelled(const BackupJobKey& key) override {
    return end(key, "CANCELED", error::job_canceled().ob_code(), "");
  }

  Result<std::int64_t> cancel(TenantId tenant) override {
    return connection().run(
        "UPDATE backup_job INDEXED BY backup_job_open SET status = 'CANCELING'"
        " WHERE tenant_id = ? AND in_history = 0 AND step < 4 AND task_id > 0",
        tenant);
  }

  Result<std::optional<Timestamp>> move_shown(Timestamp before) override {
    BW_TRY(auto shown, all_rows(connection().query(select(kBackupJobColumns,
                                                          "INDEXED BY backup_job_done"
                                                          " WHERE in_history = 0 AND step = 4 AND task_id > 0"
                                                          " AND start_time <= ? ORDER BY start_time LIMIT ?"),
                                                   before, kMoved),
                                job_of));
    BW_TRY(const auto later,
           all_rows(connection().query(select(kBackupJobColumns,
                                              "INDEXED BY backup_job_done"
                                              " WHERE in_history = 0 AND step = 4 AND task_id > 0"
                                              " AND start_time > ? ORDER BY start_time LIMIT ?"),
                                       with().clock.now(), kMoved),
                    job_of));
    shown.insert(shown.end(), later.begin(), later.end());
    for (const BackupJob& job : shown) {
      BW_CHECK(
          connection().run("UPDATE backup_job SET in_history = 1, status = 'COMPLETED'"
                           " WHERE tenant_id = ? AND job_id = ?",
                           job.key.tenant_id, job.key.job_id));
      BW_CHECK(leave(job));
    }
    BW_CHECK(end_parents());
    return connection().integer(
        "SELECT start_time FROM backup_job WHERE in_history = 0 AND step = 4"
        " AND task_id > 0 AND start_time > 0 ORDER BY start_time LIMIT 1");
  }

  Result<> note_swept(TenantId tenant, std::int64_t set_id) override {
    BW_CHECK(
        connection().run("UPDATE backup_set SET file_status = 'DELETED', swept = manifest_sha256 = ''"
                         " OR COALESCE(end_time, start_time) <= ?3"
                         " WHERE tenant_id = ?1 AND backup_set_id = ?2 AND status = 'FAILED'",
                         tenant, set_id, with().clock.now() - kLateWrite));
    return {};
  }

 private:
  Result<> note_progress(const BackupJobKey& key) {
    BW_CHECK(connection().run("UPDATE backup_job SET progress_time = ?3 WHERE tenant_id = ?1 AND job_id = ?2",
                              key.tenant_id, key.job_id, with().clock.now()));
    return {};
  }

  // What it builds on isn't being deleted.
  Result<> require_stays(TenantId tenant, const BackupSet& set) {
    if (!set.incremental) return {};
    BW_TRY(const auto base, read().jobs().set(tenant, set.prev_inc));
    const bool goes = base && (base->file_status == "DELETING" || base->file_status == "DELETED");
    if (!goes) return {};
    return breakwater::fail(error::try_again().with_hint("set " + std::to_string(set.prev_inc) +
                                                         ", which it builds on, is deleted"));
  }

  Result<BackupJob> require_job(const BackupJobKey& key) {
    BW_TRY(auto job, read().jobs().find(key));
    if (!job || job->step == BackupStep::done) return breakwater::fail(error::entry_not_exist());
    return *std::move(job);
  }

  Result<BackupJob> require_working(const BackupJobKey& key) {
    BW_TRY(auto job, require_job(key));
    if (job.canceling) return breakwater::fail(error::job_canceled());
    return job;
  }

  struct Ids {
    std::int64_t job = 0;
    std::int64_t set = 0;
  };
  // A parent takes no number of a set. Tasks are numbered as sets are: each job has one of both.
  Result<Ids> take_ids(TenantId tenant, bool with_set) {
    BW_TRY(
        const auto ids,
        first_row(connection().query("INSERT INTO backup_counter(tenant_id, next_job_id, next_set_id)"
                                     " VALUES (?1, 2, 1 + ?2) ON CONFLICT(tenant_id) DO UPDATE SET"
                                     " next_job_id = next_job_id + 1, next_set_id = next_set_id + ?2"
                                     " RETURNING next_job_id - 1, next_set_id - 1",
                                     tenant, with_set),
                  [](sqlite::Statement& row) { return Ids{.job = row.integer(0), .set = row.integer(1)}; }));
    if (with_set) BW_CHECK(check_set_id(ids.value_or(Ids{}).set));
    return ids.value_or(Ids{});
  }

  static Result<> check_set_id(std::int64_t number) {
    if (number > 0 && number <= kMaxSetId) return {};
    return breakwater::fail(error::size_overflow().with_hint("there are no numbers of sets any more"));
  }

  // For one set more. What failed and was removed goes before what may lie at a destination still.
  Result<> make_room(TenantId tenant) {
    BW_TRY(const bool room, read().jobs().has_room(tenant));
    if (!room) return breakwater::fail(no_room_for_set());
    BW_TRY(const bool look, may_have_too_many_sets(connection(), tenant));
    if (!look) return {};
    BW_TRY(const std::int64_t sets, count_sets(connection(), tenant, ""));
    if (sets < kMaxSets) return {};
    BW_CHECK(
        connection().run("DELETE FROM backup_set WHERE tenant_id = ?1 AND backup_set_id IN (SELECT "
                         "backup_set_id FROM backup_set"
                         " WHERE tenant_id = ?1 AND (status = 'FAILED' OR file_status = 'DELETED')"
                         " ORDER BY file_status <> 'DELETED', backup_set_id LIMIT ?2)",
                         tenant, sets - kMaxSets + 1));
    return {};
  }

  static std::string executors(const BackupRequest& request) {
    std::string list;
    for (const BackupTarget& target : request.targets)
      list.append(list.empty() ? "" : ",").append(std::to_string(target.tenant_id));
    return list;
  }

  Result<std::int64_t> insert_parent(const BackupRequest& request) {
    BW_TRY(const Ids ids, take_ids(kSysTenantId, false));
    BW_CHECK(insert_row(request, {.tenant_id = kSysTenantId, .job_id = ids.job}, ids.job, {}, 0, "CLUSTER",
                        executors(request)));
    return ids.job;
  }

  Result<std::int64_t> insert_job(const BackupRequest& request, const BackupTarget& target,
                                  std::int64_t parent) {
    BW_TRY(const Ids ids, take_ids(target.tenant_id, true));
    const BackupJobKey key{.tenant_id = target.tenant_id, .job_id = ids.job};
    BW_CHECK(
        insert_row(request, key, parent, target, ids.set, "USER_TENANT", std::to_string(target.tenant_id)));
    if (!request.password) return ids.job;
    BW_TRY(const Bytes sealed, keyring().seal(password_identity(key), *request.password, with().entropy));
    BW_CHECK(connection().run("UPDATE backup_job SET sealed_password = ? WHERE tenant_id = ? AND job_id = ?",
                              sealed, key.tenant_id, key.job_id));
    return ids.job;
  }

  Result<> insert_row(const BackupRequest& request, const BackupJobKey& key, std::int64_t parent,
                      const BackupTarget& target, std::int64_t set_id, std::string_view level,
                      std::string_view executor) {
    const std::string mark = request.password ? keyring().password_mark(*request.password) : std::string();
    BW_CHECK(connection().run(
        "INSERT INTO backup_job(tenant_id, job_id, initiator_tenant_id, initiator_job_id, executor_tenant_id,"
        " job_level, task_id, backup_set_id, dest_id, dest_path, dest_endpoint, path, incremental,"
        " plus_archivelog, passwd, description, start_time, status, step, attempts, next_attempt, result,"
        " comment, start_scn, end_scn, input_bytes, output_bytes, file_count, record, in_history)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, 'INIT', 0, 0, 0,"
        " 0, '', 0, 0, 0, 0, 0, x'', 0)",
        key.tenant_id, key.job_id, request.initiator, parent, executor, level, set_id, target.dest_id,
        target.destination.path, target.destination.endpoint, target.path, request.incremental,
        request.plus_archivelog, mark, request.description, with().clock.now()));
    return {};
  }

  Result<> end(const BackupJobKey& key, std::string_view status, int result, std::string_view comment) {
    BW_TRY(const auto job, require_job(key));
    const Timestamp now = with().clock.now();
    BW_CHECK(
        connection().run("UPDATE backup_set SET status = 'FAILED', file_status = 'INCOMPLETE',"
                         " end_time = ?3, result = ?4, comment = ?5"
                         " WHERE tenant_id = ?1 AND backup_set_id = ?2 AND status = 'DOING'",
                         key.tenant_id, job.set_id, now, result, comment));
    BW_CHECK(
        connection().run("UPDATE backup_job SET status = ?3, step = 4, end_time = ?4, result = ?5,"
                         " comment = ?6, sealed_password = NULL, record = x'', in_history = 1"
                         " WHERE tenant_id = ?1 AND job_id = ?2",
                         key.tenant_id, key.job_id, status, now, result, comment));
    return leave(job);
  }

  // A job has gone to the history: its parent follows once it was the last, and the oldest make room.
  Result<> leave(const BackupJob& job) {
    BW_CHECK(forget_old(job.key));
    return job.parent_job_id == 0 ? Result<>() : end_parent(job.parent_job_id);
  }

  // Of those whose last job went with its tenant, nobody else would know.
  Result<> end_parents() {
    BW_TRY(const auto parents,
           all_rows(connection().query("SELECT job_id FROM backup_job p INDEXED BY backup_job_open WHERE "
                                       "tenant_id = ? AND in_history = 0"
                                       " AND NOT EXISTS (SELECT 1 FROM backup_job c"
                                       " WHERE c.initiator_job_id = p.job_id AND c.task_id > 0"
                                       " AND c.initiator_job_id > 0 AND c.initiator_tenant_id = p.tenant_id"
                                       " AND c.in_history = 0) LIMIT ?",
                                       kSysTenantId, kMoved),
                    [](sqlite::Statement& row) { return row.integer(0); }));
    for (const std::int64_t parent : parents) BW_CHECK(end_parent(parent));
    return {};
  }

  struct Ending {
    std::string status = "COMPLETED";
    std::int64_t result = 0;
    std::string comment{};
  };
  // The worst of its jobs is what became of a parent; those that went with their tenants left their result in its own row.
  Result<Ending> ending_of(std::int64_t parent) {
    BW_TRY(
        auto worst,
        first_row(
            connection().query("SELECT status, result, comment,"
                               " CASE status WHEN 'FAILED' THEN 0 WHEN 'CANCELED' THEN 2 ELSE 3 END AS rank"
                               " FROM backup_job WHERE initiator_job_id = ?1 AND initiator_job_id > 0"
                               " AND task_id > 0 AND initiator_tenant_id = ?2"
                               " UNION ALL SELECT 'FAILED', result, comment, 1 FROM backup_job"
                               " WHERE tenant_id = ?2 AND job_id = ?1 AND result <> 0 ORDER BY rank LIMIT 1",
                               parent, kSysTenantId),
            [](sqlite::Statement& row) {
              return Ending{.status = row.string(0), .result = row.integer(1), .comment = row.string(2)};
            }));
    return std::move(worst).value_or(Ending());
  }

  Result<> end_parent(std::int64_t parent) {
    BW_TRY(const auto open,
           connection().integer(
               "SELECT 1 FROM backup_job WHERE initiator_job_id = ? AND initiator_job_id > 0 AND task_id > 0"
               " AND initiator_tenant_id = ? AND in_history = 0 LIMIT 1",
               parent, kSysTenantId));
    if (open) return {};
    BW_TRY(const Ending ending, ending_of(parent));
    BW_CHECK(connection().run(
        "UPDATE backup_job SET in_history = 1, step = 4, end_time = ?3, status = ?4,"
        " result = ?5, comment = ?6 WHERE tenant_id = ?1 AND job_id = ?2 AND in_history = 0",
        kSysTenantId, parent, with().clock.now(), ending.status, ending.result, ending.comment));
    return forget_old({.tenant_id = kSysTenantId, .job_id = parent});
  }

  Result<> forget_old(const BackupJobKey& newest) {
    BW_CHECK(connection().run("DELETE FROM backup_job WHERE tenant_id = ? AND job_id <= ? AND in_history = 1",
                              newest.tenant_id, newest.job_id - kKeptJobs));
    return {};
  }
};

}  // namespace

Error no_room_for_set() {
  return error::backup_can_not_start(
      "the tenant has as many backup sets as are kept: delete some that are not needed.");
}

Result<> end_jobs_of_dropped(const Writing& with, TenantId tenant) {
  BW_TRY(const Tenant dropped, require_tenant(with, tenant));
  const Error why = error::tenant_not_exist();
  BW_CHECK(with.connection.run(
      "UPDATE backup_job SET result = ?3, comment = ?4 WHERE tenant_id = ?2 AND in_history = 0"
      " AND job_id IN (SELECT initiator_job_id FROM backup_job INDEXED BY backup_job_open"
      " WHERE tenant_id = ?1 AND in_history = 0 AND step < 4 AND task_id > 0 AND initiator_tenant_id = ?2)",
      tenant, kSysTenantId, why.ob_code(), "tenant " + dropped.name + " was dropped during its backup"));
  return {};
}

std::unique_ptr<BackupJobReader> jobs_on(const Reading& with) {
  return std::make_unique<SqliteBackupJobReader>(with);
}

std::unique_ptr<BackupJobWriter> jobs_on(const Writing& with) {
  return std::make_unique<SqliteBackupJobWriter>(with);
}

}  // namespace breakwater::catalog
