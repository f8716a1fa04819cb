// The way to a store: connections, time, retries, TLS, addresses. The store is a script.
#include <atomic>
#include <cstdio>
#include <fstream>
#include <thread>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/stat.h>

#include "storage/destination/uri.h"
#include "storage/http/http_connection.h"
#include "storage/http/http_pool.h"
#include "storage/object/object_client.h"
#include "storage/object/scripted_server.h"
#include "storage/pool/side_by_side.h"

namespace breakwater::storage {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr std::string_view kSecret = "SECRETkey0123456789";

Destination destination(std::string_view scheme, const std::string& host, std::string_view more = {}) {
  std::string uri(scheme);
  uri.append("://bucket/dir?host=")
      .append(host)
      .append("&access_id=AK&access_key=")
      .append(kSecret)
      .append(more);
  return parse_destination(uri, {.allow_http = true}).value();
}

ObjectClientOptions options(Resolver* resolver = nullptr) {
  return {.rules = {.allow_http = true, .allow_loopback = true}, .resolver = resolver};
}

std::unique_ptr<ObjectStore> store_on(const ScriptedServer& server, std::string_view scheme = "s3",
                                      std::string_view more = {}) {
  const std::string host = "http://127.0.0.1:" + std::to_string(server.port());
  return make_object_store(destination(scheme, host, more), options()).value();
}

// Answers with the script's entries in turn, the last for ever.
ScriptedServer::Handler in_turn(std::vector<Scripted> script) {
  auto at = std::make_shared<std::size_t>(0);
  return [script = std::move(script), at](const SeenRequest&) {
    const Scripted& now = script[std::min(*at, script.size() - 1)];
    ++*at;
    return now;
  };
}

Result<PutOutcome> put(boost::asio::io_context& io, ObjectStore& store, const Call& call = within(10s)) {
  return run(io, store.put("x", as_bytes("hello"), {}, call));
}

TEST(HttpClient, KeepsAConnectionForTheNextOperation) {
  const ScriptedServer server(in_turn({answer(200)}));
  boost::asio::io_context io;
  const auto store = store_on(server);
  const auto other = store_on(server);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(put(io, *store));
  ASSERT_TRUE(put(io, *other));
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(server.seen().size(), 4U);
}

TEST(HttpClient, ManyAtOnceShareSoManyConnections) {
  constexpr std::size_t kMore = 20;
  std::atomic<std::size_t> now = 0;
  std::atomic<std::size_t> most = 0;
  const ScriptedServer server([&](const SeenRequest&) {
    most = std::max(most.load(), ++now);
    std::this_thread::sleep_for(20ms);
    --now;
    return answer(200);
  });
  boost::asio::io_context io;
  const auto store = store_on(server);
  std::size_t good = 0;
  const auto all = [&]() -> Task<Result<>> {
    SideBySide puts(within(60s));
    for (std::size_t i = 0; i < HttpPool::kMaxBusy + kMore; ++i) {
      puts.add([&](Call call) -> Task<bool> {
        const auto done = co_await store->put("x", as_bytes("hello"), {}, call);
        if (done) ++good;
        co_return done.has_value();
      });
    }
    co_await puts.run();
    HttpPool& pool = HttpPool::of(io.get_executor());
    EXPECT_LE(pool.idle(Origin{.tls = false, .host = "127.0.0.1", .port = server.port()}),
              HttpPool::kMaxIdle);
    pool.clear();
    co_return Result<>();
  };
  ASSERT_TRUE(run(io, all()));
  EXPECT_EQ(good, HttpPool::kMaxBusy + kMore);
  EXPECT_LE(most, HttpPool::kMaxBusy);
  EXPECT_LE(server.connections(), static_cast<int>(HttpPool::kMaxBusy));
}

// Whoever waits for a connection is ended as one who waits for an answer.
TEST(HttpClient, WhoWaitsForAConnectionHasADeadlineAndCanBeCancelled) {
  const ScriptedServer server([](const SeenRequest&) {
    Scripted late = answer(200);
    late.delay = 1s;
    return late;
  });
  boost::asio::io_context io;
  const auto store = store_on(server);
  Cancellation cancellation;
  std::optional<Error> late;
  std::optional<Error> killed;
  const auto all = [&]() -> Task<Result<>> {
    SideBySide parts(within(60s));
    parts.add([&](Call call) -> Task<bool> {
      co_await sleep_until(deadline_in(100ms), call);
      cancellation.cancel(error::query_interrupted());
      co_return true;
    });
    parts.add([&](Call) -> Task<bool> {
      const auto done = co_await store->put("x", as_bytes("hello"), {}, within(60s, &cancellation));
      if (!done) killed = done.error();
      co_return true;
    });
    parts.add([&](Call) -> Task<bool> {
      const auto done = co_await store->put("x", as_bytes("hello"), {}, within(100ms));
      if (!done) late = done.error();
      co_return true;
    });
    for (std::size_t i = 0; i < HttpPool::kMaxBusy; ++i) {  // the last is begun first
      parts.add([&](Call call) -> Task<bool> {
        (void)co_await store->put("x", as_bytes("hello"), {}, call);
        co_return true;
      });
    }
    co_await parts.run();
    HttpPool::of(io.get_executor()).clear();
    co_return Result<>();
  };
  ASSERT_TRUE(run(io, all()));
  ASSERT_TRUE(late);
  EXPECT_TRUE(late->is(Errc::backup_dest_not_connect));
  EXPECT_NE(late->hint().find("too many requests"), std::string::npos) << late->hint();
  ASSERT_TRUE(killed);
  EXPECT_TRUE(killed->is(Errc::query_interrupted));
}

TEST(HttpClient, AnIoContextHasItsOwnConnections) {
  const ScriptedServer server(in_turn({answer(200)}));
  const auto store = store_on(server);
  boost::asio::io_context first;
  boost::asio::io_context second;
  ASSERT_TRUE(put(first, *store));
  ASSERT_TRUE(put(second, *store));
  ASSERT_TRUE(put(first, *store));
  EXPECT_EQ(server.connections(), 2);
}

TEST(HttpClient, AConnectionThatDiedMeanwhileIsReplaced) {
  Scripted nothing;
  nothing.close = true;
  const ScriptedServer server(in_turn({answer(200), nothing, answer(200)}));
  boost::asio::io_context io;
  const auto store = store_on(server);
  ASSERT_TRUE(put(io, *store));
  const auto start = steady_clock::now();
  ASSERT_TRUE(put(io, *store));
  EXPECT_LT(steady_clock::now() - start, 5s);
  EXPECT_EQ(server.seen().size(), 3U);
  EXPECT_EQ(server.connections(), 2);
}

TEST(HttpClient, AClosedConnectionIsNotUsedAtAll) {
  Scripted last = answer(200);
  last.close = true;
  const ScriptedServer server(in_turn({last}));
  boost::asio::io_context io;
  const auto store = store_on(server);
  ASSERT_TRUE(put(io, *store));
  // Once the end of the first has arrived, the second put makes a connection of its own.
  std::this_thread::sleep_for(100ms);
  ASSERT_TRUE(put(io, *store));
  EXPECT_EQ(server.connections(), 2);
}

TEST(HttpClient, WhatIsCutBeforeTheAnswerIsTriedAgainAndThen9070) {
  Scripted nothing;
  nothing.close = true;
  const ScriptedServer server(in_turn({nothing}));
  boost::asio::io_context io;
  const auto store = store_on(server);
  const auto outcome = put(io, *store);
  ASSERT_FALSE(outcome);
  EXPECT_TRUE(outcome.error().is(Errc::backup_dest_not_connect));
  EXPECT_EQ(server.seen().size(), 1U + ObjectClient::kMaxRetries);
}

TEST(HttpClient, WaitsAsLongAsRetryAfterSays) {
  const ScriptedServer server(
      in_turn({answer(503, error_xml("SlowDown"), {{"retry-after", "1"}}), answer(200)}));
  boost::asio::io_context io;
  const auto store = store_on(server);
  const auto start = steady_clock::now();
  ASSERT_TRUE(put(io, *store));
  EXPECT_GE(steady_clock::now() - start, 1s);
}

TEST(HttpClient, DoesNotWaitBeyondTheDeadline) {
  const ScriptedServer server(in_turn({answer(503, error_xml("SlowDown"), {{"retry-after", "60"}})}));
  boost::asio::io_context io;
  const auto store = store_on(server);
  const auto start = steady_clock::now();
  const auto outcome = put(io, *store);
  EXPECT_LT(steady_clock::now() - start, 5s);
  ASSERT_FALSE(outcome);
  EXPECT_TRUE(outcome.error().is(Errc::io_limit));
  EXPECT_NE(outcome.error().hint().find("request id req-1"), std::string::npos);
}

TEST(HttpClient, GivesUpAfterFourRetries) {
  const ScriptedServer server(in_turn({answer(500, error_xml("InternalError"))}));
  boost::asio::io_context io;
  const auto store = store_on(server);
  const auto outcome = put(io, *store);
  ASSERT_FALSE(outcome);
  EXPECT_TRUE(outcome.error().is(Errc::s3_error));
  EXPECT_EQ(server.seen().size(), 5U);
}

TEST(HttpClient, NeverRepeatsWhatIsRefused) {
  for (const unsigned status : {400U, 401U, 403U, 404U, 411U, 416U}) {
    const ScriptedServer server(in_turn({answer(status, error_xml("Whatever"))}));
    boost::asio::io_context io;
    const auto store = store_on(server);
    EXPECT_FALSE(put(io, *store)) << status;
    EXPECT_EQ(server.seen().size(), 1U) << status;
  }
}

TEST(HttpClient, EndsByItsDeadline) {
  Scripted silence = answer(200);
  silence.delay = 2s;
  const ScriptedServer server(in_turn({silence}));
  boost::asio::io_context io;
  const auto store = store_on(server);
  const auto start = steady_clock::now();
  const auto outcome = put(io, *store, within(200ms));
  EXPECT_LT(steady_clock::now() - start, 1500ms);
  ASSERT_FALSE(outcome);
  EXPECT_TRUE(outcome.error().is(Errc::backup_dest_not_connect));
}

TEST(HttpClient, ACancellationEndsItSoonWithItsOwnError) {
  Scripted silence = answer(200);
  silence.delay = 2s;
  const ScriptedServer server(in_turn({silence}));
  boost::asio::io_context io;
  const auto store = store_on(server);
  Cancellation cancellation;
  boost::asio::steady_timer killer(io, 100ms);
  killer.async_wait([&](boost::system::error_code) { cancellation.cancel(error::query_interrupted()); });
  const auto start = steady_clock::now();
  const auto outcome = put(io, *store, within(10s, &cancellation));
  EXPECT_LT(steady_clock::now() - start, 1500ms);
  ASSERT_FALSE(outcome);
  EXPECT_TRUE(outcome.error().is(Errc::query_interrupted));
  const auto later = put(io, *store, within(10s, &cancellation));
  ASSERT_FALSE(later);
  EXPECT_TRUE(later.error().is(Errc::query_interrupted));
}

TEST(HttpClient, ACancellationEndsTheWaitBetweenRetries) {
  const ScriptedServer server(in_turn({answer(503, error_xml("SlowDown"), {{"retry-after", "5"}})}));
  boost::asio::io_context io;
  const auto store = store_on(server);
  Cancellation cancellation;
  boost::asio::steady_timer killer(io, 200ms);
  killer.async_wait([&](boost::system::error_code) { cancellation.cancel(error::query_interrupted()); });
  const auto start = steady_clock::now();
  const auto outcome = put(io, *store, within(10s, &cancellation));
  EXPECT_LT(steady_clock::now() - start, 3s);
  ASSERT_FALSE(outcome);
  EXPECT_TRUE(outcome.error().is(Errc::query_interrupted));
}

TEST(HttpClient, NeverFollowsARedirect) {
  const ScriptedServer elsewhere(in_turn({answer(200)}));
  const std::string location = "http://127.0.0.1:" + std::to_string(elsewhere.port()) + "/";
  for (const unsigned status : {301U, 302U, 307U, 308U}) {
    const ScriptedServer server(in_turn({answer(status, {}, {{"location", location}})}));
    boost::asio::io_context io;
    const auto store = store_on(server);
    const auto outcome = put(io, *store);
    ASSERT_FALSE(outcome);
    EXPECT_TRUE(outcome.error().is(Errc::invalid_object_storage_endpoint));
    EXPECT_NE(outcome.error().hint().find("not followed"), std::string::npos);
  }
  EXPECT_EQ(elsewhere.connections(), 0);
}

TEST(HttpClient, RefusesHeadersWithoutEnd) {
  const ScriptedServer server(
      in_turn({answer(200, {}, {{"x-long", std::string(std::size_t{64} * 1024, 'x')}})}));
  boost::asio::io_context io;
  const auto store = store_on(server);
  const auto outcome = put(io, *store);
  ASSERT_FALSE(outcome);
  EXPECT_TRUE(outcome.error().is(Errc::backup_dest_not_connect));
}

TEST(HttpClient, RefusesAnswersBeyondTheirLimit) {
  Scripted endless = answer(404, {}, {{"content-length", "100000000"}});
  endless.zeros = 100'000'000;
  const ScriptedServer server(in_turn({endless}));
  boost::asio::io_context io;
  const auto store = store_on(server);
  const auto outcome = put(io, *store);
  ASSERT_FALSE(outcome);
  EXPECT_NE(outcome.error().hint().find("longer than expected"), std::string::npos);
}

TEST(HttpClient, RefusesWhatIsNoHttp) {
  const ScriptedServer server(in_turn({Scripted{.bytes = "SSH-2.0-OpenSSH_9.2\r\n", .close = true}}));
  boost::asio::io_context io;
  const auto store = store_on(server);
  const auto outcome = put(io, *store);
  ASSERT_FALSE(outcome);
  EXPECT_TRUE(outcome.error().is(Errc::backup_dest_not_connect));
}

TEST(HttpClient, ACutBodyIsNoObject) {
  Scripted half = answer(200, "only half", {{"content-length", "20"}});
  half.close = true;
  const ScriptedServer server(in_turn({half}));
  boost::asio::io_context io;
  const auto store = store_on(server);
  const auto bytes = run(io, store->get("x", 100, within(10s)));
  ASSERT_FALSE(bytes);
  EXPECT_TRUE(bytes.error().is(Errc::backup_dest_not_connect));
  EXPECT_EQ(server.seen().size(), 1U);
}

TEST(HttpClient, ABodyWithoutLengthIsNoObject) {
  const ScriptedServer server(
      in_turn({Scripted{.bytes = "HTTP/1.1 200 OK\r\n\r\nall of it?", .close = true}}));
  boost::asio::io_context io;
  const auto store = store_on(server);
  EXPECT_FALSE(run(io, store->get("x", 100, within(10s))));
}

TEST(HttpClient, ReadsChunkedBodiesAndInterimAnswers) {
  const ScriptedServer server(
      in_turn({Scripted{.bytes = "HTTP/1.1 100 Continue\r\n\r\n"
                                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                 "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"}}));
  boost::asio::io_context io;
  const auto store = store_on(server);
  for (int i = 0; i < 2; ++i) {
    const auto bytes = run(io, store->get("x", 100, within(10s)));
    ASSERT_TRUE(bytes && *bytes);
    EXPECT_EQ(as_text(**bytes), "hello world");
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST(HttpClient, AnObjectLargerThanWantedIsRefused) {
  const ScriptedServer server(in_turn({answer(200, "hello world")}));
  boost::asio::io_context io;
  const auto store = store_on(server);
  const auto bytes = run(io, store->get("x", 5, within(10s)));
  ASSERT_FALSE(bytes);
  EXPECT_TRUE(bytes.error().is(Errc::size_overflow));
}

TEST(HttpClient, HearsARefusalThatComesBeforeTheBodyIsSent) {
  Scripted refusal = answer(403, error_xml("AccessDenied"));
  refusal.close = true;
  const ScriptedServer server(in_turn({refusal}), {.read_bodies = false});
  boost::asio::io_context io;
  const auto store = store_on(server);
  CountingSource source(64 << 20U);
  const auto outcome = run(io, store->put("x", source, {}, within(20s)));
  ASSERT_FALSE(outcome);
  EXPECT_TRUE(outcome.error().is(Errc::backup_permission_denied)) << outcome.error().hint();
}

TEST(HttpClient, ARefusedClockIsReplacedByTheStoresOnce) {
  const Timestamp ahead = system_clock().now() + 3600LL * 1'000'000;
  const Scripted skewed = answer(403, error_xml("RequestTimeTooSkewed"), {{"date", http_date(ahead)}});
  const ScriptedServer server(in_turn({skewed, answer(200, {}, {{"date", http_date(ahead)}})}));
  boost::asio::io_context io;
  const auto store = store_on(server);
  ASSERT_TRUE(put(io, *store));
  const auto seen = server.seen();
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_GE(seen[1].headers.at("x-amz-date"), iso_basic_time(ahead));
  EXPECT_LT(seen[0].headers.at("x-amz-date"), iso_basic_time(ahead));
  EXPECT_NEAR(static_cast<double>(store->clock_offset()->count()), 3600, 30);
}

TEST(HttpClient, AStoreThatDislikesEveryClockIsAskedTwice) {
  const ScriptedServer server(in_turn({answer(403, error_xml("RequestTimeTooSkewed"),
                                              {{"date", http_date(system_clock().now() + 7200'000'000)}})}));
  boost::asio::io_context io;
  const auto store = store_on(server);
  const auto outcome = put(io, *store);
  ASSERT_FALSE(outcome);
  EXPECT_TRUE(outcome.error().is(Errc::backup_permission_denied));
  EXPECT_NE(outcome.error().hint().find("clock"), std::string::npos);
  EXPECT_EQ(server.seen().size(), 2U);
}

TEST(HttpClient, HintsNeverHoldASecretEvenIfTheStoreSendsItBack) {
  for (const std::string_view scheme : {"s3", "oss", "cos"}) {
    const ScriptedServer server([](const SeenRequest& request) {
      return answer(
          403,
          error_xml("SignatureDoesNotMatch", std::string(kSecret) + " " + request.headers.at("authorization"),
                    "<StringToSign>" + request.headers.at("authorization") + "</StringToSign>"));
    });
    boost::asio::io_context io;
    const auto store = store_on(server, scheme, scheme == "cos" ? "&appid=1" : "");
    const auto outcome = put(io, *store);
    ASSERT_FALSE(outcome);
    const std::string hint = outcome.error().hint();
    EXPECT_EQ(hint.find(kSecret), std::string::npos) << hint;
    const std::string authorization = server.seen()[0].headers.at("authorization");
    const std::string signature = authorization.substr(authorization.size() - 20);
    EXPECT_EQ(hint.find(signature), std::string::npos) << hint;
    EXPECT_NE(hint.find("not shown"), std::string::npos) << hint;
  }
}

// ---- addresses ----

TEST(HttpClient, ConnectsToTheAddressThatWasChecked) {
  const ScriptedServer server(in_turn({answer(200)}));
  FixedResolver resolver({"127.0.0.1"});
  boost::asio::io_context io;
  const std::string host = "http://s3.test:" + std::to_string(server.port());
  const auto store = make_object_store(destination("s3", host), options(&resolver)).value();
  ASSERT_TRUE(put(io, *store));
  EXPECT_EQ(resolver.asked, "bucket.s3.test");
  const auto seen = server.seen();
  EXPECT_EQ(seen[0].headers.at("host"), "bucket.s3.test:" + std::to_string(server.port()));
  EXPECT_EQ(seen[0].target, "/dir/x");
}

TEST(HttpClient, OneForbiddenAddressForbidsTheName) {
  const ScriptedServer server(in_turn({answer(200)}));
  for (const char* bad :
       {"169.254.169.254", "::ffff:169.254.169.254", "fe80::1", "100.100.100.200", "fd00:ec2::254", "0.0.0.0",
        "::", "224.0.0.1", "255.255.255.255", "64:ff9b::a9fe:a9fe"}) {
    FixedResolver resolver({"127.0.0.1", bad});
    boost::asio::io_context io;
    const std::string host = "http://s3.test:" + std::to_string(server.port());
    const auto store = make_object_store(destination("s3", host), options(&resolver)).value();
    const auto outcome = put(io, *store);
    ASSERT_FALSE(outcome) << bad;
    EXPECT_TRUE(outcome.error().is(Errc::invalid_backup_dest)) << bad;
  }
  EXPECT_EQ(server.connections(), 0);
}

TEST(HttpClient, LoopbackNeedsItsSettingOnEveryUse) {
  const ScriptedServer server(in_turn({answer(200)}));
  boost::asio::io_context io;
  ASSERT_TRUE(put(io, *store_on(server)));  // leaves a connection behind
  ObjectClientOptions strict = options();
  strict.rules.allow_loopback = false;
  const std::string host = "http://127.0.0.1:" + std::to_string(server.port());
  const auto store = make_object_store(destination("s3", host), strict).value();
  const auto outcome = put(io, *store);
  ASSERT_FALSE(outcome);
  EXPECT_TRUE(outcome.error().is(Errc::invalid_backup_dest));
  EXPECT_EQ(server.seen().size(), 1U);
}

// Not only loopback's: whatever address this machine has.
TEST(HttpClient, AnyAddressOfThisMachineNeedsTheSettingOfLoopback) {
  std::vector<std::string> addresses = {"::ffff:127.0.0.1", "127.9.9.9", "::1"};
  ifaddrs* first = nullptr;
  ASSERT_EQ(getifaddrs(&first), 0);
  for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET) continue;
    const auto* found = reinterpret_cast<const sockaddr_in*>(one->ifa_addr);
    addresses.push_back(boost::asio::ip::address_v4(ntohl(found->sin_addr.s_addr)).to_string());
  }
  freeifaddrs(first);
  for (const std::string& own : addresses) {
    FixedResolver resolver({own});
    ObjectClientOptions strict = options(&resolver);
    strict.rules.allow_loopback = false;
    boost::asio::io_context io;
    const auto store = make_object_store(destination("s3", "http://s3.test:9"), strict).value();
    const auto outcome = put(io, *store);
    ASSERT_FALSE(outcome) << own;
    EXPECT_TRUE(outcome.error().is(Errc::invalid_backup_dest)) << own;
    EXPECT_NE(outcome.error().hint().find("this machine itself"), std::string::npos) << own;
  }
}

// Whoever makes a request, and however: what would end a line is not sent.
TEST(HttpClient, SendsNothingThatWouldEndALine) {
  const ScriptedServer server(in_turn({answer(200)}));
  const std::string host = "127.0.0.1:" + std::to_string(server.port());
  const Origin origin{.tls = false, .host = "127.0.0.1", .port = server.port(), .ca_file = {}};
  const std::string evil = std::string("A\r\nContent-Length: 0\r\n\r\nDELETE /other HTTP/1.1\r\nX: ");
  const WireRequest good{.method = "GET", .target = "/x", .headers = {{"host", host}}, .max_body = 1000};
  std::vector<WireRequest> requests;
  const auto with = [&](auto change) {
    WireRequest request = good;
    change(request);
    requests.push_back(std::move(request));
  };
  for (const std::string& bad : {evil, std::string("\0", 1), std::string("\n"), std::string("\x7f"),
                                 std::string("\xc2\x85"), std::string("\x1f")}) {
    with([&](WireRequest& request) { request.headers.push_back({"authorization", "AWS4 " + bad}); });
    with([&](WireRequest& request) { request.headers.push_back({"x-" + bad, "v"}); });
    with([&](WireRequest& request) { request.target += bad; });
    with([&](WireRequest& request) { request.method += bad; });
    with([&](WireRequest& request) { request.headers[0].value += bad; });
  }
  with([&](WireRequest& request) { request.target = "/x HTTP/1.1"; });
  with([&](WireRequest& request) { request.target.clear(); });
  with([&](WireRequest& request) { request.headers.push_back({"a: b", "v"}); });
  with([&](WireRequest& request) { request.headers.push_back({"", "v"}); });
  for (const WireRequest& request : requests) {
    const auto refused = check_wire(request);
    ASSERT_FALSE(refused) << request.target;
    EXPECT_TRUE(refused.error().is(Errc::invalid_backup_dest));
    EXPECT_EQ(refused.error().hint().find("DELETE"), std::string::npos);
    boost::asio::io_context io;
    FixedResolver resolver({});
    auto connection = run(io, open_connection(origin, options().rules, {}, resolver, within(10s), nullptr));
    ASSERT_TRUE(connection);
    const auto reply = run(io, (*connection)->exchange(request, within(10s)));
    ASSERT_FALSE(reply);
    ASSERT_TRUE(reply.error().error);
    EXPECT_TRUE(reply.error().error->is(Errc::invalid_backup_dest));
  }
  EXPECT_TRUE(server.seen().empty());
  EXPECT_TRUE(check_wire(good));
}

// A destination from before the rule: its requests go nowhere, for every kind of store and of signature.
TEST(HttpClient, ARecordedUriWithALineBreakIsNotSent) {
  const ScriptedServer server(in_turn({answer(200)}));
  const std::string host = "http://127.0.0.1:" + std::to_string(server.port());
  const std::string evil = "A\r\nContent-Length: 0\r\n\r\nDELETE /other HTTP/1.1\r\nX: ";
  for (const std::string& uri :
       {"s3://bucket/d?host=" + host + "&access_id=" + evil + "&access_key=k",
        "s3://bucket/d?host=" + host + "&access_id=A&access_key=k&s3_region=" + evil,
        "oss://bucket/d?host=" + host + "&access_id=" + evil + "&access_key=k",
        "cos://bucket/d?host=" + host + "&access_id=" + evil + "&access_key=k&appid=1"}) {
    EXPECT_FALSE(parse_destination(uri, {.allow_http = true}));
    const auto recorded = parse_recorded_destination(uri);
    ASSERT_TRUE(recorded);
    boost::asio::io_context io;
    const auto store = make_object_store(*recorded, options()).value();
    const auto outcome = put(io, *store);
    ASSERT_FALSE(outcome);
    EXPECT_TRUE(outcome.error().is(Errc::invalid_backup_dest)) << outcome.error().text();
  }
  EXPECT_TRUE(server.seen().empty());
}

TEST(HttpClient, ARefusedConnectionIsTriedAgainAndThen9070) {
  std::uint16_t port = 0;
  {
    const ScriptedServer server(in_turn({answer(200)}));
    port = server.port();
  }
  boost::asio::io_context io;
  const auto store =
      make_object_store(destination("s3", "http://127.0.0.1:" + std::to_string(port)), options()).value();
  const auto outcome = put(io, *store);
  ASSERT_FALSE(outcome);
  EXPECT_TRUE(outcome.error().is(Errc::backup_dest_not_connect));
  EXPECT_NE(outcome.error().hint().find("Connection refused"), std::string::npos);
}

TEST(HttpClient, ANameWithoutAddressIs9070) {
  boost::asio::io_context io;
  const auto store = make_object_store(destination("s3", "http://name.invalid"), options()).value();
  const auto outcome = put(io, *store, within(15s));
  ASSERT_FALSE(outcome);
  EXPECT_TRUE(outcome.error().is(Errc::backup_dest_not_connect));
  EXPECT_NE(outcome.error().hint().find("bucket.name.invalid"), std::string::npos);
  EXPECT_NE(outcome.error().hint().find("addressing_model=path_style"), std::string::npos);
  const auto steps = run(io, store->try_connect(within(15s)));
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_EQ(steps[0].error.value().hint(), outcome.error().hint());
}

TEST(HttpClient, AHostThatHoldsTheBucketAlreadyIsSaidSo) {
  boost::asio::io_context io;
  const auto store = make_object_store(destination("s3", "http://bucket.name.invalid"), options()).value();
  const auto outcome = put(io, *store, within(15s));
  ASSERT_FALSE(outcome);
  EXPECT_NE(outcome.error().hint().find("begins with the bucket's name already"), std::string::npos)
      << outcome.error().hint();
}

TEST(HttpClient, APortThatWantsTlsIsSaidSo) {
  const std::string alert("\x15\x03\x03\x00\x02\x02\x46", 7);
  for (const std::string& bytes : {alert, std::string()}) {
    const ScriptedServer server(in_turn({Scripted{.bytes = bytes, .close = true}}));
    boost::asio::io_context io;
    const auto outcome = put(io, *store_on(server), within(2s));
    ASSERT_FALSE(outcome);
    EXPECT_TRUE(outcome.error().is(Errc::backup_dest_not_connect));
    EXPECT_NE(outcome.error().hint().find("https://"), std::string::npos) << outcome.error().hint();
  }
}

// What comes without a pause is bounded like everything else: headers, a chunk's extension, and a trailer.
TEST(HttpClient, AnAnswerThatNeverEndsIsEnded) {
  const std::string chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
  const std::string endless(std::size_t{4} << 20U, 'a');
  std::string chunks = chunked;
  for (int i = 0; i < 200; ++i) chunks += "1;" + std::string(60'000, 'a') + "\r\nx\r\n";
  for (const std::string& bytes : {"HTTP/1.1 200 OK\r\nx: " + endless, chunked + "5;" + endless,
                                   chunked + "0\r\nx: " + endless, chunks}) {
    const ScriptedServer server([&](const SeenRequest&) { return Scripted{.bytes = bytes, .close = true}; });
    boost::asio::io_context io;
    const auto outcome = put(io, *store_on(server), within(60s));
    ASSERT_FALSE(outcome);
    EXPECT_TRUE(outcome.error().is(Errc::backup_dest_not_connect)) << outcome.error().hint();
  }
}

// ---- TLS ----

struct TlsRig {
  explicit TlsRig(const std::string& name)
      : identity(make_identity(name)),
        server(in_turn({answer(200)}), {.tls = identity}),
        resolver({"127.0.0.1"}) {
    write_file(dir / "ca.pem", identity.certificate);
    chosen = options(&resolver);
    chosen.rules.ca_file = dir / "ca.pem";
  }

  std::unique_ptr<ObjectStore> store(std::string_view more = {}) const {
    return make_object_store(destination("s3", "s3.test:" + std::to_string(server.port()), more), chosen)
        .value();
  }

  TempDir dir;
  TlsIdentity identity;
  ScriptedServer server;
  FixedResolver resolver;
  ObjectClientOptions chosen;
};

TEST(HttpClientTls, TrustsTheConfiguredAuthority) {
  const TlsRig rig("bucket.s3.test");
  boost::asio::io_context io;
  const auto store = rig.store();
  ASSERT_TRUE(put(io, *store));
  ASSERT_TRUE(put(io, *store));
  EXPECT_EQ(rig.server.connections(), 1);

  const auto steps = run(io, store->try_connect(within(10s)));
  ASSERT_EQ(steps.size(), 3U);
  EXPECT_EQ(steps[0].seen, "127.0.0.1");
  EXPECT_EQ(steps[1].seen, "127.0.0.1:" + std::to_string(rig.server.port()));
  EXPECT_TRUE(steps[2].seen.starts_with("TLSv1.")) << steps[2].seen;
  EXPECT_NE(steps[2].seen.find("breakwater test"), std::string::npos) << steps[2].seen;
}

// By then the server has mostly sent its session tickets: they don't make it look like one that says something unasked.
TEST(HttpClientTls, AConnectionThatWasOpenedAheadIsUsed) {
  constexpr int kRounds = 20;
  const TlsRig rig("bucket.s3.test");
  for (int round = 1; round <= kRounds; ++round) {
    boost::asio::io_context io;
    const auto store = rig.store();
    ASSERT_EQ(run(io, store->try_connect(within(10s))).size(), 3U);
    ASSERT_TRUE(put(io, *store));
    ASSERT_EQ(rig.server.connections(), round);
  }
}

TEST(HttpClientTls, TrustsNoOtherAuthority) {
  TlsRig rig("bucket.s3.test");
  rig.chosen.rules.ca_file.clear();
  boost::asio::io_context io;
  const auto outcome = put(io, *rig.store());
  ASSERT_FALSE(outcome);
  EXPECT_TRUE(outcome.error().is(Errc::backup_dest_not_connect));
  EXPECT_NE(outcome.error().hint().find("certificate"), std::string::npos) << outcome.error().hint();
  EXPECT_TRUE(rig.server.seen().empty());

  const auto steps = run(io, rig.store()->try_connect(within(10s)));
  ASSERT_EQ(steps.size(), 3U);
  EXPECT_TRUE(steps[2].error.has_value());
}

TEST(HttpClientTls, TrustsNoOtherName) {
  const TlsRig rig("other.s3.test");
  boost::asio::io_context io;
  const auto outcome = put(io, *rig.store());
  ASSERT_FALSE(outcome);
  EXPECT_TRUE(outcome.error().is(Errc::backup_dest_not_connect));
  EXPECT_NE(outcome.error().hint().find("ostname mismatch"), std::string::npos) << outcome.error().hint();
  EXPECT_TRUE(rig.server.seen().empty());
}

TEST(HttpClientTls, AWildcardStandsForOneLabel) {
  boost::asio::io_context io;
  EXPECT_TRUE(put(io, *TlsRig("*.s3.test").store()));
  EXPECT_FALSE(put(io, *TlsRig("*.test").store()));
}

TEST(HttpClientTls, AnAuthorityFileThatIsNoneIsSaidSo) {
  TlsRig rig("bucket.s3.test");
  write_file(rig.dir / "no.pem", "nothing");
  for (const std::string name : {"no.pem", "missing.pem"}) {
    rig.chosen.rules.ca_file = rig.dir / name;
    boost::asio::io_context io;
    const auto outcome = put(io, *rig.store());
    ASSERT_FALSE(outcome);
    EXPECT_TRUE(outcome.error().is(Errc::invalid_config)) << name;
  }
}

// What a web server says to whoever begins with TLS.
TEST(HttpClientTls, APortWithoutTlsIsSaidSo) {
  boost::asio::io_context there;
  boost::asio::ip::tcp::acceptor acceptor(there, {boost::asio::ip::address_v4::loopback(), 0});
  const std::uint16_t port = acceptor.local_endpoint().port();
  std::thread server([&] {
    auto socket = acceptor.accept();
    std::array<char, 512> hello{};
    socket.read_some(boost::asio::buffer(hello));
    const std::string_view bytes = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    boost::asio::write(socket, boost::asio::buffer(bytes));
    boost::system::error_code closed;
    while (!closed) socket.read_some(boost::asio::buffer(hello), closed);
  });
  FixedResolver resolver({"127.0.0.1"});
  boost::asio::io_context io;
  const auto store =
      make_object_store(destination("s3", "s3.test:" + std::to_string(port)), options(&resolver)).value();
  const auto outcome = put(io, *store, within(10s));
  server.join();
  ASSERT_FALSE(outcome);
  EXPECT_TRUE(outcome.error().is(Errc::backup_dest_not_connect));
  EXPECT_NE(outcome.error().hint().find("http://"), std::string::npos) << outcome.error().hint();
  EXPECT_NE(outcome.error().hint().find("backup_dest_allow_http"), std::string::npos);
}

// ---- size ----

std::size_t peak_kib() {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line))
    if (line.starts_with("VmHWM:")) return std::stoul(line.substr(6));
  return 0;
}

