#include "catalog/store/shrink.h"

#include <chrono>
#include <string>

namespace breakwater::catalog {
namespace {

using std::chrono::steady_clock;

constexpr auto kRewriteTime = std::chrono::seconds(10);
constexpr int kStepsBetweenLooks = 10'000;  ///< of SQLite's machine
constexpr std::int64_t kIncremental = 2;    ///< PRAGMA auto_vacuum
#define PAGES_A_TIME "128"

Result<std::int64_t> number(sqlite::Connection& connection, std::string_view pragma) {
  BW_TRY(const auto value, connection.integer(pragma));
  return value.value_or(0);
}

int is_over(void* until) {
  return steady_clock::now() > *static_cast<const steady_clock::time_point*>(until) ? 1 : 0;
}

// The log holds the whole file for a moment, so it is copied back at once.
Result<> rewrite(sqlite::Connection& connection) {
  auto until = steady_clock::now() + kRewriteTime;
  sqlite3_progress_handler(connection.handle(), kStepsBetweenLooks, is_over, &until);
  Result<> done = connection.execute("PRAGMA auto_vacuum = INCREMENTAL; VACUUM");
  sqlite3_progress_handler(connection.handle(), 0, nullptr, nullptr);
  if (done) done = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)");
  return done;
}

Result<> rewrite_if_small(sqlite::Connection& connection, Log& log) {
  BW_TRY(const auto mode, number(connection, "PRAGMA auto_vacuum"));
  if (mode == kIncremental) return {};
  BW_TRY(const auto pages, number(connection, "PRAGMA page_count"));
  BW_TRY(const auto page_size, number(connection, "PRAGMA page_size"));
  if (pages * page_size > kMaxRewritten) {
    log.info(
        "the catalogue's file was made by an older version and doesn't shrink; with the server stopped, "
        "`sqlite3 catalog.db 'PRAGMA auto_vacuum = 2; VACUUM'` lets it");
    return {};
  }
  BW_CHECK(rewrite(connection));
  log.info("the catalogue's file can shrink from now on");
  return {};
}

}  // namespace

void make_shrinkable(sqlite::Connection& connection, Log& log) {
  const auto done = rewrite_if_small(connection, log);
  if (done) return;
  const Error& why = done.error();
  log.warning("the catalogue's file still doesn't shrink, which the next start tries again: " +
              (why.hint().empty() ? why.text() : why.hint()));
}

Result<bool> is_to_shrink(sqlite::Connection& connection) {
  BW_TRY(const auto free_pages, number(connection, "PRAGMA freelist_count"));
  if (free_pages <= kKeptFreePages) return false;
  BW_TRY(const auto mode, number(connection, "PRAGMA auto_vacuum"));
  return mode == kIncremental;
}

Result<bool> shrink_a_little(sqlite::Connection& connection) {
  BW_CHECK(connection.run("PRAGMA incremental_vacuum(" PAGES_A_TIME ")"));
  return is_to_shrink(connection);
}

}  // namespace breakwater::catalog
