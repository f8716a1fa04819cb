// What lies at a destination is told apart into the set's own and what is somebody else's; nothing of others goes.
#include "server/jobs/set_on_medium.h"

#include <optional>
#include <string>
#include <utility>

#include "catalog/store/store_fixture.h"  // before what declares catalog::Value, a name that it uses for another thing
#include "server/jobs/jobs_fixture.h"
#include "storage/destination/listing_limits.h"
#include "storage/memory_medium.h"

namespace breakwater::server::jobs {
namespace {

using catalog::code_of;
using catalog::value_of;
using storage::SetName;
using storage::SetType;

constexpr Timestamp kNow = 1673436620000000;

class SetOnMediumTest : public testing::Test {
 protected:
  template <class T>
  Result<T> run(std::function<Task<Result<T>>()> begin) {
    std::optional<Result<T>> done;
    thread_.spawn([&]() -> Task<> { done.emplace(co_await begin()); });
    thread_.until([&] { return done.has_value(); }, "an operation on a medium");
    return *std::move(done);
  }
  std::int64_t taken(std::optional<OwnSet> own = {}, std::int64_t ours = 1) {
    return value_of(run<std::int64_t>([&] { return highest_taken(medium_, own, ours, call_); }));
  }
  Result<> start(std::int64_t id, const std::string& token, const std::string& tenant = "t") {
    const storage::SetStart start{
        .owner = owner(tenant), .set = {.id = id}, .started = kNow, .attempt = token};
    return run<void>([&] { return put_set_start(medium_, start, call_); });
  }
  bool remove(const OwnSet& own) {
    return value_of(run<bool>([&] { return remove_set(medium_, own, call_); }));
  }
  /// Removes, until so many objects are gone; then the store fails.
  Result<bool> discard(const OwnSet& own, std::size_t most = 99) {
    std::size_t gone = 0;
    const Discard take_away = [&](std::string name) -> Task<Result<>> {
      if (gone++ == most) co_return fail(error::backup_dest_not_connect());
      medium_.objects.erase(name);
      order_.push_back(std::move(name));
      co_return Result<>{};
    };
    return run<bool>([&] { return discard_set(medium_, own, take_away, call_); });
  }
  /// Why it isn't whole.
  Result<std::string> complete(const OwnSet& own, const Bytes& manifest, Timestamp now = kNow,
                               bool contents = false) {
    return run<std::string>(
        [&] { return complete_set(medium_, own, SetType::full, manifest, contents, now, call_); });
  }
  bool is_whole(const OwnSet& own) {
    return value_of(run<bool>([&] { return is_set_whole(medium_, own, SetType::full, call_); }));
  }

  static storage::BackupOwner owner(const std::string& tenant) {
    return {.cluster_name = "c",
            .cluster_id = 1,
            .tenant_name = tenant,
            .tenant_id = 1002,
            .compatibility_mode = "MYSQL",
            .dest_id = 1001};
  }
  void put(const std::string& name, const std::string& text = "x") {
    medium_.objects[name] = Bytes(text.begin(), text.end());
  }
  /// An object of the set, and the manifest that names it.
  Bytes write(std::int64_t id, const std::string& attempt) {
    const SetName set{.id = id};
    const std::string name = storage::set_object_name(set, attempt, 1);
    put(name, attempt);
    storage::SetManifest manifest;
    manifest.set = set;
    manifest.owner = owner("t");
    manifest.objects.push_back({.name = name,
                                .length = attempt.size(),
                                .sha256 = crypto::sha256(medium_.objects[name]),
                                .lines = 1});
    const auto key =
        value_of(storage::DataKey::make(storage::set_identity(manifest.owner, id), system_entropy()));
    const auto backup_key = value_of(storage::make_backup_key(system_entropy()));
    manifest.key = value_of(key.wrap(backup_key, nullptr, system_entropy()));
    return value_of(storage::encode(manifest, key));
  }
  /// A complete set as another life of the catalogue has made it.
  std::size_t make_other(std::int64_t id) {
    value_of(start(id, "other0"));
    const Bytes manifest = write(id, "other0abc");
    value_of(complete({.id = id, .token = "other0"}, manifest));
    return medium_.objects.size();
  }
  static std::string sha256_of(const Bytes& bytes) { return crypto::to_hex(crypto::sha256(bytes)); }