TEST(HttpClient, AGibibyteStreamsThroughLittleMemory) {
  constexpr std::uint64_t kGiB = std::uint64_t{1} << 30U;
  const ScriptedServer server(
      [](const SeenRequest& request) {
        if (request.method == "PUT") return answer(200);
        Scripted big = answer(200, {}, {{"content-length", std::to_string(kGiB)}});
        big.zeros = kGiB;
        return big;
      },
      {.discard_bodies = true});
  boost::asio::io_context io;
  const auto store = store_on(server, "oss");  // S3 over http would read the source twice, to sign it
  const std::size_t before = peak_kib();
  CountingSink sink;
  const auto got = run(io, store->get("big", std::nullopt, sink, within(300s)));
  ASSERT_TRUE(got && *got) << got.error().hint();
  EXPECT_EQ(sink.count, kGiB);
  CountingSource source(kGiB);
  ASSERT_TRUE(run(io, store->put("big", source, {}, within(300s))));
  EXPECT_EQ(server.seen().back().headers.at("x-seen-bytes"), std::to_string(kGiB));
  EXPECT_LT(peak_kib() - before, 32U * 1024);
}

// ---- proxies ----

ObjectClientOptions through(const ScriptedServer& proxy, Resolver* resolver, bool allow_loopback = true) {
  ObjectClientOptions chosen = options(resolver);
  chosen.rules.allow_loopback = allow_loopback;
  chosen.rules.proxy = "http://127.0.0.1:" + std::to_string(proxy.port());
  return chosen;
}

