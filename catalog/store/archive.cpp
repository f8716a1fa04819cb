#include "catalog/store/archive.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "catalog/store/sqlite_roles.h"

namespace breakwater::catalog {
namespace {

constexpr std::string_view kRoundColumns =
    "SELECT tenant_id, round_id, dest_id, path, endpoint, status, start_scn, checkpoint_scn, base_piece_id,"
    " used_piece_id, piece_switch_interval, input_bytes, output_bytes, lost, keys, comment FROM "
    "archive_round ";
constexpr std::string_view kPieceColumns =
    "SELECT tenant_id, round_id, piece_id, dest_id, path, create_time, frozen, start_scn, checkpoint_scn, "
    "end_scn,"
    " files, input_bytes, output_bytes, file_status FROM archive_piece ";

constexpr std::int64_t kDay = 86'400'000'000;

constexpr std::array<std::string_view, 8> kStatusNames = {
    "PREPARE", "BEGINNING", "DOING", "INTERRUPTED", "STOPPING", "STOP", "SUSPENDING", "SUSPEND"};

ArchiveRound round_of(sqlite::Statement& row) {
  return {.tenant_id = row.integer(0),
          .round_id = row.integer(1),
          .dest_id = row.integer(2),
          .path = row.string(3),
          .endpoint = row.string(4),
          .status = round_status(row.text(5)).value_or(RoundStatus::interrupted),
          .start_scn = row.integer(6),
          .checkpoint_scn = row.integer(7),
          .base_piece_id = row.integer(8),
          .used_piece_id = row.integer(9),
          .piece_switch_interval = row.integer(10),
          .input_bytes = row.integer(11),
          .output_bytes = row.integer(12),
          .lost = row.integer(13) != 0,
          .keys = row.bytes(14),
          .comment = row.string(15)};
}

ArchivePiece piece_of(sqlite::Statement& row) {
  return {.tenant_id = row.integer(0),
          .round_id = row.integer(1),
          .piece_id = row.integer(2),
          .dest_id = row.integer(3),
          .path = row.string(4),
          .created = row.integer(5),
          .frozen = row.integer(6) != 0,
          .start_scn = row.integer(7),
          .checkpoint_scn = row.integer(8),
          .end_scn = row.integer(9),
          .files = row.integer(10),
          .input_bytes = row.integer(11),
          .output_bytes = row.integer(12),
          .file_status = row.string(13)};
}

// "7d": what LOG_ARCHIVE_DEST keeps is in days.
std::int64_t microseconds_of(std::string_view interval) {
  return kDay * whole_number<std::int64_t>(interval.substr(0, interval.find('d'))).value_or(1);
}

class SqliteArchiveReader final : public OnSqlite<ArchiveReader, Reading> {
 public:
  using OnSqlite::OnSqlite;

  Result<std::optional<ArchiveRound>> round(TenantId tenant) override {
    return first_row(connection().query(
                         select(kRoundColumns, "WHERE tenant_id = ? ORDER BY round_id DESC LIMIT 1"), tenant),
                     round_of);
  }

  Result<std::vector<ArchiveRound>> open_rounds() override {
    return all_rows(
        connection().query(select(kRoundColumns, "INDEXED BY archive_round_open WHERE status <> 'STOP'")),
        round_of);
  }

  Result<std::optional<ArchivePiece>> piece(TenantId tenant, std::int64_t piece_id) override {
    return first_row(
        connection().query(select(kPieceColumns, "WHERE tenant_id = ? AND piece_id = ?"), tenant, piece_id),
        piece_of);
  }

  Result<std::vector<ArchivePiece>> pieces(TenantId tenant) override {
    return all_rows(
        connection().query(select(kPieceColumns, "WHERE tenant_id = ? ORDER BY piece_id"), tenant), piece_of);
  }

