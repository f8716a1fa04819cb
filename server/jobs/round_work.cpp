#include "server/jobs/round_work.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "base/crypto.h"
#include "server/execute/context/await.h"
#include "server/jobs/seal_by_data_key.h"

namespace breakwater::server::jobs {
namespace {

using catalog::ArchivePiece;
using catalog::ArchiveRound;
using catalog::RoundStatus;
using catalog::Scn;
using catalog::Transaction;
using storage::Medium;

constexpr std::size_t kHexSha = 64;
constexpr std::size_t kHexMark = 32;
constexpr std::uint8_t kHasMark = 0x80;  ///< beside the digest's size
constexpr std::size_t kScnBytes = 8;
constexpr std::size_t kMaxComment = 4096;

constexpr std::string_view kToEndWithout =
    ". To end without the rest: ALTER SYSTEM SET LOG_ARCHIVE_DEST_STATE = 'DEFER'";

/// Lines of the log into an object.
class ObjectSink final : public catalog::LineSink {
 public:
  Result<> line(std::string_view line) override { return writer.add(line); }
  storage::LineObjectWriter writer;
};

/// The heads of the commits in lines of a log.
class CommitSink final : public catalog::LineSink {
 public:
  explicit CommitSink(Scn upto) : upto_(upto) {}
  Result<> line(std::string_view line) override {
    if (!catalog::is_head(line)) return {};
    BW_TRY(catalog::PartHead head, catalog::read_head(line));
    if (head.scn <= upto_) commits.push_back(std::move(head));
    return {};
  }
  std::vector<catalog::PartHead> commits;

 private:
  const Scn upto_;
};

class SealNothingHere final : public catalog::ValueSealer {
 public:
  Result<Bytes> seal(std::string_view /*identity*/, const Secret& /*plain*/) override { return Bytes(); }
};

storage::RoundName name_of_round(const ArchiveRound& round) {
  return {.dest_id = round.dest_id, .round_id = round.round_id};
}

std::string hex_sha256(std::span<const std::uint8_t> bytes) {
  return crypto::to_hex(crypto::sha256(bytes));
}

// What fits into a COMMENT, up to a character's start.
std::string as_comment(std::string text) {
  std::size_t end = std::min(text.size(), kMaxComment);
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) --end;
  text.resize(end);
  return text;
}

std::string text_of(const Error& why) {
  return why.hint().empty() ? why.text() : why.text() + ": " + why.hint();
}

}  // namespace

Bytes encode(const RoundRecord& record) {
  Bytes bytes;
  put_le(bytes, static_cast<std::uint64_t>(record.last_scn), kScnBytes);
  bytes.push_back(static_cast<std::uint8_t>(record.last_sha256.size() |
                                            (record.history.size() == kHexMark ? kHasMark : 0U)));
  for (const std::string* text : {&record.last_sha256, &record.history}) {
    const auto part = as_bytes(*text);
    bytes.insert(bytes.end(), part.begin(), part.end());
  }
  bytes.insert(bytes.end(), record.start.begin(), record.start.end());
  return bytes;
}

Result<RoundRecord> decode_round_record(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return RoundRecord{};
  const std::uint8_t sizes = bytes.size() > kScnBytes ? bytes[kScnBytes] : 1;
  const std::size_t size = sizes & ~kHasMark;
  const std::size_t mark = (sizes & kHasMark) != 0 ? kHexMark : 0;
  if ((size != 0 && size != kHexSha) || bytes.size() <= kScnBytes + 1 + size + mark)
    return fail(
        error::checksum_error().with_hint("what the catalogue knows of the archive's round is damaged"));
  RoundRecord record;
  record.last_scn = static_cast<Scn>(ByteReader(bytes).get_le(kScnBytes).value_or(0));
  record.last_sha256 = std::string(as_text(bytes.subspan(kScnBytes + 1, size)));
  record.history = std::string(as_text(bytes.subspan(kScnBytes + 1 + size, mark)));
  const auto start = bytes.subspan(kScnBytes + 1 + size + mark);
  record.start = Bytes(start.begin(), start.end());
  return record;
}

