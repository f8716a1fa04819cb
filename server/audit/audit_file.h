// The audit's file: lines are appended whole or not at all, and a file that is large enough makes place for a new one:
// audit.log, audit.log.1, … the oldest has the highest number and is removed in the end.
//
// One thread. An error (io_error (4009), server_out_of_disk (4184)) leaves the file as it was; try again later.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace breakwater::server {

struct AuditFileOptions {
  std::string path{};
  std::int64_t max_bytes = std::int64_t{64} << 20U;  ///< of one file
  std::int64_t old_files = 10;                       ///< that are kept beside it
  std::function<std::string()> first_line{};         ///< of a new file
};

class AuditFile {
 public:
  explicit AuditFile(AuditFileOptions options) : options_(std::move(options)) {}
  ~AuditFile();
  AuditFile(const AuditFile&) = delete;
  AuditFile& operator=(const AuditFile&) = delete;

  /// Opens it, or makes it (mode 0600). A line that a crash has cut off goes. Refused: what isn't a file, or doesn't
  /// begin with an audit's line, or another process writes.
  Result<> open();
  bool is_open() const { return descriptor_ >= 0; }

  /// What this file and the newest old one say.
  struct Content {
    std::int64_t written = 0;      ///< as the newest first_line() says
    std::set<std::int64_t> ids{};  ///< of lines, those behind read()'s `id`
  };
  Result<Content> read(std::int64_t id) const;

  /// `lines`: whole ones. One that somebody has moved away or removed is made anew.
  Result<> append(std::string_view lines);
  /// What was appended outlives a loss of power.
  Result<> sync();

 private:
  Result<> check_and_lock();
  Result<> cut_torn_line();
  Result<> make_room(std::size_t bytes);
  Result<> write(std::string_view lines);
  bool was_moved() const;
  void rename_old() const;
  void close();
  std::string old_name(std::int64_t number) const { return options_.path + "." + std::to_string(number); }

  AuditFileOptions options_;
  int descriptor_ = -1;
  std::int64_t size_ = 0;
  bool torn_ = false;  ///< there is more in it than size_ bytes
};

}  // namespace breakwater::server
