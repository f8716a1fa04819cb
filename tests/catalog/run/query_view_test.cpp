// The views: who sees which rows, names, types, and that an index serves.
#include "catalog/run/query_fixture.h"

namespace breakwater::catalog::test {
namespace {

using ViewTest = QueryTest;

TEST_F(ViewTest, SysSeesAllTenants) {
  EXPECT_EQ(run("SELECT * FROM oceanbase.CDB_OB_BACKUP_PARAMETER"),
            "1002|data_backup_dest|file:///backup/one\n1004|data_backup_dest|file:///backup/two_b");
  EXPECT_EQ(run("SELECT * FROM DBA_OB_BACKUP_PARAMETER"), "");
  EXPECT_EQ(run("SELECT TENANT_ID, TENANT_NAME, TENANT_TYPE FROM DBA_OB_TENANTS ORDER BY TENANT_ID"),
            "1|sys|SYS\n1001|META$1002|META\n1002|t1|USER\n1003|META$1004|META\n1004|t2|USER\n1005|META$1006|"
            "META\n1006|t3|USER");
}

TEST_F(ViewTest, AUserTenantSeesItsOwnRowsAndNoCdbView) {
  in_tenant(1004, "t2");
  EXPECT_EQ(run("SELECT * FROM CDB_OB_BACKUP_PARAMETER"),
            "1146 Table 'oceanbase.CDB_OB_BACKUP_PARAMETER' doesn't exist");
  EXPECT_EQ(run("SELECT * FROM DBA_OB_BACKUP_PARAMETER"), "data_backup_dest|file:///backup/two_b");
  EXPECT_EQ(run("SELECT TENANT_ID, DEST_ID FROM DBA_OB_BACKUP_STORAGE_INFO ORDER BY DEST_ID"),
            "1004|1001\n1004|1002");
  EXPECT_EQ(run("SELECT TENANT_NAME FROM DBA_OB_TENANTS"), "t2");
  EXPECT_EQ(run("SHOW TABLES LIKE 'CDB%'"), "");
}

TEST_F(ViewTest, NamesInAnyCaseLabelsAsTyped) {
  EXPECT_EQ(run("select tenant_id, Value from cdb_ob_backup_parameter where TENANT_id = 1002"),
            "1002|file:///backup/one");
  EXPECT_EQ(labels("select tenant_id, Value, p.NAME `what`, 1+1, 'x' from cdb_ob_backup_parameter p"),
            "tenant_id|Value|what|1+1|x");
  EXPECT_EQ(labels("select * from cdb_ob_backup_parameter"), "TENANT_ID|NAME|VALUE");
}

TEST_F(ViewTest, ColumnsCarryTheirOrigin) {
  const auto bound = plan("SELECT VALUE v FROM CDB_OB_BACKUP_PARAMETER AS p");
  ASSERT_TRUE(bound);
  const ResultColumn& column = (*bound)->columns[0];
  EXPECT_EQ(column.label, "v");
  EXPECT_EQ(column.org_name, "VALUE");
  EXPECT_EQ(column.table, "p");
  EXPECT_EQ(column.org_table, "CDB_OB_BACKUP_PARAMETER");
  EXPECT_EQ(column.schema, "oceanbase");
  ASSERT_EQ((*bound)->views.size(), 1U);
  EXPECT_EQ((*bound)->views[0]->name, "CDB_OB_BACKUP_PARAMETER");
}

TEST_F(ViewTest, TypesAreThoseDeclared) {
  EXPECT_EQ(types("SELECT * FROM CDB_OB_BACKUP_STORAGE_INFO"),
            "bigint(20) NOT NULL|varchar(1024) NOT NULL|varchar(256) NOT "
            "NULL|bigint(20)|varchar(64)|varchar(1024) NOT NULL|"
            "varchar(512) NOT NULL|varchar(256)|timestamp(6)");
  const auto bound = plan("SELECT NAME, TENANT_ID FROM CDB_OB_BACKUP_PARAMETER");
  ASSERT_TRUE(bound);
  const WireType name = wire_type((*bound)->columns[0].type);
  EXPECT_EQ(name.type, 0xfd);
  EXPECT_EQ(name.length, 4096U);
  EXPECT_EQ(name.charset, 45);
  EXPECT_EQ(name.flags, 1);
  const WireType id = wire_type((*bound)->columns[1].type);
  EXPECT_EQ(id.type, 0x08);
  EXPECT_EQ(id.length, 20U);
  EXPECT_EQ(id.charset, 63);
  EXPECT_EQ(id.flags, 1 | 128);
}

TEST_F(ViewTest, TimestampsInTheSessionsZone) {
  const char* sql = "SELECT LAST_CHECK_TIMESTAMP FROM CDB_OB_BACKUP_STORAGE_INFO WHERE TENANT_ID = 1002";
  EXPECT_EQ(run(sql), "2024-01-31 11:20:00.000001");
  context.time_zone = *parse_time_zone("+08:00");
  EXPECT_EQ(run(sql), "2024-01-31 19:20:00.000001");
  EXPECT_EQ(run("SELECT DEST_ID FROM CDB_OB_BACKUP_STORAGE_INFO WHERE LAST_CHECK_TIMESTAMP > '2024-01-31 "
                "19:20:00.4'"),
            "1002");
  EXPECT_EQ(
      run("SELECT DEST_ID FROM CDB_OB_BACKUP_STORAGE_INFO WHERE LAST_CHECK_TIMESTAMP <= NOW(6) ORDER BY 1"),
      "1001\n1002");
}

TEST_F(ViewTest, AnIndexServesAPointSelect) {
  for (const char* value : {"1002", "'1002'", "1002.0", "1.002e3"}) {
    const std::string sql = std::string("SELECT * FROM CDB_OB_BACKUP_PARAMETER WHERE TENANT_ID = ") + value;
    EXPECT_NE(explain(sql).find("SEARCH backup_parameter USING PRIMARY KEY (tenant_id=?)"), std::string::npos)
        << explain(sql);
    EXPECT_EQ(run(sql), "1002|data_backup_dest|file:///backup/one") << value;
  }
  EXPECT_EQ(explain("SELECT * FROM CDB_OB_BACKUP_PARAMETER ORDER BY TENANT_ID LIMIT 100").find("TEMP B-TREE"),
            std::string::npos);
}

TEST_F(ViewTest, ParametersOfEveryKindUseTheIndex) {
  const ParameterKind kinds[] = {ParameterKind::integer, ParameterKind::real, ParameterKind::text,
                                 ParameterKind::unknown};
  const Value values[] = {Value(std::int64_t{1004}), Value(1004.0), Value(std::string("1004")),
                          Value(std::string("1004"))};
  for (std::size_t i = 0; i < std::size(kinds); ++i) {
    bind.parameters = std::span(kinds).subspan(i, 1);
    const auto bound = plan("SELECT VALUE FROM CDB_OB_BACKUP_PARAMETER WHERE TENANT_ID = ?");
    ASSERT_TRUE(bound);
    EXPECT_NE(runner_->explain(**bound).find("USING PRIMARY KEY (tenant_id=?)"), std::string::npos);
    const auto result = rows(*bound, {}, std::span(values).subspan(i, 1));
    EXPECT_EQ(result.value_or("failed"), "file:///backup/two_b");
  }
}

TEST_F(ViewTest, FreeLiteralsTakeOtherValues) {
  bind.free_literals = true;
  const auto bound =
      plan("SELECT VALUE, 5 FROM CDB_OB_BACKUP_PARAMETER WHERE TENANT_ID = 1002 AND NAME LIKE 'd%' LIMIT 3");
  ASSERT_TRUE(bound);
  const Plan& p = **bound;
  ASSERT_EQ(p.free_literals.size(), 3U);
  EXPECT_EQ(p.free_literals[0].text, "1002");
  EXPECT_EQ(p.free_literals[1].text, "d%");
  EXPECT_EQ(p.free_literals[2].text, "3");
  EXPECT_EQ(rows(*bound).value_or("failed"), "file:///backup/one|5");
  const std::string_view others[] = {"1004", "data%", "9"};
  EXPECT_EQ(rows(*bound, others).value_or("failed"), "file:///backup/two_b|5");
}

TEST_F(ViewTest, InformationSchemaReadsTheDeclarations) {
  EXPECT_EQ(
      run("SELECT COLUMN_NAME, ORDINAL_POSITION, IS_NULLABLE, DATA_TYPE, COLUMN_TYPE FROM "
          "information_schema.COLUMNS "
          "WHERE TABLE_SCHEMA = 'oceanbase' AND TABLE_NAME = 'CDB_OB_BACKUP_PARAMETER' ORDER BY "
          "ORDINAL_POSITION"),
      "TENANT_ID|1|NO|bigint|bigint(20)\nNAME|2|NO|varchar|varchar(1024)\nVALUE|3|NO|longtext|longtext");
  EXPECT_EQ(run("SELECT SCHEMA_NAME TABLE_CAT FROM INFORMATION_SCHEMA.SCHEMATA ORDER BY 1"),
            "information_schema\nmysql\noceanbase");
  EXPECT_EQ(run("SELECT table_name FROM information_schema.tables WHERE table_schema = 'OceanBase ' AND "
                "table_name LIKE 'cdb\\_ob\\_backup\\_p%'"),
            "CDB_OB_BACKUP_PARAMETER");
  EXPECT_EQ(run("SELECT COUNT(*) FROM information_schema.statistics s LEFT JOIN "
                "information_schema.key_column_usage k USING (TABLE_NAME)"),
            "0");
}

TEST_F(ViewTest, ShowStatements) {
  EXPECT_EQ(run("SHOW DATABASES"), "information_schema\nmysql\noceanbase");
  EXPECT_EQ(labels("SHOW DATABASES LIKE 'ocean%'"), "Database (ocean%)");
  EXPECT_EQ(run("SHOW DATABASES LIKE 'ocean%'"), "oceanbase");
  EXPECT_EQ(labels("SHOW FULL TABLES FROM oceanbase LIKE 'CDB_OB_BACKUP_PARAM%'"),
            "Tables_in_oceanbase (CDB_OB_BACKUP_PARAM%)|Table_type");
  EXPECT_EQ(run("SHOW FULL TABLES FROM oceanbase LIKE 'CDB_OB_BACKUP_PARAM%'"),
            "CDB_OB_BACKUP_PARAMETER|SYSTEM VIEW");
  EXPECT_EQ(run("SHOW TABLES WHERE Tables_in_oceanbase = 'dba_ob_tenants'"), "DBA_OB_TENANTS");
  EXPECT_EQ(labels("DESC CDB_OB_BACKUP_PARAMETER"), "Field|Type|Null|Key|Default|Extra");
  EXPECT_EQ(run("DESC CDB_OB_BACKUP_PARAMETER"),
            "TENANT_ID|bigint(20)|NO||NULL|\nNAME|varchar(1024)|NO||NULL|\nVALUE|longtext|NO||NULL|");
  EXPECT_EQ(run("SHOW FULL COLUMNS FROM CDB_OB_BACKUP_PARAMETER FROM oceanbase WHERE Field = 'NAME'"),
            "NAME|varchar(1024)|utf8mb4_general_ci|NO||NULL||select|");
  EXPECT_EQ(run("SHOW TENANT"), "sys");
  EXPECT_EQ(labels("SHOW TENANT"), "Current_tenant_name");
  EXPECT_EQ(run("SHOW COLLATION LIKE 'utf8mb4_bin'"), "utf8mb4_bin|utf8mb4|46||Yes|1");
  EXPECT_EQ(run("SHOW ENGINES"), "OceanBase|DEFAULT|Supports transactions|YES|NO|NO");
  EXPECT_EQ(run("SHOW COLUMNS FROM NOTHING"), "1146 Table 'oceanbase.NOTHING' doesn't exist");
  EXPECT_EQ(run("SHOW TABLES FROM nowhere"), "1049 Unknown database 'nowhere'");
  EXPECT_EQ(run("SHOW INDEX FROM CDB_OB_BACKUP_PARAMETER"), "");
  EXPECT_EQ(run("SHOW VARIABLES LIKE 'x'").substr(0, 4), "1235");
  EXPECT_EQ(run("SHOW CREATE TABLE DBA_OB_BACKUP_PARAMETER"),
            "DBA_OB_BACKUP_PARAMETER|CREATE TABLE `DBA_OB_BACKUP_PARAMETER` (\n  `NAME` varchar(1024) NOT "
            "NULL,\n  `VALUE` longtext NOT NULL\n)");
}

std::string declared_columns(const View* view) {
  std::string text;
  if (view == nullptr) return "no view";
  for (const Column& column : view->columns)
    text += (text.empty() ? "" : ", ") + column.name + " " + declared_type(column) +
            (column.type.nullable ? "" : " NOT NULL");
  return text;
}

// Each has a list of its own in the documents, where they name the view.
TEST_F(ViewTest, OneDeclarationHasItsFormForEachKindOfTenant) {
  const auto form = [this](std::string_view schema, std::string_view name, Visibility visibility) {
    return declared_columns(dictionary_.find_view(schema, name, visibility));
  };
  EXPECT_EQ(form("oceanbase", "CDB_OB_BACKUP_DELETE_POLICY", Visibility::sys),
            "TENANT_ID bigint(20) NOT NULL, POLICY_NAME varchar(256) NOT NULL, RECOVERY_WINDOW varchar(64) "
            "NOT NULL");
  EXPECT_EQ(form("oceanbase", "CDB_OB_BACKUP_DELETE_POLICY", Visibility::mysql), "no view");
  EXPECT_EQ(form("oceanbase", "DBA_OB_BACKUP_DELETE_POLICY", Visibility::mysql),
            "POLICY_NAME varchar(256) NOT NULL, RECOVERY_WINDOW varchar(64) NOT NULL");
  EXPECT_EQ(form("SYS", "DBA_OB_BACKUP_DELETE_POLICY", Visibility::oracle),
            "POLICY_NAME VARCHAR2(256) NOT NULL, RECOVERY_WINDOW VARCHAR2(64) NOT NULL");
  const std::string checks = form("SYS", "DBA_OB_BACKUP_DEST_CHECKS", Visibility::oracle);
  EXPECT_TRUE(checks.starts_with("TENANT_ID NUMBER(38) NOT NULL, PATH VARCHAR2(1024) NOT NULL")) << checks;
  EXPECT_NE(checks.find("CHECK_TIMESTAMP VARCHAR2(256) NOT NULL"), std::string::npos) << checks;
  EXPECT_NE(checks.find("MILLISECONDS NUMBER NOT NULL"), std::string::npos) << checks;
}

TEST_F(ViewTest, EveryViewCanBeRead) {
  for (const auto& view : dictionary_.views()) {
    EXPECT_FALSE(view->columns.empty()) << view->schema << "." << view->name << ": not in columns.csv?";
    if (view->hidden || !view->row_source.empty()) continue;
    in_tenant(view->visible_to.sys ? 1 : 1004, view->visible_to.sys ? "sys" : "t2");
    const std::string result = run("SELECT * FROM " + view->schema + "." + view->name);
    EXPECT_FALSE(result.starts_with("1") && result.find(" doesn't") != std::string::npos)
        << view->name << ": " << result;
    EXPECT_FALSE(result.starts_with("4016")) << view->name << ": " << result;
  }
}

}  // namespace
}  // namespace breakwater::catalog::test
