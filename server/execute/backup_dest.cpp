// ALTER SYSTEM SET DATA_BACKUP_DEST (behaviour 2.3), in the order of the design: checks that write nothing,
// the intent, the files, the catalogue, the answer. What is refused leaves the directory as it was.
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "server/execute/await.h"
#include "server/execute/families.h"
#include "server/execute/intents.h"
#include "storage/file_destination.h"
#include "storage/format_file.h"
#include "storage/mounts.h"
#include "storage/uri.h"

namespace breakwater::server::execute {
namespace {

using storage::FilePool;
using storage::StopFlag;

/// What one SET knows, owned by the statement and by its jobs: a job on a dead mount outlives the statement.
struct Attempt {
  explicit Attempt(std::string root) : directory(std::move(root)) {}

  storage::FileDestination directory;
  storage::PathRules rules;
  storage::FormatFile format;  ///< what our format file says; dest_id once it is known
  bool link_obbak = false;
  Timestamp now = 0;
  const Entropy* entropy = nullptr;
  std::string known_check_name;  ///< of the destination's row

  storage::WritePlan plan;
  storage::Footprint made;
};
using AttemptPtr = std::shared_ptr<Attempt>;

/// What was found before anything is written.
struct Inspection {
  bool empty = false;
  std::optional<storage::FoundFormat> format;
};

/// How long another server's claim, seen between its check file and its format file, has to show.
constexpr std::chrono::milliseconds kClaimWait{1000};
constexpr std::chrono::milliseconds kClaimPause{10};

Result<Inspection> look(const Attempt& attempt, const StopFlag& stop) {
  Inspection seen;
  BW_TRY(seen.empty, attempt.directory.is_empty({}, stop));
  if (!seen.empty) {
    BW_TRY(seen.format, attempt.directory.read_format(stop));
  }
  return seen;
}

// Looks until the directory is empty or has a format file, or nobody is about to give it one.
Result<Inspection> look_past_a_claim(const Attempt& attempt, const StopFlag& stop) {
  BW_TRY(Inspection seen, look(attempt, stop));
  for (auto waited = kClaimPause; !seen.empty && !seen.format && waited <= kClaimWait;
       waited += kClaimPause) {
    BW_TRY(const bool claimed, attempt.directory.may_be_claimed_now(stop));
    if (!claimed) break;
    stop.wait_for(kClaimPause);
    BW_TRY(seen, look(attempt, stop));
  }
  return seen;
}

// Checks that write nothing; where the directory is empty also the names of all that would be made.
Result<Inspection> inspect(Attempt& attempt, const StopFlag& stop) {
  BW_CHECK(attempt.directory.check_place(attempt.rules, stop));
  BW_TRY(Inspection seen, look_past_a_claim(attempt, stop));
  if (!seen.empty && !seen.format) {
    return fail(
        error::format_file_not_exist().with_hint("the directory is not empty and holds no format file; set a "
                                                 "new or an empty directory"));
  }
  BW_TRY(attempt.plan, attempt.directory.plan_write(attempt.format, attempt.link_obbak, attempt.now,
                                                    *attempt.entropy, stop));
  return seen;
}

Error not_ours(std::string what) {
  return error::format_file_not_match().with_hint(std::move(what) + "; set a new or an empty directory");
}

// 2.3 step 7: a directory that is not empty must carry this tenant's own format file.
Result<> check_owner(const storage::FormatFile& found, const std::optional<catalog::Destination>& row,
                     storage::FormatFile expected) {
  if (found.dest_type != static_cast<std::int64_t>(storage::DestType::backup_data)) {
    return fail(not_ours("the directory is a destination of another kind"));
  }
  if (!row || row->dest_id == 0 || row->kind != catalog::DestinationKind::data_backup_dest) {
    return fail(not_ours("the directory belongs to another tenant or cluster"));
  }
  expected.dest_id = row->dest_id;
  if (!storage::matches(found, expected)) {
    return fail(
        not_ours("the format file names another tenant, cluster, path or number than this destination's"));
  }
  return {};
}

// Makes everything the plan names. A refusal is undone here; undo's own failure keeps the intent open.
Result<> write_files(Attempt& attempt, const StopFlag& stop) {
  const storage::FileDestination& directory = attempt.directory;
  BW_CHECK(directory.create_root(attempt.made, stop));
  BW_CHECK(directory.write_check_file(attempt.plan, attempt.made, stop));
  BW_TRY(const auto theirs, directory.publish_format(attempt.plan, attempt.made, stop));
  if (theirs) return fail(not_ours("another server or tenant has just claimed the directory"));
  return {};
}

/// How write_files ended, and whether anything of it is left.
struct Written {
  std::optional<Error> refused;
  bool undone = false;
};

Result<Written> write_or_undo(Attempt& attempt, const StopFlag& stop) {
  const auto written = write_files(attempt, stop);
  if (written) return Written{};
  Written outcome{.refused = written.error()};
  outcome.undone = attempt.directory.undo(attempt.plan, attempt.made, stop).has_value();
  return outcome;
}

class DataBackupDest {
 public:
  DataBackupDest(const Statement& statement, const catalog::Tenant& tenant, storage::Destination destination)
      : statement_(statement),
        services_(statement.services),
        tenant_(tenant),
        destination_(std::move(destination)) {}

