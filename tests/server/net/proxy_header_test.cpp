#include "server/protocol/proxy_header.h"

#include <string>

#include <gtest/gtest.h>

#include "server/auth/native_password.h"
#include "server/net/net_fixture.h"

namespace breakwater::test {
namespace {

using protocol::parse_proxy_header;

/// Version 2: `family` 0x11 is TCP over IPv4, 0x21 over IPv6.
std::string version2(std::uint8_t command, std::uint8_t family, std::string_view addresses) {
  std::string bytes("\r\n\r\n\0\r\nQUIT\n", 12);
  bytes += static_cast<char>(0x20U | command);
  bytes += static_cast<char>(family);
  bytes += static_cast<char>(addresses.size() >> 8U);
  bytes += static_cast<char>(addresses.size());
  return bytes.append(addresses);
}

const std::string kV4 = version2(1, 0x11, std::string_view("\xC0\x00\x02\x07\x7F\0\0\1\x12\x34\x0B\x41", 12));
const std::string kV6 = version2(1, 0x21,
                                 std::string("\x20\x01\x0d\xb8", 4) + std::string(11, '\0') + '\1' +
                                     std::string(16, '\2') + std::string("\x12\x34\x0B\x41", 4));
const std::string kV1 = "PROXY TCP4 192.0.2.7 127.0.0.1 4660 2881\r\n";

TEST(ProxyHeader, SaysWhoseConnectionItIs) {
  const auto parsed = [](const std::string& header) {
    return parse_proxy_header(header + "more").value().value();
  };
  for (const std::string& header : {kV1, kV4}) {
    EXPECT_EQ(parsed(header).address, "192.0.2.7");
    EXPECT_EQ(parsed(header).port, 4660);
    EXPECT_EQ(parsed(header).size, header.size());
  }
  EXPECT_EQ(parsed(kV6).address, "2001:db8::1");
  EXPECT_EQ(parsed("PROXY TCP6 2001:db8::1 ::1 1 2\r\n").address, "2001:db8::1");
  for (const std::string mapped :
       {"::ffff:192.0.2.7", "::FFFF:192.0.2.7", "::FfFf:C000:207", "0:0:0:0:0:FFFF:192.0.2.7"})
    EXPECT_EQ(parsed("PROXY TCP6 " + mapped + " ::1 1 2\r\n").address, "192.0.2.7") << mapped;
  EXPECT_EQ(parsed("PROXY TCP6 2001:DB8:0:0::1 ::1 1 2\r\n").address, "2001:db8::1")
      << "one spelling for all";
  EXPECT_EQ(parsed(version2(1, 0x21,
                            std::string(10, '\0') + "\xff\xff\xC0" + std::string("\0\x02\x07", 3) +
                                std::string(16, '\2') + std::string("\x12\x34\x0B\x41", 4)))
                .address,
            "192.0.2.7");
  EXPECT_EQ(parsed("PROXY UNKNOWN whatever\r\n").address, "");
  EXPECT_EQ(parsed(version2(0, 0, "")).address, "") << "the proxy's own, a health check";
  EXPECT_EQ(parsed(version2(1, 0x11, kV4.substr(16) + std::string(500, 't'))).size, 528U)
      << "with what we don't read";
}

TEST(ProxyHeader, EveryPrefixNeedsMore) {
  for (const std::string& header : {kV1, kV4, kV6}) {
    for (std::size_t size = 0; size < header.size(); ++size) {
      const auto parsed = parse_proxy_header(std::string_view(header).substr(0, size));
      ASSERT_TRUE(parsed) << size;
      EXPECT_FALSE(*parsed) << size;
    }
  }
}

TEST(ProxyHeader, RefusesWhatIsNone) {
  for (const std::string& wrong :
       {std::string("GET / HTTP/1.1\r\n"), std::string("PROXY TCP4 192.0.2.7 127.0.0.1 4660\r\n"),
        std::string("PROXY TCP4 ::1 ::1 1 2\r\n"), std::string("PROXY TCP6 192.0.2.7 127.0.0.1 1 2\r\n"),
        std::string("PROXY TCP4 192.0.2.7 127.0.0.1 66000 1\r\n"),
        std::string("PROXY TCP4 192.0.2.7 127.0.0.1 1 2 3\r\n"), std::string("PROXY UDP4 a b 1 2\r\n"),
        "PROXY TCP4 " + std::string(200, '1'), version2(2, 0x11, kV4.substr(16)), version2(1, 0x11, "short"),
        version2(1, 0x11, std::string(2000, 'x')), "\r\n\r\n" + std::string(12, '\0')}) {
    EXPECT_FALSE(parse_proxy_header(wrong)) << wrong;
  }
}

server::ServerOptions behind_a_proxy(const char* network = "127.0.0.0/8", std::uint32_t max_errors = 1000) {
  server::ServerLimits limits;
  limits.proxies = {Network::parse(network).value()};
  limits.max_connect_errors = max_errors;
  return loopback(limits);
}

TEST(ProxyHeader, NamesTheClientOfAConnection) {
  Running running(behind_a_proxy());
  for (const std::string& header : {kV1, kV4}) {
    TestClient client(running.where);
    for (const char byte : header) client.send_bytes({&byte, 1});
    ASSERT_TRUE(client.log_in("root@sys", "sesame")->is_ok());
    EXPECT_EQ(client.rows("WHO"), std::vector<std::string>{"root@sys/ from 192.0.2.7"});
  }
  TestClient check(running.where);
  check.send_bytes(version2(0, 0, ""));
  EXPECT_TRUE(check.read_greeting()) << "the proxy's own connection";
}

TEST(ProxyHeader, NobodyIsGreetedWithoutIt) {
  Running running(behind_a_proxy());
  TestClient client(running.where);
  client.send_bytes(frame("\x0e", 0));
  EXPECT_EQ(client.read_packet()->error_number(), 1043);
  EXPECT_TRUE(client.read_to_end());
}

TEST(ProxyHeader, IsNotReadFromElsewhere) {
  Running running(behind_a_proxy("192.0.2.0/24"));
  TestClient client(running.where);
  client.send_bytes(kV1);
  ASSERT_TRUE(client.read_greeting());
  EXPECT_TRUE(client.read_packet()->is_error()) << "whoever isn't a listed proxy can't choose an address";
}

TEST(ProxyHeader, EmptyPasswordsStayOnThisMachine) {
  Running running(behind_a_proxy());
  const std::string local = version2(0, 0, ""), unspecified = version2(1, 0, "");
  for (const std::string& header : {std::string("PROXY TCP4 127.0.0.1 127.0.0.1 4660 2881\r\n"),
                                    std::string("PROXY UNKNOWN\r\n"), local, unspecified}) {
    TestClient client(running.where);
    client.send_bytes(header);
    EXPECT_EQ(client.log_in("empty@sys", "")->error_number(), 1045) << "a proxy may say what it likes";
  }
}

TEST(ProxyHeader, TheClientIsBlockedNotTheProxy) {
  Running running(behind_a_proxy("127.0.0.0/8", 3));
  for (int i = 0; i < 3; ++i) {
    TestClient client(running.where);
    client.send_bytes(kV1);
    EXPECT_EQ(client.log_in("root@sys", "wrong")->error_number(), 1045);
  }
  TestClient blocked(running.where);
  blocked.send_bytes(kV4);
  EXPECT_EQ(blocked.read_packet()->error_number(), 1129);
  TestClient other(running.where);
  other.send_bytes("PROXY TCP4 192.0.2.8 127.0.0.1 4660 2881\r\n");
  EXPECT_TRUE(other.log_in("root@sys", "sesame")->is_ok());
}

}  // namespace
}  // namespace breakwater::test
