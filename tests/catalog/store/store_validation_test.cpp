// Jobs of VALIDATE as rows: which sets and pieces they have, how they end, and what the history keeps.
#include "catalog/sqlite/sqlite.h"
#include "catalog/store/connection.h"
#include "catalog/store/store_fixture.h"

namespace breakwater::catalog {
namespace {

class StoreValidationTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    tenant_ = make_tenant("t");
    id_ = std::to_string(tenant_);
  }

  void run(const std::string& sql) {
    value_of(write([&](Transaction& t) -> Result<> { return connection_of(t.read()).execute(sql.c_str()); }));
  }
  void set_row(int number, const std::string& status, const std::string& file_status, int dest_id = 1001) {
    run("INSERT INTO backup_set VALUES (" + id_ + ", " + std::to_string(number) + ", 1, " +
        std::to_string(dest_id) + ", 'file:///d', '', 'file:///d', 0, 0, 0, 0, '', 1, 1, '" + status +
        "', '" + file_status + "', 1, 1, 1, 1, 1, 0, '', '', 1, '')");
  }
  void piece_row(int number, const std::string& file_status) {
    run("INSERT OR IGNORE INTO archive_round VALUES (" + id_ +
        ", 1, 0, 1002, 'file:///l', '', 'STOP', 1, 1, 1, 1, 1, 1, 1, 0, x'', '')");
    run("INSERT INTO archive_piece VALUES (" + id_ + ", " + std::to_string(number) +
        ", 1, 1002, 'file:///l', 1, 1, 1, 1, 1, 1, 1, 1, '" + file_status + "')");
  }
  Result<> begin(ValidationKind kind, std::vector<std::int64_t> ids = {}) {
    return write([&](Transaction& t) {
      return t.validations().begin(
          {.initiator = tenant_, .tenants = {tenant_}, .kind = kind, .ids = std::move(ids)});
    });
  }
  Result<> step(std::function<Result<>(ValidationWriter&)> what) {
    return write([&](Transaction& t) { return what(t.validations()); });
  }
  BackupJobKey key(std::int64_t job) const { return {.tenant_id = tenant_, .job_id = job}; }
  std::string text(const std::string& sql) {
    auto statement = value_of(connection_of(*reader_).prepare(sql));
    return value_of(statement.step()) ? statement.string(0) : "";
  }
  std::string tasks(std::int64_t job) {
    return text(
        "SELECT COALESCE(group_concat(task_id || CASE WHEN of_set THEN ' set ' ELSE ' piece ' END || id || ' "
        "' ||"
        " status, ', '), '') FROM (SELECT * FROM validate_task WHERE job_id = " +
        std::to_string(job) + " ORDER BY task_id)");
  }
  std::string seen(std::int64_t job) {
    return text(
        "SELECT status || ' ' || result || ' ' || in_history || ' ' || comment FROM validate_job WHERE"
        " job_id = " +
        std::to_string(job));
  }

  TenantId tenant_ = 0;
  std::string id_;
};

TEST_F(StoreValidationTest, WithoutIdsOnlyWhatIsAvailableIsATask) {
  set_row(1, "SUCCESS", "DELETED");
  set_row(2, "SUCCESS", "AVAILABLE");
  set_row(3, "FAILED", "INCOMPLETE");
  set_row(4, "DOING", "COPYING");
  set_row(5, "SUCCESS", "AVAILABLE", 1009);
  piece_row(1, "DELETED");
  piece_row(2, "AVAILABLE");
  value_of(begin(ValidationKind::sets));
  EXPECT_EQ(tasks(1), "1 set 2 INIT, 2 set 5 INIT");
  value_of(begin(ValidationKind::pieces));
  EXPECT_EQ(tasks(2), "1 piece 2 INIT");
  EXPECT_EQ(text("SELECT path || ' ' || task_count FROM validate_job WHERE job_id = 2"), "file:///l 1");
  EXPECT_EQ(value_of(reader_->validations().next_task(key(2)))->destination.path, "file:///l");
  // The tenant has no destination now.
  value_of(begin(ValidationKind::all));
  EXPECT_EQ(tasks(3), "");
}

TEST_F(StoreValidationTest, OneRefusedIdEndsTheJobBeforeItsBegin) {
  set_row(1, "SUCCESS", "DELETED");
  set_row(2, "SUCCESS", "AVAILABLE");
  set_row(3, "FAILED", "INCOMPLETE");
  set_row(4, "DOING", "COPYING");
  piece_row(1, "DELETED");
  const std::pair<std::int64_t, const char*> refused[] = {
      {1, "already deleted"}, {3, "invalid"}, {4, "status=DOING"}, {9, "get set failed"}};
  std::int64_t job = 0;
  for (const auto& [id, why] : refused) {
    value_of(begin(ValidationKind::sets, {2, id}));
    EXPECT_EQ(seen(++job), "FAILED -4018 1 id=" + std::to_string(id) + "(" + why + ")");
    EXPECT_EQ(tasks(job), "");
  }
  value_of(begin(ValidationKind::pieces, {1}));
  EXPECT_EQ(seen(++job), "FAILED -4018 1 id=1(already deleted)");
  value_of(begin(ValidationKind::pieces, {7}));
  EXPECT_EQ(seen(++job), "FAILED -4018 1 id=7(get piece failed)");
  value_of(begin(ValidationKind::sets, {2, 2}));
  EXPECT_EQ(tasks(++job), "1 set 2 INIT");
}

