// SQLite behind RAII and Result.
//
// A Connection and its statements belong to one thread at a time. SQL texts are constants or made by the
// SELECT engine; values are always bound. Error texts contain neither.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <sqlite3.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/text.h"
#include "catalog/sqlite/commits.h"

namespace breakwater::catalog::sqlite {

/// The error for an (extended) result code:
///   server_out_of_disk (4184)  FULL; also IOERR, CANTOPEN and READONLY if the system said that a disk or
///                              quota is full
///   out_of_memory (1037)       NOMEM
///   query_interrupted (1317)   INTERRUPT
///   timeout (4012)             BUSY, LOCKED
///   io_error (4009)            IOERR, CANTOPEN, READONLY
///   internal_error (4016)      all others
/// A hint, if there is one, names the code, never SQL or a value. `connection`: the one whose call returned
/// the code; the system's error is read from it, so call this right after.
Error error_of(int code, sqlite3* connection = nullptr);

/// The same as text for an operator: "database disk image is malformed (11)", with the system's reason if
/// there is one.
std::string reason_of(int code, sqlite3* connection = nullptr);

/// Whether a code says that the file is damaged or no database.
bool is_damage(int code);

struct Null {};

/// A prepared statement. Bindings are copied and counted from 1, columns from 0. If a binding fails (out of
/// memory), the next step() returns the error.
class Statement {
 public:
  Statement() = default;
  explicit Statement(sqlite3_stmt* handle) : handle_(handle) {}

  void bind(int index, Null);
  void bind(int index, std::int64_t value);
  void bind(int index, int value) { bind(index, std::int64_t{value}); }
  void bind(int index, bool value) { bind(index, std::int64_t{value ? 1 : 0}); }
  void bind(int index, double value);
  void bind(int index, std::string_view text);
  void bind(int index, const char* text) { bind(index, std::string_view(text)); }
  void bind(int index, const std::string& text) { bind(index, std::string_view(text)); }
  void bind(int index, std::span<const std::uint8_t> blob);
  void bind(int index, const Bytes& blob) { bind(index, std::span<const std::uint8_t>(blob)); }
  template <class T>
  void bind(int index, const std::optional<T>& value) {
    value ? bind(index, *value) : bind(index, Null{});
  }

  template <class... Values>
  void bind_all(const Values&... values) {
    int index = 0;
    (bind(++index, values), ...);
  }

  /// Returns true if there is a row, false at the end.
  Result<bool> step();

  /// Runs to the end and ignores rows.
  Result<> finish();

  /// Makes it ready to run again, without bindings.
  void reset();

  bool is_null(int column) const { return type(column) == SQLITE_NULL; }
  int type(int column) const { return sqlite3_column_type(handle_.get(), column); }
  std::int64_t integer(int column) const { return sqlite3_column_int64(handle_.get(), column); }
  double real(int column) const { return sqlite3_column_double(handle_.get(), column); }
  /// Both views are valid until the next step() or reset().
  std::string_view text(int column) const;
  std::span<const std::uint8_t> blob(int column) const;

  std::string string(int column) const { return std::string(text(column)); }
  Bytes bytes(int column) const;

  sqlite3_stmt* handle() const { return handle_.get(); }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
  int bind_failure_ = SQLITE_OK;

  void note(int code) {
    if (code != SQLITE_OK) bind_failure_ = code;
  }
};

/// A statement borrowed from the connection's cache; the destructor resets it. Don't borrow the same text
/// twice at the same time.
class Lease {
 public:
  explicit Lease(Statement& statement) : statement_(&statement) {}
  Lease(Lease&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}
  Lease& operator=(Lease&&) = delete;
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() {
    if (statement_ != nullptr) statement_->reset();
  }

  Statement* operator->() const { return statement_; }
  Statement& operator*() const { return *statement_; }

 private:
  Statement* statement_;
};

enum class OpenMode : std::uint8_t {
  writer,         ///< reads and writes, creates the file (0600) if it is missing
  reader,         ///< PRAGMA query_only
  look,           ///< reads a file that nobody else has open and that has no log; makes no files
  look_with_log,  ///< the same for a file with a log; the log's index is kept in memory
};

class Connection {
 public:
  /// Opens the file without SQLite's mutex, since one thread uses it at a time. For a reader the file must
  /// exist.
  static Result<Connection> open(const std::string& file, OpenMode mode);

  /// Runs constant SQL of one or more statements and ignores rows.
  Result<> execute(const char* sql);

  Result<Statement> prepare(std::string_view sql, unsigned flags = 0);

  /// The cached statement for a constant text, with the values bound. Texts that aren't constants must go
  /// through prepare(), since the cache never shrinks.
  template <class... Values>
  Result<Lease> query(std::string_view sql, const Values&... values) {
    if (commits_ != nullptr && in_transaction()) BW_CHECK(renew_snapshot());
    BW_TRY(Statement * statement, cached(sql));
    statement->bind_all(values...);
    return Lease(*statement);
  }

  /// Runs query() to its end. Returns how many rows changed.
  template <class... Values>
  Result<std::int64_t> run(std::string_view sql, const Values&... values) {
    BW_TRY(Lease lease, query(sql, values...));
    BW_CHECK(lease->finish());
    return sqlite3_changes64(handle_.get());
  }

  /// The first column of the first row, an integer; nullopt if there is no row.
  template <class... Values>
  Result<std::optional<std::int64_t>> integer(std::string_view sql, const Values&... values) {
    BW_TRY(Lease lease, query(sql, values...));
    BW_TRY(const bool row, lease->step());
    if (!row) return std::nullopt;
    return lease->integer(0);
  }

  // ---- a reader's snapshot: see Reader::hold_snapshot() ----

  /// `commits` says that something was committed; it must outlive the connection.
  void follow(const Commits& commits) { commits_ = &commits; }
  Result<> hold_snapshot();
  void release_snapshot();

  std::int64_t last_insert_rowid() const { return sqlite3_last_insert_rowid(handle_.get()); }

  /// Whether a transaction is open; on some errors (a full disk) SQLite ends it by itself.
  bool in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }

  /// Ends a failed transaction, if SQLite has not done so by itself. Its errors don't matter: closing the
  /// connection also discards what isn't committed.
  void roll_back() {
    if (in_transaction()) sqlite3_exec(handle_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  }

  sqlite3* handle() const { return handle_.get(); }

 private:
  explicit Connection(sqlite3* handle) : handle_(handle) {}
  Result<Statement*> cached(std::string_view sql);
  Result<> begin_snapshot();
  Result<> renew_snapshot();
  Result<> run_cached(std::string_view sql);
  bool is_reading() const;

  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  std::unique_ptr<sqlite3, Close> handle_;  // declared before cache_: the statements are destroyed first
  std::unordered_map<std::string, Statement, StringHash, std::equal_to<>> cache_;
  const Commits* commits_ = nullptr;  ///< null: no snapshot is held
  std::uint64_t seen_ = 0;            ///< commits before the snapshot was made; it may have later ones too
};

}  // namespace breakwater::catalog::sqlite
