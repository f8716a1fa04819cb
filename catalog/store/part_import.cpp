// PartWriter: a tenant's part under a new id.
#include <algorithm>
#include <array>
#include <optional>

#include "catalog/store/part_scratch.h"
#include "catalog/store/sqlite_roles.h"

namespace breakwater::catalog {
namespace {

bool is_null(const Value& value) {
  return std::holds_alternative<std::monostate>(value);
}

std::size_t bytes_of_row(const Values& row) {
  std::size_t bytes = 0;
  for (const Value& value : row) {
    if (const auto* text = std::get_if<std::string>(&value)) bytes += text->size();
    if (const auto* blob = std::get_if<Bytes>(&value)) bytes += blob->size();
  }
  return bytes;
}

/// One import: rows of the scratch, changed to be another tenant's. Each function is within one job, `with` that job's.
class SqlitePartImport final : public PartImport {
 public:
  SqlitePartImport(SqlitePartScratch& scratch, PartTarget target)
      : scratch_(scratch), target_(std::move(target)) {
    for (const TableRule& rule : table_rules()) {
      const TableShape* table = scratch_.shape().find(rule.name);
      if (rule.restored && table != nullptr && table->name != "tenant") tables_.push_back(table);
    }
  }

  Result<> begin(const Writing& with) {
    BW_TRY(const auto taken, with.transaction.read().tenants().find(target_.name));
    if (taken) return fail(error::tenant_exist(target_.name));
    report_ = {.left_out = scratch_.dropped(), .all_locked = target_.lock_accounts};
    report_.tenant = target_.id;
    if (report_.tenant == 0) {
      BW_TRY(report_.tenant, next_of_counter(with, "tenant_id", 2));
    }
    BW_CHECK(insert_tenant_row(with));
    return target_.pools.empty() ? make_own_pool(with, report_.tenant)
                                 : grant_pools(with, report_.tenant, target_.pools);
  }

  Result<bool> rows(const Writing& with) {
    BW_CHECK(require_own(with));
    std::size_t bytes = 0;
    for (std::int64_t taken = 0; taken < PartWriter::kRowsAtOnce && bytes < PartWriter::kBytesAtOnce;
         ++taken) {
      BW_TRY(auto row, next());
      if (!row) return false;
      bytes += bytes_of_row(*row);
      BW_CHECK(copy(with, *tables_[table_], *row));
    }
    return true;
  }

  Result<PartReport> end(const Writing& with) {
    BW_CHECK(require_own(with));
    BW_CHECK(with.connection.run("UPDATE tenant SET locked = ?2, tenant_role = ?3 WHERE tenant_id = ?1",
                                 report_.tenant, locked_, target_.role));
    BW_CHECK(tell_settings());
    return std::move(report_);
  }

 private:
  // The next row of all tables; nullopt: that was the last. tables_[table_] is whose it is.
  Result<std::optional<Values>> next() {
    for (; table_ < tables_.size(); ++table_, cursor_.reset()) {
      if (!cursor_) {
        BW_TRY(cursor_, scratch_.read(*tables_[table_]));
      }
      BW_TRY(const bool there, cursor_->step());
      if (there) return values_in(*cursor_, tables_[table_]->columns.size());
    }
    return std::nullopt;
  }

  // Whoever drops the tenant meanwhile ends this.
  Result<> require_own(const Writing& with) const {
    BW_TRY(const auto tenant, with.transaction.read().tenants().find(report_.tenant));
    if (tenant && tenant->role == TenantRole::restore) return {};
    return fail(error::tenant_not_exist(target_.name));
  }

  // Locked, and of no other state than a tenant that was made here, until end().
  Result<> insert_tenant_row(const Writing& with) {
    const TableShape& table = *scratch_.shape().find("tenant");
    BW_TRY(auto rows, scratch_.rows(table));
    if (rows.size() != 1) return fail(error::checksum_error().with_hint("the backup holds no tenant"));
    Values& row = rows.front();
    if (const auto* locked = std::get_if<std::int64_t>(&row[*table.column("locked")])) locked_ = *locked;
    set(table, row, "tenant_id", report_.tenant);
    set(table, row, "tenant_name", target_.name);
    set(table, row, "create_time", with.clock.now());
    set(table, row, "modify_time", with.clock.now());
    set(table, row, "log_mode", std::string("NOARCHIVELOG"));
    set(table, row, "tenant_role", std::string("RESTORE"));
    set(table, row, "locked", std::int64_t{1});
    set(table, row, "status", std::string("NORMAL"));
    set(table, row, "in_recyclebin", std::int64_t{0});
    set(table, row, "switchover_status", std::string("NORMAL"));
    set(table, row, "switchover_epoch", std::int64_t{0});
    set(table, row, "arbitration_service_status", std::string("DISABLED"));
    return insert(with, table, row);
  }

