#include "server/execute/backup/scheduled_checks.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/guard.h"
#include "server/execute/backup/backup_proof.h"
#include "server/execute/backup/own_statement.h"
#include "server/execute/backup/probing.h"
#include "server/execute/context/await.h"
#include "server/execute/context/recorded_destination.h"
#include "server/execute/parameters/check_interval.h"

namespace breakwater::server::execute {
namespace {

/// Milliseconds. The setting may say less, which is as much.
constexpr std::int64_t kLeastInterval = 1000;
constexpr double kDraws = 4'294'967'296.0;  // Store::draw() gives less

Timestamp micros(std::int64_t milliseconds) {
  return milliseconds * 1000;
}

// The first turn behind `now`: turns are a whole interval apart, and begin where the destination's name says.
Timestamp turn_after(Timestamp now, Timestamp interval, std::uint32_t draw) {
  if (interval <= 0) return catalog::kNoCheck;
  const auto phase =
      static_cast<Timestamp>(std::floor(static_cast<double>(draw) / kDraws * static_cast<double>(interval)));
  const Timestamp turn = now - now % interval + phase;
  return turn > now ? turn : turn + interval;
}

}  // namespace

/// A check's part of what runs, as long as it does.
class ScheduledChecks::Running {
 public:
  Running(std::shared_ptr<ScheduledChecks> all, const Check& check)
      : all_(std::move(all)), name_(name_of(check.row.key)), store_(check.store) {
    ++all_->at_store_[store_];
    all_->running_.insert(name_);
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() {
    all_->running_.erase(name_);
    const auto store = all_->at_store_.find(store_);
    if (store != all_->at_store_.end() && --store->second == 0) all_->at_store_.erase(store);
    all_->ring();
  }

 private:
  const std::shared_ptr<ScheduledChecks> all_;
  const Name name_;
  const std::string store_;
};

Task<> ScheduledChecks::run() {
  const auto self = shared_from_this();
  Log& log = services_.log();
  while (!services_.housekeeper().cancellation().cancelled()) {
    try {
      next_ = catalog::kNoCheck;
      const auto looked = co_await look();
      if (!looked && !services_.housekeeper().cancellation().cancelled())
        log.warning("destinations can't be checked now: " + looked.error().text());
      co_await wait(looked ? kLookAgain : kAfterFailure);
    } catch (...) {
      log_caught(log, "scheduled checks");
      pause_after_failure();
    }
  }
}

// All that are due, page by page: what waits for a store that hangs doesn't hide what is behind it.
Task<Result<>> ScheduledChecks::look() {
  BW_CO_TRY(Lane * lane, services_.lane());
  const std::int64_t interval = services_.settings()->destination_check_interval;
  if (!started_ || interval != planned_by_ || std::chrono::steady_clock::now() >= plan_again_) {
    BW_CO_CHECK(co_await plan_all());
    started_ = true;
    planned_by_ = interval;
    plan_again_ = deadline_in(kPlanAgain);
  }
  const Timestamp now = services_.clock().now();
  std::optional<catalog::PlannedCheck> after;
  while (true) {
    BW_CO_TRY(auto page, lane->reader->dest_status().due(now, after ? &*after : nullptr, kPage));
    const bool last = page.size() < kPage;
    if (!page.empty()) after = page.back();
    BW_CO_CHECK(co_await look_at(std::move(page)));
    if (last) break;
  }
  BW_CO_TRY(const auto next, lane->reader->dest_status().next_after(now));
  if (next) next_ = *next;
  co_return Result<>{};
}

// What came while the server was down, too. That of an hour later, by a clock that was set back, comes sooner.
Task<Result<>> ScheduledChecks::plan_all() {
  BW_CO_TRY(Lane * lane, services_.lane());
  std::optional<catalog::DestinationKey> after;
  while (true) {
    BW_CO_TRY(const auto page, lane->reader->dest_status().planned(after ? &*after : nullptr, kPage));
    if (!page.empty()) after = page.back().key;
    BW_CO_TRY(plan_, moved(*lane->reader, page));
    BW_CO_CHECK(co_await enter());
    if (page.size() < kPage) co_return Result<>{};
  }
}

Result<std::vector<catalog::PlannedCheck>> ScheduledChecks::moved(
    catalog::Reader& reader, const std::vector<catalog::PlannedCheck>& page) {
  std::vector<catalog::PlannedCheck> moved;
  const Timestamp now = services_.clock().now();
  for (const catalog::PlannedCheck& one : page) {
    const bool is_due = started_ && one.next_check != 0 && one.next_check <= now;
    if (is_due) continue;
    BW_TRY(const Timestamp next, next_turn(reader, one.key));
    if (next != one.next_check) moved.push_back({.key = one.key, .next_check = next});
  }
  return moved;
}

Task<Result<>> ScheduledChecks::look_at(std::vector<catalog::PlannedCheck> page) {
  BW_CO_TRY(Lane * lane, services_.lane());
  for (const catalog::PlannedCheck& due : page) BW_CO_CHECK(look_at_one(*lane->reader, due));
  const auto entered = co_await enter();
  if (!entered) begin_.clear();
  BW_CO_CHECK(entered);
  begin_all();
  co_return Result<>{};
}

Result<> ScheduledChecks::look_at_one(catalog::Reader& reader, const catalog::PlannedCheck& due) {
  if (running_.contains(name_of(due.key))) return {};
  BW_TRY(const auto row, reader.destinations().find(due.key));
  if (!row) return {};
  BW_TRY(const auto set, set_as(reader, *row));
  if (!set) {
    forget_.push_back(due.key);
    return {};
  }
  BW_TRY(const Timestamp next, next_turn(reader, due.key));
  if (due.next_check != 0 && next != catalog::kNoCheck) {
    std::string store = store_of(due.key);
    if (!has_room(store)) return {};
    begin_.push_back({.row = *row, .kind = set->kind, .store = std::move(store)});
  }
  plan_.push_back({.key = due.key, .next_check = next});
  return {};
}

bool ScheduledChecks::has_room(const std::string& store) {
  if (running_.size() + begin_.size() >= kAtATime) return false;
  const auto there = at_store_.find(store);
  const auto begins = std::ranges::count(begin_, store, &Check::store);
  return (there == at_store_.end() ? 0 : there->second) + static_cast<std::size_t>(begins) < kAtAStore;
}

Result<Timestamp> ScheduledChecks::next_turn(catalog::Reader& reader, const catalog::DestinationKey& key) {
  BW_TRY(const auto own, reader.parameters().find(key.tenant_id, kCheckInterval));
  const std::int64_t setting = services_.settings()->destination_check_interval;
  const std::int64_t interval = own && !own->empty() ? check_interval(*own).value_or(0)
                                : setting == 0       ? 0
                                                     : std::max(setting, kLeastInterval);
  const std::string name = std::to_string(key.tenant_id) + "\n" + key.path + "\n" + key.endpoint;
  BW_TRY(const auto status, reader.dest_status().find(key));
  // What was just proved, by a SET say, isn't again at once.
  const Timestamp rested = status ? status->checked + micros(interval) / 2 : 0;
  const Timestamp now = services_.clock().now();
  const bool is_past = rested - now <= micros(interval) / 2;  // else the clock was set back
  return turn_after(is_past ? std::max(now, rested) : now, micros(interval), services_.store().draw(name));
}

// Before anything begins: a check that a crash cuts off isn't made at once again.
Task<Result<>> ScheduledChecks::enter() {
  if (plan_.empty() && forget_.empty()) co_return Result<>{};
  const auto plan = std::exchange(plan_, {});
  const auto forget = std::exchange(forget_, {});
  co_return co_await write_catalog(services_.store(), [&](catalog::Transaction& transaction) -> Result<> {
    for (const catalog::DestinationKey& key : forget) BW_CHECK(transaction.dest_status().forget(key));
    return transaction.dest_status().plan(plan);
  });
}

void ScheduledChecks::begin_all() {
  for (Check& one : std::exchange(begin_, {})) {
    auto mark = std::make_shared<const Running>(shared_from_this(), one);
    const auto begins = std::make_shared<Check>(std::move(one));
    services_.housekeeper().spawn(
        [this, mark = std::move(mark), begins] { return check(mark, std::move(*begins)); });
  }
}

Task<> ScheduledChecks::check(std::shared_ptr<const Running> /*mark*/, Check check) {
  try {
    const auto done = co_await prove(check);
    const bool ends = services_.housekeeper().cancellation().cancelled();
    if (!done && !ends && !done.error().is(Errc::tenant_not_exist)) {
      services_.log().warning("a destination of tenant " + std::to_string(check.row.key.tenant_id) +
                              " can't be checked now: " + done.error().text());
    }
  } catch (...) {
    log_caught(services_.log(), "a scheduled check");
  }
}

Task<Result<>> ScheduledChecks::prove(const Check& check) {
  BW_CO_TRY(Lane * lane, services_.lane());
  BW_CO_TRY(const auto tenant, lane->reader->tenants().find(check.row.key.tenant_id));
  if (!tenant) co_return Result<>{};
  co_return co_await prove_with(*tenant, check);
}

Task<Result<>> ScheduledChecks::prove_with(const catalog::Tenant& tenant, const Check& check) {
  BW_CO_TRY(Lane * lane, services_.lane());
  const auto recorded = recorded_destination(*lane->reader, check.row);
  if (!recorded) co_return co_await enter_unreadable(check, recorded.error());
  const OwnStatement own(services_, *lane, tenant);
  BW_CO_CHECK(co_await await_settings(own.statement(), tenant.id));
  Probing probing{.tenant = tenant, .destination = recorded->destination, .uri = recorded->uri};
  probing.kind = check.kind;
  probing.probes = storage::WritePlan::Probes::brief;
  probing.by = catalog::ProofNote::By::schedule;
  probing.is_set = true;
  storage::Proof proof;
  OwnerFound owner;
  co_return co_await prove_by_probes(own.statement(), probing, proof, owner);
}

// Its key is damaged.
Task<Result<>> ScheduledChecks::enter_unreadable(const Check& check, Error why) {
  storage::Proof proof;
  proof.run("access key", [&]() -> Result<std::string> { return fail(std::move(why)); });
  services_.log().warning("the key of a destination of tenant " + std::to_string(check.row.key.tenant_id) +
                          " can't be read: " + proof.failure()->text());
  co_return co_await write_catalog(services_.store(), [&](catalog::Transaction& transaction) {
    return keep_checks(transaction, check.row.key, services_.clock().now(), proof,
                       {.note = {.by = catalog::ProofNote::By::schedule, .free_bytes = {}}});
  });
}

/// What ring() ends, as long as it is waited for.
class ScheduledChecks::Nap {
 public:
  explicit Nap(ScheduledChecks& of)
      : of_(of), end_(&of.services_.housekeeper().cancellation(), [this] {
          cancellation.cancel(error::server_shutdown());
        }) {
    of_.nap_ = &cancellation;
  }
  Nap(const Nap&) = delete;
  Nap& operator=(const Nap&) = delete;
  ~Nap() { of_.nap_ = nullptr; }

  storage::Cancellation cancellation;

 private:
  ScheduledChecks& of_;
  const storage::Cancellation::Watch end_;
};

Task<> ScheduledChecks::wait(std::chrono::seconds longest) {
  if (std::exchange(rung_, false)) co_return;
  const Timestamp left = std::max<Timestamp>(next_ - services_.clock().now(), 0);
  const auto pause = std::min<std::chrono::microseconds>(std::chrono::microseconds(left), longest);
  if (services_.housekeeper().cancellation().cancelled()) co_return;
  Nap nap(*this);
  const Deadline until = std::chrono::steady_clock::now() + pause;
  co_await storage::sleep_until(until, {until, &nap.cancellation});
  rung_ = false;
}

void ScheduledChecks::ring() {
  rung_ = true;
  if (nap_ != nullptr) nap_->cancel(error::query_interrupted());
}

void begin_scheduled_checks(Services& services) {
  services.housekeeper().spawn(
      [checks = std::make_shared<ScheduledChecks>(services)] { return checks->run(); });
}

}  // namespace breakwater::server::execute
