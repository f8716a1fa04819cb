// Signs requests to object stores: pure functions from (request, credentials, time) to the headers that must
// be sent besides the request's own. Facts: docs/spec/storage.md#signatures.
//
// Headers that aren't signed (Content-Length for S3, User-Agent, Connection) may be added afterwards. Derived
// keys are wiped. Any thread may call anything.
#pragma once

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
  Secret session_token{};  ///< of temporary keys; goes into Provider::token_header
};

inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

/// AWS Signature Version 4: gives x-amz-date and authorization. It signs Host and all of request.headers. For
/// S3 the request must already have x-amz-content-sha256, equal to `payload_hash`.
HttpHeaders sign_aws_v4(const HttpRequest& request, const Credentials& credentials, std::string_view region,
                        std::string_view service, std::string_view payload_hash, Timestamp now);

/// OSS V4: gives x-oss-content-sha256, x-oss-date and authorization. It signs content-type, content-md5,
/// x-oss-* and the `additional` headers (lower case).
HttpHeaders sign_oss_v4(const HttpRequest& request, const Credentials& credentials, std::string_view region,
                        Timestamp now, std::span<const std::string_view> additional = {});

/// OSS V1: gives date and authorization. It signs content-type, content-md5, x-oss-* and the query names that
/// V1 knows.
HttpHeaders sign_oss_v1(const HttpRequest& request, const Credentials& credentials, Timestamp now);

/// The text that the V1 signatures sign (OSS V1, OBS, AWS V2). `prefix`: that of the provider's own headers.
/// `signed_query`: which query names are signed. `date`: the text of the header Date, or the expiry of a URL.
std::string v1_string_to_sign(const HttpRequest& request, std::string_view date, std::string_view prefix,
                              bool (*signed_query)(std::string_view name));

/// base64(HMAC-SHA1), the V1 signature.
std::string v1_signature(const Secret& access_key, std::string_view string_to_sign);

/// The names that OSS V1 signs.
bool oss_v1_signs_query(std::string_view name);

/// COS: when a signature is valid, in seconds since the epoch.
struct KeyTime {
  std::int64_t start = 0;
  std::int64_t end = 0;
};
/// From a minute before `now` to 15 minutes after, so that our clock may be somewhat wrong.
KeyTime cos_key_time(Timestamp now);

/// COS: gives authorization. It signs Host, all of request.headers and the whole query.
HttpHeaders sign_cos(const HttpRequest& request, const Credentials& credentials, KeyTime valid);

}  // namespace breakwater::storage
