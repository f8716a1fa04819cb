// The rounds and pieces of log archives as the catalogue keeps them.
#include "catalog/sqlite/sqlite.h"
#include "catalog/store/connection.h"
#include "catalog/store/store_fixture.h"

namespace breakwater::catalog {
namespace {

class StoreArchiveTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreOptions archiving = options();
    archiving.log_limit = 1 << 28U;
    store_ = value_of(open_store(std::move(archiving)));
    reader_ = value_of(store_->open_reader());
    tenant_ = make_tenant("t");
    value_of(write([&](Transaction& t) -> Result<> {
      BW_CHECK(t.archive().set_destination(tenant_, {.path = "file:///a", .dest_id = 1001}));
      return t.archive().set_archivelog(tenant_, true);
    }));
  }

  ArchiveRound round() { return *value_of(reader_->archive().round(tenant_)); }
  void set(const std::string& value) {
    value_of(write([&](Transaction& t) { return t.parameters().set(tenant_, "p", value); }));
  }
  void change(Store::Job job) { value_of(write(std::move(job))); }
  std::int64_t count(const std::string& sql) {
    return value_of(connection_of(*reader_).integer(sql)).value_or(0);
  }
  ArchivePiece piece(std::int64_t id) {
    ArchivePiece made;
    made.tenant_id = tenant_;
    made.round_id = round().round_id;
    made.piece_id = id;
    made.dest_id = 1001;
    return made;
  }
  /// The round is DOING with this piece, and the archive has everything.
  void advance(const ArchivePiece& with) {
    ArchiveRound now = round();
    const RoundStatus seen = now.status;
    now.status = RoundStatus::doing;
    now.used_piece_id = with.piece_id;
    now.checkpoint_scn = value_of(reader_->parts().last_scn());
    change([&](Transaction& t) { return t.archive().advance(now, seen, with); });
  }
  std::optional<Scn> reserve() {
    return value_of(
        write([&](Transaction& t) { return t.archive().reserve_checkpoint(tenant_, round().round_id); }));
  }

  TenantId tenant_ = 0;
};

TEST_F(StoreArchiveTest, ACheckpointIsReservedWhereNothingIsPendingAndSaidLater) {
  EXPECT_FALSE(reserve()) << "it isn't DOING";
  advance(piece(1));
  const Scn before = round().checkpoint_scn;
  const auto scn = reserve();
  ASSERT_TRUE(scn);
  EXPECT_EQ(round().checkpoint_scn, before);
  set("x");
  EXPECT_FALSE(reserve()) << "there is log";
  change([&](Transaction& t) { return t.archive().touch_checkpoint(tenant_, 1, *scn); });
  EXPECT_EQ(round().checkpoint_scn, *scn);
  EXPECT_EQ(value_of(reader_->archive().piece(tenant_, 1))->checkpoint_scn, *scn);
  EXPECT_EQ(count("SELECT COUNT(*) FROM change_log WHERE scn > " + std::to_string(*scn)), 1)
      << "what came meanwhile is behind it";
}

TEST_F(StoreArchiveTest, DeferEndsWhatIsStoppingAndLeavesAnEvent) {
  const std::string lost = "SELECT COUNT(*) FROM backup_event WHERE event = 'archive_log_lost'";
  advance(piece(1));
  change([&](Transaction& t) { return t.archive().set_state(tenant_, "DEFER"); });
  EXPECT_EQ(round().status, RoundStatus::suspending) << "a round that goes on is only suspended";
  change([&](Transaction& t) { return t.archive().set_state(tenant_, "ENABLE"); });
  set("x");
  change([&](Transaction& t) { return t.archive().set_archivelog(tenant_, false); });
  EXPECT_EQ(round().status, RoundStatus::stopping);
  EXPECT_EQ(count(lost), 0);
  change([&](Transaction& t) { return t.archive().set_state(tenant_, "DEFER"); });
  EXPECT_EQ(round().status, RoundStatus::stop);
  EXPECT_NE(round().comment.find("is lost"), std::string::npos) << round().comment;
  EXPECT_EQ(count(lost), 1);
}

