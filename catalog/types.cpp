#include "catalog/types.h"

namespace breakwater::catalog {

std::string_view dest_type(DestinationKind kind) {
  return kind == DestinationKind::backup_key ? "backup_key" : "backup_data";
}

}  // namespace breakwater::catalog
