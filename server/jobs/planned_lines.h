// What a restore's plan reads, line by line, into a scratch: all of the sets, and of the log what follows them, up to the
// plan's moment. The log must go on from the sets: the newest commit in it up to their moment is the newest that they have
// (catalog/store/part.h: `history`). Else one of the two was written by a copy of the server, and the state between isn't known.
#pragma once

#include <string>
#include <string_view>

#include "catalog/store/part.h"
#include "storage/restore/backup_reader.h"

namespace breakwater::server::jobs {

/// One thread at a time. The plan and the scratch outlive it.
class PlannedLines final : public storage::BackupVisitor {
 public:
  PlannedLines(const storage::RestorePlan& plan, catalog::PartScratch& scratch)
      : plan_(plan), scratch_(scratch) {}

  Result<bool> line(std::string_view line, const storage::DataKey* key) override;
  Result<> log_begins(std::string_view history) override;
  /// checksum_error (4103), as line() before: the log is of another history.
  Result<> end() override;

  /// That was the error.
  bool is_of_another_history() const { return of_another_; }

 private:
  Result<> begin(std::string_view line);
  Result<> prove();

  const storage::RestorePlan& plan_;
  catalog::PartScratch& scratch_;
  std::string history_{};  ///< the mark of the log, up to the sets' moment
  bool in_log_ = false;
  bool known_ = false;   ///< the sets have the commit
  bool behind_ = false;  ///< it is behind the plan's moment
  bool proved_ = false;
  bool of_another_ = false;
};

}  // namespace breakwater::server::jobs
