// Real sockets on loopback, against the sessions of test_session.h.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <latch>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/auth/native_password.h"
#include "server/net/net_fixture.h"

namespace breakwater::test {
namespace {

using namespace std::chrono_literals;
using server::Interrupt;
using server::Server;
using server::ServerLimits;

TEST(Net, LogsInAndAnswers) {
  Running running;
  TestClient client(running.where);
  const auto ok = client.log_in("root@sys", "sesame");
  ASSERT_TRUE(ok && ok->is_ok());
  EXPECT_EQ(ok->sequence, 2);
  EXPECT_EQ(client.rows("SELECT 1"), std::vector<std::string>{"1"});
  EXPECT_EQ(client.rows("WHO"), std::vector<std::string>{"root@sys/ from 127.0.0.1"});
  EXPECT_EQ(client.rows("NAP"), std::vector<std::string>{"done"});
}

TEST(Net, RefusesWrongPasswordsAndUnknownUsersAlike) {
  Running running;
  const auto refused = [&](std::string_view user, std::string_view password) {
    TestClient client(running.where);
    const auto answer = client.log_in(user, password);
    EXPECT_TRUE(answer && answer->is_error() && client.read_to_end());
    EXPECT_EQ(answer->error_number(), 1045);
    EXPECT_EQ(answer->sqlstate(), "42000");
    return answer->error_text();
  };
  EXPECT_EQ(refused("root@sys", "wrong"), "Access denied for user 'root'@'127.0.0.1' (using password: YES)");
  EXPECT_EQ(refused("root@sys", ""), "Access denied for user 'root'@'127.0.0.1' (using password: NO)");
  EXPECT_EQ(refused("ghost@sys", "x"), "Access denied for user 'ghost'@'127.0.0.1' (using password: YES)");
  EXPECT_EQ(refused("root@nowhere", "sesame"),
            "Access denied for user 'root'@'127.0.0.1' (using password: YES)");
  EXPECT_EQ(refused("root@", "sesame"), "Access denied for user 'root@'@'127.0.0.1' (using password: YES)");
  EXPECT_EQ(running.server.counters().login_failures, 5U);
}

TEST(Net, AsksOtherPluginsToSwitch) {
  Running running;
  for (const std::string_view user : {"root@sys", "ghost@sys"}) {
    TestClient client(running.where);
    const auto answer = client.log_in(user, "sesame", TestClient::kPyMysql, "caching_sha2_password");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->sequence, 8) << "the same packets whether the account exists or not";
    EXPECT_EQ(answer->is_ok(), user == "root@sys");
  }
}

TEST(Net, ReadsOneByteAtATime) {
  Running running;
  TestClient client(running.where);
  ASSERT_TRUE(client.log_in("root", "sesame")->is_ok());
  for (const char byte : frame("\x03SELECT 1", 0)) ASSERT_TRUE(client.send_bytes({&byte, 1}));
  EXPECT_EQ(client.read_packet()->payload, Bytes{1});
}

TEST(Net, AnswersWhatWasSentAhead) {
  Running running;
  TestClient client(running.where);
  const auto greeted = client.read_greeting();
  ASSERT_TRUE(greeted);
  const auto proof = test::native_response("sesame", greeted->salt);
  const std::string response = payload_of({.capabilities = TestClient::kPyMysql,
                                           .user = "root",
                                           .auth_response = as_text(proof),
                                           .plugin = protocol::kNativePlugin});
  client.send_bytes(frame(response, 1) + frame("\x0E", 0) + frame("\x0E", 0) + frame("\x03WAIT?", 0));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(client.read_packet()->is_ok());
  EXPECT_EQ(client.read_packet()->error_number(), 1064);
}

TEST(Net, SendsLongResultsToASlowReader) {
  Running running;
  TestClient client(running.where);
  ASSERT_TRUE(client.log_in("root", "sesame")->is_ok());
  const auto rows = client.rows("ROWS 20000");
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->size(), 20'000U);
}

TEST(Net, TakesStatementsLongerThanAFrame) {
  ServerLimits limits;
  limits.max_allowed_packet = std::uint64_t{40} << 20U;
  Running running(loopback(limits));
  TestClient client(running.where);
  ASSERT_TRUE(client.log_in("root", "sesame")->is_ok());
  const std::string text(protocol::kMaxFrame + 1000, 'e');
  const std::string sql =
      "\x03"
      "ECHO " +
      text;
  client.send_bytes(frame(sql.substr(0, protocol::kMaxFrame), 0) + frame(sql.substr(protocol::kMaxFrame), 1));
  ASSERT_EQ(client.read_packet()->payload, Bytes{1});
  client.read_packet();
  client.read_packet();
  const auto row = client.read_packet();
  ASSERT_TRUE(row);
  EXPECT_TRUE(as_text(row->payload).ends_with(text));
}

TEST(Net, RefusesMoreThanMaxAllowedPacket) {
  ServerLimits limits;
  limits.max_allowed_packet = 1 << 20;
  Running running(loopback(limits));
  TestClient client(running.where);
  ASSERT_TRUE(client.log_in("root", "sesame")->is_ok());
  client.send_packet("\x03" + std::string(2 << 20, 'x'));
  const auto answer = client.read_packet();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->error_number(), 1153);
  EXPECT_EQ(answer->sqlstate(), "08S01");
}

