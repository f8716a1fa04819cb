#include "storage/destination/uri.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace breakwater::storage {
namespace {

const std::string kOss = "oss://bucket/backup?host=h.example&access_id=id&access_key=key";

struct Refusal {
  std::string uri;
  int code;
  std::string text;
};

class Refused : public testing::TestWithParam<Refusal> {};

TEST_P(Refused, ByTable26) {
  const auto parsed = parse_destination(GetParam().uri);
  ASSERT_FALSE(parsed) << GetParam().uri;
  EXPECT_EQ(parsed.error().mysql_errno(), GetParam().code) << GetParam().uri;
  EXPECT_EQ(parsed.error().text(), GetParam().text);
  EXPECT_EQ(parsed.error().hint().find("SECRET"), std::string::npos);
}

const std::string kInvalid = "backup destination is not valid";
const std::string kArgument = "Invalid argument";
const std::string kNotWorm =
    "Only OSS and checksum_type=md5 support setting enable_worm, other devices or checksum types are not "
    "supported";
const std::string kS3 = "s3://b/p?host=h&access_id=i&access_key=SECRET";
const std::string kCos = "cos://b/p?host=h&access_id=i&access_key=SECRET&appid=1";
const std::string kOssKeys = "oss://b/p?host=h&access_id=i&access_key=SECRET";

INSTANTIATE_TEST_SUITE_P(
    Rows, Refused,
    testing::Values(
        // 1 to 4: scheme and path
        Refusal{"", 9026, kInvalid}, Refusal{"/data/backup", 9026, kInvalid},
        Refusal{"data/backup", 9026, kInvalid}, Refusal{"nfs://x", 9026, kInvalid},
        Refusal{"http://x", 9026, kInvalid}, Refusal{"obs://b/p?host=h", 9026, kInvalid},
        Refusal{"gs://b/p", 9026, kInvalid}, Refusal{"FILE:///x", 9026, kInvalid},
        Refusal{"OSS://b/p", 9026, kInvalid}, Refusal{"file://", 9026, kInvalid},
        Refusal{"file:///", 9026, kInvalid}, Refusal{"file:////", 9026, kInvalid},
        Refusal{"file:///.", 9026, kInvalid}, Refusal{"\tfile:///a", 9026, kInvalid},
        // 5 to 8: what file:// can't hold
        Refusal{"file://rel/dir", 9026, kInvalid}, Refusal{"file:///a?b", 9026, kInvalid},
        Refusal{"file:///a?", 9026, kInvalid}, Refusal{"file:///a?host=h", 9026, kInvalid},
        Refusal{"file:///a?access_id=i", 9026, kInvalid},
        Refusal{"file:///a?access_key=SECRET", 9026, kInvalid},
        Refusal{"file:///a?role_arn=r", 9026, kInvalid}, Refusal{"file:///a?external_id=e", 9026, kInvalid},
        Refusal{"file:///a?delete_mode=delete", 9026, kInvalid}, Refusal{"file:///a/../b", 9026, kInvalid},
        Refusal{"file:///..", 9026, kInvalid}, Refusal{"file:///a\xFF", 9026, kInvalid},
        Refusal{std::string("file:///a\0b", 11), 9026, kInvalid},
        // 9 to 11: what object stores need
        Refusal{"oss://b/p", 9026, kInvalid}, Refusal{"oss://b/p?", 9026, kInvalid},
        Refusal{"oss://", 9026, kInvalid},
        Refusal{"oss:///p?host=h&access_id=i&access_key=k", 9026, kInvalid},
        Refusal{"oss://b/p?access_id=i&access_key=SECRET", 9026, kInvalid},
        Refusal{"oss://b/p?host=&access_id=i&access_key=SECRET", 9026, kInvalid},
        Refusal{"s3://b/p?host=h&access_key=SECRET", 9026, kInvalid},
        Refusal{"cos://b/p?host=h&access_id=i&appid=1", 9026, kInvalid},
        Refusal{"cos://b/p?host=h&access_id=i&access_key=SECRET", 9026, kInvalid},
        Refusal{"s3://b/p?HOST=h&access_id=i&access_key=SECRET", 9026, kInvalid},
        Refusal{kS3 + "&role_arn=r", 9026, kInvalid}, Refusal{kS3 + "&external_id=e", 9026, kInvalid},
        Refusal{"s3://b/p?host=http://h&access_id=i&access_key=SECRET", 9026, kInvalid},
        Refusal{kOssKeys + "&appid=1", 1210, kArgument}, Refusal{kS3 + "&appid=1", 1210, kArgument},
        // 12 to 17: values
        Refusal{kOssKeys + "&delete_mode=foo", 1210, kArgument},
        Refusal{kOssKeys + "&s3_region=r", 1210, kArgument}, Refusal{kCos + "&s3_region=r", 1210, kArgument},
        Refusal{kS3 + "&s3_region=" + std::string(128, 'r'), 1210, kArgument},
        Refusal{kS3 + "&addressing_model=foo", 1210, kArgument},
        Refusal{kS3 + "&max_iops=x", 1210, kArgument}, Refusal{kS3 + "&max_iops=-1", 1210, kArgument},
        Refusal{kS3 + "&max_iops=", 1210, kArgument}, Refusal{kS3 + "&max_bandwidth=5", 1210, kArgument},
        Refusal{kS3 + "&max_bandwidth=MB", 1210, kArgument},
        Refusal{kS3 + "&checksum_type=foo", 9113,
                "checksum type foo is not supported for the input destination"},
        Refusal{kOssKeys + "&checksum_type=crc32", 9113,
                "checksum type crc32 is not supported for the input destination"},
        Refusal{kCos + "&checksum_type=crc32", 9113,
                "checksum type crc32 is not supported for the input destination"},
        Refusal{kOssKeys + "&enable_worm=maybe", 1210,
                "Incorrect arguments to set eanble_worm. eanble_worm must be true or false"},
        Refusal{kS3 + "&checksum_type=md5&enable_worm=true", 1235, kNotWorm},
        Refusal{kOssKeys + "&enable_worm=true", 1235, kNotWorm},
        Refusal{kOssKeys + "&checksum_type=no_checksum&enable_worm=true", 1235, kNotWorm},
        // 18, 19: lengths, one beyond
        Refusal{"file:///" + std::string(limits::kMaxUri - 7, 'a'), 9026, kInvalid},
        Refusal{"file:///" + std::string(limits::kMaxUriPath - 7, 'a'), 9026, kInvalid},
        Refusal{"oss://b/p?" + std::string(limits::kMaxStorageInfo + 1, 'x'), 9026, kInvalid},
        Refusal{"oss://b/p?host=" + std::string(251, 'h') + "&access_id=i&access_key=SECRET", 1210,
                kArgument},
        Refusal{"oss://b/p?host=h&access_id=" + std::string(246, 'i') + "&access_key=SECRET", 1210,
                kArgument},
        Refusal{"oss://b/p?host=h&access_id=i&access_key=" + std::string(245, 'k'), 1210, kArgument},
        // 20
        Refusal{kS3 + "&encrypt_key=AB", 9026,
                "backup destination contains encrypt_key, which is not a valid uri"},
        Refusal{"file:///encrypt_key=x", 9026,
                "backup destination contains encrypt_key, which is not a valid uri"},
        // an option's error comes before a missing option's
        Refusal{"oss://b/p?delete_mode=foo", 1210, kArgument}));

TEST(Uri, LongestThatAreAccepted) {
  EXPECT_TRUE(parse_destination("file:///" + std::string(limits::kMaxUriPath - 8, 'a')));
  EXPECT_TRUE(parse_destination("oss://b/p?host=" + std::string(250, 'h') + "&access_id=i&access_key=k"));
  EXPECT_TRUE(parse_destination("oss://b/p?host=h&access_id=i&access_key=" + std::string(244, 'k')));
}

TEST(Uri, ExtensionHasALimit) {
  std::string many = kS3;
  const std::string token = "&checksum_type=no_checksum";  // 25 bytes and a '&' in the extension
  for (int i = 0; i < 19; ++i) many += token;
  EXPECT_TRUE(parse_destination(many));
  const auto refused = parse_destination(many + token);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(Errc::invalid_argument));
}

