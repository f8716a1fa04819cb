// A set of this catalogue at its destination: what there is the set's own, and what somebody else's. After a catalogue was
// restored from an older copy, or where somebody put files, a set's number or names may be taken; nothing of others is ever
// written over, completed or removed.
//
// Coroutines of the runner's thread. `call` gives the deadline of the next operation; errors are the medium's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/task.h"
#include "server/jobs/each_object.h"
#include "storage/destination/medium.h"
#include "storage/formats/backup_set.h"
#include "storage/survey/survey.h"

namespace breakwater::server::jobs {

/// What a set's own files are known by.
struct OwnSet {
  std::int64_t id = 0;
  std::string token{};            ///< what its attempts begin with; empty: nothing is its own
  std::string manifest_sha256{};  ///< in hexadecimal; empty: none was made yet
};

/// Why what was found isn't the set as it was written, in words: "set 3 is DAMAGED at the destination: missing: …"; empty: it is.
std::string difference(const OwnSet& own, const storage::FoundSet& found);

/// How far a number at the destination may be ahead of ours and still count: one that is absurd would use up the numbers. It is
/// avoided all the same, once it is its turn.
inline constexpr std::int64_t kMaxSetsAhead = 1'000'000;

/// The highest number of a set that somebody else has there, in whatever form: a mark, a manifest, an object, a directory
/// without anything, a link, whatever has a name that begins so. 0: none, or none up to `ours` + kMaxSetsAhead. `ours`: the number
/// that the set is to have. `own`: without a manifest yet; its start, its directory and its objects don't count.
Task<Result<std::int64_t>> highest_taken(storage::Medium& medium, std::optional<OwnSet> own,
                                         std::int64_t ours, const NextCall& call);

/// Says that the set has begun, then looks whether the number is the set's alone. file_already_exist (1086): somebody else has
/// it, of whatever type. Of two who claim one at once, one has it or none.
Task<Result<>> put_set_start(storage::Medium& medium, const storage::SetStart& start, const NextCall& call);

/// Writes the manifest and the end, and removes what attempts before left. Before and behind it, the objects that it names are
/// looked at: by their lengths, before it also by their SHA-256 if `contents`. Returns why the set isn't whole, and can't
/// become it: an object is missing, or there is another manifest; empty: it is. file_already_exist (1086): something else has the
/// end's name, which the next second gives another one.
Task<Result<std::string>> complete_set(storage::Medium& medium, const OwnSet& own, storage::SetType type,
                                       const Bytes& manifest, bool contents, Timestamp now,
                                       const NextCall& call);

/// Whether the set's own manifest is there, and each object that it names, by its SHA-256.
Task<Result<bool>> is_set_whole(storage::Medium& medium, const OwnSet& own, storage::SetType type,
                                const NextCall& call);

/// Removes what is the set's own, data first, then what names it; of either type, since an attempt may have been of the other
/// one. Nothing from where a manifest lies, whoever wrote it; but for the set's own where an object that it names is gone: that
/// came late, to a set that had been given up. Returns whether none lies there: then nothing of the set's own is left.
Task<Result<bool>> remove_set(storage::Medium& medium, const OwnSet& own, const NextCall& call);

/// Removes a set, complete or not, in a way that leaves one that is half gone incomplete or damaged, and its start until the end:
/// data, the manifest, the end, the start; of either type. False: a manifest lies there that isn't the set's own, and nothing
/// was touched. What was removed before is no error.
Task<Result<bool>> discard_set(storage::Medium& medium, const OwnSet& own, const Discard& discard,
                               const NextCall& call);

}  // namespace breakwater::server::jobs
