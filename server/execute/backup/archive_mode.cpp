// ALTER SYSTEM ARCHIVELOG and NOARCHIVELOG (docs/spec/behaviour.md#archivelog): the tenants' LOG_MODE. The
// login tenant decides whose. A round of the log archive begins with it, or ends.
#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "server/execute/backup/statements.h"
#include "server/execute/backup/tenant_list.h"
#include "server/execute/context/change.h"
#include "server/execute/context/privileges.h"

namespace breakwater::server::execute {
namespace {

bool is_group(const std::string& name) {
  return iequals(name, "ALL_USER") || iequals(name, "ALL_META");
}

// What a list may not say, wherever in it.
Result<> check_names(const std::vector<std::string>& names) {
  const bool grouped = std::ranges::any_of(
      names, [](const std::string& name) { return iequals(name, "ALL") || is_group(name); });
  if (grouped && names.size() > 1)
    return fail(error::not_supported("all/all_user/all_meta in combination with other names is"));
  if (std::ranges::any_of(names, is_group))
    return fail(error::not_supported("use all_user/all_meta in 'ALTER SYSTEM ARCHIVELOG' syntax is"));
  std::set<std::string_view> seen;
  for (const std::string& name : names) {
    if (name.empty()) return fail(error::invalid_argument());
    if (!seen.insert(name).second) return fail(error::not_supported("duplicate tenant " + name + " is"));
  }
  return {};
}

Result<std::vector<catalog::Tenant>> user_tenants(const Statement& statement,
                                                  const std::vector<std::string>& names) {
  if (names.empty()) return listed_tenants(statement, {"ALL"});
  BW_CHECK(check_names(names));
  std::vector<std::string> of_users = names;
  std::erase(of_users, catalog::kSysTenantName);
  if (of_users.empty()) return fail(error::not_supported("No valid tenant name given"));
  return listed_tenants(statement, of_users);
}

// What the tenant itself stands against; anything else means that the catalogue can't be written.
bool is_about_tenant(const Error& error) {
  return error.is(Errc::already_in_archive_mode) || error.is(Errc::already_in_noarchive_mode) ||
         error.is(Errc::tenant_not_exist);
}

// Gives what came of the last tenant. Those before it are changed whatever came of the others.
Task<Result<>> set_mode(const Statement& statement, const std::vector<catalog::Tenant>& tenants, bool on) {
  Result<> last;
  BW_CO_CHECK(co_await change_catalog(statement, [&](catalog::Transaction& transaction) -> Result<> {
    for (const catalog::Tenant& tenant : tenants) {
      last = transaction.archive().set_archivelog(tenant.id, on);
      if (!last && !is_about_tenant(last.error())) return last;
    }
    return {};
  }));
  co_return last;
}

// Who has no destination archives nothing, whatever the mode says.
Result<> note_without_destination(const Statement& statement, const std::vector<catalog::Tenant>& tenants) {
  std::string names;
  for (const catalog::Tenant& tenant : tenants) {
    BW_TRY(const auto destination, statement.reader().archive().destination(tenant.id));
    if (!destination) names.append(names.empty() ? "" : ", ").append(tenant.name);
  }
  if (names.empty()) return {};
  constexpr std::size_t kMaxNames = 200;  // bytes
  if (names.size() > kMaxNames) names = std::string(whole_characters(names, kMaxNames)).append(" …");
  statement.session.diagnostics.note(
      "LOG_MODE is set, and nothing is archived until LOG_ARCHIVE_DEST is set too: " + names);
  return {};
}

Task<Result<Outcome>> of_own_tenant(const Statement& statement, const ast::ArchiveLog& mode) {
  if (!mode.tenants.empty()) co_return fail(error::no_privilege());
  BW_CO_CHECK(require_alter_system(statement));
  BW_CO_TRY(catalog::Tenant own, login_tenant(statement));
  std::vector<catalog::Tenant> tenants;
  tenants.push_back(std::move(own));
  BW_CO_CHECK(co_await set_mode(statement, tenants, mode.on));
  if (mode.on) BW_CO_CHECK(note_without_destination(statement, tenants));
  co_return Outcome{};
}

}  // namespace

Task<Result<Outcome>> archive_log(const Statement& statement, const ast::ArchiveLog& mode) {
  if (!statement.session.identity().is_sys()) co_return co_await of_own_tenant(statement, mode);
  BW_CO_TRY(const auto tenants, user_tenants(statement, mode.tenants));
  BW_CO_CHECK(require_alter_system(statement));
  const auto last = co_await set_mode(statement, tenants, mode.on);
  // For all of them, and for any list in ARCHIVELOG, what a tenant answers doesn't count.
  const bool all = mode.tenants.empty() || iequals(mode.tenants.front(), "ALL");
  if (!last && (!is_about_tenant(last.error()) || (!mode.on && !all))) co_return fail(last.error());
  if (mode.on && !all) BW_CO_CHECK(note_without_destination(statement, tenants));
  co_return Outcome{};
}

}  // namespace breakwater::server::execute
