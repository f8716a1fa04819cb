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

constexpr std::array kSteps = {kVersion1, kVersion2, kVersion3, kVersion4, kVersion5,
                               kVersion6, kVersion7, kVersion8, kVersion9, kVersion10};

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
