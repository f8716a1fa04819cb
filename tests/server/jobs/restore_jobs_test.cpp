// The state machine of restores, with a store that is real and a medium that isn't.
#include "server/jobs/restore_jobs.h"

#include <atomic>
#include <deque>
#include <functional>

#include "catalog/sqlite/sqlite.h"
#include "catalog/store/connection.h"
#include "catalog/store/store_fixture.h"
#include "catalog/store/tables.h"
#include "server/jobs/jobs_fixture.h"

namespace breakwater::server::jobs {
namespace {

using namespace std::chrono_literals;
using catalog::TenantId;
using catalog::value_of;

class PlainValues final : public catalog::ValueSealer, public catalog::ValueOpener {
 public:
  Result<Bytes> seal(std::string_view /*identity*/, const Secret& plain) override {
    const auto bytes = plain.reveal_bytes();
    return Bytes(bytes.begin(), bytes.end());
  }
  Result<std::optional<Secret>> open(std::string_view /*identity*/,
                                     std::span<const std::uint8_t> sealed) override {
    return std::optional(Secret(sealed));
  }
};

class IntoScratch final : public catalog::LineSink {
 public:
  explicit IntoScratch(catalog::PartScratch& scratch) : scratch_(scratch) {}
  Result<> line(std::string_view line) override { return scratch_.add(line, values_); }

 private:
  catalog::PartScratch& scratch_;
  PlainValues values_;
};

/// Reads a tenant out of the catalogue itself.
class FakeRestorer final : public Restorer {
 public:
  enum class Fate : std::uint8_t { no_answer, nothing_there, stalled, power_lost };

  explicit FakeRestorer(Timers& timers) : timers_(timers) {}

  Task<Result<RestoredPart>> read(const catalog::RestoreJob& job, const catalog::RestoreSecrets& secrets,
                                  const NoteSource& note, storage::Cancellation& cancellation) override {
    ++reads;
    most_at_work = std::max(most_at_work, ++at_work);
    auto read = co_await meet(job, secrets, note, cancellation);
    --at_work;
    co_return std::move(read);
  }

  std::vector<std::string> stores_of(const catalog::RestoreSecrets& /*secrets*/) override { return stores; }

  catalog::Store* store = nullptr;
  TenantId source = 0;
  std::vector<std::string> stores = {"b", "a", "b"};
  std::deque<Fate> fates;
  int reads = 0;
  int at_work = 0;
  int most_at_work = 0;
  bool power = true;
  std::function<void()> imports;  ///< all is read; what comes is the import

 private:
  Task<Result<RestoredPart>> meet(const catalog::RestoreJob& job, const catalog::RestoreSecrets& secrets,
                                  const NoteSource& note, storage::Cancellation& cancellation) {
    EXPECT_EQ(secrets.data.reveal(), "file:///data");
    const std::optional<Fate> fate = fates.empty() ? std::nullopt : std::optional(fates.front());
    if (fate) fates.pop_front();
    if (fate == Fate::no_answer) co_return fail(error::backup_dest_not_connect());
    if (fate == Fate::nothing_there)
      co_return fail(error::backup_file_not_exist().with_hint("nothing there"));
    catalog::RestoreSource from{.tenant_name = "source", .tenant_id = source, .scn = 1234, .sets = "s"};
    BW_CO_CHECK(co_await note(std::move(from)));
    if (fate == Fate::stalled || fate == Fate::power_lost) {
      power = fate != Fate::power_lost;
      co_await timers_.sleep_for(std::chrono::hours(24 * 365), cancellation);
      co_return fail(cancellation.why());
    }
    RestoredPart part;
    BW_CO_TRY(part.scratch, catalog::make_part_scratch());
    BW_CO_TRY(const auto reader, store->open_reader());
    PlainValues values;
    IntoScratch lines(*part.scratch);
    BW_CO_CHECK(reader->parts().snapshot(source, values, lines));
    BW_CO_CHECK(part.scratch->finish());
    if (job.tenant_name == "closed") part.closed.emplace_back("set 1");
    if (job.tenant_name == "short") {
      part.falls_short.emplace_back("set 9 was passed over");
      part.scn = 1234;
    }
    if (job.tenant_name == "keyed") {
      storage::KeyBackup keys;
      keys.tde_method = "internal";
      keys.versions.push_back(
          {.version = 1, .created = 1, .algorithm = "aes-256", .key = Secret(std::string(32, 'k'))});
      part.keys = std::move(keys);
    }
    if (imports) imports();
    co_return std::move(part);
  }

