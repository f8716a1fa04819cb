// What each operation says to a store and makes of its answers. The store is a script.
#include "storage/object/object_store.h"

#include <atomic>
#include <map>
#include <thread>

#include <gtest/gtest.h>

#include "base/crypto.h"
#include "base/text.h"
#include "storage/destination/uri.h"
#include "storage/object/object_client_options.h"
#include "storage/object/scripted_server.h"

namespace breakwater::storage {
namespace {

using namespace std::chrono_literals;

std::string md5_hex_of(std::string_view text) {
  return crypto::to_hex(crypto::digest(crypto::Algorithm::md5, as_bytes(text)));
}

Scripted with_etag(std::string_view etag) {
  return answer(200, {}, {{"etag", "\"" + std::string(etag) + "\""}});
}

// A store at a script, and the loop that runs its operations.
class ObjectStoreTest : public testing::Test {
 protected:
  void serve(ScriptedServer::Handler handler, std::string_view scheme = "s3", std::string_view more = {}) {
    server_ = std::make_unique<ScriptedServer>(std::move(handler));
    std::string uri(scheme);
    uri.append("://bucket/dir?host=http://127.0.0.1:").append(std::to_string(server_->port()));
    uri.append("&access_id=AK&access_key=SK");
    if (scheme == "cos") uri.append("&appid=125");
    uri.append(more);
    const auto destination = parse_destination(uri, {.allow_http = true}).value();
    store_ = make_object_store(destination, {.rules = {.allow_http = true, .allow_loopback = true}}).value();
  }

  void serve(std::vector<Scripted> script, std::string_view scheme = "s3", std::string_view more = {}) {
    auto at = std::make_shared<std::size_t>(0);
    serve(
        [script = std::move(script), at](const SeenRequest&) {
          const Scripted& now = script[std::min(*at, script.size() - 1)];
          ++*at;
          return now;
        },
        scheme, more);
  }

  template <class T>
  T await(Task<T> task) {
    return run(io_, std::move(task));
  }

  SeenRequest request(std::size_t i = 0) const { return server_->seen().at(i); }
  std::size_t requests() const { return server_->seen().size(); }

  const Call call_ = within(20s);
  boost::asio::io_context io_;
  std::unique_ptr<ScriptedServer> server_;
  std::unique_ptr<ObjectStore> store_;
};

// ---- put ----

TEST_F(ObjectStoreTest, PutSendsDigestsAndChecksTheEtag) {
  serve({with_etag(md5_hex_of("hello"))});
  const auto outcome = await(store_->put("format", as_bytes("hello"), {}, call_));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->result, PutResult::written);
  EXPECT_EQ(outcome->etag, md5_hex_of("hello"));
  EXPECT_EQ(request().method, "PUT");
  EXPECT_EQ(request().target, "/bucket/dir/format");
  EXPECT_EQ(request().body, "hello");
  EXPECT_EQ(request().headers.at("content-length"), "5");
  EXPECT_EQ(request().headers.at("content-md5"), "XUFAKrxLKna5cZ2REBfFkg==");
  EXPECT_EQ(request().headers.at("x-amz-content-sha256"),
            "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
  EXPECT_FALSE(request().headers.contains("if-none-match"));
}

// Some stores call objects by another sum of an MD5's length.
TEST_F(ObjectStoreTest, AnotherEtagIsDecidedByReadingBack) {
  for (const std::string there : {"hullo", "hello"}) {
    serve({with_etag(md5_hex_of("hullo")), answer(206, there, {{"content-range", "bytes 0-4/5"}})});
    const auto outcome = await(store_->put("format", as_bytes("hello"), {}, call_));
    EXPECT_EQ(outcome.has_value(), there == "hello");
    if (!outcome) {
      EXPECT_TRUE(outcome.error().is(Errc::checksum_error));
    }
    EXPECT_EQ(request(1).method, "GET");
  }
}

TEST_F(ObjectStoreTest, AnotherEtagOfAStreamIsDecidedByReadingBack) {
  std::string content(5, '\0');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i % 251);
  for (const std::string& there : {std::string("other"), content}) {
    serve({with_etag(md5_hex_of("hullo")), answer(200, there)});
    CountingSource source(content.size());
    const auto outcome = await(store_->put("x", source, {}, call_));
    EXPECT_EQ(outcome.has_value(), there == content);
    if (!outcome) {
      EXPECT_TRUE(outcome.error().is(Errc::checksum_error));
    }
  }
}

TEST_F(ObjectStoreTest, EtagsThatAreNoDigestsAreLetBe) {
  serve({with_etag("0123456789abcdef-3"),
         answer(200, {}, {{"etag", md5_hex_of("other")}, {"x-amz-server-side-encryption", "aws:kms"}}),
         answer(200)});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(await(store_->put("x", as_bytes("hello"), {}, call_))) << i;
}

TEST_F(ObjectStoreTest, OssSpellsItsEtagsInUpperCase) {
  std::string etag = md5_hex_of("hello");
  for (char& c : etag) c = ascii_upper(c);
  serve({with_etag(etag)}, "oss");
  EXPECT_TRUE(await(store_->put("x", as_bytes("hello"), {}, call_)));
}

TEST_F(ObjectStoreTest, CreateOnlyIsAskedForInEachStoresWords) {
  const std::vector<std::array<std::string, 4>> stores = {
      {"s3", "if-none-match", "*", ""},
      {"oss", "x-oss-forbid-overwrite", "true", "FileAlreadyExists"},
      {"cos", "x-cos-forbid-overwrite", "true", "FileAlreadyExists"}};
  for (const auto& [scheme, header, value, code] : stores) {
    serve({code.empty() ? answer(412, error_xml("PreconditionFailed")) : answer(409, error_xml(code))},
          scheme);
    const auto outcome = await(store_->put("format", as_bytes("hello"), {.create_only = true}, call_));
    ASSERT_TRUE(outcome) << scheme;
    EXPECT_EQ(outcome->result, PutResult::exists) << scheme;
    EXPECT_EQ(request().headers.at(header), value);
    EXPECT_EQ(requests(), 1U);
  }
}

TEST_F(ObjectStoreTest, AStoreWithoutCreateOnlySaysSo) {
  serve({answer(501, error_xml("NotImplemented"))});
  const auto outcome = await(store_->put("format", as_bytes("hello"), {.create_only = true}, call_));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->result, PutResult::create_only_unsupported);
}

