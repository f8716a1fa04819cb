// One tenant's round at its destination: what the log archive does next, a step at a time.
//
// Each step is something outside, under a name that no other write has, read back, and then a commit that says so. After a
// crash the step is made again: what is there already under the name is ours if its MAC, its place in the chain and the commits
// in it say so, and counts; bytes that are the same count as written. So no change is skipped and none is said to be
// archived that isn't.
//
// What another life wrote (round_place.h) is left alone: the round ends where it is, and the next one begins behind all
// numbers that the destination has.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/task.h"
#include "catalog/store/store.h"
#include "server/jobs/archive_places.h"
#include "server/jobs/round_place.h"
#include "storage/formats/archive_piece.h"

namespace breakwater::server::jobs {

/// What of a round is in no column of its own: its key as its start has it, and its newest object.
struct RoundRecord {
  catalog::Scn last_scn =
      0;  ///< up to where that object goes; 0: none. The checkpoint may be ahead: nothing changed
  std::string last_sha256{};  ///< in hexadecimal; empty: none
  std::string
      history{};  ///< the mark of the tenant's history there; before the first object, at the round's start
  Bytes start{};  ///< the bytes of its start
};
Bytes encode(const RoundRecord& record);
/// Empty bytes: an empty record. checksum_error (4103): not what encode() made.
Result<RoundRecord> decode_round_record(std::span<const std::uint8_t> bytes);

struct ArchiveWorld {
  catalog::Store& store;
  const Clock& clock;
  const Entropy& entropy;
  ArchivePlaces& places;
};

/// Works on one round, on one thread. Made anew after an error.
class RoundWork {
 public:
  /// Bytes of the log in one object, about.
  static constexpr std::size_t kObjectLog = std::size_t{1} << 20U;

  RoundWork(ArchiveWorld world, catalog::Reader& reader, storage::Cancellation& cancellation)
      : world_(world), reader_(reader), place_(world.places, reader, cancellation) {}

  /// Does what there is to do: begins the round or a piece, writes the log, moves an idle tenant's checkpoint, suspends,
  /// stops. `now`: changes are written though a bucket would wait for more, and the checkpoint moves though it isn't due. An
  /// error is one of the destination, to be told by interrupt(), or of the catalogue.
  Task<Result<>> step(catalog::ArchiveRound round, bool now);

  /// archive_lag_target as the last step had it; 0: none yet.
  std::chrono::milliseconds lag_target() const { return lag_target_; }

  /// What a round becomes by an error: INTERRUPTED, but SUSPEND if it was SUSPENDING (its log is kept), and STOPPING if it was
  /// that (it is tried again until the rest is written, or DEFER ends it).
  static catalog::RoundStatus interrupted_as(catalog::RoundStatus status);
  /// Enters that, with the error as COMMENT.
  static Task<Result<>> interrupt(catalog::Store& store, catalog::ArchiveRound round, const Error& why);

 private:
  using RoundStatus = catalog::RoundStatus;
  struct ReadBack {
    storage::LogEntry entry{};
    std::string previous{};
    std::string history{};
  };
  /// Where an object's commits end.
  struct ObjectEnd {
    catalog::Scn to_scn = 0;
    std::string history{};
  };

  Task<Result<>> go_on(catalog::ArchiveRound& round, bool now);
  Task<Result<>> look(const catalog::ArchiveRound& round);
  Task<Result<>> look_once(const catalog::ArchiveRound& round);
  Task<Result<>> prove_last(const catalog::ArchiveRound& round);
  Task<Result<>> leave(const catalog::ArchiveRound& round, Error why);

  Task<Result<>> begin_round(catalog::ArchiveRound& round);
  Task<Result<>> take_up_round(const catalog::ArchiveRound& round);
  Task<Result<>> settle_piece(const catalog::ArchiveRound& round);
  Task<Result<>> settle_checkpoint();

  Task<Result<>> begin_piece_if_due(catalog::ArchiveRound& round);
  Task<Result<>> put_piece_start(const catalog::ArchiveRound& round);
  Task<Result<>> freeze(catalog::ArchiveRound& round);
  Task<Result<storage::PieceManifest>> manifest_of(const catalog::ArchivePiece& piece, catalog::Scn end);
  Task<Result<ReadBack>> read_back(const storage::LineHeader& wanted);
  Task<Result<>> put_piece_end(const storage::PieceManifest& manifest, Bytes bytes);

  Task<Result<>> write_log(catalog::ArchiveRound& round);
  Task<Result<bool>> write_object(catalog::ArchiveRound& round);
  Task<Result<std::string>> put_object(const catalog::ArchiveRound& round, const storage::LineHeader& header,
                                       storage::LineObject object, ObjectEnd& end);
  Task<Result<ObjectEnd>> adopt(const catalog::ArchiveRound& round, const storage::LineHeader& header,
                                const Bytes& there);
  Result<std::vector<catalog::PartHead>> own_commits(const catalog::ArchiveRound& round, catalog::Scn upto);
  storage::LineHeader next_header() const;

  Task<Result<>> move_checkpoint(const catalog::ArchiveRound& round);
  Task<Result<>> end(catalog::ArchiveRound& round, bool now);
  Task<Result<>> stop(catalog::ArchiveRound& round);
  Task<Result<>> advance(catalog::ArchiveRound& round);

  storage::PieceName name() const {
    return {.round = {.dest_id = piece_->dest_id, .round_id = piece_->round_id},
            .piece_id = piece_->piece_id};
  }
  bool is_due(catalog::Scn scn) const { return world_.clock.now() * 1000 >= scn; }
  bool gathers(const catalog::ArchiveRound& round) const;

  ArchiveWorld world_;
  catalog::Reader& reader_;
  RoundPlace place_;
  std::chrono::milliseconds lag_target_{};
  storage::BackupOwner owner_;  ///< as the round's start has it
  std::optional<storage::DataKey> key_;
  RoundRecord record_;
  storage::WrappedKey wrapped_;
  std::optional<catalog::ArchivePiece> piece_;  ///< the one that is written
  Timestamp written_ = 0;                       ///< when the log was last written, in a bucket
  Timestamp looked_ = 0;                        ///< at the place
  bool looked_now_ = false;                     ///< in this step
  RoundStatus seen_ = RoundStatus::beginning;
};

}  // namespace breakwater::server::jobs
