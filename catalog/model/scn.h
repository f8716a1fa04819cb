// System change numbers: moments of the catalogue.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace breakwater::catalog {

/// Nanoseconds since the epoch; one sequence for the whole catalogue, which never goes back, also across restarts and
/// steps of the clock: each one is max(clock, last + 1). 0: none.
using Scn = std::int64_t;

constexpr Scn scn_at(Timestamp time) {
  return time * 1000;
}

constexpr Scn next_scn(Scn last, Timestamp now) {
  return scn_at(now) > last ? scn_at(now) : last + 1;
}

}  // namespace breakwater::catalog
