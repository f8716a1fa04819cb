#include "storage/survey/survey.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/text.h"
#include "storage/survey/listing.h"

namespace breakwater::storage {
namespace {

std::unexpected<Error> too_many(std::string_view what) {
  return fail(error::size_overflow().with_hint(std::string("the place holds more ")
                                                   .append(what)
                                                   .append(" than are looked at: ")
                                                   .append(std::to_string(kMaxSurveyed))));
}

std::unexpected<Error> says_too_much() {
  return fail(error::size_overflow().with_hint(
      "what the manifests of the place say of themselves is longer than Breakwater writes it"));
}

std::size_t bytes_of(const BackupOwner& owner) {
  return owner.cluster_name.size() + owner.tenant_name.size() + owner.compatibility_mode.size() +
         owner.life.size();
}

std::size_t bytes_of(const WrappedKey& key) {
  const std::size_t more =
      key.by_password ? key.by_password->salt.size() + key.by_password->wrapped.size() : 0;
  return key.fingerprint.size() + key.wrapped.size() + more;
}

std::size_t bytes_of(const Problems& problems) {
  std::size_t bytes = 0;
  for (const std::string& text : problems.texts) bytes += text.size();
  return bytes;
}

std::size_t bytes_of(const FoundSet& set) {
  const SetManifest& manifest = set.manifest;
  return sizeof(FoundSet) + bytes_of(manifest.owner) + bytes_of(manifest.key) +
         (manifest.round ? bytes_of(manifest.round->key) : 0) + manifest.cluster_version.size() +
         bytes_of(set.problems);
}

std::size_t bytes_of(const FoundPiece& piece) {
  return sizeof(FoundPiece) + bytes_of(piece.start.owner) + bytes_of(piece.start.key) +
         bytes_of(piece.problems);
}

// The names below a directory of marks.
Task<Result<std::vector<std::string>>> marks_below(Medium& medium, std::string_view directory,
                                                   const SurveyOptions& options) {
  constexpr std::size_t kMarksOfOne = 4;
  std::vector<std::string> names;
  GroupLister lister(medium, std::string(directory), options);
  for (;;) {
    BW_CO_TRY(const auto group, co_await lister.next());
    if (!group) co_return names;
    if (group->too_many || names.size() + group->sizes.size() > kMarksOfOne * kMaxSurveyed)
      co_return too_many("marks");
    for (const auto& [name, size] : group->sizes) names.push_back(name);
  }
}

// Names may have changed in between.
bool is_same_life(const BackupOwner& one, const BackupOwner& other) {
  return one.cluster_id == other.cluster_id && one.tenant_id == other.tenant_id &&
         one.incarnation == other.incarnation && one.life == other.life;
}

bool builds_on(const FoundSet& set, const FoundSet& other) {
  return other.manifest_sha256 == set.manifest.prev_manifest_sha256 &&
         other.status == FoundStatus::complete && is_same_life(other.manifest.owner, set.manifest.owner) &&
         other.manifest.min_restore_scn == set.manifest.from_scn;
}

// By id, so that what a set stands on has been judged before it.
void judge_chains(std::vector<FoundSet>& sets) {
  std::unordered_map<std::string_view, const FoundSet*> by_manifest;
  for (FoundSet& set : sets) {
    if (set.status != FoundStatus::complete) continue;
    by_manifest.emplace(set.manifest_sha256, &set);
    if (set.name.type == SetType::full) {
      set.restorable = true;
      continue;
    }
    const auto found = by_manifest.find(set.manifest.prev_manifest_sha256);
    const FoundSet* before = found == by_manifest.end() ? nullptr : found->second;
    set.restorable =
        before != nullptr && builds_on(set, *before) && before->name.id < set.name.id && before->restorable;
    if (!set.restorable)
      set.problems.add("set " + std::to_string(set.manifest.prev_set_id) +
                       ", which it builds on, isn't here as it was, or can't be restored itself");
  }
}

// The newest sets of those that are asked for, and some more that they may build on.
class NewestSets {
 public:
  explicit NewestSets(const SurveyOptions& options) : options_(options) {}

  bool wants(SetName name) const {
    if (options_.sets_before && name.id >= *options_.sets_before) return false;
    return sets_.size() < options_.most_sets + kBuiltOn || sets_.contains(name) ||
           sets_.begin()->first < name;
  }
  void put(FoundSet set) {
    const auto known = sets_.find(set.name);
    if (known != sets_.end()) bytes_ -= bytes_of(known->second);
    bytes_ += bytes_of(set);
    sets_.insert_or_assign(set.name, std::move(set));
    if (sets_.size() <= options_.most_sets + kBuiltOn) return;
    bytes_ -= bytes_of(sets_.begin()->second);
    sets_.erase(sets_.begin());
    forgot_ = true;
  }
  bool say_too_much() const { return bytes_ > kMaxSurveyedBytes; }
  void put_name(SetName name) {
    if (!wants(name)) {
      forgot_ = forgot_ || !options_.sets_before || name.id < *options_.sets_before;
    } else if (!sets_.contains(name)) {
      put(FoundSet{.name = name});
    }
  }

