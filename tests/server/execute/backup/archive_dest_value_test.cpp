// LOG_ARCHIVE_DEST's value, and times with their units.
#include "server/execute/backup/archive_dest_value.h"

#include <gtest/gtest.h>

#include "server/execute/parameters/config_time.h"

namespace breakwater::server::execute {
namespace {

using std::chrono::microseconds;

TEST(ConfigTime, UnitsAndBounds) {
  EXPECT_EQ(parse_config_time("7"), std::chrono::seconds(7));
  EXPECT_EQ(parse_config_time("0us"), microseconds(0));
  EXPECT_EQ(parse_config_time("5ms"), std::chrono::milliseconds(5));
  EXPECT_EQ(parse_config_time("2M"), std::chrono::minutes(2));
  EXPECT_EQ(parse_config_time("36h"), std::chrono::hours(36));
  EXPECT_EQ(parse_config_time("7D"), std::chrono::days(7));
  for (const char* wrong : {"", "d", "-1d", "1.5d", "1 d", " 1d", "1w", "9223372036854775807d", "1dd"})
    EXPECT_FALSE(parse_config_time(wrong)) << wrong;
}

Result<ArchiveDestValue> parse(std::string_view text) {
  return parse_archive_dest(Secret(text), {});
}

Errc code_of(std::string_view text) {
  const auto parsed = parse(text);
  EXPECT_FALSE(parsed.has_value()) << text;
  return parsed ? Errc::empty_query : parsed.error().code();
}

TEST(ArchiveDest, AttributesAndDefaults) {
  const auto plain = parse("LOCATION=file:///a");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->destination->path, "file:///a");
  EXPECT_EQ(plain->binding, "OPTIONAL");
  EXPECT_EQ(plain->piece_switch_interval, "1d");
  const auto all =
      parse("  binding=Mandatory   Piece_Switch_Interval=167h location=file:///a=b/ BINDING=mandatory ");
  ASSERT_TRUE(all);
  EXPECT_EQ(all->destination->path, "file:///a=b");
  EXPECT_EQ(all->binding, "MANDATORY");
  EXPECT_EQ(all->piece_switch_interval, "6d");
  EXPECT_FALSE(parse("")->destination);
  EXPECT_FALSE(parse("BINDING=Optional")->destination);
  EXPECT_EQ(parse("LOCATION=file:///a LOCATION=file:///b")->destination->path, "file:///b");
}

TEST(ArchiveDest, BlanksAroundOptionsBelongToTheUri) {
  const auto parsed =
      parse("LOCATION=oss://b/p ? host=h.example.com &\n\taccess_id=i\r\n& access_key=k=k BINDING=Mandatory");
  ASSERT_TRUE(parsed) << parsed.error().hint();
  EXPECT_EQ(parsed->uri.reveal(), "oss://b/p?host=h.example.com&access_id=i&access_key=k=k");
  EXPECT_EQ(parsed->destination->access_key.reveal(), "k=k");
  EXPECT_EQ(parsed->binding, "MANDATORY");
  ASSERT_EQ(parsed->notes.size(), 1U);
  EXPECT_EQ(parsed->notes[0], "blanks around '?' and '&' in the backup destination were dropped");
}

TEST(ArchiveDest, AnAttributeBehindAnAmpersandIsOne) {
  const auto parsed =
      parse("LOCATION=oss://b/p?host=h.example.com&access_id=i&access_key=k& binding=Mandatory");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->binding, "MANDATORY");
  EXPECT_TRUE(parsed->notes.empty());
}

TEST(ArchiveDest, AFileKeepsItsAmpersands) {
  const auto parsed = parse("LOCATION=file:///a& BINDING=Mandatory");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->destination->path, "file:///a&");
  EXPECT_EQ(parsed->binding, "MANDATORY");
}

TEST(ArchiveDest, OtherSeparatorsThanBlanksAreRefused) {
  for (const char* wrong :
       {"LOCATION=file:///d/x, BINDING=Optional", "LOCATION=file:///d/x,BINDING=Optional",
        "LOCATION=file:///d/x; binding=Optional", "LOCATION=file:///d/x ;BINDING=Optional",
        "LOCATION=file:///d/x ,  Piece_Switch_Interval=1d", "BINDING=Optional;LOCATION=file:///d/x",
        "LOCATION=oss://b/p?host=h&access_id=i&access_key=k, BINDING=Optional",
        "LOCATION=oss://b/p?host=h&access_id=i&access_key=k;COMPRESSION=enable", ", LOCATION=file:///d/x"}) {
    const auto parsed = parse(wrong);
    ASSERT_FALSE(parsed) << wrong;
    EXPECT_EQ(parsed.error().code(), Errc::invalid_argument) << wrong;
    EXPECT_NE(parsed.error().hint().find("separated by blanks"), std::string::npos) << wrong;
  }
  EXPECT_EQ(parse("LOCATION=file:///d/x,y;z BINDING=Optional")->destination->path, "file:///d/x,y;z");
  EXPECT_EQ(parse("LOCATION=file:///d/x,")->destination->path, "file:///d/x,");
}

