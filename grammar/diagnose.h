// How the grammar takes a statement, for those who change it: whether two of its rules fit the same text, and
// whether the quick prediction (SLL) is enough. Slow; nothing that serves a client calls it. Any thread.
#pragma once

#include <cstddef>
#include <string_view>

#include "grammar/parser.h"

namespace breakwater::grammar {

struct Diagnosis {
  std::size_t ambiguities = 0;  ///< decisions that more than one alternative fits, to the statement's end
  bool needs_ll = false;        ///< SLL refuses what LL takes
};

/// Of one statement that is neither foreign nor wrong; of another all is zero.
Diagnosis diagnose(std::string_view sql, const ParseOptions& options);

}  // namespace breakwater::grammar
