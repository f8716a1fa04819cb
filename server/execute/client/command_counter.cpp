#include "server/execute/client/command_counter.h"

#include <variant>

namespace breakwater::server::execute {
namespace {

struct CounterOf {
#define BW_STATEMENT(type, function, answered, counter, prepared) \
  session::Counter operator()(const ast::type& /*parsed*/) const { return session::Counter::counter; }
#define BW_SESSION(type, kind, counter, prepared) BW_STATEMENT(type, kind, kind, counter, prepared)
#include "server/execute/context/statement_table.inc"
};

}  // namespace

session::Counter counter_of(const ast::Statement& statement) {
  return std::visit(CounterOf{}, statement);
}

}  // namespace breakwater::server::execute
