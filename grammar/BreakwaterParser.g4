// The statements of an administrator who prepares backups: MySQL 5.7's syntax as OceanBase 4.2.1 takes it.
//
// There is no ANTLR lexer. The tokens come from grammar/scanner.h, which knows sql_mode, executable comments
// and byte offsets. The name of a token gives the keyword: X_SYM is the keyword X. So to add a keyword, write
// its name in `tokens` and, unless MySQL reserves it, in `nonReserved`.
//
// Two dialects share this grammar. Syntax that only Oracle has contains a token that only the text of an Oracle
// tenant can have: the word X is X_ORA there, || is T_CONCAT_ORA, and words that Oracle mode doesn't know
// (TENANT) are plain names. So no rule needs a predicate. Foreign statements are refused before they get here
// (grammar/heads.h).
//
// Left-recursive rules (bitExpr and the like) parse chains in a loop, and the builder walks them in a loop: only
// nesting takes stack, and its depth is bounded before the parser runs.
parser grammar BreakwaterParser;

@parser::members {
  // The code at the end of each generated rule (the runtime's finally) ends the program if it finds no memory.
  // This one throws instead, unless another exception is being thrown: then the tree is lost anyway.
  template <class End>
  struct AtEnd {
    End end;
    int thrown = std::uncaught_exceptions();
    ~AtEnd() noexcept(false) {
      try {
        end();
      } catch (...) {
        if (std::uncaught_exceptions() == thrown) throw;
      }
    }
  };
  template <class End>
  static AtEnd<End> finally(End end) {
    return {end};
  }
}

tokens {
  // Tokens that the scanner finds.
  T_IDENT, T_QUOTED, T_STRING, T_INT, T_DECIMAL, T_REAL, T_HEX, T_INTRODUCER, T_USER_VAR, T_RESERVED, T_BAD,
  T_PARAM, T_LPAREN, T_RPAREN, T_COMMA, T_DOT, T_STAR, T_PLUS, T_MINUS, T_SLASH, T_PERCENT, T_CARET, T_TILDE,
  T_AMP, T_PIPE, T_BANG, T_EQ, T_NULL_SAFE_EQ, T_NE, T_LT, T_LE, T_GT, T_GE, T_SHL, T_SHR, T_ASSIGN, T_AT,
  T_AT_AT, T_CONCAT, T_CONCAT_ORA, T_OR_OR, T_AND_AND, T_LBRACE, T_RBRACE,

  // Words that MySQL reserves.
  ADD_SYM, ALL_SYM, ALTER_SYM, AND_SYM, AS_SYM, ASC_SYM, BETWEEN_SYM, BINARY_SYM, BOTH_SYM, BY_SYM, CASE_SYM,
  CHANGE_SYM, CHAR_SYM, CHARACTER_SYM, CHECK_SYM, COLLATE_SYM, CONVERT_SYM, CREATE_SYM, CROSS_SYM, CURRENT_DATE_SYM,
  CURRENT_TIME_SYM, CURRENT_TIMESTAMP_SYM, CURRENT_USER_SYM, DATABASE_SYM, DATABASES_SYM, DEC_SYM, DECIMAL_SYM,
  DEFAULT_SYM, DELETE_SYM, DESC_SYM, DESCRIBE_SYM, DISTINCT_SYM, DISTINCTROW_SYM, DIV_SYM, DOUBLE_SYM,
  DROP_SYM, DUAL_SYM, ELSE_SYM, EXISTS_SYM, EXPLAIN_SYM, FALSE_SYM, FLOAT_SYM, FOR_SYM, FROM_SYM, GRANT_SYM,
  GROUP_SYM, HAVING_SYM, HIGH_PRIORITY_SYM, IF_SYM, IGNORE_SYM, IN_SYM, INDEX_SYM, INNER_SYM, INSERT_SYM, INT_SYM,
  INTEGER_SYM, INTERVAL_SYM, INTO_SYM, IS_SYM, JOIN_SYM, KEY_SYM, KEYS_SYM, KILL_SYM, LEADING_SYM, LEFT_SYM, LIKE_SYM,
  LIMIT_SYM, LOCALTIME_SYM, LOCALTIMESTAMP_SYM, LOCK_SYM, MOD_SYM, NATURAL_SYM, NOT_SYM,
  NO_WRITE_TO_BINLOG_SYM, NULL_SYM, NUMERIC_SYM, ON_SYM, OPTION_SYM, OR_SYM, ORDER_SYM, OUTER_SYM, OUTFILE_SYM, PARTITION_SYM,
  PRIMARY_SYM, PROCEDURE_SYM, RANGE_SYM, READ_SYM, REAL_SYM, REGEXP_SYM, RELEASE_SYM, RENAME_SYM,
  REPEAT_SYM, REPLACE_SYM, REQUIRE_SYM, REVOKE_SYM, RIGHT_SYM, RLIKE_SYM, SCHEMA_SYM, SCHEMAS_SYM, SELECT_SYM,
  SEPARATOR_SYM, SET_SYM, SHOW_SYM, SQL_BIG_RESULT_SYM, SQL_BUFFER_RESULT_SYM, SQL_CACHE_SYM,
  SQL_CALC_FOUND_ROWS_SYM, SQL_NO_CACHE_SYM, SQL_SMALL_RESULT_SYM, SSL_SYM, STRAIGHT_JOIN_SYM, TABLE_SYM, THEN_SYM,
  TO_SYM, TRAILING_SYM, TRUE_SYM, UNION_SYM, UNLOCK_SYM, UNSIGNED_SYM, UPDATE_SYM, USE_SYM, USING_SYM,
  UTC_DATE_SYM, UTC_TIME_SYM, UTC_TIMESTAMP_SYM, WHEN_SYM, WHERE_SYM, WITH_SYM, WRITE_SYM, XOR_SYM,

  // Words of Oracle mode, and words whose syntax differs there. FETCH, GRANT and REVOKE are reserved; the others
  // are in nonReserved.
  ADMINISTER_ORA, CLOB_ORA, CLOSE_ORA, FETCH_ORA, FIRST_ORA, GRANT_ORA, IDENTIFIED_ORA, KEYSTORE_ORA, MANAGEMENT_ORA,
  NEXT_ORA, NUMBER_ORA, OFFSET_ORA, REVOKE_ORA, ROWS_ORA, SYSTEM_ORA, VARCHAR2_ORA,
  ADMIN_ORA, EXCEPT_ORA, ROLE_ORA,

  // Words that may be names too: each is in nonReserved.
  ACCESS_INFO_SYM, ACCOUNT_SYM, ACTIVATE_SYM, ADOPT_SYM, ANY_SYM, ARCHIVELOG_PIECE_SYM, ARCHIVELOG_SYM, ARCHIVE_SYM, ATTRIBUTE_SYM, BACKUPSET_SYM, BACKUPS_SYM, BACKUP_COPIES_SYM,
  BACKUP_SYM, BEGIN_SYM, CANCEL_SYM, CAST_SYM, CATALOG_SYM, CHAIN_SYM, CHARSET_SYM, CLEAR_SYM, COLLATION_SYM, COLUMNS_SYM, COMMENT_SYM,
  COMMITTED_SYM, COMMIT_SYM, CONNECTION_SYM, CONSISTENT_SYM, COUNT_SYM, CURRENT_SYM, DATA_SYM, DATETIME_SYM, DATE_SYM, DEALLOCATE_SYM, DECRYPTION_SYM, DESCRIPTION_SYM,
  DESTINATION_SYM, DO_SYM, DUMPFILE_SYM, ENCRYPTED_SYM, ENCRYPTION_SYM, END_SYM, ENGINES_SYM, ERRORS_SYM, ESCAPE_SYM, EXECUTE_SYM, EXPIRE_SYM, EVENTS_SYM,
  EXTERNAL_STORAGE_DEST_SYM, EXTRACT_SYM, FAILED_LOGIN_ATTEMPTS_SYM, FIELDS_SYM, FLUSH_SYM, FOLLOWING_SYM, FORCE_SYM, FORGET_SYM, FULL_SYM, FUNCTION_SYM, GLOBAL_NAME_SYM,
  GLOBAL_SYM, GRANTS_SYM, GROUP_CONCAT_SYM, HOST_SYM, IDENTIFIED_SYM, INCREMENTAL_SYM, INDEXES_SYM, INNODB_SYM, INSTANCE_SYM, ISOLATION_SYM,
  JOB_SYM, LEVEL_SYM, LOCAL_SYM, MASTER_SYM, MEMORY_SYM, MID_SYM, MODE_SYM, MODIFY_SYM, NAMES_SYM, NCHAR_SYM, NEVER_SYM,
  NOARCHIVELOG_SYM, NO_SYM, OBSOLETE_SYM, OFFSET_SYM, ONLY_SYM, OPEN_SYM, OVER_SYM, PARAMETERS_SYM, PASSWORD_SYM, PASSWORD_LOCK_TIME_SYM, PATH_SYM, PLUGINS_SYM,
  PLUS_SYM, POLICY_SYM, POOL_SYM, POSITION_SYM, PRECEDING_SYM, PREPARE_SYM, PREVIEW_SYM, PRIVILEGES_SYM, PROCESSLIST_SYM, PROFILES_SYM, PURGE_SYM,
  QUERY_SYM, RECOVERY_WINDOW_SYM, RECOVER_SYM, RECURSIVE_SYM, REDUNDANCY_SYM, REPEATABLE_SYM, RESET_SYM, RESOURCE_SYM, RESTORE_SYM, RETIRE_SYM,
  ROLLBACK_SYM, ROTATE_SYM, ROWS_SYM, ROW_SYM, RUN_SYM, SAVEPOINT_SYM, SCN_SYM, SCOPE_SYM, SERIALIZABLE_SYM, SERVER_SYM,
  SESSION_SYM, SHARE_SYM, SIGNED_SYM, SLAVE_SYM, SNAPSHOT_SYM, SOME_SYM, SOURCE_SYM, SPFILE_SYM, STANDBY_SYM, START_SYM, STATUS_SYM, STORAGE_SYM,
  SUBSTRING_SYM, SUBSTR_SYM, SYSTEM_SYM, TABLEGROUP_SYM, TABLES_SYM, TENANT_ID_SYM, TENANT_SYM, TIMESTAMP_SYM, TIME_SYM, TRANSACTION_SYM,
  TRIGGERS_SYM, TRIM_SYM, TRUNCATE_SYM, UNBOUNDED_SYM, UNCOMMITTED_SYM, UNIT_SYM, UNKNOWN_SYM, UNLIMITED_SYM, UNTIL_SYM, UPGRADE_SYM,
  USER_SYM, VALIDATE_SYM, VARIABLES_SYM, VIA_SYM, VIEW_SYM, WARNINGS_SYM, WORK_SYM, ZONE_SYM
}

