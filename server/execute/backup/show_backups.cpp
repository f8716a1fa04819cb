// SHOW BACKUPS FROM 'data,archive' (docs/spec/behaviour.md#show-backups): what lies at destinations, from the medium alone, as
// `breakwater backups` lists it.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "server/execute/backup/backup_proof.h"
#include "server/execute/backup/ownership.h"
#include "server/execute/backup/statements.h"
#include "server/execute/backup/survey_places.h"
#include "server/execute/backup/tenant_list.h"
#include "server/execute/context/privileges.h"
#include "storage/formats/plain_text.h"
#include "storage/survey/shown.h"

namespace breakwater::server::execute {
namespace {

constexpr std::size_t kMostShown = 1000;        ///< sets of a destination, and pieces: the newest
constexpr std::size_t kMaxShownComment = 1024;  ///< bytes

using Row = std::vector<std::string>;

// A place of the statement. Of a session outside of sys, one that the catalogue knows as its tenant's.
struct SurveyedPlace {
  storage::Destination destination;
  std::optional<catalog::Destination> row{};
};

Result<std::vector<SurveyedPlace>> places_of(const Statement& statement, const ast::ShowBackups& show,
                                             const catalog::Tenant& tenant) {
  BW_TRY(const std::vector<Secret> uris, split_sources(show.from));
  std::vector<SurveyedPlace> places;
  for (const Secret& uri : uris) {
    BW_TRY(storage::Destination destination, parse_destination(statement, uri));
    SurveyedPlace& place = places.emplace_back(SurveyedPlace{.destination = std::move(destination)});
    for (const std::string& note : place.destination.notes) statement.session.diagnostics.note(note);
    if (told_in_full(statement)) continue;
    BW_TRY(place.row, statement.reader().destinations().find(key_of(tenant.id, place.destination)));
    if (!place.row) {
      return fail(error::format_file_not_match().with_hint(
          "a tenant may look at destinations that it has set; root@sys at any"));
    }
  }
  return places;
}

// A session outside of sys is told of its own tenant's place alone.
Result<> check_owner(const Statement& statement, const catalog::Tenant& tenant, const SurveyedPlace& place,
                     const storage::Survey& survey) {
  if (told_in_full(statement)) return {};
  if (!survey.format) return fail(error::format_file_not_exist());
  if (survey.format->tombstone) return fail(not_ours(retired(*survey.format->tombstone).discreet));
  const storage::FormatFile own =
      own_format(statement, tenant, place.destination, place.row->kind, place.row);
  if (const auto foreign = not_of_this_tenant(survey.format->file, own, place.row))
    return fail(not_ours(foreign->discreet));
  return {};
}

class ShownRows {
 public:
  ShownRows(const Statement& statement, const catalog::Tenant& tenant)
      : statement_(statement), tenant_(tenant) {}

  void add(const SurveyedPlace& place, const storage::Survey& survey) {
    path_ = storage::without_control(place.destination.path);
    add_place(survey);
    for (const storage::FoundSet& set : survey.sets)
      if (may_see(set.manifest.owner)) add_set(set);
    const std::size_t left_out = survey.pieces.size() - std::min(survey.pieces.size(), kMostShown);
    for (std::size_t i = left_out; i < survey.pieces.size(); ++i)
      if (may_see(survey.pieces[i].start.owner)) add_piece(survey.pieces[i]);
  }

  void add(const storage::Window& window) {
    const bool own =
        window.cluster_id == cluster_id() && window.tenant_id == static_cast<std::uint64_t>(tenant_.id);
    if (!own && !told_in_full(statement_)) return;
    put({.kind = "RESTORE_WINDOW",
         .id = window.set_id,
         .tenant = named(window.tenant_name, window.tenant_id),
         .from = window.from_scn,
         .to = window.to_scn});
  }

  std::vector<Row> take() && { return std::move(rows_); }

 private:
  struct Fields {
    std::string kind{};
    std::string path{};
    std::int64_t id = 0;
    std::string status{};
    std::string tenant{};
    std::int64_t from = 0;
    std::int64_t to = 0;
    std::uint64_t bytes = 0;
    std::string opened_by{};
    std::vector<std::string> comment{};
  };

  std::int64_t cluster_id() const { return statement_.services.store().cluster().id; }

  // What has no manifest yet names nobody.
  bool may_see(const storage::BackupOwner& owner) const {
    if (told_in_full(statement_) || owner.cluster_name.empty()) return true;
    return owner.cluster_id == cluster_id() && owner.tenant_id == static_cast<std::uint64_t>(tenant_.id);
  }

  static std::string named(const std::string& name, std::uint64_t id) {
    return id == 0 ? "" : storage::without_control(name) + " (" + std::to_string(id) + ")";
  }

  void add_place(const storage::Survey& survey) {
    const auto& format = survey.format;
    Fields fields{.kind = "DESTINATION",
                  .path = path_,
                  .id = format ? format->file.dest_id : 0,
                  .status = survey.problems.empty() ? "OK" : "DAMAGED",
                  .tenant = format ? named(format->file.tenant_name, format->file.tenant_id) : ""};
    fields.comment.push_back(format ? storage::without_control(storage::describe(*format))
                                    : "no format file");
    append(fields.comment, storage::texts_of(survey.problems));
    if (survey.more_sets_before) {
      fields.comment.push_back("older sets: breakwater backups --sets-before " +
                               std::to_string(*survey.more_sets_before));
    }
    if (survey.pieces.size() > kMostShown) fields.comment.emplace_back("older pieces: breakwater backups");
    put(std::move(fields));
  }

