// Proves that a destination can do what a backup needs, one row for each check, leaving nothing behind.
// For `breakwater check URI`.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "storage/allow.h"
#include "storage/stop_flag.h"
#include "storage/uri.h"

namespace breakwater::storage {

struct CheckRow {
  std::string name;  ///< "create-only write"
  bool ok = false;
  double milliseconds = 0;  ///< how long it took
  std::string seen;         ///< what was found: "ext4, 81 GiB free"
  std::string hint;         ///< what to do if not ok, or what to look at if it is
};

/// Blocks: run it on the file pool. The checks go on behind a failure as long as they make sense; those that
/// don't are left out. Object stores give one row that isn't ok: this build proves file systems only.
std::vector<CheckRow> prove(const Destination& destination, const PathRules& rules, const Entropy& entropy,
                            const StopFlag& stop);

bool all_ok(const std::vector<CheckRow>& rows);

}  // namespace breakwater::storage
