// How long an operation of this room may take, and what ends it early.
#pragma once

#include <functional>
#include <list>
#include <optional>

#include "base/clock.h"
#include "base/error.h"
#include "base/task.h"

namespace breakwater::storage {

/// Ends what runs for one statement, soon and with the error given: one for each statement, handed to all its
/// operations. Everything happens on the thread of the coroutine that runs the operations.
class Cancellation {
 public:
  Cancellation() = default;
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;

  /// The first wins. Operations begun later fail with `why` at once.
  void cancel(Error why);
  bool cancelled() const { return why_.has_value(); }
  /// cancelled() only.
  const Error& why() const { return *why_; }

  /// While it lives, cancel() calls `wake`, which must only end a wait (close a socket, cancel a timer).
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

/// How long an operation may take, and what ends it early.
struct Call {
  Deadline deadline{};                   ///< retries included
  Cancellation* cancellation = nullptr;  ///< may be none

  /// Then cancellation->why() says why.
  bool cancelled() const { return cancellation != nullptr && cancellation->cancelled(); }
};

/// Waits until `until`, the call's deadline or its cancellation, whichever is first.
Task<> sleep_until(Deadline until, const Call& call);

}  // namespace breakwater::storage
