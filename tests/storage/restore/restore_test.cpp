#include <functional>
#include <future>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include "storage/formats/line_object.h"
#include "storage/memory_medium.h"
#include "storage/restore/backup_reader.h"
#include "storage/restore/restore_plan.h"
#include "storage/support.h"

namespace breakwater::storage {
namespace {

constexpr SetName kFull{.id = 1};
constexpr SetName kInc{.id = 2, .type = SetType::incremental};
constexpr PieceName kOne{.round = {.dest_id = 1002, .round_id = 1}, .piece_id = 1};
constexpr PieceName kTwo{.round = {.dest_id = 1002, .round_id = 1}, .piece_id = 2};

using Lines = std::vector<std::string>;

const std::string kHistory(32, 'a');

/// Takes the plain texts of all lines; "?" where there was no key.
class Taker final : public BackupVisitor {
 public:
  explicit Taker(std::string stop_at) : stop_at_(std::move(stop_at)) {}
  Result<bool> line(std::string_view line, const DataKey* key) override {
    if (on_line) on_line();
    if (key == nullptr) return found.push_back("?"), true;
    BW_TRY(const Secret plain, key->open("v", crypto::from_hex(line).value()));
    found.emplace_back(plain.reveal());
    return found.back() != stop_at_;
  }
  Result<> log_begins(std::string_view of) override {
    history = of;
    return {};
  }
  Result<> end() override {
    ended = true;
    return {};
  }

  Lines found;
  std::string history = "no log";
  bool ended = false;
  std::function<void()> on_line;

 private:
  const std::string stop_at_;
};

// A full set at 100, an incremental one at 200; a log from 50 on: 50-90, 90-150, then in a second piece 150-210, 210-260,
// with a checkpoint at 300. Each object's one line is its last SCN, sealed.
class RestoreTest : public testing::Test {
 protected:
  void SetUp() override {
    password_ = derive(Secret(std::string_view("pw")), entropy_, {.n = 16, .r = 1, .p = 1}).value();
    put_set(kFull, 100, {});
    put_set(kInc, 200, kFull);
    PieceManifest frozen{.start = start_of(kOne, 50), .end_scn = 150};
    log_.objects[piece_start_name(kOne, 0)] = encode(frozen.start, round_).value();
    frozen.objects.push_back({put_log(kOne, 1, 50, 90), 50, 90});
    frozen.objects.push_back({put_log(kOne, 2, 90, 150), 90, 150});
    log_.objects[piece_manifest_name(kOne)] = encode(frozen, round_).value();
    log_.objects[piece_start_name(kTwo, 0)] = encode(start_of(kTwo, 150), round_).value();
    put_log(kTwo, 1, 150, 210);
    put_log(kTwo, 2, 210, 260);
    const ArchiveCheckpoint checkpoint{
        .dest_id = 1002, .round_id = 1, .piece_id = 2, .number = 2, .last_sha256 = previous_, .scn = 300};
    log_.objects[piece_checkpoint_name(kTwo)] = encode(checkpoint, round_).value();
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
    const Secret plain(std::to_string(header.to_scn));
    LineObjectWriter writer;
    EXPECT_TRUE(writer.add(crypto::to_hex(key.seal("v", plain, entropy_).value())));
    header.of = key.identity();
    return writer.finish(header, key).value();
  }

  void put_set(SetName set, std::int64_t scn, std::optional<SetName> before) {
    const DataKey key = DataKey::make(set_identity(owner(1001), set.id), entropy_).value();
    SetManifest manifest{.owner = owner(1001),
                         .set = set,
                         .min_restore_scn = scn,
                         .history = kHistory,
                         .key = key.wrap(backup_key_, &password_, entropy_).value()};
    if (rounds_in_sets_) {
      manifest.round = SetRound{
          .dest_id = 1002, .round_id = 1, .key = round_.wrap(backup_key_, &password_, entropy_).value()};
    }
    if (before) {
      manifest.prev_set_id = before->id;
      manifest.prev_manifest_sha256 =
          crypto::to_hex(crypto::sha256(data_.objects[set_manifest_name(*before)]));
      manifest.from_scn = decode_set_manifest(data_.objects[set_manifest_name(*before)])->min_restore_scn;
    }
    const std::string name = set_object_name(set, "1", 1);
    const LineObject object = lines(key, {.number = 1, .to_scn = scn});
    data_.objects[name] = object.bytes;
    manifest.objects.push_back({name, object.bytes.size(), object.sha256, object.lines});
    data_.objects[set_manifest_name(set)] = encode(manifest, key).value();
  }

