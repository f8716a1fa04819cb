// Sessions for tests of the network: a handful of statements, each for one way in which a session can behave.
//
//   SELECT 1        answered at once                 WHO         user, tenant, database, address
//   ROWS n          n rows of 1 KiB, flushed         WAIT        until interrupted
//   ECHO text       the text as a row                THROW       an exception
//   NAP             a task that is done soon         BOTH        two results
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "server/auth/password_cache.h"
#include "server/net/handler.h"

namespace breakwater::test {

class TestFactory final : public server::SessionFactory {
 public:
  /// `tenant`/`user` → password; more may be added before the server starts.
  std::map<std::string, std::string> passwords{{"sys/root", "sesame"}, {"t1/root", "second"},
                                               {"t1/nobody", ""},      {"sys/empty", ""},
                                               {"sys/native", "n"},    {"sys/sha2", "s"}};
  std::atomic<int> open_sessions{0};
  std::atomic<int> waiting{0};
  std::atomic<int> interrupts{0};
  /// Those who may log in by one plugin alone: `tenant`/`user` → plugin.
  std::map<std::string, std::string> plugins{{"sys/native", "mysql_native_password"},
                                             {"sys/sha2", "caching_sha2_password"}};
  server::SessionTimeouts timeouts{.wait = std::chrono::hours(8),
                                   .net_read = std::chrono::seconds(30),
                                   .net_write = std::chrono::seconds(60)};
  auth::PasswordCache cache;
  /// Nobody can be looked up while this is set. Before the server starts, or between logins.
  std::optional<Error> failure;

  auth::Verifier find_account(const auth::UserName& user, const server::Peer& peer) override;
  void login_failed(const auth::UserName& /*user*/, const server::Peer& /*peer*/) override {
    ++failed_logins;
  }
  std::atomic<int> failed_logins{0};
  void remember_password(const auth::Verifier& verifier, const auth::FastDigest& digest) override;
  bool is_administrator(const auth::UserName& user) const override;
  Result<std::unique_ptr<server::Session>> open(server::Connection& connection,
                                                const server::LoginRequest& request) override;
  ServerMemory& memory() override { return server_memory; }
  void tick() override {}
  ServerMemory server_memory;
};

}  // namespace breakwater::test