  /// Once those that were kept are judged: the page, and whether there is another.
  std::vector<FoundSet> take(std::vector<FoundSet> judged, std::optional<std::int64_t>& more_before) const {
    std::size_t first = judged.size() - std::min(judged.size(), options_.most_sets);
    // One number may have two types, where an attempt was of the other one.
    while (first > 0 && judged[first - 1].name.id == judged[first].name.id) --first;
    judged.erase(judged.begin(), judged.begin() + static_cast<std::ptrdiff_t>(first));
    if ((first > 0 || forgot_) && !judged.empty()) more_before = judged.front().name.id;
    return judged;
  }
  std::vector<FoundSet> all() {
    std::vector<FoundSet> found;
    for (auto& [name, set] : sets_) found.push_back(std::move(set));
    return found;
  }

 private:
  static constexpr std::size_t kBuiltOn = 1000;

  const SurveyOptions& options_;
  std::map<SetName, FoundSet> sets_;
  std::size_t bytes_ = 0;  ///< of all of them
  bool forgot_ = false;
};

// Sets that have begun, in the order of their ids, whether or not anything lies in their directories.
Task<Result<>> survey_sets(Medium& medium, Survey& out, const SurveyOptions& options) {
  NewestSets newest(options);
  GroupLister marks(medium, std::string(kSetsDirectory), options);
  for (;;) {
    BW_CO_TRY(const auto name, co_await marks.next_name());
    if (!name) break;
    const auto mark = parse_set_mark(*name);
    if (mark) newest.put_name(mark->set);
  }
  GroupLister lister(medium, "backup_set_", options);
  for (;;) {
    BW_CO_TRY(const auto group, co_await lister.next());
    if (!group) break;
    const auto name = set_of(group->directory);
    if (!name) continue;
    newest.put_name(*name);
    if (!newest.wants(*name)) continue;
    BW_CO_TRY(FoundSet found, co_await survey_set(medium, *name, *group, options));
    newest.put(std::move(found));
    if (newest.say_too_much()) co_return says_too_much();
  }
  std::vector<FoundSet> sets = newest.all();
  judge_chains(sets);
  out.sets = newest.take(std::move(sets), out.more_sets_before);
  co_return Result<>{};
}

Task<Result<>> survey_pieces(Medium& medium, Survey& out, const SurveyOptions& options) {
  std::map<PieceName, std::string> starts;
  std::map<PieceName, FoundPiece> pieces;
  std::size_t bytes = 0;
  BW_CO_TRY(const auto marks, co_await marks_below(medium, kPiecesDirectory, options));
  for (const std::string& name : marks) {
    const auto mark = parse_piece_mark(name);
    if (!mark) continue;
    pieces[mark->piece].name = mark->piece;
    if (!mark->end) starts.emplace(mark->piece, name);
  }
  GroupLister lister(medium, "piece_", options);
  for (;;) {
    BW_CO_TRY(const auto group, co_await lister.next());
    if (!group) break;
    const auto name = piece_of(group->directory);
    if (!name) continue;
    if (pieces.size() > kMaxSurveyed) co_return too_many("pieces");
    const auto start = starts.find(*name);
    const std::string start_name = start == starts.end() ? std::string() : start->second;
    FoundPiece& piece = pieces[*name];
    BW_CO_TRY(piece, co_await survey_piece(medium, *name, start_name, *group, options));
    bytes += bytes_of(piece);
    if (bytes > kMaxSurveyedBytes) co_return says_too_much();
  }
  for (auto& [name, piece] : pieces) out.pieces.push_back(std::move(piece));
  co_return Result<>{};
}

// "piece_d1002r1p1/": all that lies in it.
Task<Result<Group>> group_of(Medium& medium, std::string directory, const SurveyOptions& options) {
  GroupLister lister(medium, directory, options);
  BW_CO_TRY(auto found, co_await lister.next());
  if (found) co_return *std::move(found);
  Group none;
  none.directory = std::move(directory);
  co_return none;
}

// The name of a piece's start; empty: there is none.
Task<Result<std::string>> start_of(Medium& medium, PieceName piece, const SurveyOptions& options) {
  const std::string directory = piece_directory(piece);
  // "pieces/piece_d1002r1p1_start_…"
  GroupLister marks(
      medium, std::string(kPiecesDirectory).append(directory, 0, directory.size() - 1).append("_"), options);
  for (;;) {
    BW_CO_TRY(auto name, co_await marks.next_name());
    if (!name) co_return std::string();
    const auto mark = parse_piece_mark(*name);
    if (mark && !mark->end && mark->piece == piece) co_return *std::move(name);
  }
}

// A stretch of one round's log without a gap.
struct Stretch {
  PieceStart first{};
  std::int64_t to_scn = 0;
};

bool goes_on(const Stretch& stretch, const FoundPiece& piece) {
  return stretch.first.owner == piece.start.owner && stretch.first.round_id == piece.start.round_id &&
         stretch.first.key.fingerprint == piece.start.key.fingerprint &&
         piece.start.start_scn == stretch.to_scn;
}

std::vector<Stretch> stretches_of(const std::vector<Survey>& surveys) {
  std::vector<Stretch> stretches;
  for (const Survey& survey : surveys) {
    for (const FoundPiece& piece : survey.pieces) {
      if (piece.whole_scn == 0 || piece.status == FoundStatus::deleted) continue;
      if (stretches.empty() || !goes_on(stretches.back(), piece)) stretches.push_back({piece.start, 0});
      stretches.back().to_scn = piece.whole_scn;
    }
  }
  return stretches;
}

Window window_of(const FoundSet& set, const std::vector<Stretch>& stretches) {
  const BackupOwner& owner = set.manifest.owner;
  Window window{.cluster_id = owner.cluster_id,
                .tenant_id = owner.tenant_id,
                .tenant_name = owner.tenant_name,
                .set_id = set.name.id,
                .from_scn = set.manifest.min_restore_scn,
                .to_scn = set.manifest.min_restore_scn};
  for (const Stretch& stretch : stretches) {
    if (is_log_of(stretch.first, set.manifest) && stretch.first.start_scn <= window.from_scn)
      window.to_scn = std::max(window.to_scn, stretch.to_scn);
  }
  return window;
}

}  // namespace

std::string_view name_of(FoundStatus status) {
  switch (status) {
    case FoundStatus::complete:
      return "COMPLETE";
    case FoundStatus::active:
      return "ACTIVE";
    case FoundStatus::incomplete:
      return "INCOMPLETE";
    case FoundStatus::damaged:
      return "DAMAGED";
    case FoundStatus::deleted:
      return "DELETED";
  }
  return "";
}

void Problems::add(std::string text) {
  if (texts.size() < kMostProblems) {
    text.resize(whole_characters(text, kMaxProblem).size());
    texts.push_back(std::move(text));
  } else {
    ++more;
  }
}

Task<Result<Survey>> survey(Medium& medium, SurveyOptions options) {
  Survey out;
  auto format = co_await medium.read_format(options.call());
  if (!format && !format.error().is(Errc::format_file_not_match) &&
      !format.error().is(Errc::format_file_not_exist))
    co_return fail(std::move(format).error());
  if (format) {
    out.format = *std::move(format);
  } else {
    out.problems.add("the format file is damaged");
  }
  BW_CO_CHECK(co_await survey_sets(medium, out, options));
  BW_CO_CHECK(co_await survey_pieces(medium, out, options));
  co_return out;
}

// It holds what has changed of the same tenant since the set before it.
const FoundSet* set_before(const std::vector<FoundSet>& sets, const FoundSet& set) {
  if (set.name.type == SetType::full || set.manifest.prev_manifest_sha256.empty()) return nullptr;
  const auto before =
      std::ranges::find_if(sets, [&](const FoundSet& other) { return builds_on(set, other); });
  return before == sets.end() ? nullptr : &*before;
}

bool is_log_of(const PieceStart& piece, const SetManifest& set) {
  return !set.history.empty() && piece.owner.cluster_id == set.owner.cluster_id &&
         piece.owner.cluster_name == set.owner.cluster_name && piece.owner.tenant_id == set.owner.tenant_id &&
         piece.owner.incarnation == set.owner.incarnation && piece.owner.life == set.owner.life &&
         piece.key.fingerprint == set.key.fingerprint;
}

// The archive writes on: what is wrong is so only if nothing came between what was listed and what was read.
Task<Result<FoundPiece>> survey_one_piece(Medium& medium, PieceName name, SurveyOptions options) {
  constexpr int kMostLooks = 10;
  BW_CO_TRY(Group group, co_await group_of(medium, piece_directory(name), options));
  for (int look = 0; look < kMostLooks; ++look) {
    BW_CO_TRY(const std::string start, co_await start_of(medium, name, options));
    BW_CO_TRY(FoundPiece found, co_await survey_piece(medium, name, start, group, options));
    if (found.problems.empty() && !start.empty()) co_return found;
    BW_CO_TRY(Group now, co_await group_of(medium, piece_directory(name), options));
    if (now.sizes == group.sizes) co_return found;
    group = std::move(now);
  }
  co_return fail(error::try_again().with_hint("the piece changes all the time"));
}

std::vector<Window> windows(const std::vector<Survey>& surveys) {
  const std::vector<Stretch> stretches = stretches_of(surveys);
  std::vector<Window> found;
  for (const Survey& survey : surveys) {
    for (const FoundSet& set : survey.sets)
      if (set.restorable) found.push_back(window_of(set, stretches));
  }
  return found;
}

}  // namespace breakwater::storage
