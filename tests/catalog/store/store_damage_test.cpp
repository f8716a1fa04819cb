// A damaged catalogue: zeroed, random and flipped pages, cut files, over many seeds. A start is refused with
// what to do, or everything that is read is read without a crash.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <random>
#include <span>

#include "base/password_hash.h"
#include "catalog/sqlite/sqlite.h"
#include "catalog/store/store_fixture.h"
#include "catalog/store/store_open.h"

namespace breakwater::catalog {
namespace {

constexpr std::size_t kPage = 4096;

class StoreDamageTest : public StoreTest {
 protected:
  void SetUp() override {
    reopen();
    value_of(write([&](Transaction& t) -> Result<> {
      for (int i = 0; i < 60; ++i) {
        BW_TRY(const Tenant tenant, t.tenants().create({.name = "tenant" + std::to_string(i)}));
        BW_CHECK(t.keys().rotate(tenant.id));
        const std::string path = "file:///backup/" + std::to_string(i) + std::string(300, 'x');
        BW_TRY(const auto intent,
               t.intents().open(
                   {.key = {.tenant_id = tenant.id, .path = path}, .path_key = path, .format = Bytes(400)}));
        BW_CHECK(t.intents().finish(intent, {}, path, std::nullopt));
        BW_CHECK(t.destinations().record_checks({.tenant_id = tenant.id, .path = path}, 1,
                                                {{.name = "path", .ok = true}}));
        BW_CHECK(t.accounts().grant({.tenant_id = tenant.id, .user = "root"},
                                    {.schema = "oceanbase", .privileges = 1}));
      }
      return {};
    }));
    close();
    whole_ = read_whole(database());
    in_use_ = pages_in_use();
  }

  std::string database() const { return temp_ / "data" + "/catalog.db"; }

  /// The b-trees' pages, counted from 0, whose loss shows whatever they hold.
  std::vector<std::size_t> pages_in_use() {
    auto connection = value_of(sqlite::Connection::open(database(), sqlite::OpenMode::look));
    auto rows = value_of(connection.prepare(
        "SELECT pageno - 1 FROM dbstat WHERE pagetype IN ('leaf', 'internal') AND ncell > 0 ORDER BY 1"));
    std::vector<std::size_t> pages;
    while (value_of(rows.step())) pages.push_back(static_cast<std::size_t>(rows.integer(0)));
    return pages;
  }

  void damage(const std::string& content) {
    write_whole(database(), content);
    std::filesystem::remove(database() + "-wal");
    std::filesystem::remove(database() + "-shm");
  }

  /// Whether it was refused, and then as it should be.
  bool refused() {
    auto opened = open_store(options());
    if (opened) {
      read_all(**opened);
      return false;
    }
    const Error& error = opened.error();
    EXPECT_TRUE(error.is(Errc::op_not_allow)) << error.text();
    EXPECT_EQ(error.text().find("Internal error"), std::string::npos) << error.text();
    // Where the seal of the key itself is damaged, the key seems to be another catalogue's.
    const bool names = error.text().find("catalog.db") != std::string::npos ||
                       error.text().find("catalog.key is not the one of this catalogue") != std::string::npos;
    EXPECT_TRUE(names) << error.text();
    EXPECT_FALSE(error.hint().empty()) << error.text();
    EXPECT_FALSE(std::filesystem::exists(database() + "-wal"));
    EXPECT_FALSE(std::filesystem::exists(database() + "-shm"));
    return true;
  }

  /// What is read may be an error; it is no crash.
  static void read_all(Store& store) {
    const auto reader = value_of(store.open_reader());
    for (const Tenant& tenant : reader->tenants().all().value_or(std::vector<Tenant>())) {
      (void)reader->accounts().all(tenant.id);
      (void)reader->destinations().all(tenant.id);
      (void)reader->keys().versions(tenant.id);
      (void)reader->accounts().grants({.tenant_id = tenant.id, .user = "root"});
    }
  }

  std::string whole_;
  std::vector<std::size_t> in_use_;
};

std::string with_page(std::string file, std::size_t page, const std::string& content) {
  return file.replace(page * kPage, content.size(), content);
}

TEST_F(StoreDamageTest, EveryPageThatIsInUse) {
  ASSERT_GT(in_use_.size(), 20U);
  std::mt19937 random(20);
  for (const std::size_t page : in_use_) {
    damage(with_page(whole_, page, std::string(kPage, '\0')));
    EXPECT_TRUE(refused()) << "page " << page << " is all zeros";
    std::string noise(kPage, '\0');
    for (char& byte : noise) byte = static_cast<char>(random());
    damage(with_page(whole_, page, noise));
    EXPECT_TRUE(refused()) << "page " << page << " is noise";
  }
  damage(whole_);
  EXPECT_FALSE(refused());
}

// A page in another's place: each is right by itself.
TEST_F(StoreDamageTest, PagesThatChangedPlaces) {
  std::mt19937 random(21);
  for (int round = 0; round < 60; ++round) {
    const std::size_t a = in_use_[random() % in_use_.size()];
    const std::size_t b = in_use_[random() % in_use_.size()];
    if (a == b) continue;
    std::string swapped = with_page(whole_, a, whole_.substr(b * kPage, kPage));
    damage(with_page(swapped, b, whole_.substr(a * kPage, kPage)));
    EXPECT_TRUE(refused()) << a << " and " << b;
  }
}

// A bit within a value makes another value, which nobody can tell; elsewhere it shows.
TEST_F(StoreDamageTest, FlippedBitsAndCutFiles) {
  std::mt19937 random(22);
  int refusals = 0;
  for (int round = 0; round < 120; ++round) {
    std::string bent = whole_;
    for (int i = 0; i < 8; ++i) {
      char& byte = bent[random() % bent.size()];
      byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << (random() % 8)));
    }
    damage(bent);
    refusals += refused() ? 1 : 0;
  }
  RecordProperty("refused", refusals);
  EXPECT_GT(refusals, 12);
  for (int round = 0; round < 40; ++round) {
    damage(whole_.substr(0, random() % whole_.size()));
    EXPECT_TRUE(refused()) << round;
  }
}

// What a crash left in the log is looked at too.
TEST_F(StoreDamageTest, ACatalogueWithItsLog) {
  reopen();
  make_tenant("late");
  const std::string log = read_whole(database() + "-wal");
  const std::string held = read_whole(database());
  close();
  std::mt19937 random(23);
  for (int round = 0; round < 30; ++round) {
    const std::size_t page = in_use_[random() % in_use_.size()];
    write_whole(database(), with_page(held, page, std::string(kPage, '\0')));
    write_whole(database() + "-wal", log);
    std::filesystem::remove(database() + "-shm");
    const auto opened = open_store(options());
    if (opened) continue;  // the log has this page
    EXPECT_TRUE(opened.error().is(Errc::op_not_allow)) << opened.error().text();
    EXPECT_EQ(read_whole(database() + "-wal"), log);
    EXPECT_FALSE(std::filesystem::exists(database() + "-shm"));
  }
}

}  // namespace
}  // namespace breakwater::catalog
