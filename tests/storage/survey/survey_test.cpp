#include "storage/survey/survey.h"

#include <set>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "storage/formats/line_object.h"
#include "storage/memory_medium.h"
#include "storage/support.h"

namespace breakwater::storage {
namespace {

constexpr SetName kFull{.id = 1};
constexpr SetName kInc{.id = 2, .type = SetType::incremental};
constexpr PieceName kOne{.round = {.dest_id = 1002, .round_id = 1}, .piece_id = 1};
constexpr PieceName kTwo{.round = {.dest_id = 1002, .round_id = 1}, .piece_id = 2};

std::string hex_of(const Bytes& bytes) {
  return crypto::to_hex(crypto::sha256(bytes));
}

// A destination with a full and an incremental set, and an archive with a frozen and an active piece.
class SurveyTest : public testing::Test {
 protected:
  void SetUp() override {
    put_set(kFull, 100, {});
    put_set(kInc, 200, kFull);
    put_frozen();
    put_active();
  }

  static BackupOwner owner(std::int64_t dest) {
    return {.cluster_name = "c",
            .cluster_id = 1,
            .tenant_name = "t",
            .tenant_id = 1002,
            .compatibility_mode = "MYSQL",
            .dest_id = dest};
  }

  LineObject lines(const DataKey& key, LineHeader header) {
    LineObjectWriter writer;
    EXPECT_TRUE(writer.add("{\"scn\":" + std::to_string(header.to_scn) + "}"));
    header.of = key.identity();
    return writer.finish(header, key).value();
  }

  void put_set(SetName set, std::int64_t scn, std::optional<SetName> before, const std::string& life = {},
               std::int64_t later = 0) {
    const DataKey key = DataKey::make(set_identity(owner(1001), set.id), entropy_).value();
    BackupOwner whose = owner(1001);
    whose.life = life;
    SetManifest manifest{.owner = whose,
                         .set = set,
                         .start_replay_scn = scn,
                         .min_restore_scn = scn,
                         .history = std::string(32, 'a'),
                         .key = key.wrap(backup_key_, nullptr, entropy_).value()};
    if (before) {
      manifest.prev_full_set_id = manifest.prev_set_id = before->id;
      const Bytes& base = data_.objects[set_manifest_name(*before)];
      manifest.prev_manifest_sha256 = hex_of(base);
      manifest.from_scn = decode_set_manifest(base).value().min_restore_scn + later;
    }
    for (std::int64_t number = 1; number <= 2; ++number) {
      const std::string name = set_object_name(set, "1", number);
      const LineObject object = lines(key, {.number = number, .to_scn = scn});
      data_.objects[name] = object.bytes;
      manifest.objects.push_back({name, object.bytes.size(), object.sha256, object.lines});
    }
    data_.objects[set_start_name(set)] = encode(SetStart{.owner = owner(1001), .set = set});
    data_.objects[set_manifest_name(set)] = encode(manifest, key).value();
    data_.objects[set_end_name(set, SetEnding::success, 0)] = encode(SetEnd{.set = set});
  }

  PieceStart start_of(PieceName piece, std::int64_t scn) {
    return {.owner = owner(1002),
            .round_id = 1,
            .piece_id = piece.piece_id,
            .start_scn = scn,
            .previous = previous_,
            .history = std::string(32, 'a'),
            .key = round_.wrap(backup_key_, nullptr, entropy_).value()};
  }

  // The next object of the round's log.
  ObjectEntry put_log(PieceName piece, std::int64_t number, std::int64_t from, std::int64_t to) {
    const std::string name = log_object_name(piece, number);
    const LineObject object = lines(
        round_,
        {.piece = piece.piece_id, .number = number, .from_scn = from, .to_scn = to, .previous = previous_});
    previous_ = crypto::to_hex(object.sha256);
    log_.objects[name] = object.bytes;
    return {name, object.bytes.size(), object.sha256, object.lines};
  }

  void put_frozen() {
    PieceManifest piece{.start = start_of(kOne, 50), .end_scn = 150};
    log_.objects[piece_start_name(kOne, 0)] = encode(piece.start, round_).value();
    piece.objects.push_back({put_log(kOne, 1, 50, 90), 50, 90});
    piece.objects.push_back({put_log(kOne, 2, 90, 150), 90, 150});
    log_.objects[piece_manifest_name(kOne)] = encode(piece, round_).value();
  }

