#include "server/jobs/medium_restorer.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>

#include "base/text.h"
#include "server/execute/context/await.h"
#include "server/execute/parameters/config_time.h"
#include "server/execute/parameters/tenant_parameters.h"
#include "server/jobs/planned_lines.h"
#include "server/jobs/stored_destination.h"
#include "server/session/variables.h"
#include "storage/destination/uri.h"
#include "storage/formats/plain_text.h"
#include "storage/restore/backup_reader.h"
#include "storage/restore/restore_plan.h"
#include "storage/survey/survey.h"

namespace breakwater::server::jobs {
namespace {

constexpr std::chrono::milliseconds kLookAtFlush{100};
constexpr std::string_view kDeletePolicy = "default";  ///< the only one that a tenant may have

bool is_variable(std::string_view name, std::string_view value) {
  using session::VariableInput;
  const auto index = session::find_variable(name);
  if (!index) return false;
  const session::VariableSpec& spec = session::variable_table()[*index];
  VariableInput input{.kind = VariableInput::Kind::text, .integer = 0, .text = std::string(value)};
  if (spec.type == session::VariableType::integer) {
    const auto number = whole_number<std::int64_t>(value);
    if (!number) return false;
    input = {.kind = VariableInput::Kind::integer, .integer = *number, .text = {}};
  }
  if (spec.type == session::VariableType::real) input.kind = VariableInput::Kind::real;
  const auto checked = session::check_variable(spec, input);
  return checked && !checked->clamped;
}

// Whether SET or ALTER SYSTEM SET would take it, here.
bool is_setting(std::string_view table, std::string_view name, std::string_view value) {
  if (table == "global_variable") return is_variable(name, value);
  if (table == "backup_delete_policy")
    return name == kDeletePolicy && (value.empty() || execute::parse_config_time(value).has_value());
  const execute::TenantParameter* parameter = execute::find_tenant_parameter(name);
  return parameter != nullptr && execute::check_parameter(*parameter, value).has_value();
}

void append_name(std::string& list, std::string name) {
  if (name.ends_with('/')) name.pop_back();
  list.append(list.empty() ? "" : ",").append(name);
}

storage::PieceName piece_name(const storage::PieceStart& start) {
  return {.round = {.dest_id = start.owner.dest_id, .round_id = start.round_id}, .piece_id = start.piece_id};
}

}  // namespace

/// One restore.
class MediumRestorer::Reading {
 public:
  Reading(MediumRestorer& restorer, const catalog::RestoreJob& job, const catalog::RestoreSecrets& secrets,
          storage::Cancellation& cancellation)
      : restorer_(restorer),
        services_(restorer.services_),
        job_(job),
        secrets_(secrets),
        cancellation_(cancellation) {}

  Task<Result<RestoredPart>> run(const NoteSource& note) {
    if (restorer_.reader_ == nullptr) {
      BW_CO_TRY(restorer_.reader_, services_.store().open_reader());
    }
    reader_ = restorer_.reader_.get();
    RestoredPart part;
    BW_CO_CHECK(co_await open_keys(part));
    BW_CO_CHECK(co_await look());
    BW_CO_CHECK(co_await make_plan());
    BW_CO_CHECK(co_await read_by_plan(part, note));
    part.falls_short.insert(part.falls_short.end(), plan_.falls_short.begin(), plan_.falls_short.end());
    part.scn = plan_.scn;
    co_return std::move(part);
  }

 private:
  storage::Call call() const {
    return {.deadline = services_.storage_deadline(), .cancellation = &cancellation_};
  }

  // The key backup of WITH KEY FROM.
  Task<Result<>> open_keys(RestoredPart& part) {
    if (secrets_.key_file.empty()) co_return Result<>{};
    const auto decode = [this] {
      return storage::decode(secrets_.key_file.reveal_bytes(),
                             secrets_.key_password.empty() ? nullptr : &secrets_.key_password);
    };
    BW_CO_TRY(part.keys, co_await execute::run_on<Result<storage::KeyBackup>>(services_.derivers(), decode));
    if (storage::is_of_installation(part.keys->tde_method)) {
      co_return fail(error::invalid_argument("key backup")
                         .with_hint("WITH KEY FROM names the file of an installation's backup key"));
    }
    co_return Result<>{};
  }

