// How much of the audit is held in memory, while its file can't be written and after.
#include "server/audit/audit_trail.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

namespace breakwater::server {
namespace {

namespace fs = std::filesystem;

class AuditTrailTest : public testing::Test {
 protected:
  AuditTrailTest() {
    std::string pattern = (fs::temp_directory_path() / "breakwater-trail-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    catalog::StoreOptions options;
    options.data_dir = directory_ + "/data";
    auto opened = catalog::open_store(std::move(options));
    if (!opened) throw std::runtime_error(opened.error().hint());
    store_ = *std::move(opened);
  }
  ~AuditTrailTest() override {
    store_.reset();
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
  }

  static catalog::AuditEntry entry(std::size_t bytes) {
    return {.what = "login", .statement = std::string(bytes, 's')};
  }

  std::string directory_;
  std::unique_ptr<catalog::Store> store_;
};

// Lines as long as they may be, and as many as may wait: their bytes count first.
TEST_F(AuditTrailTest, LinesThatWaitAreBoundedByTheirBytes) {
  const std::string later = directory_ + "/later";
  const std::string path = later + "/audit.log";
  constexpr std::size_t kLine = 20'000;
  std::uint64_t sum = 0;
  {
    AuditTrail trail(*store_, {.file = path}, system_clock(), null_log());
    for (std::size_t i = 0; i < AuditTrail::kMaxQueued; ++i) trail.ended(entry(kLine));
    for (const auto& line : trail.newest()) sum += line->statement.size();
    EXPECT_LE(sum, AuditTrail::kMaxShownBytes);
    EXPECT_GT(sum, AuditTrail::kMaxShownBytes / 2);
    fs::create_directory(later);
  }  // writes what waits
  std::ifstream file(path);
  std::size_t lines = 0;
  bool told = false;
  for (std::string line; std::getline(file, line);) {
    lines += line.size() > kLine ? 1 : 0;
    told = told || line.find("lost") != std::string::npos;
  }
  EXPECT_LE(lines * kLine, AuditTrail::kMaxQueuedBytes + AuditTrail::kBytesAtOnce + 2 * kLine);
  EXPECT_GT(lines * kLine, AuditTrail::kMaxQueuedBytes / 2);
  EXPECT_TRUE(told) << "how many were lost";
}

}  // namespace
}  // namespace breakwater::server
