// Errors are values. Each one carries a row of the error table (OceanBase's number, the errno and SQLSTATE a
// client sees, the text) and, where more is known than the row's own note says, a hint.
//
// Call sites use the named constructors: error::not_supported(), error::not_supported("change archive dest").
// Without arguments the row's default text is used; with arguments its template, each {} replaced in order.
// Nothing here may be given a secret: texts go to clients and logs.
//
// Any thread may call anything in this header.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace breakwater {

/// The rows of base/error_table.inc, named.
enum class Errc : std::uint16_t {
#define BW_ERROR(name, ob_code, mysql_errno, sqlstate, text, templ) name,
#include "base/error_table.inc"
#undef BW_ERROR
};

/// One row of the table.
struct ErrorRow {
  std::string_view name;        ///< the constructor's name, e.g. "invalid_backup_dest"
  int ob_code;                  ///< OceanBase's code, negative (-9026); 0 where OceanBase has none
  std::uint16_t mysql_errno;    ///< what the ERR packet carries
  std::string_view sqlstate;    ///< five characters
  std::string_view text;        ///< used when no arguments are given
  std::string_view text_templ;  ///< used with arguments; empty if the row takes none
};

const ErrorRow& error_row(Errc code);

/// What to do about an error of this row: a sentence of base/error_notes.inc, whatever has caused it.
std::string_view error_note(Errc code);

/// Bytes. Longer texts are cut at a character's start (OceanBase's OB_MAX_ERROR_MSG_LEN as clients see it).
inline constexpr std::size_t kMaxErrorText = 512;

class Error {
 public:
  explicit Error(Errc code);
  Error(Errc code, std::initializer_list<std::string_view> args);

  /// An error with a text of its own, a syntax error for example. The text is cut to kMaxErrorText.
  static Error with_text(Errc code, std::string text);

  Errc code() const { return code_; }
  const ErrorRow& row() const { return error_row(code_); }
  int ob_code() const { return row().ob_code; }
  std::uint16_t mysql_errno() const { return row().mysql_errno; }
  std::string_view sqlstate() const { return row().sqlstate; }
  const std::string& text() const { return text_; }

  /// What is known of this one error: what to check and what to do, in the user's words. Empty: nothing. Never a secret.
  /// "Access denied" and "Error NNNN", which tools look for in a text, are written in another way.
  const std::string& hint() const { return hint_; }
  Error&& with_hint(std::string hint) &&;
  /// The hint, or what the row says. A client gets it behind the text, and SHOW WARNINGS shows it as a note.
  std::string_view note() const { return hint_.empty() ? error_note(code_) : std::string_view(hint_); }

  bool is(Errc code) const { return code_ == code; }

 private:
  Errc code_;
  std::string text_;
  std::string hint_;
};

/// An error's text and its note, as a client gets them: "text: note", at most kMaxErrorText bytes, cut at characters'
/// starts. Of a long text so much is cut that kMaxNoteKept bytes of the note are there. Takes no memory, of which an error
/// may tell that there is none.
class ErrorMessage {
 public:
  ErrorMessage(std::string_view text, std::string_view note);
  std::string_view view() const { return {bytes_.data(), size_}; }

  static constexpr std::size_t kMaxNoteKept = 160;

 private:
  void append(std::string_view text, std::size_t most);

  std::array<char, kMaxErrorText> bytes_;
  std::size_t size_ = 0;
};

/// An error as a client of an Oracle tenant sees it.
struct OracleError {
  std::uint16_t number;  ///< what the ERR packet carries: 942, or 600 where Oracle has no number of its own
  std::string_view sqlstate;
  std::string text;  ///< "ORA-00942: table or view does not exist"
};

/// The error of base/oracle_error_table.inc; for errors without a row there, ORA-00600 with OceanBase's code
/// and text (docs/spec/behaviour.md#oracle-errors). An error that OceanBase has no code for either (one of
/// MySQL's protocol) stays as it is.
OracleError oracle_error(const Error& error);

template <class T = void>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(Error error) {
  return std::unexpected<Error>(std::move(error));
}

namespace error {

/// The number of {} in a template.
constexpr std::size_t holes(std::string_view templ) {
  std::size_t count = 0;
  for (std::size_t at = templ.find("{}"); at != std::string_view::npos; at = templ.find("{}", at + 2))
    ++count;
  return count;
}

#define BW_ERROR(name, ob_code, mysql_errno, sqlstate, text, templ)  \
  inline Error name() {                                              \
    return Error(Errc::name);                                        \
  }                                                                  \
  template <class... Args>                                           \
    requires(sizeof...(Args) > 0 && holes(templ) == sizeof...(Args)) \
  Error name(const Args&... args) {                                  \
    return Error(Errc::name, {std::string_view(args)...});           \
  }
#include "base/error_table.inc"
#undef BW_ERROR
}  // namespace error

}  // namespace breakwater

#define BW_CONCAT_INNER(a, b) a##b
#define BW_CONCAT(a, b) BW_CONCAT_INNER(a, b)

/// BW_TRY(auto x, f()): x = *f(), or return f()'s error from this function. In a coroutine: BW_CO_TRY.
#define BW_TRY_IMPL(tmp, ret, decl, ...)                    \
  auto tmp = (__VA_ARGS__);                                 \
  if (!tmp) ret ::breakwater::fail(std::move(tmp).error()); \
  decl = *std::move(tmp)
#define BW_TRY(decl, ...) BW_TRY_IMPL(BW_CONCAT(bw_try_, __LINE__), return, decl, __VA_ARGS__)
#define BW_CO_TRY(decl, ...) BW_TRY_IMPL(BW_CONCAT(bw_try_, __LINE__), co_return, decl, __VA_ARGS__)

/// BW_CHECK(f()): return f()'s error from this function, if any.
#define BW_CHECK_IMPL(tmp, ret, ...) \
  if (auto tmp = (__VA_ARGS__); !tmp) ret ::breakwater::fail(std::move(tmp).error())
#define BW_CHECK(...) BW_CHECK_IMPL(BW_CONCAT(bw_check_, __LINE__), return, __VA_ARGS__)
#define BW_CO_CHECK(...) BW_CHECK_IMPL(BW_CONCAT(bw_check_, __LINE__), co_return, __VA_ARGS__)
