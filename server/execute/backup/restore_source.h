// What ADD RESTORE SOURCE has named for the session's next RESTORE.
#pragma once

#include <string>
#include <vector>

#include "base/secret.h"
#include "server/execute/context/statement.h"

namespace breakwater::server::execute {

struct RestoreSources {
  Secret data{};     ///< the URI of the destination that has the sets
  Secret archive{};  ///< that of the pieces; empty: there are none
  std::string data_path{};
  std::string archive_path{};
  std::vector<std::string> names{};  ///< "backup_set_1_full", "piece_d1002r1p1"
  std::string shown{};               ///< their paths, with commas
};

/// Those of the session, of which there is one. invalid_backup_dest (9026): they name no set; not_supported (1235): sets, or
/// pieces, of more than one destination; errors of parse_destination().
Result<RestoreSources> restore_sources(const Statement& statement);

}  // namespace breakwater::server::execute
