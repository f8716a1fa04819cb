#include "server/jobs/medium_set_maker.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/crypto.h"
#include "server/execute/context/await.h"
#include "server/jobs/backup_identity.h"
#include "server/jobs/round_work.h"
#include "server/jobs/seal_by_data_key.h"
#include "server/jobs/set_on_medium.h"
#include "server/jobs/stored_destination.h"
#include "storage/formats/archive_piece.h"
#include "storage/formats/line_object.h"
#include "storage/formats/set_key.h"
#include "storage/survey/survey.h"

namespace breakwater::server::jobs {
namespace {

using catalog::BackupJob;
using catalog::BackupSet;
using storage::Medium;
using storage::SetName;
using storage::SetType;

constexpr std::string_view kClusterVersion = "4.2.1.0";
constexpr std::chrono::milliseconds kLookAtArchive{100};
constexpr std::size_t kAttemptSize = 3;  ///< characters of an attempt behind its set's token

SetName name_of(const BackupSet& set) {
  return {.id = set.set_id, .type = set.incremental ? SetType::incremental : SetType::full};
}

Medium::Content content_of(Bytes bytes) {
  return std::make_shared<const Bytes>(std::move(bytes));
}

// Of one attempt, behind the set's token: its objects' names are no other attempt's.
std::string attempt_of(const BackupSet& set, const Entropy& entropy) {
  constexpr std::string_view kCharacters = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::array<std::uint8_t, kAttemptSize> bytes{};
  entropy.fill(bytes);
  std::string attempt = set.token;
  for (const std::uint8_t byte : bytes) attempt += kCharacters[byte % kCharacters.size()];
  return attempt;
}

std::string sha256_hex(std::span<const std::uint8_t> content) {
  return crypto::to_hex(crypto::sha256(content));
}

// ---- whether there would be lines at all

class SealNothing final : public catalog::ValueSealer {
 public:
  Result<Bytes> seal(std::string_view, const Secret&) override { return Bytes(); }
};

class StopAtFirst final : public catalog::LineSink {
 public:
  Result<> line(std::string_view) override {
    seen = true;
    return fail(error::query_interrupted());
  }
  bool seen = false;
};

// ---- lines to objects

class SetLines final : public catalog::LineSink {
 public:
  SetLines(const storage::DataKey& key, std::int64_t from_scn) : key_(key), from_scn_(from_scn) {}

  Result<> line(std::string_view line) override {
    if (input_bytes == 0) BW_CHECK(read_head(line));
    input_bytes += static_cast<std::int64_t>(line.size()) + 1;
    if (static_cast<std::uint64_t>(input_bytes) > storage::kMaxSetLines) {
      return fail(error::size_overflow().with_hint("the lines of a tenant's backup set have at most " +
                                                   std::to_string(storage::kMaxSetLines >> 20U) + " MiB"));
    }
    BW_CHECK(writer_.add(line));
    return writer_.full() ? end_object() : Result<>();
  }

  /// After the last line.
  Result<> end() { return writer_.lines() == 0 ? Result<>() : end_object(); }

  std::vector<storage::LineObject> objects{};
  std::int64_t input_bytes = 0;
  std::size_t output_bytes = 0;
  std::int64_t schema_version = 0;
  std::int64_t scn = 0;
  std::string history{};

 private:
  Result<> read_head(std::string_view line) {
    const auto head = nlohmann::json::parse(line, nullptr, false);
    if (!head.is_object() || !head.contains("schema_version") || !head.contains("scn"))
      return fail(error::internal_error().with_hint("a tenant's part doesn't begin with its schema version"));
    schema_version = head["schema_version"].get<std::int64_t>();
    BW_TRY(catalog::PartHead said, catalog::read_head(line));
    scn = said.scn;
    history = std::move(said.history);
    return {};
  }

  Result<> end_object() {
    const storage::LineHeader header{.of = key_.identity(),
                                     .number = static_cast<std::int64_t>(objects.size()) + 1,
                                     .from_scn = from_scn_,
                                     .to_scn = scn,
                                     .schema_version = schema_version};
    BW_TRY(storage::LineObject object, writer_.finish(header, key_));
    writer_ = storage::LineObjectWriter();
    output_bytes += object.bytes.size();
    if (output_bytes > MediumSetMaker::kMaxSet) {
      return fail(error::size_overflow().with_hint("a tenant's backup set has at most " +
                                                   std::to_string(MediumSetMaker::kMaxSet >> 20U) + " MiB"));
    }
    objects.push_back(std::move(object));
    return {};
  }

