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

/// Everything that write_key_file() may create, decided before anything is written. The intent records it.
struct KeyFilePlan {
  std::string path;                      ///< absolute, normalized: the file itself
  std::string temp_name;                 ///< in the same directory
  std::vector<std::string> directories;  ///< those missing now, outermost first
  bool replaces = false;                 ///< there is a key file that this one replaces
  std::optional<AnchorMark> began_in{};  ///< the deepest directory that existed; not set in older plans
  std::shared_ptr<const Anchor>
      anchor{};  ///< the file's directory, held since it was judged; no intent's has one
};

/// Opens the file's directory and checks it; writes nothing. Errors:
///   invalid_backup_dest (9026)  the rules forbid it; it is a symbolic link or special file; it lies in a
///                               destination of another tenant or cluster
///   file_already_exist (1086)   there is a file, and not a key file of this cluster and tenant whose keys
///                               are all in `bytes` too (then replacing it loses no key)
///   io_error (4009)             a parent is a file
Result<KeyFilePlan> plan_key_file(std::string_view path, std::span<const std::uint8_t> bytes, KeyOwner owner,
                                  const PathRules& rules, const Entropy& entropy, const StopFlag& stop);

/// Writes plan.path in the directory that the plan holds, with mode 0600, durably, all or nothing. A new file
/// is created create-only; a key file that the plan replaces is checked again and then replaced atomically.
/// Missing parents are made with mode 0700. After an error everything made here is removed again, unless the
/// operation was stopped.
Result<> write_key_file(const KeyFilePlan& plan, std::span<const std::uint8_t> bytes, const StopFlag& stop);

enum class KeySettled : std::uint8_t {
  written,    ///< plan.path holds exactly the bytes: the write was done
  removed,    ///< it doesn't, and what was made on the way is removed
  elsewhere,  ///< another directory is now at that path: nothing was removed
};

/// After a crash: removes the plan's temporary file, a part of plan.path (posix::remove_part()) and empty
/// directories. `digest`: the SHA-256 of the bytes that were to be written.
Result<KeySettled> settle_key_file(const KeyFilePlan& plan, const crypto::Sha256& digest,
                                   const PathRules& rules, const StopFlag& stop);

/// The bytes of a key file. Nullopt if there is no such file; io_error (4009) for more than kMaxKeyFile
/// bytes.
Result<std::optional<Bytes>> read_key_file(std::string_view path, const StopFlag& stop);
/// The same where the rules allow a key file to be. Their error too: invalid_backup_dest (9026), also for what is no file.
Result<std::optional<Bytes>> read_key_file(std::string_view path, const PathRules& rules,
                                           const StopFlag& stop);

}  // namespace breakwater::storage