  Result<std::optional<ArchiveDest>> destination(TenantId tenant) override {
    BW_TRY(const auto path, attribute(tenant, "path"));
    if (!path) return std::nullopt;
    BW_TRY(const auto binding, attribute(tenant, "binding"));
    BW_TRY(const auto dest_id, attribute(tenant, "dest_id"));
    BW_TRY(const auto interval, attribute(tenant, "piece_switch_interval"));
    BW_TRY(const auto state, attribute(tenant, "state"));
    return ArchiveDest{.path = *path,
                       .binding = binding.value_or(""),
                       .dest_id = whole_number<std::int64_t>(dest_id.value_or("")).value_or(0),
                       .piece_switch_interval = interval.value_or(""),
                       .state = state.value_or("")};
  }

 private:
  Result<std::optional<std::string>> attribute(TenantId tenant, std::string_view name) {
    return first_row(connection().query("SELECT value FROM log_archive_dest"
                                        " WHERE tenant_id = ? AND dest_no = 0 AND name = ?",
                                        tenant, name),
                     string_of);
  }
};

class SqliteArchiveWriter final : public OnSqlite<ArchiveWriter, Writing> {
 public:
  using OnSqlite::OnSqlite;

  Result<> set_destination(TenantId tenant, const ArchiveDest& dest) override {
    BW_CHECK(forget(tenant));
    BW_CHECK(set_attribute(tenant, "path", dest.path));
    BW_CHECK(set_attribute(tenant, "binding", dest.binding));
    BW_CHECK(set_attribute(tenant, "dest_id", std::to_string(dest.dest_id)));
    BW_CHECK(set_attribute(tenant, "piece_switch_interval", dest.piece_switch_interval));
    BW_CHECK(set_attribute(tenant, "state", dest.state));
    return begin_if_due(tenant, "");
  }

  Result<> clear_destination(TenantId tenant) override {
    BW_CHECK(forget(tenant));
    BW_CHECK(forget_file_systems(with(), tenant, DestinationKind::log_archive_dest));
    return record_event(with(), "clear_log_archive_dest", {.tenant_id = tenant, .path = {}, .endpoint = {}});
  }

  Result<> set_state(TenantId tenant, std::string_view state) override {
    BW_CHECK(require_tenant(with(), tenant));
    BW_CHECK(set_attribute(tenant, "state", state));
    if (iequals(state, "DEFER")) return suspend(tenant);
    BW_CHECK(
        connection().run("UPDATE archive_round SET status = 'BEGINNING', comment = '' WHERE tenant_id = ?"
                         " AND status IN ('SUSPENDING', 'SUSPEND')",
                         tenant));
    return begin_if_due(tenant, "");
  }

  Result<> set_archivelog(TenantId tenant, bool on) override {
    BW_TRY(const Tenant before, require_tenant(with(), tenant));
    if (before.archivelog == on)
      return fail(on ? error::already_in_archive_mode() : error::already_in_noarchive_mode());
    BW_CHECK(connection().run("UPDATE tenant SET log_mode = ?2, modify_time = ?3 WHERE tenant_id = ?1",
                              tenant, std::string_view(on ? "ARCHIVELOG" : "NOARCHIVELOG"),
                              with().clock.now()));
    BW_CHECK(with().transaction.events().record({.module = "archive",
                                                 .event = on ? "archivelog" : "noarchivelog",
                                                 .tenant_id = tenant,
                                                 .details = {{"tenant_name", before.name}}}));
    return on ? begin_if_due(tenant, "") : stop(tenant);
  }

  Result<> advance(const ArchiveRound& round, RoundStatus seen,
                   const std::optional<ArchivePiece>& piece) override {
    BW_TRY(const auto rows,
           connection().run("UPDATE archive_round SET status = CASE status WHEN ?3 THEN ?4 ELSE status END,"
                            " comment = CASE status WHEN ?3 THEN ?5 ELSE comment END,"
                            " checkpoint_scn = MAX(checkpoint_scn, ?6), used_piece_id = ?7, input_bytes = ?8,"
                            " output_bytes = ?9, keys = ?10"
                            " WHERE tenant_id = ?1 AND round_id = ?2 AND status <> 'STOP'",
                            round.tenant_id, round.round_id, round_status_name(seen),
                            round_status_name(round.status), round.comment, round.checkpoint_scn,
                            round.used_piece_id, round.input_bytes, round.output_bytes, round.keys));
    if (rows == 0) return fail(error::entry_not_exist("the archive's round"));
    if (piece) BW_CHECK(put_piece(*piece));
    BW_CHECK(connection().run("DELETE FROM change_log WHERE tenant_id = ? AND scn <= ?", round.tenant_id,
                              round.checkpoint_scn));
    return begin_if_due(round.tenant_id, "");
  }

