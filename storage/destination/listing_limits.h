// What bounds a whole listing, whatever a store answers: one that lies may never come to an end.
#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "storage/destination/medium.h"

namespace breakwater::storage {

/// Of one listing, from its first page to its last. What is done to its objects in between takes none of its time, which is
/// steady time of the system.
class ListingLimits {
 public:
  static constexpr std::chrono::minutes kLongest{10};
  static constexpr std::size_t kMostPages = 100'000;  ///< 100 million objects
  static constexpr std::size_t kMostEmptyPages =
      64;  ///< one after the other: a versioned bucket may have some

  /// For the next page: not beyond the listing's time.
  Call within(Call call);
  /// Of each page as it comes. timeout (4012): the time is over; size_overflow (4019): too many pages; io_error (4009): the store
  /// gives one page without objects after the other.
  Result<> take(const Medium::Page& page);

 private:
  Deadline began_{};  ///< the page
  Deadline::duration spent_{};
  std::size_t pages_ = 0;
  std::size_t empty_ = 0;
};

}  // namespace breakwater::storage