Task<Result<>> RoundWork::step(ArchiveRound round, bool now) {
  looked_now_ = false;
  seen_ = round.status;
  auto done = co_await go_on(round, now);
  if (!done && place_.is_taken()) done = co_await leave(round, done.error());
  place_.close();
  co_return done;
}

Task<Result<>> RoundWork::go_on(ArchiveRound& round, bool now) {
  if (round.lost) {
    BW_CO_CHECK(co_await place_.look(round));  // once the destination answers again
    const std::string comment = "round " + std::to_string(round.round_id) + " lost log of changes";
    co_return co_await execute::write_catalog(world_.store, [&](Transaction& t) {
      return t.archive().begin_next_round(round.tenant_id, round.round_id, comment);
    });
  }
  if (round.status == RoundStatus::suspend || round.status == RoundStatus::stop) co_return Result<>{};
  BW_CO_TRY(lag_target_, world_.places.lag_target(reader_, round.tenant_id));
  if (!key_) {
    BW_CO_CHECK(co_await look(round));
    BW_CO_CHECK(co_await begin_round(round));
  }
  const Timestamp since = std::abs(world_.clock.now() - looked_);
  if (!place_->bucket && std::chrono::microseconds(since) >= RoundPlace::kLookAgain)
    BW_CO_CHECK(co_await look_once(round));
  // One that is stopping needs no piece but for log that is left.
  if (round.status != RoundStatus::stopping) BW_CO_CHECK(co_await begin_piece_if_due(round));
  const Scn before = record_.last_scn;
  if (now || !gathers(round)) BW_CO_CHECK(co_await write_log(round));
  co_return co_await end(round, now && record_.last_scn == before);
}

// In a bucket an object isn't written for each change: half of what the archive may be behind is for gathering.
bool RoundWork::gathers(const ArchiveRound& round) const {
  if (!place_->bucket || round.status != RoundStatus::doing) return false;
  return world_.clock.now() - written_ < std::chrono::microseconds(lag_target_).count() / 2;
}

// A destination that isn't the tenant's any more is written to no more. Another directory with the right format file may be a
// copy: it must have what was written last.
Task<Result<>> RoundWork::look(const ArchiveRound& round) {
  BW_CO_TRY(const bool another, co_await place_.look(round));
  looked_ = world_.clock.now();
  looked_now_ = true;
  if (another && key_) BW_CO_CHECK(co_await prove_last(round));
  co_return Result<>{};
}

Task<Result<>> RoundWork::look_once(const ArchiveRound& round) {
  if (looked_now_) co_return Result<>{};
  co_return co_await look(round);
}

// What was written last is there. In a piece without objects it is the last one of the piece before.
Task<Result<>> RoundWork::prove_last(const ArchiveRound& round) {
  if (!piece_ || record_.last_sha256.empty()) co_return Result<>{};
  ArchivePiece last = *piece_;
  if (last.files == 0 && last.piece_id > round.base_piece_id) {
    BW_CO_TRY(const auto before, reader_.archive().piece(round.tenant_id, last.piece_id - 1));
    if (before) last = *before;
  }
  if (last.files == 0 || last.file_status != "AVAILABLE") co_return Result<>{};
  const storage::PieceName piece{.round = name_of_round(round), .piece_id = last.piece_id};
  co_return co_await place_.prove(storage::log_object_name(piece, last.files), record_.last_sha256);
}

// The destination holds what another life wrote. Nothing of it is touched.
Task<Result<>> RoundWork::leave(const ArchiveRound& round, Error why) {
  BW_CO_TRY(const RoundPlace::Marks marks, co_await place_.marks(round));
  const std::string comment =
      as_comment("round " + std::to_string(round.round_id) + " can't go on after SCN " +
                 std::to_string(round.checkpoint_scn) + ", make a new backup: " + text_of(why));
  BW_CO_CHECK(co_await execute::write_catalog(world_.store, [&](Transaction& t) {
    return t.archive().leave_round(round.tenant_id, round.round_id, marks.highest, comment);
  }));
  // What comes next begins from nothing, under whatever number.
  place_.forget_taken();
  key_.reset();
  piece_.reset();
  record_ = {};
  co_return Result<>{};
}

