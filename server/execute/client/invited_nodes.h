// ob_tcp_invited_nodes: the addresses from which clients may log in to a tenant. Immutable, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/network.h"
#include "server/net/handler.h"

namespace breakwater::server::execute {

/// A comma-separated list of addresses, address/bits, and patterns with % and _.
class InvitedNodes {
 public:
  explicit InvitedNodes(std::string_view list);

  /// The unix socket counts as 127.0.0.1.
  bool invite(const Peer& peer) const;

 private:
  bool everybody_ = false;
  std::vector<Network> networks_;
  std::vector<std::string> patterns_;
};

}  // namespace breakwater::server::execute
