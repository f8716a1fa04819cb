#include "storage/object/signer.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/text.h"

namespace breakwater::storage {
namespace {

using crypto::Algorithm;
using Pairs = std::vector<std::pair<std::string, std::string>>;

std::string hex_sha256(std::string_view text) {
  return crypto::to_hex(crypto::sha256(as_bytes(text)));
}

std::string hex_hmac(Algorithm algorithm, std::string_view key, std::string_view data) {
  return crypto::to_hex(crypto::hmac(algorithm, key, data).reveal_bytes());
}

// The value without blanks at its ends, and with one blank for each run inside.
std::string trimmed(std::string_view value) {
  std::string text;
  for (const char c : value) {
    const bool blank = c == ' ' || c == '\t';
    if (!blank) {
      text += c;
    } else if (!text.empty() && text.back() != ' ') {
      text += ' ';
    }
  }
  if (text.ends_with(' ')) text.pop_back();
  return text;
}

// The request's headers and Host, sorted by name.
Pairs sorted_headers(const HttpRequest& request) {
  Pairs headers{{"host", request.host}};
  for (const HttpHeader& header : request.headers)
    headers.emplace_back(ascii_lower(header.name), trimmed(header.value));
  std::ranges::stable_sort(headers, {}, [](const auto& header) { return header.first; });
  return headers;
}

std::string names_of(const Pairs& pairs) {
  std::string names;
  for (const auto& [name, value] : pairs) names.append(names.empty() ? "" : ";").append(name);
  return names;
}

std::string lines_of(const Pairs& headers) {
  std::string lines;
  for (const auto& [name, value] : headers) lines.append(name).append(":").append(value).append("\n");
  return lines;
}

enum class Valueless : std::uint8_t { bare, with_equals };

// The query, encoded, then sorted.
std::string canonical_query(const HttpRequest& request, Valueless valueless) {
  std::vector<std::pair<std::string, std::string>> items;
  for (const QueryItem& item : request.query) {
    const bool equals = item.value.has_value() || valueless == Valueless::with_equals;
    items.emplace_back(percent_encode(item.name, false),
                       equals ? "=" + percent_encode(item.value.value_or(""), false) : "");
  }
  std::ranges::sort(items);
  std::string query;
  for (const auto& [name, value] : items) query.append(query.empty() ? "" : "&").append(name).append(value);
  return query;
}

// The key of one day, region and service, from the secret key through HMACs.
Secret derived_key(std::string_view prefix, const Secret& access_key,
                   std::initializer_list<std::string_view> steps) {
  std::string start;
  start.reserve(prefix.size() + access_key.size());
  start.append(prefix).append(access_key.reveal());
  Secret key = Secret::take(std::move(start));
  for (const std::string_view step : steps) key = crypto::hmac(Algorithm::sha256, key.reveal(), step);
  return key;
}

HttpRequest with_headers(const HttpRequest& request, const HttpHeaders& more) {
  HttpRequest whole = request;
  whole.headers.insert(whole.headers.end(), more.begin(), more.end());
  return whole;
}

}  // namespace

HttpHeaders sign_aws_v4(const HttpRequest& request, const Credentials& credentials, std::string_view region,
                        std::string_view service, std::string_view payload_hash, Timestamp now) {
  const std::string time = iso_basic_time(now);
  const std::string day = time.substr(0, 8);
  HttpHeaders added{{"x-amz-date", time}};
  const HttpRequest whole = with_headers(request, added);
  const Pairs headers = sorted_headers(whole);
  const std::string signed_names = names_of(headers);

  std::string canonical = request.method;
  canonical.append("\n").append(percent_encode(request.path, true));
  canonical.append("\n").append(canonical_query(whole, Valueless::with_equals));
  canonical.append("\n").append(lines_of(headers));
  canonical.append("\n").append(signed_names);
  canonical.append("\n").append(payload_hash);

  std::string scope = day;
  scope.append("/").append(region).append("/").append(service).append("/aws4_request");
  const std::string to_sign = "AWS4-HMAC-SHA256\n" + time + "\n" + scope + "\n" + hex_sha256(canonical);
  const Secret key = derived_key("AWS4", credentials.access_key, {day, region, service, "aws4_request"});
  added.push_back({"authorization", "AWS4-HMAC-SHA256 Credential=" + credentials.access_id + "/" + scope +
                                        ",SignedHeaders=" + signed_names +
                                        ",Signature=" + hex_hmac(Algorithm::sha256, key.reveal(), to_sign)});
  return added;
}

HttpHeaders sign_oss_v4(const HttpRequest& request, const Credentials& credentials, std::string_view region,
                        Timestamp now, std::span<const std::string_view> additional) {
  const std::string time = iso_basic_time(now);
  const std::string day = time.substr(0, 8);
  HttpHeaders added{{"x-oss-date", time}};
  if (!find_header(request.headers, "x-oss-content-sha256"))
    added.push_back({"x-oss-content-sha256", std::string(kUnsignedPayload)});
  Pairs headers = sorted_headers(with_headers(request, added));
  std::erase_if(headers, [&](const auto& header) {
    const std::string& name = header.first;
    return name != "content-type" && name != "content-md5" && !name.starts_with("x-oss-") &&
           std::ranges::find(additional, std::string_view(name)) == additional.end();
  });
  std::string more;
  for (const std::string_view name : additional) more.append(more.empty() ? "" : ";").append(name);

  std::string canonical = request.method;
  canonical.append("\n").append(percent_encode(request.resource, true));
  canonical.append("\n").append(canonical_query(request, Valueless::bare));
  canonical.append("\n").append(lines_of(headers));
  canonical.append("\n").append(more);
  canonical.append("\n").append(kUnsignedPayload);

  std::string scope = day;
  scope.append("/").append(region).append("/oss/aliyun_v4_request");
  const std::string to_sign = "OSS4-HMAC-SHA256\n" + time + "\n" + scope + "\n" + hex_sha256(canonical);
  const Secret key =
      derived_key("aliyun_v4", credentials.access_key, {day, region, "oss", "aliyun_v4_request"});
  added.push_back({"authorization", "OSS4-HMAC-SHA256 Credential=" + credentials.access_id + "/" + scope +
                                        (more.empty() ? "" : ",AdditionalHeaders=" + more) +
                                        ",Signature=" + hex_hmac(Algorithm::sha256, key.reveal(), to_sign)});
  return added;
}

bool oss_v1_signs_query(std::string_view name) {
  static constexpr std::array kNames = std::to_array<std::string_view>({"acl",
                                                                        "append",
                                                                        "bucketInfo",
                                                                        "callback",
                                                                        "callback-var",
                                                                        "cloudboxes",
                                                                        "cname",
                                                                        "comp",
                                                                        "continuation-token",
                                                                        "cors",
                                                                        "delete",
                                                                        "encryption",
                                                                        "endTime",
                                                                        "img",
                                                                        "lifecycle",
                                                                        "live",
                                                                        "location",
                                                                        "logging",
                                                                        "objectMeta",
                                                                        "partNumber",
                                                                        "policy",
                                                                        "position",
                                                                        "qos",
                                                                        "referer",
                                                                        "regionList",
                                                                        "replication",
                                                                        "replicationLocation",
                                                                        "replicationProgress",
                                                                        "requestPayment",
                                                                        "response-cache-control",
                                                                        "response-content-disposition",
                                                                        "response-content-encoding",
                                                                        "response-content-language",
                                                                        "response-content-type",
                                                                        "response-encoding",
                                                                        "response-expires",
                                                                        "restore",
                                                                        "security-token",
                                                                        "sequential",
                                                                        "startTime",
                                                                        "stat",
                                                                        "status",
                                                                        "style",
                                                                        "styleName",
                                                                        "symlink",
                                                                        "tagging",
                                                                        "uploadId",
                                                                        "uploads",
                                                                        "versionId",
                                                                        "versioning",
                                                                        "versions",
                                                                        "vod",
                                                                        "website"});
  return std::ranges::find(kNames, name) != kNames.end() || name.starts_with("x-oss-");
}

std::string v1_string_to_sign(const HttpRequest& request, std::string_view date, std::string_view prefix,
                              bool (*signed_query)(std::string_view name)) {
  std::string text = request.method;
  text.append("\n").append(find_header(request.headers, "content-md5").value_or(""));
  text.append("\n").append(find_header(request.headers, "content-type").value_or(""));
  text.append("\n").append(date).append("\n");
  Pairs headers = sorted_headers(request);
  std::erase_if(headers, [&](const auto& header) { return !header.first.starts_with(prefix); });
  text.append(lines_of(headers)).append(request.resource);

  std::vector<QueryItem> query = request.query;
  std::erase_if(query, [&](const QueryItem& item) { return !signed_query(item.name); });
  std::ranges::sort(query, {}, [](const QueryItem& item) { return item.name; });
  char separator = '?';
  for (const QueryItem& item : query) {
    text += separator;
    text += item.name;
    if (item.value) text.append("=").append(*item.value);
    separator = '&';
  }
  return text;
}

std::string v1_signature(const Secret& access_key, std::string_view string_to_sign) {
  return crypto::to_base64(crypto::hmac(Algorithm::sha1, access_key.reveal(), string_to_sign).reveal_bytes());
}

HttpHeaders sign_oss_v1(const HttpRequest& request, const Credentials& credentials, Timestamp now) {
  const std::string date = http_date(now);
  const std::string to_sign = v1_string_to_sign(request, date, "x-oss-", oss_v1_signs_query);
  return {{"date", date},
          {"authorization",
           "OSS " + credentials.access_id + ":" + v1_signature(credentials.access_key, to_sign)}};
}

KeyTime cos_key_time(Timestamp now) {
  constexpr std::int64_t kMicroseconds = 1'000'000;
  return {now / kMicroseconds - 60, now / kMicroseconds + 900};
}

HttpHeaders sign_cos(const HttpRequest& request, const Credentials& credentials, KeyTime valid) {
  const std::string key_time = std::to_string(valid.start) + ";" + std::to_string(valid.end);
  const Secret key = Secret::take(hex_hmac(Algorithm::sha1, credentials.access_key.reveal(), key_time));

  const auto encoded = [](Pairs pairs) {
    for (auto& [name, value] : pairs) {
      name = ascii_lower(percent_encode(name, false));
      value = percent_encode(value, false);
    }
    std::ranges::sort(pairs);
    return pairs;
  };
  const auto joined = [](const Pairs& pairs) {
    std::string text;
    for (const auto& [name, value] : pairs)
      text.append(text.empty() ? "" : "&").append(name).append("=").append(value);
    return text;
  };
  Pairs query;
  for (const QueryItem& item : request.query) query.emplace_back(item.name, item.value.value_or(""));
  query = encoded(std::move(query));
  const Pairs headers = encoded(sorted_headers(request));

  const std::string http = ascii_lower(request.method) + "\n" + request.path + "\n" + joined(query) + "\n" +
                           joined(headers) + "\n";
  const std::string to_sign =
      "sha1\n" + key_time + "\n" + crypto::to_hex(crypto::sha1(as_bytes(http))) + "\n";
  return {{"authorization", "q-sign-algorithm=sha1&q-ak=" + credentials.access_id + "&q-sign-time=" +
                                key_time + "&q-key-time=" + key_time + "&q-header-list=" + names_of(headers) +
                                "&q-url-param-list=" + names_of(query) +
                                "&q-signature=" + hex_hmac(Algorithm::sha1, key.reveal(), to_sign)}};
}

}  // namespace breakwater::storage