  PieceStart start_of(PieceName piece, std::int64_t scn) {
    return {.owner = owner(1002),
            .round_id = 1,
            .piece_id = piece.piece_id,
            .start_scn = scn,
            .previous = previous_,
            .history = kHistory,
            .key = round_.wrap(backup_key_, rounds_in_sets_ ? nullptr : &password_, entropy_).value()};
  }

  ObjectEntry put_log(PieceName piece, std::int64_t number, std::int64_t from, std::int64_t to) {
    const std::string name = log_object_name(piece, number);
    const LineObject object = lines(
        round_,
        {.piece = piece.piece_id, .number = number, .from_scn = from, .to_scn = to, .previous = previous_});
    previous_ = crypto::to_hex(object.sha256);
    log_.objects[name] = object.bytes;
    return {name, object.bytes.size(), object.sha256, object.lines};
  }

  static Call soon() { return {deadline_in(std::chrono::seconds(30)), nullptr}; }

  template <class T>
  T run(Task<T> task) {
    std::optional<T> result;
    boost::asio::co_spawn(io_, std::move(task), [&](std::exception_ptr thrown, T value) {
      if (thrown) std::rethrow_exception(thrown);
      result.emplace(std::move(value));
    });
    io_.restart();
    io_.run();
    return *std::move(result);
  }

  Survey look(Medium& medium) {
    SurveyOptions options;
    options.call = soon;
    return run(survey(medium, std::move(options))).value();
  }

  Result<RestorePlan> plan(std::optional<std::int64_t> until, bool with_log = true) {
    const Survey data = look(data_);
    const Survey log = look(log_);
    return plan_restore(data, with_log ? &log : nullptr, {.until = until, .unjoined = {}});
  }

  BackupSource source() {
    BackupSource source{
        .data = data_, .archive = &log_, .workers = workers_, .parsers = parsers_, .call = soon};
    source.most_set_lines = most_set_lines_;
    return source;
  }

  Result<Lines> read(const RestorePlan& plan, const RestoreKeys& keys, BackupRead* report = nullptr) {
    Taker taker(stop_at_);
    auto got = run(read_backup(source(), plan, keys, taker));
    if (!got) return fail(std::move(got).error());
    EXPECT_TRUE(taker.ended);
    if (report != nullptr) *report = *std::move(got);
    return taker.found;
  }

  RestoreKeys by_key() const {
    RestoreKeys keys;
    keys.backup_keys.push_back({backup_key_.key.clone(), backup_key_.fingerprint});
    return keys;
  }

  static bool is_closed(const Result<Lines>& got) {
    return !got && got.error().is(Errc::backup_invalid_password);
  }
  static bool is_damage(const Result<Lines>& got) { return !got && got.error().is(Errc::checksum_error); }

