#include "server/jobs/piece_on_medium.h"

#include <string>
#include <vector>

namespace breakwater::server::jobs {
namespace {

using storage::Medium;

bool is_same_owner(const storage::BackupOwner& theirs, const storage::BackupOwner& own) {
  return theirs.cluster_name == own.cluster_name && theirs.cluster_id == own.cluster_id &&
         theirs.tenant_id == own.tenant_id && theirs.incarnation == own.incarnation &&
         theirs.dest_id == own.dest_id && theirs.life == own.life;
}

bool is_own_piece(const storage::PieceStart& start, const OwnPiece& own) {
  return is_same_owner(start.owner, own.owner) && start.round_id == own.name.round.round_id &&
         start.piece_id == own.name.piece_id && start.start_scn == own.start_scn;
}

// Nullopt: there is none. One that is too long is no mark.
Task<Result<std::optional<Bytes>>> mark_at(Medium& medium, const std::string& name, std::size_t limit,
                                           const NextCall& call) {
  auto bytes = co_await medium.get(name, limit, call());
  if (!bytes && bytes.error().is(Errc::size_overflow)) co_return Bytes{};
  co_return bytes;
}

struct Marks {
  std::vector<std::string> starts{};
  std::vector<std::string> ends{};
  bool others = false;  ///< a start of somebody else
};

Task<Result<Marks>> marks_of(Medium& medium, const OwnPiece& own, const NextCall& call) {
  std::string prefix = storage::piece_directory(own.name);
  prefix.back() = '_';
  prefix.insert(0, storage::kPiecesDirectory);
  Marks marks;
  BW_CO_CHECK(co_await for_each_object(medium, prefix, call, [&](const std::string& name) -> Task<Result<>> {
    const auto mark = storage::parse_piece_mark(name);
    if (!mark || mark->piece != own.name) co_return Result<>{};
    if (mark->end) {
      marks.ends.push_back(name);
      co_return Result<>{};
    }
    BW_CO_TRY(const auto bytes, co_await mark_at(medium, name, storage::kMaxMarker, call));
    if (!bytes) co_return Result<>{};
    const auto start = storage::decode_piece_start(*bytes);
    if (start && is_own_piece(*start, own)) {
      marks.starts.push_back(name);
    } else {
      marks.others = true;
    }
    co_return Result<>{};
  }));
  co_return std::move(marks);
}

struct Content {
  std::vector<std::string> log{};
  bool any = false;
  bool others = false;  ///< an object that wasn't written here
};

Task<Result<Content>> content_of(Medium& medium, const OwnPiece& own, const NextCall& call) {
  const std::int64_t last = own.frozen ? own.files : own.files + 1;
  Content content;
  BW_CO_CHECK(co_await for_each_object(medium, storage::piece_directory(own.name), call,
                                       [&](const std::string& name) -> Task<Result<>> {
                                         content.any = true;
                                         const auto number = storage::log_number(own.name, name);
                                         if (number && *number > last) content.others = true;
                                         if (number) content.log.push_back(name);
                                         co_return Result<>{};
                                       }));
  co_return std::move(content);
}

// Of the piece itself; one that can't be read is damaged, and not somebody else's.
Task<Result<bool>> has_others_manifest(Medium& medium, const OwnPiece& own, const NextCall& call) {
  BW_CO_TRY(const auto bytes,
            co_await mark_at(medium, storage::piece_manifest_name(own.name), storage::kMaxManifest, call));
  if (!bytes) co_return false;
  const auto manifest = storage::decode_piece_manifest(*bytes);
  co_return manifest && (!is_own_piece(manifest->start, own) ||
                         static_cast<std::int64_t>(manifest->objects.size()) != own.files);
}

Task<Result<>> discard_round(Medium& medium, const OwnPiece& own, const Discard& discard,
                             const NextCall& call) {
  const std::string name = storage::round_start_name(own.name.round);
  BW_CO_TRY(const auto bytes, co_await mark_at(medium, name, storage::kMaxMarker, call));
  if (!bytes) co_return Result<>{};
  const auto start = storage::decode_round_start(*bytes);
  if (!start || !is_same_owner(start->owner, own.owner) || start->round_id != own.name.round.round_id)
    co_return Result<>{};
  BW_CO_CHECK(co_await discard(storage::round_end_name(own.name.round)));
  co_return co_await discard(name);
}

}  // namespace

Task<Result<bool>> discard_piece(Medium& medium, const OwnPiece& own, const Discard& discard,
                                 const NextCall& call) {
  BW_CO_TRY(const Marks marks, co_await marks_of(medium, own, call));
  BW_CO_TRY(const Content content, co_await content_of(medium, own, call));
  BW_CO_TRY(const bool others_manifest, co_await has_others_manifest(medium, own, call));
  const bool nobodys = marks.starts.empty() && content.any;
  if (marks.others || content.others || others_manifest || nobodys) co_return false;
  if (!marks.starts.empty()) {
    for (const std::string& name : content.log) BW_CO_CHECK(co_await discard(name));
    BW_CO_CHECK(co_await discard(storage::piece_checkpoint_name(own.name)));
    BW_CO_CHECK(co_await discard(storage::piece_manifest_name(own.name)));
    for (const std::string& name : marks.ends) BW_CO_CHECK(co_await discard(name));
    BW_CO_CHECK(co_await medium.sweep(storage::piece_directory(own.name), call()));
    for (const std::string& name : marks.starts) BW_CO_CHECK(co_await discard(name));
  }
  if (own.ends_round) BW_CO_CHECK(co_await discard_round(medium, own, discard, call));
  co_return true;
}

}  // namespace breakwater::server::jobs
