#include "server/protocol/packet_reader.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "server/test_client.h"

namespace breakwater::protocol {
namespace {

using test::frame;

constexpr std::size_t kLimit = std::size_t{40} << 20U;

void feed(PacketReader& reader, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto space = reader.space();
    const std::size_t count = std::min(space.size(), bytes.size());
    std::memcpy(space.data(), bytes.data(), count);
    reader.received(count);
    bytes.remove_prefix(count);
  }
}

TEST(PacketReader, GivesPacketsOneByOne) {
  PacketReader reader(kLimit);
  feed(reader, frame("first", 0) + frame("", 0) + frame("third", 0));
  EXPECT_EQ(as_text((*reader.next())->payload), "first");
  EXPECT_EQ(as_text((*reader.next())->payload), "");
  EXPECT_EQ(as_text((*reader.next())->payload), "third");
  EXPECT_FALSE(*reader.next());
  EXPECT_FALSE(reader.in_packet());
}

TEST(PacketReader, WaitsForEveryByte) {
  PacketReader reader(kLimit);
  const std::string bytes = frame("abc", 0);
  for (std::size_t i = 0; i + 1 < bytes.size(); ++i) {
    feed(reader, std::string_view(bytes).substr(i, 1));
    ASSERT_FALSE(*reader.next());
    EXPECT_TRUE(reader.in_packet());
  }
  feed(reader, bytes.substr(bytes.size() - 1));
  EXPECT_EQ(as_text((*reader.next())->payload), "abc");
}

TEST(PacketReader, JoinsFrames) {
  for (const std::size_t rest : {std::size_t{0}, std::size_t{1}, std::size_t{100'000}}) {
    PacketReader reader(kLimit);
    const std::string text = std::string(kMaxFrame, 'a') + std::string(rest, 'b');
    feed(reader, frame(text.substr(0, kMaxFrame), 0) + frame(text.substr(kMaxFrame), 1) + frame("next", 0));
    const auto packet = reader.next();
    ASSERT_TRUE(packet && *packet) << rest;
    EXPECT_EQ((*packet)->payload.size(), text.size());
    EXPECT_TRUE(as_text((*packet)->payload) == text);
    EXPECT_EQ((*packet)->sequence, 1);
    EXPECT_EQ(as_text((*reader.next())->payload), "next");
  }
}

TEST(PacketReader, JoinsFramesThatArriveByAndBy) {
  PacketReader reader(kLimit);
  const std::string text(2 * kMaxFrame + 5, 'x');
  const std::string bytes = frame(text.substr(0, kMaxFrame), 0) +
                            frame(text.substr(kMaxFrame, kMaxFrame), 1) +
                            frame(text.substr(2 * kMaxFrame), 2);
  Result<std::optional<PacketReader::Packet>> packet = std::nullopt;
  for (std::size_t at = 0; at < bytes.size(); at += 1'000'003) {
    ASSERT_TRUE(packet && !*packet);
    feed(reader, std::string_view(bytes).substr(at, 1'000'003));
    packet = reader.next();
  }
  ASSERT_TRUE(packet && *packet);
  EXPECT_TRUE(as_text((*packet)->payload) == text);
}

TEST(PacketReader, RefusesBeforeTheBytesCome) {
  PacketReader reader(1000);
  feed(reader, frame(std::string(1000, 'x'), 0));
  EXPECT_TRUE(reader.next()->has_value()) << "the limit itself is allowed";
  feed(reader, std::string_view("\xE9\x03\0\0", 4));
  const auto refused = reader.next();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().mysql_errno(), 1153);
}

TEST(PacketReader, RefusesEndlessFramesAtTheLimit) {
  PacketReader reader(kMaxFrame + 10);
  feed(reader, frame(std::string(kMaxFrame, 'x'), 0) + frame("", 1).substr(0, 0));
  ASSERT_FALSE(*reader.next());
  feed(reader, std::string_view("\xFF\xFF\xFF\x01", 4));
  const auto refused = reader.next();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().mysql_errno(), 1153);
}

TEST(PacketReader, TakesMemoryForWhatCameNotForWhatWasAnnounced) {
  PacketReader reader(kLimit);
  feed(reader, std::string_view("\xFE\xFF\xFF\0x", 5));
  ASSERT_FALSE(*reader.next());
  EXPECT_LE(reader.space().size(), 4096U);
}

TEST(PacketReader, WantsTheRightSequence) {
  PacketReader reader(kLimit);
  reader.expect_sequence(1);
  feed(reader, frame("x", 0));
  const auto refused = reader.next();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().mysql_errno(), 1156);
}

TEST(PacketReader, WipesWhatWasTaken) {
  PacketReader reader(kLimit);
  feed(reader, frame("ENCRYPTED BY 'secret'", 0));
  const char* const where = reinterpret_cast<const char*>((*reader.next())->payload.data());
  EXPECT_FALSE(*reader.next());
  EXPECT_EQ(std::string_view(where, 21), std::string(21, '\0'));
}

TEST(PacketReader, GivesMemoryBackWhenIdle) {
  PacketReader reader(kLimit);
  feed(reader, frame(std::string(1 << 20, 'x'), 0));
  ASSERT_TRUE(reader.next()->has_value());
  reader.release();
  EXPECT_LE(reader.space().size(), 4096U);
}

}  // namespace
}  // namespace breakwater::protocol