  CountingEntropy entropy_;
  BackupKey backup_key_ = make_backup_key(entropy_).value();
  DataKey round_ = DataKey::make(round_identity(owner(1002), 1), entropy_).value();
  PasswordKey password_;
  std::string previous_;
  std::string stop_at_ = "none";
  std::uint64_t most_set_lines_ = kMaxSetLines;
  bool rounds_in_sets_ = false;  ///< no password opens the round itself
  MemoryMedium data_;
  MemoryMedium log_;
  boost::asio::io_context io_{1};  // outlives the pool, whose thread posts to it
  ThreadPool workers_{"test", 1};
  ThreadPool parsers_{"test lines", 1};
};

TEST_F(RestoreTest, ASetsLinesAreBoundedTogether) {
  const RestorePlan all = plan(200, false).value();
  ASSERT_EQ(all.sets.size(), 2U);
  // "100" sealed, in hexadecimal, with its line feed.
  constexpr std::uint64_t kLine = 2 * (12 + 3 + 16) + 1;
  most_set_lines_ = kLine;
  EXPECT_EQ(read(all, by_key()).value().size(), 2U) << "each set has the limit for itself";
  most_set_lines_ = kLine - 1;
  const auto refused = read(all, by_key());
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(Errc::size_overflow));
}

TEST_F(RestoreTest, TheNewestSetThatLeadsThereIsTaken) {
  const RestorePlan all = plan({}).value();
  ASSERT_EQ(all.sets.size(), 2U);
  EXPECT_EQ(all.sets[0].name, kFull);
  EXPECT_EQ(all.sets[1].name, kInc);
  EXPECT_EQ(all.scn, 300) << "up to the checkpoint";
  ASSERT_EQ(all.pieces.size(), 1U) << "the piece before isn't needed";
  EXPECT_EQ(all.pieces[0].start.piece_id, 2);
  const RestorePlan earlier = plan(160).value();
  EXPECT_EQ(earlier.sets.size(), 1U);
  EXPECT_EQ(earlier.pieces.size(), 2U);
  EXPECT_EQ(earlier.scn, 160);
  EXPECT_TRUE(plan(200).value().pieces.empty()) << "a set's own moment needs no log";
}

TEST_F(RestoreTest, WhatNothingLeadsToIsRefusedWithWhatThereIs) {
  for (const std::int64_t until : {99, 301}) {
    const auto refused = plan(until);
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().is(Errc::backup_file_not_exist));
    EXPECT_NE(refused.error().hint().find("from SCN 100 to 300"), std::string::npos)
        << refused.error().hint();
  }
  EXPECT_FALSE(plan(150, false));
  EXPECT_EQ(plan({}, false)->scn, 200);
  data_.objects.clear();
  EXPECT_FALSE(plan({}));
}

TEST_F(RestoreTest, TheLogOfAnotherLifeIsNoneOfTheSets) {
  const Survey data = look(data_);
  Survey log = look(log_);
  for (FoundPiece& piece : log.pieces) piece.start.owner.life = "made anew";
  EXPECT_EQ(plan_restore(data, &log, PlanOptions{})->scn, 200);
  log = look(log_);
  for (FoundPiece& piece : log.pieces) piece.start.key.fingerprint = "0123456789abcdef";
  EXPECT_EQ(plan_restore(data, &log, PlanOptions{})->scn, 200);
}

TEST_F(RestoreTest, ASetThatIsDamagedIsPassedOver) {
  data_.objects.erase(set_object_name(kInc, "1", 1));
  const RestorePlan around = plan({}).value();
  EXPECT_EQ(around.sets.size(), 1U);
  EXPECT_EQ(around.pieces.size(), 2U);
  EXPECT_EQ(around.scn, 300);
}

TEST_F(RestoreTest, LinesComeInTheirOrderOpenedByTheKeyOrThePassword) {
  EXPECT_EQ(read(plan({}).value(), by_key()).value(), (Lines{"100", "200", "210", "260"}));
  RestoreKeys by_password;
  by_password.passwords.emplace_back(std::string_view("wrong"));
  by_password.passwords.emplace_back(std::string_view("pw"));
  EXPECT_EQ(read(plan({}).value(), by_password).value(), (Lines{"100", "200", "210", "260"}));
}

TEST_F(RestoreTest, ASetsPasswordOpensTheRoundBesideIt) {
  data_.objects.clear();
  log_.objects.clear();
  previous_.clear();
  rounds_in_sets_ = true;
  SetUp();
  RestoreKeys keys;
  keys.passwords.emplace_back(std::string_view("pw"));
  BackupRead report;
  EXPECT_EQ(read(plan({}).value(), keys, &report).value(), (Lines{"100", "200", "210", "260"}));
  EXPECT_EQ(report.opened, 3U);
  EXPECT_TRUE(report.closed.empty());
  EXPECT_EQ(read(plan({}).value(), by_key()).value(), (Lines{"100", "200", "210", "260"}));
  keys.passwords.front() = Secret(std::string_view("wrong"));
  EXPECT_TRUE(is_closed(read(plan({}).value(), keys)));
}

