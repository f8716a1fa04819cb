#include "storage/restore/backup_reader.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <utility>

#include "storage/formats/line_object.h"
#include "storage/formats/plain_text.h"

namespace breakwater::storage {
namespace {

std::unexpected<Error> not_as_it_was(std::string what) {
  return fail(error::checksum_error().with_hint(what.append(" isn't what it was, or is gone")));
}

PieceName name_of(const PieceStart& start) {
  return {.round = {.dest_id = start.owner.dest_id, .round_id = start.round_id}, .piece_id = start.piece_id};
}

const DataKey* pointer(const std::optional<DataKey>& key) {
  return key ? &*key : nullptr;
}

// How far the log is said to be whole behind an object, by a piece's manifest or its checkpoint.
struct LogEnd {
  std::int64_t number = 0;
  std::string last_sha256{};  ///< in hexadecimal; empty: there is no object
  std::int64_t scn = 0;
};

class BackupReader {
 public:
  BackupReader(BackupSource source, const RestorePlan& plan, const RestoreKeys& keys, BackupVisitor& visitor)
      : source_(std::move(source)),
        plan_(plan),
        keys_(keys),
        visitor_(visitor),
        watch_(source_.call().cancellation, [this] { stopped_ = true; }) {}

  Task<Result<BackupRead>> read() {
    BW_CO_CHECK(co_await open_all());
    for (std::size_t i = 0; i < plan_.sets.size(); ++i)
      BW_CO_CHECK(co_await read_set(plan_.sets[i], pointer(set_keys_[i])));
    if (!plan_.pieces.empty()) BW_CO_CHECK(co_await read_log());
    BW_CO_CHECK(co_await parse([this] { return visitor_.end(); }));
    co_return std::move(read_);
  }

 private:
  // Where the log has come to.
  struct Chain {
    std::int64_t number = 0;  ///< of the piece's newest object
    std::int64_t scn = 0;
    std::string last{};
  };

  // ---- the keys, before anything is read

  Task<Result<>> open_all() {
    for (const PlannedSet& set : plan_.sets) {
      BW_CO_TRY(const SetManifest manifest, co_await manifest_of(set));
      const std::string identity = set_identity(manifest.owner, manifest.set.id);
      BW_CO_TRY(auto key, co_await open(manifest.key, identity, "set " + std::to_string(manifest.set.id)));
      if (key && manifest.round) set_rounds_.push_back(*manifest.round);
      set_keys_.push_back(std::move(key));
    }
    if (!plan_.pieces.empty()) {
      BW_CO_TRY(round_key_, co_await open_round(plan_.pieces.front().start));
    }
    co_return all_or_nothing();
  }

  Result<> all_or_nothing() const {
    if (read_.closed.empty()) return {};
    if (read_.opened > 0) {
      return fail(error::backup_invalid_password().with_hint(
          "nobody vouches for what opens by no key here, beside what does: " + read_.closed.front() +
          "; give its password by SET DECRYPTION, or restore without it: UNTIL SCN, or without the log"));
    }
    if (keys_.passwords.empty()) return {};
    return fail(error::backup_invalid_password().with_hint("none of the passwords of SET DECRYPTION opens " +
                                                           read_.closed.front()));
  }

  // Where nothing opens the round itself, a set that was made beside it with a password has its key too.
  Task<Result<std::optional<DataKey>>> open_round(const PieceStart& first) {
    const std::string identity = round_identity(first.owner, first.round_id);
    for (const SetRound& round : set_rounds_) {
      if (round.dest_id != first.owner.dest_id || round.round_id != first.round_id) continue;
      BW_CO_TRY(auto key, co_await try_open(round.key, identity));
      if (!key) continue;
      ++read_.opened;
      co_return std::move(key);
    }
    co_return co_await open(first.key, identity, "round " + std::to_string(first.round_id));
  }

  // Nullopt: there is no key for it, which is told.
  Task<Result<std::optional<DataKey>>> open(const WrappedKey& wrapped, const std::string& identity,
                                            std::string what) {
    BW_CO_TRY(auto key, co_await try_open(wrapped, identity));
    if (key) {
      ++read_.opened;
      co_return std::move(key);
    }
    what.append(": made with the backup key ").append(without_control(wrapped.fingerprint));
    if (wrapped.by_password) what.append(", or a password");
    read_.closed.push_back(std::move(what));
    co_return std::nullopt;
  }

