// Looks at sets and pieces at tenants' destinations, with what surveys and restores read them by.
#pragma once

#include <memory>
#include <string>

#include "base/thread_pool.h"
#include "catalog/store/store.h"
#include "server/execute/context/services.h"
#include "server/jobs/validator.h"
#include "storage/destination/medium.h"
#include "storage/restore/backup_reader.h"

namespace breakwater::server::jobs {

/// Of the runner's thread. BASIC: the manifest is the one that was written, and all that it names is there, with its length.
/// PHYSICAL: every object is read and compared with its SHA-256, and where this server has the key, that opens, and every MAC
/// is its.
class MediumValidator final : public Validator {
 public:
  /// `reader`: that jobs share; null: one of its own.
  explicit MediumValidator(execute::Services& services, std::shared_ptr<catalog::Reader> reader = {})
      : services_(services), reader_(std::move(reader)) {}

  Task<Result<catalog::ValidationVerdict>> check(const catalog::ValidationTask& task, bool physical,
                                                 storage::Cancellation& cancellation) override;

 private:
  Task<Result<catalog::ValidationVerdict>> check_set(const catalog::ValidationTask& task, bool physical,
                                                     storage::Cancellation& cancellation);
  Task<Result<catalog::ValidationVerdict>> check_piece(const catalog::ValidationTask& task, bool physical,
                                                       storage::Cancellation& cancellation);
  /// What there was no key for goes to the verdict's comment.
  Task<Result<catalog::ValidationVerdict>> read(const catalog::ValidationTask& task, storage::Medium& medium,
                                                storage::RestorePlan plan, catalog::ValidationVerdict verdict,
                                                storage::Cancellation& cancellation);
  Result<storage::RestoreKeys> keys();
  Result<catalog::Reader*> reader();
  storage::Call call(storage::Cancellation& cancellation) const;

  execute::Services& services_;
  std::shared_ptr<catalog::Reader> reader_;
  ThreadPool parsers_{"validation", 1};
};

}  // namespace breakwater::server::jobs
