// A directory that a user named, held by a descriptor: what is checked is what is used.
//
// A path means something else each time it is looked up, since whoever may write to a directory on the way
// can swap it for a symbolic link. So a path is walked once, to the deepest directory that exists; that one
// is held open, and every rule judges what is held. All that comes after it starts from there, by openat2
// with RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS: no link that appears later is followed.
//
// What an Anchor does blocks: on the file pool. It has no state that changes; two threads may use one at
// once, and it may die on any.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "storage/destination/write_plan.h"
#include "storage/file/path_rules.h"
#include "storage/file/posix.h"
#include "storage/pool/stop_flag.h"

namespace breakwater::storage {

class Anchor;
using AnchorPtr = std::shared_ptr<const Anchor>;

class Anchor {
 public:
  /// For a destination: `path`, absolute and without "..", is the directory itself. Errors: 9026 where the
  /// rules forbid it, and if it is a symbolic link (links before the last component are followed) or a
  /// special file; 4009 if it, or one on the way, is a regular file; 9071 without the permission to look.
  static Result<AnchorPtr> of_directory(std::string_view path, const PathRules& rules, const StopFlag& stop);

  /// For a file: the anchor is its directory, the rules judge the file.
  static Result<AnchorPtr> of_file(std::string_view path, const PathRules& rules, const StopFlag& stop);

  /// For settling an operation on `path` that began in the directory of `mark`. Nothing: it isn't there, or
  /// another one is. Where only the device's number has changed (file systems that are mounted again get
  /// another) the rules decide again, and where there is no mark, of an intent of an older version.
  /// `directories` (as from missing()) say to such a one how deep it was.
  static Result<AnchorPtr> again(std::string_view path, const std::optional<AnchorMark>& mark,
                                 const std::vector<std::string>& directories, const PathRules& rules,
                                 const StopFlag& stop);

  const std::string& path() const { return path_; }  ///< normalized, as the user spells it
  const posix::File& base() const { return base_; }  ///< the deepest that existed, for looking (O_PATH)
  const AnchorMark& mark() const { return mark_; }

  /// The directory itself, now. ENOENT: it isn't there. ELOOP: a link stands in its place.
  posix::Io<posix::File> open(const StopFlag& stop) const;

  /// What must be made for `path` to be there, now: absolute, outermost first.
  posix::Io<std::vector<std::string>> missing(const StopFlag& stop) const;

  /// mkdir -p with posix::kDirectoryMode, parents synced; adds each directory it made to `made`.
  posix::Io<posix::File> make(std::vector<std::string>& made, const StopFlag& stop) const;

  /// Of `directories` (from missing() or make(), or below path()) those that are there and empty, last first,
  /// for good: parents synced.
  posix::Io<> remove_empty(const std::vector<std::string>& directories, const StopFlag& stop) const;

 private:
  enum class LastLink : std::uint8_t { refused, followed };

  static Result<AnchorPtr> walk(std::string_view path, LastLink last, std::string_view leaf,
                                const PathRules& rules, const StopFlag& stop);
  std::optional<std::string> beneath(std::string_view directory) const;

  std::string path_;
  posix::File base_;
  std::vector<std::string> rest_;  // the components of path_ behind base_
  AnchorMark mark_;
};

}  // namespace breakwater::storage
