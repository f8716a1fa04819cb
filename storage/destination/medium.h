// What a job does with the objects of a destination, whatever kind it is: a directory on a file system or a prefix in a bucket.
//
// Names are relative ("backup_sets/backup_set_1_full_start.obbak"), with '/' between their parts; no part is empty, "." or "..", or
// begins with ".breakwater.tmp.". On a file system directories are made as they are needed.
//
// All operations are coroutines of one io_context's thread, and each ends by its Call's deadline or cancellation; a write that was given up may
// still be carried out later, so names that are written again after it are others (set_object_name()). A Medium opens its place with the first operation and holds it:
// make one for each job or each step of one, and a new one after an error. Errors: those of the store (object_store.h) or of the file
// system (io_error.h), with hints; backup_file_not_exist (9011) if the directory isn't there. Nothing is repeated after an error but what object_store.h repeats.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/task.h"
#include "storage/destination/file_system.h"
#include "storage/destination/write_plan.h"
#include "storage/formats/format_file.h"
#include "storage/pool/cancellation.h"

namespace breakwater::storage {

class Medium {
 public:
  static constexpr std::size_t kMaxContent = std::size_t{16} << 20U;  ///< bytes of one object
  static constexpr std::size_t kPage = 1000;                          ///< objects of one Page
  static constexpr std::size_t kMaxDepth = 8;                         ///< parts of a name

  /// Shared, since a write that hangs on a dead mount outlives the operation.
  using Content = std::shared_ptr<const Bytes>;

  enum class Put : std::uint8_t {
    written,
    exists,  ///< there is an object of that name with other bytes; it is left alone
  };

  struct Entry {
    std::string name{};
    std::uint64_t size = 0;
  };
  struct Page {
    std::vector<Entry> entries{};  ///< by name, in the order of bytes
    std::string next{};            ///< for `after` of the next page; empty: this was the last one
  };

  /// Which directory is at the path, as seen by the operation that opened the place: device and inode, which name it as
  /// long as it is mounted; and what it is on.
  struct Ground {
    std::string directory{};  ///< "2049:131074"; empty: a bucket
    FileSystem system{};
    bool operator==(const Ground&) const = default;
  };

  virtual ~Medium() = default;

  /// Writes a new object, whole and durable, or leaves what is there alone. An object with the very same bytes counts as written. Where a store doesn't promise
  /// to create only, it is looked at before and read back behind. size_overflow (4019): more than kMaxContent.
  virtual Task<Result<Put>> put_new(std::string name, Content content, Call call) = 0;

  /// Writes an object, whole and durable, in the place of any that is there.
  virtual Task<Result<>> replace(std::string name, Content content, Call call) = 0;

  /// Nullopt if there is no such object; size_overflow (4019) if it has more than `limit` bytes.
  virtual Task<Result<std::optional<Bytes>>> get(std::string name, std::size_t limit, Call call) = 0;

  /// The objects whose names begin with `prefix`, at any depth, behind `after` (empty: from the first). Temporary files, links and
  /// special files aren't among them.
  virtual Task<Result<Page>> list(std::string prefix, std::string after, Call call) = 0;

  /// What list() leaves out right below a directory ("" or "backup_sets/"): names, whole, that begin with `prefix`, of directories,
  /// links, special files, and of what no object may be called. None in a bucket.
  virtual Task<Result<std::vector<std::string>>> others(std::string /*directory*/, std::string /*prefix*/,
                                                        Call /*call*/) {
    co_return std::vector<std::string>{};
  }

  /// Removes an object, whatever delete_mode says: for what a job takes back of its own. A missing one is no error. On a file system directories
  /// that have become empty go too.
  virtual Task<Result<>> remove(std::string name, Call call) = 0;

  /// Removes an object as the destination's delete_mode says: with `tagging` it gets the tag delete_mode=tagging and stays. A missing one is
  /// no error.
  virtual Task<Result<>> discard(std::string name, Call call) = 0;

  /// Whether the object was discarded by tagging; false if there is none.
  virtual Task<Result<bool>> is_discarded(std::string name, Call call) = 0;

  /// Removes what writes that were cut short left below the directory ("backup_set_1_full/"): only where nobody may be
  /// writing now.
  virtual Task<Result<>> sweep(std::string directory, Call call) = 0;

  /// The format file; nullopt if there is none. format_file_not_match (9081): damaged.
  virtual Task<Result<std::optional<FoundFormat>>> read_format(Call call) = 0;

  /// Where the place is: for whoever wants to know whether another directory was put, or mounted, in its stead. A Medium holds
  /// the directory that it has opened; one made anew looks at the path again. A bucket says nothing.
  virtual Task<Result<Ground>> ground(Call /*call*/) { co_return Ground{}; }

  /// Whether the place is still the one that `expected` describes: format_file_not_exist (9080), format_file_not_match (9081). To be asked at
  /// the start of each job, and again before anything is removed.
  Task<Result<>> verify_format(FormatFile expected, Call call);

 protected:
  /// The errors of a write that needs no look at the place.
  static Result<> check(std::string_view name, const Content& content);
  /// size_overflow (4019) for get().
  static Error too_long(std::string_view name);
};

using MediumPtr = std::unique_ptr<Medium>;

/// invalid_argument (1210) if the name may not be an object's.
Result<> check_object_name(std::string_view name);

// Made by make_file_medium() (storage/file/file_medium.h) and make_object_medium() (storage/object/object_medium.h).

}  // namespace breakwater::storage
