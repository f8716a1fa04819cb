#include "server/jobs/archiver.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/guard.h"
#include "server/execute/context/await.h"

namespace breakwater::server::jobs {
namespace {

using catalog::ArchiveRound;
using catalog::RoundStatus;
using catalog::Transaction;

constexpr std::string_view kName = "the log archive";

}  // namespace

Task<> Archiver::run() {
  while (!world_.ending.cancelled()) {
    try {
      co_await look_and_wait();
    } catch (...) {  // no memory: the rounds stay as they are
      log_caught(world_.log, kName);
      pause_after_failure();
    }
  }
}

Task<> Archiver::look_and_wait() {
  Result<> done;
  if (!begun_) done = co_await begin_rounds();
  begun_ = begun_ || done.has_value();
  if (done) done = look();
  if (!done) world_.log.error("the log archive can't look at its rounds: " + done.error().text());
  co_await wake_.wait_until(world_.timers.now() + kLook, world_.timers, world_.ending);
}

// Tenants that were in ARCHIVELOG mode before this server archived.
Task<Result<>> Archiver::begin_rounds() {
  if (reader_ == nullptr) {
    BW_CO_TRY(reader_, world_.archive.store.open_reader());
  }
  BW_CO_TRY(const auto tenants, reader_->tenants().all());
  for (const catalog::Tenant& tenant : tenants) {
    if (!tenant.archivelog) continue;
    BW_CO_TRY(const auto dest, reader_->archive().destination(tenant.id));
    BW_CO_TRY(const auto round, reader_->archive().round(tenant.id));
    if (!dest || (round && round->status != RoundStatus::stop)) continue;
    BW_CO_CHECK(co_await execute::write_catalog(
        world_.archive.store, [&](Transaction& t) { return t.archive().set_state(tenant.id, dest->state); }));
  }
  co_return Result<>{};
}

// Begins behind the tenant whose turn it was last, so that none is always first.
Result<> Archiver::look() {
  BW_TRY(newest_, reader_->parts().last_scn());
  BW_TRY(std::vector<ArchiveRound> rounds, reader_->archive().open_rounds());
  std::erase_if(working_, [&](const auto& entry) {
    return !entry.second->busy &&
           std::ranges::find(rounds, entry.first, &ArchiveRound::tenant_id) == rounds.end();
  });
  std::ranges::rotate(rounds, std::ranges::upper_bound(rounds, last_begun_, {}, &ArchiveRound::tenant_id));
  return begin_due(rounds);
}

Result<> Archiver::begin_due(const std::vector<ArchiveRound>& rounds) {
  std::size_t at_once = 0;
  std::map<std::string, std::size_t> of_store;
  for (const auto& [tenant, working] : working_) {
    if (!working->busy) continue;
    ++of_store[working->store];
    if (working->begun + kSlow > world_.timers.now()) ++at_once;
  }
  for (const ArchiveRound& round : rounds) {
    if (at_once >= kMaxAtOnce) break;
    if (round.status == RoundStatus::suspend) continue;
    auto& working = working_[round.tenant_id];
    if (working == nullptr) working = std::make_shared<Working>();
    if (!is_due(round, *working)) continue;
    if (working->store.empty() || working->round_id != round.round_id)
      working->store = world_.archive.places.store_of(round);
    std::size_t& load = of_store[working->store];
    if (load >= kMaxOfStore) continue;
    ++load;
    ++at_once;
    begin(round, *working);
  }
  return {};
}

bool Archiver::is_due(const ArchiveRound& round, const Working& working) const {
  const Deadline now = world_.timers.now();
  if (working.busy || (working.next > now && working.as == round.status)) return false;
  const bool idle =
      round.status == RoundStatus::doing && round.round_id == working.round_id && !working.flush;
  return !idle || working.seen != newest_ || working.look_again <= now;
}

void Archiver::begin(const ArchiveRound& round, Working& working) {
  working.busy = true;
  working.begun = world_.timers.now();
  working.seen = newest_;
  working.look_again = world_.timers.now() + kIdle;
  last_begun_ = round.tenant_id;
  try {
    world_.spawn([this, round, held = working_[round.tenant_id]] { return work(round, held); });
  } catch (...) {
    working.busy = false;
    throw;
  }
}

// Whatever comes of it, the next look finds the round.
Task<> Archiver::work(ArchiveRound round, std::shared_ptr<Working> working) {
  try {
    co_await step(round, working);
  } catch (...) {
    log_caught(world_.log, kName);
    working->work.reset();
    pause_after_failure();
  }
  working->busy = false;
}

Task<> Archiver::step(const ArchiveRound& round, const std::shared_ptr<Working>& working) {
  Result<> done;
  try {
    if (working->round_id != round.round_id) working->work.reset();
    working->round_id = round.round_id;
    if (working->work == nullptr)
      working->work = std::make_unique<RoundWork>(world_.archive, *reader_, world_.ending);
    done = co_await working->work->step(round, std::exchange(working->flush, false));
  } catch (...) {
    done = fail(caught_error());
  }
  if (done) {
    working->pause = {};
    working->look_again = working->begun + std::clamp(working->work->lag_target() / 2, kSoonest, kIdle);
  } else if (!world_.ending.cancelled()) {
    co_await failed(round.tenant_id, working, done.error());
  }
}

// The row says what stands against it; what has changed meanwhile is read anew.
Task<> Archiver::failed(catalog::TenantId tenant, const std::shared_ptr<Working>& working, Error why) {
  working->work.reset();
  working->store.clear();
  working->pause = working->pause.count() == 0 ? kFirstPause : std::min(working->pause * 2, kLongestPause);
  working->next = world_.timers.now() + working->pause;
  const auto round = reader_->archive().round(tenant);
  if (!round || !*round || (*round)->status == RoundStatus::stop || (*round)->round_id != working->round_id)
    co_return;
  if ((*round)->status != RoundStatus::interrupted)
    world_.log.warning("the log archive of tenant " + std::to_string(tenant) + " is interrupted: " +
                       why.text() + (why.hint().empty() ? std::string() : "; " + why.hint()));
  working->as = RoundWork::interrupted_as((*round)->status);
  const auto told = co_await RoundWork::interrupt(world_.archive.store, **round, why);
  if (!told)
    world_.log.error("the state of a log archive can't be entered in the catalogue: " + told.error().text());
}

void Archiver::flush(catalog::TenantId tenant) {
  auto& working = working_[tenant];
  if (working == nullptr) working = std::make_shared<Working>();
  working->flush = true;
  // What has just failed isn't asked again in the same moment.
  if (working->pause > kFirstPause) working->next -= working->pause - kFirstPause;
  working->pause = std::min(working->pause, kFirstPause);
  wake_.ring();
}

Task<Result<>> Archiver::flush_to(catalog::TenantId tenant, catalog::Scn scn, Deadline until,
                                  storage::Cancellation& cancellation) {
  if (reader_ == nullptr) {
    BW_CO_TRY(reader_, world_.archive.store.open_reader());
  }
  while (true) {
    if (cancellation.cancelled()) co_return fail(cancellation.why());
    BW_CO_TRY(const auto round, reader_->archive().round(tenant));
    if (!round) co_return fail(error::entry_not_exist("a log archive of the tenant"));
    if (round->checkpoint_scn >= scn) co_return Result<>{};
    const std::string status(catalog::round_status_name(round->status));
    if (round->status == RoundStatus::stop || round->status == RoundStatus::suspend)
      co_return fail(error::entry_not_exist("a log archive of the tenant")
                         .with_hint("its round " + std::to_string(round->round_id) + " is " + status));
    if (world_.timers.now() >= until) {
      const std::string comment = round->comment.empty() ? std::string() : ": " + round->comment;
      co_return fail(error::timeout().with_hint("the log archive, which is " + status +
                                                ", has not come to SCN " + std::to_string(scn) + comment));
    }
    flush(tenant);
    co_await world_.timers.sleep_for(kLookAtFlush, cancellation);
  }
}

}  // namespace breakwater::server::jobs
