#include "storage/formats/archive_piece.h"

#include <gtest/gtest.h>

#include "storage/formats/backup_vectors.h"
#include "storage/support.h"

namespace breakwater::storage {
namespace {

constexpr PieceName kPiece{.round = {.dest_id = 1002, .round_id = 1}, .piece_id = 2};

BackupOwner archive_owner() {
  return {.cluster_name = "c",
          .cluster_id = 1,
          .tenant_name = "t",
          .tenant_id = 1002,
          .compatibility_mode = "ORACLE",
          .dest_id = 1002};
}

PieceManifest piece_example(const BackupVectors& made) {
  PieceManifest manifest{.start = {.owner = archive_owner(),
                                   .round_id = 1,
                                   .piece_id = 2,
                                   .start_scn = 10,
                                   .schema_version = 11,
                                   .started = 5,
                                   .previous = std::string(64, 'a'),
                                   .key = made.wrapped},
                         .end_scn = 30,
                         .ended = 7};
  for (std::int64_t number = 1; number <= 2; ++number)
    manifest.objects.push_back({.object = {.name = log_object_name(kPiece, number), .length = 9, .lines = 1},
                                .from_scn = 10 * number,
                                .to_scn = 10 * number + 10});
  return manifest;
}

TEST(ArchivePiece, NamesAreOceanBases) {
  EXPECT_EQ(round_start_name(kPiece.round), "rounds/round_d1002r1_start.obarc");
  EXPECT_EQ(round_end_name(kPiece.round), "rounds/round_d1002r1_end.obarc");
  EXPECT_EQ(piece_directory(kPiece), "piece_d1002r1p2/");
  EXPECT_EQ(log_object_name(kPiece, 7), "piece_d1002r1p2/logstream_1/log/7.obarc");
  const std::string start = piece_start_name(kPiece, 1673436860000000);
  EXPECT_TRUE(start.starts_with("pieces/piece_d1002r1p2_start_2023011")) << start;
  EXPECT_EQ(parse_piece_mark(start)->piece, kPiece);
  EXPECT_FALSE(parse_piece_mark(start)->end);
  EXPECT_TRUE(parse_piece_mark(piece_end_name(kPiece, 0))->end);
  EXPECT_EQ(parse_round_mark(round_start_name(kPiece.round))->round, kPiece.round);
  EXPECT_TRUE(parse_round_mark(round_end_name(kPiece.round))->end);
  EXPECT_EQ(piece_of(log_object_name(kPiece, 7)), kPiece);
  EXPECT_EQ(log_number(kPiece, log_object_name(kPiece, 7)), 7);
}

TEST(ArchivePiece, OtherNamesAreNobodys) {
  for (const std::string_view name :
       {"", "rounds/", "rounds/round_d1002r1.obarc", "rounds/round_d1002r01_end.obarc",
        "rounds/round_dr1_end.obarc", "rounds/round_d1002r1_end.obarcx"})
    EXPECT_FALSE(parse_round_mark(name)) << name;
  for (const std::string_view name :
       {"pieces/piece_d1002r1p2_start_.obarc", "pieces/piece_d1002r1_start_20230111T193020.obarc",
        "pieces/piece_d1002r1p2_20230111T193020.obarc", "piece_d1002r1p2_start_20230111T193020.obarc"})
    EXPECT_FALSE(parse_piece_mark(name)) << name;
  EXPECT_FALSE(log_number(kPiece, "piece_d1002r1p2/logstream_1/log/0.obarc"));
  EXPECT_FALSE(log_number(kPiece, "piece_d1002r1p3/logstream_1/log/1.obarc"));
  EXPECT_FALSE(log_number(kPiece, "piece_d1002r1p2/logstream_1/log/1.obarc/x"));
}

TEST(ArchivePiece, EverythingIsReadAsItWasWrittenAndProvedByTheKey) {
  const BackupVectors made;
  const RoundStart round{
      .owner = archive_owner(), .round_id = 1, .start_scn = 10, .started = 4, .key = made.wrapped};
  const RoundEnd end{.owner = archive_owner(), .round_id = 1, .checkpoint_scn = 20, .ended = 8};
  const PieceManifest piece = piece_example(made);
  const ArchiveCheckpoint checkpoint{.dest_id = 1002,
                                     .round_id = 1,
                                     .piece_id = 2,
                                     .number = 2,
                                     .last_sha256 = std::string(64, 'b'),
                                     .scn = 30,
                                     .written = 9};
  EXPECT_EQ(decode_round_start(encode(round, made.key).value()).value(), round);
  EXPECT_EQ(decode_round_end(encode(end, made.key).value()).value(), end);
  EXPECT_EQ(decode_piece_start(encode(piece.start, made.key).value()).value(), piece.start);
  EXPECT_EQ(decode_checkpoint(encode(checkpoint, made.key).value()).value(), checkpoint);
  EXPECT_EQ(decode_piece_manifest(encode(piece, made.key).value()).value(), piece);
  const DataKey other = DataKey::make(kIdentity, made.entropy).value();
  for (const auto& bytes : {encode(round, made.key), encode(end, made.key), encode(piece.start, made.key),
                            encode(checkpoint, made.key), encode(piece, made.key)}) {
    EXPECT_TRUE(verify_manifest(*bytes, made.key));
    EXPECT_FALSE(verify_manifest(*bytes, other));
  }
  EXPECT_FALSE(decode_round_start(encode(end, made.key).value()));
  EXPECT_FALSE(decode_piece_manifest(encode(piece.start, made.key).value()));
}

TEST(ArchivePiece, AFrozenPieceHasNoGap) {
  const BackupVectors made;
  const auto refused = [&](auto change) {
    PieceManifest piece = piece_example(made);
    change(piece);
    return !decode_piece_manifest(encode(piece, made.key).value()).has_value();
  };
  EXPECT_TRUE(refused([](PieceManifest& piece) { piece.objects.erase(piece.objects.begin()); }));
  EXPECT_TRUE(refused([](PieceManifest& piece) { piece.objects[1].from_scn = 21; }));
  EXPECT_TRUE(refused([](PieceManifest& piece) { piece.objects[1].to_scn = 19; }));
  EXPECT_TRUE(refused([](PieceManifest& piece) { piece.start.start_scn = 9; }));
  EXPECT_TRUE(refused([](PieceManifest& piece) { piece.end_scn = 29; }));
  EXPECT_TRUE(refused([](PieceManifest& piece) { std::swap(piece.objects[0], piece.objects[1]); }));
  EXPECT_FALSE(refused([](PieceManifest& piece) { piece.objects.clear(); }));
}

}  // namespace
}  // namespace breakwater::storage
