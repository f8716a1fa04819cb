// Parsing on the account of the statement: what its tree takes is many times the text.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/error.h"
#include "base/memory_account.h"
#include "grammar/parser.h"

namespace breakwater::server::execute {

/// Bytes of a text or of values; what a longer one becomes is counted.
inline constexpr std::size_t kShortCommand = std::size_t{8} << 10U;

/// grammar::parse() of the same arguments. Errors: its own, out_of_memory.
Result<grammar::Parsed> counted_parse(StatementMemory& memory, std::string_view sql,
                                      const grammar::ParseOptions& options,
                                      std::span<const grammar::ParameterText> values,
                                      const grammar::Stop& stop);

}  // namespace breakwater::server::execute
