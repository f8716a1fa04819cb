// The audit's file: whole lines or none, a torn one goes, files turn, what isn't ours is left alone.
#include "server/audit/audit_file.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "server/audit/audit_line.h"

namespace breakwater::server {
namespace {

namespace fs = std::filesystem;

class AuditFileTest : public testing::Test {
 protected:
  AuditFileTest() {
    std::string pattern = (fs::temp_directory_path() / "breakwater-audit-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  ~AuditFileTest() override {
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
  }

  std::string path(const std::string& name = "audit.log") const { return directory_ + "/" + name; }

  std::unique_ptr<AuditFile> file(std::int64_t max_bytes = 1 << 20, std::int64_t old_files = 2) const {
    return std::make_unique<AuditFile>(
        AuditFileOptions{.path = path(), .max_bytes = max_bytes, .old_files = old_files, .first_line = [] {
                           return first_line(0, 0);
                         }});
  }

  static std::string line(std::int64_t id) {
    return audit_line({.id = id, .statement = "s" + std::to_string(id)});
  }

  std::string content(const std::string& name = "audit.log") const {
    std::ostringstream text;
    text << std::ifstream(path(name)).rdbuf();
    return text.str();
  }

  void put(std::string_view text) const { std::ofstream(path(), std::ios::app) << text; }

  std::string directory_;
};

TEST_F(AuditFileTest, IsMadeForItsOwnerAloneAndKeepsWhatIsThere) {
  ASSERT_TRUE(file()->append(line(1)));
  ASSERT_TRUE(file()->append(line(2)));
  EXPECT_EQ(content(), first_line(0, 0) + line(1) + line(2));
  struct stat status{};
  ASSERT_EQ(::stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(AuditFileTest, ATornLineGoes) {
  for (const std::string torn : {"{", "{\"id\":3,\"time", "x"}) {
    fs::remove(path());
    ASSERT_TRUE(file()->append(line(1) + line(2)));
    put(torn);
    const auto reopened = file();
    ASSERT_TRUE(reopened->open());
    EXPECT_EQ(content(), first_line(0, 0) + line(1) + line(2)) << torn;
    EXPECT_EQ(reopened->read(0)->ids, (std::set<std::int64_t>{1, 2}));
  }
}

TEST_F(AuditFileTest, WhatALossOfPowerLeftGoes) {
  ASSERT_TRUE(file()->append(line(1)));
  put(std::string(5000, '\0') + line(7));
  ASSERT_TRUE(file()->append(line(2)));
  EXPECT_EQ(content(), first_line(0, 0) + line(1) + line(2));
}

TEST_F(AuditFileTest, AFileThatIsNotOursIsLeftAlone) {
  put("root:x:0:0\nand no end");
  const auto refused = file()->append(line(1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(content(), "root:x:0:0\nand no end");
  fs::remove(path());
  fs::create_directory(path());
  EXPECT_FALSE(file()->append(line(1)));
  fs::remove(path());
  fs::create_symlink(path("elsewhere"), path());
  EXPECT_FALSE(file()->append(line(1)));
  EXPECT_FALSE(fs::exists(path("elsewhere")));
}

TEST_F(AuditFileTest, AnotherWriterIsRefused) {
  const auto first = file();
  ASSERT_TRUE(first->append(line(1)));
  EXPECT_FALSE(file()->append(line(2)));
  EXPECT_TRUE(first->append(line(2)));
}

TEST_F(AuditFileTest, FilesTurnAndTheOldestGoes) {
  const auto turning = file(600);
  for (std::int64_t id = 1; id <= 40; ++id) ASSERT_TRUE(turning->append(line(id)));
  EXPECT_TRUE(fs::exists(path("audit.log.1")));
  EXPECT_TRUE(fs::exists(path("audit.log.2")));
  EXPECT_FALSE(fs::exists(path("audit.log.3")));
  for (const std::string name : {"audit.log", "audit.log.1", "audit.log.2"}) {
    EXPECT_LE(fs::file_size(path(name)), 600U) << name;
    EXPECT_TRUE(content(name).starts_with("{\"written\":")) << name;
  }
  const auto ids = turning->read(0)->ids;  // of this one and the newest old one
  EXPECT_EQ(*ids.rbegin(), 40);
  EXPECT_EQ(ids.size(), static_cast<std::size_t>(40 - *ids.begin() + 1));
}

TEST_F(AuditFileTest, WithoutOldFilesItBeginsAnew) {
  const auto turning = file(600, 0);
  for (std::int64_t id = 1; id <= 40; ++id) ASSERT_TRUE(turning->append(line(id)));
  EXPECT_FALSE(fs::exists(path("audit.log.1")));
  EXPECT_NE(content().find(line(40)), std::string::npos);
}

TEST_F(AuditFileTest, OneThatWasMovedOrRemovedIsMadeAnew) {
  const auto moved = file();
  ASSERT_TRUE(moved->append(line(1)));
  fs::rename(path(), path("moved"));
  ASSERT_TRUE(moved->append(line(2)));
  EXPECT_EQ(content(), first_line(0, 0) + line(2));
  EXPECT_EQ(content("moved"), first_line(0, 0) + line(1));
  fs::remove(path());
  ASSERT_TRUE(moved->append(line(3)));
  EXPECT_EQ(content(), first_line(0, 0) + line(3));
}

// The system takes a part of it and then nothing more, as a full disk does.
TEST_F(AuditFileTest, WhatDoesNotFitLeavesNothing) {
  const auto full = file();
  ASSERT_TRUE(full->append(line(1)));
  const std::string before = content();
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const rlimit small{before.size() + 30, old.rlim_max};
  auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto refused = full->append(line(2) + line(3));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_FALSE(refused);
  EXPECT_EQ(content(), before);
  ASSERT_TRUE(full->append(line(2) + line(3)));
  EXPECT_EQ(content(), before + line(2) + line(3));
}

TEST_F(AuditFileTest, TheFirstLineSaysWhatOlderFilesHave) {
  put(first_line(41, 0) + line(43));
  const auto reopened = file();
  ASSERT_TRUE(reopened->open());
  EXPECT_EQ(reopened->read(40)->written, 41);
  EXPECT_EQ(reopened->read(40)->ids, std::set<std::int64_t>{43});
}

TEST(AuditLine, IsOneLineOfJsonWhateverTheClientSays) {
  catalog::AuditEntry entry{.id = 5, .time = 1'700'000'000'000'007, .statement = "a\n\"b\xff\x01"};
  entry.who.user = "u\r\n{}";
  entry.changes = "[{\"event\":\"x\"}]";
  const std::string text = audit_line(entry);
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  EXPECT_EQ(id_of_line(text), 5);
  EXPECT_NE(text.find("\"time\":\"2023-11-14T22:13:20.000007Z\""), std::string::npos) << text;
  EXPECT_NE(text.find("\"changes\":[{\"event\":\"x\"}]"), std::string::npos) << text;
  entry.id = 0;
  EXPECT_FALSE(id_of_line(audit_line(entry)));
  EXPECT_FALSE(id_of_line("{\"id\":"));
  EXPECT_FALSE(id_of_line("{\"id\":99999999999999999999,"));
}

}  // namespace
}  // namespace breakwater::server