TEST(Net, RefusesALongPacketBeforeLogin) {
  Running running;
  TestClient client(running.where);
  ASSERT_TRUE(client.read_greeting());
  client.send_packet(std::string(protocol::kMaxLoginPacket + 1, 'x'), 1);
  EXPECT_EQ(client.read_packet()->error_number(), 1153);
  EXPECT_TRUE(client.read_to_end());
}

TEST(Net, EndsALoginThatTakesTooLong) {
  ServerLimits limits;
  limits.connect_timeout = 200ms;
  Running running(loopback(limits));
  TestClient slow(running.where);
  ASSERT_TRUE(slow.read_greeting());
  slow.send_bytes("x");
  TestClient quick(running.where);
  EXPECT_TRUE(quick.log_in("root", "sesame")->is_ok());
  EXPECT_TRUE(slow.read_to_end());
  EXPECT_TRUE(eventually([&] { return running.server.counters().unauthenticated == 0; }));
  EXPECT_EQ(quick.rows("SELECT 1"), std::vector<std::string>{"1"}) << "the deadline ends with the login";
}

TEST(Net, EndsAnIdleConnection) {
  Running running;
  running.factory.timeouts.wait = 200ms;
  TestClient client(running.where);
  ASSERT_TRUE(client.log_in("root", "sesame")->is_ok());
  EXPECT_TRUE(client.read_to_end());
  EXPECT_TRUE(eventually([&] { return running.factory.open_sessions == 0; }));
}

TEST(Net, EndsAConnectionThatStopsWithinACommand) {
  Running running;
  running.factory.timeouts.net_read = 200ms;
  TestClient client(running.where);
  ASSERT_TRUE(client.log_in("root", "sesame")->is_ok());
  client.send_bytes(std::string_view("\x09\0\0\0\x03SEL", 8));
  EXPECT_TRUE(client.read_to_end());
  EXPECT_TRUE(eventually([&] { return running.factory.open_sessions == 0; }));
}

// What it doesn't read costs a bounded buffer and then the connection; others are answered meanwhile.
TEST(Net, EndsAConnectionThatDoesNotRead) {
  Running running;
  running.factory.timeouts.net_write = 300ms;
  TestClient deaf(running.where);
  TestClient other(running.where);
  ASSERT_TRUE(deaf.log_in("root", "sesame")->is_ok());
  ASSERT_TRUE(other.log_in("root", "sesame")->is_ok());
  constexpr std::string_view kCommand = "ROWS 2000000000";
  deaf.send_bytes(frame("\3" + std::string(kCommand), 0));
  EXPECT_TRUE(other.rows("ROWS 10"));
  EXPECT_TRUE(eventually([&] { return running.factory.open_sessions == 1; }));
  EXPECT_TRUE(other.rows("ROWS 10"));
}

TEST(Net, SurvivesADisconnectAtEveryByte) {
  Running running;
  const std::string response = frame(payload_of({.capabilities = TestClient::kPyMysql,
                                                 .user = "root",
                                                 .auth_response = std::string_view("12345678901234567890"),
                                                 .plugin = protocol::kNativePlugin}),
                                     1);
  for (std::size_t size = 0; size <= response.size(); ++size) {
    TestClient client(running.where);
    ASSERT_TRUE(client.send_bytes(std::string_view(response).substr(0, size)));
  }
  EXPECT_TRUE(eventually([&] { return running.server.counters().connections == 0; }));
}