TEST(Uri, FilePath) {
  const auto dest = parse_destination("file:///data//nfs/./backup///").value();
  EXPECT_EQ(dest.path, "file:///data//nfs/./backup");
  EXPECT_EQ(dest.local_path, "/data/nfs/backup");
  EXPECT_EQ(dest.path_string(), "file:///data//nfs/./backup");
  EXPECT_EQ(dest.display_value(""), "file:///data//nfs/./backup");
  EXPECT_EQ(dest.endpoint + dest.extension + dest.authorization("AB"), "");
  EXPECT_EQ(dest.place_key(), parse_destination("file:///data/nfs/backup/").value().place_key());
  EXPECT_NE(dest.place_key(), parse_destination("file:///data/nfs/backup2").value().place_key());
}

TEST(Uri, DocumentExamples) {
  const auto oss = parse_destination(
                       "oss://oceanbase-test-bucket/backup/"
                       "?host=xxx.aliyun-inc.com&access_id=xxx&access_key=xxx&delete_mode=delete")
                       .value();
  EXPECT_EQ(oss.path, "oss://oceanbase-test-bucket/backup");
  EXPECT_EQ(oss.bucket, "oceanbase-test-bucket");
  EXPECT_EQ(oss.object_dir, "backup");
  EXPECT_EQ(oss.endpoint, "host=xxx.aliyun-inc.com");
  EXPECT_EQ(oss.extension, "delete_mode=delete");
  EXPECT_EQ(oss.delete_mode, DeleteMode::remove);
  EXPECT_EQ(oss.path_string(), "oss://oceanbase-test-bucket/backup?host=xxx.aliyun-inc.com");
  EXPECT_TRUE(
      parse_destination("cos://oceanbase-test-appid/backup?host=cos.ap-xxxx.myqcloud.com&access_id=xxx&"
                        "access_key=xxx&appid=xxx"));
  EXPECT_TRUE(
      parse_destination("s3://oceanbase-test-bucket/backup/data?host=s3.<region>.amazonaws.com&access_id=*&"
                        "access_key=*&s3_region=*&delete_mode=delete"));
  EXPECT_TRUE(
      parse_destination("s3://b/backup/data?host=obs.****.myhuaweicloud.com&access_id=****&access_key=****"));
}

