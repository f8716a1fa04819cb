// TLS over real sockets: what is offered, what is refused, what is reloaded.
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>
#include <tuple>

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/net/net_fixture.h"

namespace breakwater::test {
namespace {

using protocol::kSha2Plugin;
using protocol::capability::kSsl;

class NetTls : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ = ::testing::TempDir() + "breakwater-tls-" + std::to_string(::getpid());
    std::filesystem::create_directories(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string file(const std::string& name) const { return directory_ + "/" + name; }
  server::TlsOptions tls() const {
    return {.cert = file("cert.pem"), .key = file("key.pem"), .make_if_missing = true};
  }
  server::ServerOptions options(server::ServerLimits limits = {}) const {
    server::ServerOptions options = loopback(limits);
    options.tls = tls();
    return options;
  }
  /// A pair of certificate and key in one file, as a client has it.
  std::string pair(const std::string& name) const {
    const server::TlsOptions made{
        .cert = file(name + "-cert.pem"), .key = file(name + "-key.pem"), .make_if_missing = true};
    EXPECT_TRUE(server::TlsContext::load(made));
    std::ofstream both(file(name));
    both << std::ifstream(made.cert).rdbuf() << std::ifstream(made.key).rdbuf();
    return file(name);
  }

  std::string directory_;
};

// What a crash between the two files leaves.
TEST_F(NetTls, MakesACertificateForAKeyThatHasNone) {
  const auto key = [&] {
    std::ostringstream text;
    text << std::ifstream(tls().key).rdbuf();
    return text.str();
  };
  ASSERT_TRUE(server::TlsContext::load(tls()));
  const std::string made = key();
  std::filesystem::remove(tls().cert);
  EXPECT_TRUE(server::TlsContext::load(tls()));
  EXPECT_EQ(key(), made) << "a key is never replaced";
}

TEST_F(NetTls, LogsInByBothVersions) {
  Running running(options());
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TestClient client(running.where);
    ASSERT_NE(client.read_greeting()->capabilities & kSsl, 0U);
    ASSERT_TRUE(client.start_tls({.version = version}));
    const auto answer = client.log_in("root@sys", "sesame");
    ASSERT_TRUE(answer && answer->is_ok());
    EXPECT_EQ(answer->sequence, 3);
    const std::string name = version == TLS1_2_VERSION ? "TLSv1.2" : "TLSv1.3";
    EXPECT_EQ(client.rows("WHO"), std::vector<std::string>{"root@sys/ from 127.0.0.1 over " + name});
    EXPECT_EQ(client.rows("ROWS 3000").value().size(), 3000U) << "more than the socket's buffer";
    EXPECT_EQ(client.rows("ECHO " + std::string(300'000, 'e')).value().at(0).size(), 300'000U);
  }
}

TEST_F(NetTls, PlainClientsStayWelcome) {
  Running running(options());
  TestClient client(running.where);
  EXPECT_TRUE(client.log_in("root@sys", "sesame")->is_ok());
}

TEST_F(NetTls, ThePasswordComesAsItIs) {
  Running running(options());
  TestClient client(running.where);
  client.read_greeting();
  ASSERT_TRUE(client.start_tls());
  EXPECT_TRUE(client.log_in("root@sys", "sesame", 0x01BFA685, kSha2Plugin)->is_ok());
  EXPECT_EQ(client.asked, "full ");
}

TEST_F(NetTls, ResumesASessionFromItsTicket) {
  Running running(options());
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const bool resume : {false, true}) {
      TestClient client(running.where);
      client.read_greeting();
      ASSERT_TRUE(client.start_tls({.version = version, .resume = resume}));
      ASSERT_TRUE(client.log_in("root@sys", "sesame")->is_ok());
      EXPECT_EQ(client.rows("SELECT 1"), std::vector<std::string>{"1"}) << "the ticket came with an answer";
      EXPECT_EQ(client.resumed(), resume) << version;
    }
  }
}

TEST_F(NetTls, CanBeRequired) {
  server::ServerLimits limits;
  limits.require_secure_transport = true;
  server::ServerOptions wanted = options(limits);
  wanted.socket = file("s.sock");
  Running running(wanted);
  TestClient plain(running.where);
  const auto refused = plain.log_in("root@sys", "sesame");
  ASSERT_TRUE(refused && refused->is_error());
  EXPECT_NE(refused->error_text().find("require_secure_transport"), std::string::npos);
  TestClient local(wanted.socket);
  EXPECT_TRUE(local.log_in("root@sys", "sesame")->is_ok());
  TestClient over_tls(running.where);
  over_tls.read_greeting();
  ASSERT_TRUE(over_tls.start_tls());
  EXPECT_TRUE(over_tls.log_in("root@sys", "sesame")->is_ok());
}

// Row 5 of the known holes: the client's CLIENT_SSL bit alone is no TLS.
TEST_F(NetTls, TheBitIsNotTls) {
  server::ServerLimits limits;
  limits.require_secure_transport = true;
  for (const bool required : {false, true}) {
    limits.require_secure_transport = required;
    Running running(options(limits));
    TestClient client(running.where);
    const auto answer = client.log_in("root@sys", "sesame", TestClient::kPyMysql | kSsl);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->error_number(), 1043);
    EXPECT_TRUE(client.read_to_end());
  }
}

