#include "server/execute/context/privileges.h"

namespace breakwater::server::execute {
namespace {

namespace privilege = catalog::privilege;

constexpr catalog::Privileges kChangeTenant = privilege::kAlterSystem | privilege::kSuper;

Result<const std::vector<catalog::GrantRow>*> grants_of(const Statement& statement) {
  session::SessionState& session = statement.session;
  const std::uint64_t version = statement.services.store().stats().commits;
  if (session.grants_version != version) {
    const session::Identity& who = session.identity();
    BW_TRY(const auto account, statement.reader().accounts().find(who.account));
    if (!account || account->id != who.account_id) return fail(catalog::account_gone());
    BW_TRY(session.grants, held_at_home(statement.reader(), session));
    session.grants_version = version;
  }
  static const std::vector<catalog::GrantRow> kNothing;
  const bool at_home = session.tenant().id == session.identity().account.tenant_id;
  return at_home || catalog::allows(session.grants, kChangeTenant) ? &session.grants : &kNothing;
}

}  // namespace

Result<std::vector<catalog::GrantRow>> held_at_home(catalog::Reader& reader,
                                                    const session::SessionState& session) {
  const catalog::AccountKey& account = session.identity().account;
  BW_TRY(auto held, reader.accounts().grants(account));
  if (!session.is_oracle()) return held;
  BW_TRY(const auto by_roles, reader.roles().privileges(account, session.roles));
  held.insert(held.end(), by_roles.begin(), by_roles.end());
  return held;
}

Result<bool> holds(const Statement& statement, catalog::Privileges wanted, std::string_view schema) {
  BW_TRY(const auto* grants, grants_of(statement));
  return catalog::allows(*grants, wanted, schema);
}

Result<> require(const Statement& statement, catalog::Privileges wanted, std::string_view name) {
  BW_TRY(const bool held, holds(statement, wanted));
  if (!held) return fail(error::no_privilege(name));
  return {};
}

catalog::Actor actor_of(const Statement& statement) {
  const session::Identity& who = statement.session.identity();
  return {who.account, who.account_id, statement.session.roles};
}

Result<> require_alter_system(const Statement& statement) {
  return require(statement, privilege::kAlterSystem, "ALTER SYSTEM");
}

Result<> require_alter_system_and_super(const Statement& statement) {
  BW_CHECK(require_alter_system(statement));
  return require(statement, privilege::kSuper, "SUPER");
}

Result<> require_sys(const Statement& statement) {
  if (!statement.session.in_sys()) return fail(error::no_privilege());
  return {};
}

Result<> require_select(const Statement& statement, const catalog::Plan& plan) {
  if (plan.views.empty()) return {};
  BW_TRY(const auto* grants, grants_of(statement));
  const bool prepares_backups = catalog::allows(*grants, privilege::kAlterSystem);
  for (const catalog::View* view : plan.views) {
    if (view->hidden || view->is_public || view->schema == "information_schema") continue;
    if (view->about_backups && prepares_backups) continue;
    if (catalog::allows(*grants, privilege::kSelect, view->schema, view->name)) continue;
    const session::Identity& who = statement.session.identity();
    return fail(error::table_access_denied("SELECT", who.account.user, who.client_host, view->name));
  }
  return {};
}

}  // namespace breakwater::server::execute
