#include "base/error.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace breakwater {
namespace {

constexpr std::array kRows = {
#define BW_ERROR(name, ob_code, mysql_errno, sqlstate, text, templ) \
  ErrorRow{#name, ob_code, mysql_errno, sqlstate, text, templ},
#include "base/error_table.inc"
#undef BW_ERROR
};

constexpr std::size_t kLongestNote = 160;

constexpr auto kNotes = [] {
  std::array<std::string_view, kRows.size()> notes{};
#define BW_NOTE(name, text) notes[static_cast<std::size_t>(Errc::name)] = text;
#include "base/error_notes.inc"
#undef BW_NOTE
  return notes;
}();
static_assert(std::ranges::all_of(kNotes,
                                  [](std::string_view note) {
                                    return !note.empty() && note.size() <= kLongestNote;
                                  }),
              "each row of base/error_table.inc has a note in base/error_notes.inc");

std::string cut(std::string text) {
  text.resize(whole_characters(text, kMaxErrorText).size());
  return text;
}

std::string fill_in(std::string_view templ, std::initializer_list<std::string_view> args) {
  std::string text;
  const auto* arg = args.begin();
  while (true) {
    const std::size_t hole = templ.find("{}");
    text.append(templ.substr(0, hole));
    if (hole == std::string_view::npos) return text;
    if (arg != args.end()) text.append(*arg++);
    templ.remove_prefix(hole + 2);
  }
}

}  // namespace

const ErrorRow& error_row(Errc code) {
  return kRows[static_cast<std::size_t>(code)];
}

std::string_view error_note(Errc code) {
  return kNotes[static_cast<std::size_t>(code)];
}

Error::Error(Errc code) : code_(code), text_(error_row(code).text) {}

Error::Error(Errc code, std::initializer_list<std::string_view> args)
    : code_(code), text_(cut(fill_in(error_row(code).text_templ, args))) {}

Error Error::with_text(Errc code, std::string text) {
  Error error(code);
  error.text_ = cut(std::move(text));
  return error;
}

namespace {

struct OracleRow {
  Errc code;
  std::uint16_t number;
  std::string_view text;
  std::string_view start;
};
constexpr OracleRow kOracleRows[] = {
#define BW_ORACLE(name, number, text, start) {Errc::name, number, text, start},
#include "base/oracle_error_table.inc"
#undef BW_ORACLE
};

constexpr std::uint16_t kInternalNumber = 600;

std::string with_prefix(std::uint16_t number, std::string_view text) {
  std::string digits = std::to_string(number);
  digits.insert(0, 5 - digits.size(), '0');
  return cut("ORA-" + digits + ": " + std::string(text));
}

std::string own_text(const OracleRow& row, const Error& error) {
  if (row.text.empty()) return error.text();
  if (row.start.empty()) return std::string(row.text);
  const std::string_view rest = error.text();
  return std::string(row.text) +
         std::string(rest.starts_with(row.start) ? rest.substr(row.start.size()) : "");
}

}  // namespace

OracleError oracle_error(const Error& error) {
  for (const OracleRow& row : kOracleRows) {
    if (error.is(row.code))
      return {row.number, error.sqlstate(), with_prefix(row.number, own_text(row, error))};
  }
  if (error.ob_code() == 0) return {error.mysql_errno(), error.sqlstate(), error.text()};
  return {kInternalNumber, error.sqlstate(),
          with_prefix(kInternalNumber, "internal error code, arguments: " + std::to_string(error.ob_code()) +
                                           ", " + error.text())};
}

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Also words of a store, which says AccessDenied's text: a tool that reads an error must not take them for the error.
void write_otherwise(std::string& hint) {
  constexpr std::string_view kDenied = "access denied";
  constexpr std::string_view kError = "error ";
  for (std::size_t at = 0; at < hint.size(); ++at) {
    const std::string_view rest = std::string_view(hint).substr(at);
    if (iequals(rest.substr(0, kDenied.size()), kDenied)) {
      hint.replace(at + kDenied.size() - 6, 6, "refused");
    } else if (iequals(rest.substr(0, kError.size()), kError) && rest.size() > kError.size() &&
               is_digit(rest[kError.size()])) {
      hint.replace(at + kError.size() - 1, 1, " number ");
    }
  }
}

}  // namespace

Error&& Error::with_hint(std::string hint) && {
  hint_ = std::move(hint);
  write_otherwise(hint_);
  return std::move(*this);
}

ErrorMessage::ErrorMessage(std::string_view text, std::string_view note) {
  constexpr std::string_view kBetween = ": ";
  append(text, kMaxErrorText - kBetween.size() - std::min(note.size(), kMaxNoteKept));
  append(kBetween, kBetween.size());
  append(note, kMaxErrorText);
}

void ErrorMessage::append(std::string_view text, std::size_t most) {
  const std::string_view part = whole_characters(text, std::min(most, bytes_.size() - size_));
  std::ranges::copy(part, bytes_.begin() + static_cast<std::ptrdiff_t>(size_));
  size_ += part.size();
}

}  // namespace breakwater