  Task<Result<std::optional<DataKey>>> try_open(const WrappedKey& wrapped, const std::string& identity) {
    for (const BackupKey& key : keys_.backup_keys) {
      if (key.fingerprint != wrapped.fingerprint) continue;
      auto opened = unwrap(wrapped, identity, key);
      if (opened) co_return *std::move(opened);
      // As if there were no key, no MAC would be checked.
      co_return fail(error::checksum_error().with_hint(
          "what names a backup key of this server isn't wrapped by it: somebody else wrote that"));
    }
    if (!wrapped.by_password) co_return std::nullopt;
    // What opened the one before opens this one, as a rule.
    for (std::size_t i = 0; i < keys_.passwords.size(); ++i) {
      const std::size_t at = (last_password_ + i) % keys_.passwords.size();
      BW_CO_TRY(auto opened, co_await try_password(wrapped, identity, keys_.passwords[at]));
      if (!opened) continue;
      last_password_ = at;
      co_return std::move(opened);
    }
    co_return std::nullopt;
  }

  // One derivation: it can't be ended, but what a file may ask of it is bounded (unwrap()).
  Task<Result<std::optional<DataKey>>> try_password(const WrappedKey& wrapped, const std::string& identity,
                                                    const Secret& password) {
    BW_CO_CHECK(go_on());
    auto opened = co_await run_on<Result<DataKey>>(source_.workers,
                                                   [&] { return unwrap(wrapped, identity, password); });
    BW_CO_CHECK(go_on());
    if (opened) co_return *std::move(opened);
    if (!opened.error().is(Errc::backup_invalid_password)) co_return fail(std::move(opened).error());
    co_return std::nullopt;
  }

  Result<> go_on() const {
    const Call call = source_.call();
    return call.cancelled() ? fail(call.cancellation->why()) : Result<>();
  }

  // ---- lines, off this thread

  template <class Job>
  Task<Result<>> parse(Job job) {
    BW_CO_CHECK(go_on());
    auto done = co_await run_on<Result<>>(source_.parsers, std::move(job));
    BW_CO_CHECK(go_on());
    co_return done;
  }

  // Of a thread of the parsers.
  Result<bool> visit(std::string_view line, const DataKey* key) {
    if (stopped_) return fail(error::query_interrupted());
    return visitor_.line(line, key);
  }

  // ---- sets

  Task<Result<SetManifest>> manifest_of(const PlannedSet& planned) {
    const std::string name = set_manifest_name(planned.name);
    BW_CO_TRY(const auto bytes, co_await source_.data.get(name, kMaxManifest, source_.call()));
    if (!bytes || crypto::to_hex(crypto::sha256(*bytes)) != planned.manifest_sha256)
      co_return not_as_it_was(name);
    co_return decode_set_manifest(*bytes);
  }

  Task<Result<>> read_set(const PlannedSet& planned, const DataKey* key) {
    const std::string name = set_manifest_name(planned.name);
    BW_CO_TRY(const auto bytes, co_await source_.data.get(name, kMaxManifest, source_.call()));
    if (!bytes || crypto::to_hex(crypto::sha256(*bytes)) != planned.manifest_sha256)
      co_return not_as_it_was(name);
    BW_CO_TRY(const SetManifest manifest, decode_set_manifest(*bytes));
    if (key != nullptr) BW_CO_CHECK(verify_manifest(*bytes, *key));
    const std::string identity = set_identity(manifest.owner, manifest.set.id);
    std::int64_t number = 0;
    set_lines_ = 0;
    for (const ObjectEntry& object : manifest.objects)
      BW_CO_CHECK(co_await read_object(object, identity, ++number, key));
    co_return Result<>{};
  }

