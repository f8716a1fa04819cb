#include <algorithm>

#include "storage/survey/listing.h"

namespace breakwater::storage {
namespace {

PieceName name_in(const PieceStart& start) {
  return {.round = {.dest_id = start.owner.dest_id, .round_id = start.round_id}, .piece_id = start.piece_id};
}

// A file of a piece. Nullopt: it isn't there, or is too long to be one; the latter is a problem.
Task<Result<std::optional<Bytes>>> read_of(Medium& medium, const std::string& name, std::size_t limit,
                                           const SurveyOptions& options, Problems& problems) {
  auto bytes = co_await medium.get(name, limit, options.call());
  if (!bytes && bytes.error().is(Errc::size_overflow)) {
    problems.add(bytes.error().hint());
    co_return std::nullopt;
  }
  co_return bytes;
}

void damage(FoundPiece& found, const std::string& text) {
  found.status = FoundStatus::damaged;
  found.problems.add(text);
}

Task<Result<>> survey_frozen(Medium& medium, FoundPiece& found, const Bytes& bytes, const Group& group,
                             const SurveyOptions& options) {
  const auto manifest = decode_piece_manifest(bytes);
  if (!manifest || name_in(manifest->start) != found.name) {
    damage(found, manifest ? "the manifest is that of another piece" : manifest.error().hint());
    co_return Result<>{};
  }
  found.start = manifest->start;
  found.objects = manifest->objects.size();
  found.whole_scn = manifest->end_scn;
  for (const LogEntry& entry : manifest->objects) {
    BW_CO_CHECK(co_await check_object(medium, entry.object, group, options, found.problems));
    // Up to the first that isn't right the log is whole all the same.
    if (!found.problems.empty()) found.whole_scn = std::min(found.whole_scn, entry.from_scn);
  }
  found.status = found.problems.empty() ? FoundStatus::complete : FoundStatus::damaged;
  co_return Result<>{};
}

// How far the objects of an active piece follow on each other: without a manifest, their own headers say.
struct Chain {
  std::int64_t number = 0;
  std::int64_t scn = 0;
  std::string last{};
};

// Whether the directory has objects behind this one.
bool has_behind(const FoundPiece& found, const Group& group, std::int64_t number) {
  return std::ranges::any_of(group.sizes, [&](const auto& entry) {
    return log_number(found.name, entry.first).value_or(0) > number;
  });
}

Task<Result<bool>> follow(Medium& medium, FoundPiece& found, const Group& group, Chain& chain,
                          const SurveyOptions& options) {
  const std::string name = log_object_name(found.name, chain.number + 1);
  if (!group.sizes.contains(name) && !has_behind(found, group, chain.number + 1)) co_return false;
  // One that wasn't listed may have been written while the listing went on, as those behind it were.
  BW_CO_TRY(const auto bytes, co_await read_of(medium, name, kMaxObject, options, found.problems));
  if (!bytes && !group.sizes.contains(name)) {
    if (found.problems.empty()) found.problems.add("missing: " + name);
    co_return false;
  }
  const auto header = bytes ? read_lines(*bytes, nullptr, [](std::string_view) { return Result<>(); })
                            : Result<LineHeader>(fail(error::checksum_error()));
  const bool next = header && header->piece == found.name.piece_id && header->number == chain.number + 1 &&
                    header->from_scn <= chain.scn && header->to_scn >= chain.scn &&
                    header->previous == chain.last;
  if (!next) {
    found.problems.add(name + " isn't what follows on the object before it");
    co_return false;
  }
  chain = {.number = header->number, .scn = header->to_scn, .last = crypto::to_hex(crypto::sha256(*bytes))};
  co_return true;
}

// Where the checkpoint is, if what it says of the objects before it is so.
Chain at_checkpoint(FoundPiece& found, const Group& group, const ArchiveCheckpoint& checkpoint) {
  Chain chain{.scn = found.start.start_scn, .last = found.start.previous};
  for (std::int64_t number = 1; number <= checkpoint.number; ++number) {
    if (group.sizes.contains(log_object_name(found.name, number))) continue;
    found.problems.add("missing: " + log_object_name(found.name, number));
    return chain;
  }
  if (checkpoint.number > 0) chain = {.number = checkpoint.number, .last = checkpoint.last_sha256};
  chain.scn = std::max(chain.scn, checkpoint.scn);
  return chain;
}

Task<Result<std::optional<ArchiveCheckpoint>>> checkpoint_of(Medium& medium, FoundPiece& found,
                                                             const SurveyOptions& options) {
  BW_CO_TRY(const auto bytes,
            co_await read_of(medium, piece_checkpoint_name(found.name), kMaxMarker, options, found.problems));
  if (!bytes) co_return std::nullopt;
  auto checkpoint = decode_checkpoint(*bytes);
  const RoundName round = found.name.round;
  const bool ours = checkpoint && checkpoint->piece_id == found.name.piece_id &&
                    checkpoint->dest_id == round.dest_id && checkpoint->round_id == round.round_id;
  if (ours) co_return *std::move(checkpoint);
  found.problems.add("the checkpoint is damaged, or that of another piece");
  co_return std::nullopt;
}

// Whether the objects up to the checkpoint are in `group`, and its number is one that can be.
bool is_bounded(const ArchiveCheckpoint& checkpoint) {
  return checkpoint.number <= static_cast<std::int64_t>(kMaxObjects);
}

Task<Result<>> survey_active(Medium& medium, FoundPiece& found, const Group& group,
                             const SurveyOptions& options) {
  BW_CO_TRY(const auto checkpoint, co_await checkpoint_of(medium, found, options));
  const Chain begin{.scn = found.start.start_scn, .last = found.start.previous};
  Chain chain = begin;
  if (checkpoint && is_bounded(*checkpoint) && !options.contents)
    chain = at_checkpoint(found, group, *checkpoint);
  for (bool more = true; more;) {
    BW_CO_TRY(more, co_await follow(medium, found, group, chain, options));
  }
  // Nothing changed between the last object and the checkpoint.
  const bool agrees = checkpoint && chain.number == checkpoint->number;
  found.objects = static_cast<std::uint64_t>(chain.number);
  found.whole_scn = agrees ? std::max(chain.scn, checkpoint->scn) : chain.scn;
  found.status = found.problems.empty() ? FoundStatus::active : FoundStatus::damaged;
  co_return Result<>{};
}

Task<Result<>> read_start(Medium& medium, FoundPiece& found, const std::string& start_name,
                          const SurveyOptions& options) {
  if (start_name.empty()) co_return Result<>{};
  BW_CO_TRY(const auto bytes, co_await read_of(medium, start_name, kMaxMarker, options, found.problems));
  if (!bytes) co_return Result<>{};
  auto start = decode_piece_start(*bytes);
  if (start && name_in(*start) == found.name) {
    found.start = *std::move(start);
    found.start_name = start_name;
    found.status = FoundStatus::active;
  } else {
    damage(found, "its start is damaged, or that of another piece");
  }
  co_return Result<>{};
}

}  // namespace

Task<Result<FoundPiece>> survey_piece(Medium& medium, PieceName name, const std::string& start_name,
                                      const Group& group, const SurveyOptions& options) {
  FoundPiece found{.name = name, .bytes = group.bytes};
  if (group.too_many) found.problems.add("there are more objects in its directory than a piece can have");
  const std::string manifest_name = piece_manifest_name(name);
  BW_CO_TRY(const auto manifest,
            co_await read_of(medium, manifest_name, kMaxManifest, options, found.problems));
  if (manifest) {
    BW_CO_CHECK(co_await survey_frozen(medium, found, *manifest, group, options));
    BW_CO_TRY(const bool discarded, co_await medium.is_discarded(manifest_name, options.call()));
    if (discarded) found.status = FoundStatus::deleted;
    co_return found;
  }
  BW_CO_CHECK(co_await read_start(medium, found, start_name, options));
  if (found.status == FoundStatus::active) BW_CO_CHECK(co_await survey_active(medium, found, group, options));
  co_return found;
}

}  // namespace breakwater::storage
