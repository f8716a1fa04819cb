// A directory that a user named, held by a descriptor, so that the directory that was checked is the one that
// is used.
//
// Each lookup of a path may lead elsewhere, since anybody who may write to a directory on the way can replace
// a part of it by a symbolic link. So a path is walked once, to the deepest directory that exists. That
// directory stays open, and all rules are applied to it. Everything else starts from there, by openat2 with
// RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS, which follows no link that appears later.
//
// The functions block: call them on the file pool. An Anchor doesn't change once made; any threads may use it
// at the same time, and any may destroy it.
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
  /// For a destination: `path`, absolute and without "..", is the directory itself. Errors:
  ///   invalid_backup_dest (9026)       the rules forbid it; it is a special file or a symbolic link (links
  ///                                    before the last component are followed)
  ///   io_error (4009)                  it, or a component on the way, is a regular file
  ///   backup_permission_denied (9071)  no permission to look
  static Result<AnchorPtr> of_directory(std::string_view path, const PathRules& rules, const StopFlag& stop);

  /// For a file: the anchor is its directory, and the rules are applied to the file.
  static Result<AnchorPtr> of_file(std::string_view path, const PathRules& rules, const StopFlag& stop);

  /// For settling an operation on `path` that began in the directory of `mark`. Null if that directory isn't
  /// there any more, or another one is. The rules are applied again if only the device's number has changed
  /// (a file system that is mounted again gets another one), and if there is no mark, as in an intent of an
  /// older version: then `directories` (as from missing()) tell how deep the directory was.
  static Result<AnchorPtr> again(std::string_view path, const std::optional<AnchorMark>& mark,
                                 const std::vector<std::string>& directories, const PathRules& rules,
                                 const StopFlag& stop);

  const std::string& path() const { return path_; }  ///< normalized, as the user spells it
  const posix::File& base() const { return base_; }  ///< the deepest directory that existed (O_PATH)
  const AnchorMark& mark() const { return mark_; }

  /// Opens the directory itself. ENOENT: it doesn't exist. ELOOP: a link is in its place.
  posix::Io<posix::File> open(const StopFlag& stop) const;

  /// The directories of `path` that don't exist now: absolute, outermost first.
  posix::Io<std::vector<std::string>> missing(const StopFlag& stop) const;

  /// mkdir -p with posix::kDirectoryMode; syncs the parents. Adds each directory that it made to `made`.
  posix::Io<posix::File> make(std::vector<std::string>& made, const StopFlag& stop) const;

  /// Removes those of `directories` (from missing() or make(), or below path()) that exist and are empty, the
  /// last one first, and syncs the parents.
  posix::Io<> remove_empty(const std::vector<std::string>& directories, const StopFlag& stop) const;

 private:
  enum class LastLink : std::uint8_t { refused, followed };

  static Result<AnchorPtr> walk(std::string_view path, LastLink last, std::string_view leaf,
                                const PathRules& rules, const StopFlag& stop);
  std::optional<std::string> beneath(std::string_view directory) const;

  std::string path_;
  posix::File base_;
  std::vector<std::string> rest_;  // the components of path_ below base_
  AnchorMark mark_;
};

}  // namespace breakwater::storage