// Knows no name, as on a machine whose only way out is the proxy.
class NoResolver final : public Resolver {
 public:
  void resolve(std::string host, Deadline /*deadline*/, Done done) override {
    asked.push_back(host);
    done(fail(error::backup_dest_not_connect().with_hint("no such name")));
  }
  std::vector<std::string> asked;
};

TEST(HttpClientProxy, APlainStoreIsAskedOfTheProxyByItsWholeAddress) {
  const ScriptedServer proxy(in_turn({answer(200, {}, {{"connection", "keep-alive"}}), answer(200)}));
  boost::asio::io_context io;
  NoResolver resolver;
  // Not loopback: the proxy's own address is its administrator's matter, and the store's name is unknown here.
  const auto store =
      make_object_store(destination("s3", "http://store.test:8080"), through(proxy, &resolver, false))
          .value();
  ASSERT_TRUE(put(io, *store));
  ASSERT_TRUE(put(io, *store));
  EXPECT_EQ(proxy.seen().at(0).target, "http://bucket.store.test:8080/dir/x");
  EXPECT_EQ(proxy.seen().at(0).headers.at("host"), "bucket.store.test:8080");
  EXPECT_FALSE(proxy.seen().at(0).headers.contains("proxy-authorization"));
  EXPECT_EQ(proxy.connections(), 1);
  EXPECT_EQ(resolver.asked, std::vector<std::string>{"bucket.store.test"});
  // A proxy that doesn't say that it keeps the connection may end it without a word.
  ASSERT_TRUE(put(io, *store));
  EXPECT_EQ(proxy.connections(), 2);
  HttpPool::of(io.get_executor()).clear();
}