  Result<storage::MediumPtr> open(const Secret& uri) {
    BW_TRY(const storage::Destination destination, restorer_.destination_of(uri));
    return services_.open_medium(destination);
  }

  Task<Result<storage::Survey>> survey(storage::Medium& medium) {
    storage::SurveyOptions options;
    const Deadline last = std::chrono::steady_clock::now() + kLongestSurvey;
    options.call = [this, last] {
      storage::Call next = call();
      next.deadline = std::min(next.deadline, last);
      return next;
    };
    co_return co_await storage::survey(medium, std::move(options));
  }

  Task<Result<>> look() {
    BW_CO_TRY(data_medium_, open(secrets_.data));
    BW_CO_TRY(data_, co_await survey(*data_medium_));
    if (!secrets_.archive.empty()) {
      BW_CO_TRY(archive_medium_, open(secrets_.archive));
      BW_CO_TRY(archive_, co_await survey(*archive_medium_));
    }
    co_return keep_what_is_named();
  }

  // What ADD RESTORE SOURCE has named, if it has.
  Result<> keep_what_is_named() {
    if (secrets_.named.empty()) return {};
    return storage::keep_named(secrets_.named, data_, archive_medium_ == nullptr ? nullptr : &archive_);
  }

  Task<Result<>> make_plan() {
    if (job_.until != 0) wanted_.until = job_.until;
    BW_CO_CHECK(co_await plan());
    if (wanted_.until || archive_medium_ == nullptr) co_return Result<>{};
    BW_CO_TRY(const bool more, co_await flush_source());
    if (!more) co_return Result<>{};
    BW_CO_TRY(archive_, co_await survey(*archive_medium_));
    BW_CO_CHECK(keep_what_is_named());
    co_return co_await plan();
  }

  // Off this thread: each set may be tried with each piece.
  Task<Result<>> plan() {
    const auto make = [this] { return storage::plan_restore(data_, archive(), wanted_); };
    BW_CO_TRY(plan_, co_await execute::run_on<Result<storage::RestorePlan>>(restorer_.parsers_, make));
    co_return Result<>{};
  }

  const storage::Survey* archive() const { return archive_medium_ == nullptr ? nullptr : &archive_; }

  // Of a tenant that is alive here and archives, what is pending is written first. True: the archive was waited for.
  Task<Result<bool>> flush_source() {
    if (plan_.owner.cluster_id != services_.store().cluster().id || !restorer_.flush_archive_)
      co_return false;
    const auto tenant = static_cast<catalog::TenantId>(plan_.owner.tenant_id);
    BW_CO_TRY(const catalog::Scn now, reader_->parts().last_scn());
    const Deadline patience = restorer_.timers_.now() + kFlush;
    while (restorer_.timers_.now() < patience && !cancellation_.cancelled()) {
      BW_CO_TRY(const auto round, reader_->archive().round(tenant));
      if (!round || round->status != catalog::RoundStatus::doing || round->checkpoint_scn >= now) break;
      restorer_.flush_archive_(tenant);
      co_await restorer_.timers_.sleep_for(kLookAtFlush, cancellation_);
    }
    if (cancellation_.cancelled()) co_return fail(cancellation_.why());
    co_return true;
  }

  catalog::RestoreSource source() const {
    catalog::RestoreSource source{.tenant_name = storage::without_control(plan_.owner.tenant_name),
                                  .tenant_id = static_cast<std::int64_t>(plan_.owner.tenant_id),
                                  .cluster_name = storage::without_control(plan_.owner.cluster_name),
                                  .scn = plan_.scn};
    for (const storage::PlannedSet& set : plan_.sets) {
      append_name(source.sets, storage::set_directory(set.name));
      const auto found = std::ranges::find(data_.sets, set.name, &storage::FoundSet::name);
      if (found != data_.sets.end()) source.bytes += static_cast<std::int64_t>(found->bytes);
    }
    for (const storage::PlannedPiece& piece : plan_.pieces) {
      const storage::PieceName name = piece_name(piece.start);
      append_name(source.pieces, storage::piece_directory(name));
      const auto found = std::ranges::find(archive_.pieces, name, &storage::FoundPiece::name);
      if (found != archive_.pieces.end()) source.bytes += static_cast<std::int64_t>(found->bytes);
    }
    return source;
  }

