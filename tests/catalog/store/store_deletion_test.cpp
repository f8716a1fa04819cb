// Jobs of the clean-up as rows: what may go, in which order, what FILE_STATUS says meanwhile, and what the history keeps.
#include "catalog/sqlite/sqlite.h"
#include "catalog/store/connection.h"
#include "catalog/store/store_fixture.h"

namespace breakwater::catalog {
namespace {

constexpr int kData = 1001;     ///< the current destination of sets
constexpr int kArchive = 1002;  ///< and that of pieces
constexpr int kOld = 1009;
constexpr Timestamp kDay = 86'400'000'000;

class StoreDeletionTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    tenant_ = make_tenant("t");
    id_ = std::to_string(tenant_);
    run("INSERT INTO backup_parameter(tenant_id, name, value, path, endpoint) VALUES (" + id_ +
        ", 'data_backup_dest', 'file:///d', 'file:///d', '')");
    run("INSERT INTO backup_storage_info(tenant_id, path, endpoint, dest_id, dest_type, authorization, "
        "extension,"
        " path_key, format) VALUES (" +
        id_ + ", 'file:///d', '', 1001, 'backup_data', '', '', 'file:///d', x'00')");
    run("INSERT INTO log_archive_dest VALUES (" + id_ + ", 0, 'path', 'file:///l'), (" + id_ +
        ", 0, 'dest_id', '1002')");
    run("INSERT INTO archive_round VALUES (" + id_ +
        ", 1, 0, 1002, 'file:///l', '', 'DOING', 1, 1, 1, 1, 1, 1, 1, 0, x'', ''), (" + id_ +
        ", 2, 0, 1009, 'file:///o', '', 'STOP', 1, 1, 1, 1, 1, 1, 1, 0, x'', '')");
  }

  void run(const std::string& sql) {
    value_of(write([&](Transaction& t) -> Result<> { return connection_of(t.read()).execute(sql.c_str()); }));
  }
  /// Complete at this day; `base`: the set that it builds on.
  void set_row(int number, int day, int base = 0, const std::string& file_status = "AVAILABLE",
               int dest = kData) {
    const std::string status = file_status == "INCOMPLETE" ? "FAILED"
                               : file_status == "COPYING"  ? "DOING"
                                                           : "SUCCESS";
    const std::string scn = std::to_string(scn_at(day * kDay));
    const std::string path = dest == kData ? "'file:///d'" : "'file:///o'";
    run("INSERT INTO backup_set VALUES (" + id_ + ", " + std::to_string(number) + ", 1, " +
        std::to_string(dest) + ", " + path + ", '', " + path + ", " + (base > 0 ? "1" : "0") + ", " +
        std::to_string(base) + ", " + std::to_string(base) + ", 0, '', 1, 1, '" + status + "', '" +
        file_status + "', " + scn + ", " + scn + ", 1, 77, 3, 0, '', '', 0, 'abcdef')");
  }
  /// Its last change is of this day.
  void piece_row(int number, int day, bool frozen = true, int dest = kArchive) {
    run("INSERT INTO archive_piece VALUES (" + id_ + ", " + std::to_string(number) +
        (dest == kArchive ? ", 1, " : ", 2, ") + std::to_string(dest) + ", 'file:///l', 1, " +
        (frozen ? "1" : "0") + ", 1, " + std::to_string(scn_at(day * kDay)) + ", 1, 5, 1, 55, 'AVAILABLE')");
  }
  void policy() { run("INSERT INTO backup_delete_policy VALUES (" + id_ + ", 'default', '7d', 1, 0)"); }

