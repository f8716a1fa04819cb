#include <algorithm>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "storage/file/backup_destination_file.h"
#include "storage/formats/format_file.h"
#include "storage/support.h"

namespace breakwater::storage {
namespace {

namespace fs = std::filesystem;

using Probes = WritePlan::Probes;

Task<> prove_all(BackupDestination& place, const std::string& path, Proof& proof, Probes probes) {
  const Call call{deadline_in(std::chrono::seconds(60)), nullptr};
  const auto seen = co_await place.inspect(proof, BackupDestination::Room::needed, call);
  if (!seen) co_return;
  auto plan = co_await place.plan(format_for(path), false, 1'700'000'000'000'000, call);
  EXPECT_TRUE(plan);
  plan->make_only_probes(probes);
  const auto shared = std::make_shared<const WritePlan>(*std::move(plan));
  const auto probed = co_await place.probe(shared, proof, call, {});
  EXPECT_TRUE(probed && probed->undone);
}

// What CHECK BACKUP DESTINATION does.
std::vector<CheckRow> prove_path(const std::string& path, const PathRules& rules = {},
                                 Probes probes = Probes::all) {
  boost::asio::io_context io(1);  // outlives the pool, whose thread posts to it
  FilePool pool;
  const auto place = make_file_backup_destination(path, rules, pool, system_entropy());
  Proof proof;
  boost::asio::co_spawn(io.get_executor(), prove_all(*place, path, proof, probes), boost::asio::detached);
  io.run();
  return proof.rows();
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
       {"path", "mount", "free space", "permission", "content", "directory", "create-only write", "fsync",
        "write speed", "list", "link", "rename", "read back", "read speed", "overwrite", "append", "delete"})
    EXPECT_NE(row(rows, name), nullptr) << name;
  EXPECT_TRUE(fs::is_empty(temp.path()));
}

TEST(Proof, ABriefOneWritesLittleAndTellsNothingOfSpeed) {
  const TempDir temp;
  const auto rows = prove_path(temp / "a", {}, Probes::brief);
  EXPECT_EQ(failed(rows), std::vector<std::string>());
  for (const char* name : {"create-only write", "fsync", "list", "link", "rename", "overwrite", "delete"})
    EXPECT_NE(row(rows, name), nullptr) << name;
  for (const char* name : {"write speed", "read speed", "append"})
    EXPECT_EQ(row(rows, name), nullptr) << name;
  EXPECT_EQ(row(rows, "read back")->seen, "4096 bytes, the same");
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

TEST(Proof, ForeignContentFailsItsRowAndNothingIsTriedOutThere) {
  const TempDir temp;
  write_file(temp / "foreign", "x");
  const auto rows = prove_path(temp.path());
  EXPECT_EQ(failed(rows).size(), 1U);
  EXPECT_FALSE(row(rows, "content")->ok);
  EXPECT_FALSE(row(rows, "content")->hint.empty());
  EXPECT_EQ(row(rows, "create-only write"), nullptr);
}

// Where a rule bounds what can be looked at; elsewhere only what the file system itself has put there.
TEST(Proof, WhatIsInTheWayIsNamed) {
  const TempDir temp;
  write_file(temp / "b\xff\xe2\x80\xae", "x");
  const auto hint = [&](const PathRules& rules) {
    return row(prove_path(temp.path(), rules), "content")->hint;
  };
  const PathRules bounded{.restricted = true, .allow = {temp.path()}, .data_dir = ""};
  EXPECT_NE(hint(bounded).find("the directory holds b?? and has no format file"), std::string::npos)
      << hint(bounded);
  EXPECT_NE(hint({}).find("the directory is not empty and"), std::string::npos) << hint({});
  write_file(temp / "a" + std::string(200, 'a'), "x");
  EXPECT_NE(hint(bounded).find(std::string(100, 'a')), std::string::npos) << hint(bounded);
  EXPECT_EQ(hint(bounded).find(std::string(130, 'a')), std::string::npos) << hint(bounded);
  const TempDir fresh;
  fs::create_directory(fresh / "lost+found");
  const std::string below = row(prove_path(fresh.path()), "content")->hint;
  EXPECT_NE(below.find("lost+found"), std::string::npos) << below;
  EXPECT_NE(below.find("take a directory below it"), std::string::npos) << below;
}

TEST(Proof, RulesAndFilesInTheWay) {
  const TempDir temp;
  write_file(temp / "file", "x");
  EXPECT_FALSE(row(prove_path(temp / "file"), "path")->ok);
  EXPECT_FALSE(all_ok(prove_path(temp / "x", {.restricted = true, .allow = {"/nowhere"}, .data_dir = ""})));
  EXPECT_EQ(snapshot(temp.path()).size(), 2U);
}

TEST(Proof, WithoutPermission) {
  if (geteuid() != 0) GTEST_SKIP() << "needs another user";
  const TempDir temp;
  fs::permissions(temp.path(), fs::perms(0755));
  const ActingAs nobody(kNobody);
  const auto rows = prove_path(temp.path());
  EXPECT_TRUE(row(rows, "content")->ok);
  EXPECT_FALSE(row(rows, "create-only write")->ok);
}

}  // namespace
}  // namespace breakwater::storage