  void put_active() {
    log_.objects[piece_start_name(kTwo, 0)] = encode(start_of(kTwo, 150), round_).value();
    put_log(kTwo, 1, 150, 210);
    const std::string last = previous_;
    checkpoint(1, last, 220);
    put_log(kTwo, 2, 210, 260);  // written, but not yet in the checkpoint
  }

  void checkpoint(std::int64_t number, const std::string& last, std::int64_t scn) {
    const ArchiveCheckpoint checkpoint{
        .dest_id = 1002, .round_id = 1, .piece_id = 2, .number = number, .last_sha256 = last, .scn = scn};
    log_.objects[piece_checkpoint_name(kTwo)] = encode(checkpoint, round_).value();
  }

  Survey look(MemoryMedium& medium, bool contents = false) { return look(medium, {.contents = contents}); }
  Survey look(MemoryMedium& medium, SurveyOptions options) {
    std::optional<Survey> result;
    boost::asio::io_context io(1);
    options.call = [] { return Call{deadline_in(std::chrono::seconds(30))}; };
    boost::asio::co_spawn(io, survey(medium, std::move(options)), [&](std::exception_ptr thrown, auto got) {
      if (thrown) std::rethrow_exception(thrown);
      result.emplace(std::move(got).value());
    });
    io.run();
    return *std::move(result);
  }

  Result<FoundPiece> look_at(PieceName piece) {
    std::optional<Result<FoundPiece>> result;
    boost::asio::io_context io(1);
    SurveyOptions options;
    options.call = [] { return Call{deadline_in(std::chrono::seconds(30))}; };
    boost::asio::co_spawn(io, survey_one_piece(log_, piece, options),
                          [&](std::exception_ptr thrown, auto got) {
                            if (thrown) std::rethrow_exception(thrown);
                            result.emplace(std::move(got));
                          });
    io.run();
    return *std::move(result);
  }

  std::vector<Window> both() {
    std::vector<Survey> surveys;
    surveys.push_back(look(data_));
    surveys.push_back(look(log_));
    return windows(surveys);
  }

  CountingEntropy entropy_;
  BackupKey backup_key_ = make_backup_key(entropy_).value();
  DataKey round_ = DataKey::make(round_identity(owner(1002), 1), entropy_).value();
  std::string previous_;
  MemoryMedium data_;
  MemoryMedium log_;
};

TEST_F(SurveyTest, APageOfSetsIsJudgedByThoseBeforeItToo) {
  const Survey newest = look(data_, {.most_sets = 1});
  ASSERT_EQ(newest.sets.size(), 1U);
  EXPECT_EQ(newest.sets[0].name, kInc);
  EXPECT_TRUE(newest.sets[0].restorable);
  EXPECT_EQ(newest.more_sets_before, kInc.id);
  const Survey older = look(data_, {.sets_before = kInc.id, .most_sets = 1});
  ASSERT_EQ(older.sets.size(), 1U);
  EXPECT_EQ(older.sets[0].name, kFull);
  EXPECT_FALSE(older.more_sets_before);
}

TEST_F(SurveyTest, ManySetsComeInPagesFromTheNewestOn) {
  data_.page = 1000;
  constexpr std::int64_t kMany = 2500;
  for (std::int64_t id = 10; id < 10 + kMany; ++id)
    data_.objects[id % 2 == 0 ? set_start_name({.id = id}) : set_directory({.id = id}) + "x"] = Bytes{1};
  SurveyOptions options{.most_sets = 400};
  std::set<std::int64_t> seen;
  for (int pages = 1;; ++pages) {
    ASSERT_LE(pages, 7);
    const Survey survey = look(data_, options);
    EXPECT_LE(survey.sets.size(), 400U);
    for (const FoundSet& set : survey.sets) EXPECT_TRUE(seen.insert(set.name.id).second) << set.name.id;
    if (!survey.more_sets_before) break;
    EXPECT_EQ(*survey.more_sets_before, *seen.begin());
    options.sets_before = survey.more_sets_before;
  }
  EXPECT_EQ(seen.size(), 2U + kMany);
}

TEST_F(SurveyTest, EverythingIsThere) {
  for (const bool contents : {false, true}) {
    const Survey data = look(data_, contents);
    ASSERT_EQ(data.sets.size(), 2U);
    for (const FoundSet& set : data.sets) {
      EXPECT_EQ(set.status, FoundStatus::complete);
      EXPECT_TRUE(set.restorable);
      EXPECT_TRUE(set.problems.empty());
      EXPECT_EQ(set.objects, 2U);
      EXPECT_EQ(set.manifest.owner.tenant_name, "t");
    }
    const Survey log = look(log_, contents);
    ASSERT_EQ(log.pieces.size(), 2U);
    EXPECT_EQ(log.pieces[0].status, FoundStatus::complete);
    EXPECT_EQ(log.pieces[0].whole_scn, 150);
    EXPECT_EQ(log.pieces[1].status, FoundStatus::active);
    EXPECT_EQ(log.pieces[1].whole_scn, 260);
    EXPECT_EQ(log.pieces[1].objects, 2U);
  }
}

TEST_F(SurveyTest, TheWindowGoesFromASetToWhereTheLogIsWhole) {
  const auto found = both();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].from_scn, 100);
  EXPECT_EQ(found[0].to_scn, 260);
  EXPECT_EQ(found[1].from_scn, 200);
  EXPECT_EQ(found[1].to_scn, 260);
  std::vector<Survey> alone;
  alone.push_back(look(data_));
  EXPECT_EQ(windows(alone)[0].to_scn, 100) << "only that moment without a log";
}

