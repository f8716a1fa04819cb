// Every published vector: docs/spec/storage.md#signature-vectors.
#include "storage/object/signer.h"

#include <array>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/crypto.h"

namespace breakwater::storage {
namespace {

Credentials credentials(std::string_view id, std::string_view key) {
  return {.access_id = std::string(id), .access_key = Secret(key)};
}

Timestamp at(std::string_view date) {
  return parse_http_date(date).value();
}

std::string header_of(const HttpHeaders& headers, std::string_view name) {
  return std::string(find_header(headers, name).value_or("(none)"));
}

std::string signature_of(const HttpHeaders& headers, std::string_view key) {
  const std::string text = header_of(headers, "authorization");
  const std::size_t found = text.find(key);
  return found == std::string::npos ? text : text.substr(found + key.size());
}

// ---- OSS V1 ----

Credentials oss_example() {
  return credentials("44CF9590006BF252F707", "OtxrzxIsfpFjA7SwPzILwy8Bw21TLhquhboDYROV");
}

TEST(OssV1, SignsThePutOfTheDocument) {
  const HttpRequest put{.method = "PUT",
                        .host = "oss-example.oss-cn-hangzhou.aliyuncs.com",
                        .path = "/nelson",
                        .resource = "/oss-example/nelson",
                        .headers = {{"content-md5", "ODBGOERFMDMzQTczRUY3NUE3NzA5QzdFNUYzMDQxNEM="},
                                    {"content-type", "text/html"},
                                    {"x-oss-meta-author", "foo@bar.com"},
                                    {"x-oss-magic", "abracadabra"}}};
  const HttpHeaders headers = sign_oss_v1(put, oss_example(), at("Thu, 17 Nov 2005 18:49:58 GMT"));
  EXPECT_EQ(header_of(headers, "authorization"), "OSS 44CF9590006BF252F707:26NBxoKdsyly4EDv6inkoDft/yA=");
  EXPECT_EQ(header_of(headers, "date"), "Thu, 17 Nov 2005 18:49:58 GMT");
}

TEST(OssV1, SignsAnUrlThatExpires) {
  const HttpRequest get{.path = "/oss-api.pdf", .resource = "/oss-example/oss-api.pdf"};
  const std::string text = v1_string_to_sign(get, "1141889120", "x-oss-", oss_v1_signs_query);
  EXPECT_EQ(percent_encode(v1_signature(oss_example().access_key, text), false),
            "EwaNTn1erJGkimiJ9WmXgwnANLc%3D");
}

TEST(OssV1, SignsTheSubResourcesAndNoOtherQuery) {
  const HttpRequest page{.path = "/",
                         .resource = "/bkt/",
                         .query = {{"list-type", "2"},
                                   {"prefix", "a/"},
                                   {"uploads", std::nullopt},
                                   {"continuation-token", "tok=="},
                                   {"max-keys", "2"}}};
  EXPECT_EQ(v1_string_to_sign(page, "D", "x-oss-", oss_v1_signs_query),
            "GET\n\n\nD\n/bkt/?continuation-token=tok==&uploads");
}

TEST(OssV1, SignsTheRawKey) {
  const HttpRequest get{.path = "/a b/\xe4\xb8\xad", .resource = "/bkt/a b/\xe4\xb8\xad"};
  EXPECT_EQ(v1_string_to_sign(get, "D", "x-oss-", oss_v1_signs_query), "GET\n\n\nD\n/bkt/a b/\xe4\xb8\xad");
}

// ---- OSS V4: the tests of Alibaba's SDKs ----

HttpRequest oss_v4_put() {
  return {.method = "PUT",
          .host = "bucket.oss-cn-hangzhou.aliyuncs.com",
          .path = "/1234+-/123/1.txt",
          .resource = "/bucket/1234+-/123/1.txt",
          .query = {{"param1", "value1"},
                    {"+param1", "value3"},
                    {"|param1", "value4"},
                    {"+param2", std::nullopt},
                    {"|param2", std::nullopt},
                    {"param2", std::nullopt}},
          .headers = {{"x-oss-head1", "value"},
                      {"abc", "value"},
                      {"zabc", "value"},
                      {"xyz", "value"},
                      {"content-type", "text/plain"},
                      {"x-oss-content-sha256", "UNSIGNED-PAYLOAD"}}};
}

TEST(OssV4, SignsThePutOfTheSdks) {
  const HttpHeaders headers =
      sign_oss_v4(oss_v4_put(), credentials("ak", "sk"), "cn-hangzhou", at("Sat, 16 Dec 2023 16:20:57 GMT"));
  EXPECT_EQ(header_of(headers, "x-oss-date"), "20231216T162057Z");
  EXPECT_EQ(header_of(headers, "authorization"),
            "OSS4-HMAC-SHA256 Credential=ak/20231216/cn-hangzhou/oss/aliyun_v4_request,"
            "Signature=e21d18daa82167720f9b1047ae7e7f1ce7cb77a31e8203a7d5f4624fa0284afe");
}

TEST(OssV4, SignsASecurityToken) {
  HttpRequest put = oss_v4_put();
  put.headers.push_back({"x-oss-security-token", "token"});
  const HttpHeaders headers =
      sign_oss_v4(put, credentials("ak", "sk"), "cn-hangzhou", at("Sun, 17 Dec 2023 03:47:36 GMT"));
  EXPECT_EQ(signature_of(headers, "Signature="),
            "b94a3f999cf85bcdc00d332fbd3734ba03e48382c36fa4d5af5df817395bd9ea");
}

TEST(OssV4, SignsAdditionalHeaders) {
  constexpr std::array<std::string_view, 2> kAdditional = {"abc", "zabc"};
  const HttpHeaders headers = sign_oss_v4(oss_v4_put(), credentials("ak", "sk"), "cn-hangzhou",
                                          at("Sat, 16 Dec 2023 17:25:12 GMT"), kAdditional);
  EXPECT_EQ(header_of(headers, "authorization"),
            "OSS4-HMAC-SHA256 Credential=ak/20231216/cn-hangzhou/oss/aliyun_v4_request,"
            "AdditionalHeaders=abc;zabc,"
            "Signature=4a4183c187c07c8947db7620deb0a6b38d9fbdd34187b6dbaccb316fa251212f");
}

TEST(OssV4, AddsTheOnlyPayloadHashThatOssTakes) {
  HttpRequest put = oss_v4_put();
  std::erase_if(put.headers, [](const HttpHeader& header) { return header.name == "x-oss-content-sha256"; });
  const HttpHeaders headers =
      sign_oss_v4(put, credentials("ak", "sk"), "cn-hangzhou", at("Sat, 16 Dec 2023 16:20:57 GMT"));
  EXPECT_EQ(header_of(headers, "x-oss-content-sha256"), "UNSIGNED-PAYLOAD");
  EXPECT_EQ(signature_of(headers, "Signature="),
            "e21d18daa82167720f9b1047ae7e7f1ce7cb77a31e8203a7d5f4624fa0284afe");
}

// ---- COS ----

Credentials cos_example() {
  return credentials("AKIDQjz3ltompVjBni5LitkWHFlFpwkn9U5q", "BQYIM75p8x0iWVFSIgqEKwFprpRSVHlz");
}
constexpr std::string_view kCosHost = "examplebucket-1250000000.cos.ap-beijing.myqcloud.com";
constexpr std::string_view kCosPath = "/exampleobject(\xe8\x85\xbe\xe8\xae\xaf\xe4\xba\x91)";

TEST(Cos, SignsThePutOfTheDocument) {
  const HttpRequest put{.method = "PUT",
                        .host = std::string(kCosHost),
                        .path = std::string(kCosPath),
                        .headers = {{"date", "Thu, 16 May 2019 06:45:51 GMT"},
                                    {"content-type", "text/plain"},
                                    {"content-length", "13"},
                                    {"content-md5", "mQ/fVh815F3k6TAUm8m0eg=="},
                                    {"x-cos-acl", "private"},
                                    {"x-cos-grant-read", "uin=\"100000000011\""}}};
  const HttpHeaders headers = sign_cos(put, cos_example(), {1557989151, 1557996351});
  EXPECT_EQ(header_of(headers, "authorization"),
            "q-sign-algorithm=sha1&q-ak=AKIDQjz3ltompVjBni5LitkWHFlFpwkn9U5q"
            "&q-sign-time=1557989151;1557996351&q-key-time=1557989151;1557996351"
            "&q-header-list=content-length;content-md5;content-type;date;host;x-cos-acl;x-cos-grant-read"
            "&q-url-param-list=&q-signature=3b8851a11a569213c17ba8fa7dcf2abec6935172");
}

TEST(Cos, SignsTheGetOfTheDocument) {
  const HttpRequest get{.host = std::string(kCosHost),
                        .path = std::string(kCosPath),
                        .query = {{"response-content-type", "application/octet-stream"},
                                  {"response-cache-control", "max-age=600"}},
                        .headers = {{"date", "Thu, 16 May 2019 06:55:53 GMT"}}};
  const HttpHeaders headers = sign_cos(get, cos_example(), {1557989753, 1557996953});
  EXPECT_EQ(signature_of(headers, "q-header-list="),
            "date;host&q-url-param-list=response-cache-control;response-content-type"
            "&q-signature=01681b8c9d798a678e43b685a9f1bba0f6c0e012");
}

TEST(Cos, TheKeysOfTheDocumentAreDerivedSo) {
  const auto sign_key = [](std::string_view key_time) {
    return crypto::to_hex(
        crypto::hmac(crypto::Algorithm::sha1, cos_example().access_key.reveal(), key_time).reveal_bytes());
  };
  EXPECT_EQ(sign_key("1557989151;1557996351"), "eb2519b498b02ac213cb1f3d1a3d27a3b3c9bc5f");
  EXPECT_EQ(sign_key("1557989753;1557996953"), "937914bf490e9e8c189836aad2052e4feeb35eaf");
}

TEST(Cos, AValuelessParameterCountsAsEmpty) {
  HttpRequest post{
      .method = "POST", .host = "h", .path = "/k", .query = {{"append", std::nullopt}, {"position", "0"}}};
  const std::string bare = header_of(sign_cos(post, cos_example(), {1, 2}), "authorization");
  post.query[0].value = "";
  EXPECT_EQ(header_of(sign_cos(post, cos_example(), {1, 2}), "authorization"), bare);
}

TEST(Cos, KeyTimeForgivesAClockAMinuteFast) {
  const KeyTime valid = cos_key_time(Timestamp{1557989151} * 1'000'000 + 999'999);
  EXPECT_EQ(valid.start, 1557989151 - 60);
  EXPECT_EQ(valid.end, 1557989151 + 900);
}

// ---- S3 ----

constexpr std::string_view kEmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

HttpHeaders sign_s3_example(HttpRequest request, std::string_view payload_hash = kEmptyHash) {
  request.host = "examplebucket.s3.amazonaws.com";
  request.headers.push_back({"x-amz-content-sha256", std::string(payload_hash)});
  return sign_aws_v4(request, credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
                     "us-east-1", "s3", payload_hash, at("Fri, 24 May 2013 00:00:00 GMT"));
}

TEST(S3, SignsARangeOfAnObject) {
  const HttpHeaders headers = sign_s3_example({.path = "/test.txt", .headers = {{"range", "bytes=0-9"}}});
  EXPECT_EQ(header_of(headers, "x-amz-date"), "20130524T000000Z");
  EXPECT_EQ(header_of(headers, "authorization"),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(S3, SignsAPut) {
  const HttpHeaders headers = sign_s3_example(
      {.method = "PUT",
       .path = "/test$file.text",
       .headers = {{"date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}}},
      "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
  EXPECT_EQ(signature_of(headers, "Signature="),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST(S3, SignsAValuelessQuery) {
  const HttpHeaders headers = sign_s3_example({.path = "/", .query = {{"lifecycle", std::nullopt}}});
  EXPECT_EQ(signature_of(headers, "Signature="),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

TEST(S3, SignsAList) {
  const HttpHeaders headers = sign_s3_example({.path = "/", .query = {{"prefix", "J"}, {"max-keys", "2"}}});
  EXPECT_EQ(signature_of(headers, "Signature="),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST(AwsSuite, SignsTheGenericCases) {
  const auto sign = [](std::string path, std::vector<QueryItem> query = {}) {
    const HttpRequest get{
        .host = "example.amazonaws.com", .path = std::move(path), .query = std::move(query)};
    return signature_of(
        sign_aws_v4(get, credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), "us-east-1",
                    "service", kEmptyHash, at("Sun, 30 Aug 2015 12:36:00 GMT")),
        "SignedHeaders=host;x-amz-date,Signature=");
  };
  EXPECT_EQ(sign("/"), "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
  EXPECT_EQ(sign("/", {{"Param2", "value2"}, {"Param1", "value1"}}),
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
  EXPECT_EQ(sign("/\xe1\x88\xb4"), "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85");
  EXPECT_EQ(sign("/example space/"), "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741");
}

// ---- OBS and AWS V2: they share the shape of OSS V1 ----

bool obs_signs_query(std::string_view name) {
  return name == "name";
}
bool no_query(std::string_view) {
  return false;
}

TEST(V1Family, SignsAsObsDoes) {
  const Credentials obs = credentials("access_key", "123456");
  const auto sign = [&](std::string resource, std::vector<QueryItem> query) {
    const HttpRequest get{.resource = std::move(resource),
                          .query = std::move(query),
                          .headers = {{"content-md5", "abc"}, {"content-type", "text/plain"}}};
    return v1_signature(obs.access_key,
                        v1_string_to_sign(get, "Mon, 15 Aug 2022 16:50:12 GMT", "x-obs-", obs_signs_query));
  };
  EXPECT_EQ(sign("/bucket/object.txt", {}), "9gUZ4ol2W19LyYcc92Bu3U0V09E=");
  EXPECT_EQ(sign("/bucket/object.txt", {{"name", "hello"}, {"abc", "def"}}), "EaTKiO1Qh5KFUvWAVvbCNGktJUY=");
  EXPECT_EQ(sign("/bucket/", {{"name", "hello"}}), "9OdOsf8PRdhGhpkp7IIbKE0kRvA=");
}

TEST(V1Family, SignsAsAwsV2Does) {
  const Credentials aws = credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
  const auto sign = [&](std::string resource) {
    const HttpRequest get{.resource = std::move(resource)};
    return v1_signature(aws.access_key,
                        v1_string_to_sign(get, "Tue, 27 Mar 2007 19:36:42 +0000", "x-amz-", no_query));
  };
  EXPECT_EQ(sign("/johnsmith/photos/puppy.jpg"), "bWq2s1WEIj+Ydj0vQ697zp+IXMU=");
  EXPECT_EQ(sign("/awsexamplebucket1/photos/puppy.jpg"), "qgk2+6Sv9/oM7G3qLEjTH1a1l1g=");
}

// ---- the parts ----

TEST(HttpMessage, EncodesEveryByteThatIsNotUnreserved) {
  EXPECT_EQ(percent_encode("a/b c+~%\xc3\xa4", true), "a/b%20c%2B~%25%C3%A4");
  EXPECT_EQ(percent_encode("a/b", false), "a%2Fb");
  EXPECT_EQ(percent_decode("a%2Fb%20c%zz%4"), "a/b c%zz%4");
  EXPECT_EQ(percent_decode(percent_encode("\x01\xff %41", false)), "\x01\xff %41");
}

TEST(HttpMessage, TargetsHoldExactlyWhatIsSigned) {
  const HttpRequest request{.path = "/a b",
                            .query = {{"tagging", std::nullopt}, {"prefix", "x/y"}, {"marker", ""}}};
  EXPECT_EQ(request_target(request), "/a%20b?tagging&prefix=x%2Fy&marker=");
}

TEST(HttpMessage, DatesGoThereAndBack) {
  EXPECT_EQ(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(http_date(at("Tue, 29 Feb 2028 23:59:59 GMT")), "Tue, 29 Feb 2028 23:59:59 GMT");
  for (const char* bad : {"", "now", "Tue, 30 Feb 2028 23:59:59 GMT", "Tue, 29 Feb 2028 24:00:00 GMT",
                          "Tue, 29 Feb 2028 23:59:59 CET", "Tue, 29 Xyz 2028 23:59:59 GMT"})
    EXPECT_FALSE(parse_http_date(bad)) << bad;
}

}  // namespace
}  // namespace breakwater::storage
