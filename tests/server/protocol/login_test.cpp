// The login as transcripts: what each real client sends, and what it is answered. The capabilities and
// plugins were seen on the wire from the clients named.
#include "server/protocol/login.h"

#include <array>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/secret.h"
#include "server/auth/native_password.h"
#include "server/test_client.h"

namespace breakwater::protocol {
namespace {

using Step = Login::Step;
using test::payload_of;

Salt salt_of(std::uint8_t first) {
  Salt salt{};
  for (std::size_t i = 0; i < salt.size(); ++i) salt[i] = static_cast<std::uint8_t>(first + i);
  return salt;
}

Login::Options options() {
  return {.server_version = "5.7.25-OceanBase-v4.2.1.0",
          .connection_id = 7,
          .salt = salt_of('a'),
          .switch_salt = salt_of('A')};
}

/// A packet, and the account found (of any plugin) where one is looked up.
Result<Step> give(Login& login, std::string_view packet, std::uint8_t sequence, Output& out,
                  Login::Plugins plugins = {}) {
  auto step = login.on_packet(as_bytes(packet), sequence, out);
  if (step && *step == Step::look_up) step = login.on_account(plugins, out);
  return step;
}

Payload bytes_of(const Output& out) {
  return as_bytes(out.view());
}

TEST(Login, GreetsAsOceanBaseDoes) {
  Login login(options());
  Output out;
  login.greet(out);
  EXPECT_EQ(out.view().substr(0, 4), std::string_view("\x5d\0\0\0", 4));
  const auto greeting = Greeting::deserialize(bytes_of(out).subspan(kHeaderSize));
  ASSERT_TRUE(greeting);
  EXPECT_EQ(greeting->server_version, "5.7.25-OceanBase-v4.2.1.0");
  EXPECT_EQ(greeting->connection_id, 7U);
  EXPECT_EQ(greeting->salt, salt_of('a'));
  EXPECT_EQ(greeting->charset, 46);
  EXPECT_EQ(greeting->status, 0);
  EXPECT_EQ(greeting->plugin, "mysql_native_password");
  EXPECT_EQ(greeting->capabilities & (7U << 27U), 0U) << "bits 27 to 29 are never offered";
  for (const Capabilities absent : {capability::kSsl, capability::kLocalFiles}) {
    EXPECT_EQ(greeting->capabilities & absent, 0U) << "what doesn't work isn't offered";
  }
}

struct Client {
  const char* name;
  Capabilities capabilities;
  std::uint8_t charset;
  std::string_view plugin;
  bool switches;
};
void PrintTo(const Client& client, std::ostream* out) {
  *out << client.name;
}

class EachClient : public ::testing::TestWithParam<Client> {
 protected:
  HandshakeResponse response() const {
    return {.capabilities = GetParam().capabilities | capability::kConnectWithDb,
            .max_packet = 1U << 24U,
            .charset = GetParam().charset,
            .user = "root@t1#obcluster",
            .auth_response = "12345678901234567890",
            .database = "oceanbase",
            .plugin = GetParam().plugin,
            .attributes = {{"__mysql_client_type", "__ob_libobclient"},
                           {"__ob_client_name", "OceanBase Connector/C"},
                           {"__proxy_capability_flag", "1360128"}}};
  }
};

TEST_P(EachClient, LogsIn) {
  Login login(options());
  Output out;
  const auto step = give(login, payload_of(response()), 1, out);
  ASSERT_TRUE(step) << step.error().text();
  if (GetParam().switches) {
    ASSERT_EQ(*step, Step::reply);
    EXPECT_EQ(static_cast<int>(out.view()[3]), 2) << "the sequence goes on";
    const auto request = AuthSwitchRequest::deserialize(bytes_of(out).subspan(kHeaderSize));
    ASSERT_TRUE(request);
    EXPECT_EQ(request->plugin, GetParam().plugin) << "the same one, with a salt that it reads";
    EXPECT_EQ(request->salt, salt_of('A'));
    const auto verify = give(login, "abcdefghijklmnopqrst", 3, out);
    ASSERT_TRUE(verify && *verify == Step::verify);
    EXPECT_EQ(as_text(login.credentials().auth_response), "abcdefghijklmnopqrst");
    EXPECT_EQ(login.credentials().salt, salt_of('A'));
  } else {
    ASSERT_EQ(*step, Step::verify);
    EXPECT_TRUE(out.empty());
    EXPECT_EQ(as_text(login.credentials().auth_response), "12345678901234567890");
    EXPECT_EQ(login.credentials().salt, salt_of('a'));
  }
  const Credentials& credentials = login.credentials();
  EXPECT_EQ(credentials.user, "root@t1#obcluster");
  EXPECT_EQ(credentials.database, "oceanbase");
  EXPECT_EQ(credentials.charset, GetParam().charset);
  EXPECT_EQ(credentials.capabilities & ~capability::kHonoured, 0U) << "unknown bits are dropped";
  const bool sends_attributes = (GetParam().capabilities & capability::kConnectAttrs) != 0;
  EXPECT_EQ(credentials.attributes.size(), sends_attributes ? 3U : 0U);
}

// Whatever is cut off: an answer or a wait, never a crash, never a login with less than was said.
TEST_P(EachClient, EveryPrefixIsJudged) {
  const std::string whole = payload_of(response());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Login login(options());
    Output out;
    const auto step = give(login, std::string_view(whole).substr(0, size), 1, out);
    const std::size_t user_end = 32 + response().user.size() + 1 + response().auth_response.size() + 1;
    if (size < user_end) {
      ASSERT_FALSE(step) << size;
      EXPECT_TRUE(step.error().mysql_errno() == 1043 || step.error().mysql_errno() == 1251);
    } else if (step) {
      EXPECT_EQ(login.credentials().user, "root@t1#obcluster");
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Clients, EachClient,
    ::testing::Values(Client{"mariadb", 0x00BFA28D, 45, "mysql_native_password", false},
                      Client{"obclient", 0x08BFA28D, 33, "mysql_native_password", false},
                      Client{"node_mysql", 0x0006F3CF, 33, "", false},
                      Client{"node_mysql2", 0x18BAF3CF, 45, "mysql_native_password", false},
                      Client{"PyMySQL", 0x003AA20D, 45, "mysql_native_password", false},
                      Client{"PHP", 0x001AA28D, 45, "mysql_native_password", false},
                      Client{"ConnectorJ", 0x101CA20F, 45, "mysql_native_password", false},
                      Client{"OceanBaseConnectorJ", 0x28BEA38A, 45, "mysql_native_password", false},
                      Client{"Go", 0x000AA28D, 45, "mysql_native_password", false},
                      Client{"ruby", 0x80BEA28D, 45, "mysql_native_password", false},
                      Client{"MySQL8", 0x01BFA685, 255, "caching_sha2_password", true},
                      Client{"MySQL9", 0x19FFA685, 255, "caching_sha2_password", true}),
    [](const auto& client) { return std::string(client.param.name); });

TEST(Login, NeedsNoSecondPacketForAnEmptyPassword) {
  Login login(options());
  Output out;
  const auto step =
      give(login, payload_of({.capabilities = 0x00BFA28D, .user = "root", .plugin = kNativePlugin}), 1, out);
  ASSERT_TRUE(step && *step == Step::verify);
  EXPECT_TRUE(login.credentials().auth_response.empty());
}

TEST(Login, RefusesTlsWhereNoneIsOffered) {
  const auto refuses = [](std::string_view packet) {
    Login login(options());
    Output out;
    const auto step = login.on_packet(as_bytes(packet), 1, out);
    return !step && step.error().mysql_errno() == 1043;
  };
  const std::string response = payload_of({.capabilities = 0x00BFA28D | capability::kSsl, .user = "root"});
  EXPECT_TRUE(refuses(response)) << "a response that claims to come over TLS";
  EXPECT_TRUE(refuses(std::string_view(response).substr(0, 32))) << "an SSLRequest";
}

TEST(Login, RefusesAClientOlderThan41) {
  for (const Capabilities lacks : {capability::kProtocol41, capability::kSecureConnection}) {
    Login login(options());
    Output out;
    const auto step =
        login.on_packet(as_bytes(payload_of({.capabilities = 0x0006F3CF & ~lacks, .user = "root"})), 1, out);
    ASSERT_FALSE(step);
    EXPECT_EQ(step.error().mysql_errno(), 1251);
  }
}

/// The fixed part of a HandshakeResponse41 and a user; what follows is the test's.
std::string beginning(Capabilities capabilities) {
  std::string bytes;
  put_le(bytes, capabilities, 4);
  put_le(bytes, 1U << 24U, 4);
  bytes += '\x2d';
  return bytes + std::string(23, '\0') + "root" + '\0';
}

TEST(Login, TrustsNoLength) {
  constexpr Capabilities kLenenc = 0x00BFA28D;
  for (const std::uint64_t length :
       {std::uint64_t{100}, (std::uint64_t{1} << 31U) - 1, (std::uint64_t{1} << 32U) - 1,
        std::uint64_t{1} << 63U, ~std::uint64_t{0}}) {
    std::string bytes = beginning(kLenenc);
    bytes += '\xFE';
    put_le(bytes, length, 8);
    Login login(options());
    Output out;
    const auto step = login.on_packet(as_bytes(bytes + "0123456789"), 1, out);
    ASSERT_FALSE(step) << length;
    EXPECT_EQ(step.error().mysql_errno(), 1043);
    EXPECT_EQ(login.credentials().auth_response.capacity(), 0U) << "nothing was set aside for it";
  }
}

TEST(Login, ReadsEveryOneByteLengthAsUnsigned) {
  constexpr Capabilities kShort = capability::kProtocol41 | capability::kSecureConnection;
  for (std::size_t length = 0; length < 256; ++length) {
    std::string bytes = beginning(kShort);
    bytes += static_cast<char>(length);
    Login whole(options());
    Output out;
    const auto step = give(whole, bytes + std::string(length, 'r'), 1, out);
    ASSERT_TRUE(step) << length;
    EXPECT_EQ(whole.credentials().auth_response.size(), length);
    if (length == 0) continue;
    Login cut(options());
    EXPECT_FALSE(cut.on_packet(as_bytes(bytes + std::string(length - 1, 'r')), 1, out)) << length;
  }
}

TEST(Login, BoundsAttributes) {
  HandshakeResponse response{.capabilities = 0x00BFA28D, .user = "root", .plugin = kNativePlugin};
  for (int i = 0; i < 1000; ++i) response.attributes.emplace_back("name", "value");
  Login login(options());
  Output out;
  ASSERT_TRUE(login.on_packet(as_bytes(payload_of(response)), 1, out));
  EXPECT_EQ(login.credentials().attributes.size(), kMaxAttributes);
}

TEST(Login, TakesNothingAfterItsEnd) {
  Login login(options());
  Output out;
  const std::string response = payload_of({.capabilities = 0x00BFA28D, .user = "root"});
  ASSERT_TRUE(give(login, response, 1, out));
  EXPECT_FALSE(give(login, response, 3, out));
}

TEST(Login, ChangesTheUser) {
  constexpr Capabilities kCapabilities = 0x00BFA28D;
  const ChangeUserRequest request{.user = "u@t",
                                  .auth_response = "12345678901234567890",
                                  .database = "d",
                                  .charset = 45,
                                  .plugin = kNativePlugin,
                                  .attributes = {{"a", "b"}}};
  Output body;
  request.serialize(body, kCapabilities);
  Login login(options());
  Output out;
  const auto asked = login.on_change_user(bytes_of(body), 0, kCapabilities);
  ASSERT_TRUE(asked && *asked == Step::look_up);
  const auto step = login.on_account({}, out);
  ASSERT_TRUE(step && *step == Step::verify);
  EXPECT_EQ(login.credentials().user, "u@t");
  EXPECT_EQ(login.credentials().database, "d");
  EXPECT_EQ(login.credentials().salt, salt_of('a')) << "the salt that was sent last";

  for (std::size_t size = 0; size < body.size(); ++size) {
    Login cut(options());
    const auto judged = cut.on_change_user(bytes_of(body).subspan(0, size), 0, kCapabilities);
    EXPECT_TRUE(judged || judged.error().mysql_errno() == 1835) << size;
  }
}

}  // namespace
}  // namespace breakwater::protocol
