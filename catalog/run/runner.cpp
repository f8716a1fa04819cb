// Runs plans: prepared statements, bound values, rows.
#include <algorithm>
#include <array>
#include <charconv>
#include <list>
#include <map>
#include <unordered_map>

#include <malloc.h>

#include "base/limits.h"
#include "catalog/bind/plan.h"
#include "catalog/run/row_source.h"
#include "catalog/run/sqlite_runner.h"
#include "catalog/sqlite/sqlite.h"
#include "catalog/sqlite/sqlite_callback.h"
#include "catalog/sqlite/sqlite_memory.h"
#include "catalog/store/connection.h"
#include "catalog/values/number.h"
#include "catalog/values/temporal.h"

namespace breakwater::catalog {

namespace {

/// Large enough for a number or a temporal value as text.
using FieldBuffer = std::array<char, temporal::kBufferSize>;

struct Prepared {
  std::uint64_t plan_id = 0;
  std::shared_ptr<const Plan> plan;
  sqlite::Statement statement;
  std::size_t bytes = 0;
  bool in_use = false;
};

}  // namespace

struct RunnerState {
  sqlite3* connection = nullptr;
  Session session;
  std::list<std::unique_ptr<Prepared>> recent;  ///< the last used first
  std::unordered_map<std::uint64_t, std::list<std::unique_ptr<Prepared>>::iterator> by_plan;
  std::size_t prepared_bytes = 0;  ///< of recent
};

namespace {

/// Counts SQLite's memory in the statement's account while a cursor is open. Memory that SQLite keeps
/// afterwards for later statements doesn't stay counted.
struct Computing {
  StatementMemory* memory = nullptr;
  Computing() = default;
  Computing(const Computing&) = delete;
  Computing& operator=(const Computing&) = delete;
  ~Computing() {
    if (memory != nullptr) memory->computed();
  }
  bool take(std::size_t bytes) { return memory == nullptr || memory->compute(bytes); }
  bool refused() const { return memory != nullptr && memory->refused(); }
};

}  // namespace

struct CursorState {
  Computing computing;  ///< the first member: it is destroyed last
  RunnerState* runner = nullptr;
  Prepared* prepared = nullptr;
  std::unique_ptr<Prepared> own;  ///< set if the plan's kept statement is busy or there is none
  std::shared_ptr<const Plan> plan;
  const QueryContext* context = nullptr;
  sqlite3_stmt* handle = nullptr;
  std::vector<std::string> texts;                          ///< bound; SQLite doesn't copy them
  mutable FieldBuffer buffer;                              ///< for text()
  mutable std::map<std::size_t, std::string> fixed_reals;  ///< DOUBLE columns that show a number of digits
  bool finished = false;
};

namespace {

int check_interrupt(void* data);

/// An operation that copies a text takes time in proportion to its length. So the longer texts may be, the
/// fewer operations run between two calls of the Interrupt.
void choose_operations(Session& session) {
  constexpr std::size_t kFewest = 4;
  const std::size_t stretches = session.longest / Work::kStretch + 1;
  const auto wanted = static_cast<int>(std::max(kInterruptOperations / stretches, kFewest));
  if (wanted == session.operations) return;
  session.operations = wanted;
  sqlite3_progress_handler(session.connection, wanted, sqlite::guarded<check_interrupt>, &session);
}

// An exception in the Interrupt ends the statement.
int check_interrupt(void* data) {
  auto* session = static_cast<Session*>(data);
  choose_operations(*session);
  if (session->context == nullptr) return 0;
  session->work.ask();
  return !session->work.stopped() && !session->error ? 0 : 1;
}

Error prepare_error(sqlite3* connection, const StatementMemory* memory) {
  if (memory != nullptr && memory->refused()) return memory->error();
  const int code = sqlite3_errcode(connection);
  if (code == SQLITE_TOOBIG) return error::not_supported("a statement this large");
  const std::string_view text = sqlite3_errmsg(connection);
  // Derived tables become part of the join around them.
  if (code == SQLITE_ERROR && text.contains("tables in a join"))
    return error::too_many_tables(std::to_string(kMaxJoinedTables));
  if (code == SQLITE_ERROR &&
      (text.contains("too large") || text.contains("too many") || text.contains("overflow")))
    return error::not_supported("a statement nested this deeply");
  return sqlite::error_of(code);
}

bool keeps_too_much(const RunnerState& runner) {
  return runner.recent.size() > QueryRunner::kMaxPrepared ||
         runner.prepared_bytes > QueryRunner::kMaxPreparedBytes;
}

void evict(RunnerState& runner) {
  for (auto at = runner.recent.end(); keeps_too_much(runner) && at != runner.recent.begin();) {
    --at;
    if ((*at)->in_use) continue;
    runner.prepared_bytes -= (*at)->bytes;
    runner.by_plan.erase((*at)->plan_id);
    at = runner.recent.erase(at);
  }
}

Result<std::unique_ptr<Prepared>> prepare(RunnerState& runner, const std::shared_ptr<const Plan>& plan,
                                          const StatementMemory* memory) {
  auto prepared = std::make_unique<Prepared>();
  sqlite3_stmt* handle = nullptr;
  const std::string& sql = plan->code->sql;
  const int code = sqlite3_prepare_v3(runner.connection, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  if (code != SQLITE_OK) return fail(prepare_error(runner.connection, memory));
  prepared->plan_id = plan->id;
  prepared->plan = plan;
  prepared->statement = sqlite::Statement(handle);
  prepared->bytes = static_cast<std::size_t>(sqlite3_stmt_status(handle, SQLITE_STMTSTATUS_MEMUSED, 0));
  return prepared;
}

/// Whether the plan's constants are small enough to be kept with its statement.
bool is_worth_keeping(const Plan& plan) {
  std::size_t bytes = 0;
  for (const Slot& slot : plan.code->slots) {
    if (const auto* text = std::get_if<std::string>(&slot.value)) bytes += text->size();
  }
  return bytes <= limits::kMaxCachedStatement;
}

/// The plan's kept statement, prepared now or before; null if it is in use or shouldn't be kept.
Result<Prepared*> find_prepared(RunnerState& runner, const std::shared_ptr<const Plan>& plan,
                                const StatementMemory* memory) {
  if (const auto found = runner.by_plan.find(plan->id); found != runner.by_plan.end()) {
    if ((*found->second)->in_use) return nullptr;
    runner.recent.splice(runner.recent.begin(), runner.recent, found->second);
    return found->second->get();
  }
  if (!is_worth_keeping(*plan)) return nullptr;
  BW_TRY(auto prepared, prepare(runner, plan, memory));
  Prepared* raw = prepared.get();
  runner.recent.push_front(std::move(prepared));
  try {
    runner.by_plan[plan->id] = runner.recent.begin();
  } catch (...) {
    runner.recent.pop_front();
    throw;
  }
  raw->in_use = true;
  runner.prepared_bytes += raw->bytes;
  evict(runner);
  return raw;
}

void note_length(CursorState& cursor, std::string_view text) {
  std::size_t& longest = cursor.runner->session.longest;
  longest = std::max(longest, text.size());
}

/// Binds a value. Its text is counted in the statement's account; if there is no room, open() returns the
/// error.
void bind_value(CursorState& cursor, int index, Value value) {
  sqlite3_stmt* const handle = cursor.handle;
  if (const auto* i = std::get_if<std::int64_t>(&value)) {
    sqlite3_bind_int64(handle, index, *i);
  } else if (const auto* u = std::get_if<std::uint64_t>(&value)) {
    sqlite3_bind_int64(handle, index, static_cast<std::int64_t>(*u));
  } else if (const auto* d = std::get_if<double>(&value)) {
    sqlite3_bind_double(handle, index, *d);
  } else if (auto* text = std::get_if<std::string>(&value)) {
    if (!cursor.computing.take(text->size())) return;
    note_length(cursor, *text);
    const std::string& kept = cursor.texts.emplace_back(std::move(*text));
    sqlite3_bind_text64(handle, index, kept.data(), kept.size(), SQLITE_STATIC, SQLITE_UTF8);
  } else {
    sqlite3_bind_null(handle, index);
  }
}

void bind_text(sqlite3_stmt* handle, int index, std::string_view text) {
  sqlite3_bind_text64(handle, index, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

/// Binds a value of the session. The context outlives the cursor, so texts needn't be copied.
void bind_session_value(sqlite3_stmt* handle, int index, const Slot& slot, const QueryContext& context) {
  const auto integer = [&](auto value) {
    sqlite3_bind_int64(handle, index, static_cast<std::int64_t>(value));
  };
  switch (slot.from) {
    case From::effective_tenant_id:
      return integer(context.effective_tenant_id);
    case From::effective_tenant:
      return bind_text(handle, index, context.effective_tenant);
    case From::database:
      if (context.database.empty())
        sqlite3_bind_null(handle, index);
      else
        bind_text(handle, index, context.database);
      return;
    case From::user:
      return bind_text(handle, index, context.user);
    case From::account:
      return bind_text(handle, index, context.account);
    case From::user_name:
      return bind_text(handle, index, context.user_name);
    case From::nls_date_format:
      return bind_text(handle, index, context.nls_date_format);
    case From::nls_timestamp_format:
      return bind_text(handle, index, context.nls_timestamp_format);
    case From::connection_id:
      return integer(context.connection_id);
    case From::last_insert_id:
      return integer(context.last_insert_id);
    case From::row_count:
      return integer(context.row_count);
    case From::found_rows:
      return integer(context.found_rows);
    case From::version:
      return bind_text(handle, index, context.version);
    case From::ob_version:
      return bind_text(handle, index, context.ob_version);
    case From::now:
      return integer(context.now);
    case From::now_local:
      return integer(temporal::cut(context.time_zone.to_local(context.now), slot.index));
    case From::now_utc:
      return integer(temporal::cut(context.now, slot.index));
    case From::random_seed:
      return integer(context.random_seed);
    case From::constant:
    case From::literal:
    case From::parameter:
      break;
  }
}

/// Converts a constant to the type that it is compared with. It warns once, where evaluating it for each row
/// would warn each time.
Value converted_with_warning(const Value& value, Convert convert, const QueryContext& context) {
  Value out = converted(value, convert, context.time_zone);
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return out;
  const bool moment =
      convert == Convert::datetime || convert == Convert::timestamp || convert == Convert::date;
  const bool numeric = convert == Convert::comparable_number || convert == Convert::real;
  if (moment && std::holds_alternative<std::monostate>(out))
    warn_of(context, "Incorrect datetime", *text);
  else if (moment && temporal::read_datetime_start(*text).truncated)
    warn_of(context, "Truncated incorrect datetime", *text);
  if (numeric && !number::is_whole(*text, false)) warn_of(context, "Truncated incorrect DOUBLE", *text);
  return out;
}

struct Given {
  std::span<const std::string_view> literals;
  std::span<const Value> parameters;
};

void bind_slot(CursorState& cursor, int index, const Slot& slot, const Given& given) {
  const Plan& plan = *cursor.plan;
  const QueryContext& context = *cursor.context;
  switch (slot.from) {
    case From::constant:
      if (const auto* text = std::get_if<std::string>(&slot.value);
          text != nullptr && (slot.convert == Convert::as_is || slot.convert == Convert::text)) {
        note_length(cursor, *text);
        return bind_text(cursor.handle, index, *text);
      }
      return bind_value(cursor, index, converted_with_warning(slot.value, slot.convert, context));
    case From::literal: {
      const FreeLiteral& literal = plan.free_literals[slot.index];
      const std::string_view text =
          given.literals.empty() ? std::string_view(literal.text) : given.literals[slot.index];
      if (text.empty() && plan.code->empty_is_null) return;
      return bind_value(cursor, index,
                        converted_with_warning(literal_value(literal.kind, text), slot.convert, context));
    }
    case From::parameter: {
      const Value value = slot.index < given.parameters.size() ? given.parameters[slot.index] : Value{};
      const auto* given_text = std::get_if<std::string>(&value);
      if (given_text != nullptr && given_text->empty() && plan.code->empty_is_null) return;
      return bind_value(cursor, index, converted_with_warning(value, slot.convert, context));
    }
    default:
      return bind_session_value(cursor.handle, index, slot, *cursor.context);
  }
}

Error step_error(CursorState& cursor, int code) {
  Session& session = cursor.runner->session;
  if (session.error) return *std::move(session.error);
  if (cursor.computing.refused()) return cursor.computing.memory->error();
  if (code == SQLITE_INTERRUPT || session.work.stopped())
    return session.work.verdict() == Verdict::timed_out ? error::timeout() : error::query_interrupted();
  return sqlite::error_of(code);
}

/// If a statement took more than this, memory that it leaves in SQLite's caches is freed (and if it took much
/// more, malloc returns it to the system) before the account is free for other statements: otherwise both
/// would hold it.
constexpr std::size_t kWorthReleasing = std::size_t{1} << 20U;
constexpr std::size_t kWorthTrimming = ServerMemory::kMuch;

void close(CursorState& cursor) {
  if (cursor.handle == nullptr) return;
  const sqlite::Charge charge(cursor.computing.memory);
  const std::size_t peak = cursor.computing.memory == nullptr ? 0 : cursor.computing.memory->peak();
  sqlite3_reset(cursor.handle);
  sqlite3_clear_bindings(cursor.handle);
  if (cursor.prepared != nullptr) cursor.prepared->in_use = false;
  cursor.prepared = nullptr;
  if (keeps_too_much(*cursor.runner)) evict(*cursor.runner);
  if (peak > kWorthReleasing) sqlite3_db_release_memory(cursor.runner->connection);
  if (peak > kWorthTrimming) ::malloc_trim(0);
  cursor.runner->session.context = nullptr;
  cursor.handle = nullptr;
}

}  // namespace

QueryRunner::QueryRunner(const Dictionary& dictionary, Reader& reader)
    : QueryRunner(dictionary, connection_of(reader).handle()) {}

QueryRunner::QueryRunner(const Dictionary& dictionary, sqlite3* connection)
    : state_(std::make_unique<RunnerState>()) {
  constexpr int kMostBytesOfText = 64 << 20;
  state_->connection = connection;
  register_functions(connection, state_->session);
  dictionary.each_source([&](const std::string& name, const RowSource& source) {
    register_source(connection, name, source, state_->session);
  });
  sqlite3_limit(connection, SQLITE_LIMIT_LENGTH, kMostBytesOfText);
  state_->session.connection = connection;
  choose_operations(state_->session);
}

QueryRunner::~QueryRunner() {
  state_->recent.clear();
  sqlite3_progress_handler(state_->connection, 0, nullptr, nullptr);
}

Result<Cursor> QueryRunner::open(std::shared_ptr<const Plan> plan, const QueryContext& context,
                                 std::span<const std::string_view> literals,
                                 std::span<const Value> parameters) {
  if (!literals.empty() && literals.size() != plan->free_literals.size())
    return fail(error::internal_error());
  // Whatever ends this early, want of memory too, closes the cursor, so that the session refers to no
  // context, and SQLite to no text, that doesn't exist any more.
  Cursor opened(new CursorState());
  CursorState* const cursor = opened.state_;
  cursor->runner = state_.get();
  cursor->computing.memory = context.memory;
  if (context.memory != nullptr) context.memory->begin();
  const sqlite::Charge charge(context.memory);
  if (plan->cacheable) {
    BW_TRY(cursor->prepared, find_prepared(*state_, plan, context.memory));
  }
  if (cursor->prepared == nullptr) {
    BW_TRY(cursor->own, prepare(*state_, plan, context.memory));
    cursor->prepared = cursor->own.get();
  }
  cursor->prepared->in_use = true;
  cursor->handle = cursor->prepared->statement.handle();
  cursor->context = &context;
  cursor->plan = std::move(plan);
  state_->session.context = &context;
  state_->session.error.reset();
  state_->session.work.begin(context.interrupt);
  state_->session.longest = 0;
  const auto& slots = cursor->plan->code->slots;
  cursor->texts.reserve(slots.size());
  for (std::size_t i = 0; i < slots.size(); ++i)
    bind_slot(*cursor, static_cast<int>(i + 1), slots[i], {literals, parameters});
  choose_operations(state_->session);
  if (opened.state_->computing.refused()) return fail(context.memory->error());
  return opened;
}

Result<std::optional<Value>> QueryRunner::scalar(const std::shared_ptr<const Plan>& plan,
                                                 const QueryContext& context) {
  BW_TRY(Cursor cursor, open(plan, context));
  BW_TRY(const Step step, cursor.step());
  if (step == Step::budget_spent) return std::nullopt;
  if (step != Step::row) return Value{};
  if (!plan->sleeps.empty()) {
    BW_TRY(const auto wait, cursor.seconds(0));
    return Value(std::int64_t{wait.count()});
  }
  const Cell cell = cursor.cell(0);
  switch (cell.is) {
    case Cell::Is::null:
      return Value{};
    case Cell::Is::int64:
      return Value(cell.integer);
    case Cell::Is::uint64:
      return Value(static_cast<std::uint64_t>(cell.integer));
    case Cell::Is::real:
      return Value(cell.real);
    default:
      return Value(std::string(*cursor.text(0)));
  }
}

std::string QueryRunner::explain(const Plan& plan) const {
  sqlite3_stmt* handle = nullptr;
  const std::string sql = "EXPLAIN QUERY PLAN " + plan.code->sql;
  if (sqlite3_prepare_v2(state_->connection, sql.c_str(), -1, &handle, nullptr) != SQLITE_OK)
    return sqlite3_errmsg(state_->connection);
  const sqlite::Statement statement(handle);
  std::string lines;
  while (sqlite3_step(handle) == SQLITE_ROW) lines.append(statement.text(3)).append("\n");
  return lines;
}

// ---- Cursor ----

Cursor::Cursor(CursorState* state) : state_(state) {}
Cursor::Cursor(Cursor&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
Cursor& Cursor::operator=(Cursor&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}
Cursor::~Cursor() {
  if (state_ == nullptr) return;
  close(*state_);
  delete state_;
}

const std::vector<ResultColumn>& Cursor::columns() const {
  return state_->plan->columns;
}

Result<Step> Cursor::step() {
  CursorState& s = *state_;
  if (s.finished) return Step::done;
  const sqlite::Charge charge(s.computing.memory);
  const int code = sqlite3_step(s.handle);
  const Session& session = s.runner->session;
  // If memory is refused, SQLite may go on without it, but the statement ends nevertheless.
  const bool failed = session.error || s.computing.refused();
  // After a stop within a function or a comparison the row is wrong: nobody may see it.
  const bool whole = !session.work.stopped() && !failed;
  if (code == SQLITE_ROW && whole) return Step::row;
  s.finished = true;
  if (!failed && session.work.verdict() == Verdict::budget_spent) {
    close(s);
    return Step::budget_spent;
  }
  if (code == SQLITE_DONE && whole) {
    close(s);
    return Step::done;
  }
  Error error = step_error(s, code);
  close(s);
  return fail(std::move(error));
}

namespace {

constexpr std::size_t kShortText = 1024;

// SQLite copies a bound text here, so that it ends with a zero. If there is no memory for that, the next
// step() fails.
Cell long_text(sqlite3_value* value, std::size_t size, StatementMemory* memory) {
  const sqlite::Charge charge(memory);
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
  return Cell::of(text == nullptr ? std::string_view() : std::string_view(text, size));
}

}  // namespace

// Looks up the value once, for its type, its text and its size. (The value of sqlite3_column_value() may be
// read, since the connection has no mutex.)
Cell Cursor::cell(std::size_t column) const {
  sqlite3_value* value = sqlite3_column_value(state_->handle, static_cast<int>(column));
  if (sqlite3_value_type(value) == SQLITE_NULL) return {};
  const SqlType& type = state_->plan->columns[column].type;
  switch (type.kind) {
    case Kind::integer:
      if (type.is_unsigned) return Cell::of(static_cast<std::uint64_t>(sqlite3_value_int64(value)));
      return Cell::of(std::int64_t{sqlite3_value_int64(value)});
    case Kind::real:
      return Cell::of(sqlite3_value_double(value));
    case Kind::timestamp:
      return {Cell::Is::datetime, state_->context->time_zone.to_local(sqlite3_value_int64(value)), 0, {}};
    case Kind::datetime:
      return {Cell::Is::datetime, sqlite3_value_int64(value), 0, {}};
    case Kind::date:
      return {Cell::Is::date, sqlite3_value_int64(value), 0, {}};
    case Kind::time:
      return {Cell::Is::time, sqlite3_value_int64(value), 0, {}};
    case Kind::null:
    case Kind::decimal:
    case Kind::text:
      break;
  }
  const auto size = static_cast<std::size_t>(sqlite3_value_bytes(value));
  if (size > kShortText) return long_text(value, size, state_->computing.memory);
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
  return Cell::of(text == nullptr ? std::string_view() : std::string_view(text, size));
}

Result<std::chrono::microseconds> Cursor::seconds(std::size_t column) const {
  constexpr double kMostSeconds = 31'536'000;  // a year: longer than any statement may take
  sqlite3_value* value = sqlite3_column_value(state_->handle, static_cast<int>(column));
  const double seconds = sqlite3_value_type(value) == SQLITE_NULL ? -1 : sqlite3_value_double(value);
  if (!(seconds >= 0)) return fail(error::invalid_argument("sleep"));
  return std::chrono::microseconds(static_cast<std::int64_t>(std::min(seconds, kMostSeconds) * 1e6));
}

namespace {

std::string_view fixed_real(double value, unsigned decimals, std::string& text) {
  text.resize(number::kMaxRealLength);
  text.resize(number::write_real(value, decimals, text.data()));
  return text;
}

}  // namespace

std::optional<std::string_view> Cursor::text(std::size_t column) const {
  const Cell value = cell(column);
  if (value.is == Cell::Is::text) return value.text;
  if (value.null()) return std::nullopt;
  char* const out = state_->buffer.data();
  char* const end = out + state_->buffer.size();
  const unsigned decimals = state_->plan->columns[column].type.decimals;
  switch (value.is) {
    case Cell::Is::int64:
      return std::string_view(out, std::to_chars(out, end, value.integer).ptr);
    case Cell::Is::uint64:
      return std::string_view(out, std::to_chars(out, end, static_cast<std::uint64_t>(value.integer)).ptr);
    case Cell::Is::real:
      if (decimals < kNotFixedDecimals) return fixed_real(value.real, decimals, state_->fixed_reals[column]);
      return std::string_view(out, number::write_real(value.real, out));
    case Cell::Is::datetime:
      return std::string_view(out, temporal::write_datetime(value.integer, decimals, out));
    case Cell::Is::date:
      return std::string_view(out, temporal::write_date(value.integer, out));
    default:
      return std::string_view(out, temporal::write_time(value.integer, decimals, out));
  }
}

}  // namespace breakwater::catalog
