// SQLite's memory on the accounts of statements: its pages, sorters, temporary tables, values and programs.
#pragma once

#include <utility>

#include "base/memory_account.h"

namespace breakwater::catalog::sqlite {

/// Gives SQLite its allocator. Before the first connection is opened; later calls do nothing. Any thread.
void count_memory();

namespace detail {
extern thread_local StatementMemory* charged;
}

/// While it lives, what SQLite takes and frees on this thread is `memory`'s (null: nobody's), and what the
/// account refuses fails with SQLITE_NOMEM. So a commit, which must not fail for a statement's greed, is
/// never within one.
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
