// How a statement changes the catalogue.
#pragma once

#include <utility>

#include "server/execute/context/audited.h"
#include "server/execute/context/await.h"
#include "server/execute/context/statement.h"

namespace breakwater::server::execute {

/// The statement's client, as events name it.
catalog::Origin origin_of(const Statement& statement);

/// write_catalog() for what the statement is there for: the change is its client's, and has the statement's row of the audit
/// in its transaction. What is kept beside that, an intent or the rows of a proof, is the server's own: write_catalog().
template <class T = void, class Job>
Task<Result<T>> change_catalog(const Statement& statement, Job job) {
  auto acting = [&statement, &job](catalog::Transaction& transaction) -> Result<T> {
    transaction.act_for(origin_of(statement));
    auto done = job(transaction);
    if (done && statement.audit != nullptr) BW_CHECK(statement.audit->put(transaction));
    return done;
  };
  auto done = co_await write_catalog<T>(statement.services.store(), std::move(acting));
  if (statement.audit != nullptr) statement.audit->committed(done.has_value());
  co_return done;
}

/// Store::change_key() for the statement, in the same way.
Task<Result<>> change_catalog_key(const Statement& statement, Secret key);

}  // namespace breakwater::server::execute