TEST(Net, KeepsOneSlotForTheAdministrator) {
  ServerLimits limits;
  limits.max_connections = 2;
  Running running(loopback(limits));
  TestClient first(running.where);
  TestClient second(running.where);
  ASSERT_TRUE(first.log_in("root@t1", "second")->is_ok());
  ASSERT_TRUE(second.log_in("root@t1", "second")->is_ok());
  {
    TestClient third(running.where);
    EXPECT_EQ(third.log_in("root@t1", "second")->error_number(), 1040);
  }
  ASSERT_TRUE(eventually([&] { return running.server.counters().connections == 2; }));
  TestClient admin(running.where);
  EXPECT_TRUE(admin.log_in("root@sys", "sesame")->is_ok());
  TestClient fourth(running.where);
  const auto refusal = fourth.read_packet();
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->error_number(), 1040);
  EXPECT_EQ(refusal->sequence, 0);
}

/// Connects from several threads at once, `count` connections in all, which stay open until each has been
/// answered: how many were greeted. The others were told an error.
std::size_t greeted_at_once(const std::string& where, std::size_t count) {
  constexpr std::size_t kThreads = 8;
  std::vector<std::unique_ptr<TestClient>> clients(count);
  {
    std::latch ready(kThreads);
    std::vector<std::jthread> threads;
    threads.reserve(kThreads);
    for (std::size_t first = 0; first < kThreads; ++first) {
      threads.emplace_back([&, first] {
        ready.arrive_and_wait();
        for (std::size_t i = first; i < count; i += kThreads)
          clients[i] = std::make_unique<TestClient>(where);
      });
    }
  }
  std::size_t greeted = 0;
  for (const auto& client : clients) {
    const auto first = client->read_packet();
    EXPECT_TRUE(first);
    if (first && !first->is_error()) ++greeted;
  }
  return greeted;
}

TEST(Net, GivesTheLastPlacesOnceHoweverManyThreadsAccept) {
  constexpr std::size_t kPlaces = 10;
  constexpr std::size_t kClients = 200;
  ServerLimits limits;
  limits.max_connections = kPlaces;
  Running running({.listen = {"127.0.0.1:0"}, .io_threads = 4, .limits = limits});
  EXPECT_EQ(greeted_at_once(running.where, kClients), kPlaces + 1)
      << "one of them may be the administrator's";
  EXPECT_EQ(running.server.counters().refused, kClients - kPlaces - 1);
}

/// How many of these the server hasn't closed.
std::size_t count_open(const std::vector<std::unique_ptr<TestClient>>& clients) {
  return static_cast<std::size_t>(
      std::ranges::count_if(clients, [](const auto& client) { return client->is_open(); }));
}

TEST(Net, CapsConnectionsThatHaveNotLoggedInHoweverManyThreadsAccept) {
  constexpr std::size_t kShare = 5 + 1;  // of this machine, and one
  ServerLimits limits;
  limits.max_unauthenticated = 10;
  Running running({.listen = {"127.0.0.1:0"}, .io_threads = 4, .limits = limits});
  std::vector<std::unique_ptr<TestClient>> clients(200);
  {
    std::vector<std::jthread> threads;
    for (std::size_t first = 0; first < 8; ++first) {
      threads.emplace_back([&, first] {
        for (std::size_t i = first; i < clients.size(); i += 8)
          clients[i] = std::make_unique<TestClient>(running.where);
      });
    }
  }
  EXPECT_TRUE(eventually([&] { return count_open(clients) <= kShare; }));
  EXPECT_LE(running.server.counters().unauthenticated, kShare);
  EXPECT_GE(running.server.counters().refused, 200 - kShare);
}

// What shut everybody out: as many silent connections of one address as there are places.
TEST(Net, SilentConnectionsShutNobodyOut) {
  ServerLimits limits;
  limits.max_unauthenticated = 20;
  server::ServerOptions options = loopback(limits);
  const std::string socket = ::testing::TempDir() + "breakwater-silent-" + std::to_string(::getpid());
  options.socket = socket;
  Running running(options);
  std::vector<std::unique_ptr<TestClient>> silent;
  for (int i = 0; i < 100; ++i) {
    silent.push_back(std::make_unique<TestClient>(running.where));
    if (i % 10 != 9) continue;
    TestClient over_loopback(running.where);
    const auto answer = over_loopback.log_in("root@sys", "sesame");
    ASSERT_TRUE(answer && answer->is_ok()) << i;
    TestClient by_socket(socket);
    ASSERT_TRUE(by_socket.log_in("root@sys", "sesame")->is_ok()) << i;
  }
  EXPECT_TRUE(eventually([&] { return count_open(silent) <= 11; }));
  EXPECT_TRUE(silent.back()->is_open()) << "the oldest went";
  EXPECT_TRUE(silent.back()->log_in("root@sys", "sesame")->is_ok());
}

