// Key files on file systems: what BACKUP KEY may write, writing it, and settling what a crash left. All of it blocks on
// the file system: run it on the file pool.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "storage/destination/write_plan.h"
#include "storage/file/path_rules.h"
#include "storage/formats/key_file.h"
#include "storage/pool/stop_flag.h"

namespace breakwater::storage {

class Anchor;

/// What write_key_file may create, decided beforehand so that an intent can name it.
struct KeyFilePlan {
  std::string path;                      ///< absolute, normalized: the file itself
  std::string temp_name;                 ///< in the same directory
  std::vector<std::string> directories;  ///< missing now, outermost first
  bool replaces = false;                 ///< there is a key file that this one replaces
  std::optional<AnchorMark> began_in{};  ///< the deepest directory there was; older plans don't say
  std::shared_ptr<const Anchor>
      anchor{};  ///< the file's directory, held since it was judged; no intent's has one
};

/// Opens the file's directory, looks and writes nothing. invalid_backup_dest (9026): what the rules forbid, a
/// symbolic link or special file, a place in another tenant's or cluster's destination. file_already_exist
/// (1086): something else than a key file of this cluster and tenant whose keys are all in `bytes` too (so
/// that replacing it loses no key). io_error (4009): a file among the parents.
Result<KeyFilePlan> plan_key_file(std::string_view path, std::span<const std::uint8_t> bytes, KeyOwner owner,
                                  const PathRules& rules, const Entropy& entropy, const StopFlag& stop);

/// Writes exactly plan.path, in the directory that the plan holds, mode 0600, durable, all or nothing: a new
/// file appears create-only, a key file that the plan replaces is replaced atomically (and looked at again
/// first). Missing parents are made with 0700. On an error everything made here is removed again, but for an
/// operation that was stopped.
Result<> write_key_file(const KeyFilePlan& plan, std::span<const std::uint8_t> bytes, const StopFlag& stop);

enum class KeySettled : std::uint8_t {
  written,    ///< plan.path holds exactly the bytes: the write had happened
  removed,    ///< it doesn't, and what was made on the way is gone
  elsewhere,  ///< another directory stands where it was made: nothing was removed
};

/// After a crash: removes the plan's temporary file, a part of plan.path (posix::remove_part()) and empty
/// directories. `digest`: the SHA-256 of the bytes that were to be written.
Result<KeySettled> settle_key_file(const KeyFilePlan& plan, const crypto::Sha256& digest,
                                   const PathRules& rules, const StopFlag& stop);

/// The bytes of a key file; nothing if there's no such file. More than kMaxKeyFile bytes: io_error.
Result<std::optional<Bytes>> read_key_file(std::string_view path, const StopFlag& stop);

}  // namespace breakwater::storage
