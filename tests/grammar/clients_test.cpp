// What command lines, drivers, GUIs and monitors send by themselves.
#include <gtest/gtest.h>

#include "grammar/helpers.h"

namespace breakwater::test {
namespace {

constexpr std::string_view kSent[] = {
    "select @@version_comment, @@version limit 1",
    "select @@version_comment limit 1",
    "select USER()",
    "SELECT DATABASE()",
    "select DATABASE(), USER() limit 1",
    ("select @@character_set_client, @@character_set_connection, @@character_set_server, "
     "@@character_set_database limit 1"),
    "show databases",
    "show tables",
    "show warnings",
    "select $$",
    "SET AUTOCOMMIT = 1",
    "select connection_id()",
    "/*!40100 SET @@SQL_MODE='' */",
    "/*!40103 SET TIME_ZONE='+00:00' */",
    "/*M!100100 SET @@MAX_STATEMENT_TIME=0.000000 */",
    "/*M!100100 SET WAIT_TIMEOUT=DEFAULT */",
    "set optimizer_switch='semijoin=off'",
    "SELECT LOGFILE_GROUP_NAME, FILE_NAME, TOTAL_EXTENTS, INITIAL_SIZE, ENGINE, EXTRA FROM "
    "INFORMATION_SCHEMA.FILES WHERE "
    "FILE_TYPE = 'UNDO LOG' AND FILE_NAME IS NOT NULL AND LOGFILE_GROUP_NAME IS NOT NULL GROUP BY "
    "LOGFILE_GROUP_NAME, "
    "FILE_NAME, ENGINE, TOTAL_EXTENTS, INITIAL_SIZE ORDER BY LOGFILE_GROUP_NAME",
    "set optimizer_switch=default",
    "SHOW TABLES LIKE '%'",
    "UNLOCK TABLES",
    "FLUSH TABLES WITH READ LOCK",
    "SHOW MASTER STATUS",
    "SHOW PROCESSLIST",
    "/* mysql-connector-j-8.0.33 (Revision: 7d6b0800528b6b25c68b52dc10d6c1c8429c100c) */SELECT  "
    "@@session.auto_increment_increment AS auto_increment_increment, @@character_set_client AS "
    "character_set_client, "
    "@@init_connect AS init_connect, @@license AS license, @@lower_case_table_names AS "
    "lower_case_table_names, "
    "@@performance_schema AS performance_schema, @@query_cache_size AS query_cache_size, @@sql_mode AS "
    "sql_mode, "
    "@@system_time_zone AS system_time_zone, @@time_zone AS time_zone, @@transaction_isolation AS "
    "transaction_isolation, @@wait_timeout AS wait_timeout",
    "SET character_set_results = NULL",
    "SET autocommit=1",
    "set session transaction read only",
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    "USE `db`",
    "SHOW FULL TABLES FROM `oceanbase` LIKE 'CDB%'",
    "SHOW FULL COLUMNS FROM `CDB_OB_BACKUP_PARAMETER` FROM `oceanbase`",
    "select @@sql_mode",
    "set names utf8",
    "SELECT @@max_allowed_packet,@@system_time_zone,@@time_zone,@@auto_increment_increment,@@tx_isolation AS "
    "tx_isolation,@@session.tx_read_only AS tx_read_only",
    "select @@version_comment, @@version, ob_version() limit 1",
    "SELECT SCHEMA_NAME  TABLE_CAT FROM INFORMATION_SCHEMA.SCHEMATA ORDER BY 1",
    "set autocommit=1, sql_mode = concat(@@sql_mode,',STRICT_TRANS_TABLES')",
    "SELECT @@transaction_isolation AS i,@@version_comment AS v,@@system_time_zone AS s,@@time_zone AS t",
    "SHOW VARIABLES LIKE 'innodb\\\\_lock\\\\_wait\\\\_timeout'",
    "SET lock_wait_timeout=2",
    "SHOW GLOBAL STATUS",
    "SHOW GLOBAL VARIABLES",
    "SHOW ALL SLAVES STATUS",
    "SET sql_mode=(SELECT CONCAT(@@sql_mode, "
    "',PIPES_AS_CONCAT,NO_ENGINE_SUBSTITUTION')),time_zone='+00:00',NAMES utf8mb4 "
    "COLLATE utf8mb4_unicode_ci;",
    "SET NAMES utf8mb4;",
    "SELECT CONNECTION_ID(), VERSION();",
    "SHOW schemas",
    "SHOW CREATE TABLE `CDB_OB_BACKUP_PARAMETER`",
    "SET NAMES 'utf8mb4' COLLATE 'utf8mb4_general_ci'",
    "SET @@session.autocommit = OFF",
    "SELECT VERSION() as `version`",
    "SELECT 1+1 AS result",
    "SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_TYPE = 'BASE TABLE' AND TABLE_SCHEMA = "
    "'oceanbase';",
    "SET @@wait_timeout = 2147483",
    "SET SQL_AUTO_IS_NULL=0",
    "DESCRIBE `CDB_OB_BACKUP_PARAMETER`",
    "SET session_track_schema= ON",
    "SET session_track_system_variables='autocommit,transaction_isolation'",
    "SHOW ENGINES",
    "SHOW CHARSET",
    "SHOW PLUGINS",
    "SELECT @@GLOBAL.character_set_server,@@GLOBAL.collation_server",
    "SELECT * FROM mysql.user ORDER BY user",
    "SET TRANSACTION READ WRITE",
    "select schema_name as name from information_schema.schemata order by if(schema() = schema_name, 1, 2), "
    "schema_name",
    "select collation_name, character_set_name, is_default collate utf8_general_ci = 'Yes' as is_default "
    "from "
    "information_schema.collations",
    "SET CHARACTER SET utf8",
    "SHOW SESSION STATUS LIKE 'Ssl_cipher'",
    "SET SQL_SAFE_UPDATES=1",
    "SHOW TABLE STATUS FROM `oceanbase`",
    "SHOW FUNCTION STATUS WHERE `Db`='oceanbase'",
    "SELECT COUNT(*) AS support_ndb FROM information_schema.ENGINES WHERE Engine = 'ndbcluster'",
    "SET PROFILING = 1",
    "SET wait_timeout=10",
    "SELECT @@global.read_only read_only",
    "SELECT @@global.server_id, @@read_only;",
    "SELECT TABLE_SCHEMA TABLE_CAT, NULL TABLE_SCHEM, TABLE_NAME, CASE data_type WHEN 'bit' THEN -7 WHEN "
    "'char' THEN 1 ELSE "
    "1111 END DATA_TYPE, IF(NUMERIC_PRECISION IS NULL, CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION) "
    "COLUMN_SIZE FROM "
    "INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = 'oceanbase' AND TABLE_NAME LIKE 'CDB%' ORDER BY "
    "TABLE_CAT, "
    "TABLE_SCHEM, TABLE_NAME, ORDINAL_POSITION",
    "SELECT * FROM (SELECT kcu.* FROM INFORMATION_SCHEMA.KEY_COLUMN_USAGE kcu WHERE kcu.TABLE_SCHEMA = 'a') "
    "kcu LEFT JOIN "
    "INFORMATION_SCHEMA.REFERENTIAL_CONSTRAINTS rc ON rc.CONSTRAINT_SCHEMA = kcu.CONSTRAINT_SCHEMA AND "
    "rc.CONSTRAINT_NAME = kcu.CONSTRAINT_NAME WHERE kcu.CONSTRAINT_NAME != 'PRIMARY'",
    "select time_to_usec(now(6)), truncate(1.234, 2), round(a / 1024, 2) from b",
};

TEST(Clients, EverythingTheySendParses) {
  for (const std::string_view sql : kSent) {
    const std::string tree = parsed(sql);
    EXPECT_FALSE(tree.starts_with("error")) << sql << "\n  " << tree;
  }
}

}  // namespace
}  // namespace breakwater::test