  Result<bool> begin(DeletionKind kind, std::vector<std::int64_t> ids = {}) {
    return write([&](Transaction& t) {
      return t.deletions().begin(
          {.tenant = tenant_, .initiator = tenant_, .kind = kind, .ids = std::move(ids)});
    });
  }
  /// What has expired at a day's end goes.
  Result<bool> obsolete(int day, bool only_if_any = false) {
    return write([&](Transaction& t) {
      return t.deletions().begin({.tenant = tenant_,
                                  .kind = DeletionKind::obsolete,
                                  .expire = day * kDay,
                                  .only_if_any = only_if_any});
    });
  }
  std::optional<DeletionTask> begin_task(std::int64_t job) {
    return value_of(write([&](Transaction& t) { return t.deletions().begin_task(key(job)); }));
  }
  Result<> step(std::function<Result<>(DeletionWriter&)> what) {
    return write([&](Transaction& t) { return what(t.deletions()); });
  }
  BackupJobKey key(std::int64_t job) const { return {.tenant_id = tenant_, .job_id = job}; }
  std::string text(const std::string& sql) {
    auto statement = value_of(connection_of(*reader_).prepare(sql));
    return value_of(statement.step()) ? statement.string(0) : "";
  }
  std::string tasks(std::int64_t job) {
    return text(
        "SELECT COALESCE(group_concat(CASE WHEN of_set THEN 'set ' ELSE 'piece ' END || id || ' ' || status, "
        "', '),"
        " '') FROM (SELECT * FROM delete_task WHERE job_id = " +
        std::to_string(job) + " ORDER BY task_id)");
  }
  std::string seen(std::int64_t job) {
    return text(
        "SELECT status || ' ' || result || ' ' || in_history || ' ' || comment FROM delete_job WHERE job_id "
        "= " +
        std::to_string(job));
  }
  std::string set_status(int number) {
    return text("SELECT file_status FROM backup_set WHERE backup_set_id = " + std::to_string(number));
  }
  std::string piece_status(int number) {
    return text("SELECT file_status FROM archive_piece WHERE piece_id = " + std::to_string(number));
  }
  /// What becomes of DELETE BACKUPSET, or ARCHIVELOG_PIECE, ids.
  std::string refusal(std::vector<std::int64_t> ids, DeletionKind kind = DeletionKind::sets) {
    value_of(begin(kind, std::move(ids)));
    const std::string job = text("SELECT MAX(job_id) FROM delete_job");
    const std::string found = seen(std::stoll(job));
    EXPECT_EQ(tasks(std::stoll(job)).empty(), found.starts_with("FAILED")) << found;
    if (!found.starts_with("FAILED")) run("UPDATE delete_job SET done = 1 WHERE job_id = " + job);
    return found;
  }

  TenantId tenant_ = 0;
  std::string id_;
};

TEST_F(StoreDeletionTest, WhatExpiresStandsBeforeTheNewestThatDoes) {
  // The documents' example: a window of 7 days on the 15th.
  set_row(1, 1);
  set_row(2, 4);
  set_row(3, 7);
  set_row(4, 10);
  piece_row(1, 3);
  piece_row(2, 7);
  piece_row(3, 8);
  value_of(obsolete(8));
  EXPECT_EQ(tasks(1), "set 2 INIT, set 1 INIT, piece 1 INIT, piece 2 INIT");
}

TEST_F(StoreDeletionTest, WhatKeptSetsBuildOnIsKeptWithItsLog) {
  set_row(1, 1);
  set_row(2, 2);
  set_row(3, 3, 2);
  set_row(4, 4, 3);
  set_row(5, 9, 4);
  piece_row(1, 1);
  piece_row(2, 3);
  value_of(obsolete(4));
  EXPECT_EQ(tasks(1), "set 1 INIT, piece 1 INIT");
}

TEST_F(StoreDeletionTest, TheLastSetStaysHoweverOldItIs) {
  set_row(1, 1);
  set_row(2, 2, 1);
  piece_row(1, 1);
  piece_row(2, 9);
  EXPECT_TRUE(value_of(obsolete(100)));
  EXPECT_EQ(tasks(1), "piece 1 INIT");
}

TEST_F(StoreDeletionTest, WithoutASetNoLogGoes) {
  piece_row(1, 1);
  set_row(1, 1, 0, "INCOMPLETE");
  set_row(2, 1, 0, "DELETED");
  EXPECT_FALSE(value_of(reader_->deletions().has_obsolete(tenant_, 100 * kDay)));
  EXPECT_FALSE(value_of(obsolete(100, true)));
  EXPECT_EQ(text("SELECT COUNT(*) FROM delete_job"), "0");
}

TEST_F(StoreDeletionTest, OnlyCurrentDestinationsAreCleanedAndNoPieceThatIsWritten) {
  set_row(1, 1, 0, "AVAILABLE", kOld);
  set_row(2, 2);
  set_row(3, 3);
  piece_row(1, 1, true, kOld);
  piece_row(2, 1, false);
  value_of(obsolete(100));
  EXPECT_EQ(tasks(1), "set 2 INIT");
}

