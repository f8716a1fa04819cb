#include "catalog/store/restores.h"

#include <array>

#include "base/text.h"
#include "catalog/store/sqlite_roles.h"
#include "catalog/store/tables.h"

namespace breakwater::catalog {
namespace {

constexpr std::string_view kRestoreColumns =
    "SELECT job_id, tenant_name, tenant_id, until_scn, restore_option, canceling, step, attempts, start_time,"
    " next_attempt FROM restore_job ";

constexpr Scn kUnlimitedScn = 4611686018427387903;  ///< RECOVERY_UNTIL_SCN where nothing is said

RestoreJob restore_of(sqlite::Statement& row) {
  return {.job_id = row.integer(0),
          .tenant_name = row.string(1),
          .tenant_id = row.integer(2),
          .until = row.integer(3),
          .option = row.string(4),
          .canceling = row.integer(5) != 0,
          .step = static_cast<RestoreStep>(row.integer(6)),
          .attempts = row.integer(7),
          .started = row.integer(8),
          .next_attempt = row.integer(9)};
}

RowIdentity restore_identity(std::int64_t job_id) {
  return sealed_identity("restore_job", std::array{std::to_string(job_id)});
}

// ---- the secrets as one: each behind its length, so that no copy of them is left behind by growing

// Before each name of a set or piece, which come last.
constexpr char kNamed = 'n';

void append_secret(std::string& text, const Secret& secret) {
  text.append(std::to_string(secret.size())).append(":").append(secret.reveal());
}

Secret joined(const RestoreSecrets& secrets) {
  constexpr std::size_t kLength = 21;
  std::size_t size = secrets.data.size() + secrets.archive.size() + secrets.key_file.size() +
                     secrets.key_password.size() + (4 * kLength);
  for (const Secret& password : secrets.passwords) size += password.size() + kLength;
  for (const std::string& name : secrets.named) size += name.size() + kLength + 1;
  std::string text;
  text.reserve(size);
  for (const Secret* secret : {&secrets.data, &secrets.archive, &secrets.key_file, &secrets.key_password})
    append_secret(text, *secret);
  for (const Secret& password : secrets.passwords) append_secret(text, password);
  for (const std::string& name : secrets.named) {
    text.push_back(kNamed);
    append_secret(text, Secret(name));
  }
  return Secret::take(std::move(text));
}

Result<Secret> take_secret(std::string_view& rest) {
  const std::size_t colon = rest.find(':');
  const auto size =
      colon == std::string_view::npos ? std::nullopt : whole_number<std::size_t>(rest.substr(0, colon));
  if (!size || *size > rest.size() - colon - 1) return fail(error::checksum_error());
  Secret secret(rest.substr(colon + 1, *size));
  rest.remove_prefix(colon + 1 + *size);
  return secret;
}

Result<RestoreSecrets> apart(const Secret& secret) {
  std::string_view rest = secret.reveal();
  RestoreSecrets secrets;
  BW_TRY(secrets.data, take_secret(rest));
  BW_TRY(secrets.archive, take_secret(rest));
  BW_TRY(secrets.key_file, take_secret(rest));
  BW_TRY(secrets.key_password, take_secret(rest));
  while (!rest.empty() && rest.front() != kNamed) {
    BW_TRY(Secret password, take_secret(rest));
    secrets.passwords.push_back(std::move(password));
  }
  while (!rest.empty()) {
    if (rest.front() != kNamed) return fail(error::checksum_error());
    rest.remove_prefix(1);
    BW_TRY(const Secret name, take_secret(rest));
    secrets.named.emplace_back(name.reveal());
  }
  return secrets;
}

class SqliteRestoreReader final : public OnSqlite<RestoreReader, Reading> {
 public:
  using OnSqlite::OnSqlite;

  Result<std::optional<RestoreJob>> find(std::int64_t job_id) override {
    return first_row(connection().query(select(kRestoreColumns, "WHERE job_id = ?"), job_id), restore_of);
  }

  Result<std::vector<RestoreJob>> at_hand(std::size_t limit) override {
    return all_rows(connection().query(select(kRestoreColumns,
                                              "INDEXED BY restore_job_open WHERE in_history = 0 AND step < 2"
                                              " AND job_id > 0 ORDER BY job_id LIMIT ?"),
                                       static_cast<std::int64_t>(limit)),
                    restore_of);
  }