  Task<Result<>> read_object(const ObjectEntry& object, const std::string& identity, std::int64_t number,
                             const DataKey* key) {
    BW_CO_TRY(const auto bytes, co_await source_.data.get(object.name, kMaxObject, source_.call()));
    if (!bytes || crypto::sha256(*bytes) != object.sha256) co_return not_as_it_was(object.name);
    BW_CO_TRY(const LineHeader at, peek_line_header(*bytes));
    if (at.of != identity || at.piece != 0 || at.number != number) co_return not_as_it_was(object.name);
    co_return co_await parse([&]() -> Result<> {
      BW_CHECK(read_lines(*bytes, key, [&](std::string_view line) -> Result<> {
        set_lines_ += line.size() + 1;
        if (set_lines_ > source_.most_set_lines)
          return fail(
              error::size_overflow().with_hint("the lines of a backup set are more than one may have"));
        BW_CHECK(visit(line, key));
        return {};
      }));
      return {};
    });
  }

  // ---- the log

  Task<Result<>> read_log() {
    const PieceStart& first = plan_.pieces.front().start;
    const DataKey* key = pointer(round_key_);
    Chain chain{.scn = first.start_scn, .last = first.previous};
    BW_CO_CHECK(co_await parse([&] { return visitor_.log_begins(first.history); }));
    for (const PlannedPiece& piece : plan_.pieces) {
      if (enough_) co_return Result<>{};
      BW_CO_CHECK(co_await read_piece(piece, chain, key));
    }
    if (enough_ || chain.scn >= plan_.scn) co_return Result<>{};
    co_return co_await prove_end(plan_.pieces.back(), chain, key);
  }

  // Where the piece begins is proved too: a start that somebody moved would hide what is before it.
  Task<Result<>> prove_start(const PlannedPiece& planned, const DataKey* key) {
    const bool frozen = planned.start_name.empty();
    const std::string name = frozen ? piece_manifest_name(name_of(planned.start)) : planned.start_name;
    BW_CO_TRY(const auto bytes,
              co_await source_.archive->get(name, frozen ? kMaxManifest : kMaxMarker, source_.call()));
    if (!bytes) co_return not_as_it_was(name);
    if (key != nullptr) BW_CO_CHECK(verify_manifest(*bytes, *key));
    if (frozen) {
      BW_CO_TRY(const PieceManifest manifest, decode_piece_manifest(*bytes));
      if (manifest.start != planned.start) co_return not_as_it_was(name);
    } else {
      BW_CO_TRY(const PieceStart start, decode_piece_start(*bytes));
      if (start != planned.start) co_return not_as_it_was(name);
    }
    co_return Result<>{};
  }

  // All objects in their order: those that the survey saw, and what came since.
  Task<Result<>> read_piece(const PlannedPiece& planned, Chain& chain, const DataKey* key) {
    const PieceStart& piece = planned.start;
    BW_CO_CHECK(co_await prove_start(planned, key));
    if (piece.start_scn < chain.scn || piece.previous != chain.last)
      co_return not_as_it_was(piece_directory(name_of(piece)));
    chain.number = 0;
    chain.scn = std::max(chain.scn, piece.start_scn);
    BW_CO_CHECK(co_await read_objects(piece, chain, key));
    if (!enough_ && chain.number < planned.objects)
      co_return not_as_it_was(log_object_name(name_of(piece), chain.number + 1));
    co_return Result<>{};
  }

  // As many as there are behind the chain.
  Task<Result<>> read_objects(const PieceStart& piece, Chain& chain, const DataKey* key) {
    while (!enough_ && chain.number < static_cast<std::int64_t>(kMaxObjects)) {
      BW_CO_TRY(const bool there, co_await read_log_object(piece, chain, key));
      if (!there) break;
    }
    co_return Result<>{};
  }

  Task<Result<bool>> read_log_object(const PieceStart& piece, Chain& chain, const DataKey* key) {
    const std::string object = log_object_name(name_of(piece), chain.number + 1);
    BW_CO_TRY(const auto bytes, co_await source_.archive->get(object, kMaxObject, source_.call()));
    if (!bytes) co_return false;
    BW_CO_TRY(const LineHeader at, peek_line_header(*bytes));
    const bool next = at.of == round_identity(piece.owner, piece.round_id) && at.piece == piece.piece_id &&
                      at.number == chain.number + 1 && at.from_scn <= chain.scn && at.to_scn >= chain.scn &&
                      at.previous == chain.last;
    if (!next) co_return not_as_it_was(object);
    BW_CO_CHECK(co_await parse([&]() -> Result<> {
      BW_CHECK(read_lines(*bytes, key, [&](std::string_view line) -> Result<> {
        if (enough_) return {};
        BW_TRY(const bool more, visit(line, key));
        enough_ = !more;
        return {};
      }));
      return {};
    }));
    chain = {.number = at.number, .scn = at.to_scn, .last = crypto::to_hex(crypto::sha256(*bytes))};
    enough_ = enough_ || chain.scn >= plan_.scn;
    co_return true;
  }