Task<Result<>> RoundWork::begin_round(ArchiveRound& round) {
  BW_CO_TRY(record_, decode_round_record(round.keys));
  if (!record_.start.empty()) co_return co_await take_up_round(round);
  BW_CO_TRY(const RoundPlace::Marks marks, co_await place_.marks(round));
  if (marks.highest.round_id >= round.round_id || marks.highest.piece_id > round.used_piece_id)
    co_return place_.taken("round " + std::to_string(marks.highest.round_id) + " and piece " +
                           std::to_string(marks.highest.piece_id));
  BW_CO_TRY(const storage::BackupKey backup_key, co_await world_.places.backup_key());
  BW_CO_TRY(const auto password, co_await world_.places.password_key(reader_, round.tenant_id));
  const std::string identity = storage::round_identity(place_->owner, round.round_id);
  BW_CO_TRY(storage::DataKey key, storage::DataKey::make(identity, world_.entropy));
  BW_CO_TRY(wrapped_, key.wrap(backup_key, password ? &*password : nullptr, world_.entropy));
  storage::RoundStart start;
  owner_ = place_->owner;
  start.owner = owner_;
  start.round_id = round.round_id;
  start.start_scn = round.start_scn;
  start.started = world_.clock.now();
  start.key = wrapped_;
  BW_CO_TRY(record_.history, reader_.parts().history_at(round.tenant_id, round.start_scn));
  BW_CO_TRY(record_.start, storage::encode(start, key));
  key_.emplace(std::move(key));
  // Known here before it is there, so that it is the same after a crash.
  BW_CO_CHECK(co_await advance(round));
  co_return co_await place_.put(storage::round_start_name(name_of_round(round)), record_.start);
}

// One that was begun: what the destination has beyond what is known here is one object of this life, or of another.
Task<Result<>> RoundWork::take_up_round(const ArchiveRound& round) {
  BW_CO_TRY(const storage::BackupKey backup_key, co_await world_.places.backup_key());
  BW_CO_TRY(const storage::RoundStart start, storage::decode_round_start(record_.start));
  wrapped_ = start.key;
  owner_ = start.owner;
  BW_CO_TRY(storage::DataKey key,
            storage::unwrap(start.key, storage::round_identity(start.owner, round.round_id), backup_key));
  if (round.used_piece_id >= round.base_piece_id) {
    BW_CO_TRY(piece_, reader_.archive().piece(round.tenant_id, round.used_piece_id));
  }
  key_.emplace(std::move(key));
  BW_CO_CHECK(co_await place_.put(storage::round_start_name(name_of_round(round)), record_.start));
  BW_CO_TRY(const RoundPlace::Marks marks, co_await place_.marks(round));
  if (marks.highest.round_id > round.round_id)
    co_return place_.taken("round " + std::to_string(marks.highest.round_id));
  if (marks.highest.piece_id > round.used_piece_id)
    co_return place_.taken("piece " + std::to_string(marks.highest.piece_id));
  if (marks.ended && round.status != RoundStatus::stopping)
    co_return place_.taken("the end of round " + std::to_string(round.round_id));
  if (piece_ && !piece_->frozen) BW_CO_CHECK(co_await settle_piece(round));
  co_return co_await prove_last(round);
}

Task<Result<>> RoundWork::settle_piece(const ArchiveRound& round) {
  BW_CO_TRY(const std::int64_t last, co_await place_.last_number(name()));
  if (last > piece_->files + 1) co_return place_.taken(storage::log_object_name(name(), last));
  if (last > piece_->files) {
    BW_CO_TRY(const auto there,
              co_await place_.get(storage::log_object_name(name(), last), storage::kMaxObject));
    if (there) BW_CO_CHECK(co_await adopt(round, next_header(), *there));
  }
  co_return co_await settle_checkpoint();
}

Task<Result<>> RoundWork::settle_checkpoint() {
  const std::string checkpoint_name = storage::piece_checkpoint_name(name());
  BW_CO_TRY(const auto bytes, co_await place_.get(checkpoint_name, storage::kMaxMarker));
  if (!bytes) co_return Result<>{};
  const auto checkpoint = storage::decode_checkpoint(*bytes);
  if (!checkpoint || !storage::verify_manifest(*bytes, *key_))
    co_return place_.taken("another " + checkpoint_name);
  BW_CO_TRY(const Scn newest, reader_.parts().last_scn());
  if (checkpoint->number > piece_->files || checkpoint->scn > newest)
    co_return place_.taken("a checkpoint at SCN " + std::to_string(checkpoint->scn));
  co_return Result<>{};
}

