// ALTER SYSTEM RESTORE … PREVIEW with SHOW RESTORE PREVIEW, and ADD and CLEAR RESTORE SOURCE (docs/spec/behaviour.md#restore-preview):
// the session keeps what was asked for.
#include "server/execute/backup/restore_source.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/text_parts.h"
#include "server/execute/backup/backup_proof.h"
#include "server/execute/backup/moment.h"
#include "server/execute/backup/statements.h"
#include "server/execute/backup/survey_places.h"
#include "server/execute/context/privileges.h"
#include "storage/formats/plain_text.h"
#include "storage/restore/restore_plan.h"
#include "storage/survey/shown.h"

namespace breakwater::server::execute {
namespace {

constexpr std::size_t kMaxSources = 1024;
constexpr std::size_t kMaxSourceBytes = std::size_t{64} << 10U;

Error no_such_source() {
  return error::invalid_backup_dest().with_hint(
      "a restore source is the directory of a set or piece at its destination: "
      "'file:///data/backup_set_1_full', 'file:///archive/piece_d1002r1p1'");
}

// "file:///a/backup_set_1_full?x=1" is "file:///a?x=1" and "backup_set_1_full".
struct Source {
  Secret destination;
  std::string name;  ///< of a set's or a piece's directory
  bool is_piece = false;
};

Result<Source> read_source(std::string_view uri) {
  const std::size_t end = std::min(uri.find('?'), uri.size());
  std::string_view path = uri.substr(0, end);
  while (path.ends_with('/')) path.remove_suffix(1);
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return fail(no_such_source());
  std::string name(path.substr(slash + 1));
  const bool is_set = storage::set_of(name + "/").has_value();
  const bool is_piece = storage::piece_of(name + "/").has_value();
  if (!is_set && !is_piece) return fail(no_such_source());
  std::string text;
  text.reserve(uri.size());  // so that no copy of a secret is left behind by growing
  text.append(path.substr(0, slash)).append(uri.substr(end));
  return Source{.destination = Secret::take(std::move(text)), .name = std::move(name), .is_piece = is_piece};
}

// All sets are of one destination, and so are all pieces.
Result<> add_to(const Statement& statement, Source source, RestoreSources& all) {
  Secret& uri = source.is_piece ? all.archive : all.data;
  std::string& path = source.is_piece ? all.archive_path : all.data_path;
  BW_TRY(const storage::Destination destination, parse_destination(statement, source.destination));
  const std::string place = destination.path + "?" + destination.endpoint;
  if (path.empty()) {
    path = place;
    uri = std::move(source.destination);
  } else if (path != place) {
    return fail(error::not_supported("restore sources of more than one destination"));
  }
  all.names.push_back(std::move(source.name));
  all.shown.append(all.shown.empty() ? "" : ",")
      .append(destination.path)
      .append("/")
      .append(all.names.back());
  return {};
}

}  // namespace

Result<RestoreSources> restore_sources(const Statement& statement) {
  RestoreSources all;
  for (const Secret& uri : statement.session.restore_sources) {
    BW_TRY(Source source, read_source(uri.reveal()));
    BW_CHECK(add_to(statement, std::move(source), all));
  }
  if (all.data.empty()) return fail(no_such_source());
  return all;
}

Result<Outcome> restore_source(const Statement& statement, const ast::RestoreSource& source) {
  const bool add = source.added.has_value();
  BW_CHECK(require_sys(statement));
  BW_CHECK(require_alter_system(statement));
  std::vector<Secret>& kept = statement.session.restore_sources;
  if (!add) {
    kept.clear();
    return Outcome{};
  }
  const std::vector<std::string_view> uris = split(source.added->reveal());
  if (uris.empty()) return fail(no_such_source());
  std::size_t bytes = source.added->size();
  for (const Secret& uri : kept) bytes += uri.size();
  if (kept.size() + uris.size() > kMaxSources || bytes > kMaxSourceBytes)
    return fail(error::size_overflow().with_hint("a session keeps 1024 restore sources of 64 KiB together"));
  for (const std::string_view uri : uris) {
    BW_TRY(const Source read, read_source(uri));
    BW_TRY(const storage::Destination destination, parse_destination(statement, read.destination));
  }
  for (const std::string_view uri : uris) kept.emplace_back(uri);
  return Outcome{};
}

Result<Outcome> restore_preview(const Statement& statement, const ast::RestorePreview& preview) {
  BW_CHECK(require_sys(statement));
  BW_TRY(const std::vector<Secret> uris, split_sources(preview.from));
  for (const Secret& uri : uris) BW_CHECK(parse_destination(statement, uri));
  BW_TRY(const catalog::Scn until, moment_of(statement, preview.until_scn, preview.until_time));
  BW_CHECK(require_alter_system(statement));
  statement.session.restore_preview.emplace(preview.from.clone(), until);
  return Outcome{};
}

namespace {

constexpr catalog::ColumnDecl kPreviewColumns[] = {{"BACKUP_TYPE", "varchar(20)", "NO"},
                                                   {"BACKUP_ID", "bigint(20)", "NO"},
                                                   {"PREVIEW_PATH", "varchar(4096)", "NO"},
                                                   {"BACKUP_DESC", "varchar(4096)", "NO"}};

// The places of a preview, and what would be read there.
struct Planned {
  std::vector<std::string> paths{};
  storage::RestorePlan plan{};
  Surveys surveys{};
};

std::string path_of(const std::string& place, std::string directory) {
  if (directory.ends_with('/')) directory.pop_back();
  return storage::without_control(place) + "/" + directory;
}

std::string moment_text(const Statement& statement, std::string_view name, std::int64_t scn) {
  return std::string(name) + ": " + std::to_string(scn) + " (" + shown_scn(statement, scn) + ")";
}

std::vector<std::string> row_of_set(const Statement& statement, const Planned& planned,
                                    const storage::PlannedSet& set) {
  std::string text;
  const auto found = std::ranges::find(planned.surveys.front().sets, set.name, &storage::FoundSet::name);
  if (found != planned.surveys.front().sets.end()) {
    text = moment_text(statement, "start_replay_scn", found->manifest.start_replay_scn) + ", " +
           moment_text(statement, "min_restore_scn", found->manifest.min_restore_scn) +
           ", bytes: " + std::to_string(found->bytes);
  }
  return {"BACKUP_SET", std::to_string(set.name.id),
          path_of(planned.paths.front(), storage::set_directory(set.name)), std::move(text)};
}

std::vector<std::string> row_of_piece(const Statement& statement, const Planned& planned,
                                      const storage::PlannedPiece& piece) {
  const storage::PieceName name{
      .round = {.dest_id = piece.start.owner.dest_id, .round_id = piece.start.round_id},
      .piece_id = piece.start.piece_id};
  std::string text = moment_text(statement, "start_scn", piece.start.start_scn);
  const auto& pieces = planned.surveys.back().pieces;
  const auto found = std::ranges::find(pieces, name, &storage::FoundPiece::name);
  if (found != pieces.end()) {
    text += ", " + moment_text(statement, "checkpoint_scn", found->whole_scn) +
            ", bytes: " + std::to_string(found->bytes);
  }
  return {"BACKUP_PIECE", std::to_string(name.piece_id),
          path_of(planned.paths.back(), storage::piece_directory(name)), std::move(text)};
}

ResultTable table_of(const Statement& statement, const Planned& planned) {
  ResultTable table{.columns = catalog::make_columns(kPreviewColumns), .rows = {}};
  for (const storage::PlannedSet& set : planned.plan.sets)
    table.rows.push_back(row_of_set(statement, planned, set));
  // The reading ends there, however far the log goes on.
  for (const storage::PlannedPiece& piece : planned.plan.pieces)
    if (piece.start.start_scn < planned.plan.scn)
      table.rows.push_back(row_of_piece(statement, planned, piece));
  return table;
}

Task<Result<Planned>> plan_of(const Statement& statement, const session::SessionState::Preview& preview) {
  Planned planned;
  BW_CO_TRY(const std::vector<Secret> uris, split_sources(preview.from));
  std::vector<storage::MediumPtr> media;
  for (const Secret& uri : uris) {
    BW_CO_TRY(const storage::Destination destination, parse_destination(statement, uri));
    BW_CO_TRY(storage::MediumPtr medium, statement.services.open_medium(destination));
    planned.paths.push_back(destination.path);
    media.push_back(std::move(medium));
  }
  storage::PlanOptions options;
  if (preview.until != 0) options.until = preview.until;
  const auto judge = [&](Surveys& surveys) -> Result<> {
    BW_TRY(planned.plan,
           storage::plan_restore(surveys.front(), surveys.size() > 1 ? &surveys[1] : nullptr, options));
    return {};
  };
  BW_CO_TRY(planned.surveys,
            co_await survey_places(statement, std::move(media), storage::kMaxSurveyed, judge));
  co_return planned;
}

}  // namespace

Task<Result<Outcome>> show_restore_preview(const Statement& statement,
                                           const ast::ShowRestorePreview& /*show*/) {
  if (!statement.session.in_sys()) co_return fail(error::op_not_allow("SHOW RESTORE PREVIEW in user tenant"));
  BW_CO_CHECK(require_alter_system(statement));
  auto& kept = statement.session.restore_preview;
  if (!kept)
    co_return fail(error::not_supported("show restore preview before ALTER SYSTEM RESTORE PREVIEW is"));
  BW_CO_TRY(const Planned planned, co_await plan_of(statement, *kept));
  statement.session.diagnostics.note(moment_text(statement, "a restore goes to SCN", planned.plan.scn));
  for (const std::string& reason : planned.plan.falls_short)
    statement.session.diagnostics.note("it goes less far than it might: " + storage::without_control(reason));
  Outcome outcome;
  outcome.table = table_of(statement, planned);
  kept.reset();
  co_return outcome;
}

}  // namespace breakwater::server::execute
