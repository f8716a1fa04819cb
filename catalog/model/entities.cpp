#include "catalog/model/entities.h"

namespace breakwater::catalog {

std::string_view dest_type(DestinationKind kind) {
  if (kind == DestinationKind::log_archive_dest) return "archive_log";
  return kind == DestinationKind::backup_key ? "backup_key" : "backup_data";
}

DestinationKind destination_kind(std::string_view type) {
  for (const auto kind : {DestinationKind::log_archive_dest, DestinationKind::backup_key}) {
    if (type == dest_type(kind)) return kind;
  }
  return DestinationKind::data_backup_dest;
}

}  // namespace breakwater::catalog