  Result<> copy(const Writing& with, const TableShape& table, Values& row) {
    set(table, row, "tenant_id", report_.tenant);
    BW_CHECK(adapt(with, table, row));
    BW_TRY(const bool whole, put_secrets(with, table, row));
    return whole ? insert(with, table, row) : Result<>();
  }

  static void set(const TableShape& table, Values& row, std::string_view column, Value value) {
    if (const auto at = table.column(column)) row[*at] = std::move(value);
  }

  // What is numbered in the whole catalogue; and who gets in.
  Result<> adapt(const Writing& with, const TableShape& table, Values& row) {
    if (table.name != "account") return {};
    BW_TRY(const std::int64_t number, next_of_counter(with, "account_id", 1));
    set(table, row, "account_id", number);
    if (target_.lock_accounts) set(table, row, "locked", std::int64_t{1});
    return {};
  }

  // False: without the secret there is no such row.
  Result<bool> put_secrets(const Writing& with, const TableShape& table, Values& row) {
    bool missing = false;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (is_null(row[i]) || !table.rule->is_secret(table.columns[i].name)) continue;
      const Secret* secret = scratch_.secret(row[i]);
      missing = missing || secret == nullptr;
      if (secret == nullptr) {
        row[i] = std::monostate();
      } else {
        BW_TRY(row[i], stored(with, table, i, row, *secret));
      }
    }
    if (!missing) return true;
    leave_out(name_of(table, row));
    if (table.name != "account") return false;
    // Without a hash its password would be empty.
    set(table, row, "native_hash", std::monostate());
    set(table, row, "sha2_hash", std::monostate());
    set(table, row, "locked", std::int64_t{1});
    return true;
  }

  static Result<Value> stored(const Writing& with, const TableShape& table, std::size_t column,
                              const Values& row, const Secret& secret) {
    if (table.rule->sealed == table.columns[column].name) {
      BW_TRY(Bytes sealed,
             with.keyring.seal(sealed_identity(table.name, table.sealed_for(row)), secret, with.entropy));
      return Value(std::move(sealed));
    }
    if (std::holds_alternative<std::string>(row[column])) return Value(std::string(secret.reveal()));
    const auto bytes = secret.reveal_bytes();
    return Value(Bytes(bytes.begin(), bytes.end()));
  }

  static std::string name_of(const TableShape& table, const Values& row) {
    const auto of = [&](std::string_view column) { return text_of(row[*table.column(column)]); };
    if (table.name == "account")
      return "password of '" + of("user_name").append("'@'").append(of("host")).append("'");
    if (table.name == "master_key") return "master key " + of("version");
    if (table.name == "tenant_parameter") return "parameter " + of("name");
    return table.name;
  }

  // A comment holds few; of the rest it is enough that there are more.
  void leave_out(std::string name) {
    constexpr std::size_t kMostNames = 1000;
    if (report_.left_out.size() < kMostNames) report_.left_out.push_back(std::move(name));
  }

  Result<> insert(const Writing& with, const TableShape& table, const Values& row) {
    BW_TRY(sqlite::Lease insert, with.connection.query(table.insert));
    bind_values(*insert, 1, row);
    BW_CHECK(insert->finish());
    ++report_.rows;
    return {};
  }

  // Places without what says how to get in.
  Result<> tell_settings() {
    const auto tell = [&](std::string name, const std::string& value) {
      if (!value.empty())
        report_.settings.push_back(name.append("=").append(value.substr(0, value.find('?'))));
    };
    const TableShape& parameters = *scratch_.shape().find("backup_parameter");
    BW_TRY(const auto set, scratch_.rows(parameters));
    for (const Values& row : set)
      tell(ascii_upper(text_of(row[*parameters.column("name")])), text_of(row[*parameters.column("value")]));
    const TableShape& archive = *scratch_.shape().find("log_archive_dest");
    BW_TRY(const auto attributes, scratch_.rows(archive));
    for (const Values& row : attributes)
      if (text_of(row[*archive.column("name")]) == "path")
        tell("LOG_ARCHIVE_DEST", "LOCATION=" + text_of(row[*archive.column("value")]));
    return {};
  }

