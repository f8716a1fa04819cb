#include "grammar/nesting.h"

namespace breakwater::grammar {

bool NestingCounter::open(bool is_case) {
  if (++depth_ > limits::kMaxNestingDepth) return false;
  levels_[++open_] = {.is_case = is_case};
  return true;
}

/// Ends the innermost level, and with it an operand of the level around it.
void NestingCounter::close() {
  depth_ -= levels_[open_].prefixes + levels_[open_].sticky;
  levels_[open_] = {};
  if (open_ == 0) return;
  --open_;
  --depth_;
  add(Nesting::none);
}

bool NestingCounter::add(Nesting nesting) {
  Level& level = levels_[open_];
  switch (nesting) {
    case Nesting::none:
      depth_ -= level.prefixes;
      level.prefixes = 0;
      break;
    case Nesting::prefix:
      ++level.prefixes;
      ++depth_;
      break;
    case Nesting::sticky:
      ++level.sticky;
      ++depth_;
      break;
    case Nesting::separator:
      depth_ -= level.prefixes + level.sticky;
      level.prefixes = level.sticky = 0;
      break;
    case Nesting::open:
      return open(false);
    case Nesting::open_case:
      return open(true);
    case Nesting::close:
      while (levels_[open_].is_case) close();
      close();
      break;
    case Nesting::close_case:
      if (level.is_case) {
        close();
      } else {
        add(Nesting::none);
      }
      break;
  }
  return depth_ <= limits::kMaxNestingDepth;
}

}  // namespace breakwater::grammar
