// What somebody may have meant who has mistyped a name.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace breakwater {

/// The number of letters to insert, remove or change to make one of the other (Levenshtein). Takes time by the
/// product of the lengths.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// "; did you mean max_connections, max_user_connections", or "" if none of the names is near.
std::string did_you_mean(std::string_view given, const std::vector<std::string>& names);

}  // namespace breakwater