statement
  : ( query | show | describe | setPassword | set | use | kill | doExprs | prepareText | executeText | deallocateText | begin | commit | rollback | noOperation | flush
    | alterSession | keyManagement | alterSystemSet | alterSystemReset | changeTenant | backupKey | restoreKey | forgetKey | catalogKey | rotateCatalogKey | checkDestination | adoptDestination | giveUpDestination | changeStorageDest | rotateMasterKey
    | backupDatabase | deletePolicy | cancelBackup | deleteBackup | validateBackup | cancelValidation | archiveLog | setEncryption | setDecryption
    | restoreTenant | restorePreview | restoreSource | showBackups | showRestorePreview | cancelRestore | activateStandby | recoverStandby | runUpgradeJob
    | createTenant | alterTenant | dropTenant
    | createResource | alterResource | dropResource
    | createUser | alterUser | dropUser | renameUser | grant | revoke
    | createRole | dropRole | setRole | defaultRole
    ) EOF
  ;

// ---- SELECT

query
  : with? queryTerm (UNION_SYM unionOption? queryTerm)* orderBy? (limit | fetch)? into? locking?
  ;
with : WITH_SYM RECURSIVE_SYM? commonTable (T_COMMA commonTable)* ;
commonTable : ident (T_LPAREN ident (T_COMMA ident)* T_RPAREN)? AS_SYM subquery ;
unionOption : ALL_SYM | DISTINCT_SYM ;
queryTerm : selectCore | T_LPAREN query T_RPAREN ;
selectCore
  : SELECT_SYM selectOption* selectItem (T_COMMA selectItem)* into?
    (FROM_SYM (DUAL_SYM | tableRefs))? where? groupBy? having?
  ;
selectOption
  : ALL_SYM | DISTINCT_SYM | DISTINCTROW_SYM | HIGH_PRIORITY_SYM | STRAIGHT_JOIN_SYM | SQL_SMALL_RESULT_SYM
  | SQL_BIG_RESULT_SYM | SQL_BUFFER_RESULT_SYM | SQL_CACHE_SYM | SQL_NO_CACHE_SYM | SQL_CALC_FOUND_ROWS_SYM
  ;
