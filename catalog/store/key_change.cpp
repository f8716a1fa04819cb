#include "catalog/store/key_change.h"

#include <exception>
#include <map>
#include <utility>

#include "catalog/sqlite/sqlite_callback.h"
#include "catalog/store/change.h"
#include "catalog/store/tables.h"

namespace breakwater::catalog {
namespace {

constexpr const char* kSealAnew = "breakwater_seal_anew";
constexpr const char* kChangesAnew = "breakwater_changes_anew";

RowIdentity root_identity(std::string_view name) {
  return sealed_identity("catalog_root", std::array{std::string(name)});
}

std::span<const std::uint8_t> blob_of(sqlite3_value* value) {
  const auto* data = static_cast<const std::uint8_t*>(sqlite3_value_blob(value));
  return {data, static_cast<std::size_t>(sqlite3_value_bytes(value))};
}

/// Seals anew, as SQL functions of the writer's connection while this lives: SQLite walks the rows.
class Resealing {
 public:
  static Result<std::unique_ptr<Resealing>> on(const Writing& with) {
    std::unique_ptr<Resealing> made(new Resealing(with));
    BW_CHECK(made->offer(kSealAnew, -1, sqlite::guarded<seal_column>));
    BW_CHECK(made->offer(kChangesAnew, 2, sqlite::guarded<seal_changes>));
    return made;
  }
  Resealing(const Resealing&) = delete;
  Resealing& operator=(const Resealing&) = delete;
  ~Resealing() {
    for (const auto& [name, arguments] : {std::pair{kSealAnew, -1}, std::pair{kChangesAnew, 2}}) {
      sqlite3_create_function_v2(with_.connection.handle(), name, arguments, SQLITE_UTF8, nullptr, nullptr,
                                 nullptr, nullptr, nullptr);
    }
  }

  /// UPDATEs with these functions. Their own error, where one has failed.
  Result<> run(const std::string& update) {
    BW_TRY(sqlite::Statement statement, with_.connection.prepare(update));
    Result<> ended = statement.finish();
    if (!ended && failed_) return fail(*std::exchange(failed_, std::nullopt));
    return ended;
  }

 private:
  using Function = void (*)(sqlite3_context*, int, sqlite3_value**);

  explicit Resealing(const Writing& with) : with_(with) {}

  Result<> offer(const char* name, int arguments, Function function) {
    const int code = sqlite3_create_function_v2(with_.connection.handle(), name, arguments,
                                                SQLITE_UTF8 | SQLITE_DIRECTONLY, this, function, nullptr,
                                                nullptr, nullptr);
    if (code != SQLITE_OK) return fail(sqlite::error_of(code, with_.connection.handle()));
    return {};
  }

  static void answer(sqlite3_context* context, Resealing& self, Result<Bytes> sealed) {
    if (sealed) {
      sqlite3_result_blob64(context, sealed->data(), sealed->size(), SQLITE_TRANSIENT);
      return;
    }
    self.failed_ = std::move(sealed).error();
    sqlite3_result_error_code(context, SQLITE_ERROR);
  }

  Result<Bytes> anew(std::string_view table, std::span<const std::string> identity,
                     std::span<const std::uint8_t> sealed) const {
    const RowIdentity row = sealed_identity(table, identity);
    auto plain = with_.keyring.open(row, sealed);
    if (!plain) {
      std::string which(table);
      for (const std::string& value : identity) which.append(" ").append(value);
      return fail(error::checksum_error().with_hint(
          "a secret can't be opened, and the catalogue's key stays what it is: " + which));
    }
    return with_.keyring.seal_anew(row, *plain, with_.entropy);
  }

  // (what is sealed, the table, for which row …)
  static void seal_column(sqlite3_context* context, int count, sqlite3_value** values) {
    auto& self = *static_cast<Resealing*>(sqlite3_user_data(context));
    std::vector<std::string> identity;
    for (int i = 2; i < count; ++i) identity.push_back(text_of(value_of(values[i])));
    const std::string table = text_of(value_of(values[1]));
    answer(context, self, self.anew(table, identity, blob_of(values[0])));
  }