TEST(HttpClientProxy, WhatCanBeCheckedIsCheckedStill) {
  const ScriptedServer proxy(in_turn({answer(200)}));
  boost::asio::io_context io;
  const auto refused = [&](const std::string& host, Resolver& resolver) {
    const auto store = make_object_store(destination("s3", host, "&addressing_model=path_style"),
                                         through(proxy, &resolver, false))
                           .value();
    const auto outcome = put(io, *store);
    return !outcome && outcome.error().is(Errc::invalid_backup_dest);
  };
  NoResolver none;
  EXPECT_TRUE(refused("http://169.254.169.254", none));
  EXPECT_TRUE(refused("https://127.0.0.1", none));
  EXPECT_TRUE(refused("https://[::ffff:169.254.169.254]", none));
  FixedResolver inside({"100.100.100.200"});
  EXPECT_TRUE(refused("https://metadata.test", inside));
  FixedResolver mixed({"192.0.2.1", "127.0.0.1"});
  EXPECT_TRUE(refused("http://mixed.test", mixed));
  EXPECT_EQ(proxy.seen().size(), 0U);
}

TEST(HttpClientProxy, ItsRefusalsNameItAndNotTheStore) {
  struct Case {
    Scripted answer;
    std::string says;
    std::size_t asked;
  };
  Scripted garbage;
  garbage.bytes = "SSH-2.0-OpenSSH_9.2\r\n";
  Scripted endless;
  endless.bytes = "HTTP/1.1 200 OK\r\n" + std::string(20'000, 'a');
  Scripted more;
  more.bytes = "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n";
  Scripted cut;
  cut.close = true;
  const std::vector<Case> cases = {{answer(407), "wants a user and a password", 1},
                                   {answer(403), "answered 403", 1},
                                   {answer(502), "can't reach bucket.store.test:443", 5},
                                   {answer(301), "answered 301", 1},
                                   {garbage, "speaks no HTTP", 1},
                                   {endless, "answers without end", 1},
                                   {more, "sent more than an answer", 1},
                                   {cut, "the proxy 127.0.0.1", 5}};
  for (const Case& one : cases) {
    const ScriptedServer proxy(in_turn({one.answer}));
    boost::asio::io_context io;
    NoResolver resolver;
    const auto store =
        make_object_store(destination("s3", "https://store.test"), through(proxy, &resolver)).value();
    const auto outcome = put(io, *store, within(30s));
    ASSERT_FALSE(outcome);
    EXPECT_TRUE(outcome.error().is(Errc::backup_dest_not_connect));
    const std::string hint = outcome.error().hint();
    EXPECT_NE(hint.find(one.says), std::string::npos) << hint;
    EXPECT_NE(hint.find("backup_dest_proxy"), std::string::npos) << hint;
    EXPECT_EQ(hint.find("host="), std::string::npos) << hint;
    EXPECT_EQ(proxy.seen().size(), one.asked) << one.says;
    for (const SeenRequest& request : proxy.seen()) {
      EXPECT_EQ(request.method, "CONNECT");
      EXPECT_EQ(request.target, "bucket.store.test:443");
      EXPECT_FALSE(request.headers.contains("authorization"));
    }
  }
}

TEST(HttpClientProxy, ItsUserIsSentToItAlone) {
  const std::string file = testing::TempDir() + "proxy-password";
  {
    std::ofstream(file) << "user:word\n";
    ASSERT_EQ(chmod(file.c_str(), 0600), 0);
  }
  const ScriptedServer proxy(in_turn({answer(407), answer(200)}));
  boost::asio::io_context io;
  NoResolver resolver;
  ObjectClientOptions chosen = through(proxy, &resolver);
  chosen.rules.proxy_auth_file = file;
  const auto store = make_object_store(destination("s3", "http://store.test"), chosen).value();
  const auto refused = put(io, *store);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().hint().find("doesn't accept the user"), std::string::npos)
      << refused.error().hint();
  EXPECT_EQ(refused.error().hint().find("word\""), std::string::npos);
  ASSERT_TRUE(put(io, *store));
  EXPECT_EQ(proxy.seen().at(1).headers.at("proxy-authorization"), "Basic dXNlcjp3b3Jk");
  // Without a proxy, to the same server as a store.
  const auto direct = store_on(proxy);
  ASSERT_TRUE(put(io, *direct));
  EXPECT_FALSE(proxy.seen().at(2).headers.contains("proxy-authorization"));
  HttpPool::of(io.get_executor()).clear();
  std::remove(file.c_str());
}