  // The last objects may be gone: that nothing changed behind those that are here, somebody must have said who has the key.
  Task<Result<>> prove_end(const PlannedPiece& planned, Chain& chain, const DataKey* key) {
    constexpr int kMostLooks = 3;  // the archive writes on
    for (int look = 0; look < kMostLooks; ++look) {
      BW_CO_TRY(const auto end, co_await end_of(planned, key));
      if (!end) break;
      if (end->number > chain.number) BW_CO_CHECK(co_await read_objects(planned.start, chain, key));
      if (enough_ || chain.scn >= plan_.scn) co_return Result<>{};
      const bool agrees = end->number == chain.number && (end->number == 0 || end->last_sha256 == chain.last);
      if (agrees && end->scn >= plan_.scn) co_return Result<>{};
    }
    co_return not_as_it_was("the log of " + piece_directory(name_of(planned.start)) + " up to SCN " +
                            std::to_string(plan_.scn));
  }

  Task<Result<std::optional<LogEnd>>> end_of(const PlannedPiece& planned, const DataKey* key) {
    const PieceName piece = name_of(planned.start);
    BW_CO_TRY(const auto bytes,
              co_await source_.archive->get(piece_manifest_name(piece), kMaxManifest, source_.call()));
    if (!bytes) co_return co_await checkpoint_of(piece, key);
    if (key != nullptr) BW_CO_CHECK(verify_manifest(*bytes, *key));
    BW_CO_TRY(const PieceManifest manifest, decode_piece_manifest(*bytes));
    if (manifest.start != planned.start) co_return std::nullopt;
    LogEnd end{.number = static_cast<std::int64_t>(manifest.objects.size()), .scn = manifest.end_scn};
    if (!manifest.objects.empty()) end.last_sha256 = crypto::to_hex(manifest.objects.back().object.sha256);
    co_return end;
  }

  Task<Result<std::optional<LogEnd>>> checkpoint_of(PieceName piece, const DataKey* key) {
    BW_CO_TRY(const auto bytes,
              co_await source_.archive->get(piece_checkpoint_name(piece), kMaxMarker, source_.call()));
    if (!bytes) co_return std::nullopt;
    if (key != nullptr) BW_CO_CHECK(verify_manifest(*bytes, *key));
    BW_CO_TRY(ArchiveCheckpoint checkpoint, decode_checkpoint(*bytes));
    const bool own = checkpoint.dest_id == piece.round.dest_id &&
                     checkpoint.round_id == piece.round.round_id && checkpoint.piece_id == piece.piece_id;
    if (!own) co_return std::nullopt;
    co_return LogEnd{
        .number = checkpoint.number, .last_sha256 = std::move(checkpoint.last_sha256), .scn = checkpoint.scn};
  }

  const BackupSource source_;
  const RestorePlan& plan_;
  const RestoreKeys& keys_;
  BackupVisitor& visitor_;
  std::atomic<bool> stopped_ = false;
  const Cancellation::Watch watch_;
  BackupRead read_{};
  std::vector<std::optional<DataKey>> set_keys_{};  ///< beside the plan's sets
  std::optional<DataKey> round_key_{};
  std::size_t last_password_ = 0;
  std::uint64_t set_lines_ = 0;         ///< bytes so far
  std::vector<SetRound> set_rounds_{};  ///< of sets that were opened
  bool enough_ = false;
};

}  // namespace

Task<Result<BackupRead>> read_backup(BackupSource source, const RestorePlan& plan, const RestoreKeys& keys,
                                     BackupVisitor& visitor) {
  if (!plan.pieces.empty() && source.archive == nullptr)
    co_return fail(error::internal_error().with_hint("a plan with pieces is read with an archive"));
  BackupReader reader(std::move(source), plan, keys, visitor);
  co_return co_await reader.read();
}

}  // namespace breakwater::storage
