#include "storage/file/key_file_io.h"

#include <csignal>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "storage/file/key_plan.h"
#include "storage/formats/key_file.h"
#include "storage/support.h"

namespace breakwater::storage {
namespace {

namespace fs = std::filesystem;

// A key file of the tenant with `keys` versions, their keys made from `seed`.
Bytes key_file(int keys, char seed = 'k', std::uint64_t tenant_id = 1002, std::int64_t cluster_id = 1) {
  KeyBackup backup{.cluster_name = "obcluster",
                   .cluster_id = cluster_id,
                   .tenant_name = "t",
                   .tenant_id = tenant_id,
                   .created = 1,
                   .tde_method = "internal",
                   .external_kms_info = {},
                   .versions = {}};
  for (int i = 1; i <= keys; ++i)
    backup.versions.push_back({.version = i,
                               .created = i,
                               .algorithm = "aes-256",
                               .key = Secret(std::string(31, seed) + static_cast<char>(i))});
  return encode(backup, nullptr, system_entropy()).value();
}

int code(const Result<>& result) {
  return result ? 0 : int{result.error().mysql_errno()};
}

// Of tenant 1002 of cluster 1.
Result<KeyFilePlan> plan_at(const std::string& path, const Bytes& bytes, const PathRules& rules = {}) {
  return plan_key_file(path, bytes, {.cluster_id = 1, .tenant_id = 1002}, rules, system_entropy(), {});
}

// Plans and writes; the error's number, or 0.
int write(const std::string& path, const Bytes& bytes) {
  const auto plan = plan_at(path, bytes);
  if (!plan) return plan.error().mysql_errno();
  return code(write_key_file(*plan, bytes, {}));
}

TEST(KeyFileIo, WritesExactlyThePathWithMissingParents) {
  const TempDir temp;
  const Bytes bytes = key_file(1);
  ASSERT_EQ(write(temp / "a//b/./key", bytes), 0);
  EXPECT_EQ(read_file(temp / "a/b/key"), as_text(bytes));
  EXPECT_EQ(read_key_file(temp / "a/b/key", {}).value(), bytes);
  EXPECT_EQ(snapshot(temp / "a/b").size(), 2U);  // no temporary file
  struct stat found{};
  ASSERT_EQ(stat((temp / "a/b/key").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777U, 0600U);
  EXPECT_EQ(found.st_nlink, 1U);
  ASSERT_EQ(stat((temp / "a/b").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777U, 0700U);
}

TEST(KeyFileIo, ReplacesOnlyAnOlderFileOfTheSameTenant) {
  const TempDir temp;
  const std::string path = temp / "key";
  ASSERT_EQ(write(path, key_file(1)), 0);
  const Bytes rotated = key_file(2);
  ASSERT_EQ(write(path, rotated), 0);
  EXPECT_EQ(read_file(path), as_text(rotated));
  const auto before = snapshot(temp.path());
  EXPECT_EQ(write(path, key_file(3, 'k', 1004)), 1086);     // another tenant's
  EXPECT_EQ(write(path, key_file(3, 'k', 1002, 2)), 1086);  // another cluster's
  EXPECT_EQ(write(path, key_file(1)), 1086);                // it would lose the second key
  EXPECT_EQ(write(path, key_file(3, 'x')), 1086);           // a namesake's: other keys under the same ids
  EXPECT_EQ(snapshot(temp.path()), before);
}

TEST(KeyFileIo, NeverOverAnythingElse) {
  const TempDir temp;
  const Bytes bytes = key_file(1);
  write_file(temp / "text", "precious");
  write_file(temp / "empty", "");
  fs::create_directory(temp / "dir");
  fs::create_symlink(temp / "text", temp / "link");
  fs::create_symlink(temp / "nowhere", temp / "dangling");
  ASSERT_EQ(mkfifo((temp / "fifo").c_str(), 0600), 0);
  const auto before = snapshot(temp.path());
  EXPECT_EQ(write(temp / "text", bytes), 1086);
  EXPECT_EQ(write(temp / "empty", bytes), 1086);
  EXPECT_EQ(write(temp / "dir", bytes), 1086);
  EXPECT_EQ(write(temp / "link", bytes), 9026);
  EXPECT_EQ(write(temp / "dangling", bytes), 9026);
  EXPECT_EQ(write(temp / "fifo", bytes), 9026);
  EXPECT_EQ(write(temp / "text/below", bytes), 4009);
  EXPECT_EQ(snapshot(temp.path()), before);
}

TEST(KeyFileIo, AFileThatAppearsBehindThePlanIsKept) {
  const TempDir temp;
  const Bytes bytes = key_file(1);
  const auto plan = plan_at(temp / "key", bytes).value();
  write_file(temp / "key", "somebody else's");
  EXPECT_EQ(code(write_key_file(plan, bytes, {})), 1086);
  EXPECT_EQ(read_file(temp / "key"), "somebody else's");
  EXPECT_EQ(snapshot(temp.path()).size(), 2U);
}

TEST(KeyFileIo, AFailingWriteLeavesNothingAndKeepsTheOldFile) {
  const TempDir temp;
  const Bytes old_file = key_file(1);
  ASSERT_EQ(write(temp / "old", old_file), 0);
  const auto before = snapshot(temp.path());
  const int outcome = in_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{50, 50};
    setrlimit(RLIMIT_FSIZE, &limit);
    if (write(temp / "new/key", old_file) != 4009) return 1;
    return write(temp / "old", key_file(2)) == 4009 ? 0 : 2;
  });
  EXPECT_EQ(outcome, 0);
  EXPECT_EQ(snapshot(temp.path()), before);
}

TEST(KeyFileIo, SettlingAfterACrash) {
  const TempDir temp;
  const Bytes bytes = key_file(1);
  const auto digest = crypto::sha256(bytes);
  const auto plan = plan_at(temp / "a/b/key", bytes).value();
  const auto again = without_anchor(plan);
  const auto settle = [&] { return settle_key_file(again, digest, {}, {}).value(); };
  EXPECT_EQ(settle(), KeySettled::removed);  // nothing had happened
  write_file(temp / ("a/b/" + plan.temp_name), "half");
  EXPECT_EQ(settle(), KeySettled::removed);
  EXPECT_FALSE(fs::exists(temp / "a"));
  ASSERT_TRUE(write_key_file(plan, bytes, {}));
  EXPECT_EQ(settle(), KeySettled::written);
  EXPECT_EQ(read_file(temp / "a/b/key"), as_text(bytes));
}

TEST(KeyFileIo, AHugeFileIsNotRead) {
  const TempDir temp;
  write_file(temp / "huge", "x");
  fs::resize_file(temp / "huge", std::uintmax_t{1} << 40U);
  EXPECT_FALSE(read_key_file(temp / "huge", {}));
  EXPECT_FALSE(read_key_file(temp / "missing", {}).value());
}

}  // namespace
}  // namespace breakwater::storage
