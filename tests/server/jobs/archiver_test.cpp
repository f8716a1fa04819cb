// The log archive: what it leaves at the destination, and that no moment at which it is cut off loses a change.
#include "server/jobs/archiver.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "server/execute/context/await.h"
#include "server/jobs/jobs_fixture.h"

namespace breakwater::server::jobs {
namespace {

using catalog::ArchiveRound;
using catalog::RoundStatus;
using catalog::TenantId;
using catalog::Transaction;
using storage::Medium;

Error away() {
  return error::io_error().with_hint("the store is away");
}

/// Objects in memory, and what goes wrong with them.
struct FakeStore {
  std::map<std::string, Bytes> objects;
  std::optional<Error> format;  ///< what verifying the format file answers
  std::string directory = "1:1";
  storage::FileSystem file_system{.type = "ext4", .uuid = "1111"};
  bool is_away = false;
  bool swallows = false;    ///< writes are answered, and nothing is there
  Timers* hangs = nullptr;  ///< it never answers
  std::function<void(const std::string&)> before_replace;
  int operations_left = -1;  ///< then it is away; -1: any number
  bool answer_lost = false;  ///< the last operation is carried out, and its answer is lost

  Result<> touch() {
    if (operations_left > 0) --operations_left;
    if (is_away || operations_left == 0) {
      is_away = true;
      return fail(away());
    }
    return {};
  }
};

class FakeMedium final : public Medium {
 public:
  explicit FakeMedium(FakeStore& store) : store_(store) {}

  Task<Result<Put>> put_new(std::string name, Content content, storage::Call /*call*/) override {
    const auto touched = store_.touch();
    if (store_.swallows) co_return Put::written;
    const bool carried_out = touched || store_.answer_lost;
    const auto [at, made] =
        carried_out ? store_.objects.emplace(name, *content) : std::pair(store_.objects.end(), false);
    if (!touched) co_return fail(touched.error());
    co_return made || at->second == *content ? Put::written : Put::exists;
  }
  Task<Result<>> replace(std::string name, Content content, storage::Call /*call*/) override {
    BW_CO_CHECK(store_.touch());
    if (store_.before_replace) store_.before_replace(name);
    store_.objects[name] = *content;
    co_return Result<>{};
  }
  Task<Result<std::optional<Bytes>>> get(std::string name, std::size_t /*limit*/,
                                         storage::Call /*call*/) override {
    BW_CO_CHECK(store_.touch());
    const auto found = store_.objects.find(name);
    if (found == store_.objects.end()) co_return std::optional<Bytes>();
    co_return std::optional(found->second);
  }
  Task<Result<Page>> list(std::string prefix, std::string /*after*/, storage::Call /*call*/) override {
    BW_CO_CHECK(store_.touch());
    Page page;
    for (const auto& [name, bytes] : store_.objects)
      if (name.starts_with(prefix)) page.entries.push_back({.name = name, .size = bytes.size()});
    co_return page;
  }
  Task<Result<Ground>> ground(storage::Call /*call*/) override {
    BW_CO_CHECK(store_.touch());
    co_return Ground{.directory = store_.directory, .system = store_.file_system};
  }
  Task<Result<>> remove(std::string /*name*/, storage::Call /*call*/) override { co_return Result<>{}; }
  Task<Result<>> discard(std::string /*name*/, storage::Call /*call*/) override { co_return Result<>{}; }
  Task<Result<bool>> is_discarded(std::string /*name*/, storage::Call /*call*/) override { co_return false; }
  Task<Result<>> sweep(std::string /*directory*/, storage::Call /*call*/) override { co_return Result<>{}; }
  Task<Result<std::optional<storage::FoundFormat>>> read_format(storage::Call call) override {
    if (store_.hangs != nullptr) {
      co_await store_.hangs->sleep_for(std::chrono::hours(1000), *call.cancellation);
      co_return fail(away());
    }
    BW_CO_CHECK(store_.touch());
    if (store_.format) co_return fail(*store_.format);
    storage::FoundFormat found;
    found.file.dest_id = 1002;
    co_return std::optional(found);
  }

 private:
  FakeStore& store_;
};

class FakePlaces final : public ArchivePlaces {
 public:
  explicit FakePlaces(FakeStore& store) : store_(store), key_(*storage::make_backup_key(system_entropy())) {}

