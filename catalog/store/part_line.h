// A line of a tenant's part: rows as JSON, by the names of tables and columns (catalog/store/part.h).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "catalog/store/change.h"
#include "catalog/store/keyring.h"
#include "catalog/store/part.h"

namespace breakwater::catalog {

/// What a secret value is sealed for outside: table, column and key, as a JSON array.
std::string value_identity(const TableShape& table, std::size_t column, const Values& row);

/// Makes lines. Opens sealed columns as the catalogue keeps them, and seals them, and hashes of passwords, for whom the
/// part is.
class LineWriter {
 public:
  LineWriter(const Keyring& keyring, ValueSealer& sealer, LineSink& sink)
      : keyring_(keyring), sealer_(sealer), sink_(sink) {}

  Result<> head(std::int64_t schema_version, Scn scn, std::string_view history);
  Result<> row(const TableShape& table, const Values& row);
  Result<> gone(const TableShape& table, const Values& key);
  /// For information: a row of a table that is in no part. Without secrets.
  Result<> about(const TableShape& table, const Values& row);
  /// A commit's changes: keys that are gone first.
  Result<> changes(const std::vector<Change>& changes, TenantId tenant);

 private:
  Result<Bytes> seal(const TableShape& table, std::size_t column, const Values& row);
  Result<Secret> open(const TableShape& table, std::size_t column, const Values& row) const;

  const Keyring& keyring_;
  ValueSealer& sealer_;
  LineSink& sink_;
};

/// A line as it was read.
struct PartLine {
  std::optional<std::int64_t> schema_version{};  ///< a head
  bool about = false;
  const TableShape* table = nullptr;
  bool gone = false;
  Values values{};  ///< the row's, or the key's
};

/// Is given a secret's bytes as they lie in the line, and says what stands in the row in their place.
using TakeSealed = std::function<Result<Value>(const TableShape& table, std::size_t column, const Values& row,
                                               const Bytes& sealed, bool text)>;
/// checksum_error (4103): no line of a part of this schema. A head needs no shape.
Result<PartLine> read_line(std::string_view line, const Shape* shape, const TakeSealed& take_sealed);

}  // namespace breakwater::catalog
