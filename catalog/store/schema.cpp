#include "catalog/store/schema.h"

#include <array>
#include <string>

namespace breakwater::catalog::schema {
namespace {

constexpr Step kVersion1 = R"sql(
CREATE TABLE cluster(
  one INTEGER PRIMARY KEY CHECK (one = 1),
  cluster_id INTEGER NOT NULL,
  cluster_name TEXT NOT NULL,
  create_time INTEGER NOT NULL,
  key_check BLOB NOT NULL
);
CREATE TABLE counter(
  name TEXT PRIMARY KEY,
  next INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE tenant(
  tenant_id INTEGER PRIMARY KEY,
  tenant_name TEXT NOT NULL UNIQUE,
  tenant_type TEXT NOT NULL CHECK (tenant_type IN ('SYS', 'USER')),
  create_time INTEGER NOT NULL,
  modify_time INTEGER NOT NULL,
  primary_zone TEXT NOT NULL,
  locality TEXT NOT NULL,
  previous_locality TEXT,
  compatibility_mode TEXT NOT NULL CHECK (compatibility_mode IN ('MYSQL', 'ORACLE')),
  status TEXT NOT NULL DEFAULT 'NORMAL',
  in_recyclebin INTEGER NOT NULL DEFAULT 0,
  locked INTEGER NOT NULL DEFAULT 0,
  tenant_role TEXT NOT NULL DEFAULT 'PRIMARY',
  switchover_status TEXT NOT NULL DEFAULT 'NORMAL',
  switchover_epoch INTEGER NOT NULL DEFAULT 0,
  log_mode TEXT NOT NULL DEFAULT 'NOARCHIVELOG',
  arbitration_service_status TEXT NOT NULL DEFAULT 'DISABLED',
  unit_num INTEGER NOT NULL DEFAULT 1,
  compatible TEXT NOT NULL DEFAULT '4.2.1.0',
  invited_nodes TEXT NOT NULL,
  next_dest_id INTEGER NOT NULL DEFAULT 1001,
  comment TEXT NOT NULL DEFAULT ''
);

CREATE TABLE resource_unit(
  unit_config_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  create_time INTEGER NOT NULL,
  modify_time INTEGER NOT NULL,
  max_cpu REAL NOT NULL,
  min_cpu REAL NOT NULL,
  memory_size INTEGER NOT NULL,
  log_disk_size INTEGER NOT NULL,
  max_iops INTEGER NOT NULL,
  min_iops INTEGER NOT NULL,
  iops_weight INTEGER NOT NULL
);
CREATE TABLE resource_pool(
  resource_pool_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  tenant_id INTEGER REFERENCES tenant,
  create_time INTEGER NOT NULL,
  modify_time INTEGER NOT NULL,
  unit_count INTEGER NOT NULL,
  unit_config_id INTEGER NOT NULL REFERENCES resource_unit,
  zone_list TEXT NOT NULL,
  replica_type TEXT NOT NULL DEFAULT 'FULL',
  implicit INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX resource_pool_tenant ON resource_pool(tenant_id);
CREATE INDEX resource_pool_unit ON resource_pool(unit_config_id);

CREATE TABLE account(
  tenant_id INTEGER NOT NULL REFERENCES tenant ON DELETE CASCADE,
  user_name TEXT NOT NULL,
  host TEXT NOT NULL COLLATE NOCASE,
  native_hash BLOB,
  sha2_hash TEXT,
  plugin TEXT NOT NULL DEFAULT 'mysql_native_password',
  locked INTEGER NOT NULL DEFAULT 0,
  create_time INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, user_name, host)
) WITHOUT ROWID;
CREATE TABLE account_privilege(
  tenant_id INTEGER NOT NULL,
  user_name TEXT NOT NULL,
  host TEXT NOT NULL COLLATE NOCASE,
  schema_name TEXT NOT NULL COLLATE NOCASE,
  table_name TEXT NOT NULL COLLATE NOCASE,
  privileges INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, user_name, host, schema_name, table_name),
  FOREIGN KEY (tenant_id, user_name, host) REFERENCES account ON DELETE CASCADE
) WITHOUT ROWID;

CREATE TABLE global_variable(
  tenant_id INTEGER NOT NULL REFERENCES tenant ON DELETE CASCADE,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (tenant_id, name)
) WITHOUT ROWID;
CREATE TABLE tenant_parameter(
  tenant_id INTEGER NOT NULL REFERENCES tenant ON DELETE CASCADE,
  name TEXT NOT NULL,
  value TEXT,
  sealed BLOB,
  PRIMARY KEY (tenant_id, name),
  CHECK ((value IS NULL) <> (sealed IS NULL))
) WITHOUT ROWID;
CREATE TABLE master_key(
  tenant_id INTEGER NOT NULL,
  version INTEGER NOT NULL,
  create_time INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY (tenant_id, version)
) WITHOUT ROWID;

CREATE TABLE backup_parameter(
  tenant_id INTEGER NOT NULL REFERENCES tenant ON DELETE CASCADE,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  path TEXT,
  endpoint TEXT,
  PRIMARY KEY (tenant_id, name)
) WITHOUT ROWID;
CREATE TABLE backup_storage_info(
  tenant_id INTEGER NOT NULL REFERENCES tenant,
  path TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  dest_id INTEGER,
  dest_type TEXT,
  authorization TEXT NOT NULL,
  extension TEXT NOT NULL,
  check_file_name TEXT,
  last_check_timestamp INTEGER,
  sealed_key BLOB,
  path_key TEXT NOT NULL,
  format BLOB,
  PRIMARY KEY (tenant_id, path, endpoint)
) WITHOUT ROWID;
CREATE INDEX backup_storage_info_path_key ON backup_storage_info(path_key);
CREATE TABLE backup_storage_info_history(
  tenant_id INTEGER NOT NULL,
  path TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  dest_id INTEGER,
  dest_type TEXT,
  authorization TEXT NOT NULL,
  extension TEXT NOT NULL,
  check_file_name TEXT,
  last_check_timestamp INTEGER,
  sealed_key BLOB,
  path_key TEXT NOT NULL,
  format BLOB,
  removed_time INTEGER NOT NULL
);
CREATE INDEX backup_storage_info_history_tenant ON backup_storage_info_history(tenant_id);

CREATE TABLE path_claim(
  path_key TEXT PRIMARY KEY,
  tenant_id INTEGER NOT NULL,
  dest_type TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE intent(
  intent_id INTEGER PRIMARY KEY AUTOINCREMENT,
  tenant_id INTEGER NOT NULL,
  dest_type TEXT NOT NULL,
  path TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  path_key TEXT NOT NULL,
  dest_id INTEGER NOT NULL,
  format BLOB NOT NULL,
  files BLOB NOT NULL,
  created_dirs BLOB NOT NULL,
  create_time INTEGER NOT NULL
);
CREATE INDEX intent_tenant ON intent(tenant_id);
CREATE INDEX intent_path_key ON intent(path_key);
)sql";

// The results of proofs, a row for each check; and what settling an intent in a bucket needs.
constexpr Step kVersion2 = R"sql(
CREATE TABLE backup_dest_check(
  tenant_id INTEGER NOT NULL REFERENCES tenant ON DELETE CASCADE,
  path TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  check_id INTEGER NOT NULL,
  check_no INTEGER NOT NULL,
  check_time INTEGER NOT NULL,
  name TEXT NOT NULL,
  ok INTEGER NOT NULL,
  milliseconds REAL NOT NULL,
  seen TEXT NOT NULL,
  hint TEXT NOT NULL,
  PRIMARY KEY (tenant_id, path, endpoint, check_id, check_no)
) WITHOUT ROWID;
ALTER TABLE intent ADD COLUMN sealed_uri BLOB;
)sql";

// What was made before has no second hash, but logs in by either plugin: the password itself, which a full
// caching_sha2 login brings, is checked against the first.
constexpr Step kVersion3 = R"sql(
UPDATE account SET plugin = '';
ALTER TABLE account ADD COLUMN require_tls TEXT NOT NULL DEFAULT '' CHECK (require_tls IN ('', 'SSL', 'X509'));
)sql";