  Result<std::optional<Scn>> reserve_checkpoint(TenantId tenant, std::int64_t round_id) override {
    BW_TRY(
        const auto idle,
        connection().integer("SELECT 1 FROM archive_round WHERE tenant_id = ?1 AND round_id = ?2"
                             " AND status = 'DOING' AND lost = 0 AND NOT EXISTS (SELECT 1 FROM change_log l"
                             " WHERE l.tenant_id = ?1 AND l.scn > archive_round.checkpoint_scn)",
                             tenant, round_id));
    if (!idle) return std::nullopt;
    BW_TRY(const Scn scn, give_scn(connection(), with().clock));
    return scn;
  }

  Result<> touch_checkpoint(TenantId tenant, std::int64_t round_id, Scn scn) override {
    BW_TRY(
        const auto rows,
        connection().run("UPDATE archive_round SET checkpoint_scn = ?3 WHERE tenant_id = ?1 AND round_id = ?2"
                         " AND status <> 'STOP' AND lost = 0 AND checkpoint_scn < ?3",
                         tenant, round_id, scn));
    if (rows == 0) return {};
    BW_CHECK(
        connection().run("UPDATE archive_piece SET checkpoint_scn = ?3 WHERE tenant_id = ?1 AND piece_id ="
                         " (SELECT used_piece_id FROM archive_round WHERE tenant_id = ?1 AND round_id = ?2)"
                         " AND round_id = ?2 AND frozen = 0",
                         tenant, round_id, scn));
    return {};
  }

  Result<> begin_next_round(TenantId tenant, std::int64_t round_id, std::string_view comment) override {
    BW_TRY(const auto rows, connection().run("UPDATE archive_round SET status = 'STOP' WHERE tenant_id = ?"
                                             " AND round_id = ? AND status <> 'STOP' AND lost = 1",
                                             tenant, round_id));
    if (rows == 0) return fail(error::entry_not_exist("the archive's round"));
    return begin_if_due(tenant, comment);
  }

  Result<> leave_round(TenantId tenant, std::int64_t round_id, const Numbers& seen,
                       std::string_view comment) override {
    BW_TRY(const auto now, read().archive().round(tenant));
    if (!now || now->round_id != round_id || now->status == RoundStatus::stop)
      return fail(error::entry_not_exist("the archive's round"));
    const bool nowhere = now->used_piece_id < now->base_piece_id;
    if (nowhere) {
      BW_CHECK(connection().run("DELETE FROM archive_round WHERE tenant_id = ? AND round_id = ?", tenant,
                                round_id));
    } else {
      BW_CHECK(
          connection().run("UPDATE archive_round SET status = 'STOP', comment = ?3"
                           " WHERE tenant_id = ?1 AND round_id = ?2",
                           tenant, round_id, comment));
      BW_CHECK(record_event(with(), "archive_round_left", place_of(*now), now->dest_id));
    }
    ArchiveRound last;
    last.round_id = std::max(nowhere ? round_id - 1 : round_id, seen.round_id);
    last.used_piece_id = std::max(now->used_piece_id, seen.piece_id);
    return begin_behind(tenant, last, comment);
  }

 private:
  static DestinationKey place_of(const ArchiveRound& round) {
    return {.tenant_id = round.tenant_id, .path = round.path, .endpoint = round.endpoint};
  }

  // A round begins where the tenant is in ARCHIVELOG mode, has a destination that isn't deferred, and no round that isn't
  // at its end.
  Result<> begin_if_due(TenantId tenant, std::string_view comment) {
    BW_TRY(const auto last, read().archive().round(tenant));
    if (last && last->status != RoundStatus::stop) return {};
    return begin_behind(tenant, last.value_or(ArchiveRound{}), comment);
  }

