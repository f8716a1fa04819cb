#include "storage/file/left_probe_files.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <fcntl.h>

#include "storage/destination/write_plan.h"
#include "storage/formats/probe_content.h"

namespace breakwater::storage {
namespace {

// It can't be read, or is no regular file any more.
constexpr std::array kNoProbe = {ELOOP, ENXIO, EACCES, EPERM};

posix::Io<std::optional<Timestamp>> look_at(const posix::File& directory, const std::string& name,
                                            const StopFlag& stop) {
  const auto file = posix::open_below(directory, name, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, stop);
  if (!file && std::ranges::find(kNoProbe, file.error().number) != kNoProbe.end()) return std::nullopt;
  if (!file) return std::unexpected(file.error());
  BW_IO_TRY(const struct stat found, posix::status(*file, stop));
  if (!S_ISREG(found.st_mode) || found.st_size > static_cast<off_t>(kProbeBytes)) return std::nullopt;
  BW_IO_TRY(const Bytes whole, posix::read_up_to(*file, kProbeBytes + 1, stop));
  if (!is_probe_file(whole)) return std::nullopt;
  return modified_at(found);
}

}  // namespace

Timestamp modified_at(const struct stat& status) {
  constexpr Timestamp kSecond = 1'000'000;
  constexpr Timestamp kNanoseconds = 1'000;
  return Timestamp{status.st_mtim.tv_sec} * kSecond + status.st_mtim.tv_nsec / kNanoseconds;
}

bool may_be_left_probe(const posix::Entry& entry) {
  return entry.type == posix::EntryType::file && is_probe_file_name(entry.name);
}

posix::Io<std::optional<Timestamp>> find_left_probe(const posix::File& directory, const std::string& name,
                                                    const StopFlag& stop) {
  auto found = look_at(directory, name, stop);
  // One that is gone meanwhile, by whoever proves the same directory, counts no more than a probe does. On NFS it may be
  // gone though it is open.
  const int number = found ? 0 : found.error().number;
  if (number == ENOENT || number == ESTALE) return Timestamp{};
  return found;
}

void remove_stale_probe_files(const posix::File& directory, const std::vector<std::string>& names,
                              Timestamp now, const StopFlag& stop) {
  std::size_t looked = 0;
  for (const std::string& name : names) {
    if (++looked > kMostLeftProbes) return;
    const auto written = find_left_probe(directory, name, stop);
    if (!written || !*written || !is_stale_probe(**written, now)) continue;
    (void)posix::remove_if_there(directory, name, stop);
  }
}

}  // namespace breakwater::storage
