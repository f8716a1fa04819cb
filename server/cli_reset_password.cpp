// `breakwater reset-password`: the way back for who has lost a password. Whoever may write the data directory may do it.
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "base/limits.h"
#include "catalog/model/password.h"
#include "catalog/store/account_rules.h"
#include "catalog/store/accounts.h"
#include "catalog/store/store.h"
#include "catalog/store/tenants.h"
#include "server/cli.h"
#include "server/cli_password.h"
#include "server/process.h"

namespace breakwater::cli {
namespace {

constexpr std::string_view kCommand = "breakwater reset-password";  ///< as events and the audit name it

struct ResetArguments {
  std::string data_dir;
  std::string key_file;
  std::string key_command;
  std::string tenant = "sys";
  std::string user = "root";
  std::string host = "%";
  std::string password_file;
};

Result<Secret> new_password(const ResetArguments& arguments) {
  Secret password;
  if (arguments.password_file.empty()) {
    password = ask_for_password();
  } else {
    BW_TRY(password, read_password_file(arguments.password_file));
  }
  if (password.empty()) return fail(error::setting_file("no password was given"));
  if (password.size() > limits::kMaxPassword) {
    return fail(error::setting_file("the password is longer than " + std::to_string(limits::kMaxPassword) +
                                    " bytes"));
  }
  return password;
}

// With the catalogue's lock: a server that runs refuses it. A directory without a catalogue gets none.
Result<std::unique_ptr<catalog::Store>> open_catalogue(const ResetArguments& arguments) {
  std::error_code failed;
  if (!std::filesystem::exists(arguments.data_dir + "/catalog.db", failed))
    return fail(error::start_refused("there is no catalogue in " + arguments.data_dir));
  catalog::StoreOptions options;
  options.data_dir = arguments.data_dir;
  if (!arguments.key_file.empty()) options.key_file = arguments.key_file;
  if (!arguments.key_command.empty()) options.key_command = arguments.key_command;
  return catalog::open_store(std::move(options));
}

/// The next server that starts here writes it to its file.
Result<> audit(catalog::Transaction& transaction, const catalog::Tenant& tenant) {
  BW_TRY(const std::int64_t written, transaction.read().audit().written());
  catalog::AuditEntry entry{.time = system_clock().now(),
                            .works_in_id = tenant.id,
                            .works_in = tenant.name,
                            .changes = catalog::changes_text(transaction.events().of_job())};
  entry.who.user = kCommand;
  BW_TRY(entry.id, transaction.audit().next_id());
  return transaction.audit().put(entry, written);
}

/// Returns whether the account is locked, which it stays.
Result<bool> reset(catalog::Transaction& transaction, const ResetArguments& arguments,
                   const catalog::Credential& credential) {
  BW_TRY(const auto tenant, transaction.read().tenants().find(arguments.tenant));
  if (!tenant) return fail(error::start_refused("there is no tenant " + arguments.tenant));
  const catalog::AccountKey key{.tenant_id = tenant->id, .user = arguments.user, .host = arguments.host};
  BW_TRY(const auto account, transaction.read().accounts().find(key));
  if (!account) {
    return fail(error::start_refused("tenant " + arguments.tenant + " has no account '" + arguments.user +
                                     "'@'" + arguments.host + "'"));
  }
  transaction.act_for({.user = std::string(kCommand)});
  BW_CHECK(transaction.accounts().set_password(catalog::Actor::server(), key, credential));
  BW_CHECK(transaction.accounts().record_reset(key));
  BW_CHECK(audit(transaction, *tenant));
  return account->locked;
}

Result<bool> reset_password(const ResetArguments& arguments) {
  BW_TRY(const Secret password, new_password(arguments));
  BW_TRY(const auto store, open_catalogue(arguments));
  const catalog::Credential credential = catalog::hash_password(password, system_entropy());
  return store->write_and_wait<bool>(
      [&](catalog::Transaction& transaction) { return reset(transaction, arguments, credential); });
}

int run_reset(const ResetArguments& arguments) {
  server::allow_core_dumps(false);
  const auto locked = reset_password(arguments);
  if (!locked) {
    std::fprintf(stderr, "breakwater: %s\n", locked.error().text().c_str());
    if (!locked.error().hint().empty()) std::fprintf(stderr, "  %s\n", locked.error().hint().c_str());
    return kFailed;
  }
  std::printf("the password of '%s'@'%s' in tenant %s is changed\n", arguments.user.c_str(),
              arguments.host.c_str(), arguments.tenant.c_str());
  if (*locked)
    std::puts("the account is locked, as it was: ALTER USER … ACCOUNT UNLOCK, as another administrator");
  return kOk;
}

}  // namespace

void add_reset_password(CLI::App& app, Run& chosen) {
  const auto arguments = std::make_shared<ResetArguments>();
  CLI::App* const command =
      app.add_subcommand("reset-password", "Give an account another password, while no server runs");
  command->add_option("--data-dir", arguments->data_dir, "Directory of the catalogue")
      ->type_name("DIR")
      ->required();
  command->add_option("--catalog-key-file", arguments->key_file, "The catalogue's key, if it isn't in there")
      ->type_name("F");
  command
      ->add_option("--catalog-key-command", arguments->key_command,
                   "A command that writes it, if it is in no file")
      ->type_name("C");
  command->add_option("--tenant", arguments->tenant, "The account's tenant (sys)")->type_name("T");
  command->add_option("--user", arguments->user, "The account's name (root)")->type_name("U");
  command->add_option("--host", arguments->host, "The account's host (%)")->type_name("H");
  command
      ->add_option(
          "--password-file", arguments->password_file,
          "A file whose first line is the new password; -: standard input; without it it is asked for")
      ->type_name("F");
  command->callback([arguments, &chosen] { chosen = [arguments] { return run_reset(*arguments); }; });
}

}  // namespace breakwater::cli