  Result<std::optional<RestoreSecrets>> secrets(std::int64_t job_id) override {
    BW_TRY(const auto sealed,
           first_row(connection().query(
                         "SELECT sealed FROM restore_job WHERE job_id = ? AND sealed IS NOT NULL", job_id),
                     bytes_of));
    if (!sealed) return std::nullopt;
    BW_TRY(const Secret opened, keyring().open(restore_identity(job_id), *sealed));
    return apart(opened);
  }
};

class SqliteRestoreWriter final : public OnSqlite<RestoreWriter, Writing> {
 public:
  using OnSqlite::OnSqlite;

  Result<std::int64_t> begin(const RestoreRequest& request) override {
    BW_CHECK(require_free(request.tenant_name));
    for (const std::string& name : request.pools) {
      BW_TRY(const auto pool, read().resources().pool(name));
      if (!pool) return breakwater::fail(error::resource_pool_not_exist(name));
      if (pool->tenant_id) return breakwater::fail(error::resource_pool_already_granted(name));
    }
    BW_TRY(
        const auto newest,
        connection().integer("SELECT job_id FROM restore_job WHERE job_id > 0 ORDER BY job_id DESC LIMIT 1"));
    const std::int64_t job = newest.value_or(0) + 1;
    BW_TRY(const TenantId id, next_of_counter(with(), "tenant_id", 2));
    BW_TRY(const Bytes sealed,
           keyring().seal(restore_identity(job), joined(request.secrets), with().entropy));
    BW_CHECK(connection().run(
        "INSERT INTO restore_job(job_id, tenant_name, tenant_id, backup_tenant_name, backup_tenant_id,"
        " backup_cluster_name, backup_dest, until_scn, restore_scn, restore_option, description, start_time,"
        " step, canceling, attempts, next_attempt, set_list, piece_list, total_bytes, comment, sealed,"
        " in_history) VALUES (?1, ?2, ?3, '', 0, '', ?4, ?5, ?5, ?6, ?7, ?8, 0, 0, 0, 0, '', '', 0, '', ?9, "
        "0)",
        job, request.tenant_name, id, request.backup_dest, request.until, request.option, request.description,
        with().clock.now(), sealed));
    return job;
  }

  Result<> note_source(std::int64_t job_id, const RestoreSource& source) override {
    BW_CHECK(require_working(job_id));
    BW_CHECK(connection().run(
        "UPDATE restore_job SET step = 1, backup_tenant_name = ?2, backup_tenant_id = ?3,"
        " backup_cluster_name = ?4, restore_scn = ?5, set_list = ?6, piece_list = ?7, total_bytes = ?8"
        " WHERE job_id = ?1",
        job_id, source.tenant_name, source.tenant_id, source.cluster_name, source.scn, source.sets,
        source.pieces, source.bytes));
    return {};
  }

  Result<> note_imported(std::int64_t job_id, std::string_view comment, bool falls_short) override {
    BW_TRY(const RestoreJob job, require_working(job_id));
    if (falls_short) {
      BW_CHECK(record_event(with(), "restore_falls_short",
                            {.tenant_id = job.tenant_id, .path = {}, .endpoint = {}}));
    }
    BW_CHECK(
        connection().run("UPDATE tenant SET tenant_role = 'RESTORE' WHERE tenant_id = ?", job.tenant_id));
    // What its parameter plans, from now on; the row says no more than that it is to be looked at.
    BW_CHECK(connection().run(
        "INSERT INTO backup_schedule(tenant_id, kind, fields, zone, settled, next_run, first_try, last_job,"
        " last_result, stuck_job, comment) SELECT tenant_id, 1, '', '', ?2, 0, 0, 0, 0, 0, ''"
        " FROM tenant_parameter WHERE tenant_id = ?1 AND name = 'backup_schedule'",
        job.tenant_id, with().clock.now()));
    BW_CHECK(
        connection().run("INSERT INTO standby(tenant_id, sync_scn, recovery_until_scn)"
                         " SELECT tenant_id, restore_scn, ?2 FROM restore_job WHERE job_id = ?1",
                         job_id, kUnlimitedScn));
    BW_CHECK(
        connection().run("UPDATE restore_job SET step = 2, comment = ?2, finish_time = ?3, sealed = NULL"
                         " WHERE job_id = ?1",
                         job_id, comment, with().clock.now()));
    return {};
  }

  Result<> put_off(std::int64_t job_id, Timestamp next, std::string_view comment) override {
    BW_CHECK(require_open(job_id));
    BW_CHECK(
        connection().run("UPDATE restore_job SET attempts = attempts + 1, next_attempt = ?2, comment = ?3"
                         " WHERE job_id = ?1",
                         job_id, next, comment));
    return {};
  }

