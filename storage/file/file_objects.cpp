#include "storage/file/file_objects.h"

#include <algorithm>
#include <cerrno>
#include <set>
#include <vector>

#include <fcntl.h>

#include "storage/file/posix.h"
#include "storage/file/publish.h"
#include "storage/formats/temp_name.h"

namespace breakwater::storage {
namespace {

using posix::EntryType;
using posix::File;
using posix::Io;

constexpr std::size_t kMostDirectories = 65'536;  // in one directory

// A name's directory ("a/b", or "" for the place itself) and its last part.
struct Where {
  std::string directory{};
  std::string leaf{};
};

Where split(const std::string& name) {
  const std::size_t slash = name.rfind('/');
  if (slash == std::string::npos) return {.leaf = name};
  return {.directory = name.substr(0, slash), .leaf = name.substr(slash + 1)};
}

// Nothing of ours is there: no such name, or something on the way is a link or a file.
bool is_nothing(int number) {
  return number == ENOENT || number == ENOTDIR || number == ELOOP || number == ENXIO;
}

Io<File> open_directory(const File& root, const std::string& directory, const StopFlag& stop) {
  if (directory.empty()) return posix::reopen(root, O_RDONLY | O_DIRECTORY, stop);
  return posix::open_below(root, directory, O_RDONLY | O_DIRECTORY, 0, stop);
}

Io<File> make_and_open(const File& parent, const std::string& name, const StopFlag& stop) {
  const auto made = posix::make_directory(parent, name, stop);
  if (!made && made.error().number != EEXIST) return std::unexpected(made.error());
  BW_IO_CHECK(posix::sync_directory(parent, stop));
  return posix::open_below(parent, name, O_RDONLY | O_DIRECTORY, 0, stop);
}

// The directory, made as far as it is missing. That it is there says nothing of the disk: whoever made it may have been stopped before
// the sync of its parent. So each directory above is synced, up to the place itself.
Io<File> made_directory(const File& root, const std::string& directory, const StopFlag& stop) {
  if (directory.empty()) return open_directory(root, directory, stop);
  const Where where = split(directory);
  BW_IO_TRY(const File parent, made_directory(root, where.directory, stop));
  auto there = posix::open_below(parent, where.leaf, O_RDONLY | O_DIRECTORY, 0, stop);
  if (!there && there.error().number == ENOENT) return make_and_open(parent, where.leaf, stop);
  if (there) BW_IO_CHECK(posix::sync_directory(parent, stop));
  return there;
}

// A file with these very bytes, made durable: the write that made it may have been cut short.
Io<bool> is_the_same(const File& directory, const std::string& name, std::span<const std::uint8_t> bytes,
                     const StopFlag& stop) {
  const auto file = posix::open_below(directory, name, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, stop);
  if (!file && is_nothing(file.error().number)) return false;
  if (!file) return std::unexpected(file.error());
  BW_IO_TRY(const auto status, posix::status(*file, stop));
  if (!S_ISREG(status.st_mode) || status.st_size != static_cast<off_t>(bytes.size())) return false;
  BW_IO_TRY(const bool same, posix::holds(*file, bytes, stop));
  if (!same) return false;
  BW_IO_CHECK(posix::sync(*file, stop));
  BW_IO_CHECK(posix::sync_directory(directory, stop));
  return true;
}

Io<Medium::Put> put_in(const File& directory, const std::string& leaf, std::span<const std::uint8_t> bytes,
                       const std::string& temp, const StopFlag& stop) {
  posix::Traces traces;
  const auto ours = posix::publish(directory, temp, leaf, bytes, posix::kFileMode, traces, stop);
  if (!ours) {
    // What can't be removed either is found by a sweep.
    if (traces.temp) (void)posix::remove_if_there(directory, temp, stop);
    return std::unexpected(ours.error());
  }
  if (*ours) return Medium::Put::written;
  BW_IO_TRY(const bool same, is_the_same(directory, leaf, bytes, stop));
  return same ? Medium::Put::written : Medium::Put::exists;
}

Io<> replace_in(const File& directory, const std::string& leaf, std::span<const std::uint8_t> bytes,
                const std::string& temp, const StopFlag& stop) {
  bool created = false;
  auto done = posix::write_new(directory, temp, bytes, posix::kFileMode, created, stop);
  if (done) done = posix::rename(directory, temp, leaf, stop);
  if (done) return posix::sync_directory(directory, stop);
  if (created) (void)posix::remove_if_there(directory, temp, stop);
  return done;
}

// Goes through a tree and keeps the names of one page: those behind `after`, the smallest of them.
class Lister {
 public:
  Lister(std::string prefix, std::string after, const StopFlag& stop)
      : prefix_(std::move(prefix)), after_(std::move(after)), stop_(stop) {}

