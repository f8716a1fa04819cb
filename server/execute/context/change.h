// How a statement changes the catalogue.
#pragma once

#include <type_traits>
#include <utility>

#include "server/execute/context/await.h"
#include "server/execute/context/statement.h"

namespace breakwater::server::execute {

/// The statement's client, as events name it.
catalog::Origin origin_of(const Statement& statement);

/// write_catalog() for what the statement is there for: the change is its client's. What is kept beside that, an intent
/// or the rows of a proof, is the server's own: write_catalog().
template <class T = void, class Job>
Task<Result<T>> change_catalog(const Statement& statement, Job job) {
  auto acting = [who = origin_of(statement),
                 job = std::move(job)](catalog::Transaction& transaction) mutable -> Result<T> {
    transaction.act_for(std::move(who));
    return job(transaction);
  };
  return write_catalog<T>(statement.services.store(), std::move(acting));
}

}  // namespace breakwater::server::execute