TEST_F(StoreDeletionTest, WhatIsHalfGoneIsTakenUpAndFailedSetsGoWithTheirTime) {
  set_row(1, 1, 0, "INCOMPLETE");
  set_row(2, 2);
  set_row(3, 3, 0, "DELETING");
  set_row(4, 4, 0, "INCOMPLETE");
  run("UPDATE archive_round SET status = 'DOING'");
  piece_row(1, 50);
  run("UPDATE archive_piece SET file_status = 'DELETING'");
  EXPECT_TRUE(value_of(reader_->deletions().has_obsolete(tenant_, 0)));
  value_of(obsolete(2, true));
  EXPECT_EQ(tasks(1), "set 3 INIT, set 1 INIT, piece 1 INIT");
  EXPECT_FALSE(value_of(obsolete(2, true))) << "a job of it waits";
}

TEST_F(StoreDeletionTest, ASetThatIsBeingMadeKeepsItsBase) {
  set_row(1, 1);
  set_row(2, 2);
  set_row(3, 3, 1, "COPYING");
  value_of(obsolete(100));
  EXPECT_EQ(tasks(1), "");
}

TEST_F(StoreDeletionTest, OneRefusedIdEndsTheJobBeforeItsBegin) {
  set_row(1, 1, 0, "DELETED");
  set_row(2, 2);
  set_row(3, 3, 2);
  set_row(4, 4, 0, "INCOMPLETE");
  set_row(5, 5);
  set_row(6, 6, 5);
  set_row(7, 7, 0, "COPYING");
  set_row(8, 1, 0, "AVAILABLE", kOld);
  set_row(9, 2, 8, "AVAILABLE", kOld);
  EXPECT_EQ(refusal({99}), "FAILED -9045 1 id=99(get set failed)");
  EXPECT_EQ(refusal({2, 1, 3}), "FAILED -9045 1 id=1(already deleted)");
  EXPECT_EQ(refusal({7}), "FAILED -9045 1 id=7(status=DOING)");
  EXPECT_EQ(refusal({3, 9}), "FAILED -9045 1 id=9(delete from multiple dest is not supported)");
  EXPECT_EQ(refusal({2}), "FAILED -9045 1 id=2(dependent by backup set id=3)");
  EXPECT_EQ(refusal({5}), "FAILED -9045 1 id=5(newer than latest full backupset id=5)");
  EXPECT_EQ(refusal({3, 6}), "FAILED -9045 1 id=6(newer than latest full backupset id=5)");
  EXPECT_EQ(refusal({8}), "FAILED -9045 1 id=8(dependent by backup set id=9)");
  EXPECT_EQ(refusal({8, 9}), "INIT 0 0 ");
  EXPECT_EQ(refusal({3, 2, 3}), "INIT 0 0 ");
  EXPECT_EQ(text("SELECT group_concat(id) FROM (SELECT id FROM delete_task WHERE job_id ="
                 " (SELECT MAX(job_id) FROM delete_job) ORDER BY task_id)"),
            "3,2");
  EXPECT_EQ(refusal({4}), "INIT 0 0 ") << "a failed one may always go";
  policy();
  EXPECT_EQ(refusal({2, 3}),
            "FAILED -9045 1 id=2(cannot delete backup set in current path when delete policy is set)");
  EXPECT_EQ(refusal({8, 9}), "INIT 0 0 ") << "the policy is for the current path";
}

TEST_F(StoreDeletionTest, WithoutAFullSetNothingGoesThatIsNamedOnTheCurrentPath) {
  set_row(1, 1, 0, "DELETING");
  set_row(2, 2, 1);
  piece_row(1, 1);
  piece_row(2, 2, false);
  EXPECT_EQ(refusal({2}), "FAILED -9045 1 id=2(no full backup exists)");
  EXPECT_EQ(refusal({1}, DeletionKind::pieces), "FAILED -9069 1 id=1(no full backup exists)");
}

TEST_F(StoreDeletionTest, PiecesLikewise) {
  set_row(1, 5);
  piece_row(1, 4);
  piece_row(2, 6);
  piece_row(3, 7, false);
  piece_row(4, 7, true, kOld);
  piece_row(5, 8, false, kOld);
  EXPECT_EQ(refusal({9}, DeletionKind::pieces), "FAILED -9069 1 id=9(not exist)");
  EXPECT_EQ(refusal({1, 2}, DeletionKind::pieces),
            "FAILED -9069 1 id=2(newer than latest full backupset id=1)");
  EXPECT_EQ(refusal({3}, DeletionKind::pieces), "FAILED -9069 1 id=3(is active piece)");
  EXPECT_EQ(refusal({1, 4}, DeletionKind::pieces),
            "FAILED -9069 1 id=4(delete from multiple dest is not supported)");
  EXPECT_EQ(refusal({4, 5}, DeletionKind::pieces), "INIT 0 0 ") << "its round has stopped";
  EXPECT_EQ(refusal({1}, DeletionKind::pieces), "INIT 0 0 ");
  policy();
  EXPECT_EQ(refusal({1}, DeletionKind::pieces),
            "FAILED -9069 1 id=1(cannot delete backup piece in current path when delete policy is set)");
}