// Row 6: a command slipped in between the client's request and its handshake is no part of its session.
TEST_F(NetTls, NothingIsTakenFromBetweenRequestAndHandshake) {
  Running running(options({.connect_timeout = std::chrono::seconds(2)}));
  for (const std::string_view slipped : {"\x0f\x00\x00\x00\x03"
                                         "ECHO injected",
                                         "x", "\x16\x03\x01"}) {
    TestClient client(running.where);
    client.read_greeting();
    EXPECT_FALSE(client.start_tls({}, slipped));
  }
  EXPECT_TRUE(eventually([&] { return running.server.counters().connections == 0; }));
  EXPECT_EQ(running.factory.open_sessions, 0);
}

TEST_F(NetTls, SurvivesADisconnectAtEveryByteOfTheHandshake) {
  Running running(options());
  std::string hello;
  put_le(hello, TestClient::kPyMysql | kSsl, 4);
  hello.append(28, '\0');
  hello = frame(hello, 1) + std::string("\x16\x03\x01\x00\x50\x01\x00\x00\x4c\x03\x03", 11) +
          std::string(69, 'r');
  for (std::size_t size = 0; size <= hello.size(); ++size) {
    TestClient client(running.where);
    ASSERT_TRUE(client.send_bytes(std::string_view(hello).substr(0, size)));
  }
  EXPECT_TRUE(eventually([&] { return running.server.counters().connections == 0; }));
}

// Row 4: the cap on a login's packet is the same over TLS.
TEST_F(NetTls, BoundsTheLoginPacket) {
  Running running(options());
  TestClient client(running.where);
  client.read_greeting();
  ASSERT_TRUE(client.start_tls());
  client.send_bytes(std::string("\xFF\xFF\xFF\x02", 4) + std::string(1000, 'x'));
  EXPECT_EQ(client.read_packet()->error_number(), 1153);
}

TEST_F(NetTls, EndsAHandshakeThatTakesTooLong) {
  server::ServerLimits limits;
  limits.connect_timeout = std::chrono::milliseconds(300);
  Running running(options(limits));
  TestClient client(running.where);
  client.read_greeting();
  std::string request;
  put_le(request, TestClient::kPyMysql | kSsl, 4);
  request.append(28, '\0');
  client.send_packet(request, 1);
  client.send_bytes("\x16");
  EXPECT_TRUE(client.read_to_end());
  EXPECT_TRUE(eventually([&] { return running.server.counters().unauthenticated == 0; }));
}

TEST_F(NetTls, KnowsTheCertificatesOfClients) {
  server::ServerOptions wanted = options();
  const std::string known = pair("known");
  const std::string stranger = pair("stranger");
  wanted.tls->ca = file("known-cert.pem");
  Running running(wanted);
  const auto who = [&](const std::string& cert) -> std::string {
    TestClient client(running.where);
    client.read_greeting();
    if (!client.start_tls({.version = TLS1_2_VERSION, .cert = cert})) return "refused";
    const auto answer = client.log_in("root@sys", "sesame");
    if (!answer || !answer->is_ok()) return "refused";
    return client.rows("WHO").value().at(0);
  };
  EXPECT_TRUE(who(known).ends_with("with a certificate")) << who(known);
  EXPECT_TRUE(who("").ends_with("TLSv1.2"));
  EXPECT_EQ(who(stranger), "refused") << "one that nobody vouches for";
}

