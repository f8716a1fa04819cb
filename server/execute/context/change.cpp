#include "server/execute/context/change.h"

namespace breakwater::server::execute {

catalog::Origin origin_of(const Statement& statement) {
  const session::Identity& who = statement.session.identity();
  return {.user = who.account.user,
          .tenant_id = who.account.tenant_id,
          .tenant = who.tenant,
          .address = session::address_of(who)};
}

}  // namespace breakwater::server::execute