selectItem : star | expr columnAlias? ;
star : (ident T_DOT (ident T_DOT)?)? T_STAR ;
columnAlias : AS_SYM? (ident | T_STRING) ;
where : WHERE_SYM expr ;
having : HAVING_SYM expr ;
groupBy : GROUP_SYM BY_SYM expr (T_COMMA expr)* ;
orderBy : ORDER_SYM BY_SYM orderItem (T_COMMA orderItem)* ;
orderItem : expr (ASC_SYM | DESC_SYM)? ;
limit : LIMIT_SYM limitValue ((T_COMMA | OFFSET_SYM | OFFSET_ORA) limitValue)? ;
limitValue : T_INT | T_PARAM ;
fetch
  : OFFSET_ORA limitValue rows (FETCH_ORA (FIRST_ORA | NEXT_ORA) limitValue? rows ONLY_SYM)?
  | FETCH_ORA (FIRST_ORA | NEXT_ORA) limitValue? rows ONLY_SYM
  ;
rows : ROW_SYM | ROWS_ORA ;
// A file, and a variable of a procedure, are parsed so that the builder can refuse them by name.
into
  : INTO_SYM (OUTFILE_SYM | DUMPFILE_SYM) T_STRING
  | INTO_SYM (T_USER_VAR | ident) (T_COMMA (T_USER_VAR | ident))*
  ;
locking : FOR_SYM UPDATE_SYM | LOCK_SYM IN_SYM SHARE_SYM MODE_SYM ;

tableRefs : tableRef (T_COMMA tableRef)* ;
tableRef : tableFactor joinTail* ;
joinTail
  : NATURAL_SYM (INNER_SYM | (LEFT_SYM | RIGHT_SYM) OUTER_SYM?)? JOIN_SYM tableFactor
  | (LEFT_SYM | RIGHT_SYM) OUTER_SYM? JOIN_SYM tableFactor joinCondition*
  | ((INNER_SYM | CROSS_SYM)? JOIN_SYM | STRAIGHT_JOIN_SYM) tableFactor joinCondition*
  ;
joinCondition : ON_SYM expr | USING_SYM T_LPAREN ident (T_COMMA ident)* T_RPAREN ;
tableFactor
  : tableName tableAlias? indexHint*
  | subquery tableAlias?    // without an alias in Oracle mode alone
  | T_LPAREN tableRefs T_RPAREN
  ;
tableAlias : AS_SYM? ident ;
// Views have no indexes: a hint changes nothing.
indexHint
  : (USE_SYM | FORCE_SYM | IGNORE_SYM) (INDEX_SYM | KEY_SYM)
    (FOR_SYM (JOIN_SYM | ORDER_SYM BY_SYM | GROUP_SYM BY_SYM))?
    T_LPAREN (indexName (T_COMMA indexName)*)? T_RPAREN
  ;
indexName : ident | PRIMARY_SYM ;
tableName : ident (T_DOT ident)? ;
subquery : T_LPAREN query T_RPAREN ;

// ---- expressions, loosest first (MySQL 5.7, 12.3.1)

expr
  : boolPrimary
  | NOT_SYM expr
  | expr (AND_SYM | T_AND_AND) expr
  | expr XOR_SYM expr
  | expr (OR_SYM | T_OR_OR) expr
  ;
boolPrimary
  : predicate
  | boolPrimary IS_SYM NOT_SYM? (NULL_SYM | TRUE_SYM | FALSE_SYM | UNKNOWN_SYM)
  | boolPrimary comparison (ALL_SYM | ANY_SYM | SOME_SYM) subquery
  | boolPrimary comparison predicate
  ;
comparison : T_EQ | T_NULL_SAFE_EQ | T_NE | T_LT | T_LE | T_GT | T_GE ;
predicate : bitExpr predicateTail* ;
predicateTail
  : NOT_SYM? IN_SYM (subquery | T_LPAREN expr (T_COMMA expr)* T_RPAREN)
  | NOT_SYM? BETWEEN_SYM bitExpr AND_SYM bitExpr
  | NOT_SYM? LIKE_SYM simpleExpr (ESCAPE_SYM simpleExpr)?
  | NOT_SYM? (REGEXP_SYM | RLIKE_SYM) bitExpr
  ;
bitExpr
  : simpleExpr
  | interval
  | bitExpr T_CARET bitExpr
  | bitExpr (T_STAR | T_SLASH | T_PERCENT | DIV_SYM | MOD_SYM) bitExpr
  | bitExpr (T_PLUS | T_MINUS | T_CONCAT_ORA) bitExpr
  | bitExpr (T_SHL | T_SHR) bitExpr
  | bitExpr T_AMP bitExpr
  | bitExpr T_PIPE bitExpr
  ;
interval : INTERVAL_SYM expr ident ;
simpleExpr
  : primary
  | simpleExpr COLLATE_SYM charsetName
  | BINARY_SYM simpleExpr
  | (T_PLUS | T_MINUS | T_TILDE | T_BANG) simpleExpr
  | simpleExpr T_CONCAT simpleExpr
  ;
primary
  : literal
  | columnRef
  | T_PARAM
  | systemVariable
  | userVariable
  | functionCall
  | timeFunction
  | countCall
  | groupConcat
  | extract
  | trim
  | substring
  | position
  | cast
  | charCall
  | intervalCall
  | caseExpr
  | existsExpr
  | subquery
  | odbcEscape
  | row
  ;
// ODBC's {d '2024-01-31'}, {fn NOW()}
odbcEscape : T_LBRACE ident expr T_RBRACE ;

literal
  : T_STRING+
  | T_INT | T_DECIMAL | T_REAL | T_HEX
  | NULL_SYM | TRUE_SYM | FALSE_SYM
  | (DATE_SYM | TIME_SYM | TIMESTAMP_SYM) T_STRING
  | T_INTRODUCER (T_STRING | T_HEX)
  ;
