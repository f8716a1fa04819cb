// Counts how deep a statement nests, on its tokens, before the recursive parser sees them.
#pragma once

#include <array>
#include <cstddef>

#include "base/limits.h"

namespace breakwater::grammar {

/// What a token does to the depth.
enum class Nesting : unsigned char {
  none,        ///< an operand or an operator: ends a chain of prefixes
  open,        ///< (
  close,       ///< )
  open_case,   ///< CASE
  close_case,  ///< END; without a CASE it's a name
  prefix,      ///< NOT - + ~ ! BINARY: nests until its operand
  sticky,      ///< := and INTERVAL: nests until a comma or the closing parenthesis
  separator    ///< a comma
};

/// Give it the tokens in order.
class NestingCounter {
 public:
  /// Returns false once the depth is greater than limits::kMaxNestingDepth.
  bool add(Nesting nesting);

 private:
  struct Level {
    std::size_t prefixes = 0;
    std::size_t sticky = 0;
    bool is_case = false;
  };
  bool open(bool is_case);
  void close();

  std::array<Level, limits::kMaxNestingDepth + 1> levels_{};
  std::size_t open_ = 0;
  std::size_t depth_ = 0;
};

}  // namespace breakwater::grammar