// Log archives and what expired backups are deleted by.
constexpr Step kVersion4 = R"sql(
CREATE TABLE log_archive_dest(
  tenant_id INTEGER NOT NULL REFERENCES tenant ON DELETE CASCADE,
  dest_no INTEGER NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (tenant_id, dest_no, name)
) WITHOUT ROWID;
CREATE TABLE backup_delete_policy(
  tenant_id INTEGER NOT NULL REFERENCES tenant ON DELETE CASCADE,
  policy_name TEXT NOT NULL,
  recovery_window TEXT NOT NULL,
  redundancy INTEGER NOT NULL,
  backup_copies INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, policy_name)
) WITHOUT ROWID;
)sql";

// What was set and backed up, the newest of it.
constexpr Step kVersion5 = R"sql(
CREATE TABLE backup_event(
  event_id INTEGER PRIMARY KEY AUTOINCREMENT,
  time INTEGER NOT NULL,
  tenant_id INTEGER NOT NULL,
  event TEXT NOT NULL,
  path TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  dest_id INTEGER
);
)sql";

// The keystore of an Oracle tenant.
constexpr Step kVersion6 = R"sql(
CREATE TABLE keystore(
  tenant_id INTEGER PRIMARY KEY REFERENCES tenant ON DELETE CASCADE,
  name TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  open INTEGER NOT NULL,
  create_time INTEGER NOT NULL
);
)sql";

// An account's number: a session knows by it whether the account of that name is still its own.
constexpr Step kVersion7 = R"sql(
ALTER TABLE account ADD COLUMN account_id INTEGER NOT NULL DEFAULT 0;
UPDATE account SET account_id = numbered.number FROM (
  SELECT tenant_id AS t, user_name AS u, host AS h,
         ROW_NUMBER() OVER (ORDER BY tenant_id, user_name, host) AS number FROM account) AS numbered
  WHERE tenant_id = numbered.t AND user_name = numbered.u AND host = numbered.h;