// It begins where the round is known to be, so that the pieces say no less than the round, however long nothing changed.
Task<Result<>> RoundWork::begin_piece_if_due(ArchiveRound& round) {
  const bool full = piece_ && ((is_due(piece_->end_scn) && piece_->files > 0) ||
                               piece_->files + 1 >= static_cast<std::int64_t>(storage::kMaxObjects));
  if (piece_ && !full && !piece_->frozen) co_return Result<>{};
  if (piece_ && !piece_->frozen) BW_CO_CHECK(co_await freeze(round));
  const Timestamp now = world_.clock.now();
  ArchivePiece piece;
  piece.tenant_id = round.tenant_id;
  piece.round_id = round.round_id;
  piece.piece_id = round.used_piece_id + 1;
  piece.dest_id = round.dest_id;
  piece.path = round.path;
  piece.created = now;
  piece.start_scn = round.checkpoint_scn;
  piece.checkpoint_scn = round.checkpoint_scn;
  piece.end_scn = (now + round.piece_switch_interval) * 1000;
  piece_ = piece;
  round.used_piece_id = piece.piece_id;
  co_return co_await advance(round);
}

// Written with the piece's first object or checkpoint, with the time that the catalogue has for it: after a crash it is
// the same.
Task<Result<>> RoundWork::put_piece_start(const ArchiveRound& round) {
  if (piece_->files > 0) co_return Result<>{};
  storage::PieceStart start;
  start.owner = owner_;
  start.round_id = round.round_id;
  start.piece_id = piece_->piece_id;
  start.start_scn = piece_->start_scn;
  start.schema_version = 0;  // the lines say theirs
  start.started = piece_->created;
  start.previous = record_.last_sha256;
  start.history = record_.history;
  start.key = wrapped_;
  BW_CO_TRY(Bytes bytes, storage::encode(start, *key_));
  co_return co_await place_.put(storage::piece_start_name(name(), piece_->created), std::move(bytes));
}

// Those that the catalogue has up to there, and the archive hasn't.
Result<std::vector<catalog::PartHead>> RoundWork::own_commits(const ArchiveRound& round, Scn upto) {
  SealNothingHere sealer;
  CommitSink sink(upto);
  for (Scn at = round.checkpoint_scn; at < upto;) {
    BW_TRY(const catalog::PartReader::LogRead read,
           reader_.parts().log(round.tenant_id, at, kObjectLog, sealer, sink));
    if (!read.more) break;
    at = read.upto;
  }
  return std::move(sink.commits);
}

// An object of a life before this one, which did not come to say so: it counts if it follows on the one before and has
// the commits that this catalogue has, all of them and no others. Gives up to where it goes.
Task<Result<RoundWork::ObjectEnd>> RoundWork::adopt(const ArchiveRound& round,
                                                    const storage::LineHeader& header, const Bytes& there) {
  const std::string object_name = storage::log_object_name(name(), header.number);
  CommitSink theirs(INT64_MAX);
  const auto found =
      storage::read_lines(there, &*key_, [&](std::string_view line) { return theirs.line(line); });
  const bool next = found && found->of == header.of && found->piece == header.piece &&
                    found->number == header.number && found->from_scn == header.from_scn &&
                    found->previous == header.previous && found->history == header.history &&
                    found->to_scn > found->from_scn;
  if (!next) co_return place_.taken("another " + object_name);
  BW_CO_TRY(const Scn newest, reader_.parts().last_scn());
  BW_CO_TRY(const std::vector<catalog::PartHead> own, own_commits(round, found->to_scn));
  if (found->to_scn > newest || own.empty() || own != theirs.commits)
    co_return place_.taken("another " + object_name);
  co_return ObjectEnd{.to_scn = found->to_scn, .history = own.back().history};
}