  Result<Place> open(catalog::Reader& /*reader*/, const ArchiveRound& round) override {
    Place place;
    place.medium = std::make_unique<FakeMedium>(round.path == "file:///hung" ? hung : store_);
    place.format.dest_id = 1002;
    place.owner.cluster_name = "obcluster";
    place.owner.cluster_id = 1;
    place.owner.tenant_name = "t";
    place.owner.tenant_id = static_cast<std::uint64_t>(round.tenant_id);
    place.owner.compatibility_mode = "MYSQL";
    place.owner.dest_id = round.dest_id;
    place.bucket = bucket;
    place.file_system = "type=ext4 uuid=1111";
    return place;
  }
  Result<std::chrono::milliseconds> lag_target(catalog::Reader& /*reader*/, TenantId /*tenant*/) override {
    return lag;
  }
  std::string store_of(const ArchiveRound& round) override { return round.path; }
  Task<Result<std::optional<storage::PasswordKey>>> password_key(catalog::Reader& /*reader*/,
                                                                 TenantId /*tenant*/) override {
    co_return std::nullopt;
  }
  Task<Result<storage::BackupKey>> backup_key() override { co_return copy(); }

  storage::BackupKey copy() const { return {.key = key_.key.clone(), .fingerprint = key_.fingerprint}; }
  bool bucket = false;
  std::chrono::milliseconds lag = std::chrono::seconds(120);
  FakeStore hung;  ///< at file:///hung

 private:
  FakeStore& store_;
  storage::BackupKey key_;
};

class ArchiverTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "breakwater-archiver-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    open_store(std::int64_t{1} << 28U);
    tenant_ = write<catalog::Tenant>([](Transaction& t) { return t.tenants().create({.name = "t"}); }).id;
    change([&](Transaction& t) {
      return t.archive().set_destination(tenant_, {.path = "file:///a", .dest_id = 1002});
    });
    change([&](Transaction& t) { return t.archive().set_archivelog(tenant_, true); });
    start();
  }

