#include "storage/formats/backup_set.h"

#include <gtest/gtest.h>

#include "storage/formats/backup_vectors.h"
#include "storage/support.h"

namespace breakwater::storage {
namespace {

// Made by another program: Python's json, hashlib and hmac.
const std::string kManifest =
    R"({"cluster_version":"4.2.1.0","ended":1673436620000000,"format":"breakwater set","from_sc)"
    R"(n":1673436600000000000,"history":"5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a","information":"","ke)"
    R"(y":{"by_password":{"kdf":"scrypt","n":16,"p":1,"r":1,"salt":"202122232425262728292a2b2c2)"
    R"(d2e2f","wrapped":"5c5d5e5f6061626364656667222180398af514bab2f0e374892183bb37ccd388cfa2b7)"
    R"(c2f52932f189b1bb7ea4d3253b1a12caf87708e157a0dc3042"},"fingerprint":"d78bdb31cf670bdd","w)"
    R"(rapped":"505152535455565758595a5b17b99329342bf16e8619444386131a42db7eabff717ac131797aa00)"
    R"(5bca0e687077d3e6abfc921d7161fe6ccb07a4764"},"min_restore_scn":1673436620000000000,"objec)"
    R"(ts":[{"length":1234,"lines":7,"name":"backup_set_3_inc/infos/data_1a_1.obbak","sha256":")"
    R"(cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"}],"owner":{"cluster_id)"
    R"(":1,"cluster_name":"obcluster","compatibility_mode":"MYSQL","dest_id":1001,"incarnation")"
    R"(:1,"tenant_id":1002,"tenant_name":"mysql_tenant"},"plus_archivelog":false,"prev_full_set)"
    R"(_id":1,"prev_manifest_sha256":"ababababababababababababababababababababababababababababa)"
    R"(bababab","prev_set_id":2,"schema_version":11,"set":{"id":3,"type":"inc"},"start_replay_s)"
    R"(cn":1673436610000000000,"started":1673436610000000,"version":2,"sha256":"cd7ecf73af0f947)"
    R"(0c93f4aec53ac8a5f8123ce15ecf982359e104c8e06189e4a","mac":"378ac2cbbb6f621abc20cbdf5b8b14)"
    R"(7055191b79da161d6a9031b8a63a0896c9"})"
    "\n";
const std::string kStart =
    R"({"format":"breakwater set start","owner":{"cluster_id":1,"cluster_name":"obcluster","com)"
    R"(patibility_mode":"MYSQL","dest_id":1001,"incarnation":1,"tenant_id":1002,"tenant_name":")"
    R"(mysql_tenant"},"set":{"id":3,"type":"inc"},"started":1673436610000000,"version":2,"sha25)"
    R"(6":"d64f5d9063be993ec93e476d0b3d166fe03f3e92be0dece4679fe2b03b41f747"})"
    "\n";

constexpr SetName kSet{.id = 3, .type = SetType::incremental};

BackupOwner owner_example() {
  return {.cluster_name = "obcluster",
          .cluster_id = 1,
          .tenant_name = "mysql_tenant",
          .tenant_id = 1002,
          .compatibility_mode = "MYSQL",
          .dest_id = 1001};
}

SetManifest manifest_example(const BackupVectors& made) {
  SetManifest manifest{.owner = owner_example(),
                       .set = kSet,
                       .prev_full_set_id = 1,
                       .prev_set_id = 2,
                       .from_scn = 1673436600000000000,
                       .start_replay_scn = 1673436610000000000,
                       .min_restore_scn = 1673436620000000000,
                       .schema_version = 11,
                       .cluster_version = "4.2.1.0",
                       .started = 1673436610000000,
                       .ended = 1673436620000000,
                       .key = made.wrapped};
  for (int i = 0; i < 32; ++i) manifest.prev_manifest_sha256 += "ab";
  for (int i = 0; i < 16; ++i) manifest.history += "5a";
  ObjectEntry object{.name = set_object_name(kSet, "1a", 1), .length = 1234, .lines = 7};
  object.sha256.fill(0xCD);
  manifest.objects.push_back(object);
  return manifest;
}

