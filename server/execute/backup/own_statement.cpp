#include "server/execute/backup/own_statement.h"

namespace breakwater::server::execute {

OwnStatement::OwnStatement(Services& services, Lane& lane, const catalog::Tenant& tenant)
    : connection_(services.housekeeper().executor(), services.memory()),
      session_(session::Identity(), tenant, services.globals(), &connection_.memory()),
      statement_{.services = services,
                 .lane = lane,
                 .session = session_,
                 .connection = connection_,
                 .text = {},
                 .options = session_.parse_options(),
                 .now = services.clock().now(),
                 .cancellation = services.housekeeper().cancellation()} {}

}  // namespace breakwater::server::execute