TEST_F(ObjectStoreTest, AConflictOfTwoWritersIsTriedAgain) {
  serve({answer(409, error_xml("ConditionalRequestConflict")), answer(404), with_etag(md5_hex_of("hello"))});
  const auto outcome = await(store_->put("format", as_bytes("hello"), {.create_only = true}, call_));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->result, PutResult::written);
}

TEST_F(ObjectStoreTest, AnAnswerThatIsLostIsLookedForBeforeTheObjectIsSentAgain) {
  Scripted lost;
  lost.close = true;
  serve({lost, answer(200, {}, {{"content-length", "5"}})});
  const auto outcome = await(store_->put("format", as_bytes("hello"), {.create_only = true}, call_));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->result, PutResult::exists);
  EXPECT_EQ(requests(), 2U);
  EXPECT_EQ(request(1).method, "HEAD");
}

TEST_F(ObjectStoreTest, ASourceIsReadAgainForEachAttempt) {
  const CountingSource probe(300'000);
  serve({answer(500), answer(200)}, "oss");
  CountingSource source(300'000);
  ASSERT_TRUE(await(store_->put("x", source, {}, call_)));
  ASSERT_EQ(requests(), 2U);
  EXPECT_EQ(request(0).body.size(), 300'000U);
  EXPECT_EQ(request(0).body, request(1).body);
  EXPECT_EQ(static_cast<std::uint8_t>(request(1).body[299'999]), 299'999 % 251);
}

TEST_F(ObjectStoreTest, OverHttpTheHashOfAStreamIsSigned) {
  serve({answer(200)});
  CountingSource source(300'000);
  ASSERT_TRUE(await(store_->put("x", source, {}, call_)));
  EXPECT_EQ(request().headers.at("x-amz-content-sha256"),
            crypto::to_hex(crypto::sha256(as_bytes(request().body))));
}

TEST_F(ObjectStoreTest, NamesThatAreNoneAreRefusedUnsent) {
  serve({answer(200)});
  for (const std::string name : {"", "/a", "a//b", "a/../b", ".", "a/", "a\nb", "\xff"}) {
    const auto outcome = await(store_->put(name, as_bytes("x"), {}, call_));
    ASSERT_FALSE(outcome) << name;
    EXPECT_TRUE(outcome.error().is(Errc::invalid_argument)) << name;
  }
  EXPECT_EQ(requests(), 0U);
}

TEST_F(ObjectStoreTest, NamesAreSentAsTheyAreSigned) {
  serve({answer(200)});
  ASSERT_TRUE(await(store_->put("a b+\xc3\xa4~%", as_bytes("x"), {}, call_)));
  EXPECT_EQ(request().target, "/bucket/dir/a%20b%2B%C3%A4~%25");
}

// ---- reading ----

TEST_F(ObjectStoreTest, HeadTellsSizeEtagAndPosition) {
  serve(
      {answer(200, {}, {{"content-length", "42"}, {"etag", "\"E\""}, {"x-oss-next-append-position", "42"}})},
      "oss");
  const auto info = await(store_->head("x", call_));
  ASSERT_TRUE(info && *info);
  EXPECT_EQ((*info)->name, "x");
  EXPECT_EQ((*info)->size, 42U);
  EXPECT_EQ((*info)->etag, "E");
  EXPECT_EQ((*info)->append_position, 42U);
}

TEST_F(ObjectStoreTest, HeadFindsOutWhichOfThe404sItIs) {
  serve({answer(404), answer(404, error_xml("NoSuchKey"))});
  const auto missing = await(store_->head("x", call_));
  ASSERT_TRUE(missing) << missing.error().hint();
  EXPECT_FALSE(missing->has_value());
  EXPECT_EQ(request(1).headers.at("range"), "bytes=0-0");

  serve({answer(404), answer(404, error_xml("NoSuchBucket"))});
  const auto no_bucket = await(store_->head("x", call_));
  ASSERT_FALSE(no_bucket);
  EXPECT_TRUE(no_bucket.error().is(Errc::invalid_object_storage_endpoint));

  serve({answer(403), answer(403, error_xml("InvalidAccessKeyId"))});
  const auto no_key = await(store_->head("x", call_));
  ASSERT_FALSE(no_key);
  EXPECT_TRUE(no_key.error().is(Errc::backup_permission_denied));
  EXPECT_NE(no_key.error().hint().find("doesn't know the access_id"), std::string::npos);
}

TEST_F(ObjectStoreTest, GetsAnObjectOrNone) {
  serve({answer(200, "hello"), answer(404, error_xml("NoSuchKey")), answer(404, error_xml("NoSuchBucket"))});
  EXPECT_EQ(as_text(**await(store_->get("x", 100, call_))), "hello");
  const auto missing = await(store_->get("x", 100, call_));
  ASSERT_TRUE(missing);
  EXPECT_FALSE(*missing);
  EXPECT_FALSE(await(store_->get("x", 100, call_)));
}

TEST_F(ObjectStoreTest, GetsARange) {
  serve({answer(206, "ell", {{"content-range", "bytes 1-3/5"}}), answer(200, "hello"),
         answer(206, "hel", {{"content-range", "bytes 0-2/5"}}), answer(416, error_xml("InvalidRange"))});
  CountingSink sink;
  const auto part = await(store_->get("x", ByteRange{1, 3}, sink, call_));
  ASSERT_TRUE(part && *part);
  EXPECT_EQ(sink.count, 3U);
  EXPECT_EQ(request().headers.at("range"), "bytes=1-3");
  EXPECT_NE(request().headers.at("authorization").find("range;"), std::string::npos);

  CountingSink untouched;
  EXPECT_FALSE(await(store_->get("x", ByteRange{1, 3}, untouched, call_)));  // the whole object instead
  EXPECT_EQ(untouched.count, 0U);
  EXPECT_FALSE(await(store_->get("x", ByteRange{1, 3}, sink, call_)));  // another range
  const auto behind = await(store_->get("x", ByteRange{9, 10}, sink, call_));
  ASSERT_FALSE(behind);
  EXPECT_TRUE(behind.error().is(Errc::invalid_argument));
}

// ---- lists ----

TEST_F(ObjectStoreTest, ListsPageByPageWithTokens) {
  serve({answer(200,
                R"(<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <IsTruncated>true</IsTruncated>
  <Contents><Key>dir/</Key><Size>0</Size></Contents>
  <Contents><Key>dir/a+b%2B</Key><Size>7</Size><ETag>&quot;E&quot;</ETag></Contents>
  <EncodingType>url</EncodingType><NextContinuationToken>tok==</NextContinuationToken></ListBucketResult>)"),
         answer(200, "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")});
  ListOptions options;
  options.max_keys = 2;
  const auto first = await(store_->list(options, call_));
  ASSERT_TRUE(first) << first.error().hint();
  ASSERT_EQ(first->objects.size(), 1U);
  EXPECT_EQ(first->objects[0].name, "a b+");
  EXPECT_EQ(first->objects[0].size, 7U);
  EXPECT_EQ(first->objects[0].etag, "E");
  EXPECT_EQ(first->next, "tok==");
  EXPECT_EQ(request().target, "/bucket/?list-type=2&prefix=dir%2F&max-keys=2&encoding-type=url");

  options.after = first->next;
  const auto second = await(store_->list(options, call_));
  ASSERT_TRUE(second);
  EXPECT_TRUE(second->next.empty());
  EXPECT_NE(request(1).target.find("&continuation-token=tok%3D%3D"), std::string::npos);
}

TEST_F(ObjectStoreTest, ListsPageByPageWithMarkers) {
  for (const char* scheme : {"oss", "cos"}) {
    serve({answer(200,
                  "<ListBucketResult><IsTruncated>true</IsTruncated><NextMarker>dir/a</NextMarker>"
                  "<Contents><Key>dir/a</Key><Size>1</Size></Contents></ListBucketResult>"),
           answer(200,
                  "<ListBucketResult><IsTruncated>true</IsTruncated>"
                  "<Contents><Key>dir/b</Key><Size>1</Size></Contents></ListBucketResult>")},
          scheme);
    const auto first = await(store_->list(ListOptions(), call_));
    ASSERT_TRUE(first);
    EXPECT_EQ(first->next, "dir/a");
    ListOptions page;
    page.after = first->next;
    const auto second = await(store_->list(page, call_));
    ASSERT_TRUE(second);
    EXPECT_EQ(second->next, "dir/b");  // without NextMarker, the last key
    EXPECT_NE(request(1).target.find("&marker=dir%2Fa"), std::string::npos);
  }
}

TEST_F(ObjectStoreTest, AListThatComesToNoEndIsRefused) {
  serve({answer(200,
                "<ListBucketResult><IsTruncated>true</IsTruncated>"
                "<NextContinuationToken>t</NextContinuationToken></ListBucketResult>")});
  ListOptions page;
  page.after = "t";
  EXPECT_FALSE(await(store_->list(page, call_)));
}

TEST_F(ObjectStoreTest, WhatIsNoListIsAnErrorOfItsStore) {
  serve({answer(200, "<html>welcome</html>")});
  const auto list = await(store_->list(ListOptions(), call_));
  ASSERT_FALSE(list);
  EXPECT_TRUE(list.error().is(Errc::s3_error));
}

// ---- deleting, tags ----

TEST_F(ObjectStoreTest, DeletingWhatIsNotThereIsSuccess) {
  serve({answer(204), answer(404, error_xml("NoSuchKey")), answer(403, error_xml("AccessDenied"))});
  EXPECT_TRUE(await(store_->remove("x", call_)));
  EXPECT_TRUE(await(store_->remove("x", call_)));
  EXPECT_FALSE(await(store_->remove("x", call_)));
}

TEST_F(ObjectStoreTest, DeletesManyAThousandAtATime) {
  serve({answer(200, "<DeleteResult/>"), answer(200)});
  std::vector<std::string> names;
  for (int i = 0; i < 1500; ++i) names.push_back("n&" + std::to_string(i));
  EXPECT_TRUE(await(store_->remove_many(names, call_)));
  ASSERT_EQ(requests(), 2U);
  EXPECT_EQ(request().target, "/bucket/?delete");
  EXPECT_TRUE(
      request().body.starts_with("<Delete><Quiet>true</Quiet><Object><Key>dir/n&amp;0</Key></Object>"));
  EXPECT_NE(request(1).body.find("dir/n&amp;1499<"), std::string::npos);
  EXPECT_EQ(request().headers.at("content-md5"),
            crypto::to_base64(crypto::digest(crypto::Algorithm::md5, as_bytes(request().body))));
}

TEST_F(ObjectStoreTest, OneThatIsNotDeletedIsAnError) {
  serve({answer(200,
                "<DeleteResult><Error><Key>dir/a</Key><Code>AccessDenied</Code><Message>no</Message></Error>"
                "</DeleteResult>")});
  const std::vector<std::string> names = {"a"};
  const auto removed = await(store_->remove_many(names, call_));
  ASSERT_FALSE(removed);
  EXPECT_TRUE(removed.error().is(Errc::backup_permission_denied));
}

TEST_F(ObjectStoreTest, TagsGoThereAndBack) {
  const std::vector<Tag> tags = {{"delete_mode", "tagging"}};
  serve(
      {answer(200),
       answer(200,
              "<Tagging xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><TagSet><Tag><Key>delete_mode</Key>"
              "<Value>tagging</Value></Tag></TagSet></Tagging>"),
       answer(404, error_xml("NoSuchTagSet")), answer(404, error_xml("NoSuchKey")),
       answer(501, error_xml("NotImplemented"))});
  const auto put = await(store_->put_tags("x", tags, call_));
  ASSERT_TRUE(put);
  EXPECT_TRUE(*put);
  EXPECT_EQ(request().target, "/bucket/dir/x?tagging");
  EXPECT_EQ(request().body,
            "<Tagging><TagSet><Tag><Key>delete_mode</Key><Value>tagging</Value></Tag></TagSet></Tagging>");
  EXPECT_EQ(**await(store_->get_tags("x", call_)), tags);
  EXPECT_TRUE((**await(store_->get_tags("x", call_))).empty());
  EXPECT_FALSE(await(store_->get_tags("x", call_))->has_value());
  const auto without = await(store_->put_tags("x", tags, call_));
  ASSERT_FALSE(without);
  EXPECT_TRUE(without.error().is(Errc::not_supported));
}

// ---- append ----

TEST_F(ObjectStoreTest, S3HasNoAppend) {
  serve({answer(200)});
  const auto size = await(store_->append("x", 0, as_bytes("abc"), call_));
  ASSERT_FALSE(size);
  EXPECT_TRUE(size.error().is(Errc::not_supported));
}

TEST_F(ObjectStoreTest, AppendsAtAPosition) {
  for (const char* scheme : {"oss", "cos"}) {
    serve({answer(200), answer(409, error_xml("PositionNotEqualToLength"))}, scheme);
    EXPECT_EQ(await(store_->append("x", 4, as_bytes("abc"), call_)), 7U);
    EXPECT_EQ(request().method, "POST");
    EXPECT_NE(request().target.find("?append&position=4"), std::string::npos);
    const auto wrong = await(store_->append("x", 4, as_bytes("abc"), call_));
    ASSERT_FALSE(wrong);
    EXPECT_TRUE(wrong.error().is(Errc::append_offset_not_match));
    EXPECT_EQ(requests(), 2U);
  }
}

TEST_F(ObjectStoreTest, AnAppendWhoseAnswerIsLostIsLookedAfter) {
  Scripted lost;
  lost.close = true;
  // It took effect.
  serve({lost, answer(200, {}, {{"content-length", "7"}}),
         answer(206, "abc", {{"content-range", "bytes 4-6/7"}})},
        "oss");
  EXPECT_EQ(await(store_->append("x", 4, as_bytes("abc"), call_)), 7U);
  EXPECT_EQ(request(1).method, "HEAD");
  EXPECT_EQ(requests(), 3U);
  // It didn't.
  serve({lost, answer(200, {}, {{"content-length", "4"}}), answer(200)}, "oss");
  EXPECT_EQ(await(store_->append("x", 4, as_bytes("abc"), call_)), 7U);
  EXPECT_EQ(request(2).method, "POST");
  // Somebody else's did.
  serve({lost, answer(200, {}, {{"content-length", "7"}}),
         answer(206, "xyz", {{"content-range", "bytes 4-6/7"}})},
        "oss");
  const auto other = await(store_->append("x", 4, as_bytes("abc"), call_));
  ASSERT_FALSE(other);
  EXPECT_TRUE(other.error().is(Errc::append_offset_not_match));
}

// ---- parts ----

constexpr std::string_view kBegun =
    "<InitiateMultipartUploadResult><UploadId>u/1</UploadId></InitiateMultipartUploadResult>";

TEST_F(ObjectStoreTest, UploadsInPartsOfEightMebibytes) {
  serve([](const SeenRequest& request) {
    if (request.target.ends_with("?uploads")) return answer(200, kBegun);
    if (request.method == "PUT") return with_etag(md5_hex_of(request.body));
    return answer(200,
                  "<CompleteMultipartUploadResult><ETag>\"whole-3\"</ETag></CompleteMultipartUploadResult>");
  });
  CountingSource source((std::uint64_t{2} * 8 << 20U) + 5);
  const auto outcome = await(store_->put_multipart("big", source, {.create_only = true}, call_));
  ASSERT_TRUE(outcome) << outcome.error().hint();
  EXPECT_EQ(outcome->etag, "whole-3");
  ASSERT_EQ(requests(), 5U);
  std::map<std::string, std::string> parts;  // they come in any order
  for (std::size_t i = 1; i < 4; ++i) parts[request(i).target] = request(i).body;
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(parts.at("/bucket/dir/big?partNumber=1&uploadId=u%2F1").size(), std::size_t{8} << 20U);
  const std::string& last = parts.at("/bucket/dir/big?partNumber=3&uploadId=u%2F1");
  EXPECT_EQ(last.size(), 5U);
  EXPECT_EQ(request(4).headers.at("if-none-match"), "*");
  EXPECT_NE(request(4).body.find("<Part><PartNumber>3</PartNumber><ETag>\"" + md5_hex_of(last) +
                                 "\"</ETag></Part>"),
            std::string::npos);
}

// Counts what is under way at once, and notes which parts came.
struct Counted {
  std::atomic<int> now = 0;
  std::atomic<int> most = 0;
};

TEST_F(ObjectStoreTest, FourPartsAreUnderWayAtOnceAndNoMore) {
  constexpr int kAtOnce = 4;
  constexpr int kParts = 6;
  const auto counted = std::make_shared<Counted>();
  serve([counted](const SeenRequest& request) {
    if (request.target.ends_with("?uploads")) return answer(200, kBegun);
    if (request.method == "PUT") {
      const int now = ++counted->now;
      for (int most = counted->most; now > most && !counted->most.compare_exchange_weak(most, now);) {
      }
      for (const Deadline patience = deadline_in(15s);
           counted->most < kAtOnce && std::chrono::steady_clock::now() < patience;)
        std::this_thread::sleep_for(1ms);
      --counted->now;
      return with_etag(md5_hex_of(request.body));
    }
    return answer(200,
                  "<CompleteMultipartUploadResult><ETag>\"whole-6\"</ETag></CompleteMultipartUploadResult>");
  });
  CountingSource source(std::uint64_t{kParts} * 8 << 20U);
  const auto outcome = await(store_->put_multipart("big", source, {}, within(60s)));
  ASSERT_TRUE(outcome) << outcome.error().hint();
  EXPECT_EQ(requests(), kParts + 2U);
  EXPECT_EQ(counted->most, kAtOnce);
  const std::string body = request(kParts + 1).body;
  for (int number = 1; number < kParts; ++number)
    EXPECT_LT(body.find("<PartNumber>" + std::to_string(number) + "<"),
              body.find("<PartNumber>" + std::to_string(number + 1) + "<"));
}

// Whichever fails first: the error is that of the first part, and the upload is given up when none is under way.
TEST_F(ObjectStoreTest, TheFirstPartThatFailsSaysWhy) {
  const auto counted = std::make_shared<Counted>();
  serve([counted](const SeenRequest& request) {
    if (request.target.ends_with("?uploads")) return answer(200, kBegun);
    if (request.method == "DELETE") {
      EXPECT_EQ(counted->now, 0);
      return answer(204);
    }
    ++counted->now;
    const bool second = request.target.find("partNumber=2&") != std::string::npos;
    const bool third = request.target.find("partNumber=3&") != std::string::npos;
    std::this_thread::sleep_for(second ? 2500ms : 20ms);
    --counted->now;
    if (second) return answer(403, error_xml("QuotaExceeded"));
    if (third) return answer(403, error_xml("AccessDenied"));
    return with_etag(md5_hex_of(request.body));
  });
  CountingSource source(std::uint64_t{20} * 8 << 20U);
  const auto outcome = await(store_->put_multipart("big", source, {}, within(60s)));
  ASSERT_FALSE(outcome);
  EXPECT_NE(outcome.error().hint().find("QuotaExceeded"), std::string::npos) << outcome.error().hint();
  EXPECT_LE(requests(), 8U) << "after a failure no part is begun";
}

TEST_F(ObjectStoreTest, AnUploadThatFailsIsGivenUp) {
  serve([](const SeenRequest& request) {
    if (request.target.ends_with("?uploads")) return answer(200, kBegun);
    if (request.method == "DELETE") return answer(204);
    return answer(403, error_xml("QuotaExceeded"));
  });
  CountingSource source(100);
  const auto outcome = await(store_->put_multipart("big", source, {}, call_));
  ASSERT_FALSE(outcome);
  EXPECT_TRUE(outcome.error().is(Errc::backup_permission_denied));
  EXPECT_NE(outcome.error().hint().find("quota"), std::string::npos);
  EXPECT_EQ(request(2).method, "DELETE");
  EXPECT_EQ(request(2).target, "/bucket/dir/big?uploadId=u%2F1");
}

TEST_F(ObjectStoreTest, ASuccessWithAnErrorInItIsNone) {
  serve({answer(200, error_xml("InternalError")), answer(404), answer(404, error_xml("NoSuchKey"))});
  const std::vector<Part> parts = {{1, md5_hex_of("a")}};
  const auto outcome = await(store_->complete_multipart("x", "u", parts, {}, call_));
  ASSERT_FALSE(outcome);
  EXPECT_TRUE(outcome.error().is(Errc::s3_error));
  EXPECT_NE(outcome.error().hint().find("InternalError"), std::string::npos);
}

TEST_F(ObjectStoreTest, ACompletionWhoseAnswerIsLostIsLookedFor) {
  Scripted lost;
  lost.close = true;
  const std::vector<Part> parts = {{1, md5_hex_of("a")}};
  const std::string whole =
      crypto::to_hex(crypto::digest(crypto::Algorithm::md5, from_hex(md5_hex_of("a")))) + "-1";
  serve({lost, answer(200, {}, {{"content-length", "1"}, {"etag", "\"" + whole + "\""}})});
  const auto ours = await(store_->complete_multipart("x", "u", parts, {}, call_));
  ASSERT_TRUE(ours);
  EXPECT_EQ(ours->result, PutResult::written);
  EXPECT_EQ(requests(), 2U);  // never completed a second time

  serve({lost, answer(200, {}, {{"content-length", "1"}, {"etag", "\"older\""}})});
  EXPECT_FALSE(await(store_->complete_multipart("x", "u", parts, {}, call_)));
}

// ---- what the answers mean ----

TEST_F(ObjectStoreTest, ErrorsAreThoseOfTheTable) {
  struct Case {
    std::string_view scheme;
    unsigned status;
    std::string body;
    Errc error;
  };
  const std::vector<Case> cases = {
      {"oss", 403, error_xml("AccessDenied"), Errc::backup_permission_denied},
      {"cos", 403, error_xml("SignatureDoesNotMatch"), Errc::backup_permission_denied},
      {"s3", 403, error_xml("UserSuspended"), Errc::backup_permission_denied},
      {"s3", 404, error_xml("NoSuchBucket"), Errc::invalid_object_storage_endpoint},
      {"s3", 400, error_xml("InvalidBucketName"), Errc::invalid_object_storage_endpoint},
      {"s3", 400, error_xml("AuthorizationHeaderMalformed", "m", "<Region>eu-west-1</Region>"),
       Errc::s3_region_mismatch},
      {"s3", 301, error_xml("PermanentRedirect", "m", "<Region>eu-west-1</Region>"),
       Errc::s3_region_mismatch},
      {"oss", 400, error_xml("InvalidArgument", "Invalid signing region in Authorization header."),
       Errc::s3_region_mismatch},
      {"s3", 400, error_xml("KeyTooLongError"), Errc::invalid_argument},
      {"cos", 400, error_xml("InvalidDigest"), Errc::checksum_error},
      {"s3", 400, error_xml("BadDigest"), Errc::checksum_error},
      {"s3", 501, error_xml("NotImplemented"), Errc::not_supported},
      {"oss", 400, error_xml("Whatever"), Errc::oss_error},
      {"cos", 400, error_xml("Whatever"), Errc::cos_error},
      {"s3", 400, error_xml("Whatever"), Errc::s3_error},
      {"s3", 400, "<html>no xml of ours", Errc::invalid_object_storage_endpoint},
  };
  for (const Case& one : cases) {
    serve({answer(one.status, one.body)}, one.scheme);
    const auto outcome = await(store_->put("x", as_bytes("x"), {}, call_));
    ASSERT_FALSE(outcome);
    EXPECT_TRUE(outcome.error().is(one.error)) << one.body << " gave " << outcome.error().row().name;
  }
}

TEST_F(ObjectStoreTest, ARefusalSaysWhatItIs) {
  const std::vector<std::array<std::string, 2>> cases = {
      {error_xml("AccessDenied"), "lacks a permission"},
      {error_xml("SecondLevelDomainForbidden"), "leave addressing_model out"},
      {error_xml("InvalidObjectState"), "cold storage"},
      {error_xml("FileImmutable"), "retention policy"},
      {error_xml("TheirOwnCode", "their own words"), "TheirOwnCode 'their own words'"}};
  for (const auto& [body, words] : cases) {
    serve({answer(403, body)});
    const auto outcome = await(store_->put("x", as_bytes("x"), {}, call_));
    ASSERT_FALSE(outcome);
    EXPECT_TRUE(outcome.error().is(Errc::backup_permission_denied)) << body;
    EXPECT_NE(outcome.error().hint().find(words), std::string::npos) << outcome.error().hint();
    const bool lacks = outcome.error().hint().find("lacks a permission") != std::string::npos;
    EXPECT_EQ(lacks, body.find("AccessDenied") != std::string::npos) << outcome.error().hint();
  }
}

TEST_F(ObjectStoreTest, WhatIsNoStoresAnswerIsShownAndHostDoubted) {
  const std::string page = "<html><head><title>Welcome</title></head>\n<body>to the console SK</body>";
  for (const unsigned status : {200U, 400U, 404U}) {
    serve({answer(status, page)});
    const auto outcome = await(store_->list({}, call_));
    ASSERT_FALSE(outcome);
    const std::string hint = outcome.error().hint();
    EXPECT_NE(hint.find("host="), std::string::npos) << hint;
    EXPECT_EQ(hint.find("console SK"), std::string::npos) << hint;  // it holds the key
    serve({answer(status, "<html><head><title>Welcome</title></head>\n<body>to the console</body>")});
    const auto shown = await(store_->list({}, call_));
    ASSERT_FALSE(shown);
    EXPECT_NE(shown.error().hint().find("'Welcome to the console'"), std::string::npos)
        << shown.error().hint();
    if (status != 200) {
      EXPECT_TRUE(shown.error().is(Errc::invalid_object_storage_endpoint));
    }
  }
}

TEST_F(ObjectStoreTest, AListThatIsNotFoundIsABucketThatIsNot) {
  serve({answer(404)});
  const auto outcome = await(store_->list({}, call_));
  ASSERT_FALSE(outcome);
  EXPECT_TRUE(outcome.error().is(Errc::invalid_object_storage_endpoint)) << outcome.error().hint();
}

TEST_F(ObjectStoreTest, ASessionTokenIsSentAndNeverShown) {
  const std::vector<std::array<std::string, 3>> stores = {{"s3", "session_token", "x-amz-security-token"},
                                                          {"oss", "security_token", "x-oss-security-token"},
                                                          {"cos", "session_token", "x-cos-security-token"}};
  for (const auto& [scheme, option, header] : stores) {
    serve({answer(403, error_xml("AccessDenied", "no TOKENtoken12 here"))}, scheme,
          "&" + option + "=TOKENtoken12");
    const auto outcome = await(store_->put("x", as_bytes("x"), {}, call_));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(request().headers.at(header), "TOKENtoken12");
    EXPECT_EQ(outcome.error().hint().find("TOKEN"), std::string::npos) << outcome.error().hint();
    EXPECT_EQ(outcome.error().hint().find(" here"), std::string::npos) << "no words of who has the token";
    serve({answer(404, "<html>hdrs: TOK<wbr>EN%74oken12")}, scheme, "&" + option + "=TOKENtoken12");
    const auto page = await(store_->list({}, call_));
    ASSERT_FALSE(page);
    EXPECT_EQ(page.error().hint().find("hdrs"), std::string::npos) << page.error().hint();
    serve({answer(403, error_xml("xTOKENtokx" + std::string(1'000'000, 'y')))}, scheme,
          "&" + option + "=TOKENtoken12");
    const auto part = await(store_->put("x", as_bytes("x"), {}, call_));
    ASSERT_FALSE(part);
    EXPECT_NE(part.error().hint().find("(not shown)"), std::string::npos)
        << part.error().hint().substr(0, 300);
    // S3 and COS name the headers that they sign.
    if (scheme != "oss") {
      EXPECT_NE(request().headers.at("authorization").find(header), std::string::npos);
    }
  }
}

TEST_F(ObjectStoreTest, AKnownCodeIsShownThoughASecretHasItsLetters) {
  for (const auto& [code, shown] : {std::pair("UserSuspended", true), std::pair("SuspendedByUs", false)}) {
    serve({answer(403, error_xml(code))}, "s3", "&session_token=xSuspendedByUsUserSuspendedx");
    const auto outcome = await(store_->put("x", as_bytes("x"), {}, call_));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().hint().find(code) != std::string::npos, shown) << outcome.error().hint();
  }
}

TEST_F(ObjectStoreTest, HintsArePrintableAndShort) {
  serve({answer(400, error_xml("Bad\nCode", std::string(5000, 'x') + "\x01"))});
  const auto outcome = await(store_->put("x", as_bytes("x"), {}, call_));
  ASSERT_FALSE(outcome);
  EXPECT_LT(outcome.error().hint().size(), 600U);
  for (const char c : outcome.error().hint()) EXPECT_GE(c, ' ');
}

TEST_F(ObjectStoreTest, SignsAsEachStoreWants) {
  serve({answer(200)}, "oss");
  ASSERT_TRUE(await(store_->put("x", as_bytes("x"), {}, call_)));
  EXPECT_TRUE(request().headers.at("authorization").starts_with("OSS AK:"));  // no region in 127.0.0.1
  serve({answer(200)}, "cos");
  ASSERT_TRUE(await(store_->put("x", as_bytes("x"), {}, call_)));
  EXPECT_NE(request()
                .headers.at("authorization")
                .find("q-header-list=content-length;content-md5;content-type;host&"),
            std::string::npos);
  EXPECT_EQ(request().target, "/bucket-125/dir/x");
}

}  // namespace
}  // namespace breakwater::storage
