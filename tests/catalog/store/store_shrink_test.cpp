// The catalogue's file gives back what it doesn't need: a new one, one of an older version, while others
// write.
#include <chrono>
#include <thread>

#include "catalog/sqlite/sqlite.h"
#include "catalog/store/connection.h"
#include "catalog/store/shrink.h"
#include "catalog/store/store_fixture.h"
#include "catalog/store/store_open.h"

namespace breakwater::catalog {
namespace {

class StoreShrinkTest : public StoreTest {
 protected:
  std::string database() const { return temp_ / "data" + "/catalog.db"; }
  std::uintmax_t size() const { return std::filesystem::file_size(database()); }
  std::int64_t mode() { return *value_of(connection_of(*reader_).integer("PRAGMA auto_vacuum")); }

  /// Some 14 MB, all of one tenant, and the tenant gone again.
  void grow_and_drop() {
    const TenantId tenant = make_tenant("large");
    value_of(write([&](Transaction& t) {
      return connection_of(t.read()).execute(
          ("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 14000)"
           " INSERT INTO global_variable SELECT " +
           std::to_string(tenant) + ", 'v' || i, hex(zeroblob(500)) FROM n")
              .c_str());
    }));
    value_of(write([&](Transaction& t) { return t.tenants().drop(tenant); }));
  }

  /// Until the file is as small as it gets, or it is clear that it doesn't shrink.
  bool becomes_small() {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (std::chrono::steady_clock::now() < until) {
      if (size() < 8U << 20U) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  void make_old() {
    close();
    const std::string old = temp_ / "old.db";
    {
      auto connection = value_of(sqlite::Connection::open(database(), sqlite::OpenMode::writer));
      value_of(connection.execute("PRAGMA journal_mode = DELETE; PRAGMA auto_vacuum = NONE; VACUUM"));
    }
    auto look = value_of(sqlite::Connection::open(database(), sqlite::OpenMode::look));
    ASSERT_EQ(value_of(look.integer("PRAGMA auto_vacuum")), 0);
  }
};

TEST_F(StoreShrinkTest, ANewOneShrinksByItself) {
  EXPECT_EQ(mode(), 2);
  grow_and_drop();
  EXPECT_TRUE(becomes_small()) << size();
  reopen();
  EXPECT_LE(value_of(connection_of(*reader_).integer("PRAGMA freelist_count")), kKeptFreePages);
  make_tenant("after");
}

TEST_F(StoreShrinkTest, OthersWriteMeanwhile) {
  grow_and_drop();
  for (int i = 0; i < 200; ++i) make_tenant("t" + std::to_string(i));
  EXPECT_TRUE(becomes_small()) << size();
  EXPECT_EQ(value_of(reader_->tenants().count()), 201U);
}

TEST_F(StoreShrinkTest, OneOfAnOlderVersionIsWrittenAnew) {
  make_tenant("kept");
  make_old();
  reopen();
  EXPECT_EQ(mode(), 2);
  EXPECT_TRUE(value_of(reader_->tenants().find("kept")));
  grow_and_drop();
  EXPECT_TRUE(becomes_small()) << size();
}

TEST_F(StoreShrinkTest, ALargeOneStaysAsItIs) {
  make_old();
  {
    auto connection = value_of(sqlite::Connection::open(database(), sqlite::OpenMode::writer));
    value_of(connection.execute("CREATE TABLE filler(x); INSERT INTO filler VALUES (zeroblob(140000000))"));
  }
  reopen();
  EXPECT_EQ(mode(), 0);
  make_tenant("after");
}

}  // namespace
}  // namespace breakwater::catalog
