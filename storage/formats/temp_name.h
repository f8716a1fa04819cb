// The names of temporary files and objects.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"

namespace breakwater::storage {

/// ".breakwater.tmp.<token>.<suffix>"
std::string temp_name(std::string_view token, std::string_view suffix);
/// Whether `name` is such a name, of this server or another.
bool is_temp_name(std::string_view name);

/// 32 random hexadecimal digits.
std::string random_token(const Entropy& entropy);
/// Whether `text` may be such a token.
bool is_token(std::string_view text);

}  // namespace breakwater::storage
