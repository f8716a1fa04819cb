#include "base/private_file.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace breakwater {
namespace {

class PrivateFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "breakwater-private-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  std::string file() const { return directory_ + "/file"; }
  std::string content() const {
    std::ostringstream text;
    text << std::ifstream(file()).rdbuf();
    return text.str();
  }
  std::string directory_;
};

TEST_F(PrivateFileTest, IsForItsOwnerAloneAndReplacesWhatWasThere) {
  std::ofstream(file() + ".new") << "of a crash";
  EXPECT_FALSE(write_private_file(file(), "one"));
  EXPECT_FALSE(write_private_file(file(), std::string(100'000, '2')));
  EXPECT_EQ(content(), std::string(100'000, '2'));
  struct stat status{};
  ASSERT_EQ(::stat(file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
  EXPECT_FALSE(std::filesystem::exists(file() + ".new"));
}

TEST_F(PrivateFileTest, SaysWhatTheSystemSays) {
  EXPECT_EQ(write_private_file(directory_ + "/none/file", "x"), std::errc::no_such_file_or_directory);
}

// A limit stands for a full disk: what was there stays, and nothing is left beside it.
TEST_F(PrivateFileTest, WhatDoesNotFitLeavesWhatWasThere) {
  ASSERT_FALSE(write_private_file(file(), "old"));
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const ::rlimit limit{1000, 1000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    ::_exit(write_private_file(file(), std::string(5000, 'x')) == std::errc::file_too_large ? 0 : 1);
  }
  int status = 1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(content(), "old");
  EXPECT_FALSE(std::filesystem::exists(file() + ".new"));
}

}  // namespace
}  // namespace breakwater