  void TearDown() override {
    end();
    reader_.reset();
    store_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  void open_store(std::int64_t limit) {
    reader_.reset();
    store_.reset();
    catalog::StoreOptions options;
    options.data_dir = directory_ + "/data";
    options.log_limit = limit;
    options.clock = &clock_;
    auto opened = catalog::open_store(std::move(options));
    ASSERT_TRUE(opened) << opened.error().text();
    store_ = *std::move(opened);
    reader_ = *store_->open_reader();
  }

  /// A server begins.
  void start() {
    ending_ = std::make_unique<storage::Cancellation>();
    running_ = 0;
    archiver_ = std::make_unique<Archiver>(Archiver::World{
        .archive = {.store = *store_, .clock = clock_, .entropy = system_entropy(), .places = places_},
        .timers = timers_,
        .log = null_log(),
        .ending = *ending_,
        .spawn = [this](std::function<Task<>()> begin) { spawn(std::move(begin)); }});
    spawn([this] { return archiver_->run(); });
  }

  void spawn(std::function<Task<>()> begin) {
    ++running_;
    thread_.spawn([this, begin = std::move(begin)]() -> Task<> {
      co_await begin();
      --running_;
    });
  }

  /// It ends, wherever it is.
  void end() {
    if (archiver_ == nullptr) return;
    ending_->cancel(error::server_shutdown());
    thread_.until([&] { return running_ == 0; }, "the end");
    archiver_.reset();
  }

  template <class T, class F>
  T write(F job) {
    auto done = store_->write_and_wait<T>(std::move(job));
    EXPECT_TRUE(done) << done.error().text();
    return *std::move(done);
  }
  void change(catalog::Store::Job job) {
    const auto done = store_->write_and_wait(std::move(job));
    EXPECT_TRUE(done) << done.error().text() << done.error().hint();
  }
  void set(const std::string& name, const std::string& value) {
    change([&](Transaction& t) { return t.parameters().set(tenant_, name, value); });
  }

  ArchiveRound round() { return **reader_->archive().round(tenant_); }

  void until_status(RoundStatus status) {
    until([&] { return round().status == status; }, std::string(catalog::round_status_name(status)).c_str());
  }
  /// The views are of these rows: what they say of a round and of its newest piece is one thing.
  void expect_views_agree() {
    const ArchiveRound before = round();
    const auto pieces = *reader_->archive().pieces(tenant_);
    const auto tenant = *reader_->tenants().find(tenant_);
    const ArchiveRound now = round();
    if (now.round_id != before.round_id || now.checkpoint_scn != before.checkpoint_scn ||
        now.used_piece_id != before.used_piece_id || now.status != before.status)
      return;  // between two commits
    EXPECT_TRUE(tenant->archivelog || now.status == RoundStatus::stop || now.status == RoundStatus::stopping);
    if (now.used_piece_id < now.base_piece_id) return;
    ASSERT_FALSE(pieces.empty());
    EXPECT_EQ(pieces.back().piece_id, now.used_piece_id);
    EXPECT_EQ(pieces.back().checkpoint_scn, now.checkpoint_scn);
    std::int64_t bytes = 0;
    for (const auto& piece : pieces)
      if (piece.round_id == now.round_id) bytes += piece.output_bytes;
    EXPECT_EQ(bytes, now.output_bytes);
  }

  /// Time passes until then.
  void until(const std::function<bool()>& done, const char* what) {
    thread_.until(
        [&] {
          timers_.pass(std::chrono::milliseconds(50));
          expect_views_agree();
          return done();
        },
        what);
  }
  /// All that was committed is archived.
  void until_archived() {
    const catalog::Scn newest = *reader_->parts().last_scn();
    until([&] { return round().status == RoundStatus::doing && round().checkpoint_scn >= newest; },
          "the archive");
  }

  /// The lines of the log at the destination, of all pieces of the newest round, as whoever restores reads them: the
  /// chain is whole.
  std::vector<std::string> archived() {
    const ArchiveRound now = round();
    const auto start = storage::decode_round_start(
        fake_.objects.at(storage::round_start_name({.dest_id = now.dest_id, .round_id = now.round_id})));
    EXPECT_TRUE(start);
    const auto key =
        storage::unwrap(start->key, storage::round_identity(start->owner, now.round_id), places_.copy());
    EXPECT_TRUE(key);
    std::vector<std::string> lines;
    std::string previous;
    catalog::Scn at = start->start_scn;
    for (std::int64_t piece = now.base_piece_id; piece <= now.used_piece_id; ++piece) {
      const storage::PieceName name{.round = {.dest_id = now.dest_id, .round_id = now.round_id},
                                    .piece_id = piece};
      for (std::int64_t number = 1; fake_.objects.contains(storage::log_object_name(name, number));
           ++number) {
        const Bytes& bytes = fake_.objects.at(storage::log_object_name(name, number));
        const auto header = storage::read_lines(bytes, &*key, [&](std::string_view line) -> Result<> {
          lines.emplace_back(line);
          return {};
        });
        EXPECT_TRUE(header) << header.error().hint();
        EXPECT_EQ(header->previous, previous);
        // A piece may begin later, at a checkpoint up to which nothing changed.
        EXPECT_TRUE(number == 1 ? header->from_scn >= at : header->from_scn == at) << header->from_scn;
        at = header->to_scn;
        previous = crypto::to_hex(crypto::sha256(bytes));
      }
    }
    return lines;
  }

  /// The SCN up to which the newest object of the newest piece goes.
  catalog::Scn last_object_scn() {
    const ArchiveRound now = round();
    const auto piece = *reader_->archive().piece(tenant_, now.used_piece_id);
    const storage::PieceName name{.round = {.dest_id = now.dest_id, .round_id = now.round_id},
                                  .piece_id = now.used_piece_id};
    const auto header =
        storage::peek_line_header(fake_.objects.at(storage::log_object_name(name, piece->files)));
    return header->to_scn;
  }

  Result<> flush(catalog::Scn scn, std::chrono::milliseconds patience) {
    std::optional<Result<>> done;
    thread_.spawn([&]() -> Task<> {
      done = co_await archiver_->flush_to(tenant_, scn, timers_.now() + patience, *ending_);
    });
    until([&] { return done.has_value(); }, "the flush");
    return *done;
  }

  static bool has(const std::vector<std::string>& lines, const std::string& text) {
    return std::ranges::any_of(lines,
                               [&](const std::string& line) { return line.find(text) != std::string::npos; });
  }

  HandClock clock_;
  HandTimers timers_{clock_};
  HandThread thread_;
  FakeStore fake_;
  FakePlaces places_{fake_};
  std::string directory_;
  std::unique_ptr<catalog::Store> store_;
  std::unique_ptr<catalog::Reader> reader_;
  std::unique_ptr<storage::Cancellation> ending_;
  std::unique_ptr<Archiver> archiver_;
  int running_ = 0;
  TenantId tenant_ = 0;
};

TEST_F(ArchiverTest, AChangeIsInTheArchiveAndItsLogIsGone) {
  until_status(RoundStatus::doing);
  set("p", "value-1");
  until_archived();
  set("p", "value-2");
  change([&](Transaction& t) {
    return t.parameters().set_secret(tenant_, "s", Secret(std::string_view("canary")));
  });
  until_archived();
  const auto lines = archived();
  EXPECT_TRUE(has(lines, "value-1"));
  EXPECT_TRUE(has(lines, "value-2"));
  EXPECT_FALSE(has(lines, "canary"));
  EXPECT_EQ(round().comment, "");
  EXPECT_EQ((*reader_->archive().piece(tenant_, 1))->files, 3) << "ARCHIVELOG itself is a change";
}

TEST_F(ArchiverTest, WhateverTheStoreCutsOffNothingIsLost) {
  until_status(RoundStatus::doing);
  for (const bool answer_lost : {false, true}) {
    for (int operations = 1; operations < 36; ++operations) {
      const std::string value = "v" + std::to_string(operations) + (answer_lost ? "-lost" : "-refused");
      if (operations % 3 == 0) timers_.pass(std::chrono::hours(25));  // with a switch of the piece
      fake_.answer_lost = answer_lost;
      fake_.operations_left = operations;
      set("p", value);
      until([&] { return fake_.is_away || round().checkpoint_scn >= *reader_->parts().last_scn(); },
            "the end of it");
      // kill -9 and a new server, or the same one goes on.
      if (operations % 2 == 0) end();
      fake_.is_away = false;
      fake_.operations_left = -1;
      if (operations % 2 == 0) start();
      until_archived();
      EXPECT_TRUE(has(archived(), value)) << value;
    }
  }
  EXPECT_EQ(round().round_id, 1) << "what this life wrote isn't taken for another's";
}

TEST_F(ArchiverTest, HoweverNoarchivelogIsCutOffTheRoundEndsWhole) {
  for (const bool answer_lost : {false, true}) {
    for (int operations = 1; operations < 40; operations += 2) {
      until_archived();
      const ArchiveRound before = round();
      const std::string value = "v" + std::to_string(operations) + (answer_lost ? "-lost" : "-refused");
      set("p", value);
      fake_.answer_lost = answer_lost;
      fake_.operations_left = operations;
      change([&](Transaction& t) { return t.archive().set_archivelog(tenant_, false); });
      until([&] { return fake_.is_away || round().status == RoundStatus::stop; }, "the end of it");
      end();
      fake_.is_away = false;
      fake_.operations_left = -1;
      start();
      until_status(RoundStatus::stop);
      EXPECT_EQ(round().round_id, before.round_id);
      EXPECT_TRUE(has(archived(), value)) << value;
      EXPECT_TRUE(
          fake_.objects.contains(storage::round_end_name({.dest_id = 1002, .round_id = before.round_id})));
      const storage::PieceName piece{.round = {.dest_id = 1002, .round_id = before.round_id},
                                     .piece_id = round().used_piece_id};
      const auto manifest =
          storage::decode_piece_manifest(fake_.objects.at(storage::piece_manifest_name(piece)));
      ASSERT_TRUE(manifest);
      EXPECT_EQ(manifest->end_scn, round().checkpoint_scn)
          << "the views say no more than the medium, and no less";
      change([&](Transaction& t) { return t.archive().set_archivelog(tenant_, true); });
    }
  }
}

TEST_F(ArchiverTest, WithoutItsFormatFileARoundIsInterruptedAndHealsByItself) {
  end();
  for (const Error& why : {error::format_file_not_exist(), error::format_file_not_match()}) {
    fake_.format = why;
    start();
    until_status(RoundStatus::interrupted);
    EXPECT_EQ(round().comment, why.text());
    set("p", std::string("meanwhile-") + std::to_string(why.ob_code()));
    fake_.format.reset();
    until_archived();
    EXPECT_EQ(round().comment, "");
    EXPECT_TRUE(has(archived(), "meanwhile-" + std::to_string(why.ob_code())));
    end();
  }
}

TEST_F(ArchiverTest, DeferSuspendsAndEnableGoesOn) {
  until_status(RoundStatus::doing);
  set("p", "before");
  change([&](Transaction& t) { return t.archive().set_state(tenant_, "DEFER"); });
  EXPECT_EQ(round().status, RoundStatus::suspending);
  until_status(RoundStatus::suspend);
  EXPECT_TRUE(has(archived(), "before"));
  set("p", "during");
  timers_.pass(std::chrono::seconds(10));
  EXPECT_FALSE(has(archived(), "during"));
  change([&](Transaction& t) { return t.archive().set_state(tenant_, "ENABLE"); });
  until_archived();
  EXPECT_TRUE(has(archived(), "during"));
  EXPECT_EQ(round().round_id, 1);
}

TEST_F(ArchiverTest, NoarchivelogWritesTheRestAndEndsTheRound) {
  until_status(RoundStatus::doing);
  set("p", "last");
  change([&](Transaction& t) { return t.archive().set_archivelog(tenant_, false); });
  EXPECT_EQ(round().status, RoundStatus::stopping);
  until_status(RoundStatus::stop);
  EXPECT_TRUE(has(archived(), "last"));
  EXPECT_TRUE(fake_.objects.contains("rounds/round_d1002r1_end.obarc"));
  const auto piece = *reader_->archive().piece(tenant_, 1);
  EXPECT_TRUE(piece->frozen);
  const auto manifest =
      storage::decode_piece_manifest(fake_.objects.at("piece_d1002r1p1/single_piece_info.obarc"));
  ASSERT_TRUE(manifest) << manifest.error().hint();
  EXPECT_EQ(static_cast<std::int64_t>(manifest->objects.size()), piece->files);
  set("p", "after");
  change([&](Transaction& t) { return t.archive().set_archivelog(tenant_, true); });
  until_status(RoundStatus::doing);
  EXPECT_EQ(round().round_id, 2);
  EXPECT_EQ(round().used_piece_id, 2);
  EXPECT_FALSE(has(archived(), "after"));
}

TEST_F(ArchiverTest, NoarchivelogWaitsForAStoreThatIsAway) {
  until_status(RoundStatus::doing);
  fake_.is_away = true;
  set("p", "written-late");
  until_status(RoundStatus::interrupted);
  EXPECT_NE(round().comment.find("the store is away"), std::string::npos);
  change([&](Transaction& t) { return t.archive().set_archivelog(tenant_, false); });
  until([&] { return round().comment.starts_with("waits for the destination"); }, "a comment");
  EXPECT_NE(round().comment.find("the store is away"), std::string::npos);
  EXPECT_NE(round().comment.find("DEFER"), std::string::npos);
  timers_.pass(std::chrono::minutes(1));
  EXPECT_EQ(round().status, RoundStatus::stopping);
  fake_.is_away = false;
  until_status(RoundStatus::stop);
  EXPECT_TRUE(has(archived(), "written-late"));
  EXPECT_EQ(round().comment, "");
}

TEST_F(ArchiverTest, DeferEndsARoundThatIsStoppingAndSaysWhatIsLost) {
  until_status(RoundStatus::doing);
  until_archived();
  fake_.is_away = true;
  set("p", "lost");
  change([&](Transaction& t) { return t.archive().set_archivelog(tenant_, false); });
  until([&] { return !round().comment.empty(); }, "a comment");
  change([&](Transaction& t) { return t.archive().set_state(tenant_, "DEFER"); });
  EXPECT_EQ(round().status, RoundStatus::stop);
  EXPECT_NE(round().comment.find("is lost"), std::string::npos) << round().comment;
  EXPECT_NE(round().comment.find(std::to_string(round().checkpoint_scn)), std::string::npos);
  timers_.pass(std::chrono::minutes(1));
  EXPECT_EQ(round().status, RoundStatus::stop);
}

TEST_F(ArchiverTest, APlaceThatIsNoLongerTheTenantsIsNoticedThoughNothingChanges) {
  until_status(RoundStatus::doing);
  until_archived();
  fake_.file_system.uuid = "2222";
  fake_.format = error::format_file_not_exist();
  until_status(RoundStatus::interrupted);
  EXPECT_NE(round().comment.find("mount the file system again"), std::string::npos) << round().comment;
  EXPECT_NE(round().comment.find("2222"), std::string::npos);
  const auto before = fake_.objects;
  set("p", "meanwhile");
  timers_.pass(std::chrono::minutes(1));
  EXPECT_EQ(fake_.objects, before) << "nothing is written into another's place";
  fake_.file_system.uuid = "1111";
  fake_.format.reset();
  until_archived();
  EXPECT_TRUE(has(archived(), "meanwhile"));
}

TEST_F(ArchiverTest, AnotherDirectoryCountsIfItHasWhatWasWrittenLast) {
  until_status(RoundStatus::doing);
  set("p", "x");
  until_archived();
  const auto whole = fake_.objects;
  const auto last = (*reader_->archive().piece(tenant_, 1))->files;
  fake_.directory = "1:2";  // an older copy, with a format file
  fake_.objects.erase(
      storage::log_object_name({.round = {.dest_id = 1002, .round_id = 1}, .piece_id = 1}, last));
  until_status(RoundStatus::interrupted);
  EXPECT_NE(round().comment.find("has lost"), std::string::npos) << round().comment;
  fake_.directory = "1:3";  // a whole one
  fake_.objects = whole;
  set("p", "y");
  until_archived();
  EXPECT_EQ(round().round_id, 1);
  EXPECT_TRUE(has(archived(), "\"y\""));
}

TEST_F(ArchiverTest, WhatIsNotThereBehindTheWriteIsNotArchived) {
  until_status(RoundStatus::doing);
  until_archived();
  const catalog::Scn before = round().checkpoint_scn;
  fake_.swallows = true;
  set("p", "swallowed");
  until_status(RoundStatus::interrupted);
  EXPECT_EQ(round().checkpoint_scn, before);
  fake_.swallows = false;
  until_archived();
  EXPECT_TRUE(has(archived(), "swallowed"));
}

TEST_F(ArchiverTest, APieceIsSwitchedByItsInterval) {
  until_status(RoundStatus::doing);
  set("p", "first");
  until_archived();
  timers_.pass(std::chrono::hours(25));
  set("p", "second");
  until_archived();
  EXPECT_EQ(round().used_piece_id, 2);
  EXPECT_TRUE((*reader_->archive().piece(tenant_, 1))->frozen);
  EXPECT_FALSE((*reader_->archive().piece(tenant_, 2))->frozen);
  const auto lines = archived();
  EXPECT_TRUE(has(lines, "first") && has(lines, "second"));
}

TEST_F(ArchiverTest, TheCheckpointOfAnIdleTenantMoves) {
  until_status(RoundStatus::doing);
  set("p", "x");
  until_archived();
  const auto before = fake_.objects.size();
  for (int minutes = 0; minutes < 10; ++minutes) {
    timers_.pass(std::chrono::seconds(60));
    const catalog::Scn now = clock_.now() * 1000;
    until([&] { return round().checkpoint_scn + 120'000'000'000 >= now; }, "the checkpoint");
  }
  EXPECT_LE(fake_.objects.size(), before + 1) << "only the checkpoint is written";
  EXPECT_TRUE(fake_.objects.contains("piece_d1002r1p1/checkpoint/checkpoint.obarc"));
  set("p", "y");
  until_archived();
  EXPECT_TRUE(has(archived(), "\"y\""));
}

TEST_F(ArchiverTest, TheCheckpointIsSaidOnceItIsThere) {
  until_status(RoundStatus::doing);
  until_archived();
  int looked = 0;
  fake_.before_replace = [&](const std::string& name) {
    if (!name.ends_with("checkpoint.obarc")) return;
    ++looked;
    const auto there = fake_.objects.find(name);
    catalog::Scn scn = 0;
    if (there != fake_.objects.end()) scn = storage::decode_checkpoint(there->second)->scn;
    // What the newest object or the checkpoint before says, and no more.
    EXPECT_LE(round().checkpoint_scn, std::max(scn, last_object_scn()));
  };
  for (int minutes = 0; minutes < 10; ++minutes) {
    timers_.pass(std::chrono::seconds(60));
    const catalog::Scn now = clock_.now() * 1000;
    until([&] { return round().checkpoint_scn + 60'000'000'000 >= now; }, "the checkpoint");
  }
  EXPECT_GT(looked, 3);
  fake_.before_replace = [&](const std::string&) { fake_.is_away = true; };
  const catalog::Scn before = round().checkpoint_scn;
  timers_.pass(std::chrono::seconds(70));
  until_status(RoundStatus::interrupted);
  EXPECT_EQ((*reader_->archive().piece(tenant_, 1))->checkpoint_scn, before);
}

TEST_F(ArchiverTest, AFlushMovesAnIdleTenantsCheckpointAtOnce) {
  places_.bucket = true;
  places_.lag = std::chrono::hours(2);
  until_status(RoundStatus::doing);
  until_archived();
  for (const bool changes : {false, true}) {
    if (changes) set("p", "flushed");
    const Timestamp began = clock_.now();
    const catalog::Scn scn = write<catalog::Scn>([](Transaction& t) { return t.parts().next_scn(); });
    const auto done = flush(scn, std::chrono::hours(1));
    EXPECT_TRUE(done) << done.error().hint();
    EXPECT_GE(round().checkpoint_scn, scn);
    EXPECT_LT(clock_.now() - began, 1'800'000'000) << "by itself it moves once an hour";
  }
  EXPECT_TRUE(has(archived(), "flushed"));
}

TEST_F(ArchiverTest, AFlushSaysWhatStandsAgainstIt) {
  until_status(RoundStatus::doing);
  until_archived();
  fake_.is_away = true;
  set("p", "waits");
  until_status(RoundStatus::interrupted);
  const catalog::Scn scn = write<catalog::Scn>([](Transaction& t) { return t.parts().next_scn(); });
  const auto late = flush(scn, std::chrono::seconds(5));
  ASSERT_FALSE(late);
  EXPECT_TRUE(late.error().is(Errc::timeout));
  EXPECT_NE(late.error().hint().find("the store is away"), std::string::npos) << late.error().hint();
  fake_.is_away = false;
  change([&](Transaction& t) { return t.archive().set_state(tenant_, "DEFER"); });
  until_status(RoundStatus::suspend);
  const auto none = flush(INT64_MAX, std::chrono::seconds(5));
  ASSERT_FALSE(none);
  EXPECT_TRUE(none.error().is(Errc::entry_not_exist));
}

TEST_F(ArchiverTest, AnotherLagTargetCountsFromTheNextPassOn) {
  places_.lag = std::chrono::hours(2);
  until_status(RoundStatus::doing);
  until_archived();
  const catalog::Scn before = round().checkpoint_scn;
  timers_.pass(std::chrono::minutes(10));
  for (int i = 0; i < 100; ++i) thread_.poll();
  EXPECT_EQ(round().checkpoint_scn, before);
  places_.lag = std::chrono::seconds(60);
  until([&] { return round().checkpoint_scn > before; }, "the checkpoint");
}

TEST_F(ArchiverTest, NumbersThatTheDestinationHasAreNotGivenAgain) {
  end();
  const Bytes theirs{1, 2, 3};
  fake_.objects.emplace(storage::round_start_name({.dest_id = 1002, .round_id = 4}), theirs);
  fake_.objects.emplace("pieces/piece_d1002r4p7_start_20230111T193330.obarc", theirs);
  fake_.objects.emplace(storage::round_start_name({.dest_id = 1003, .round_id = 9}), theirs);
  start();
  until_archived();
  EXPECT_EQ(round().round_id, 5);
  EXPECT_EQ(round().used_piece_id, 8);
  EXPECT_NE(round().comment.find("round 4"), std::string::npos) << round().comment;
  EXPECT_EQ(fake_.objects.at(storage::round_start_name({.dest_id = 1002, .round_id = 4})), theirs);
}

/// What another life of the catalogue did after the copy was made.
class ArchiverLivesTest : public ArchiverTest {
 protected:
  void copy_catalogue() {
    close();
    std::filesystem::copy(directory_ + "/data", directory_ + "/copy",
                          std::filesystem::copy_options::recursive);
    open_store(std::int64_t{1} << 28U);
    start();
  }
  void restore_catalogue() {
    close();
    std::filesystem::remove_all(directory_ + "/data");
    std::filesystem::rename(directory_ + "/copy", directory_ + "/data");
    open_store(std::int64_t{1} << 28U);
    clock_.time += 1'000'000;
    start();
  }
  void close() {
    end();
    reader_.reset();
    store_.reset();
  }
  void expect_a_new_round_that_leaves_all_alone(const std::map<std::string, Bytes>& before) {
    set("p", "in-no-archive");
    until([&] { return round().round_id == 2; }, "a new round");
    set("p", "second-life");
    until_archived();
    EXPECT_TRUE(has(archived(), "second-life"));
    EXPECT_GT(round().base_piece_id, 1);
    EXPECT_NE(round().comment.find("round 1 can't go on"), std::string::npos) << round().comment;
    for (const auto& [name, bytes] : before) EXPECT_EQ(fake_.objects.at(name), bytes) << name;
  }
};

TEST_F(ArchiverLivesTest, AnOlderCatalogueDoesNotGoOnInThePieceOfAnotherLife) {
  until_status(RoundStatus::doing);
  set("p", "both");
  until_archived();
  copy_catalogue();
  set("p", "first-life");
  until_archived();
  const auto before = fake_.objects;
  restore_catalogue();
  expect_a_new_round_that_leaves_all_alone(before);
}

TEST_F(ArchiverLivesTest, ACheckpointOfAnotherLifeIsNotReplaced) {
  until_status(RoundStatus::doing);
  until_archived();
  copy_catalogue();
  const catalog::Scn copied = round().checkpoint_scn;
  timers_.pass(std::chrono::minutes(5));
  until([&] { return round().checkpoint_scn > copied; }, "the checkpoint");
  const auto before = fake_.objects;
  clock_.time -= 240'000'000;
  restore_catalogue();
  expect_a_new_round_that_leaves_all_alone(before);
}

TEST_F(ArchiverLivesTest, ARoundOfTheSameNumberIsAnothers) {
  end();
  copy_catalogue();
  until_archived();
  const auto before = fake_.objects;
  restore_catalogue();
  until_archived();
  EXPECT_EQ(round().round_id, 2);
  EXPECT_EQ(round().used_piece_id, 2);
  for (const auto& [name, bytes] : before) EXPECT_EQ(fake_.objects.at(name), bytes) << name;
}

TEST_F(ArchiverTest, APieceWithAHoleIsNotFrozen) {
  until_status(RoundStatus::doing);
  for (const char* value : {"a", "b", "c"}) {
    set("p", value);
    until_archived();
  }
  const storage::PieceName piece{.round = {.dest_id = 1002, .round_id = 1}, .piece_id = 1};
  const Bytes second = fake_.objects.at(storage::log_object_name(piece, 2));
  const Bytes third = fake_.objects.at(storage::log_object_name(piece, 3));
  for (const bool missing : {true, false}) {
    if (missing) fake_.objects.erase(storage::log_object_name(piece, 2));
    if (!missing) fake_.objects[storage::log_object_name(piece, 2)] = third;
    timers_.pass(std::chrono::hours(25));
    set("p", "d");
    until([&] { return round().comment.find("/2.obarc") != std::string::npos; }, "a comment");
    EXPECT_EQ(round().status, RoundStatus::interrupted);
    EXPECT_FALSE((*reader_->archive().piece(tenant_, 1))->frozen);
  }
  fake_.objects[storage::log_object_name(piece, 2)] = second;
  until_archived();
  EXPECT_TRUE((*reader_->archive().piece(tenant_, 1))->frozen);
}

TEST_F(ArchiverTest, AStoreThatHangsHoldsUpItsOwnRoundsOnly) {
  places_.hung.hangs = &timers_;
  end();
  for (int i = 0; i < 60; ++i) {
    const TenantId tenant = write<catalog::Tenant>([&](Transaction& t) {
                              return t.tenants().create({.name = "h" + std::to_string(i)});
                            }).id;
    change([&](Transaction& t) {
      return t.archive().set_destination(tenant, {.path = "file:///hung", .dest_id = 1002});
    });
    change([&](Transaction& t) { return t.archive().set_archivelog(tenant, true); });
  }
  start();
  until_status(RoundStatus::doing);
  for (const char* value : {"a", "b", "c"}) {
    set("p", value);
    until_archived();
    timers_.pass(std::chrono::seconds(10));
  }
}

TEST_F(ArchiverTest, LogThatWasLostIsSaidAndANewRoundBegins) {
  until_status(RoundStatus::doing);
  end();
  open_store(10'000);
  fake_.is_away = true;
  start();
  for (int i = 0; i < 20; ++i) set("p", std::string(1000, 'x'));
  EXPECT_TRUE(round().lost);
  EXPECT_EQ(round().status, RoundStatus::interrupted);
  fake_.is_away = false;
  until([&] { return round().round_id == 2 && round().status == RoundStatus::doing; }, "the next round");
  set("p", "whole");
  until_archived();
  EXPECT_TRUE(has(archived(), "whole"));
}

TEST_F(ArchiverTest, ABucketGathersChanges) {
  places_.bucket = true;
  until_status(RoundStatus::doing);
  for (int i = 0; i < 10; ++i) {
    set("p", "v" + std::to_string(i));
    timers_.pass(std::chrono::seconds(1));
  }
  until_archived();
  EXPECT_LE((*reader_->archive().piece(tenant_, 1))->files, 3);
  EXPECT_TRUE(has(archived(), "v9"));
}

}  // namespace
}  // namespace breakwater::server::jobs