INSERT INTO counter(name, next) SELECT 'account_id', COUNT(*) + 1 FROM account;
CREATE UNIQUE INDEX account_number ON account(account_id);
CREATE INDEX account_plugin ON account(plugin);
)sql";

// The checks of destinations that were refused, in the order they came: the oldest goes without looking at
// the others.
constexpr Step kVersion8 = R"sql(
CREATE TABLE backup_dest_refused(
  tenant_id INTEGER NOT NULL REFERENCES tenant ON DELETE CASCADE,
  refused_no INTEGER NOT NULL,
  path TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  check_id INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, refused_no)
) WITHOUT ROWID;
INSERT INTO backup_dest_refused
  SELECT tenant_id, ROW_NUMBER() OVER (PARTITION BY tenant_id ORDER BY check_time, path, endpoint, check_id),
    path, endpoint, check_id
  FROM (SELECT DISTINCT tenant_id, path, endpoint, check_id, check_time FROM backup_dest_check c
    WHERE NOT EXISTS (SELECT 1 FROM backup_storage_info s
      WHERE s.tenant_id = c.tenant_id AND s.path = c.path AND s.endpoint = c.endpoint));
)sql";

// What an intent is about to make, in one form of its own. Those that are open keep the form that they have.
constexpr Step kVersion9 = R"sql(
ALTER TABLE intent ADD COLUMN record BLOB NOT NULL DEFAULT x'';
)sql";

// What file system a destination is on.
constexpr Step kVersion10 = R"sql(
ALTER TABLE backup_storage_info ADD COLUMN file_system TEXT NOT NULL DEFAULT '';
CREATE INDEX backup_storage_info_located ON backup_storage_info(tenant_id, dest_type) WHERE file_system <> '';
)sql";

// The log of changes, and the rounds of the log archive. Every table has a key, which comes first; ids come from
// `counter`, which a copy of the rows has too. Two removals at one moment are a microsecond apart from now on.
constexpr Step kLogOfChanges = R"sql(
ALTER TABLE backup_storage_info_history RENAME TO old_history;
CREATE TABLE backup_storage_info_history(
  tenant_id INTEGER NOT NULL,
  path TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  removed_time INTEGER NOT NULL,
  dest_id INTEGER,
  dest_type TEXT,
  authorization TEXT NOT NULL,
  extension TEXT NOT NULL,
  check_file_name TEXT,
  last_check_timestamp INTEGER,
  sealed_key BLOB,
  path_key TEXT NOT NULL,
  format BLOB,
  PRIMARY KEY (tenant_id, path, endpoint, removed_time)
) WITHOUT ROWID;
INSERT INTO backup_storage_info_history
  SELECT tenant_id, path, endpoint,
    number + MAX(removed_time - number) OVER (PARTITION BY tenant_id, path, endpoint ORDER BY number),
    dest_id, dest_type, authorization, extension, check_file_name, last_check_timestamp, sealed_key, path_key, format
  FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY tenant_id, path, endpoint ORDER BY removed_time, rowid) AS number
    FROM old_history);
DROP TABLE old_history;

INSERT INTO counter(name, next)
  SELECT 'intent_id', 1 + COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'intent'), 0);
INSERT INTO counter(name, next)
  SELECT 'event_id', 1 + COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'backup_event'), 0);
ALTER TABLE intent RENAME TO old_intent;
DROP INDEX intent_tenant;
DROP INDEX intent_path_key;
CREATE TABLE intent(
  intent_id INTEGER PRIMARY KEY,
  tenant_id INTEGER NOT NULL,
  dest_type TEXT NOT NULL,
  path TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  path_key TEXT NOT NULL,
  dest_id INTEGER NOT NULL,
  format BLOB NOT NULL,
  files BLOB NOT NULL,
  created_dirs BLOB NOT NULL,
  create_time INTEGER NOT NULL,
  sealed_uri BLOB,
  record BLOB NOT NULL DEFAULT x''
);
INSERT INTO intent SELECT intent_id, tenant_id, dest_type, path, endpoint, path_key, dest_id, format, files,
  created_dirs, create_time, sealed_uri, record FROM old_intent;
DROP TABLE old_intent;
CREATE INDEX intent_tenant ON intent(tenant_id);
CREATE INDEX intent_path_key ON intent(path_key);
ALTER TABLE backup_event RENAME TO old_event;
CREATE TABLE backup_event(
  event_id INTEGER PRIMARY KEY,
  time INTEGER NOT NULL,
  tenant_id INTEGER NOT NULL,
  event TEXT NOT NULL,
  path TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  dest_id INTEGER
);
INSERT INTO backup_event SELECT event_id, time, tenant_id, event, path, endpoint, dest_id FROM old_event;
DROP TABLE old_event;

