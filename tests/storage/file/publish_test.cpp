// Files that appear whole or not at all, also where a file system has neither links nor RENAME_NOREPLACE.
#include "storage/file/publish.h"

#include <cstddef>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "storage/file/file_destination.h"
#include "storage/file/file_proof.h"
#include "storage/file/key_file_io.h"
#include "storage/file/key_plan.h"
#include "storage/formats/key_file.h"
#include "storage/support.h"

namespace breakwater::storage {
namespace {

namespace fs = std::filesystem;

using posix::File;

const std::string kText = "what was to be written";

File open_directory(const TempDir& temp) {
  return posix::open(temp.path(), O_RDONLY | O_DIRECTORY, {}).value();
}

void remove_part(const TempDir& temp) {
  EXPECT_TRUE(posix::remove_part(open_directory(temp), "name", "temp", as_bytes(kText), {}));
}

TEST(RemovePart, OfEveryLengthWhileTheWholeIsBeside) {
  for (std::size_t length = 0; length <= kText.size(); ++length) {
    const TempDir temp;
    write_file(temp / "temp", kText);
    write_file(temp / "name", kText.substr(0, length));
    remove_part(temp);
    EXPECT_EQ(fs::exists(temp / "name"), length == kText.size()) << length;  // a whole one is no part
    EXPECT_TRUE(fs::exists(temp / "temp"));
  }
}

TEST(RemovePart, NothingThatMayBeAnothers) {
  const TempDir temp;
  const auto keeps = [&](const std::string& temp_text, const std::string& name_text) {
    write_file(temp / "temp", temp_text);
    write_file(temp / "name", name_text);
    remove_part(temp);
    return fs::exists(temp / "name") && read_file(temp / "name") == name_text;
  };
  EXPECT_TRUE(keeps(kText.substr(0, 5), ""));      // the temporary file isn't whole
  EXPECT_TRUE(keeps(kText + "x", ""));             // nor this one
  EXPECT_TRUE(keeps(kText, "what else"));          // another's content
  EXPECT_TRUE(keeps(kText, kText + " and more"));  // longer
  EXPECT_TRUE(keeps(kText, std::string(1, '\0')));
  fs::remove(temp / "temp");
  write_file(temp / "name", "");
  remove_part(temp);
  EXPECT_TRUE(fs::exists(temp / "name"));  // nothing beside it
  write_file(temp / "temp", kText);
  fs::remove(temp / "name");
  remove_part(temp);  // nothing there
  fs::create_directory(temp / "name");
  remove_part(temp);
  EXPECT_TRUE(fs::is_directory(temp / "name"));
  fs::remove(temp / "name");
  write_file(temp / "empty", "");
  fs::create_symlink(temp / "empty", temp / "name");
  remove_part(temp);
  EXPECT_TRUE(fs::is_symlink(temp / "name"));
  EXPECT_TRUE(fs::exists(temp / "empty"));
}

TEST(RemovePart, NothingThatIsBeingWritten) {
  const TempDir temp;
  write_file(temp / "temp", kText);
  write_file(temp / "name", "what");
  const int writer = open((temp / "name").c_str(), O_RDWR | O_CLOEXEC);
  struct flock whole{};
  whole.l_type = F_WRLCK;
  ASSERT_EQ(fcntl(writer, F_OFD_SETLK, &whole), 0);
  remove_part(temp);
  EXPECT_TRUE(fs::exists(temp / "name"));
  close(writer);
  remove_part(temp);
  EXPECT_FALSE(fs::exists(temp / "name"));
}

// ---- a crash in the middle of a claim ----

TEST(PartAfterACrash, OfFormatAndCheckFileDoesNotLockTheDirectory) {
  const TempDir temp;
  const auto dest = FileDestination::open(temp / "d", {}, {}).value();
  const WritePlan plan =
      dest.plan_write(dest.missing({}).value(), format_for(dest.root()), false, 1, system_entropy());
  const Bytes check = plan.check_bytes().value();
  for (const std::size_t length : {std::size_t{0}, std::size_t{1}, plan.format_bytes.size() - 1}) {
    write_file(dest.root() + "/" + plan.temp_format_name(), plan.format_bytes);
    write_file(dest.root() + "/format", as_text(std::span(plan.format_bytes).first(length)));
    write_file(dest.root() + "/check_file/" + plan.temp_check_name(), check);
    write_file(dest.root() + "/check_file/" + plan.check_name,
               as_text(std::span(check).first(std::min(length, check.size() - 1))));
    ASSERT_TRUE(dest.undo(plan, Footprint::of(plan), {}));
    EXPECT_FALSE(fs::exists(dest.root())) << length;
  }
  // Somebody else's empty file, and a claim that was cut short before it got that far.
  write_file(dest.root() + "/" + plan.temp_format_name(), "half");
  write_file(dest.root() + "/format", "");
  ASSERT_TRUE(dest.undo(plan, Footprint::of(plan), {}));
  EXPECT_EQ(snapshot(dest.root()).size(), 2U);
}

TEST(PartAfterACrash, OfAKeyFileDoesNotTakeTheName) {
  const TempDir temp;
  KeyBackup backup{.cluster_name = "c",
                   .cluster_id = 1,
                   .tenant_name = "t",
                   .tenant_id = 1002,
                   .created = 1,
                   .tde_method = "internal",
                   .external_kms_info = {},
                   .versions = {}};
  const Bytes bytes = encode(backup, nullptr, system_entropy()).value();
  const KeyOwner owner{.cluster_id = 1, .tenant_id = 1002};
  const auto plan = plan_key_file(temp / "d/key", bytes, owner, {}, system_entropy(), {}).value();
  const auto recorded = without_anchor(plan);
  for (const std::size_t length : {std::size_t{0}, bytes.size() / 2, bytes.size() - 1}) {
    write_file(temp / ("d/" + plan.temp_name), bytes);
    write_file(temp / "d/key", as_text(std::span(bytes).first(length)));
    EXPECT_EQ(settle_key_file(recorded, crypto::sha256(bytes), {}, {}).value(), KeySettled::removed);
    EXPECT_FALSE(fs::exists(temp / "d")) << length;
  }
  write_file(temp / "d/key", "");
  EXPECT_EQ(settle_key_file(recorded, crypto::sha256(bytes), {}, {}).value(), KeySettled::removed);
  EXPECT_TRUE(fs::exists(temp / "d/key"));
}

// ---- without links ----

// From here on this process has neither link(2) nor RENAME_NOREPLACE, as on exFAT.
bool lose_links() {
  const auto refuse = [](unsigned number) { return SECCOMP_RET_ERRNO | (number & SECCOMP_RET_DATA); };
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_linkat, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, refuse(EPERM)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_renameat2, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, refuse(EINVAL)),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{.len = std::size(code), .filter = code};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

TEST(WithoutLinks, OneWinsAndTheOtherKeepsItsHandsOff) {
  const TempDir temp;
  const int outcome = in_child([&] {
    if (!lose_links()) return 77;
    const File directory = open_directory(temp);
    if (posix::link(directory, "nothing", "name", {}).error().number != EPERM) return 1;
    posix::Traces traces;
    const auto first = posix::publish(directory, "temp1", "name", as_bytes(kText), 0600, traces, {});
    if (!first || !*first) return 2;
    const auto second = posix::publish(directory, "temp2", "name", as_bytes("another"), 0600, traces, {});
    return second && !*second ? 0 : 3;
  });
  if (outcome == 77) GTEST_SKIP() << "no seccomp here";
  EXPECT_EQ(outcome, 0);
  EXPECT_EQ(read_file(temp / "name"), kText);
  EXPECT_EQ(snapshot(temp.path()).size(), 2U);
}

// ---- no blocks ----

TEST(FreeSpace, AFileSystemThatCountsNoBlocksIsNotFull) {
  const TempDir temp;
  const int outcome = in_child([&] {
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
      return 77;
    if (mount("none", temp.path().c_str(), "ramfs", 0, nullptr) != 0) return 77;
    Proof proof;
    std::optional<FileDestination> dest;
    const Inspection seen =
        inspect_directory(proof, temp / "d", {}, BackupDestination::Room::needed, dest, {});
    for (const CheckRow& row : proof.rows())
      if (row.name == "free space") return row.ok && seen.empty && row.hint.empty() ? 0 : 1;
    return 2;
  });
  if (outcome == 77) GTEST_SKIP() << "no mounting here";
  EXPECT_EQ(outcome, 0);
}

}  // namespace
}  // namespace breakwater::storage
