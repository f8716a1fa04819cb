#include "server/jobs/medium_deleter.h"

#include <string>
#include <utility>

#include "server/jobs/attempts.h"
#include "server/jobs/backup_identity.h"
#include "server/jobs/piece_on_medium.h"
#include "server/jobs/set_on_medium.h"

namespace breakwater::server::jobs {

using catalog::DeletionVerdict;

/// Where a task works.
struct MediumDeleter::Place {
  storage::MediumPtr medium;
  storage::FormatFile format;
  NextCall call;
  std::int64_t files = 0;  ///< that were taken away

  Task<Result<>> verify() { co_return co_await medium->verify_format(format, call()); }
  Discard discard() {
    return [this](std::string name) -> Task<Result<>> {
      BW_CO_CHECK(co_await verify());
      BW_CO_CHECK(co_await medium->discard(std::move(name), call()));
      ++files;
      co_return Result<>{};
    };
  }
};

namespace {

DeletionVerdict verdict_of(bool gone, std::int64_t files, std::int64_t bytes, const std::string& what) {
  if (gone) return {.files = files, .bytes = bytes};
  return {.result = error::checksum_error().ob_code(),
          .comment = what + " at the destination isn't the one that was written: nothing of it is touched",
          .touched = false};
}

}  // namespace

Result<catalog::Reader*> MediumDeleter::reader() {
  if (reader_ == nullptr) {
    BW_TRY(reader_, services_.store().open_reader());
  }
  return reader_.get();
}

Result<MediumDeleter::Place> MediumDeleter::open(const catalog::DestinationKey& destination,
                                                 storage::Cancellation& cancellation) {
  BW_TRY(catalog::Reader * from, reader());
  BW_TRY(StoredDestination stored, stored_destination(*from, destination));
  Place place;
  BW_TRY(place.medium, services_.open_medium(stored.destination));
  place.format = std::move(stored.format);
  place.call = [this, &cancellation]() -> storage::Call {
    return {.deadline = services_.storage_deadline(), .cancellation = &cancellation};
  };
  return place;
}

Task<Result<>> MediumDeleter::prove(const catalog::DestinationKey& destination,
                                    storage::Cancellation& cancellation) {
  BW_CO_TRY(Place place, open(destination, cancellation));
  co_return co_await place.verify();
}

Task<Result<DeletionVerdict>> MediumDeleter::remove(const catalog::DeletionTask& task,
                                                    storage::Cancellation& cancellation) {
  BW_CO_TRY(catalog::Reader * from, reader());
  const catalog::TenantId tenant = task.destination.tenant_id;
  BW_CO_TRY(Place place, open(task.destination, cancellation));
  BW_CO_CHECK(co_await place.verify());
  if (task.of_set) {
    BW_CO_TRY(const auto set, from->jobs().set(tenant, task.id));
    if (!set) co_return fail(error::entry_not_exist());
    co_return co_await remove_set(*set, place);
  }
  BW_CO_TRY(const auto piece, from->archive().piece(tenant, task.id));
  if (!piece) co_return fail(error::entry_not_exist());
  co_return co_await remove_piece(*piece, task, place);
}

Task<Result<DeletionVerdict>> MediumDeleter::remove_set(const catalog::BackupSet& set, Place& place) {
  const OwnSet own{.id = set.set_id, .token = set.token, .manifest_sha256 = set.manifest_sha256};
  BW_CO_TRY(const bool gone, co_await discard_set(*place.medium, own, place.discard(), place.call));
  co_return verdict_of(gone, place.files, set.output_bytes, "set " + std::to_string(set.set_id));
}

Task<Result<DeletionVerdict>> MediumDeleter::remove_piece(const catalog::ArchivePiece& piece,
                                                          const catalog::DeletionTask& task, Place& place) {
  BW_CO_TRY(catalog::Reader * from, reader());
  OwnPiece own{
      .name = {.round = {.dest_id = piece.dest_id, .round_id = piece.round_id}, .piece_id = piece.piece_id},
      .start_scn = piece.start_scn,
      .files = piece.files,
      .frozen = piece.frozen,
      .ends_round = task.ends_round};
  BW_CO_TRY(own.owner, backup_owner(services_.store(), *from, piece.tenant_id, piece.dest_id));
  BW_CO_TRY(const bool gone, co_await discard_piece(*place.medium, own, place.discard(), place.call));
  co_return verdict_of(gone, place.files, piece.output_bytes, "piece " + std::to_string(piece.piece_id));
}

}  // namespace breakwater::server::jobs
