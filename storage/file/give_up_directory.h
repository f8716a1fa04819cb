// Gives a directory up. Everything starts from the directory above it, so that the directory itself can go, and blocks: on
// the file pool.
#pragma once

#include <string>

#include "storage/destination/give_up.h"
#include "storage/file/path_rules.h"
#include "storage/pool/stop_flag.h"

namespace breakwater::storage {

/// The mark of the directory above `root`.
Result<AnchorMark> mark_above(const std::string& root, const PathRules& rules, const StopFlag& stop);

/// Carries the plan out. The format file goes last, or is replaced at once: then `gone` is set.
GivenUp give_up_directory(const std::string& root, const GiveUpPlan& plan, const PathRules& rules,
                          const StopFlag& stop);

/// After an operation that was cut short.
Result<GiveUpState> settle_give_up(const std::string& root, const GiveUpPlan& plan, const PathRules& rules,
                                   const StopFlag& stop);

}  // namespace breakwater::storage
