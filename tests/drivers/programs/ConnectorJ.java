// MariaDB Connector/J: server-side prepared statements, its own pool. Settings come in the environment as scenario.py
// tells; one JSON line a step. It has no unix socket without JNA.

import java.sql.*;
import java.util.*;
import java.util.concurrent.*;

public class ConnectorJ {
  static final String TENANT = System.getenv("DRIVER_TENANT");
  static final String DATA = "file://" + System.getenv("DRIVER_DIRECTORY") + "/data";
  static final String KEY = "file://" + System.getenv("DRIVER_DIRECTORY") + "/key";
  static final String ID = "SELECT CONNECTION_ID()";

  interface Action {
    Object run() throws Exception;
  }

  interface OnConnection {
    Object run(Connection connection) throws Exception;
  }

  static String json(Object value) {
    if (value == null || value instanceof Number || value instanceof Boolean) return String.valueOf(value);
    if (value instanceof List) {
      StringJoiner parts = new StringJoiner(",", "[", "]");
      for (Object part : (List<?>) value) parts.add(json(part));
      return parts.toString();
    }
    StringBuilder text = new StringBuilder("\"");
    for (char c : value.toString().toCharArray()) {
      if (c < ' ' || c == '"' || c == '\\') text.append(String.format("\\u%04x", (int) c));
      else text.append(c);
    }
    return text.append('"').toString();
  }

  static void step(String name, Action action) {
    if (!Arrays.asList(System.getenv("DRIVER_STEPS").split(",")).contains(name)) return;
    try {
      System.out.println("{\"step\":" + json(name) + ",\"result\":" + json(action.run()) + "}");
    } catch (Exception error) {
      System.out.println("{\"step\":" + json(name) + ",\"failed\":" + json(error) + "}");
    }
  }

  static Connection connect(String user, String password, String more) throws SQLException {
    Properties properties = new Properties();
    properties.put("user", user);
    properties.put("password", password);
    return DriverManager.getConnection("jdbc:mariadb://" + System.getenv("DRIVER_HOST") + ":"
        + System.getenv("DRIVER_PORT") + "/oceanbase?useServerPrepStmts=true&allowPublicKeyRetrieval=true" + more, properties);
  }

  static Object session(String user, String password, String more, OnConnection action) throws Exception {
    try (Connection connection = connect(user, password, more)) {
      return action.run(connection);
    }
  }

  static Object onSys(OnConnection action) throws Exception {
    return session("root@sys", System.getenv("DRIVER_PASSWORD"), "", action);
  }

  static List<Object> rows(ResultSet result) throws SQLException {
    List<Object> rows = new ArrayList<>();
    int columns = result.getMetaData().getColumnCount();
    while (result.next()) {
      List<Object> row = new ArrayList<>();
      for (int i = 1; i <= columns; i++) {
        Object value = result.getObject(i);
        row.add(value instanceof Number || value == null ? value : result.getString(i));
      }
      rows.add(row);
    }
    return rows;
  }

