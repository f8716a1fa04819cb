// The writer: group commit, isolation of jobs, limits, a full disk, readers beside it.
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <future>
#include <latch>
#include <thread>

#include "catalog/sqlite/sqlite.h"
#include "catalog/store/connection.h"
#include "catalog/store/store_fixture.h"
#include "catalog/store/writer.h"

namespace breakwater::catalog {
namespace {

class StoreCommitTest : public StoreTest {
 protected:
  /// Keeps the writer busy until released, so that what is submitted meanwhile waits together.
  class Hold {
   public:
    explicit Hold(Store& store) {
      const auto running = std::make_shared<std::latch>(1);
      store.submit(
          [release = release_, running](Transaction&) -> Result<> {
            running->count_down();
            release->wait();
            return {};
          },
          [](Result<>) {});
      running->wait();
    }
    ~Hold() { release(); }
    void release() {
      if (!std::exchange(released_, true)) release_->count_down();
    }

   private:
    std::shared_ptr<std::latch> release_ = std::make_shared<std::latch>(1);
    bool released_ = false;
  };
};

Store::Job create(const std::string& name) {
  return [name](Transaction& t) -> Result<> {
    BW_CHECK(t.tenants().create({.name = name}));
    return {};
  };
}

TEST_F(StoreCommitTest, JobsThatWaitTogetherShareACommit) {
  constexpr int kJobs = 100;
  std::latch done(kJobs);
  std::atomic<int> succeeded = 0;
  Hold hold(*store_);
  const auto before = store_->stats();
  for (int i = 0; i < kJobs; ++i) {
    store_->submit(create("t" + std::to_string(i)), [&](Result<> outcome) {
      if (outcome) ++succeeded;
      done.count_down();
    });
  }
  hold.release();
  done.wait();
  EXPECT_EQ(succeeded, kJobs);
  EXPECT_EQ(store_->stats().commits - before.commits, 2U) << "the one that held, and one for all the rest";
  EXPECT_EQ(value_of(reader_->tenants().count()), 1U + kJobs);
}

TEST_F(StoreCommitTest, AFailedJobDoesNotHurtItsNeighbours) {
  std::latch done(3);
  std::vector<Result<>> outcomes(3);
  {
    Hold hold(*store_);
    const auto note = [&](int i) {
      return [&outcomes, &done, i](Result<> outcome) {
        outcomes[static_cast<std::size_t>(i)] = std::move(outcome);
        done.count_down();
      };
    };
    store_->submit(create("a"), note(0));
    store_->submit(
        [](Transaction& t) -> Result<> {
          BW_CHECK(t.tenants().create({.name = "half"}));
          BW_CHECK(t.tenants().create({.name = "a"}));
          return {};
        },
        note(1));
    store_->submit(create("b"), note(2));
  }
  done.wait();
  EXPECT_TRUE(outcomes[0].has_value());
  EXPECT_EQ(code_of(outcomes[1]), Errc::tenant_exist);
  EXPECT_TRUE(outcomes[2].has_value());
  EXPECT_FALSE(value_of(reader_->tenants().find("half")));
  EXPECT_TRUE(value_of(reader_->tenants().find("b")));
}

TEST_F(StoreCommitTest, ACompletionSeesItsWorkCommitted) {
  std::promise<bool> seen;
  store_->submit(create("a"),
                 [&](Result<>) { seen.set_value(value_of(reader_->tenants().find("a")).has_value()); });
  EXPECT_TRUE(seen.get_future().get());
}

TEST_F(StoreCommitTest, TheQueueIsBounded) {
  std::atomic<std::size_t> ran = 0;
  {
    Hold hold(*store_);
    for (std::size_t i = 0; i < Writer::kMaxQueued; ++i) {
      store_->submit([](Transaction&) -> Result<> { return {}; },
                     [&](Result<> outcome) { ran += outcome ? 1 : 0; });
    }
    Result<> refused;
    store_->submit([](Transaction&) -> Result<> { return {}; },
                   [&](Result<> outcome) { refused = std::move(outcome); });
    EXPECT_EQ(code_of(refused), Errc::try_again);
  }
  close();
  EXPECT_EQ(ran, Writer::kMaxQueued) << "closing runs what is queued";
}

TEST_F(StoreCommitTest, ACommitOfNothingButFailuresIsNone) {
  const auto before = store_->stats().commits;
  EXPECT_EQ(code_of(write([](Transaction& t) { return t.tenants().drop(4711); })), Errc::tenant_not_exist);
  EXPECT_EQ(store_->stats().commits, before);
}

TEST_F(StoreCommitTest, AFailedCommitFailsAllThatSharedIt) {
  std::latch done(2);
  std::vector<Result<>> outcomes(2);
  {
    Hold hold(*store_);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      store_->submit(
          [i](Transaction& t) -> Result<> {
            sqlite3_commit_hook(
                connection_of(t.read()).handle(), [](void*) { return 1; }, nullptr);  // fails the COMMIT
            BW_CHECK(t.tenants().create({.name = "t" + std::to_string(i)}));
            return {};
          },
          [&, i](Result<> outcome) {
            outcomes[i] = std::move(outcome);
            done.count_down();
          });
    }
  }
  done.wait();
  EXPECT_EQ(code_of(outcomes[0]), Errc::internal_error);
  EXPECT_EQ(code_of(outcomes[1]), Errc::internal_error);
  EXPECT_EQ(value_of(reader_->tenants().count()), 1U);

