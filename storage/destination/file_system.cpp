#include "storage/destination/file_system.h"

#include <array>
#include <sstream>
#include <utility>

namespace breakwater::storage {
namespace {

constexpr std::array<std::pair<std::string_view, std::string FileSystem::*>, 5> kWords = {
    {{"type", &FileSystem::type},
     {"uuid", &FileSystem::uuid},
     {"fsid", &FileSystem::fsid},
     {"server", &FileSystem::server},
     {"export", &FileSystem::export_path}}};

bool differ(std::string_view one, std::string_view other) {
  return !one.empty() && !other.empty() && one != other;
}

}  // namespace

std::string encode(const FileSystem& system) {
  std::string text;
  for (const auto& [name, member] : kWords) {
    const std::string& value = system.*member;
    if (!value.empty()) text.append(text.empty() ? "" : " ").append(name).append("=").append(value);
  }
  return text;
}

FileSystem decode_file_system(std::string_view text) {
  FileSystem system;
  std::istringstream words{std::string(text)};
  for (std::string word; words >> word;) {
    for (const auto& [name, member] : kWords) {
      const bool named = word.starts_with(name) && word.size() > name.size() && word[name.size()] == '=';
      if (named) system.*member = word.substr(name.size() + 1);
    }
  }
  return system;
}

bool is_another(const FileSystem& one, const FileSystem& other) {
  const bool same_uuid = !one.uuid.empty() && one.uuid == other.uuid;
  // ext3 becomes ext4 and stays what it is.
  if (differ(one.type, other.type) && !same_uuid) return true;
  return differ(one.uuid, other.uuid) || differ(one.fsid, other.fsid) || differ(one.server, other.server) ||
         differ(one.export_path, other.export_path);
}

std::string describe(const FileSystem& system) {
  if (!system.server.empty()) {
    std::string text = "NFS " + system.server + ":" + system.export_path;
    if (!system.fsid.empty()) text += " (fsid " + system.fsid + ")";
    return text;
  }
  const std::string type = system.type.empty() ? "a file system" : system.type;
  if (!system.uuid.empty()) return type + " with the UUID " + system.uuid;
  if (!system.fsid.empty()) return type + " with the fsid " + system.fsid;
  return type;
}

}  // namespace breakwater::storage
