#include "storage/destination/file_system.h"

#include <gtest/gtest.h>

namespace breakwater::storage {
namespace {

const FileSystem kNfs{.type = "nfs", .fsid = "1:0", .server = "10.0.0.1", .export_path = "/data\\0401"};
const FileSystem kExt4{.type = "ext4", .uuid = "0123456789abcdef0123456789abcdef", .fsid = "beef"};

TEST(FileSystem, SurvivesTheCatalogue) {
  for (const FileSystem& system : {kNfs, kExt4, FileSystem{.type = "ramfs"}, FileSystem{}})
    EXPECT_EQ(decode_file_system(encode(system)), system) << encode(system);
  EXPECT_EQ(encode(kNfs), "type=nfs fsid=1:0 server=10.0.0.1 export=/data\\0401");
}

TEST(FileSystem, ReadsWhatItDoesNotKnow) {
  EXPECT_EQ(decode_file_system("  new=1 type=xfs uuid type= = fsid=a=b "),
            (FileSystem{.type = "", .fsid = "a=b"}));
  EXPECT_EQ(decode_file_system(""), FileSystem{});
}

TEST(FileSystem, IsAnotherByWhatBothSay) {
  EXPECT_FALSE(is_another(kNfs, kNfs));
  EXPECT_TRUE(is_another(kNfs, kExt4));
  for (const auto member : {&FileSystem::fsid, &FileSystem::server, &FileSystem::export_path}) {
    FileSystem changed = kNfs;
    changed.*member = "x";
    EXPECT_TRUE(is_another(kNfs, changed));
    changed.*member = "";
    EXPECT_FALSE(is_another(kNfs, changed)) << "unknown is not another";
    EXPECT_FALSE(is_another(changed, kNfs));
  }
  FileSystem disk = kExt4;
  disk.uuid.back() = '0';
  EXPECT_TRUE(is_another(kExt4, disk));
  EXPECT_FALSE(is_another(kExt4, FileSystem{}));
  EXPECT_TRUE(is_another({.type = "xfs"}, {.type = "overlay"}));
}

TEST(FileSystem, IsTheSameAfterItsTypeWasConverted) {
  FileSystem newer = kExt4;
  newer.type = "0xef54";
  EXPECT_FALSE(is_another(kExt4, newer));
  newer.uuid.clear();
  EXPECT_TRUE(is_another(kExt4, newer));
}

TEST(FileSystem, SaysWhatItIs) {
  EXPECT_EQ(describe(kNfs), "NFS 10.0.0.1:/data\\0401 (fsid 1:0)");
  EXPECT_EQ(describe(kExt4), "ext4 with the UUID 0123456789abcdef0123456789abcdef");
  EXPECT_EQ(describe({.type = "overlay", .fsid = "1f"}), "overlay with the fsid 1f");
  EXPECT_EQ(describe({.type = "ramfs"}), "ramfs");
}

}  // namespace
}  // namespace breakwater::storage