  const storage::DataKey& key_;
  const std::int64_t from_scn_;
  storage::LineObjectWriter writer_;
};

/// Bytes in memory, of all jobs, until it is destroyed.
class HeldBytes {
 public:
  HeldBytes(std::size_t& all, std::size_t bytes) : all_(all), bytes_(bytes) { all_ += bytes_; }
  ~HeldBytes() { all_ -= bytes_; }
  HeldBytes(const HeldBytes&) = delete;
  HeldBytes& operator=(const HeldBytes&) = delete;

 private:
  std::size_t& all_;
  const std::size_t bytes_;
};

OwnSet own_of(const BackupSet& set) {
  return {.id = set.set_id, .token = set.token, .manifest_sha256 = set.manifest_sha256};
}

std::string number_of(const BackupSet& set) {
  return "set " + std::to_string(set.set_id);
}

}  // namespace

// ---- one set that is being written

class MediumSetMaker::Writing {
 public:
  Writing(MediumSetMaker& maker, const BackupJob& job, const BackupSet& set,
          storage::Cancellation& cancellation)
      : maker_(maker), services_(maker.services_), job_(job), set_(set), cancellation_(cancellation) {}

  Task<Result<WrittenSet>> run() {
    started_ = services_.clock().now();
    BW_CO_TRY(reader_, maker_.reader());
    BW_CO_TRY(medium_, co_await maker_.open_verified(job_.destination, cancellation_));
    BW_CO_TRY(owner_, backup_owner(services_.store(), *reader_, set_.tenant_id, set_.dest_id));
    BW_CO_TRY(const storage::DataKey key,
              storage::DataKey::make(storage::set_identity(owner_, set_.set_id), services_.entropy()));
    BW_CO_TRY(own_key_, co_await own_backup_key(services_.store(), *reader_, services_.entropy()));
    BW_CO_CHECK(co_await take_password());
    BW_CO_TRY(const storage::WrappedKey wrapped, wrap(key));
    BW_CO_CHECK(co_await put_start());
    SetLines lines(key, set_.incremental ? set_.start_scn : 0);
    BW_CO_CHECK(read_lines(key, lines));
    if (maker_.held_ + lines.output_bytes > kMaxHeld) {
      co_return fail(
          error::try_again().with_hint("other backups that are being written take all the memory for it"));
    }
    const HeldBytes held(maker_.held_, lines.output_bytes);
    storage::SetManifest manifest = begin_manifest(lines, wrapped);
    BW_CO_CHECK(co_await put_objects(lines, manifest));
    if (job_.plus_archivelog)
      BW_CO_CHECK(co_await maker_.wait_for_archive(set_.tenant_id, lines.scn, cancellation_));
    BW_CO_CHECK(add_round(manifest));
    manifest.ended = services_.clock().now();
    BW_CO_TRY(Bytes bytes, storage::encode(manifest, key));
    co_return finished(lines, std::move(bytes));
  }

 private:
  // Derived anew by each attempt, from the password that the job keeps.
  Task<Result<>> take_password() {
    BW_CO_TRY(const auto password, reader_->jobs().password(job_.key));
    if (!password) co_return Result<>{};
    auto derive = [&]() -> Result<storage::PasswordKey> {
      return storage::derive(*password, services_.entropy());
    };
    BW_CO_TRY(password_key_, co_await execute::run_on<Result<storage::PasswordKey>>(services_.derivers(),
                                                                                    std::move(derive)));
    co_return Result<>{};
  }

  Result<storage::WrappedKey> wrap(const storage::DataKey& key) const {
    return key.wrap(own_key_, password_key_ ? &*password_key_ : nullptr, services_.entropy());
  }

  Task<Result<>> put_start() {
    const storage::SetStart start{
        .owner = owner_, .set = name_of(set_), .started = job_.started, .attempt = set_.token};
    const NextCall next = maker_.calls(cancellation_);
    co_return co_await put_set_start(*medium_, start, next);
  }

  Result<> read_lines(const storage::DataKey& key, SetLines& lines) {
    SealByDataKey sealer(key, services_.entropy());
    if (set_.incremental) {
      BW_CHECK(reader_->parts().changes(set_.tenant_id, set_.start_scn, sealer, lines));
    } else {
      BW_CHECK(reader_->parts().snapshot(set_.tenant_id, sealer, lines));
    }
    return lines.end();
  }

  storage::SetManifest begin_manifest(const SetLines& lines, const storage::WrappedKey& wrapped) {
    storage::SetManifest manifest;
    manifest.owner = owner_;
    manifest.set = name_of(set_);
    manifest.prev_full_set_id = set_.prev_full;
    manifest.prev_set_id = set_.prev_inc;
    manifest.from_scn = set_.incremental ? set_.start_scn : 0;
    manifest.start_replay_scn = lines.scn;
    manifest.min_restore_scn = lines.scn;
    manifest.history = lines.history;
    manifest.schema_version = lines.schema_version;
    manifest.cluster_version = kClusterVersion;
    manifest.started = started_;
    manifest.plus_archivelog = job_.plus_archivelog;
    manifest.key = wrapped;
    return manifest;
  }

