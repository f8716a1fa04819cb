// Logins: who may come in, and the session they get. Implements server/net's SessionFactory on the store.
#pragma once

#include <memory>

#include "server/execute/services.h"
#include "server/net/handler.h"

namespace breakwater::server::execute {

class Logins final : public SessionFactory {
 public:
  explicit Logins(Services& services) : services_(services) {}

  auth::Verifier find_account(const auth::UserName& user, const Peer& peer) override;
  void remember_password(const auth::Verifier& verifier, const auth::FastDigest& digest) override;
  bool is_administrator(const auth::UserName& user) const override;
  Result<std::unique_ptr<Session>> open(Connection& connection, const LoginRequest& request) override;
  void tick() override;

 private:
  Services& services_;
};

/// ob_tcp_invited_nodes: a comma-separated list of addresses, address/bits, and patterns with % and _. The
/// unix socket counts as 127.0.0.1.
bool is_invited(std::string_view invited_nodes, const Peer& peer);

}  // namespace breakwater::server::execute