  Task<Result<>> run() {
    key_ = {.tenant_id = tenant_.id, .path = destination_.path, .endpoint = destination_.endpoint};
    BW_CO_TRY(row_, statement_.reader().destination(key_));
    attempt_ = make_attempt();
    FilePool::Job<Inspection> look = [attempt = attempt_](const StopFlag& stop) {
      return inspect(*attempt, stop);
    };
    BW_CO_TRY(const Inspection seen, co_await on_files(std::move(look)));
    if (seen.empty) co_return co_await claim();
    BW_CO_CHECK(check_owner(seen.format->file, row_, attempt_->format));
    co_return co_await confirm(seen.format->bytes);
  }

 private:
  AttemptPtr make_attempt() const {
    auto attempt = std::make_shared<Attempt>(destination_.local_path);
    const catalog::Cluster& cluster = services_.store().cluster();
    attempt->rules = services_.path_rules();
    attempt->format.cluster_name = cluster.name;
    attempt->format.tenant_name = tenant_.name;
    attempt->format.path = destination_.path_string();
    attempt->format.cluster_id = cluster.id;
    attempt->format.tenant_id = static_cast<std::uint64_t>(tenant_.id);
    attempt->format.dest_id = row_ ? row_->dest_id : catalog::kFirstDestId;
    attempt->format.dest_type = static_cast<std::int64_t>(storage::DestType::backup_data);
    attempt->format.created = statement_.now;
    attempt->link_obbak = services_.settings()->format_obbak_link;
    attempt->now = statement_.now;
    attempt->entropy = &services_.entropy();
    if (row_) attempt->known_check_name = row_->check_file_name;
    return attempt;
  }

  // Jobs come named: GCC 12 destroys the captures of a lambda written inside a co_await expression twice.
  template <class T>
  Task<Result<T>> on_files(FilePool::Job<T>&& job, FilePool::Abandoned<T>&& late = {}) {
    return run_on<T>(services_.files(), statement_.storage_call(),
                     storage::current_mount_of(destination_.local_path).mount_point, std::move(job),
                     std::move(late));
  }

  // The directory is empty: ours from now on, under a new number (A14: also one that was ours before).
  Task<Result<>> claim() {
    const auto intent = co_await write_catalog<std::int64_t>(
        services_.store(), [this](catalog::Transaction& transaction) { return open_intent(transaction); });
    BW_CO_CHECK(intent);
    services_.busy_intents().add(*intent);
    FilePool::Job<Written> write = [attempt = attempt_](const StopFlag& stop) {
      return write_or_undo(*attempt, stop);
    };
    FilePool::Abandoned<Written> late = [services = &services_, id = *intent,
                                         tenant = tenant_.id](const auto&) {
      services->busy_intents().remove(id);
      settle_soon(*services, tenant);
    };
    const auto written = co_await on_files(std::move(write), std::move(late));
    // Abandoned: nobody knows what was made. The intent stays open, and is settled once the job has ended.
    if (!written) co_return fail(written.error());
    services_.busy_intents().remove(*intent);
    if (written->refused) {
      if (written->undone) co_await abandon(*intent);
      co_return fail(*written->refused);
    }
    co_return co_await finish(*intent);
  }

  Result<std::int64_t> open_intent(catalog::Transaction& transaction) {
    BW_TRY(attempt_->format.dest_id, transaction.reserve_dest_id(tenant_.id));
    attempt_->plan.format_bytes = storage::encode(attempt_->format);
    catalog::IntentSpec spec;
    spec.key = key_;
    spec.kind = catalog::DestinationKind::data_backup_dest;
    spec.path_key = destination_.place_key();
    spec.dest_id = attempt_->format.dest_id;
    spec.format = attempt_->plan.format_bytes;
    spec.files = attempt_->plan.to_lines();
    spec.created_dirs = attempt_->plan.directories;
    return transaction.open_intent(spec);
  }

  catalog::Destination display_row(std::string check_name) const {
    catalog::Destination made;
    made.key = key_;
    made.extension = destination_.extension;
    made.check_file_name = std::move(check_name);
    made.last_check = statement_.now;
    return made;
  }

  Task<Result<>> finish(std::int64_t intent) {
    const auto committed = co_await write_catalog(services_.store(), [&](catalog::Transaction& transaction) {
      return transaction.finish_destination(intent, display_row(attempt_->plan.check_name),
                                            destination_.display_value(""), std::nullopt);
    });
    if (committed) co_return Result<>{};
    // Not acknowledged, so not to be there: what a failed commit leaves is settled like what a crash leaves.
    (void)co_await settle_tenant(services_, tenant_.id, destination_.place_key(), &statement_.cancellation);
    co_return fail(committed.error());
  }