TEST_F(RestoreTest, TheLogEndsWhereItIsToEnd) {
  EXPECT_EQ(read(plan(160).value(), by_key()).value(), (Lines{"100", "90", "150", "210"}))
      << "the object that has the SCN in it is the last";
  stop_at_ = "150";
  EXPECT_EQ(read(plan(160).value(), by_key()).value(), (Lines{"100", "90", "150"}))
      << "the visitor has had enough";
}

TEST_F(RestoreTest, WithoutAKeyEverythingIsReadAndWhatStayedClosedIsSaid) {
  BackupRead report;
  EXPECT_EQ(read(plan({}).value(), {}, &report).value(), (Lines{"?", "?", "?", "?"}));
  ASSERT_EQ(report.closed.size(), 3U);
  EXPECT_EQ(report.closed[0],
            "set 1: made with the backup key " + backup_key_.fingerprint + ", or a password");
  EXPECT_TRUE(report.closed[2].starts_with("round 1"));
}

TEST_F(RestoreTest, WhatChangedSinceTheSurveyIsRefused) {
  const RestorePlan all = plan({}).value();
  for (const std::string& name : {set_manifest_name(kInc), set_object_name(kFull, "1", 1)}) {
    const Bytes before = data_.objects[name];
    data_.objects[name].back() ^= 1U;
    EXPECT_TRUE(is_damage(read(all, by_key()))) << name;
    EXPECT_TRUE(is_damage(read(all, {}))) << name;
    data_.objects.erase(name);
    EXPECT_TRUE(is_damage(read(all, by_key()))) << name;
    data_.objects[name] = before;
  }
  for (std::int64_t number = 1; number <= 2; ++number) {
    const std::string name = log_object_name(kTwo, number);
    const Bytes before = log_.objects[name];
    log_.objects[name].back() ^= 1U;
    EXPECT_TRUE(is_damage(read(all, by_key()))) << name;
    log_.objects.erase(name);
    EXPECT_TRUE(is_damage(read(all, by_key()))) << name;
    log_.objects[name] = before;
  }
  EXPECT_TRUE(read(all, by_key()));
}

// Somebody without the key makes a manifest and an object whose sums are right.
TEST_F(RestoreTest, AForgedSetIsFoundByTheKey) {
  const DataKey theirs = DataKey::make(set_identity(owner(1001), 1), entropy_).value();
  SetManifest manifest = decode_set_manifest(data_.objects[set_manifest_name(kFull)]).value();
  data_.objects[set_manifest_name(kFull)] = encode(manifest, theirs).value();
  data_.objects.erase(set_manifest_name(kInc));
  EXPECT_TRUE(is_damage(read(plan({}).value(), by_key())));
}

// As if it were made by a key that isn't here, no MAC would be looked at.
TEST_F(RestoreTest, ASetThatNamesOurKeyAndIsNotWrappedByItIsRefused) {
  SetManifest manifest = decode_set_manifest(data_.objects[set_manifest_name(kFull)]).value();
  manifest.key.wrapped.back() ^= 1U;
  const DataKey theirs = DataKey::make(set_identity(owner(1001), 1), entropy_).value();
  data_.objects[set_manifest_name(kFull)] = encode(manifest, theirs).value();
  data_.objects.erase(set_manifest_name(kInc));
  EXPECT_TRUE(is_damage(read(plan({}).value(), by_key())));
}

TEST_F(RestoreTest, WhatCameSinceTheSurveyIsReadToo) {
  const RestorePlan all = plan({}).value();
  put_log(kTwo, 3, 260, 310);
  EXPECT_EQ(read(all, by_key()).value(), (Lines{"100", "200", "210", "260", "310"}));
}

// ---- what a set builds on, and what goes on from it

// Two sets of one number: that of a copy of the server, whose number and type are what they may be.
TEST_F(RestoreTest, TheSetBeforeIsKnownByItsManifestNotByItsNumber) {
  const SetName other{.id = 2};  // full: comes first where number 2 is looked for
  put_set(other, 200, {});
  put_set({.id = 3, .type = SetType::incremental}, 250, kInc);
  const RestorePlan all = plan(250, false).value();
  ASSERT_EQ(all.sets.size(), 3U);
  EXPECT_EQ(all.sets[0].name, kFull);
  EXPECT_EQ(all.sets[1].name, kInc);
  EXPECT_EQ(read(all, by_key()).value(), (Lines{"100", "200", "250"}));
}

