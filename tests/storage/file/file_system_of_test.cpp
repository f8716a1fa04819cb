#include "storage/file/file_system_of.h"

#include <fcntl.h>

#include "storage/support.h"

namespace breakwater::storage {
namespace {

FileSystem of(const std::string& path, int flags = O_RDONLY) {
  const StopFlag stop;
  const auto file = posix::open(path, flags | O_DIRECTORY, stop);
  return file ? file_system_of(*file, stop) : FileSystem{};
}

TEST(FileSystemOf, IsTheSameForAllDirectoriesOfOne) {
  const TempDir dir;
  std::filesystem::create_directory(dir / "below");
  const FileSystem system = of(dir.path());
  EXPECT_FALSE(system.type.empty());
  EXPECT_EQ(of(dir / "below"), system);
  EXPECT_EQ(of(dir / "below", O_PATH), system) << "by a descriptor that reads nothing";
}

TEST(FileSystemOf, IsAnotherForProc) {
  const TempDir dir;
  EXPECT_TRUE(is_another(of(dir.path()), of("/proc")));
}

TEST(FileSystemOf, AsksNothingOnceStopped) {
  const TempDir dir;
  const StopFlag stop;
  const auto file = posix::open(dir.path(), O_RDONLY | O_DIRECTORY, stop);
  ASSERT_TRUE(file);
  stop.stop();
  EXPECT_EQ(file_system_of(*file, stop), FileSystem{});
}

TEST(FileSystemOf, FindsTheFsidOfAnExport) {
  constexpr std::string_view kVolumes =
      "NV SERVER   PORT DEV          FSID                              FSC\n"
      "v4 0a000101  801 0:45         a1b2:0                            no \n"
      "v3 7f000001  801 0:46         9f:3                              yes\n"
      "cut\n";
  EXPECT_EQ(nfs_fsid(kVolumes, "0:45"), "a1b2:0");
  EXPECT_EQ(nfs_fsid(kVolumes, "0:46"), "9f:3");
  EXPECT_EQ(nfs_fsid(kVolumes, "0:4"), "");
  EXPECT_EQ(nfs_fsid("", "0:45"), "");
}

}  // namespace
}  // namespace breakwater::storage
