// ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST (docs/spec/behaviour.md#change-external-storage-dest): other keys and limits of
// a destination, which stays what it is. The new keys are proved before the old ones go.
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.h"
#include "server/execute/backup/backup_proof.h"
#include "server/execute/backup/intents.h"
#include "server/execute/backup/probing.h"
#include "server/execute/backup/statements.h"
#include "server/execute/backup/tenant_list.h"
#include "server/execute/context/change.h"
#include "server/execute/context/privileges.h"
#include "storage/destination/scheme.h"

namespace breakwater::server::execute {
namespace {

constexpr std::string_view kId = "access_id=";
constexpr std::string_view kKey = "access_key=";
constexpr std::string_view kTokens[] = {"session_token=", "security_token="};
constexpr std::string_view kShownKey = "&encrypt_key=";

std::vector<std::string_view> options_in(std::string_view info) {
  std::vector<std::string_view> options;
  while (!info.empty()) {
    const std::size_t end = std::min(info.find('&'), info.size());
    if (end != 0) options.push_back(info.substr(0, end));
    info.remove_prefix(std::min(end + 1, info.size()));
  }
  return options;
}

// The value of the option that begins so; of a repeated one nothing is taken.
Result<std::optional<std::string_view>> take(std::vector<std::string_view>& options, std::string_view name) {
  std::optional<std::string_view> value;
  for (const std::string_view option : options) {
    if (!option.starts_with(name)) continue;
    if (value)
      return fail(error::invalid_argument().with_hint(std::string(name) + " is given more than once"));
    value = option.substr(name.size());
  }
  std::erase_if(options, [&](std::string_view option) { return option.starts_with(name); });
  return value;
}

std::unexpected<Error> other_option(std::string_view clause, std::string_view taken) {
  return fail(error::invalid_argument().with_hint(std::string(clause) + " takes " + std::string(taken) +
                                                  " and nothing else"));
}

/// Views into the statement.
struct Access {
  std::string_view id;
  std::string_view key;
  std::optional<std::string_view> token;
};

Result<Access> read_access(const Secret& info) {
  auto options = options_in(info.reveal());
  BW_TRY(const auto id, take(options, kId));
  BW_TRY(const auto key, take(options, kKey));
  std::optional<std::string_view> token;
  for (const std::string_view name : kTokens) {
    BW_TRY(const auto found, take(options, name));
    if (found && token) return fail(error::invalid_argument().with_hint("a token is given more than once"));
    if (found) token = found;
  }
  if (!id || id->empty() || !key || key->empty())
    return fail(error::invalid_argument("reset ak/sk, access_id or access_key is null"));
  if (!options.empty())
    return other_option("ACCESS_INFO", "access_id=, access_key= and, with temporary keys, session_token=");
  return Access{*id, *key, token};
}

/// What only the parameter's value tells of a destination: max_iops=, max_bandwidth=, a locality.
struct Limits {
  std::string iops;
  std::string bandwidth;
  std::string locality;
};

Result<> read_attribute(const Secret& attribute, Limits& limits) {
  auto options = options_in(attribute.reveal());
  BW_TRY(const auto iops, take(options, "max_iops="));
  BW_TRY(const auto bandwidth, take(options, "max_bandwidth="));
  if (!options.empty() || (!iops && !bandwidth))
    return other_option("ATTRIBUTE", "max_iops= and max_bandwidth=");
  if (iops) limits.iops = "max_iops=" + std::string(*iops);
  if (bandwidth) limits.bandwidth = "max_bandwidth=" + std::string(*bandwidth);
  return {};
}

Limits limits_in(std::string_view value) {
  Limits limits;
  value.remove_prefix(std::min(value.find('?'), value.size()));
  for (const std::string_view option : options_in(value)) {
    if (option.starts_with("max_iops=")) limits.iops = option;
    if (option.starts_with("max_bandwidth=")) limits.bandwidth = option;
    const bool locality =
        option.starts_with("zone=") || option.starts_with("idc=") || option.starts_with("region=");
    if (locality) limits.locality = option;
  }
  return limits;
}

std::unexpected<Error> unknown_path() {
  return fail(error::internal_error().with_hint(
      "no destination of this tenant has that path; name it as PATH of DBA_OB_BACKUP_STORAGE_INFO shows it, "
      "followed by "
      "'?' and its ENDPOINT where several have it; keys belong into ACCESS_INFO"));
}

// Of data or of the log archive, current or not: by its path alone, if that tells it, or with ?host=.
Result<catalog::Destination> named_destination(const Statement& statement, catalog::TenantId tenant,
                                               std::string_view written) {
  const std::size_t question = std::min(written.find('?'), written.size());
  std::string_view path = written.substr(0, question);
  path = path.substr(0, path.find_last_not_of('/') + 1);
  const std::string_view endpoint = written.substr(std::min(question + 1, written.size()));
  BW_TRY(const auto all, statement.reader().destinations().all(tenant));
  std::optional<catalog::Destination> found;
  for (const catalog::Destination& each : all) {
    const bool backup = each.kind != catalog::DestinationKind::backup_key;
    if (!backup || each.key.path != path || (!endpoint.empty() && each.key.endpoint != endpoint)) continue;
    if (found) return unknown_path();
    found = each;
  }
  if (!found) return unknown_path();
  return *std::move(found);
}

// The id and the key that views show in its place, of an AUTHORIZATION.
std::pair<std::string_view, std::string_view> shown_access(std::string_view authorization) {
  const std::size_t key = std::min(authorization.rfind(kShownKey), authorization.size());
  std::string_view id = authorization.substr(0, key);
  if (id.starts_with(kId)) id.remove_prefix(kId.size());
  return {id, authorization.substr(std::min(key + kShownKey.size(), authorization.size()))};
}

// The whole URI of the destination, as a SET would be given it.
Secret whole_uri(const catalog::Destination& row, const Access& access, const Limits& limits) {
  std::string text;
  const std::size_t token = access.token ? access.token->size() : 0;
  // So that no copy of a secret is left behind by growing.
  constexpr std::size_t kNames = 100;
  text.reserve(row.key.path.size() + row.key.endpoint.size() + access.id.size() + access.key.size() + token +
               row.extension.size() + limits.iops.size() + limits.bandwidth.size() + limits.locality.size() +
               kNames);
  text.append(row.key.path).append("?").append(row.key.endpoint);
  text.append("&").append(kId).append(access.id).append("&").append(kKey).append(access.key);
  if (access.token) text.append("&").append(kTokens[0]).append(*access.token);
  for (const std::string& option : {row.extension, limits.iops, limits.bandwidth, limits.locality})
    if (!option.empty()) text.append("&").append(option);
  return Secret::take(std::move(text));
}

class Change {
 public:
  Change(const Statement& statement, const catalog::Tenant& tenant, catalog::Destination row)
      : statement_(statement), tenant_(tenant), row_(std::move(row)) {}

