// For those who change the grammar: tells whether two of its rules match the same text, and whether the quick
// prediction (SLL) suffices. Slow; the server doesn't call it. Any thread.
#pragma once

#include <cstddef>
#include <string_view>

#include "grammar/parser.h"

namespace breakwater::grammar {

struct Diagnosis {
  std::size_t ambiguities = 0;  ///< decisions where several alternatives match up to the statement's end
  bool needs_ll = false;        ///< LL accepts the statement, SLL doesn't
};

/// Diagnoses one statement. For a foreign or a wrong one everything is zero.
Diagnosis diagnose(std::string_view sql, const ParseOptions& options);

}  // namespace breakwater::grammar
