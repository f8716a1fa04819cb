// What a survey found, in words that may be shown: names and texts of a medium are anybody's. Pure.
#pragma once

#include <string>
#include <vector>

#include "storage/formats/backup_set.h"
#include "storage/survey/survey.h"

namespace breakwater::storage {

/// Each on one line, and how many more there are.
std::vector<std::string> texts_of(const Problems& problems);

/// "backup key 0123456789abcdef or password"; empty: no manifest was read.
std::string opened_by(const WrappedKey& key);

}  // namespace breakwater::storage
