#include "server/jobs/attempts.h"

#include <algorithm>
#include <utility>

namespace breakwater::server::jobs {

Timestamp micros_in(std::chrono::milliseconds time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
}

std::string cut_comment(std::string text) {
  std::size_t end = std::min(text.size(), kMaxJobComment);
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) --end;
  text.resize(end);
  return text;
}

std::string job_comment(const Error& why) {
  std::string text = why.text();
  if (!why.hint().empty()) text.append(": ").append(why.hint());
  return cut_comment(std::move(text));
}

bool is_final(const Error& why) {
  return why.is(Errc::format_file_not_exist) || why.is(Errc::format_file_not_match);
}

}  // namespace breakwater::server::jobs