  std::vector<std::string> order_;  ///< what was discarded
  storage::MemoryMedium medium_;
  HandThread thread_;
  const NextCall call_ = [] { return storage::Call{.deadline = Deadline::max()}; };
};

TEST_F(SetOnMediumTest, ANumberIsTakenByWhateverBearsIt) {
  EXPECT_EQ(taken(), 0);
  for (const auto& [name, number] : std::vector<std::pair<std::string, std::int64_t>>{
           {"backup_set_2_full/infos/data_abc_1.obbak", 2},
           {"backup_sets/backup_set_3_inc_start.obbak", 3},
           {"backup_set_4_full/single_backup_set_info.obbak", 4},
           {"backup_sets/backup_set_10_full_end_failed_20230111T193420.obbak", 10},
           {"backup_set_11_full/notes.txt", 11},
           {"backup_set_12_whatever/x", 12},
           {"backup_sets/backup_set_13_thing", 13}}) {
    put(name);
    EXPECT_EQ(taken(), number) << name;
  }
  put("backup_set_99999999999999999999_full/x");
  put("backup_set_x_full/x");
  put("piece_d1002r1p20/x");
  EXPECT_EQ(taken(), 13);
}

TEST_F(SetOnMediumTest, WhatAnAttemptAtTheJobsOwnSetLeftTakesNoNumber) {
  const OwnSet own{.id = 5, .token = "own000"};
  value_of(start(5, "own000"));
  write(5, "own000abc");
  EXPECT_EQ(taken(own), 0);
  EXPECT_EQ(taken(), 5);
  EXPECT_EQ(taken(OwnSet{.id = 5, .token = "own001"}), 5) << "another life's";
  put(storage::set_manifest_name({.id = 5}));
  EXPECT_EQ(taken(own), 5) << "no attempt of this life has written a manifest";
}

TEST_F(SetOnMediumTest, AStartOfSomebodyElsesIsAnError) {
  value_of(start(1, "own000"));
  value_of(start(1, "own000"));
  value_of(start(1, "own000", "renamed"));
  EXPECT_EQ(code_of(start(1, "other0")), Errc::file_already_exist);
}

TEST_F(SetOnMediumTest, AnOlderCompleteSetOfTheSameNumberStays) {
  const std::size_t there = make_other(1);
  write(1, "own000abc");
  medium_.objects.erase(storage::set_object_name({.id = 1}, "own000abc", 1));
  remove({.id = 1, .token = "own000"});
  EXPECT_EQ(medium_.objects.size(), there);
  remove({.id = 1, .token = "other0"});
  EXPECT_EQ(medium_.objects.size(), there) << "the catalogue that has the token didn't write that manifest";
}

TEST_F(SetOnMediumTest, OnlyOwnObjectsOfAFailedSetGo) {
  value_of(start(1, "own000"));
  write(1, "own000abc");
  write(1, "own000abd");
  put("backup_set_1_full/notes.txt");
  put(storage::set_object_name({.id = 1}, "other0abc", 1));
  put("backup_sets/backup_set_1_full_end_failed_20230111T193420.obbak");
  remove({.id = 1, .token = "own000"});
  EXPECT_EQ(medium_.objects.size(), 3U);
  EXPECT_TRUE(medium_.objects.contains("backup_set_1_full/notes.txt"));
  EXPECT_FALSE(medium_.objects.contains(storage::set_start_name({.id = 1})));
  put(storage::set_start_name({.id = 1}));
  remove({.id = 1, .token = ""});
  EXPECT_EQ(medium_.objects.size(), 4U) << "of a set without a token nothing is known to be its own";
}

TEST_F(SetOnMediumTest, NothingGoesFromWhereAManifestLiesWhoeverWroteIt) {
  value_of(start(1, "own000"));
  const Bytes manifest = write(1, "own000abc");
  const OwnSet own{.id = 1, .token = "own000", .manifest_sha256 = sha256_of(manifest)};
  EXPECT_FALSE(is_whole(own));
  EXPECT_EQ(value_of(complete(own, manifest)), "");
  EXPECT_TRUE(is_whole(own));
  const auto before = medium_.objects;
  EXPECT_FALSE(remove(own));
  EXPECT_EQ(medium_.objects, before);
  EXPECT_TRUE(is_whole(own));
  medium_.objects[storage::set_object_name({.id = 1}, "own000abc", 1)].front() ^= 1U;
  EXPECT_FALSE(is_whole(own));
  EXPECT_FALSE(remove(own)) << "a damaged set isn't ours to remove either";
  EXPECT_EQ(medium_.objects.size(), before.size());
}

// A bucket took the manifest, and said so to nobody; the set was given up, and what it named removed.
TEST_F(SetOnMediumTest, AManifestThatComesLateIsKnownAsVoidAndGoes) {
  value_of(start(1, "own000"));
  const Bytes manifest = write(1, "own000abc");
  const OwnSet own{.id = 1, .token = "own000", .manifest_sha256 = sha256_of(manifest)};
  EXPECT_TRUE(remove(own));
  EXPECT_TRUE(medium_.objects.empty());
  medium_.objects[storage::set_manifest_name({.id = 1})] = manifest;
  put("backup_set_1_full/notes.txt");
  put(storage::set_object_name({.id = 1}, "other0abc", 1));
  OwnSet copy = own;
  copy.manifest_sha256 = sha256_of(Bytes(1));
  EXPECT_FALSE(remove(copy)) << "another one's";
  EXPECT_EQ(medium_.objects.size(), 3U);
  EXPECT_TRUE(remove(own));
  EXPECT_EQ(medium_.objects.size(), 2U) << "what isn't the set's own stays";
  EXPECT_FALSE(medium_.objects.contains(storage::set_manifest_name({.id = 1})));
}

TEST_F(SetOnMediumTest, AManifestIsOnlyWrittenForWhatIsThere) {
  const OwnSet own{.id = 1, .token = "own000"};
  const std::string object = storage::set_object_name({.id = 1}, "own000abc", 1);
  const Bytes manifest = write(1, "own000abc");
  medium_.objects[object].front() ^= 1U;
  EXPECT_NE(value_of(complete(own, manifest, kNow, true)), "");
  medium_.objects[object].push_back(0);
  EXPECT_NE(value_of(complete(own, manifest)), "");
  medium_.objects.erase(object);
  EXPECT_NE(value_of(complete(own, manifest)), "");
  EXPECT_TRUE(medium_.objects.empty()) << "no manifest, no end";
}

TEST_F(SetOnMediumTest, ANumberIsClaimedOnceWhateverTheType) {
  put("backup_sets/backup_set_1_inc_start.obbak");
  EXPECT_EQ(code_of(start(1, "own000")), Errc::file_already_exist);
  put("backup_set_2_inc/infos/data_other0abc_1.obbak");
  EXPECT_EQ(code_of(start(2, "own000")), Errc::file_already_exist);
  put("backup_set_30_inc/infos/data_other0abc_1.obbak");
  value_of(start(3, "own000"));
}

TEST_F(SetOnMediumTest, AnAbsurdNumberCountsOnlyOnceItIsItsTurn) {
  put("backup_set_900000000000_full/x");
  put("backup_set_4_full/x");
  EXPECT_EQ(taken(), 4);
  EXPECT_EQ(taken({}, 900'000'000'000), 900'000'000'000);
  EXPECT_EQ(taken(OwnSet{.id = 900'000'000'000, .token = "own000"}, 900'000'000'000), 900'000'000'000);
  put("backup_set_" + std::to_string(1 + kMaxSetsAhead) + "_full/x");
  EXPECT_EQ(taken(), 1 + kMaxSetsAhead);
  put("backup_set_1000000000000_full/x");
  EXPECT_EQ(taken({}, 1'000'000'000'000), 1'000'000'000'000) << "the highest number is one";
}

TEST_F(SetOnMediumTest, AListThatDoesNotEndIsAnError) {
  medium_.endless = true;
  const auto taken = run<std::int64_t>([&] { return highest_taken(medium_, {}, 1, call_); });
  EXPECT_EQ(code_of(taken), Errc::io_error);
  EXPECT_LE(medium_.lists, storage::ListingLimits::kMostEmptyPages + 2);
}

TEST_F(SetOnMediumTest, CompletingRemovesStraysOfItsOwnAlone) {
  value_of(start(1, "own000"));
  write(1, "own000old");
  const Bytes manifest = write(1, "own000new");
  put("backup_set_1_full/notes.txt");
  put(storage::set_object_name({.id = 1}, "other0abc", 1));
  const storage::SetStart other_type{
      .owner = owner("t"), .set = {.id = 1, .type = SetType::incremental}, .attempt = "own000"};
  medium_.objects[storage::set_start_name(other_type.set)] = storage::encode(other_type);
  const OwnSet own{.id = 1, .token = "own000"};
  value_of(complete(own, manifest));
  EXPECT_FALSE(medium_.objects.contains(storage::set_object_name({.id = 1}, "own000old", 1)));
  EXPECT_TRUE(medium_.objects.contains(storage::set_object_name({.id = 1}, "own000new", 1)));
  EXPECT_FALSE(medium_.objects.contains(storage::set_start_name(other_type.set)));
  EXPECT_EQ(medium_.objects.size(), 6U) << "start, object, manifest, end, and the two of others";
  value_of(complete(own, manifest, kNow + 5'000'000));
  EXPECT_EQ(medium_.objects.size(), 6U) << "one end";
  EXPECT_NE(value_of(complete(own, write(1, "own000xyz"))), "") << "there is another manifest";
}

TEST_F(SetOnMediumTest, AnEndsNameThatIsTakenIsAnError) {
  const Bytes manifest = write(1, "own000abc");
  put(storage::set_end_name({.id = 1}, storage::SetEnding::success, kNow));
  EXPECT_EQ(code_of(complete({.id = 1, .token = "own000"}, manifest)), Errc::file_already_exist);
  value_of(complete({.id = 1, .token = "own000"}, manifest, kNow + 1'000'000));
}

TEST_F(SetOnMediumTest, DiscardingTakesTheDataBeforeWhatNamesIt) {
  value_of(start(1, "own000"));
  const Bytes manifest = write(1, "own000abc");
  const OwnSet own{.id = 1, .token = "own000", .manifest_sha256 = sha256_of(manifest)};
  value_of(complete(own, manifest));
  put("backup_set_1_full/notes.txt");
  make_other(10);
  EXPECT_TRUE(value_of(discard(own)));
  const SetName set{.id = 1};
  EXPECT_EQ(order_, (std::vector<std::string>{storage::set_object_name(set, "own000abc", 1),
                                              storage::set_manifest_name(set),
                                              storage::set_end_name(set, storage::SetEnding::success, kNow),
                                              storage::set_start_name(set)}));
  EXPECT_EQ(medium_.objects.size(), 5U) << "the notes, and the other set";
  EXPECT_TRUE(value_of(discard(own))) << "what is gone is gone";
}

TEST_F(SetOnMediumTest, WhatWasCutShortIsNeverWholeAndIsTakenUp) {
  for (std::size_t most = 0; most < 4; ++most) {
    medium_.objects.clear();
    value_of(start(1, "own000"));
    const Bytes manifest = write(1, "own000abc");
    const OwnSet own{.id = 1, .token = "own000", .manifest_sha256 = sha256_of(manifest)};
    value_of(complete(own, manifest));
    EXPECT_EQ(code_of(discard(own, most)), Errc::backup_dest_not_connect);
    EXPECT_EQ(medium_.objects.size(), 4 - most);
    EXPECT_EQ(is_whole(own), most == 0);
    EXPECT_TRUE(value_of(discard(own)));
    EXPECT_TRUE(medium_.objects.empty()) << most;
  }
}

TEST_F(SetOnMediumTest, NothingIsDiscardedOfAnotherLifesSet) {
  const std::size_t before = make_other(1);
  EXPECT_FALSE(value_of(discard({.id = 1, .token = "other0"}))) << "the same token: a copy of this catalogue";
  EXPECT_FALSE(value_of(discard({.id = 1, .token = "own000", .manifest_sha256 = "00"})));
  EXPECT_EQ(medium_.objects.size(), before);
  medium_.objects.erase(storage::set_manifest_name({.id = 1}));
  EXPECT_TRUE(value_of(discard({.id = 1, .token = "own000", .manifest_sha256 = "00"})));
  EXPECT_EQ(medium_.objects.size(), before - 1)
      << "without a manifest, what bears the token goes, and nothing else";
}

TEST_F(SetOnMediumTest, AFailedSetGoesWhateverItsType) {
  value_of(start(1, "own000"));
  write(1, "own000abc");
  put(storage::set_object_name({.id = 1, .type = SetType::incremental}, "own000xyz", 1));
  EXPECT_TRUE(value_of(discard({.id = 1, .token = "own000"})));
  EXPECT_TRUE(medium_.objects.empty());
}

}  // namespace
}  // namespace breakwater::server::jobs
