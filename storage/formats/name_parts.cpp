#include "storage/formats/name_parts.h"

#include <charconv>

#include "storage/formats/time_name.h"

namespace breakwater::storage {

bool NameParts::take(std::string_view literal) {
  if (failed_ || !rest_.starts_with(literal)) return false;
  rest_.remove_prefix(literal.size());
  return true;
}

std::int64_t NameParts::number() {
  std::int64_t value = 0;
  const auto [end, code] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
  failed_ = failed_ || code != std::errc() || value < 1 || rest_.front() == '0';
  if (failed_) return 0;
  rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
  return value;
}

bool NameParts::time() {
  constexpr std::size_t kSize = 15;
  failed_ = failed_ || !is_time_stamp(rest_.substr(0, kSize));
  if (!failed_) rest_.remove_prefix(kSize);
  return !failed_;
}

}  // namespace breakwater::storage
