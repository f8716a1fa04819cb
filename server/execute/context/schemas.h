// Names of schemas as sessions use them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "catalog/dictionary/dictionary.h"
#include "catalog/model/entities.h"

namespace breakwater::server::execute {

/// The schema's name as sessions spell it; nullopt if there is no such schema. In an Oracle tenant every user
/// has a schema of the user's name (`user` is the session's); SYS has the views.
std::optional<std::string> find_schema(const catalog::Dictionary& dictionary,
                                       catalog::CompatibilityMode login_mode, std::string_view user,
                                       std::string_view name);

}  // namespace breakwater::server::execute