bool is_refused(std::string_view text) {
  const auto got = decode_set_manifest(as_bytes(text));
  return !got && got.error().is(Errc::checksum_error) && !got.error().hint().empty();
}

// The manifest with a part replaced and the sum made right again.
std::string with(std::string_view from, std::string_view to) {
  std::string text = kManifest.substr(0, kManifest.rfind(R"(,"sha256":")"));
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  text += R"(,"sha256":")" + crypto::to_hex(crypto::sha256(as_bytes(text))) + "\"";
  return text + R"(,"mac":")" + std::string(64, '0') + "\"}\n";
}

TEST(BackupSet, NamesAreOceanBases) {
  EXPECT_EQ(set_start_name({.id = 1}), "backup_sets/backup_set_1_full_start.obbak");
  EXPECT_EQ(set_directory({.id = 1}), "backup_set_1_full/");
  EXPECT_EQ(set_manifest_name(kSet), "backup_set_3_inc/single_backup_set_info.obbak");
  EXPECT_EQ(set_object_name(kSet, "1a", 2), "backup_set_3_inc/infos/data_1a_2.obbak");
  const std::string end = set_end_name(kSet, SetEnding::success, 1673436860000000);
  EXPECT_TRUE(end.starts_with("backup_sets/backup_set_3_inc_end_success_2023011")) << end;
  EXPECT_EQ(parse_set_mark(end)->set, kSet);
  EXPECT_EQ(parse_set_mark(end)->ending, SetEnding::success);
  EXPECT_EQ(parse_set_mark(set_end_name(kSet, SetEnding::failed, 0))->ending, SetEnding::failed);
  EXPECT_FALSE(parse_set_mark(set_start_name(kSet))->ending);
  EXPECT_EQ(set_of("backup_set_3_inc/infos/x"), kSet);
}

TEST(BackupSet, OtherNamesAreNobodys) {
  for (const std::string_view name :
       {"", "backup_sets/", "backup_sets/backup_set_0_full_start.obbak",
        "backup_sets/backup_set_01_full_start.obbak", "backup_sets/backup_set_-1_full_start.obbak",
        "backup_sets/backup_set_+1_full_start.obbak",
        "backup_sets/backup_set_99999999999999999999_full_start.obbak",
        "backup_sets/backup_set_1_half_start.obbak", "backup_sets/backup_set_1_full_start.obbakx",
        "backup_sets/backup_set_1_full_end_success_.obbak",
        "backup_sets/backup_set_1_full_end_success_20230111X193020.obbak",
        "backup_sets/backup_set_1_full_end_maybe_20230111T193020.obbak", "backup_set_1_full_start.obbak"})
    EXPECT_FALSE(parse_set_mark(name)) << name;
  EXPECT_FALSE(set_of("backup_set_3_inc"));
  EXPECT_FALSE(set_of("backup_set_3_incx/a"));
}

TEST(BackupSet, TheManifestOfTheDocumentToTheByte) {
  const BackupVectors made;
  const SetManifest manifest = manifest_example(made);
  EXPECT_EQ(as_text(encode(manifest, made.key).value()), kManifest);
  EXPECT_EQ(decode_set_manifest(as_bytes(kManifest)).value(), manifest);
  EXPECT_TRUE(verify_manifest(as_bytes(kManifest), made.key));
}

TEST(BackupSet, AManifestWithEverythingIsReadAsItWas) {
  const BackupVectors made;
  SetManifest manifest = manifest_example(made);
  manifest.round = SetRound{.dest_id = 1002, .round_id = 1, .key = made.wrapped};
  manifest.plus_archivelog = true;
  manifest.information = R"({"pool":"p1"})";
  manifest.owner.tenant_name = "t\"\\\n\xC3\xA4";
  EXPECT_EQ(decode_set_manifest(encode(manifest, made.key).value()).value(), manifest);
}