TEST(Uri, DisplayIsRebuiltInTheFixedOrderWithoutTheKey) {
  const auto dest = parse_destination(
                        "s3://b/d?checksum_type=md5&access_key=TOPSECRET&max_bandwidth=100MB&"
                        "access_id=me&&delete_mode=tagging&host=h&max_iops=10&zone=z1;z2&")
                        .value();
  EXPECT_EQ(dest.display_value("ABCD"),
            "s3://b/d?host=h&access_id=me&encrypt_key=ABCD&checksum_type=md5&delete_mode=tagging&max_iops=10&"
            "max_bandwidth=100MB&zone=z1;z2");
  EXPECT_EQ(dest.authorization("ABCD"), "access_id=me&encrypt_key=ABCD");
  EXPECT_EQ(dest.extension, "checksum_type=md5&delete_mode=tagging");
  EXPECT_EQ(dest.secret().reveal(), "TOPSECRET");
  EXPECT_EQ(dest.max_iops, 10);
  EXPECT_TRUE(dest.notes.empty());
}

TEST(Uri, Role) {
  const auto dest = parse_destination("s3://b/d?host=h&role_arn=arn:x&external_id=SECRET").value();
  EXPECT_EQ(dest.authorization("AB"), "role_arn=arn:x&encrypt_key=AB");
  EXPECT_EQ(dest.secret().reveal(), "SECRET");
  EXPECT_EQ(parse_destination("s3://b/d?host=h&role_arn=arn:x").value().authorization("AB"),
            "role_arn=arn:x");
}