TEST_F(RestoreTest, ASetThatWasMadeWhileNothingWasArchivedHasNoLog) {
  const Survey log = look(log_);
  Survey data = look(data_);
  for (FoundSet& set : data.sets) set.manifest.history.clear();
  const auto alone = plan_restore(data, &log, PlanOptions{});
  ASSERT_TRUE(alone);
  EXPECT_TRUE(alone->pieces.empty());
  EXPECT_EQ(alone->scn, 200);
  EXPECT_FALSE(plan_restore(data, &log, {.until = 250, .unjoined = {}}));
}

TEST_F(RestoreTest, WhoeverTakesTheLogIsToldItsHistory) {
  Taker taker("none");
  const RestorePlan all = plan({}).value();
  EXPECT_EQ(all.history, kHistory);
  ASSERT_TRUE(run(read_backup(source(), all, by_key(), taker)));
  EXPECT_EQ(taker.history, kHistory);
}

TEST_F(RestoreTest, WhatIsNamedAloneIsRead) {
  const auto plan = [&](const std::vector<std::string>& names) -> Result<RestorePlan> {
    Survey data = look(data_);
    Survey log = look(log_);
    BW_CHECK(keep_named(names, data, &log));
    return plan_restore(data, &log, PlanOptions{});
  };
  const auto full = plan({"backup_set_1_full"});
  ASSERT_TRUE(full);
  EXPECT_EQ(full->sets.size(), 1U);
  EXPECT_EQ(full->scn, 100) << "no piece is named";
  const auto one = plan({"backup_set_1_full", "piece_d1002r1p1", "backup_set_1_full"});
  ASSERT_TRUE(one);
  EXPECT_EQ(one->scn, 150) << "the second piece isn't named";
  const auto all = plan({"piece_d1002r1p2", "piece_d1002r1p1", "backup_set_2_inc", "backup_set_1_full"});
  ASSERT_TRUE(all);
  EXPECT_EQ(all->sets.size(), 2U);
  EXPECT_EQ(all->scn, 300);
  EXPECT_TRUE(plan({"backup_set_2_inc"}).error().is(Errc::backup_file_not_exist))
      << "what it builds on isn't";
  const auto missing = plan({"backup_set_1_full", "backup_set_9_full"});
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().hint().find("backup_set_9_full"), std::string::npos);
}

TEST_F(RestoreTest, ARoundOfAnotherHistoryThanASetIsTriedNoMore) {
  const Survey data = look(data_);
  const Survey log = look(log_);
  PlanOptions options;
  options.unjoined.push_back({data.sets[1].manifest_sha256, kOne.round});
  const auto around = plan_restore(data, &log, options);
  ASSERT_TRUE(around);
  EXPECT_EQ(around->sets.size(), 2U);
  EXPECT_EQ(around->scn, 200) << "the newest set, alone";
  options.until = 250;
  const auto exact = plan_restore(data, &log, options);
  ASSERT_TRUE(exact);
  EXPECT_EQ(exact->sets.size(), 1U) << "an older set leads there by the log";
}

// ---- what no key opens, beside what a key opens

TEST_F(RestoreTest, ASetThatNoKeyOpensIsNotReadBesideOneThatOpens) {
  BackupKey elsewhere = make_backup_key(entropy_).value();
  std::swap(backup_key_, elsewhere);
  put_set(kInc, 200, kFull);
  std::swap(backup_key_, elsewhere);
  Taker taker("none");
  const auto refused = run(read_backup(source(), plan(200, false).value(), by_key(), taker));
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(Errc::backup_invalid_password));
  EXPECT_NE(refused.error().hint().find("set 2"), std::string::npos) << refused.error().hint();
  EXPECT_TRUE(taker.found.empty()) << "nothing was read before all was opened";
  EXPECT_EQ(read(plan(100, false).value(), by_key()).value(), Lines{"100"}) << "without it";
}

