// RESTORE and CANCEL RESTORE (docs/spec/behaviour.md#restore). They only write rows: server/jobs restores.
#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "server/execute/backup/backup_proof.h"
#include "server/execute/backup/key_source.h"
#include "server/execute/backup/moment.h"
#include "server/execute/backup/restore_source.h"
#include "server/execute/backup/statements.h"
#include "server/execute/backup/survey_places.h"
#include "server/execute/context/change.h"
#include "server/execute/context/privileges.h"
#include "server/execute/parameters/restore_options.h"
#include "server/execute/parameters/tenant_name.h"

namespace breakwater::server::execute {
namespace {

constexpr std::size_t kMaxRestoreText = 1024;    ///< bytes: DESCRIPTION of the views
constexpr std::size_t kMaxRestoreOption = 4096;  ///< bytes: RESTORE_OPTION
/// Bytes of a key backup: the job keeps them in its row.
constexpr std::size_t kMaxRestoreKey = std::size_t{1} << 20U;

// What ADD RESTORE SOURCE has named.
Result<> take_named_sources(const Statement& statement, catalog::RestoreRequest& request) {
  if (statement.session.restore_sources.empty()) {
    return fail(error::not_supported("RESTORE without FROM")
                    .with_hint("FROM names the destinations; or ADD RESTORE SOURCE names sets and pieces"));
  }
  BW_TRY(RestoreSources sources, restore_sources(statement));
  request.backup_dest = std::move(sources.shown);
  request.secrets.data = std::move(sources.data);
  request.secrets.archive = std::move(sources.archive);
  request.secrets.named = std::move(sources.names);
  return {};
}

// "data,archive", or the data alone.
Result<> take_sources(const Statement& statement, const std::optional<Secret>& from,
                      catalog::RestoreRequest& request) {
  if (!from) return take_named_sources(statement, request);
  if (!statement.session.restore_sources.empty()) {
    return fail(error::invalid_argument("restore source")
                    .with_hint("there are restore sources in this session: leave FROM out, or ALTER SYSTEM "
                               "CLEAR RESTORE SOURCE"));
  }
  BW_TRY(std::vector<Secret> uris, split_sources(*from));
  for (Secret& secret : uris) {
    BW_TRY(const storage::Destination destination, parse_destination(statement, secret));
    request.backup_dest.append(request.backup_dest.empty() ? "" : ",").append(destination.path);
    (request.secrets.data.empty() ? request.secrets.data : request.secrets.archive) = std::move(secret);
  }
  return {};
}

Result<catalog::RestoreRequest> request_of(const Statement& statement, const ast::RestoreTenant& restore) {
  BW_CHECK(check_tenant_name(restore.tenant));
  catalog::RestoreRequest request{.tenant_name = restore.tenant};
  BW_TRY(RestoreOptions options, parse_restore_options(restore.options));
  request.pools = std::move(options.pools);
  if (restore.options.size() > kMaxRestoreOption || restore.description.size() > kMaxRestoreText) {
    return fail(
        error::size_overflow().with_hint("options have at most 4096 bytes, DESCRIPTION has at most 1024"));
  }
  request.option = restore.options;
  request.description = restore.description;
  BW_CHECK(take_sources(statement, restore.from, request));
  BW_TRY(request.until, moment_of(statement, restore.until_scn, restore.until_time));
  for (const Secret& password : statement.session.restore_passwords) {
    if (password.size() > limits::kMaxPassword) return fail(error::invalid_argument("password"));
    request.secrets.passwords.push_back(password.clone());
  }
  return request;
}

// Its content is the job's to judge.
Task<Result<>> read_key(const Statement& statement, const ast::RestoreTenant& restore,
                        catalog::RestoreSecrets& secrets) {
  BW_CO_TRY(const storage::Destination destination, parse_destination(statement, *restore.key_from));
  BW_CO_TRY(const Bytes bytes, co_await read_key_bytes(statement, destination, *restore.key_from));
  if (bytes.size() > kMaxRestoreKey)
    co_return fail(error::size_overflow().with_hint("WITH KEY FROM names no file that BACKUP KEY wrote"));
  secrets.key_file = Secret(std::span<const std::uint8_t>(bytes));
  if (restore.key_password) secrets.key_password = restore.key_password->clone();
  co_return Result<>{};
}

}  // namespace

Task<Result<Outcome>> restore_tenant(const Statement& statement, const ast::RestoreTenant& restore) {
  BW_CO_CHECK(require_sys(statement));
  BW_CO_TRY(catalog::RestoreRequest request, request_of(statement, restore));
  BW_CO_CHECK(require_alter_system(statement));
  if (restore.key_from) BW_CO_CHECK(co_await read_key(statement, restore, request.secrets));
  BW_CO_CHECK(co_await change_catalog(statement, [&](catalog::Transaction& transaction) -> Result<> {
    BW_CHECK(transaction.restores().begin(request));
    return {};
  }));
  statement.session.restore_sources.clear();
  statement.services.job_bell().ring();
  co_return Outcome{};
}

Task<Result<Outcome>> cancel_restore(const Statement& statement, const ast::CancelRestore& cancel) {
  BW_CO_CHECK(require_sys(statement));
  BW_CO_CHECK(require_alter_system(statement));
  BW_CO_CHECK(co_await change_catalog(statement, [&](catalog::Transaction& transaction) {
    return transaction.restores().cancel(cancel.tenant);
  }));
  statement.services.job_bell().ring();
  co_return Outcome{};
}

}  // namespace breakwater::server::execute