-- class: local. The newest SCN that was given.
CREATE TABLE log_state(
  one INTEGER PRIMARY KEY CHECK (one = 1),
  last_scn INTEGER NOT NULL
);
INSERT INTO log_state VALUES (1, 0);
-- class: local. What a tenant's archive doesn't have yet: a commit's changes, in the form of catalog/store/change.h.
CREATE TABLE change_log(
  tenant_id INTEGER NOT NULL,
  scn INTEGER NOT NULL,
  record_id BLOB NOT NULL,
  schema_version INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  changes BLOB NOT NULL,
  PRIMARY KEY (tenant_id, scn)
) WITHOUT ROWID;
-- class: local. When which row of a tenant changed last, those that are gone too; all of it after since_scn.
CREATE TABLE change_track(
  tenant_id INTEGER PRIMARY KEY,
  since_scn INTEGER NOT NULL
);
CREATE TABLE changed_key(
  tenant_id INTEGER NOT NULL,
  table_name TEXT NOT NULL,
  key BLOB NOT NULL,
  scn INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, table_name, key)
) WITHOUT ROWID;
CREATE INDEX changed_key_scn ON changed_key(tenant_id, scn);
-- class: shared
CREATE TABLE archive_round(
  tenant_id INTEGER NOT NULL REFERENCES tenant ON DELETE CASCADE,
  round_id INTEGER NOT NULL,
  dest_no INTEGER NOT NULL,
  dest_id INTEGER NOT NULL,
  path TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  status TEXT NOT NULL,
  start_scn INTEGER NOT NULL,
  checkpoint_scn INTEGER NOT NULL,
  base_piece_id INTEGER NOT NULL,
  used_piece_id INTEGER NOT NULL,
  piece_switch_interval INTEGER NOT NULL,
  input_bytes INTEGER NOT NULL,
  output_bytes INTEGER NOT NULL,
  lost INTEGER NOT NULL,
  keys BLOB NOT NULL,
  comment TEXT NOT NULL,
  PRIMARY KEY (tenant_id, round_id)
) WITHOUT ROWID;
CREATE INDEX archive_round_open ON archive_round(tenant_id) WHERE status <> 'STOP';
-- class: shared
CREATE TABLE archive_piece(
  tenant_id INTEGER NOT NULL REFERENCES tenant ON DELETE CASCADE,
  piece_id INTEGER NOT NULL,
  round_id INTEGER NOT NULL,
  dest_id INTEGER NOT NULL,
  path TEXT NOT NULL,
  create_time INTEGER NOT NULL,
  frozen INTEGER NOT NULL,
  start_scn INTEGER NOT NULL,
  checkpoint_scn INTEGER NOT NULL,
  end_scn INTEGER NOT NULL,
  files INTEGER NOT NULL,
  input_bytes INTEGER NOT NULL,
  output_bytes INTEGER NOT NULL,
  file_status TEXT NOT NULL,
  PRIMARY KEY (tenant_id, piece_id)
) WITHOUT ROWID;
)sql";

// Backups: the jobs with their tasks, which are one to one; and the sets that they made. class: shared, all three.
constexpr Step kJobs = R"sql(
CREATE TABLE backup_counter(
  tenant_id INTEGER PRIMARY KEY REFERENCES tenant ON DELETE CASCADE,
  next_job_id INTEGER NOT NULL,
  next_set_id INTEGER NOT NULL
);
CREATE TABLE backup_job(
  tenant_id INTEGER NOT NULL REFERENCES tenant ON DELETE CASCADE,
  job_id INTEGER NOT NULL,
  initiator_tenant_id INTEGER NOT NULL,
  initiator_job_id INTEGER NOT NULL,
  executor_tenant_id TEXT NOT NULL,
  job_level TEXT NOT NULL,
  task_id INTEGER NOT NULL,
  backup_set_id INTEGER NOT NULL,
  dest_id INTEGER NOT NULL,
  dest_path TEXT NOT NULL,
  dest_endpoint TEXT NOT NULL,
  path TEXT NOT NULL,
  incremental INTEGER NOT NULL,
  plus_archivelog INTEGER NOT NULL,
  passwd TEXT NOT NULL,
  sealed_password BLOB,
  description TEXT NOT NULL,
  start_time INTEGER NOT NULL,
  end_time INTEGER,
  status TEXT NOT NULL,
  step INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  next_attempt INTEGER NOT NULL,
  result INTEGER NOT NULL,
  comment TEXT NOT NULL,
  start_scn INTEGER NOT NULL,
  end_scn INTEGER NOT NULL,
  input_bytes INTEGER NOT NULL,
  output_bytes INTEGER NOT NULL,
  file_count INTEGER NOT NULL,
  record BLOB NOT NULL,
  in_history INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, job_id)
) WITHOUT ROWID;
CREATE INDEX backup_job_open ON backup_job(tenant_id, job_id) WHERE in_history = 0;
CREATE INDEX backup_job_done ON backup_job(start_time) WHERE in_history = 0 AND step = 4 AND task_id > 0;
CREATE INDEX backup_job_parent ON backup_job(initiator_job_id) WHERE initiator_job_id > 0 AND task_id > 0;
CREATE TABLE backup_set(
  tenant_id INTEGER NOT NULL REFERENCES tenant ON DELETE CASCADE,
  backup_set_id INTEGER NOT NULL,
  job_id INTEGER NOT NULL,
  dest_id INTEGER NOT NULL,
  dest_path TEXT NOT NULL,
  dest_endpoint TEXT NOT NULL,
  path TEXT NOT NULL,
  incremental INTEGER NOT NULL,
  prev_full INTEGER NOT NULL,
  prev_inc INTEGER NOT NULL,
  plus_archivelog INTEGER NOT NULL,
  passwd TEXT NOT NULL,
  start_time INTEGER NOT NULL,
  end_time INTEGER,
  status TEXT NOT NULL,
  file_status TEXT NOT NULL,
  start_scn INTEGER NOT NULL,
  end_scn INTEGER NOT NULL,
  input_bytes INTEGER NOT NULL,
  output_bytes INTEGER NOT NULL,
  file_count INTEGER NOT NULL,
  result INTEGER NOT NULL,
  comment TEXT NOT NULL,
  manifest_sha256 TEXT NOT NULL,
  swept INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, backup_set_id)
) WITHOUT ROWID;
CREATE INDEX backup_set_newest ON backup_set(tenant_id, dest_id, backup_set_id) WHERE status = 'SUCCESS';
CREATE INDEX backup_set_unswept ON backup_set(tenant_id, dest_id, backup_set_id) WHERE status = 'FAILED' AND swept = 0;
)sql";