  Timers& timers_;
};

class RestoreJobsTest : public JobsTest<RestoreJobs> {
 protected:
  using Fate = FakeRestorer::Fate;

  void SetUp() override {
    open();
    restorer_.source = value_of(store_->write_and_wait<catalog::Tenant>([&](catalog::Transaction& t) {
                         return t.tenants().create({.name = "source", .primary_zone = "z1"});
                       })).id;
    begin();
  }

  std::unique_ptr<RestoreJobs> make_jobs(JobWorld world) override {
    return std::make_unique<RestoreJobs>(std::move(world), restorer_);
  }
  void open() override {
    JobsTest::open();
    restorer_.store = store_.get();
  }

  /// With a pool of its own, which is made.
  std::int64_t restore(const std::string& name, const std::string& more = "") {
    const std::string pool = "pool_" + name;
    const auto job =
        value_of(store_->write_and_wait<std::int64_t>([&](catalog::Transaction& t) -> Result<std::int64_t> {
          BW_TRY(const auto unit, t.read().resources().unit("unit1"));
          if (!unit) BW_CHECK(t.resources().create_unit({.name = "unit1"}));
          BW_CHECK(t.resources().create_pool({.name = pool, .unit = "unit1", .zone_list = "z"}));
          catalog::RestoreRequest request{
              .tenant_name = name, .pools = {pool}, .option = "pool_list=" + pool + more};
          request.secrets.data = Secret(std::string_view("file:///data"));
          return t.restores().begin(request);
        }));
    jobs_->ring();
    return job;
  }

  /// "2 history": the step, and where it is shown.
  std::string seen(std::int64_t job) {
    return row(
        "SELECT step || CASE WHEN in_history THEN ' history' ELSE '' END FROM restore_job WHERE job_id = " +
        std::to_string(job));
  }
  std::string comment(std::int64_t job) {
    return row("SELECT comment FROM restore_job WHERE job_id = " + std::to_string(job));
  }
  std::string role(const std::string& name) {
    return row("SELECT tenant_role FROM tenant WHERE tenant_name = '" + name + "'");
  }
  void wait_for(std::int64_t job, const std::string& state) {
    thread_.until([&] { return seen(job) == state; }, state.c_str());
  }