columnRef : ident (T_DOT ident (T_DOT ident)?)? ;
systemVariable : T_AT_AT (variableScope T_DOT)? ident (T_DOT ident)? ;
userVariable : T_USER_VAR (T_ASSIGN expr)? ;
functionCall : functionName T_LPAREN (T_STAR | (DISTINCT_SYM | ALL_SYM)? expr (T_COMMA expr)*)? T_RPAREN over? ;
over : OVER_SYM T_LPAREN (PARTITION_SYM BY_SYM expr (T_COMMA expr)*)? orderBy? frame? T_RPAREN ;
frame : (ROWS_SYM | ROWS_ORA | RANGE_SYM) (frameBound | BETWEEN_SYM frameBound AND_SYM frameBound) ;
frameBound : (UNBOUNDED_SYM | T_INT) (PRECEDING_SYM | FOLLOWING_SYM) | CURRENT_SYM ROW_SYM ;
timeFunction
  : ( CURRENT_TIMESTAMP_SYM | CURRENT_DATE_SYM | CURRENT_TIME_SYM | CURRENT_USER_SYM | LOCALTIME_SYM
    | LOCALTIMESTAMP_SYM | UTC_DATE_SYM | UTC_TIME_SYM | UTC_TIMESTAMP_SYM
    ) (T_LPAREN T_INT? T_RPAREN)?
  ;
countCall : COUNT_SYM T_LPAREN (T_STAR | ALL_SYM? expr | DISTINCT_SYM expr (T_COMMA expr)*) T_RPAREN over? ;
groupConcat
  : GROUP_CONCAT_SYM T_LPAREN DISTINCT_SYM? expr (T_COMMA expr)* orderBy? (SEPARATOR_SYM T_STRING)? T_RPAREN
  ;
extract : EXTRACT_SYM T_LPAREN ident FROM_SYM expr T_RPAREN ;
trim
  : TRIM_SYM T_LPAREN ((BOTH_SYM | LEADING_SYM | TRAILING_SYM) expr? FROM_SYM expr | expr (FROM_SYM expr)?) T_RPAREN
  ;
substring
  : (SUBSTRING_SYM | SUBSTR_SYM | MID_SYM) T_LPAREN expr
    (T_COMMA expr (T_COMMA expr)? | FROM_SYM expr (FOR_SYM expr)?) T_RPAREN
  ;
position : POSITION_SYM T_LPAREN bitExpr IN_SYM expr T_RPAREN ;
cast
  : CAST_SYM T_LPAREN expr AS_SYM castType T_RPAREN
  | CONVERT_SYM T_LPAREN expr (T_COMMA castType | USING_SYM charsetName) T_RPAREN
  ;
castType
  : BINARY_SYM precision?
  | (CHAR_SYM | CHARACTER_SYM | NCHAR_SYM) precision? ((CHARACTER_SYM SET_SYM | CHARSET_SYM) charsetName | BINARY_SYM)?
  | SIGNED_SYM (INTEGER_SYM | INT_SYM)?
  | UNSIGNED_SYM (INTEGER_SYM | INT_SYM)?
  | (DECIMAL_SYM | DEC_SYM | NUMERIC_SYM) precision?
  | DATE_SYM
  | TIME_SYM precision?
  | DATETIME_SYM precision?
  | DOUBLE_SYM | REAL_SYM | FLOAT_SYM
  | (NUMBER_ORA | VARCHAR2_ORA | CLOB_ORA | TIMESTAMP_SYM) precision?
  ;
precision : T_LPAREN T_INT (T_COMMA T_INT)? T_RPAREN ;
charCall : CHAR_SYM T_LPAREN expr (T_COMMA expr)* (USING_SYM charsetName)? T_RPAREN ;
intervalCall : INTERVAL_SYM T_LPAREN expr (T_COMMA expr)+ T_RPAREN ;
caseExpr : CASE_SYM expr? whenBranch+ (ELSE_SYM expr)? END_SYM ;
whenBranch : WHEN_SYM expr THEN_SYM expr ;
existsExpr : EXISTS_SYM subquery ;
row : ROW_SYM? T_LPAREN expr (T_COMMA expr)* T_RPAREN ;

charsetName : ident | T_STRING | BINARY_SYM ;

// ---- SHOW

show : SHOW_SYM showWhat ;
showWhat
  : (DATABASES_SYM | SCHEMAS_SYM) filter?                                             # showDatabases
  | FULL_SYM? TABLES_SYM fromSchema? filter?                                          # showTables
  | TABLE_SYM STATUS_SYM fromSchema? filter?                                          # showTableStatus
  | FULL_SYM? (COLUMNS_SYM | FIELDS_SYM) inTable fromSchema? filter?                  # showColumns
  | (INDEX_SYM | INDEXES_SYM | KEYS_SYM) inTable fromSchema? filter?                  # showIndexes
  | CREATE_SYM (TABLE_SYM | VIEW_SYM) tableName                                       # showCreateTable
  | CREATE_SYM (DATABASE_SYM | SCHEMA_SYM) ifNotExists? ident                         # showCreateDatabase
  | CREATE_SYM USER_SYM account                                                       # showCreateUser
  | FULL_SYM? TRIGGERS_SYM fromSchema? filter?                                        # showTriggers
  | EVENTS_SYM fromSchema? filter?                                                    # showEvents
  | (FUNCTION_SYM | PROCEDURE_SYM) STATUS_SYM filter?                                 # showRoutines
  | OPEN_SYM TABLES_SYM fromSchema? filter?                                           # showOpenTables
  | PROFILES_SYM                                                                      # showProfiles
  | SLAVE_SYM STATUS_SYM                                                              # showSlaveStatus
  | CREATE_SYM TENANT_SYM nameOrString                                                # showCreateTenant
  | variableScope? VARIABLES_SYM filter?                                              # showVariables
  | variableScope? STATUS_SYM filter?                                                 # showStatus
  | PARAMETERS_SYM filter? (TENANT_SYM T_EQ? nameOrString)?                           # showParameters
  | WARNINGS_SYM limit?                                                               # showWarnings
  | ERRORS_SYM limit?                                                                 # showErrors
  | COUNT_SYM T_LPAREN T_STAR T_RPAREN (WARNINGS_SYM | ERRORS_SYM)                    # showCount
  | TENANT_SYM STATUS_SYM?                                                            # showTenant
  | GRANTS_SYM (FOR_SYM account)?                                                     # showGrants
  | FULL_SYM? PROCESSLIST_SYM                                                         # showProcesslist
  | STORAGE_SYM? ENGINES_SYM                                                          # showEngines
  | (CHARSET_SYM | CHARACTER_SYM SET_SYM) filter?                                     # showCharset
  | COLLATION_SYM filter?                                                             # showCollation
  | PLUGINS_SYM                                                                       # showPlugins
  | PRIVILEGES_SYM                                                                    # showPrivileges
  ;
inTable : (FROM_SYM | IN_SYM) tableName ;
fromSchema : (FROM_SYM | IN_SYM) ident ;
filter : LIKE_SYM T_STRING | WHERE_SYM expr ;
describe : (DESC_SYM | DESCRIBE_SYM | EXPLAIN_SYM) tableName (ident | T_STRING)? ;

