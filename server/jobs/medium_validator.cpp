#include "server/jobs/medium_validator.h"

#include <utility>

#include "server/jobs/attempts.h"
#include "server/jobs/backup_identity.h"
#include "server/jobs/set_on_medium.h"
#include "server/jobs/stored_destination.h"
#include "storage/survey/survey.h"

namespace breakwater::server::jobs {
namespace {

using catalog::ValidationTask;
using catalog::ValidationVerdict;
using storage::FoundStatus;

ValidationVerdict bad(const Error& why, std::string comment, std::uint64_t bytes = 0) {
  return {.result = why.ob_code(),
          .comment = cut_comment(std::move(comment)),
          .total_bytes = static_cast<std::int64_t>(bytes)};
}

ValidationVerdict good(std::uint64_t bytes) {
  return {.total_bytes = static_cast<std::int64_t>(bytes),
          .validated_bytes = static_cast<std::int64_t>(bytes)};
}

std::string name_of(const ValidationTask& task) {
  return (task.of_set ? "set " : "piece ") + std::to_string(task.id);
}

ValidationVerdict gone(const ValidationTask& task) {
  return bad(error::entry_not_exist(), name_of(task) + " was deleted meanwhile");
}

// An error that is one.
ValidationVerdict bad_by(const ValidationTask& task, const Error& why, std::int64_t bytes) {
  return bad(why, name_of(task) + ": " + job_comment(why), static_cast<std::uint64_t>(bytes));
}

// What no other attempt would find otherwise, as far as it is of the place or of what lies there.
bool is_verdict(const Error& why) {
  return is_final(why) || why.is(Errc::checksum_error) || why.is(Errc::size_overflow);
}

// Why the piece isn't as it was written; empty: it is. The catalogue was read before the medium, so that an active piece may have
// more than it says, never less.
std::string difference(const catalog::ArchivePiece& piece, const storage::BackupOwner& owner,
                       const storage::FoundPiece& found) {
  std::string text = "piece " + std::to_string(piece.piece_id);
  const bool whole =
      found.status == FoundStatus::complete || (!piece.frozen && found.status == FoundStatus::active);
  if (!whole) {
    text.append(" is ").append(storage::name_of(found.status)).append(" at the destination");
    return found.problems.empty() ? text : text.append(": ").append(found.problems.texts.front());
  }
  const storage::BackupOwner& theirs = found.start.owner;
  if (theirs.cluster_id != owner.cluster_id || theirs.tenant_id != owner.tenant_id ||
      found.start.start_scn != piece.start_scn)
    return text.append(" is another one at the destination than the one that was written");
  if (static_cast<std::int64_t>(found.objects) < piece.files) {
    return text.append(" has ")
        .append(std::to_string(found.objects))
        .append(" objects that follow on each other, not ")
        .append(std::to_string(piece.files));
  }
  return {};
}

/// Reading is all that is wanted.
class PassOver final : public storage::BackupVisitor {
 public:
  Result<bool> line(std::string_view /*line*/, const storage::DataKey* /*key*/) override { return true; }
  Result<> log_begins(std::string_view /*history*/) override { return {}; }
  Result<> end() override { return {}; }
};

}  // namespace

Result<catalog::Reader*> MediumValidator::reader() {
  if (reader_ == nullptr) {
    BW_TRY(reader_, services_.store().open_reader());
  }
  return reader_.get();
}

storage::Call MediumValidator::call(storage::Cancellation& cancellation) const {
  return {.deadline = services_.storage_deadline(), .cancellation = &cancellation};
}

Result<storage::RestoreKeys> MediumValidator::keys() {
  BW_TRY(catalog::Reader * from, reader());
  BW_TRY(auto stored, from->keys().backup_keys());
  storage::RestoreKeys keys;
  for (catalog::StoredBackupKey& key : stored)
    keys.backup_keys.push_back({.key = std::move(key.key), .fingerprint = std::move(key.fingerprint)});
  return keys;
}

Task<Result<ValidationVerdict>> MediumValidator::check(const ValidationTask& task, bool physical,
                                                       storage::Cancellation& cancellation) {
  Result<ValidationVerdict> verdict = fail(error::internal_error());
  if (task.of_set) {
    verdict = co_await check_set(task, physical, cancellation);
  } else {
    verdict = co_await check_piece(task, physical, cancellation);
  }
  if (verdict || cancellation.cancelled() || !is_verdict(verdict.error())) co_return verdict;
  co_return bad_by(task, verdict.error(), 0);
}

Task<Result<ValidationVerdict>> MediumValidator::check_set(const ValidationTask& task, bool physical,
                                                           storage::Cancellation& cancellation) {
  BW_CO_TRY(catalog::Reader * from, reader());
  BW_CO_TRY(const auto set, from->jobs().set(task.destination.tenant_id, task.id));
  if (!set || set->file_status != "AVAILABLE") co_return gone(task);
  BW_CO_TRY(const auto medium,
            co_await open_verified(services_, *from, task.destination, call(cancellation)));
  const storage::SetName name{
      .id = set->set_id, .type = set->incremental ? storage::SetType::incremental : storage::SetType::full};
  const storage::SurveyOptions options{.call = [this, &cancellation] { return call(cancellation); }};
  BW_CO_TRY(const storage::FoundSet found, co_await survey_one_set(*medium, name, options));
  const OwnSet own{.id = set->set_id, .token = set->token, .manifest_sha256 = set->manifest_sha256};
  std::string why = jobs::difference(own, found);
  if (!why.empty()) co_return bad(error::checksum_error(), std::move(why), found.bytes);
  if (!physical) co_return good(found.bytes);
  storage::RestorePlan plan{.owner = found.manifest.owner};
  plan.sets.push_back({.name = name, .manifest_sha256 = set->manifest_sha256});
  co_return co_await read(task, *medium, std::move(plan), good(found.bytes), cancellation);
}

Task<Result<ValidationVerdict>> MediumValidator::check_piece(const ValidationTask& task, bool physical,
                                                             storage::Cancellation& cancellation) {
  BW_CO_TRY(catalog::Reader * from, reader());
  BW_CO_TRY(const auto piece, from->archive().piece(task.destination.tenant_id, task.id));
  if (!piece || piece->file_status != "AVAILABLE") co_return gone(task);
  BW_CO_TRY(const storage::BackupOwner owner,
            backup_owner(services_.store(), *from, piece->tenant_id, piece->dest_id));
  BW_CO_TRY(const auto medium,
            co_await open_verified(services_, *from, task.destination, call(cancellation)));
  const storage::PieceName name{.round = {.dest_id = piece->dest_id, .round_id = piece->round_id},
                                .piece_id = piece->piece_id};
  const storage::SurveyOptions options{.contents = physical,
                                       .call = [this, &cancellation] { return call(cancellation); }};
  BW_CO_TRY(const storage::FoundPiece found, co_await survey_one_piece(*medium, name, options));
  // Nothing is written of a piece before its first object.
  if (piece->files == 0 && found.status == FoundStatus::incomplete && found.bytes == 0) co_return good(0);
  std::string why = difference(*piece, owner, found);
  if (!why.empty()) co_return bad(error::checksum_error(), std::move(why), found.bytes);
  if (!physical) co_return good(found.bytes);
  storage::RestorePlan plan{.owner = found.start.owner, .scn = found.whole_scn};
  plan.pieces.push_back({.start = found.start,
                         .start_name = found.start_name,
                         .objects = static_cast<std::int64_t>(found.objects)});
  co_return co_await read(task, *medium, std::move(plan), good(found.bytes), cancellation);
}

Task<Result<ValidationVerdict>> MediumValidator::read(const ValidationTask& task, storage::Medium& medium,
                                                      storage::RestorePlan plan, ValidationVerdict verdict,
                                                      storage::Cancellation& cancellation) {
  BW_CO_TRY(const storage::RestoreKeys keys, keys());
  storage::BackupSource source{.data = medium,
                               .archive = &medium,
                               .workers = services_.derivers(),
                               .parsers = parsers_,
                               .call = [this, &cancellation] { return call(cancellation); }};
  PassOver pass_over;
  auto done = co_await read_backup(std::move(source), plan, keys, pass_over);
  if (!done && is_verdict(done.error())) co_return bad_by(task, done.error(), verdict.total_bytes);
  if (!done) co_return fail(std::move(done).error());
  for (const std::string& closed : done->closed) {
    verdict.comment.append(verdict.comment.empty() ? "whole, but not decrypted, since its key isn't here: "
                                                   : "; ");
    verdict.comment.append(closed);
  }
  verdict.comment = cut_comment(std::move(verdict.comment));
  co_return verdict;
}

}  // namespace breakwater::server::jobs
