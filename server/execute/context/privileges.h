// Checks privileges, at each execution of a statement.
#pragma once

#include <string_view>
#include <vector>

#include "base/error.h"
#include "catalog/bind/query.h"
#include "catalog/model/privilege.h"
#include "catalog/store/account_rules.h"
#include "server/execute/context/statement.h"

namespace breakwater::server::execute {

/// Whether the session's account holds all of `wanted` globally, or on the schema. In a tenant to which it has changed, an
/// account holds nothing once it may not change tenants any more.
Result<bool> holds(const Statement& statement, catalog::Privileges wanted, std::string_view schema = "*");

/// Error: no_privilege (1227), which names `name`, unless the account holds `wanted` globally.
Result<> require(const Statement& statement, catalog::Privileges wanted, std::string_view name);

/// What the session's account holds in its own tenant, by its enabled roles too.
Result<std::vector<catalog::GrantRow>> held_at_home(catalog::Reader& reader,
                                                    const session::SessionState& session);

/// The session as the actor that changes accounts. catalog/store/account_rules.h decides who may change
/// which.
catalog::Actor actor_of(const Statement& statement);

/// Every statement of backup preparation needs ALTER SYSTEM (docs/spec/behaviour.md#alter-system-privilege).
/// Error: no_privilege (1227).
Result<> require_alter_system(const Statement& statement);

/// Also SUPER: for what makes keys, brings them in, gives them away or forgets them, and for work in another tenant. Error:
/// no_privilege (1227), which names the one that is missing.
Result<> require_alter_system_and_super(const Statement& statement);

/// For statements that only the sys tenant may run. Error: no_privilege (1227) "Access denied" for others.
Result<> require_sys(const Statement& statement);

/// Requires SELECT on all views that the plan reads; everybody may read information_schema, and who has ALTER SYSTEM the
/// views of backups. Error: table_access_denied (1142).
Result<> require_select(const Statement& statement, const catalog::Plan& plan);

}  // namespace breakwater::server::execute