TEST_F(SurveyTest, AMissingOrShorterObjectDamagesItsSetAndThoseBehindIt) {
  data_.objects.erase(set_object_name(kFull, "1", 2));
  Survey found = look(data_);
  EXPECT_EQ(found.sets[0].status, FoundStatus::damaged);
  EXPECT_EQ(found.sets[0].problems.texts[0], "missing: backup_set_1_full/infos/data_1_2.obbak");
  EXPECT_EQ(found.sets[1].status, FoundStatus::complete);
  EXPECT_FALSE(found.sets[1].restorable);
  EXPECT_FALSE(found.sets[1].problems.empty());
  EXPECT_TRUE(both().empty());
}

TEST_F(SurveyTest, AChangedObjectIsFoundByItsContents) {
  data_.objects[set_object_name(kInc, "1", 1)].back() ^= 1U;
  EXPECT_EQ(look(data_).sets[1].status, FoundStatus::complete);
  EXPECT_EQ(look(data_, true).sets[1].status, FoundStatus::damaged);
}

TEST_F(SurveyTest, WithoutAManifestASetIsIncomplete) {
  data_.objects.erase(set_manifest_name(kInc));
  EXPECT_EQ(look(data_).sets[1].status, FoundStatus::incomplete);
  std::erase_if(data_.objects,
                [](const auto& object) { return object.first.starts_with("backup_set_2_inc/"); });
  const Survey found = look(data_);
  ASSERT_EQ(found.sets.size(), 2U) << "its start says that it was begun";
  EXPECT_EQ(found.sets[1].status, FoundStatus::incomplete);
}

TEST_F(SurveyTest, ADamagedManifestAndThatOfAnotherSetAreFound) {
  data_.objects[set_manifest_name(kInc)] = data_.objects[set_manifest_name(kFull)];
  EXPECT_EQ(look(data_).sets[1].status, FoundStatus::damaged);
  data_.objects[set_manifest_name(kInc)] = Bytes(kMaxManifest + 1);
  EXPECT_EQ(look(data_).sets[1].status, FoundStatus::damaged);
  log_.objects[piece_manifest_name(kOne)][5] ^= 1U;
  EXPECT_EQ(look(log_).pieces[0].status, FoundStatus::damaged);
}

TEST_F(SurveyTest, AnotherFullSetOfThatNumberIsNotWhatTheNextBuildsOn) {
  put_set(kFull, 120, {});
  const Survey found = look(data_);
  EXPECT_TRUE(found.sets[0].restorable);
  EXPECT_FALSE(found.sets[1].restorable);
}

TEST_F(SurveyTest, ASetOfAnotherLifeOrWithAGapBehindItsBaseIsNotRestorable) {
  EXPECT_TRUE(look(data_).sets[1].restorable);
  put_set(kInc, 200, kFull, "another");
  EXPECT_FALSE(look(data_).sets[1].restorable);
  put_set(kInc, 200, kFull, {}, 1);
  EXPECT_FALSE(look(data_).sets[1].restorable);
}

TEST_F(SurveyTest, ADiscardedSetIsDeleted) {
  data_.discarded.insert(set_manifest_name(kInc));
  const Survey found = look(data_);
  EXPECT_EQ(found.sets[1].status, FoundStatus::deleted);
  EXPECT_FALSE(found.sets[1].restorable);
}

