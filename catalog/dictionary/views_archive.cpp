// Views of the log archive's rounds and pieces (docs/spec/behaviour.md#archivelog).
#include "catalog/dictionary/views.h"

namespace breakwater::catalog {
namespace {

// Bytes as OceanBase shows them, to two digits in the largest unit.
#define DISPLAY(bytes)                                             \
  "CASE WHEN " bytes " >= 1073741824 THEN printf('%.2fGB', " bytes \
  " / 1073741824.0)"                                               \
  " WHEN " bytes " >= 1048576 THEN printf('%.2fMB', " bytes        \
  " / 1048576.0)"                                                  \
  " WHEN " bytes " >= 1024 THEN printf('%.2fKB', " bytes           \
  " / 1024.0)"                                                     \
  " ELSE printf('%.2fB', " bytes " * 1.0) END"
#define RATIO \
  "CASE WHEN output_bytes > 0 THEN printf('%.2f', input_bytes * 1.0 / output_bytes) ELSE '1.00' END"

constexpr ViewColumn kRound[] = {
    {"TENANT_ID", "tenant_id"},
    {"DEST_ID", "dest_id"},
    {"ROUND_ID", "round_id"},
    {"INCARNATION", "1"},
    {"DEST_NO", "dest_no"},
    {"STATUS", "status"},
    {"START_SCN", "start_scn"},
    {"START_SCN_DISPLAY", "bw_local(start_scn / 1000)"},
    {"CHECKPOINT_SCN", "checkpoint_scn"},
    {"CHECKPOINT_SCN_DISPLAY", "bw_local(checkpoint_scn / 1000)"},
    {"COMPATIBLE", "1"},
    {"BASE_PIECE_ID", "base_piece_id"},
    {"USED_PIECE_ID", "MAX(used_piece_id, base_piece_id)"},
    {"PIECE_SWITCH_INTERVAL", "piece_switch_interval"},
    {"UNIT_SIZE", "1"},
    {"COMPRESSION", "'none'"},
    {"INPUT_BYTES", "input_bytes"},
    {"INPUT_BYTES_DISPLAY", DISPLAY("input_bytes")},
    {"OUTPUT_BYTES", "output_bytes"},
    {"OUTPUT_BYTES_DISPLAY", DISPLAY("output_bytes")},
    {"COMPRESSION_RATIO", RATIO},
    {"DELETED_INPUT_BYTES", "deleted_input"},
    {"DELETED_INPUT_BYTES_DISPLAY", DISPLAY("deleted_input")},
    {"DELETED_OUTPUT_BYTES", "deleted_output"},
    {"DELETED_OUTPUT_BYTES_DISPLAY", DISPLAY("deleted_output")},
    {"COMMENT", "comment"},
    {"PATH", "path"},
};

// MAX_SCN is that of the newest change, which is what the piece has; until one is added behind its checkpoint, it is that.
constexpr ViewColumn kPiece[] = {
    {"TENANT_ID", "tenant_id"},
    {"DEST_ID", "dest_id"},
    {"ROUND_ID", "round_id"},
    {"PIECE_ID", "piece_id"},
    {"INCARNATION", "1"},
    {"DEST_NO", "0"},
    {"CREATE_TIMESTAMP", "create_time"},
    {"STATUS", "CASE WHEN frozen THEN 'FROZEN' ELSE 'ACTIVE' END"},
    {"BASE_SCN", "start_scn"},
    {"START_SCN", "start_scn"},
    {"START_SCN_DISPLAY", "bw_local(start_scn / 1000)"},
    {"CHECKPOINT_SCN", "checkpoint_scn"},
    {"CHECKPOINT_SCN_DISPLAY", "bw_local(checkpoint_scn / 1000)"},
    {"MAX_SCN", "checkpoint_scn"},
    {"END_SCN", "end_scn"},
    {"END_SCN_DISPLAY", "bw_local(end_scn / 1000)"},
    {"COMPATIBLE", "1"},
    {"UNIT_SIZE", "1"},
    {"COMPRESSION", "'none'"},
    {"INPUT_BYTES", "input_bytes"},
    {"INPUT_BYTES_DISPLAY", DISPLAY("input_bytes")},
    {"OUTPUT_BYTES", "output_bytes"},
    {"OUTPUT_BYTES_DISPLAY", DISPLAY("output_bytes")},
    {"COMPRESSION_RATIO", RATIO},
    {"FILE_STATUS", "file_status"},
    {"PATH", "path"},
};

// Sys sees these as text.
constexpr ViewColumn kPieceOfSys[] = {
    {"START_SCN_DISPLAY", "bw_text_of_datetime(bw_local(start_scn / 1000),6)"},
    {"CHECKPOINT_SCN_DISPLAY", "bw_text_of_datetime(bw_local(checkpoint_scn / 1000),6)"},
};

// With what the clean-up has deleted of them.
#define DELETED(bytes)                                                                    \
  "COALESCE((SELECT SUM(p." bytes                                                         \
  ") FROM archive_piece AS p WHERE p.tenant_id = a.tenant_id AND p.round_id = a.round_id" \
  " AND p.file_status = 'DELETED'), 0)"
constexpr const char* kRounds = "(SELECT a.*, " DELETED("input_bytes") " AS deleted_input, " DELETED(
    "output_bytes") " AS deleted_output FROM archive_round AS a) AS r";
#undef DELETED

constexpr const char* kOwn = "tenant_id = :effective_tenant_id";

#undef RATIO
#undef DISPLAY

}  // namespace

std::vector<View> archive_views() {
  std::vector<View> views;
  const auto add = [&views](std::string name, ColumnList columns, std::string from, std::string where) {
    add_cdb_and_dba({.name = std::move(name),
                     .columns = std::move(columns),
                     .from = std::move(from),
                     .where = std::move(where),
                     .own = kOwn},
                    views);
  };
  add("ARCHIVELOG", kRound, kRounds,
      "round_id = (SELECT MAX(round_id) FROM archive_round AS newest WHERE newest.tenant_id = r.tenant_id)");
  add("ARCHIVELOG_SUMMARY", kRound, kRounds, "");
  Declaration pieces{.name = "CDB_OB_ARCHIVELOG_PIECE_FILES",
                     .columns = ColumnList(kPiece).with(kPieceOfSys),
                     .from = "archive_piece"};
  add_view(pieces, "sys", kSysOnly, views);
  pieces.name = "DBA_OB_ARCHIVELOG_PIECE_FILES";
  pieces.columns = kPiece;
  pieces.own = kOwn;
  add_view(pieces, "mysql", kNoOracle, views);
  return views;
}

}  // namespace breakwater::catalog
