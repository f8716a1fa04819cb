// Counts SQLite's memory in the accounts of statements: pages, sorters, temporary tables, values and
// programs.
#pragma once

#include <utility>

#include "base/memory_account.h"

namespace breakwater::catalog::sqlite {

/// Gives SQLite our allocator. Call it before the first connection is opened; later calls do nothing. Any
/// thread.
void count_memory();

namespace detail {
extern thread_local StatementMemory* charged;
}

/// While it exists, the memory that SQLite takes and frees on this thread is counted in `memory` (null:
/// nowhere), and an allocation that the account refuses fails with SQLITE_NOMEM. A commit must not fail
/// because of a statement's memory, so none runs while a Charge exists.
class Charge {
 public:
  explicit Charge(StatementMemory* memory) : before_(std::exchange(detail::charged, memory)) {}
  ~Charge() { detail::charged = before_; }
  Charge(const Charge&) = delete;
  Charge& operator=(const Charge&) = delete;

 private:
  StatementMemory* before_;
};

}  // namespace breakwater::catalog::sqlite
