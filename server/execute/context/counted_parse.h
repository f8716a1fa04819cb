// Parses with the memory counted in the statement's account: a tree needs many times the memory of its text.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/error.h"
#include "base/memory_account.h"
#include "grammar/parser.h"

namespace breakwater::server::execute {

/// Bytes of a text or of values up to which the memory isn't counted.
inline constexpr std::size_t kShortCommand = std::size_t{8} << 10U;

/// Calls grammar::parse() with the same arguments. Errors: those of parse(), out_of_memory (1037).
Result<grammar::Parsed> counted_parse(StatementMemory& memory, std::string_view sql,
                                      const grammar::ParseOptions& options,
                                      std::span<const grammar::ParameterText> values,
                                      const grammar::Stop& stop);

}  // namespace breakwater::server::execute
