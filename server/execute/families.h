// The families of statements, one .cpp each. What every function may assume and must do: statement.h.
#pragma once

#include "grammar/ast.h"
#include "server/execute/statement.h"

namespace breakwater::server::execute {

// session_statements.cpp: answered at once.
Result<Outcome> use_schema(const Statement& statement, std::string_view name);
Result<Outcome> change_tenant(const Statement& statement, const ast::ChangeTenant& change);
/// KILL: an expression that gives the connection's id. One's own connections, with SUPER everybody's of the
/// tenant, from sys everybody's. no_such_thread (1094), no_privilege (1227); of the own connection
/// query_interrupted (1317).
Result<Outcome> kill(const Statement& statement, const ast::Expr& id, Interrupt how);
Result<Outcome> kill(const Statement& statement, std::uint64_t id, Interrupt how);

// tenants.cpp: sys alone, with ALTER SYSTEM.
Task<Result<Outcome>> create_tenant(const Statement& statement, const ast::CreateTenant& create);
Task<Result<Outcome>> drop_tenant(const Statement& statement, const ast::DropTenant& drop);
Task<Result<Outcome>> alter_tenant(const Statement& statement, const ast::AlterTenant& alter);

// resources.cpp: sys alone, with ALTER SYSTEM.
Task<Result<Outcome>> create_resource_unit(const Statement& statement, const ast::CreateResourceUnit& create);
Task<Result<Outcome>> alter_resource_unit(const Statement& statement, const ast::AlterResourceUnit& alter);
Task<Result<Outcome>> drop_resource_unit(const Statement& statement, const ast::DropResourceUnit& drop);
Task<Result<Outcome>> create_resource_pool(const Statement& statement, const ast::CreateResourcePool& create);
Task<Result<Outcome>> alter_resource_pool(const Statement& statement, const ast::AlterResourcePool& alter);
Task<Result<Outcome>> drop_resource_pool(const Statement& statement, const ast::DropResourcePool& drop);

// accounts.cpp: accounts of the effective tenant.
Task<Result<Outcome>> create_user(const Statement& statement, const ast::CreateUser& create);
Task<Result<Outcome>> alter_user(const Statement& statement, const ast::AlterUser& alter);
Task<Result<Outcome>> drop_user(const Statement& statement, const ast::DropUser& drop);
Task<Result<Outcome>> set_password(const Statement& statement, const ast::SetPassword& set);
Task<Result<Outcome>> grant(const Statement& statement, const ast::Grant& grant);
Task<Result<Outcome>> revoke(const Statement& statement, const ast::Revoke& revoke);

// alter_system.cpp: parameters, and the dispatch of backup destinations.
Task<Result<Outcome>> alter_system_set(const Statement& statement, const ast::AlterSystemSet& set);
/// Whose backups a statement with or without TENANT is about (behaviour 2.2). TENANT = sys passes: it is
/// refused behind the URI's checks.
Result<catalog::Tenant> backup_tenant(const Statement& statement, const std::optional<std::string>& name);
Task<Result<Outcome>> alter_system_reset(const Statement& statement, const ast::AlterSystemReset& reset);

// backup_dest.cpp: DATA_BACKUP_DEST of one tenant (behaviour 2.3). `value` as typed; empty clears.
Task<Result<>> set_data_backup_dest(const Statement& statement, const catalog::Tenant& tenant,
                                    const Secret& value);

// archive_dest.cpp: LOG_ARCHIVE_DEST and LOG_ARCHIVE_DEST_STATE of one tenant (behaviour 2.7), likewise.
Task<Result<>> set_log_archive_dest(const Statement& statement, const catalog::Tenant& tenant,
                                    const Secret& value);
Task<Result<>> set_log_archive_dest_state(const Statement& statement, const catalog::Tenant& tenant,
                                          const Secret& value);

// check_dest.cpp: rights and tenants are SET's.
Task<Result<Outcome>> check_destination(const Statement& statement, const ast::CheckDestination& check);

// backup_policy.cpp: delete policies, and CANCEL [DELETE] BACKUP, which has nothing to cancel.
Task<Result<Outcome>> delete_policy(const Statement& statement, const ast::DeletePolicy& policy);
Result<Outcome> cancel_backup(const Statement& statement, const ast::CancelBackup& cancel);

// archive_mode.cpp: ARCHIVELOG and NOARCHIVELOG (behaviour 2.8). 9091, 9092, 1227, 1235, 1210, 5160.
Task<Result<Outcome>> archive_log(const Statement& statement, const ast::ArchiveLog& mode);

// encryption.cpp: passwords that the session keeps for its backups and restores.
Result<Outcome> set_encryption(const Statement& statement, const ast::SetEncryption& set);
Result<Outcome> set_decryption(const Statement& statement, const ast::SetDecryption& set);

// keys.cpp
Task<Result<Outcome>> rotate_master_key(const Statement& statement);
Task<Result<Outcome>> backup_key(const Statement& statement, const ast::BackupKey& backup);

// keystore.cpp: the effective tenant's, which is an Oracle one. 4350, 4351, 4352, 4359 and
// check_rotation()'s.
Task<Result<Outcome>> manage_keys(const Statement& statement, const ast::KeyManagement& manage);

}  // namespace breakwater::server::execute
