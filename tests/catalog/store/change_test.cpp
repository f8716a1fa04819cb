// The log of changes: whoever applies the records of all commits to a copy has the same catalogue.
#include <algorithm>
#include <filesystem>
#include <future>
#include <random>

#include "catalog/store/change_log.h"
#include "catalog/store/connection.h"
#include "catalog/store/keyring.h"
#include "catalog/store/store_fixture.h"
#include "catalog/store/writer.h"

namespace breakwater::catalog {
namespace {

using sqlite::Connection;
using sqlite::OpenMode;

/// A record as it is kept: it outlives the writer.
struct KeptRecord {
  explicit KeptRecord(const Record& record)
      : scn(record.scn), schema_version(record.schema_version), count(record.changes.size()) {
    for (const Change& change : record.changes) put_change(bytes, change);
  }
  Record read(const Shape& shape) const {
    return {.scn = scn, .schema_version = schema_version, .changes = value_of(get_changes(bytes, shape))};
  }

  Scn scn;
  std::int64_t schema_version;
  std::size_t count;
  Bytes bytes;
};

/// A microsecond later with each look, so that times differ.
class TickingClock final : public Clock {
 public:
  Timestamp now() const override { return ++now_; }

 private:
  mutable std::atomic<Timestamp> now_ = FixedClock::kNow;
};

/// Random operations of the store. Some are refused, and that is part of it.
class Mix {
 public:
  explicit Mix(std::uint32_t seed) : random_(seed) {}

  Result<> run(Transaction& t) {
    const int count = 1 + below(4);
    for (int i = 0; i < count; ++i) {
      const auto done = one(t);
      if (!done && below(2) == 0) return done;
    }
    if (below(4) == 0) return fail(error::op_not_allow("undone on purpose"));
    return {};
  }

  int below(int end) { return std::uniform_int_distribution(0, end - 1)(random_); }

 private:
  std::string pick(const std::string& prefix, int of) { return prefix + std::to_string(below(of)); }

  std::string cased(std::string text) {
    for (char& c : text)
      if (below(2) == 0) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return text;
  }

  template <class T>
  static Result<> done(const Result<T>& result) {
    if (!result) return fail(result.error());
    return {};
  }

  Result<TenantId> tenant(Transaction& t) {
    BW_TRY(const auto found, t.read().tenants().find(pick("t", 6)));
    if (!found) return fail(error::tenant_not_exist());
    return found->id;
  }

  Result<> swap_names(Transaction& t) {
    BW_TRY(const TenantId a, tenant(t));
    BW_TRY(const TenantId b, tenant(t));
    BW_TRY(const auto of_a, t.read().tenants().find(a));
    BW_TRY(const auto of_b, t.read().tenants().find(b));
    if (a == b || !of_a || !of_b) return {};
    BW_CHECK(t.tenants().alter(a, {.name = "between"}));
    BW_CHECK(t.tenants().alter(b, {.name = of_a->name}));
    return t.tenants().alter(a, {.name = of_b->name});
  }

  Result<> destination(Transaction& t, TenantId id) {
    const std::string path = pick("file:///d", 5);
    IntentSpec spec{.key = {.tenant_id = id, .path = path}, .path_key = path, .format = Bytes{1, 2}};
    if (below(2) == 0) spec.kind = DestinationKind::log_archive_dest;
    BW_TRY(spec.dest_id, t.destinations().reserve_id(id));
    BW_TRY(const auto intent, t.intents().open(spec));
    if (below(4) == 0) return t.intents().abandon(intent);
    if (below(6) == 0) return {};
    std::optional<Secret> key;
    if (below(2) == 0) key = Secret(std::string_view("access"));
    BW_CHECK(t.intents().finish(intent, {.last_check = 1}, path, key));
    if (below(3) != 0) return {};
    BW_TRY(const auto again, t.intents().open(spec));
    return t.intents().finish_giving_up(again, "release_backup_dest");
  }

  Result<> one(Transaction& t) {
    switch (below(20)) {
      case 0:
        return done(t.tenants().create({.name = pick("t", 6), .variables = {{"v", "1"}}}));
      case 1:
        if (below(3) != 0) return {};
        break;
      case 2:
        return swap_names(t);
      case 3:
        return done(t.resources().create_unit({.name = pick("u", 4), .max_cpu = 0.5 * below(5)}));
      case 4:
        return done(
            t.resources().create_pool({.name = pick("p", 4), .unit = pick("u", 4), .zone_list = "z"}));
      case 5:
        return t.resources().drop_pool(pick("p", 4));
      default:
        break;
    }
    BW_TRY(const TenantId id, tenant(t));
    const AccountKey account{.tenant_id = id, .user = pick("u", 3), .host = cased(pick("host", 2))};
    switch (below(16)) {
      case 0:
        return below(3) == 0 ? t.tenants().drop(id) : Result<>{};
      case 1:
      case 2:
        return t.accounts().create(Actor::server(), {.key = account});
      case 3:
      case 4:
        return t.accounts().drop(Actor::server(), account);
      case 5:
        return t.accounts().grant(account, {.schema = cased(pick("db", 2)), .privileges = 1});
      case 6:
        return t.parameters().set(id, pick("p", 3), pick("", 9));
      case 7:
        return t.parameters().set_secret(id, pick("p", 3), Secret(std::string_view("hidden")));
      case 8:
        return t.parameters().reset(id, pick("p", 3));
      case 9:
        return t.parameters().set_variable(id, pick("v", 3), pick("", 9));
      case 10:
        return done(t.keys().rotate(id));
      case 11:
        return t.archive().set_destination(id, {.path = pick("file:///a", 3), .dest_id = 1001});
      case 12:
        return t.archive().set_archivelog(id, below(2) == 0);
      case 13:
        return t.policies().add(id, {.name = pick("p", 2), .recovery_window = "7d"});
      case 14:
        return t.destinations().record_checks({.tenant_id = id, .path = pick("file:///d", 5)}, 1,
                                              {{.name = "path", .ok = true, .milliseconds = 0.25}});
      default:
        return destination(t, id);
    }
  }

