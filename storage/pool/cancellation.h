// The deadline of an operation of this room, and its cancellation.
#pragma once

#include <functional>
#include <list>
#include <optional>

#include "base/clock.h"
#include "base/error.h"
#include "base/task.h"

namespace breakwater::storage {

/// Ends all operations of one statement early, with the error that cancel() is given. Each statement has one
/// and passes it to all its operations. Use it only on the thread of the coroutine that runs the operations.
class Cancellation {
 public:
  Cancellation() = default;
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;

  /// Only the first call counts. Operations that begin later fail with `why` at once.
  void cancel(Error why);
  bool cancelled() const { return why_.has_value(); }
  /// Only if cancelled().
  const Error& why() const { return *why_; }

  /// While it exists, cancel() calls `wake`, which may only end a wait (close a socket, cancel a timer).
  class Watch {
   public:
    Watch(Cancellation* cancellation, std::function<void()> wake);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    Cancellation* cancellation_;
    std::list<std::function<void()>>::iterator place_{};
  };

 private:
  std::optional<Error> why_;
  std::list<std::function<void()>> watches_;
};

/// How long an operation may take, and what may end it early.
struct Call {
  Deadline deadline{};                   ///< for all retries together
  Cancellation* cancellation = nullptr;  ///< may be null

  /// If true, cancellation->why() is the reason.
  bool cancelled() const { return cancellation != nullptr && cancellation->cancelled(); }
};

/// Waits until `until`, the call's deadline or its cancellation, whichever is first.
Task<> sleep_until(Deadline until, const Call& call);

}  // namespace breakwater::storage