// ---- the session

set : SET_SYM setItem (T_COMMA setItem)* ;
setItem
  : NAMES_SYM T_EQ? (charsetName (COLLATE_SYM charsetName)? | DEFAULT_SYM)            # setNames
  | (CHARSET_SYM | CHARACTER_SYM SET_SYM) T_EQ? (charsetName | DEFAULT_SYM)           # setCharacterSet
  | variableScope? TRANSACTION_SYM transactionTrait (T_COMMA transactionTrait)*       # setTransaction
  | T_USER_VAR assign expr                                                            # setUserVariable
  | T_AT_AT (variableScope T_DOT)? ident assign setValue                              # setVariable
  | variableScope? ident (T_DOT ident)? assign setValue                               # setPlainVariable
  ;
assign : T_EQ | T_ASSIGN | TO_SYM ;
setValue : DEFAULT_SYM | ON_SYM | ALL_SYM | BINARY_SYM | expr ;
variableScope : GLOBAL_SYM | SESSION_SYM | LOCAL_SYM ;
transactionTrait
  : ISOLATION_SYM LEVEL_SYM
    (READ_SYM COMMITTED_SYM | READ_SYM UNCOMMITTED_SYM | REPEATABLE_SYM READ_SYM | SERIALIZABLE_SYM)
  | READ_SYM (ONLY_SYM | WRITE_SYM)
  ;
alterSession : ALTER_SYM SESSION_SYM SET_SYM sessionSetting+ ;
sessionSetting : ident T_EQ (T_STRING | T_MINUS? T_INT | ident | DEFAULT_SYM | ON_SYM) ;
setPassword : SET_SYM PASSWORD_SYM (FOR_SYM account)? (T_EQ | TO_SYM) (T_STRING | PASSWORD_SYM T_LPAREN T_STRING T_RPAREN) ;
use : USE_SYM ident ;
kill : KILL_SYM (CONNECTION_SYM | QUERY_SYM)? expr ;
doExprs : DO_SYM expr (T_COMMA expr)* ;
prepareText : PREPARE_SYM ident FROM_SYM (T_STRING | T_USER_VAR) ;
executeText : EXECUTE_SYM ident (USING_SYM T_USER_VAR (T_COMMA T_USER_VAR)*)? ;
deallocateText : (DEALLOCATE_SYM | DROP_SYM) PREPARE_SYM ident ;
begin
  : BEGIN_SYM WORK_SYM?
  | START_SYM TRANSACTION_SYM (startTrait (T_COMMA startTrait)*)?
  ;
startTrait : WITH_SYM CONSISTENT_SYM SNAPSHOT_SYM | READ_SYM (ONLY_SYM | WRITE_SYM) ;
commit : COMMIT_SYM WORK_SYM? completion ;
rollback : ROLLBACK_SYM WORK_SYM? (completion | TO_SYM SAVEPOINT_SYM? ident) ;
completion : (AND_SYM NO_SYM? CHAIN_SYM)? (NO_SYM? RELEASE_SYM)? ;
noOperation
  : SAVEPOINT_SYM ident
  | RELEASE_SYM SAVEPOINT_SYM ident
  | UNLOCK_SYM (TABLES_SYM | TABLE_SYM)
  | LOCK_SYM (TABLES_SYM | TABLE_SYM) lockItem (T_COMMA lockItem)*
  ;
flush
  : FLUSH_SYM (LOCAL_SYM | NO_WRITE_TO_BINLOG_SYM)?
    ( flushItem (T_COMMA flushItem)*
    | (TABLES_SYM | TABLE_SYM) (tableName (T_COMMA tableName)*)? (WITH_SYM READ_SYM LOCK_SYM)?
    )
  ;
flushItem : PRIVILEGES_SYM | STATUS_SYM ;
lockItem : tableName tableAlias? (READ_SYM LOCAL_SYM? | WRITE_SYM) ;

// ---- backup statements

alterSystemSet
  : ALTER_SYM SYSTEM_SYM SET_SYM? systemParameter (T_COMMA systemParameter)*
  | ALTER_SYM SYSTEM_ORA SET_SYM oracleParameter+
  ;
oracleParameter : ident T_EQ parameterValue ;
systemParameter
  : ident T_EQ parameterValue
    (COMMENT_SYM T_STRING)?
    (SCOPE_SYM T_EQ (MEMORY_SYM | SPFILE_SYM | BOTH_SYM))?
    (SERVER_SYM T_EQ? T_STRING | HOST_SYM T_STRING | ZONE_SYM T_EQ? nameOrString)?
    (TENANT_SYM T_EQ? nameOrString)?
  ;
parameterValue
  : T_STRING
  | (DATE_SYM | TIMESTAMP_SYM) T_STRING
  | T_MINUS? (T_INT | T_DECIMAL | T_REAL)
  | TRUE_SYM | FALSE_SYM | NULL_SYM
  | systemVariable
  | T_PARAM
  ;
alterSystemReset
  : ALTER_SYM SYSTEM_SYM RESET_SYM ident (T_COMMA ident)* (TENANT_SYM T_EQ? nameOrString)?
  | ALTER_SYM SYSTEM_ORA RESET_SYM ident+
  ;
changeTenant : ALTER_SYM SYSTEM_SYM CHANGE_SYM TENANT_SYM (TENANT_ID_SYM T_EQ? tenantId | nameOrString) ;
tenantId : T_INT | T_PARAM ;
backupKey
  : ALTER_SYM system BACKUP_SYM KEY_SYM (TENANT_SYM T_EQ? tenantList | TENANT_ID_SYM T_EQ? tenantId)? (TO_SYM T_EQ? stringValue)?
    (ENCRYPTED_SYM BY_SYM stringValue)?
  ;
restoreKey
  : ALTER_SYM system RESTORE_SYM KEY_SYM (TENANT_SYM T_EQ? nameOrString)? FROM_SYM T_EQ? stringValue (ENCRYPTED_SYM BY_SYM stringValue)?
  ;
forgetKey : ALTER_SYM system FORGET_SYM KEY_SYM TENANT_ID_SYM T_EQ? tenantId ;
catalogKey
  : ALTER_SYM system BACKUP_SYM CATALOG_SYM KEY_SYM (TO_SYM T_EQ? stringValue)? (ENCRYPTED_SYM BY_SYM stringValue)?
  | ALTER_SYM system RESTORE_SYM CATALOG_SYM KEY_SYM (FROM_SYM T_EQ? stringValue)? (ENCRYPTED_SYM BY_SYM stringValue)?
  ;
