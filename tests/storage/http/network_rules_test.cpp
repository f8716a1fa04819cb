#include "storage/http/network_rules.h"

#include <gtest/gtest.h>
#include <ifaddrs.h>
#include <netinet/in.h>

#include "storage/http/own_address.h"

namespace breakwater::storage {
namespace {

namespace ip = boost::asio::ip;

// A machine with addresses of other interfaces than loopback's.
bool is_ours(const ip::address& address) {
  return address == ip::make_address("10.1.2.3") || address == ip::make_address("fd00::5");
}

bool refused(const std::string& address, const NetworkRules& rules = {.allow_loopback = true}) {
  return refusal(ip::make_address(address), rules, is_ours).has_value();
}

TEST(NetworkRules, SomeAddressesAreRefusedWhateverTheRules) {
  for (const char* bad : {"169.254.0.1",
                          "169.254.169.254",
                          "169.254.255.255",
                          "100.100.100.200",
                          "168.63.129.16",
                          "192.0.0.192",
                          "0.0.0.0",
                          "0.1.2.3",
                          "224.0.0.1",
                          "239.255.255.255",
                          "240.0.0.1",
                          "255.255.255.255",
                          "::",
                          "fe80::1",
                          "febf::1",
                          "ff02::1",
                          "fd00:ec2::254",
                          "fd20:ce::254",
                          "::ffff:169.254.169.254",
                          "::ffff:100.100.100.200",
                          "::ffff:0.0.0.0",
                          "::169.254.169.254",
                          "64:ff9b::169.254.169.254",
                          "64:ff9b:1::169.254.169.254",
                          "64:ff9b:1:a9fe:a9:fe00::",
                          "64:ff9b:1:a9:fe:a9fe::",
                          "64:ff9b:1:0:a9:fea9:fe00::",
                          "2002:a9fe:a9fe::1"})
    EXPECT_TRUE(refused(bad)) << bad;
}

TEST(NetworkRules, PrivateAndPublicAddressesAreAllowed) {
  for (const char* good :
       {"10.0.0.1", "172.16.5.4", "192.168.1.1", "100.64.0.1", "100.100.100.201", "8.8.8.8", "169.253.0.1",
        "fd00::1", "fec0::1", "2001:db8::1", "::ffff:10.0.0.1", "64:ff9b::8.8.8.8", "64:ff9b:1::8.8.8.8",
        "2002:808:808::1", "2001:1::1", "fd00::5ffe:1.2.3.4"})
    EXPECT_FALSE(refused(good)) << good;
}

// Whatever address they spell: no store is reached so.
TEST(NetworkRules, TranslatorsAndTunnelsSpellingsAreRefusedWhateverTheRules) {
  for (const char* bad : {"::ffff:0:127.0.0.1", "::ffff:0:169.254.169.254", "::ffff:0:8.8.8.8",  // SIIT
                          "2001:0:5ef5:79fd::1", "2001::8000:63bf:3fff:fdd2", "2001::",          // Teredo
                          "fd00::5efe:127.0.0.1", "fd00::200:5efe:8.8.8.8", "2001:db8::300:5efe:10.1.2.3"})
    EXPECT_TRUE(refused(bad)) << bad;
}

TEST(NetworkRules, TheMachinesOwnAddressesAreLoopbackHoweverTheyAreSpelt) {
  for (const char* own : {"10.1.2.3", "fd00::5", "::ffff:10.1.2.3", "::10.1.2.3", "64:ff9b::10.1.2.3",
                          "2002:a01:203::1", "64:ff9b:1:a01:2:300::"}) {
    EXPECT_TRUE(refused(own, {})) << own;
    EXPECT_FALSE(refused(own)) << own;
  }
  EXPECT_FALSE(refused("10.1.2.4", {}));
  EXPECT_FALSE(refused("fd00::6", {}));
}

TEST(OwnAddress, IsWhatAnInterfaceHasOrARouteKeepsHere) {
  const auto own = [](const char* address) { return is_own_address(ip::make_address(address)); };
  EXPECT_TRUE(own("127.0.0.1"));
  EXPECT_TRUE(own("127.5.6.7"));  // by the routing table alone
  EXPECT_FALSE(own("192.0.2.1"));
  EXPECT_FALSE(own("2001:db8::1"));
  ifaddrs* first = nullptr;
  ASSERT_EQ(getifaddrs(&first), 0);
  for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET) continue;
    const auto* found = reinterpret_cast<const sockaddr_in*>(one->ifa_addr);
    EXPECT_TRUE(is_own_address(ip::address_v4(ntohl(found->sin_addr.s_addr)))) << one->ifa_name;
  }
  freeifaddrs(first);
}

TEST(NetworkRules, LoopbackHasASettingOfItsOwn) {
  for (const char* own : {"127.0.0.1", "127.255.0.3", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(refused(own, {})) << own;
    EXPECT_FALSE(refused(own)) << own;
  }
}

TEST(NetworkRules, EndpointsAreWhatBeginsWithNoSlash) {
  EXPECT_EQ(allowed_endpoints("/backup, OSS.example.com:8443,*.example.org\n[::1]"),
            (std::vector<std::string>{"oss.example.com:8443", "*.example.org", "[::1]"}));
  EXPECT_TRUE(allowed_endpoints("/a /b").empty());
}

TEST(NetworkRules, TheAllowListIsByHostAndPort) {
  const NetworkRules rules{.restricted = true,
                           .endpoints = allowed_endpoints("a.test b.test:8443 *.c.test [::1]:9000 fd00::7")};
  const auto allows = [&](std::string_view host, std::uint16_t port) {
    return check_endpoint(host, port, rules).has_value();
  };
  EXPECT_TRUE(allows("a.test", 443));
  EXPECT_TRUE(allows("A.test", 1));
  EXPECT_FALSE(allows("x.a.test", 443));
  EXPECT_TRUE(allows("b.test", 8443));
  EXPECT_FALSE(allows("b.test", 443));
  EXPECT_TRUE(allows("x.c.test", 443));
  EXPECT_FALSE(allows("c.test", 443));
  EXPECT_FALSE(allows("xc.test", 443));
  EXPECT_TRUE(allows("::1", 9000));
  EXPECT_FALSE(allows("::1", 9001));
  EXPECT_TRUE(allows("fd00::7", 443));
  EXPECT_FALSE(allows("other.test", 443));
  EXPECT_TRUE(check_endpoint("other.test", 443, {}));
  EXPECT_FALSE(check_endpoint("other.test", 443, {.restricted = true}));  // paths alone are allowed
}

}  // namespace
}  // namespace breakwater::storage