TEST(BackupSet, DamageIsFoundWithoutTheKey) {
  for (std::size_t at = 0; at + 1 < kManifest.size(); ++at) {
    std::string changed = kManifest;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    const bool in_the_mac = at > kManifest.find(R"(,"mac":)") + 7;
    EXPECT_TRUE(in_the_mac || is_refused(changed)) << at;
  }
  for (std::size_t size = 0; size < kManifest.size(); ++size)
    EXPECT_TRUE(is_refused(kManifest.substr(0, size))) << size;
}

TEST(BackupSet, AForgedOneIsFoundByTheKey) {
  const BackupVectors made;
  const std::string forged = with(R"("lines":7)", R"("lines":8)");
  EXPECT_TRUE(decode_set_manifest(as_bytes(forged)));
  const auto verified = verify_manifest(as_bytes(forged), made.key);
  EXPECT_TRUE(verified.error().is(Errc::checksum_error));
  EXPECT_FALSE(verify_manifest(as_bytes(kStart), made.key)) << "it has no MAC";
}

TEST(BackupSet, WhatCantBeIsRefused) {
  const std::string again =
      R"([{"length":1234,"lines":7,"name":"backup_set_3_inc/infos/data_1a_1.obbak","sha256":")";
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {R"("version":2)", R"("version":1)"},
           {R"("breakwater set")", R"("breakwater piece")"},
           {R"("length":1234)", R"("length":-1)"},
           {R"("length":1234)", R"("length":1e3)"},
           {R"("length":1234)", R"("length":18446744073709551615)"},
           {R"("length":1234)", R"("length":"1234")"},
           {R"("type":"inc")", R"("type":"full")"},  // then the object is in another set's directory
           {R"("id":3)", R"("id":0)"},
           {R"(backup_set_3_inc/infos)", R"(backup_set_4_inc/infos)"},
           {R"("n":16)", R"("n":-16)"},
           {R"("r":1)", R"("r":4294967296)"},
           {R"("kdf":"scrypt")", R"("kdf":"none")"},
           {R"("objects":[)", R"("objects":7,"x":[)"},
           {again, again + std::string(64, '0') + R"("},)" + again.substr(1)},
           {R"("information":"")", R"("information":)" + std::string(40, '[') + std::string(40, ']')}})
    EXPECT_TRUE(is_refused(with(from, to))) << to;
}

TEST(BackupSet, ItIsBounded) {
  const BackupVectors made;
  SetManifest manifest = manifest_example(made);
  manifest.objects.resize(kMaxObjects + 1);
  EXPECT_TRUE(encode(manifest, made.key).error().is(Errc::size_overflow));
  manifest.objects.clear();
  for (std::size_t number = 1; number <= kMaxObjects; ++number)
    manifest.objects.push_back({.name = set_object_name(kSet, "zzzzzzzzz", static_cast<std::int64_t>(number)),
                                .length = INT64_MAX,
                                .lines = INT64_MAX});
  const Bytes bytes = encode(manifest, made.key).value();
  EXPECT_LE(bytes.size(), kMaxManifest);
  EXPECT_EQ(decode_set_manifest(bytes).value(), manifest);
  std::string wide = R"({"a":[)";
  for (int i = 0; i < 1'000'000; ++i) wide += "{},";
  EXPECT_TRUE(is_refused(with(R"("information":"")", R"("information":)" + wide.substr(5) + "1]")));
}

TEST(BackupSet, MarksAreReadAsTheyWere) {
  const SetStart start{.owner = owner_example(), .set = kSet, .started = 1673436610000000};
  EXPECT_EQ(as_text(encode(start)), kStart);
  const SetStart read = decode_set_start(as_bytes(kStart)).value();
  EXPECT_EQ(read.owner, start.owner);
  EXPECT_EQ(read.set, kSet);
  const SetEnd end{.set = kSet, .ending = SetEnding::failed, .result = -9080, .ended = 5};
  const SetEnd again = decode_set_end(encode(end)).value();
  EXPECT_EQ(again.ending, SetEnding::failed);
  EXPECT_EQ(again.result, -9080);
  EXPECT_FALSE(decode_set_end(encode(start)));
  EXPECT_FALSE(decode_set_start(encode(end)));
}

}  // namespace
}  // namespace breakwater::storage
