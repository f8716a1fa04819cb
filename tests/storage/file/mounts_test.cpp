#include "storage/file/mounts.h"

#include <gtest/gtest.h>

namespace breakwater::storage {
namespace {

constexpr std::string_view kInfo =
    "22 27 0:21 / /proc rw,relatime - proc proc rw\n"
    "27 1 254:0 / / rw,noatime shared:1 - ext4 /dev/vda rw,errors=continue\n"
    "40 27 0:50 / /data/nfs rw,relatime shared:2 master:3 - nfs4 srv:/export "
    "rw,sync,vers=4.1,rsize=1048576,hard,lookupcache=pos,timeo=600\n"
    "41 27 0:51 /sub /data/with\\040blank rw - nfs srv:/old rw,vers=3,soft,timeo=10\n"
    "42 27 0:52 / /data/nfs/tmp rw - tmpfs tmpfs rw\n"
    "43 42 0:53 / /data/nfs/tmp rw - xfs /dev/x rw\n"
    "garbage\n\n";

TEST(Mounts, TheLongestMountPointThatHoldsThePath) {
  const auto mounts = parse_mountinfo(kInfo);
  ASSERT_EQ(mounts.size(), 6U);
  EXPECT_EQ(mount_of("/data/nfs/x", mounts).type, "nfs4");
  EXPECT_EQ(mount_of("/data/nfs", mounts).device, "0:50");
  EXPECT_EQ(mount_of("/data/nfs2", mounts).type, "ext4");
  EXPECT_EQ(mount_of("/data/nfs/tmp/x", mounts).type, "xfs");  // hides the tmpfs below it
  EXPECT_EQ(mount_of("/data/with blank/x", mounts).root, "/sub");
  EXPECT_EQ(mount_of("/data", {}).mount_point, "");
}

TEST(Mounts, Options) {
  const Mount mount = mount_of("/data/nfs", parse_mountinfo(kInfo));
  EXPECT_TRUE(mount.has_option("hard"));
  EXPECT_FALSE(mount.has_option("soft"));
  EXPECT_EQ(mount.option_value("vers"), "4.1");
  EXPECT_EQ(mount.option_value("missing"), "");
}

TEST(Mounts, WarningsForWhatABackupNeeds) {
  const auto mounts = parse_mountinfo(kInfo);
  EXPECT_TRUE(mount_warnings(mount_of("/data/nfs", mounts)).empty());
  EXPECT_EQ(mount_warnings(mount_of("/data/with blank", mounts)).size(), 4U);
  EXPECT_EQ(mount_warnings(mount_of("/x", mounts)).size(), 1U);
}

TEST(Mounts, OfThisMachine) {
  EXPECT_EQ(current_mount_of("/proc/self").type, "proc");
  EXPECT_FALSE(current_mount_of("/no/such/path").mount_point.empty());
}

}  // namespace
}  // namespace breakwater::storage
