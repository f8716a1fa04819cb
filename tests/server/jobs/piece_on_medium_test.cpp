// A piece goes with all that is its own, in an order that leaves no log behind a hole; nothing of another life goes.
#include "server/jobs/piece_on_medium.h"

#include <optional>
#include <string>
#include <vector>

#include "base/crypto.h"
#include "catalog/store/store_fixture.h"
#include "server/jobs/jobs_fixture.h"
#include "storage/memory_medium.h"

namespace breakwater::server::jobs {
namespace {

using catalog::code_of;
using catalog::value_of;
using storage::PieceName;

constexpr Timestamp kPieceBegan = 1673436620000000;
constexpr PieceName kPiece{.round = {.dest_id = 1002, .round_id = 1}, .piece_id = 2};

class PieceOnMediumTest : public testing::Test {
 protected:
  void SetUp() override {
    const storage::BackupKey backup_key = value_of(storage::make_backup_key(system_entropy()));
    key_.emplace(value_of(storage::DataKey::make(storage::round_identity(owner(), 1), system_entropy())));
    wrapped_ = value_of(key_->wrap(backup_key, nullptr, system_entropy()));
    write(owner());
  }

  static storage::BackupOwner owner(const std::string& life = "7") {
    return {.cluster_name = "c",
            .cluster_id = 1,
            .tenant_name = "t",
            .tenant_id = 1002,
            .compatibility_mode = "MYSQL",
            .dest_id = 1002,
            .life = life};
  }
  storage::PieceStart start(const storage::BackupOwner& of) const {
    return {
        .owner = of, .round_id = 1, .piece_id = 2, .start_scn = 100, .started = kPieceBegan, .key = wrapped_};
  }
  void put(const std::string& name, Bytes bytes = {1}) { medium_.objects[name] = std::move(bytes); }
  /// A frozen piece with two objects, and its round, which has ended.
  void write(const storage::BackupOwner& of) {
    storage::PieceManifest manifest{.start = start(of), .end_scn = 200, .ended = kPieceBegan};
    for (const std::int64_t number : {1, 2}) {
      const std::string name = storage::log_object_name(kPiece, number);
      put(name);
      manifest.objects.push_back(
          {.object = {.name = name, .length = 1, .sha256 = crypto::sha256(Bytes{1}), .lines = 1},
           .from_scn = 100 + number,
           .to_scn = 101 + number});
    }
    put(storage::piece_checkpoint_name(kPiece));
    put(storage::piece_start_name(kPiece, kPieceBegan), value_of(storage::encode(start(of), *key_)));
    put(storage::piece_manifest_name(kPiece), value_of(storage::encode(manifest, *key_)));
    put(storage::piece_end_name(kPiece, kPieceBegan), value_of(storage::encode(manifest, *key_)));
    const storage::RoundStart round{
        .owner = of, .round_id = 1, .start_scn = 1, .started = kPieceBegan, .key = wrapped_};
    put(storage::round_start_name(kPiece.round), value_of(storage::encode(round, *key_)));
    put(storage::round_end_name(kPiece.round));
  }
  static OwnPiece own() {
    return {.name = kPiece, .owner = owner(), .start_scn = 100, .files = 2, .frozen = true};
  }
  Result<bool> discard(const OwnPiece& piece, std::size_t most = 99) {
    std::optional<Result<bool>> done;
    order_.clear();
    const Discard take_away = [&](std::string name) -> Task<Result<>> {
      if (order_.size() == most) co_return fail(error::backup_dest_not_connect());
      medium_.objects.erase(name);
      order_.push_back(std::move(name));
      co_return Result<>{};
    };
    const NextCall call = [] { return storage::Call{.deadline = Deadline::max()}; };
    thread_.spawn([&]() -> Task<> { done.emplace(co_await discard_piece(medium_, piece, take_away, call)); });
    thread_.until([&] { return done.has_value(); }, "a piece's end");
    return *std::move(done);
  }

  storage::MemoryMedium medium_;
  HandThread thread_;
  std::optional<storage::DataKey> key_;
  storage::WrappedKey wrapped_;
  std::vector<std::string> order_;
};

TEST_F(PieceOnMediumTest, TheLogGoesFirstAndTheStartLast) {
  put("piece_d1002r1p22/logstream_1/log/1.obarc");
  put("pieces/piece_d1002r1p22_start_20230111T193330.obarc");
  EXPECT_TRUE(value_of(discard(own())));
  ASSERT_EQ(order_.size(), 6U);
  EXPECT_EQ(order_.front(), storage::log_object_name(kPiece, 1));
  EXPECT_EQ(order_[3], storage::piece_manifest_name(kPiece));
  EXPECT_EQ(order_.back(), storage::piece_start_name(kPiece, kPieceBegan));
  EXPECT_EQ(medium_.objects.size(), 4U) << "the round's marks, and piece 22";
  EXPECT_TRUE(value_of(discard(own())));
}

TEST_F(PieceOnMediumTest, TheLastOneTakesItsRoundAlong) {
  OwnPiece last = own();
  last.ends_round = true;
  EXPECT_TRUE(value_of(discard(last)));
  EXPECT_TRUE(medium_.objects.empty());
}

TEST_F(PieceOnMediumTest, WhatWasCutShortIsTakenUp) {
  OwnPiece last = own();
  last.ends_round = true;
  for (std::size_t most = 0; most < 8; ++most) {
    write(owner());
    EXPECT_EQ(code_of(discard(last, most)), Errc::backup_dest_not_connect);
    EXPECT_TRUE(value_of(discard(last))) << most;
    EXPECT_TRUE(medium_.objects.empty()) << most;
  }
}

TEST_F(PieceOnMediumTest, NothingOfAnotherLifeGoes) {
  const auto untouched = [&](const OwnPiece& piece, const char* what) {
    const auto before = medium_.objects;
    EXPECT_FALSE(value_of(discard(piece))) << what;
    EXPECT_EQ(medium_.objects, before) << what;
  };
  OwnPiece other = own();
  other.owner.life = "8";
  untouched(other, "another life of the tenant");
  other = own();
  other.owner.cluster_id = 2;
  untouched(other, "another cluster");
  other = own();
  other.start_scn = 101;
  untouched(other, "another piece of this number");
  other = own();
  other.files = 1;
  untouched(other, "somebody went on writing");
  put("pieces/piece_d1002r1p2_start_20990111T193330.obarc",
      value_of(storage::encode(start(owner("8")), *key_)));
  untouched(own(), "two have begun it");
  medium_.objects.erase("pieces/piece_d1002r1p2_start_20990111T193330.obarc");
  medium_.objects.erase(storage::piece_start_name(kPiece, kPieceBegan));
  untouched(own(), "nobody has begun it");
}

TEST_F(PieceOnMediumTest, ADamagedOneGoesAndOneThatWasCutOffByAWrite) {
  put(storage::piece_manifest_name(kPiece), {1, 2, 3});
  medium_.objects.erase(storage::log_object_name(kPiece, 1));
  OwnPiece active = own();
  active.frozen = false;
  active.files = 1;
  EXPECT_TRUE(value_of(discard(active)));
  EXPECT_EQ(medium_.objects.size(), 2U);
  put(storage::round_start_name(kPiece.round), {1});
  active.ends_round = true;
  EXPECT_TRUE(value_of(discard(active)));
  EXPECT_EQ(medium_.objects.size(), 2U) << "a round's start that can't be read isn't known to be ours";
}

}  // namespace
}  // namespace breakwater::server::jobs
