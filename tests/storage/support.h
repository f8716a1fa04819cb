// What the storage tests share: a directory of their own, a look at all that is in it, children with other
// rights, time and entropy that repeat.
#pragma once

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <string>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "storage/formats/format_file.h"

namespace breakwater::storage {

class TempDir {
 public:
  TempDir() {
    std::string name = (std::filesystem::temp_directory_path() / "bw_storage_XXXXXX").string();
    path_ = std::filesystem::canonical(mkdtemp(name.data())).string();
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// The format file of tenant 1002's first destination.
inline FormatFile format_for(const std::string& root, Timestamp created = 1) {
  return {.cluster_name = "c",
          .tenant_name = "t",
          .path = "file://" + root,
          .cluster_id = 1,
          .tenant_id = 1002,
          .incarnation = 1,
          .dest_id = 1001,
          .dest_type = 0,
          .created = created};
}

inline void write_file(const std::string& path, std::string_view content) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << content;
}
inline void write_file(const std::string& path, const Bytes& content) {
  write_file(path, as_text(content));
}

inline std::string read_file(const std::string& path) {
  const std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Every name below `root` with its kind and, for files, content.
inline std::map<std::string, std::string> snapshot(const std::string& root) {
  std::map<std::string, std::string> found;
  if (!std::filesystem::exists(root)) return found;
  found["."] = "directory";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    const bool regular = entry.symlink_status().type() == std::filesystem::file_type::regular;
    found[entry.path().string().substr(root.size())] =
        regular ? "file: " + read_file(entry.path().string())
                : std::to_string(static_cast<int>(entry.symlink_status().type()));
  }
  return found;
}

/// What `body` returns in a child process; -1 if the child died otherwise.
inline int in_child(const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

inline constexpr uid_t kNobody = 65534;

/// While it lives, the whole process acts on files as the user `uid`; only for a process that runs as root.
/// Unlike in_child(), what runs under it may start threads (TSan allows none after a fork).
class ActingAs final {
 public:
  explicit ActingAs(uid_t uid) { EXPECT_EQ(seteuid(uid), 0); }
  ~ActingAs() { EXPECT_EQ(seteuid(0), 0); }
  ActingAs(const ActingAs&) = delete;
  ActingAs& operator=(const ActingAs&) = delete;
};

/// Bytes that count up: 0, 1, 2, ...
class CountingEntropy final : public Entropy {
 public:
  void fill(std::span<std::uint8_t> out) const override {
    for (std::uint8_t& byte : out) byte = next_++;
  }

 private:
  mutable std::uint8_t next_ = 0;
};

inline Bytes from_hex(std::string_view hex) {
  return crypto::from_hex(hex).value();
}

}  // namespace breakwater::storage