  Result<storage::RestoreKeys> keys() {
    storage::RestoreKeys keys;
    BW_TRY(auto stored, reader_->keys().backup_keys());
    for (catalog::StoredBackupKey& key : stored) {
      storage::BackupKey& known = keys.backup_keys.emplace_back();
      known.key = std::move(key.key);
      known.fingerprint = std::move(key.fingerprint);
    }
    for (const Secret& password : secrets_.passwords) keys.passwords.push_back(password.clone());
    return keys;
  }

  // A set that a copy of the server made isn't joined with this log; one that was made before the copy is.
  Task<Result<>> read_by_plan(RestoredPart& part, const NoteSource& note) {
    for (std::size_t plans = 1;; ++plans) {
      catalog::RestoreSource from = source();
      BW_CO_CHECK(co_await note(std::move(from)));
      bool of_another_history = false;
      auto read = co_await read_lines(part, of_another_history);
      if (read || !of_another_history || plans == kMostPlans) co_return read;
      part.falls_short.push_back(read.error().hint());
      wanted_.unjoined.push_back(
          {plan_.sets.back().manifest_sha256, piece_name(plan_.pieces.front().start).round});
      BW_CO_CHECK(co_await plan());
    }
  }

  Task<Result<>> read_lines(RestoredPart& part, bool& of_another_history) {
    BW_CO_TRY(const storage::RestoreKeys opened_by, keys());
    BW_CO_TRY(part.scratch, catalog::make_part_scratch());
    PlannedLines lines(plan_, *part.scratch);
    storage::BackupSource from{.data = *data_medium_,
                               .archive = archive_medium_.get(),
                               .workers = services_.derivers(),
                               .parsers = restorer_.parsers_,
                               .call = [this] { return call(); }};
    auto read = co_await storage::read_backup(std::move(from), plan_, opened_by, lines);
    of_another_history = lines.is_of_another_history();
    if (!read) co_return fail(std::move(read).error());
    part.closed = std::move(read->closed);
    co_return co_await execute::run_on<Result<>>(restorer_.parsers_,
                                                 [&] { return part.scratch->finish(is_setting); });
  }

  MediumRestorer& restorer_;
  execute::Services& services_;
  const catalog::RestoreJob& job_;
  const catalog::RestoreSecrets& secrets_;
  storage::Cancellation& cancellation_;
  catalog::Reader* reader_ = nullptr;
  storage::MediumPtr data_medium_;
  storage::MediumPtr archive_medium_;  ///< none where the sets are all
  storage::Survey data_;
  storage::Survey archive_;
  storage::PlanOptions wanted_;
  storage::RestorePlan plan_;
};

Result<storage::Destination> MediumRestorer::destination_of(const Secret& uri) const {
  const storage::UriRules rules{.allow_http = services_.settings()->backup_dest_allow_http};
  return storage::parse_destination(uri.reveal(), rules);
}

std::vector<std::string> MediumRestorer::stores_of(const catalog::RestoreSecrets& secrets) {
  std::vector<std::string> stores;
  for (const Secret* uri : {&secrets.data, &secrets.archive}) {
    if (uri->empty()) continue;
    const auto place = destination_of(*uri);
    if (place) stores.push_back(store_of({.tenant_id = 0, .path = place->path, .endpoint = place->endpoint}));
  }
  return stores;
}

Task<Result<RestoredPart>> MediumRestorer::read(const catalog::RestoreJob& job,
                                                const catalog::RestoreSecrets& secrets,
                                                const NoteSource& note, storage::Cancellation& cancellation) {
  Reading reading(*this, job, secrets, cancellation);
  co_return co_await reading.run(note);
}

}  // namespace breakwater::server::jobs
