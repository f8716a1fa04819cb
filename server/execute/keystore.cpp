// ADMINISTER KEY MANAGEMENT: the keystore of an Oracle tenant (behaviour 1.8, 5.4). Its password opens it and
// makes keys; the master keys themselves are sealed by the catalogue's key, as every tenant's.
#include <memory>
#include <optional>
#include <utility>

#include "base/limits.h"
#include "base/password_hash.h"
#include "server/execute/await.h"
#include "server/execute/families.h"
#include "server/execute/master_key.h"
#include "server/execute/privileges.h"

namespace breakwater::server::execute {
namespace {

using Action = ast::KeyManagement::Action;
using storage::FilePool;
using storage::StopFlag;

Result<> check_password(const Secret& password) {
  if (password.empty() || password.size() > limits::kMaxPassword)
    return fail(error::invalid_argument("keystore password"));
  return {};
}

/// Slow on purpose, so not on a connection's thread.
Task<Result<std::string>> hash_of(const Statement& statement, const Secret& password) {
  FilePool::Job<std::string> job = [copy = std::make_shared<Secret>(password.clone()),
                                    entropy = &statement.services.entropy()](const StopFlag&) {
    return Result<std::string>(crypto::sha2_hash(*copy, *entropy));
  };
  return run_on<std::string>(statement.services.derivations(), statement.storage_call(), "", std::move(job));
}

Task<Result<bool>> matches(const Statement& statement, const Secret& password, const std::string& hash) {
  FilePool::Job<bool> job = [copy = std::make_shared<Secret>(password.clone()), hash](const StopFlag&) {
    return Result<bool>(crypto::matches_sha2(*copy, hash));
  };
  return run_on<bool>(statement.services.derivations(), statement.storage_call(), "", std::move(job));
}

Task<Result<>> create_keystore(const Statement& statement, const ast::KeyManagement& manage) {
  BW_CO_TRY(std::string hash, co_await hash_of(statement, manage.password));
  const catalog::Keystore keystore{.name = manage.keystore, .password_hash = std::move(hash), .open = false};
  co_return co_await write_catalog(statement.services.store(), [&](catalog::Transaction& transaction) {
    return transaction.create_keystore(statement.session.tenant().id, keystore);
  });
}

/// What the statement makes of the keystore whose password it gave.
Result<> change(catalog::Transaction& transaction, const Statement& statement, Action action,
                catalog::Keystore keystore) {
  const catalog::Tenant& tenant = statement.session.tenant();
  if (action == Action::set_key) {
    if (!keystore.open) return fail(error::keystore_not_open());
    BW_CHECK(check_rotation(transaction, tenant));
    BW_CHECK(transaction.rotate_master_key(tenant.id));
    return {};
  }
  if (action == Action::close_keystore && !keystore.open) return fail(error::keystore_not_open());
  if (action != Action::alter_password) keystore.open = action == Action::open_keystore;
  return transaction.change_keystore(tenant.id, keystore);
}

}  // namespace

Task<Result<Outcome>> manage_keys(const Statement& statement, const ast::KeyManagement& manage) {
  BW_CO_CHECK(require_alter_system(statement));
  BW_CO_CHECK(check_password(manage.password));
  const catalog::TenantId tenant = statement.session.tenant().id;
  BW_CO_TRY(const TenantLocks::Guard guard, co_await statement.lock(tenant));
  if (manage.action == Action::create_keystore) {
    BW_CO_CHECK(co_await create_keystore(statement, manage));
    co_return Outcome{};
  }
  BW_CO_TRY(std::optional<catalog::Keystore> keystore, statement.reader().keystore(tenant));
  if (!keystore) co_return fail(error::keystore_not_exist());
  BW_CO_TRY(const bool right, co_await matches(statement, manage.password, keystore->password_hash));
  if (!right) co_return fail(error::keystore_wrong_password());
  if (manage.action == Action::alter_password) {
    BW_CO_CHECK(check_password(manage.new_password));
    BW_CO_TRY(keystore->password_hash, co_await hash_of(statement, manage.new_password));
  }
  BW_CO_CHECK(co_await write_catalog(statement.services.store(), [&](catalog::Transaction& transaction) {
    return change(transaction, statement, manage.action, *keystore);
  }));
  co_return Outcome{};
}

}  // namespace breakwater::server::execute
