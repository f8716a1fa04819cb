#include "server/protocol/binary.h"

#include <array>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "server/protocol/command.h"
#include "server/protocol/response.h"

namespace breakwater::protocol {
namespace {

using namespace std::string_view_literals;
using Is = ParameterValue::Is;

std::string written(std::size_t columns, const std::function<void(BinaryRow&)>& fill) {
  Output out;
  BinaryRow row(out, columns);
  fill(row);
  return std::string(out.view());
}

// The layout of protocol 4.1's "Binary Protocol Value" page, field by field.
TEST(BinaryRow, EveryColumnType) {
  EXPECT_EQ(written(2,
                    [](BinaryRow& row) {
                      row.int64(static_cast<std::uint64_t>(-2));
                      row.text("abc");
                    }),
            "\0\0\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x03"
            "abc"sv);
  EXPECT_EQ(written(1, [](BinaryRow& row) { row.float64(10.2); }), "\0\0\x66\x66\x66\x66\x66\x66\x24\x40"sv);
  const Moment day{.year = 2010, .month = 10, .day = 17};
  Moment second = day;
  second.hour = 19;
  second.minute = 27;
  second.second = 30;
  Moment micro = second;
  micro.microsecond = 1;
  EXPECT_EQ(written(1, [&](BinaryRow& row) { row.date(day); }), "\0\0\x04\xda\x07\x0a\x11"sv);
  EXPECT_EQ(written(1, [&](BinaryRow& row) { row.datetime(day); }), "\0\0\x04\xda\x07\x0a\x11"sv);
  EXPECT_EQ(written(1, [&](BinaryRow& row) { row.datetime(second); }),
            "\0\0\x07\xda\x07\x0a\x11\x13\x1b\x1e"sv);
  EXPECT_EQ(written(1, [&](BinaryRow& row) { row.datetime(micro); }),
            "\0\0\x0b\xda\x07\x0a\x11\x13\x1b\x1e\x01\0\0\0"sv);
  const TimeSpan span{
      .negative = true, .days = 120, .hour = 19, .minute = 27, .second = 30, .microsecond = 1};
  EXPECT_EQ(written(1, [&](BinaryRow& row) { row.time(span); }),
            "\0\0\x0c\x01\x78\0\0\0\x13\x1b\x1e\x01\0\0\0"sv);
  EXPECT_EQ(written(1, [](BinaryRow& row) { row.time({.second = 5}); }), "\0\0\x08\0\0\0\0\0\0\0\x05"sv);
  EXPECT_EQ(written(1, [](BinaryRow& row) { row.time({}); }), "\0\0\0"sv);
}

TEST(BinaryRow, NullsStandInABitmapFromItsThirdBit) {
  EXPECT_EQ(written(8,
                    [](BinaryRow& row) {
                      row.null();
                      for (int i = 1; i < 6; ++i) row.text("");
                      row.null();
                      row.null();
                    }),
            "\0\x04\x03\0\0\0\0\0"sv);
}

struct Reading {
  std::vector<ParameterType> types;
  std::vector<ParameterValue> values;
  Result<> read(std::string_view body, std::size_t count, std::span<const SentAhead> ahead = {}) {
    return read_parameters(as_bytes(body), count, ahead, types, values);
  }
};

TEST(Parameters, IntegersOfEveryWidthAndSign) {
  Reading r;
  ASSERT_TRUE(r.read(
      "\0\x01\x01\0\x01\x80\x02\0\x0d\x80\x03\0\x08\0\x08\x80\x09\0\xFF\xFF\xFE\xFF\xD0\x07\xFD\xFF\xFF\xFF"
      "\xFC\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x05\0\0\0"sv,
      8));
  const auto is = [&](std::size_t i, Is kind, std::int64_t value) {
    return r.values[i].is == kind && static_cast<std::int64_t>(r.values[i].integer) == value;
  };
  EXPECT_TRUE(is(0, Is::int64, -1));
  EXPECT_TRUE(is(1, Is::uint64, 255));
  EXPECT_TRUE(is(2, Is::int64, -2));
  EXPECT_TRUE(is(3, Is::uint64, 2000)) << "YEAR";
  EXPECT_TRUE(is(4, Is::int64, -3));
  EXPECT_TRUE(is(5, Is::int64, -4));
  EXPECT_TRUE(is(6, Is::uint64, -1)) << "all 64 bits";
  EXPECT_TRUE(is(7, Is::int64, 5)) << "INT24 has four bytes";
}

TEST(Parameters, NumbersTextsAndTimes) {
  Reading r;
  ASSERT_TRUE(
      r.read("\0\0\x01\x04\0\x05\0\xF6\0\xFD\0\xFC\0\x0A\0\x0C\0\x07\0\x0B\0"
             "\0\0\xC0\x3F\0\0\0\0\0\0\x04\xC0\x04"
             "-1.5\x02"
             "ab\x01\0\x04\xda\x07\x0a\x11\x0b\xda\x07\x0a\x11\x13\x1b\x1e\x01\0\0\0\0"
             "\x08\x01\x01\0\0\0\x02\x03\x04"sv,
             9));
  EXPECT_EQ(r.values[0].real, 1.5);
  EXPECT_EQ(r.values[1].real, -2.5);
  EXPECT_EQ(r.values[2].is, Is::decimal);
  EXPECT_EQ(r.values[2].text, "-1.5");
  EXPECT_EQ(r.values[3].text, "ab");
  EXPECT_EQ(r.values[4].text, "\0"sv);
  EXPECT_EQ(r.values[5].is, Is::date);
  EXPECT_EQ(r.values[5].moment, (Moment{.year = 2010, .month = 10, .day = 17}));
  EXPECT_EQ(r.values[6].moment.microsecond, 1U);
  EXPECT_EQ(r.values[7].moment, Moment{}) << "a timestamp of no bytes";
  EXPECT_EQ(r.values[8].span, (TimeSpan{.negative = true, .days = 1, .hour = 2, .minute = 3, .second = 4}));
}

TEST(Parameters, TypesStayUntilOthersCome) {
  Reading r;
  EXPECT_EQ(r.read("\0\0\x05\0\0\0"sv, 1).error().mysql_errno(), 1210) << "no types yet";
  ASSERT_TRUE(r.read("\0\x01\x03\0\x05\0\0\0"sv, 1));
  ASSERT_TRUE(r.read("\0\0\x06\0\0\0"sv, 1));
  EXPECT_EQ(r.values[0].integer, 6U);
  ASSERT_TRUE(r.read("\0\x01\xFE\0\x01x"sv, 1));
  EXPECT_EQ(r.values[0].text, "x");
}

TEST(Parameters, NullsAndWhatWasSentAheadHaveNoBytes) {
  Reading r;
  const std::array ahead{SentAhead{1, "a long text"}};
  ASSERT_TRUE(r.read("\x05\x01\x03\0\xFC\0\xFD\0\x06\0"sv, 4, ahead));
  EXPECT_EQ(r.values[0].is, Is::null);
  EXPECT_EQ(r.values[1].text, "a long text");
  EXPECT_EQ(r.values[2].is, Is::null);
  EXPECT_EQ(r.values[3].is, Is::null) << "by its type";
}

TEST(Parameters, EveryPrefixIsRefused) {
  const auto body =
      "\0\x01\x08\0\xFD\0\x0C\0\x0B\0\x01\0\0\0\0\0\0\0\x02"
      "ab\x0b\xda\x07\x0a\x11\x13\x1b\x1e\x01\0\0\0\x0c\x01\x78\0\0\0\x13\x1b\x1e\x01\0\0\0"sv;
  for (std::size_t size = 0; size < body.size(); ++size) {
    Reading r;
    const auto read = r.read(body.substr(0, size), 4);
    ASSERT_FALSE(read) << size;
    EXPECT_EQ(read.error().text(), "Incorrect arguments to mysqld_stmt_execute");
  }
  EXPECT_TRUE(Reading().read(body, 4));
  EXPECT_FALSE(Reading().read("\0\x01\x0E\0\x01\0"sv, 1)) << "no client sends MYSQL_TYPE_NEWDATE";
  EXPECT_FALSE(Reading().read("\0\x01\xFD\0\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFFx"sv, 1))
      << "a length of 2^64-1";
  EXPECT_FALSE(Reading().read("\0\x01\x0C\0\x05\0\0\0\0\0"sv, 1)) << "a date of five bytes";
}

TEST(StatementCommands, AreRead) {
  const auto parsed = [](std::string_view bytes) { return *parse_command(as_bytes(bytes)); };
  EXPECT_EQ(std::get<StmtPrepare>(parsed("\x16SELECT ?\0"sv)).sql, "SELECT ?");
  const auto execute = std::get<StmtExecute>(parsed("\x17\x05\0\0\0\x01\x01\0\0\0rest"sv));
  EXPECT_EQ(execute.id, 5U);
  EXPECT_TRUE(execute.cursor);
  EXPECT_EQ(as_text(execute.parameters), "rest");
  EXPECT_FALSE(std::get<StmtExecute>(parsed("\x17\x05\0\0\0\0\x01\0\0\0"sv)).cursor);
  const auto data = std::get<StmtSendLongData>(parsed("\x18\x05\0\0\0\x02\x01xyz"sv));
  EXPECT_EQ(data.parameter, 258);
  EXPECT_EQ(data.data, "xyz");
  EXPECT_EQ(std::get<StmtClose>(parsed("\x19\x05\0\0\0"sv)).id, 5U);
  EXPECT_EQ(std::get<StmtReset>(parsed("\x1a\x05\0\0\0"sv)).id, 5U);
  const auto fetch = std::get<StmtFetch>(parsed("\x1c\x05\0\0\0\x0a\0\0\0"sv));
  EXPECT_EQ(fetch.rows, 10U);
  EXPECT_TRUE(std::holds_alternative<ProcessInfo>(parsed("\x0a"sv)));
}

TEST(StatementCommands, CutShortAreMalformed) {
  for (const auto whole : {"\x17\x05\0\0\0\x01\x01\0\0\0"sv, "\x18\x05\0\0\0\x02\x01"sv, "\x19\x05\0\0\0"sv,
                           "\x1a\x05\0\0\0"sv, "\x1c\x05\0\0\0\x0a\0\0\0"sv}) {
    for (std::size_t size = 1; size < whole.size(); ++size)
      EXPECT_EQ(parse_command(as_bytes(whole.substr(0, size))).error().mysql_errno(), 1835);
    EXPECT_TRUE(parse_command(as_bytes(whole)));
  }
}

/// The answer to COM_STMT_PREPARE: its first packet, and how many come.
std::pair<std::string, std::size_t> prepared(Capabilities capabilities, std::size_t parameters,
                                             std::size_t columns) {
  Output out;
  ResponseWriter writer(out);
  writer.start(capabilities, 1);
  writer.prepared(7, parameters, std::vector<ColumnDefinition>(columns), status::kAutocommit, 2);
  std::string_view left = out.view();
  std::string first;
  std::size_t count = 0;
  for (; !left.empty(); ++count) {
    const std::size_t size = kHeaderSize + static_cast<unsigned char>(left[0]);
    if (count == 0) first = left.substr(kHeaderSize, size - kHeaderSize);
    left.remove_prefix(size);
  }
  return {first, count};
}

TEST(StatementCommands, PrepareIsAnsweredWithDefinitions) {
  EXPECT_EQ(prepared(capability::kProtocol41, 2, 3),
            std::pair(std::string("\0\x07\0\0\0\x03\0\x02\0\0\x02\0"sv), std::size_t{1 + 2 + 1 + 3 + 1}));
  EXPECT_EQ(prepared(capability::kProtocol41 | capability::kDeprecateEof, 2, 3).second, 1U + 2 + 3);
  EXPECT_EQ(prepared(capability::kProtocol41, 0, 0).second, 1U);
}

}  // namespace
}  // namespace breakwater::protocol