  std::mt19937 random_;
};

class ChangeTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    close();
    key_ = secret(read_whole(temp_ / "data/catalog.key"));
    keyring_.emplace(value_of(Keyring::derive(key_)));
    std::filesystem::copy_file(temp_ / "data/catalog.db", temp_ / "copy.db");
  }

  /// A writer that gives its records to `take`.
  std::unique_ptr<Writer> open_writer(ChangeLog::Listener take, std::int64_t limit = 1 << 28U) {
    Connection connection = value_of(Connection::open(temp_ / "data/catalog.db", OpenMode::writer));
    auto recorder = std::make_unique<Recorder>(connection);
    auto log = value_of(ChangeLog::open(connection, std::move(recorder), limit));
    log->listen(std::move(take));
    return std::make_unique<Writer>(std::move(connection), std::move(log), commits_, *keyring_, ticking_,
                                    system_entropy(), null_log());
  }

  /// All rows of all tables that are recorded.
  static std::map<std::string, std::vector<Values>> rows(Connection& connection) {
    std::map<std::string, std::vector<Values>> all;
    const Shape shape = value_of(Shape::of(connection));
    for (const auto& table : shape.tables()) {
      auto query = value_of(connection.prepare("SELECT * FROM " + table->name));
      auto& found = all[table->name];
      while (value_of(query.step())) found.push_back(values_in(query, table->columns.size()));
      std::ranges::sort(found);
    }
    return all;
  }

  Secret key_;
  std::optional<Keyring> keyring_;
  Commits commits_;
  TickingClock ticking_;
};

TEST_F(ChangeTest, RecordsMakeACopyThatIsTheSame) {
  for (const std::uint32_t seed : {1U, 2U, 3U}) {
    std::vector<KeptRecord> records;
    {
      const auto writer = open_writer([&](const Record& record) { records.emplace_back(record); });
      Mix mix(seed);
      constexpr int kGroups = 150;
      for (int i = 0; i < kGroups; ++i) {
        std::promise<void> end;
        const int jobs = 1 + mix.below(12);
        for (int j = 0; j < jobs; ++j)
          writer->submit([&](Transaction& t) { return mix.run(t); },
                         [&, last = j + 1 == jobs](Result<>) {
                           if (last) end.set_value();
                         });
        end.get_future().wait();
      }
    }
    Connection original = value_of(Connection::open(temp_ / "data/catalog.db", OpenMode::reader));
    Connection copy = value_of(Connection::open(temp_ / "copy.db", OpenMode::writer));
    value_of(copy.execute("PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF"));
    Scn last = 0;
    const Shape shape = value_of(Shape::of(copy));
    for (const KeptRecord& record : records) {
      EXPECT_GT(record.scn, last);
      last = record.scn;
      value_of(copy.execute("BEGIN"));
      value_of(apply(copy, record.read(shape)));
      value_of(copy.execute("COMMIT"));
    }
    EXPECT_GT(records.size(), 100U);
    const auto there = rows(original);
    const auto here = rows(copy);
    for (const auto& [table, expected] : there)
      EXPECT_EQ(here.at(table), expected) << table << ", seed " << seed;
    EXPECT_GT(there.at("account").size(), 3U);
  }
}

TEST_F(ChangeTest, ARecordThatDoesNotFitIsRefused) {
  std::vector<KeptRecord> records;
  {
    const auto writer = open_writer([&](const Record& record) { records.emplace_back(record); });
    const auto commit = [&](Store::Job job) {
      std::promise<void> end;
      writer->submit(std::move(job), [&](Result<>) { end.set_value(); });
      end.get_future().wait();
    };
    commit([](Transaction& t) { return t.parameters().set(1, "p", "1"); });
    commit([](Transaction& t) { return t.parameters().reset(1, "p"); });
  }
  Connection copy = value_of(Connection::open(temp_ / "copy.db", OpenMode::writer));
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(code_of(apply(copy, records[1].read(value_of(Shape::of(copy))))), Errc::checksum_error);
}

TEST_F(ChangeTest, WhatIsWrittenIsReadAgain) {
  std::vector<KeptRecord> records;
  {
    const auto writer = open_writer([&](const Record& record) { records.emplace_back(record); });
    std::promise<void> end;
    writer->submit(
        [](Transaction& t) -> Result<> {
          BW_TRY(const Tenant made, t.tenants().create({.name = "t"}));
          return t.parameters().set_secret(made.id, "p", Secret(std::string_view("x")));
        },
        [&](Result<>) { end.set_value(); });
    end.get_future().wait();
  }
  ASSERT_EQ(records.size(), 1U);
  const Shape shape = value_of(Shape::of_version(records[0].schema_version));
  Bytes bytes = records[0].bytes;
  const Record read = records[0].read(shape);
  ASSERT_EQ(read.changes.size(), records[0].count);
  EXPECT_EQ(KeptRecord(read).bytes, bytes);
  for (std::size_t size = 1; size < bytes.size(); size += 7)
    (void)get_changes(std::span(bytes).first(size), shape);  // no crash
  bytes.pop_back();
  EXPECT_EQ(code_of(get_changes(bytes, shape)), Errc::checksum_error);
}

}  // namespace
}  // namespace breakwater::catalog
