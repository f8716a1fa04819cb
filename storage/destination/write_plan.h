// What a SET decides before it writes, in a directory or in a bucket, so that an intent can name it.
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

namespace breakwater::storage {

/// Which directory an operation began in, as an intent keeps it.
struct AnchorMark {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  /// Of the path's components, how many lead to it; nothing in an intent of an older version.
  std::optional<std::size_t> depth{};
};

/// The ends of the probes' names (temp_name), in the root.
inline constexpr std::array<std::string_view, 2> kProbeSuffixes{"probe1", "probe2"};

/// Which format files a plan makes.
enum class FormatFiles : std::uint8_t {
  none,    ///< the destination has its format file already
  format,  ///< `format`
  both,    ///< and `format.obbak`, linked to it
};

/// Everything one SET may create, decided before anything is written, so that an intent can name it.
struct WritePlan {
  std::string check_name;                ///< "1002_connect_file_20230111T193020.obbak", below check_file/
  std::string token;                     ///< makes this plan's temporary names its own
  std::vector<std::string> directories;  ///< absolute, outermost first: missing now; check_file/ is the last
  std::optional<AnchorMark> began_in{};  ///< the deepest directory there was; older plans don't say
  Bytes format_bytes;                    ///< what `format` will hold
  FormatFiles formats = FormatFiles::format;

  std::string temp_format_name() const;  ///< below the root
  std::string temp_check_name() const;   ///< below check_file/

  /// Names relative to the root that is_empty() may ignore while this plan's intent is open. The format files
  /// are not among them: whose they are is told by their bytes (read_format).
  std::set<std::string, std::less<>> names() const;

  /// Puts the number into format_bytes, which must be decodable (9081).
  Result<> assign_dest_id(std::int64_t dest_id);

  /// What the check file will hold; it follows from format_bytes, which must be decodable (9081).
  Result<Bytes> check_bytes() const;
};

struct FoundFormat {
  Bytes bytes;
  FormatFile file;
};

/// "1002_connect_file_": how the tenant's check files begin.
std::string check_file_prefix(std::uint64_t tenant_id);

/// "1002_connect_file_20230111T193020.obbak": local time, to the second.
std::string check_file_name(std::uint64_t tenant_id, Timestamp now);

}  // namespace breakwater::storage
