#include "storage/restore/restore_plan.h"

#include <algorithm>
#include <cstddef>
#include <span>

namespace breakwater::storage {
namespace {

// The set, and all that it builds on, full one first.
std::vector<PlannedSet> chain_to(const Survey& data, const FoundSet& last) {
  std::vector<PlannedSet> chain;
  for (const FoundSet* set = &last; set != nullptr; set = set_before(data.sets, *set))
    chain.push_back({set->name, set->manifest_sha256});
  std::ranges::reverse(chain);
  return chain;
}

bool is_of(const FoundPiece& piece, const SetManifest& set) {
  return piece.whole_scn != 0 && piece.status != FoundStatus::deleted && is_log_of(piece.start, set);
}

bool follows(const PieceStart& before, const FoundPiece& piece) {
  return piece.start.owner == before.owner && piece.start.round_id == before.round_id &&
         piece.start.key.fingerprint == before.key.fingerprint;
}

// How far the log leads from a set on, and by which pieces.
struct Log {
  std::vector<const FoundPiece*> pieces{};
  std::int64_t to_scn = 0;
};

// Each round that has the set's SCN in its log is tried; the one that leads farthest counts. An archive may have ten thousand
// pieces and a destination as many sets, so that nothing is copied on the way.
Log log_from(const Survey& archive, const FoundSet& found, const std::vector<Unjoined>& unjoined) {
  const SetManifest& set = found.manifest;
  const std::int64_t scn = set.min_restore_scn;
  const auto is_joined = [&](const FoundPiece& piece) {
    return std::ranges::none_of(unjoined, [&](const Unjoined& other) {
      return other.manifest_sha256 == found.manifest_sha256 && other.round == piece.name.round;
    });
  };
  std::vector<const FoundPiece*> tried;  // those from `first` on follow on each other
  std::size_t first = 0;
  std::int64_t to_scn = 0;
  std::span<const FoundPiece* const> best;
  std::int64_t best_scn = scn;
  tried.reserve(archive.pieces.size());
  for (const FoundPiece& piece : archive.pieces) {
    if (!is_of(piece, set) || !is_joined(piece)) continue;
    const bool goes_on =
        first < tried.size() && follows(tried.back()->start, piece) && piece.start.start_scn == to_scn;
    // The pieces before the one that has the set's SCN aren't read.
    const bool begins = piece.start.start_scn <= scn && scn <= piece.whole_scn;
    if (!goes_on || begins) first = tried.size();
    if (!begins && first == tried.size()) continue;
    tried.push_back(&piece);
    to_scn = piece.whole_scn;
    if (to_scn <= best_scn) continue;
    best = std::span(tried).subspan(first);
    best_scn = to_scn;
  }
  return {.pieces = {best.begin(), best.end()}, .to_scn = best_scn};
}

std::vector<PlannedPiece> planned(const Log& log) {
  std::vector<PlannedPiece> pieces;
  pieces.reserve(log.pieces.size());
  for (const FoundPiece* piece : log.pieces)
    pieces.push_back({piece->start, piece->start_name, static_cast<std::int64_t>(piece->objects)});
  return pieces;
}

std::string window_text(const std::vector<Window>& windows) {
  if (windows.empty()) return "there is no set from which a tenant can be restored";
  std::int64_t from = INT64_MAX;
  std::int64_t to = 0;
  for (const Window& window : windows) {
    from = std::min(from, window.from_scn);
    to = std::max(to, window.to_scn);
  }
  return "what is there leads from SCN " + std::to_string(from) + " to " + std::to_string(to) +
         "; see `breakwater backups`";
}

std::vector<Window> all_windows(const Survey& data, const Survey* archive) {
  std::vector<Survey> surveys{data};
  if (archive != nullptr) surveys.push_back(*archive);
  return windows(surveys);
}

void add_reason(RestorePlan& plan, std::size_t& more, std::string reason) {
  if (plan.falls_short.size() < RestorePlan::kMostReasons) {
    plan.falls_short.push_back(std::move(reason));
  } else {
    ++more;
  }
}

std::string first_of(const Problems& problems) {
  return problems.empty() ? std::string() : ": " + problems.texts.front();
}

bool is_passed_over(const FoundSet& set) {
  return set.status == FoundStatus::damaged || (set.status == FoundStatus::complete && !set.restorable);
}

// A piece that the log would go on with, or ends in before its time.
bool breaks_off(const FoundPiece& piece, const RestorePlan& plan, const SetManifest& set) {
  if (piece.status == FoundStatus::deleted) return false;
  const bool read = !piece.start.owner.cluster_name.empty();
  if (read && !is_log_of(piece.start, set)) return false;
  if (piece.status == FoundStatus::damaged) return piece.whole_scn <= plan.scn;
  return read && piece.start.start_scn > plan.scn;
}

void say_what_falls_short(RestorePlan& plan, const Survey& data, const Survey* archive,
                          const FoundSet& last) {
  std::size_t more = 0;
  for (const FoundSet& set : data.sets) {
    if (set.name <= last.name || !is_passed_over(set)) continue;
    add_reason(plan, more,
               "set " + std::to_string(set.name.id) + " was passed over" + first_of(set.problems));
  }
  for (std::size_t i = 0; archive != nullptr && i < archive->pieces.size(); ++i) {
    const FoundPiece& piece = archive->pieces[i];
    if (!breaks_off(piece, plan, last.manifest)) continue;
    add_reason(plan, more,
               "the log isn't whole behind SCN " + std::to_string(plan.scn) + ": piece " +
                   std::to_string(piece.name.piece_id) + " of round " +
                   std::to_string(piece.name.round.round_id) + first_of(piece.problems));
  }
  if (more > 0) plan.falls_short.push_back("and " + std::to_string(more) + " more");
}

std::string without_slash(std::string name) {
  if (name.ends_with('/')) name.pop_back();
  return name;
}

// Those that are named stay; their names are taken off the list.
template <class Found, class NameOf>
void keep(std::vector<Found>& all, std::vector<std::string>& names, NameOf name_of) {
  std::erase_if(all, [&](const Found& one) {
    const auto [first, last] = std::ranges::remove(names, name_of(one));
    const bool named = first != last;
    names.erase(first, last);
    return !named;
  });
}

}  // namespace

Result<> keep_named(const std::vector<std::string>& names, Survey& data, Survey* archive) {
  std::vector<std::string> missing = names;
  keep(data.sets, missing, [](const FoundSet& set) { return without_slash(set_directory(set.name)); });
  if (archive != nullptr) {
    keep(archive->pieces, missing,
         [](const FoundPiece& piece) { return without_slash(piece_directory(piece.name)); });
  }
  if (!missing.empty()) {
    return fail(error::backup_file_not_exist().with_hint("there is no " + missing.front() +
                                                         ", which ADD RESTORE SOURCE has named"));
  }
  // By id, so that what a set builds on comes before it.
  for (FoundSet& set : data.sets) {
    const FoundSet* before = set_before(data.sets, set);
    const bool leads_to_full = set.name.type == SetType::full || (before != nullptr && before->restorable);
    set.restorable = set.restorable && leads_to_full;
  }
  return {};
}

Result<RestorePlan> plan_restore(const Survey& data, const Survey* archive, const PlanOptions& options) {
  const auto& until = options.until;
  for (auto set = data.sets.rbegin(); set != data.sets.rend(); ++set) {
    const std::int64_t scn = set->manifest.min_restore_scn;
    if (!set->restorable || (until && *until < scn)) continue;
    Log log{.to_scn = scn};
    if (archive != nullptr && until != scn) log = log_from(*archive, *set, options.unjoined);
    if (until && log.to_scn < *until) continue;
    RestorePlan plan{.owner = set->manifest.owner,
                     .sets = chain_to(data, *set),
                     .pieces = planned(log),
                     .set_scn = scn,
                     .history = set->manifest.history,
                     .scn = until.value_or(log.to_scn)};
    if (!until) say_what_falls_short(plan, data, archive, *set);
    return plan;
  }
  return fail(error::backup_file_not_exist().with_hint(window_text(all_windows(data, archive))));
}

}  // namespace breakwater::storage
