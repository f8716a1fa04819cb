// MariaDB Connector/J in an Oracle tenant: the main job, its types, a prepared statement, an error. Settings come in the
// environment; one JSON line, {"step": ...}, for each step.

import java.math.BigDecimal;
import java.sql.*;

public class OracleMode {
  static void tell(String step, Object... values) {
    StringBuilder line = new StringBuilder("{\"step\":\"" + step + "\",\"result\":[");
    for (int i = 0; i < values.length; i++) {
      String text = values[i] == null ? "null" : "\"" + values[i].toString().replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
      line.append(i == 0 ? "" : ",").append(text);
    }
    System.out.println(line + "]}");
  }

  public static void main(String[] args) throws Exception {
    String url = "jdbc:mariadb://127.0.0.1:" + System.getenv("DRIVER_PORT") + "/SYS?useServerPrepStmts=true";
    String data = "file://" + System.getenv("DRIVER_DIRECTORY") + "/data";
    String key = "file://" + System.getenv("DRIVER_DIRECTORY") + "/key";
    try (Connection connection = DriverManager.getConnection(url, "sys@" + System.getenv("DRIVER_TENANT"), "");
         Statement statement = connection.createStatement()) {
      ResultSet user = statement.executeQuery("SELECT USER, SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA') AS S FROM DUAL");
      user.next();
      tell("user", user.getString("USER"), user.getString("S"));
      statement.execute("ALTER SESSION SET NLS_DATE_FORMAT = 'YYYY-MM-DD HH24:MI:SS'");
      statement.execute("ALTER SYSTEM SET DATA_BACKUP_DEST='" + data + "'");
      statement.execute("ALTER SYSTEM SET tde_method='internal'");
      statement.execute("ADMINISTER KEY MANAGEMENT CREATE KEYSTORE ks IDENTIFIED BY Password1");
      statement.execute("ADMINISTER KEY MANAGEMENT SET KEYSTORE OPEN IDENTIFIED BY Password1");
      statement.execute("ADMINISTER KEY MANAGEMENT SET KEY IDENTIFIED BY Password1");
      statement.execute("ALTER SYSTEM BACKUP KEY TO '" + key + "' ENCRYPTED BY 'p'");
      try (PreparedStatement rows = connection.prepareStatement(
          "SELECT DEST_ID, PATH, NVL(ENDPOINT, ?) AS ENDPOINT FROM SYS.DBA_OB_BACKUP_STORAGE_INFO WHERE DEST_TYPE = ?")) {
        for (String kind : new String[] {"backup_data", "backup_key"}) {
          rows.setString(1, "none");
          rows.setString(2, kind);
          ResultSet result = rows.executeQuery();
          result.next();
          BigDecimal id = result.getBigDecimal("DEST_ID");
          tell(kind, id, result.getLong(1), result.getString(2), result.getString(3),
               result.getMetaData().getColumnTypeName(1), result.next());
        }
      }
      ResultSet now = statement.executeQuery("SELECT SYSDATE, 1/4, '' FROM DUAL WHERE ROWNUM <= 1");
      now.next();
      tell("values", Timestamp.valueOf(now.getString(1)).getTime() > 0, now.getBigDecimal(2), now.getString(3));
      try {
        statement.execute("ALTER SYSTEM SET DATA_BACKUP_DEST='nothing'");
      } catch (SQLException error) {
        tell("error", error.getErrorCode(), error.getSQLState(), error.getMessage().replaceAll("^\\([^)]*\\) ", ""));
      }
      tell("valid", connection.isValid(10));
    }
  }
}