Task<Result<std::string>> RoundWork::put_object(const ArchiveRound& round, const storage::LineHeader& header,
                                                storage::LineObject object, ObjectEnd& end) {
  const std::string sha = crypto::to_hex(object.sha256);
  auto content = std::make_shared<const Bytes>(std::move(object.bytes));
  const std::string object_name = storage::log_object_name(name(), header.number);
  BW_CO_TRY(const Medium::Put done, co_await place_.put_new(object_name, content));
  if (done == Medium::Put::written) co_return sha;
  BW_CO_TRY(const auto there, co_await place_.get(object_name, storage::kMaxObject));
  if (!there)
    co_return fail(
        error::io_error().with_hint("the archive's destination has " + object_name + " and hasn't"));
  BW_CO_TRY(end, co_await adopt(round, header, *there));
  co_return hex_sha256(*there);
}

storage::LineHeader RoundWork::next_header() const {
  storage::LineHeader header;
  header.of = key_->identity();
  header.piece = piece_->piece_id;
  header.number = piece_->files + 1;
  header.from_scn = piece_->files > 0 ? record_.last_scn : piece_->start_scn;
  header.previous = record_.last_sha256;
  header.history = record_.history;
  return header;
}

// True: there may be more.
Task<Result<bool>> RoundWork::write_object(ArchiveRound& round) {
  ObjectSink sink;
  SealByDataKey sealer(*key_, world_.entropy);
  BW_CO_TRY(const catalog::PartReader::LogRead read,
            reader_.parts().log(round.tenant_id, round.checkpoint_scn, kObjectLog, sealer, sink));
  if (read.commits == 0) co_return false;
  BW_CO_CHECK(co_await look_once(round));
  BW_CO_CHECK(co_await begin_piece_if_due(round));
  BW_CO_CHECK(co_await put_piece_start(round));
  storage::LineHeader header = next_header();
  header.to_scn = read.upto;
  BW_CO_TRY(storage::LineObject object, sink.writer.finish(header, *key_));
  const auto size = static_cast<std::int64_t>(object.bytes.size());
  ObjectEnd object_end{.to_scn = read.upto, .history = read.history};
  BW_CO_TRY(const std::string sha256, co_await put_object(round, header, std::move(object), object_end));
  const Scn to_scn = object_end.to_scn;
  BW_CO_CHECK(co_await place_.confirm(round, storage::log_object_name(name(), header.number), sha256));
  record_.last_sha256 = sha256;
  record_.last_scn = to_scn;
  record_.history = object_end.history;
  round.checkpoint_scn = to_scn;
  round.input_bytes += read.bytes;
  round.output_bytes += size;
  piece_->checkpoint_scn = to_scn;
  piece_->files = header.number;
  piece_->input_bytes += read.bytes;
  piece_->output_bytes += size;
  BW_CO_CHECK(co_await advance(round));
  co_return read.more || to_scn < read.upto;
}

Task<Result<>> RoundWork::write_log(ArchiveRound& round) {
  written_ = world_.clock.now();
  for (bool more = true; more;) {
    BW_CO_TRY(more, co_await write_object(round));
  }
  co_return Result<>{};
}

// An object as it is at the destination, if it is the one that follows there.
Task<Result<RoundWork::ReadBack>> RoundWork::read_back(const storage::LineHeader& wanted) {
  ReadBack found;
  storage::LogEntry& entry = found.entry;
  entry.object.name = storage::log_object_name(name(), wanted.number);
  BW_CO_TRY(const auto bytes, co_await place_.get(entry.object.name, storage::kMaxObject));
  if (!bytes)
    co_return fail(
        error::checksum_error().with_hint("the archive's destination has lost " + entry.object.name));
  BW_CO_TRY(const storage::LineHeader header, storage::read_lines(*bytes, &*key_, [&](std::string_view) {
              ++entry.object.lines;
              return Result<>{};
            }));
  const bool follows = header.of == wanted.of && header.piece == wanted.piece &&
                       header.number == wanted.number && header.from_scn == wanted.from_scn &&
                       header.to_scn > header.from_scn &&
                       (wanted.previous.empty() || header.previous == wanted.previous);
  if (!follows)
    co_return fail(error::checksum_error().with_hint("the archive's destination holds another " +
                                                     entry.object.name +
                                                     ", which doesn't follow on the object before it"));
  entry.object.length = bytes->size();
  entry.object.sha256 = crypto::sha256(*bytes);
  entry.from_scn = header.from_scn;
  entry.to_scn = header.to_scn;
  found.previous = header.previous;
  found.history = header.history;
  co_return std::move(found);
}

