// What a destination holds, from the medium alone: sets, pieces, what of them is missing or damaged, and what could be
// restored. No catalogue and no key are needed; so what manifests say is believed as far as their sums go, and it is
// whoever restores, with a key, who proves it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/task.h"
#include "storage/destination/medium.h"
#include "storage/formats/archive_piece.h"
#include "storage/formats/backup_set.h"
#include "storage/pool/cancellation.h"

namespace breakwater::storage {

enum class FoundStatus : std::uint8_t {
  complete,    ///< everything that the manifest names is there
  active,      ///< a piece that the archiver still writes, or wrote when it was stopped
  incomplete,  ///< there is no manifest: a backup that runs, failed or was cut short
  damaged,  ///< the manifest, or an object that it names, is missing, of another length, or not what it was
  deleted,  ///< discarded by tagging
};
std::string_view name_of(FoundStatus status);  ///< "COMPLETE"

/// What is wrong, in words: at most kMostProblems, then how many more there are.
struct Problems {
  static constexpr std::size_t kMostProblems = 16;
  static constexpr std::size_t kMaxProblem = 512;  ///< bytes; what is longer is cut
  std::vector<std::string> texts{};
  std::size_t more = 0;

  void add(std::string text);
  bool empty() const { return texts.empty(); }
};

struct FoundSet {
  SetName name{};
  FoundStatus status = FoundStatus::incomplete;
  SetManifest manifest{};         ///< without its objects and `information`; empty if it wasn't read
  std::string manifest_sha256{};  ///< in hexadecimal
  std::uint64_t objects = 0;      ///< that the manifest names
  std::uint64_t bytes = 0;        ///< of all that lies in its directory
  bool restorable = false;        ///< it and all sets that it builds on are complete
  Problems problems{};
};

struct FoundPiece {
  PieceName name{};
  FoundStatus status = FoundStatus::incomplete;
  PieceStart start{};        ///< empty if it wasn't read
  std::string start_name{};  ///< the object that `start` is from, where that isn't the manifest
  /// The log is whole from start.start_scn up to here; 0: nothing of it is known to be.
  std::int64_t whole_scn = 0;
  std::uint64_t objects = 0;
  std::uint64_t bytes = 0;
  Problems problems{};
};

struct Survey {
  std::optional<FoundFormat> format{};
  std::vector<FoundSet> sets{};  ///< by id; the newest that SurveyOptions asks for
  /// There are older sets than these: a survey with this `sets_before` has the next of them.
  std::optional<std::int64_t> more_sets_before{};
  std::vector<FoundPiece> pieces{};  ///< by destination, round and number
  Problems problems{};               ///< of the place
};

inline constexpr std::size_t kMaxSurveyed =
    10'000;  ///< sets of one survey, and pieces; more pieces are size_overflow (4019)

/// What a survey keeps in memory of its sets, and of its pieces; where those of a place say more of themselves, it is size_overflow.
inline constexpr std::size_t kMaxSurveyedBytes = std::size_t{24} << 20U;

struct SurveyOptions {
  bool contents = false;  ///< read every object and compare its SHA-256, not its length alone
  std::optional<std::int64_t> sets_before{};  ///< only sets with lower numbers
  std::size_t most_sets = kMaxSurveyed;       ///< a page of them
  /// The deadline of the next operation.
  std::function<Call()> call{};
};

/// Errors: those of the medium. What can be read but isn't right is a problem, not an error.
Task<Result<Survey>> survey(Medium& medium, SurveyOptions options);

/// One set, for who knows its name: as survey() finds it, but that `restorable` isn't judged.
Task<Result<FoundSet>> survey_one_set(Medium& medium, SetName name, SurveyOptions options);

/// One piece, likewise, also while the archive writes it: what is called wrong was so at one moment. Without its start and its
/// manifest it is incomplete. try_again (4023): it changed each time.
Task<Result<FoundPiece>> survey_one_piece(Medium& medium, PieceName name, SurveyOptions options);

/// What isn't at the medium of the objects that a manifest names, or isn't as it says.
Task<Result<Problems>> survey_objects(Medium& medium, const SetManifest& manifest, SurveyOptions options);

/// The set that an incremental one builds on, known by its manifest's SHA-256; null: it isn't here as it was. Numbers alone prove
/// nothing: a copy of a server gives the same ones.
const FoundSet* set_before(const std::vector<FoundSet>& sets, const FoundSet& set);

/// Whether a piece may be of the log behind a set: of the same tenant of the same installation, in the same life of it, and the
/// set was made while the tenant archived. Ids alone come again, when a tenant is made anew in a catalogue that was restored from
/// an older copy. That both have the same history is for who reads the log to see (PieceStart::history and the lines).
bool is_log_of(const PieceStart& piece, const SetManifest& set);

/// What can be restored of a tenant: any moment between the two.
struct Window {
  std::int64_t cluster_id = 0;
  std::uint64_t tenant_id = 0;
  std::string tenant_name{};
  std::int64_t set_id = 0;  ///< where a restore begins
  std::int64_t from_scn = 0;
  std::int64_t to_scn = 0;  ///< from_scn: only that moment, since the log behind it isn't here

  bool operator==(const Window&) const = default;
};

/// Of the sets of data destinations with the pieces of archives; may be given several of each. Pure.
std::vector<Window> windows(const std::vector<Survey>& surveys);

}  // namespace breakwater::storage
