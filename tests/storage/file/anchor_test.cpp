// What is checked is what is used: directories that become links while an operation is on its way.
#include "storage/file/anchor.h"

#include <atomic>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>

#include "storage/file/file_destination.h"
#include "storage/file/file_proof.h"
#include "storage/file/key_file_io.h"
#include "storage/file/key_plan.h"
#include "storage/formats/key_file.h"
#include "storage/support.h"

namespace breakwater::storage {
namespace {

namespace fs = std::filesystem;

constexpr Timestamp kThen = 1673436649723677;
constexpr KeyOwner kOwner{.cluster_id = 1, .tenant_id = 1002};

// In memory where that can be had: a race has thousands of rounds, each with some fsyncs.
class FastDir {
 public:
  FastDir() {
    const bool shm = fs::is_directory("/dev/shm");
    std::string name = (shm ? fs::path("/dev/shm") : fs::temp_directory_path()) / "bw_anchor_XXXXXX";
    path_ = fs::canonical(mkdtemp(name.data())).string();
  }
  ~FastDir() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  FastDir(const FastDir&) = delete;
  FastDir& operator=(const FastDir&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// allow/x is a directory, allow/y a link to forbid/, which no rule allows.
struct Trap {
  Trap() {
    fs::create_directories(allow + "/x");
    fs::create_directories(forbid);
    fs::create_directory_symlink(forbid, allow + "/y");
  }

  bool swap() const {
    return renameat2(AT_FDCWD, (allow + "/x").c_str(), AT_FDCWD, (allow + "/y").c_str(), RENAME_EXCHANGE) ==
           0;
  }
  bool nothing_outside() const { return fs::is_empty(forbid); }

  const FastDir temp{};
  const std::string allow = temp / "allow";
  const std::string forbid = temp / "forbid";
  const PathRules rules{.restricted = true, .allow = {allow}, .data_dir = ""};
};

Bytes key_file() {
  KeyBackup backup{.cluster_name = "c",
                   .cluster_id = 1,
                   .tenant_name = "t",
                   .tenant_id = 1002,
                   .created = 1,
                   .tde_method = "internal",
                   .external_kms_info = {},
                   .versions = {}};
  backup.versions.push_back(
      {.version = 1, .created = 1, .algorithm = "aes-256", .key = Secret(std::string(32, 'k'))});
  return encode(backup, nullptr, system_entropy()).value();
}

// What BACKUP KEY does with its file, and what is done about one whose end nobody saw.
bool back_up_key(const Trap& trap, const std::string& path, const Bytes& bytes) {
  const auto plan = plan_key_file(path, bytes, kOwner, trap.rules, system_entropy(), {});
  if (!plan) return false;
  const bool written = write_key_file(*plan, bytes, {}).has_value();
  if (!written) (void)settle_key_file(*plan, crypto::sha256(bytes), trap.rules, {});
  return written;
}

// What SET does in a directory, with its proof; and what a crash would have undone.
bool claim(const Trap& trap, const std::string& root) {
  Proof proof;
  std::optional<FileDestination> dest;
  const Inspection seen =
      inspect_directory(proof, root, trap.rules, BackupDestination::Room::needed, dest, {});
  if (!seen.empty || proof.failure()) return false;
  auto missing = dest->missing({});
  if (!missing) return false;
  const WritePlan plan =
      dest->plan_write(*std::move(missing), format_for(root, kThen), true, kThen, system_entropy());
  Footprint made;
  if (prove_creation(proof, *dest, made, {})) prove_writing(proof, *dest, plan, made, {});
  const bool claimed =
      !proof.failure() && dest->write_check_file(plan, made, {}) && dest->publish_format(plan, made, {});
  if (claimed) (void)dest->remove_stale_check_files(1002, plan.check_name, {});
  if (const auto again = FileDestination::open_again(root, plan, trap.rules, {}); again && *again)
    (void)(*again)->undo(plan, Footprint::of(plan), {});
  return claimed;
}

// While it lives, x and y change places as fast as they can.
class Swapping {
 public:
  explicit Swapping(const Trap& trap)
      : thread_([&trap](const std::stop_token& stop) {
          while (!stop.stop_requested()) trap.swap();
        }) {}

 private:
  std::jthread thread_;
};

constexpr int kRounds = 5000;

TEST(AnchorRace, NoKeyBackupLandsOutside) {
  const Trap trap;
  const Bytes bytes = key_file();
  int written = 0;
  {
    const Swapping swapping(trap);
    for (int i = 0; i < kRounds; ++i) {
      // Every second one in a directory that is still to be made.
      const std::string name = i % 2 == 0 ? "/x/key" : "/x/deep/er" + std::to_string(i) + "/key";
      written += back_up_key(trap, trap.allow + name + std::to_string(i), bytes) ? 1 : 0;
    }
  }
  EXPECT_TRUE(trap.nothing_outside());
  EXPECT_GT(written, 0);
  EXPECT_LT(written, kRounds);
}

TEST(AnchorRace, NoDestinationIsMadeOutside) {
  const Trap trap;
  int claimed = 0;
  {
    const Swapping swapping(trap);
    for (int i = 0; i < kRounds / 5; ++i) {
      const std::string name = i % 2 == 0 ? "/x/d" : "/x/deep" + std::to_string(i) + "/d";
      claimed += claim(trap, trap.allow + name + std::to_string(i)) ? 1 : 0;
    }
  }
  EXPECT_TRUE(trap.nothing_outside());
  EXPECT_GT(claimed, 0);
  EXPECT_LT(claimed, kRounds / 5);
}

// The same without chance: the swap comes between the check and the use.
TEST(Anchor, WhatWasCheckedIsUsedWhateverStandsThereThen) {
  const Trap trap;
  const Bytes bytes = key_file();
  const auto key = plan_key_file(trap.allow + "/x/key", bytes, kOwner, trap.rules, system_entropy(), {});
  ASSERT_TRUE(key);
  const auto dest = FileDestination::open(trap.allow + "/x/d", trap.rules, {}).value();
  const WritePlan plan = dest.plan_write(dest.missing({}).value(), format_for(dest.root(), kThen), true,
                                         kThen, system_entropy());
  ASSERT_TRUE(trap.swap());
  EXPECT_TRUE(write_key_file(*key, bytes, {}));
  Footprint made;
  Proof proof;
  EXPECT_TRUE(prove_creation(proof, dest, made, {}));
  prove_writing(proof, dest, plan, made, {});
  EXPECT_FALSE(proof.failure());
  EXPECT_TRUE(dest.write_check_file(plan, made, {}));
  EXPECT_FALSE(dest.publish_format(plan, made, {}).value());
  EXPECT_TRUE(trap.nothing_outside());
  EXPECT_TRUE(fs::exists(trap.allow + "/y/key"));
  EXPECT_TRUE(fs::exists(trap.allow + "/y/d/format"));
  EXPECT_TRUE(dest.undo(plan, made, {}));
  EXPECT_FALSE(fs::exists(trap.allow + "/y/d"));
}

TEST(Anchor, ALinkInPlaceOfWhatIsToBeMadeIsNotFollowed) {
  const Trap trap;
  const Bytes bytes = key_file();
  const auto key = plan_key_file(trap.allow + "/n/m/key", bytes, kOwner, trap.rules, system_entropy(), {});
  ASSERT_TRUE(key);
  const auto dest = FileDestination::open(trap.allow + "/n/m", trap.rules, {}).value();
  fs::create_directories(trap.forbid + "/m");
  fs::create_directory_symlink(trap.forbid, trap.allow + "/n");
  EXPECT_FALSE(write_key_file(*key, bytes, {}));
  Footprint made;
  EXPECT_FALSE(dest.create_root(made, {}));
  EXPECT_TRUE(made.directories.empty());
  EXPECT_TRUE(fs::is_empty(trap.forbid + "/m"));
}

TEST(Anchor, TheRulesJudgeWhatIsOpen) {
  const Trap trap;
  const auto code = [&](const std::string& path) {
    const auto opened = Anchor::of_directory(path, trap.rules, {});
    return opened ? 0 : int{opened.error().mysql_errno()};
  };
  EXPECT_EQ(code(trap.allow + "/x"), 0);
  EXPECT_EQ(code(trap.allow + "/x/new/er"), 0);
  EXPECT_EQ(code(trap.allow + "/y"), 9026);
  EXPECT_EQ(code(trap.allow + "/y/new"), 9026);
  EXPECT_FALSE(Anchor::of_file(trap.allow + "/y/key", trap.rules, {}));
  // A file beside the data directory is neither in it nor above it.
  const PathRules data{.restricted = false, .allow = {}, .data_dir = trap.allow + "/x"};
  EXPECT_TRUE(Anchor::of_file(trap.allow + "/key", data, {}));
  EXPECT_FALSE(Anchor::of_file(trap.allow + "/x/key", data, {}));
  EXPECT_FALSE(Anchor::of_directory(trap.allow, data, {}));
}

// ---- settling ----

// A crash left its things in a directory in whose place another stands now, with the same names in it.
TEST(AnchorSettling, RemovesNothingWhereAnotherDirectoryStands) {
  const TempDir temp;
  fs::create_directory(temp / "d");
  const auto dest = FileDestination::open(temp / "d", {}, {}).value();
  const WritePlan plan = dest.plan_write(dest.missing({}).value(), format_for(dest.root(), kThen), false,
                                         kThen, system_entropy());
  Footprint made;
  ASSERT_TRUE(dest.write_check_file(plan, made, {}));
  ASSERT_TRUE(dest.publish_format(plan, made, {}));
  const Bytes bytes = key_file();
  const auto key = plan_key_file(temp / "d/sub/key", bytes, kOwner, {}, system_entropy(), {}).value();
  fs::create_directory(temp / "d/sub");
  write_file(temp / ("d/sub/" + key.temp_name), bytes);
  fs::rename(temp / "d", temp / "moved");
  fs::copy(temp / "moved", temp / "d", fs::copy_options::recursive);
  const auto before = snapshot(temp.path());
  EXPECT_FALSE(FileDestination::open_again(temp / "d", plan, {}, {}).value());
  const auto recorded_key = without_anchor(key);
  EXPECT_EQ(settle_key_file(recorded_key, crypto::sha256(bytes), {}, {}).value(), KeySettled::elsewhere);
  fs::rename(temp / "d", temp / "copy");
  fs::create_directory_symlink(temp / "copy", temp / "d");
  EXPECT_FALSE(FileDestination::open_again(temp / "d", plan, {}, {}).value());
  fs::remove(temp / "d");
  fs::rename(temp / "copy", temp / "d");
  EXPECT_EQ(snapshot(temp.path()), before);
  // The old one is back.
  fs::rename(temp / "d", temp / "copy");
  fs::rename(temp / "moved", temp / "d");
  const auto again = FileDestination::open_again(temp / "d", plan, {}, {}).value();
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->undo(plan, Footprint::of(plan), {}));
  EXPECT_EQ(settle_key_file(recorded_key, crypto::sha256(bytes), {}, {}).value(), KeySettled::removed);
  EXPECT_TRUE(fs::is_empty(temp / "d"));
}

// Between the look at the path and the plan, another operation made the directory above.
TEST(AnchorSettling, FindsWhatBeganAboveADirectoryThatSomebodyElseMade) {
  const TempDir temp;
  const auto dest = FileDestination::open(temp / "above/d", {}, {}).value();
  fs::create_directory(temp / "above");
  const WritePlan plan = dest.plan_write(dest.missing({}).value(), format_for(dest.root(), kThen), false,
                                         kThen, system_entropy());
  Footprint made;
  ASSERT_TRUE(dest.create_root(made, {}));
  ASSERT_TRUE(dest.write_check_file(plan, made, {}));
  ASSERT_TRUE(dest.publish_format(plan, made, {}));
  const auto again = FileDestination::open_again(dest.root(), plan, {}, {}).value();
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->undo(plan, Footprint::of(plan), {}));
  EXPECT_TRUE(fs::is_empty(temp / "above"));  // that one isn't ours
}

// A file system that is mounted again has another device's number; then the rules decide.
TEST(AnchorSettling, AnotherDeviceNumberIsJudgedAgain) {
  const Trap trap;
  const auto dest = FileDestination::open(trap.allow + "/x/d", trap.rules, {}).value();
  WritePlan plan = dest.plan_write(dest.missing({}).value(), format_for(dest.root(), kThen), false, kThen,
                                   system_entropy());
  const PathRules others{.restricted = true, .allow = {trap.forbid}, .data_dir = ""};
  EXPECT_TRUE(FileDestination::open_again(dest.root(), plan, others, {}).value());  // the very same
  ++plan.began_in->device;
  EXPECT_TRUE(FileDestination::open_again(dest.root(), plan, trap.rules, {}).value());
  EXPECT_FALSE(FileDestination::open_again(dest.root(), plan, others, {}));
  ++plan.began_in->inode;
  EXPECT_FALSE(FileDestination::open_again(dest.root(), plan, trap.rules, {}).value());
}

// Of a catalogue from before the mark.
TEST(AnchorSettling, APlanWithoutAMarkIsSettledWhereTheRulesAllowIt) {
  const Trap trap;
  const auto dest = FileDestination::open(trap.allow + "/x/n/d", trap.rules, {}).value();
  WritePlan plan = dest.plan_write(dest.missing({}).value(), format_for(dest.root(), kThen), true, kThen,
                                   system_entropy());
  plan.began_in.reset();
  Footprint made;
  ASSERT_TRUE(dest.create_root(made, {}));
  ASSERT_TRUE(dest.write_check_file(plan, made, {}));
  ASSERT_TRUE(dest.publish_format(plan, made, {}));
  const auto again = FileDestination::open_again(dest.root(), plan, trap.rules, {}).value();
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->undo(plan, Footprint::of(plan), {}));
  EXPECT_TRUE(fs::is_empty(trap.allow + "/x"));
  const Bytes bytes = key_file();
  auto key = plan_key_file(trap.allow + "/x/k/key", bytes, kOwner, trap.rules, system_entropy(), {}).value();
  ASSERT_TRUE(write_key_file(key, bytes, {}));
  key.began_in.reset();
  const auto recorded_key = without_anchor(key);
  EXPECT_EQ(settle_key_file(recorded_key, crypto::sha256(bytes), trap.rules, {}).value(),
            KeySettled::written);
  ASSERT_TRUE(trap.swap());
  EXPECT_FALSE(settle_key_file(recorded_key, crypto::sha256(bytes), trap.rules, {}));
}

}  // namespace
}  // namespace breakwater::storage
