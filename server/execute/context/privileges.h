// Who may do what. Checked at execution, each time.
#pragma once

#include <string_view>

#include "base/error.h"
#include "catalog/bind/query.h"
#include "catalog/model/privilege.h"
#include "catalog/store/account_rules.h"
#include "server/execute/context/statement.h"

namespace breakwater::server::execute {

/// Whether the session's account holds all of `wanted` globally, or on the schema.
Result<bool> holds(const Statement& statement, catalog::Privileges wanted, std::string_view schema = "*");

/// no_privilege (1227) naming `name` unless the account holds `wanted` globally.
Result<> require(const Statement& statement, catalog::Privileges wanted, std::string_view name);

/// On whose behalf accounts are changed: the session's. Who may change which is catalog/store/account_rules.h's.
catalog::Actor actor_of(const Statement& statement);

/// ALTER SYSTEM: what every statement of backup preparation needs
/// (docs/spec/behaviour.md#alter-system-privilege).
Result<> require_alter_system(const Statement& statement);

/// Statements of the sys tenant alone: 1227 "Access denied" for others.
Result<> require_sys(const Statement& statement);

/// SELECT on all views the plan reads: table_access_denied (1142). information_schema is everybody's.
Result<> require_select(const Statement& statement, const catalog::Plan& plan);

}  // namespace breakwater::server::execute
