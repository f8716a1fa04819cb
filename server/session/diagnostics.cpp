#include "server/session/diagnostics.h"

namespace breakwater::server::session {

void Diagnostics::begin(bool keeps) {
  of_statement_ = 0;
  if (!keeps) clear();
}

void Diagnostics::clear() {
  list_.clear();
  bytes_ = 0;
  errors_ = 0;
  total_ = 0;
}

void Diagnostics::add(const Error& error) {
  add(WarningLevel::error, error.mysql_errno(), error.text());
  note(std::string(error.note()));
}

void Diagnostics::add(const OracleError& error, std::string_view what_to_do) {
  add(WarningLevel::error, error.number, error.text);
  note(std::string(what_to_do));
}

void Diagnostics::add(WarningLevel level, std::uint16_t code, std::string text) {
  ++total_;
  if (of_statement_ < UINT16_MAX) ++of_statement_;
  if (level == WarningLevel::error) ++errors_;
  if (list_.size() >= kMaxWarnings || text.size() > kMaxWarningBytes - bytes_) return;
  bytes_ += text.size();
  list_.push_back({level, code, std::move(text)});
}

std::string_view level_name(WarningLevel level) {
  switch (level) {
    case WarningLevel::note:
      return "Note";
    case WarningLevel::warning:
      return "Warning";
    case WarningLevel::error:
      return "Error";
  }
  return "Error";
}

}  // namespace breakwater::server::session
