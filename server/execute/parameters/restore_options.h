// The options of RESTORE … WITH 'pool_list=…&locality=…' (docs/spec/behaviour.md#restore). Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace breakwater::server::execute {

struct RestoreOptions {
  std::vector<std::string> pools{};  ///< at least one
  std::string locality{};            ///< empty: as the backup has it
  std::string primary_zone{};        ///< the same
};

/// invalid_argument (1210) "restore option": an option that there isn't, or twice, or with a value that it can't have;
/// "pool_list": it is missing. not_supported (1235): kms_encrypt=true.
Result<RestoreOptions> parse_restore_options(std::string_view text);

}  // namespace breakwater::server::execute
