// Times in names, as OceanBase writes them.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"

namespace breakwater::storage {

/// "20230111T193020": local time, to the second.
std::string local_time_stamp(Timestamp now);
/// Whether `text` may be such a time.
bool is_time_stamp(std::string_view text);

}  // namespace breakwater::storage
