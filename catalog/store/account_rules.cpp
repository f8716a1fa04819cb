#include "catalog/store/account_rules.h"

#include "base/text.h"
#include "catalog/store/store.h"

namespace breakwater::catalog {

std::string_view administrator_of(CompatibilityMode mode) {
  return mode == CompatibilityMode::oracle ? "SYS" : "root";
}

Error account_gone() {
  return error::connection_killed().with_hint("The account of this session has been dropped; log in again.");
}

bool AccountRules::is_own(const AccountKey& target) const {
  const AccountKey& own = actor_.key();
  return target.tenant_id == own.tenant_id && target.user == own.user && iequals(target.host, own.host);
}

Result<> AccountRules::read_actor() {
  if (held_) return {};
  BW_TRY(const auto account, reader_.accounts().find(actor_.key()));
  if (!account || account->id != actor_.id()) return fail(account_gone());
  BW_TRY(const Privileges own, reader_.accounts().global_privileges(actor_.key()));
  BW_TRY(const Privileges by_roles, reader_.roles().global_privileges(actor_.key(), actor_.roles()));
  held_ = own | by_roles;
  return {};
}

Result<Privileges> AccountRules::held() {
  if (actor_.is_server()) return ~Privileges{0};
  BW_CHECK(read_actor());
  return *held_;
}

Result<bool> AccountRules::is_administrator(const AccountKey& target) {
  if (!mode_ || mode_->first != target.tenant_id) {
    BW_TRY(const auto tenant, reader_.tenants().find(target.tenant_id));
    if (!tenant) return fail(error::tenant_not_exist());
    mode_.emplace(tenant->id, tenant->mode);
  }
  return target.user == administrator_of(mode_->second);
}

Result<> AccountRules::check(const AccountKey& target, AccountChange change) {
  if (actor_.is_server()) return {};
  BW_CHECK(read_actor());
  if (change == AccountChange::credential && is_own(target)) return {};
  BW_TRY(const bool administrator, is_administrator(target));
  const Privileges wanted = administrator ? privilege::kSuper : privilege::kCreateUser;
  if ((*held_ & wanted) != wanted) return fail(error::no_privilege(administrator ? "SUPER" : "CREATE USER"));
  return {};
}

}  // namespace breakwater::catalog