  // (change_log.changes, its schema_version)
  static void seal_changes(sqlite3_context* context, int /*count*/, sqlite3_value** values) {
    auto& self = *static_cast<Resealing*>(sqlite3_user_data(context));
    answer(context, self, self.changes_anew(blob_of(values[0]), sqlite3_value_int64(values[1])));
  }

  Result<Bytes> changes_anew(std::span<const std::uint8_t> bytes, std::int64_t schema_version) {
    BW_TRY(const Shape* shape, shape_of(schema_version));
    BW_TRY(std::vector<Change> changes, get_changes(bytes, *shape));
    Bytes out;
    for (Change& change : changes) {
      BW_CHECK(row_anew(change));
      put_change(out, change);
    }
    return out;
  }

  Result<> row_anew(Change& change) const {
    const TableShape& table = *change.table;
    const auto column = table.column(table.rule->sealed);
    if (!change.row || !column) return {};
    auto* const sealed = std::get_if<Bytes>(&(*change.row)[*column]);
    if (sealed == nullptr) return {};
    BW_TRY(*sealed, anew(table.name, table.sealed_for(*change.row), *sealed));
    return {};
  }

  Result<const Shape*> shape_of(std::int64_t schema_version) {
    const auto known = shapes_.find(schema_version);
    if (known != shapes_.end()) return &known->second;
    BW_TRY(Shape shape, Shape::of_version(schema_version));
    return &shapes_.emplace(schema_version, std::move(shape)).first->second;
  }

  const Writing& with_;
  std::map<std::int64_t, Shape> shapes_;
  std::optional<Error> failed_;
};

// Of every row that has one, on purpose.
std::string update_of(std::string_view table, std::string_view column, std::string_view anew) {
  return std::string("UPDATE")
      .append(" ")
      .append(table)
      .append(" SET ")
      .append(column)
      .append(" = ")
      .append(anew)
      .append(" WHERE ")
      .append(column)
      .append(" IS NOT NULL");
}

std::string update_of(const TableRule& rule) {
  std::string anew = kSealAnew;
  anew.append("(").append(rule.sealed).append(", '").append(rule.name).append("'");
  for (const std::string_view name : rule.sealed_for)
    if (!name.empty()) anew.append(", ").append(name);
  return update_of(rule.name, rule.sealed, anew.append(")"));
}

Result<> keep_roots(const Writing& with) {
  for (const std::string_view name : Keyring::kRoots) {
    BW_TRY(const Bytes sealed,
           with.keyring.seal_anew(root_identity(name), with.keyring.root(name), with.entropy));
    BW_CHECK(with.connection.run(
        "INSERT INTO catalog_root(name, sealed) VALUES (?, ?) ON CONFLICT DO NOTHING", name, sealed));
  }
  return {};
}

}  // namespace

Result<> seal_all_anew(const Writing& with) {
  BW_TRY(const auto resealing, Resealing::on(with));
  for (const TableRule& rule : table_rules())
    if (!rule.sealed.empty()) BW_CHECK(resealing->run(update_of(rule)));
  BW_CHECK(resealing->run(
      update_of("change_log", "changes", std::string(kChangesAnew).append("(changes, schema_version)"))));
  BW_CHECK(keep_roots(with));
  BW_CHECK(with.connection.run("UPDATE cluster SET key_check = ? WHERE one = 1", with.keyring.next_check()));
  return record_event(with, "rotate_catalog_key", {.tenant_id = kSysTenantId, .path = {}, .endpoint = {}});
}

Result<> read_roots(sqlite::Connection& connection, Keyring& keyring) {
  BW_TRY(sqlite::Lease rows, connection.query("SELECT name, sealed FROM catalog_root"));
  while (true) {
    BW_TRY(const bool row, rows->step());
    if (!row) return {};
    const std::string name = rows->string(0);
    if (std::ranges::find(Keyring::kRoots, name) == Keyring::kRoots.end()) continue;
    BW_TRY(Secret root, keyring.open(root_identity(name), rows->blob(1)));
    keyring.set_root(name, std::move(root));
  }
}

}  // namespace breakwater::catalog
