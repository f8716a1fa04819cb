// The store's role for events: what DBA_OB_ROOTSERVICE_EVENT_HISTORY shows. Views read them; nobody else does.
#pragma once

#include <cstdint>
#include <vector>

#include "base/error.h"
#include "catalog/model/event.h"

namespace breakwater::catalog {

class EventWriter {
 public:
  virtual ~EventWriter() = default;

  /// How many rows of DBA_OB_ROOTSERVICE_EVENT_HISTORY are kept: of each user tenant, …
  static constexpr std::int64_t kKeptEvents = 1'000;
  /// … and of sys, and of all dropped tenants together. No tenant's events push out another's.
  static constexpr std::int64_t kKeptOfSys = 10'000;

  /// A row, with the job's Origin (Transaction::act_for()), in the transaction of what it tells, so that neither is there
  /// without the other. The store's own operations record theirs by themselves.
  virtual Result<> record(Event event) = 0;
  /// Those that this job has recorded, at most kMaxOfJob.
  virtual const std::vector<Event>& of_job() const = 0;

  static constexpr std::size_t kMaxOfJob = 16;
};

}  // namespace breakwater::catalog
