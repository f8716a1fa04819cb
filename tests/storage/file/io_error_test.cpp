#include "storage/file/io_error.h"

#include <cerrno>

#include <fcntl.h>
#include <gtest/gtest.h>

#include "storage/file/posix.h"
#include "storage/support.h"

namespace breakwater::storage {
namespace {

TEST(IoError, NumbersOfTheTable) {
  const auto code = [](int number) { return io_error(number, "open", "/a").mysql_errno(); };
  EXPECT_EQ(code(ENOENT), 9011);
  EXPECT_EQ(code(EACCES), 9071);
  EXPECT_EQ(code(EPERM), 9071);
  EXPECT_EQ(code(ENOSPC), 9082);
  EXPECT_EQ(code(EDQUOT), 9082);
  EXPECT_EQ(code(EILSEQ), 9026);
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

TEST(IoError, AControlCharacterOfAPathIsNotRepeated) {
  EXPECT_EQ(io_error(EIO, "open", "/a\n\x1b[2J\xc2\x85").hint().substr(0, 24), "open failed on /a??[2J?:");
}

// Whoever makes a name: one with a control character is not made, and one that is there can be removed.
TEST(IoError, NoNameIsMadeWithAControlCharacter) {
  const TempDir temp;
  const posix::File directory = posix::open(temp.path(), O_RDONLY | O_DIRECTORY, {}).value();
  write_file(temp / "from", "x");
  for (const std::string bad : {"a\nb", "\t", "a\x7f", "\xc2\x9f"}) {
    const auto number = [](const auto& done) { return done ? 0 : done.error().number; };
    EXPECT_EQ(number(posix::open_below(directory, bad, O_CREAT | O_WRONLY, 0600, {})), EILSEQ);
    EXPECT_EQ(number(posix::make_directory(directory, bad, {})), EILSEQ);
    EXPECT_EQ(number(posix::link(directory, "from", bad, {})), EILSEQ);
    EXPECT_EQ(number(posix::rename(directory, "from", bad, {})), EILSEQ);
    EXPECT_EQ(number(posix::rename_new(directory, "from", bad, {})), EILSEQ);
    write_file(temp / bad, "of an earlier version");
    EXPECT_EQ(number(posix::open_below(directory, bad, O_RDONLY, 0, {})), 0);
    EXPECT_EQ(number(posix::remove_file(directory, bad, {})), 0);
  }
  EXPECT_EQ(snapshot(temp.path()).size(), 2U);
}

}  // namespace
}  // namespace breakwater::storage
