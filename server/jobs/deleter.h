// What the clean-up does outside: an interface, so that tests can let it fail. The server's own is medium_deleter.h.
#pragma once

#include "base/error.h"
#include "base/task.h"
#include "catalog/store/deletions.h"
#include "storage/pool/cancellation.h"

namespace breakwater::server::jobs {

/// Coroutines of the runner's thread; they end by their cancellation, or by deadlines of their own. An error: nobody knows (the
/// store fails, the catalogue can't be read), or the place isn't the tenant's (9080, 9081); then what has gone has gone, and the
/// same again takes up the rest.
class Deleter {
 public:
  virtual ~Deleter() = default;

  /// The destination answers, and is the tenant's.
  virtual Task<Result<>> prove(const catalog::DestinationKey& destination,
                               storage::Cancellation& cancellation) = 0;
  /// Removes what the task's set or piece has at its destination, as the destination's delete_mode says. What isn't as it was
  /// written is somebody else's: a verdict, and nothing is touched.
  virtual Task<Result<catalog::DeletionVerdict>> remove(const catalog::DeletionTask& task,
                                                        storage::Cancellation& cancellation) = 0;
};

}  // namespace breakwater::server::jobs
