#include "catalog/sqlite/sqlite.h"

#include <cerrno>
#include <chrono>
#include <system_error>

#include "catalog/sqlite/sqlite_memory.h"

namespace breakwater::catalog::sqlite {
namespace {

using namespace std::chrono_literals;

// Longer than a reader or a checkpoint of this process can hold a lock.
constexpr auto kBusyTimeout = 5s;

// WAL, fsync at every commit, no temporary files, deleted content overwritten.
constexpr const char* kWriterPragmas =
    "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA temp_store = "
    "MEMORY;"
    "PRAGMA trusted_schema = OFF;";
constexpr const char* kReaderPragmas =
    "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;";

#define LOOK_PRAGMAS                                                                 \
  "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;" \
  "PRAGMA cell_size_check = ON; PRAGMA foreign_keys = OFF;"

struct Opening {
  std::string name;
  int flags;
  const char* pragmas;
};

std::string uri_of(const std::string& file) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string uri = file.starts_with('/') ? "file://" : "file:";
  for (const char c : file) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                       (byte >= '0' && byte <= '9') || c == '/' || c == '-' || c == '_' || c == '.';
    if (plain) {
      uri += c;
    } else {
      uri.append({'%', kHex[byte >> 4U], kHex[byte & 0xFU]});
    }
  }
  return uri + "?immutable=1";
}

Opening opening_of(const std::string& file, OpenMode mode) {
  switch (mode) {
    case OpenMode::writer:
      return {.name = file, .flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, .pragmas = kWriterPragmas};
    case OpenMode::look_with_log:
      return {.name = file,
              .flags = SQLITE_OPEN_READWRITE,
              .pragmas = "PRAGMA locking_mode = EXCLUSIVE;" LOOK_PRAGMAS};
    case OpenMode::look:
      return {.name = uri_of(file), .flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, .pragmas = LOOK_PRAGMAS};
    case OpenMode::reader:
      break;
  }
  return {.name = file, .flags = SQLITE_OPEN_READWRITE, .pragmas = kReaderPragmas};
}

int primary(int code) {
  return code & 0xFF;
}

int last_error(sqlite3* connection, int which) {
  sqlite3_file* file = nullptr;
  if (sqlite3_file_control(connection, "main", which, static_cast<void*>(&file)) != SQLITE_OK) return 0;
  int error = 0;
  if (file == nullptr || file->pMethods == nullptr) return 0;
  return file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &error) == SQLITE_OK ? error : 0;
}

bool is_full(int reason) {
  return reason == ENOSPC || reason == EDQUOT;
}

// errno of the system call that failed; 0 if it isn't known. While SQLite rolls back, it may change errno,
// but each file remembers its own: that of the log or, if there is none, that of the database.
int system_error(int code, sqlite3* connection) {
  const int kind = primary(code);
  if (connection == nullptr || (kind != SQLITE_IOERR && kind != SQLITE_CANTOPEN)) return 0;
  const int last = sqlite3_system_errno(connection);
  const bool wrote = code == SQLITE_IOERR_WRITE || code == SQLITE_IOERR_FSYNC ||
                     code == SQLITE_IOERR_DIR_FSYNC || code == SQLITE_IOERR_TRUNCATE;
  if (!wrote) return last;
  const int of_log = last_error(connection, SQLITE_FCNTL_JOURNAL_POINTER);
  if (of_log != 0 || last != 0) return of_log != 0 ? of_log : last;
  return last_error(connection, SQLITE_FCNTL_FILE_POINTER);
}

// SQLite returns FULL only if a write fails with ENOSPC. Before it uses the index of the log, it enlarges it,
// so a failure of that also means that the disk is full.
bool is_full(int code, int reason) {
  return primary(code) == SQLITE_FULL || is_full(reason) || (code == SQLITE_IOERR_SHMSIZE && reason != EIO);
}

Error with_code(Error error, int code, sqlite3* connection, const char* advice) {
  return std::move(error).with_hint("the catalogue's database: " + reason_of(code, connection) + advice);
}

}  // namespace

std::string reason_of(int code, sqlite3* connection) {
  const int reason = system_error(code, connection);
  std::string text = sqlite3_errstr(code);
  if (primary(code) == SQLITE_IOERR) text = "the system failed to read or write it";
  if (is_full(code, reason)) text = "the disk or its quota is full";
  if (reason != 0 && !is_full(code, reason)) text += ": " + std::generic_category().message(reason);
  return text + " (" + std::to_string(code) + ")";
}

bool is_damage(int code) {
  return primary(code) == SQLITE_CORRUPT || primary(code) == SQLITE_NOTADB;
}

Error error_of(int code, sqlite3* connection) {
  if (code == SQLITE_IOERR_NOMEM) code = SQLITE_NOMEM;
  const auto with = [&](Error error, const char* advice) {
    return with_code(std::move(error), code, connection, advice);
  };
  const int reason = system_error(code, connection);
  if (is_full(code, reason))
    return with(error::server_out_of_disk(), "; make room on the data directory's disk");
  if (reason == EMFILE || reason == ENFILE) {
    return with(error::out_of_resources(),
                "; no file descriptor is left: raise the limit of open files (LimitNOFILE), or lower "
                "max_connections");
  }
  if (is_damage(code)) return with(error::internal_error(), "; restore the data directory from a copy");
  switch (primary(code)) {
    case SQLITE_NOMEM:
      return with(error::out_of_memory(), "; the server has no memory left: try again");
    case SQLITE_INTERRUPT:
      return error::query_interrupted();
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return with(error::timeout(), "; another program holds it: try again");
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return with(error::io_error(),
                  "; check the data directory's disk, its room, its quota and its permissions");
    default:
      return with(error::internal_error(), "; the server's log may say more");
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
  return fail(error_of(code, sqlite3_db_handle(handle_.get())));
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
  count_memory();
  sqlite3* handle = nullptr;
  const Opening how = opening_of(file, mode);
  const int code = sqlite3_open_v2(how.name.c_str(), &handle,
                                   how.flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  Connection connection(handle);
  if (code != SQLITE_OK) return fail(error_of(code, handle));
  sqlite3_busy_timeout(handle, static_cast<int>(std::chrono::milliseconds(kBusyTimeout).count()));
  BW_CHECK(connection.execute(how.pragmas));
  return connection;
}

Result<> Connection::execute(const char* sql) {
  const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(error_of(code, handle_.get()));
  return {};
}

Result<Statement> Connection::prepare(std::string_view sql, unsigned flags) {
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()), flags, &statement, nullptr);
  if (code != SQLITE_OK) return fail(error_of(code, handle_.get()));
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

// Reads the count first: a commit in between is then in the snapshot already, and causes one needless
// renewal.
Result<> Connection::begin_snapshot() {
  seen_ = commits_->count.load(std::memory_order_acquire);
  return run_cached("BEGIN");
}

// A query that runs while another one is open sees the same snapshot.
Result<> Connection::renew_snapshot() {
  if (commits_->count.load(std::memory_order_acquire) == seen_ || is_reading()) return {};
  BW_CHECK(run_cached("COMMIT"));
  return begin_snapshot();
}

void Connection::release_snapshot() {
  if (commits_ != nullptr && !is_reading()) roll_back();
}

}  // namespace breakwater::catalog::sqlite