TEST_F(SurveyTest, TheLogIsWholeUpToItsFirstGap) {
  log_.objects.erase(log_object_name(kTwo, 1));
  Survey found = look(log_);
  EXPECT_EQ(found.pieces[1].status, FoundStatus::damaged);
  EXPECT_EQ(found.pieces[1].whole_scn, 150);
  log_.objects.erase(log_object_name(kOne, 2));
  found = look(log_);
  EXPECT_EQ(found.pieces[0].whole_scn, 90);
  EXPECT_EQ(both()[0].to_scn, 100) << "the log ends before the set";
}

TEST_F(SurveyTest, AHoleInAnActivePieceIsShown) {
  put_log(kTwo, 3, 260, 300);
  put_log(kTwo, 4, 300, 320);
  log_.objects.erase(log_object_name(kTwo, 3));
  for (const bool checkpoint : {true, false}) {
    if (!checkpoint) log_.objects.erase(piece_checkpoint_name(kTwo));
    for (const bool contents : {false, true}) {
      const Survey found = look(log_, contents);
      EXPECT_EQ(found.pieces[1].status, FoundStatus::damaged);
      EXPECT_EQ(found.pieces[1].whole_scn, 260);
      ASSERT_EQ(found.pieces[1].problems.texts.size(), 1U);
      EXPECT_EQ(found.pieces[1].problems.texts[0], "missing: " + log_object_name(kTwo, 3));
    }
  }
}

TEST_F(SurveyTest, ASetIsNotJoinedWithTheLogOfAnotherLife) {
  std::vector<Survey> surveys;
  surveys.push_back(look(data_));
  surveys.push_back(look(log_));
  ASSERT_EQ(windows(surveys)[0].to_scn, 260);
  const auto joined = [&](auto change) {
    std::vector<Survey> changed = surveys;
    for (FoundPiece& piece : changed[1].pieces) change(piece.start);
    return windows(changed)[0].to_scn != windows(changed)[0].from_scn;
  };
  EXPECT_FALSE(joined([](PieceStart& start) { start.owner.life = "2"; })) << "a tenant made anew";
  EXPECT_FALSE(joined([](PieceStart& start) { start.key.fingerprint = "0123456789abcdef"; }))
      << "an installation";
  EXPECT_FALSE(joined([](PieceStart& start) { start.owner.cluster_name = "d"; }));
  EXPECT_FALSE(joined([](PieceStart& start) { start.owner.incarnation = 2; }));
  EXPECT_TRUE(joined([](PieceStart& start) { start.owner.tenant_name = "renamed"; }));
}

TEST_F(SurveyTest, OnePieceIsFoundAsAmongAll) {
  const Survey all = look(log_);
  for (const FoundPiece& piece : all.pieces) {
    const auto one = look_at(piece.name);
    ASSERT_TRUE(one);
    EXPECT_EQ(one->status, piece.status);
    EXPECT_EQ(one->whole_scn, piece.whole_scn);
    EXPECT_EQ(one->start, piece.start);
    EXPECT_EQ(one->bytes, piece.bytes);
  }
  // Number 12 isn't number 1.
  log_.objects[piece_start_name({.round = kOne.round, .piece_id = 12}, 0)] = {1};
  EXPECT_EQ(look_at(kOne)->status, FoundStatus::complete);
  EXPECT_EQ(look_at({.round = kOne.round, .piece_id = 3})->status, FoundStatus::incomplete);
  log_.objects.erase(log_object_name(kOne, 1));
  EXPECT_EQ(look_at(kOne)->status, FoundStatus::damaged);
  EXPECT_EQ(look_at(kTwo)->status, FoundStatus::active);
}

TEST_F(SurveyTest, APieceThatGrowsWhileItIsLookedAtIsNotDamaged) {
  // Behind the list an object is written, and the checkpoint with it.
  std::int64_t number = 2;
  int times = 3;
  log_.before_get = [&](const std::string& name) {
    if (name != piece_checkpoint_name(kTwo) || times-- <= 0) return;
    number += 1;
    put_log(kTwo, number, 200 + number * 20, 220 + number * 20);
    checkpoint(number, previous_, 220 + number * 20);
  };
  const auto found = look_at(kTwo);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->status, FoundStatus::active);
  EXPECT_EQ(found->objects, static_cast<std::uint64_t>(number));
  times = 1000;
  const auto never = look_at(kTwo);
  ASSERT_FALSE(never);
  EXPECT_TRUE(never.error().is(Errc::try_again));
}

TEST_F(SurveyTest, ATornObjectBehindTheCheckpointEndsTheLogThere) {
  log_.objects[log_object_name(kTwo, 2)].resize(40);
  const Survey found = look(log_);
  EXPECT_EQ(found.pieces[1].status, FoundStatus::damaged);
  EXPECT_EQ(found.pieces[1].whole_scn, 220);
}

