// Connections kept alive between operations: for each io_context a pool of its own, so that nothing is locked
// and a connection never changes its thread. The pool ends with its io_context.
//
// An idle connection is closed after kIdleLife; until then it keeps io_context::run() from returning. Who
// waits for that calls clear().
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "base/task.h"

namespace breakwater::storage {

class HttpConnection;
struct NetworkRules;
struct Origin;

class HttpPool {
 public:
  static constexpr std::size_t kMaxIdle = 8;  ///< of one origin
  static constexpr std::size_t kMaxIdleOfAll = 64;
  static constexpr std::chrono::seconds kIdleLife{30};

  virtual ~HttpPool() = default;

  /// The pool of that executor's io_context. On its thread, as all else here.
  static HttpPool& of(const Executor& executor);

  /// A live connection to that origin whose address the rules allow (they may have changed), or none.
  virtual std::unique_ptr<HttpConnection> take(const Origin& origin, const NetworkRules& rules) = 0;

  /// Keeps it if it can be used again and there is room.
  virtual void give(const Origin& origin, std::unique_ptr<HttpConnection> connection) = 0;

  virtual void clear() = 0;
};

}  // namespace breakwater::storage
