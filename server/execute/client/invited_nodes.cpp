#include "server/execute/client/invited_nodes.h"

#include <algorithm>

#include "base/text_parts.h"

namespace breakwater::server::execute {

// An entry that is neither a network nor a pattern matches nobody.
InvitedNodes::InvitedNodes(std::string_view list) {
  for (const std::string_view node : split(list)) {
    if (node.find_first_not_of('%') == std::string_view::npos) {
      everybody_ = true;
    } else if (const auto network = Network::parse(node)) {
      networks_.push_back(*network);
    } else if (node.find_first_of("%_") != std::string_view::npos) {
      patterns_.emplace_back(node);
    }
  }
}

bool InvitedNodes::invite(const Peer& peer) const {
  if (everybody_) return true;
  const std::string_view text = peer.unix_socket ? std::string_view("127.0.0.1") : peer.address;
  const Address address = peer.unix_socket ? Address::of_v4({127, 0, 0, 1}) : peer.ip;
  return std::ranges::any_of(networks_, [&](const Network& network) { return network.contains(address); }) ||
         std::ranges::any_of(patterns_,
                             [&](const std::string& pattern) { return wildcard_match(pattern, text); });
}

}  // namespace breakwater::server::execute
