#include "storage/object/store_error.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "base/text.h"

namespace breakwater::storage {
namespace {

constexpr std::size_t kMaxMessage = 240;
constexpr std::size_t kMaxWord = 96;

constexpr std::string_view kClock =
    "This machine's clock and the store's are too far apart: set the clock (NTP).";
constexpr std::string_view kExpired = "The credentials have expired: give new ones.";
constexpr std::string_view kSuspended = "The account is suspended; its provider says why.";
constexpr std::string_view kUnknownId = "The store doesn't know the access_id.";
constexpr std::string_view kDigest = "Bytes changed on the way to the store; try again, and look at proxies.";
constexpr std::string_view kArgument = "The store takes no such name or value.";
constexpr std::string_view kThrottled = "The store limits the rate of requests; try again later.";
constexpr std::string_view kBucket = "Check the bucket's name and host=.";
constexpr std::string_view kLacking = "The store has no such operation.";
constexpr std::string_view kPermission =
    "The key's owner lacks a permission: reading, writing, listing, deleting and tagging are needed there.";
constexpr std::string_view kNoReason =
    "The store gives no reason: look at the key, what its owner may do, and the bucket's policy.";
constexpr std::string_view kRetention =
    "A retention policy (WORM) of the store protects it: take a bucket or a prefix without one.";

// For all stores: a store may be used with the scheme of another one, and many have copied S3's codes.
constexpr std::array kCodes = {
    StoreErrorRow{"InvalidAccessKeyId", Errc::backup_permission_denied, kUnknownId},
    StoreErrorRow{"SignatureDoesNotMatch", Errc::backup_permission_denied,
                  "The access_key is not that of the access_id (or a proxy on the way changes requests)."},
    StoreErrorRow{"RequestTimeTooSkewed", Errc::backup_permission_denied, kClock},
    StoreErrorRow{"ExpiredToken", Errc::backup_permission_denied, kExpired},
    StoreErrorRow{"SecurityTokenExpired", Errc::backup_permission_denied, kExpired},
    StoreErrorRow{"AllAccessDisabled", Errc::backup_permission_denied, kSuspended},
    StoreErrorRow{"UserSuspended", Errc::backup_permission_denied, kSuspended},
    StoreErrorRow{"UserDisable", Errc::backup_permission_denied, kSuspended},
    StoreErrorRow{"AccessDenied", Errc::backup_permission_denied, kPermission},
    StoreErrorRow{"SecondLevelDomainForbidden", Errc::backup_permission_denied,
                  "The store takes the bucket in the host's name alone: leave addressing_model out."},
    StoreErrorRow{
        "InvalidObjectState", Errc::backup_permission_denied,
        "The object is in cold storage (archive): restore it, or take a bucket whose storage class can "
        "be read at once."},
    StoreErrorRow{"FileImmutable", Errc::backup_permission_denied, kRetention},
    StoreErrorRow{"QuotaExceeded", Errc::backup_permission_denied,
                  "The quota of the user or the bucket is used up."},
    StoreErrorRow{"NoSuchBucket", Errc::invalid_object_storage_endpoint, kBucket},
    StoreErrorRow{"InvalidBucketName", Errc::invalid_object_storage_endpoint, kBucket},
    StoreErrorRow{"InvalidRegionName", Errc::invalid_object_storage_endpoint, kBucket},
    StoreErrorRow{"KeyTooLongError", Errc::invalid_argument, kArgument},
    StoreErrorRow{"InvalidObjectName", Errc::invalid_argument, kArgument},
    StoreErrorRow{"InvalidURI", Errc::invalid_argument, kArgument},
    StoreErrorRow{"InvalidArgument", Errc::invalid_argument, kArgument},
    StoreErrorRow{"InvalidRange", Errc::invalid_argument, "The range lies behind the object's end."},
    StoreErrorRow{"BadDigest", Errc::checksum_error, kDigest},
    StoreErrorRow{"InvalidDigest", Errc::checksum_error, kDigest},
    StoreErrorRow{"XAmzContentSHA256Mismatch", Errc::checksum_error, kDigest},
    StoreErrorRow{"SlowDown", Errc::io_limit, kThrottled},
    StoreErrorRow{"ServiceUnavailable", Errc::io_limit, kThrottled},
    StoreErrorRow{"RequestLimitExceeded", Errc::io_limit, kThrottled},
    StoreErrorRow{"QpsLimitExceeded", Errc::io_limit, kThrottled},
    StoreErrorRow{"NotImplemented", Errc::not_supported, kLacking},
    StoreErrorRow{"MethodNotAllowed", Errc::not_supported, kLacking},
};

// Null if there is no such row.
const StoreErrorRow* row_of(std::span<const StoreErrorRow> rows, std::string_view code) {
  const auto row = std::ranges::find_if(rows, [&](const StoreErrorRow& known) { return known.code == code; });
  return row == rows.end() ? nullptr : &*row;
}

const StoreErrorRow* own_row(const Provider& provider, const StoreComplaint& complaint) {
  const StoreErrorRow* const row = row_of(provider.errors, complaint.detail);
  return row != nullptr ? row : row_of(provider.errors, complaint.code);
}

bool about_region(unsigned status, const StoreComplaint& complaint) {
  if (!complaint.region.empty() && complaint.code != "NoSuchBucket") return true;
  if (complaint.code == "AuthorizationHeaderMalformed") return true;
  return status == 400 && complaint.message.find("region") != std::string::npos;
}

struct Verdict {
  Errc error;
  std::string advice;
};

Verdict by_status(const Provider& provider, unsigned status, const StoreComplaint& complaint) {
  switch (status) {
    case 401:
    case 403:
      // A code that isn't known is the store's own, and its message says what it means.
      return {Errc::backup_permission_denied, complaint.code.empty() ? std::string(kNoReason) : ""};
    case 404:
      return {Errc::backup_file_not_exist, std::string(kBucket)};
    case 416:
      return {Errc::invalid_argument, "The range lies behind the object's end."};
    case 405:
    case 501:
      return {Errc::not_supported, std::string(kLacking)};
    case 429:
    case 503:
      return {Errc::io_limit, std::string(kThrottled)};
    default:
      if (status >= 300 && status < 400)
        return {Errc::invalid_object_storage_endpoint,
                "Redirects are not followed: give host= the bucket's own endpoint."};
      return {provider.other_error,
              status >= 500 ? "The store has troubles of its own; try again later." : ""};
  }
}

constexpr std::size_t kPart = 8;  // of a secret: so long a run of it is not shown

// Whether the secret is in the text, or a part of it in what would be shown, the first `limit` bytes. Only there
// is each part looked for, since a store may send megabytes.
bool repeats(std::string_view text, std::size_t limit, std::string_view secret) {
  if (secret.empty()) return false;
  if (text.find(secret) != std::string_view::npos) return true;
  text = text.substr(0, limit + kPart);
  for (std::size_t at = 0; at + kPart <= secret.size(); ++at)
    if (text.find(secret.substr(at, kPart)) != std::string_view::npos) return true;
  return false;
}

// The text, shortened, printable, and without anything that looks like a signed request.
std::string cleaned(std::string_view text, std::size_t limit, const Confidential& hidden) {
  if (repeats(text, limit, hidden.access_key) || repeats(text, limit, hidden.session_token))
    return "(not shown)";
  const std::string lower = ascii_lower(text);
  for (const char* mark : {"signature=", "authorization", "credential=", "aws4-hmac", "stringtosign"})
    if (lower.find(mark) != std::string::npos) return "(not shown)";
  std::string clean;
  for (const char c : text.substr(0, limit)) clean += c >= ' ' && c <= '~' ? c : '?';
  if (text.size() > limit) clean += "...";
  return clean;
}

Verdict verdict_of(const Provider& provider, unsigned status, const StoreComplaint& complaint,
                   const Confidential& hidden) {
  if (about_region(status, complaint)) {
    const std::string region = cleaned(complaint.region, kMaxWord, hidden);
    return {Errc::s3_region_mismatch,
            region.empty() ? "Check s3_region= and host=." : "The bucket's region is " + region + "."};
  }
  if (const StoreErrorRow* row = own_row(provider, complaint)) return {row->error, std::string(row->advice)};
  if (!complaint.endpoint.empty())
    return {
        status == 403 ? Errc::backup_permission_denied : Errc::invalid_object_storage_endpoint,
        "The bucket's endpoint is " + cleaned(complaint.endpoint, kMaxWord, hidden) + "; give it as host=."};
  if (const StoreErrorRow* row = row_of(kCodes, complaint.code))
    return {row->error, std::string(row->advice)};
  return by_status(provider, status, complaint);
}

// A code of the tables is a word of ours, whatever secret has the same letters.
std::string shown_code(const Provider& provider, const std::string& code, const Confidential& hidden) {
  const bool known = row_of(provider.errors, code) != nullptr || row_of(kCodes, code) != nullptr;
  return known ? code : cleaned(code, kMaxWord, hidden);
}

constexpr std::size_t kFirstWords = 80;

// The beginning of what is no store's answer, as a browser would show it.
std::string first_words(std::string_view body, const Confidential& hidden) {
  // It could repeat a session token in pieces and in other spellings, which nothing finds for sure.
  if (!hidden.session_token.empty()) return {};
  std::string words;
  bool in_tag = false;
  for (const char c : body) {
    if (words.size() > kFirstWords) break;
    if (c == '<') in_tag = true;
    const bool gap = in_tag || static_cast<unsigned char>(c) <= ' ';
    if (c == '>') in_tag = false;
    if (!gap) words += c;
    if (gap && !words.empty() && words.back() != ' ') words += ' ';
  }
  while (words.ends_with(' ')) words.pop_back();
  return cleaned(words, kFirstWords, hidden);
}

// Somebody else answers: a web server, a proxy, a console.
std::string no_store_hint(const Provider& provider, std::string_view body, const Confidential& hidden) {
  std::string hint;
  if (const std::string words = first_words(body, hidden); !words.empty())
    hint.append(" The answer begins '").append(words).append("'.");
  return hint.append(" Is host= an endpoint of ").append(provider.name).append("?");
}

// What a store refuses has an <Error>, or, behind HEAD, no body.
bool is_no_store(const HttpReply& reply, const StoreComplaint& complaint) {
  return reply.status >= 400 && reply.status < 500 && complaint.code.empty() && !reply.body.empty();
}

}  // namespace

StoreComplaint complaint_of(const HttpReply& reply, const Provider& provider) {
  StoreComplaint complaint = parse_complaint(reply.body).value_or(StoreComplaint{});
  const auto from_header = [&](std::string& text, std::string_view header) {
    if (text.empty()) text = find_header(reply.headers, header).value_or("");
  };
  from_header(complaint.request_id, provider.request_id_header);
  from_header(complaint.region, "x-amz-bucket-region");
  return complaint;
}

Error store_error(const Provider& provider, std::string_view doing, unsigned status,
                  const StoreComplaint& complaint, const Confidential& hidden) {
  const Verdict verdict = verdict_of(provider, status, complaint, hidden);
  std::string hint(doing);
  hint.append(": ").append(provider.name).append(" answered ").append(std::to_string(status));
  if (!complaint.code.empty()) hint.append(" ").append(shown_code(provider, complaint.code, hidden));
  if (!complaint.message.empty() && hidden.session_token.empty())
    hint.append(" '").append(cleaned(complaint.message, kMaxMessage, hidden)).append("'");
  if (!complaint.request_id.empty())
    hint.append(" (request id ").append(cleaned(complaint.request_id, kMaxWord, hidden)).append(")");
  hint.append(".");
  if (!verdict.advice.empty()) hint.append(" ").append(verdict.advice);
  return Error(verdict.error).with_hint(std::move(hint));
}

Error store_error(const Provider& provider, std::string_view doing, const HttpReply& reply,
                  const StoreComplaint& complaint, const Confidential& hidden) {
  Error error = store_error(provider, doing, reply.status, complaint, hidden);
  if (!is_no_store(reply, complaint)) return error;
  std::string hint = error.hint() + no_store_hint(provider, reply.body, hidden);
  const bool unknown = reply.status == 400 || reply.status == 404;
  return (unknown ? Error(Errc::invalid_object_storage_endpoint) : std::move(error))
      .with_hint(std::move(hint));
}

Error nonsense_error(const Provider& provider, std::string_view doing, std::string_view what,
                     std::string_view body, const Confidential& hidden) {
  std::string hint(doing);
  hint.append(": ").append(what).append(".").append(no_store_hint(provider, body, hidden));
  return Error(provider.other_error).with_hint(std::move(hint));
}

Error transport_error(std::string_view doing, const TransportFailure& failure) {
  if (failure.error) return *failure.error;
  std::string hint(doing);
  hint.append(": ").append(failure.text).append(".");
  switch (failure.kind) {
    case TransportFailure::Kind::connect:
      hint.append(" Check host=, its port, and the network to it.");
      break;
    case TransportFailure::Kind::tls:
      hint.append(" Check host=, or name the authority's certificate in the setting backup_dest_ca_file.");
      break;
    case TransportFailure::Kind::scheme:
      break;
    case TransportFailure::Kind::proxy:
    case TransportFailure::Kind::barred:
      hint.append(kProxyAdvice);
      break;
    case TransportFailure::Kind::protocol:
      hint.append(" Is host= the endpoint of an object store, and its scheme right?");
      break;
    default:
      hint.append(" The store or the network to it fails; try again later.");
  }
  return error::backup_dest_not_connect().with_hint(std::move(hint));
}

bool worth_retrying(unsigned status, std::string_view code) {
  constexpr std::array<unsigned, 6> kStatuses = {408, 429, 500, 502, 503, 504};
  if (std::ranges::find(kStatuses, status) != kStatuses.end()) return true;
  return status == 409 && (code == "ConditionalRequestConflict" || code == "OperationAborted");
}

}  // namespace breakwater::storage