TEST(Net, SilentConnectionsAreNobodysMistake) {
  ServerLimits limits;
  limits.max_unauthenticated = 4;
  limits.max_connect_errors = 2;
  limits.proxies = {Network::parse("127.0.0.1").value()};
  Running running(loopback(limits));
  std::vector<std::unique_ptr<TestClient>> silent;
  for (int i = 0; i < 10; ++i) {
    silent.push_back(std::make_unique<TestClient>(running.where));
    silent.back()->send_bytes("PROXY TCP4 192.0.2.7 127.0.0.1 4660 2881\r\n");
    ASSERT_TRUE(silent.back()->read_greeting()) << i;
  }
  EXPECT_TRUE(eventually([&] { return count_open(silent) <= 2; }));
  EXPECT_TRUE(silent.back()->is_open());
}

TEST(Net, SharesConnectionsOutAmongItsThreads) {
  constexpr unsigned kThreads = 4;
  constexpr int kEach = 10;
  std::string directory = ::testing::TempDir() + "bw-XXXXXX";
  ASSERT_NE(::mkdtemp(directory.data()), nullptr);
  Running running({.listen = {"127.0.0.1:0"}, .socket = directory + "/s", .io_threads = kThreads});
  for (const std::string& place : running.places) {
    std::map<std::string, int> of_thread;
    std::vector<std::unique_ptr<TestClient>> clients;
    for (unsigned i = 0; i < kThreads * kEach; ++i) {
      clients.push_back(std::make_unique<TestClient>(place));
      ASSERT_TRUE(clients.back()->log_in("empty", "")->is_ok());
      ++of_thread[clients.back()->rows("THREAD").value().at(0)];
    }
    EXPECT_EQ(of_thread.size(), kThreads);
    for (const auto& [thread, count] : of_thread) EXPECT_NEAR(count, kEach, 4) << place;
    clients.clear();
    ASSERT_TRUE(eventually([&] { return running.server.counters().connections == 0; }));
  }
  ::rmdir(directory.c_str());
}

TEST(Net, CapsConnectionsThatHaveNotLoggedIn) {
  ServerLimits limits;
  limits.max_unauthenticated = 2;
  Running running(loopback(limits));
  TestClient first(running.where);
  ASSERT_TRUE(first.read_greeting());  // each thread accepts for itself: now the server knows who came first
  TestClient second(running.where);
  ASSERT_TRUE(second.read_greeting());
  TestClient third(running.where);
  ASSERT_TRUE(third.read_greeting());
  EXPECT_TRUE(first.read_to_end()) << "the oldest silent one makes room";
  second.send_packet(payload_of({.capabilities = TestClient::kPyMysql, .user = "empty"}), 1);
  const auto answer = second.read_packet();
  ASSERT_TRUE(answer && answer->is_ok());
  TestClient fourth(running.where);
  EXPECT_TRUE(fourth.read_greeting());
  EXPECT_TRUE(third.is_open()) << "who has logged in has left the places to others";
}

TEST(Net, AnswersEveryCommandByte) {
  // Cut short: PROCESS_KILL, STMT_EXECUTE, STMT_SEND_LONG_DATA, STMT_CLOSE, STMT_RESET, SET_OPTION,
  // STMT_FETCH.
  const std::set<int> bodies = {0x0C, 0x17, 0x18, 0x19, 0x1A, 0x1B, 0x1C};
  Running running;
  for (int byte = 0; byte < 256; ++byte) {
    TestClient client(running.where);
    ASSERT_TRUE(client.log_in("root", "sesame")->is_ok());
    const char code = static_cast<char>(byte);
    client.send_packet({&code, 1});
    const auto answer = client.read_packet();
    if (byte == 0x01 || byte == 0x11) {  // quit; a change_user without a user
      EXPECT_EQ(answer.has_value(), byte == 0x11) << byte;
      continue;
    }
    ASSERT_TRUE(answer) << byte;
    EXPECT_EQ(answer->sequence, 1) << byte;
    const bool served = protocol::parse_command(as_bytes({&code, 1})).has_value();
    if (!served) {
      EXPECT_EQ(answer->error_number(), bodies.contains(byte) ? 1835 : 1047) << byte;
    }
    while (byte == 0x04 && !client.read_packet()->is_eof()) {
    }
    EXPECT_EQ(client.rows("SELECT 1"), std::vector<std::string>{"1"}) << byte;
  }
}

