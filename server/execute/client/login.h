// Logins: decides who may log in, and opens the session. Implements server/net's SessionFactory on the store.
#pragma once

#include <memory>
#include <mutex>

#include "server/execute/context/services.h"
#include "server/net/handler.h"

namespace breakwater::server::execute {

/// What was last known about the catalogue's accounts, for when it can't be read. Thread-safe.
class KnownCounts {
 public:
  catalog::AccountCounts get() const {
    const std::scoped_lock lock(mutex_);
    return counts_;
  }
  void set(const catalog::AccountCounts& counts) {
    const std::scoped_lock lock(mutex_);
    counts_ = counts;
  }

 private:
  mutable std::mutex mutex_;
  catalog::AccountCounts counts_;
};

class Logins final : public SessionFactory {
 public:
  explicit Logins(Services& services);

  auth::Verifier find_account(const auth::UserName& user, const Peer& peer) override;
  std::unique_ptr<Check> begin_check(const auth::UserName& user, const Peer& peer) override;
  void login_failed(const auth::UserName& user, const Peer& peer) override;
  void login_refused(const Connection& connection, std::string_view user, const Error& error) override;
  void remember_password(const auth::Verifier& verifier, const auth::FastDigest& digest) override;
  ServerMemory& memory() override { return services_.memory(); }
  bool is_administrator(const auth::UserName& user) const override;
  Result<std::unique_ptr<Session>> open(Connection& connection, const LoginRequest& request) override;
  void tick() override;

 private:
  Error could_not_look(const Error& why, const Connection& connection) const;

  Services& services_;
  KnownCounts counts_;
};

}  // namespace breakwater::server::execute
