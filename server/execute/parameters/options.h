// Reading the option lists of CREATE TENANT, RESOURCE UNIT and RESOURCE POOL. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "grammar/ast.h"

namespace breakwater::server::execute {

/// The only value, or the first of a list; empty if there is none.
std::string first_value(const ast::Option& option);

/// A list's values joined with `separator`.
std::string joined_values(const ast::Option& option, char separator);

/// The bytes of "2G", "512M", "1024". Units are B, K, M, G, T and P, with or without a B after them, in any
/// case. Nullopt if the text is no such size or it exceeds 64 bits.
std::optional<std::int64_t> parse_capacity(std::string_view text);

/// Error: invalid_argument (1210), which names the option.
Result<std::int64_t> capacity_value(const ast::Option& option);
Result<std::int64_t> integer_value(const ast::Option& option);
Result<double> real_value(const ast::Option& option);

}  // namespace breakwater::server::execute
