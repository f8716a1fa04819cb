#include "catalog/store/dest_status.h"

#include "catalog/store/sqlite_roles.h"

namespace breakwater::catalog {
namespace {

DestinationKey key_in(sqlite::Statement& row) {
  return {.tenant_id = row.integer(0), .path = row.string(1), .endpoint = row.string(2)};
}

PlannedCheck planned_of(sqlite::Statement& row) {
  return {.key = key_in(row), .next_check = row.integer(3)};
}

DestinationStatus status_of(sqlite::Statement& row) {
  DestinationStatus status{.key = key_in(row)};
  if (!row.is_null(3)) status.ok = row.integer(3) != 0;
  status.error = row.string(4);
  status.since = row.integer(5);
  status.checked = row.integer(6);
  status.next_check = row.integer(7);
  if (!row.is_null(8)) status.free_bytes = row.integer(8);
  return status;
}

class SqliteDestinationStatusReader final : public OnSqlite<DestinationStatusReader, Reading> {
 public:
  using OnSqlite::OnSqlite;

  Result<std::optional<DestinationStatus>> find(const DestinationKey& key) override {
    return first_row(
        connection().query("SELECT tenant_id, path, endpoint, ok, error, since, checked, next_check,"
                           " free_bytes FROM backup_dest_status"
                           " WHERE tenant_id = ? AND path = ? AND endpoint = ?",
                           key.tenant_id, key.path, key.endpoint),
        status_of);
  }

  Result<std::vector<PlannedCheck>> due(Timestamp now, const PlannedCheck* after,
                                        std::size_t limit) override {
    const PlannedCheck none{.key = {.tenant_id = -1, .path = {}, .endpoint = {}}, .next_check = -1};
    const PlannedCheck& from = after != nullptr ? *after : none;
    return all_rows(connection().query("SELECT tenant_id, path, endpoint, next_check FROM backup_dest_status"
                                       " INDEXED BY backup_dest_status_next WHERE next_check <= ?1"
                                       " AND (next_check, tenant_id, path, endpoint) > (?2, ?3, ?4, ?5)"
                                       " ORDER BY next_check, tenant_id, path, endpoint LIMIT ?6",
                                       now, from.next_check, from.key.tenant_id, from.key.path,
                                       from.key.endpoint, static_cast<std::int64_t>(limit)),
                    planned_of);
  }

  Result<std::optional<Timestamp>> next_after(Timestamp now) override {
    return connection().integer(
        "SELECT next_check FROM backup_dest_status INDEXED BY backup_dest_status_next WHERE next_check > ?"
        " ORDER BY next_check LIMIT 1",
        now);
  }

  Result<std::vector<PlannedCheck>> planned(const DestinationKey* after, std::size_t limit) override {
    const DestinationKey none{.tenant_id = -1, .path = {}, .endpoint = {}};
    const DestinationKey& from = after != nullptr ? *after : none;
    return all_rows(
        connection().query("SELECT tenant_id, path, endpoint, next_check FROM backup_dest_status"
                           " WHERE (tenant_id, path, endpoint) > (?, ?, ?)"
                           " ORDER BY tenant_id, path, endpoint LIMIT ?",
                           from.tenant_id, from.path, from.endpoint, static_cast<std::int64_t>(limit)),
        planned_of);
  }
};

class SqliteDestinationStatusWriter final : public OnSqlite<DestinationStatusWriter, Writing> {
 public:
  using OnSqlite::OnSqlite;

  Result<> plan(const std::vector<PlannedCheck>& checks) override {
    for (const PlannedCheck& check : checks) {
      BW_CHECK(
          connection().run("UPDATE backup_dest_status SET next_check = ?"
                           " WHERE tenant_id = ? AND path = ? AND endpoint = ?",
                           check.next_check, check.key.tenant_id, check.key.path, check.key.endpoint));
    }
    return {};
  }

  Result<> plan_again(TenantId tenant) override {
    BW_CHECK(connection().run("UPDATE backup_dest_status SET next_check = 0 WHERE tenant_id = ?", tenant));
    return {};
  }

  Result<> forget(const DestinationKey& key) override {
    BW_CHECK(
        connection().run("DELETE FROM backup_dest_status WHERE tenant_id = ? AND path = ? AND endpoint = ?",
                         key.tenant_id, key.path, key.endpoint));
    return {};
  }
};

}  // namespace

std::unique_ptr<DestinationStatusReader> dest_status_on(const Reading& with) {
  return std::make_unique<SqliteDestinationStatusReader>(with);
}
std::unique_ptr<DestinationStatusWriter> dest_status_on(const Writing& with) {
  return std::make_unique<SqliteDestinationStatusWriter>(with);
}

}  // namespace breakwater::catalog
