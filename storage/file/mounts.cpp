#include "storage/file/mounts.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>

#include "storage/formats/path.h"

namespace breakwater::storage {
namespace {

// proc(5): blanks and similar characters are written as \ooo.
std::string unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned code = 0;
    if (text[i] == '\\' && i + 3 < text.size() &&
        std::from_chars(text.data() + i + 1, text.data() + i + 4, code, 8).ptr == text.data() + i + 4) {
      plain.push_back(static_cast<char>(code));
      i += 3;
    } else {
      plain.push_back(text[i]);
    }
  }
  return plain;
}

// "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue"
std::optional<Mount> parse_line(std::string_view line) {
  std::vector<std::string_view> fields;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    if (end != 0) fields.push_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  const auto dash = std::ranges::find(fields, "-");
  if (fields.size() < 6 || fields.end() - dash < 4) return std::nullopt;
  return Mount{.id = std::string(fields[0]),
               .mount_point = unescape(fields[4]),
               .root = unescape(fields[3]),
               .device = std::string(fields[2]),
               .source = std::string(dash[2]),
               .type = std::string(dash[1]),
               .options = std::string(fields[5]).append(",").append(dash[3])};
}

template <class Visit>
void for_each_option(std::string_view options, Visit visit) {
  while (!options.empty()) {
    const std::size_t end = std::min(options.find(','), options.size());
    visit(options.substr(0, end));
    options.remove_prefix(std::min(end + 1, options.size()));
  }
}

bool is_nfs(const Mount& mount) {
  return mount.type == "nfs" || mount.type == "nfs4";
}

}  // namespace

bool Mount::has_option(std::string_view name) const {
  bool found = false;
  for_each_option(options, [&](std::string_view option) { found = found || option == name; });
  return found;
}

std::string_view Mount::option_value(std::string_view name) const {
  std::string_view value;
  for_each_option(options, [&](std::string_view option) {
    if (option.starts_with(name) && option.substr(name.size()).starts_with('='))
      value = option.substr(name.size() + 1);
  });
  return value;
}

std::vector<Mount> parse_mountinfo(std::string_view text) {
  std::vector<Mount> mounts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (auto mount = parse_line(text.substr(0, end))) mounts.push_back(*std::move(mount));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return mounts;
}

Mount mount_of(std::string_view path, const std::vector<Mount>& mounts) {
  const Mount* best = nullptr;
  for (const Mount& mount : mounts) {
    if (!inside_by_spelling(path, mount.mount_point)) continue;
    if (best == nullptr || mount.mount_point.size() >= best->mount_point.size()) best = &mount;
  }
  return best == nullptr ? Mount{} : *best;
}

std::vector<Mount> current_mounts() {
  const std::ifstream file("/proc/self/mountinfo");
  std::ostringstream text;
  text << file.rdbuf();
  return parse_mountinfo(text.str());
}

Mount current_mount_of(std::string_view path) {
  return mount_of(path, current_mounts());
}

std::vector<std::string> mount_warnings(const Mount& mount) {
  std::vector<std::string> warnings;
  if (mount.type == "tmpfs" || mount.type == "ramfs")
    warnings.emplace_back("it is memory: a backup there is gone with the machine");
  if (!is_network_type(mount.type))
    warnings.emplace_back("it is not NFS: every node of the cluster must see the same directory");
  if (!is_nfs(mount)) return warnings;
  const std::string_view version = mount.option_value("vers");
  if (version.starts_with('3') || version == "4" || version == "4.0")
    warnings.push_back("NFS " + std::string(version) + ": nfsvers=4.1 or newer is needed");
  if (mount.has_option("soft") || mount.has_option("softerr"))
    warnings.emplace_back("it is mounted soft: writes can be lost; mount it hard");
  if (!mount.has_option("sync")) warnings.emplace_back("the mount option sync is missing");
  const std::string_view cache = mount.option_value("lookupcache");
  if (cache != "positive" && cache != "pos" && cache != "none")
    warnings.emplace_back("the mount option lookupcache=positive is missing");
  return warnings;
}

bool is_network_type(std::string_view type) {
  constexpr std::array types = {"nfs", "nfs4",   "cifs", "smb3",  "ceph", "9p",
                                "afs", "lustre", "gpfs", "ocfs2", "gfs2"};
  return type.starts_with("fuse") || std::ranges::find(types, type) != types.end();
}

}  // namespace breakwater::storage
