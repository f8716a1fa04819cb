// CREATE, ALTER, DROP and RENAME USER, SET PASSWORD, GRANT, REVOKE: accounts of the effective tenant.
#include <algorithm>
#include <array>
#include <optional>
#include <ranges>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "catalog/model/password.h"
#include "server/execute/admin/statements.h"
#include "server/execute/context/change.h"
#include "server/execute/context/privileges.h"

namespace breakwater::server::execute {
namespace {

using catalog::AccountChange;
using catalog::AccountKey;
using catalog::Credential;
using catalog::Transaction;

AccountKey key_of(const Statement& statement, const ast::AccountName& name) {
  if (name.current_user) return statement.session.identity().account;
  return {.tenant_id = statement.session.tenant().id, .user = name.user, .host = name.host};
}

std::string shown(const AccountKey& key) {
  return "'" + key.user + "'@'" + key.host + "'";
}

/// The plugin's name in its own spelling; nullopt for a plugin that isn't served.
std::optional<std::string> plugin_by_name(std::string_view name) {
  for (const std::string_view known : {catalog::kNativePlugin, catalog::kSha2Plugin}) {
    if (iequals(name, known)) return std::string(known);
  }
  return std::nullopt;
}

Result<> check_spec(const ast::AccountSpec& spec) {
  if (spec.account.user.size() > limits::kMaxUserName) return fail(error::invalid_argument("user name"));
  if (spec.password && spec.password->size() > limits::kMaxPassword)
    return fail(error::invalid_argument("password"));
  if (spec.plugin && !plugin_by_name(*spec.plugin)) return fail(error::plugin_not_loaded(*spec.plugin));
  return {};
}

catalog::TlsNeed tls_need(std::optional<ast::TlsRequirement> required) {
  switch (required.value_or(ast::TlsRequirement::none)) {
    case ast::TlsRequirement::ssl:
      return catalog::TlsNeed::ssl;
    case ast::TlsRequirement::x509:
      return catalog::TlsNeed::x509;
    case ast::TlsRequirement::none:
      break;
  }
  return catalog::TlsNeed::none;
}

bool gives_credential(const ast::AccountSpec& spec) {
  return spec.password || spec.hash || spec.plugin;
}

/// What IDENTIFIED says about one account.
struct Identification {
  bool given = false;  ///< whether there is an IDENTIFIED
  Credential credential{};
  std::optional<std::string> plugin{};  ///< not set: none was named
};

/// The account whose password is to change, if its new one must differ from the one that it has.
using Current = std::optional<catalog::Account>;

Result<Current> current_of(const Statement& statement, const AccountKey& key) {
  if (!statement.services.settings()->new_password_must_differ) return Current();
  return statement.reader().accounts().find(key);
}

Result<> check_differs(const Current& current, bool same) {
  if (!current || !same) return {};
  return fail(error::password_contradicts(current->key.user, current->key.host));
}

Result<Credential> read_hash(const Secret& hash, const Current& current) {
  BW_TRY(Credential credential, catalog::import_hash(hash));
  BW_CHECK(check_differs(current, current && catalog::share_a_hash(current->credential, credential)));
  return credential;
}

Result<Credential> hash_password(const Secret& password, const Current& current, const Entropy& entropy) {
  BW_CHECK(check_differs(current, current && catalog::is_password(current->credential, password)));
  return catalog::hash_password(password, entropy);
}

Result<Identification> identify(const ast::AccountSpec& spec, const Current& current,
                                const Entropy& entropy) {
  BW_CHECK(check_spec(spec));
  Identification said{.given = gives_credential(spec)};
  if (spec.hash) {
    BW_TRY(said.credential, read_hash(*spec.hash, current));
  }
  if (spec.password) {
    BW_TRY(said.credential, hash_password(*spec.password, current, entropy));
  }
  if (spec.plugin) said.plugin = plugin_by_name(*spec.plugin);
  return said;
}

/// All accounts of a statement are changed in one transaction, and other writes wait for it: so their number
/// is limited.
Result<> check_count(std::size_t accounts) {
  if (accounts <= limits::kMaxNamedAccounts) return {};
  return fail(error::size_overflow().with_hint("a statement names at most " +
                                               std::to_string(limits::kMaxNamedAccounts) + " accounts, not " +
                                               std::to_string(accounts) + ": use several statements"));
}

/// Error: query_interrupted (1317) if the statement was killed or its client is gone. Any thread.
Result<> check_interrupted(const Statement& statement) {
  if (statement.connection.interrupted() == Interrupt::none) return {};
  return fail(error::query_interrupted());
}

/// Identifies the accounts in order. Hashing takes milliseconds, so it is done on the password workers, one
/// account at a time, so that other statements' passwords can come in between.
Task<Result<std::vector<Identification>>> identify_all(const Statement& statement,
                                                       const std::vector<ast::AccountSpec>& specs) {
  std::vector<Identification> all;
  all.reserve(specs.size());
  for (const ast::AccountSpec& spec : specs) {
    BW_CO_CHECK(check_interrupted(statement));
    BW_CO_TRY(const Current current, current_of(statement, key_of(statement, spec.account)));
    auto job = [&] { return identify(spec, current, statement.services.entropy()); };
    BW_CO_TRY(auto said,
              co_await run_on<Result<Identification>>(statement.services.password_workers(), std::move(job)));
    all.push_back(std::move(said));
  }
  co_return all;
}

const ast::AccountName& name_of(const ast::AccountSpec& spec) {
  return spec.account;
}
const ast::AccountName& name_of(const ast::AccountName& name) {
  return name;
}

/// In a tenant that isn't his own, only who may change to it changes accounts.
Result<> require_presence(const Statement& statement, const AccountKey& key) {
  const bool at_home = key.tenant_id == statement.session.identity().account.tenant_id;
  return at_home ? Result<>() : require_alter_system_and_super(statement);
}

// Checks before anything is hashed or queued; the transaction checks once more.
template <class Accounts>
Result<> require_change(const Statement& statement, Accounts&& accounts, AccountChange change) {
  const catalog::Actor actor = actor_of(statement);
  catalog::AccountRules rules(statement.reader(), actor);
  for (const auto& account : accounts) {
    const AccountKey key = key_of(statement, name_of(account));
    BW_CHECK(require_presence(statement, key));
    BW_CHECK(rules.check(key, change));
  }
  return {};
}

template <class Job>
Task<Result<Outcome>> change_accounts(const Statement& statement, Job job) {
  BW_CO_CHECK(co_await change_catalog(statement, std::move(job)));
  statement.services.passwords().clear();
  co_return Outcome{};
}

Result<> create_one(Transaction& transaction, const catalog::Actor& by, const catalog::Account& account,
                    bool if_not_exists, session::Diagnostics& diagnostics) {
  BW_TRY(const auto existing, transaction.read().accounts().find(account.key));
  if (!existing) return transaction.accounts().create(by, account);
  if (!if_not_exists) return fail(error::user_exist(shown(account.key)));
  diagnostics.note("User " + shown(account.key) + " already exists");
  return {};
}

constexpr std::uint64_t kMostLifetime = 65'535;  ///< days, as in MySQL
constexpr std::uint64_t kMostAttempts = 32'767;
constexpr std::uint64_t kMostLockDays = 32'767;

Result<> check_options(const ast::PasswordOptions& options) {
  using Expire = ast::PasswordOptions::Expire;
  if (options.expire == Expire::after_days && (options.days < 1 || options.days > kMostLifetime))
    return fail(error::invalid_argument("PASSWORD EXPIRE").with_hint("1 to 65535 days"));
  if (options.failed_login_attempts.value_or(0) > kMostAttempts)
    return fail(error::invalid_argument("FAILED_LOGIN_ATTEMPTS").with_hint("0 to 32767"));
  if (options.lock_days.value_or(0) > kMostLockDays)
    return fail(error::invalid_argument("PASSWORD_LOCK_TIME").with_hint("0 to 32767 days, or UNBOUNDED"));
  return {};
}

/// The policy with what the statement says.
catalog::PasswordPolicy changed_by(const ast::PasswordOptions& options, catalog::PasswordPolicy policy) {
  using Expire = ast::PasswordOptions::Expire;
  switch (options.expire) {
    case Expire::now:
      policy.expired = true;
      break;
    case Expire::by_default:
      policy.lifetime.reset();
      break;
    case Expire::never:
      policy.lifetime = 0;
      break;
    case Expire::after_days:
      policy.lifetime = static_cast<std::int64_t>(options.days);
      break;
    case Expire::unsaid:
      break;
  }
  if (options.failed_login_attempts)
    policy.failed_login_attempts = static_cast<std::int64_t>(*options.failed_login_attempts);
  if (options.lock_days) policy.lock_days = static_cast<std::int64_t>(*options.lock_days);
  if (options.lock_unbounded) policy.lock_days = catalog::PasswordPolicy::kUnbounded;
  return policy;
}

/// What ALTER USER makes of one account. Returns its number.
Result<catalog::AccountId> alter_one(Transaction& transaction, const catalog::Actor& by,
                                     const catalog::Account& account, const Identification& said,
                                     const ast::AlterUser& alter) {
  catalog::AccountWriter& accounts = transaction.accounts();
  catalog::PasswordPolicy policy = account.policy;
  if (said.given) {
    BW_CHECK(accounts.set_password(by, account.key, said.credential, said.plugin));
    policy.expired = false;
  }
  if (alter.locked) BW_CHECK(accounts.set_locked(by, account.key, *alter.locked));
  if (alter.require) BW_CHECK(accounts.set_tls(by, account.key, tls_need(alter.require)));
  if (alter.password.are_said())
    BW_CHECK(accounts.set_policy(by, account.key, changed_by(alter.password, policy)));
  return account.id;
}

// The privileges that GRANT or REVOKE names, at their level. Without a schema the current database is meant.
Result<catalog::GrantRow> read_privileges(const Statement& statement, const std::vector<std::string>& names,
                                          const std::string& schema, const std::string& table) {
  catalog::GrantRow row{.schema = schema.empty() ? statement.session.database() : schema, .table = table};
  if (row.schema.empty()) return fail(error::no_db_selected());
  for (const std::string& name : {row.schema, row.table})
    if (name.size() > limits::kMaxIdentifier)
      return fail(error::too_long_ident(name.substr(0, limits::kMaxIdentifier)));
  const auto level = catalog::grant_level(row.schema, row.table);
  for (const std::string& name : names) {
    const auto bits = catalog::privilege_by_name(name, level);
    if (!bits) return fail(error::illegal_grant());
    row.privileges |= *bits;
  }
  return row;
}

/// What a GRANT or REVOKE is about.
struct Granting {
  std::optional<catalog::GrantRow> row{};  ///< privileges on an object
  std::vector<std::string> roles{};
  bool admin = false;       ///< of the roles
  bool everything = false;  ///< REVOKE ALL PRIVILEGES, GRANT OPTION
};

template <class Parsed>
Result<Granting> read_granting(const Statement& statement, const Parsed& parsed) {
  Granting granting{.roles = parsed.roles};
  if (parsed.privileges.empty()) return granting;
  BW_TRY(granting.row, read_privileges(statement, parsed.privileges, parsed.schema, parsed.table));
  return granting;
}

Result<> grant_to(Transaction& transaction, const catalog::Actor& by, const AccountKey& to,
                  const Granting& what) {
  BW_TRY(const bool is_role, transaction.read().roles().exists(to.tenant_id, to.user));
  if (what.row) {
    BW_CHECK(is_role ? transaction.roles().grant_privileges(to.tenant_id, to.user, *what.row)
                     : transaction.accounts().grant(to, *what.row));
  }
  for (const std::string& role : what.roles) {
    const catalog::RoleGrant grant{.role = role, .admin = what.admin};
    BW_CHECK(is_role ? transaction.roles().grant_to_role(by, to.tenant_id, to.user, grant)
                     : transaction.roles().grant(by, to, grant));
  }
  return {};
}

Result<> revoke_from_role(Transaction& transaction, const catalog::Actor& by, const AccountKey& from,
                          const Granting& what) {
  catalog::RoleWriter& roles = transaction.roles();
  if (what.everything) return roles.revoke_all_privileges(by, from.tenant_id, from.user);
  if (what.row) BW_CHECK(roles.revoke_privileges(by, from.tenant_id, from.user, *what.row));
  for (const std::string& role : what.roles)
    BW_CHECK(roles.revoke_from_role(by, from.tenant_id, from.user, role));
  return {};
}

Result<> revoke_from(Transaction& transaction, const catalog::Actor& by, const AccountKey& from,
                     const Granting& what) {
  BW_TRY(const bool is_role, transaction.read().roles().exists(from.tenant_id, from.user));
  if (is_role) return revoke_from_role(transaction, by, from, what);
  if (what.everything) return transaction.accounts().revoke_all(by, from);
  if (what.row) BW_CHECK(transaction.accounts().revoke(by, from, *what.row));
  for (const std::string& role : what.roles) BW_CHECK(transaction.roles().revoke(by, from, role));
  return {};
}

Result<> require_grantable(const Statement& statement, const catalog::GrantRow& row) {
  BW_CHECK(require(statement, catalog::privilege::kGrantOption, "GRANT OPTION"));
  BW_TRY(const bool held, holds(statement, row.privileges));
  if (!held) return fail(error::no_privilege("GRANT OPTION"));
  return {};
}

}  // namespace

Task<Result<Outcome>> create_user(const Statement& statement, const ast::CreateUser& create) {
  BW_CO_CHECK(check_count(create.accounts.size()));
  BW_CO_CHECK(check_options(create.password));
  BW_CO_CHECK(require_change(statement, create.accounts, AccountChange::anything));
  BW_CO_TRY(const auto said, co_await identify_all(statement, create.accounts));
  std::vector<catalog::Account> accounts;
  accounts.reserve(said.size());
  for (std::size_t i = 0; i < said.size(); ++i) {
    accounts.push_back({.key = key_of(statement, create.accounts[i].account),
                        .credential = said[i].credential,
                        .plugin = said[i].plugin.value_or(""),
                        .locked = create.locked.value_or(false),
                        .tls = tls_need(create.require),
                        .policy = changed_by(create.password, {})});
  }
  const catalog::Actor by = actor_of(statement);
  co_return co_await change_accounts(statement, [&](Transaction& transaction) -> Result<> {
    for (const catalog::Account& account : accounts) {
      BW_CHECK(check_interrupted(statement));
      BW_CHECK(create_one(transaction, by, account, create.if_not_exists, statement.session.diagnostics));
    }
    return {};
  });
}

Task<Result<Outcome>> alter_user(const Statement& statement, const ast::AlterUser& alter) {
  const bool only_credentials = !alter.locked && !alter.require && !alter.password.are_said();
  BW_CO_CHECK(check_count(alter.accounts.size()));
  BW_CO_CHECK(check_options(alter.password));
  BW_CO_CHECK(require_change(statement, alter.accounts,
                             only_credentials ? AccountChange::credential : AccountChange::anything));
  const catalog::Actor by = actor_of(statement);
  BW_CO_TRY(const auto said, co_await identify_all(statement, alter.accounts));
  std::vector<catalog::AccountId> changed;
  auto job = [&](Transaction& transaction) -> Result<> {
    for (std::size_t i = 0; i < said.size(); ++i) {
      BW_CHECK(check_interrupted(statement));
      const AccountKey key = key_of(statement, alter.accounts[i].account);
      BW_TRY(const auto existing, transaction.read().accounts().find(key));
      if (!existing && alter.if_exists) continue;
      if (!existing) return fail(error::user_not_exist("ALTER USER", shown(key)));
      BW_TRY(const auto id, alter_one(transaction, by, *existing, said[i], alter));
      changed.push_back(id);
    }
    return {};
  };
  BW_CO_TRY(Outcome outcome, co_await change_accounts(statement, std::move(job)));
  const bool unlocks = (alter.locked && !*alter.locked) || alter.password.are_said();
  if (unlocks) std::ranges::for_each(changed, [&](auto id) { statement.services.login_locks().unlock(id); });
  co_return outcome;
}

Task<Result<Outcome>> rename_user(const Statement& statement, const ast::RenameUser& rename) {
  BW_CO_CHECK(check_count(rename.accounts.size()));
  for (const auto& [from, to] : rename.accounts) {
    if (to.user.size() > limits::kMaxUserName) co_return fail(error::invalid_argument("user name"));
    BW_CO_CHECK(require_change(statement, std::array{from, to}, AccountChange::anything));
  }
  const catalog::Actor by = actor_of(statement);
  co_return co_await change_accounts(statement, [&](Transaction& transaction) -> Result<> {
    for (const auto& [from, to] : rename.accounts) {
      BW_CHECK(check_interrupted(statement));
      BW_CHECK(transaction.accounts().rename(by, key_of(statement, from), key_of(statement, to)));
    }
    return {};
  });
}

Task<Result<Outcome>> drop_user(const Statement& statement, const ast::DropUser& drop) {
  BW_CO_CHECK(check_count(drop.accounts.size()));
  BW_CO_CHECK(require_change(statement, drop.accounts, AccountChange::anything));
  const catalog::Actor by = actor_of(statement);
  co_return co_await change_accounts(statement, [&](Transaction& transaction) -> Result<> {
    for (const ast::AccountName& name : drop.accounts) {
      BW_CHECK(check_interrupted(statement));
      const AccountKey key = key_of(statement, name);
      BW_TRY(const auto existing, transaction.read().accounts().find(key));
      if (!existing && drop.if_exists) continue;
      if (!existing) return fail(error::user_not_exist("DROP USER", shown(key)));
      BW_CHECK(transaction.accounts().drop(by, key));
    }
    return {};
  });
}

Task<Result<Outcome>> set_password(const Statement& statement, const ast::SetPassword& set) {
  const AccountKey key = set.account ? key_of(statement, *set.account) : statement.session.identity().account;
  const catalog::Actor by = actor_of(statement);
  BW_CO_CHECK(require_presence(statement, key));
  BW_CO_CHECK(catalog::AccountRules(statement.reader(), by).check(key, AccountChange::credential));
  if (!set.hashed && set.password.size() > limits::kMaxPassword)
    co_return fail(error::invalid_argument("password"));
  BW_CO_TRY(const Current current, current_of(statement, key));
  auto make = [&]() -> Result<Credential> {
    if (set.hashed) return read_hash(set.password, current);
    return hash_password(set.password, current, statement.services.entropy());
  };
  BW_CO_TRY(const Credential credential,
            co_await run_on<Result<Credential>>(statement.services.password_workers(), std::move(make)));
  auto job = [&](Transaction& transaction) -> Result<> {
    BW_TRY(const auto existing, transaction.read().accounts().find(key));
    if (!existing) return fail(error::user_not_exist("SET PASSWORD", shown(key)));
    return transaction.accounts().set_password(by, key, credential);
  };
  co_return co_await change_accounts(statement, std::move(job));
}

Task<Result<Outcome>> grant(const Statement& statement, const ast::Grant& what) {
  BW_CO_TRY(Granting granting, read_granting(statement, what));
  granting.admin = what.with_grant_option;
  if (what.with_grant_option && granting.row) granting.row->privileges |= catalog::privilege::kGrantOption;
  if (granting.row) BW_CO_CHECK(require_grantable(statement, *granting.row));
  BW_CO_CHECK(check_count(what.accounts.size() * std::max<std::size_t>(what.roles.size(), 1)));
  BW_CO_CHECK(require_change(statement, what.accounts | std::views::filter(gives_credential),
                             AccountChange::credential));
  const catalog::Actor by = actor_of(statement);
  BW_CO_TRY(const auto said, co_await identify_all(statement, what.accounts));
  auto job = [&](Transaction& transaction) -> Result<> {
    for (std::size_t i = 0; i < said.size(); ++i) {
      BW_CHECK(check_interrupted(statement));
      const AccountKey key = key_of(statement, what.accounts[i].account);
      if (said[i].given)
        BW_CHECK(transaction.accounts().set_password(by, key, said[i].credential, said[i].plugin));
      BW_CHECK(grant_to(transaction, by, key, granting));
    }
    return {};
  };
  co_return co_await change_accounts(statement, std::move(job));
}

Task<Result<Outcome>> revoke(const Statement& statement, const ast::Revoke& what) {
  BW_CO_CHECK(check_count(what.accounts.size() * std::max<std::size_t>(what.roles.size(), 1)));
  const catalog::Actor by = actor_of(statement);
  Granting granting{.everything = what.everything};
  if (what.everything) {
    BW_CO_CHECK(require_change(statement, what.accounts, AccountChange::anything));
  } else {
    BW_CO_TRY(granting, read_granting(statement, what));
    if (granting.row) BW_CO_CHECK(require_grantable(statement, *granting.row));
  }
  co_return co_await change_accounts(statement, [&](Transaction& transaction) -> Result<> {
    for (const ast::AccountName& name : what.accounts) {
      BW_CHECK(check_interrupted(statement));
      BW_CHECK(revoke_from(transaction, by, key_of(statement, name), granting));
    }
    return {};
  });
}

}  // namespace breakwater::server::execute
