#pragma once
// What the C++ programs share: their settings, one JSON line a step, the scenario over a client's adapter.
// Settings come in the environment as scenario.py tells. Compiled as C++14 where a client's headers know no
// more.

#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace scenario {

using Json = nlohmann::json;

inline std::string setting(const std::string& name) {
  const char* value = std::getenv(("DRIVER_" + name).c_str());
  if (value == nullptr) throw std::runtime_error("no DRIVER_" + name);
  return value;
}

/// What the server said: code, SQLSTATE, text.
struct SqlError : std::runtime_error {
  SqlError(unsigned number, std::string state, const std::string& text)
      : std::runtime_error(text), code(number), sqlstate(std::move(state)) {}
  unsigned code;
  std::string sqlstate;
};

/// One connection. Rows are arrays of arrays; a number is a number where the client makes it one.
class Session {
 public:
  virtual ~Session() = default;
  virtual Json query(const std::string& sql) = 0;
  /// Prepares, binds (text, number or null) and executes twice, as prepared statements are for; the second
  /// rows.
  virtual Json execute(const std::string& sql, const Json& parameter) = 0;
};

enum class How { tcp, tls, socket };

template <class Connect>  // unique_ptr<Session> (user, password, How)
class Scenario {
 public:
  Scenario(std::string version, Connect connect)
      : version_(std::move(version)), connect_(std::move(connect)) {}

  void run() {
    step("version", [&] { return Json(version_); });
    step("tcp", [&] { return sys()->query(who_); });
    step("tls", [&] {
      auto session = sys(How::tls);
      return joined(session->query(who_), session->query("SHOW STATUS LIKE 'Ssl_cipher'"));
    });
    step("socket", [&] { return sys(How::socket)->query(who_); });
    step("job", [&] { return job(); });
    step("prepared", [&] { return prepared(); });
    step("errors", [&] { return errors(); });
    step("nulls", [&] { return nulls(); });
    step("times", [&] {
      return sys()->query(
          "SELECT CAST('2026-01-02 03:04:05.678000' AS DATETIME(6)), LAST_CHECK_TIMESTAMP,"
          " CAST(LAST_CHECK_TIMESTAMP AS CHAR) FROM oceanbase.CDB_OB_BACKUP_STORAGE_INFO WHERE PATH = '" +
          data_ + "'")[0];
    });
    step("rows", [&] { return many(); });
    step("reconnect", [&] { return reconnect(); });
  }

 private:
  template <class Action>
  void step(const std::string& name, Action action) {
    std::istringstream steps(setting("STEPS"));
    bool chosen = false;
    for (std::string one; std::getline(steps, one, ',');) chosen = chosen || one == name;
    if (!chosen) return;
    Json line = {{"step", name}};
    try {
      line["result"] = action();
    } catch (const std::exception& error) {
      line["failed"] = error.what();
    }
    std::cout << line.dump() << std::endl;
  }

  std::unique_ptr<Session> sys(How how = How::tcp) { return connect_("root@sys", setting("PASSWORD"), how); }

  static Json joined(Json first, const Json& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
  }

  Json job() {
    auto session = sys();
    session->query("CREATE TENANT " + tenant_ + " SET ob_tcp_invited_nodes = '%'");
    session->query("ALTER SYSTEM SET DATA_BACKUP_DEST = '" + data_ + "' TENANT = " + tenant_);
    session->query("ALTER SYSTEM SET tde_method = 'internal' TENANT = " + tenant_);
    auto first = connect_("root@" + tenant_, "", How::tcp);
    first->query("SET PASSWORD = 'p w\\'\"1'");
    first->query("ALTER INSTANCE ROTATE INNODB MASTER KEY");
    session->query("ALTER SYSTEM BACKUP KEY TENANT = " + tenant_ + " TO '" + key_ +
                   "' ENCRYPTED BY 'key password'");
    auto own = connect_("root@" + tenant_, "p w'\"1", How::tcp);
    auto parameters = own->query("SELECT NAME, VALUE FROM oceanbase.DBA_OB_BACKUP_PARAMETER ORDER BY NAME");
    return Json::array({parameters, own->query("SELECT PATH, DEST_ID, DEST_TYPE FROM"
                                               " oceanbase.DBA_OB_BACKUP_STORAGE_INFO ORDER BY DEST_ID")});
  }

  Json prepared() {
    auto session = sys();
    const std::string select = "SELECT TENANT_NAME FROM oceanbase.DBA_OB_TENANTS WHERE ";
    auto found = Json::array();
    found.push_back(session->execute(select + "TENANT_NAME = ?", "many0007"));
    found.push_back(session->execute(select + "TENANT_NAME = ?", "it's \\"));
    found.push_back(session->execute(select + "TENANT_ID = ?", 1));
    found.push_back(session->execute("SELECT ? IS NULL", nullptr));
    session->execute("ALTER SYSTEM SET DATA_BACKUP_DEST = ? TENANT = " + tenant_, data_);
    return found;
  }

  template <class Action>
  static Json fails(Action action) {
    try {
      action();
    } catch (const SqlError& error) {
      return Json::array({error.code, error.sqlstate, error.what()});
    }
    return "no error";
  }

  Json errors() {
    auto session = sys();
    auto found = Json::array();
    for (const std::string& sql :
         {"ALTER SYSTEM SET DATA_BACKUP_DEST = '" + data_ + "' TENANT = many0001", std::string("SELECT FROM"),
          std::string("SELECT * FROM oceanbase.nothing")}) {
      found.push_back(fails([&] { session->query(sql); }));
    }
    found.push_back(fails([&] { connect_("root@sys", "wrong", How::tcp); }));
    return found;
  }

  Json nulls() {
    auto session = sys();
    return joined(session->query("SELECT NULL AS a, '' AS b, 0 AS c"),
                  session->query("SELECT t.TENANT_NAME, p.VALUE FROM oceanbase.DBA_OB_TENANTS t LEFT JOIN"
                                 " oceanbase.CDB_OB_BACKUP_PARAMETER p ON p.TENANT_ID = t.TENANT_ID"
                                 " WHERE t.TENANT_NAME = 'sys'"));
  }

  Json many() {
    auto rows = sys()->query(
        "SELECT TENANT_ID, TENANT_NAME FROM oceanbase.DBA_OB_TENANTS WHERE TENANT_NAME LIKE 'many%'"
        " ORDER BY TENANT_ID");
    long long sum = 0;
    for (const Json& row : rows) sum += number(row[0]);
    return Json::array({rows.size(), sum, rows.front()[1], rows.back()[1]});
  }

  static long long number(const Json& value) {
    return value.is_number() ? value.get<long long>() : std::stoll(value.get<std::string>());
  }

  Json reconnect() {
    const std::string ask = "SELECT CONNECTION_ID()";
    auto session = sys();
    const auto first = number(session->query(ask)[0][0]);
    sys()->query("KILL " + std::to_string(first));
    bool gone = fails([&] { session->query(ask); }) != "no error";
    session = sys();
    return Json::array({gone, number(session->query(ask)[0][0]) != first});
  }

  std::string version_;
  Connect connect_;
  const std::string who_ = "SELECT USER(), effective_tenant()";
  const std::string tenant_ = setting("TENANT");
  const std::string data_ = "file://" + setting("DIRECTORY") + "/data";
  const std::string key_ = "file://" + setting("DIRECTORY") + "/key";
};

template <class Connect>
int run(const std::string& version, Connect connect) {
  Scenario<Connect>(version, std::move(connect)).run();
  return 0;
}

}  // namespace scenario