  Io<> look(const File& directory, const std::string& path) {
    std::vector<std::string> directories;
    bool too_many = false;
    BW_IO_CHECK(posix::for_each_entry(directory, stop_, [&](std::string_view leaf, EntryType type) {
      const std::string name = path + std::string(leaf);
      if (type == EntryType::file) consider(name);
      if (type == EntryType::directory && leads_somewhere(name + "/")) {
        too_many = too_many || directories.size() >= kMostDirectories;
        if (!too_many) directories.push_back(std::string(leaf));
      }
    }));
    if (too_many) return std::unexpected(posix::Failure{EMFILE, "readdir", directory.path()});
    // Names sort as if directories ended with '/'.
    std::ranges::sort(directories, {}, [](const std::string& name) { return name + "/"; });
    for (const std::string& name : directories) BW_IO_CHECK(enter(directory, name, path + name + "/"));
    return {};
  }

  Io<Medium::Page> page(const File& root) const {
    Medium::Page page;
    for (const std::string& name : names_) {
      if (page.entries.size() == Medium::kPage) {
        page.next = page.entries.back().name;
        break;
      }
      const auto file = posix::open_below(root, name, O_PATH, 0, stop_);
      if (!file && is_nothing(file.error().number)) continue;  // it was removed meanwhile
      if (!file) return std::unexpected(file.error());
      BW_IO_TRY(const auto status, posix::status(*file, stop_));
      page.entries.push_back({.name = name, .size = static_cast<std::uint64_t>(status.st_size)});
    }
    if (page.next.empty() && names_.size() > Medium::kPage) page.next = *names_.rbegin();
    return page;
  }

 private:
  bool page_ends_before(const std::string& name) const {
    return names_.size() > Medium::kPage && name > *names_.rbegin();
  }

  void consider(const std::string& name) {
    if (!name.starts_with(prefix_) || name <= after_ || page_ends_before(name) || !check_object_name(name))
      return;
    names_.insert(name);
    if (names_.size() > Medium::kPage + 1) names_.erase(std::prev(names_.end()));
  }

  // Whether a name that begins with `path` may be on the page.
  bool leads_somewhere(const std::string& path) const {
    const bool wanted = path.starts_with(prefix_) || prefix_.starts_with(path);
    const bool behind = path > after_ || after_.starts_with(path);
    return wanted && behind && !page_ends_before(path) && check_object_name(path + "x").has_value();
  }

  Io<> enter(const File& parent, const std::string& name, const std::string& path) {
    if (!leads_somewhere(path)) return {};
    const auto child = posix::open_below(parent, name, O_RDONLY | O_DIRECTORY, 0, stop_);
    if (!child && is_nothing(child.error().number)) return {};
    if (!child) return std::unexpected(child.error());
    return look(*child, path);
  }