TEST_F(StoreValidationTest, AJobGoesThroughItsTasksAndFailsWithTheFirstBadOne) {
  for (const int number : {1, 2, 3}) set_row(number, "SUCCESS", "AVAILABLE");
  value_of(begin(ValidationKind::sets));
  value_of(step([&](auto& writer) { return writer.start(key(1)); }));
  EXPECT_EQ(tasks(1), "1 set 1 DOING, 2 set 2 INIT, 3 set 3 INIT");
  value_of(step(
      [&](auto& writer) { return writer.note_task(key(1), 1, {.total_bytes = 5, .validated_bytes = 5}); }));
  EXPECT_EQ(tasks(1), "1 set 1 SUCCESS, 2 set 2 DOING, 3 set 3 INIT");
  value_of(step([&](auto& writer) { return writer.put_off(key(1), 7, "later"); }));
  EXPECT_EQ(value_of(reader_->validations().at_hand(0, 9)).front().attempts, 1);
  value_of(
      step([&](auto& writer) { return writer.note_task(key(1), 2, {.result = -4103, .comment = "bad"}); }));
  EXPECT_EQ(value_of(reader_->validations().at_hand(0, 9)).front().attempts, 0);
  value_of(step([&](auto& writer) { return writer.note_task(key(1), 3, {}); }));
  value_of(step([&](auto& writer) { return writer.finish(key(1)); }));
  EXPECT_EQ(seen(1), "FAILED -4103 1 bad");
  EXPECT_EQ(text("SELECT success_task_count FROM validate_job"), "2");
  EXPECT_EQ(code_of(step([&](auto& writer) { return writer.start(key(1)); })), Errc::entry_not_exist);
}

TEST_F(StoreValidationTest, WhatIsDoneIsShownAndACancelledJobIsNot) {
  set_row(1, "SUCCESS", "AVAILABLE");
  value_of(begin(ValidationKind::sets));
  value_of(begin(ValidationKind::sets));
  value_of(step([&](auto& writer) { return writer.start(key(1)); }));
  value_of(step([&](auto& writer) { return writer.note_task(key(1), 1, {.comment = "not decrypted"}); }));
  value_of(step([&](auto& writer) { return writer.finish(key(1)); }));
  EXPECT_EQ(seen(1), "DOING 0 0 not decrypted");
  EXPECT_EQ(value_of(write([&](Transaction& t) { return t.validations().cancel(tenant_); })), 1);
  EXPECT_EQ(code_of(step([&](auto& writer) { return writer.start(key(2)); })), Errc::job_canceled);
  value_of(step([&](auto& writer) { return writer.cancelled(key(2)); }));
  EXPECT_EQ(seen(2), "CANCELED -4072 1 ");
  EXPECT_EQ(tasks(2), "1 set 1 CANCELED");
  const Timestamp later = clock_.now() + 60'000'000;
  EXPECT_FALSE(value_of(write([&](Transaction& t) { return t.validations().move_shown(later); })));
  EXPECT_EQ(seen(1), "COMPLETED 0 1 not decrypted");
}

TEST_F(StoreValidationTest, WaitingJobsAndTheHistoryAreBounded) {
  set_row(1, "SUCCESS", "AVAILABLE");
  for (std::int64_t i = 0; i < ValidationWriter::kMaxOpen; ++i) value_of(begin(ValidationKind::sets));
  EXPECT_EQ(code_of(begin(ValidationKind::sets)), Errc::try_again);
  for (std::int64_t job = 1; job <= ValidationWriter::kMaxOpen; ++job)
    value_of(step([&](auto& writer) { return writer.fail(key(job), -9070, "why"); }));
  for (int i = 0; i < ValidationWriter::kKeptJobs; ++i) value_of(begin(ValidationKind::sets, {99}));
  EXPECT_EQ(
      text("SELECT COUNT(*) || ' ' || MIN(job_id) FROM validate_job"),
      std::to_string(ValidationWriter::kKeptJobs) + " " + std::to_string(ValidationWriter::kMaxOpen + 1));
  EXPECT_EQ(text("SELECT COUNT(*) FROM validate_task"), "0");
  // Tasks too, but for those of the newest.
  for (int i = 0; i < 2; ++i) {
    value_of(begin(ValidationKind::sets));
    const std::int64_t job = ValidationWriter::kMaxOpen + ValidationWriter::kKeptJobs + 1 + i;
    run("UPDATE validate_job SET task_count = " + std::to_string(ValidationWriter::kKeptTasks + 1) +
        " WHERE job_id = " + std::to_string(job));
    value_of(step([&](auto& writer) { return writer.fail(key(job), -9070, "why"); }));
  }
  EXPECT_EQ(text("SELECT COUNT(*) FROM validate_job"), "1");
  EXPECT_EQ(text("SELECT COUNT(*) FROM validate_task"), "1");
}

TEST_F(StoreValidationTest, ADroppedTenantTakesItsJobsWithIt) {
  set_row(1, "SUCCESS", "AVAILABLE");
  value_of(begin(ValidationKind::sets));
  value_of(write([&](Transaction& t) { return t.tenants().drop(tenant_); }));
  EXPECT_EQ(text("SELECT (SELECT COUNT(*) FROM validate_job) + (SELECT COUNT(*) FROM validate_task)"), "0");
  EXPECT_EQ(code_of(step([&](auto& writer) { return writer.fail(key(1), -1, ""); })), Errc::entry_not_exist);
}

}  // namespace
}  // namespace breakwater::catalog
