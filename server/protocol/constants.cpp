#include "server/protocol/constants.h"

#include <mysql.h>

// Checks our constants against libmariadb's header: the names are ours, but the numbers are the protocol's.
namespace breakwater::protocol {
namespace {

static_assert(capability::kLongPassword == CLIENT_MYSQL);
static_assert(capability::kFoundRows == CLIENT_FOUND_ROWS);
static_assert(capability::kLongFlag == CLIENT_LONG_FLAG);
static_assert(capability::kConnectWithDb == CLIENT_CONNECT_WITH_DB);
static_assert(capability::kNoSchema == CLIENT_NO_SCHEMA);
static_assert(capability::kCompress == CLIENT_COMPRESS);
static_assert(capability::kOdbc == CLIENT_ODBC);
static_assert(capability::kLocalFiles == CLIENT_LOCAL_FILES);
static_assert(capability::kIgnoreSpace == CLIENT_IGNORE_SPACE);
static_assert(capability::kInteractive == CLIENT_INTERACTIVE);
static_assert(capability::kSsl == CLIENT_SSL);
static_assert(capability::kIgnoreSigpipe == CLIENT_IGNORE_SIGPIPE);
static_assert(capability::kTransactions == CLIENT_TRANSACTIONS);
static_assert(capability::kReserved == CLIENT_RESERVED);
static_assert(capability::kSecureConnection == CLIENT_SECURE_CONNECTION);
static_assert(capability::kMultiStatements == CLIENT_MULTI_STATEMENTS);
static_assert(capability::kMultiResults == CLIENT_MULTI_RESULTS);
static_assert(capability::kPsMultiResults == CLIENT_PS_MULTI_RESULTS);
static_assert(capability::kPluginAuth == CLIENT_PLUGIN_AUTH);
static_assert(capability::kConnectAttrs == CLIENT_CONNECT_ATTRS);
static_assert(capability::kPluginAuthLenenc == CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA);
static_assert(capability::kSessionTrack == CLIENT_SESSION_TRACKING);
static_assert(capability::kZstd == CLIENT_ZSTD_COMPRESSION);
static_assert((capability::kOffered & (7U << 27U)) == 0, "bits 27 to 29 are never offered");

static_assert(status::kInTransaction == SERVER_STATUS_IN_TRANS);
static_assert(status::kAutocommit == SERVER_STATUS_AUTOCOMMIT);
static_assert(status::kMoreResults == SERVER_MORE_RESULTS_EXIST);
static_assert(status::kCursorExists == SERVER_STATUS_CURSOR_EXISTS);
static_assert(status::kLastRowSent == SERVER_STATUS_LAST_ROW_SENT);
static_assert(status::kNoBackslashEscapes == SERVER_STATUS_NO_BACKSLASH_ESCAPES);
static_assert(status::kSessionStateChanged == SERVER_SESSION_STATE_CHANGED);

constexpr bool is(CommandCode ours, enum_server_command theirs) {
  return static_cast<int>(ours) == static_cast<int>(theirs);
}
static_assert(is(CommandCode::quit, COM_QUIT));
static_assert(is(CommandCode::init_db, COM_INIT_DB));
static_assert(is(CommandCode::query, COM_QUERY));
static_assert(is(CommandCode::field_list, COM_FIELD_LIST));
static_assert(is(CommandCode::statistics, COM_STATISTICS));
static_assert(is(CommandCode::process_info, COM_PROCESS_INFO));
static_assert(is(CommandCode::process_kill, COM_PROCESS_KILL));
static_assert(is(CommandCode::debug, COM_DEBUG));
static_assert(is(CommandCode::ping, COM_PING));
static_assert(is(CommandCode::change_user, COM_CHANGE_USER));
static_assert(is(CommandCode::stmt_prepare, COM_STMT_PREPARE));
static_assert(is(CommandCode::stmt_execute, COM_STMT_EXECUTE));
static_assert(is(CommandCode::stmt_send_long_data, COM_STMT_SEND_LONG_DATA));
static_assert(is(CommandCode::stmt_close, COM_STMT_CLOSE));
static_assert(is(CommandCode::stmt_reset, COM_STMT_RESET));
static_assert(is(CommandCode::stmt_fetch, COM_STMT_FETCH));
static_assert(is(CommandCode::set_option, COM_SET_OPTION));
static_assert(is(CommandCode::reset_connection, COM_RESET_CONNECTION));

constexpr bool is(ColumnType ours, enum_field_types theirs) {
  return static_cast<int>(ours) == static_cast<int>(theirs);
}
static_assert(is(ColumnType::tiny, MYSQL_TYPE_TINY));
static_assert(is(ColumnType::small, MYSQL_TYPE_SHORT));
static_assert(is(ColumnType::int32, MYSQL_TYPE_LONG));
static_assert(is(ColumnType::int64, MYSQL_TYPE_LONGLONG));
static_assert(is(ColumnType::float64, MYSQL_TYPE_DOUBLE));
static_assert(is(ColumnType::null, MYSQL_TYPE_NULL));
static_assert(is(ColumnType::timestamp, MYSQL_TYPE_TIMESTAMP));
static_assert(is(ColumnType::date, MYSQL_TYPE_DATE));
static_assert(is(ColumnType::time, MYSQL_TYPE_TIME));
static_assert(is(ColumnType::datetime, MYSQL_TYPE_DATETIME));
static_assert(is(ColumnType::new_decimal, MYSQL_TYPE_NEWDECIMAL));
static_assert(is(ColumnType::float32, MYSQL_TYPE_FLOAT));
static_assert(is(ColumnType::int24, MYSQL_TYPE_INT24));
static_assert(is(ColumnType::year, MYSQL_TYPE_YEAR));
static_assert(is(ColumnType::decimal, MYSQL_TYPE_DECIMAL));
static_assert(is(ColumnType::varchar, MYSQL_TYPE_VARCHAR));
static_assert(is(ColumnType::bit, MYSQL_TYPE_BIT));
static_assert(is(ColumnType::json, MYSQL_TYPE_JSON));
static_assert(is(ColumnType::enumeration, MYSQL_TYPE_ENUM));
static_assert(is(ColumnType::set, MYSQL_TYPE_SET));
static_assert(is(ColumnType::tiny_blob, MYSQL_TYPE_TINY_BLOB));
static_assert(is(ColumnType::medium_blob, MYSQL_TYPE_MEDIUM_BLOB));
static_assert(is(ColumnType::long_blob, MYSQL_TYPE_LONG_BLOB));
static_assert(is(ColumnType::blob, MYSQL_TYPE_BLOB));
static_assert(is(ColumnType::var_string, MYSQL_TYPE_VAR_STRING));
static_assert(is(ColumnType::string, MYSQL_TYPE_STRING));

static_assert(column_flag::kNotNull == NOT_NULL_FLAG && column_flag::kPrimaryKey == PRI_KEY_FLAG);
static_assert(column_flag::kUnsigned == UNSIGNED_FLAG && column_flag::kBinary == BINARY_FLAG);
static_assert(kSaltSize == SCRAMBLE_LENGTH);

}  // namespace
}  // namespace breakwater::protocol
