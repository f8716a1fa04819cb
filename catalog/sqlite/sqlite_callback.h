// Functions that SQLite calls must not throw: SQLite is C, and an exception through it would leave its
// statements, locks and cursors half changed. So every function that is registered with it is registered as
// guarded<function>.
#pragma once

#include <new>

#include <sqlite3.h>

namespace breakwater::catalog::sqlite {

template <auto function>
struct Guarded;

/// A method of a virtual table: it returns SQLITE_NOMEM for std::bad_alloc.
template <class... Args, int (*function)(Args...)>
struct Guarded<function> {
  static int call(Args... args) noexcept {
    try {
      return function(args...);
    } catch (const std::bad_alloc&) {
      return SQLITE_NOMEM;
    } catch (...) {
      return SQLITE_ERROR;
    }
  }
};

/// An SQL function, or a step of one: the statement fails.
template <class... Args, void (*function)(sqlite3_context*, Args...)>
struct Guarded<function> {
  static void call(sqlite3_context* context, Args... args) noexcept {
    try {
      function(context, args...);
    } catch (const std::bad_alloc&) {
      sqlite3_result_error_nomem(context);
    } catch (...) {
      sqlite3_result_error_code(context, SQLITE_ERROR);
    }
  }
};

template <auto function>
inline constexpr auto* guarded = &Guarded<function>::call;

}  // namespace breakwater::catalog::sqlite
