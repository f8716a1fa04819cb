// MySQL Connector/C++ 1.1, the JDBC-like one.

#include <cppconn/driver.h>
#include <cppconn/exception.h>
#include <cppconn/prepared_statement.h>
#include <cppconn/resultset.h>
#include <cppconn/resultset_metadata.h>
#include <cppconn/statement.h>
#include <mysql_driver.h>

#include "scenario.h"

namespace {

using scenario::How;
using scenario::Json;
using scenario::SqlError;

Json rows_of(sql::ResultSet& result) {
  auto rows = Json::array();
  const unsigned columns = result.getMetaData()->getColumnCount();
  while (result.next()) {
    auto row = Json::array();
    for (unsigned i = 1; i <= columns; ++i) {
      const std::string text = result.getString(i).asStdString();
      row.push_back(result.wasNull() ? Json() : Json(text));
    }
    rows.push_back(row);
  }
  return rows;
}

/// Runs an action of the connector's, whose errors become ours.
template <class Action>
auto told(Action action) {
  try {
    return action();
  } catch (const sql::SQLException& error) {
    throw SqlError(error.getErrorCode(), error.getSQLState(), error.what());
  }
}

class Connection : public scenario::Session {
 public:
  Connection(const std::string& user, const std::string& password, How how) {
    sql::ConnectOptionsMap options;
    options["hostName"] = how == How::socket
                              ? "unix://" + scenario::setting("SOCKET")
                              : "tcp://" + scenario::setting("HOST") + ":" + scenario::setting("PORT");
    options["userName"] = sql::SQLString(user);
    options["password"] = sql::SQLString(password);
    options["schema"] = sql::SQLString("oceanbase");
    if (how == How::tls) options["sslCA"] = sql::SQLString(scenario::setting("CA"));
    connection_.reset(told([&] { return sql::mysql::get_driver_instance()->connect(options); }));
  }

  Json query(const std::string& sql) override {
    return told([&] {
      const std::unique_ptr<sql::Statement> statement(connection_->createStatement());
      if (!statement->execute(sql)) return Json::array();
      const std::unique_ptr<sql::ResultSet> result(statement->getResultSet());
      return rows_of(*result);
    });
  }

  Json execute(const std::string& sql, const Json& parameter) override {
    return told([&] {
      const std::unique_ptr<sql::PreparedStatement> statement(connection_->prepareStatement(sql));
      if (parameter.is_number()) {
        statement->setInt64(1, parameter.get<long long>());
      } else if (parameter.is_null()) {
        statement->setNull(1, 0);
      } else {
        statement->setString(1, parameter.get<std::string>());
      }
      auto rows = Json::array();
      for (int time = 0; time < 2; ++time) {
        if (!statement->execute()) continue;
        const std::unique_ptr<sql::ResultSet> result(statement->getResultSet());
        rows = rows_of(*result);
      }
      return rows;
    });
  }

 private:
  std::unique_ptr<sql::Connection> connection_;
};

}  // namespace

int main() {
  sql::Driver* driver = sql::mysql::get_driver_instance();
  const auto version = std::to_string(driver->getMajorVersion()) + "." +
                       std::to_string(driver->getMinorVersion()) + "." +
                       std::to_string(driver->getPatchVersion());
  return scenario::run(version, [](const std::string& user, const std::string& password, How how) {
    return std::make_unique<Connection>(user, password, how);
  });
}
