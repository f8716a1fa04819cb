// The value of LOG_ARCHIVE_DEST: attributes and a URI among them (docs/spec/behaviour.md#log-archive-dest).
// Parsing is pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/secret.h"
#include "storage/destination/uri.h"

namespace breakwater::server::execute {

struct ArchiveDestValue {
  std::optional<storage::Destination> destination{};  ///< nothing: there is no LOCATION
  Secret uri{};                                       ///< LOCATION's value
  std::string binding = "OPTIONAL";                   ///< or MANDATORY
  std::string piece_switch_interval = "1d";           ///< whole days, rounded down
  std::vector<std::string> notes{};                   ///< for SHOW WARNINGS; without any part of the value
};

/// 'LOCATION=uri BINDING=Optional|Mandatory PIECE_SWITCH_INTERVAL=1d..7d COMPRESSION=enable|disable',
/// separated by blanks, in any order; of a repeated one the last counts. Blanks and line breaks around the
/// '?' and '&' of an object store's URI don't separate: they are dropped. The first attribute that is wrong
/// decides, but for a ',' or ';' before an attribute, which is looked for first:
///   invalid_argument (1210)   without a value; BINDING's value; an interval that is none or below 60 s; ','
///   or
///                             ';' between attributes
///   invalid_backup_dest (9026) a control character: the hint names the attribute and the position in it
///   not_supported (1235)      unknown; COMPRESSION's value; an interval outside [1d,7d]
///   internal_error (4016)     a lone '='
///   and parse_destination()'s errors. No error and no note repeats any part of the value.
Result<ArchiveDestValue> parse_archive_dest(const Secret& value, const storage::UriRules& rules);

/// The value begins with one of the attributes: it is no URI.
bool is_archive_dest(std::string_view value);

}  // namespace breakwater::server::execute
