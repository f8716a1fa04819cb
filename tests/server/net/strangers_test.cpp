#include "server/net/strangers.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "server/net/stranger_log.h"

namespace breakwater::server {
namespace {

using namespace std::chrono_literals;

Peer from(std::string address) {
  return peer_at(std::move(address), 0);
}
Peer loopback() {
  Peer peer = peer_at("127.0.0.1", 0);
  peer.local = true;
  return peer;
}
Peer by_socket() {
  return {.address = "localhost", .unix_socket = true, .local = true};
}

class StrangersTest : public ::testing::Test {
 protected:
  /// The connection's number, or 0 where it isn't let in.
  std::uint32_t enter(const Peer& peer, bool silent = true, bool proxy = false) {
    auto place = strangers_.enter(peer, proxy, most_);
    if (!place) return 0;
    const std::uint32_t number = ++last_;
    place->begin(number);
    place->set_silent(silent);
    places_.emplace(number, *std::move(place));
    return number;
  }
  std::vector<std::uint32_t> taken_closed() { return std::exchange(closed_, {}); }

  std::uint32_t most_ = 10;
  std::uint32_t last_ = 0;
  std::vector<std::uint32_t> closed_;
  Strangers strangers_{[this](std::uint32_t connection) { closed_.push_back(connection); }};
  std::map<std::uint32_t, Strangers::Place> places_;
};

using Closed = std::vector<std::uint32_t>;

TEST_F(StrangersTest, AnAddressHasHalfAndItsOldestSilentOneGoes) {
  for (int i = 0; i < 5; ++i) ASSERT_NE(enter(from("192.0.2.1")), 0U);
  EXPECT_EQ(taken_closed(), Closed{});
  places_.at(1).set_silent(false);
  EXPECT_NE(enter(from("192.0.2.1")), 0U);
  EXPECT_EQ(taken_closed(), Closed{2}) << "the first is worked for";
  EXPECT_EQ(strangers_.count(), 5U);
  EXPECT_NE(enter(from("192.0.2.2")), 0U);
  EXPECT_EQ(taken_closed(), Closed{}) << "others have room";
  EXPECT_FALSE(places_.at(2).leave()) << "it is told that its place was taken";
  EXPECT_TRUE(places_.at(1).leave());
  EXPECT_EQ(strangers_.count(), 5U);
  EXPECT_EQ(strangers_.evicted(), 1U);
}

TEST_F(StrangersTest, ASlash64IsOneAddress) {
  for (int i = 0; i < 6; ++i) enter(from("2001:db8::" + std::to_string(i + 1)));
  EXPECT_EQ(taken_closed(), Closed{1});
  enter(from("2001:db8:0:1::1"));
  enter(from("::ffff:192.0.2.1"));
  EXPECT_EQ(taken_closed(), Closed{});
}

TEST_F(StrangersTest, WhoHoldsTheMostMakesRoomForAll) {
  for (int i = 0; i < 5; ++i) enter(from("192.0.2.1"));
  for (int i = 0; i < 4; ++i) enter(from("192.0.2.2"));
  const std::uint32_t single = enter(from("192.0.2.3"));
  for (std::uint8_t i = 0; i < 20; ++i) {
    ASSERT_NE(enter(from("198.51.100." + std::to_string(i))), 0U) << int{i};
    EXPECT_EQ(taken_closed().size(), 1U);
    EXPECT_EQ(strangers_.count(), 10U);
  }
  EXPECT_EQ(single, 10U);
  EXPECT_EQ(strangers_.evicted(), 20U);
}

TEST_F(StrangersTest, ALoneOneOutstaysWhomeverHoldsMore) {
  const std::uint32_t lone = enter(from("192.0.2.3"));
  for (int i = 0; i < 200; ++i) enter(from("192.0.2." + std::to_string(10 + i % 4)));
  const Closed closed = taken_closed();
  EXPECT_EQ(closed.size(), 191U);
  EXPECT_EQ(std::ranges::count(closed, lone), 0);
}

TEST_F(StrangersTest, OfThoseThatHoldOneEachTheOldestGoes) {
  std::vector<std::uint32_t> numbers;
  for (const char* network :
       {"2a00:", "2001:", "2600:", "fd00:", "2400:", "2b00:", "2002:", "2c00:", "2d00:", "2e00:"})
    numbers.push_back(enter(from(network + std::string(":1"))));
  for (const std::uint32_t oldest : numbers) {
    EXPECT_NE(enter(from("2003:" + std::to_string(oldest) + "::1")), 0U);
    EXPECT_EQ(taken_closed(), Closed{oldest});
  }
}

TEST_F(StrangersTest, ThisMachineHasOnePlaceMore) {
  for (int i = 0; i < 10; ++i) {
    ASSERT_NE(enter(from("192.0.2." + std::to_string(i)), false), 0U);
  }
  EXPECT_EQ(enter(from("192.0.2.99")), 0U) << "nobody is silent";
  const std::uint32_t local = enter(loopback(), false);
  EXPECT_NE(local, 0U);
  EXPECT_EQ(enter(by_socket()), 0U) << "one place";
  places_.at(local).leave();
  EXPECT_NE(enter(by_socket()), 0U);
  EXPECT_EQ(taken_closed(), Closed{});
}

TEST_F(StrangersTest, AFullLoopbackLeavesRoomForTheSocket) {
  for (int i = 0; i < 30; ++i) enter(loopback(), false);
  EXPECT_EQ(strangers_.count(), 6U) << "half, and one";
  EXPECT_NE(enter(by_socket()), 0U);
}

TEST_F(StrangersTest, AProxysClientsCountForThemselves) {
  for (int i = 0; i < 10; ++i) {
    const std::uint32_t number = enter(from("10.0.0.5"), true, true);
    ASSERT_NE(number, 0U) << "a proxy has no share";
    if (i < 4) {
      ASSERT_TRUE(places_.at(number).move_to(from("192.0.2.1"), most_));
    }
  }
  EXPECT_EQ(taken_closed(), Closed{});
  ASSERT_TRUE(places_.at(5).move_to(from("192.0.2.1"), most_));
  EXPECT_EQ(taken_closed(), Closed{});
  ASSERT_TRUE(places_.at(6).move_to(from("192.0.2.1"), most_));
  EXPECT_EQ(taken_closed(), Closed{1});
  EXPECT_FALSE(places_.at(1).move_to(from("192.0.2.1"), most_)) << "it has no place any more";
  for (std::uint32_t i = 2; i <= 6; ++i) places_.at(i).set_silent(false);
  EXPECT_FALSE(places_.at(7).move_to(from("192.0.2.1"), most_));
  EXPECT_EQ(enter(from("127.0.0.1"), true, true) != 0, true);
  EXPECT_EQ(strangers_.count(), 9U);
}

TEST_F(StrangersTest, OnesNotBegunYetAreLeftAlone) {
  most_ = 2;
  auto first = strangers_.enter(from("192.0.2.1"), false, most_);
  auto second = strangers_.enter(from("192.0.2.2"), false, most_);
  ASSERT_TRUE(first && second);
  EXPECT_FALSE(strangers_.enter(from("192.0.2.1"), false, most_));
  EXPECT_FALSE(strangers_.enter(from("192.0.2.3"), false, most_));
  first.reset();
  EXPECT_TRUE(strangers_.enter(from("192.0.2.1"), false, most_));
}

TEST_F(StrangersTest, OnePlaceIsEnoughForOneAtATime) {
  most_ = 1;
  EXPECT_NE(enter(from("192.0.2.1")), 0U);
  EXPECT_NE(enter(from("192.0.2.2")), 0U);
  EXPECT_EQ(taken_closed(), Closed{1});
}

// ---- what is logged of them ----

class Lines final : public Log {
 public:
  void write(LogLevel /*level*/, std::uint64_t /*connection*/, std::string_view text) override {
    all.emplace_back(text);
  }
  std::vector<std::string> all;
};

class StrangerLogTest : public ::testing::Test {
 protected:
  void refuse(const std::string& address, std::chrono::milliseconds at,
              const Error& why = error::too_many_connections()) {
    log_.refusal("login refused", "u", from(address), why, 0, kStart + at);
  }
  std::vector<std::string> taken() { return std::exchange(lines_.all, {}); }

