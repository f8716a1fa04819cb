// Parts of one operation that don't depend on each other, side by side on the operation's thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "base/task.h"
#include "storage/pool/cancellation.h"

namespace breakwater::storage {

/// The parts have an order, whatever order they end in. After one that fails, those behind it don't count any
/// more: they may end by themselves for `grace`, then they are cancelled. Those before it go on, since one of
/// them may still be the first that fails. Use it on the thread of the coroutine that awaits run().
class SideBySide {
 public:
  /// Returns whether it succeeded. The Call is the whole operation's deadline, and a cancellation of the
  /// part's own, by which the whole operation's reaches it too.
  using Part = std::move_only_function<Task<bool>(Call)>;

  explicit SideBySide(const Call& call, std::chrono::milliseconds grace = {});
  ~SideBySide();
  SideBySide(const SideBySide&) = delete;
  SideBySide& operator=(const SideBySide&) = delete;

  void add(Part part);
  /// One that isn't waited for: it is cancelled when the others have ended.
  void add_spare(Part part);

  /// Begins all of them, the last first, and waits until all have ended. Throws what one of them threw.
  Task<> run();

 private:
  struct Shared;
  struct Entry;

  static Task<> run_part(std::shared_ptr<Shared> shared, std::size_t number);
  void begin_all(const std::shared_ptr<Shared>& shared);

  const Call call_;
  const std::chrono::milliseconds grace_;
  std::vector<std::unique_ptr<Entry>> entries_;
};

}  // namespace breakwater::storage
