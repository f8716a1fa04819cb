// The statements about backups, one .cpp for each family. What every function may assume and must do:
// context/statement.h.
#pragma once

#include "grammar/ast.h"
#include "server/execute/context/statement.h"

namespace breakwater::server::execute {

#define BW_BACKUP(type, function, answered, counter, prepared) \
  answer::answered function(const Statement& statement, const ast::type& parsed);
#include "server/execute/context/statement_table.inc"

// backup_dest.cpp: DATA_BACKUP_DEST of one tenant (docs/spec/behaviour.md#data-backup-dest). `value` as
// typed; empty clears.
Task<Result<>> set_data_backup_dest(const Statement& statement, const catalog::Tenant& tenant,
                                    const Secret& value);

// archive_dest.cpp: LOG_ARCHIVE_DEST and LOG_ARCHIVE_DEST_STATE of one tenant
// (docs/spec/behaviour.md#log-archive-dest), likewise.
Task<Result<>> set_log_archive_dest(const Statement& statement, const catalog::Tenant& tenant,
                                    const Secret& value);
Task<Result<>> set_log_archive_dest_state(const Statement& statement, const catalog::Tenant& tenant,
                                          const Secret& value);

}  // namespace breakwater::server::execute