  Task<> abandon(std::int64_t intent) {
    const auto abandoned = co_await write_catalog(
        services_.store(),
        [intent](catalog::Transaction& transaction) { return transaction.abandon_intent(intent); });
    if (!abandoned) services_.log().warning("an intent stays open: " + abandoned.error().text());
  }

  // The directory is ours already: only the setting and the check move.
  Task<Result<>> confirm(Bytes format_bytes) {
    attempt_->plan.format_bytes = std::move(format_bytes);
    FilePool::Job<std::string> renew = [attempt = attempt_](const StopFlag& stop) {
      return renew_check_file(*attempt, stop);
    };
    BW_CO_TRY(const std::string check_name, co_await on_files(std::move(renew)));
    const auto committed = co_await write_catalog(services_.store(), [&](catalog::Transaction& transaction) {
      return enter_again(transaction, check_name);
    });
    // Neither changes the answer: what is stale is removed, or what is new if it isn't entered.
    FilePool::Job<bool> tidy = [attempt = attempt_, check_name,
                                entered = committed.has_value()](const StopFlag& stop) {
      return entered ? remove_stale(*attempt, check_name, stop) : undo(*attempt, stop);
    };
    (void)co_await on_files(std::move(tidy));
    if (committed) co_return Result<>{};
    co_return fail(committed.error());
  }

  // 4.6: the check file that the row names is used again while it is there.
  static Result<std::string> renew_check_file(Attempt& attempt, const StopFlag& stop) {
    if (!attempt.known_check_name.empty()) {
      BW_TRY(const bool there, attempt.directory.has_check_file(attempt.known_check_name, stop));
      if (there) return attempt.known_check_name;
    }
    BW_CHECK(attempt.directory.create_root(attempt.made, stop));
    const auto written = attempt.directory.write_check_file(attempt.plan, attempt.made, stop);
    if (written) return attempt.plan.check_name;
    BW_CHECK(attempt.directory.undo(attempt.plan, attempt.made, stop));
    return fail(written.error());
  }

  static Result<bool> undo(const Attempt& attempt, const StopFlag& stop) {
    BW_CHECK(attempt.directory.undo(attempt.plan, attempt.made, stop));
    return true;
  }

  static Result<bool> remove_stale(Attempt& attempt, const std::string& keep, const StopFlag& stop) {
    BW_CHECK(attempt.directory.remove_stale_check_files(attempt.format.tenant_id, keep, stop));
    return true;
  }

  Result<> enter_again(catalog::Transaction& transaction, const std::string& check_name) {
    catalog::IntentSpec spec;
    spec.key = key_;
    spec.kind = catalog::DestinationKind::data_backup_dest;
    spec.path_key = destination_.place_key();
    spec.dest_id = row_->dest_id;
    spec.format = row_->format;
    BW_TRY(const std::int64_t intent, transaction.open_intent(spec));
    return transaction.finish_destination(intent, display_row(check_name), destination_.display_value(""),
                                          std::nullopt);
  }

  const Statement& statement_;
  Services& services_;
  const catalog::Tenant& tenant_;
  storage::Destination destination_;
  catalog::DestinationKey key_;
  std::optional<catalog::Destination> row_;
  AttemptPtr attempt_;
};

Task<Result<>> clear(const Statement& statement, catalog::TenantId tenant) {
  return write_catalog(statement.services.store(), [tenant](catalog::Transaction& transaction) {
    return transaction.clear_data_destination(tenant);
  });
}

Result<storage::Destination> parse(const Statement& statement, const Secret& value) {
  const storage::UriRules rules{.allow_http = statement.services.settings()->backup_dest_allow_http};
  return storage::parse_destination(value.reveal(), rules);
}

}  // namespace

Task<Result<>> set_data_backup_dest(const Statement& statement, const catalog::Tenant& tenant,
                                    const Secret& value) {
  std::optional<storage::Destination> destination;
  if (!value.empty()) {
    BW_CO_TRY(destination, parse(statement, value));
  }
  if (tenant.is_sys()) co_return fail(error::not_supported());
  if (destination && !destination->is_file()) {
    const std::string scheme(storage::scheme_name(destination->scheme));
    co_return fail(error::not_supported(scheme + ":// destination")
                       .with_hint("this version proves and accepts file:// destinations only"));
  }
  Services& services = statement.services;
  BW_CO_TRY(const TenantLocks::Guard guard,
            co_await services.tenant_locks().acquire(tenant.id, statement.connection.executor(),
                                                     statement.storage_call()));
  if (!destination) co_return co_await clear(statement, tenant.id);
  for (const std::string& note : destination->notes) statement.session.diagnostics.note(note);
  BW_CO_CHECK(co_await settle_tenant(services, tenant.id, destination->place_key(), &statement.cancellation));
  DataBackupDest work(statement, tenant, *std::move(destination));
  co_return co_await work.run();
}

}  // namespace breakwater::server::execute