  Task<Result<>> put_objects(SetLines& lines, storage::SetManifest& manifest) {
    if (set_.incremental) {
      BW_CO_TRY(const auto previous, reader_->jobs().set(set_.tenant_id, set_.prev_inc));
      if (previous) manifest.prev_manifest_sha256 = previous->manifest_sha256;
    }
    const std::string attempt = attempt_of(set_, services_.entropy());
    for (std::size_t i = 0; i < lines.objects.size(); ++i) {
      storage::LineObject& object = lines.objects[i];
      const auto number = static_cast<std::int64_t>(i) + 1;
      storage::ObjectEntry entry{.name = storage::set_object_name(name_of(set_), attempt, number),
                                 .length = object.bytes.size(),
                                 .sha256 = object.sha256,
                                 .lines = object.lines};
      BW_CO_TRY(const Medium::Put put,
                co_await medium_->put_new(entry.name, content_of(std::move(object.bytes)), call()));
      if (put == Medium::Put::exists) co_return fail(error::file_already_exist().with_hint(entry.name));
      manifest.objects.push_back(std::move(entry));
    }
    co_return Result<>{};
  }

  // The key of the round that archives beside the set, so that one password opens both.
  Result<> add_round(storage::SetManifest& manifest) const {
    if (!password_key_) return {};
    BW_TRY(const auto round, reader_->archive().round(set_.tenant_id));
    if (!round) return {};
    BW_TRY(const RoundRecord record, decode_round_record(round->keys));
    if (record.start.empty()) return {};
    BW_TRY(const storage::RoundStart start, storage::decode_round_start(record.start));
    const std::string identity = storage::round_identity(start.owner, round->round_id);
    BW_TRY(const storage::DataKey key, storage::unwrap(start.key, identity, own_key_));
    BW_TRY(storage::WrappedKey wrapped, wrap(key));
    manifest.round =
        storage::SetRound{.dest_id = round->dest_id, .round_id = round->round_id, .key = std::move(wrapped)};
    return {};
  }

  WrittenSet finished(const SetLines& lines, Bytes manifest) const {
    WrittenSet written;
    written.result = {.start_scn = lines.scn,
                      .end_scn = lines.scn,
                      .input_bytes = lines.input_bytes,
                      .output_bytes = static_cast<std::int64_t>(lines.output_bytes + manifest.size()),
                      .file_count = static_cast<std::int64_t>(lines.objects.size()) + 1,
                      .manifest_sha256 = sha256_hex(manifest)};
    written.manifest = std::move(manifest);
    return written;
  }

  storage::Call call() const { return maker_.call(cancellation_); }

