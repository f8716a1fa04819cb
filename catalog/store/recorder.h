// Notes which rows a transaction touches, by SQLite's preupdate hook.
//
// The keys are noted as they are touched; the rows are read just before COMMIT, once each. So what a savepoint takes
// back leaves nothing, and what changed twice is read once.
//
// Registered before the connection's first statement is prepared: a statement that was prepared before may delete a
// whole table without telling. A connection has one such hook.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "catalog/store/change.h"

namespace breakwater::catalog {

/// Belongs to the connection's thread, and outlives the connection's last statement.
class Recorder {
 public:
  explicit Recorder(sqlite::Connection& connection);
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// From here on it records; before, and while the schema changes, it doesn't.
  Result<> start(sqlite::Connection& connection);

  /// While it lives, nothing is recorded: what a transaction changes is no change of what is kept.
  class Pause {
   public:
    explicit Pause(Recorder& recorder)
        : recorder_(recorder), was_(std::exchange(recorder.recording_, false)) {}
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;
    ~Pause() { recorder_.recording_ = was_; }

   private:
    Recorder& recorder_;
    const bool was_;
  };

  /// A transaction begins, or was rolled back.
  void clear();
  /// Where a savepoint begins, and what is to be forgotten when it is rolled back.
  std::size_t mark() const { return events_.size(); }
  void cut(std::size_t mark);

  /// Whose rows of the table were touched.
  std::set<TenantId> owners(std::string_view table) const;
  /// Whether a row of such a table, with such an owner before or after, was touched.
  bool touched(const std::function<bool(const TableShape&, TenantId)>& wanted) const;

  /// What changed, as of now: call it just before COMMIT. Of the tables that are `wanted`.
  Result<std::vector<Change>> changes(sqlite::Connection& connection,
                                      const std::function<bool(const TableShape&)>& wanted) const;

  const Shape& shape() const { return shape_; }

 private:
  /// One key, before or after a row was changed.
  struct Event {
    const TableShape* table;
    Values key;
    std::optional<TenantId> owner;
    bool before;  ///< a row had the key then
  };

  static void on_change(void* self, sqlite3* connection, int operation, const char* database,
                        const char* table, sqlite3_int64 old_rowid, sqlite3_int64 new_rowid) noexcept;
  void note(sqlite3* connection, int operation, const TableShape& table);
  Result<> check() const;

  Shape shape_;
  std::vector<Event> events_;
  bool recording_ = false;
  bool failed_ = false;  ///< a key could not be noted: this transaction must not be committed
};

}  // namespace breakwater::catalog
