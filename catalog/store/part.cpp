#include "catalog/store/part.h"

#include "base/crypto.h"
#include "catalog/store/part_line.h"
#include "catalog/store/schema.h"
#include "catalog/store/sqlite_roles.h"

namespace breakwater::catalog {
namespace {

/// One state of the catalogue for several statements: as long as a statement is in the middle of its rows, its
/// connection sees one.
class Pin {
 public:
  static Result<Pin> set(sqlite::Connection& connection) {
    BW_TRY(sqlite::Statement statement, connection.prepare("SELECT last_scn FROM log_state WHERE one = 1"));
    BW_TRY(const bool row, statement.step());
    if (!row) return fail(error::internal_error().with_hint("the catalogue has lost its newest SCN"));
    return Pin(std::move(statement));
  }
  Scn scn() const { return statement_.integer(0); }

 private:
  explicit Pin(sqlite::Statement statement) : statement_(std::move(statement)) {}
  sqlite::Statement statement_;
};

class SqlitePartReader final : public OnSqlite<PartReader, Reading> {
 public:
  using OnSqlite::OnSqlite;

  Result<std::string> history_at(TenantId tenant, Scn scn) override {
    BW_TRY(const Pin pin, Pin::set(connection()));
    BW_TRY(const auto later,
           connection().integer("SELECT 1 FROM change_log WHERE tenant_id = ? AND scn > ? LIMIT 1", tenant,
                                scn));
    if (!later) return newest_history(tenant);
    // Behind what was there before the tenant was tracked, something may have changed that nobody noted.
    BW_TRY(const auto mark,
           first_row(connection().query("SELECT record_id FROM change_log WHERE tenant_id = ?1 AND scn <= ?2"
                                        " AND scn > (SELECT since_scn FROM change_track WHERE tenant_id = ?1)"
                                        " ORDER BY scn DESC LIMIT 1",
                                        tenant, scn),
                     bytes_of));
    return mark ? crypto::to_hex(*mark) : std::string();
  }

  Result<Scn> last_scn() override {
    BW_TRY(const Pin pin, Pin::set(connection()));
    return pin.scn();
  }

  Result<Scn> snapshot(TenantId tenant, ValueSealer& sealer, LineSink& sink) override {
    BW_TRY(const Pin pin, Pin::set(connection()));
    BW_CHECK(require(tenant));
    BW_TRY(const Shape* shape, shape_of(newest_version()));
    LineWriter lines(keyring(), sealer, sink);
    BW_TRY(const std::string history, newest_history(tenant));
    BW_CHECK(lines.head(shape->version(), pin.scn(), history));
    for (const auto& table : shape->tables()) {
      if (table->rule->kind == TableClass::tenants) BW_CHECK(write_rows(*table, tenant, lines));
    }
    BW_CHECK(write_resources(*shape, tenant, lines));
    return pin.scn();
  }

  Result<Scn> changes(TenantId tenant, Scn after, ValueSealer& sealer, LineSink& sink) override {
    BW_TRY(const Pin pin, Pin::set(connection()));
    BW_CHECK(require(tenant));
    BW_TRY(const auto since,
           connection().integer("SELECT since_scn FROM change_track WHERE tenant_id = ?", tenant));
    if (!since || *since > after) return fail(error::entry_not_exist("what changed since that set"));
    BW_TRY(const Shape* shape, shape_of(newest_version()));
    LineWriter lines(keyring(), sealer, sink);
    BW_TRY(const std::string history, newest_history(tenant));
    BW_CHECK(lines.head(shape->version(), pin.scn(), history));
    for (const bool gone : {true, false}) BW_CHECK(write_changed(*shape, tenant, after, gone, lines));
    return pin.scn();
  }

  Result<LogRead> log(TenantId tenant, Scn after, std::size_t max_bytes, ValueSealer& sealer,
                      LineSink& sink) override {
    BW_TRY(const Pin pin, Pin::set(connection()));
    BW_TRY(const auto held,
           connection().integer(
               "SELECT 1 FROM archive_round WHERE tenant_id = ?1 AND status <> 'STOP' AND lost = 0"
               " AND start_scn <= ?2 AND checkpoint_scn <= ?2",
               tenant, after));
    if (!held) return fail(error::entry_not_exist("the log after that"));
    LogRead read{.upto = after};
    LineWriter lines(keyring(), sealer, sink);
    BW_TRY(sqlite::Lease rows,
           connection().query("SELECT scn, schema_version, bytes, changes, record_id FROM change_log"
                              " WHERE tenant_id = ? AND scn > ? ORDER BY scn",
                              tenant, after));
    while (true) {
      BW_TRY(const bool row, rows->step());
      read.more = row && read.bytes >= static_cast<std::int64_t>(max_bytes);
      if (!row) read.upto = std::max(read.upto, pin.scn());
      if (!row || read.more) return read;
      BW_CHECK(write_commit(*rows, tenant, lines));
      read.upto = rows->integer(0);
      read.history = crypto::to_hex(rows->blob(4));
      read.bytes += rows->integer(2);
      ++read.commits;
    }
  }

