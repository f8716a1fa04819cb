#include "server/execute/backup/intent_record.h"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace breakwater::server::execute {
namespace {

using catalog::DestinationKind;
using storage::AnchorMark;
using storage::FormatFiles;
using Lines = std::vector<std::string>;
using namespace std::string_literals;
using namespace std::string_view_literals;

constexpr std::string_view kCheckName = "1002_connect_file_20230111T193020.obbak";

// What a catalogue gives back of an intent that was opened with `record`.
catalog::Intent intent_with(const Bytes& record, DestinationKind kind, const Bytes& format = {}) {
  return {.id = 7, .spec = {.kind = kind, .format = format, .record = record}};
}

// ... and of one that a version before the records has opened.
catalog::Intent old_intent(const Lines& lines, DestinationKind kind, const Bytes& format = {}) {
  return {.id = 7, .spec = {.kind = kind, .format = format}, .lines = lines};
}

std::optional<DestinationIntent> destination_in(const catalog::Intent& intent) {
  const auto record = decode_record(intent);
  if (!record || !std::holds_alternative<DestinationIntent>(*record)) return std::nullopt;
  return std::get<DestinationIntent>(*record);
}

std::optional<KeyIntent> key_in(const catalog::Intent& intent) {
  const auto record = decode_record(intent);
  if (!record || !std::holds_alternative<KeyIntent>(*record)) return std::nullopt;
  return std::get<KeyIntent>(*record);
}

Bytes bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

storage::WritePlan plan_with(FormatFiles formats, std::optional<AnchorMark> mark) {
  return {.check_name = std::string(kCheckName),
          .token = "00112233445566778899aabbccddeeff",
          .directories = {"/backup/t", "/backup/t/a\nb=\xff", "/backup/t/check_file"},
          .began_in = mark,
          .format_bytes = {1, 2, 3},
          .formats = formats};
}

void expect_same(const std::optional<AnchorMark>& is, const std::optional<AnchorMark>& should_be) {
  ASSERT_EQ(is.has_value(), should_be.has_value());
  if (!is) return;
  EXPECT_EQ(is->device, should_be->device);
  EXPECT_EQ(is->inode, should_be->inode);
  EXPECT_EQ(is->depth, should_be->depth);
}

const std::vector<std::optional<AnchorMark>> kMarks = {
    std::nullopt, AnchorMark{.device = 64769, .inode = 1311},
    AnchorMark{.device = 0xFFFF'FFFF'FFFF'FFFF, .inode = 7, .depth = 3}};

// ---- the form of today ----

TEST(IntentRecord, HoldsAllOfADestinationsPlan) {
  for (const FormatFiles formats : {FormatFiles::none, FormatFiles::format, FormatFiles::both}) {
    for (const auto& mark : kMarks) {
      const storage::WritePlan plan = plan_with(formats, mark);
      const Bytes record = encode_record(DestinationIntent{plan});
      const auto again =
          destination_in(intent_with(record, DestinationKind::log_archive_dest, plan.format_bytes));
      ASSERT_TRUE(again);
      EXPECT_EQ(again->plan.check_name, plan.check_name);
      EXPECT_EQ(again->plan.token, plan.token);
      EXPECT_EQ(again->plan.directories, plan.directories);
      EXPECT_EQ(again->plan.format_bytes, plan.format_bytes);
      EXPECT_EQ(again->plan.formats, formats);
      expect_same(again->plan.began_in, mark);
    }
  }
}

TEST(IntentRecord, HoldsAllOfAKeyFilesPlan) {
  for (const bool replaces : {false, true}) {
    for (const auto& mark : kMarks) {
      const storage::KeyFilePlan plan{.path = "/backup/t.key",
                                      .temp_name = ".0011.key.tmp",
                                      .directories = {"/backup"},
                                      .replaces = replaces,
                                      .began_in = mark};
      const KeyIntent intent{.plan = plan, .digest = crypto::sha256(bytes_of("the file"))};
      const auto again = key_in(intent_with(encode_record(intent), DestinationKind::backup_key));
      ASSERT_TRUE(again && again->plan);
      EXPECT_EQ(again->digest, intent.digest);
      EXPECT_EQ(again->plan->path, plan.path);
      EXPECT_EQ(again->plan->temp_name, plan.temp_name);
      EXPECT_EQ(again->plan->directories, plan.directories);
      EXPECT_EQ(again->plan->replaces, replaces);
      expect_same(again->plan->began_in, mark);
    }
  }
}

TEST(IntentRecord, AKeyObjectHasNoPlan) {
  const KeyIntent intent{.digest = crypto::sha256(bytes_of("the object")), .newest = 3, .is_protected = true};
  const auto again = key_in(intent_with(encode_record(intent), DestinationKind::backup_key));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->digest, intent.digest);
  EXPECT_EQ(again->newest, 3);
  EXPECT_TRUE(again->is_protected);
  EXPECT_FALSE(again->plan);
}

// Version 1, byte by byte: catalogues hold it. A form that differs is a new version.
TEST(IntentRecord, IsWrittenLikeThis) {
  const DestinationIntent destination{{.check_name = "c",
                                       .token = "t",
                                       .directories = {"/b", "/b/t"},
                                       .began_in = AnchorMark{.device = 64769, .inode = 1311, .depth = 1},
                                       .format_bytes = {1},
                                       .formats = FormatFiles::both}};
  EXPECT_EQ(as_text(encode_record(destination)),
            "intent=1\0makes=destination\0check=c\0token=t\0formats=both\0began_in=64769 1311 1\0"
            "directory=/b\0directory=/b/t\0"sv);
  const KeyIntent key{
      .plan = storage::KeyFilePlan{.path = "/k", .temp_name = "n", .directories = {}, .replaces = true}};
  EXPECT_EQ(as_text(encode_record(key)),
            "intent=1\0makes=key\0digest=0000000000000000000000000000000000000000000000000000000000000000\0"
            "file=/k\0temp=n\0replaces=yes\0"sv);
  const KeyIntent noted{.newest = 7, .is_protected = true};
  EXPECT_EQ(as_text(encode_record(noted)),
            "intent=1\0makes=key\0digest=0000000000000000000000000000000000000000000000000000000000000000\0"
            "newest=7\0protected=yes\0"sv);
}

TEST(IntentRecord, WhatIsNoneIsNone) {
  for (const std::string_view text : {
           "x"sv,
           "intent=2\0makes=destination\0check=c\0token=t\0formats=both\0"sv,
           "makes=destination\0check=c\0token=t\0formats=both\0"sv,
           "intent=1\0makes=key\0check=c\0token=t\0formats=both\0"sv,
           "intent=1\0makes=destination\0check=\0token=t\0formats=both\0"sv,
           "intent=1\0makes=destination\0check=c\0formats=both\0"sv,
           "intent=1\0makes=destination\0check=../c\0token=t\0formats=both\0"sv,
           "intent=1\0makes=destination\0check=c\0token=t/u\0formats=both\0"sv,
           "intent=1\0makes=destination\0check=c\0token=t\0formats=some\0"sv,
           "intent=1\0makes=destination\0check=c\0token=t\0formats=both\0began_in=1\0"sv,
           "intent=1\0makes=destination\0check=c\0token=t\0formats=both\0began_in=-1 2\0"sv,
           "intent=1\0makes=destination\0check=c\0token=t\0formats=both\0began_in=1 2 3 4\0"sv,
       })
    EXPECT_FALSE(decode_record(intent_with(bytes_of(text), DestinationKind::data_backup_dest))) << text;
  const std::string digest = "intent=1\0makes=key\0digest="s + std::string(64, '0') + '\0';
  EXPECT_TRUE(decode_record(intent_with(bytes_of(digest), DestinationKind::backup_key)));
  EXPECT_FALSE(decode_record(intent_with(bytes_of(digest), DestinationKind::data_backup_dest)));
  for (const std::string& text : {
           "intent=1\0makes=key\0digest=00\0"s,
           digest + "file=relative\0temp=n\0"s,
           digest + "file=/k\0temp=\0"s,
           digest + "file=/k\0temp=a/b\0"s,
           digest + "file=/k\0temp=n\0began_in=x\0"s,
       })
    EXPECT_FALSE(decode_record(intent_with(bytes_of(text), DestinationKind::backup_key))) << text;
}

// ---- the forms of older versions, as their catalogues hold them ----

TEST(IntentRecord, ReadsEveryOldFormOfADestination) {
  const std::string check(kCheckName);
  const auto read = [](const Lines& lines) {
    return destination_in(old_intent(lines, DestinationKind::data_backup_dest, {1, 2, 3}));
  };
  const auto newest = read({check, "0011", "obbak", "at 64769 1311 1", "/b/t"});
  ASSERT_TRUE(newest);
  EXPECT_EQ(newest->plan.check_name, check);
  EXPECT_EQ(newest->plan.token, "0011");
  EXPECT_EQ(newest->plan.formats, FormatFiles::both);
  EXPECT_EQ(newest->plan.directories, (Lines{"/b/t"}));
  EXPECT_EQ(newest->plan.format_bytes, (Bytes{1, 2, 3}));
  expect_same(newest->plan.began_in, AnchorMark{.device = 64769, .inode = 1311, .depth = 1});
  const auto no_depth = read({check, "0011", "renews", "at 64769 1311"});
  ASSERT_TRUE(no_depth);
  EXPECT_EQ(no_depth->plan.formats, FormatFiles::none);
  expect_same(no_depth->plan.began_in, AnchorMark{.device = 64769, .inode = 1311});
  const auto no_mark = read({check, "0011", "", "/b", "/b/t"});
  ASSERT_TRUE(no_mark);
  EXPECT_EQ(no_mark->plan.formats, FormatFiles::format);
  EXPECT_FALSE(no_mark->plan.began_in);
  EXPECT_EQ(no_mark->plan.directories, (Lines{"/b", "/b/t"}));
  for (const Lines& lines : {Lines{}, Lines{"a", "b"}, Lines{"", "b", ""}, Lines{"a", "", ""},
                             Lines{"../a", "b", ""}, Lines{"a", "b/c", ""}})
    EXPECT_FALSE(read(lines));
}

TEST(IntentRecord, ReadsEveryOldFormOfAKeyBackup) {
  const crypto::Sha256 digest = crypto::sha256(bytes_of("the file"));
  const Bytes format(digest.begin(), digest.end());
  const auto read = [&](const Lines& lines) {
    return key_in(old_intent(lines, DestinationKind::backup_key, format));
  };
  const auto newest = read({"/b/t.key", ".0011.key.tmp", "replaces", "at 64769 1311 1"});
  ASSERT_TRUE(newest && newest->plan);
  EXPECT_EQ(newest->digest, digest);
  EXPECT_EQ(newest->plan->path, "/b/t.key");
  EXPECT_EQ(newest->plan->temp_name, ".0011.key.tmp");
  EXPECT_TRUE(newest->plan->replaces);
  EXPECT_TRUE(newest->plan->directories.empty());
  expect_same(newest->plan->began_in, AnchorMark{.device = 64769, .inode = 1311, .depth = 1});
  const auto no_mark = read({"/b/t.key", ".0011.key.tmp", "", "/b"});
  ASSERT_TRUE(no_mark && no_mark->plan);
  EXPECT_FALSE(no_mark->plan->replaces);
  EXPECT_FALSE(no_mark->plan->began_in);
  EXPECT_EQ(no_mark->plan->directories, (Lines{"/b"}));
  // An object's plan had no lines that say anything.
  for (const Lines& lines : {Lines{"", "", ""}, Lines{}}) {
    const auto object = read(lines);
    ASSERT_TRUE(object);
    EXPECT_EQ(object->digest, digest);
    EXPECT_FALSE(object->plan);
  }
  EXPECT_FALSE(decode_record(old_intent({"/b/t.key", "n", ""}, DestinationKind::backup_key, Bytes(31))));
}

TEST(IntentRecord, AChecksIntentNamesItsPlaceAndClaimsNone) {
  storage::WritePlan plan = plan_with(FormatFiles::both, AnchorMark{.device = 1, .inode = 2, .depth = 3});
  plan.make_only_probes();
  const Bytes record = encode_record(ProbeIntent{plan, "file:///backup/t\nb=\xff"});
  for (const auto kind : {DestinationKind::data_backup_dest, DestinationKind::log_archive_dest}) {
    const catalog::Intent intent = intent_with(record, kind, plan.format_bytes);
    EXPECT_TRUE(is_probe(intent));
    EXPECT_EQ(place_of(intent), "file:///backup/t\nb=\xff");
    const auto decoded = decode_record(intent);
    ASSERT_TRUE(decoded && std::holds_alternative<ProbeIntent>(*decoded));
    const storage::WritePlan& back = std::get<ProbeIntent>(*decoded).plan;
    EXPECT_TRUE(back.only_probes);
    EXPECT_EQ(back.formats, FormatFiles::none);
    EXPECT_EQ(back.check_name, plan.check_name);
    EXPECT_EQ(back.token, plan.token);
    EXPECT_EQ(back.format_bytes, plan.format_bytes);
    EXPECT_EQ(back.directories, (Lines{"/backup/t", "/backup/t/a\nb=\xff"}));
    expect_same(back.began_in, plan.began_in);
  }
  EXPECT_FALSE(decode_record(intent_with(record, DestinationKind::backup_key)));
}

TEST(IntentRecord, AnothersPlaceIsTheOneThatItClaims) {
  catalog::Intent intent = intent_with(encode_record(DestinationIntent{plan_with(FormatFiles::both, {})}),
                                       DestinationKind::data_backup_dest);
  intent.spec.path_key = "file:///claimed";
  EXPECT_FALSE(is_probe(intent));
  EXPECT_EQ(place_of(intent), "file:///claimed");
}

TEST(IntentRecord, OfAPlaceThatIsGivenUpIsReadBack) {
  for (const Bytes& tombstone : {Bytes{}, bytes_of("Breakwater tombstone 1\n")}) {
    catalog::Intent intent;
    intent.spec.format = bytes_of("the format file");
    intent.spec.record =
        encode_record(GiveUpIntent{{.tenant_id = 1002,
                                    .token = "0011",
                                    .format_bytes = intent.spec.format,
                                    .tombstone = tombstone,
                                    .file_system = "type=nfs fsid=1:0",
                                    .above = AnchorMark{.device = 1, .inode = 2, .depth = 3}}});
    const auto read = decode_record(intent);
    const auto* room = read ? std::get_if<GiveUpIntent>(&*read) : nullptr;
    ASSERT_NE(room, nullptr);
    EXPECT_EQ(room->plan.tenant_id, 1002U);
    EXPECT_EQ(room->plan.token, "0011");
    EXPECT_EQ(room->plan.format_bytes, intent.spec.format);
    EXPECT_EQ(room->plan.tombstone, tombstone);
    EXPECT_EQ(room->plan.file_system, "type=nfs fsid=1:0");
    expect_same(room->plan.above, AnchorMark{.device = 1, .inode = 2, .depth = 3});
  }
  catalog::Intent no_token;
  no_token.spec.record = encode_record(GiveUpIntent{{.tenant_id = 1002, .token = "../x"}});
  EXPECT_FALSE(decode_record(no_token));
}

TEST(IntentRecord, KeepsTheProofOfTheCheckFile) {
  catalog::Intent intent;
  intent.spec.format = bytes_of("the format file");
  DestinationIntent made;
  made.plan.check_name = "check";
  made.plan.token = "0011";
  made.plan.check_proof = Bytes{0, 1, 255};
  intent.spec.record = encode_record(made);
  const auto read = decode_record(intent);
  ASSERT_TRUE(read);
  EXPECT_EQ(std::get<DestinationIntent>(*read).plan.check_proof, made.plan.check_proof);
}

}  // namespace
}  // namespace breakwater::server::execute