TEST_F(StoreDeletionTest, TheLastObjectOfARoundThatGoesOnStays) {
  set_row(1, 9);
  piece_row(1, 1);
  piece_row(2, 2);
  run("INSERT INTO archive_piece SELECT tenant_id, 3, 1, dest_id, path, 1, 0, 1, 1, 1, 0, 0, 0, file_status "
      "FROM"
      " archive_piece WHERE piece_id = 2");
  EXPECT_EQ(refusal({2}, DeletionKind::pieces), "FAILED -9069 1 id=2(is active piece)");
  value_of(obsolete(100));
  EXPECT_EQ(tasks(2), "piece 1 INIT");
  run("UPDATE archive_round SET status = 'STOP'");
  value_of(obsolete(100));
  EXPECT_EQ(tasks(3), "piece 1 INIT, piece 2 INIT, piece 3 INIT");
}

TEST_F(StoreDeletionTest, AllOfAnOldPathGoes) {
  set_row(1, 1, 0, "AVAILABLE", kOld);
  set_row(2, 2, 1, "AVAILABLE", kOld);
  set_row(3, 3);
  value_of(write([&](Transaction& t) {
    return t.deletions().begin({.tenant = tenant_, .kind = DeletionKind::path, .path = "file:///o"});
  }));
  EXPECT_EQ(tasks(1), "set 2 INIT, set 1 INIT");
  value_of(write([&](Transaction& t) {
    return t.deletions().begin({.tenant = tenant_, .kind = DeletionKind::path, .path = "file:///d"});
  }));
  EXPECT_EQ(seen(2), "FAILED -9045 1 id=3(newer than latest full backupset id=3)");
}

TEST_F(StoreDeletionTest, FileStatusGoesWithTheTask) {
  set_row(1, 1);
  set_row(2, 2);
  set_row(3, 3);
  value_of(obsolete(3));
  EXPECT_EQ(set_status(2), "AVAILABLE");
  EXPECT_EQ(value_of(reader_->deletions().at_hand(0, 9)).front().destination.path, "file:///d");
  EXPECT_EQ(begin_task(1)->id, 2);
  EXPECT_EQ(set_status(2), "DELETING");
  EXPECT_EQ(tasks(1), "set 2 DOING, set 1 INIT");
  EXPECT_EQ(begin_task(1)->id, 2) << "the same again, after a crash";
  value_of(step([&](auto& writer) { return writer.note_task(key(1), 1, {.files = 4, .bytes = 77}); }));
  EXPECT_EQ(set_status(2), "DELETED");
  EXPECT_EQ(begin_task(1)->id, 1);
  value_of(step([&](auto& writer) {
    return writer.note_task(key(1), 2, {.result = -4103, .comment = "another", .touched = false});
  }));
  EXPECT_EQ(set_status(1), "AVAILABLE");
  EXPECT_FALSE(begin_task(1));
  value_of(step([&](auto& writer) { return writer.finish(key(1)); }));
  EXPECT_EQ(seen(1), "FAILED -4103 1 another");
  EXPECT_EQ(text("SELECT success_task_count || ' ' || task_count FROM delete_job"), "1 2");
}

TEST_F(StoreDeletionTest, WhatWasBuiltOnMeanwhileStays) {
  set_row(1, 1);
  set_row(2, 2);
  value_of(obsolete(2));
  ASSERT_EQ(tasks(1), "set 1 INIT");
  set_row(3, 3, 1, "COPYING");
  EXPECT_EQ(begin_task(1)->refusal, "id=1(dependent by backup set id=3)");
  EXPECT_EQ(set_status(1), "AVAILABLE");
  EXPECT_EQ(tasks(1), "set 1 FAILED");
}

