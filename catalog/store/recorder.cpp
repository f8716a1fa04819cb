#include "catalog/store/recorder.h"

#include <algorithm>
#include <map>

// sqlite3.h declares these only where SQLITE_ENABLE_PREUPDATE_HOOK is defined, with which Debian builds the library.
extern "C" {
void* sqlite3_preupdate_hook(sqlite3* db,
                             void (*hook)(void* context, sqlite3* db, int operation, const char* database,
                                          const char* table, sqlite3_int64 old_rowid,
                                          sqlite3_int64 new_rowid),
                             void* context);
int sqlite3_preupdate_old(sqlite3* db, int column, sqlite3_value** value);
int sqlite3_preupdate_new(sqlite3* db, int column, sqlite3_value** value);
}

namespace breakwater::catalog {
namespace {

using Look = int (*)(sqlite3*, int, sqlite3_value**);

Result<std::optional<Values>> row_by_key(sqlite::Connection& connection, const TableShape& table,
                                         const Values& key) {
  BW_TRY(sqlite::Lease row, connection.query(table.select));
  bind_values(*row, 1, key);
  BW_TRY(const bool found, row->step());
  if (!found) return std::nullopt;
  return values_in(*row, table.columns.size());
}

}  // namespace

Recorder::Recorder(sqlite::Connection& connection) {
  sqlite3_preupdate_hook(connection.handle(), on_change, this);
}

Result<> Recorder::start(sqlite::Connection& connection) {
  BW_TRY(shape_, Shape::of(connection));
  recording_ = true;
  return {};
}

void Recorder::clear() {
  events_.clear();
  failed_ = false;
}

void Recorder::cut(std::size_t mark) {
  events_.erase(events_.begin() + static_cast<std::ptrdiff_t>(mark), events_.end());
}

std::set<TenantId> Recorder::owners(std::string_view table) const {
  std::set<TenantId> found;
  for (const Event& event : events_)
    if (event.owner && event.table->name == table) found.insert(*event.owner);
  return found;
}

bool Recorder::touched(const std::function<bool(const TableShape&, TenantId)>& wanted) const {
  return std::ranges::any_of(
      events_, [&](const Event& event) { return event.owner && wanted(*event.table, *event.owner); });
}

// SQLite is C: nothing may be thrown through it.
void Recorder::on_change(void* self, sqlite3* connection, int operation, const char* database,
                         const char* table, sqlite3_int64 /*old_rowid*/,
                         sqlite3_int64 /*new_rowid*/) noexcept {
  auto& recorder = *static_cast<Recorder*>(self);
  if (!recorder.recording_ || std::string_view(database) != "main") return;
  const TableShape* shape = recorder.shape_.find(table);
  if (shape == nullptr) return;
  try {
    recorder.note(connection, operation, *shape);
  } catch (...) {
    recorder.failed_ = true;
  }
}

void Recorder::note(sqlite3* connection, int operation, const TableShape& table) {
  const auto look = [&](Look image, std::size_t column) -> Value {
    sqlite3_value* value = nullptr;
    if (image(connection, static_cast<int>(column), &value) == SQLITE_OK) return value_of(value);
    failed_ = true;
    return {};
  };
  const auto add = [&](Look image, bool before) {
    Event event{.table = &table, .key = {}, .owner = {}, .before = before};
    for (const std::size_t column : table.key) event.key.push_back(look(image, column));
    if (table.owner) {
      const Value owner = look(image, *table.owner);
      if (const auto* id = std::get_if<std::int64_t>(&owner)) event.owner = *id;
    }
    events_.push_back(std::move(event));
  };
  if (operation != SQLITE_INSERT) add(sqlite3_preupdate_old, true);
  if (operation != SQLITE_DELETE) add(sqlite3_preupdate_new, false);
}

Result<> Recorder::check() const {
  if (!failed_) return {};
  return fail(error::out_of_memory().with_hint("what the commit changes could not be recorded; try again"));
}

// The first event of a key says whether a row had it before.
Result<std::vector<Change>> Recorder::changes(sqlite::Connection& connection,
                                              const std::function<bool(const TableShape&)>& wanted) const {
  BW_CHECK(check());
  std::map<std::pair<const TableShape*, Values>, std::size_t> known;
  std::vector<Change> changes;
  for (const Event& event : events_) {
    if (!wanted(*event.table)) continue;
    if (!known.emplace(std::pair(event.table, event.table->folded(event.key)), changes.size()).second)
      continue;
    Change change{.table = event.table};
    BW_TRY(change.row, row_by_key(connection, *event.table, event.key));
    if (event.before) change.gone = event.key;
    if (event.before) change.owner_before = event.owner;
    if (change.row) change.owner_after = event.table->owner_of(*change.row);
    if (change.gone || change.row) changes.push_back(std::move(change));
  }
  return changes;
}

}  // namespace breakwater::catalog
