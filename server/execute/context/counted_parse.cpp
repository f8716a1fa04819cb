#include "server/execute/context/counted_parse.h"

namespace breakwater::server::execute {

Result<grammar::Parsed> counted_parse(StatementMemory& memory, std::string_view sql,
                                      const grammar::ParseOptions& options,
                                      std::span<const grammar::ParameterText> values,
                                      const grammar::Stop& stop) {
  TakenMemory taken(&memory);
  if (sql.size() > kShortCommand && !taken.add(grammar::parse_memory(sql, options).while_parsing))
    return fail(memory.error());
  return grammar::parse(sql, options, values, stop);
}

}  // namespace breakwater::server::execute
