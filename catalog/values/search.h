// Finds a text in another one in linear time, whatever the texts are: the two-way algorithm of Crochemore and
// Perrin (1991). It needs no memory besides the two texts, and finds hits that overlap.
#pragma once

#include <cstddef>
#include <string_view>

#include "catalog/values/work.h"

namespace breakwater::catalog {

/// Looks for `needle` in `text`, byte for byte, from left to right. Both must outlive it.
class Search {
 public:
  static constexpr std::size_t kNone = std::string_view::npos;

  Search(std::string_view text, std::string_view needle, std::size_t from, Work& work);

  /// The position of the next hit; kNone if there is none left or the work was stopped. An empty needle is
  /// found everywhere.
  std::size_t next();
  /// Continues at `from`, which must not be before the last hit.
  void go_on_at(std::size_t from) {
    at_ = static_cast<std::ptrdiff_t>(from);
    matched_ = kNothing;
  }

 private:
  static constexpr std::ptrdiff_t kNothing = -1;
  struct Suffix {
    std::ptrdiff_t before;  ///< the position before it
    std::ptrdiff_t period;
  };
  Suffix greatest_suffix(bool reversed);
  char needle(std::ptrdiff_t i) const { return needle_[static_cast<std::size_t>(i)]; }
  bool is_same(std::ptrdiff_t i) const { return needle(i) == text_[static_cast<std::size_t>(at_ + i)]; }

  std::string_view text_;
  std::string_view needle_;
  Work& work_;
  std::ptrdiff_t size_;  ///< of the needle
  std::ptrdiff_t at_;    ///< the position in the text where the needle is tried next
  /// The needle is compared from after this position to its end, then the part before.
  std::ptrdiff_t cut_ = kNothing;
  std::ptrdiff_t shift_ = 1;           ///< to the next position if the whole right part matched
  bool periodic_ = false;              ///< `shift_` is the needle's period
  std::ptrdiff_t matched_ = kNothing;  ///< the needle is known to match up to here
};

/// The first position of `needle` in `text` at or after `from`, or Search::kNone.
std::size_t find_bytes(std::string_view text, std::string_view needle, std::size_t from, Work& work);

}  // namespace breakwater::catalog