  // `last`: the numbers that were given last.
  Result<> begin_behind(TenantId tenant, const ArchiveRound& last, std::string_view comment) {
    BW_TRY(const Tenant now, require_tenant(with(), tenant));
    if (!now.archivelog) return {};
    BW_TRY(const auto dest, read().archive().destination(tenant));
    if (!dest || iequals(dest->state, "DEFER")) return {};
    return insert_round(tenant, *dest, last, comment);
  }

  Result<> insert_round(TenantId tenant, const ArchiveDest& dest, const ArchiveRound& last,
                        std::string_view comment) {
    BW_TRY(const DestinationKey place, place_of(tenant, dest));
    BW_TRY(const Scn scn, give_scn(connection(), with().clock));
    BW_CHECK(connection().run(
        "INSERT INTO archive_round(tenant_id, round_id, dest_no, dest_id, path, endpoint, status, start_scn,"
        " checkpoint_scn, base_piece_id, used_piece_id, piece_switch_interval, input_bytes, output_bytes, "
        "lost, keys,"
        " comment) VALUES (?1, ?2, 0, ?3, ?4, ?5, 'BEGINNING', ?6, ?6, ?7 + 1, ?7, ?8, 0, 0, 0, x'', ?9)",
        tenant, last.round_id + 1, dest.dest_id, place.path, place.endpoint, scn, last.used_piece_id,
        microseconds_of(dest.piece_switch_interval), comment));
    return bound_rounds(tenant);
  }

  Result<> bound_rounds(TenantId tenant) {
    BW_TRY(const auto rounds,
           connection().integer("SELECT COUNT(*) FROM archive_round WHERE tenant_id = ?", tenant));
    const std::int64_t excess = rounds.value_or(0) - kKeptRounds;
    if (excess <= 0) return {};
    BW_CHECK(
        connection().run("DELETE FROM archive_round WHERE tenant_id = ?1 AND round_id IN (SELECT round_id"
                         " FROM archive_round WHERE tenant_id = ?1 AND +status = 'STOP' ORDER BY round_id"
                         " LIMIT ?2)",
                         tenant, excess));
    return {};
  }

  // With a new piece.
  Result<> bound_pieces(const ArchivePiece& piece) {
    BW_TRY(const auto pieces,
           connection().integer("SELECT COUNT(*) FROM archive_piece WHERE tenant_id = ?", piece.tenant_id));
    const std::int64_t excess = pieces.value_or(0) - kKeptPieces;
    if (excess <= 0) return {};
    BW_CHECK(
        connection().run("DELETE FROM archive_piece WHERE tenant_id = ?1 AND piece_id IN (SELECT piece_id"
                         " FROM archive_piece WHERE tenant_id = ?1 AND piece_id <> ?2"
                         " ORDER BY file_status <> 'DELETED', piece_id LIMIT ?3)",
                         piece.tenant_id, piece.piece_id, excess));
    return {};
  }

  // The destination's row. Another destination may have the number too.
  Result<DestinationKey> place_of(TenantId tenant, const ArchiveDest& dest) {
    const std::string path = dest.path.substr(0, dest.path.find('?'));
    BW_TRY(auto found,
           first_row(connection().query("SELECT path, endpoint FROM backup_storage_info WHERE tenant_id = ?"
                                        " AND path = ? AND dest_id = ?",
                                        tenant, path, dest.dest_id),
                     [&](sqlite::Statement& row) {
                       return DestinationKey{
                           .tenant_id = tenant, .path = row.string(0), .endpoint = row.string(1)};
                     }));
    return std::move(found).value_or(DestinationKey{.tenant_id = tenant, .path = path, .endpoint = {}});
  }

  Result<> suspend(TenantId tenant) {
    BW_CHECK(end_without_rest(tenant));
    BW_CHECK(
        connection().run("UPDATE archive_round SET status = 'SUSPENDING' WHERE tenant_id = ?"
                         " AND status IN ('BEGINNING', 'DOING', 'INTERRUPTED') AND lost = 0",
                         tenant));
    return {};
  }