TEST(Uri, BlanksAroundSeparatorsAreDroppedWithANote) {
  const auto dest = parse_destination("oss://b/p \n? host=h &\n access_id=i &\taccess_key=inside ").value();
  EXPECT_EQ(dest.path, "oss://b/p");
  EXPECT_EQ(dest.endpoint, "host=h");
  EXPECT_EQ(dest.access_id, "i");
  EXPECT_EQ(dest.access_key.reveal(), "inside");
  EXPECT_FALSE(dest.notes.empty());
}

TEST(Uri, BlanksAtTheEndsAreDroppedWithANote) {
  struct Row {
    std::string uri;
    std::string path;
  };
  for (const Row& row :
       {Row{"  file:///a", "file:///a"}, Row{"file:///a  ", "file:///a"}, Row{"file:///a /", "file:///a"},
        Row{"file:///a / / ", "file:///a"}, Row{"file:/// a/b c/d", "file:///a/b c/d"},
        Row{"file:// /a", "file:///a"}, Row{"file:/// / a", "file:////a"}}) {
    const auto dest = parse_destination(row.uri);
    ASSERT_TRUE(dest) << row.uri;
    EXPECT_EQ(dest->path, row.path) << row.uri;
    ASSERT_EQ(dest->notes.size(), 1U) << row.uri;
    EXPECT_EQ(dest->notes[0], "blanks at the ends of the backup destination were dropped");
  }
  EXPECT_TRUE(parse_destination("file:///a b/c").value().notes.empty());
  const auto bucket =
      parse_destination(" s3://b/p / ?host=h&access_id=i&access_key=k&delete_mode=delete ").value();
  EXPECT_EQ(bucket.path, "s3://b/p");
  EXPECT_EQ(bucket.object_dir, "p");
  EXPECT_EQ(bucket.delete_mode, DeleteMode::remove);
  for (const char* uri : {"file:///./ a", "file:///a /.", "file:// rel", "file:///  ", " ", "file:// "})
    EXPECT_FALSE(parse_destination(uri)) << uri;
}

// Every part of every kind of URI, with every control character at its beginning, middle and end.
TEST(Uri, ControlCharactersAreRefusedInEveryPart) {
  struct Part {
    std::string before;
    std::string name;
    std::string after;
  };
  std::vector<Part> parts = {{"file:///", "the path", ""}, {"file:///a/", "the path", "/c"}};
  for (const std::string scheme : {"oss", "cos", "s3"}) {
    const std::string options = "host=h&access_id=i&access_key=k&appid=1";
    parts.push_back({scheme + "://", "the path", "/p?" + options});
    parts.push_back({scheme + "://b/", "the path", "/q?" + options});
    for (const std::string key :
         {"host", "access_id", "access_key", "appid", "delete_mode", "s3_region", "addressing_model",
          "checksum_type", "max_iops", "max_bandwidth", "role_arn", "external_id", "session_token",
          "security_token", "enable_worm", "zone", "idc", "region"}) {
      parts.push_back({scheme + "://b/p?" + key + "=", key, "&" + options});
      parts.push_back({scheme + "://b/p?delete_mode=none&" + key + "=", key, "&" + options});
    }
    parts.push_back({scheme + "://b/p?unheard_of=", "an unknown option", "&" + options});
    parts.push_back({scheme + "://b/p?un", "an unknown option", "heard_of=1&" + options});
  }
  std::vector<std::string> controls = {std::string(1, '\0'), "\x7f", "\xc2\x80", "\xc2\x85", "\xc2\x9f"};
  for (char c = 1; c < ' '; ++c) controls.emplace_back(1, c);
  for (const Part& part : parts) {
    for (const std::string& control : controls) {
      const auto parsed = parse_destination(part.before + "x" + control + "y" + part.after);
      ASSERT_FALSE(parsed) << part.before;
      EXPECT_TRUE(parsed.error().is(Errc::invalid_backup_dest)) << part.before << parsed.error().text();
      EXPECT_TRUE(parsed.error().hint().starts_with(part.name + " holds the control character U+00"))
          << part.before << " " << parsed.error().hint();
    }
  }
  for (const char* uri : {"file:///a\n", "\nfile:///a", "s3://b/p?host=h&access_id=i&access_key=k\n",
                          "s3://b\n/p?host=h&access_id=i&access_key=k"})
    EXPECT_FALSE(parse_destination(uri)) << uri;
}