// The keys that wrap the data keys of backups. class: shared
constexpr Step kBackupKey = R"sql(
CREATE TABLE backup_key(
  fingerprint TEXT PRIMARY KEY,
  own INTEGER NOT NULL,
  create_time INTEGER NOT NULL,
  saved_time INTEGER,
  sealed BLOB NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX backup_key_own ON backup_key(own) WHERE own = 1;
)sql";

// The format files of claims that were abandoned.
constexpr Step kVoidFormats = R"sql(
-- class: shared
CREATE TABLE void_format(
  tenant_id INTEGER NOT NULL,
  path_key TEXT NOT NULL,
  format BLOB NOT NULL,
  abandon_time INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, path_key, format)
) WITHOUT ROWID;
CREATE INDEX void_format_time ON void_format(abandon_time);
)sql";

// The newest key backup of each tenant, of dropped ones too. That of a version before this one holds every key that was
// made before it; whether it is protected wasn't noted.
constexpr Step kKeyBackups = R"sql(
-- class: shared
CREATE TABLE key_backup(
  tenant_id INTEGER PRIMARY KEY,
  version INTEGER NOT NULL,
  backup_time INTEGER NOT NULL,
  path TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  protected INTEGER
);
INSERT OR REPLACE INTO key_backup
  SELECT tenant_id, version, time, path, endpoint, NULL
  FROM (SELECT d.tenant_id, d.path, d.endpoint, d.last_check_timestamp AS time, MAX(k.version) AS version
    FROM (SELECT tenant_id, path, endpoint, last_check_timestamp FROM backup_storage_info WHERE dest_type = 'backup_key'
      UNION ALL
      SELECT tenant_id, path, endpoint, last_check_timestamp FROM backup_storage_info_history
      WHERE dest_type = 'backup_key') AS d
    JOIN master_key AS k ON k.tenant_id = d.tenant_id AND k.create_time <= d.last_check_timestamp
    GROUP BY d.tenant_id, d.path, d.endpoint, d.last_check_timestamp)
  ORDER BY version, time;
)sql";

// What tells a set's own objects from those of another life of the catalogue.
constexpr Step kBackupSetToken = R"sql(
ALTER TABLE backup_set ADD COLUMN token TEXT NOT NULL DEFAULT '';
)sql";

// Restores. They stay when the tenant goes: what became of one is the cluster's to know. class: shared
constexpr Step kRestores = R"sql(
CREATE TABLE restore_job(
  job_id INTEGER PRIMARY KEY,
  tenant_name TEXT NOT NULL,
  tenant_id INTEGER NOT NULL,
  backup_tenant_name TEXT NOT NULL,
  backup_tenant_id INTEGER NOT NULL,
  backup_cluster_name TEXT NOT NULL,
  backup_dest TEXT NOT NULL,
  until_scn INTEGER NOT NULL,
  restore_scn INTEGER NOT NULL,
  restore_option TEXT NOT NULL,
  description TEXT NOT NULL,
  start_time INTEGER NOT NULL,
  finish_time INTEGER,
  step INTEGER NOT NULL,
  canceling INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  next_attempt INTEGER NOT NULL,
  set_list TEXT NOT NULL,
  piece_list TEXT NOT NULL,
  total_bytes INTEGER NOT NULL,
  comment TEXT NOT NULL,
  sealed BLOB,
  in_history INTEGER NOT NULL
);
CREATE TABLE standby(
  tenant_id INTEGER PRIMARY KEY REFERENCES tenant ON DELETE CASCADE,
  sync_scn INTEGER NOT NULL,
  recovery_until_scn INTEGER NOT NULL
);
CREATE INDEX restore_job_open ON restore_job(job_id) WHERE in_history = 0;
CREATE INDEX restore_job_name ON restore_job(tenant_name) WHERE in_history = 0;
CREATE INDEX restore_job_done ON restore_job(start_time) WHERE in_history = 0 AND step = 2;
)sql";

