#include "server/jobs/restore_jobs.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "server/execute/parameters/restore_options.h"
#include "server/jobs/restore_import.h"

namespace breakwater::server::jobs {
namespace {

using catalog::RestoreJob;
using catalog::Transaction;
using execute::RestoreOptions;

constexpr std::size_t kMaxRestoreComment = 1024;  ///< bytes: COMMENT of the views
constexpr std::size_t kMostAtHand = catalog::RestoreWriter::kMaxOpen;

std::string cut(std::string text) {
  text.resize(whole_characters(text, kMaxRestoreComment).size());
  return text;
}

std::string reason(const Error& why) {
  std::string text = why.text();
  text.append(" (").append(std::to_string(why.ob_code())).append(")");
  if (!why.hint().empty()) text.append(": ").append(why.hint());
  return cut(std::move(text));
}

}  // namespace

RestoreJobs::RestoreJobs(JobWorld world, Restorer& restorer)
    : JobLoop(std::move(world), kMaxRestoring, "a restore"), restorer_(restorer) {}

Result<std::optional<Timestamp>> RestoreJobs::move_shown(Transaction& transaction, Timestamp before) {
  return transaction.restores().move_shown(before);
}

// The oldest first.
Result<> RestoreJobs::begin_due(Deadline& next) {
  BW_TRY(const auto jobs, reader().restores().at_hand(kMostAtHand));
  for (const RestoreJob& job : jobs) look_at(job, next);
  return {};
}

// Each once, and in one order for all: two restores never wait for each other's.
Result<std::vector<std::string>> RestoreJobs::shares_of(const RestoreJob& job) {
  BW_TRY(const auto secrets, reader().restores().secrets(job.job_id));
  if (!secrets) return std::vector<std::string>();
  std::vector<std::string> stores = restorer_.stores_of(*secrets);
  std::ranges::sort(stores);
  const auto again = std::ranges::unique(stores);
  stores.erase(again.begin(), again.end());
  return stores;
}

Task<Result<>> RestoreJobs::attempt(Worker& worker) {
  const RestoreJob& job = worker.job;
  BW_CO_CHECK(co_await clear_import(world_.store, job.tenant_id));
  BW_CO_TRY(const auto secrets, reader().restores().secrets(job.job_id));
  if (!secrets) co_return fail(error::entry_not_exist());
  BW_CO_TRY(const RestoreOptions options, execute::parse_restore_options(job.option));
  const NoteSource note = [this, &job](catalog::RestoreSource source) -> Task<Result<>> {
    auto step = [&](Transaction& transaction) {
      return transaction.restores().note_source(job.job_id, source);
    };
    co_return co_await commit(std::move(step));
  };
  BW_CO_TRY(const RestoredPart part,
            co_await restorer_.read(job, *secrets, note, worker.attempt.cancellation));
  for (const std::string& why : part.falls_short)
    world_.log.warning("restore " + std::to_string(job.job_id) + " goes to SCN " + std::to_string(part.scn) +
                       " and not as far as it might: " + why);
  co_return co_await import_restored(world_.store, job, options, part, worker.attempt.cancellation);
}

// Those of a store that may answer the next time.
bool RestoreJobs::may_pass(const Error& why) const {
  constexpr Errc kPassing[] = {Errc::backup_dest_not_connect,
                               Errc::io_error,
                               Errc::timeout,
                               Errc::try_again,
                               Errc::io_limit,
                               Errc::oss_error,
                               Errc::cos_error,
                               Errc::s3_error,
                               Errc::out_of_memory};
  return std::ranges::any_of(kPassing, [&](Errc code) { return why.is(code); });
}

Task<Result<>> RestoreJobs::enter(Worker& worker, Ending ending, Timestamp next, Error why) {
  const RestoreJob& job = worker.job;
  const bool again = ending == Ending::again;
  const std::string comment = reason(ending == Ending::cancelled ? error::job_canceled() : why);
  if (!again) {
    world_.log.warning("restore " + std::to_string(job.job_id) + " ends: " + comment);
    BW_CO_CHECK(co_await clear_import(world_.store, job.tenant_id));
  }
  auto step = [&](Transaction& transaction) {
    return again ? transaction.restores().put_off(job.job_id, next, comment)
                 : transaction.restores().fail(job.job_id, comment);
  };
  co_return co_await commit(std::move(step));
}

}  // namespace breakwater::server::jobs
