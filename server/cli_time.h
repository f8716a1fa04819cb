// Times as commands show them.
#pragma once

#include <string>

#include "base/clock.h"

namespace breakwater::cli {

/// In UTC, to the second: "2023-01-11 19:30:20 UTC".
std::string time_text(Timestamp timestamp);
/// ISO 8601, for programs: "2023-01-11T19:30:20Z".
std::string iso_time_text(Timestamp timestamp);

}  // namespace breakwater::cli
