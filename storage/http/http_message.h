// An HTTP request, without I/O. The signers sign exactly the bytes that the client sends.
//
// All functions are pure; any thread may call them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace breakwater::storage {

struct HttpHeader {
  std::string name;  ///< in lower case
  std::string value;
};
using HttpHeaders = std::vector<HttpHeader>;

/// The value of the first header of that name (in lower case), or nullopt.
std::optional<std::string_view> find_header(const HttpHeaders& headers, std::string_view name);

struct QueryItem {
  std::string name;                  ///< not encoded
  std::optional<std::string> value;  ///< not encoded; not set: "?name" without '='
};

struct HttpRequest {
  std::string method = "GET";
  std::string host{};      ///< as in the header Host: with the port unless it is the scheme's default
  std::string path = "/";  ///< not encoded, with the bucket for path-style addressing
  /// "/bucket/key", not encoded, for every kind of addressing; "/bucket/" for the bucket itself.
  std::string resource{};
  std::vector<QueryItem> query{};
  HttpHeaders headers{};  ///< those that are signed (COS, S3) or may be (OSS)
};

/// Encodes every byte except A-Z a-z 0-9 - _ . ~ as %XX; with `keep_slash`, '/' stays too.
std::string percent_encode(std::string_view text, bool keep_slash);

/// Decodes %XX to bytes. A malformed sequence stays as it is.
std::string percent_decode(std::string_view text);

/// The request line's target: the encoded path and query.
std::string request_target(const HttpRequest& request);

/// "Fri, 24 May 2013 00:00:00 GMT" (RFC 9110), to the second.
std::string http_date(Timestamp when);
std::optional<Timestamp> parse_http_date(std::string_view text);
/// "2013-05-24T00:00:00.000Z"; a fraction is dropped.
std::optional<Timestamp> parse_iso_time(std::string_view text);

/// "20130524T000000Z".
std::string iso_basic_time(Timestamp when);

}  // namespace breakwater::storage