// What a piece holds is read back once, when it is frozen: that it is whole is known, not remembered.
Task<Result<storage::PieceManifest>> RoundWork::manifest_of(const ArchivePiece& piece, Scn end) {
  storage::PieceManifest manifest;
  manifest.start.owner = owner_;
  manifest.start.round_id = piece.round_id;
  manifest.start.piece_id = piece.piece_id;
  manifest.start.start_scn = piece.start_scn;
  manifest.start.started = piece.created;
  manifest.start.key = wrapped_;
  manifest.end_scn = end;
  manifest.ended = end / 1000;
  storage::LineHeader next;
  next.of = key_->identity();
  next.piece = piece.piece_id;
  next.from_scn = piece.start_scn;
  for (next.number = 1; next.number <= piece.files; ++next.number) {
    BW_CO_TRY(ReadBack found, co_await read_back(next));
    if (next.number == 1) {
      manifest.start.previous = found.previous;
      manifest.start.history = found.history;
    }
    next.from_scn = found.entry.to_scn;
    next.previous = crypto::to_hex(found.entry.object.sha256);
    manifest.objects.push_back(std::move(found.entry));
  }
  if (next.previous != record_.last_sha256)
    co_return fail(
        error::checksum_error().with_hint("the last object of piece " + std::to_string(piece.piece_id) +
                                          " at the archive's destination isn't the one that was written"));
  BW_CO_TRY(const std::int64_t last, co_await place_.last_number(name()));
  if (last > piece.files) co_return place_.taken(storage::log_object_name(name(), last));
  co_return manifest;
}

// One that was cut short may have left an end that says less.
Task<Result<>> RoundWork::put_piece_end(const storage::PieceManifest& manifest, Bytes bytes) {
  const std::string end_name = storage::piece_end_name(name(), piece_->created);
  const auto content = std::make_shared<const Bytes>(bytes);
  BW_CO_TRY(const Medium::Put put, co_await place_.put_new(end_name, content));
  if (put == Medium::Put::written) co_return Result<>{};
  BW_CO_TRY(const auto there, co_await place_.get(end_name, storage::kMaxManifest));
  if (!there) co_return Result<>{};
  const auto found = storage::decode_piece_manifest(*there);
  const bool ours =
      found && storage::verify_manifest(*there, *key_) && found->end_scn <= manifest.end_scn &&
      found->objects.size() <= manifest.objects.size() &&
      std::ranges::equal(found->objects, std::span(manifest.objects).first(found->objects.size()));
  if (!ours) co_return place_.taken("another " + end_name);
  co_return co_await place_.replace(end_name, std::move(bytes));
}

Task<Result<>> RoundWork::freeze(ArchiveRound& round) {
  if (piece_->files > 0) {
    BW_CO_CHECK(co_await look_once(round));
    BW_CO_TRY(const storage::PieceManifest manifest, co_await manifest_of(*piece_, round.checkpoint_scn));
    BW_CO_TRY(Bytes bytes, storage::encode(manifest, *key_));
    const std::string sha256 = hex_sha256(bytes);
    BW_CO_CHECK(co_await place_.replace(storage::piece_manifest_name(name()), bytes));
    BW_CO_CHECK(co_await put_piece_end(manifest, std::move(bytes)));
    BW_CO_CHECK(co_await place_.confirm(round, storage::piece_manifest_name(name()), sha256));
  }
  piece_->frozen = true;
  co_return co_await advance(round);
}

