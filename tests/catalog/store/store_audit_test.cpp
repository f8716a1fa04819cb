// The rows of the audit and of events: in the transaction of what they tell, bounded, in nobody's part.
#include "catalog/sqlite/sqlite.h"
#include "catalog/store/audit.h"
#include "catalog/store/connection.h"
#include "catalog/store/store_fixture.h"

namespace breakwater::catalog {
namespace {

class StoreAuditTest : public StoreTest {
 protected:
  Result<std::int64_t> put(std::int64_t written, const std::string& statement = "s") {
    return store_->write_and_wait<std::int64_t>([&](Transaction& t) { return put(t, written, statement); });
  }

  static Result<std::int64_t> put(Transaction& t, std::int64_t written, const std::string& statement) {
    BW_TRY(const std::int64_t id, t.audit().next_id());
    BW_CHECK(t.audit().put({.id = id, .statement = statement}, written));
    return id;
  }

  std::vector<std::int64_t> ids() {
    std::vector<std::int64_t> found;
    for (const AuditEntry& entry : value_of(reader_->audit().after(0, 1'000'000))) found.push_back(entry.id);
    return found;
  }
};

TEST_F(StoreAuditTest, ARowComesBackAsItWasPut) {
  AuditEntry entry{.time = 7, .connection_id = 8, .works_in_id = 1002, .works_in = "t", .tls = "TLSv1.3"};
  entry.who = {.user = "root", .tenant_id = 1, .tenant = "sys", .address = "127.0.0.1:5"};
  entry.statement = "DROP USER u";
  entry.changes = "[]";
  entry.microseconds = 9;
  value_of(store_->write_and_wait([&](Transaction& t) -> Result<> {
    BW_TRY(entry.id, t.audit().next_id());
    return t.audit().put(entry, 0);
  }));
  const auto found = value_of(reader_->audit().find(entry.id));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->who.user + found->who.tenant + found->who.address, "rootsys127.0.0.1:5");
  EXPECT_EQ(found->who.tenant_id, 1);
  EXPECT_EQ(found->statement, "DROP USER u");
  EXPECT_EQ(found->works_in_id, 1002);
  EXPECT_EQ(found->microseconds, 9);
  EXPECT_EQ(found->time, 7);
}

TEST_F(StoreAuditTest, AnIdThatWasTakenBackIsGivenAgain) {
  const std::int64_t first = value_of(put(0));
  const auto failed = store_->write_and_wait([&](Transaction& t) -> Result<> {
    BW_CHECK(put(t, 0, "refused"));
    return fail(error::entry_not_exist());
  });
  EXPECT_FALSE(failed);
  EXPECT_EQ(value_of(put(0)), first + 1);
  EXPECT_EQ(ids(), (std::vector<std::int64_t>{first, first + 1}));
}

TEST_F(StoreAuditTest, WhatIsInTheFileGoesButForTheNewest) {
  value_of(store_->write_and_wait([&](Transaction& t) -> Result<> {
    for (std::int64_t i = 0; i < AuditWriter::kKept + 2 * AuditWriter::kGoTogether; ++i)
      BW_CHECK(put(t, 3, "s"));
    return {};
  }));
  EXPECT_EQ(ids().front(), 4);
  EXPECT_EQ(std::ssize(ids()), AuditWriter::kKept + 2 * AuditWriter::kGoTogether - 3);
  std::int64_t last = value_of(put(AuditWriter::kKept));
  while (last % AuditWriter::kGoTogether != 0) last = value_of(put(AuditWriter::kKept));
  EXPECT_EQ(std::ssize(ids()), AuditWriter::kKept);
  EXPECT_EQ(value_of(reader_->audit().written()), AuditWriter::kKept);
  EXPECT_EQ(value_of(reader_->audit().newest()), last);
}

TEST_F(StoreAuditTest, WhatWaitsIsBounded) {
  constexpr std::int64_t kMore = AuditWriter::kGoTogether;
  static_assert(AuditWriter::kMaxWaiting % AuditWriter::kGoTogether == 0);
  value_of(store_->write_and_wait([&](Transaction& t) -> Result<> {
    for (std::int64_t i = 0; i < AuditWriter::kMaxWaiting + kMore; ++i) BW_CHECK(put(t, 0, "s"));
    return {};
  }));
  EXPECT_EQ(std::ssize(ids()), AuditWriter::kMaxWaiting);
  EXPECT_EQ(ids().front(), kMore + 1);
}

TEST_F(StoreAuditTest, EventsSayWhoAndAreTheJobsOwn) {
  const Actor by = Actor::server();
  std::string changes;
  const auto job = [&](Transaction& t) -> Result<> {
    t.act_for({.user = "ops", .tenant_id = 1, .tenant = "sys", .address = "192.0.2.1:2"});
    BW_TRY(const Tenant made, t.tenants().create({.name = "t"}));
    BW_CHECK(t.parameters().set(made.id, "p", "new"));
    BW_CHECK(t.parameters().set_secret(made.id, "q", Secret(std::string_view("hidden"))));
    changes = changes_text(t.events().of_job());
    return {};
  };
  value_of(store_->write_and_wait(job));
  EXPECT_EQ(changes.find("hidden"), std::string::npos);
  EXPECT_NE(changes.find(R"("event":"create_tenant")"), std::string::npos) << changes;
  EXPECT_NE(changes.find(R"("old_value":"","new_value":"new")"), std::string::npos) << changes;
  value_of(store_->write_and_wait([&](Transaction& t) -> Result<> {
    EXPECT_TRUE(t.events().of_job().empty());
    return t.accounts().create(by, {.key = {.tenant_id = 1, .user = "quiet"}});
  }));
  sqlite::Connection& connection = connection_of(*reader_);
  EXPECT_EQ(value_of(connection.integer("SELECT COUNT(*) FROM backup_event WHERE actor = 'ops@sys'"
                                        " AND address = '192.0.2.1:2' AND actor_tenant_id = 1")),
            3);
  EXPECT_EQ(value_of(connection.integer("SELECT COUNT(*) FROM backup_event")), 3);
}

}  // namespace
}  // namespace breakwater::catalog
