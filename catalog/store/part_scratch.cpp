#include "catalog/store/part_scratch.h"

#include <algorithm>

#include "base/text.h"
#include "catalog/store/part_check.h"
#include "catalog/store/schema.h"
#include "catalog/store/sqlite_roles.h"

namespace breakwater::catalog {
namespace {

constexpr std::size_t kLookAtSize = std::size_t{1}
                                    << 20U;  ///< bytes of lines from one look at the size to the next
constexpr std::size_t kSecretOverhead = 96;  ///< bytes beside a secret's own, about
constexpr std::size_t kFewSecrets = 10'000;  ///< not worth looking for those that nothing needs

// What stands for a secret in a row.
std::optional<std::size_t> number_of(const Value& value) {
  std::string number;
  if (const auto* text = std::get_if<std::string>(&value)) number = *text;
  if (const auto* blob = std::get_if<Bytes>(&value)) number = as_text(*blob);
  return whole_number<std::size_t>(number);
}

bool has_nothing(const Value& value) {
  return std::holds_alternative<std::monostate>(value);
}

std::unexpected<Error> out_of_order(std::string hint) {
  return fail(error::checksum_error().with_hint(std::move(hint)));
}

// A setting's name and value, where the table is one of settings.
struct Setting {
  std::string_view kind;
  std::string_view name;
  std::string_view value;
};

std::optional<Setting> setting_of(const TableShape& table, const Values& row, const SecretOf& secret_of) {
  const auto text = [&](std::string_view column) {
    const auto* found = std::get_if<std::string>(&row[*table.column(column)]);
    return found == nullptr ? std::string_view() : std::string_view(*found);
  };
  if (table.name == "global_variable") return Setting{"variable", text("name"), text("value")};
  if (table.name == "backup_delete_policy")
    return Setting{"delete policy", text("policy_name"), text("recovery_window")};
  if (table.name != "tenant_parameter") return std::nullopt;
  const Value& sealed = row[*table.column("sealed")];
  // Without its key it is left out by the import.
  if (!has_nothing(sealed) && secret_of(sealed) == nullptr) return std::nullopt;
  return Setting{"parameter", text("name"),
                 has_nothing(sealed) ? text("value") : secret_of(sealed)->reveal()};
}

}  // namespace

Result<std::unique_ptr<PartScratch>> make_part_scratch(std::size_t most) {
  return std::make_unique<SqlitePartScratch>(most);
}

Error SqlitePartScratch::too_large() const {
  return error::size_overflow().with_hint("the backup holds more of a tenant than " +
                                          std::to_string(most_ >> 20U) + " MiB");
}

Result<> SqlitePartScratch::add(std::string_view line, ValueOpener& opener) {
  BW_CHECK(check_size(line.size()));
  const TakeSealed take_sealed = [&](const TableShape& table, std::size_t column, const Values& row,
                                     const Bytes& sealed, bool text) {
    return take(value_identity(table, column, row), sealed, text, opener);
  };
  BW_TRY(const PartLine read, read_line(line, connection_ ? &shape_ : nullptr, take_sealed));
  if (read.schema_version) return go_to(*read.schema_version);
  if (read.about) return {};
  BW_CHECK(check_owner(read));
  return put(read);
}

// What was written in a newer version goes on in a newer schema.
Result<> SqlitePartScratch::go_to(std::int64_t version) {
  if (connection_ && version == shape_.version()) return {};
  if (!connection_) {
    BW_TRY(connection_, catalogue_in_memory(version));
  } else {
    const auto steps = schema::steps();
    if (version < shape_.version()) return out_of_order("the backup's lines go back to an older version");
    if (static_cast<std::size_t>(version) > steps.size())
      return fail(error::not_supported("what a newer version of this program wrote is"));
    BW_CHECK(schema::migrate(*connection_, steps.first(static_cast<std::size_t>(version))));
  }
  BW_TRY(shape_, Shape::of(*connection_));
  return {};
}

Result<Value> SqlitePartScratch::take(const std::string& identity, const Bytes& sealed, bool text,
                                      ValueOpener& opener) {
  BW_TRY(auto secret, opener.open(identity, sealed));
  const std::string number = std::to_string(next_secret_);
  if (secret) {
    secret_bytes_ += secret->size() + kSecretOverhead;
    secrets_.emplace(next_secret_, *std::move(secret));
  }
  ++next_secret_;
  if (text) return Value(number);
  const auto bytes = as_bytes(number);
  return Value(Bytes(bytes.begin(), bytes.end()));
}

// The lines of one tenant, which a line of another can't slip into.
Result<> SqlitePartScratch::check_owner(const PartLine& line) {
  const std::size_t at =
      line.gone ? static_cast<std::size_t>(std::ranges::find(line.table->key, *line.table->owner) -
                                           line.table->key.begin())
                : *line.table->owner;
  const auto* id = at < line.values.size() ? std::get_if<std::int64_t>(&line.values[at]) : nullptr;
  if (id == nullptr || (owner_ && *owner_ != *id))
    return out_of_order("the backup's lines are of several tenants");
  owner_ = *id;
  return {};
}

// A row that has what another row had, and that other row's own line is still to come: REPLACE takes it away.
Result<> SqlitePartScratch::put(const PartLine& line) {
  const TableShape& table = *line.table;
  {
    BW_TRY(sqlite::Lease erase, connection_->query(table.erase));
    bind_values(*erase, 1, line.gone ? line.values : table.key_of(line.values));
    BW_CHECK(erase->finish());
  }
  if (line.gone) return {};
  std::string text = table.insert;
  text.insert(std::string_view("INSERT").size(), " OR REPLACE");
  BW_TRY(sqlite::Lease insert, connection_->query(text));
  bind_values(*insert, 1, line.values);
  return insert->finish();
}

// What is held, not what has passed: a log may say the same row a million times.
Result<> SqlitePartScratch::check_size(std::size_t line) {
  unchecked_bytes_ += line;
  if (secrets_.size() > 2 * secrets_kept_ + kFewSecrets) BW_CHECK(forget_secrets());
  if (unchecked_bytes_ < kLookAtSize && secret_bytes_ <= most_) return {};
  unchecked_bytes_ = 0;
  BW_TRY(std::size_t held, bytes_held());
  if (held <= most_) return {};
  BW_CHECK(forget_secrets());
  BW_TRY(held, bytes_held());
  return held > most_ ? Result<>(fail(too_large())) : Result<>();
}

Result<std::size_t> SqlitePartScratch::bytes_held() {
  if (!connection_) return secret_bytes_;
  BW_TRY(const auto pages, connection_->integer("PRAGMA page_count"));
  BW_TRY(const auto unused, connection_->integer("PRAGMA freelist_count"));
  BW_TRY(const auto size, connection_->integer("PRAGMA page_size"));
  return secret_bytes_ +
         static_cast<std::size_t>((pages.value_or(0) - unused.value_or(0)) * size.value_or(0));
}

// Those of rows that were replaced or are gone.
Result<> SqlitePartScratch::forget_secrets() {
  std::unordered_map<std::size_t, Secret> kept;
  std::size_t bytes = 0;
  for (const auto& table : shape_.tables()) {
    if (table->rule->kind != TableClass::tenants) continue;
    BW_TRY(sqlite::Statement row, read(*table));
    for (;;) {
      BW_TRY(const bool there, row.step());
      if (!there) break;
      const Values values = values_in(row, table->columns.size());
      for (std::size_t i = 0; i < values.size(); ++i) {
        if (has_nothing(values[i]) || !table->rule->is_secret(table->columns[i].name)) continue;
        const auto number = number_of(values[i]);
        auto found = number ? secrets_.extract(*number) : decltype(secrets_)::node_type();
        if (found.empty()) continue;
        bytes += found.mapped().size() + kSecretOverhead;
        kept.insert(std::move(found));
      }
    }
  }
  secrets_ = std::move(kept);
  secrets_kept_ = secrets_.size();
  secret_bytes_ = bytes;
  return {};
}

Result<> SqlitePartScratch::finish(const SettingCheck& check) {
  if (!connection_) return out_of_order("the backup has no line that says its schema version");
  BW_CHECK(go_to(static_cast<std::int64_t>(schema::steps().size())));
  BW_CHECK(forget_secrets());
  for (const TableRule& rule : table_rules()) {
    const TableShape* table = shape_.find(rule.name);
    if (rule.restored && table != nullptr) BW_CHECK(check_rows(*table, check));
  }
  finished_ = true;
  return {};
}

Result<> SqlitePartScratch::check_rows(const TableShape& table, const SettingCheck& check) {
  const SecretOf secret_of = [this](const Value& value) { return secret(value); };
  std::vector<Values> dropped;
  std::int64_t rows = 0;
  {
    BW_TRY(sqlite::Statement row, read(table));
    for (;;) {
      BW_TRY(const bool there, row.step());
      if (!there) break;
      if (++rows > most_rows(table.name)) {
        return fail(
            error::size_overflow().with_hint("the backup holds more rows of " + table.name +
                                             " than are taken: " + std::to_string(most_rows(table.name))));
      }
      Values values = values_in(row, table.columns.size());
      BW_CHECK(check_row(table, values, secret_of));
      if (table.column("user_name") && table.name != "account") BW_CHECK(require_account(table, values));
      if (table.name != "role") BW_CHECK(require_roles(table, values));
      const auto setting = check ? setting_of(table, values, secret_of) : std::nullopt;
      if (!setting || check(table.name, setting->name, setting->value)) continue;
      dropped_.push_back(std::string(setting->kind).append(" ").append(setting->name));
      dropped.push_back(std::move(values));
    }
  }
  for (const Values& values : dropped) BW_CHECK(drop(table, values));
  return {};
}

// Whose privileges they are.
Result<> SqlitePartScratch::require_account(const TableShape& table, const Values& row) {
  BW_TRY(sqlite::Lease account,
         connection_->query("SELECT 1 FROM account WHERE tenant_id = ? AND user_name = ?"
                            " AND host = ?"));
  bind_values(*account, 1,
              {row[*table.column("tenant_id")], row[*table.column("user_name")], row[*table.column("host")]});
  BW_TRY(const bool there, account->step());
  if (there) return {};
  return fail(
      error::checksum_error().with_hint("the backup holds privileges of an account that it doesn't hold"));
}

// Which it names.
Result<> SqlitePartScratch::require_roles(const TableShape& table, const Values& row) {
  for (const std::string_view name : {"role_name", "holder"}) {
    const auto column = table.column(name);
    if (!column) continue;
    BW_TRY(sqlite::Lease role,
           connection_->query("SELECT 1 FROM role WHERE tenant_id = ? AND role_name = ?"));
    bind_values(*role, 1, {row[*table.column("tenant_id")], row[*column]});
    BW_TRY(const bool there, role->step());
    if (!there)
      return fail(error::checksum_error().with_hint("the backup names a role that it doesn't hold"));
  }
  return {};
}

Result<> SqlitePartScratch::drop(const TableShape& table, const Values& row) {
  BW_TRY(sqlite::Lease erase, connection_->query(table.erase));
  bind_values(*erase, 1, table.key_of(row));
  return erase->finish();
}

Result<std::string> SqlitePartScratch::tenant_name() {
  if (!connection_) return std::string();
  BW_TRY(auto name, first_row(connection_->query("SELECT tenant_name FROM tenant"), string_of));
  return std::move(name).value_or("");
}

Result<std::vector<Values>> SqlitePartScratch::rows(const TableShape& table) {
  BW_TRY(sqlite::Statement row, read(table));
  std::vector<Values> rows;
  for (;;) {
    BW_TRY(const bool there, row.step());
    if (!there) return rows;
    rows.push_back(values_in(row, table.columns.size()));
  }
}

Result<sqlite::Statement> SqlitePartScratch::read(const TableShape& table) {
  const std::string_view by_key = table.select;
  return connection_->prepare(by_key.substr(0, by_key.find(" WHERE ")));
}

const Secret* SqlitePartScratch::secret(const Value& value) const {
  const auto number = number_of(value);
  const auto found = number ? secrets_.find(*number) : secrets_.end();
  return found == secrets_.end() ? nullptr : &found->second;
}

}  // namespace breakwater::catalog
