// Keeps connections alive between operations. Each io_context has a pool of its own, so that no lock is
// needed and a connection never changes its thread. The pool ends with its io_context.
//
// An idle connection is closed after kIdleLife. Until then it keeps io_context::run() from returning; call
// clear() to end that.
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
  static constexpr std::size_t kMaxIdle = 8;  ///< connections to one origin
  static constexpr std::size_t kMaxIdleOfAll = 64;
  static constexpr std::chrono::seconds kIdleLife{30};

  virtual ~HttpPool() = default;

  /// The pool of the executor's io_context. Call it, and everything else here, on that io_context's thread.
  static HttpPool& of(const Executor& executor);

  /// A live connection to the origin whose address the rules allow (they may have changed), or null.
  virtual std::unique_ptr<HttpConnection> take(const Origin& origin, const NetworkRules& rules) = 0;

  /// Keeps the connection if it can be used again and there is room.
  virtual void give(const Origin& origin, std::unique_ptr<HttpConnection> connection) = 0;

  virtual void clear() = 0;
};

}  // namespace breakwater::storage
