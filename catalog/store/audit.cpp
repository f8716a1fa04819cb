#include "catalog/store/audit.h"

#include <algorithm>

#include "base/json_text.h"
#include "catalog/store/sqlite_roles.h"

namespace breakwater::catalog {
namespace {

constexpr std::string_view kAuditColumns =
    "SELECT audit_id, time, connection_id, user_name, user_tenant_id, user_tenant, address, works_in_id,"
    " works_in, tls, statement, answer, microseconds, changes FROM audit ";

AuditEntry entry_of(sqlite::Statement& row) {
  return {.id = row.integer(0),
          .time = row.integer(1),
          .connection_id = static_cast<std::uint64_t>(row.integer(2)),
          .who = {.user = row.string(3),
                  .tenant_id = row.integer(4),
                  .tenant = row.string(5),
                  .address = row.string(6)},
          .works_in_id = row.integer(7),
          .works_in = row.string(8),
          .tls = row.string(9),
          .statement = row.string(10),
          .answer = row.string(11),
          .microseconds = row.integer(12),
          .changes = row.string(13)};
}

class SqliteAuditReader final : public OnSqlite<AuditReader, Reading> {
 public:
  using OnSqlite::OnSqlite;

  Result<std::vector<AuditEntry>> after(std::int64_t id, std::int64_t limit) override {
    return all_rows(
        connection().query(select(kAuditColumns, "WHERE audit_id > ? ORDER BY audit_id LIMIT ?"), id, limit),
        entry_of);
  }

  Result<std::optional<AuditEntry>> find(std::int64_t id) override {
    return first_row(connection().query(select(kAuditColumns, "WHERE audit_id = ?"), id), entry_of);
  }

  Result<std::int64_t> written() override {
    BW_TRY(const auto written,
           connection().integer("SELECT written FROM audit ORDER BY audit_id DESC LIMIT 1"));
    return written.value_or(0);
  }

  Result<std::int64_t> newest() override {
    BW_TRY(const auto newest, connection().integer("SELECT MAX(audit_id) FROM audit"));
    return newest.value_or(0);
  }
};

class SqliteAuditWriter final : public OnSqlite<AuditWriter, Writing> {
 public:
  using OnSqlite::OnSqlite;

  // The newest row stays.
  Result<std::int64_t> next_id() override {
    BW_TRY(const std::int64_t newest, read().audit().newest());
    return newest + 1;
  }

  Result<> put(const AuditEntry& entry, std::int64_t written) override {
    const Origin& who = entry.who;
    BW_CHECK(connection().run(
        "INSERT OR REPLACE INTO audit(audit_id, written, time, connection_id, user_name, user_tenant_id,"
        " user_tenant, address, works_in_id, works_in, tls, statement, answer, microseconds, changes)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        entry.id, written, entry.time, static_cast<std::int64_t>(entry.connection_id), who.user,
        who.tenant_id, who.tenant, who.address, entry.works_in_id, entry.works_in, entry.tls, entry.statement,
        entry.answer, entry.microseconds, entry.changes));
    if (entry.id % kGoTogether != 0) return {};
    const std::int64_t goes = std::max(std::min(written, entry.id - kKept), entry.id - kMaxWaiting);
    BW_CHECK(connection().run("DELETE FROM audit WHERE audit_id <= ?", goes));
    return {};
  }
};

}  // namespace

std::unique_ptr<AuditReader> audit_on(const Reading& with) {
  return std::make_unique<SqliteAuditReader>(with);
}

std::unique_ptr<AuditWriter> audit_on(const Writing& with) {
  return std::make_unique<SqliteAuditWriter>(with);
}

std::string changes_text(const std::vector<Event>& events) {
  std::string list;
  for (const Event& event : events) {
    JsonObject told;
    told.add("event", event.event);
    told.add("module", event.module);
    told.add("tenant_id", event.tenant_id);
    for (const auto& [name, value] : event.details) told.add(name, value);
    list.append(list.empty() ? "[" : ",").append(told.text());
  }
  return list.empty() ? "[]" : list + "]";
}

}  // namespace breakwater::catalog