TEST_F(RestoreTest, ARoundThatNoKeyOpensIsNotReadBehindSetsThatOpen) {
  const RestorePlan all = plan({}).value();
  RestorePlan forged = all;
  forged.pieces.front().start.key.fingerprint = "0123456789abcdef";
  forged.pieces.front().start.key.by_password.reset();
  EXPECT_TRUE(is_closed(read(forged, by_key())));
  EXPECT_TRUE(read(all, by_key()));
}

// ---- the ends of the log

// Whoever may write there, and has no key, takes the last objects away and says that nothing changed.
TEST_F(RestoreTest, ALogThatWasCutShortIsFoundByTheKey) {
  log_.objects.erase(log_object_name(kTwo, 2));
  const LineHeader last = peek_line_header(log_.objects[log_object_name(kTwo, 1)]).value();
  const ArchiveCheckpoint checkpoint{
      .dest_id = 1002,
      .round_id = 1,
      .piece_id = 2,
      .number = 1,
      .last_sha256 = crypto::to_hex(crypto::sha256(log_.objects[log_object_name(kTwo, 1)])),
      .scn = 300};
  EXPECT_EQ(last.to_scn, 210);
  const DataKey theirs = DataKey::make(round_identity(owner(1002), 1), entropy_).value();
  log_.objects[piece_checkpoint_name(kTwo)] = encode(checkpoint, theirs).value();
  EXPECT_EQ(plan({})->scn, 300) << "the survey has no key";
  EXPECT_TRUE(is_damage(read(plan({}).value(), by_key())));
  log_.objects[piece_checkpoint_name(kTwo)] = encode(checkpoint, round_).value();
  EXPECT_EQ(read(plan({}).value(), by_key()).value(), (Lines{"100", "200", "210"}));
  log_.objects.erase(piece_checkpoint_name(kTwo));
  RestorePlan without = plan({}).value();
  EXPECT_EQ(without.scn, 210);
  without.scn = 300;
  EXPECT_TRUE(is_damage(read(without, by_key()))) << "nothing says that the log goes that far";
}

TEST_F(RestoreTest, APieceWhoseStartWasMovedIsFoundByTheKey) {
  const RestorePlan all = plan(160).value();
  ASSERT_EQ(all.pieces.size(), 2U);
  PieceStart moved = all.pieces[1].start;
  moved.start_scn = 155;
  const DataKey theirs = DataKey::make(round_identity(owner(1002), 1), entropy_).value();
  log_.objects[piece_start_name(kTwo, 0)] = encode(moved, theirs).value();
  EXPECT_TRUE(is_damage(read(all, by_key())));
  RestorePlan believed = all;
  believed.pieces[1].start = moved;
  EXPECT_TRUE(is_damage(read(believed, by_key())));
}

TEST_F(RestoreTest, ALogThatWentOnSinceTheSurveyIsReadToItsNewEnd) {
  RestorePlan all = plan({}).value();
  put_log(kTwo, 3, 260, 280);
  const ArchiveCheckpoint checkpoint{
      .dest_id = 1002, .round_id = 1, .piece_id = 2, .number = 3, .last_sha256 = previous_, .scn = 320};
  log_.objects[piece_checkpoint_name(kTwo)] = encode(checkpoint, round_).value();
  EXPECT_EQ(read(all, by_key()).value(), (Lines{"100", "200", "210", "260", "280"}));
}

// ---- an end that comes from outside

TEST_F(RestoreTest, ACancellationEndsTheReadingWithinALine) {
  Cancellation cancellation;
  BackupSource from = source();
  from.call = [&] { return Call{deadline_in(std::chrono::seconds(30)), &cancellation}; };
  Taker taker("none");
  std::promise<void> cancelled;
  taker.on_line = [&] {
    boost::asio::post(io_, [&] {
      cancellation.cancel(error::job_canceled());
      cancelled.set_value();
    });
    cancelled.get_future().wait();
    taker.on_line = nullptr;
  };
  const auto ended = run(read_backup(std::move(from), plan({}).value(), by_key(), taker));
  ASSERT_FALSE(ended);
  EXPECT_TRUE(ended.error().is(Errc::job_canceled));
  EXPECT_EQ(taker.found.size(), 1U);
}

