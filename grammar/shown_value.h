// What of a value in a statement may be shown: by allow-lists, so that what nobody thought of is masked. Pure.
#pragma once

#include <string>
#include <string_view>

namespace breakwater::grammar {

/// In place of what isn't shown.
inline constexpr std::string_view kHidden = "***";

/// A destination's URI, several of them, LOG_ARCHIVE_DEST's attributes, a restore's options: scheme, bucket, path,
/// and the options that are known to be no secret stay; all other parts become kHidden. The parts end at blanks,
/// commas, `?` and `&`.
std::string shown_place(std::string_view text);

/// Whether the parameter's value is no secret, and is one that such a parameter takes: a number, a time, a size, one of
/// their words. What was put there by mistake isn't shown. The name in any case.
bool is_plain_parameter(std::string_view name, std::string_view value);
/// Whether the value is a destination, for shown_place().
bool is_place_parameter(std::string_view name);
/// Whether the value of an option of CREATE or ALTER TENANT, UNIT or POOL is shown; any case.
bool is_plain_option(std::string_view name);
/// Whether the value of a system variable in CREATE or ALTER TENANT is shown; any case.
bool is_plain_variable(std::string_view name);

}  // namespace breakwater::grammar
