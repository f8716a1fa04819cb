// A statement as a short line of text, so that tests can say what tree they expect.
#pragma once

#include <string>

#include "grammar/ast.h"

namespace breakwater::test {

/// Operators in full parentheses: (a + (b * c)). Secrets are shown: tests have none to keep.
std::string print(const ast::Expr& expr);
std::string print(const ast::Select& select);
std::string print(const ast::Statement& statement);

}  // namespace breakwater::test