TEST(Uri, TheNoteNamesThePositionAndNoPartOfTheValue) {
  const auto hint = [](const std::string& uri) {
    const auto parsed = parse_destination(uri);
    return parsed ? std::string() : parsed.error().hint();
  };
  EXPECT_EQ(hint("s3://b/p?host=h&access_id=SECRET\r\nX&access_key=k"),
            "access_id holds the control character U+000D at position 7; write it without.");
  EXPECT_EQ(hint("s3://b/p?host=h&access_id=i&access_key=SEC\xc2\x85RET"),
            "access_key holds the control character U+0085 at position 4; write it without.");
  EXPECT_EQ(hint("file:///\xc3\xa4\n"),
            "the path holds the control character U+000A at position 10; write it without.");
  EXPECT_EQ(hint("s3://b/p?host=h&access_id=i&access_key=SEC RET"),
            "access_key holds the blank U+0020 at position 4; write it without.");
}

TEST(Uri, WhatGoesIntoAHeaderTakesNoBlank) {
  const std::string more = "&host=h&access_id=i&access_key=k&appid=1";
  for (const std::string blank : {" ", "\xc2\xa0", "\xe3\x80\x80", "\xe2\x80\xa8", "\xe2\x80\x8b"}) {
    for (const char* key :
         {"host", "access_id", "access_key", "appid", "s3_region", "checksum_type", "delete_mode"}) {
      const std::string scheme = std::string_view(key) == "s3_region" ? "s3" : "cos";
      const auto parsed = parse_destination(scheme + "://b/p?" + key + "=x" + blank + "y" + more);
      ASSERT_FALSE(parsed) << key;
      EXPECT_TRUE(parsed.error().is(Errc::invalid_backup_dest)) << key;
      EXPECT_TRUE(parsed.error().hint().starts_with(std::string(key) + " holds the blank")) << key;
    }
  }
  EXPECT_TRUE(parse_destination("s3://b/p q?host=h&access_id=i&access_key=k&zone=z 1"));
}

TEST(Uri, ARecordedPathIsTheOneOfThen) {
  EXPECT_EQ(parse_recorded_destination("file:///a b \n").value().local_path, "/a b \n");
  EXPECT_EQ(parse_recorded_destination("file:/// x ").value().local_path, "/ x ");
  EXPECT_TRUE(parse_recorded_destination("file:///a b ").value().notes.empty());
  EXPECT_EQ(parse_recorded_destination(" s3://b/p?host=http://h&access_id=i&access_key=k ")
                .value()
                .access_key.reveal(),
            "k");
  EXPECT_FALSE(parse_recorded_destination("nonsense"));
}

TEST(Uri, UnknownAndRepeatedOptions) {
  const auto dest =
      parse_destination(kOss + "&KEYPART=x&host=other&delete_mode=delete&delete_mode=tagging").value();
  EXPECT_EQ(dest.endpoint, "host=h.example&host=other");
  EXPECT_EQ(dest.delete_mode, DeleteMode::tagging);
  EXPECT_EQ(dest.extension, "delete_mode=delete&delete_mode=tagging");
  ASSERT_EQ(dest.notes.size(), 2U);
  for (const std::string& note : dest.notes) EXPECT_EQ(note.find("KEYPART"), std::string::npos);
}

