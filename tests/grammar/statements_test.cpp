// Every statement form and the tree it gives.
#include <gtest/gtest.h>

#include "grammar/helpers.h"

namespace breakwater::test {
namespace {

void expect_trees(std::span<const Case> cases, const grammar::ParseOptions& options = {}) {
  for (const Case& c : cases) EXPECT_EQ(parsed(c.sql, options), c.tree) << c.sql;
}

TEST(Statements, Backup) {
  static constexpr Case kCases[] = {
      {"ALTER SYSTEM SET DATA_BACKUP_DEST = 'file:///b' TENANT = t",
       "alter system set data_backup_dest=text:file:///b tenant t"},
      {"ALTER SYSTEM data_backup_dest='file:///b' TENANT mysql_tenant;",
       "alter system set data_backup_dest=text:file:///b tenant mysql_tenant"},
      {"alter system set `Data_Backup_Dest`=\"it's\" tenant='T 1'",
       "alter system set data_backup_dest=text:it's tenant T 1"},
      {"ALTER SYSTEM CHECK BACKUP DESTINATION 'file:///b'", "check destination file:///b"},
      {"ALTER SYSTEM CHECK BACKUP DESTINATION", "check destination (all)"},
      {"alter system check backup destination data tenant = all", "check destination (data) tenant all"},
      {"ALTER SYSTEM CHECK BACKUP DESTINATION ARCHIVE TENANT t", "check destination (archive) tenant t"},
      {"alter system check backup destination \"file:///b\" tenant t;",
       "check destination file:///b tenant t"},
      {"ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST PATH = 'oss://b/p?host=h' SET ACCESS_INFO = "
       "'access_id=a&access_key=k' ATTRIBUTE = 'max_iops=1'",
       "change storage dest oss://b/p?host=h access access_id=a&access_key=k attribute max_iops=1"},
      {"alter system alter external_storage_dest path 'p' access_info 'a'", "change storage dest p access a"},
      {"ALTER SYSTEM MODIFY EXTERNAL_STORAGE_DEST PATH=\"p\" SET ATTRIBUTE=\"a\";",
       "change storage dest p attribute a"},
      {"ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST PATH 'p'", "change storage dest p"},
      {"ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST PATH 'p' SET", "change storage dest p"},
      {"ALTER SYSTEM SET path = 'x', attribute = 'y', access_info = 'z', modify = 1",
       "alter system set path=text:x, attribute=text:y, access_info=text:z, modify=number:1"},
      {"ALTER SYSTEM RELEASE BACKUP DESTINATION 'file:///b'", "release destination file:///b"},
      {"alter system retire backup destination \"file:///b\" tenant 'T 1';",
       "retire destination file:///b tenant T 1"},
      {"ALTER SYSTEM ADOPT BACKUP DESTINATION 'file:///b'", "adopt destination file:///b"},
      {"alter system adopt backup destination \"file:///b\" tenant 'T 1' force;",
       "adopt destination file:///b tenant T 1 by force"},
      {"ALTER SYSTEM SET a='x', b='y' TENANT=ALL", "alter system set a=text:x, b=text:y tenant ALL"},
      {"ALTER SYSTEM SET a = 1, b = -2, c = 1.5, d = TRUE, e = NULL, f = @@x, g = @@global.y, h = 1e3",
       "alter system set a=number:1, b=number:-2, c=number:1.5, d=text:TRUE, e=null:, f=not_a_literal:, "
       "g=not_a_literal:, h=number:1e3"},
      {"ALTER SYSTEM SET a='x' COMMENT 'c' SCOPE = BOTH SERVER '1.2.3.4:1' TENANT t",
       "alter system set a=text:x comment c scope BOTH server 1.2.3.4:1 tenant t"},
      {"ALTER SYSTEM SET a='x' SCOPE=SPFILE ZONE=z1", "alter system set a=text:x scope SPFILE zone z1"},
      {"ALTER SYSTEM SET a='x' COMMENT 'c' ZONE 'z' TENANT t",
       "alter system set a=text:x comment c zone z tenant t"},
      {"ALTER SYSTEM SET a=DATE '2020-01-01'", "alter system set a=text:2020-01-01"},
      {"ALTER SYSTEM SET reset='x'", "alter system set reset=text:x"},
      {"ALTER SYSTEM restore = 1", "alter system set restore=number:1"},
      {"ALTER SYSTEM RESET a, B TENANT = t", "alter system reset a, b tenant t"},
      {"ALTER SYSTEM BACKUP KEY", "backup key []"},
      {"ALTER SYSTEM BACKUP KEY TENANT = a, 'b' TO 'file:///k' ENCRYPTED BY 'p'",
       "backup key [a, b] to file:///k by p"},
      {"ALTER SYSTEM BACKUP KEY TENANT = (a, b) TO = 'k'", "backup key [a, b] to k"},
      {"ALTER SYSTEM BACKUP CATALOG KEY TO 'file:///k' ENCRYPTED BY 'p'",
       "backup catalog key at file:///k by p"},
      {"ALTER SYSTEM RESTORE CATALOG KEY FROM = 'k' ENCRYPTED BY 'p'", "restore catalog key at k by p"},
      {"ALTER SYSTEM BACKUP CATALOG KEY TO 'k'", "backup catalog key at k"},
      {"ALTER SYSTEM ROTATE CATALOG KEY", "rotate catalog key"},
      {"ALTER SYSTEM BACKUP KEY ENCRYPTED BY 'p'", "backup key [] by p"},
      {"ALTER SYSTEM BACKUP KEY TENANT_ID = 1002 TO 'k'", "backup key [] tenant_id 1002 to k"},
      {"ALTER SYSTEM RESTORE KEY TENANT = t FROM 'k' ENCRYPTED BY 'p'", "restore key from k tenant t by p"},
      {"ALTER SYSTEM RESTORE KEY FROM = 'k'", "restore key from k"},
      {"ALTER SYSTEM FORGET KEY TENANT_ID 1002", "forget key tenant_id 1002"},
      {"ALTER SYSTEM ADD DELETE BACKUP POLICY 'default' RECOVERY_WINDOW '7d' TENANT mysql",
       "add policy default window 7d [mysql]"},
      {"alter system add delete backup policy='default' recovery_window='7d' redundancy=1 backup_copies 2 "
       "tenant=(a, b)",
       "add policy default window 7d redundancy 1 copies 2 [a, b]"},
      {"ALTER SYSTEM ADD DELETE BACKUP POLICY 'x' REDUNDANCY 2", "add policy x redundancy 2 []"},
      {"ALTER SYSTEM DROP DELETE BACKUP POLICY 'default' TENANT = ALL", "drop policy default [ALL]"},
      {"ALTER SYSTEM DELETE BACKUPSET 1", "delete sets 1 []"},
      {"alter system delete backupset 2, 3 tenant = t description 'd'", "delete sets 2 3 [t] description d"},
      {"ALTER SYSTEM DELETE ARCHIVELOG_PIECE 4,5 TENANT t", "delete pieces 4 5 [t]"},
      {"ALTER SYSTEM DELETE OBSOLETE BACKUP", "delete obsolete []"},
      {"ALTER SYSTEM DELETE OBSOLETE BACKUP TENANT = a, 'b'", "delete obsolete [a, b]"},
      {"ALTER SYSTEM DELETE BACKUP ALL data_backup_dest='file:///d' TENANT = t",
       "delete all data_backup_dest=file:///d [t]"},
      {"ALTER SYSTEM SET obsolete = 1", "alter system set obsolete=number:1"},
      {"ALTER SYSTEM VALIDATE BACKUP", "validate all []"},
      {"alter system validate backup level basic tenant = (a, 'b') description 'd'",
       "validate all level BASIC [a, b] description d"},
      {"ALTER SYSTEM VALIDATE BACKUPSET 1, 2 LEVEL = 'PHYSICAL' TENANT t",
       "validate sets 1 2 level PHYSICAL [t]"},
      {"ALTER SYSTEM VALIDATE ARCHIVELOG_PIECE", "validate pieces []"},
      {"ALTER SYSTEM CANCEL VALIDATE BACKUP", "cancel validation []"},
      {"ALTER SYSTEM CANCEL VALIDATE BACKUP TENANT = a, b", "cancel validation [a, b]"},
      {"ALTER SYSTEM SET validate = 1, backupset = 2",
       "alter system set validate=number:1, backupset=number:2"},
      {"ALTER SYSTEM BACKUP DATABASE", "backup database"},
      {"ALTER SYSTEM BACKUP", "backup []"},
      {"alter system backup incremental", "backup incremental []"},
      {"ALTER SYSTEM BACKUP INCREMENTAL DATABASE PLUS ARCHIVELOG DESCRIPTION = 'nightly'",
       "backup incremental database plus archivelog description nightly"},
      {"ALTER SYSTEM BACKUP TENANT = (a, 'b') TO 'file:///x' PLUS ARCHIVELOG",
       "backup [a, b] to file:///x plus archivelog"},
      {"ALTER SYSTEM BACKUP INCREMENTAL TENANT a, b DESCRIPTION 'd'",
       "backup incremental [a, b] description d"},
      {"ALTER SYSTEM BACKUP DATABASE TO = ''", "backup database to "},
      {"ALTER SYSTEM SET plus = 1, incremental = 2", "alter system set plus=number:1, incremental=number:2"},
      {"ALTER SYSTEM CANCEL BACKUP", "cancel backup []"},
      {"ALTER SYSTEM CANCEL BACKUP TENANT = a, b", "cancel backup [a, b]"},
      {"ALTER SYSTEM ARCHIVELOG", "archivelog []"},
      {"ALTER SYSTEM NOARCHIVELOG TENANT = (a, 'b') DESCRIPTION = 'why'", "noarchivelog [a, b]"},
      {"ALTER SYSTEM CANCEL DELETE BACKUP TENANT a DESCRIPTION = 'why'", "cancel delete backup [a]"},
      {"SET ENCRYPTION ON IDENTIFIED BY 'x' ONLY", "encryption x"},
      {"SET DECRYPTION IDENTIFIED BY 'x', \"y\"", "decryption x y"},
      {"ALTER SYSTEM RESTORE t FROM 'a, b' UNTIL SCN '7' WITH 'pool_list=p' WITH KEY FROM 'k' ENCRYPTED BY "
       "'x' DESCRIPTION = 'd'",
       "restore t from a, b until scn 7 with pool_list=p key k by x description d"},
      {"ALTER SYSTEM RESTORE `t` UNTIL TIME = '2024-01-01 00:00:00' WITH 'o'",
       "restore t until time 2024-01-01 00:00:00 with o"},
      {"ALTER SYSTEM RESTORE scn FROM 'a' UNTIL SCN=1681 WITH 'o'",
       "restore scn from a until scn 1681 with o"},
      {"ALTER SYSTEM RESTORE FROM 'a,b' UNTIL SCN = 1 PREVIEW", "restore preview from a,b until scn 1"},
      {"ALTER SYSTEM RESTORE FROM 'a' UNTIL TIME '2024-01-01 00:00:00' PREVIEW",
       "restore preview from a until time 2024-01-01 00:00:00"},
      {"SHOW RESTORE PREVIEW", "show restore preview"},
      {"ALTER SYSTEM ADD RESTORE SOURCE 'a,b'", "add restore source a,b"},
      {"ALTER SYSTEM CLEAR RESTORE SOURCE", "clear restore source"},
      {"SHOW BACKUPS FROM 'a,b'", "show backups from a,b"},
      {"ALTER SYSTEM CANCEL RESTORE 't'", "cancel restore t"},
      {"ALTER SYSTEM RECOVER STANDBY TENANT t UNTIL UNLIMITED", "recover standby t"},
      {"ALTER SYSTEM RECOVER STANDBY TENANT = 't' UNTIL SCN = 9", "recover standby t scn 9"},
      {"ALTER SYSTEM RECOVER STANDBY TENANT t UNTIL TIME = 'x'", "recover standby t time x"},
      {"ALTER SYSTEM RUN UPGRADE JOB 'UPGRADE_ALL' TENANT = t", "run upgrade job UPGRADE_ALL [t]"},
      {"ALTER SYSTEM RUN UPGRADE JOB 'UPGRADE_ALL'", "run upgrade job UPGRADE_ALL []"},
      {"ALTER SYSTEM ACTIVATE STANDBY TENANT t", "activate standby t"},
      {"ALTER SYSTEM ACTIVATE STANDBY TENANT = `t`", "activate standby t"},
      {"ALTER SYSTEM restore = 1", "alter system set restore=number:1"},
      {"SET encryption = 1", "set encryption=1"},
      {"ALTER SYSTEM SET policy = 1, cancel = 2", "alter system set policy=number:1, cancel=number:2"},
      {"ALTER INSTANCE ROTATE INNODB MASTER KEY", "rotate master key"},
      {"ALTER SYSTEM CHANGE TENANT t", "change tenant t"},
      {"ALTER SYSTEM CHANGE TENANT 'sys'", "change tenant sys"},
      {"ALTER SYSTEM CHANGE TENANT TENANT_ID = 1002", "change tenant #1002"},
      {"ALTER SYSTEM CHANGE TENANT tenant_id 1", "change tenant #1"},
  };
  expect_trees(kCases);
}

TEST(Statements, TenantsAndResources) {
  static constexpr Case kCases[] = {
      {"CREATE TENANT t", "create tenant t "},
      {"CREATE TENANT IF NOT EXISTS t PRIMARY_ZONE=RANDOM, RESOURCE_POOL_LIST=('p','q') CHARSET utf8mb4 "
       "COLLATE = "
       "utf8mb4_bin COMMENT 'c' REPLICA_NUM=3 LOCALITY='F@z1' FORCE READ ONLY SET VARIABLES ob_x TO '%', "
       "@@global.y = ON",
       "create tenant unless t PRIMARY_ZONE=[RANDOM] RESOURCE_POOL_LIST=[p, q] CHARSET=[utf8mb4] "
       "COLLATE=[utf8mb4_bin] COMMENT=[c] REPLICA_NUM=[3] LOCALITY=[F@z1] READ=[ONLY] set ob_x='%', global "
       "y='ON'"},
      {"CREATE TENANT t DEFAULT TABLEGROUP = NULL CHARACTER SET = utf8 VARIABLES a=1",
       "create tenant t TABLEGROUP=[NULL] CHARSET=[utf8] set a=1"},
      {"DROP TENANT t", "drop tenant t"},
      {"DROP TENANT IF EXISTS `t 1` FORCE", "drop tenant if t 1 force"},
      {"DROP TENANT t PURGE", "drop tenant t purge"},
      {"ALTER TENANT t RENAME GLOBAL_NAME TO u", "alter tenant t rename u"},
      {"ALTER TENANT t LOCK", "alter tenant t lock"},
      {"ALTER TENANT t UNLOCK", "alter tenant t unlock"},
      {"ALTER TENANT ALL SET VARIABLES a='x'", "alter tenant ALL options set a='x'"},
      {"ALTER TENANT t SET PRIMARY_ZONE='z1', LOCALITY='F@z1' VARIABLES a=1",
       "alter tenant t options PRIMARY_ZONE=[z1] LOCALITY=[F@z1] set a=1"},
      {"CREATE RESOURCE UNIT u MAX_CPU 1, MEMORY_SIZE = '5G', LOG_DISK_SIZE 6G",
       "create unit u MAX_CPU=[1] MEMORY_SIZE=[5G] LOG_DISK_SIZE=[6G]"},
      {"CREATE RESOURCE UNIT IF NOT EXISTS u MIN_CPU=0.5", "create unit unless u MIN_CPU=[0.5]"},
      {"ALTER RESOURCE UNIT u SET MAX_IOPS = 1024", "alter unit u MAX_IOPS=[1024]"},
      {"DROP RESOURCE UNIT IF EXISTS u", "drop unit if u"},
      {"CREATE RESOURCE POOL p UNIT='u', UNIT_NUM=1, ZONE_LIST=('z1','z2')",
       "create pool p UNIT=[u] UNIT_NUM=[1] ZONE_LIST=[z1, z2]"},
      {"ALTER RESOURCE POOL p UNIT u2", "alter pool p UNIT=[u2]"},
      {"DROP RESOURCE POOL p", "drop pool p"},
  };
  expect_trees(kCases);
}

TEST(Statements, Accounts) {
  static constexpr Case kCases[] = {
      {"CREATE USER u", "create user u@%"},
      {"CREATE USER IF NOT EXISTS 'u'@'h' IDENTIFIED BY 'p', v@localhost IDENTIFIED BY PASSWORD '*AB'",
       "create user unless u@h by p, v@localhost hash *AB"},
      {"CREATE USER `u`@`10.0.0.%` IDENTIFIED WITH mysql_native_password BY 'p' ACCOUNT LOCK",
       "create user u@10.0.0.% with mysql_native_password by p lock"},
      {"CREATE USER u IDENTIFIED VIA 'caching_sha2_password' AS '$A$'",
       "create user u@% with caching_sha2_password hash $A$"},
      {"CREATE USER u @ 'h' IDENTIFIED WITH p REQUIRE NONE", "create user u@h with p require none"},
      {"CREATE USER u IDENTIFIED BY 'p' REQUIRE SSL ACCOUNT LOCK", "create user u@% by p lock require ssl"},
      {"ALTER USER u REQUIRE X509", "alter user u@% require x509"},
      {"ALTER USER u PASSWORD EXPIRE", "alter user u@% expire"},
      {"ALTER USER u PASSWORD EXPIRE NEVER ACCOUNT LOCK", "alter user u@% lock expire never"},
      {"ALTER USER u PASSWORD EXPIRE DEFAULT", "alter user u@% expire default"},
      {"ALTER USER u PASSWORD EXPIRE INTERVAL 90 DAY", "alter user u@% expire after 90"},
      {"CREATE USER u IDENTIFIED BY 'p' FAILED_LOGIN_ATTEMPTS 3 PASSWORD_LOCK_TIME 2",
       "create user u@% by p attempts 3 for 2"},
      {"CREATE USER u FAILED_LOGIN_ATTEMPTS 3 PASSWORD_LOCK_TIME UNBOUNDED REQUIRE SSL",
       "create user u@% require ssl attempts 3 unbounded"},
      {"RENAME USER u TO v", "rename user u@% to v@%"},
      {"RENAME USER 'u'@'h' TO v@'10.%', `w` TO w@localhost",
       "rename user u@h to v@10.%, w@% to w@localhost"},
      {"CREATE TENANT t IDENTIFIED BY 'p' PRIMARY_ZONE = 'z'", "create tenant t by p PRIMARY_ZONE=[z]"},
      {"ALTER USER IF EXISTS u IDENTIFIED BY 'p' ACCOUNT UNLOCK", "alter user if u@% by p unlock"},
      {"ALTER USER USER() IDENTIFIED BY 'p'", "alter user CURRENT_USER by p"},
      {"DROP USER IF EXISTS u, 'v'@'%'", "drop user if u@%, v@%"},
      {"SET PASSWORD = 'p'", "set password - p"},
      {"SET PASSWORD FOR 'u'@'%' = PASSWORD('p')", "set password u@% p"},
      {"SET PASSWORD FOR u = '*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19'",
       "set password u@% hash *2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19"},
      {"GRANT ALL ON *.* TO u", "grant ALL PRIVILEGES on *.* to u@%"},
      {"GRANT ALL PRIVILEGES ON *.* TO 'u'@'%' IDENTIFIED BY 'p' WITH GRANT OPTION",
       "grant ALL PRIVILEGES on *.* to u@% by p with grant option"},
      {"grant alter system, super ON *.* TO u, v", "grant ALTER SYSTEM, SUPER on *.* to u@%, v@%"},
      {"GRANT SELECT ON oceanbase.* TO u", "grant SELECT on oceanbase.* to u@%"},
      {"GRANT SELECT, SHOW VIEW ON `oceanbase`.`CDB_OB_BACKUP_PARAMETER` TO u",
       "grant SELECT, SHOW VIEW on oceanbase.CDB_OB_BACKUP_PARAMETER to u@%"},
      {"GRANT CREATE USER ON * TO u", "grant CREATE USER on .* to u@%"},
      {"REVOKE SELECT ON oceanbase.* FROM u@h", "revoke SELECT on oceanbase.* from u@h"},
      {"REVOKE ALL PRIVILEGES, GRANT OPTION FROM u", "revoke everything from u@%"},
      {"REVOKE ALL ON *.* FROM u", "revoke ALL PRIVILEGES on *.* from u@%"},
  };
  expect_trees(kCases);
}

TEST(Statements, Show) {
  static constexpr Case kCases[] = {
      {"SHOW DATABASES", "show databases"},
      {"show schemas like 'o%'", "show databases like 'o%'"},
      {"SHOW TABLES", "show tables"},
      {"SHOW FULL TABLES FROM `oceanbase` LIKE 'CDB%'", "show full tables of oceanbase like 'CDB%'"},
      {"SHOW TABLES IN oceanbase WHERE Tables_in_oceanbase <> 'x'",
       "show tables of oceanbase where (Tables_in_oceanbase <> 'x')"},
      {"SHOW TABLE STATUS FROM oceanbase LIKE 'x'", "show table_status of oceanbase like 'x'"},
      {"SHOW COLUMNS FROM a.b", "show columns of a.b"},
      {"SHOW FULL FIELDS IN `t` FROM `d`", "show full columns of d.t"},
      {"SHOW KEYS FROM t", "show indexes of t"},
      {"SHOW INDEX IN t IN d WHERE Key_name='x'", "show indexes of d.t where (Key_name = 'x')"},
      {"SHOW CREATE TABLE d.t", "show create_table of d.t"},
      {"SHOW CREATE VIEW t", "show create_view of t"},
      {"SHOW CREATE TENANT t", "show create_tenant name t"},
      {"SHOW CREATE DATABASE d", "show create_database of d"},
      {"SHOW CREATE SCHEMA IF NOT EXISTS `d`", "show create_database of d"},
      {"SHOW CREATE USER u@'h'", "show create_user name u@h"},
      {"SHOW CREATE USER CURRENT_USER()", "show create_user"},
      {"SHOW FULL TRIGGERS FROM d LIKE 'x'", "show triggers of d like 'x'"},
      {"SHOW EVENTS IN d", "show events of d"},
      {"SHOW FUNCTION STATUS WHERE Db = 'd'", "show functions where (Db = 'd')"},
      {"SHOW PROCEDURE STATUS LIKE 'x'", "show procedures like 'x'"},
      {"SHOW OPEN TABLES FROM d", "show open_tables of d"},
      {"SHOW PROFILES", "show profiles"},
      {"SHOW SLAVE STATUS", "show slave_status"},
      {"SHOW VARIABLES", "show variables"},
      {"SHOW GLOBAL VARIABLES LIKE 'a%'", "show global variables like 'a%'"},
      {"SHOW LOCAL STATUS", "show session status"},
      {"SHOW SESSION STATUS WHERE Variable_name = 'x'", "show session status where (Variable_name = 'x')"},
      {"SHOW PARAMETERS", "show parameters"},
      {"SHOW PARAMETERS LIKE '%x%' TENANT = t", "show parameters like '%x%' tenant t"},
      {"SHOW PARAMETERS WHERE name = 'a' TENANT 'b'", "show parameters where (name = 'a') tenant b"},
      {"SHOW WARNINGS LIMIT 5", "show warnings limit 5"},
      {"SHOW ERRORS LIMIT 1, 2", "show errors limit 2 offset 1"},
      {"SHOW COUNT(*) WARNINGS", "show count_warnings"},
      {"SHOW COUNT( * ) ERRORS", "show count_errors"},
      {"SHOW TENANT", "show tenant"},
      {"SHOW TENANT STATUS", "show tenant_status"},
      {"SHOW GRANTS", "show grants"},
      {"SHOW GRANTS FOR u@h", "show grants name u@h"},
      {"SHOW GRANTS FOR CURRENT_USER()", "show grants"},
      {"SHOW FULL PROCESSLIST", "show full processlist"},
      {"SHOW STORAGE ENGINES", "show engines"},
      {"SHOW CHARACTER SET LIKE 'utf8%'", "show charset like 'utf8%'"},
      {"SHOW COLLATION", "show collation"},
      {"SHOW PLUGINS", "show plugins"},
      {"SHOW PRIVILEGES", "show privileges"},
      {"DESC t", "show columns of t"},
      {"DESCRIBE `CDB_OB_BACKUP_PARAMETER`", "show columns of CDB_OB_BACKUP_PARAMETER"},
      {"EXPLAIN d.t name", "show columns of d.t like 'name'"},
      {"DESC t 'n%'", "show columns of t like 'n%'"},
  };
  expect_trees(kCases);
}

TEST(Statements, Session) {
  static constexpr Case kCases[] = {
      {"SET autocommit=1", "set autocommit=1"},
      {"SET AUTOCOMMIT = 0, sql_mode = concat(@@sql_mode,',STRICT_TRANS_TABLES')",
       "set AUTOCOMMIT=0, sql_mode=concat(@@sql_mode, ',STRICT_TRANS_TABLES')"},
      {"SET @@session.autocommit = OFF", "set session autocommit='OFF'"},
      {"SET  @@SESSION.sql_mode = CONCAT(@@sql_mode, ',A'),  @@SESSION.wait_timeout = 2147483",
       "set session sql_mode=concat(@@sql_mode, ',A'), session wait_timeout=2147483"},
      {"SET sql_mode=(SELECT CONCAT(@@sql_mode, ',PIPES_AS_CONCAT')),time_zone='+00:00',NAMES utf8mb4 "
       "COLLATE "
       "utf8mb4_unicode_ci;",
       "set sql_mode={select concat(@@sql_mode, ',PIPES_AS_CONCAT')}, time_zone='+00:00', names utf8mb4 "
       "collate "
       "utf8mb4_unicode_ci"},
      {"SET GLOBAL a = 1, SESSION b = ON, LOCAL c = DEFAULT",
       "set global a=1, session b='ON', session c=default"},
      {"SET @a := 1, @`b c` = @a + 1", "set @a=1, @b c=(@a + 1)"},
      {"SET character_set_results = NULL", "set character_set_results=NULL"},
      {"SET NAMES 'utf8mb4' COLLATE 'utf8mb4_general_ci'", "set names utf8mb4 collate utf8mb4_general_ci"},
      {"SET NAMES DEFAULT", "set names default"},
      {"SET NAMES binary", "set names binary"},
      {"SET CHARACTER SET utf8", "set charset utf8"},
      {"SET CHARSET DEFAULT", "set charset default"},
      {"SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ", "set session transaction REPEATABLE-READ"},
      {"SET TRANSACTION READ WRITE", "set transaction  rw"},
      {"set global transaction isolation level read committed, read only",
       "set global transaction READ-COMMITTED ro"},
      {"SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", "set transaction SERIALIZABLE"},
      {"SET ob_query_timeout=10000000", "set ob_query_timeout=10000000"},
      {"SET time_zone TO '+08:00'", "set time_zone='+08:00'"},
      {"SET optimizer_switch=default", "set optimizer_switch=default"},
      {"USE `oceanbase`", "use oceanbase"},
      {"use status", "use status"},
      {"KILL 7", "kill 7"},
      {"KILL QUERY 7", "kill query 7"},
      {"KILL CONNECTION 7", "kill 7"},
      {"BEGIN", "begin"},
      {"BEGIN WORK", "begin"},
      {"START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY", "begin"},
      {"COMMIT WORK AND NO CHAIN NO RELEASE", "commit"},
      {"ROLLBACK", "rollback"},
      {"ROLLBACK TO SAVEPOINT s", "nop ROLLBACK TO SAVEPOINT"},
      {"SAVEPOINT s", "nop SAVEPOINT"},
      {"RELEASE SAVEPOINT s", "nop RELEASE SAVEPOINT"},
      {"UNLOCK TABLES", "nop UNLOCK TABLES"},
      {"LOCK TABLES a READ, b AS c WRITE", "nop LOCK TABLES"},
      {"KILL @x + 1", "kill (@x + 1)"},
      {"DO 1", "do 1"},
      {"DO SLEEP(2), @x + 1", "do sleep(2), (@x + 1)"},
      {"SELECT do FROM t AS do", "{select do from t as do}"},
      {"FLUSH PRIVILEGES", "flush privileges"},
      {"FLUSH PRIVILEGES, STATUS", "flush privileges status"},
      {"FLUSH TABLES WITH READ LOCK", "flush"},
      {"FLUSH NO_WRITE_TO_BINLOG TABLES a, b.c", "flush"},
      {"FLUSH /*!40101 LOCAL */ TABLES", "flush"},
      {"", "empty"},
      {" ; /* x */ -- y\n ;", "empty"},
  };
  expect_trees(kCases);
}

TEST(Statements, ForeignOnesAreKnownByTheirHeads) {
  static constexpr Case kCases[] = {
      {"insert into t values (1, 'x')", "foreign INSERT"},
      {"CREATE TABLE t (a int)", "foreign CREATE TABLE"},
      {"CREATE TABLESPACE x", "foreign CREATE TABLESPACE"},
      {"CREATE TENANT a FROM b WITH UNIT = u", "foreign CREATE TENANT FROM"},
      {"ALTER TABLE t ADD c int", "foreign ALTER TABLE"},
      {"DROP DATABASE x", "foreign DROP DATABASE"},
      {"ALTER SYSTEM BACKUP BACKUPSET 1", "foreign ALTER SYSTEM BACKUP BACKUPSET"},
      {"ALTER SYSTEM BACKUP CLUSTER PARAMETERS TO 'x'", "foreign ALTER SYSTEM BACKUP CLUSTER"},
      {"ALTER SYSTEM RESTORE t FROM x AT 'x' WITH 'y'", "foreign ALTER SYSTEM RESTORE"},
      {"SHOW RESTORE POINTS", "foreign SHOW RESTORE"},
      {"ALTER SYSTEM CANCEL BACKUP BACKUPSET 1", "foreign ALTER SYSTEM CANCEL BACKUP BACKUPSET"},
      {"ALTER SYSTEM CANCEL ALL BACKUP FORCE", "foreign ALTER SYSTEM CANCEL ALL"},
      {"ALTER SYSTEM DELETE BACKUPSET 1 COPY 1", "foreign ALTER SYSTEM DELETE BACKUPSET COPY"},
      {"ALTER SYSTEM DELETE BACKUPPIECE 1", "foreign ALTER SYSTEM DELETE BACKUPPIECE"},
      {"EXPLAIN SELECT 1", "foreign EXPLAIN SELECT"},
      {"DESC FORMAT = JSON SELECT 1", "foreign DESC FORMAT ="},
      {"SHOW SLAVE HOSTS", "foreign SHOW SLAVE"},
      {"SHOW MASTER STATUS", "foreign SHOW MASTER"},
      {"SHOW CREATE TRIGGER x", "foreign SHOW CREATE TRIGGER"},
      {"SELECT 1 INTO OUTFILE '/tmp/x'", "foreign SELECT INTO"},
      {"SELECT a INTO @x FROM t", "{select a from t into @x}"},
      {"SELECT a FROM t LIMIT 1 INTO @x, @`Y`", "{select a from t limit 1 into @x into @Y}"},
      {"SELECT a INTO x FROM t", "foreign SELECT INTO"},
      {"SELECT a FROM (SELECT 1 INTO @x) t", "foreign SELECT INTO"},
      {"SELECT a INTO @x FROM t LIMIT 1 INTO @y", "foreign SELECT INTO"},
      {"ALTER INSTANCE RELOAD TLS", "foreign ALTER INSTANCE"},
  };
  expect_trees(kCases);
}

TEST(Statements, WhatIsOursTheGrammarSays) {
  static constexpr Case kForeign[] = {
      {"ALTER SYSTEM ADD DELETE x", "foreign ALTER SYSTEM ADD DELETE"},
      {"ALTER SYSTEM ADD DELETE", "foreign ALTER SYSTEM ADD DELETE"},
      {"ALTER INSTANCE", "foreign ALTER INSTANCE"},
      {"ALTER INSTANCE ROTATE", "foreign ALTER INSTANCE"},
      {"ALTER INSTANCE ROTATE BINLOG MASTER KEY", "foreign ALTER INSTANCE"},
      // A name that may stand there makes nothing ours.
      {"DESC extended", "foreign DESC EXTENDED"},
      {"SET role = 1", "foreign SET ROLE"},
      {"ALTER SYSTEM START SERVER 'x'", "foreign ALTER SYSTEM START SERVER"},
  };
  expect_trees(kForeign);
  // Ours, whatever is wrong behind the words that say so.
  for (const std::string_view sql : {"ALTER SYSTEM BACKUP 5", "ALTER SYSTEM BACKUP KEY 5",
                                     "ALTER SYSTEM ADD DELETE BACKUP", "ALTER SYSTEM DROP DELETE BACKUP x",
                                     "ALTER INSTANCE ROTATE INNODB", "ALTER INSTANCE ROTATE INNODB BINLOG"}) {
    EXPECT_TRUE(parsed(sql).starts_with("error")) << sql;
  }
}

TEST(Statements, WordsThatAreNotReservedAreNames) {
  for (const std::string_view word :
       {"NAME",   "VALUE",     "STATUS",   "TYPE",   "COMMENT", "TENANT", "ZONE",       "PATH",   "LOCALITY",
        "POLICY", "RESULT",    "LOG_MODE", "USER",   "DATE",    "TIME",   "TIMESTAMP",  "COUNT",  "PASSWORD",
        "HOST",   "END",       "OFFSET",   "GLOBAL", "SESSION", "SERVER", "UNIT",       "POOL",   "BACKUP",
        "SCOPE",  "TENANT_ID", "POSITION", "TRIM",   "ROW",     "QUERY",  "PRIVILEGES", "TABLES", "COLUMNS",
        "ESCAPE", "ANY",       "SYSTEM",   "VIEW",   "BEGIN",   "FORCE"}) {
    const std::string w(word);
    EXPECT_EQ(
        parsed("SELECT " + w + ", t." + w + " FROM " + w + " AS " + w + " WHERE " + w + " = 1 ORDER BY " + w),
        "{select " + w + ", t." + w + " from " + w + " as " + w + " where (" + w + " = 1) order " + w + "}");
  }
  EXPECT_EQ(parsed("SELECT t.key, mysql.user.select FROM mysql.order"),
            "{select t.key, mysql.user.select from mysql.order}");
  EXPECT_TRUE(parsed("SELECT key FROM t").starts_with("error"));
}

TEST(Statements, Parameters) {
  const grammar::ParseOptions options{.parameters = true};
  auto result = grammar::parse("SELECT ?, a FROM t WHERE b IN (?, ?) LIMIT ?, ?", options);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->parameter_count, 5U);
  EXPECT_EQ(print(result->statement), "{select ?0, a from t where (b in [?1, ?2]) limit ?4 offset ?3}");
  EXPECT_EQ(parsed("ALTER SYSTEM SET X = ?", options), "alter system set x=parameter:");
  EXPECT_EQ(parsed("KILL ?", options), "kill ?0");
  EXPECT_TRUE(parsed("SELECT ?").starts_with("error"));
}

TEST(Statements, SecretsAreSaidToBe) {
  const auto secret = [](std::string_view sql) { return grammar::parse(sql, {})->has_secret; };
  EXPECT_TRUE(secret("ALTER SYSTEM SET a = 'x'"));
  EXPECT_TRUE(secret("ALTER SYSTEM BACKUP KEY TO 'x'"));
  EXPECT_TRUE(secret("ALTER SYSTEM RESTORE KEY TENANT = t FROM 'x'"));
  EXPECT_TRUE(secret("CREATE USER u IDENTIFIED BY 'x'"));
  EXPECT_TRUE(secret("SET PASSWORD = 'x'"));
  EXPECT_TRUE(secret("SET @a = 'x'"));
  EXPECT_TRUE(secret("SELECT PASSWORD('x')"));
  EXPECT_TRUE(secret("GRANT SELECT ON *.* TO u IDENTIFIED BY 'x'"));
  EXPECT_FALSE(secret("SELECT 'x'"));
  EXPECT_FALSE(secret("SHOW TABLES"));
}

TEST(Statements, ExecutableCommentsAreRead) {
  static constexpr Case kCases[] = {
      {"/*!40101 SET NAMES utf8 */", "set names utf8"},
      {"/*!40100 SET @@SQL_MODE='' */;", "set SQL_MODE=''"},
      {"/*M!100100 SET WAIT_TIMEOUT=DEFAULT */", "set WAIT_TIMEOUT=default"},
      {"/*! SELECT */ 1", "{select 1}"},
      {"/*!80000 SELECT 2 */", "empty"},
      {"SELECT /*+ HINT(a) */ 1 /* b */ -- c\n + 2 # d", "{select (1 + 2)}"},
      {"SELECT 1--1", "{select (1 - (-1))}"},
      {"/* ping */ SELECT 1", "{select 1}"},
  };
  expect_trees(kCases);
}

}  // namespace
}  // namespace breakwater::test