TEST(Net, AnswersAnEmptyPacket) {
  Running running;
  TestClient client(running.where);
  ASSERT_TRUE(client.log_in("root", "sesame")->is_ok());
  client.send_packet("");
  EXPECT_EQ(client.read_packet()->error_number(), 1047);
  EXPECT_EQ(client.rows("SELECT 1"), std::vector<std::string>{"1"});
}

TEST(Net, ChangesTheUser) {
  Running running;
  TestClient client(running.where);
  const auto greeted = client.read_greeting();
  ASSERT_TRUE(greeted);
  const auto proof = [&](std::string_view password) {
    return std::string(as_text(test::native_response(password, greeted->salt)));
  };
  const std::string first = proof("sesame");
  client.send_packet(payload_of({.capabilities = TestClient::kPyMysql,
                                 .user = "root",
                                 .auth_response = first,
                                 .plugin = protocol::kNativePlugin}),
                     1);
  ASSERT_TRUE(client.read_packet()->is_ok());
  const auto change = [&](std::string_view user, std::string_view password) {
    const std::string response = proof(password);
    protocol::Output body;
    protocol::ChangeUserRequest{
        .user = user, .auth_response = response, .database = "oceanbase", .plugin = protocol::kNativePlugin}
        .serialize(body, TestClient::kPyMysql);
    client.send_packet("\x11" + std::string(body.view()));
    return client.read_packet();
  };
  ASSERT_TRUE(change("root@t1", "second")->is_ok());
  EXPECT_EQ(client.rows("WHO"), std::vector<std::string>{"root@t1/oceanbase from 127.0.0.1"});
  EXPECT_EQ(running.factory.open_sessions, 1);
  EXPECT_EQ(change("root@sys", "wrong")->error_number(), 1045);
  EXPECT_TRUE(client.read_to_end());
}

TEST(Net, KillsAStatementAndAConnection) {
  Running running;
  TestClient client(running.where);
  const auto greeted = client.read_greeting();
  client.send_packet(payload_of({.capabilities = TestClient::kPyMysql, .user = "empty"}), 1);
  ASSERT_TRUE(client.read_packet()->is_ok());

  client.send_packet("\x03WAIT");
  ASSERT_TRUE(eventually([&] { return running.factory.waiting == 1; }));
  EXPECT_TRUE(running.server.kill(greeted->connection_id, Interrupt::query));
  EXPECT_EQ(client.read_packet()->error_number(), 1317);
  EXPECT_EQ(client.rows("SELECT 1"), std::vector<std::string>{"1"}) << "the connection goes on";

  EXPECT_TRUE(running.server.kill(greeted->connection_id, Interrupt::connection));
  EXPECT_TRUE(client.read_to_end());
  EXPECT_TRUE(eventually([&] { return !running.server.kill(greeted->connection_id, Interrupt::query); }));
}

TEST(Net, InterruptsAStatementWhoseClientIsGone) {
  Running running;
  {
    TestClient client(running.where);
    ASSERT_TRUE(client.log_in("root", "sesame")->is_ok());
    client.send_packet("\x03WAIT");
    ASSERT_TRUE(eventually([&] { return running.factory.waiting == 1; }));
  }
  EXPECT_TRUE(eventually([&] { return running.factory.open_sessions == 0; }));
  EXPECT_EQ(running.factory.interrupts, 1);
}

TEST(Net, AnExceptionEndsItsConnectionAlone) {
  Running running;
  TestClient other(running.where);
  ASSERT_TRUE(other.log_in("root", "sesame")->is_ok());
  TestClient client(running.where);
  ASSERT_TRUE(client.log_in("root", "sesame")->is_ok());
  EXPECT_EQ(client.query("THROW")->error_number(), 4016);
  EXPECT_TRUE(client.read_to_end());
  EXPECT_EQ(other.rows("SELECT 1"), std::vector<std::string>{"1"});
}