TEST_F(NetTls, MakesACertificateForItsOwnerAloneOnce) {
  ASSERT_TRUE(server::TlsContext::load(tls()));
  for (const char* name : {"cert.pem", "key.pem"}) {
    struct ::stat info{};
    ASSERT_EQ(::stat(file(name).c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777U, 0600U) << name;
  }
  const auto written = std::filesystem::last_write_time(file("key.pem"));
  ASSERT_TRUE(server::TlsContext::load(tls()));
  EXPECT_EQ(std::filesystem::last_write_time(file("key.pem")), written);
}

// ---- a certificate's time ----

struct KeptLog final : Log {
  void write(LogLevel /*level*/, std::uint64_t /*connection*/, std::string_view text) override {
    const std::lock_guard lock(mutex);
    lines.append(text).append("\n");
  }
  std::string taken() {
    const std::lock_guard lock(mutex);
    return std::exchange(lines, {});
  }
  std::mutex mutex;
  std::string lines;
};

constexpr long kHour = 60L * 60;
constexpr long kDay = 24 * kHour;

class NetTlsTime : public NetTls {
 protected:
  using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
  using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

  Certificate certificate() const {
    std::FILE* const in = std::fopen(tls().cert.c_str(), "r");
    Certificate read(PEM_read_X509(in, nullptr, nullptr, nullptr), X509_free);
    std::fclose(in);
    return read;
  }
  Key key() const {
    std::FILE* const in = std::fopen(tls().key.c_str(), "r");
    Key read(PEM_read_PrivateKey(in, nullptr, nullptr, nullptr), EVP_PKEY_free);
    std::fclose(in);
    return read;
  }

  /// As a clock that was off made it: valid from and until, seconds from now.
  void make(long from, long until, const char* organization = nullptr) {
    ASSERT_TRUE(server::TlsContext::load(tls()));
    const auto bent = certificate();
    X509_gmtime_adj(X509_getm_notBefore(bent.get()), from);
    X509_gmtime_adj(X509_getm_notAfter(bent.get()), until);
    if (organization != nullptr) {
      X509_NAME* const name = X509_get_subject_name(bent.get());
      X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC,
                                 reinterpret_cast<const unsigned char*>(organization), -1, -1, 0);
      X509_set_issuer_name(bent.get(), name);
    }
    X509_sign(bent.get(), key().get(), EVP_sha256());
    std::FILE* const out = std::fopen(tls().cert.c_str(), "w");
    PEM_write_X509(out, bent.get());
    std::fclose(out);
  }

  std::string content(const std::string& path) const {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
};

TEST_F(NetTlsTime, ANewOneHoldsForClocksThatAreADayBehind) {
  ASSERT_TRUE(server::TlsContext::load(tls()));
  std::time_t yesterday = std::time(nullptr) - kDay + kHour;
  EXPECT_LT(X509_cmp_time(X509_get0_notBefore(certificate().get()), &yesterday), 0);
}

TEST_F(NetTlsTime, OneOfItsOwnIsMadeAnewWithItsKey) {
  const auto now = std::pair(-kDay, 365 * kDay);
  for (const auto& [from, until] :
       {std::pair(kHour, 365 * kDay), std::pair(-365 * kDay, -kHour), std::pair(-365 * kDay, kDay), now}) {
    make(from, until);
    const std::string old = content(tls().cert);
    const std::string kept = content(tls().key);
    KeptLog log;
    const auto loaded = server::TlsContext::load(tls(), log);
    ASSERT_TRUE(loaded);
    const bool renewed = std::pair(from, until) != now;
    EXPECT_EQ(content(tls().cert) != old, renewed) << from << " to " << until;
    EXPECT_EQ(content(tls().key), kept);
    EXPECT_EQ((*loaded)->untimely(), "");
    EXPECT_TRUE((*loaded)->is_own());
    EXPECT_EQ(log.taken().find("a new one is there now") != std::string::npos, renewed);
  }
}

TEST_F(NetTlsTime, OneThatWasGivenIsToldOfAndStays) {
  const std::vector<std::tuple<long, long, std::string>> times = {{kHour, 365 * kDay, "is valid from"},
                                                                  {-365 * kDay, -kHour, "expired on"},
                                                                  {-365 * kDay, 10 * kDay, "expires on"},
                                                                  {-kDay, 365 * kDay, ""}};
  for (const auto& [from, until, says] : times) {
    for (const bool in_our_place : {false, true}) {
      make(from, until, in_our_place ? "Somebody" : nullptr);
      server::TlsOptions given = tls();
      given.make_if_missing = in_our_place;
      const std::string old = content(given.cert);
      KeptLog log;
      const auto loaded = server::TlsContext::load(given, log);
      ASSERT_TRUE(loaded);
      EXPECT_FALSE((*loaded)->is_own());
      EXPECT_EQ(content(given.cert), old);
      EXPECT_EQ((*loaded)->untimely().substr(0, says.size()), says);
      const std::string told = log.taken();
      EXPECT_EQ(told.empty(), says.empty()) << told;
      EXPECT_NE(told.find(says), std::string::npos) << told;
      std::filesystem::remove(given.cert);
    }
  }
}

// At the start, at SIGHUP, and each day.
TEST_F(NetTlsTime, ARunningServerLooks) {
  make(-365 * kDay, -kHour, "Somebody");
  KeptLog log;
  TestFactory factory;
  server::Server server(options(), factory, system_entropy(), log);
  ASSERT_TRUE(server.listen());
  EXPECT_NE(log.taken().find("expired on"), std::string::npos);
  EXPECT_TRUE(server.check_tls());
  EXPECT_NE(log.taken().find("expired on"), std::string::npos);
  EXPECT_TRUE(server.reload_tls());
  EXPECT_NE(log.taken().find("expired on"), std::string::npos);
  std::filesystem::remove(tls().cert);
  EXPECT_TRUE(server.reload_tls());
  EXPECT_TRUE(server.check_tls());
  EXPECT_EQ(log.taken(), "");
}

TEST_F(NetTls, SaysWhatIsWrongWithItsFiles) {
  const auto text = [](const server::TlsOptions& wrong) {
    const auto loaded = server::TlsContext::load(wrong);
    return loaded ? std::string("loaded") : loaded.error().text();
  };
  ASSERT_TRUE(server::TlsContext::load(tls()));
  server::TlsOptions missing = tls();
  missing.make_if_missing = false;
  missing.cert = file("nothing.pem");
  EXPECT_NE(text(missing).find("nothing.pem"), std::string::npos) << text(missing);
  pair("other");
  server::TlsOptions mixed = tls();
  mixed.key = file("other-key.pem");
  EXPECT_NE(text(mixed).find("other-key.pem"), std::string::npos) << text(mixed);
  std::filesystem::remove(tls().key);
  EXPECT_NE(text(tls()).find("key.pem"), std::string::npos) << "a certificate that somebody may have copied";
  const server::TlsOptions full{
      .cert = "/dev/full/cert.pem", .key = "/dev/full/key.pem", .make_if_missing = true};
  EXPECT_NE(text(full).find("Not a directory"), std::string::npos) << text(full);
}

TEST_F(NetTls, ReloadsWithoutARestart) {
  Running running(options());
  TestClient before(running.where);
  before.read_greeting();
  ASSERT_TRUE(before.start_tls());
  ASSERT_TRUE(before.log_in("root@sys", "sesame")->is_ok());
  const std::string old = before.server_certificate();

  std::ofstream(file("cert.pem")) << "broken";
  EXPECT_FALSE(running.server.reload_tls());
  TestClient still(running.where);
  still.read_greeting();
  ASSERT_TRUE(still.start_tls()) << "the old certificate stays in use";

  std::filesystem::remove(file("cert.pem"));
  std::filesystem::remove(file("key.pem"));
  ASSERT_TRUE(running.server.reload_tls());
  TestClient after(running.where);
  after.read_greeting();
  ASSERT_TRUE(after.start_tls());
  EXPECT_NE(after.server_certificate(), old);
  EXPECT_EQ(before.rows("SELECT 1"), std::vector<std::string>{"1"}) << "who is connected stays";
}

}  // namespace
}  // namespace breakwater::test
