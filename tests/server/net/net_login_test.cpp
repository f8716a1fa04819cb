// Logins over real sockets, by every way that an account and a client can meet.
//
// Holes that servers of this protocol had, and the tests that fail where we have them:
//
// - a wrong password in 256 gets in: NativePassword and CachingSha2, NoneOfManyWrongOnesGetsIn
// - a length before the login is believed: Login.TrustsNoLength, Login.ReadsEveryOneByteLengthAsUnsigned
// - the login's packet isn't bounded: NetTls.BoundsTheLoginPacket, PacketReader's limits
// - CLIENT_SSL alone counts as TLS: NetTls.TheBitIsNotTls
// - bytes behind response or SSLRequest: Net.AnswersWhatWasSentAhead,
//   NetTls.NothingIsTakenFromBetweenRequestAndHandshake
// - one byte a second holds a slot: Net.EndsALoginThatTakesTooLong, NetTls.EndsAHandshakeThatTakesTooLong
// - a packet that is cut short: EveryPrefixOfEveryPacketIsJudged, EachClient.EveryPrefixIsJudged
// - an empty packet: Net.AnswersAnEmptyPacket, EveryPrefixOfEveryPacketIsJudged
// - a disconnect in the middle: Net and NetTls, SurvivesADisconnectAtEveryByte
// - a full reply that is too long: EveryPrefixOfEveryPacketIsJudged, CachingSha2.ALongPasswordCostsNoMore
// - a command in the wrong state: NoCommandIsServedBeforeTheLogin, NoCommandIsServedWithinALogin,
//   Net.AnswersEveryCommandByte
// - packets or time tell who exists: AnUnknownUserTakesTheSamePackets,
//   CachingSha2 and NativePassword, AnUnknownUserTakesTheSameWork, protocol/logins.py
// - a padding oracle: RsaKeyTest, WhatCantBeReadIsNobodysPassword and APaddingThatIsWrongTakesTheSameWork
// - a decompression bomb: EachCompression.RefusesWhatLiesAboutItsLength, NetCompression.ABombIsRefused
// - LOAD LOCAL asked of a client: Login.GreetsAsOceanBaseDoes
// - no cap before the login: Net.CapsConnectionsThatHaveNotLoggedIn,
//   ProxyHeader.TheClientIsBlockedNotTheProxy
#include <filesystem>
#include <fstream>
#include <set>

#include <openssl/rsa.h>
#include <unistd.h>

#include "server/net/net_fixture.h"

