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
}

TEST(Network, RefusesWhatIsNone) {
  for (const char* text :
       {"", "x", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::/129", "10.0.0/8", "1.2.3.4/8x"}) {
    EXPECT_FALSE(Network::parse(text)) << text;
  }
}

}  // namespace
}  // namespace breakwater
