// Keeps connections alive between operations. Each io_context has a pool of its own, so that no lock is
// needed and a connection never changes its thread. The pool ends with its io_context.
//
// An idle connection is closed after kIdleLife, those beyond kMaxKept after kSpareLife. Until then it keeps
// io_context::run() from returning; call clear() to end that.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "base/task.h"
#include "storage/pool/cancellation.h"

namespace breakwater::storage {

class HttpConnection;
struct NetworkRules;
struct Origin;

class HttpPool {
 public:
  static constexpr std::size_t kMaxBusy = 128;  ///< connections to one origin that are in use
  static constexpr std::size_t kMaxIdle = 128;  ///< connections to one origin that are kept,
  static constexpr std::size_t kMaxKept = 8;    ///< and so many of them for long
  static constexpr std::size_t kMaxIdleOfAll = 256;
  static constexpr std::chrono::seconds kIdleLife{30};
  static constexpr std::chrono::seconds kSpareLife{2};

  virtual ~HttpPool() = default;

  /// The right to use one connection to an origin, until it is destroyed.
  class Place {
   public:
    explicit Place(std::function<void()> leave) : leave_(std::move(leave)) {}
    Place(Place&& other) noexcept : leave_(std::exchange(other.leave_, nullptr)) {}
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (leave_) leave_();
    }

   private:
    std::function<void()> leave_;
  };

  /// The pool of the executor's io_context. Call it, and everything else here, on that io_context's thread.
  static HttpPool& of(const Executor& executor);

  /// Waits until fewer than kMaxBusy connections to the origin are in use; who comes first is served first.
  /// Nullopt if the call's deadline or its cancellation came first.
  virtual Task<std::optional<Place>> enter(const Origin& origin, const Call& call) = 0;

  /// How many connections to the origin are idle.
  virtual std::size_t idle(const Origin& origin) const = 0;

  /// A live connection to the origin whose address the rules allow (they may have changed), or null.
  virtual std::unique_ptr<HttpConnection> take(const Origin& origin, const NetworkRules& rules) = 0;

  /// Keeps the connection if it can be used again and there is room.
  virtual void give(const Origin& origin, std::unique_ptr<HttpConnection> connection) = 0;

  virtual void clear() = 0;
};

}  // namespace breakwater::storage
