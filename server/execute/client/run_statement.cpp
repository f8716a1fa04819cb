#include "server/execute/client/run_statement.h"

#include <type_traits>

#include "server/execute/admin/statements.h"
#include "server/execute/backup/statements.h"
#include "server/execute/query/set_statement.h"

namespace breakwater::server::execute {
namespace {

template <class Type, class Answer, Answer (*kFunction)(const Statement&, const Type&)>
Begun begin_by(const Statement& statement, const Type& parsed) {
  if constexpr (std::is_same_v<Answer, answer::at_once>) {
    return kFunction(statement, parsed);
  } else {
    return RunWaiting{[](const Statement& later, const ast::Statement& whole) {
      return kFunction(later, std::get<Type>(whole));
    }};
  }
}

template <class Type>
Begun query(const Type& /*parsed*/) {
  return fail(error::internal_error());
}

template <class Type>
Begun of_texts(const Type& /*parsed*/) {
  return fail(error::internal_error());  // the session runs it: it has no result of its own
}

Begun evaluated(const ast::Set& set) {
  return expressions_of(set);
}
Begun evaluated(const ast::Kill& kill) {
  return Exprs{kill.id.get()};
}
Begun evaluated(const ast::Do& evaluated) {
  Exprs exprs;
  for (const ast::ExprPtr& expr : evaluated.exprs) exprs.push_back(expr.get());
  return exprs;
}

struct BeginStatement {
  const Statement& statement;

#define BW_STATEMENT(type, function, answered, counter, prepared)                        \
  Begun operator()(const ast::type& parsed) const {                                      \
    return begin_by<ast::type, answer::answered, &execute::function>(statement, parsed); \
  }
#define BW_SESSION(type, kind, counter, prepared) \
  Begun operator()(const ast::type& parsed) const { return kind(parsed); }
#include "server/execute/context/statement_table.inc"
};

}  // namespace

Begun begin_statement(const Statement& statement, const ast::Statement& parsed) {
  return std::visit(BeginStatement{statement}, parsed);
}

}  // namespace breakwater::server::execute
