// libmariadb, MariaDB's C API: texts by mysql_real_query, prepared statements with bound buffers.

#include <array>

#include <mysql.h>

#include "scenario.h"

namespace {

using scenario::How;
using scenario::Json;
using scenario::SqlError;

constexpr unsigned long text_size = 1024;

class Connection : public scenario::Session {
 public:
  Connection(const std::string& user, const std::string& password, How how) : mysql_(mysql_init(nullptr)) {
    const bool local = how == How::socket;
    const unsigned protocol = local ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
    mysql_optionsv(mysql_, MYSQL_OPT_PROTOCOL, &protocol);
    mysql_optionsv(mysql_, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    if (how == How::tls) {
      mysql_ssl_set(mysql_, nullptr, nullptr, scenario::setting("CA").c_str(), nullptr, nullptr);
    }
    if (mysql_real_connect(mysql_, local ? nullptr : scenario::setting("HOST").c_str(), user.c_str(),
                           password.c_str(), "oceanbase", local ? 0 : std::stoul(scenario::setting("PORT")),
                           local ? scenario::setting("SOCKET").c_str() : nullptr, 0) == nullptr) {
      const SqlError error(mysql_errno(mysql_), mysql_sqlstate(mysql_), mysql_error(mysql_));
      mysql_close(mysql_);
      throw error;
    }
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() override { mysql_close(mysql_); }

  Json query(const std::string& sql) override {
    if (mysql_real_query(mysql_, sql.data(), sql.size()) != 0) fail();
    auto rows = Json::array();
    MYSQL_RES* result = mysql_store_result(mysql_);
    if (result == nullptr) return rows;
    while (MYSQL_ROW fields = mysql_fetch_row(result)) {
      const unsigned long* sizes = mysql_fetch_lengths(result);
      auto row = Json::array();
      for (unsigned i = 0; i < mysql_num_fields(result); ++i) {
        row.push_back(fields[i] == nullptr ? Json() : Json(std::string(fields[i], sizes[i])));
      }
      rows.push_back(row);
    }
    mysql_free_result(result);
    return rows;
  }

  Json execute(const std::string& sql, const Json& parameter) override {
    MYSQL_STMT* statement = mysql_stmt_init(mysql_);
    const std::unique_ptr<MYSQL_STMT, char (*)(MYSQL_STMT*)> closes(
        statement, [](MYSQL_STMT* open) { return static_cast<char>(mysql_stmt_close(open)); });
    if (mysql_stmt_prepare(statement, sql.data(), sql.size()) != 0) fail(statement);
    bind(statement, parameter);
    if (mysql_stmt_execute(statement) != 0) fail(statement);
    fetch(statement);
    if (mysql_stmt_execute(statement) != 0) fail(statement);
    return fetch(statement);
  }

 private:
  [[noreturn]] void fail() {
    throw SqlError(mysql_errno(mysql_), mysql_sqlstate(mysql_), mysql_error(mysql_));
  }

  [[noreturn]] static void fail(MYSQL_STMT* statement) {
    throw SqlError(mysql_stmt_errno(statement), mysql_stmt_sqlstate(statement), mysql_stmt_error(statement));
  }

  void bind(MYSQL_STMT* statement, const Json& parameter) {
    MYSQL_BIND bound{};
    if (parameter.is_number()) {
      number_ = parameter.get<long long>();
      bound.buffer_type = MYSQL_TYPE_LONGLONG;
      bound.buffer = &number_;
    } else if (parameter.is_null()) {
      bound.buffer_type = MYSQL_TYPE_NULL;
    } else {
      text_ = parameter.get<std::string>();
      bound.buffer_type = MYSQL_TYPE_STRING;
      bound.buffer = text_.data();
      bound.buffer_length = text_.size();
    }
    if (mysql_stmt_bind_param(statement, &bound) != 0) fail(statement);
  }

  static Json fetch(MYSQL_STMT* statement) {
    auto rows = Json::array();
    if (mysql_stmt_field_count(statement) == 0) return rows;
    std::array<char, text_size> text{};
    unsigned long size = 0;
    MYSQL_BIND bound{};
    bound.buffer_type = MYSQL_TYPE_STRING;
    bound.buffer = text.data();
    bound.buffer_length = text.size();
    bound.length = &size;
    if (mysql_stmt_bind_result(statement, &bound) != 0) fail(statement);
    while (mysql_stmt_fetch(statement) == 0) rows.push_back(Json::array({std::string(text.data(), size)}));
    mysql_stmt_free_result(statement);
    return rows;
  }

  MYSQL* mysql_;
  long long number_ = 0;
  std::string text_;
};

}  // namespace

int main() {
  return scenario::run(mysql_get_client_info(),
                       [](const std::string& user, const std::string& password, How how) {
                         return std::make_unique<Connection>(user, password, how);
                       });
}
