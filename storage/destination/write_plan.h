// The plan that a SET makes before it writes, in a directory or in a bucket. The intent records it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/error.h"
#include "storage/formats/format_file.h"
#include "storage/formats/tombstone.h"

namespace breakwater::storage {

/// The directory that an operation began in, as an intent records it.
struct AnchorMark {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  /// The number of the path's components that lead to it. Not set in an intent of an older version.
  std::optional<std::size_t> depth{};
};

/// The ends of the probe files' names (temp_name), in the root.
inline constexpr std::array<std::string_view, 2> kProbeSuffixes{"probe1", "probe2"};
/// Whether `name` is that of a probe file, of this server or another.
bool is_probe_file_name(std::string_view name);

/// Which format files a plan makes.
enum class FormatFiles : std::uint8_t {
  none,    ///< the destination has its format file already
  format,  ///< `format`
  both,    ///< and `format.obbak`, linked to it
};

/// Everything that one SET may create, decided before anything is written.
struct WritePlan {
  std::string check_name;                ///< "1002_connect_file_20230111T193020.obbak", below check_file/
  std::string token;                     ///< part of this plan's temporary names; makes them unique
  std::vector<std::string> directories;  ///< those missing now: absolute, outermost first, check_file/ last
  std::optional<AnchorMark> began_in{};  ///< the deepest directory that existed; not set in older plans
  Bytes format_bytes;                    ///< the content of `format`
  FormatFiles formats = FormatFiles::format;
  bool only_probes = false;  ///< a CHECK's: neither a check file nor a format file is made
  bool brief = false;        ///< of a CHECK that the server makes by itself

  /// What a CHECK tries. brief: without the rows of speed, append and multipart, and with probes of a few bytes.
  enum class Probes : std::uint8_t { all, brief };
  /// Makes it the plan of a CHECK.
  void make_only_probes(Probes probes = Probes::all);
  Bytes check_proof{};  ///< what the check file has behind its payload (place_proof.h); older plans have none

  std::string temp_format_name() const;  ///< below the root
  std::string temp_check_name() const;   ///< below check_file/

  /// Names relative to the root that is_empty() may ignore while this plan's intent is open. They don't
  /// include the format files: their bytes tell whose they are (read_format).
  std::set<std::string, std::less<>> names() const;

  /// Puts the number into format_bytes. Error: format_file_not_match (9081) if they can't be decoded.
  Result<> assign_dest_id(std::int64_t dest_id);

  /// The content of the check file, made from format_bytes, with the proof. Error: format_file_not_match (9081) if they can't
  /// be decoded.
  Result<Bytes> check_bytes() const;
};

/// What stands under the format file's name.
struct FoundFormat {
  Bytes bytes;
  FormatFile file;                       ///< empty if there is a tombstone
  std::optional<Tombstone> tombstone{};  ///< the place was retired
};
std::string describe(const FoundFormat& found);

/// A file below check_file/.
struct FoundCheckFile {
  std::string name;
  Bytes bytes;
};

/// "1002_connect_file_": the beginning of the names of the tenant's check files.
std::string check_file_prefix(std::uint64_t tenant_id);

/// "1002_connect_file_20230111T193020.obbak": local time, to the second.
std::string check_file_name(std::uint64_t tenant_id, Timestamp now);
/// Whether it is such a name, of this tenant.
bool is_check_file_name(std::string_view name, std::uint64_t tenant_id);

}  // namespace breakwater::storage
