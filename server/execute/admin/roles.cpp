// CREATE ROLE, DROP ROLE, SET ROLE, ALTER USER … DEFAULT ROLE: roles of the session's tenant, an Oracle one. GRANT and REVOKE of
// a role stand with those of privileges (accounts.cpp).
#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "server/execute/admin/statements.h"
#include "server/execute/context/change.h"
#include "server/execute/context/privileges.h"

namespace breakwater::server::execute {
namespace {

using Which = catalog::RoleChoice::Which;

Result<> check_role_name(std::string_view name) {
  if (name.empty()) return fail(error::invalid_argument("role name"));
  if (name.size() > limits::kMaxUserName)
    return fail(error::too_long_ident(name.substr(0, limits::kMaxUserName)));
  return {};
}

Result<catalog::RoleChoice> read_choice(const ast::RoleChoice& parsed) {
  if (std::ssize(parsed.names) > catalog::kMaxRoles) {
    return fail(error::size_overflow().with_hint("a statement names at most " +
                                                 std::to_string(catalog::kMaxRoles) + " roles"));
  }
  return catalog::RoleChoice{.which = parsed.all ? Which::all : Which::named, .names = parsed.names};
}

catalog::TenantId tenant_of(const Statement& statement) {
  return statement.session.tenant().id;
}

}  // namespace

Task<Result<Outcome>> create_role(const Statement& statement, const ast::CreateRole& create) {
  BW_CO_CHECK(check_role_name(create.role));
  BW_CO_CHECK(require(statement, catalog::privilege::kCreateUser, "CREATE USER"));
  const catalog::Actor by = actor_of(statement);
  BW_CO_CHECK(co_await change_catalog(statement, [&](catalog::Transaction& transaction) {
    return transaction.roles().create(by, tenant_of(statement), create.role);
  }));
  co_return Outcome{};
}

Task<Result<Outcome>> drop_role(const Statement& statement, const ast::DropRole& drop) {
  const catalog::Actor by = actor_of(statement);
  BW_CO_CHECK(co_await change_catalog(statement, [&](catalog::Transaction& transaction) {
    return transaction.roles().drop(by, tenant_of(statement), drop.role);
  }));
  co_return Outcome{};
}

// A role that isn't the account's and one that isn't there are one error: nobody learns which roles there are.
Result<Outcome> set_role(const Statement& statement, const ast::SetRole& set) {
  BW_TRY(catalog::RoleChoice choice, read_choice(set.choice));
  BW_TRY(const auto has,
         statement.reader().roles().enabled(statement.session.identity().account, {.which = Which::all}));
  for (const std::string& name : choice.names)
    if (!std::ranges::binary_search(has, name)) return fail(error::role_not_granted(name));
  statement.session.roles = std::move(choice);
  statement.session.grants_version.reset();
  return Outcome{};
}

Task<Result<Outcome>> default_role(const Statement& statement, const ast::DefaultRole& set) {
  BW_CO_TRY(const catalog::RoleChoice choice, read_choice(set.choice));
  const catalog::AccountKey account =
      set.account.current_user
          ? statement.session.identity().account
          : catalog::AccountKey{
                .tenant_id = tenant_of(statement), .user = set.account.user, .host = set.account.host};
  const catalog::Actor by = actor_of(statement);
  BW_CO_CHECK(catalog::AccountRules(statement.reader(), by).check(account, catalog::AccountChange::anything));
  BW_CO_CHECK(co_await change_catalog(statement, [&](catalog::Transaction& transaction) {
    return transaction.roles().set_default(by, account, choice);
  }));
  co_return Outcome{};
}

}  // namespace breakwater::server::execute
