#include "storage/file/path_rules.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>

#include "storage/file/anchor.h"
#include "storage/formats/path.h"
#include "storage/support.h"

namespace breakwater::storage {
namespace {

namespace fs = std::filesystem;

bool is_inside(const std::string& path, const std::string& outer) {
  return inside(path, outer, {}).value();
}

TEST(Allow, BySpelling) {
  EXPECT_TRUE(inside_by_spelling("/a/b", "/a"));
  EXPECT_TRUE(inside_by_spelling("/a//b/", "/a/b"));
  EXPECT_TRUE(inside_by_spelling("/a", "/"));
  EXPECT_FALSE(inside_by_spelling("/ab", "/a"));
  EXPECT_FALSE(inside_by_spelling("/a", "/a/b"));
}

TEST(Allow, ThroughSymbolicLinks) {
  const TempDir temp;
  fs::create_directories(temp / "real/inner");
  fs::create_directory_symlink(temp / "real/inner", temp / "link");
  EXPECT_TRUE(is_inside(temp / "link", temp / "real"));
  EXPECT_TRUE(is_inside(temp / "link/not/yet", temp / "real"));
  EXPECT_TRUE(is_inside(temp / "real/inner/x", temp / "link"));
  EXPECT_FALSE(is_inside(temp / "real", temp / "link"));
  EXPECT_FALSE(is_inside(temp / "link", temp / "other"));
}

TEST(Allow, OfDirectoriesThatDoNotExistYet) {
  const TempDir temp;
  fs::create_directories(temp / "real");
  fs::create_directory_symlink(temp / "real", temp / "link");
  EXPECT_TRUE(is_inside(temp / "link/a/b", temp / "real/a"));
  EXPECT_FALSE(is_inside(temp / "link/ab", temp / "real/a"));
  const auto are_same = [](const std::string& first, const std::string& second) {
    const auto a = physical_place(first, {}).value();
    const auto b = physical_place(second, {}).value();
    return a.inside(b) && b.inside(a);
  };
  EXPECT_TRUE(are_same(temp / "link/a", temp / "real/a"));
  EXPECT_FALSE(are_same(temp / "link/a", temp / "real/b"));
  EXPECT_FALSE(are_same(temp / "link/a/b", temp / "real/a"));
}

TEST(Allow, ThroughBindMounts) {
  const TempDir temp;
  fs::create_directories(temp / "real/inner/deep");
  fs::create_directories(temp / "bound");
  const int outcome = in_child([&] {
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
      return 77;
    if (mount((temp / "real/inner").c_str(), (temp / "bound").c_str(), nullptr, MS_BIND, nullptr) != 0)
      return 77;
    if (!is_inside(temp / "bound", temp / "real")) return 1;
    if (!is_inside(temp / "bound/deep/new", temp / "real/inner/deep")) return 2;
    if (!is_inside(temp / "real/inner/new", temp / "bound")) return 3;
    if (!is_inside(temp / "bound/new/x", temp / "real/inner/new")) return 4;
    if (is_inside(temp / "real/other", temp / "bound")) return 5;
    return is_inside(temp / "real", temp / "bound") ? 6 : 0;
  });
  if (outcome == 77) GTEST_SKIP() << "no mounting here";
  EXPECT_EQ(outcome, 0);
}

TEST(Allow, RootsOfTheSetting) {
  EXPECT_EQ(allowed_roots("/backup/, /nfs//a oss.example.com,\n/b"),
            (std::vector<std::string>{"/backup", "/nfs/a", "/b"}));
  EXPECT_TRUE(allowed_roots("").empty());
}

TEST(Allow, RulesHoldThroughLinks) {
  const TempDir temp;
  fs::create_directories(temp / "allowed");
  fs::create_directories(temp / "outside");
  fs::create_directory_symlink(temp / "outside", temp / "allowed/escape");
  const PathRules rules{.restricted = true, .allow = {temp / "nowhere", temp / "allowed"}, .data_dir = ""};
  EXPECT_TRUE(Anchor::of_directory(temp / "allowed/new/dir", rules, {}));
  for (const std::string& path : {temp / "outside/x", temp / "allowed/escape/x", temp / "allowed2"}) {
    const auto checked = Anchor::of_directory(path, rules, {});
    ASSERT_FALSE(checked) << path;
    EXPECT_TRUE(checked.error().is(Errc::invalid_backup_dest));
    EXPECT_NE(checked.error().hint().find("backup_dest_allow"), std::string::npos);
  }
}

TEST(Allow, AListOfEndpointsAloneAllowsNoPath) {
  const TempDir temp;
  const PathRules rules{.restricted = true, .allow = allowed_roots("oss.example.com"), .data_dir = ""};
  const auto checked = Anchor::of_directory(temp / "x", rules, {});
  ASSERT_FALSE(checked);
  EXPECT_TRUE(checked.error().is(Errc::invalid_backup_dest));
}

TEST(Allow, AFileAmongTheParentsIsAnIoError) {
  const TempDir temp;
  write_file(temp / "file", "x");
  EXPECT_TRUE(physical_place(temp / "file/below", {}).error().is(Errc::io_error));
}

}  // namespace
}  // namespace breakwater::storage
