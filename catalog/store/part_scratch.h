// PartScratch on SQLite: the tenant's rows in memory, with numbers in place of its secrets.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "catalog/store/part_line.h"

namespace breakwater::catalog {

class SqlitePartScratch final : public PartScratch {
 public:
  explicit SqlitePartScratch(std::size_t most) : most_(most) {}

  Result<> add(std::string_view line, ValueOpener& opener) override;
  Result<> finish(const SettingCheck& check) override;
  Result<std::string> tenant_name() override;

  /// Of a finished one. All rows of a table, in the order of its columns in this program's version.
  const Shape& shape() const { return shape_; }
  Result<std::vector<Values>> rows(const TableShape& table);
  /// The same, one after the other.
  Result<sqlite::Statement> read(const TableShape& table);
  /// Names of settings that aren't any here: "variable x".
  const std::vector<std::string>& dropped() const { return dropped_; }
  /// What stands for a secret in a row; null: there was no key for it.
  const Secret* secret(const Value& value) const;
  bool finished() const { return finished_; }

 private:
  Error too_large() const;
  Result<> go_to(std::int64_t version);
  Result<> put(const PartLine& line);
  Result<> check_owner(const PartLine& line);
  Result<> check_size(std::size_t line);
  Result<std::size_t> bytes_held();
  Result<> forget_secrets();
  Result<> check_rows(const TableShape& table, const SettingCheck& check);
  Result<> require_account(const TableShape& table, const Values& row);
  Result<> require_roles(const TableShape& table, const Values& row);
  Result<> drop(const TableShape& table, const Values& row);
  Result<Value> take(const std::string& identity, const Bytes& sealed, bool text, ValueOpener& opener);

  const std::size_t most_;                        ///< bytes that it may hold
  std::optional<sqlite::Connection> connection_;  ///< none before the first head
  Shape shape_;
  std::unordered_map<std::size_t, Secret>
      secrets_;  ///< of rows, by their numbers; some of rows that went, until they are looked for
  std::size_t next_secret_ = 0;
  std::size_t secret_bytes_ = 0;
  std::size_t secrets_kept_ = 0;  ///< when they were looked for
  std::vector<std::string> dropped_;
  std::optional<std::int64_t> owner_;  ///< whose the rows are, in the lines
  std::size_t unchecked_bytes_ = 0;    ///< of lines since the size was looked at
  bool finished_ = false;
};

}  // namespace breakwater::catalog