// Named, but where it may be the rest of a key with a '&' in it.
TEST(Uri, AnOptionThatIsDroppedIsNamed) {
  const auto notes = [](const std::string& uri) { return parse_destination(uri).value().notes; };
  const std::string id = "s3://b/p?host=h&access_id=i";
  EXPECT_EQ(notes(id + "&s3_regio=r&access_key=k"),
            std::vector<std::string>{"the unknown option s3_regio in the backup destination was ignored"});
  for (const std::string secret : {"&access_key=k", "&access_key=k&session_token=t"}) {
    const auto behind = notes(id + secret + "&PART=x&OTHER=y&delete_mode=delete&use_ssl=1");
    ASSERT_EQ(behind.size(), 3U);
    EXPECT_EQ(behind[0], "an unknown option in the backup destination was ignored");
    EXPECT_EQ(behind[1], behind[0]);
    EXPECT_EQ(behind[2], "the unknown option use_ssl in the backup destination was ignored");
  }
}

TEST(Uri, ValuesAreLiteral) {
  const auto dest = parse_destination("s3://b/p?host=h&access_id=i&access_key=a%2Fb").value();
  EXPECT_EQ(dest.access_key.reveal(), "a%2Fb");
  ASSERT_EQ(dest.notes.size(), 1U);
  EXPECT_TRUE(dest.notes[0].starts_with("access_key= holds a '%'")) << dest.notes[0];
  EXPECT_TRUE(parse_destination("s3://b/p?host=h&access_id=i&access_key=a%2").value().notes.empty());
}

TEST(Uri, TemporaryKeys) {
  const std::string token(1200, 't');
  for (const std::string option : {"session_token", "security_token"}) {
    const auto dest =
        parse_destination("s3://b/p?host=h&access_id=i&access_key=k&" + option + "=" + token).value();
    EXPECT_EQ(dest.session_token.reveal(), token);
    EXPECT_EQ(dest.secret().reveal(), "k\n" + token);
    EXPECT_EQ(dest.display_value("AB"), "s3://b/p?host=h&access_id=i&encrypt_key=AB");
  }
  EXPECT_EQ(parse_destination(kS3).value().secret().reveal(),
            parse_destination(kS3).value().access_key.reveal());
  EXPECT_FALSE(parse_destination(kS3 + "&session_token=a&security_token=b"));
  EXPECT_FALSE(parse_destination("s3://b/p?host=h&role_arn=r&session_token=a"));
}

TEST(Uri, WormWithMd5OnOss) {
  EXPECT_TRUE(parse_destination(kOss + "&checksum_type=md5&enable_worm=true").value().enable_worm);
  EXPECT_TRUE(parse_destination(kCos + "&enable_worm=false"));
}

TEST(Uri, PlainHttpOnlyIfAllowed) {
  const std::string uri = "s3://b/p?host=HTTP://h&access_id=i&access_key=k";
  EXPECT_FALSE(parse_destination(uri));
  EXPECT_TRUE(parse_destination(uri, {.allow_http = true}));
}

TEST(Uri, SamePlaceOfObjectStores) {
  const auto place = [](const std::string& uri) { return parse_destination(uri).value().place_key(); };
  EXPECT_EQ(place(kOss), place("oss://bucket/backup/?host=https://H.EXAMPLE/&access_id=x&access_key=y"));
  EXPECT_NE(place(kOss), place("oss://bucket/backup2?host=h.example&access_id=id&access_key=key"));
  EXPECT_EQ(place("cos://n/p?host=h&access_id=i&access_key=k&appid=7"),
            place("cos://n-7/p?host=h&access_id=i&access_key=k&appid=7"));
}

}  // namespace
}  // namespace breakwater::storage
