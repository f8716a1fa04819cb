// How requests to object stores are signed: pure functions from (request, credentials, time) to the headers
// that must be sent beside the request's own. Facts: docs/spec/storage.md#signatures.
//
// Headers that a signer doesn't see (Content-Length for S3, User-Agent, Connection) may be added afterwards.
// The keys derived on the way are wiped. Any thread may call anything.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/secret.h"
#include "storage/http/http_message.h"

namespace breakwater::storage {

struct Credentials {
  std::string access_id{};
  Secret access_key{};
};

inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

/// AWS Signature Version 4: x-amz-date and authorization. All of request.headers and Host are signed. For S3
/// the request carries x-amz-content-sha256 already, equal to `payload_hash`.
HttpHeaders sign_aws_v4(const HttpRequest& request, const Credentials& credentials, std::string_view region,
                        std::string_view service, std::string_view payload_hash, Timestamp now);

/// OSS V4: x-oss-content-sha256, x-oss-date and authorization. content-type, content-md5, x-oss-* and the
/// `additional` headers (lower case) are signed.
HttpHeaders sign_oss_v4(const HttpRequest& request, const Credentials& credentials, std::string_view region,
                        Timestamp now, std::span<const std::string_view> additional = {});

/// OSS V1: date and authorization. content-type, content-md5, x-oss-*, and the query names that V1 knows.
HttpHeaders sign_oss_v1(const HttpRequest& request, const Credentials& credentials, Timestamp now);

/// The text that V1's family signs (OSS V1, OBS, AWS V2): `prefix` is that of the provider's own headers,
/// `signed_query` tells which query names count. `date`: the header Date's text, or the expiry of an URL.
std::string v1_string_to_sign(const HttpRequest& request, std::string_view date, std::string_view prefix,
                              bool (*signed_query)(std::string_view name));

/// base64(HMAC-SHA1), the signature of V1's family.
std::string v1_signature(const Secret& access_key, std::string_view string_to_sign);

/// The names that OSS V1 signs.
bool oss_v1_signs_query(std::string_view name);

/// COS: the seconds of the epoch in which a signature holds.
struct KeyTime {
  std::int64_t start = 0;
  std::int64_t end = 0;
};
/// From a minute ago to 15 minutes ahead, so that our clock may be somewhat wrong.
KeyTime cos_key_time(Timestamp now);

/// COS: authorization. All of request.headers, Host and the whole query are signed.
HttpHeaders sign_cos(const HttpRequest& request, const Credentials& credentials, KeyTime valid);

}  // namespace breakwater::storage
