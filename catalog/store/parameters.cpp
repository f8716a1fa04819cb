#include "catalog/store/parameters.h"

#include "catalog/store/sqlite_roles.h"
#include "catalog/store/tables.h"

namespace breakwater::catalog {
namespace {

// What a secret parameter is sealed for.
RowIdentity parameter_identity(TenantId tenant, std::string_view name) {
  return sealed_identity("tenant_parameter", std::array{std::to_string(tenant), std::string(name)});
}

ParameterRow parameter_of(sqlite::Statement& row) {
  return {.name = row.string(0), .value = row.string(1), .secret = row.integer(2) != 0};
}

class SqliteParameterReader final : public OnSqlite<ParameterReader, Reading> {
 public:
  using OnSqlite::OnSqlite;

  Result<std::optional<std::string>> find(TenantId tenant, std::string_view name) override {
    return first_row(connection().query("SELECT value FROM tenant_parameter"
                                        " WHERE tenant_id = ? AND name = ? AND value IS NOT NULL",
                                        tenant, name),
                     string_of);
  }

  Result<std::optional<Secret>> secret(TenantId tenant, std::string_view name) override {
    BW_TRY(const auto sealed,
           first_row(connection().query("SELECT sealed FROM tenant_parameter"
                                        " WHERE tenant_id = ? AND name = ? AND sealed IS NOT NULL",
                                        tenant, name),
                     bytes_of));
    if (!sealed) return std::nullopt;
    return keyring().open(parameter_identity(tenant, name), *sealed);
  }

  Result<std::vector<ParameterRow>> all(TenantId tenant) override {
    return all_rows(connection().query("SELECT name, value, sealed IS NOT NULL FROM tenant_parameter"
                                       " WHERE tenant_id = ? ORDER BY name",
                                       tenant),
                    parameter_of);
  }

  Result<std::optional<std::string>> variable(TenantId tenant, std::string_view name) override {
    return first_row(connection().query("SELECT value FROM global_variable WHERE tenant_id = ? AND name = ?",
                                        tenant, name),
                     string_of);
  }

  Result<std::vector<std::pair<std::string, std::string>>> variables(TenantId tenant) override {
    return all_rows(connection().query(
                        "SELECT name, value FROM global_variable WHERE tenant_id = ? ORDER BY name", tenant),
                    [](sqlite::Statement& row) { return std::pair(row.string(0), row.string(1)); });
  }
};

class SqliteParameterWriter final : public OnSqlite<ParameterWriter, Writing> {
 public:
  using OnSqlite::OnSqlite;

  Result<> set(TenantId tenant, std::string_view name, std::string_view value) override {
    BW_CHECK(require_primary(with(), tenant));
    BW_TRY(const std::string before, shown(tenant, name));
    BW_CHECK(
        connection().run("INSERT INTO tenant_parameter(tenant_id, name, value) VALUES (?, ?, ?)"
                         " ON CONFLICT DO UPDATE SET value = excluded.value, sealed = NULL",
                         tenant, name, value));
    return tell("set_parameter", tenant,
                {{"name", std::string(name)}, {"old_value", before}, {"new_value", std::string(value)}});
  }

  Result<> set_secret(TenantId tenant, std::string_view name, const Secret& value) override {
    BW_CHECK(require_primary(with(), tenant));
    BW_TRY(const Bytes sealed, keyring().seal(parameter_identity(tenant, name), value, with().entropy));
    BW_CHECK(
        connection().run("INSERT INTO tenant_parameter(tenant_id, name, sealed) VALUES (?, ?, ?)"
                         " ON CONFLICT DO UPDATE SET value = NULL, sealed = excluded.sealed",
                         tenant, name, sealed));
    const std::string hidden(kHidden);
    return tell("set_parameter", tenant,
                {{"name", std::string(name)}, {"old_value", hidden}, {"new_value", hidden}});
  }

  Result<> reset(TenantId tenant, std::string_view name) override {
    BW_CHECK(require_primary(with(), tenant));
    BW_TRY(const std::string before, shown(tenant, name));
    BW_CHECK(connection().run("DELETE FROM tenant_parameter WHERE tenant_id = ? AND name = ?", tenant, name));
    return tell("reset_parameter", tenant, {{"name", std::string(name)}, {"old_value", before}});
  }

  Result<> set_variable(TenantId tenant, std::string_view name, std::string_view value) override {
    BW_TRY(const auto before, read().parameters().variable(tenant, name));
    BW_CHECK(insert_variable(with(), tenant, name, value));
    return tell(
        "set_global_variable", tenant,
        {{"name", std::string(name)}, {"old_value", before.value_or("")}, {"new_value", std::string(value)}});
  }

 private:
  /// The value as it may be told; empty: none is stored, the default holds.
  Result<std::string> shown(TenantId tenant, std::string_view name) {
    BW_TRY(const auto row, first_row(connection().query("SELECT COALESCE(value, ?) FROM tenant_parameter"
                                                        " WHERE tenant_id = ? AND name = ?",
                                                        kHidden, tenant, name),
                                     string_of));
    return row.value_or("");
  }

  Result<> tell(std::string_view event, TenantId tenant,
                std::vector<std::pair<std::string_view, std::string>> details) {
    return with().transaction.events().record(
        {.module = "parameter", .event = event, .tenant_id = tenant, .details = std::move(details)});
  }
};

}  // namespace

std::unique_ptr<ParameterReader> parameters_on(const Reading& with) {
  return std::make_unique<SqliteParameterReader>(with);
}

std::unique_ptr<ParameterWriter> parameters_on(const Writing& with) {
  return std::make_unique<SqliteParameterWriter>(with);
}

Result<> insert_variable(const Writing& with, TenantId tenant, std::string_view name,
                         std::string_view value) {
  BW_CHECK(require_primary(with, tenant));
  BW_CHECK(
      with.connection.run("INSERT INTO global_variable(tenant_id, name, value) VALUES (?, ?, ?)"
                          " ON CONFLICT DO UPDATE SET value = excluded.value",
                          tenant, name, value));
  return {};
}

}  // namespace breakwater::catalog