TEST_F(RestoreTest, ACancellationEndsAListOfPasswordsBetweenTwo) {
  Cancellation cancellation;
  BackupSource from = source();
  int calls = 0;
  from.call = [&] {
    if (++calls == 8) cancellation.cancel(error::server_shutdown());
    return Call{deadline_in(std::chrono::seconds(30)), &cancellation};
  };
  RestoreKeys keys;
  for (int i = 0; i < 1000; ++i) keys.passwords.emplace_back("wrong" + std::to_string(i));
  Taker taker("none");
  const auto ended = run(read_backup(std::move(from), plan({}).value(), keys, taker));
  ASSERT_FALSE(ended);
  EXPECT_TRUE(ended.error().is(Errc::server_shutdown));
  EXPECT_LT(calls, 20) << "it went on behind the cancellation";
}

// ---- less than was asked for

TEST_F(RestoreTest, WhatIsPassedOverIsSaid) {
  EXPECT_TRUE(plan({})->falls_short.empty());
  data_.objects.erase(set_object_name(kInc, "1", 1));
  const RestorePlan around = plan({}).value();
  ASSERT_EQ(around.falls_short.size(), 1U);
  EXPECT_TRUE(around.falls_short[0].starts_with("set 2 was passed over: missing: ")) << around.falls_short[0];
  EXPECT_TRUE(plan(150)->falls_short.empty()) << "it goes exactly there";
  log_.objects.erase(log_object_name(kTwo, 1));
  const RestorePlan holed = plan({}).value();
  EXPECT_EQ(holed.scn, 150);
  ASSERT_EQ(holed.falls_short.size(), 2U);
  EXPECT_TRUE(holed.falls_short[1].starts_with("the log isn't whole behind SCN 150: piece 2 of round 1"))
      << holed.falls_short[1];
}

// ---- very much of it

// A round of ten thousand pieces, as a tenant has it after years, beside as many sets: each of these is tried with the log.
TEST_F(RestoreTest, ALongLogAndManySetsArePlannedWithoutCopies) {
  constexpr std::int64_t kMany = 10'000;
  constexpr std::int64_t kBegin = 1'000;
  Survey data = look(data_);
  Survey log = look(log_);
  const FoundSet set = data.sets.front();
  const FoundPiece piece = log.pieces.front();
  for (std::int64_t i = 0; i < kMany; ++i) {
    FoundPiece next = piece;
    next.name.round.round_id = next.start.round_id = 7;
    next.name.piece_id = next.start.piece_id = i + 1;
    next.start.start_scn = kBegin + i;
    next.whole_scn = kBegin + i + 1;
    log.pieces.push_back(std::move(next));
  }
  for (std::int64_t i = 0; i < kMany / 100; ++i) {
    FoundSet other = set;
    other.name.id = 100 + i;
    other.manifest.min_restore_scn = kBegin + i;
    data.sets.push_back(std::move(other));
  }
  const RestorePlan all = plan_restore(data, &log, {}).value();
  EXPECT_EQ(all.scn, kBegin + kMany);
  EXPECT_EQ(all.sets.back().name.id, 100 + kMany / 100 - 1);
  EXPECT_EQ(all.pieces.size(), static_cast<std::size_t>(kMany - kMany / 100 + 1));
  EXPECT_FALSE(plan_restore(data, &log, {.until = kBegin + 2 * kMany, .unjoined = {}}).has_value());
}

TEST_F(RestoreTest, AFingerprintOfSomebodyElsesIsShownWithoutControlCharacters) {
  backup_key_.fingerprint = "\x1b[2J\n";
  data_.objects.clear();
  put_set(kFull, 100, {});
  BackupRead report;
  ASSERT_TRUE(read(plan(100, false).value(), RestoreKeys{}, &report).has_value());
  ASSERT_EQ(report.closed.size(), 1U);
  EXPECT_EQ(report.closed[0], "set 1: made with the backup key ?[2J?, or a password");
}

}  // namespace
}  // namespace breakwater::storage
