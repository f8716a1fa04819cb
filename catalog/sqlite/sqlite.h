// SQLite behind RAII and Result.
//
// A Connection and what it prepared belong to one thread at a time. SQL texts are constants or rendered by
// the SELECT engine; values are always bound. Error texts hold neither.
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

/// What a (extended) result code means to a client: FULL 4184, NOMEM 1037, INTERRUPT 1317, BUSY and LOCKED
/// 4012, IOERR and CANTOPEN and READONLY 4009 or, where the system said that a disk or quota is full, 4184;
/// anything else 4016, each with a hint where one helps. The hint names the code, never SQL or a value.
/// `connection`: whose call returned it; the system's own error is read from there, right after that call.
Error error_of(int code, sqlite3* connection = nullptr);

/// The same for an operator: "database disk image is malformed (11)", with the system's reason if there is
/// one.
std::string reason_of(int code, sqlite3* connection = nullptr);

/// Whether a code says that the file isn't what it should be.
bool is_damage(int code);

struct Null {};

/// A prepared statement. Bindings are copied and counted from 1, columns from 0. A binding that fails (out of
/// memory) is reported by the next step().
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

  /// true: a row stands in the columns; false: done.
  Result<bool> step();

  /// Runs to the end, dropping rows.
  Result<> finish();

  /// Ready to run again, without bindings.
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

/// A statement of the connection's cache, borrowed; reset when it dies. The same text is not borrowed twice
/// at a time.
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
  look,           ///< reads a file that nobody else has open, without a log, and makes none beside it
  look_with_log,  ///< the same with its log, whose index is in memory
};

class Connection {
 public:
  /// Without a mutex: see the top. A reader must find the file.
  static Result<Connection> open(const std::string& file, OpenMode mode);

  /// Runs constant SQL, several statements if need be, dropping rows.
  Result<> execute(const char* sql);

  Result<Statement> prepare(std::string_view sql, unsigned flags = 0);

  /// The cached statement for a constant text, with its values bound. The cache grows with the number of
  /// constants in the program; a rendered text goes through prepare().
  template <class... Values>
  Result<Lease> query(std::string_view sql, const Values&... values) {
    if (commits_ != nullptr && in_transaction()) BW_CHECK(renew_snapshot());
    BW_TRY(Statement * statement, cached(sql));
    statement->bind_all(values...);
    return Lease(*statement);
  }

  /// query(), run to its end: how many rows changed.
  template <class... Values>
  Result<std::int64_t> run(std::string_view sql, const Values&... values) {
    BW_TRY(Lease lease, query(sql, values...));
    BW_CHECK(lease->finish());
    return sqlite3_changes64(handle_.get());
  }

  /// One integer: the first column of the first row; nothing without a row.
  template <class... Values>
  Result<std::optional<std::int64_t>> integer(std::string_view sql, const Values&... values) {
    BW_TRY(Lease lease, query(sql, values...));
    BW_TRY(const bool row, lease->step());
    if (!row) return std::nullopt;
    return lease->integer(0);
  }

  // ---- a reader's snapshot: see Reader::hold_snapshot() ----

  /// What says that something was committed; outlives the connection.
  void follow(const Commits& commits) { commits_ = &commits; }
  Result<> hold_snapshot();
  void release_snapshot();

  std::int64_t last_insert_rowid() const { return sqlite3_last_insert_rowid(handle_.get()); }

  /// Whether a BEGIN is open; SQLite ends one by itself on some errors (a full disk).
  bool in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }

  /// Ends a transaction that failed, if SQLite has not done so by itself. Can't fail in a way that matters:
  /// what is not committed is gone with the connection too.
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
  std::unique_ptr<sqlite3, Close> handle_;  // before cache_: statements die first
  std::unordered_map<std::string, Statement, StringHash, std::equal_to<>> cache_;
  const Commits* commits_ = nullptr;  ///< null: no snapshot is held
  std::uint64_t seen_ = 0;            ///< commits before the snapshot; it may hold later ones too
};

}  // namespace breakwater::catalog::sqlite
