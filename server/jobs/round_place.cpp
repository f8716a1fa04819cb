#include "server/jobs/round_place.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/crypto.h"
#include "storage/destination/file_system.h"
#include "storage/formats/line_object.h"

namespace breakwater::server::jobs {
namespace {

using catalog::ArchiveRound;
using storage::Medium;

/// A mark's number that is farther ahead is none that was counted.
constexpr std::int64_t kMaxAhead = 1'000'000;

constexpr std::string_view kGiveUp =
    "; to give up what isn't there: NOARCHIVELOG, then ALTER SYSTEM SET LOG_ARCHIVE_DEST_STATE = 'DEFER'";

std::unexpected<Error> gone(const std::string& name) {
  return fail(error::io_error().with_hint(
      std::string("the archive's destination has lost ")
          .append(name)
          .append(": was the directory moved, or is another file system or an older copy there? Put it back")
          .append(kGiveUp)));
}

}  // namespace

// What stands against the place, with what was there before it.
Error RoundPlace::remark(const Error& why) const {
  if (!why.is(Errc::format_file_not_exist) || place_->file_system.empty() || ground_.directory.empty())
    return why;
  const storage::FileSystem before = storage::decode_file_system(place_->file_system);
  if (!storage::is_another(before, ground_.system)) return why;
  return Error(why).with_hint("the destination was on " + storage::describe(before) + "; now " +
                              storage::describe(ground_.system) +
                              " is there, without a format file: mount the file system again");
}

Task<Result<bool>> RoundPlace::look(const ArchiveRound& round) {
  const bool first = !place_;
  BW_CO_TRY(ArchivePlaces::Place place, places_.open(reader_, round));
  place_.emplace(std::move(place));
  const Medium::Ground before = std::exchange(ground_, {});
  auto verified = co_await place_->medium->verify_format(place_->format, call());
  if (verified || verified.error().is(Errc::format_file_not_exist)) {
    auto ground = co_await place_->medium->ground(call());
    if (!ground && verified) co_return fail(ground.error());
    if (ground) ground_ = *std::move(ground);
  }
  if (!verified) co_return fail(remark(verified.error()));
  co_return first || before.directory != ground_.directory;
}

void RoundPlace::close() {
  if (place_) place_->medium.reset();
}

Task<Result<Medium::Put>> RoundPlace::put_new(std::string name, Medium::Content content) {
  co_return co_await place_->medium->put_new(std::move(name), std::move(content), call());
}

Task<Result<>> RoundPlace::put(std::string name, Bytes bytes) {
  BW_CO_TRY(const Medium::Put done, co_await put_new(name, std::make_shared<const Bytes>(std::move(bytes))));
  if (done == Medium::Put::exists) co_return taken("another " + name);
  co_return Result<>{};
}

Task<Result<>> RoundPlace::replace(std::string name, Bytes bytes) {
  co_return co_await place_->medium->replace(std::move(name), std::make_shared<const Bytes>(std::move(bytes)),
                                             call());
}

Task<Result<std::optional<Bytes>>> RoundPlace::get(std::string name, std::size_t limit) {
  co_return co_await place_->medium->get(std::move(name), limit, call());
}

Task<Result<>> RoundPlace::confirm(const ArchiveRound& round, std::string name, std::string sha256) {
  BW_CO_CHECK(co_await look(round));
  co_return co_await prove(std::move(name), std::move(sha256));
}

Task<Result<>> RoundPlace::prove(std::string name, std::string sha256) {
  BW_CO_TRY(const auto there, co_await get(name, storage::kMaxObject));
  if (!there || crypto::to_hex(crypto::sha256(*there)) != sha256) co_return gone(name);
  co_return Result<>{};
}

template <class Visit>
Task<Result<>> RoundPlace::for_each_name(std::string prefix, Visit visit) {
  std::string after;
  for (std::size_t pages = 0; pages < kMostPages; ++pages) {
    BW_CO_TRY(const Medium::Page page, co_await place_->medium->list(prefix, after, call()));
    for (const Medium::Entry& entry : page.entries) visit(entry.name);
    after = page.next;
    if (after.empty()) co_return Result<>{};
  }
  co_return fail(error::size_overflow().with_hint("the archive's destination holds more names below " +
                                                  prefix + " than are looked at"));
}

Task<Result<RoundPlace::Marks>> RoundPlace::marks(const ArchiveRound& round) {
  Marks found;
  const auto note = [](std::int64_t& highest, std::int64_t number, std::int64_t own) {
    if (number - own <= kMaxAhead) highest = std::max(highest, number);
  };
  BW_CO_CHECK(co_await for_each_name(std::string(storage::kRoundsDirectory), [&](const std::string& name) {
    const auto mark = storage::parse_round_mark(name);
    if (!mark || mark->round.dest_id != round.dest_id) return;
    note(found.highest.round_id, mark->round.round_id, round.round_id);
    found.ended = found.ended || (mark->end && mark->round.round_id == round.round_id);
  }));
  BW_CO_CHECK(co_await for_each_name(std::string(storage::kPiecesDirectory), [&](const std::string& name) {
    const auto mark = storage::parse_piece_mark(name);
    if (!mark || mark->piece.round.dest_id != round.dest_id) return;
    note(found.highest.piece_id, mark->piece.piece_id, round.used_piece_id);
    note(found.highest.round_id, mark->piece.round.round_id, round.round_id);
  }));
  co_return found;
}

Task<Result<std::int64_t>> RoundPlace::last_number(storage::PieceName piece) {
  std::int64_t last = 0;
  BW_CO_CHECK(co_await for_each_name(storage::log_directory(piece), [&](const std::string& name) {
    last = std::max(last, storage::log_number(piece, name).value_or(0));
  }));
  co_return last;
}

std::unexpected<Error> RoundPlace::taken(const std::string& by) {
  taken_ = true;
  return fail(error::file_already_exist().with_hint("the destination holds " + by +
                                                    ", which this catalogue doesn't know: the catalogue was "
                                                    "restored from a copy, or another server writes there"));
}

}  // namespace breakwater::server::jobs
