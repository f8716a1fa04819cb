#include "storage/file/path_rules.h"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>

#include "storage/file/mounts.h"
#include "storage/file/physical_place.h"
#include "storage/file/posix.h"
#include "storage/formats/path.h"

namespace breakwater::storage {
namespace {

std::vector<std::string> to_strings(const std::vector<std::string_view>& components) {
  return {components.begin(), components.end()};
}

bool starts_with(const std::vector<std::string>& whole, const std::vector<std::string>& begin) {
  return whole.size() >= begin.size() && std::equal(begin.begin(), begin.end(), whole.begin());
}

std::vector<std::string> joined(std::vector<std::string> first, const std::vector<std::string>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

PhysicalPlace::Identity identity_of(const struct stat& status) {
  return {status.st_dev, status.st_ino};
}

// Goes up by "..", which follows no symbolic link.
posix::Io<std::vector<PhysicalPlace::Identity>> trail_from(const posix::File& deepest, const StopFlag& stop) {
  std::vector<PhysicalPlace::Identity> trail;
  BW_IO_CHECK(posix::climb(deepest, stop, [&](const posix::File&, const struct stat& status) {
    trail.push_back(identity_of(status));
  }));
  return trail;
}

posix::Io<PhysicalPlace> look_up(std::string_view path, const MountsOnce& mounts, const StopFlag& stop) {
  std::vector<std::string> rest;
  BW_IO_TRY(const posix::File deepest, open_deepest(path, false, rest, stop));
  return place_of(deepest, std::move(rest), mounts, stop);
}

std::unexpected<Error> not_allowed(std::string hint) {
  return fail(error::invalid_backup_dest().with_hint(std::move(hint)));
}

Result<> check_data_dir(std::string_view path, const PhysicalPlace& place, const std::string& data_dir,
                        const MountsOnce& mounts, const StopFlag& stop) {
  bool overlaps = inside_by_spelling(path, data_dir) || inside_by_spelling(data_dir, path);
  if (!overlaps) {
    BW_TRY(const PhysicalPlace data_place, physical_place(data_dir, stop, mounts));
    overlaps = place.inside(data_place) || data_place.inside(place);
  }
  if (!overlaps) return {};
  return not_allowed("The server's data directory can't hold a backup, nor lie in one.");
}

}  // namespace

posix::Io<posix::File> open_deepest(std::string_view path, bool keep_link, std::vector<std::string>& rest,
                                    const StopFlag& stop) {
  const auto components = to_strings(path_components(path));
  rest.clear();
  BW_IO_TRY(posix::File deepest, posix::open("/", O_PATH | O_DIRECTORY, stop));
  for (std::size_t i = 0; i < components.size(); ++i) {
    const bool last = i + 1 == components.size();
    auto next = posix::open_at(deepest, components[i], O_PATH | (last && keep_link ? O_NOFOLLOW : 0), stop);
    if (!next && next.error().number == ENOENT) {
      rest.assign(components.begin() + static_cast<std::ptrdiff_t>(i), components.end());
      return deepest;
    }
    if (!next) return std::unexpected(std::move(next).error());
    deepest = *std::move(next);
  }
  return deepest;
}

posix::Io<PhysicalPlace> place_of(const posix::File& deepest, std::vector<std::string> rest,
                                  const MountsOnce& mounts, const StopFlag& stop) {
  PhysicalPlace place;
  place.rest = std::move(rest);
  BW_IO_TRY(place.trail, trail_from(deepest, stop));
  BW_IO_TRY(const std::string real, posix::real_path(deepest, stop));
  const Mount mount = mounts.of(real);
  place.device = mount.device;
  place.within = joined(to_strings(path_components(mount.root)),
                        to_strings(path_components(
                            std::string_view(real).substr(std::min(mount.mount_point.size(), real.size())))));
  return place;
}

bool PhysicalPlace::inside(const PhysicalPlace& outer) const {
  if (trail.empty() || outer.trail.empty()) return false;
  // If both have the same deepest directory, compare the components that don't exist yet.
  const bool here = trail.front() == outer.trail.front() && starts_with(rest, outer.rest);
  if (here) return true;
  if (outer.rest.empty() && std::ranges::find(trail, outer.trail.front()) != trail.end()) return true;
  return !device.empty() && device == outer.device &&
         starts_with(joined(within, rest), joined(outer.within, outer.rest));
}

Result<PhysicalPlace> physical_place(std::string_view path, const StopFlag& stop, const MountsOnce& mounts) {
  for (int attempt = 1;; ++attempt) {
    auto place = look_up(path, mounts, stop);
    if (place) return *std::move(place);
    // It was removed while we looked, or by another node before, and the NFS client had it cached.
    const bool gone = place.error().number == ENOENT || place.error().number == ESTALE;
    if (!gone || attempt == kMaxLooks) return fail(Error(place.error()));
  }
}

Result<bool> inside(std::string_view path, std::string_view outer, const StopFlag& stop) {
  if (inside_by_spelling(path, outer)) return true;
  const auto outer_place = physical_place(outer, stop);
  if (!outer_place) return false;
  BW_TRY(const PhysicalPlace place, physical_place(path, stop));
  return place.inside(*outer_place);
}

std::vector<std::string> allowed_roots(std::string_view setting) {
  std::vector<std::string> roots;
  while (!setting.empty()) {
    const std::size_t end = std::min(setting.find_first_of(", \t\r\n"), setting.size());
    if (setting.starts_with('/')) roots.push_back(normalize_path(setting.substr(0, end)));
    setting.remove_prefix(std::min(end + 1, setting.size()));
  }
  return roots;
}

Result<> check_path_rules(const posix::File& deepest, const std::vector<std::string>& rest,
                          const PathRules& rules, const StopFlag& stop) {
  if (rules.data_dir.empty() && !rules.restricted) return {};
  std::string path = deepest.path();
  for (const std::string& name : rest) path.append("/").append(name);
  const auto mounts = rules.mounts ? rules.mounts : std::make_shared<const MountsOnce>();
  BW_TRY(const PhysicalPlace place, place_of(deepest, rest, *mounts, stop));
  if (!rules.data_dir.empty()) BW_CHECK(check_data_dir(path, place, rules.data_dir, *mounts, stop));
  if (!rules.restricted) return {};
  for (const std::string& root : rules.allow) {
    const auto allowed = physical_place(root, stop, *mounts);
    if (allowed && place.inside(*allowed)) return {};
  }
  return not_allowed(
      "The setting backup_dest_allow names the directories that may hold backups; this is none.");
}

}  // namespace breakwater::storage