namespace breakwater::test {
namespace {

using namespace std::chrono_literals;
using protocol::kNativePlugin;
using protocol::kSha2Plugin;

/// MySQL 9's: PLUGIN_AUTH, PLUGIN_AUTH_LENENC, DEPRECATE_EOF …
constexpr protocol::Capabilities kMysql9 = 0x01BFA685;

std::string socket_path() {
  return ::testing::TempDir() + "breakwater-login-" + std::to_string(::getpid()) + ".sock";
}

struct Outcome {
  bool ok = false;
  int packets = 0;  ///< the sequence of the last one
  std::uint16_t error = 0;
  std::string text{};
  std::string asked{};
};

Outcome log_in(const std::string& where, std::string_view user, std::string_view password,
               std::string_view plugin, int padding = RSA_PKCS1_OAEP_PADDING) {
  TestClient client(where);
  client.rsa_padding = padding;
  const auto answer = client.log_in(user, password, kMysql9, plugin);
  if (!answer) return {.asked = client.asked};
  return {.ok = answer->is_ok() && client.rows("SELECT 1") == std::vector<std::string>{"1"},
          .packets = answer->sequence,
          .error = answer->error_number(),
          .text = answer->error_text(),
          .asked = client.asked};
}

TEST(NetLogin, TheFullWayByRsaThenTheFastOne) {
  for (const int padding : {RSA_PKCS1_OAEP_PADDING, RSA_PKCS1_PADDING}) {
    Running running;
    const auto first = log_in(running.where, "root@sys", "sesame", kSha2Plugin, padding);
    EXPECT_TRUE(first.ok) << first.text;
    EXPECT_EQ(first.asked, "full key ");
    const auto second = log_in(running.where, "root@sys", "sesame", kSha2Plugin, padding);
    EXPECT_TRUE(second.ok) << second.text;
    EXPECT_EQ(second.asked, "fast ");
    EXPECT_EQ(log_in(running.where, "root@t1", "second", kSha2Plugin, padding).asked, "full key ")
        << "each account for itself";
  }
}

TEST(NetLogin, OverTheUnixSocketThePasswordComesAsItIs) {
  server::ServerOptions options = loopback();
  options.socket = socket_path();
  Running running(options);
  const auto right = log_in(options.socket, "root@sys", "sesame", kSha2Plugin);
  EXPECT_TRUE(right.ok) << right.text;
  EXPECT_EQ(right.asked, "full ");
  const auto wrong = log_in(options.socket, "root@sys", "Sesame", kSha2Plugin);
  EXPECT_EQ(wrong.error, 1045);
  EXPECT_EQ(wrong.asked, "full ");
}

// Rows 16 and 1 of the known holes: neither packets nor texts tell an unknown user from a wrong password.
TEST(NetLogin, AnUnknownUserTakesTheSamePackets) {
  Running running;
  ASSERT_TRUE(log_in(running.where, "root@sys", "sesame", kSha2Plugin).ok);
  for (const std::string_view plugin : {kNativePlugin, kSha2Plugin, std::string_view("client_ed25519")}) {
    for (const std::string_view password : {"wrong", ""}) {
      const auto known = log_in(running.where, "root@sys", password, plugin);
      const auto unknown = log_in(running.where, "ghost@sys", password, plugin);
      const auto nowhere = log_in(running.where, "root@nowhere", password, plugin);
      EXPECT_EQ(known.error, 1045);
      for (const Outcome& other : {unknown, nowhere}) {
        EXPECT_EQ(other.error, known.error) << plugin;
        EXPECT_EQ(other.packets, known.packets) << plugin;
        EXPECT_EQ(other.asked, known.asked) << plugin;
      }
      EXPECT_EQ(nowhere.text, known.text);
      const bool said_yes = known.text.ends_with("(using password: YES)");
      EXPECT_EQ(said_yes, !password.empty()) << known.text;
    }
  }
}

// Nobody could look: the dialogue of an unknown name, and at its end what to do; nobody's mistake.
TEST(NetLogin, WhoCantBeLookedUpIsToldToTryAgain) {
  server::ServerLimits limits;
  limits.max_connect_errors = 2;
  limits.proxies = {Network::parse("127.0.0.1").value()};
  Running running(loopback(limits));
  const auto log_in_from_afar = [&](std::string_view password, std::string_view plugin) {
    TestClient client(running.where);
    client.send_bytes("PROXY TCP4 192.0.2.7 127.0.0.1 4660 2881\r\n");
    const auto answer = client.log_in("root@sys", password, kMysql9, plugin);
    return Outcome{.ok = answer && answer->is_ok(),
                   .packets = answer ? answer->sequence : 0,
                   .error = answer ? answer->error_number() : std::uint16_t{0},
                   .text = answer ? answer->error_text() : "",
                   .asked = client.asked};
  };
  const std::vector<std::pair<Error, std::uint16_t>> all = {{error::out_of_resources(), 1040},
                                                            {error::too_many_connections(), 1040},
                                                            {error::out_of_memory(), 1037},
                                                            {error::io_error(), 4016},
                                                            {error::internal_error("secret detail"), 4016}};
  for (const std::string_view plugin : {kNativePlugin, kSha2Plugin}) {
    running.factory.failure.reset();
    TestClient stranger(running.where);
    stranger.send_bytes("PROXY TCP4 127.0.0.1 127.0.0.1 4660 2881\r\n");
    const auto unknown = stranger.log_in("ghost@sys", "sesame", kMysql9, plugin);
    ASSERT_TRUE(unknown);
    EXPECT_EQ(unknown->error_number(), 1045);
    for (const auto& [why, number] : all) {
      running.factory.failure = why;
      for (const std::string_view password : {"sesame", "wrong", ""}) {
        const Outcome outcome = log_in_from_afar(password, plugin);
        EXPECT_EQ(outcome.error, number) << plugin << " " << password;
        EXPECT_TRUE(outcome.text.ends_with("try again")) << outcome.text;
        EXPECT_EQ(outcome.text.find("secret detail"), std::string::npos);
        if (password == "wrong") {
          EXPECT_EQ(outcome.packets, unknown->sequence) << "the dialogue of an unknown name";
          EXPECT_EQ(outcome.asked, stranger.asked);
        }
      }
    }
  }
  running.factory.failure.reset();
  EXPECT_TRUE(log_in_from_afar("sesame", kNativePlugin).ok) << "thirty refusals, none of them counted";
}

TEST(NetLogin, AnRsaKeyThatCantBeReadIsNobodysMistake) {
  const std::string file = ::testing::TempDir() + "rsa-broken-" + std::to_string(::getpid()) + ".pem";
  std::ofstream(file) << "not a key";
  server::ServerOptions options = loopback();
  options.rsa_key_file = file;
  Running running(options);
  const auto outcome = log_in(running.where, "root@sys", "sesame", kSha2Plugin);
  EXPECT_EQ(outcome.error, 4016);
  EXPECT_TRUE(outcome.text.ends_with("try again")) << outcome.text;
  EXPECT_EQ(outcome.text.find(file), std::string::npos) << "what is wrong is the log's";
  std::filesystem::remove(file);
}

TEST(NetLogin, AnAccountOfOnePluginAsksForIt) {
  Running running;
  for (const std::string_view plugin : {kNativePlugin, kSha2Plugin, std::string_view("dialog")}) {
    const auto native = log_in(running.where, "native@sys", "n", plugin);
    EXPECT_TRUE(native.ok) << plugin << ": " << native.text;
    EXPECT_EQ(native.asked, "");
    const auto sha2 = log_in(running.where, "sha2@sys", "s", plugin);
    EXPECT_TRUE(sha2.ok) << plugin << ": " << sha2.text;
    EXPECT_NE(sha2.asked, "");
  }
}

TEST(NetLogin, AClientWithoutPluginsMeetsSha2AloneWithAReason) {
  Running running;
  TestClient client(running.where);
  const auto answer = client.log_in("sha2@sys", "s", 0x0006F3CF, "");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->error_number(), 1251);
  TestClient old(running.where);
  EXPECT_TRUE(old.log_in("root@sys", "sesame", 0x0006F3CF, "")->is_ok());
}

TEST(NetLogin, EmptyPasswordsNeedNoMore) {
  Running running;
  for (const std::string_view plugin : {kNativePlugin, kSha2Plugin}) {
    const auto outcome = log_in(running.where, "empty@sys", "", plugin);
    EXPECT_TRUE(outcome.ok) << plugin;
    EXPECT_EQ(outcome.asked, "");
  }
}

TEST(NetLogin, OnePluginForAllWhereTheSettingSaysSo) {
  server::ServerLimits limits;
  limits.plugins = {.native = false, .sha2 = true};
  {
    Running running(loopback(limits));
    TestClient client(running.where);
    EXPECT_EQ(client.read_greeting()->plugin, kSha2Plugin);
    const auto switched = log_in(running.where, "root@sys", "sesame", kNativePlugin);
    EXPECT_TRUE(switched.ok) << switched.text;
    EXPECT_EQ(switched.asked, "full key ");
    EXPECT_EQ(log_in(running.where, "ghost@sys", "x", kNativePlugin).asked, "full key ");
    EXPECT_TRUE(log_in(running.where, "native@sys", "n", kSha2Plugin).ok) << "made for that plugin";
  }
  limits.plugins = {.native = true, .sha2 = false};
  Running running(loopback(limits));
  EXPECT_EQ(log_in(running.where, "root@sys", "sesame", kSha2Plugin).asked, "")
      << "switched to the native one";
}

/// COM_CHANGE_USER with an empty response, which asks for a switch to the plugin it names.
std::optional<Answer> change_user(TestClient& client, std::string_view user, std::string_view password,
                                  std::string_view plugin) {
  protocol::Output body;
  protocol::ChangeUserRequest{.user = user, .charset = 45, .plugin = plugin}.serialize(body, kMysql9);
  client.send_packet("\x11" + std::string(body.view()));
  return client.answer(password, plugin);
}

TEST(NetLogin, ChangesTheUserByEitherPlugin) {
  Running running;
  TestClient client(running.where);
  ASSERT_TRUE(client.log_in("root@sys", "sesame", kMysql9, kSha2Plugin)->is_ok());
  client.asked.clear();
  ASSERT_TRUE(change_user(client, "root@t1", "second", kSha2Plugin)->is_ok());
  EXPECT_EQ(client.asked, "full key ");
  EXPECT_EQ(client.rows("WHO"), std::vector<std::string>{"root@t1/ from 127.0.0.1"});
  client.asked.clear();
  ASSERT_TRUE(change_user(client, "root@sys", "sesame", kSha2Plugin)->is_ok());
  EXPECT_EQ(client.asked, "fast ");
  ASSERT_TRUE(change_user(client, "native@sys", "n", kSha2Plugin)->is_ok());
  EXPECT_EQ(client.rows("WHO"), std::vector<std::string>{"native@sys/ from 127.0.0.1"});
  EXPECT_EQ(change_user(client, "root@sys", "wrong", kSha2Plugin)->error_number(), 1045);
  EXPECT_TRUE(client.read_to_end());
}

// Every packet that a login by caching_sha2_password can send, cut at every length, ends in an error or a
// closed connection, and the server goes on.
TEST(NetLogin, EveryPrefixOfEveryPacketIsJudged) {
  Running running;
  const std::string whole = payload_of({.capabilities = kMysql9,
                                        .user = "root@sys",
                                        .auth_response = "12345678901234567890123456789012",
                                        .plugin = kSha2Plugin,
                                        .attributes = {{"_client_name", "libmysql"}}});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    TestClient client(running.where);
    ASSERT_TRUE(client.read_greeting());
    client.send_packet(std::string_view(whole).substr(0, size), 1);
    const auto answer = client.read_packet();
    ASSERT_TRUE(answer) << size;
    EXPECT_FALSE(answer->is_ok()) << size;
  }
  for (const std::size_t size : {0U, 1U, 2U, 31U, 255U, 256U, 257U, 60'000U}) {
    TestClient client(running.where);
    client.read_greeting();
    client.send_packet(whole, 1);
    const auto full = client.read_packet();
    ASSERT_TRUE(full && full->payload == (Bytes{1, 4}))
        << "after a response comes the question for the password";
    client.send_packet(std::string(size, '\x07'), 3);
    const auto answer = client.read_packet();
    ASSERT_TRUE(answer) << size;
    EXPECT_EQ(answer->error_number(), 1045) << size;
  }
  EXPECT_TRUE(log_in(running.where, "root@sys", "sesame", kSha2Plugin).ok);
  EXPECT_TRUE(eventually([&] { return running.server.counters().connections == 0; }));
}

TEST(NetLogin, NoCommandIsServedBeforeTheLogin) {
  Running running;
  for (int byte = 0; byte < 256; ++byte) {
    TestClient client(running.where);
    ASSERT_TRUE(client.read_greeting());
    const char code = static_cast<char>(byte);
    client.send_packet({&code, 1}, 1);
    const auto answer = client.read_packet();
    ASSERT_TRUE(answer) << byte;
    EXPECT_EQ(answer->error_number(), 1043) << byte;
    EXPECT_TRUE(client.read_to_end()) << byte;
  }
}

// What the server waits for inside a login is never a command, whatever it begins with.
TEST(NetLogin, NoCommandIsServedWithinALogin) {
  Running running;
  const std::string by_sha2 = payload_of({.capabilities = kMysql9,
                                          .user = "root@sys",
                                          .auth_response = "12345678901234567890123456789012",
                                          .plugin = kSha2Plugin});
  const std::string by_another =
      payload_of({.capabilities = kMysql9, .user = "root@sys", .auth_response = "x", .plugin = "dialog"});
  protocol::Output body;
  protocol::ChangeUserRequest{.user = "root@t1", .charset = 45, .plugin = "dialog"}.serialize(body, kMysql9);
  const std::string change = "\x11" + std::string(body.view());
  enum class State { switched, asked, changing };
  for (const State state : {State::switched, State::asked, State::changing}) {
    for (int byte = 0; byte < 256; ++byte) {
      SCOPED_TRACE(byte);
      TestClient client(running.where);
      std::uint8_t sequence = 3;
      if (state == State::changing) {
        ASSERT_TRUE(client.log_in("root@sys", "sesame")->is_ok());
        client.send_packet(change);
        sequence = 2;
        ASSERT_TRUE(client.read_packet()->is_switch());
      } else {
        ASSERT_TRUE(client.read_greeting());
        client.send_packet(state == State::asked ? by_sha2 : by_another, 1);
        const auto question = client.read_packet();
        ASSERT_TRUE(question && question->payload[0] == (state == State::asked ? 1 : 0xFE));
      }
      const char code = static_cast<char>(byte);
      client.send_packet({&code, 1}, sequence);
      const auto answer = client.read_packet();
      ASSERT_TRUE(answer);
      // 2 in place of a password asks for the key.
      const bool gives_key = state == State::asked && byte == 2;
      EXPECT_EQ(answer->payload[0], gives_key ? 1 : 0xFF);
      if (!gives_key) {
        EXPECT_EQ(answer->error_number(), 1045);
        EXPECT_TRUE(client.read_to_end());
      }
    }
  }
}

// A password that takes long to check delays its own connection, and no other one.
TEST(NetLogin, ChecksPasswordsBesideTheConnections) {
  server::ServerOptions options = loopback();
  options.io_threads = 1;
  options.socket = socket_path();
  Running running(options);
  TestClient quick(running.where);
  ASSERT_TRUE(quick.log_in("root@sys", "sesame")->is_ok());
  std::vector<std::unique_ptr<TestClient>> slow;
  for (int i = 0; i < 40; ++i) {
    slow.push_back(std::make_unique<TestClient>(options.socket));
    slow.back()->read_greeting();
    slow.back()->send_packet(payload_of({.capabilities = kMysql9,
                                         .user = "root@sys",
                                         .auth_response = "12345678901234567890123456789012",
                                         .plugin = kSha2Plugin}),
                             1);
    ASSERT_TRUE(slow.back()->read_packet());
  }
  for (const auto& client : slow) client->send_packet(std::string(100'000 / 2, 'x'), 3);
  EXPECT_EQ(quick.rows("SELECT 1"), std::vector<std::string>{"1"});
  for (const auto& client : slow) EXPECT_EQ(client->read_packet()->error_number(), 1045);
}

}  // namespace
}  // namespace breakwater::test