  FakeRestorer restorer_{timers_};
};

TEST_F(RestoreJobsTest, TheTenantIsThereAndBecomesStandbyWhenItsRowsMove) {
  const auto job = restore("r", "&primary_zone=z9&locality=F@z9");
  wait_for(job, "2");
  EXPECT_EQ(role("r"), "RESTORE");
  const auto tenant = value_of(reader_->tenants().find("r"));
  ASSERT_TRUE(tenant);
  EXPECT_EQ(tenant->id, value_of(reader_->restores().find(job))->tenant_id);
  EXPECT_EQ(tenant->primary_zone, "z9");
  EXPECT_EQ(tenant->locality, "F@z9");
  EXPECT_EQ(value_of(reader_->resources().pool("pool_r"))->tenant_id, tenant->id);
  EXPECT_TRUE(value_of(reader_->accounts().find({.tenant_id = tenant->id, .user = "root"})));
  timers_.pass(kVisible + 1ms);
  wait_for(job, "2 history");
  EXPECT_EQ(role("r"), "STANDBY");
  EXPECT_EQ(restorer_.reads, 1);
}

TEST_F(RestoreJobsTest, AMediumThatDoesNotAnswerIsAskedAgain) {
  restorer_.fates = {Fate::no_answer, Fate::no_answer, Fate::no_answer};
  const auto job = restore("r");
  for (int failures = 1; failures <= 3; ++failures) {
    thread_.until([&] { return value_of(reader_->restores().find(job))->attempts == failures; },
                  "an attempt");
    EXPECT_NE(comment(job).find("-9070"), std::string::npos) << comment(job);
    thread_.poll();
    timers_.pass(kPauses[failures - 1] + 1ms);
  }
  wait_for(job, "2");
  EXPECT_EQ(comment(job), "");
}

TEST_F(RestoreJobsTest, InTheEndItFails) {
  restorer_.fates = {Fate::no_answer, Fate::no_answer, Fate::no_answer, Fate::no_answer};
  const auto job = restore("r");
  for (int failures = 1; failures <= 3; ++failures) {
    thread_.until([&] { return value_of(reader_->restores().find(job))->attempts == failures; },
                  "an attempt");
    thread_.poll();
    timers_.pass(61s);
  }
  wait_for(job, "3 history");
  EXPECT_EQ(role("r"), "");
}

TEST_F(RestoreJobsTest, WhatIsNotThereIsNotAskedForAgain) {
  restorer_.fates = {Fate::nothing_there};
  const auto job = restore("r");
  wait_for(job, "3 history");
  EXPECT_EQ(comment(job), "cannot find backup file (-9011): nothing there");
  EXPECT_EQ(restorer_.reads, 1);
}

TEST_F(RestoreJobsTest, ANameThatWasTakenMeanwhile) {
  restorer_.fates = {Fate::power_lost};
  const auto job = restore("r");
  thread_.until([&] { return !restorer_.power; }, "the crash");
  end();
  value_of(store_->write_and_wait([](catalog::Transaction& t) -> Result<> {
    BW_CHECK(t.tenants().create({.name = "r"}));
    return {};
  }));
  begin();
  wait_for(job, "3 history");
  EXPECT_EQ(role("r"), "PRIMARY") << "somebody else's";
  EXPECT_FALSE(value_of(reader_->resources().pool("pool_r"))->tenant_id);
}

TEST_F(RestoreJobsTest, ACrashBeforeTheTenantBeginsAgain) {
  restorer_.fates = {Fate::power_lost, Fate::power_lost};
  const auto job = restore("r");
  for (int crash = 0; crash < 2; ++crash) {
    thread_.until([&] { return !restorer_.power; }, "the crash");
    EXPECT_EQ(seen(job), "1");
    EXPECT_EQ(role("r"), "");
    restorer_.power = true;
    restart();
  }
  wait_for(job, "2");
  EXPECT_EQ(row("SELECT COUNT(*) FROM tenant WHERE tenant_name = 'r'"), "1");
  restart();
  timers_.pass(kVisible + 1ms);
  wait_for(job, "2 history");
  EXPECT_EQ(restorer_.reads, 3);
}

TEST_F(RestoreJobsTest, AChangeOfTheCataloguesKeyIsNoMatter) {
  value_of(store_->write_and_wait([&](catalog::Transaction& t) {
    return t.parameters().set_secret(restorer_.source, "external_kms_info",
                                     Secret(std::string_view("canary")));
  }));
  restorer_.fates = {Fate::power_lost};
  const auto job = restore("r");
  thread_.until([&] { return !restorer_.power; }, "the crash");
  value_of(catalog::change_key(*store_));
  restart();
  wait_for(job, "2");  // what it had kept sealed is what FakeRestorer looks at
  value_of(catalog::change_key(*store_));
  restart();
  timers_.pass(kVisible + 1ms);
  wait_for(job, "2 history");
  const TenantId tenant = value_of(reader_->tenants().find("r"))->id;
  EXPECT_EQ(value_of(reader_->parameters().secret(tenant, "external_kms_info"))->reveal(), "canary");
}

TEST_F(RestoreJobsTest, CancelEndsOneThatHangs) {
  restorer_.fates = {Fate::stalled};
  const auto job = restore("r");
  wait_for(job, "1");
  value_of(store_->write_and_wait([](catalog::Transaction& t) { return t.restores().cancel("r"); }));
  jobs_->ring();
  wait_for(job, "3 history");
  EXPECT_NE(comment(job).find("-4072"), std::string::npos) << comment(job);
  EXPECT_EQ(role("r"), "");
}

TEST_F(RestoreJobsTest, AFewAtATime) {
  restorer_.fates = {Fate::stalled, Fate::stalled};
  const auto first = restore("r1");
  const auto second = restore("r2");
  const auto third = restore("closed");
  wait_for(first, "1");
  wait_for(second, "1");
  EXPECT_EQ(seen(third), "0");
  value_of(store_->write_and_wait([](catalog::Transaction& t) { return t.restores().cancel("r1"); }));
  jobs_->ring();
  wait_for(third, "2");
  EXPECT_EQ(restorer_.most_at_work, static_cast<int>(RestoreJobs::kMaxRestoring));
  EXPECT_EQ(comment(third),
            "nothing of it opens by a key here, so that nobody vouches for it: all accounts are locked;"
            " no key for set 1");
  const TenantId closed = value_of(reader_->tenants().find("closed"))->id;
  EXPECT_TRUE(value_of(reader_->accounts().find({.tenant_id = closed, .user = "root"}))->locked)
      << "its password is empty";
}

TEST_F(RestoreJobsTest, ATenantDroppedWhileItIsShown) {
  const auto job = restore("r");
  wait_for(job, "2");
  const TenantId tenant = value_of(reader_->tenants().find("r"))->id;
  value_of(store_->write_and_wait([&](catalog::Transaction& t) { return t.tenants().drop(tenant); }));
  timers_.pass(kVisible + 1ms);
  wait_for(job, "2 history");
  EXPECT_EQ(role("r"), "");
}

// ---- the import, some rows a commit

class LargeRestoreTest : public RestoreJobsTest {
 protected:
  static constexpr int kAccounts = 3 * catalog::PartWriter::kRowsAtOnce;

