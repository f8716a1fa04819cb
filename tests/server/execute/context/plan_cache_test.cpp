#include "server/execute/context/plan_cache.h"

#include <algorithm>
#include <ctime>
#include <string>

#include <gtest/gtest.h>

namespace breakwater::server::execute {
namespace {

grammar::Fingerprint fingerprint_of(std::string_view sql) {
  grammar::Fingerprint out;
  grammar::fingerprint(sql, {}, out);
  return out;
}

// A plan that takes the literal standing at `offset` as a value.
std::shared_ptr<catalog::Plan> plan_with_free(std::uint32_t offset) {
  auto plan = std::make_shared<catalog::Plan>();
  plan->free_literals.push_back({.offset = offset, .kind = ast::LiteralKind::integer, .text = "1"});
  return plan;
}

TEST(PlanCache, FreeLiteralsMayDifferFixedOnesMayNot) {
  PlanCache cache;
  PlanCache::Hit hit;
  const std::string sql = "SELECT a FROM t WHERE id = 1 LIMIT 5";
  const auto plan = plan_with_free(static_cast<std::uint32_t>(sql.find("1 ")));
  cache.add(fingerprint_of(sql), "env", plan);

  ASSERT_TRUE(cache.find(fingerprint_of("SELECT a FROM t WHERE id = 22 LIMIT 5"), "env", hit));
  EXPECT_EQ(hit.plan, plan);
  EXPECT_FALSE(cache.find(fingerprint_of("SELECT a FROM t WHERE id = 22 LIMIT 6"), "env", hit));
  EXPECT_FALSE(cache.find(fingerprint_of(sql), "other", hit));
  EXPECT_FALSE(cache.find(fingerprint_of("SELECT b FROM t WHERE id = 1 LIMIT 5"), "env", hit));
}

TEST(PlanCache, StaysBounded) {
  PlanCache cache;
  PlanCache::Hit hit;
  const auto name = [](std::size_t i) { return "SELECT c" + std::to_string(i); };
  for (std::size_t i = 0; i < 3 * PlanCache::kMaxEntries; ++i) {
    cache.add(fingerprint_of(name(i)), "", std::make_shared<catalog::Plan>());
    EXPECT_TRUE(cache.find(fingerprint_of(name(0)), "", hit)) << "what is used stays, at " << i;
  }
  EXPECT_FALSE(cache.find(fingerprint_of(name(1)), "", hit));
}

// What this thread has computed, whatever else the machine does.
double thread_micros() {
  std::timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

// A hit, with what makes the key of the text, costs under 1 µs where the bench runs; here it must stay far
// from a parse's 20 µs.
TEST(PlanCache, AHitIsCheap) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  constexpr double kMost = 200;
#else
  constexpr double kMost = 5;
#endif
  constexpr int kHits = 1'000;
  PlanCache cache;
  PlanCache::Hit hit;
  const std::string sql = "SELECT * FROM oceanbase.CDB_OB_BACKUP_PARAMETER WHERE TENANT_ID = 1002";
  cache.add(fingerprint_of(sql), "oceanbase", plan_with_free(static_cast<std::uint32_t>(sql.find("1002"))));
  double best = kMost;
  grammar::Fingerprint text;
  for (int round = 0; round < 20; ++round) {
    const double begin = thread_micros();
    for (int i = 0; i < kHits; ++i) {
      grammar::fingerprint(sql, {}, text);
      ASSERT_TRUE(cache.find(text, "oceanbase", hit));
    }
    best = std::min(best, (thread_micros() - begin) / kHits);
  }
  RecordProperty("micros", std::to_string(best));
  EXPECT_LT(best, kMost);
}

}  // namespace
}  // namespace breakwater::server::execute