TEST(ArchiveDest, ControlCharactersAreRefusedInEveryAttribute) {
  struct Row {
    const char* value;
    const char* part;
  };
  for (const Row& row :
       {Row{"LOCATION=file:///d/x\nBINDING=Optional", "the path"}, Row{"LOCATION=file:///d/x\t", "the path"},
        Row{"LOCATION=file:///x BINDING=Opt\nional", "BINDING"},
        Row{"PIECE_SWITCH_INTERVAL=1d\r", "PIECE_SWITCH_INTERVAL"},
        Row{"COMPRESSION=ena\x7f"
            "ble",
            "COMPRESSION"},
        Row{"FOO=1\n", "an unknown attribute"},
        Row{"LOCATION=s3://b/p?host=h&access_id=A\r\nX: y&access_key=k BINDING=Optional", "access_id"},
        Row{"LOCATION=s3://b/p?host=h&access_id=i&access_key=k\nBINDING=Optional", "access_key"}}) {
    const auto parsed = parse(row.value);
    ASSERT_FALSE(parsed) << row.value;
    EXPECT_EQ(parsed.error().code(), Errc::invalid_backup_dest) << row.value;
    EXPECT_TRUE(parsed.error().hint().starts_with(std::string(row.part) + " holds the control character"))
        << row.value << ": " << parsed.error().hint();
  }
}

TEST(ArchiveDest, TheFirstWrongAttributeDecides) {
  EXPECT_EQ(code_of("="), Errc::internal_error);
  EXPECT_EQ(code_of("LOCATION=file:///a ="), Errc::internal_error);
  EXPECT_EQ(code_of("LOCATION"), Errc::invalid_argument);
  EXPECT_EQ(code_of("LOCATION="), Errc::invalid_argument);
  EXPECT_EQ(code_of("BINDING=maybe LOCATION=x"), Errc::invalid_argument);
  EXPECT_EQ(code_of("LOCATION=x BINDING=maybe"), Errc::invalid_backup_dest);
  EXPECT_EQ(code_of("LOCATION=file:///a\nBINDING=Optional BINDING=x"), Errc::invalid_backup_dest);
  EXPECT_EQ(code_of("LOCATION=file:///a BINDING=x COMPRESSION=\n"), Errc::invalid_argument);
  EXPECT_EQ(code_of("COMPRESSION=zstd"), Errc::not_supported);
  EXPECT_EQ(code_of("LAG_TARGET=1s"), Errc::not_supported);
  EXPECT_EQ(code_of("colour"), Errc::not_supported);
  EXPECT_EQ(code_of("PIECE_SWITCH_INTERVAL=59s"), Errc::invalid_argument);
  EXPECT_EQ(code_of("PIECE_SWITCH_INTERVAL=23h"), Errc::not_supported);
  EXPECT_EQ(parse("PIECE_SWITCH_INTERVAL=8d").error().text(),
            "invalid piece_switch_interval out of range [1d,7d] is not supported");
  EXPECT_EQ(parse("oss://b/p?host=h").error().hint(), "a destination is given as LOCATION=uri");
}

TEST(ArchiveDest, NoErrorTellsTheValue) {
  for (const char* text : {"CANARY=1", "LOCATION=CANARY", "BINDING=CANARY", "PIECE_SWITCH_INTERVAL=CANARY",
                           "COMPRESSION=CANARY", "LOCATION=oss://b/p?CANARY&host=h BINDING=x", "CANARY"}) {
    const auto parsed = parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ((parsed.error().text() + parsed.error().hint()).find("CANARY"), std::string::npos) << text;
  }
}

TEST(ArchiveDest, IsToldFromAUri) {
  EXPECT_TRUE(is_archive_dest(" location=file:///a"));
  EXPECT_TRUE(is_archive_dest("BINDING=Optional LOCATION=file:///a"));
  EXPECT_FALSE(is_archive_dest("file:///LOCATION=a"));
  EXPECT_FALSE(is_archive_dest(""));
}

}  // namespace
}  // namespace breakwater::server::execute