  Task<Result<>> run(const std::optional<Access>& access, const std::optional<Secret>& attribute) {
    BW_CO_TRY(const auto setting, set_as(statement_.reader(), row_));
    const std::string before = setting ? setting->value : std::string();
    Limits limits = limits_in(before);
    if (attribute) BW_CO_CHECK(read_attribute(*attribute, limits));
    if (attribute && before.empty()) {
      statement_.session.diagnostics.note(
          "no parameter names the destination now: its limits are those that the next SET gives it");
    }
    if (access) co_return co_await change_keys(*access, limits);
    co_return co_await change_limits(limits);
  }

 private:
  Task<Result<>> change_keys(const Access& access, const Limits& limits) {
    const Secret uri = whole_uri(row_, access, limits);
    BW_CO_TRY(const auto destination, parse_destination(statement_, uri));
    for (const std::string& note : destination.notes) statement_.session.diagnostics.note(note);
    BW_CO_TRY(const DestinationEntry entry,
              destination_entry(statement_.services, destination, row_.key, statement_.now));
    const std::string value = destination.display_value(entry.shown);
    Probing probing{.tenant = tenant_, .destination = destination, .uri = uri};
    probing.kind = row_.kind;
    probing.held = [&](catalog::Transaction& transaction) {
      catalog::DestinationWriter::Access stored{.key = destination.secret(), .checked = statement_.now};
      return transaction.destinations().change_access(row_.key, entry.row.authorization, std::move(stored),
                                                      value);
    };
    storage::Proof proof;
    OwnerFound owner;
    BW_CO_CHECK(co_await prove_by_probes(statement_, probing, proof, owner));
    BW_CO_CHECK(proof.verdict());
    // What was left here for want of a right, the new keys may remove. It doesn't change the answer.
    (void)co_await settle_tenant(statement_.services, tenant_.id, destination.place_key(),
                                 statement_.storage_call(), &destination);
    co_return Result<>{};
  }

  // Nothing to prove: the keys stay.
  Task<Result<>> change_limits(const Limits& limits) {
    const auto [id, shown] = shown_access(row_.authorization);
    // The key itself isn't needed, only that there is one.
    const Secret uri = whole_uri(row_, {.id = id, .key = "key", .token = {}}, limits);
    BW_CO_TRY(const auto destination, parse_destination(statement_, uri));
    const std::string value = destination.display_value(shown);
    co_return co_await change_catalog(statement_, [&](catalog::Transaction& transaction) {
      return transaction.destinations().change_access(row_.key, row_.authorization, {}, value);
    });
  }

  const Statement& statement_;
  const catalog::Tenant& tenant_;
  const catalog::Destination row_;
};

}  // namespace

Task<Result<Outcome>> change_storage_dest(const Statement& statement, const ast::ChangeStorageDest& change) {
  BW_CO_CHECK(require_alter_system(statement));
  if (statement.session.in_sys())
    co_return fail(error::not_supported(" using the syntax under sys tenant or meta tenant is"));
  if (!change.access_info && !change.attribute)
    co_return fail(error::internal_error().with_hint("ACCESS_INFO or ATTRIBUTE is needed"));
  if (storage::scheme_of(change.path.reveal()) == storage::Scheme::file)
    co_return fail(error::not_supported("reset ak/sk of nfs path"));
  std::optional<Access> access;
  if (change.access_info) {
    BW_CO_TRY(access, read_access(*change.access_info));
  }
  BW_CO_TRY(const catalog::Tenant tenant, backup_tenant(statement, {}));
  BW_CO_TRY(const TenantLocks::Guard guard, co_await statement.lock(tenant.id));
  BW_CO_TRY(auto row, named_destination(statement, tenant.id, change.path.reveal()));
  Change work(statement, tenant, std::move(row));
  BW_CO_CHECK(co_await work.run(access, change.attribute));
  co_return Outcome{};
}

}  // namespace breakwater::server::execute