 private:
  static std::int64_t newest_version() { return static_cast<std::int64_t>(schema::steps().size()); }

  Result<const Shape*> shape_of(std::int64_t version) {
    auto found = shapes_.find(version);
    if (found == shapes_.end()) {
      BW_TRY(Shape shape, Shape::of_version(version));
      found = shapes_.emplace(version, std::move(shape)).first;
    }
    return &found->second;
  }

  Result<std::string> newest_history(TenantId tenant) {
    BW_TRY(const auto mark,
           first_row(connection().query("SELECT history FROM change_track WHERE tenant_id = ?", tenant),
                     bytes_of));
    return mark ? crypto::to_hex(*mark) : std::string();
  }

  Result<> require(TenantId tenant) {
    BW_TRY(const auto there, connection().integer("SELECT 1 FROM tenant WHERE tenant_id = ?", tenant));
    if (!there) return fail(error::tenant_not_exist());
    return {};
  }

  static std::string all_of(const TableShape& table, std::string_view where) {
    const std::string_view by_key = table.select;
    return std::string(by_key.substr(0, by_key.find(" WHERE "))).append(" WHERE ").append(where);
  }

  Result<> write_rows(const TableShape& table, TenantId tenant, LineWriter& lines) {
    BW_TRY(sqlite::Statement rows, connection().prepare(all_of(table, "tenant_id = ?")));
    rows.bind(1, tenant);
    while (true) {
      BW_TRY(const bool row, rows.step());
      if (!row) return {};
      BW_CHECK(lines.row(table, values_in(rows, table.columns.size())));
    }
  }

  // What the tenant has of the cluster, for whoever reads the backup.
  Result<> write_resources(const Shape& shape, TenantId tenant, LineWriter& lines) {
    const auto about = [&](std::string_view name, std::string_view where) -> Result<> {
      const TableShape& table = *shape.find(name);
      BW_TRY(sqlite::Statement rows, connection().prepare(all_of(table, where)));
      rows.bind(1, tenant);
      while (true) {
        BW_TRY(const bool row, rows.step());
        if (!row) return {};
        BW_CHECK(lines.about(table, values_in(rows, table.columns.size())));
      }
    };
    BW_CHECK(about("resource_pool", "tenant_id = ?"));
    return about("resource_unit",
                 "unit_config_id IN (SELECT unit_config_id FROM resource_pool WHERE tenant_id = ?)");
  }

  Result<> write_changed(const Shape& shape, TenantId tenant, Scn after, bool gone, LineWriter& lines) {
    BW_TRY(sqlite::Lease keys,
           connection().query("SELECT table_name, key FROM changed_key INDEXED BY changed_key_scn"
                              " WHERE tenant_id = ? AND scn > ?",
                              tenant, after));
    while (true) {
      BW_TRY(const bool row, keys->step());
      if (!row) return {};
      const TableShape* table = shape.find(keys->text(0));
      if (table == nullptr) continue;  // a table that a migration took away
      ByteReader in(keys->blob(1));
      const auto key = get_values(in);
      if (!key) return fail(error::checksum_error().with_hint("the catalogue's log of changes is damaged"));
      BW_CHECK(write_key(*table, *key, gone, lines));
    }
  }

  Result<> write_key(const TableShape& table, const Values& key, bool gone, LineWriter& lines) {
    BW_TRY(sqlite::Lease row, connection().query(table.select));
    bind_values(*row, 1, key);
    BW_TRY(const bool there, row->step());
    if (!there && gone) return lines.gone(table, key);
    if (there && !gone) return lines.row(table, values_in(*row, table.columns.size()));
    return {};
  }

  Result<> write_commit(const sqlite::Statement& row, TenantId tenant, LineWriter& lines) {
    BW_TRY(const Shape* shape, shape_of(row.integer(1)));
    BW_TRY(const auto changes, get_changes(row.blob(3), *shape));
    BW_CHECK(lines.head(shape->version(), row.integer(0), crypto::to_hex(row.blob(4))));
    return lines.changes(changes, tenant);
  }

  std::map<std::int64_t, Shape> shapes_;
};

}  // namespace

std::unique_ptr<PartReader> parts_on(const Reading& with) {
  return std::make_unique<SqlitePartReader>(with);
}

}  // namespace breakwater::catalog