  void add_set(const storage::FoundSet& set) {
    const storage::SetManifest& manifest = set.manifest;
    Fields fields{.kind = "BACKUP_SET",
                  .path = path_ + "/" + without_slash(storage::set_directory(set.name)),
                  .id = set.name.id,
                  .status = std::string(storage::name_of(set.status)),
                  .tenant = named(manifest.owner.tenant_name, manifest.owner.tenant_id),
                  .from = manifest.start_replay_scn,
                  .to = manifest.min_restore_scn,
                  .bytes = set.bytes,
                  .opened_by = storage::opened_by(manifest.key)};
    append(fields.comment, storage::texts_of(set.problems));
    if (set.status == storage::FoundStatus::complete && !set.restorable)
      fields.comment.emplace_back("can't be restored: a set that it builds on isn't whole");
    put(std::move(fields));
  }

  void add_piece(const storage::FoundPiece& piece) {
    put({.kind = "BACKUP_PIECE",
         .path = path_ + "/" + without_slash(storage::piece_directory(piece.name)),
         .id = piece.name.piece_id,
         .status = std::string(storage::name_of(piece.status)),
         .tenant = named(piece.start.owner.tenant_name, piece.start.owner.tenant_id),
         .from = piece.start.start_scn,
         .to = piece.whole_scn,
         .bytes = piece.bytes,
         .opened_by = storage::opened_by(piece.start.key),
         .comment = storage::texts_of(piece.problems)});
  }

  static std::string without_slash(std::string name) {
    if (name.ends_with('/')) name.pop_back();
    return name;
  }
  static void append(std::vector<std::string>& texts, std::vector<std::string> more) {
    for (std::string& text : more) texts.push_back(std::move(text));
  }

  void put(Fields fields) {
    std::string comment;
    for (const std::string& text : fields.comment) comment.append(comment.empty() ? "" : "; ").append(text);
    comment.resize(whole_characters(comment, kMaxShownComment).size());
    rows_.push_back({std::move(fields.kind), std::move(fields.path), std::to_string(fields.id),
                     std::move(fields.status), std::move(fields.tenant), std::to_string(fields.from),
                     shown_scn(statement_, fields.from), std::to_string(fields.to),
                     shown_scn(statement_, fields.to), std::to_string(fields.bytes),
                     std::move(fields.opened_by), std::move(comment)});
  }

  const Statement& statement_;
  const catalog::Tenant& tenant_;
  std::string path_;
  std::vector<Row> rows_;
};

constexpr catalog::ColumnDecl kShownColumns[] = {{"TYPE", "varchar(16)", "NO"},
                                                 {"PATH", "varchar(4096)", "NO"},
                                                 {"ID", "bigint(20)", "NO"},
                                                 {"STATUS", "varchar(16)", "NO"},
                                                 {"TENANT", "varchar(256)", "NO"},
                                                 {"START_SCN", "bigint(20) unsigned", "NO"},
                                                 {"START_SCN_DISPLAY", "varchar(32)", "NO"},
                                                 {"END_SCN", "bigint(20) unsigned", "NO"},
                                                 {"END_SCN_DISPLAY", "varchar(32)", "NO"},
                                                 {"BYTES", "bigint(20) unsigned", "NO"},
                                                 {"OPENED_BY", "varchar(128)", "NO"},
                                                 {"COMMENT", "varchar(4096)", "NO"}};

}  // namespace

Task<Result<Outcome>> show_backups(const Statement& statement, const ast::ShowBackups& show) {
  BW_CO_CHECK(require_alter_system(statement));
  BW_CO_TRY(const catalog::Tenant tenant, login_tenant(statement));
  BW_CO_TRY(const std::vector<SurveyedPlace> places, places_of(statement, show, tenant));
  std::vector<storage::MediumPtr> media;
  for (const SurveyedPlace& place : places) {
    BW_CO_TRY(storage::MediumPtr medium, statement.services.open_medium(place.destination));
    media.push_back(std::move(medium));
  }
  std::vector<storage::Window> windows;
  const auto judge = [&](Surveys& surveys) -> Result<> {
    windows = storage::windows(surveys);
    return {};
  };
  BW_CO_TRY(const Surveys surveys, co_await survey_places(statement, std::move(media), kMostShown, judge));
  ShownRows rows(statement, tenant);
  for (std::size_t i = 0; i < places.size(); ++i) {
    BW_CO_CHECK(check_owner(statement, tenant, places[i], surveys[i]));
    rows.add(places[i], surveys[i]);
  }
  for (const storage::Window& window : windows) rows.add(window);
  Outcome outcome;
  outcome.table =
      ResultTable{.columns = catalog::make_columns(kShownColumns), .rows = std::move(rows).take()};
  co_return outcome;
}

}  // namespace breakwater::server::execute
