#include "server/protocol/response.h"

#include <array>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "server/protocol/packet_reader.h"
#include "server/protocol/wire.h"

namespace breakwater::protocol {
namespace {

using namespace std::string_view_literals;

constexpr Capabilities kClassic = capability::kProtocol41;
constexpr Capabilities kModern = capability::kProtocol41 | capability::kDeprecateEof;

/// What was written, packet by packet; the sequence must count up from `first`.
std::vector<std::string> packets(const Output& out, std::uint8_t first = 1) {
  std::vector<std::string> all;
  for (std::string_view left = out.view(); !left.empty(); ++first) {
    ByteReader in(as_bytes(left));
    const auto length = static_cast<std::size_t>(*in.get_le(3));
    EXPECT_EQ(*in.get_le(1), first);
    all.emplace_back(left.substr(kHeaderSize, length));
    left.remove_prefix(kHeaderSize + length);
  }
  return all;
}

struct Writing {
  explicit Writing(Capabilities capabilities) { writer.start(capabilities, 1); }
  Output out;
  ResponseWriter writer{out};
};

TEST(Response, Ok) {
  Writing w(kClassic);
  w.writer.ok({.affected_rows = 300, .status = 0x0002, .warnings = 3, .info = "hi"});
  EXPECT_EQ(packets(w.out), std::vector{std::string("\0\xFC\x2C\x01\0\x02\0\x03\0\x02hi"sv)});
}

TEST(Response, ErrorsOfOracleModeHaveTheirOwnNumbers) {
  Writing w(kClassic);
  w.writer.error(942, "42S02", "ORA-00942: table or view does not exist");
  EXPECT_EQ(packets(w.out),
            (std::vector{std::string("\xFF\xAE\x03#42S02ORA-00942: table or view does not exist"sv)}));
}

TEST(Response, OkTellsChangesToThoseWhoAsked) {
  const std::array variables{std::pair{"autocommit"sv, "ON"sv}};
  const Ok ok{.changes = {.schema = "oceanbase", .variables = variables}};
  Writing asked(kClassic | capability::kSessionTrack);
  asked.writer.ok(ok);
  EXPECT_EQ(packets(asked.out), std::vector{std::string("\0\0\0\x02\x40\0\0\0\x1c"
                                                        "\0\x0e\x0a"
                                                        "autocommit\x02"
                                                        "ON"
                                                        "\x01\x0a\x09oceanbase"sv)});
  Writing silent(kClassic);
  silent.writer.ok(ok);
  EXPECT_EQ(packets(silent.out), std::vector{std::string("\0\0\0\x02\0\0\0"sv)});
}

TEST(Response, Error) {
  Writing w(kClassic);
  w.writer.error(error::unknown_command());
  EXPECT_EQ(packets(w.out), std::vector{std::string("\xFF\x17\x04#08S01Unknown command"sv)});
  Writing early(0);
  early.writer.error(error::too_many_connections());
  EXPECT_EQ(packets(early.out), std::vector{std::string("\xFF\x10\x04Too many connections"sv)})
      << "before the client's flags are known there is no SQLSTATE";
}

TEST(Response, ResultSetWithAndWithoutEof) {
  const std::array columns{ColumnDefinition{.schema = "s",
                                            .table = "t",
                                            .org_table = "o",
                                            .name = "n",
                                            .org_name = "m",
                                            .charset = 45,
                                            .length = 1024,
                                            .type = ColumnType::var_string,
                                            .flags = 1,
                                            .decimals = 31}};
  const std::string definition(
      "\x03"
      "def\x01s\x01t\x01o\x01n\x01m\x0c\x2d\0\0\x04\0\0\xFD\x01\0\x1f\0\0"sv);
  const auto write = [&](ResponseWriter& writer) {
    writer.begin_result(columns, 2);
    writer.begin_row();
    writer.value("v");
    writer.null();
    writer.end_row();
    writer.end_result(2, 5);
  };
  Writing classic(kClassic);
  write(classic.writer);
  EXPECT_EQ(packets(classic.out), (std::vector<std::string>{"\x01", definition, std::string("\xFE\0\0\2\0"sv),
                                                            "\x01v\xFB", std::string("\xFE\5\0\2\0"sv)}));
  Writing modern(kModern);
  write(modern.writer);
  EXPECT_EQ(packets(modern.out),
            (std::vector<std::string>{"\x01", definition, "\x01v\xFB", std::string("\xFE\0\0\2\0\5\0"sv)}));
}

TEST(Response, AnErrorDropsTheUnfinishedRow) {
  Writing w(kModern);
  w.writer.begin_row();
  w.writer.value("half");
  w.writer.error(error::query_interrupted());
  EXPECT_EQ(packets(w.out).size(), 1U);
}

TEST(Response, GoesBackToAMark) {
  Writing w(kModern);
  w.writer.ok({});
  const auto mark = w.writer.mark();
  w.writer.begin_result({}, 2);
  w.writer.begin_row();
  w.writer.rewind(mark);
  w.writer.ok({});
  EXPECT_EQ(packets(w.out).size(), 2U);
}

TEST(Response, FieldListHasDefaultsAndAnEof) {
  const std::array columns{ColumnDefinition{.name = "c"}};
  Writing w(kClassic);
  w.writer.field_list(columns, 2);
  const auto all = packets(w.out);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].back(), '\xFB');
  EXPECT_EQ(all[1], std::string("\xFE\0\0\2\0"sv));
}

TEST(Response, SplitsRowsLongerThanAFrame) {
  // The value's length takes nine bytes, or four below 16 MiB.
  for (const std::size_t size :
       {kMaxFrame - 5, kMaxFrame - 4, kMaxFrame - 3, kMaxFrame + 1, 2 * kMaxFrame + 3}) {
    Writing w(kModern);
    const std::string value(size, 'v');
    w.writer.begin_row();
    w.writer.value(value);
    w.writer.end_row();
    w.writer.ok({});

    PacketReader reader(std::size_t{64} << 20U);
    reader.expect_sequence(1);
    for (std::string_view left = w.out.view(); !left.empty();) {
      const auto space = reader.space();
      const std::size_t count = std::min(space.size(), left.size());
      std::memcpy(space.data(), left.data(), count);
      reader.received(count);
      left.remove_prefix(count);
    }
    const auto row = reader.next();
    ASSERT_TRUE(row && *row) << size;
    ByteReader in((*row)->payload);
    StringLenenc read;
    ASSERT_TRUE(deserialize(in, read));
    EXPECT_TRUE(read.value == value) << size;
    reader.expect_sequence(static_cast<std::uint8_t>((*row)->sequence + 1));
    EXPECT_TRUE(reader.next()->has_value()) << "the sequence goes on behind the frames";
  }
}

TEST(Output, KeepsItsBytesHoweverLargeItGrows) {
  ServerMemory server;
  StatementMemory memory(server);
  Output out(memory);
  for (int round = 0; round < 2; ++round) {
    std::string expected;
    for (char c = 'a'; expected.size() < 3 * Block::kMapped; c = c == 'z' ? 'a' : static_cast<char>(c + 1)) {
      const std::string piece(100'003, c);
      ASSERT_TRUE(out.reserve(piece.size()));
      out.append(piece);
      expected += piece;
    }
    EXPECT_TRUE(out.view() == expected);
    EXPECT_GE(memory.used(), out.capacity());
    out.clear();
    out.shrink(0);
    EXPECT_EQ(out.capacity(), 0U);
    EXPECT_EQ(memory.used(), 0U);
  }
}

}  // namespace
}  // namespace breakwater::protocol
