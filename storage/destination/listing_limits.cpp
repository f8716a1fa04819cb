#include "storage/destination/listing_limits.h"

#include <algorithm>

namespace breakwater::storage {

Call ListingLimits::within(Call call) {
  began_ = std::chrono::steady_clock::now();
  call.deadline = std::min(call.deadline, began_ + (kLongest - spent_));
  return call;
}

Result<> ListingLimits::take(const Medium::Page& page) {
  spent_ += std::chrono::steady_clock::now() - began_;
  empty_ = page.entries.empty() ? empty_ + 1 : 0;
  if (page.next.empty()) return {};
  if (empty_ > kMostEmptyPages)
    return fail(error::io_error().with_hint(
        "a list of the destination's objects has page after page without objects"));
  if (++pages_ > kMostPages)
    return fail(error::size_overflow().with_hint("the destination holds more objects than are looked at"));
  if (spent_ < kLongest) return {};
  return fail(error::timeout().with_hint("the destination's objects couldn't be listed in time"));
}

}  // namespace breakwater::storage