  SqlitePartScratch& scratch_;
  const PartTarget target_;
  PartReport report_;
  std::int64_t locked_ = 0;  ///< what the tenant is to be at the end
  std::vector<const TableShape*> tables_;
  std::size_t table_ = 0;
  std::optional<sqlite::Statement> cursor_;  ///< in tables_[table_]
};

SqlitePartImport& on_sqlite(PartImport& import) {
  return dynamic_cast<SqlitePartImport&>(import);
}

// Children first: each with its key, so that no more than some rows are touched.
constexpr std::array<std::string_view, 11> kClear = {
    "DELETE FROM role_of_account WHERE tenant_id = ?1 AND (user_name, host, role_name) IN"
    " (SELECT user_name, host, role_name FROM role_of_account WHERE tenant_id = ?1 LIMIT ?2)",
    "DELETE FROM role_of_role WHERE tenant_id = ?1 AND (holder, role_name) IN"
    " (SELECT holder, role_name FROM role_of_role WHERE tenant_id = ?1 LIMIT ?2)",
    "DELETE FROM role_privilege WHERE tenant_id = ?1 AND (role_name, schema_name, table_name) IN"
    " (SELECT role_name, schema_name, table_name FROM role_privilege WHERE tenant_id = ?1 LIMIT ?2)",
    "DELETE FROM role WHERE tenant_id = ?1 AND role_name IN"
    " (SELECT role_name FROM role WHERE tenant_id = ?1 LIMIT ?2)",
    "DELETE FROM account_privilege WHERE tenant_id = ?1 AND (user_name, host, schema_name, table_name) IN"
    " (SELECT user_name, host, schema_name, table_name FROM account_privilege WHERE tenant_id = ?1 LIMIT ?2)",
    "DELETE FROM account WHERE tenant_id = ?1 AND (user_name, host) IN"
    " (SELECT user_name, host FROM account WHERE tenant_id = ?1 LIMIT ?2)",
    "DELETE FROM global_variable WHERE tenant_id = ?1 AND name IN"
    " (SELECT name FROM global_variable WHERE tenant_id = ?1 LIMIT ?2)",
    "DELETE FROM tenant_parameter WHERE tenant_id = ?1 AND name IN"
    " (SELECT name FROM tenant_parameter WHERE tenant_id = ?1 LIMIT ?2)",
    "DELETE FROM master_key WHERE tenant_id = ?1 AND version IN"
    " (SELECT version FROM master_key WHERE tenant_id = ?1 LIMIT ?2)",
    "DELETE FROM backup_delete_policy WHERE tenant_id = ?1 AND policy_name IN"
    " (SELECT policy_name FROM backup_delete_policy WHERE tenant_id = ?1 LIMIT ?2)",
    "DELETE FROM keystore WHERE tenant_id = ?1 AND ?2 > 0",
};

class SqlitePartWriter final : public OnSqlite<PartWriter, Writing> {
 public:
  using OnSqlite::OnSqlite;

  Result<Scn> next_scn() override { return give_scn(connection(), with().clock); }

  Result<PartReport> import(PartScratch& scratch, const PartTarget& target) override {
    BW_TRY(const auto import, make_part_import(scratch, target));
    BW_CHECK(begin_import(*import));
    for (bool more = true; more;) {
      BW_TRY(more, import_rows(*import));
    }
    return end_import(*import);
  }

  Result<> begin_import(PartImport& import) override { return on_sqlite(import).begin(with()); }
  Result<bool> import_rows(PartImport& import) override { return on_sqlite(import).rows(with()); }
  Result<PartReport> end_import(PartImport& import) override { return on_sqlite(import).end(with()); }

  Result<bool> clear_import(TenantId tenant) override {
    BW_TRY(const auto begun,
           connection().integer("SELECT 1 FROM tenant WHERE tenant_id = ?1 AND tenant_role = 'RESTORE'"
                                " AND NOT EXISTS (SELECT 1 FROM standby s WHERE s.tenant_id = ?1)",
                                tenant));
    if (!begun) return false;
    std::int64_t left = kRowsAtOnce;
    for (const std::string_view clear : kClear) {
      BW_TRY(const auto gone, connection().run(clear, tenant, left));
      left -= gone;
      if (left <= 0) return true;
    }
    BW_CHECK(release_pools(with(), tenant));
    BW_CHECK(connection().run("DELETE FROM tenant WHERE tenant_id = ?", tenant));
    return false;
  }
};

}  // namespace

Result<std::unique_ptr<PartImport>> make_part_import(PartScratch& scratch, PartTarget target) {
  auto& rows = dynamic_cast<SqlitePartScratch&>(scratch);
  if (!rows.finished()) return fail(error::internal_error().with_hint("the part isn't finished"));
  return std::make_unique<SqlitePartImport>(rows, std::move(target));
}

std::unique_ptr<PartWriter> parts_on(const Writing& with) {
  return std::make_unique<SqlitePartWriter>(with);
}

}  // namespace breakwater::catalog
