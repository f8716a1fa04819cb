// A flag that tells a blocking operation that nobody waits for it any more. Copies share one flag.
//
// An operation that hangs on a dead mount can't be cancelled. When the mount comes back, the operation must
// not go on writing for a statement that failed long ago. So every function that makes system calls for a
// statement takes a StopFlag and looks at it before each call.
#pragma once

#include <chrono>
#include <memory>

#include "base/error.h"

namespace breakwater::storage {

/// Any thread may call anything.
class StopFlag {
 public:
  StopFlag();

  void stop() const;
  bool stopped() const;

  /// backup_dest_not_connect (9070) if stopped.
  Result<> check() const;

  /// Waits that long or until stopped, whichever is first. Returns true if stopped.
  bool wait_for(std::chrono::milliseconds wait) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace breakwater::storage