  static List<Object> rows(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      return statement.execute(sql) ? rows(statement.getResultSet()) : new ArrayList<>();
    }
  }

  static List<Object> rows(Connection connection, String sql, Object... parameters) throws SQLException {
    List<Object> found = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (Object parameter : parameters) {
        statement.setObject(1, parameter);
        found.add(statement.execute() ? rows(statement.getResultSet()) : null);
      }
    }
    return found;
  }

  static long number(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement(); ResultSet result = statement.executeQuery(ID)) {
      result.next();
      return result.getLong(1);
    }
  }

  static Object job(Connection connection) throws Exception {
    rows(connection, "CREATE TENANT " + TENANT + " SET ob_tcp_invited_nodes = '%'");
    rows(connection, "ALTER SYSTEM SET DATA_BACKUP_DEST = '" + DATA + "' TENANT = " + TENANT);
    rows(connection, "ALTER SYSTEM SET tde_method = 'internal' TENANT = " + TENANT);
    session("root@" + TENANT, "", "", first -> {
      rows(first, "SET PASSWORD = 'p w\\'\"1'");
      return rows(first, "ALTER INSTANCE ROTATE INNODB MASTER KEY");
    });
    rows(connection, "ALTER SYSTEM BACKUP KEY TENANT = " + TENANT + " TO '" + KEY + "' ENCRYPTED BY 'key password'");
    return session("root@" + TENANT, "p w'\"1", "", own -> Arrays.asList(
        rows(own, "SELECT NAME, VALUE FROM oceanbase.DBA_OB_BACKUP_PARAMETER ORDER BY NAME"),
        rows(own, "SELECT PATH, DEST_ID, DEST_TYPE FROM oceanbase.DBA_OB_BACKUP_STORAGE_INFO ORDER BY DEST_ID")));
  }

  static Object prepared(Connection connection) throws SQLException {
    String select = "SELECT TENANT_NAME FROM oceanbase.DBA_OB_TENANTS WHERE ";
    List<Object> found = rows(connection, select + "TENANT_NAME = ?", "many0007", "it's \\");
    found.addAll(rows(connection, select + "TENANT_ID = ?", (Object) 1));
    found.addAll(rows(connection, "SELECT ? IS NULL", new Object[] {null}));
    rows(connection, "ALTER SYSTEM SET DATA_BACKUP_DEST = ? TENANT = " + TENANT, (Object) DATA);
    return found;
  }

  static Object failure(Action action) throws Exception {
    try {
      action.run();
    } catch (SQLException error) {
      String text = error.getMessage().replaceFirst("^.*\\(conn=\\d+\\) ", "");
      return Arrays.asList(error.getErrorCode(), error.getSQLState(), text);
    }
    return "no error";
  }

  static Object errors(Connection connection) throws Exception {
    List<Object> found = new ArrayList<>();
    for (String sql : new String[] {"ALTER SYSTEM SET DATA_BACKUP_DEST = '" + DATA + "' TENANT = many0001",
                                    "SELECT FROM", "SELECT * FROM oceanbase.nothing"}) {
      found.add(failure(() -> rows(connection, sql)));
    }
    found.add(failure(() -> connect("root@sys", "wrong", "")));
    return found;
  }

  static Object nulls(Connection connection) throws SQLException {
    List<Object> found = rows(connection, "SELECT NULL AS a, '' AS b, 0 AS c");
    found.addAll(rows(connection, "SELECT t.TENANT_NAME, p.VALUE FROM oceanbase.DBA_OB_TENANTS t LEFT JOIN"
        + " oceanbase.CDB_OB_BACKUP_PARAMETER p ON p.TENANT_ID = t.TENANT_ID WHERE t.TENANT_NAME = 'sys'"));
    return found;
  }

  static Object times(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
         ResultSet result = statement.executeQuery("SELECT CAST('2026-01-02 03:04:05.678000' AS DATETIME(6)),"
             + " LAST_CHECK_TIMESTAMP, CAST(LAST_CHECK_TIMESTAMP AS CHAR) FROM oceanbase.CDB_OB_BACKUP_STORAGE_INFO"
             + " WHERE PATH = '" + DATA + "'")) {
      result.next();
      return Arrays.asList(result.getTimestamp(1).toString(), result.getTimestamp(2).toString(), result.getString(3));
    }
  }

  static Object many(Connection connection) throws SQLException {
    long count = 0;
    long sum = 0;
    String first = null;
    String last = null;
    try (Statement statement = connection.createStatement();
         ResultSet result = statement.executeQuery("SELECT TENANT_ID, TENANT_NAME FROM oceanbase.DBA_OB_TENANTS"
             + " WHERE TENANT_NAME LIKE 'many%' ORDER BY TENANT_ID")) {
      while (result.next()) {
        count++;
        sum += result.getLong(1);
        last = result.getString(2);
        if (first == null) first = last;
      }
    }
    return Arrays.asList(count, sum, first, last);
  }

  static Object reconnect(Connection connection) throws Exception {
    long first = number(connection);
    onSys(other -> rows(other, "KILL " + first));
    boolean gone = !failure(() -> number(connection)).equals("no error");
    return Arrays.asList(gone, onSys(again -> number(again) != first));
  }

  static Object pool() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    List<Future<Object>> answers = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      answers.add(threads.submit(() -> session("root@sys", System.getenv("DRIVER_PASSWORD"), "&pool&maxPoolSize=4",
                                               ConnectorJ::number)));
    }
    Set<Object> numbers = new HashSet<>();
    for (Future<Object> answer : answers) numbers.add(answer.get());
    threads.shutdown();
    return Arrays.asList(answers.size(), numbers.size() <= 4);
  }

  public static void main(String[] arguments) throws Exception {
    String who = "SELECT USER(), effective_tenant()";
    step("version", () -> onSys(connection -> connection.getMetaData().getDriverVersion()));
    step("tcp", () -> onSys(connection -> rows(connection, who)));
    step("tls", () -> session("root@sys", System.getenv("DRIVER_PASSWORD"),
        "&useSsl=true&disableSslHostnameVerification=true&serverSslCert=" + System.getenv("DRIVER_CA"), connection -> {
          List<Object> found = rows(connection, who);
          found.addAll(rows(connection, "SHOW STATUS LIKE 'Ssl_cipher'"));
          return found;
        }));
    step("job", () -> onSys(ConnectorJ::job));
    step("prepared", () -> onSys(ConnectorJ::prepared));
    step("errors", () -> onSys(ConnectorJ::errors));
    step("nulls", () -> onSys(ConnectorJ::nulls));
    step("times", () -> onSys(ConnectorJ::times));
    step("rows", () -> onSys(ConnectorJ::many));
    step("reconnect", () -> onSys(ConnectorJ::reconnect));
    step("pool", ConnectorJ::pool);
    System.exit(0);     // the pool's threads go on
  }
}
