#include <algorithm>
#include <charconv>
#include <utility>

#include "base/text.h"
#include "grammar/ast_builder.h"

namespace breakwater::grammar {

using P = AstBuilder::P;

// ---- ALTER SYSTEM ----

ast::Statement AstBuilder::alter_system_set(P::AlterSystemSetContext* context) {
  ast::AlterSystemSet statement;
  for (auto* item : context->systemParameter()) statement.items.push_back(system_parameter(item));
  for (auto* given : context->oracleParameter()) {
    ast::SystemParameter item;
    item.name = ascii_lower(name(given->ident()));
    item.value = parameter_value(given->parameterValue());
    statement.items.push_back(std::move(item));
  }
  has_secret_ = true;
  return statement;
}

ast::SystemParameter AstBuilder::system_parameter(P::SystemParameterContext* context) {
  ast::SystemParameter item;
  item.name = ascii_lower(name(context->ident()));
  item.value = parameter_value(context->parameterValue());
  // The strings belong to COMMENT and to SERVER or HOST, in this order; the names to ZONE and TENANT.
  std::size_t strings = 0;
  std::size_t names = 0;
  if (context->COMMENT_SYM() != nullptr) item.comment = string_value(token_of(context->T_STRING(strings++)));
  if (context->SPFILE_SYM() != nullptr) item.scope = "SPFILE";
  if (context->MEMORY_SYM() != nullptr) item.scope = "MEMORY";
  if (context->BOTH_SYM() != nullptr) item.scope = "BOTH";
  if (context->SERVER_SYM() != nullptr || context->HOST_SYM() != nullptr) {
    item.server = string_value(token_of(context->T_STRING(strings)));
  }
  if (context->ZONE_SYM() != nullptr) item.zone = name_or_string(context->nameOrString(names++));
  if (context->TENANT_SYM() != nullptr) item.tenant = name_or_string(context->nameOrString(names));
  return item;
}

ast::ParameterValue AstBuilder::parameter_value(P::ParameterValueContext* context) {
  using Kind = ast::ParameterValue::Kind;
  if (context->systemVariable() != nullptr) return {Kind::not_a_literal, {}};
  switch (context->getStart()->getType()) {
    case P::T_PARAM: {
      const ParameterText* given = value_of_parameter(sql_token(context->getStart()));
      if (given == nullptr) return {Kind::parameter, {}};
      if (given->kind == ast::LiteralKind::null) return {Kind::null, {}};
      const Kind kind = given->kind == ast::LiteralKind::string ? Kind::text : Kind::number;
      return {kind, secret(context->getStart())};
    }
    case P::NULL_SYM:
      return {Kind::null, {}};
    case P::T_MINUS:
      return {Kind::number, Secret::take("-" + std::string(sql_token(context->getStop()).text()))};
    case P::T_INT:
    case P::T_DECIMAL:
    case P::T_REAL:
      return {Kind::number, secret(context->getStop())};
    default:
      return {Kind::text, secret(context->getStop())};
  }
}

ast::Statement AstBuilder::alter_system_reset(P::AlterSystemResetContext* context) {
  ast::AlterSystemReset statement;
  for (auto* parameter : context->ident()) statement.names.push_back(ascii_lower(name(parameter)));
  if (context->nameOrString() != nullptr) statement.tenant = name_or_string(context->nameOrString());
  return statement;
}

ast::Statement AstBuilder::change_tenant(P::ChangeTenantContext* context) {
  ast::ChangeTenant statement;
  if (context->tenantId() == nullptr) {
    statement.name = name_or_string(context->nameOrString());
    return statement;
  }
  statement.id = tenant_id(context->tenantId()->getStart());
  return statement;
}

std::uint64_t AstBuilder::tenant_id(antlr4::Token* number) {
  const bool later = number->getType() == P::T_PARAM && values_.empty();
  const auto id = later ? std::uint64_t{0} : whole_number<std::uint64_t>(string_value(number));
  if (!id) fail_at(number, "expected a tenant's id");
  return *id;
}

std::vector<std::string> AstBuilder::tenant_list(P::TenantListContext* context) const {
  std::vector<std::string> tenants;
  if (context == nullptr) return tenants;
  for (auto* tenant : context->nameOrString()) tenants.push_back(name_or_string(tenant));
  return tenants;
}

ast::Statement AstBuilder::rotate_master_key(P::RotateMasterKeyContext* /*context*/) {
  return ast::RotateMasterKey{};
}

ast::Statement AstBuilder::delete_policy(P::DeletePolicyContext* context) {
  ast::DeletePolicy statement;
  statement.add = context->ADD_SYM() != nullptr;
  // The strings are the name and the window, the numbers redundancy and copies, in this order.
  statement.name = string_value(context->stringValue(0)->getStart());
  if (context->RECOVERY_WINDOW_SYM() != nullptr)
    statement.recovery_window = string_value(context->stringValue(1)->getStart());
  std::size_t numbers = 0;
  const auto number = [&] {
    antlr4::Token* token = token_of(context->T_INT(numbers++));
    const auto value = whole_number<std::int64_t>(sql_token(token).text());
    if (!value) fail_at(token, "expected a number of at most 64 bits");
    return *value;
  };
  if (context->REDUNDANCY_SYM() != nullptr) statement.redundancy = number();
  if (context->BACKUP_COPIES_SYM() != nullptr) statement.backup_copies = number();
  statement.tenants = tenant_list(context->tenantList());
  return statement;
}

ast::Statement AstBuilder::backup_database(P::BackupDatabaseContext* context) {
  ast::BackupDatabase statement;
  statement.incremental = context->INCREMENTAL_SYM() != nullptr;
  statement.database = context->DATABASE_SYM() != nullptr;
  statement.tenants = tenant_list(context->tenantList());
  P::BackupOptionsContext* const options = context->backupOptions();
  std::size_t texts = 0;
  const auto next_text = [&] { return token_of(options->T_STRING(texts++)); };
  if (options->TO_SYM() != nullptr) statement.to = secret(next_text());
  statement.plus_archivelog = options->PLUS_SYM() != nullptr;
  if (options->DESCRIPTION_SYM() != nullptr) statement.description = string_value(next_text());
  has_secret_ = statement.to.has_value();
  return statement;
}

ast::Statement AstBuilder::cancel_backup(P::CancelBackupContext* context) {
  return ast::CancelBackup{context->DELETE_SYM() != nullptr, tenant_list(context->tenantList())};
}

std::vector<std::int64_t> AstBuilder::ids_of(const std::vector<antlr4::tree::TerminalNode*>& nodes) {
  std::vector<std::int64_t> ids;
  for (auto* id : nodes) {
    const auto value = whole_number<std::int64_t>(sql_token(token_of(id)).text());
    if (!value) fail_at(token_of(id), "expected a number of at most 64 bits");
    ids.push_back(*value);
  }
  return ids;
}

ast::Statement AstBuilder::delete_backup(P::DeleteBackupContext* context) {
  using enum ast::DeleteBackup::What;
  ast::DeleteBackup statement;
  if (context->BACKUPSET_SYM() != nullptr) statement.what = sets;
  if (context->ARCHIVELOG_PIECE_SYM() != nullptr) statement.what = pieces;
  statement.ids = ids_of(context->T_INT());
  if (context->ALL_SYM() != nullptr) {
    statement.what = path;
    statement.parameter = ascii_lower(name(context->ident()));
    statement.path = secret(context->stringValue()->getStart());
    has_secret_ = true;
  }
  statement.tenants = tenant_list(context->tenantList());
  if (context->T_STRING() != nullptr) statement.description = string_value(token_of(context->T_STRING()));
  return statement;
}

ast::Statement AstBuilder::validate_backup(P::ValidateBackupContext* context) {
  using enum ast::ValidateBackup::What;
  ast::ValidateBackup statement;
  if (context->BACKUPSET_SYM() != nullptr) statement.what = sets;
  if (context->ARCHIVELOG_PIECE_SYM() != nullptr) statement.what = pieces;
  statement.ids = ids_of(context->T_INT());
  if (context->nameOrString() != nullptr)
    statement.level = ascii_upper(name_or_string(context->nameOrString()));
  statement.tenants = tenant_list(context->tenantList());
  if (context->T_STRING() != nullptr) statement.description = string_value(token_of(context->T_STRING()));
  return statement;
}

ast::Statement AstBuilder::cancel_validation(P::CancelValidationContext* context) {
  return ast::CancelValidation{tenant_list(context->tenantList())};
}

ast::Statement AstBuilder::archive_log(P::ArchiveLogContext* context) {
  return ast::ArchiveLog{context->ARCHIVELOG_SYM() != nullptr, tenant_list(context->tenantList())};
}

void AstBuilder::take_until(P::RestoreUntilContext* until, std::optional<std::string>& scn,
                            std::optional<std::string>& time) {
  if (until == nullptr) return;
  (until->SCN_SYM() != nullptr ? scn : time) = std::string(secret(until->getStop()).reveal());
}

ast::Statement AstBuilder::restore_tenant(P::RestoreTenantContext* context) {
  if (context->nameOrString() == nullptr) {
    has_secret_ = true;
    return ast::ForeignStatement{"ALTER SYSTEM RESTORE"};
  }
  ast::RestoreTenant statement;
  statement.tenant = name_or_string(context->nameOrString());
  // FROM's, WITH's and DESCRIPTION's, in this order.
  std::size_t values = 0;
  const auto next_value = [&] { return secret(context->stringValue(values++)->getStart()); };
  if (context->FROM_SYM() != nullptr) statement.from = next_value();
  statement.options = next_value().reveal();
  if (context->DESCRIPTION_SYM() != nullptr) statement.description = next_value().reveal();
  take_until(context->restoreUntil(), statement.until_scn, statement.until_time);
  if (auto* const key = context->withKeyFrom()) {
    statement.key_from = secret(key->stringValue(0)->getStart());
    if (key->ENCRYPTED_SYM() != nullptr) statement.key_password = secret(key->stringValue(1)->getStart());
  }
  return statement;
}

ast::Statement AstBuilder::restore_preview(P::RestorePreviewContext* context) {
  ast::RestorePreview statement;
  statement.from = secret(context->stringValue()->getStart());
  take_until(context->restoreUntil(), statement.until_scn, statement.until_time);
  has_secret_ = true;
  return statement;
}

ast::Statement AstBuilder::restore_source(P::RestoreSourceContext* context) {
  ast::RestoreSource statement;
  if (context->stringValue() != nullptr) statement.added = secret(context->stringValue()->getStart());
  has_secret_ = statement.added.has_value();
  return statement;
}

ast::Statement AstBuilder::show_backups(P::ShowBackupsContext* context) {
  has_secret_ = true;
  return ast::ShowBackups{secret(token_of(context->T_STRING()))};
}

ast::Statement AstBuilder::show_restore_preview(P::ShowRestorePreviewContext* /*context*/) {
  return ast::ShowRestorePreview{};
}

ast::Statement AstBuilder::cancel_restore(P::CancelRestoreContext* context) {
  return ast::CancelRestore{name_or_string(context->nameOrString())};
}

ast::Statement AstBuilder::recover_standby(P::RecoverStandbyContext* context) {
  ast::RecoverStandby statement;
  statement.tenant = name_or_string(context->nameOrString());
  take_until(context->restoreUntil(), statement.until_scn, statement.until_time);
  return statement;
}

ast::Statement AstBuilder::run_upgrade_job(P::RunUpgradeJobContext* context) {
  return ast::RunUpgradeJob{string_value(token_of(context->T_STRING())), tenant_list(context->tenantList())};
}

ast::Statement AstBuilder::activate_standby(P::ActivateStandbyContext* context) {
  return ast::ActivateStandby{name_or_string(context->nameOrString())};
}

ast::Statement AstBuilder::set_encryption(P::SetEncryptionContext* context) {
  return ast::SetEncryption{secret(token_of(context->T_STRING()))};
}

ast::Statement AstBuilder::set_decryption(P::SetDecryptionContext* context) {
  ast::SetDecryption statement;
  for (auto* password : context->T_STRING()) statement.passwords.push_back(secret(token_of(password)));
  return statement;
}

/// A password: a string, a parameter, or a word with its case as typed.
Secret AstBuilder::secret_word(P::SecretWordContext* context) {
  return secret(context->getStart());
}

ast::Statement AstBuilder::key_management(P::KeyManagementContext* context) {
  using enum ast::KeyManagement::Action;
  ast::KeyManagement statement{.action = set_key, .keystore = {}, .password = {}, .new_password = {}};
  if (context->CREATE_SYM() != nullptr) statement.action = create_keystore;
  if (context->ALTER_SYM() != nullptr) statement.action = alter_password;
  if (context->OPEN_SYM() != nullptr) statement.action = open_keystore;
  if (context->CLOSE_ORA() != nullptr) statement.action = close_keystore;
  if (context->ident() != nullptr) statement.keystore = name(context->ident());
  statement.password = secret_word(context->keystorePassword()->secretWord());
  if (context->secretWord() != nullptr) statement.new_password = secret_word(context->secretWord());
  return statement;
}

ast::Statement AstBuilder::backup_key(P::BackupKeyContext* context) {
  ast::BackupKey statement;
  statement.tenants = tenant_list(context->tenantList());
  if (context->TENANT_ID_SYM() != nullptr) statement.tenant_id = tenant_id(context->tenantId()->getStart());
  std::size_t values = 0;
  const auto next_value = [&] { return secret(context->stringValue(values++)->getStart()); };
  if (context->TO_SYM() != nullptr) statement.to = next_value();
  if (context->ENCRYPTED_SYM() != nullptr) statement.password = next_value();
  has_secret_ = true;
  return statement;
}

ast::Statement AstBuilder::restore_key(P::RestoreKeyContext* context) {
  ast::RestoreKey statement;
  if (context->nameOrString() != nullptr) statement.tenant = name_or_string(context->nameOrString());
  statement.from = secret(context->stringValue(0)->getStart());
  if (context->ENCRYPTED_SYM() != nullptr) statement.password = secret(context->stringValue(1)->getStart());
  has_secret_ = true;
  return statement;
}

ast::Statement AstBuilder::forget_key(P::ForgetKeyContext* context) {
  return ast::ForgetKey{tenant_id(context->tenantId()->getStart())};
}

ast::Statement AstBuilder::catalog_key(P::CatalogKeyContext* context) {
  ast::CatalogKey statement;
  statement.restore = context->RESTORE_SYM() != nullptr;
  std::size_t values = 0;
  const auto next_value = [&] { return secret(context->stringValue(values++)->getStart()); };
  if (context->TO_SYM() != nullptr || context->FROM_SYM() != nullptr) statement.uri = next_value();
  if (context->ENCRYPTED_SYM() != nullptr) statement.password = next_value();
  has_secret_ = true;
  return statement;
}

ast::Statement AstBuilder::rotate_catalog_key(P::RotateCatalogKeyContext* /*context*/) {
  return ast::RotateCatalogKey{};
}

ast::Statement AstBuilder::check_destination(P::CheckDestinationContext* context) {
  using Which = ast::CheckDestination::Which;
  ast::CheckDestination statement;
  if (context->stringValue() != nullptr) {
    statement.which = Which::given;
    statement.uri = secret(context->stringValue()->getStart());
    has_secret_ = true;
  }
  if (context->DATA_SYM() != nullptr) statement.which = Which::data;
  if (context->ARCHIVE_SYM() != nullptr) statement.which = Which::archive;
  if (context->nameOrString() != nullptr) statement.tenant = name_or_string(context->nameOrString());
  return statement;
}

ast::Statement AstBuilder::change_storage_dest(P::ChangeStorageDestContext* context) {
  ast::ChangeStorageDest statement;
  statement.path = secret(context->stringValue()->getStart());
  if (auto* const info = context->accessInfo())
    statement.access_info = secret(info->stringValue()->getStart());
  if (auto* const limits = context->storageAttribute())
    statement.attribute = secret(limits->stringValue()->getStart());
  has_secret_ = true;
  return statement;
}

ast::Statement AstBuilder::adopt_destination(P::AdoptDestinationContext* context) {
  ast::AdoptDestination statement;
  statement.uri = secret(context->stringValue()->getStart());
  if (context->nameOrString() != nullptr) statement.tenant = name_or_string(context->nameOrString());
  statement.force = context->FORCE_SYM() != nullptr;
  has_secret_ = true;
  return statement;
}

ast::Statement AstBuilder::give_up_destination(P::GiveUpDestinationContext* context) {
  ast::GiveUpDestination statement;
  statement.retire = context->RETIRE_SYM() != nullptr;
  statement.uri = secret(context->stringValue()->getStart());
  if (context->nameOrString() != nullptr) statement.tenant = name_or_string(context->nameOrString());
  has_secret_ = true;
  return statement;
}

// ---- options ----

namespace {

// clang-format off
constexpr std::string_view kTenantOptions[] = {
    "RESOURCE_POOL_LIST", "PRIMARY_ZONE", "LOCALITY", "ZONE_LIST", "CHARSET", "COLLATE", "COMMENT", "REPLICA_NUM",
    "LOGONLY_REPLICA_NUM", "REWRITE_MERGE_VERSION", "STORAGE_FORMAT_VERSION", "STORAGE_FORMAT_WORK_VERSION",
    "PROGRESSIVE_MERGE_NUM", "TABLEGROUP", "ENABLE_ARBITRATION_SERVICE", "READ"};
constexpr std::string_view kUnitOptions[] = {
    "MAX_CPU", "MIN_CPU", "MEMORY_SIZE", "MAX_MEMORY", "MIN_MEMORY", "LOG_DISK_SIZE", "DATA_DISK_SIZE", "MAX_IOPS",
    "MIN_IOPS", "IOPS_WEIGHT", "MAX_DISK_SIZE", "MAX_SESSION_NUM", "MAX_NET_BANDWIDTH", "NET_BANDWIDTH_WEIGHT"};
constexpr std::string_view kPoolOptions[] = {"UNIT", "UNIT_NUM", "ZONE_LIST", "REPLICA_TYPE"};
// clang-format on

std::string expected_one_of(std::span<const std::string_view> words) {
  std::string text = "expected ";
  for (const std::string_view word : words) {
    if (word != words.front()) text += ", ";
    text += word;
  }
  return text;
}

}  // namespace

std::vector<ast::Option> AstBuilder::options(P::OptionListContext* context,
                                             std::span<const std::string_view> allowed) const {
  std::vector<ast::Option> list;
  if (context == nullptr) return list;
  for (auto* entry : context->option()) list.push_back(option(entry, allowed));
  return list;
}

ast::Option AstBuilder::option(P::OptionContext* context, std::span<const std::string_view> allowed) const {
  ast::Option option;
  auto* named = context->optionName();
  if (named == nullptr) {
    option = {"READ", {context->ONLY_SYM() != nullptr ? "ONLY" : "WRITE"}};
  } else if (named->SET_SYM() != nullptr) {
    option.name = "CHARSET";
  } else {
    option.name = ascii_upper(string_value(named->getStop()));
  }
  if (std::ranges::find(allowed, option.name) == allowed.end()) {
    fail_at(context->getStart(), expected_one_of(allowed));
  }
  if (named != nullptr) option.values = option_values(context->optionValue());
  return option;
}

std::vector<std::string> AstBuilder::option_values(P::OptionValueContext* context) const {
  std::vector<std::string> values;
  if (context->T_LPAREN() == nullptr) {
    values.push_back((context->T_MINUS() != nullptr ? "-" : "") + string_value(context->getStop()));
    return values;
  }
  for (auto* entry : context->nameOrString()) values.push_back(name_or_string(entry));
  return values;
}

std::vector<ast::VariableAssignment> AstBuilder::tenant_variables(P::TenantVariablesContext* context) {
  std::vector<ast::VariableAssignment> variables;
  if (context == nullptr) return variables;
  for (auto* variable : context->tenantVariable()) variables.push_back(tenant_variable(variable));
  return variables;
}

// ---- tenants ----

ast::Statement AstBuilder::create_tenant(P::CreateTenantContext* context) {
  ast::CreateTenant statement;
  statement.name = name(context->boundName()->getStart());
  statement.if_not_exists = context->ifNotExists() != nullptr;
  if (context->administratorPassword() != nullptr)
    statement.password = secret(context->administratorPassword()->getStop());
  statement.options = options(context->optionList(), kTenantOptions);
  statement.variables = tenant_variables(context->tenantVariables());
  return statement;
}

ast::Statement AstBuilder::alter_tenant(P::AlterTenantContext* context) {
  using Action = ast::AlterTenant::Action;
  ast::AlterTenant statement;
  const auto names = context->boundName();
  statement.all = context->ALL_SYM() != nullptr;
  if (!statement.all) statement.name = name(names.front()->getStart());
  if (context->RENAME_SYM() != nullptr) {
    statement.action = Action::rename;
    statement.new_name = name(names.back()->getStart());
  } else if (context->LOCK_SYM() != nullptr) {
    statement.action = Action::lock;
  } else if (context->UNLOCK_SYM() != nullptr) {
    statement.action = Action::unlock;
  }
  statement.options = options(context->optionList(), kTenantOptions);
  statement.variables = tenant_variables(context->tenantVariables());
  return statement;
}

ast::Statement AstBuilder::drop_tenant(P::DropTenantContext* context) {
  ast::DropTenant statement;
  statement.name = name(context->boundName()->getStart());
  statement.if_exists = context->ifExists() != nullptr;
  statement.force = context->FORCE_SYM() != nullptr;
  statement.purge = context->PURGE_SYM() != nullptr;
  return statement;
}

// ---- resource units and pools ----

ast::Statement AstBuilder::create_resource(P::CreateResourceContext* context) {
  std::string resource = name(context->boundName()->getStart());
  const bool unless = context->ifNotExists() != nullptr;
  if (context->UNIT_SYM() == nullptr) {
    return ast::CreateResourcePool{std::move(resource), unless, options(context->optionList(), kPoolOptions)};
  }
  return ast::CreateResourceUnit{std::move(resource), unless, options(context->optionList(), kUnitOptions)};
}

ast::Statement AstBuilder::alter_resource(P::AlterResourceContext* context) {
  std::string resource = name(context->boundName()->getStart());
  if (context->UNIT_SYM() == nullptr) {
    return ast::AlterResourcePool{std::move(resource), options(context->optionList(), kPoolOptions)};
  }
  return ast::AlterResourceUnit{std::move(resource), options(context->optionList(), kUnitOptions)};
}

ast::Statement AstBuilder::drop_resource(P::DropResourceContext* context) {
  std::string resource = name(context->boundName()->getStart());
  const bool if_exists = context->ifExists() != nullptr;
  if (context->UNIT_SYM() == nullptr) return ast::DropResourcePool{std::move(resource), if_exists};
  return ast::DropResourceUnit{std::move(resource), if_exists};
}

}  // namespace breakwater::grammar