  MediumSetMaker& maker_;
  execute::Services& services_;
  const BackupJob& job_;
  const BackupSet& set_;
  storage::Cancellation& cancellation_;
  catalog::Reader* reader_ = nullptr;
  storage::MediumPtr medium_;
  storage::BackupOwner owner_;
  storage::BackupKey own_key_;
  std::optional<storage::PasswordKey> password_key_;
  Timestamp started_ = 0;
};

// ---- the steps

Result<catalog::Reader*> MediumSetMaker::reader() {
  if (reader_ == nullptr) {
    BW_TRY(reader_, services_.store().open_reader());
  }
  return reader_.get();
}

storage::Call MediumSetMaker::call(storage::Cancellation& cancellation) const {
  return {.deadline = services_.storage_deadline(), .cancellation = &cancellation};
}

NextCall MediumSetMaker::calls(storage::Cancellation& cancellation) const {
  return [this, &cancellation] { return call(cancellation); };
}

Task<Result<storage::MediumPtr>> MediumSetMaker::open_verified(const catalog::DestinationKey& key,
                                                               storage::Cancellation& cancellation) {
  BW_CO_TRY(catalog::Reader * from, reader());
  co_return co_await jobs::open_verified(services_, *from, key, call(cancellation));
}

Task<Result<>> MediumSetMaker::verify(const BackupJob& job, storage::Cancellation& cancellation) {
  BW_CO_CHECK(co_await open_verified(job.destination, cancellation));
  co_return Result<>{};
}

Task<Result<std::int64_t>> MediumSetMaker::highest_taken(const BackupJob& job, const BackupSet* own,
                                                         storage::Cancellation& cancellation) {
  BW_CO_TRY(const auto medium, co_await open_verified(job.destination, cancellation));
  const NextCall next = calls(cancellation);
  std::optional<OwnSet> known;
  if (own != nullptr) known = own_of(*own);
  co_return co_await jobs::highest_taken(*medium, known, job.set_id, next);
}

Result<bool> MediumSetMaker::knows_changes_since(const BackupSet& set) {
  BW_TRY(catalog::Reader * from, reader());
  SealNothing sealer;
  StopAtFirst sink;
  const auto read = from->parts().changes(set.tenant_id, set.end_scn, sealer, sink);
  if (read || sink.seen) return true;
  if (read.error().is(Errc::entry_not_exist)) return false;
  return fail(read.error());
}

// Objects are read only once the manifest that names them is known to be the set's own.
Task<Result<std::string>> MediumSetMaker::difference_at(storage::Medium& medium, const BackupSet& set,
                                                        storage::Cancellation& cancellation) {
  std::string why;
  for (const bool contents : {false, true}) {
    const storage::SurveyOptions options{.contents = contents, .call = calls(cancellation)};
    BW_CO_TRY(const storage::FoundSet found, co_await survey_one_set(medium, name_of(set), options));
    why = difference(own_of(set), found);
    if (!why.empty()) break;
  }
  co_return why;
}

Task<Result<std::string>> MediumSetMaker::hindrance(const BackupJob& job, const BackupSet& previous,
                                                    storage::Cancellation& cancellation) {
  BW_CO_TRY(const bool known, knows_changes_since(previous));
  if (!known) co_return "the changes since " + number_of(previous) + " aren't all known any more";
  BW_CO_TRY(catalog::Reader * from, reader());
  BW_CO_TRY(const auto medium, co_await open_verified(job.destination, cancellation));
  BackupSet set = previous;
  for (std::size_t length = 1; length <= kMaxChain; ++length) {
    BW_CO_TRY(std::string why, co_await difference_at(*medium, set, cancellation));
    if (!why.empty() || !set.incremental) co_return why;
    BW_CO_TRY(const auto before, from->jobs().set(set.tenant_id, set.prev_inc));
    if (!before || before->manifest_sha256.empty())
      co_return "the set that " + number_of(set) + " builds on isn't known any more";
    set = *before;
  }
  co_return number_of(previous) + " is the end of " + std::to_string(kMaxChain) +
      " sets that build on each other";
}

Task<Result<WrittenSet>> MediumSetMaker::write(const BackupJob& job, const BackupSet& set,
                                               storage::Cancellation& cancellation) {
  Writing writing(*this, job, set, cancellation);
  co_return co_await writing.run();
}

Task<Result<>> MediumSetMaker::wait_for_archive(catalog::TenantId tenant, std::int64_t scn,
                                                storage::Cancellation& cancellation) {
  BW_CO_TRY(catalog::Reader * from, reader());
  const Deadline patience = services_.storage_deadline();
  while (std::chrono::steady_clock::now() < patience && !cancellation.cancelled()) {
    BW_CO_TRY(const auto round, from->archive().round(tenant));
    if (round && round->checkpoint_scn >= scn) co_return Result<>{};
    if (flush_archive_) flush_archive_(tenant);
    co_await timers_.sleep_for(kLookAtArchive, cancellation);
  }
  if (cancellation.cancelled()) co_return fail(cancellation.why());
  co_return fail(error::timeout().with_hint(
      "the log archive has not come to the moment of the set within backup_dest_timeout"));
}

Task<Result<std::string>> MediumSetMaker::complete(const BackupJob& job, const BackupSet& set,
                                                   const Bytes& manifest, bool contents,
                                                   storage::Cancellation& cancellation) {
  BW_CO_TRY(const auto medium, co_await open_verified(job.destination, cancellation));
  const NextCall next = calls(cancellation);
  const OwnSet own = own_of(set);
  const Timestamp now = services_.clock().now();
  co_return co_await complete_set(*medium, own, name_of(set).type, manifest, contents, now, next);
}

Task<Result<bool>> MediumSetMaker::is_whole(const BackupSet& set, storage::Cancellation& cancellation) {
  BW_CO_TRY(const auto medium, co_await open_verified(set.destination, cancellation));
  const NextCall next = calls(cancellation);
  const OwnSet own = own_of(set);
  co_return co_await is_set_whole(*medium, own, name_of(set).type, next);
}

Task<Result<bool>> MediumSetMaker::sweep(const BackupSet& set, storage::Cancellation& cancellation) {
  BW_CO_TRY(const auto medium, co_await open_verified(set.destination, cancellation));
  const NextCall next = calls(cancellation);
  const OwnSet own = own_of(set);
  co_return co_await remove_set(*medium, own, next);
}

}  // namespace breakwater::server::jobs
