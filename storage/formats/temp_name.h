// The names of files and objects that are there for a moment.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"

namespace breakwater::storage {

/// A temporary file's name, recognizable as ours: ".breakwater.tmp.<token>.<suffix>".
std::string temp_name(std::string_view token, std::string_view suffix);
/// Whether temp_name() made it, in this server or another.
bool is_temp_name(std::string_view name);

/// 32 hexadecimal digits that nobody else has.
std::string random_token(const Entropy& entropy);

}  // namespace breakwater::storage