// The destination has it before the catalogue says so: what the views say is never more.
Task<Result<>> RoundWork::move_checkpoint(const ArchiveRound& round) {
  if (!piece_) co_return Result<>{};
  std::optional<Scn> scn;
  BW_CO_CHECK(co_await execute::write_catalog(world_.store, [&](Transaction& t) -> Result<> {
    BW_TRY(scn, t.archive().reserve_checkpoint(round.tenant_id, round.round_id));
    return {};
  }));
  if (!scn) co_return Result<>{};
  BW_CO_CHECK(co_await look_once(round));
  BW_CO_CHECK(co_await put_piece_start(round));
  storage::ArchiveCheckpoint checkpoint;
  checkpoint.dest_id = round.dest_id;
  checkpoint.round_id = round.round_id;
  checkpoint.piece_id = piece_->piece_id;
  checkpoint.number = piece_->files;
  checkpoint.last_sha256 = piece_->files > 0 ? record_.last_sha256 : std::string();
  checkpoint.scn = *scn;
  checkpoint.written = world_.clock.now();
  BW_CO_TRY(Bytes bytes, storage::encode(checkpoint, *key_));
  const std::string sha256 = hex_sha256(bytes);
  BW_CO_CHECK(co_await place_.replace(storage::piece_checkpoint_name(name()), std::move(bytes)));
  BW_CO_CHECK(co_await place_.confirm(round, storage::piece_checkpoint_name(name()), sha256));
  piece_->checkpoint_scn = *scn;
  co_return co_await execute::write_catalog(world_.store, [&](Transaction& t) {
    return t.archive().touch_checkpoint(round.tenant_id, round.round_id, *scn);
  });
}

// Where the round has come to: DOING, or what a statement wants of it.
Task<Result<>> RoundWork::end(ArchiveRound& round, bool now) {
  if (round.status == RoundStatus::doing) {
    const Scn lag = std::chrono::nanoseconds(lag_target_).count() / 2;
    if (!now && round.checkpoint_scn + lag > world_.clock.now() * 1000) co_return Result<>{};
    co_return co_await move_checkpoint(round);
  }
  if (round.status == RoundStatus::stopping) co_return co_await stop(round);
  // What a round that begins has to say stays to be read.
  if (round.status != RoundStatus::beginning) round.comment.clear();
  round.status = round.status == RoundStatus::suspending ? RoundStatus::suspend : RoundStatus::doing;
  co_return co_await advance(round);
}

Task<Result<>> RoundWork::stop(ArchiveRound& round) {
  BW_CO_CHECK(co_await look_once(round));
  if (piece_ && !piece_->frozen) BW_CO_CHECK(co_await freeze(round));
  storage::RoundEnd mark;
  mark.owner = owner_;
  mark.round_id = round.round_id;
  mark.checkpoint_scn = round.checkpoint_scn;
  mark.ended = round.checkpoint_scn / 1000;
  BW_CO_TRY(Bytes bytes, storage::encode(mark, *key_));
  const std::string sha256 = hex_sha256(bytes);
  const std::string end_name = storage::round_end_name(name_of_round(round));
  BW_CO_CHECK(co_await place_.put(end_name, std::move(bytes)));
  BW_CO_CHECK(co_await place_.confirm(round, end_name, sha256));
  round.status = RoundStatus::stop;
  round.comment.clear();
  co_return co_await advance(round);
}

Task<Result<>> RoundWork::advance(ArchiveRound& round) {
  round.keys = encode(record_);
  const RoundStatus next = round.status;
  BW_CO_CHECK(co_await execute::write_catalog(
      world_.store, [&](Transaction& t) { return t.archive().advance(round, seen_, piece_); }));
  seen_ = next;
  co_return Result<>{};
}

RoundStatus RoundWork::interrupted_as(RoundStatus status) {
  if (status == RoundStatus::stopping) return status;
  return status == RoundStatus::suspending ? RoundStatus::suspend : RoundStatus::interrupted;
}

Task<Result<>> RoundWork::interrupt(catalog::Store& store, ArchiveRound round, const Error& why) {
  const RoundStatus seen = round.status;
  round.status = interrupted_as(seen);
  std::string comment = text_of(why);
  if (seen == RoundStatus::stopping)
    comment =
        "waits for the destination to take the rest of the log: " + comment + std::string(kToEndWithout);
  comment = as_comment(std::move(comment));
  if (round.status == seen && round.comment == comment) co_return Result<>{};
  round.comment = std::move(comment);
  co_return co_await execute::write_catalog(
      store, [&](Transaction& t) { return t.archive().advance(round, seen, std::nullopt); });
}

}  // namespace breakwater::server::jobs