  // Whoever DEFERs a destination while the round is STOPPING wants it to end though nothing can be written there.
  Result<> end_without_rest(TenantId tenant) {
    BW_TRY(const auto round, read().archive().round(tenant));
    if (!round || round->status != RoundStatus::stopping) return {};
    BW_TRY(const auto newest,
           connection().integer("SELECT MAX(scn) FROM change_log WHERE tenant_id = ? AND scn > ?", tenant,
                                round->checkpoint_scn));
    const bool lost = newest.value_or(0) > 0;
    std::string comment = "ended by DEFER: its end isn't at the destination";
    if (lost) {
      comment = "ended by DEFER: the log after SCN " + std::to_string(round->checkpoint_scn) + " up to " +
                std::to_string(*newest) + " isn't at the destination and is lost";
      BW_CHECK(record_event(with(), "archive_log_lost", place_of(*round), round->dest_id));
    }
    BW_CHECK(
        connection().run("UPDATE archive_round SET status = 'STOP', comment = ?3 WHERE tenant_id = ?1"
                         " AND round_id = ?2",
                         tenant, round->round_id, comment));
    return {};
  }

  // A round that has nothing at its destination, or can't go on, is at its end at once.
  Result<> stop(TenantId tenant) {
    BW_CHECK(
        connection().run("UPDATE archive_round SET status = CASE WHEN lost OR used_piece_id < base_piece_id"
                         " THEN 'STOP' ELSE 'STOPPING' END WHERE tenant_id = ? AND status <> 'STOP'",
                         tenant));
    return {};
  }

  Result<> put_piece(const ArchivePiece& piece) {
    BW_CHECK(connection().run(
        "INSERT INTO archive_piece(tenant_id, piece_id, round_id, dest_id, path, create_time, frozen, "
        "start_scn,"
        " checkpoint_scn, end_scn, files, input_bytes, output_bytes, file_status)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET frozen = "
        "excluded.frozen,"
        " checkpoint_scn = MAX(checkpoint_scn, excluded.checkpoint_scn), end_scn = excluded.end_scn,"
        " files = excluded.files, input_bytes = excluded.input_bytes, output_bytes = excluded.output_bytes",
        piece.tenant_id, piece.piece_id, piece.round_id, piece.dest_id, piece.path, piece.created,
        piece.frozen, piece.start_scn, piece.checkpoint_scn, piece.end_scn, piece.files, piece.input_bytes,
        piece.output_bytes, piece.file_status));
    return piece.files == 0 && !piece.frozen ? bound_pieces(piece) : Result<>();
  }

  Result<> forget(TenantId tenant) {
    BW_CHECK(require_tenant(with(), tenant));
    BW_CHECK(connection().run("DELETE FROM log_archive_dest WHERE tenant_id = ?", tenant));
    return {};
  }

  Result<> set_attribute(TenantId tenant, std::string_view name, std::string_view value) {
    BW_CHECK(
        connection().run("INSERT INTO log_archive_dest(tenant_id, dest_no, name, value) VALUES (?, 0, ?, ?)"
                         " ON CONFLICT DO UPDATE SET value = excluded.value",
                         tenant, name, value));
    return {};
  }
};

}  // namespace

std::string_view round_status_name(RoundStatus status) {
  return kStatusNames[static_cast<std::size_t>(status)];
}

std::optional<RoundStatus> round_status(std::string_view name) {
  const auto found = std::ranges::find(kStatusNames, name);
  if (found == kStatusNames.end()) return std::nullopt;
  return static_cast<RoundStatus>(found - kStatusNames.begin());
}

std::unique_ptr<ArchiveReader> archive_on(const Reading& with) {
  return std::make_unique<SqliteArchiveReader>(with);
}

std::unique_ptr<ArchiveWriter> archive_on(const Writing& with) {
  return std::make_unique<SqliteArchiveWriter>(with);
}

}  // namespace breakwater::catalog
