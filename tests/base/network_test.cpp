#include "base/network.h"

#include <gtest/gtest.h>

namespace breakwater {
namespace {

bool holds(std::string_view network, std::string_view address) {
  return Network::parse(network).value().contains(address);
}

TEST(Network, HoldsItsAddresses) {
  EXPECT_TRUE(holds("10.0.0.0/8", "10.255.1.2"));
  EXPECT_FALSE(holds("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(holds("192.168.1.7", "192.168.1.7"));
  EXPECT_FALSE(holds("192.168.1.7", "192.168.1.8"));
  EXPECT_TRUE(holds("192.168.1.128/25", "::ffff:192.168.1.200")) << "the same address";
  EXPECT_TRUE(holds("0.0.0.0/0", "8.8.8.8"));
  EXPECT_FALSE(holds("0.0.0.0/0", "2001:db8::1"));
  EXPECT_TRUE(holds("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(holds("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_TRUE(holds("::1", "::1"));
  EXPECT_FALSE(holds("::1", "localhost"));
  EXPECT_FALSE(holds("::/0", "10.0.0.1")) << "all of IPv6 is none of IPv4";
  EXPECT_TRUE(holds("::/0", "2001:db8::1"));
  EXPECT_TRUE(holds("::ffff:10.0.0.0/104", "10.1.2.3"));
  EXPECT_TRUE(holds("10.1.2.3", "::FFFF:0a01:0203")) << "however it is spelt";
}

TEST(Address, HasOneSpelling) {
  const auto spelt = [](std::string_view text) { return Address::parse(text).value().text(); };
  for (const char* text :
       {"192.0.2.7", "::ffff:192.0.2.7", "::FFFF:192.0.2.7", "::FFFF:C000:207", "0:0:0:0:0:ffff:c000:0207"}) {
    EXPECT_EQ(spelt(text), "192.0.2.7") << text;
    EXPECT_TRUE(Address::parse(text)->is_v4()) << text;
  }
  EXPECT_EQ(spelt("2001:DB8:0:0::1"), "2001:db8::1");
  EXPECT_EQ(spelt("::1"), "::1");
  EXPECT_FALSE(Address::parse("::1")->is_v4());
  for (const std::string_view text : {"", "1.2.3", "1.2.3.4 ", "::1%lo", "localhost", "1.2.3.4/8"}) {
    EXPECT_FALSE(Address::parse(text)) << text;
  }
  EXPECT_FALSE(Address::parse(std::string_view("1.2.3.4\0x", 9)));
}

TEST(Address, AnOriginIsAnAddressOrASlash64) {
  const auto origin = [](std::string_view text) { return Address::parse(text).value().origin(); };
  EXPECT_EQ(origin("2001:db8::1"), origin("2001:db8::ffff:2"));
  EXPECT_NE(origin("2001:db8::1"), origin("2001:db8:0:1::1"));
  EXPECT_NE(origin("192.0.2.1"), origin("192.0.2.2"));
}

TEST(Network, RefusesWhatIsNone) {
  for (const char* text :
       {"", "x", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::/129", "10.0.0/8", "1.2.3.4/8x"}) {
    EXPECT_FALSE(Network::parse(text)) << text;
  }
}

TEST(HostPort, IsANameOrAnAddressAndAPort) {
  const auto text = [](std::string_view given) {
    const auto found = HostPort::parse(given);
    return found ? found->host + " " + std::to_string(found->port) : "";
  };
  EXPECT_EQ(text("Proxy.Example.com:3128"), "proxy.example.com 3128");
  EXPECT_EQ(text("proxy"), "proxy 0");
  EXPECT_EQ(text("192.0.2.1:80"), "192.0.2.1 80");
  EXPECT_EQ(text("[2001:db8::1]:65535"), "2001:db8::1 65535");
  EXPECT_EQ(text("2001:db8::1"), "2001:db8::1 0");
  for (const std::string_view wrong : {"", ":80", "a:", "a:0", "a:65536", "a:+1", "a:8 ", "a b:1", "a/b:1",
                                       "u@a:1", "[::1", "[::1]80", "[a]:1", "a:1:2", "\r\na:1"})
    EXPECT_EQ(text(wrong), "") << wrong;
  EXPECT_EQ(HostPort::parse("[2001:db8::1]:80")->text(), "[2001:db8::1]:80");
}

TEST(HostPort, AUrlHasAPortAndNoMore) {
  EXPECT_EQ(HostPort::parse_http_url("HTTP://p:1/")->text(), "p:1");
  for (const std::string_view wrong :
       {"http://p", "p:1", "https://p:1", "http://u:s@p:1", "http://p:1/x", "http://p:1//", "http://"})
    EXPECT_FALSE(HostPort::parse_http_url(wrong)) << wrong;
}

}  // namespace
}  // namespace breakwater