rotateCatalogKey : ALTER_SYM system ROTATE_SYM CATALOG_SYM KEY_SYM ;
stringValue : T_STRING | T_PARAM ;
tenantList
  : nameOrString (T_COMMA nameOrString)*
  | T_LPAREN nameOrString (T_COMMA nameOrString)* T_RPAREN
  ;
checkDestination
  : ALTER_SYM system CHECK_SYM BACKUP_SYM DESTINATION_SYM (stringValue | DATA_SYM | ARCHIVE_SYM)?
    (TENANT_SYM T_EQ? nameOrString)?
  ;
changeStorageDest
  : ALTER_SYM system (CHANGE_SYM | ALTER_SYM | MODIFY_SYM) EXTERNAL_STORAGE_DEST_SYM PATH_SYM T_EQ? stringValue SET_SYM?
    accessInfo? storageAttribute?
  ;
accessInfo : ACCESS_INFO_SYM T_EQ? stringValue ;
storageAttribute : ATTRIBUTE_SYM T_EQ? stringValue ;
adoptDestination
  : ALTER_SYM system ADOPT_SYM BACKUP_SYM DESTINATION_SYM stringValue (TENANT_SYM T_EQ? nameOrString)? FORCE_SYM?
  ;
giveUpDestination
  : ALTER_SYM system (RELEASE_SYM | RETIRE_SYM) BACKUP_SYM DESTINATION_SYM stringValue (TENANT_SYM T_EQ? nameOrString)?
  ;
deletePolicy
  : ALTER_SYM system ADD_SYM DELETE_SYM BACKUP_SYM POLICY_SYM T_EQ? stringValue
    (RECOVERY_WINDOW_SYM T_EQ? stringValue)? (REDUNDANCY_SYM T_EQ? T_INT)? (BACKUP_COPIES_SYM T_EQ? T_INT)?
    (TENANT_SYM T_EQ? tenantList)?
  | ALTER_SYM system DROP_SYM DELETE_SYM BACKUP_SYM POLICY_SYM T_EQ? stringValue (TENANT_SYM T_EQ? tenantList)?
  ;
backupDatabase
  : ALTER_SYM system BACKUP_SYM INCREMENTAL_SYM? DATABASE_SYM backupOptions
  | ALTER_SYM SYSTEM_SYM BACKUP_SYM INCREMENTAL_SYM? (TENANT_SYM T_EQ? tenantList)? backupOptions
  ;
backupOptions
  : (TO_SYM T_EQ? T_STRING)? (PLUS_SYM ARCHIVELOG_SYM)? (DESCRIPTION_SYM T_EQ? T_STRING)?
  ;
cancelBackup
  : ALTER_SYM system CANCEL_SYM BACKUP_SYM (TENANT_SYM T_EQ? tenantList)?
  | ALTER_SYM system CANCEL_SYM DELETE_SYM BACKUP_SYM (TENANT_SYM T_EQ? tenantList)? (DESCRIPTION_SYM T_EQ? T_STRING)?
  ;
// MySQL mode has them alone.
deleteBackup
  : ALTER_SYM SYSTEM_SYM DELETE_SYM
    ( (BACKUPSET_SYM | ARCHIVELOG_PIECE_SYM) T_INT (T_COMMA T_INT)*
    | OBSOLETE_SYM BACKUP_SYM
    | BACKUP_SYM ALL_SYM ident T_EQ stringValue
    )
    (TENANT_SYM T_EQ? tenantList)? (DESCRIPTION_SYM T_EQ? T_STRING)?
  ;
validateBackup
  : ALTER_SYM system VALIDATE_SYM (BACKUP_SYM | (BACKUPSET_SYM | ARCHIVELOG_PIECE_SYM) (T_INT (T_COMMA T_INT)*)?)
    (LEVEL_SYM T_EQ? nameOrString)? (TENANT_SYM T_EQ? tenantList)? (DESCRIPTION_SYM T_EQ? T_STRING)?
  ;
cancelValidation
  : ALTER_SYM system CANCEL_SYM VALIDATE_SYM BACKUP_SYM (TENANT_SYM T_EQ? tenantList)?
  ;
archiveLog
  : ALTER_SYM system (ARCHIVELOG_SYM | NOARCHIVELOG_SYM) (TENANT_SYM T_EQ? tenantList)? (DESCRIPTION_SYM T_EQ? T_STRING)?
  ;
restoreTenant
  : ALTER_SYM system RESTORE_SYM nameOrString (FROM_SYM stringValue)? restoreUntil? WITH_SYM stringValue withKeyFrom?
    (DESCRIPTION_SYM T_EQ? stringValue)?
  // That of OceanBase's predecessor isn't served.
  | ALTER_SYM system RESTORE_SYM (tableName (T_COMMA tableName)* FOR_SYM)? ident FROM_SYM ident ident T_STRING
    (UNTIL_SYM T_STRING)? WITH_SYM T_STRING
  ;
restorePreview : ALTER_SYM system RESTORE_SYM FROM_SYM stringValue restoreUntil? PREVIEW_SYM ;
restoreSource
  : ALTER_SYM system ADD_SYM RESTORE_SYM SOURCE_SYM stringValue
  | ALTER_SYM system CLEAR_SYM RESTORE_SYM SOURCE_SYM
  ;
showBackups : SHOW_SYM BACKUPS_SYM FROM_SYM T_STRING ;
showRestorePreview : SHOW_SYM RESTORE_SYM PREVIEW_SYM ;
restoreUntil : UNTIL_SYM (SCN_SYM T_EQ? (T_INT | stringValue) | TIME_SYM T_EQ? stringValue) ;
withKeyFrom : WITH_SYM KEY_SYM FROM_SYM stringValue (ENCRYPTED_SYM BY_SYM stringValue)? ;
cancelRestore : ALTER_SYM system CANCEL_SYM RESTORE_SYM nameOrString ;
recoverStandby
  : ALTER_SYM system RECOVER_SYM STANDBY_SYM TENANT_SYM T_EQ? nameOrString (restoreUntil | UNTIL_SYM UNLIMITED_SYM)?
  ;
