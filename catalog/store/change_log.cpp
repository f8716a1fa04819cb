#include "catalog/store/change_log.h"

#include <algorithm>
#include <ranges>

#include "catalog/store/archive.h"
#include "catalog/store/sqlite_roles.h"

namespace breakwater::catalog {
namespace {

constexpr std::int64_t kSweptAtOnce = 256;
constexpr std::string_view kLost =
    "log of changes was lost: more of it waited for the archive than the catalogue keeps";

Bytes bytes_of_key(const TableShape& table, const Values& key) {
  Bytes bytes;
  put_values(bytes, table.folded(key));
  return bytes;
}

bool is_of_tenants(const TableShape& table) {
  return table.rule->kind == TableClass::tenants;
}

}  // namespace

Result<Scn> give_scn(sqlite::Connection& connection, const Clock& clock) {
  BW_TRY(const auto scn, connection.integer("UPDATE log_state SET last_scn = MAX(last_scn + 1, ?)"
                                            " WHERE one = 1 RETURNING last_scn",
                                            scn_at(clock.now())));
  if (!scn) return fail(error::internal_error().with_hint("the catalogue has lost its newest SCN"));
  return *scn;
}

Result<std::unique_ptr<ChangeLog>> ChangeLog::open(sqlite::Connection& connection,
                                                   std::unique_ptr<Recorder> recorder, std::int64_t limit) {
  std::unique_ptr<ChangeLog> log(new ChangeLog(std::move(recorder), limit));
  BW_TRY(log->now_, who_archives(connection));
  BW_CHECK(log->recorder_->start(connection));
  log->next_ = log->now_;
  BW_TRY(const auto bytes, connection.integer("SELECT SUM(bytes) FROM change_log"));
  log->bytes_ = bytes.value_or(0);
  const auto id = [](sqlite::Statement& row) { return row.integer(0); };
  BW_TRY(const auto logged, all_rows(connection.query("SELECT DISTINCT tenant_id FROM change_log"), id));
  BW_TRY(const auto tracked, all_rows(connection.query("SELECT DISTINCT tenant_id FROM changed_key"), id));
  log->to_sweep_.insert(logged.begin(), logged.end());
  log->to_sweep_.insert(tracked.begin(), tracked.end());
  return log;
}

Result<ChangeLog::Audience> ChangeLog::who_archives(sqlite::Connection& connection) {
  Audience audience;
  BW_TRY(sqlite::Lease rows,
         connection.query("SELECT tenant_id, status <> 'STOPPING' AND lost = 0 FROM archive_round"
                          " INDEXED BY archive_round_open WHERE status <> 'STOP'"));
  while (true) {
    BW_TRY(const bool row, rows->step());
    if (!row) return audience;
    audience.open.insert(rows->integer(0));
    if (rows->integer(1) != 0) audience.archiving.insert(rows->integer(0));
  }
}

// Whoever archived before this transaction or does after it: the change that ends the archiving is the last in it.
Result<> ChangeLog::before_commit(sqlite::Connection& connection, const Clock& clock,
                                  const Entropy& entropy) {
  lost_.clear();
  next_ = now_;
  BW_CHECK(bound_log(connection));
  for (const TenantId tenant : recorder_->owners("archive_round"))
    BW_CHECK(look_at_round(connection, tenant, entropy));
  Tenants tenants = now_.archiving;
  tenants.insert(next_.archiving.begin(), next_.archiving.end());
  std::erase_if(tenants, [&](TenantId tenant) { return !next_.open.contains(tenant); });
  const bool needed = recorder_->touched([&](const TableShape& table, TenantId owner) {
    return is_of_tenants(table) && tenants.contains(owner);
  });
  if (needed || listener_) {
    Record record{.schema_version = recorder_->shape().version()};
    entropy.fill(record.id);
    BW_TRY(record.scn, give_scn(connection, clock));
    const bool all = listener_ != nullptr;
    BW_TRY(record.changes, recorder_->changes(connection, [&](const TableShape& table) {
      return all || is_of_tenants(table);
    }));
    if (listener_) listener_(record);
    BW_CHECK(keep(connection, record, tenants));
  }
  return sweep(connection);
}

std::set<TenantId> ChangeLog::committed() {
  now_ = next_;
  return std::exchange(lost_, {});
}

// Who begins is tracked from here on; who has ended isn't any more.
Result<> ChangeLog::look_at_round(sqlite::Connection& connection, TenantId tenant, const Entropy& entropy) {
  BW_TRY(const auto archives,
         connection.integer("SELECT status <> 'STOPPING' AND lost = 0 FROM archive_round"
                            " INDEXED BY archive_round_open WHERE tenant_id = ? AND status <> 'STOP'",
                            tenant));
  next_.open.erase(tenant);
  next_.archiving.erase(tenant);
  if (archives) next_.open.insert(tenant);
  if (archives.value_or(0) != 0) {
    next_.archiving.insert(tenant);
    if (now_.archiving.contains(tenant)) return {};
    RecordId mark{};
    entropy.fill(mark);
    BW_CHECK(connection.run(
        "INSERT INTO change_track(tenant_id, since_scn, history) SELECT ?, last_scn, ? FROM log_state"
        " WHERE one = 1 ON CONFLICT DO NOTHING",
        tenant, Bytes(mark.begin(), mark.end())));
  } else {
    BW_CHECK(connection.run("DELETE FROM change_track WHERE tenant_id = ?", tenant));
  }
  to_sweep_.insert(tenant);
  return {};
}

Result<> ChangeLog::keep(sqlite::Connection& connection, const Record& record, const Tenants& tenants) {
  Tenants concerned;
  for (const Change& change : record.changes) {
    if (!is_of_tenants(*change.table)) continue;
    for (const auto& owner : {change.owner_before, change.owner_after})
      if (owner && tenants.contains(*owner)) concerned.insert(*owner);
  }
  for (const TenantId tenant : concerned) {
    BW_CHECK(keep_part(connection, record, tenant));
    BW_CHECK(track(connection, record, tenant));
  }
  return {};
}

Result<> ChangeLog::keep_part(sqlite::Connection& connection, const Record& record, TenantId tenant) {
  Bytes body;
  for (const Change& change : record.changes)
    if (is_of_tenants(*change.table) && change.is_of(tenant)) put_change(body, change);
  const auto size = static_cast<std::int64_t>(body.size());
  bytes_ += size;
  BW_CHECK(connection.run(
      "INSERT INTO change_log(tenant_id, scn, record_id, schema_version, bytes, changes)"
      " VALUES (?, ?, ?, ?, ?, ?)",
      tenant, record.scn, Bytes(record.id.begin(), record.id.end()), record.schema_version, size, body));
  return {};
}

Result<> ChangeLog::track(sqlite::Connection& connection, const Record& record, TenantId tenant) {
  if (!next_.archiving.contains(tenant)) return {};
  BW_CHECK(connection.run("UPDATE change_track SET history = ?2 WHERE tenant_id = ?1", tenant,
                          Bytes(record.id.begin(), record.id.end())));
  const auto note = [&](const TableShape& table, const Values& key) -> Result<> {
    ++tracked_[tenant];
    BW_CHECK(
        connection.run("INSERT INTO changed_key(tenant_id, table_name, key, scn) VALUES (?, ?, ?, ?)"
                       " ON CONFLICT DO UPDATE SET scn = excluded.scn",
                       tenant, table.name, bytes_of_key(table, key), record.scn));
    return {};
  };
  for (const Change& change : record.changes) {
    if (!is_of_tenants(*change.table) || !change.is_of(tenant)) continue;
    if (change.gone) BW_CHECK(note(*change.table, *change.gone));
    if (change.row && !change.gone) BW_CHECK(note(*change.table, change.table->key_of(*change.row)));
  }
  return bound_keys(connection, tenant, record.scn);
}

// A tenant that makes and drops accounts for ever leaves a key for each. Then its next incremental backup is a full one.
Result<> ChangeLog::bound_keys(sqlite::Connection& connection, TenantId tenant, Scn scn) {
  if (tracked_[tenant] < kMaxChangedKeys / 4) return {};
  tracked_[tenant] = 0;
  BW_TRY(const auto count,
         connection.integer("SELECT COUNT(*) FROM changed_key WHERE tenant_id = ?", tenant));
  if (count.value_or(0) <= kMaxChangedKeys) return {};
  BW_CHECK(connection.run("UPDATE change_track SET since_scn = ?2 WHERE tenant_id = ?1", tenant, scn));
  to_sweep_.insert(tenant);
  return {};
}

Result<> ChangeLog::bound_log(sqlite::Connection& connection) {
  if (bytes_ <= limit_) return {};
  std::multimap<std::int64_t, TenantId> by_size;
  bytes_ = 0;
  for (const TenantId tenant : now_.open) {
    BW_TRY(const auto size,
           connection.integer("SELECT SUM(bytes) FROM change_log WHERE tenant_id = ?", tenant));
    bytes_ += size.value_or(0);
    by_size.emplace(size.value_or(0), tenant);
  }
  for (const auto& [size, tenant] : std::views::reverse(by_size)) {
    if (bytes_ <= limit_) break;
    BW_CHECK(lose(connection, tenant));
    bytes_ -= size;
  }
  return {};
}

Result<> ChangeLog::lose(sqlite::Connection& connection, TenantId tenant) {
  lost_.insert(tenant);
  BW_CHECK(
      connection.run("UPDATE archive_round SET lost = 1, status = 'INTERRUPTED', comment = ?2"
                     " WHERE tenant_id = ?1 AND status <> 'STOP'",
                     tenant, kLost));
  return {};
}

// A little with each commit. What a round needs is behind its beginning, and its rows may be behind older ones.
Result<> ChangeLog::sweep(sqlite::Connection& connection) {
  if (to_sweep_.empty()) return {};
  const TenantId tenant = *to_sweep_.begin();
  BW_TRY(const auto log,
         connection.run("DELETE FROM change_log WHERE tenant_id = ?1 AND scn IN (SELECT scn FROM change_log"
                        " WHERE tenant_id = ?1 AND scn <= COALESCE((SELECT MAX(start_scn) FROM archive_round"
                        " WHERE tenant_id = ?1 AND status <> 'STOP' AND lost = 0), 9223372036854775807)"
                        " ORDER BY scn LIMIT ?2)",
                        tenant, kSweptAtOnce));
  BW_TRY(
      const auto keys,
      connection.run(
          "DELETE FROM changed_key WHERE (tenant_id, table_name, key) IN (SELECT tenant_id, table_name, key"
          " FROM changed_key INDEXED BY changed_key_scn WHERE tenant_id = ?1 AND scn <= COALESCE("
          "(SELECT since_scn FROM change_track WHERE tenant_id = ?1), 9223372036854775807) LIMIT ?2)",
          tenant, kSweptAtOnce));
  if (log + keys == 0) to_sweep_.erase(tenant);
  return {};
}

}  // namespace breakwater::catalog
