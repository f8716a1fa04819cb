#include "base/error.h"

#include <array>

namespace breakwater {
namespace {

constexpr std::array kRows = {
#define BW_ERROR(name, ob_code, mysql_errno, sqlstate, text, templ) \
  ErrorRow{#name, ob_code, mysql_errno, sqlstate, text, templ},
#include "base/error_table.inc"
#undef BW_ERROR
};

// Cuts at kMaxErrorText, never inside a UTF-8 character.
std::string cut(std::string text) {
  if (text.size() <= kMaxErrorText) return text;
  std::size_t end = kMaxErrorText;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  text.resize(end);
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

Error::Error(Errc code) : code_(code), text_(error_row(code).text) {}

Error::Error(Errc code, std::initializer_list<std::string_view> args)
    : code_(code), text_(cut(fill_in(error_row(code).text_templ, args))) {}

Error Error::with_text(Errc code, std::string text) {
  Error error(code);
  error.text_ = cut(std::move(text));
  return error;
}

Error&& Error::with_hint(std::string hint) && {
  hint_ = std::move(hint);
  return std::move(*this);
}

}  // namespace breakwater