TEST_F(SurveyTest, AHostileCheckpointMovesNothing) {
  checkpoint(INT64_MAX, std::string(64, 'a'), INT64_MAX);
  EXPECT_EQ(look(log_).pieces[1].whole_scn, 260);
  checkpoint(2, std::string(64, 'a'), 230);
  EXPECT_EQ(look(log_, true).pieces[1].whole_scn, 260);
  log_.objects[piece_checkpoint_name(kTwo)] = {1, 2, 3};
  EXPECT_FALSE(look(log_).pieces[1].problems.empty());
}

TEST_F(SurveyTest, OtherObjectsAndHostileNamesDontMatter) {
  data_.objects["backup_set_x/y"] = {1};
  data_.objects["backup_sets/what"] = {1};
  data_.objects["backup_set_9_full/infos/data_1_1.obbak"] = {1};
  const Survey found = look(data_);
  ASSERT_EQ(found.sets.size(), 3U);
  EXPECT_EQ(found.sets[2].status, FoundStatus::incomplete);
}

// A store that lists for ever.
class EndlessMedium final : public Medium {
 public:
  Task<Result<Put>> put_new(std::string /*name*/, Content /*content*/, Call /*call*/) override {
    co_return Put::exists;
  }
  Task<Result<>> replace(std::string /*name*/, Content /*content*/, Call /*call*/) override {
    co_return Result<>{};
  }
  Task<Result<std::optional<Bytes>>> get(std::string /*name*/, std::size_t /*limit*/,
                                         Call /*call*/) override {
    co_return std::nullopt;
  }
  Task<Result<Page>> list(std::string /*prefix*/, std::string after, Call /*call*/) override {
    co_return Page{.next = after == "a" ? "b" : "a"};
  }
  Task<Result<>> remove(std::string /*name*/, Call /*call*/) override { co_return Result<>{}; }
  Task<Result<>> discard(std::string /*name*/, Call /*call*/) override { co_return Result<>{}; }
  Task<Result<bool>> is_discarded(std::string /*name*/, Call /*call*/) override { co_return false; }
  Task<Result<>> sweep(std::string /*directory*/, Call /*call*/) override { co_return Result<>{}; }
  Task<Result<std::optional<FoundFormat>>> read_format(Call /*call*/) override { co_return std::nullopt; }
};

TEST(Survey, AStoreThatListsForEverIsGivenUp) {
  EndlessMedium medium;
  boost::asio::io_context io(1);
  SurveyOptions options;
  options.call = [] { return Call{}; };
  boost::asio::co_spawn(io, survey(medium, std::move(options)), [](std::exception_ptr thrown, auto got) {
    if (thrown) std::rethrow_exception(thrown);
    EXPECT_TRUE(got.error().is(Errc::io_error));
  });
  io.run();
}

TEST(Problems, AreCountedBeyondTheirLimit) {
  Problems problems;
  for (int i = 0; i < 20; ++i) problems.add("x");
  EXPECT_EQ(problems.texts.size(), Problems::kMostProblems);
  EXPECT_EQ(problems.more, 4U);
}

// Each says as much as it may.
TEST_F(SurveyTest, WhatManifestsSayTogetherIsBounded) {
  const DataKey key = DataKey::make(set_identity(owner(1001), 1), entropy_).value();
  const std::string most(1024, 'x');
  for (std::int64_t id = 10; id < 7'010; ++id) {
    SetManifest manifest{.owner = owner(1001),
                         .set = {.id = id},
                         .cluster_version = most,
                         .key = key.wrap(backup_key_, nullptr, entropy_).value()};
    manifest.owner.cluster_name = manifest.owner.tenant_name = manifest.owner.life = most;
    data_.objects[set_manifest_name(manifest.set)] = encode(manifest, key).value();
  }
  SurveyOptions options;
  options.call = [] { return Call{deadline_in(std::chrono::seconds(120))}; };
  boost::asio::io_context io(1);
  std::optional<Result<Survey>> result;
  boost::asio::co_spawn(io, survey(data_, options), [&](std::exception_ptr thrown, auto got) {
    if (thrown) std::rethrow_exception(thrown);
    result.emplace(std::move(got));
  });
  io.run();
  ASSERT_TRUE(result.has_value() && !result->has_value());
  EXPECT_TRUE(result->error().is(Errc::size_overflow)) << result->error().hint();
}

}  // namespace
}  // namespace breakwater::storage