runUpgradeJob : ALTER_SYM system RUN_SYM UPGRADE_SYM JOB_SYM T_STRING (TENANT_SYM T_EQ? tenantList)? ;
activateStandby : ALTER_SYM system ACTIVATE_SYM STANDBY_SYM TENANT_SYM T_EQ? nameOrString ;
setEncryption : SET_SYM ENCRYPTION_SYM ON_SYM identifiedWord BY_SYM T_STRING ONLY_SYM ;
setDecryption : SET_SYM DECRYPTION_SYM identifiedWord BY_SYM T_STRING (T_COMMA T_STRING)* ;
keyManagement
  : ADMINISTER_ORA KEY_SYM MANAGEMENT_ORA
    ( CREATE_SYM KEYSTORE_ORA ident? keystorePassword
    | ALTER_SYM KEYSTORE_ORA PASSWORD_SYM keystorePassword SET_SYM secretWord
    | SET_SYM KEY_SYM keystorePassword
    | SET_SYM KEYSTORE_ORA (OPEN_SYM | CLOSE_ORA) keystorePassword
    )
  ;
keystorePassword : IDENTIFIED_ORA BY_SYM secretWord ;
identifiedWord : IDENTIFIED_SYM | IDENTIFIED_ORA ;
secretWord : T_STRING | T_PARAM | T_INT | ident ;
system : SYSTEM_SYM | SYSTEM_ORA ;
rotateMasterKey : ALTER_SYM INSTANCE_SYM ROTATE_SYM INNODB_SYM MASTER_SYM KEY_SYM ;

// ---- tenants and resources

createTenant : CREATE_SYM TENANT_SYM ifNotExists? boundName administratorPassword? optionList? ((SET_SYM VARIABLES_SYM? | VARIABLES_SYM) tenantVariables)? ;
administratorPassword : IDENTIFIED_SYM BY_SYM stringValue ;
alterTenant
  : ALTER_SYM TENANT_SYM (boundName | ALL_SYM)
    ( RENAME_SYM GLOBAL_NAME_SYM TO_SYM boundName
    | LOCK_SYM
    | UNLOCK_SYM
    | SET_SYM? optionList (VARIABLES_SYM tenantVariables)?
    | SET_SYM? VARIABLES_SYM tenantVariables
    )
  ;
dropTenant : DROP_SYM TENANT_SYM ifExists? boundName (FORCE_SYM | PURGE_SYM)? ;
tenantVariables : tenantVariable (T_COMMA tenantVariable)* ;
tenantVariable : (T_AT_AT (variableScope T_DOT)?)? ident assign setValue ;

createResource : CREATE_SYM RESOURCE_SYM (UNIT_SYM | POOL_SYM) ifNotExists? boundName optionList? ;
alterResource : ALTER_SYM RESOURCE_SYM (UNIT_SYM | POOL_SYM) boundName SET_SYM? optionList ;
dropResource : DROP_SYM RESOURCE_SYM (UNIT_SYM | POOL_SYM) ifExists? boundName ;

optionList : option (T_COMMA? option)* ;
option : optionName T_EQ? optionValue FORCE_SYM? | READ_SYM (ONLY_SYM | WRITE_SYM) ;
// The builder's tables check which names a statement takes.
optionName : T_IDENT | T_QUOTED | optionWord | COLLATE_SYM | CHARACTER_SYM SET_SYM | DEFAULT_SYM? TABLEGROUP_SYM ;
optionWord : CHARSET_SYM | COMMENT_SYM | UNIT_SYM ;
optionValue
  : T_STRING | T_PARAM | T_MINUS? (T_INT | T_DECIMAL) | ident | DEFAULT_SYM | TRUE_SYM | FALSE_SYM | BINARY_SYM | NULL_SYM
  | T_LPAREN nameOrString (T_COMMA nameOrString)* T_RPAREN
  ;
ifExists : IF_SYM EXISTS_SYM ;
ifNotExists : IF_SYM NOT_SYM EXISTS_SYM ;

// ---- accounts

createUser : CREATE_SYM USER_SYM ifNotExists? accountSpec (T_COMMA accountSpec)* accountOption* ;
alterUser : ALTER_SYM USER_SYM ifExists? accountSpec (T_COMMA accountSpec)* accountOption* ;
dropUser : DROP_SYM USER_SYM ifExists? account (T_COMMA account)* ;
renameUser : RENAME_SYM USER_SYM renaming (T_COMMA renaming)* ;
renaming : account TO_SYM account ;
// The builder checks the T_IDENT: NONE or X509, and DAY.
accountOption
  : ACCOUNT_SYM (LOCK_SYM | UNLOCK_SYM)
  | REQUIRE_SYM (SSL_SYM | T_IDENT)
  | PASSWORD_SYM EXPIRE_SYM (DEFAULT_SYM | NEVER_SYM | INTERVAL_SYM T_INT T_IDENT)?
  | FAILED_LOGIN_ATTEMPTS_SYM T_INT
  | PASSWORD_LOCK_TIME_SYM (T_INT | UNBOUNDED_SYM)
  ;
account
  : CURRENT_USER_SYM (T_LPAREN T_RPAREN)?
  | USER_SYM T_LPAREN T_RPAREN
  | (ident | T_STRING) (T_USER_VAR | T_AT (ident | T_STRING))?
  ;
accountSpec : account identified? ;
identified
  : IDENTIFIED_SYM BY_SYM PASSWORD_SYM? T_STRING
  | IDENTIFIED_ORA BY_SYM secretWord
  | IDENTIFIED_SYM (WITH_SYM | VIA_SYM) (ident | T_STRING) (BY_SYM T_STRING | (AS_SYM | USING_SYM) T_STRING)?
  ;
grant
  : GRANT_SYM privilegeList ON_SYM TABLE_SYM? grantLevel TO_SYM accountSpec (T_COMMA accountSpec)* (WITH_SYM GRANT_SYM OPTION_SYM)?
  | GRANT_ORA privilegeList (ON_SYM grantLevel)? TO_SYM accountSpec (T_COMMA accountSpec)* (WITH_SYM (GRANT_ORA | ADMIN_ORA) OPTION_SYM)?
  ;
revoke
  : REVOKE_SYM privilegeList ON_SYM TABLE_SYM? grantLevel FROM_SYM account (T_COMMA account)*
  | REVOKE_SYM ALL_SYM PRIVILEGES_SYM? T_COMMA GRANT_SYM OPTION_SYM FROM_SYM account (T_COMMA account)*
  | REVOKE_ORA privilegeList (ON_SYM grantLevel)? FROM_SYM account (T_COMMA account)*
  ;
