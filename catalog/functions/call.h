// What the code of a function is given when SQLite calls it, and how SQLite is told of all of them. Their table is in
// function_row.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include "base/error.h"
#include "catalog/functions/context.h"
#include "catalog/functions/function_row.h"
#include "catalog/values/sql_type.h"
#include "catalog/values/work.h"

namespace breakwater::catalog {

/// What the functions of one connection share: the open statement's context and the error one of them met.
struct Session {
  const QueryContext* context = nullptr;
  std::optional<Error> error;
  sqlite3* connection = nullptr;
  std::size_t longest = 0;        ///< of the texts that SQLite copies about, in bytes
  int operations = 0;             ///< of SQLite between two looks at the Interrupt; 0: none yet
  std::shared_ptr<void> regexps;  ///< functions_regexp.cpp's compiled patterns
  Work work;                      ///< what it has walked, and whether it was told to stop
};

class Output;

/// One call: its arguments and its result. Values have the form their type has in SQLite: INTEGER for
/// integers and everything temporal, REAL for doubles, TEXT for texts and decimals. The texts it reads and
/// gives are counted here; who walks one more than once, or slowly, counts by work() too.
class Call {
 public:
  /// `name`: what a client is told of a result that is too long.
  Call(sqlite3_context* context, std::span<sqlite3_value*> args, Session& session, const char* name,
       Collation collation = Collation::general_ci)
      : context_(context), args_(args), session_(session), name_(name), collation_(collation) {}
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  /// Whatever was given is replaced by an error when the statement was told to stop.
  ~Call() {
    if (!session_.work.walk(kBytesOfCall)) sqlite3_result_error_code(context_, SQLITE_INTERRUPT);
  }

  std::size_t size() const { return args_.size(); }
  bool null(std::size_t i) const { return sqlite3_value_type(args_[i]) == SQLITE_NULL; }
  bool is_integer(std::size_t i) const { return sqlite3_value_type(args_[i]) == SQLITE_INTEGER; }
  bool is_real(std::size_t i) const { return sqlite3_value_type(args_[i]) == SQLITE_FLOAT; }
  std::int64_t integer(std::size_t i) const { return sqlite3_value_int64(args_[i]); }
  double real(std::size_t i) const { return sqlite3_value_double(args_[i]); }
  std::string_view text(std::size_t i) const {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_value_text(args_[i]));
    if (bytes == nullptr) return {};
    const auto size = static_cast<std::size_t>(sqlite3_value_bytes(args_[i]));
    session_.work.count(size);
    return {bytes, size};
  }
  /// Whoever takes it copies it.
  sqlite3_value* raw(std::size_t i) const {
    count_text(i);
    return args_[i];
  }
  sqlite3_context* sqlite() const { return context_; }
  /// Of its texts taken together, for a row that collates.
  Collation collation() const { return collation_; }

  const QueryContext& context() const { return *session_.context; }
  Session& session() { return session_; }
  Work& work() { return session_.work; }

  void give_null() { sqlite3_result_null(context_); }
  void give(std::int64_t value) { sqlite3_result_int64(context_, value); }
  void give(bool value) { sqlite3_result_int64(context_, value ? 1 : 0); }
  void give(std::uint64_t value) { sqlite3_result_int64(context_, static_cast<std::int64_t>(value)); }
  void give(double value) { sqlite3_result_double(context_, value); }
  /// NULL with a warning when it is longer than a computed text may be.
  void give(std::string_view value) {
    if (fits(value.size())) give_whole(value);
  }
  void give(const std::string& value) { give(std::string_view(value)); }
  void give(const char* value) { give(std::string_view(value)); }
  void give(const Value& value);
  void give(Output&& output);
  /// A text that a client sent or the server knows, however long.
  void give_whole(std::string_view value) {
    session_.work.count(value.size());
    if (value.size() > session_.longest) session_.longest = value.size();
    sqlite3_result_text64(context_, value.data(), value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  }
  template <class T>
  void give(const std::optional<T>& value) {
    value ? give(*value) : give_null();
  }
  void give_argument(std::size_t i) {
    count_text(i);
    sqlite3_result_value(context_, args_[i]);
  }

  std::size_t most_bytes() const { return context().max_text_bytes; }
  /// False, and NULL given with a warning, when a text of this size is longer than a computed one may be.
  bool fits(std::size_t bytes) {
    if (bytes <= most_bytes()) return true;
    refuse_length();
    return false;
  }
  /// Ends the statement because the session's Interrupt said so.
  void stop(Verdict verdict);
  /// Ends the statement with this error.
  void fail(Error error);

 private:
  /// What a call counts for beside its texts.
  static constexpr std::size_t kBytesOfCall = 16;
  void refuse_length();
  void count_text(std::size_t i) const {
    if (sqlite3_value_type(args_[i]) == SQLITE_TEXT)
      session_.work.count(static_cast<std::size_t>(sqlite3_value_bytes(args_[i])));
  }

  sqlite3_context* context_;
  std::span<sqlite3_value*> args_;
  Session& session_;
  const char* name_;
  Collation collation_;
};

/// A text that a function puts together: it stops growing where a computed text ends.
class Output {
 public:
  explicit Output(Call& call) : work_(call.work()), most_(call.most_bytes()) {}
  /// False: leave off, it has become too long or the statement was told to stop.
  bool add(std::string_view part) {
    if (part.size() > most_ - text_.size()) too_long_ = true;
    if (too_long_ || !work_.walk(part.size())) return false;
    text_.append(part);
    return true;
  }
  bool add(char byte) { return add(std::string_view(&byte, 1)); }
  bool too_long() const { return too_long_; }
  std::string_view text() const { return text_; }

 private:
  Work& work_;
  std::size_t most_;
  std::string text_;
  bool too_long_ = false;
};

/// ER_TRUNCATED_WRONG_VALUE: what it is ("Incorrect datetime") and the start of the value.
void warn_of(const QueryContext& context, std::string_view what, std::string_view value);
/// ER_INVALID_CHARACTER_STRING
void warn_of_characters(const QueryContext& context, std::string_view charset);
/// ER_WARN_DATA_OUT_OF_RANGE
void warn_out_of_range(const QueryContext& context, std::string_view column);
/// ER_DATETIME_FUNCTION_OVERFLOW
void warn_of_overflow(const QueryContext& context);

/// ER_CUT_VALUE_GROUP_CONCAT: at that row of its group, from 1.
void warn_of_cut(const QueryContext& context, std::size_t row);

/// Aggregates that SQLite lacks or has otherwise: bw_sum, bw_avg (of decimals), bw_variance and its kin,
/// bw_bit_and ..., bw_group_concat, bw_only (of a scalar sub-query), bw_any.
void register_aggregates(sqlite3* connection, Session& session);

/// Every row that has code, the aggregates and the collations, on a connection. `session` outlives the connection's use.
void register_functions(sqlite3* connection, Session& session);

}  // namespace breakwater::catalog
