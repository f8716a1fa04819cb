#include "storage/file/file_destination.h"

#include <array>
#include <atomic>
#include <barrier>
#include <csignal>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "storage/support.h"

namespace breakwater::storage {
namespace {

namespace fs = std::filesystem;

constexpr Timestamp kNow = 1673436649723677;

FormatFile format_for(const std::string& root, std::uint64_t tenant_id = 1002, Timestamp created = kNow) {
  return {.cluster_name = "obcluster",
          .tenant_name = "t",
          .path = "file://" + root,
          .cluster_id = 1,
          .tenant_id = tenant_id,
          .incarnation = 1,
          .dest_id = 1001,
          .dest_type = 0,
          .created = created};
}

std::string check_file_bytes(const FileDestination& dest) {
  return std::string(as_text(encode(check_file_of(format_for(dest.root())))));
}

FileDestination destination(const std::string& root) {
  return FileDestination::open(root, {}, {}, {.retry_pauses = {}}).value();
}

WritePlan plan_for(const FileDestination& dest, bool obbak = false, Timestamp created = kNow) {
  return dest.plan_write(dest.missing({}).value(), format_for(dest.root(), 1002, created), obbak, kNow,
                         system_entropy());
}

// What a SET does between its intent and its commit.
Result<std::optional<Bytes>> claim(const FileDestination& dest, const WritePlan& plan, Footprint& made) {
  const StopFlag stop;
  BW_CHECK(dest.create_root(made, stop));
  BW_CHECK(dest.write_check_file(plan, made, stop));
  return dest.publish_format(plan, made, stop);
}

mode_t mode_of(const std::string& path) {
  struct stat found{};
  EXPECT_EQ(lstat(path.c_str(), &found), 0) << path;
  return found.st_mode & 07777U;
}

TEST(FileDestination, ANewDirectoryGetsACheckFileAndAFormatFile) {
  const TempDir temp;
  const auto dest = destination(temp / "a/b/data");
  const WritePlan plan = plan_for(dest);
  EXPECT_EQ(plan.directories.size(), 4U);
  Footprint made;
  const auto claimed = claim(dest, plan, made);
  ASSERT_TRUE(claimed) << claimed.error().hint();
  EXPECT_FALSE(claimed->has_value());
  EXPECT_EQ(made.directories, plan.directories);
  const auto found = snapshot(dest.root());
  EXPECT_EQ(found.size(), 4U);  // itself, format, check_file/, the check file
  EXPECT_EQ(read_file(dest.root() + "/format"), as_text(plan.format_bytes));
  EXPECT_EQ(read_file(dest.root() + "/check_file/" + plan.check_name), check_file_bytes(dest));
  EXPECT_EQ(mode_of(temp / "a"), 0700U);
  EXPECT_EQ(mode_of(dest.root() + "/check_file"), 0700U);
  EXPECT_EQ(dest.read_format({}).value()->file, format_for(dest.root()));
  EXPECT_TRUE(dest.has_check_file(plan.check_name, {}).value());
  EXPECT_FALSE(dest.is_empty({}, {}).value());
}

TEST(FileDestination, CheckFileNames) {
  setenv("TZ", "UTC", 1);
  tzset();
  EXPECT_EQ(check_file_name(1002, kNow), "1002_connect_file_20230111T113049.obbak");
}

TEST(FileDestination, WhatCountsAsEmpty) {
  const TempDir temp;
  const auto dest = destination(temp / "d");
  const auto empty = [&] { return dest.is_empty({}, {}).value(); };
  EXPECT_TRUE(empty());  // missing
  fs::create_directory(dest.root());
  EXPECT_TRUE(empty());
  fs::create_symlink("/etc/passwd", dest.root() + "/link");
  fs::create_directory_symlink("/etc", dest.root() + "/dirlink");
  ASSERT_EQ(mkfifo((dest.root() + "/fifo").c_str(), 0600), 0);
  write_file(dest.root() + "/.nfs0001", "deleted while open");
  EXPECT_TRUE(empty());
  write_file(dest.root() + "/.hidden", "");
  EXPECT_FALSE(empty());
  fs::remove(dest.root() + "/.hidden");
  fs::create_directory(dest.root() + "/.snapshot");
  EXPECT_FALSE(empty());
}

TEST(FileDestination, EmptyButForWhatAnIntentNames) {
  const TempDir temp;
  const auto dest = destination(temp / "d");
  const WritePlan plan = plan_for(dest);
  write_file(dest.root() + "/" + plan.temp_format_name(), "half");
  write_file(dest.root() + "/check_file/" + plan.check_name, "x");
  write_file(dest.root() + "/check_file/" + plan.temp_check_name(), "x");
  write_file(dest.root() + "/check_file/.nfs7", "x");
  EXPECT_FALSE(dest.is_empty({}, {}).value());
  EXPECT_TRUE(dest.is_empty(plan.names(), {}).value());
  write_file(dest.root() + "/check_file/foreign", "x");
  EXPECT_FALSE(dest.is_empty(plan.names(), {}).value());
  fs::remove(dest.root() + "/check_file/foreign");
  write_file(dest.root() + "/format", "x");
  EXPECT_FALSE(dest.is_empty(plan.names(), {}).value());
}

TEST(FileDestination, CheckPlace) {
  const TempDir temp;
  const auto code = [&](const std::string& path, const PathRules& rules = {}) {
    const auto checked = FileDestination::open(path, rules, {});
    return checked ? 0 : int{checked.error().mysql_errno()};
  };
  fs::create_directory(temp / "dir");
  write_file(temp / "file", "x");
  fs::create_directory_symlink(temp / "dir", temp / "link");
  ASSERT_EQ(mkfifo((temp / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(code(temp / "dir"), 0);
  EXPECT_EQ(code(temp / "missing/deep"), 0);
  EXPECT_EQ(code(temp / "link/below"), 0);  // a link on the way is fine
  EXPECT_EQ(code(temp / "link"), 9026);
  EXPECT_EQ(code(temp / "fifo"), 9026);
  EXPECT_EQ(code(temp / "file"), 4009);
  EXPECT_EQ(code(temp / "file/below"), 4009);
  EXPECT_EQ(code(temp / std::string(300, 'x')), 4009);
  EXPECT_EQ(code(temp / "dir/x", {.restricted = false, .allow = {}, .data_dir = temp / "dir"}), 9026);
  EXPECT_EQ(code(temp / "dir", {.restricted = false, .allow = {}, .data_dir = temp / "dir/x"}), 9026);
  EXPECT_EQ(code(temp / "link/x", {.restricted = false, .allow = {}, .data_dir = temp / "dir"}), 9026);
}

TEST(FileDestination, AFileInTheWayIsAnIoError) {
  const TempDir temp;
  write_file(temp / "file", "x");
  const auto opened = FileDestination::open(temp / "file", {}, {});
  ASSERT_FALSE(opened);
  EXPECT_TRUE(opened.error().is(Errc::io_error));
  EXPECT_NE(opened.error().hint().find("ENOTDIR"), std::string::npos);
}

TEST(FileDestination, ReadFormatTellsDamagedFromMissingFromStrange) {
  const TempDir temp;
  const auto dest = destination(temp / "d");
  const auto code = [&] {
    const auto found = dest.read_format({});
    return found ? 0 : int{found.error().mysql_errno()};
  };
  EXPECT_FALSE(dest.read_format({}).value());
  fs::create_directory(dest.root());
  EXPECT_FALSE(dest.read_format({}).value());
  const Bytes good = encode(format_for(dest.root()));
  write_file(dest.root() + "/format.obbak", good);
  EXPECT_EQ(dest.read_format({}).value()->bytes, good);
  write_file(dest.root() + "/format", encode(format_for(dest.root(), 1004)));
  EXPECT_EQ(code(), 9081);  // two that differ
  write_file(dest.root() + "/format", good);
  EXPECT_EQ(code(), 0);
  fs::remove(dest.root() + "/format.obbak");
  write_file(dest.root() + "/format", as_text(std::span(good).first(100)));
  EXPECT_EQ(code(), 9081);
  write_file(dest.root() + "/format", "");
  EXPECT_EQ(code(), 9081);
  fs::remove(dest.root() + "/format");
  write_file(temp / "elsewhere", good);
  fs::create_symlink(temp / "elsewhere", dest.root() + "/format");
  EXPECT_EQ(code(), 9080);
  fs::remove(dest.root() + "/format");
  ASSERT_EQ(mkfifo((dest.root() + "/format").c_str(), 0600), 0);
  EXPECT_EQ(code(), 9080);  // and it doesn't hang
}

TEST(FileDestination, TheSecondToPublishGetsTheFirstOnesBytes) {
  const TempDir temp;
  const auto dest = destination(temp / "d");
  const WritePlan first = plan_for(dest, false, kNow);
  const WritePlan second = plan_for(dest, false, kNow + 1);
  Footprint made_first;
  Footprint made_second;
  ASSERT_FALSE(claim(dest, first, made_first).value());
  const auto before = snapshot(dest.root());
  // Both were planned in the same second, so both check files have the same name; the first's stays.
  const auto theirs = claim(dest, second, made_second).value();
  ASSERT_TRUE(theirs);
  EXPECT_EQ(*theirs, first.format_bytes);
  ASSERT_TRUE(dest.undo(second, made_second, {}));
  EXPECT_EQ(snapshot(dest.root()), before);
}

TEST(FileDestination, TheWinnerGetsTheCheckFileThatBothNamed) {
  const TempDir temp;
  const auto dest = destination(temp / "d");
  const WritePlan loser = plan_for(dest, false, kNow + 1);
  const WritePlan winner = plan_for(dest, false, kNow);
  ASSERT_EQ(loser.check_name, winner.check_name);
  Footprint made_by_loser;
  ASSERT_TRUE(dest.create_root(made_by_loser, {}));
  ASSERT_TRUE(dest.write_check_file(loser, made_by_loser, {}));
  Footprint made;
  ASSERT_FALSE(claim(dest, winner, made).value());
  ASSERT_TRUE(dest.publish_format(loser, made_by_loser, {}).value());
  ASSERT_TRUE(dest.undo(loser, made_by_loser, {}));
  EXPECT_EQ(read_file(dest.root() + "/check_file/" + winner.check_name), check_file_bytes(dest));
}

TEST(FileDestination, ObbakIsTheSameFileUnderItsSecondName) {
  const TempDir temp;
  const auto dest = destination(temp / "d");
  const WritePlan plan = plan_for(dest, true);
  Footprint made;
  ASSERT_FALSE(claim(dest, plan, made).value());
  EXPECT_TRUE(fs::equivalent(dest.root() + "/format", dest.root() + "/format.obbak"));
  ASSERT_TRUE(dest.undo(plan, made, {}));
  EXPECT_FALSE(fs::exists(dest.root()));
}

TEST(FileDestination, AForeignObbakIsRefusedAndKept) {
  const TempDir temp;
  for (const bool obbak : {false, true}) {
    const auto dest = destination(temp / (obbak ? "with" : "without"));
    const WritePlan plan = plan_for(dest, obbak);
    write_file(dest.root() + "/format.obbak", encode(format_for(dest.root(), 1004)));
    const auto before = snapshot(dest.root());
    Footprint made;
    const auto claimed = claim(dest, plan, made);
    ASSERT_FALSE(claimed);
    EXPECT_TRUE(claimed.error().is(Errc::format_file_not_match));
    ASSERT_TRUE(dest.undo(plan, made, {}));
    EXPECT_EQ(snapshot(dest.root()), before);
  }
}

TEST(FileDestination, ThreadsRacingForDirectoriesHaveOneWinnerEach) {
  const TempDir temp;
  constexpr int kDirectories = 20;
  constexpr int kThreads = 4;
  std::array<std::atomic<int>, kDirectories> winners{};
  std::barrier start(kThreads);
  std::vector<std::jthread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kDirectories; ++i) {
        const auto dest = destination(temp / ("d" + std::to_string(i)));
        start.arrive_and_wait();
        const WritePlan plan = plan_for(dest, i % 2 == 0, kNow + t);
        Footprint made;
        const auto claimed = claim(dest, plan, made);
        if (claimed && !claimed->has_value()) {
          ++winners.at(static_cast<std::size_t>(i));
        } else {
          // Losing must not hurt the winner's files.
          EXPECT_TRUE(dest.undo(plan, made, {}));
        }
      }
    });
  }
  threads.clear();
  for (int i = 0; i < kDirectories; ++i) {
    EXPECT_EQ(winners.at(static_cast<std::size_t>(i)), 1) << i;
    EXPECT_TRUE(destination(temp / ("d" + std::to_string(i))).read_format({}).value());
  }
}

TEST(FileDestination, ProcessesRacingForDirectoriesHaveOneWinnerEach) {
  const TempDir temp;
  constexpr int kDirectories = 30;
  const auto race = [&](int who) {
    int won = 0;
    for (int i = 0; i < kDirectories; ++i) {
      const auto dest = destination(temp / ("d" + std::to_string(i)));
      Footprint made;
      const auto claimed = claim(dest, plan_for(dest, false, kNow + who), made);
      won += claimed && !claimed->has_value() ? 1 : 0;
    }
    return won;
  };
  const pid_t child = fork();
  if (child == 0) _exit(race(1));
  const int mine = race(0);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(mine + WEXITSTATUS(status), kDirectories);
}

TEST(FileDestination, UndoLeavesTheDirectoryAsItWasFound) {
  const TempDir temp;
  fs::create_directory(temp / "there");
  fs::create_symlink("/etc", temp / "there/link");
  const auto before = snapshot(temp.path());
  for (const std::string& root : {temp / "new/deep", temp / "there"}) {
    const auto dest = destination(root);
    const WritePlan plan = plan_for(dest);
    Footprint made;
    ASSERT_TRUE(claim(dest, plan, made));
    ASSERT_TRUE(dest.undo(plan, made, {}));
    EXPECT_EQ(snapshot(temp.path()), before) << root;
  }
}

// After a crash only the plan is known; whatever was done of it can be undone.
TEST(FileDestination, UndoByThePlanAloneAtEveryStage) {
  const TempDir temp;
  const auto dest = destination(temp / "x/d");
  for (int stage = 0; stage <= 4; ++stage) {
    const WritePlan plan = plan_for(dest, true);
    Footprint made;
    if (stage >= 1) {
      EXPECT_TRUE(dest.create_root(made, {}).has_value());
    }
    if (stage >= 2) {
      EXPECT_TRUE(dest.write_check_file(plan, made, {}).has_value());
    }
    if (stage >= 3) write_file(dest.root() + "/" + plan.temp_format_name(), "half a fil");
    if (stage >= 4) {
      fs::remove(dest.root() + "/" + plan.temp_format_name());
      ASSERT_TRUE(dest.publish_format(plan, made, {}));
    }
    ASSERT_TRUE(dest.undo(plan, Footprint::of(plan), {}));
    EXPECT_FALSE(fs::exists(temp / "x")) << stage;
  }
}

TEST(FileDestination, UndoByThePlanKeepsWhatOthersPutThere) {
  const TempDir temp;
  const auto dest = destination(temp / "d");
  const WritePlan plan = plan_for(dest);
  write_file(dest.root() + "/format", encode(format_for(dest.root(), 1004)));
  write_file(dest.root() + "/check_file/" + plan.check_name, "another server's");
  write_file(dest.root() + "/backup_set_1", "x");
  const auto before = snapshot(dest.root());
  ASSERT_TRUE(dest.undo(plan, Footprint::of(plan), {}));
  EXPECT_EQ(snapshot(dest.root()), before);
}

TEST(FileDestination, StaleCheckFilesOfThisTenantGo) {
  const TempDir temp;
  const auto dest = destination(temp / "d");
  for (const char* name :
       {"1002_connect_file_20260101T000001.obbak", "1002_connect_file_20260101T000002.obbak",
        "1004_connect_file_20260101T000001.obbak", "1002_connect_file_other", "1002_other",
        "11002_connect_file_20260101T000001.obbak"})
    write_file(dest.root() + "/check_file/" + name, "x");
  ASSERT_TRUE(dest.remove_stale_check_files(1002, "1002_connect_file_20260101T000002.obbak", {}));
  EXPECT_FALSE(fs::exists(dest.root() + "/check_file/1002_connect_file_20260101T000001.obbak"));
  EXPECT_EQ(snapshot(dest.root() + "/check_file").size(), 6U);
  EXPECT_TRUE(dest.has_check_file("1002_connect_file_20260101T000002.obbak", {}).value());
  EXPECT_FALSE(dest.has_check_file("1002_connect_file_20260101T000001.obbak", {}).value());
  EXPECT_FALSE(destination(temp / "none").has_check_file("x", {}).value());
}

TEST(FileDestination, ASymlinkedCheckDirectoryIsNotFollowed) {
  const TempDir temp;
  const auto dest = destination(temp / "d");
  fs::create_directory(dest.root());
  fs::create_directory(temp / "outside");
  fs::create_directory_symlink(temp / "outside", dest.root() + "/check_file");
  Footprint made;
  const WritePlan plan = plan_for(dest);
  EXPECT_FALSE(claim(dest, plan, made));
  EXPECT_TRUE(fs::is_empty(temp / "outside"));
  EXPECT_TRUE(dest.undo(plan, made, {}));
  EXPECT_TRUE(fs::is_symlink(dest.root() + "/check_file"));
}

TEST(FileDestination, AStoppedOperationMakesNoFurtherCall) {
  const TempDir temp;
  const auto dest = destination(temp / "d");
  const WritePlan plan = plan_for(dest);
  const StopFlag stop;
  stop.stop();
  Footprint made;
  const auto created = dest.create_root(made, stop);
  ASSERT_FALSE(created);
  EXPECT_TRUE(created.error().is(Errc::backup_dest_not_connect));
  EXPECT_FALSE(dest.is_empty({}, stop));
  EXPECT_FALSE(dest.read_format(stop));
  EXPECT_FALSE(
      FileDestination::open(dest.root(), {.restricted = true, .allow = {"/"}, .data_dir = ""}, stop));
  EXPECT_FALSE(fs::exists(dest.root()));
}

// The disk is full after `limit` bytes of one file: a short write, then EFBIG.
TEST(FileDestination, AFailingWriteIsAClearErrorAndIsUndone) {
  const TempDir temp;
  const int outcome = in_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{100, 100};
    setrlimit(RLIMIT_FSIZE, &limit);
    const auto dest = destination(temp / "d");
    const WritePlan plan = plan_for(dest);
    Footprint made;
    const auto claimed = claim(dest, plan, made);
    if (claimed || !claimed.error().is(Errc::io_error)) return 1;
    if (claimed.error().hint().find("write failed on") == std::string::npos) return 2;
    if (!dest.undo(plan, made, {})) return 3;
    return fs::exists(dest.root()) ? 4 : 0;
  });
  EXPECT_EQ(outcome, 0);
}

TEST(FileDestination, MissingPermissionIs9071) {
  if (geteuid() != 0) GTEST_SKIP() << "needs another user";
  const TempDir temp;
  fs::permissions(temp.path(), fs::perms(0755));
  fs::create_directory(temp / "readable");
  fs::create_directory(temp / "closed");
  fs::permissions(temp / "closed", fs::perms(0700));
  const ActingAs nobody(kNobody);
  Footprint made;
  const auto dest = destination(temp / "readable");
  EXPECT_TRUE(dest.is_empty({}, {}));
  const auto claimed = claim(dest, plan_for(dest), made);
  ASSERT_FALSE(claimed);
  EXPECT_TRUE(claimed.error().is(Errc::backup_permission_denied));
  const auto closed = destination(temp / "closed").is_empty({}, {});
  ASSERT_FALSE(closed);
  EXPECT_TRUE(closed.error().is(Errc::backup_permission_denied));
  const auto created = destination(temp / "new").create_root(made, {});
  ASSERT_FALSE(created);
  EXPECT_TRUE(created.error().is(Errc::backup_permission_denied));
}

}  // namespace
}  // namespace breakwater::storage
