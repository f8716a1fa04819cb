// ADMINISTER KEY MANAGEMENT: docs/spec/behaviour.md#keystore. The password of a keystore opens it and
// makes keys; the master keys themselves are sealed by the catalogue's key, as every tenant's.
#include <optional>
#include <utility>

#include "base/limits.h"
#include "base/password_hash.h"
#include "server/execute/backup/master_key.h"
#include "server/execute/backup/statements.h"
#include "server/execute/context/change.h"
#include "server/execute/context/derivation.h"
#include "server/execute/context/privileges.h"

namespace breakwater::server::execute {
namespace {

using Action = ast::KeyManagement::Action;

Result<> check_password(const Secret& password) {
  if (password.empty() || password.size() > limits::kMaxPassword)
    return fail(error::invalid_argument("keystore password"));
  return {};
}

/// Slow on purpose, so not on a connection's thread.
Task<Result<std::string>> hash_of(const Statement& statement, const Secret& password) {
  auto job = [copy = password.clone(), entropy = &statement.services.entropy()] {
    return Result<std::string>(crypto::sha2_hash(copy, *entropy));
  };
  return derive<std::string>(statement, std::move(job));
}

Task<Result<bool>> matches(const Statement& statement, const Secret& password, const std::string& hash) {
  auto job = [copy = password.clone(), hash] { return Result<bool>(crypto::matches_sha2(copy, hash)); };
  return derive<bool>(statement, std::move(job));
}

Task<Result<>> create_keystore(const Statement& statement, const ast::KeyManagement& manage) {
  BW_CO_TRY(std::string hash, co_await hash_of(statement, manage.password));
  const catalog::Keystore keystore{.name = manage.keystore, .password_hash = std::move(hash), .open = false};
  co_return co_await change_catalog(statement, [&](catalog::Transaction& transaction) {
    return transaction.keys().create_keystore(statement.session.tenant().id, keystore);
  });
}

/// What the statement makes of the keystore whose password it gave. Returns the version of a key that it
/// made, else 0.
Result<std::int64_t> change(catalog::Transaction& transaction, const Statement& statement, Action action,
                            catalog::Keystore keystore) {
  const catalog::Tenant& tenant = statement.session.tenant();
  if (action == Action::set_key) {
    if (!keystore.open) return fail(error::keystore_not_open());
    return make_master_key(transaction, tenant);
  }
  if (action == Action::close_keystore && !keystore.open) return fail(error::keystore_not_open());
  if (action != Action::alter_password) keystore.open = action == Action::open_keystore;
  BW_CHECK(transaction.keys().change_keystore(tenant.id, keystore));
  return 0;
}

}  // namespace

Task<Result<Outcome>> manage_keys(const Statement& statement, const ast::KeyManagement& manage) {
  const bool makes_key = manage.action == Action::set_key;
  BW_CO_CHECK(makes_key ? require_alter_system_and_super(statement) : require_alter_system(statement));
  BW_CO_CHECK(check_password(manage.password));
  const catalog::TenantId tenant = statement.session.tenant().id;
  BW_CO_TRY(const TenantLocks::Guard guard, co_await statement.lock(tenant));
  if (manage.action == Action::create_keystore) {
    BW_CO_CHECK(co_await create_keystore(statement, manage));
    co_return Outcome{};
  }
  BW_CO_TRY(std::optional<catalog::Keystore> keystore, statement.reader().keys().keystore(tenant));
  if (!keystore) co_return fail(error::keystore_not_exist());
  BW_CO_TRY(const bool right, co_await matches(statement, manage.password, keystore->password_hash));
  if (!right) co_return fail(error::keystore_wrong_password());
  if (manage.action == Action::alter_password) {
    BW_CO_CHECK(check_password(manage.new_password));
    BW_CO_TRY(keystore->password_hash, co_await hash_of(statement, manage.new_password));
  }
  auto job = [&](catalog::Transaction& transaction) {
    return change(transaction, statement, manage.action, *keystore);
  };
  BW_CO_TRY(const std::int64_t version, co_await change_catalog<std::int64_t>(statement, std::move(job)));
  if (version > 0) warn_of_new_key(statement, version);
  note_of_limit(statement, version);
  co_return Outcome{};
}

}  // namespace breakwater::server::execute