  Result<> fail(std::int64_t job_id, std::string_view comment) override {
    BW_CHECK(require_open(job_id));
    BW_CHECK(
        connection().run("UPDATE restore_job SET step = 3, in_history = 1, comment = ?2, finish_time = ?3,"
                         " sealed = NULL WHERE job_id = ?1",
                         job_id, comment, with().clock.now()));
    return forget_old(job_id);
  }

  Result<> cancel(std::string_view tenant_name) override {
    BW_TRY(const auto rows,
           connection().run("UPDATE restore_job INDEXED BY restore_job_name SET canceling = 1"
                            " WHERE tenant_name = ? AND in_history = 0",
                            tenant_name));
    if (rows == 0) return breakwater::fail(error::tenant_not_exist(tenant_name));
    return {};
  }

  Result<std::optional<Timestamp>> move_shown(Timestamp before) override {
    BW_TRY(const auto shown,
           all_rows(connection().query(select(kRestoreColumns,
                                              "INDEXED BY restore_job_done WHERE in_history = 0 AND step = 2"
                                              " AND start_time <= ? ORDER BY start_time LIMIT 64"),
                                       before),
                    restore_of));
    for (const RestoreJob& job : shown) {
      BW_CHECK(
          connection().run("UPDATE tenant SET tenant_role = 'STANDBY' WHERE tenant_id = ?"
                           " AND tenant_role = 'RESTORE'",
                           job.tenant_id));
      BW_CHECK(connection().run("UPDATE restore_job SET in_history = 1 WHERE job_id = ?", job.job_id));
      BW_CHECK(forget_old(job.job_id));
    }
    return connection().integer(
        "SELECT start_time FROM restore_job INDEXED BY restore_job_done WHERE in_history = 0 AND step = 2"
        " AND start_time > 0 ORDER BY start_time LIMIT 1");
  }

  Result<> recover_until(TenantId tenant, Scn until) override {
    BW_TRY(const auto synced,
           connection().integer("SELECT sync_scn FROM standby WHERE tenant_id = ?", tenant));
    if (!synced) return breakwater::fail(error::entry_not_exist());
    if (until != 0 && until < *synced)
      return breakwater::fail(error::op_not_allow("recover before tenant sync_scn, recover standby tenant"));
    BW_CHECK(connection().run("UPDATE standby SET recovery_until_scn = ? WHERE tenant_id = ?",
                              until == 0 ? kUnlimitedScn : until, tenant));
    return {};
  }

  Result<> note_upgraded(TenantId tenant) override {
    BW_CHECK(require_tenant(with(), tenant));
    return record_event(with(), "UPGRADE_ALL", {.tenant_id = tenant, .path = {}, .endpoint = {}});
  }

 private:
  Result<> require_free(std::string_view name) {
    BW_TRY(const auto taken, read().tenants().find(name));
    BW_TRY(const auto restoring, connection().integer("SELECT 1 FROM restore_job INDEXED BY restore_job_name"
                                                      " WHERE tenant_name = ? AND in_history = 0 LIMIT 1",
                                                      name));
    if (taken || restoring) return breakwater::fail(error::tenant_exist(name));
    BW_TRY(const auto open,
           connection().integer("SELECT COUNT(*) FROM restore_job INDEXED BY restore_job_open"
                                " WHERE in_history = 0 AND job_id > 0"));
    if (open.value_or(0) >= kMaxOpen) {
      return breakwater::fail(error::size_overflow().with_hint(
          std::to_string(kMaxOpen) + " restores are at work, which is as many as there may be"));
    }
    return {};
  }

  Result<RestoreJob> require_open(std::int64_t job_id) {
    BW_TRY(auto job, read().restores().find(job_id));
    if (!job || job->step >= RestoreStep::imported) return breakwater::fail(error::entry_not_exist());
    return *std::move(job);
  }

  Result<RestoreJob> require_working(std::int64_t job_id) {
    BW_TRY(auto job, require_open(job_id));
    if (job.canceling) return breakwater::fail(error::job_canceled());
    return job;
  }

  Result<> forget_old(std::int64_t newest) {
    BW_CHECK(
        connection().run("DELETE FROM restore_job WHERE job_id <= ? AND in_history = 1", newest - kKept));
    return {};
  }
};

}  // namespace

std::unique_ptr<RestoreReader> restores_on(const Reading& with) {
  return std::make_unique<SqliteRestoreReader>(with);
}

std::unique_ptr<RestoreWriter> restores_on(const Writing& with) {
  return std::make_unique<SqliteRestoreWriter>(with);
}

}  // namespace breakwater::catalog