// VALIDATE: jobs, and their tasks, one for each set and piece. class: shared, both.
constexpr Step kValidation = R"sql(
CREATE TABLE validate_job(
  tenant_id INTEGER NOT NULL REFERENCES tenant ON DELETE CASCADE,
  job_id INTEGER NOT NULL,
  initiator_tenant_id INTEGER NOT NULL,
  type TEXT NOT NULL,
  physical INTEGER NOT NULL,
  description TEXT NOT NULL,
  path TEXT NOT NULL,
  start_time INTEGER NOT NULL,
  end_time INTEGER,
  status TEXT NOT NULL,
  done INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  next_attempt INTEGER NOT NULL,
  result INTEGER NOT NULL,
  comment TEXT NOT NULL,
  task_count INTEGER NOT NULL,
  success_task_count INTEGER NOT NULL,
  in_history INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, job_id)
) WITHOUT ROWID;
CREATE INDEX validate_job_open ON validate_job(tenant_id, job_id) WHERE in_history = 0 AND done = 0;
CREATE INDEX validate_job_done ON validate_job(start_time) WHERE in_history = 0 AND done = 1;
CREATE TABLE validate_task(
  tenant_id INTEGER NOT NULL REFERENCES tenant ON DELETE CASCADE,
  job_id INTEGER NOT NULL,
  task_id INTEGER NOT NULL,
  of_set INTEGER NOT NULL,
  id INTEGER NOT NULL,
  round_id INTEGER NOT NULL,
  dest_id INTEGER NOT NULL,
  dest_path TEXT NOT NULL,
  dest_endpoint TEXT NOT NULL,
  path TEXT NOT NULL,
  start_time INTEGER,
  end_time INTEGER,
  status TEXT NOT NULL,
  result INTEGER NOT NULL,
  comment TEXT NOT NULL,
  total_bytes INTEGER NOT NULL,
  validate_bytes INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, job_id, task_id)
) WITHOUT ROWID;
CREATE INDEX validate_task_open ON validate_task(tenant_id, job_id, task_id) WHERE status IN ('INIT', 'DOING');
)sql";

// The clean-up: jobs, and their tasks, one for each set and piece; and what they look for. class: shared, both.
constexpr Step kDeletion = R"sql(
CREATE TABLE delete_job(
  tenant_id INTEGER NOT NULL REFERENCES tenant ON DELETE CASCADE,
  job_id INTEGER NOT NULL,
  initiator_tenant_id INTEGER NOT NULL,
  type TEXT NOT NULL,
  expire_time INTEGER NOT NULL,
  start_time INTEGER NOT NULL,
  end_time INTEGER,
  status TEXT NOT NULL,
  done INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  next_attempt INTEGER NOT NULL,
  result INTEGER NOT NULL,
  comment TEXT NOT NULL,
  task_count INTEGER NOT NULL,
  success_task_count INTEGER NOT NULL,
  in_history INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, job_id)
) WITHOUT ROWID;
CREATE INDEX delete_job_open ON delete_job(tenant_id, job_id) WHERE in_history = 0 AND done = 0;
CREATE INDEX delete_job_done ON delete_job(start_time) WHERE in_history = 0 AND done = 1;
CREATE TABLE delete_task(
  tenant_id INTEGER NOT NULL REFERENCES tenant ON DELETE CASCADE,
  job_id INTEGER NOT NULL,
  task_id INTEGER NOT NULL,
  of_set INTEGER NOT NULL,
  id INTEGER NOT NULL,
  round_id INTEGER NOT NULL,
  dest_id INTEGER NOT NULL,
  dest_path TEXT NOT NULL,
  dest_endpoint TEXT NOT NULL,
  path TEXT NOT NULL,
  file_status TEXT NOT NULL,
  total_files INTEGER NOT NULL,
  total_bytes INTEGER NOT NULL,
  start_time INTEGER,
  end_time INTEGER,
  status TEXT NOT NULL,
  result INTEGER NOT NULL,
  comment TEXT NOT NULL,
  files INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, job_id, task_id)
) WITHOUT ROWID;
CREATE INDEX delete_task_open ON delete_task(tenant_id, job_id, task_id) WHERE status IN ('INIT', 'DOING');
CREATE INDEX backup_set_there ON backup_set(tenant_id, dest_id, backup_set_id) WHERE file_status <> 'DELETED';
CREATE INDEX backup_set_built_on ON backup_set(tenant_id, prev_inc) WHERE prev_inc > 0;
CREATE INDEX archive_piece_there ON archive_piece(tenant_id, dest_id, piece_id) WHERE file_status <> 'DELETED';
)sql";

// Tenants, resources, keys and other tenants took ALTER SYSTEM alone: who had it in sys keeps what he could do. The bits are
// ALTER SYSTEM; and SUPER, CREATE RESOURCE POOL and CREATE RESOURCE UNIT.
constexpr Step kLeastPrivilege = R"sql(
UPDATE account_privilege SET privileges = privileges | 802816
  WHERE tenant_id = 1 AND schema_name = '*' AND table_name = '*' AND (privileges & 65536) <> 0;
)sql";