TEST(HttpClientProxy, AProxyThatIsNotThereIsNamed) {
  std::uint16_t port = 0;
  {
    const ScriptedServer gone(in_turn({answer(200)}));
    port = gone.port();
  }
  boost::asio::io_context io;
  NoResolver resolver;
  ObjectClientOptions chosen = options(&resolver);
  chosen.rules.proxy = "http://127.0.0.1:" + std::to_string(port);
  const auto store = make_object_store(destination("s3", "https://store.test"), chosen).value();
  const auto outcome = put(io, *store);
  ASSERT_FALSE(outcome);
  EXPECT_TRUE(outcome.error().is(Errc::backup_dest_not_connect));
  EXPECT_NE(outcome.error().hint().find("the proxy 127.0.0.1:" + std::to_string(port)), std::string::npos)
      << outcome.error().hint();
  EXPECT_EQ(outcome.error().hint().find("Check host="), std::string::npos);
}

TEST(HttpClientProxy, AProxyThatStallsEndsByTheDeadlineAndByCancellation) {
  const ScriptedServer proxy([](const SeenRequest&) {
    Scripted late = answer(200);
    late.delay = 3s;
    return late;
  });
  boost::asio::io_context io;
  NoResolver resolver;
  const auto store =
      make_object_store(destination("s3", "https://store.test"), through(proxy, &resolver)).value();
  const auto begun = steady_clock::now();
  const auto late = put(io, *store, within(200ms));
  ASSERT_FALSE(late);
  EXPECT_NE(late.error().hint().find("the proxy"), std::string::npos) << late.error().hint();
  Cancellation cancellation;
  boost::asio::steady_timer timer(io, 100ms);
  timer.async_wait([&](boost::system::error_code) { cancellation.cancel(error::query_interrupted()); });
  const auto killed = put(io, *store, within(10s, &cancellation));
  ASSERT_FALSE(killed);
  EXPECT_TRUE(killed.error().is(Errc::query_interrupted));
  EXPECT_LT(steady_clock::now() - begun, 3s);
}

}  // namespace
}  // namespace breakwater::storage
