#include "storage/file/left_probe_files.h"

#include <filesystem>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>

#include "storage/file/file_destination.h"
#include "storage/formats/probe_content.h"
#include "storage/formats/temp_name.h"
#include "storage/support.h"

namespace breakwater::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kToken = "0123456789abcdef0123456789abcdef";

std::string probe_name(std::string_view suffix = "probe1") {
  return temp_name(kToken, suffix);
}

bool is_empty(const TempDir& temp) {
  return FileDestination::open(temp.path(), {}, {}).value().is_empty({}, {}).value();
}

TEST(LeftProbeFiles, NamesAreThoseOfProofs) {
  EXPECT_TRUE(is_probe_file_name(probe_name()));
  EXPECT_TRUE(is_probe_file_name(probe_name("probe2")));
  for (const std::string& name :
       {std::string("probe1"), probe_name("probe3"), probe_name("format"), probe_name("probe1x"),
        probe_name() + ".probe1", "x" + probe_name(), temp_name("0123", "probe1"),
        temp_name("0123456789ABCDEF0123456789abcdef", "probe1"), temp_name("", "probe1"), std::string(),
        std::string(".breakwater.tmp.probe1"), std::string(".breakwater.tmp.")})
    EXPECT_FALSE(is_probe_file_name(name)) << name;
}

TEST(LeftProbeFiles, TheyCountAsNothingAndOthersOfTheirNameDoNot) {
  const TempDir temp;
  const std::string path = temp / probe_name();
  for (const std::string& content :
       {std::string(), std::string(kProbeMagic), std::string(kOverwrittenProbe)}) {
    write_file(path, content);
    EXPECT_TRUE(is_empty(temp)) << content;
  }
  write_file(path, probe_block());
  EXPECT_TRUE(is_empty(temp));
  write_file(path, "Breakwater has proved this directory.\n");
  EXPECT_FALSE(is_empty(temp));
  fs::remove(path);
  fs::create_directory(path);
  EXPECT_FALSE(is_empty(temp));
}

TEST(LeftProbeFiles, OnlyInTheRootAndOnlySoMany) {
  const TempDir temp;
  fs::create_directory(temp / "check_file");
  write_file(temp / "check_file/" + probe_name(), kOverwrittenProbe);
  EXPECT_FALSE(is_empty(temp));
  fs::remove_all(temp / "check_file");
  for (std::size_t i = 0; i <= kMostLeftProbes; ++i) {
    EXPECT_TRUE(is_empty(temp)) << i;
    std::string digits = std::to_string(i);
    digits.insert(0, 32 - digits.size(), '0');
    write_file(temp / temp_name(digits, "probe1"), kOverwrittenProbe);
  }
  EXPECT_FALSE(is_empty(temp));
}

TEST(LeftProbeFiles, TheStaleOnesGo) {
  const TempDir temp;
  const std::string other = temp_name("fedcba9876543210fedcba9876543210", "probe2");
  write_file(temp / probe_name(), kOverwrittenProbe);
  write_file(temp / other, "not a probe");
  const auto directory = posix::open(temp.path(), O_RDONLY | O_DIRECTORY, {}).value();
  const auto written = find_left_probe(directory, probe_name(), {}).value();
  ASSERT_TRUE(written);
  EXPECT_GT(*written, 0);
  EXPECT_FALSE(find_left_probe(directory, other, {}).value());
  remove_stale_probe_files(directory, {probe_name(), other, "gone"}, *written + kStaleProbe - 1, {});
  EXPECT_TRUE(fs::exists(temp / probe_name()));
  remove_stale_probe_files(directory, {probe_name(), other, "gone"}, *written + kStaleProbe, {});
  EXPECT_FALSE(fs::exists(temp / probe_name()));
  EXPECT_TRUE(fs::exists(temp / other));
}

}  // namespace
}  // namespace breakwater::storage