// What is asked of passwords. An older account's password is as old as the account.
constexpr Step kPasswordPolicy = R"sql(
ALTER TABLE account ADD COLUMN password_time INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN password_expired INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN password_lifetime INTEGER;
ALTER TABLE account ADD COLUMN failed_login_attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN password_lock_time INTEGER NOT NULL DEFAULT 0;
UPDATE account SET password_time = create_time;
)sql";

// The mark of an archiving tenant's newest commit.
constexpr Step kHistory = R"sql(
ALTER TABLE change_track ADD COLUMN history BLOB NOT NULL DEFAULT x'';
)sql";

// Events of all kinds, with who and from where. Those of places have no second name: they have a path.
constexpr Step kEvents = R"sql(
ALTER TABLE backup_event ADD COLUMN module TEXT NOT NULL DEFAULT 'backup';
ALTER TABLE backup_event ADD COLUMN actor TEXT NOT NULL DEFAULT '';
ALTER TABLE backup_event ADD COLUMN actor_tenant_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE backup_event ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE backup_event ADD COLUMN name2 TEXT;
ALTER TABLE backup_event ADD COLUMN value2 TEXT;
ALTER TABLE backup_event ADD COLUMN name3 TEXT;
ALTER TABLE backup_event ADD COLUMN value3 TEXT;
ALTER TABLE backup_event ADD COLUMN name4 TEXT;
ALTER TABLE backup_event ADD COLUMN value4 TEXT;
)sql";

// The audit's rows, until they are in its file. class: local
constexpr Step kAudit = R"sql(
CREATE TABLE audit(
  audit_id INTEGER PRIMARY KEY,
  written INTEGER NOT NULL,
  time INTEGER NOT NULL,
  connection_id INTEGER NOT NULL,
  user_name TEXT NOT NULL,
  user_tenant_id INTEGER NOT NULL,
  user_tenant TEXT NOT NULL,
  address TEXT NOT NULL,
  works_in_id INTEGER NOT NULL,
  works_in TEXT NOT NULL,
  tls TEXT NOT NULL,
  statement TEXT NOT NULL,
  answer TEXT NOT NULL,
  microseconds INTEGER NOT NULL,
  changes TEXT NOT NULL
);
INSERT INTO counter(name, next) VALUES ('audit_id', 1);
)sql";

// What the first key of the catalogue's was for, and must stay as it is, once the key has been changed. class: shared
constexpr Step kCatalogRoots = R"sql(
CREATE TABLE catalog_root(
  name TEXT PRIMARY KEY,
  sealed BLOB NOT NULL
) WITHOUT ROWID;
)sql";

// What tenants plan by backup_schedule: a row for each kind of backup; and since when a job has stood still. class: shared.
constexpr Step kSchedules = R"sql(
CREATE TABLE backup_schedule(
  tenant_id INTEGER NOT NULL REFERENCES tenant ON DELETE CASCADE,
  kind INTEGER NOT NULL,
  fields TEXT NOT NULL,
  zone TEXT NOT NULL,
  settled INTEGER NOT NULL,
  next_run INTEGER NOT NULL,
  first_try INTEGER NOT NULL,
  last_run INTEGER,
  last_job INTEGER NOT NULL,
  last_result INTEGER NOT NULL,
  stuck_job INTEGER NOT NULL,
  comment TEXT NOT NULL,
  PRIMARY KEY (tenant_id, kind)
) WITHOUT ROWID;
CREATE INDEX backup_schedule_next ON backup_schedule(next_run);
ALTER TABLE backup_job ADD COLUMN progress_time INTEGER NOT NULL DEFAULT 0;
ALTER TABLE validate_job ADD COLUMN progress_time INTEGER NOT NULL DEFAULT 0;
)sql";

// Roles of Oracle tenants, what they hold, and to whom they are granted. Older tenants get those that new ones are made with,
// unless a user has the name. class: tenants
constexpr Step kRoles = R"sql(
CREATE TABLE role(
  tenant_id INTEGER NOT NULL REFERENCES tenant ON DELETE CASCADE,
  role_name TEXT NOT NULL,
  create_time INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, role_name)
) WITHOUT ROWID;
CREATE TABLE role_privilege(
  tenant_id INTEGER NOT NULL,
  role_name TEXT NOT NULL,
  schema_name TEXT NOT NULL COLLATE NOCASE,
  table_name TEXT NOT NULL COLLATE NOCASE,
  privileges INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, role_name, schema_name, table_name),
  FOREIGN KEY (tenant_id, role_name) REFERENCES role ON DELETE CASCADE
) WITHOUT ROWID;
CREATE TABLE role_of_account(
  tenant_id INTEGER NOT NULL,
  user_name TEXT NOT NULL,
  host TEXT NOT NULL COLLATE NOCASE,
  role_name TEXT NOT NULL,
  admin INTEGER NOT NULL,
  by_default INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, user_name, host, role_name),
  FOREIGN KEY (tenant_id, user_name, host) REFERENCES account ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, role_name) REFERENCES role ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX role_of_account_role ON role_of_account(tenant_id, role_name);
