#include "storage/allow.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/mounts.h"
#include "storage/posix.h"
#include "storage/uri.h"

namespace breakwater::storage {
namespace {

/// How often a path is looked up whose directories vanish meanwhile.
constexpr int kMaxLooks = 8;

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

// Where the file really is: symbolic links resolved, however it was reached.
posix::Io<std::string> real_path(const posix::File& file, const StopFlag& stop) {
  std::array<char, PATH_MAX> target{};
  const std::string link = "/proc/self/fd/" + std::to_string(file.descriptor());
  if (stop.stopped()) return std::unexpected(posix::Failure{ECANCELED, "readlink", file.path()});
  const ssize_t size = readlink(link.c_str(), target.data(), target.size());
  if (size < 0) return std::unexpected(posix::Failure{errno, "readlink", file.path()});
  return std::string(target.data(), static_cast<std::size_t>(size));
}

// The deepest part of `path` that exists; the components behind it go to `rest`.
posix::Io<posix::File> open_deepest(std::string_view path, std::vector<std::string>& rest,
                                    const StopFlag& stop) {
  const auto components = to_strings(path_components(path));
  BW_IO_TRY(posix::File deepest, posix::open("/", O_PATH | O_DIRECTORY, stop));
  std::string prefix;
  for (std::size_t i = 0; i < components.size(); ++i) {
    prefix.append("/").append(components[i]);
    auto next = posix::open(prefix, O_PATH, stop);
    if (!next && next.error().number == ENOENT) {
      rest.assign(components.begin() + static_cast<std::ptrdiff_t>(i), components.end());
      return deepest;
    }
    if (!next) return std::unexpected(std::move(next).error());
    deepest = *std::move(next);
  }
  return deepest;
}

posix::Io<std::vector<PhysicalPlace::Step>> trail_to(const std::string& real, const StopFlag& stop) {
  BW_IO_TRY(const auto root, posix::target_status("/", stop));
  std::vector<PhysicalPlace::Step> trail = {{identity_of(root), "/"}};
  std::string prefix;
  for (const std::string_view component : path_components(real)) {
    prefix.append("/").append(component);
    BW_IO_TRY(const auto status, posix::status(prefix, stop));
    trail.push_back({identity_of(status), std::string(component)});
  }
  return trail;
}

posix::Io<PhysicalPlace> look_up(std::string_view path, const StopFlag& stop) {
  PhysicalPlace place;
  BW_IO_TRY(const posix::File deepest, open_deepest(path, place.rest, stop));
  BW_IO_TRY(const std::string real, real_path(deepest, stop));
  BW_IO_TRY(place.trail, trail_to(real, stop));
  const Mount mount = current_mount_of(real);
  place.device = mount.device;
  place.within = joined(to_strings(path_components(mount.root)),
                        to_strings(path_components(
                            std::string_view(real).substr(std::min(mount.mount_point.size(), real.size())))));
  return place;
}

std::unexpected<Error> not_allowed(std::string hint) {
  return fail(error::invalid_backup_dest().with_hint(std::move(hint)));
}

Result<> check_data_dir(std::string_view path, const PhysicalPlace& place, const std::string& data_dir,
                        const StopFlag& stop) {
  bool overlaps = inside_by_spelling(path, data_dir) || inside_by_spelling(data_dir, path);
  if (!overlaps) {
    BW_TRY(const PhysicalPlace data_place, physical_place(data_dir, stop));
    overlaps = place.inside(data_place) || data_place.inside(place);
  }
  if (!overlaps) return {};
  return not_allowed("The server's data directory can't hold a backup, nor lie in one.");
}

}  // namespace

bool PhysicalPlace::inside(const PhysicalPlace& outer) const {
  if (trail.empty() || outer.trail.empty()) return false;
  for (std::size_t i = 0; i < trail.size(); ++i) {
    if (trail[i].identity != outer.trail.back().identity) continue;
    std::vector<std::string> below;
    for (std::size_t j = i + 1; j < trail.size(); ++j) below.push_back(trail[j].name);
    if (starts_with(joined(std::move(below), rest), outer.rest)) return true;
  }
  return !device.empty() && device == outer.device &&
         starts_with(joined(within, rest), joined(outer.within, outer.rest));
}

bool PhysicalPlace::same_as(const PhysicalPlace& other) const {
  return inside(other) && other.inside(*this);
}

Result<PhysicalPlace> physical_place(std::string_view path, const StopFlag& stop) {
  for (int attempt = 1;; ++attempt) {
    auto place = look_up(path, stop);
    if (place) return *std::move(place);
    // Removed while we looked; or by another node, and an NFS client remembered it until we looked closer.
    const bool gone = place.error().number == ENOENT || place.error().number == ESTALE;
    if (!gone || attempt == kMaxLooks) return fail(Error(place.error()));
  }
}

bool inside_by_spelling(std::string_view path, std::string_view outer) {
  const auto inner_components = path_components(path);
  const auto outer_components = path_components(outer);
  return inner_components.size() >= outer_components.size() &&
         std::ranges::equal(outer_components, std::span(inner_components).first(outer_components.size()));
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

Result<> check_path_rules(std::string_view path, const PathRules& rules, const StopFlag& stop) {
  if (rules.data_dir.empty() && !rules.restricted) return {};
  BW_TRY(const PhysicalPlace place, physical_place(path, stop));
  if (!rules.data_dir.empty()) BW_CHECK(check_data_dir(path, place, rules.data_dir, stop));
  if (!rules.restricted) return {};
  for (const std::string& root : rules.allow) {
    const auto allowed = physical_place(root, stop);
    if (allowed && place.inside(*allowed)) return {};
  }
  return not_allowed(
      "The setting backup_dest_allow names the directories that may hold backups; this is none.");
}

}  // namespace breakwater::storage