TEST_F(StoreDeletionTest, NoSetBuildsOnOneThatGoes) {
  set_row(1, 1, 0, "DELETING");
  const auto job = value_of(write([&](Transaction& t) {
    BackupRequest request{.initiator = tenant_, .incremental = true};
    request.targets.push_back(
        {.tenant_id = tenant_, .path = "file:///d", .destination = {.tenant_id = tenant_}});
    return t.jobs().begin(request);
  }));
  EXPECT_EQ(code_of(write([&](Transaction& t) {
              return t.jobs().note_set(
                  job, {.tenant_id = tenant_, .set_id = 1, .incremental = true, .prev_inc = 1});
            })),
            Errc::try_again);
}

TEST_F(StoreDeletionTest, TheLastPieceOfARoundThatStoppedEndsIt) {
  piece_row(1, 1, true, kOld);
  piece_row(2, 2, true, kOld);
  value_of(begin(DeletionKind::pieces, {1, 2}));
  EXPECT_FALSE(begin_task(1)->ends_round);
  value_of(step([&](auto& writer) { return writer.note_task(key(1), 1, {}); }));
  EXPECT_EQ(piece_status(1), "DELETED");
  const auto last = begin_task(1);
  EXPECT_TRUE(last->ends_round);
  EXPECT_EQ(last->destination.path, "file:///o");
}

TEST_F(StoreDeletionTest, CancelKeepsWhatIsHalfGone) {
  set_row(1, 1);
  set_row(2, 2);
  set_row(3, 3);
  value_of(obsolete(3));
  (void)begin_task(1);
  EXPECT_EQ(value_of(write([&](Transaction& t) { return t.deletions().cancel(tenant_); })), 1);
  EXPECT_EQ(code_of(write([&](Transaction& t) { return t.deletions().begin_task(key(1)); })),
            Errc::job_canceled);
  value_of(step([&](auto& writer) { return writer.cancelled(key(1)); }));
  EXPECT_EQ(seen(1), "CANCELED -4072 1 ");
  EXPECT_EQ(tasks(1), "set 2 CANCELED, set 1 CANCELED");
  EXPECT_EQ(set_status(2), "DELETING");
  EXPECT_EQ(set_status(1), "AVAILABLE");
}

TEST_F(StoreDeletionTest, JobsAndTheHistoryAreBounded) {
  set_row(1, 1);
  for (std::int64_t i = 0; i < DeletionWriter::kMaxOpen; ++i) value_of(obsolete(1));
  EXPECT_EQ(code_of(obsolete(1)), Errc::try_again);
  for (std::int64_t job = 1; job <= DeletionWriter::kMaxOpen; ++job)
    value_of(step([&](auto& writer) { return writer.finish(key(job)); }));
  EXPECT_EQ(seen(1), "DOING 0 0 ");
  EXPECT_FALSE(value_of(write([&](Transaction& t) { return t.deletions().move_shown(clock_.now()); })));
  EXPECT_EQ(seen(1), "COMPLETED 0 1 ");
  for (int i = 0; i < DeletionWriter::kKeptJobs; ++i) value_of(begin(DeletionKind::sets, {99}));
  EXPECT_EQ(text("SELECT COUNT(*) || ' ' || MIN(job_id) FROM delete_job"),
            std::to_string(DeletionWriter::kKeptJobs) + " " + std::to_string(DeletionWriter::kMaxOpen + 1));
}

TEST_F(StoreDeletionTest, ADroppedTenantTakesItsJobsWithIt) {
  set_row(1, 1);
  set_row(2, 2);
  value_of(obsolete(2));
  value_of(write([&](Transaction& t) { return t.tenants().drop(tenant_); }));
  EXPECT_EQ(text("SELECT (SELECT COUNT(*) FROM delete_job) + (SELECT COUNT(*) FROM delete_task)"), "0");
  EXPECT_FALSE(value_of(reader_->deletions().is_open(key(1))));
  EXPECT_EQ(code_of(step([&](auto& writer) { return writer.fail(key(1), -1, ""); })), Errc::entry_not_exist);
}

TEST_F(StoreDeletionTest, PoliciesAreFound) {
  EXPECT_FALSE(value_of(reader_->policies().find(tenant_)));
  policy();
  EXPECT_EQ(value_of(reader_->policies().find(tenant_))->recovery_window, "7d");
  EXPECT_EQ(value_of(reader_->policies().tenants(0, 9)), std::vector<TenantId>{tenant_});
  EXPECT_TRUE(value_of(reader_->policies().tenants(tenant_, 9)).empty());
}

}  // namespace
}  // namespace breakwater::catalog
