// When backups expire by a delete policy (docs/spec/behaviour.md#clean-up).
#pragma once

#include "base/clock.h"
#include "catalog/model/entities.h"

namespace breakwater::server::execute {

/// Backups of this moment and before may go, but for the newest of them. A policy without a window keeps the newest one alone;
/// one whose window can't be read, or reaches back before all time, keeps everything: 0.
Timestamp expire_time(const catalog::DeletePolicy& policy, Timestamp now);

}  // namespace breakwater::server::execute
