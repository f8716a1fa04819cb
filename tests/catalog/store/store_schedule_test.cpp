// What tenants plan, as rows.
#include "catalog/store/connection.h"
#include "catalog/store/store_fixture.h"

namespace breakwater::catalog {
namespace {

class StoreScheduleTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    tenant_ = make_tenant("t");
  }

  Result<> step(std::function<Result<>(ScheduleWriter&)> what) {
    return write([&](Transaction& t) { return what(t.schedules()); });
  }
  void plan(std::vector<ScheduleItem> items, Timestamp now) {
    value_of(step([&](ScheduleWriter& s) { return s.replace(tenant_, items, "UTC", now); }));
  }
  Schedule found(ScheduleKind kind = ScheduleKind::full) {
    return value_of(reader_->schedules().find({.tenant_id = tenant_, .kind = kind})).value();
  }
  ScheduleKey key() const { return {.tenant_id = tenant_, .kind = ScheduleKind::full}; }

  TenantId tenant_ = 0;
};

const ScheduleItem kFull{.kind = ScheduleKind::full, .fields = "0 2 * * *", .next_run = 200};

TEST_F(StoreScheduleTest, WhatStaysAsItWasKeepsWhatItHasSettled) {
  plan({kFull}, 100);
  value_of(step([&](ScheduleWriter& s) { return s.pass_over(key(), 150, 200); }));
  plan({kFull, {.kind = ScheduleKind::validate, .fields = "0 3 * * *", .next_run = 300}}, 160);
  EXPECT_EQ(found().settled, 150);
  EXPECT_EQ(found(ScheduleKind::validate).settled, 160);
  ScheduleItem other = kFull;
  other.fields = "0 4 * * *";
  plan({other}, 170);
  EXPECT_EQ(found().settled, 170) << "other fields have missed nothing";
  EXPECT_FALSE(value_of(reader_->schedules().find({.tenant_id = tenant_, .kind = ScheduleKind::validate})));
}

TEST_F(StoreScheduleTest, ARunThatWaitsGoesOnWaiting) {
  plan({kFull}, 100);
  value_of(step([&](ScheduleWriter& s) { return s.put_off_run(key(), 260, "why", 200); }));
  value_of(step([&](ScheduleWriter& s) { return s.put_off_run(key(), 320, "why", 260); }));
  EXPECT_EQ(found().first_try, 200);
  plan({kFull}, 270);
  EXPECT_EQ(found().next_run, 320);
  value_of(step([&](ScheduleWriter& s) { return s.note_run(key(), 320, 900); }));
  EXPECT_EQ(found().first_try, 0);
  EXPECT_EQ(found().settled, 320);
}

TEST_F(StoreScheduleTest, WhatIsDueComesInItsOrder) {
  plan({kFull, {.kind = ScheduleKind::incremental, .fields = "0 1 * * *", .next_run = 150}}, 100);
  EXPECT_TRUE(value_of(reader_->schedules().due(149, 9)).empty());
  EXPECT_EQ(value_of(reader_->schedules().next_after(149)), 150);
  const auto due = value_of(reader_->schedules().due(200, 9));
  ASSERT_EQ(due.size(), 2U);
  EXPECT_EQ(due.front().key.kind, ScheduleKind::incremental);
  EXPECT_EQ(value_of(reader_->schedules().due(200, 1)).size(), 1U);
  EXPECT_EQ(value_of(reader_->schedules().next_after(200)), std::nullopt);
}

TEST_F(StoreScheduleTest, WhatIsNotPlannedTakesNoStep) {
  const auto refused = [&](std::function<Result<>(ScheduleWriter&)> what) {
    const auto done = step(std::move(what));
    return !done && done.error().is(Errc::entry_not_exist);
  };
  EXPECT_TRUE(refused([&](ScheduleWriter& s) { return s.put_off(key(), 1); }));
  EXPECT_TRUE(refused([&](ScheduleWriter& s) { return s.note_run(key(), 1, 2); }));
  EXPECT_TRUE(refused([&](ScheduleWriter& s) { return s.note_stuck(key(), 1); }));
  const auto nobody =
      step([&](ScheduleWriter& s) { return s.replace(4711, std::span(&kFull, 1), "UTC", 1); });
  EXPECT_TRUE(nobody.error().is(Errc::tenant_not_exist));
}

TEST_F(StoreScheduleTest, AllAreLookedAtAgainPageByPage) {
  const TenantId other = make_tenant("u");
  plan({kFull}, 100);
  value_of(step([&](ScheduleWriter& s) { return s.replace(other, std::span(&kFull, 1), "UTC", 1); }));
  std::vector<std::optional<TenantId>> pages;
  TenantId after = 0;
  value_of(step([&](ScheduleWriter& s) -> Result<> {
    for (int i = 0; i < 3; ++i) {
      BW_TRY(const auto last, s.look_again_behind(after, 1));
      pages.push_back(last);
      after = last.value_or(after);
    }
    return {};
  }));
  EXPECT_EQ(pages, (std::vector<std::optional<TenantId>>{tenant_, other, std::nullopt}));
  EXPECT_EQ(value_of(reader_->schedules().due(0, 9)).size(), 2U);
}

TEST_F(StoreScheduleTest, TheyGoWithTheirTenant) {
  plan({kFull}, 100);
  value_of(write([&](Transaction& t) { return t.tenants().drop(tenant_); }));
  EXPECT_TRUE(value_of(reader_->schedules().due(1'000, 9)).empty());
}

}  // namespace
}  // namespace breakwater::catalog
