// What a restore's state machine does outside: an interface, so that tests can let it fail. The server's own is
// medium_restorer.h.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/task.h"
#include "catalog/store/part.h"
#include "catalog/store/restores.h"
#include "storage/formats/key_file.h"
#include "storage/pool/cancellation.h"

namespace breakwater::server::jobs {

/// A tenant as it was read, all of it in memory: nothing of it is in the catalogue yet.
struct RestoredPart {
  std::unique_ptr<catalog::PartScratch> scratch{};  ///< finished
  std::vector<std::string> closed{};       ///< what there was no key for: sets, rounds; then it is all of it
  std::vector<std::string> falls_short{};  ///< why it goes less far than what lies there might have led
  catalog::Scn scn = 0;                    ///< what it is as of
  std::optional<storage::KeyBackup> keys{};  ///< of WITH KEY FROM
};

/// Enters what is going to be read, before it is.
using NoteSource = std::function<Task<Result<>>(catalog::RestoreSource)>;

class Restorer {
 public:
  virtual ~Restorer() = default;

  /// Of the runner's thread. Ends by its cancellation, or by deadlines of its own. backup_file_not_exist (9011): nothing
  /// there leads to the moment; checksum_error (4103): what is there isn't what was written; backup_invalid_password
  /// (9047): none of the passwords, or not that of the key backup; errors of the medium.
  virtual Task<Result<RestoredPart>> read(const catalog::RestoreJob& job,
                                          const catalog::RestoreSecrets& secrets, const NoteSource& note,
                                          storage::Cancellation& cancellation) = 0;

  /// What hangs as one, of the places that it reads (stored_destination.h: store_of()); those that can't be told aren't named.
  virtual std::vector<std::string> stores_of(const catalog::RestoreSecrets& secrets) = 0;
};

}  // namespace breakwater::server::jobs