  void SetUp() override {
    RestoreJobsTest::SetUp();
    value_of(store_->write_and_wait([&](catalog::Transaction& t) -> Result<> {
      for (int i = 0; i < kAccounts; ++i) {
        const catalog::AccountKey key{.tenant_id = restorer_.source, .user = "u" + std::to_string(i)};
        BW_CHECK(t.accounts().create(catalog::Actor::server(), {.key = key}));
        BW_CHECK(t.accounts().grant(key, {.schema = "db", .privileges = 2}));
      }
      return {};
    }));
  }

  std::string rows_of(const std::string& table, TenantId tenant) {
    return row("SELECT COUNT(*) FROM " + table + " WHERE tenant_id = " + std::to_string(tenant));
  }
  /// Lets the import come to a moment when some of its rows are there, and not all.
  void come_to_the_middle(std::int64_t job) {
    restorer_.imports = [this] { importing_ = true; };
    thread_.until([&] { return importing_; }, "the import");
    const TenantId tenant = value_of(reader_->restores().find(job))->tenant_id;
    thread_.until(
        [&] {
          return row("SELECT COUNT(*) > 0 FROM account WHERE tenant_id = " + std::to_string(tenant)) == "1";
        },
        "some of its rows");
  }
  bool importing_ = false;
};

TEST_F(LargeRestoreTest, ItTakesManyCommitsAndOthersWriteInBetween) {
  const auto before = store_->stats().commits;
  std::atomic<int> others = 0;
  restorer_.imports = [&] {
    // Queued at once: each waits for the commit that runs, not for the import.
    for (int i = 0; i < 4; ++i)
      store_->submit(
          [i](catalog::Transaction& t) { return t.parameters().set(1, "p" + std::to_string(i), "1"); },
          [&](const Result<>& done) { others += done ? 1 : 0; });
  };
  const auto job = restore("large");
  wait_for(job, "2");
  EXPECT_EQ(others, 4);
  EXPECT_GT(store_->stats().commits, before + kAccounts * 2 / catalog::PartWriter::kRowsAtOnce);
  const TenantId tenant = value_of(reader_->tenants().find("large"))->id;
  EXPECT_EQ(rows_of("account", tenant), std::to_string(kAccounts + 1));
  EXPECT_EQ(rows_of("account_privilege", tenant), std::to_string(kAccounts + 1));
  EXPECT_FALSE(value_of(reader_->tenants().find("large"))->locked);
}

TEST_F(LargeRestoreTest, NobodyGetsInBeforeItIsWhole) {
  const auto job = restore("half");
  come_to_the_middle(job);
  const auto tenant = value_of(reader_->tenants().find("half"));
  ASSERT_TRUE(tenant);
  if (seen(job) == "1") {
    EXPECT_TRUE(tenant->locked);
    EXPECT_EQ(tenant->role, catalog::TenantRole::restore);
    const auto unlocked = store_->write_and_wait(
        [&](catalog::Transaction& t) { return t.tenants().alter(tenant->id, {.locked = false}); });
    EXPECT_FALSE(unlocked);
  }
  wait_for(job, "2");
}

TEST_F(LargeRestoreTest, ACancelInTheMiddleTakesAllOfItBack) {
  const auto job = restore("gone");
  const TenantId tenant = value_of(reader_->restores().find(job))->tenant_id;
  restorer_.imports = [&] {
    value_of(store_->write_and_wait([](catalog::Transaction& t) { return t.restores().cancel("gone"); }));
  };
  wait_for(job, "3 history");
  EXPECT_EQ(role("gone"), "");
  for (const catalog::TableRule& rule : catalog::table_rules()) {
    if (rule.kind != catalog::TableClass::tenants) continue;
    EXPECT_EQ(rows_of(std::string(rule.name), tenant), "0") << rule.name;
  }
  EXPECT_FALSE(value_of(reader_->resources().pool("pool_gone"))->tenant_id);
}

TEST_F(LargeRestoreTest, ACrashInTheMiddleLeavesWhatTheNextAttemptTakesBack) {
  const auto job = restore("crash");
  const TenantId tenant = value_of(reader_->restores().find(job))->tenant_id;
  // As after a crash: the tenant is there with some of its rows, and the restore isn't at work.
  restorer_.fates = {Fate::power_lost};
  thread_.until([&] { return !restorer_.power; }, "the crash");
  end();
  const auto scratch = value_of(catalog::make_part_scratch());
  PlainValues values;
  IntoScratch lines(*scratch);
  value_of(reader_->parts().snapshot(restorer_.source, values, lines));
  value_of(scratch->finish());
  const auto import =
      value_of(catalog::make_part_import(*scratch, {.id = tenant, .name = "crash", .pools = {"pool_crash"}}));
  value_of(store_->write_and_wait([&](catalog::Transaction& t) -> Result<> {
    BW_CHECK(t.parts().begin_import(*import));
    BW_CHECK(t.parts().import_rows(*import));
    return {};
  }));
  ASSERT_EQ(role("crash"), "RESTORE");
  begin();
  wait_for(job, "2");
  EXPECT_EQ(rows_of("account", tenant), std::to_string(kAccounts + 1));
  EXPECT_EQ(row("SELECT COUNT(*) FROM tenant WHERE tenant_name = 'crash'"), "1");
}

TEST_F(LargeRestoreTest, WhatIsWholeIsNeverTakenBack) {
  const auto job = restore("whole");
  wait_for(job, "2");
  const TenantId tenant = value_of(reader_->tenants().find("whole"))->id;
  for (const TenantId other : {tenant, restorer_.source, TenantId{1}}) {
    const bool more = value_of(
        store_->write_and_wait<bool>([&](catalog::Transaction& t) { return t.parts().clear_import(other); }));
    EXPECT_FALSE(more);
  }
  EXPECT_EQ(rows_of("account", tenant), std::to_string(kAccounts + 1));
}

TEST_F(RestoreJobsTest, KeysOfAKeyBackupComeWithTheLastCommit) {
  const auto job = restore("keyed");
  wait_for(job, "2");
  const TenantId tenant = value_of(reader_->tenants().find("keyed"))->id;
  EXPECT_EQ(value_of(reader_->keys().newest(tenant)), 1);
  EXPECT_EQ(value_of(reader_->parameters().find(tenant, "tde_method")), "internal");
  EXPECT_EQ(role("keyed"), "RESTORE");
}

TEST_F(RestoreJobsTest, OneThatGoesLessFarSaysSo) {
  const auto job = restore("short");
  wait_for(job, "2");
  EXPECT_EQ(comment(job), "goes to SCN 1234 and not as far as it might: set 9 was passed over");
  EXPECT_EQ(row("SELECT COUNT(*) FROM backup_event WHERE event = 'restore_falls_short'"), "1");
}

// One share of each store: what hangs there holds up who uses it, and no place of jobs.
TEST_F(RestoreJobsTest, AStoreThatHangsHoldsUpItsOwnAlone) {
  end();
  shares_.emplace(2);
  begin();
  restorer_.fates = {Fate::stalled};
  restorer_.stores = {"dead"};
  const auto first = restore("r1");
  wait_for(first, "1");
  const auto second = restore("r2");
  thread_.poll();
  EXPECT_EQ(seen(second), "0") << "it waits for the store";
  EXPECT_EQ(restorer_.reads, 1);
  EXPECT_EQ(slots_->stats().held, 1U);
  value_of(store_->write_and_wait([](catalog::Transaction& t) { return t.restores().cancel("r1"); }));
  jobs_->ring();
  wait_for(second, "2");
}

}  // namespace
}  // namespace breakwater::server::jobs
