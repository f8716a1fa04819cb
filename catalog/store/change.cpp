#include "catalog/store/change.h"

namespace breakwater::catalog {
namespace {

constexpr std::uint8_t kWasThere = 1;
constexpr std::uint8_t kIsThere = 2;

std::unexpected<Error> damaged_log() {
  return fail(error::checksum_error().with_hint("the catalogue's log of changes is damaged"));
}

Result<> erase(sqlite::Connection& connection, const Change& change) {
  if (!change.gone) return {};
  BW_TRY(sqlite::Lease lease, connection.query(change.table->erase));
  bind_values(*lease, 1, *change.gone);
  BW_CHECK(lease->finish());
  if (sqlite3_changes64(connection.handle()) == 1) return {};
  return fail(error::checksum_error().with_hint("a row of " + change.table->name +
                                                " that was changed isn't there: the copies differ"));
}

Result<> insert(sqlite::Connection& connection, const Change& change) {
  if (!change.row) return {};
  BW_TRY(sqlite::Lease lease, connection.query(change.table->insert));
  bind_values(*lease, 1, *change.row);
  return lease->finish();
}

std::optional<Change> get_change(ByteReader& in, const Shape& shape) {
  const auto length = in.get_le(1);
  const auto name = length ? in.get(*length) : std::nullopt;
  const auto flags = in.get_le(1);
  Change change{.table = name ? shape.find(as_text(*name)) : nullptr};
  if (!flags || change.table == nullptr) return std::nullopt;
  if ((*flags & kWasThere) != 0) {
    change.gone = get_values(in);
    if (!change.gone || change.gone->size() != change.table->key.size()) return std::nullopt;
  }
  if ((*flags & kIsThere) != 0) {
    change.row = get_values(in);
    if (!change.row || change.row->size() != change.table->columns.size()) return std::nullopt;
    change.owner_after = change.table->owner_of(*change.row);
  }
  return change;
}

}  // namespace

void put_change(Bytes& out, const Change& change) {
  const auto name = as_bytes(change.table->name);
  put_le(out, name.size(), 1);
  out.insert(out.end(), name.begin(), name.end());
  const int flags = (change.gone ? kWasThere : 0) | (change.row ? kIsThere : 0);
  put_le(out, static_cast<std::uint64_t>(flags), 1);
  if (change.gone) put_values(out, *change.gone);
  if (change.row) put_values(out, *change.row);
}

Result<std::vector<Change>> get_changes(std::span<const std::uint8_t> bytes, const Shape& shape) {
  ByteReader in(bytes);
  std::vector<Change> changes;
  while (in.remaining() > 0) {
    auto change = get_change(in, shape);
    if (!change) return damaged_log();
    changes.push_back(*std::move(change));
  }
  return changes;
}

Result<> apply(sqlite::Connection& connection, const Record& record) {
  for (const Change& change : record.changes) BW_CHECK(erase(connection, change));
  for (const Change& change : record.changes) BW_CHECK(insert(connection, change));
  return {};
}

}  // namespace breakwater::catalog
