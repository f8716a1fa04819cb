#include "storage/proof.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "storage/format_file.h"
#include "storage/support.h"

namespace breakwater::storage {
namespace {

namespace fs = std::filesystem;

std::vector<CheckRow> prove_path(const std::string& path, const PathRules& rules = {}) {
  return prove(parse_destination("file://" + path).value(), rules, system_entropy(), {});
}

const CheckRow* row(const std::vector<CheckRow>& rows, std::string_view name) {
  const auto found = std::ranges::find(rows, name, &CheckRow::name);
  return found == rows.end() ? nullptr : &*found;
}

std::vector<std::string> failed(const std::vector<CheckRow>& rows) {
  std::vector<std::string> names;
  for (const CheckRow& each : rows)
    if (!each.ok) names.push_back(each.name + ": " + each.hint);
  return names;
}

TEST(Proof, AMissingDirectoryIsProvedAndGoneAgain) {
  const TempDir temp;
  const auto rows = prove_path(temp / "a/b");
  EXPECT_EQ(failed(rows), std::vector<std::string>());
  EXPECT_TRUE(all_ok(rows));
  for (const char* name :
       {"path", "mount", "free space", "directory", "permission", "content", "create-only write", "fsync",
        "link", "rename", "read back", "overwrite", "delete", "clean up"})
    EXPECT_NE(row(rows, name), nullptr) << name;
  EXPECT_TRUE(fs::is_empty(temp.path()));
}

TEST(Proof, AFormattedDirectoryIsDescribedAndUntouched) {
  const TempDir temp;
  write_file(temp / "format", encode(FormatFile{.cluster_name = "c",
                                                .tenant_name = "t",
                                                .path = "file:///x",
                                                .cluster_id = 1,
                                                .tenant_id = 1002,
                                                .incarnation = 1,
                                                .dest_id = 1001,
                                                .dest_type = 1,
                                                .created = 1}));
  const auto before = snapshot(temp.path());
  const auto rows = prove_path(temp.path());
  EXPECT_TRUE(all_ok(rows));
  EXPECT_EQ(row(rows, "content")->seen,
            "formatted: log archive of cluster c (1), tenant t (1002), destination 1001");
  EXPECT_EQ(snapshot(temp.path()), before);
}

TEST(Proof, ForeignContentFailsItsRowAndTheRestGoesOn) {
  const TempDir temp;
  write_file(temp / "foreign", "x");
  const auto rows = prove_path(temp.path());
  EXPECT_EQ(failed(rows).size(), 1U);
  EXPECT_FALSE(row(rows, "content")->ok);
  EXPECT_FALSE(row(rows, "content")->hint.empty());
  EXPECT_TRUE(row(rows, "delete")->ok);
}

TEST(Proof, RulesAndFilesInTheWay) {
  const TempDir temp;
  write_file(temp / "file", "x");
  EXPECT_FALSE(row(prove_path(temp / "file"), "path")->ok);
  EXPECT_FALSE(all_ok(prove_path(temp / "x", {.allow = {"/nowhere"}, .data_dir = ""})));
  EXPECT_EQ(snapshot(temp.path()).size(), 2U);
}

TEST(Proof, WithoutPermission) {
  if (geteuid() != 0) GTEST_SKIP() << "needs another user";
  const TempDir temp;
  fs::permissions(temp.path(), fs::perms(0755));
  const int outcome = in_child([&] {
    if (setuid(65534) != 0) return 1;
    const auto rows = prove_path(temp.path());
    return !row(rows, "create-only write")->ok && row(rows, "content")->ok ? 0 : 2;
  });
  EXPECT_EQ(outcome, 0);
}

TEST(Proof, ObjectStoresAreNotPretended) {
  const auto rows =
      prove(parse_destination("oss://b/p?host=h&access_id=i&access_key=k").value(), {}, system_entropy(), {});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].name, "scheme");
  EXPECT_FALSE(rows[0].ok);
  EXPECT_NE(rows[0].hint.find("file systems only"), std::string::npos);
}

}  // namespace
}  // namespace breakwater::storage