CREATE TABLE role_of_role(
  tenant_id INTEGER NOT NULL,
  holder TEXT NOT NULL,
  role_name TEXT NOT NULL,
  admin INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, holder, role_name),
  FOREIGN KEY (tenant_id, holder) REFERENCES role ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, role_name) REFERENCES role ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX role_of_role_role ON role_of_role(tenant_id, role_name);
INSERT INTO role(tenant_id, role_name, create_time)
  SELECT t.tenant_id, n.column1, t.create_time FROM tenant AS t, (VALUES ('CONNECT'), ('DBA'), ('RESOURCE')) AS n
  WHERE t.compatibility_mode = 'ORACLE' AND NOT EXISTS
    (SELECT 1 FROM account AS a WHERE a.tenant_id = t.tenant_id AND a.user_name = n.column1);
INSERT INTO role_privilege(tenant_id, role_name, schema_name, table_name, privileges)
  SELECT tenant_id, role_name, '*', '*', CASE role_name WHEN 'DBA' THEN 4194303 ELSE 4 END FROM role
  WHERE role_name <> 'CONNECT';
)sql";

// How many events are kept is counted for each tenant that there is; those of dropped ones count together, as 0.
constexpr Step kEventsOfTenants = R"sql(
ALTER TABLE backup_event ADD COLUMN kept_for INTEGER NOT NULL DEFAULT 0;
ALTER TABLE backup_event ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
UPDATE backup_event SET kept_for = tenant_id WHERE tenant_id IN (SELECT tenant_id FROM tenant);
UPDATE backup_event SET number = counted.number FROM
  (SELECT event_id, row_number() OVER (PARTITION BY kept_for ORDER BY event_id) AS number FROM backup_event) AS counted
  WHERE counted.event_id = backup_event.event_id;
CREATE INDEX backup_event_kept ON backup_event(kept_for, number);
)sql";

// What the last proof of each destination said, and when the server proves it again. class: shared.
constexpr Step kDestinationStatus = R"sql(
CREATE TABLE backup_dest_status(
  tenant_id INTEGER NOT NULL,
  path TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  ok INTEGER,
  error TEXT NOT NULL,
  since INTEGER,
  checked INTEGER,
  checked_by TEXT NOT NULL,
  next_check INTEGER NOT NULL,
  free_bytes INTEGER,
  PRIMARY KEY (tenant_id, path, endpoint),
  FOREIGN KEY (tenant_id, path, endpoint) REFERENCES backup_storage_info ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX backup_dest_status_next ON backup_dest_status(next_check);
INSERT INTO backup_dest_status(tenant_id, path, endpoint, error, checked_by, next_check)
  SELECT tenant_id, path, endpoint, '', '', 0 FROM backup_storage_info WHERE dest_type <> 'backup_key';
)sql";

constexpr std::array kSteps = {
    kVersion1,     kVersion2,       kVersion3,       kVersion4,        kVersion5,         kVersion6,
    kVersion7,     kVersion8,       kVersion9,       kVersion10,       kLogOfChanges,     kJobs,
    kBackupKey,    kVoidFormats,    kBackupSetToken, kKeyBackups,      kRestores,         kValidation,
    kDeletion,     kLeastPrivilege, kPasswordPolicy, kHistory,         kEvents,           kAudit,
    kCatalogRoots, kSchedules,      kRoles,          kEventsOfTenants, kDestinationStatus};

Result<std::int64_t> pragma(sqlite::Connection& connection, std::string_view sql) {
  BW_TRY(const auto value, connection.integer(sql));
  return value.value_or(0);
}

}  // namespace

std::span<const Step> steps() {
  return kSteps;
}

Result<State> inspect(sqlite::Connection& connection, std::span<const Step> steps) {
  BW_TRY(const auto application, pragma(connection, "PRAGMA application_id"));
  BW_TRY(const auto version, pragma(connection, "PRAGMA user_version"));
  BW_TRY(const auto objects, pragma(connection, "SELECT COUNT(*) FROM sqlite_master"));
  if (application == 0 && version == 0 && objects == 0) return State::empty;
  if (application != kApplicationId || version < 1) return State::foreign;
  const auto current = static_cast<std::int64_t>(steps.size());
  if (version == current) return State::current;
  return version < current ? State::older : State::newer;
}

Result<> migrate(sqlite::Connection& connection, std::span<const Step> steps) {
  BW_TRY(const auto version, pragma(connection, "PRAGMA user_version"));
  for (auto step = static_cast<std::size_t>(version); step < steps.size(); ++step) {
    BW_CHECK(connection.execute(steps[step]));
  }
  const std::string stamp = "PRAGMA application_id = " + std::to_string(kApplicationId) +
                            "; PRAGMA user_version = " + std::to_string(steps.size());
  return connection.execute(stamp.c_str());
}

}  // namespace breakwater::catalog::schema
