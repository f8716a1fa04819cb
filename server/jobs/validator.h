// What VALIDATE does outside: an interface, so that tests can let it fail. The server's own is medium_validator.h.
#pragma once

#include "base/error.h"
#include "base/task.h"
#include "catalog/store/validations.h"
#include "storage/pool/cancellation.h"

namespace breakwater::server::jobs {

class Validator {
 public:
  virtual ~Validator() = default;

  /// Whether the task's set or piece is at its destination as it was written. A coroutine of the runner's thread; ends by its
  /// cancellation, or by deadlines of its own. An error: nobody knows (the store fails, the catalogue can't be read); what is
  /// missing, damaged or somebody else's is a verdict.
  virtual Task<Result<catalog::ValidationVerdict>> check(const catalog::ValidationTask& task, bool physical,
                                                         storage::Cancellation& cancellation) = 0;
};

}  // namespace breakwater::server::jobs
