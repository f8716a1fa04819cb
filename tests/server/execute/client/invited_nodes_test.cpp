#include "server/execute/client/invited_nodes.h"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace breakwater::server::execute {
namespace {

Peer peer(std::string address) {
  return peer_at(std::move(address), 0);
}

bool is_invited(std::string_view list, const Peer& who) {
  return InvitedNodes(list).invite(who);
}

TEST(InvitedNodes, AddressesNetworksAndPatterns) {
  EXPECT_TRUE(is_invited("%", peer("10.1.2.3")));
  EXPECT_TRUE(is_invited("127.0.0.1, ::1", peer("::1")));
  EXPECT_FALSE(is_invited("127.0.0.1,::1", peer("10.1.2.3")));
  EXPECT_TRUE(is_invited("10.1.0.0/16", peer("10.1.200.3")));
  EXPECT_FALSE(is_invited("10.1.0.0/16", peer("10.2.0.1")));
  EXPECT_TRUE(is_invited("10.1.2.%", peer("10.1.2.3")));
  EXPECT_TRUE(is_invited("fd00::/8", peer("fd12::1")));
  EXPECT_FALSE(is_invited("10.1.0.0/99,garbage", peer("10.1.0.1")));
  EXPECT_FALSE(is_invited("", peer("127.0.0.1")));
  EXPECT_TRUE(is_invited("127.0.0.1", {.address = "localhost", .unix_socket = true}));
  EXPECT_TRUE(is_invited("10.9.9.9,%", peer("10.1.2.3")));
  EXPECT_TRUE(is_invited("FD12::%", peer("fd12::1")));
  EXPECT_TRUE(is_invited("fe80::/10", peer("fe80::1%eth0")));
  EXPECT_TRUE(is_invited("::FFFF:10.1.2.3", peer("10.1.2.3")));
  EXPECT_FALSE(is_invited("::/0", peer("10.1.2.3"))) << "all of IPv6 is none of IPv4";
}

TEST(InvitedNodes, NoListIsSlow) {
  std::string list;
  while (list.size() < 4'000)
    list += "%1%1%1%1%1%1%1%1%1%1%1%1%1%1%1%1%1%1%1%1%1%1%1%1%1%1%1%1%1%1%1%1%1%1%1%1%1%1%1%x,";
  const InvitedNodes nodes(list);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(nodes.invite(peer("1111:1111:1111:1111:1111:1111:1111:1111")));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1)) << "it took minutes";
}

}  // namespace
}  // namespace breakwater::server::execute