  const auto heal = [](Transaction& t) -> Result<> {
    sqlite3_commit_hook(connection_of(t.read()).handle(), nullptr, nullptr);
    return {};
  };
  value_of(write(heal));
  EXPECT_EQ(make_tenant("after"), 1002) << "the ids of what never was are free";
}

TEST_F(StoreCommitTest, AFullDiskIsAnErrorAndNotTheEnd) {
  const auto limit_pages = [&](std::int64_t pages) {
    value_of(write([&](Transaction& t) {
      return connection_of(t.read()).execute(("PRAGMA max_page_count = " + std::to_string(pages)).c_str());
    }));
  };
  limit_pages(1);  // the least there can be: what is used now
  Result<> last;
  for (int i = 0; i < 10'000 && last; ++i) last = write(create("t" + std::to_string(i)));
  EXPECT_EQ(code_of(last), Errc::server_out_of_disk);
  EXPECT_FALSE(last.error().hint().empty());
  const auto count = value_of(reader_->tenants().count());
  limit_pages(1'000'000);
  value_of(write(create("after")));
  EXPECT_EQ(value_of(reader_->tenants().count()), count + 1);
}

TEST_F(StoreCommitTest, AValueComesBackThroughWrite) {
  std::promise<TenantId> id;
  store_->write<Tenant>([](Transaction& t) { return t.tenants().create({.name = "a"}); },
                        [&](Result<Tenant> tenant) { id.set_value(value_of(std::move(tenant)).id); });
  EXPECT_EQ(id.get_future().get(), 1002);
}

class SnapshotTest : public StoreCommitTest {
 protected:
  void SetUp() override {
    StoreCommitTest::SetUp();
    tenant_ = make_tenant("a");
    set("1");
  }

  void set(const std::string& value) {
    value_of(write([&](Transaction& t) { return t.parameters().set(tenant_, "p", value); }));
  }
  std::string read() { return value_of(reader_->parameters().find(tenant_, "p")).value_or("none"); }

  /// As another process would: this store knows nothing of it.
  void set_from_outside(const std::string& value) {
    auto connection =
        value_of(sqlite::Connection::open(temp_ / "data" + "/catalog.db", sqlite::OpenMode::writer));
    EXPECT_EQ(
        value_of(connection.run("UPDATE tenant_parameter SET value = ? WHERE tenant_id = ? AND name = 'p'",
                                value, tenant_)),
        1);
  }

  /// Whether the whole log can be copied and begun anew, which needs that nobody holds a snapshot of it.
  bool log_can_end() {
    auto connection =
        value_of(sqlite::Connection::open(temp_ / "data" + "/catalog.db", sqlite::OpenMode::writer));
    sqlite3_busy_timeout(connection.handle(), 0);
    return sqlite3_wal_checkpoint_v2(connection.handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr,
                                     nullptr) == SQLITE_OK;
  }

  TenantId tenant_ = 0;
};

TEST_F(SnapshotTest, IsNeverOlderThanWhatTheStoreHasCommitted) {
  value_of(reader_->hold_snapshot());
  EXPECT_EQ(read(), "1");
  set("2");
  EXPECT_EQ(read(), "2") << "a look-up renews it";
  set("3");
  value_of(reader_->hold_snapshot());
  EXPECT_EQ(
      value_of(connection_of(*reader_).integer("SELECT count(*) FROM tenant_parameter WHERE value = '3'")),
      1);
}

TEST_F(SnapshotTest, IsOneStateUntilItIsRenewed) {
  value_of(reader_->hold_snapshot());
  EXPECT_EQ(read(), "1");
  set_from_outside("2");
  EXPECT_EQ(read(), "1") << "held";
  value_of(reader_->hold_snapshot());
  EXPECT_EQ(read(), "1") << "still held";
  reader_->release_snapshot();
  EXPECT_EQ(read(), "2");
}

TEST_F(SnapshotTest, AReadWithinAnothersRowsSeesWhatThatOneSees) {
  value_of(reader_->hold_snapshot());
  sqlite::Connection& connection = connection_of(*reader_);
  {
    const sqlite::Lease rows = value_of(connection.query("SELECT name FROM tenant_parameter"));
    EXPECT_TRUE(value_of(rows->step()));
    set("2");
    EXPECT_EQ(read(), "1");
    reader_->release_snapshot();
    EXPECT_EQ(read(), "1") << "not while rows are read";
  }
  EXPECT_EQ(read(), "2");
}

TEST_F(SnapshotTest, HoldsTheLogBackUntilItIsReleased) {
  set("2");
  value_of(reader_->hold_snapshot());
  EXPECT_EQ(read(), "2");
  set("3");
  EXPECT_FALSE(log_can_end());
  reader_->release_snapshot();
  EXPECT_TRUE(log_can_end());
}

TEST_F(SnapshotTest, TheLogStaysShortHoweverManyHoldOne) {
  constexpr std::uintmax_t kMostBytes = std::uintmax_t{12} << 20U;  // a checkpoint is due at 4 MiB
  const std::string log = temp_ / "data" + "/catalog.db-wal";
  std::atomic<bool> stop = false;
  const auto reads = [&] {
    const auto reader = value_of(store_->open_reader());
    while (!stop) {
      value_of(reader->hold_snapshot());
      value_of(reader->parameters().find(tenant_, "p"));
      std::this_thread::yield();
    }
  };
  const std::jthread first(reads);
  const std::jthread second(reads);
  std::uintmax_t largest = 0;
  for (int i = 0; i < 4'000; ++i) {  // some 16 MiB in all
    set(std::to_string(i));
    largest = std::max(largest, std::filesystem::file_size(log));
  }
  stop = true;
  EXPECT_LT(largest, kMostBytes);
}

TEST_F(StoreCommitTest, ReadersSeeWholeCommitsWhileOthersWrite) {
  constexpr int kReaders = 3;
  constexpr int kRounds = 200;
  const TenantId id = make_tenant("a");
  std::atomic<bool> stop = false;
  std::atomic<int> torn = 0;
  const auto read = [&] {
    const auto reader = value_of(store_->open_reader());
    while (!stop) {
      // Both are set by one job; each read is a snapshot of its own, so the second is never the older one.
      const auto first = value_of(reader->parameters().find(id, "first")).value_or("0");
      const auto second = value_of(reader->parameters().find(id, "second")).value_or("0");
      if (std::stoi(second) < std::stoi(first)) ++torn;
    }
  };
  {
    std::vector<std::jthread> readers;
    readers.reserve(kReaders);
    for (int i = 0; i < kReaders; ++i) readers.emplace_back(read);
    std::vector<std::jthread> writers;
    writers.reserve(2);
    for (int i = 0; i < 2; ++i) {
      writers.emplace_back([&] {
        for (int round = 0; round < kRounds; ++round) {
          value_of(store_->write_and_wait([&](Transaction& t) -> Result<> {
            BW_TRY(const auto now, t.read().parameters().find(id, "second"));
            const std::string next = std::to_string(std::stoi(now.value_or("0")) + 1);
            BW_CHECK(t.parameters().set(id, "first", next));
            return t.parameters().set(id, "second", next);
          }));
        }
      });
    }
    writers.clear();
    stop = true;
  }
  EXPECT_EQ(torn, 0);
  EXPECT_EQ(value_of(reader_->parameters().find(id, "first")), std::to_string(2 * kRounds));
}

}  // namespace
}  // namespace breakwater::catalog
