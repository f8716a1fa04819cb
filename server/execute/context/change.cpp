#include "server/execute/context/change.h"

namespace breakwater::server::execute {

catalog::Origin origin_of(const Statement& statement) {
  const session::Identity& who = statement.session.identity();
  return {.user = who.account.user,
          .tenant_id = who.account.tenant_id,
          .tenant = who.tenant,
          .address = session::address_of(who)};
}

Task<Result<>> change_catalog_key(const Statement& statement, Secret key) {
  AuditedStatement* const audit = statement.audit;
  auto beside = [audit](catalog::Transaction& transaction) {
    return audit == nullptr ? Result<>() : audit->put(transaction);
  };
  auto change = [&](auto done) {
    statement.services.store().change_key(std::move(key), origin_of(statement), std::move(beside),
                                          std::move(done));
  };
  Result<> changed = co_await await_callback<Result<>>(std::move(change));
  if (audit != nullptr) audit->committed(changed.has_value());
  co_return changed;
}

}  // namespace breakwater::server::execute
