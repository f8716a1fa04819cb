// The store's role for what is known of each destination: what its last proof said, since when it says so, and when the
// server proves it again. Proofs enter theirs by DestinationWriter::record_checks(); a destination that goes takes its row
// along. No operation here makes rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "catalog/model/entities.h"

namespace breakwater::catalog {

struct DestinationStatus {
  DestinationKey key{};
  std::optional<bool> ok{};  ///< nothing: never proved, as far as is known
  std::string error{};       ///< what the first check that failed says
  Timestamp since = 0;       ///< of the first proof with this result
  Timestamp checked = 0;     ///< of the last one
  Timestamp next_check = 0;  ///< 0: to be planned anew; kNoCheck
  std::optional<std::int64_t> free_bytes{};
};

inline constexpr Timestamp kNoCheck = std::numeric_limits<Timestamp>::max();

/// When a destination is to be proved again.
struct PlannedCheck {
  DestinationKey key{};
  Timestamp next_check = 0;
};

class DestinationStatusReader {
 public:
  virtual ~DestinationStatusReader() = default;

  virtual Result<std::optional<DestinationStatus>> find(const DestinationKey& key) = 0;
  /// Those whose time has come by `now`, or that are to be planned, in the order of their times; behind `after`, if given.
  virtual Result<std::vector<PlannedCheck>> due(Timestamp now, const PlannedCheck* after,
                                                std::size_t limit) = 0;
  /// The first time behind `now`.
  virtual Result<std::optional<Timestamp>> next_after(Timestamp now) = 0;
  /// All, in the order of their keys; behind `after`, if given.
  virtual Result<std::vector<PlannedCheck>> planned(const DestinationKey* after, std::size_t limit) = 0;
};

class DestinationStatusWriter {
 public:
  virtual ~DestinationStatusWriter() = default;

  /// Those that are gone are left out.
  virtual Result<> plan(const std::vector<PlannedCheck>& checks) = 0;
  /// All of the tenant's are to be planned anew.
  virtual Result<> plan_again(TenantId tenant) = 0;
  /// No setting names the destination any more: nobody asks how it is.
  virtual Result<> forget(const DestinationKey& key) = 0;
};

}  // namespace breakwater::catalog
