// What a restore reads: which sets, and which pieces of the log behind them. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "storage/survey/survey.h"

namespace breakwater::storage {

struct PlannedSet {
  SetName name{};
  std::string manifest_sha256{};  ///< as the survey saw it; another one is refused
};

struct PlannedPiece {
  PieceStart start{};
  std::string start_name{};  ///< where the start was read; empty: in the piece's manifest
  std::int64_t objects = 0;  ///< that the survey saw; fewer are refused, unless they lead far enough
};

struct RestorePlan {
  BackupOwner owner{};  ///< of the sets
  std::vector<PlannedSet>
      sets{};  ///< a full one, then the incremental ones on it, each by the hash of the one before
  std::vector<PlannedPiece> pieces{};  ///< of one round, in their order; none: the last set is all
  std::int64_t set_scn = 0;            ///< what the sets come to
  std::string history{};               ///< the mark there, which the log must have too
  std::int64_t scn = 0;                ///< what the tenant is to be as of
  /// Without UNTIL: why it goes less far than what lies there might have led: sets that were passed over, a log with a hole. At
  /// most kMostReasons, then how many more there are.
  std::vector<std::string> falls_short{};

  static constexpr std::size_t kMostReasons = 4;
};

/// A round that was seen to be of another history than a set.
struct Unjoined {
  std::string manifest_sha256{};
  RoundName round{};
};

struct PlanOptions {
  std::optional<std::int64_t> until{};  ///< an SCN; not set: as far as the log is whole
  std::vector<Unjoined> unjoined{};
};

/// Leaves only what bears one of these names: directories of sets and pieces ("backup_set_1_full", "piece_d1002r1p1"). What builds
/// on a set that isn't among them can't be restored. backup_file_not_exist (9011), with a hint that names one: it isn't there.
Result<> keep_named(const std::vector<std::string>& names, Survey& data, Survey* archive);

/// `archive`: null where only sets are there. The newest set that leads there is taken. Error: backup_file_not_exist (9011), with
/// a hint that says what could be restored.
Result<RestorePlan> plan_restore(const Survey& data, const Survey* archive, const PlanOptions& options);

}  // namespace breakwater::storage