  const std::string prefix_;
  const std::string after_;
  const StopFlag& stop_;
  std::set<std::string> names_{};
};

// Removes directories that are empty, from this one upwards.
Io<> remove_empty(const File& root, std::string directory, const StopFlag& stop) {
  while (!directory.empty()) {
    const Where where = split(directory);
    const auto parent = open_directory(root, where.directory, stop);
    if (!parent && is_nothing(parent.error().number)) return {};
    if (!parent) return std::unexpected(parent.error());
    const auto removed = posix::remove_directory(*parent, where.leaf, stop);
    const int why = removed ? 0 : removed.error().number;
    if (why == ENOTEMPTY || why == EEXIST || why == ENOTDIR) return {};
    if (why != 0 && why != ENOENT) return removed;
    BW_IO_CHECK(posix::sync_directory(*parent, stop));
    directory = where.directory;
  }
  return {};
}

Io<> sweep(const File& directory, std::size_t depth, const StopFlag& stop) {
  BW_IO_TRY(const File opened, posix::reopen(directory, O_RDONLY | O_DIRECTORY, stop));
  std::vector<posix::Entry> found;
  BW_IO_CHECK(posix::for_each_entry(opened, stop, [&](std::string_view name, EntryType type) {
    const bool temp = type == EntryType::file && is_temp_name(name) && name.ends_with(kObjectSuffix);
    const bool below = type == EntryType::directory && depth < Medium::kMaxDepth;
    if ((temp || below) && found.size() < kMostDirectories) found.push_back({std::string(name), type});
  }));
  bool removed = false;
  for (const posix::Entry& entry : found) {
    if (entry.type == EntryType::file) {
      BW_IO_CHECK(posix::remove_if_there(directory, entry.name, stop));
      removed = true;
      continue;
    }
    const auto child = posix::open_below(directory, entry.name, O_RDONLY | O_DIRECTORY, 0, stop);
    if (!child && is_nothing(child.error().number)) continue;
    if (!child) return std::unexpected(child.error());
    BW_IO_CHECK(sweep(*child, depth + 1, stop));
    // One whose objects are gone, and the call that was to remove it failed.
    const auto emptied = posix::remove_directory(directory, entry.name, stop);
    const int why = emptied ? 0 : emptied.error().number;
    removed = removed || why == 0;
    if (why != 0 && why != ENOTEMPTY && why != EEXIST && why != ENOTDIR && why != ENOENT) return emptied;
  }
  return removed ? posix::sync_directory(directory, stop) : Io<>{};
}

}  // namespace

Result<Medium::Put> put_new_object(const Anchor& place, const std::string& name,
                                   std::span<const std::uint8_t> bytes, std::string_view token,
                                   const StopFlag& stop) {
  BW_TRY(const File root, place.open(stop));
  const Where where = split(name);
  BW_TRY(const File directory, made_directory(root, where.directory, stop));
  BW_TRY(const Medium::Put put, put_in(directory, where.leaf, bytes, temp_name(token, kObjectSuffix), stop));
  return put;
}

Result<> replace_object(const Anchor& place, const std::string& name, std::span<const std::uint8_t> bytes,
                        std::string_view token, const StopFlag& stop) {
  BW_TRY(const File root, place.open(stop));
  const Where where = split(name);
  BW_TRY(const File directory, made_directory(root, where.directory, stop));
  BW_CHECK(replace_in(directory, where.leaf, bytes, temp_name(token, kObjectSuffix), stop));
  return {};
}

Result<std::optional<Bytes>> read_object(const Anchor& place, const std::string& name, std::size_t limit,
                                         const StopFlag& stop) {
  BW_TRY(const File root, place.open(stop));
  const auto file = posix::open_below(root, name, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, stop);
  if (!file && is_nothing(file.error().number)) return std::nullopt;
  if (!file) return fail(Error(file.error()));
  BW_TRY(const auto status, posix::status(*file, stop));
  if (!S_ISREG(status.st_mode)) return std::nullopt;
  BW_TRY(Bytes bytes, posix::read_up_to(*file, limit + 1, stop));
  return bytes;
}

Result<Medium::Page> list_objects(const Anchor& place, const std::string& prefix, const std::string& after,
                                  const StopFlag& stop) {
  BW_TRY(const File root, place.open(stop));
  const std::string directory = split(prefix).directory;
  const auto begin = open_directory(root, directory, stop);
  if (!begin && is_nothing(begin.error().number)) return Medium::Page{};
  if (!begin) return fail(Error(begin.error()));
  Lister lister(prefix, after, stop);
  BW_CHECK(lister.look(*begin, directory.empty() ? "" : directory + "/"));
  BW_TRY(Medium::Page page, lister.page(root));
  return page;
}

Result<std::vector<std::string>> list_others(const Anchor& place, const std::string& directory,
                                             const std::string& prefix, const StopFlag& stop) {
  BW_TRY(const File root, place.open(stop));
  std::vector<std::string> names;
  const auto begin = open_directory(root, split(directory).directory, stop);
  if (!begin && is_nothing(begin.error().number)) return names;
  if (!begin) return fail(Error(begin.error()));
  bool too_many = false;
  BW_CHECK(posix::for_each_entry(*begin, stop, [&](std::string_view leaf, EntryType type) {
    if (!leaf.starts_with(prefix)) return;
    std::string name = directory + std::string(leaf);
    if (type == EntryType::file && check_object_name(name)) return;
    too_many = too_many || names.size() >= kMostDirectories;
    if (!too_many) names.push_back(std::move(name));
  }));
  if (too_many)
    return fail(
        error::size_overflow().with_hint("the destination holds more directories than are looked at"));
  return names;
}

Result<> remove_object(const Anchor& place, const std::string& name, const StopFlag& stop) {
  BW_TRY(const File root, place.open(stop));
  const Where where = split(name);
  const auto directory = open_directory(root, where.directory, stop);
  if (!directory && is_nothing(directory.error().number)) return {};
  if (!directory) return fail(Error(directory.error()));
  BW_CHECK(posix::remove_if_there(*directory, where.leaf, stop));
  BW_CHECK(posix::sync_directory(*directory, stop));
  BW_CHECK(remove_empty(root, where.directory, stop));
  return {};
}

Result<> sweep_objects(const Anchor& place, const std::string& directory, const StopFlag& stop) {
  BW_TRY(const File root, place.open(stop));
  const std::string path = split(directory).directory;
  const auto begin = open_directory(root, path, stop);
  if (!begin && is_nothing(begin.error().number)) return {};
  if (!begin) return fail(Error(begin.error()));
  BW_CHECK(sweep(*begin, 0, stop));
  BW_CHECK(remove_empty(root, path, stop));
  return {};
}

}  // namespace breakwater::storage
