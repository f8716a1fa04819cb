// An HTTP request as the signers see it and the client sends it, without I/O: what is signed is what is sent,
// byte for byte.
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

/// The first of that name (in lower case), or nothing.
std::optional<std::string_view> find_header(const HttpHeaders& headers, std::string_view name);

struct QueryItem {
  std::string name;                  ///< not encoded
  std::optional<std::string> value;  ///< not encoded; nothing: "?name" without '='
};

struct HttpRequest {
  std::string method = "GET";
  std::string host{};      ///< as in the header Host: with the port where it isn't the scheme's own
  std::string path = "/";  ///< not encoded, with the bucket for path-style addressing
  std::string
      resource{};  ///< "/bucket/key", not encoded, however the bucket is addressed; "/bucket/" for itself
  std::vector<QueryItem> query{};
  HttpHeaders headers{};  ///< those that are signed (COS, S3) or may be (OSS)
};

/// Every byte but A-Z a-z 0-9 - _ . ~ as %XX; '/' stays where `keep_slash`.
std::string percent_encode(std::string_view text, bool keep_slash);

/// %XX back to bytes. Anything malformed stays as it is.
std::string percent_decode(std::string_view text);

/// The request line's target: the encoded path and query.
std::string request_target(const HttpRequest& request);

/// "Fri, 24 May 2013 00:00:00 GMT" (RFC 9110), to the second.
std::string http_date(Timestamp when);
std::optional<Timestamp> parse_http_date(std::string_view text);

/// "20130524T000000Z".
std::string iso_basic_time(Timestamp when);

}  // namespace breakwater::storage
