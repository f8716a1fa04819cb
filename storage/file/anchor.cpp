#include "storage/file/anchor.h"

#include <cerrno>
#include <utility>

#include <fcntl.h>

#include "storage/file/physical_place.h"
#include "storage/formats/path.h"

namespace breakwater::storage {
namespace {

using posix::File;
using posix::Io;

AnchorMark mark_of(const struct stat& status, std::size_t depth) {
  return {.device = status.st_dev, .inode = status.st_ino, .depth = depth};
}

// The depth for an operation of an older version: the directories that it had to make begin below it, unless
// somebody else made some of them in between.
std::size_t depth_before(const std::vector<std::string>& directories, std::size_t whole) {
  return directories.empty() ? whole : path_components(posix::parent_of(directories.front())).size();
}

bool is_gone(int number) {
  return number == ENOENT || number == ESTALE;
}

std::string joined(const std::vector<std::string>& components, std::size_t count) {
  std::string path;
  for (std::size_t i = 0; i < count; ++i) path.append(i == 0 ? "" : "/").append(components[i]);
  return path;
}

std::unexpected<Error> not_a_directory_of_ours(std::string hint) {
  return fail(error::invalid_backup_dest().with_hint(std::move(hint)));
}

// Whether the deepest directory that exists can be used.
Result<> check_type(const File& deepest, const struct stat& status) {
  switch (posix::type_of(status.st_mode)) {
    case posix::EntryType::directory:
      return {};
    case posix::EntryType::file:
      return fail(posix::Failure{ENOTDIR, "opendir", deepest.path()});
    case posix::EntryType::link:
      return not_a_directory_of_ours(
          "The path's last component is a symbolic link; give the directory itself.");
    case posix::EntryType::other:
      break;
  }
  return not_a_directory_of_ours("The path is neither a directory nor missing.");
}

// The status of a directory. An NFS client caches a directory that another node removed until it opens it
// again.
Io<struct stat> look_closely(const File& directory, const StopFlag& stop) {
  const auto opened = posix::reopen(directory, O_RDONLY | O_DIRECTORY, stop);
  if (!opened && is_gone(opened.error().number)) return std::unexpected(opened.error());
  return posix::status(directory, stop);
}

// Opens one name in a directory whose owner may have changed the name meanwhile.
Io<File> open_child(const File& directory, const std::string& name, const StopFlag& stop) {
  return posix::open_below(directory, name, O_RDONLY | O_DIRECTORY, 0, stop);
}

// Makes a directory and opens it. It may vanish in between, if another server that made it too removes it.
Io<File> make_child(const File& parent, const std::string& name, std::vector<std::string>& made,
                    const StopFlag& stop) {
  for (int look = 1;; ++look) {
    const auto done = posix::make_directory(parent, name, stop);
    if (done) made.push_back(parent.path_of(name));
    // Somebody else may have made it first; then it exists and isn't ours.
    if (!done && done.error().number != EEXIST) return std::unexpected(done.error());
    BW_IO_CHECK(posix::sync_directory(parent, stop));
    auto child = open_child(parent, name, stop);
    if (child || child.error().number != ENOENT || look == kMaxLooks) return child;
    if (done) made.pop_back();
  }
}

}  // namespace

Result<AnchorPtr> Anchor::walk(std::string_view path, LastLink last, std::string_view leaf,
                               const PathRules& rules, const StopFlag& stop) {
  for (int look = 1;; ++look) {
    auto anchor = std::make_shared<Anchor>();
    anchor->path_ = normalize_path(path);
    auto deepest = open_deepest(anchor->path_, last == LastLink::refused, anchor->rest_, stop);
    if (!deepest) return fail(Error(deepest.error()));
    anchor->base_ = *std::move(deepest);
    const auto status = look_closely(anchor->base_, stop);
    if (!status && is_gone(status.error().number) && look < kMaxLooks) {
      // Opening it by its name makes an NFS client ask the server again; a descriptor doesn't.
      static_cast<void>(posix::open(anchor->base_.path(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW, stop));
      continue;
    }
    if (!status) return fail(Error(status.error()));
    BW_CHECK(check_type(anchor->base_, *status));
    anchor->mark_ = mark_of(*status, path_components(anchor->path_).size() - anchor->rest_.size());
    std::vector<std::string> behind = anchor->rest_;
    if (!leaf.empty()) behind.emplace_back(leaf);
    BW_CHECK(check_path_rules(anchor->base_, behind, rules, stop));
    return anchor;
  }
}

Result<AnchorPtr> Anchor::of_directory(std::string_view path, const PathRules& rules, const StopFlag& stop) {
  return walk(path, LastLink::refused, {}, rules, stop);
}

Result<AnchorPtr> Anchor::of_file(std::string_view path, const PathRules& rules, const StopFlag& stop) {
  const std::string normal = normalize_path(path);
  return walk(posix::parent_of(normal), LastLink::followed, posix::name_of(normal), rules, stop);
}

Result<AnchorPtr> Anchor::again(std::string_view path, const std::optional<AnchorMark>& mark,
                                const std::vector<std::string>& directories, const PathRules& rules,
                                const StopFlag& stop) {
  auto anchor = std::make_shared<Anchor>();
  anchor->path_ = normalize_path(path);
  const auto views = path_components(anchor->path_);
  const std::vector<std::string> components(views.begin(), views.end());
  const std::size_t depth = mark && mark->depth ? *mark->depth : depth_before(directories, components.size());
  if (depth > components.size()) return AnchorPtr();
  std::vector<std::string> gone;
  auto deepest = open_deepest("/" + joined(components, depth), false, gone, stop);
  if (!deepest && deepest.error().number == ENOTDIR) return AnchorPtr();
  if (!deepest) return fail(Error(deepest.error()));
  if (!gone.empty()) return AnchorPtr();
  anchor->base_ = *std::move(deepest);
  BW_TRY(const struct stat status, posix::status(anchor->base_, stop));
  if (!S_ISDIR(status.st_mode)) return AnchorPtr();
  anchor->mark_ = mark_of(status, depth);
  if (mark && mark->inode != anchor->mark_.inode) return AnchorPtr();
  anchor->rest_.assign(components.begin() + static_cast<std::ptrdiff_t>(depth), components.end());
  if (!mark || mark->device != anchor->mark_.device)
    BW_CHECK(check_path_rules(anchor->base_, anchor->rest_, rules, stop));
  return anchor;
}

Io<File> Anchor::open(const StopFlag& stop) const {
  if (rest_.empty()) return posix::reopen(base_, O_RDONLY | O_DIRECTORY, stop);
  return open_child(base_, joined(rest_, rest_.size()), stop);
}

Io<std::vector<std::string>> Anchor::missing(const StopFlag& stop) const {
  std::vector<std::string> names;
  for (std::size_t count = 1; count <= rest_.size(); ++count) {
    const std::string name = joined(rest_, count);
    if (names.empty()) {
      const auto found = posix::open_below(base_, name, O_PATH | O_DIRECTORY, 0, stop);
      if (found) continue;
      if (found.error().number != ENOENT) return std::unexpected(found.error());
    }
    names.push_back(base_.path_of(name));
  }
  return names;
}

Io<File> Anchor::make(std::vector<std::string>& made, const StopFlag& stop) const {
  BW_IO_TRY(File directory, posix::reopen(base_, O_RDONLY | O_DIRECTORY, stop));
  for (const std::string& name : rest_) {
    auto child = open_child(directory, name, stop);
    if (!child && child.error().number == ENOENT) child = make_child(directory, name, made, stop);
    if (!child) return std::unexpected(std::move(child).error());
    directory = *std::move(child);
  }
  return directory;
}

std::optional<std::string> Anchor::beneath(std::string_view directory) const {
  const std::string prefix = base_.path_of("");
  if (!directory.starts_with(prefix)) return std::nullopt;
  return std::string(directory.substr(prefix.size()));
}

Io<> Anchor::remove_empty(const std::vector<std::string>& directories, const StopFlag& stop) const {
  // The parents of the directories that are gone now, and of those that were missing already: whoever removed
  // them may have been stopped before the sync.
  std::vector<std::string> parents;
  for (auto directory = directories.rbegin(); directory != directories.rend(); ++directory) {
    const auto name = beneath(*directory);
    if (!name || name->empty()) continue;
    const std::size_t slash = name->rfind('/');
    const std::string parent = slash == std::string::npos ? "." : name->substr(0, slash);
    auto opened =
        parent == "." ? posix::reopen(base_, O_RDONLY | O_DIRECTORY, stop) : open_child(base_, parent, stop);
    const int number = opened ? 0 : opened.error().number;
    if (number == ENOENT || number == ENOTDIR || number == ELOOP) continue;
    if (!opened) return std::unexpected(opened.error());
    const auto removed =
        posix::remove_directory(*opened, slash == std::string::npos ? *name : name->substr(slash + 1), stop);
    const int why = removed ? 0 : removed.error().number;
    if (why == ENOTEMPTY || why == EEXIST || why == ENOTDIR) continue;
    if (why != 0 && why != ENOENT) return removed;
    BW_IO_CHECK(posix::sync_directory(*opened, stop));
  }
  return {};
}

}  // namespace breakwater::storage
