#include "server/net/test_session.h"

#include <array>
#include <stdexcept>
#include <thread>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/password_hash.h"
#include "server/protocol/messages.h"

namespace breakwater::test {
namespace {

using protocol::ResponseWriter;
using Timer =
    boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                      boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

constexpr protocol::StatusFlags kStatus = protocol::status::kAutocommit;

void one_row(ResponseWriter& out, std::string_view name, std::string_view value,
             protocol::StatusFlags status = kStatus) {
  const std::array columns{protocol::ColumnDefinition{.name = name, .length = 64}};
  out.begin_result(columns, status);
  out.begin_row();
  out.value(value);
  out.end_row();
  out.end_result(status);
}

class TestSession final : public server::Session {
 public:
  TestSession(TestFactory& factory, server::Connection& connection, server::LoginRequest request)
      : factory_(factory),
        connection_(connection),
        request_(std::move(request)),
        timer_(connection.executor()) {
    ++factory_.open_sessions;
  }
  ~TestSession() override { --factory_.open_sessions; }

  Task<> execute(const protocol::Command& command, ResponseWriter& out) override {
    if (const auto* query = std::get_if<protocol::Query>(&command)) return run(query->sql, out);
    if (const auto* db = std::get_if<protocol::InitDb>(&command)) {
      request_.database = db->name;
      out.ok({.changes = {.schema = request_.database}});
    } else if (const auto* list = std::get_if<protocol::FieldList>(&command)) {
      const std::array columns{protocol::ColumnDefinition{.table = list->table, .name = "c"}};
      out.field_list(columns, kStatus);
    } else if (std::holds_alternative<protocol::ProcessKill>(command)) {
      out.error(error::no_such_thread("7"));
    } else {
      out.ok({});
    }
    return {};
  }

  protocol::StatusFlags status() const override { return kStatus; }
  server::SessionTimeouts timeouts() const override { return factory_.timeouts; }
  void interrupt() override {
    ++factory_.interrupts;
    timer_.cancel();
  }

 private:
  Task<> run(std::string_view sql, ResponseWriter& out) {
    if (sql == "SELECT 1") {
      one_row(out, "1", "1");
    } else if (sql == "WHO") {
      one_row(out, "who", who());
    } else if (sql == "THREAD") {
      one_row(out, "thread", std::to_string(std::hash<std::thread::id>()(std::this_thread::get_id())));
    } else if (sql.starts_with("ECHO ")) {
      one_row(out, "echo", sql.substr(5));
    } else if (sql == "BOTH") {
      one_row(out, "a", "1", kStatus | protocol::status::kMoreResults);
      one_row(out, "b", "2");
    } else if (sql == "THROW") {
      throw std::runtime_error("thrown by a test");
    } else if (sql == "WAIT") {
      return wait(out);
    } else if (sql == "NAP") {
      return nap(out);
    } else if (sql.starts_with("ROWS ")) {
      return many_rows(std::stoi(std::string(sql.substr(5))), out);
    } else {
      out.error(Error::with_text(Errc::parse_sql, "not one of the test's statements"));
    }
    return {};
  }

  std::string who() const {
    return request_.user.user + "@" + request_.user.tenant + "/" + request_.database + " from " +
           connection_.peer().address + tls();
  }

  std::string tls() const {
    const server::TlsInfo* const info = connection_.tls();
    if (info == nullptr) return {};
    return " over " + info->version + (info->client_certificate ? " with a certificate" : "");
  }

  Task<> wait(ResponseWriter& out) {
    timer_.expires_after(std::chrono::minutes(5));
    ++factory_.waiting;
    boost::system::error_code cancelled;
    co_await timer_.async_wait(
        boost::asio::redirect_error(boost::asio::use_awaitable_t<Executor>{}, cancelled));
    --factory_.waiting;
    out.error(error::query_interrupted());
  }

  Task<> nap(ResponseWriter& out) {
    timer_.expires_after(std::chrono::milliseconds(1));
    co_await timer_.async_wait(boost::asio::use_awaitable_t<Executor>{});
    one_row(out, "nap", "done");
  }

  Task<> many_rows(int count, ResponseWriter& out) {
    const std::array columns{protocol::ColumnDefinition{.name = "r"}};
    const std::string value(1024, 'r');
    out.begin_result(columns, kStatus);
    for (int i = 0; i < count; ++i) {
      out.begin_row();
      out.value(value);
      out.end_row();
      if (out.pending() >= ResponseWriter::kFlushAt && !co_await connection_.flush()) co_return;
    }
    out.end_result(kStatus);
  }

  TestFactory& factory_;
  server::Connection& connection_;
  server::LoginRequest request_;
  Timer timer_;
};

}  // namespace

auth::Verifier TestFactory::find_account(const auth::UserName& user, const server::Peer& /*peer*/) {
  if (failure) {
    auth::Verifier nobody;
    nobody.failure = failure;
    return nobody;
  }
  const auto found = passwords.find(user.tenant + "/" + user.user);
  if (found == passwords.end()) return {};
  if (found->second.empty()) return {.kind = auth::Verifier::Kind::empty};
  const Secret password{std::string_view(found->second)};
  auth::Verifier verifier{.kind = auth::Verifier::Kind::password};
  verifier.native = crypto::native_hash(password);
  verifier.sha2 = crypto::sha2_hash(password, system_entropy());
  const auto one = plugins.find(found->first);
  verifier.by_native = one == plugins.end() || one->second == protocol::kNativePlugin;
  verifier.by_sha2 = one == plugins.end() || one->second == protocol::kSha2Plugin;
  verifier.cache_key = found->first;
  verifier.cached = cache.find(found->first);
  return verifier;
}

void TestFactory::remember_password(const auth::Verifier& verifier, const auth::FastDigest& digest) {
  cache.put(verifier.cache_key, digest);
}

bool TestFactory::is_administrator(const auth::UserName& user) const {
  return user.user == "root" && user.tenant == "sys";
}

Result<std::unique_ptr<server::Session>> TestFactory::open(server::Connection& connection,
                                                           const server::LoginRequest& request) {
  if (request.database == "missing") return fail(error::bad_database("missing"));
  return std::make_unique<TestSession>(*this, connection, request);
}

}  // namespace breakwater::test