TEST_F(StoreArchiveTest, EnableForgetsWhatStoodAgainstDefer) {
  advance(piece(1));
  change([&](Transaction& t) { return t.archive().set_state(tenant_, "DEFER"); });
  ArchiveRound now = round();
  now.status = RoundStatus::suspend;
  now.comment = "the store is away";
  change([&](Transaction& t) { return t.archive().advance(now, RoundStatus::suspending, std::nullopt); });
  EXPECT_EQ(round().comment, "the store is away");
  change([&](Transaction& t) { return t.archive().set_state(tenant_, "ENABLE"); });
  EXPECT_EQ(round().status, RoundStatus::beginning);
  EXPECT_EQ(round().comment, "");
}

TEST_F(StoreArchiveTest, ARoundThatIsLeftIsFollowedByOneBehindAllNumbers) {
  change([&](Transaction& t) {
    return t.archive().leave_round(tenant_, 1, {.round_id = 3, .piece_id = 4}, "taken");
  });
  EXPECT_EQ(round().round_id, 4);
  EXPECT_EQ(round().base_piece_id, 5);
  EXPECT_EQ(round().comment, "taken");
  EXPECT_EQ(count("SELECT COUNT(*) FROM archive_round"), 1) << "one that was nowhere leaves no trace";
  advance(piece(5));
  change([&](Transaction& t) { return t.archive().leave_round(tenant_, 4, {}, "again"); });
  EXPECT_EQ(round().round_id, 5);
  EXPECT_EQ(round().base_piece_id, 6);
  EXPECT_EQ(count("SELECT COUNT(*) FROM archive_round WHERE status = 'STOP' AND comment = 'again'"), 1);
  EXPECT_TRUE(write([&](Transaction& t) { return t.archive().leave_round(tenant_, 4, {}, ""); })
                  .error()
                  .is(Errc::entry_not_exist));
}

TEST_F(StoreArchiveTest, RowsOfRoundsAndPiecesAreBounded) {
  advance(piece(1));
  const std::string many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ";
  const std::string tenant = std::to_string(tenant_);
  change([&](Transaction& t) -> Result<> {
    auto& connection = connection_of(t.read());
    BW_CHECK(connection.run("UPDATE archive_round SET round_id = 100000, used_piece_id = 100000"));
    BW_CHECK(connection.run("UPDATE archive_piece SET round_id = 100000, piece_id = 100000"));
    BW_CHECK(connection.run(many + std::to_string(ArchiveWriter::kKeptRounds + 5) +
                            ") INSERT INTO archive_round SELECT " + tenant +
                            ", i, 0, 1001, '', '', 'STOP', 0, 0, 1, 0, 0, 0, 0, 0, x'', '' FROM n"));
    BW_CHECK(connection.run(many + std::to_string(ArchiveWriter::kKeptPieces + 5) +
                            ") INSERT INTO archive_piece SELECT " + tenant +
                            ", i, 1, 1001, '', 0, 1, 0, 0, 0, 1, 0, 0,"
                            " CASE WHEN i = 7000 THEN 'DELETED' ELSE 'AVAILABLE' END FROM n"));
    return {};
  });
  advance(piece(100'001));
  EXPECT_EQ(count("SELECT COUNT(*) FROM archive_piece"), ArchiveWriter::kKeptPieces);
  EXPECT_EQ(count("SELECT COUNT(*) FROM archive_piece WHERE piece_id IN (7000, 1, 2, 3, 4, 5, 6)"), 0);
  EXPECT_EQ(count("SELECT COUNT(*) FROM archive_piece WHERE piece_id IN (7, 100000, 100001)"), 3);
  change([&](Transaction& t) { return t.archive().leave_round(tenant_, 100'000, {}, ""); });
  EXPECT_EQ(count("SELECT COUNT(*) FROM archive_round"), ArchiveWriter::kKeptRounds);
  EXPECT_EQ(round().round_id, 100'001);
  EXPECT_EQ(count("SELECT MIN(round_id) FROM archive_round"), 8);
}

}  // namespace
}  // namespace breakwater::catalog
