// The audit's line of a running statement. What changes the catalogue puts its row there (change_catalog()); the session says
// how the statement ended. One that is destroyed before that is told as one whose end isn't known.
//
// Belongs to the statement; put() runs in its job, while it waits.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "catalog/store/store.h"
#include "server/audit/audit_trail.h"

namespace breakwater::server::execute {

class AuditedStatement {
 public:
  /// `entry`: who, where and what; the rest comes. `trail` and `clock` outlive it.
  AuditedStatement(AuditTrail& trail, const Clock& clock, catalog::AuditEntry entry);
  ~AuditedStatement();
  AuditedStatement(const AuditedStatement&) = delete;
  AuditedStatement& operator=(const AuditedStatement&) = delete;

  /// The row, with all that the job has told of its changes so far: the last thing in a job. A statement with several
  /// transactions has one row.
  Result<> put(catalog::Transaction& transaction);
  /// What came of the transaction in which put() was called, or was to be.
  void committed(bool done);

  /// What a destination's proof saw.
  void set_answer(std::string_view answer);
  /// The statement is over; null: OK.
  void end(const Error* error);

 private:
  AuditTrail& trail_;
  const Clock& clock_;
  catalog::AuditEntry entry_;
  std::int64_t new_id_ = 0;              ///< given in the running transaction
  std::vector<catalog::Event> changes_;  ///< of transactions that were committed
  std::vector<catalog::Event> new_changes_;
  bool ended_ = false;
};

/// Fills in what an error came to.
void tell_error(catalog::AuditEntry& entry, const Error& error);

}  // namespace breakwater::server::execute
