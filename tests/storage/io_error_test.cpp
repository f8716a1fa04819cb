#include "storage/io_error.h"

#include <cerrno>

#include <gtest/gtest.h>

namespace breakwater::storage {
namespace {

TEST(IoError, NumbersOfTheTable) {
  const auto code = [](int number) { return io_error(number, "open", "/a").mysql_errno(); };
  EXPECT_EQ(code(ENOENT), 9011);
  EXPECT_EQ(code(EACCES), 9071);
  EXPECT_EQ(code(EPERM), 9071);
  EXPECT_EQ(code(ENOSPC), 9082);
  EXPECT_EQ(code(EDQUOT), 9082);
  for (const int number : {ENAMETOOLONG, ENOTDIR, EROFS, EIO, ELOOP, ESTALE}) EXPECT_EQ(code(number), 4009);
}

TEST(IoError, TheHintSaysWhatFailedOnWhat) {
  const Error error = io_error(EROFS, "mkdir", "/backup/a");
  EXPECT_EQ(
      error.hint(),
      "mkdir failed on /backup/a: EROFS (Read-only file system). The file system is mounted or exported "
      "read-only.");
  EXPECT_EQ(errno_name(99999), "errno 99999");
}

}  // namespace
}  // namespace breakwater::storage
