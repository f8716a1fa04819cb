#include "storage/file/file_system_of.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/crypto.h"
#include "storage/file/mounts.h"

namespace breakwater::storage {
namespace {

using posix::File;

// ---- what the headers of Debian 12 don't have: the kernel's linux/fs.h, fs/ext4/ext4.h, fs/xfs/libxfs/xfs_fs.h

constexpr std::size_t kUuidBytes = 16;

struct Fsuuid2 {
  std::uint8_t length;
  std::array<std::uint8_t, kUuidBytes> uuid;
};

struct Ext4UuidHeader {
  std::uint32_t length;
  std::uint32_t flags;
};

struct Ext4Uuid {
  Ext4UuidHeader header;
  std::array<std::uint8_t, kUuidBytes> uuid;
};

struct XfsGeometry {
  std::array<std::uint32_t, 8> sizes;
  std::array<std::uint64_t, 4> blocks;
  std::array<std::uint8_t, kUuidBytes> uuid;
  std::array<std::uint32_t, 8> rest;
};
constexpr std::size_t kXfsGeometryBytes = 112;
static_assert(sizeof(XfsGeometry) == kXfsGeometryBytes);

constexpr unsigned long kGetFsUuid = _IOR(0x15, 0, Fsuuid2);
constexpr unsigned long kExt4GetUuid = _IOR('f', 44, Ext4UuidHeader);
constexpr unsigned long kXfsGeometry = _IOR('X', 100, XfsGeometry);

constexpr std::int64_t kXfs = 0x58465342;
constexpr std::int64_t kExt4 = EXT4_SUPER_MAGIC;
constexpr std::int64_t kBtrfs = BTRFS_SUPER_MAGIC;

struct NamedType {
  std::int64_t magic;
  std::string_view name;
};

constexpr std::array kTypes = {
    NamedType{kExt4, "ext4"},
    NamedType{kXfs, "xfs"},
    NamedType{kBtrfs, "btrfs"},
    NamedType{NFS_SUPER_MAGIC, "nfs"},
    NamedType{TMPFS_MAGIC, "tmpfs"},
    NamedType{RAMFS_MAGIC, "ramfs"},
    NamedType{OVERLAYFS_SUPER_MAGIC, "overlay"},
    NamedType{0x2FC12FC1, "zfs"},
    NamedType{0xFF534D42, "cifs"},
    NamedType{0xFE534D42, "smb3"},
    NamedType{0x65735546, "fuse"},
    NamedType{0x00C36400, "ceph"},
    NamedType{0x01021997, "9p"},
    NamedType{0xF2F52010, "f2fs"},
    NamedType{0x4D44, "vfat"},
    NamedType{0x2011BAB0, "exfat"},
};

std::string hex(std::uint64_t number) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr;
  return {digits.data(), end};
}

std::string type_name(std::int64_t magic) {
  const auto known = std::ranges::find(kTypes, magic, &NamedType::magic);
  return known == kTypes.end() ? "0x" + hex(static_cast<std::uint32_t>(magic)) : std::string(known->name);
}

// All zero is no UUID.
std::string uuid_text(std::span<const std::uint8_t> uuid) {
  const bool none = std::ranges::all_of(uuid, [](std::uint8_t byte) { return byte == 0; });
  return none ? std::string() : crypto::to_hex(uuid);
}

template <class Answer>
bool ask(const File& file, unsigned long request, Answer& answer) {
  return ioctl(file.descriptor(), request, &answer) == 0;
}

std::string uuid_by_call(const File& directory, std::int64_t magic) {
  Fsuuid2 any{};
  // Shorter ones are a serial number, whose bytes by-uuid writes in another order.
  if (ask(directory, kGetFsUuid, any) && any.length == kUuidBytes) return uuid_text(any.uuid);
  Ext4Uuid ext4{.header = {.length = kUuidBytes, .flags = 0}, .uuid = {}};
  if (magic == kExt4 && ask(directory, kExt4GetUuid, ext4)) return uuid_text(ext4.uuid);
  btrfs_ioctl_fs_info_args btrfs{};
  if (magic == kBtrfs && ask(directory, BTRFS_IOC_FS_INFO, btrfs)) return uuid_text(btrfs.fsid);
  XfsGeometry xfs{};
  if (magic == kXfs && ask(directory, kXfsGeometry, xfs)) return uuid_text(xfs.uuid);
  return {};
}

// "1234-ABCD": without the dash, as uuid_text() writes it.
std::string plain_uuid(std::string_view name) {
  std::string text;
  for (const char c : name) {
    const bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (digit) text.push_back(c);
    if (c >= 'A' && c <= 'F') text.push_back(static_cast<char>(c - 'A' + 'a'));
  }
  return text;
}

// The name in /dev/disk/by-uuid whose link leads to this device, where there is a udev.
std::string uuid_by_link(dev_t device) {
  DIR* const links = opendir("/dev/disk/by-uuid");
  if (links == nullptr) return {};
  std::string found;
  while (const dirent* const entry = readdir(links)) {
    struct stat status{};
    const bool there = fstatat(dirfd(links), entry->d_name, &status, 0) == 0;
    if (!there || !S_ISBLK(status.st_mode) || status.st_rdev != device) continue;
    found = plain_uuid(entry->d_name);
    break;
  }
  closedir(links);
  return found;
}

// Empty: the file system has none, or gives its device's number for one.
std::string fsid_of(const struct statfs& found, dev_t device) {
  std::array<std::uint32_t, 2> words{};
  static_assert(sizeof(words) == sizeof(found.f_fsid));
  std::memcpy(words.data(), &found.f_fsid, sizeof(words));
  const std::uint64_t number = std::uint64_t{words[1]} << 32U | words[0];
  if (number == 0 || number == device) return {};
  return hex(number);
}

std::string text_of(const std::string& path) {
  const std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The number that mountinfo gives the mount of an open file.
std::string mount_id(const File& file) {
  std::istringstream lines(text_of("/proc/self/fdinfo/" + std::to_string(file.descriptor())));
  for (std::string name, value; lines >> name >> value;)
    if (name == "mnt_id:") return value;
  return {};
}

FileSystem nfs_of(const File& directory) {
  FileSystem system{.type = "nfs"};
  const auto mounts = parse_mountinfo(text_of("/proc/self/mountinfo"));
  const auto mount = std::ranges::find(mounts, mount_id(directory), &Mount::id);
  if (mount == mounts.end()) return system;
  system.server = mount->option_value("addr");
  // "server:/export", "[fe80::1]:/export"
  const std::size_t path = mount->source.find(":/");
  if (path != std::string::npos) system.export_path = mount->source.substr(path + 1);
  if (system.server.empty()) system.server = mount->source.substr(0, std::min(path, mount->source.size()));
  system.fsid = nfs_fsid(text_of("/proc/fs/nfsfs/volumes"), mount->device);
  return system;
}

}  // namespace

// NV SERVER   PORT DEV          FSID                              FSC
// v4 0a000101  801 0:45         0:0                               no
std::string nfs_fsid(std::string_view volumes, std::string_view device) {
  constexpr std::size_t kDevice = 3;
  constexpr std::size_t kFsid = 4;
  std::istringstream lines{std::string(volumes)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    const std::vector<std::string> fields{std::istream_iterator<std::string>(words), {}};
    if (fields.size() > kFsid && fields[kDevice] == device) return fields[kFsid];
  }
  return {};
}

FileSystem file_system_of(const File& directory, const StopFlag& stop) {
  if (!stop.check()) return {};
  struct statfs found{};
  if (fstatfs(directory.descriptor(), &found) != 0) return {};
  if (found.f_type == NFS_SUPER_MAGIC) return nfs_of(directory);
  FileSystem system{.type = type_name(found.f_type)};
  const auto status = posix::status(directory, stop);
  const auto opened = posix::reopen(directory, O_RDONLY | O_DIRECTORY, stop);
  if (opened) system.uuid = uuid_by_call(*opened, found.f_type);
  if (!status) return system;
  if (system.uuid.empty()) system.uuid = uuid_by_link(status->st_dev);
  system.fsid = fsid_of(found, status->st_dev);
  return system;
}

}  // namespace breakwater::storage
