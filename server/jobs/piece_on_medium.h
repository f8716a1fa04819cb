// A piece of a log archive at its destination, as this catalogue wrote it: what there is its own, and what somebody else's. Another
// life of the catalogue (it was restored from a copy) may write at the same place, under the same numbers; nothing of others is
// removed.
//
// Coroutines of the runner's thread. `call` gives the deadline of the next operation; errors are the medium's.
#pragma once

#include <cstdint>

#include "base/task.h"
#include "catalog/model/scn.h"
#include "server/jobs/each_object.h"
#include "storage/destination/medium.h"
#include "storage/formats/archive_piece.h"

namespace breakwater::server::jobs {

/// What a piece's own files are known by.
struct OwnPiece {
  storage::PieceName name{};
  storage::BackupOwner owner{};
  catalog::Scn start_scn = 0;
  std::int64_t files = 0;   ///< objects that were written
  bool frozen = false;      ///< no object more was; else one may have been that nobody knows of
  bool ends_round = false;  ///< the round's marks go with it
};

/// Removes a piece: its log, the checkpoint, the manifest, its end, its start; then its round's marks, if it was the last of it.
/// So what is half gone has a start still, and no log behind a hole. False: somebody else wrote there, or goes on writing what
/// this catalogue began, and nothing was touched. What was removed before is no error.
Task<Result<bool>> discard_piece(storage::Medium& medium, const OwnPiece& own, const Discard& discard,
                                 const NextCall& call);

}  // namespace breakwater::server::jobs