// Of Oracle mode alone.
createRole : CREATE_SYM ROLE_ORA ident (NOT_SYM IDENTIFIED_ORA)? ;
dropRole : DROP_SYM ROLE_ORA ident ;
setRole : SET_SYM ROLE_ORA roleChoice ;
defaultRole : ALTER_SYM USER_SYM account DEFAULT_SYM ROLE_ORA roleChoice ;
// The builder takes the T_IDENT NONE for no role.
roleChoice : ALL_SYM (EXCEPT_ORA ident (T_COMMA ident)*)? | ident (T_COMMA ident)* ;
privilegeList : privilege (T_COMMA privilege)* ;
// The builder's table checks which words are a privilege.
privilege : privilegeWord+ ;
privilegeWord
  : ident | ADD_SYM | ALL_SYM | ALTER_SYM | CREATE_SYM | DELETE_SYM | DROP_SYM | GRANT_SYM | GRANT_ORA | INDEX_SYM | INSERT_SYM
  | LOCK_SYM | OPTION_SYM | SELECT_SYM | SHOW_SYM | UPDATE_SYM | DATABASES_SYM | T_RESERVED
  ;
grantLevel
  : T_STAR (T_DOT T_STAR)?
  | ident (T_DOT (T_STAR | ident))?
  ;

// ---- names

// Of a value for a `?` the text is the name.
nameOrString : ident | T_STRING | T_PARAM | ALL_SYM ;
boundName : ident | T_PARAM ;
ident : T_IDENT | T_QUOTED | nonReserved | functionWord ;
functionName
  : T_IDENT | nonReserved | LEFT_SYM | RIGHT_SYM | IF_SYM | MOD_SYM | REPLACE_SYM | INSERT_SYM | REPEAT_SYM
  | DATABASE_SYM | SCHEMA_SYM
  ;
// Names of functions with a syntax of their own: names, but never a plain call.
functionWord
  : CAST_SYM | COUNT_SYM | EXTRACT_SYM | GROUP_CONCAT_SYM | MID_SYM | POSITION_SYM | ROW_SYM | SUBSTR_SYM | SUBSTRING_SYM
  | TRIM_SYM
  ;
nonReserved
  : ADMINISTER_ORA | CLOB_ORA | CLOSE_ORA | FIRST_ORA | IDENTIFIED_ORA | KEYSTORE_ORA | MANAGEMENT_ORA | NEXT_ORA
  | NUMBER_ORA | OFFSET_ORA | ROWS_ORA | SYSTEM_ORA | VARCHAR2_ORA | ADMIN_ORA | EXCEPT_ORA | ROLE_ORA
  | ACCESS_INFO_SYM | ACCOUNT_SYM | ACTIVATE_SYM | ADOPT_SYM | ANY_SYM | ARCHIVELOG_PIECE_SYM | ARCHIVELOG_SYM | ARCHIVE_SYM | ATTRIBUTE_SYM | BACKUPSET_SYM | BACKUPS_SYM | BACKUP_COPIES_SYM
  | BACKUP_SYM | BEGIN_SYM | CANCEL_SYM | CATALOG_SYM | CHAIN_SYM | CHARSET_SYM | CLEAR_SYM | COLLATION_SYM | COLUMNS_SYM | COMMENT_SYM | COMMITTED_SYM
  | COMMIT_SYM | CONNECTION_SYM | CONSISTENT_SYM | CURRENT_SYM | DATA_SYM | DATETIME_SYM | DATE_SYM | DEALLOCATE_SYM | DECRYPTION_SYM | DESCRIPTION_SYM | DESTINATION_SYM | DO_SYM
  | DUMPFILE_SYM | ENCRYPTED_SYM | ENCRYPTION_SYM | END_SYM | ENGINES_SYM | ERRORS_SYM | ESCAPE_SYM | EVENTS_SYM | EXECUTE_SYM | EXTERNAL_STORAGE_DEST_SYM | FIELDS_SYM
  | EXPIRE_SYM | FAILED_LOGIN_ATTEMPTS_SYM | NEVER_SYM | PASSWORD_LOCK_TIME_SYM | FLUSH_SYM | FOLLOWING_SYM | FORCE_SYM | FORGET_SYM | FULL_SYM | FUNCTION_SYM | GLOBAL_NAME_SYM | GLOBAL_SYM | GRANTS_SYM | HOST_SYM
  | IDENTIFIED_SYM | INCREMENTAL_SYM | INDEXES_SYM | INNODB_SYM | INSTANCE_SYM | ISOLATION_SYM | JOB_SYM | LEVEL_SYM | LOCAL_SYM | MASTER_SYM
  | MEMORY_SYM | MODE_SYM | MODIFY_SYM | NAMES_SYM | NCHAR_SYM | NOARCHIVELOG_SYM | NO_SYM | OBSOLETE_SYM | OFFSET_SYM | ONLY_SYM | OPEN_SYM
  | OVER_SYM | PARAMETERS_SYM | PASSWORD_SYM | PATH_SYM | PLUGINS_SYM | PLUS_SYM | POLICY_SYM | POOL_SYM | PRECEDING_SYM | PREPARE_SYM | PREVIEW_SYM
  | PRIVILEGES_SYM | PROCESSLIST_SYM | PROFILES_SYM | PURGE_SYM | QUERY_SYM | RECOVERY_WINDOW_SYM | RECOVER_SYM | RECURSIVE_SYM | REDUNDANCY_SYM | REPEATABLE_SYM
  | RESET_SYM | RESOURCE_SYM | RESTORE_SYM | RETIRE_SYM | ROLLBACK_SYM | ROTATE_SYM | ROWS_SYM | RUN_SYM | SAVEPOINT_SYM | SCN_SYM
  | SCOPE_SYM | SERIALIZABLE_SYM | SERVER_SYM | SESSION_SYM | SHARE_SYM | SIGNED_SYM | SLAVE_SYM | SNAPSHOT_SYM | SOME_SYM | SOURCE_SYM | SPFILE_SYM | STANDBY_SYM
  | START_SYM | STATUS_SYM | STORAGE_SYM | SYSTEM_SYM | TABLEGROUP_SYM | TABLES_SYM | TENANT_ID_SYM | TENANT_SYM | TIMESTAMP_SYM | TIME_SYM
  | TRANSACTION_SYM | TRIGGERS_SYM | TRUNCATE_SYM | UNBOUNDED_SYM | UNCOMMITTED_SYM | UNIT_SYM | UNKNOWN_SYM | UNLIMITED_SYM | UNTIL_SYM | UPGRADE_SYM
  | USER_SYM | VALIDATE_SYM | VARIABLES_SYM | VIA_SYM | VIEW_SYM | WARNINGS_SYM | WORK_SYM | ZONE_SYM
  ;