  const StrangerLog::Time kStart{std::chrono::hours(1)};
  Lines lines_;
  StrangerLog log_{lines_};
};

using Texts = std::vector<std::string>;

TEST_F(StrangerLogTest, OneLineASecondForAnAddressAndKind) {
  for (int i = 0; i < 1000; ++i) refuse("192.0.2.1", 1ms * (i / 2));
  refuse("192.0.2.1", 500ms, error::server_shutdown());
  EXPECT_EQ(taken(), (Texts{"login refused for 'u' from 192.0.2.1: Too many connections",
                            "login refused for 'u' from 192.0.2.1: " + error::server_shutdown().text()}));
  refuse("192.0.2.1", 1000ms);
  EXPECT_EQ(taken(), Texts{"login refused from 192.0.2.1: 999 more since the last line, error 1040"});
  log_.flush(kStart + 1900ms);
  EXPECT_EQ(taken(), Texts{}) << "that line was this second's";
  log_.flush(kStart + 2000ms);
  EXPECT_EQ(taken(), Texts{"login refused from 192.0.2.1: 1 more since the last line, error 1040"});
  log_.flush(kStart + 9s);
  EXPECT_EQ(taken(), Texts{});
  refuse("192.0.2.1", 9s);
  EXPECT_EQ(taken().size(), 1U);
}

TEST_F(StrangerLogTest, ASlash64IsOneAddress) {
  refuse("2001:db8::1", 0ms);
  refuse("2001:db8::2", 1ms);
  refuse("2001:db8:0:1::1", 2ms);
  EXPECT_EQ(taken().size(), 2U);
}

TEST_F(StrangerLogTest, ManyAddressesShareALine) {
  for (int second = 0; second < 3; ++second) {
    for (int i = 0; i < 5'000; ++i) {
      refuse("10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250), 1s * second);
    }
    const Texts lines = taken();
    EXPECT_LE(lines.size(), StrangerLog::kMaxKinds + 1) << second;
    EXPECT_GE(lines.size(), StrangerLog::kMaxKinds) << second;
  }
}

TEST_F(StrangerLogTest, NothingIsLeftUntold) {
  {
    StrangerLog log(lines_);
    for (int i = 0; i < 7; ++i)
      log.refusal("login refused", "", from("192.0.2.1"), error::too_many_connections(), 0, kStart);
  }
  EXPECT_EQ(taken().back(), "login refused from 192.0.2.1: 6 more since the last line, error 1040");
}

}  // namespace
}  // namespace breakwater::server
