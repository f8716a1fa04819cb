// A walk through the names of a medium.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/task.h"
#include "storage/destination/listing_limits.h"
#include "storage/destination/medium.h"

namespace breakwater::server::jobs {

/// Gives the deadline of the next operation.
using NextCall = std::function<storage::Call()>;

/// Takes away one object, having looked whether it still may.
using Discard = std::function<Task<Result<>>(std::string name)>;

/// All names below a prefix, page by page, each handed to `visit`, which may await.
template <class Visit>
Task<Result<>> for_each_object(storage::Medium& medium, std::string prefix, const NextCall& call,
                               Visit visit) {
  std::string after;
  storage::ListingLimits limits;
  do {
    BW_CO_TRY(const storage::Medium::Page page, co_await medium.list(prefix, after, limits.within(call())));
    BW_CO_CHECK(limits.take(page));
    for (const storage::Medium::Entry& entry : page.entries) BW_CO_CHECK(co_await visit(entry.name));
    after = page.next;
  } while (!after.empty());
  co_return Result<>{};
}

}  // namespace breakwater::server::jobs
