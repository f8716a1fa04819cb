#include "catalog/sqlite.h"

#include <chrono>

namespace breakwater::catalog::sqlite {
namespace {

using namespace std::chrono_literals;

// A reader or a checkpoint of this process can hold a lock for that long at most.
constexpr auto kBusyTimeout = 5s;

// WAL, a sync at every commit, nothing in temporary files, removed content overwritten.
constexpr const char* kWriterPragmas =
    "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA temp_store = "
    "MEMORY;"
    "PRAGMA trusted_schema = OFF;";
constexpr const char* kReaderPragmas =
    "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;";

Error with_code(Error error, int code, const char* advice) {
  return std::move(error).with_hint("the catalogue's database: " + std::string(sqlite3_errstr(code)) + " (" +
                                    std::to_string(code) + ")" + advice);
}

}  // namespace

Error error_of(int code) {
  switch (code & 0xFF) {
    case SQLITE_FULL:
      return with_code(error::device_out_of_space(), code, "; make room on the data directory's disk");
    case SQLITE_NOMEM:
      return with_code(error::out_of_memory(), code, "");
    case SQLITE_INTERRUPT:
      return error::query_interrupted();
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return with_code(error::timeout(), code, "");
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return with_code(error::io_error(), code, "; check the data directory's disk and permissions");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return with_code(error::internal_error(), code, "; restore the data directory from a copy");
    default:
      return with_code(error::internal_error(), code, "");
  }
}

void Statement::bind(int index, Null /*null*/) {
  note(sqlite3_bind_null(handle_.get(), index));
}

void Statement::bind(int index, std::int64_t value) {
  note(sqlite3_bind_int64(handle_.get(), index, value));
}

void Statement::bind(int index, double value) {
  note(sqlite3_bind_double(handle_.get(), index, value));
}

void Statement::bind(int index, std::string_view text) {
  const char* data = text.empty() ? "" : text.data();
  note(sqlite3_bind_text64(handle_.get(), index, data, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}

void Statement::bind(int index, std::span<const std::uint8_t> blob) {
  const void* data = blob.empty() ? static_cast<const void*>("") : blob.data();
  note(sqlite3_bind_blob64(handle_.get(), index, data, blob.size(), SQLITE_TRANSIENT));
}

Result<bool> Statement::step() {
  if (bind_failure_ != SQLITE_OK) return fail(error_of(bind_failure_));
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return fail(error_of(code));
}

Result<> Statement::finish() {
  while (true) {
    BW_TRY(const bool row, step());
    if (!row) return {};
  }
}

void Statement::reset() {
  sqlite3_reset(handle_.get());
  sqlite3_clear_bindings(handle_.get());
  bind_failure_ = SQLITE_OK;
}

std::string_view Statement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(handle_.get(), column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

std::span<const std::uint8_t> Statement::blob(int column) const {
  const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(handle_.get(), column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

Bytes Statement::bytes(int column) const {
  const auto view = blob(column);
  return {view.begin(), view.end()};
}

Result<Connection> Connection::open(const std::string& file, OpenMode mode) {
  sqlite3* handle = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                    (mode == OpenMode::writer ? SQLITE_OPEN_CREATE : 0);
  const int code = sqlite3_open_v2(file.c_str(), &handle, flags, nullptr);
  Connection connection(handle);
  if (code != SQLITE_OK) return fail(error_of(code));
  sqlite3_busy_timeout(handle, static_cast<int>(std::chrono::milliseconds(kBusyTimeout).count()));
  BW_CHECK(connection.execute(mode == OpenMode::writer ? kWriterPragmas : kReaderPragmas));
  return connection;
}

Result<> Connection::execute(const char* sql) {
  const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(error_of(code));
  return {};
}

Result<Statement> Connection::prepare(std::string_view sql, unsigned flags) {
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()), flags, &statement, nullptr);
  if (code != SQLITE_OK) return fail(error_of(code));
  return Statement(statement);
}

Result<Statement*> Connection::cached(std::string_view sql) {
  if (const auto found = cache_.find(sql); found != cache_.end()) return &found->second;
  BW_TRY(Statement statement, prepare(sql, SQLITE_PREPARE_PERSISTENT));
  return &cache_.emplace(sql, std::move(statement)).first->second;
}

Result<> Connection::run_cached(std::string_view sql) {
  BW_TRY(Statement * statement, cached(sql));
  const Lease lease(*statement);
  return statement->finish();
}

bool Connection::is_reading() const {
  for (sqlite3_stmt* at = sqlite3_next_stmt(handle_.get(), nullptr); at != nullptr;
       at = sqlite3_next_stmt(handle_.get(), at)) {
    if (sqlite3_stmt_busy(at) != 0) return true;
  }
  return false;
}

Result<> Connection::hold_snapshot() {
  if (commits_ == nullptr) return {};
  if (commits_->log_is_long.load(std::memory_order_relaxed)) {
    release_snapshot();
    return {};
  }
  return in_transaction() ? renew_snapshot() : begin_snapshot();
}

// The count first: a commit between the two is in the snapshot and makes it renewed once more, which is
// harmless.
Result<> Connection::begin_snapshot() {
  seen_ = commits_->count.load(std::memory_order_acquire);
  return run_cached("BEGIN");
}

// A read within another's rows sees what that one sees.
Result<> Connection::renew_snapshot() {
  if (commits_->count.load(std::memory_order_acquire) == seen_ || is_reading()) return {};
  BW_CHECK(run_cached("COMMIT"));
  return begin_snapshot();
}

void Connection::release_snapshot() {
  if (commits_ != nullptr && !is_reading()) roll_back();
}

}  // namespace breakwater::catalog::sqlite
