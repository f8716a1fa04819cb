// The columns of information_schema's tables, as MySQL 5.7 has them (integers are BIGINT here). Internal to
// the room.
#pragma once

#include "catalog/view.h"

namespace breakwater::catalog::information {

inline constexpr ColumnDecl kSchemata[] = {
    {"CATALOG_NAME", "varchar(512)", "NO"},
    {"SCHEMA_NAME", "varchar(64)", "NO"},
    {"DEFAULT_CHARACTER_SET_NAME", "varchar(32)", "NO"},
    {"DEFAULT_COLLATION_NAME", "varchar(32)", "NO"},
    {"SQL_PATH", "varchar(512)", "YES"},
};

inline constexpr ColumnDecl kTables[] = {
    {"TABLE_CATALOG", "varchar(512)", "NO"},
    {"TABLE_SCHEMA", "varchar(64)", "NO"},
    {"TABLE_NAME", "varchar(64)", "NO"},
    {"TABLE_TYPE", "varchar(64)", "NO"},
    {"ENGINE", "varchar(64)", "YES"},
    {"VERSION", "bigint(20) unsigned", "YES"},
    {"ROW_FORMAT", "varchar(10)", "YES"},
    {"TABLE_ROWS", "bigint(20) unsigned", "YES"},
    {"AVG_ROW_LENGTH", "bigint(20) unsigned", "YES"},
    {"DATA_LENGTH", "bigint(20) unsigned", "YES"},
    {"MAX_DATA_LENGTH", "bigint(20) unsigned", "YES"},
    {"INDEX_LENGTH", "bigint(20) unsigned", "YES"},
    {"DATA_FREE", "bigint(20) unsigned", "YES"},
    {"AUTO_INCREMENT", "bigint(20) unsigned", "YES"},
    {"CREATE_TIME", "datetime", "YES"},
    {"UPDATE_TIME", "datetime", "YES"},
    {"CHECK_TIME", "datetime", "YES"},
    {"TABLE_COLLATION", "varchar(32)", "YES"},
    {"CHECKSUM", "bigint(20) unsigned", "YES"},
    {"CREATE_OPTIONS", "varchar(255)", "YES"},
    {"TABLE_COMMENT", "varchar(2048)", "NO"},
};

inline constexpr ColumnDecl kColumns[] = {
    {"TABLE_CATALOG", "varchar(512)", "NO"},
    {"TABLE_SCHEMA", "varchar(64)", "NO"},
    {"TABLE_NAME", "varchar(64)", "NO"},
    {"COLUMN_NAME", "varchar(64)", "NO"},
    {"ORDINAL_POSITION", "bigint(20) unsigned", "NO"},
    {"COLUMN_DEFAULT", "longtext", "YES"},
    {"IS_NULLABLE", "varchar(3)", "NO"},
    {"DATA_TYPE", "varchar(64)", "NO"},
    {"CHARACTER_MAXIMUM_LENGTH", "bigint(20) unsigned", "YES"},
    {"CHARACTER_OCTET_LENGTH", "bigint(20) unsigned", "YES"},
    {"NUMERIC_PRECISION", "bigint(20) unsigned", "YES"},
    {"NUMERIC_SCALE", "bigint(20) unsigned", "YES"},
    {"DATETIME_PRECISION", "bigint(20) unsigned", "YES"},
    {"CHARACTER_SET_NAME", "varchar(32)", "YES"},
    {"COLLATION_NAME", "varchar(32)", "YES"},
    {"COLUMN_TYPE", "longtext", "NO"},
    {"COLUMN_KEY", "varchar(3)", "NO"},
    {"EXTRA", "varchar(30)", "NO"},
    {"PRIVILEGES", "varchar(80)", "NO"},
    {"COLUMN_COMMENT", "varchar(1024)", "NO"},
    {"GENERATION_EXPRESSION", "longtext", "NO"},
};

inline constexpr ColumnDecl kViews[] = {
    {"TABLE_CATALOG", "varchar(512)", "NO"},
    {"TABLE_SCHEMA", "varchar(64)", "NO"},
    {"TABLE_NAME", "varchar(64)", "NO"},
    {"VIEW_DEFINITION", "longtext", "NO"},
    {"CHECK_OPTION", "varchar(8)", "NO"},
    {"IS_UPDATABLE", "varchar(3)", "NO"},
    {"DEFINER", "varchar(93)", "NO"},
    {"SECURITY_TYPE", "varchar(7)", "NO"},
    {"CHARACTER_SET_CLIENT", "varchar(32)", "NO"},
    {"COLLATION_CONNECTION", "varchar(32)", "NO"},
};

inline constexpr ColumnDecl kEngines[] = {
    {"ENGINE", "varchar(64)", "NO"},  {"SUPPORT", "varchar(8)", "NO"},
    {"COMMENT", "varchar(80)", "NO"}, {"TRANSACTIONS", "varchar(3)", "YES"},
    {"XA", "varchar(3)", "YES"},      {"SAVEPOINTS", "varchar(3)", "YES"},
};

inline constexpr ColumnDecl kCharacterSets[] = {
    {"CHARACTER_SET_NAME", "varchar(32)", "NO"},
    {"DEFAULT_COLLATE_NAME", "varchar(32)", "NO"},
    {"DESCRIPTION", "varchar(60)", "NO"},
    {"MAXLEN", "bigint(3)", "NO"},
};

inline constexpr ColumnDecl kCollations[] = {
    {"COLLATION_NAME", "varchar(32)", "NO"},
    {"CHARACTER_SET_NAME", "varchar(32)", "NO"},
    {"ID", "bigint(11)", "NO"},
    {"IS_DEFAULT", "varchar(3)", "NO"},
    {"IS_COMPILED", "varchar(3)", "NO"},
    {"SORTLEN", "bigint(3)", "NO"},
};

inline constexpr ColumnDecl kStatistics[] = {
    {"TABLE_CATALOG", "varchar(512)", "NO"}, {"TABLE_SCHEMA", "varchar(64)", "NO"},
    {"TABLE_NAME", "varchar(64)", "NO"},     {"NON_UNIQUE", "bigint(1)", "NO"},
    {"INDEX_SCHEMA", "varchar(64)", "NO"},   {"INDEX_NAME", "varchar(64)", "NO"},
    {"SEQ_IN_INDEX", "bigint(2)", "NO"},     {"COLUMN_NAME", "varchar(64)", "NO"},
    {"COLLATION", "varchar(1)", "YES"},      {"CARDINALITY", "bigint(21)", "YES"},
    {"SUB_PART", "bigint(3)", "YES"},        {"PACKED", "varchar(10)", "YES"},
    {"NULLABLE", "varchar(3)", "NO"},        {"INDEX_TYPE", "varchar(16)", "NO"},
    {"COMMENT", "varchar(16)", "YES"},       {"INDEX_COMMENT", "varchar(1024)", "NO"},
};

inline constexpr ColumnDecl kKeyColumnUsage[] = {
    {"CONSTRAINT_CATALOG", "varchar(512)", "NO"},
    {"CONSTRAINT_SCHEMA", "varchar(64)", "NO"},
    {"CONSTRAINT_NAME", "varchar(64)", "NO"},
    {"TABLE_CATALOG", "varchar(512)", "NO"},
    {"TABLE_SCHEMA", "varchar(64)", "NO"},
    {"TABLE_NAME", "varchar(64)", "NO"},
    {"COLUMN_NAME", "varchar(64)", "NO"},
    {"ORDINAL_POSITION", "bigint(10)", "NO"},
    {"POSITION_IN_UNIQUE_CONSTRAINT", "bigint(10)", "YES"},
    {"REFERENCED_TABLE_SCHEMA", "varchar(64)", "YES"},
    {"REFERENCED_TABLE_NAME", "varchar(64)", "YES"},
    {"REFERENCED_COLUMN_NAME", "varchar(64)", "YES"},
};

inline constexpr ColumnDecl kTableConstraints[] = {
    {"CONSTRAINT_CATALOG", "varchar(512)", "NO"}, {"CONSTRAINT_SCHEMA", "varchar(64)", "NO"},
    {"CONSTRAINT_NAME", "varchar(64)", "NO"},     {"TABLE_SCHEMA", "varchar(64)", "NO"},
    {"TABLE_NAME", "varchar(64)", "NO"},          {"CONSTRAINT_TYPE", "varchar(64)", "NO"},
};

inline constexpr ColumnDecl kReferentialConstraints[] = {
    {"CONSTRAINT_CATALOG", "varchar(512)", "NO"},
    {"CONSTRAINT_SCHEMA", "varchar(64)", "NO"},
    {"CONSTRAINT_NAME", "varchar(64)", "NO"},
    {"UNIQUE_CONSTRAINT_CATALOG", "varchar(512)", "NO"},
    {"UNIQUE_CONSTRAINT_SCHEMA", "varchar(64)", "NO"},
    {"UNIQUE_CONSTRAINT_NAME", "varchar(64)", "YES"},
    {"MATCH_OPTION", "varchar(64)", "NO"},
    {"UPDATE_RULE", "varchar(64)", "NO"},
    {"DELETE_RULE", "varchar(64)", "NO"},
    {"TABLE_NAME", "varchar(64)", "NO"},
    {"REFERENCED_TABLE_NAME", "varchar(64)", "NO"},
};

inline constexpr ColumnDecl kApplicability[] = {
    {"COLLATION_NAME", "varchar(32)", "NO"},
    {"CHARACTER_SET_NAME", "varchar(32)", "NO"},
};

inline constexpr ColumnDecl kRoutines[] = {
    {"SPECIFIC_NAME", "varchar(64)", "NO"},
    {"ROUTINE_CATALOG", "varchar(512)", "NO"},
    {"ROUTINE_SCHEMA", "varchar(64)", "NO"},
    {"ROUTINE_NAME", "varchar(64)", "NO"},
    {"ROUTINE_TYPE", "varchar(9)", "NO"},
    {"DATA_TYPE", "varchar(64)", "NO"},
    {"CHARACTER_MAXIMUM_LENGTH", "bigint(21)", "YES"},
    {"CHARACTER_OCTET_LENGTH", "bigint(21)", "YES"},
    {"NUMERIC_PRECISION", "bigint(21) unsigned", "YES"},
    {"NUMERIC_SCALE", "bigint(21)", "YES"},
    {"DATETIME_PRECISION", "bigint(21) unsigned", "YES"},
    {"CHARACTER_SET_NAME", "varchar(64)", "YES"},
    {"COLLATION_NAME", "varchar(64)", "YES"},
    {"DTD_IDENTIFIER", "longtext", "YES"},
    {"ROUTINE_BODY", "varchar(8)", "NO"},
    {"ROUTINE_DEFINITION", "longtext", "YES"},
    {"EXTERNAL_NAME", "varchar(64)", "YES"},
    {"EXTERNAL_LANGUAGE", "varchar(64)", "YES"},
    {"PARAMETER_STYLE", "varchar(8)", "NO"},
    {"IS_DETERMINISTIC", "varchar(3)", "NO"},
    {"SQL_DATA_ACCESS", "varchar(64)", "NO"},
    {"SQL_PATH", "varchar(64)", "YES"},
    {"SECURITY_TYPE", "varchar(7)", "NO"},
    {"CREATED", "datetime", "NO"},
    {"LAST_ALTERED", "datetime", "NO"},
    {"SQL_MODE", "varchar(8192)", "NO"},
    {"ROUTINE_COMMENT", "longtext", "NO"},
    {"DEFINER", "varchar(93)", "NO"},
    {"CHARACTER_SET_CLIENT", "varchar(32)", "NO"},
    {"COLLATION_CONNECTION", "varchar(32)", "NO"},
    {"DATABASE_COLLATION", "varchar(32)", "NO"},
};

inline constexpr ColumnDecl kRoutineParameters[] = {
    {"SPECIFIC_CATALOG", "varchar(512)", "NO"},
    {"SPECIFIC_SCHEMA", "varchar(64)", "NO"},
    {"SPECIFIC_NAME", "varchar(64)", "NO"},
    {"ORDINAL_POSITION", "bigint(21)", "NO"},
    {"PARAMETER_MODE", "varchar(5)", "YES"},
    {"PARAMETER_NAME", "varchar(64)", "YES"},
    {"DATA_TYPE", "varchar(64)", "NO"},
    {"CHARACTER_MAXIMUM_LENGTH", "bigint(21)", "YES"},
    {"CHARACTER_OCTET_LENGTH", "bigint(21)", "YES"},
    {"NUMERIC_PRECISION", "bigint(21) unsigned", "YES"},
    {"NUMERIC_SCALE", "bigint(21)", "YES"},
    {"DATETIME_PRECISION", "bigint(21) unsigned", "YES"},
    {"CHARACTER_SET_NAME", "varchar(64)", "YES"},
    {"COLLATION_NAME", "varchar(64)", "YES"},
    {"DTD_IDENTIFIER", "longtext", "NO"},
    {"ROUTINE_TYPE", "varchar(9)", "NO"},
};

inline constexpr ColumnDecl kTriggers[] = {
    {"TRIGGER_CATALOG", "varchar(512)", "NO"},
    {"TRIGGER_SCHEMA", "varchar(64)", "NO"},
    {"TRIGGER_NAME", "varchar(64)", "NO"},
    {"EVENT_MANIPULATION", "varchar(6)", "NO"},
    {"EVENT_OBJECT_CATALOG", "varchar(512)", "NO"},
    {"EVENT_OBJECT_SCHEMA", "varchar(64)", "NO"},
    {"EVENT_OBJECT_TABLE", "varchar(64)", "NO"},
    {"ACTION_ORDER", "bigint(4)", "NO"},
    {"ACTION_CONDITION", "longtext", "YES"},
    {"ACTION_STATEMENT", "longtext", "NO"},
    {"ACTION_ORIENTATION", "varchar(9)", "NO"},
    {"ACTION_TIMING", "varchar(6)", "NO"},
    {"ACTION_REFERENCE_OLD_TABLE", "varchar(64)", "YES"},
    {"ACTION_REFERENCE_NEW_TABLE", "varchar(64)", "YES"},
    {"ACTION_REFERENCE_OLD_ROW", "varchar(3)", "NO"},
    {"ACTION_REFERENCE_NEW_ROW", "varchar(3)", "NO"},
    {"CREATED", "datetime(2)", "YES"},
    {"SQL_MODE", "varchar(8192)", "NO"},
    {"DEFINER", "varchar(93)", "NO"},
    {"CHARACTER_SET_CLIENT", "varchar(32)", "NO"},
    {"COLLATION_CONNECTION", "varchar(32)", "NO"},
    {"DATABASE_COLLATION", "varchar(32)", "NO"},
};

inline constexpr ColumnDecl kEvents[] = {
    {"EVENT_CATALOG", "varchar(64)", "NO"},
    {"EVENT_SCHEMA", "varchar(64)", "NO"},
    {"EVENT_NAME", "varchar(64)", "NO"},
    {"DEFINER", "varchar(93)", "NO"},
    {"TIME_ZONE", "varchar(64)", "NO"},
    {"EVENT_BODY", "varchar(8)", "NO"},
    {"EVENT_DEFINITION", "longtext", "NO"},
    {"EVENT_TYPE", "varchar(9)", "NO"},
    {"EXECUTE_AT", "datetime", "YES"},
    {"INTERVAL_VALUE", "varchar(256)", "YES"},
    {"INTERVAL_FIELD", "varchar(18)", "YES"},
    {"SQL_MODE", "varchar(8192)", "NO"},
    {"STARTS", "datetime", "YES"},
    {"ENDS", "datetime", "YES"},
    {"STATUS", "varchar(18)", "NO"},
    {"ON_COMPLETION", "varchar(12)", "NO"},
    {"CREATED", "datetime", "NO"},
    {"LAST_ALTERED", "datetime", "NO"},
    {"LAST_EXECUTED", "datetime", "YES"},
    {"EVENT_COMMENT", "varchar(64)", "NO"},
    {"ORIGINATOR", "bigint(10)", "NO"},
    {"CHARACTER_SET_CLIENT", "varchar(32)", "NO"},
    {"COLLATION_CONNECTION", "varchar(32)", "NO"},
    {"DATABASE_COLLATION", "varchar(32)", "NO"},
};

inline constexpr ColumnDecl kPartitions[] = {
    {"TABLE_CATALOG", "varchar(512)", "NO"},
    {"TABLE_SCHEMA", "varchar(64)", "NO"},
    {"TABLE_NAME", "varchar(64)", "NO"},
    {"PARTITION_NAME", "varchar(64)", "YES"},
    {"SUBPARTITION_NAME", "varchar(64)", "YES"},
    {"PARTITION_ORDINAL_POSITION", "bigint(21) unsigned", "YES"},
    {"SUBPARTITION_ORDINAL_POSITION", "bigint(21) unsigned", "YES"},
    {"PARTITION_METHOD", "varchar(18)", "YES"},
    {"SUBPARTITION_METHOD", "varchar(12)", "YES"},
    {"PARTITION_EXPRESSION", "longtext", "YES"},
    {"SUBPARTITION_EXPRESSION", "longtext", "YES"},
    {"PARTITION_DESCRIPTION", "longtext", "YES"},
    {"TABLE_ROWS", "bigint(21) unsigned", "NO"},
    {"AVG_ROW_LENGTH", "bigint(21) unsigned", "NO"},
    {"DATA_LENGTH", "bigint(21) unsigned", "NO"},
    {"MAX_DATA_LENGTH", "bigint(21) unsigned", "YES"},
    {"INDEX_LENGTH", "bigint(21) unsigned", "NO"},
    {"DATA_FREE", "bigint(21) unsigned", "NO"},
    {"CREATE_TIME", "datetime", "YES"},
    {"UPDATE_TIME", "datetime", "YES"},
    {"CHECK_TIME", "datetime", "YES"},
    {"CHECKSUM", "bigint(21) unsigned", "YES"},
    {"PARTITION_COMMENT", "varchar(80)", "NO"},
    {"NODEGROUP", "varchar(12)", "NO"},
    {"TABLESPACE_NAME", "varchar(64)", "YES"},
};

inline constexpr ColumnDecl kFiles[] = {
    {"FILE_ID", "bigint(4)", "NO"},
    {"FILE_NAME", "varchar(4000)", "YES"},
    {"FILE_TYPE", "varchar(20)", "NO"},
    {"TABLESPACE_NAME", "varchar(64)", "YES"},
    {"TABLE_CATALOG", "varchar(64)", "NO"},
    {"TABLE_SCHEMA", "varchar(64)", "YES"},
    {"TABLE_NAME", "varchar(64)", "YES"},
    {"LOGFILE_GROUP_NAME", "varchar(64)", "YES"},
    {"LOGFILE_GROUP_NUMBER", "bigint(4)", "YES"},
    {"ENGINE", "varchar(64)", "NO"},
    {"FULLTEXT_KEYS", "varchar(64)", "YES"},
    {"DELETED_ROWS", "bigint(4)", "YES"},
    {"UPDATE_COUNT", "bigint(4)", "YES"},
    {"FREE_EXTENTS", "bigint(4)", "YES"},
    {"TOTAL_EXTENTS", "bigint(4)", "YES"},
    {"EXTENT_SIZE", "bigint(4)", "NO"},
    {"INITIAL_SIZE", "bigint(21) unsigned", "YES"},
    {"MAXIMUM_SIZE", "bigint(21) unsigned", "YES"},
    {"AUTOEXTEND_SIZE", "bigint(21) unsigned", "YES"},
    {"CREATION_TIME", "datetime", "YES"},
    {"LAST_UPDATE_TIME", "datetime", "YES"},
    {"LAST_ACCESS_TIME", "datetime", "YES"},
    {"RECOVER_TIME", "bigint(4)", "YES"},
    {"TRANSACTION_COUNTER", "bigint(4)", "YES"},
    {"VERSION", "bigint(21) unsigned", "YES"},
    {"ROW_FORMAT", "varchar(10)", "YES"},
    {"TABLE_ROWS", "bigint(21) unsigned", "YES"},
    {"AVG_ROW_LENGTH", "bigint(21) unsigned", "YES"},
    {"DATA_LENGTH", "bigint(21) unsigned", "YES"},
    {"MAX_DATA_LENGTH", "bigint(21) unsigned", "YES"},
    {"INDEX_LENGTH", "bigint(21) unsigned", "YES"},
    {"DATA_FREE", "bigint(21) unsigned", "YES"},
    {"CREATE_TIME", "datetime", "YES"},
    {"UPDATE_TIME", "datetime", "YES"},
    {"CHECK_TIME", "datetime", "YES"},
    {"CHECKSUM", "bigint(21) unsigned", "YES"},
    {"STATUS", "varchar(20)", "NO"},
    {"EXTRA", "varchar(255)", "YES"},
};

inline constexpr ColumnDecl kPlugins[] = {
    {"PLUGIN_NAME", "varchar(64)", "NO"},
    {"PLUGIN_VERSION", "varchar(20)", "NO"},
    {"PLUGIN_STATUS", "varchar(10)", "NO"},
    {"PLUGIN_TYPE", "varchar(80)", "NO"},
    {"PLUGIN_TYPE_VERSION", "varchar(20)", "NO"},
    {"PLUGIN_LIBRARY", "varchar(64)", "YES"},
    {"PLUGIN_LIBRARY_VERSION", "varchar(20)", "YES"},
    {"PLUGIN_AUTHOR", "varchar(64)", "YES"},
    {"PLUGIN_DESCRIPTION", "longtext", "YES"},
    {"PLUGIN_LICENSE", "varchar(80)", "YES"},
    {"LOAD_OPTION", "varchar(64)", "NO"},
};

inline constexpr ColumnDecl kUserPrivileges[] = {
    {"GRANTEE", "varchar(81)", "NO"},
    {"TABLE_CATALOG", "varchar(512)", "NO"},
    {"PRIVILEGE_TYPE", "varchar(64)", "NO"},
    {"IS_GRANTABLE", "varchar(3)", "NO"},
};

inline constexpr ColumnDecl kSchemaPrivileges[] = {
    {"GRANTEE", "varchar(81)", "NO"},      {"TABLE_CATALOG", "varchar(512)", "NO"},
    {"TABLE_SCHEMA", "varchar(64)", "NO"}, {"PRIVILEGE_TYPE", "varchar(64)", "NO"},
    {"IS_GRANTABLE", "varchar(3)", "NO"},
};

inline constexpr ColumnDecl kTablePrivileges[] = {
    {"GRANTEE", "varchar(81)", "NO"},        {"TABLE_CATALOG", "varchar(512)", "NO"},
    {"TABLE_SCHEMA", "varchar(64)", "NO"},   {"TABLE_NAME", "varchar(64)", "NO"},
    {"PRIVILEGE_TYPE", "varchar(64)", "NO"}, {"IS_GRANTABLE", "varchar(3)", "NO"},
};

inline constexpr ColumnDecl kColumnPrivileges[] = {
    {"GRANTEE", "varchar(81)", "NO"},      {"TABLE_CATALOG", "varchar(512)", "NO"},
    {"TABLE_SCHEMA", "varchar(64)", "NO"}, {"TABLE_NAME", "varchar(64)", "NO"},
    {"COLUMN_NAME", "varchar(64)", "NO"},  {"PRIVILEGE_TYPE", "varchar(64)", "NO"},
    {"IS_GRANTABLE", "varchar(3)", "NO"},
};

inline constexpr ColumnDecl kProfiling[] = {
    {"QUERY_ID", "bigint(20)", "NO"},
    {"SEQ", "bigint(20)", "NO"},
    {"STATE", "varchar(30)", "NO"},
    {"DURATION", "decimal(9,6)", "NO"},
    {"CPU_USER", "decimal(9,6)", "YES"},
    {"CPU_SYSTEM", "decimal(9,6)", "YES"},
    {"CONTEXT_VOLUNTARY", "bigint(20)", "YES"},
    {"CONTEXT_INVOLUNTARY", "bigint(20)", "YES"},
    {"BLOCK_OPS_IN", "bigint(20)", "YES"},
    {"BLOCK_OPS_OUT", "bigint(20)", "YES"},
    {"MESSAGES_SENT", "bigint(20)", "YES"},
    {"MESSAGES_RECEIVED", "bigint(20)", "YES"},
    {"PAGE_FAULTS_MAJOR", "bigint(20)", "YES"},
    {"PAGE_FAULTS_MINOR", "bigint(20)", "YES"},
    {"SWAPS", "bigint(20)", "YES"},
    {"SOURCE_FUNCTION", "varchar(30)", "YES"},
    {"SOURCE_FILE", "varchar(20)", "YES"},
    {"SOURCE_LINE", "bigint(20)", "YES"},
};

inline constexpr ColumnDecl kTablespaces[] = {
    {"TABLESPACE_NAME", "varchar(64)", "NO"},       {"ENGINE", "varchar(64)", "NO"},
    {"TABLESPACE_TYPE", "varchar(64)", "YES"},      {"LOGFILE_GROUP_NAME", "varchar(64)", "YES"},
    {"EXTENT_SIZE", "bigint(21) unsigned", "YES"},  {"AUTOEXTEND_SIZE", "bigint(21) unsigned", "YES"},
    {"MAXIMUM_SIZE", "bigint(21) unsigned", "YES"}, {"NODEGROUP_ID", "bigint(21) unsigned", "YES"},
    {"TABLESPACE_COMMENT", "varchar(2048)", "YES"},
};

}  // namespace breakwater::catalog::information