TEST(Net, DrainClosesTheIdleAndLetsTheRunningFinish) {
  Running running;
  TestClient idle(running.where);
  TestClient busy(running.where);
  ASSERT_TRUE(idle.log_in("root", "sesame")->is_ok());
  ASSERT_TRUE(busy.log_in("root", "sesame")->is_ok());
  busy.send_packet("\x03WAIT");
  ASSERT_TRUE(eventually([&] { return running.factory.waiting == 1; }));
  running.server.drain();
  EXPECT_TRUE(idle.read_to_end());
  EXPECT_EQ(running.factory.waiting, 1) << "it may finish";
  EXPECT_EQ(running.factory.interrupts, 0);
  running.server.kill(2, Interrupt::query);
  running.server.kill(1, Interrupt::query);
  EXPECT_EQ(busy.read_packet()->error_number(), 1317) << "and is answered";
  running.server.wait();
  EXPECT_EQ(running.factory.open_sessions, 0);
}

TEST(Net, DrainInterruptsWhatTakesTooLong) {
  auto options = loopback();
  options.drain_timeout = 100ms;
  Running running(std::move(options));
  TestClient busy(running.where);
  ASSERT_TRUE(busy.log_in("root", "sesame")->is_ok());
  busy.send_packet("\x03WAIT");
  ASSERT_TRUE(eventually([&] { return running.factory.waiting == 1; }));
  running.server.drain();
  running.server.wait();
  EXPECT_EQ(running.factory.interrupts, 1);
  EXPECT_EQ(running.factory.open_sessions, 0);
}

// A second SIGTERM.
TEST(Net, WhoHurriesWaitsForNothing) {
  auto options = loopback();
  options.drain_timeout = 600s;
  Running running(std::move(options));
  TestClient busy(running.where);
  ASSERT_TRUE(busy.log_in("root", "sesame")->is_ok());
  busy.send_packet("\x03WAIT");
  ASSERT_TRUE(eventually([&] { return running.factory.waiting == 1; }));
  running.server.drain();
  int asked = 0;
  running.server.wait([&] { return ++asked == 3; });
  EXPECT_EQ(running.factory.interrupts, 1);
  EXPECT_EQ(running.factory.open_sessions, 0);
}

TEST(Net, ListensOnAUnixSocketAndRemovesIt) {
  std::string directory = ::testing::TempDir() + "bw-XXXXXX";
  ASSERT_NE(::mkdtemp(directory.data()), nullptr);
  const std::string path = directory + "/s";
  {
    Running running({.socket = path, .io_threads = 1});
    EXPECT_EQ(running.where, path);
    TestClient client(path);
    ASSERT_TRUE(client.log_in("empty", "")->is_ok());
    EXPECT_EQ(client.rows("WHO"), std::vector<std::string>{"empty@sys/ from localhost"});
    TestFactory factory;
    Server second({.socket = path, .io_threads = 1}, factory, system_entropy(), null_log());
    EXPECT_EQ(second.listen().error().code(), Errc::listen_failed) << "somebody listens there";
  }
  struct ::stat info{};
  EXPECT_NE(::lstat(path.c_str(), &info), 0);
  ::rmdir(directory.c_str());
}

TEST(Net, SaysWhyItCannotListen) {
  Running running;
  TestFactory factory;
  Server taken({.listen = {running.where}, .io_threads = 1}, factory, system_entropy(), null_log());
  EXPECT_EQ(taken.listen().error().text(), "can't listen on " + running.where + ": Address already in use");
  Server shared({.listen = {running.where}, .io_threads = 2}, factory, system_entropy(), null_log());
  EXPECT_EQ(shared.listen().error().text(), "can't listen on " + running.where + ": Address already in use")
      << "though both would share the port";
  Server wrong({.listen = {"nonsense"}, .io_threads = 1}, factory, system_entropy(), null_log());
  EXPECT_EQ(wrong.listen().error().text(),
            "can't listen on nonsense: it is not ADDRESS:PORT, such as 127.0.0.1:2881");
}

TEST(Net, TheMariadbClientLogsInAndQueries) {
  if (::access("/usr/bin/mariadb", X_OK) != 0) GTEST_SKIP() << "no mariadb client on this machine";
  Running running;
  const std::string port = running.where.substr(running.where.rfind(':') + 1);
  const std::string command = "/usr/bin/mariadb --no-defaults -h 127.0.0.1 -P " + port +
                              " -u root@sys -psesame --batch -N -e 'SELECT 1; WHO' 2>&1";
  FILE* const pipe = ::popen(command.c_str(), "r");  // NOLINT(cert-env33-c): a fixed program
  ASSERT_NE(pipe, nullptr);
  std::string output;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) output += static_cast<char>(c);
  EXPECT_EQ(::pclose(pipe), 0) << output;
  EXPECT_EQ(output, "1\nroot@sys/ from 127.0.0.1\n");
}

}  // namespace
}  // namespace breakwater::test
