#include "catalog/values/search.h"

#include <algorithm>

namespace breakwater::catalog {

Search::Search(std::string_view text, std::string_view needle, std::size_t from, Work& work)
    : text_(text),
      needle_(needle),
      work_(work),
      size_(static_cast<std::ptrdiff_t>(needle.size())),
      at_(static_cast<std::ptrdiff_t>(from)) {
  if (size_ == 0 || needle.size() > text.size()) return;
  const Suffix by_order = greatest_suffix(false);
  const Suffix by_reverse = greatest_suffix(true);
  const Suffix& chosen = by_order.before > by_reverse.before ? by_order : by_reverse;
  cut_ = chosen.before;
  const auto left = static_cast<std::size_t>(cut_ + 1);
  const auto period = static_cast<std::size_t>(chosen.period);
  periodic_ = needle.substr(0, left) == needle.substr(period, left);
  shift_ = periodic_ ? chosen.period : std::max(cut_ + 1, size_ - cut_ - 1) + 1;
}

/// The suffix that is greatest in the order of bytes, or in its reverse.
Search::Suffix Search::greatest_suffix(bool reversed) {
  std::ptrdiff_t before = kNothing;
  std::ptrdiff_t tried = 0;
  std::ptrdiff_t k = 1;
  std::ptrdiff_t period = 1;
  while (tried + k < size_ && work_.walk(1)) {
    const auto a = static_cast<unsigned char>(needle(tried + k));
    const auto b = static_cast<unsigned char>(needle(before + k));
    if (a == b && k != period) {
      ++k;
    } else if (a == b) {
      tried += period;
      k = 1;
    } else if ((a < b) != reversed) {
      tried += k;
      k = 1;
      period = tried - before;
    } else {
      before = tried++;
      k = period = 1;
    }
  }
  return {before, period};
}

std::size_t Search::next() {
  const auto last = static_cast<std::ptrdiff_t>(text_.size()) - size_;
  while (at_ <= last) {
    const std::ptrdiff_t from = std::max(cut_, matched_) + 1;
    std::ptrdiff_t i = from;
    while (i < size_ && is_same(i)) ++i;
    if (!work_.walk(static_cast<std::size_t>(i - from + 1))) return kNone;
    if (i < size_) {
      at_ += i - cut_;
      matched_ = kNothing;
      continue;
    }
    i = cut_;
    while (i > matched_ && is_same(i)) --i;
    if (!work_.walk(static_cast<std::size_t>(cut_ - std::min(i, cut_) + 1))) return kNone;
    const bool found = i <= matched_;
    const std::ptrdiff_t here = at_;
    at_ += shift_;
    if (periodic_) matched_ = size_ - shift_ - 1;
    if (found) return static_cast<std::size_t>(here);
  }
  return kNone;
}

std::size_t find_bytes(std::string_view text, std::string_view needle, std::size_t from, Work& work) {
  return from > text.size() ? Search::kNone : Search(text, needle, from, work).next();
}

}  // namespace breakwater::catalog
