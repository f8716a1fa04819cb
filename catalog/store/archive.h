// The store's role for the log archive: LOG_ARCHIVE_DEST, LOG_ARCHIVE_DEST_STATE, LOG_MODE, and the rounds and pieces
// that become of them.
//
// A tenant in ARCHIVELOG mode with a destination has one round that isn't at its end. While it has, the catalogue keeps
// the log of its changes (catalog/store/part.h) after the round's checkpoint.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "catalog/model/entities.h"
#include "catalog/model/scn.h"

namespace breakwater::catalog {

/// STATUS of *_ARCHIVELOG, in capital letters there.
enum class RoundStatus : std::uint8_t {
  prepare,      ///< not used here: a round begins at once
  beginning,    ///< nothing of it is at the destination yet
  doing,        ///< the archiver writes; only now may a data backup begin
  interrupted,  ///< the destination fails, or log was lost: COMMENT says what. Goes on by itself
  stopping,     ///< NOARCHIVELOG: what is left of the log is written
  stop,         ///< its end: no change of it any more
  suspending,   ///< DEFER: what is left of the log is written
  suspend,      ///< waits for ENABLE; the log is kept
};
std::string_view round_status_name(RoundStatus status);  ///< "DOING"
std::optional<RoundStatus> round_status(std::string_view name);

struct ArchiveRound {
  TenantId tenant_id = 0;
  std::int64_t round_id = 0;  ///< counts from 1 for each tenant
  std::int64_t dest_id = 0;
  std::string path{};      ///< PATH of the views: DestinationKey::path
  std::string endpoint{};  ///< DestinationKey::endpoint
  RoundStatus status = RoundStatus::beginning;
  Scn start_scn = 0;                       ///< the round has every change after it
  Scn checkpoint_scn = 0;                  ///< … up to this one at the destination
  std::int64_t base_piece_id = 1;          ///< its first piece; pieces count on from round to round
  std::int64_t used_piece_id = 0;          ///< its newest one; base_piece_id - 1: none yet
  std::int64_t piece_switch_interval = 0;  ///< microseconds
  std::int64_t input_bytes = 0;            ///< of the log
  std::int64_t output_bytes = 0;           ///< at the destination
  bool lost = false;      ///< log after the checkpoint is gone: this round can't go on, a new one begins
  Bytes keys{};           ///< the round's data key, wrapped: what storage/formats gives to be kept
  std::string comment{};  ///< COMMENT
};

struct ArchivePiece {
  TenantId tenant_id = 0;
  std::int64_t round_id = 0;
  std::int64_t piece_id = 0;
  std::int64_t dest_id = 0;
  std::string path{};
  Timestamp created = 0;
  bool frozen = false;  ///< STATUS: ACTIVE or FROZEN, when no more is added
  Scn start_scn = 0;
  Scn checkpoint_scn = 0;
  Scn end_scn = 0;         ///< when it is to be frozen at the latest
  std::int64_t files = 0;  ///< data files that were written, numbered from 1
  std::int64_t input_bytes = 0;
  std::int64_t output_bytes = 0;
  std::string file_status = "AVAILABLE";  ///< FILE_STATUS: AVAILABLE, DELETING, DELETED
};

class ArchiveReader {
 public:
  virtual ~ArchiveReader() = default;

  /// LOG_ARCHIVE_DEST; nothing if it isn't set, even where LOG_ARCHIVE_DEST_STATE is.
  virtual Result<std::optional<ArchiveDest>> destination(TenantId tenant) = 0;
  /// The tenant's newest round, at its end or not. Whether a data backup may begin: its status is doing.
  virtual Result<std::optional<ArchiveRound>> round(TenantId tenant) = 0;
  /// The rounds of all tenants that aren't at their end: what the archiver works on.
  virtual Result<std::vector<ArchiveRound>> open_rounds() = 0;
  virtual Result<std::optional<ArchivePiece>> piece(TenantId tenant, std::int64_t piece_id) = 0;
  virtual Result<std::vector<ArchivePiece>> pieces(TenantId tenant) = 0;  ///< of all rounds, oldest first
};

/// tenant_not_exist (5157) from each.
class ArchiveWriter {
 public:
  virtual ~ArchiveWriter() = default;

  /// LOG_ARCHIVE_DEST: all its rows become these. In ARCHIVELOG mode a round begins.
  virtual Result<> set_destination(TenantId tenant, const ArchiveDest& dest) = 0;
  /// LOG_ARCHIVE_DEST = '': no row of it is left; the destinations stay, but what file systems they were on is
  /// forgotten.
  virtual Result<> clear_destination(TenantId tenant) = 0;
  /// LOG_ARCHIVE_DEST_STATE, with a destination or without one. The round is SUSPENDING, or goes on. DEFER ends one that is
  /// STOPPING at once, without what its destination hasn't: COMMENT and an event (archive_log_lost) say so.
  virtual Result<> set_state(TenantId tenant, std::string_view state) = 0;
  /// LOG_MODE. A round begins, or is STOPPING. already_in_archive_mode (9091), already_in_noarchive_mode (9092).
  virtual Result<> set_archivelog(TenantId tenant, bool on) = 0;

  /// What the archiver has come to: checkpoint, counts, keys and comment of a round that isn't at its end, its status if
  /// that is still `seen` (a statement may have set STOPPING or SUSPENDING meanwhile, or log was lost), and its piece. The
  /// log up to the checkpoint goes. At its end the next round begins where ARCHIVELOG was said again meanwhile.
  /// entry_not_exist (4018): the round isn't there any more, or at its end.
  virtual Result<> advance(const ArchiveRound& round, RoundStatus seen,
                           const std::optional<ArchivePiece>& piece) = 0;
  /// An SCN behind all that was committed, and before all that will be, for the checkpoint of an idle tenant. It is the
  /// round's only by touch_checkpoint(), once the destination has it. Nullopt: the round isn't DOING, or there is log that
  /// the archive hasn't.
  virtual Result<std::optional<Scn>> reserve_checkpoint(TenantId tenant, std::int64_t round_id) = 0;
  /// The destination has what reserve_checkpoint() gave.
  virtual Result<> touch_checkpoint(TenantId tenant, std::int64_t round_id, Scn scn) = 0;
  /// A round that lost log ends, and the next one begins with `comment`.
  virtual Result<> begin_next_round(TenantId tenant, std::int64_t round_id, std::string_view comment) = 0;

  /// The numbers that a destination was seen to have.
  struct Numbers {
    std::int64_t round_id = 0;
    std::int64_t piece_id = 0;
  };
  /// The destination has rounds or pieces that this catalogue doesn't know: the round ends where it is (one that is nowhere
  /// yet is gone without a trace), and the next one begins behind those numbers, with `comment`.
  /// entry_not_exist (4018): the round isn't there any more, or at its end.
  virtual Result<> leave_round(TenantId tenant, std::int64_t round_id, const Numbers& seen,
                               std::string_view comment) = 0;

  /// Rows of a tenant that are kept; the oldest go. Of the rounds only those at their end, of the pieces first those that
  /// are DELETED, and never the one that is written.
  static constexpr std::int64_t kKeptRounds = 1'000;
  static constexpr std::int64_t kKeptPieces = 10'000;
};

}  // namespace breakwater::catalog
