#include "storage/object/object_client.h"

#include <algorithm>
#include <array>
#include <limits>

#include <boost/asio/this_coro.hpp>

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/text.h"
#include "storage/http/http_pool.h"
#include "storage/pool/side_by_side.h"

namespace breakwater::storage {
namespace {

using Kind = TransportFailure::Kind;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::int64_t kUnknownOffset = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kSecond = 1'000'000;                 // in microseconds
constexpr std::int64_t kMaxOffset = 24LL * 3600 * kSecond;  // with a larger one the header isn't believed
constexpr std::int64_t kNoticeableOffset = 60 * kSecond;
constexpr std::size_t kHashPiece = 128 * 1024;

constexpr HttpTimes kTimes;

constexpr milliseconds kFirstPause{50};
constexpr milliseconds kMaxPause{2'000};
constexpr milliseconds kMaxAsked{3'600'000};

bool is_upload(const StoreRequest& request) {
  return request.has_body || request.source != nullptr;
}

std::optional<std::int64_t> not_negative(std::string_view text) {
  const auto value = whole_number<std::int64_t>(text);
  return value && *value >= 0 ? value : std::nullopt;
}

// How long the store asks us to wait, by OSS's header or Retry-After.
milliseconds asked_pause(const HttpReply& reply, Timestamp now) {
  if (const auto delay = find_header(reply.headers, "x-oss-qos-delay-time"))
    if (const auto value = not_negative(*delay)) return std::min(milliseconds(*value), kMaxAsked);
  const auto after = find_header(reply.headers, "retry-after");
  if (!after) return {};
  if (const auto seconds = not_negative(*after))
    return *seconds > kMaxAsked / std::chrono::seconds(1) ? kMaxAsked : milliseconds(*seconds * 1000);
  const auto date = parse_http_date(*after);
  if (!date || *date <= now) return {};
  return std::min(milliseconds((*date - now) / 1000), kMaxAsked);
}

// A 200 too may have an <Error>, if the store does the work after it has sent the status.
bool may_complain(const StoreRequest& request, const HttpReply& reply) {
  return reply.status >= 300 || (request.sink == nullptr && reply.body.find("<Error") != std::string::npos);
}

// Nothing was sent to the store.
bool not_reached(const TransportFailure& failure) {
  return failure.kind == Kind::connect || failure.kind == Kind::proxy;
}

bool worth_retrying(const StoreRequest& request, const TransportFailure& failure) {
  if (not_reached(failure)) return true;
  if (failure.kind == Kind::cut && !failure.answered && request.repeatable) return true;
  return request.look_first && (failure.kind == Kind::cut || failure.kind == Kind::timeout);
}

TransportFailure not_entered(const Call& call) {
  TransportFailure failure{.kind = Kind::timeout, .text = "too many requests to this store are under way"};
  if (call.cancelled()) failure = {.kind = Kind::local, .error = call.cancellation->why()};
  return failure;
}

Call limited(const Call& call, milliseconds limit) {
  if (limit == milliseconds::zero()) return call;
  return {std::min(call.deadline, steady_clock::now() + limit), call.cancellation};
}

}  // namespace

WireRequest signed_request(const StoreRequest& request, const BucketAddress& address,
                           const Credentials& credentials, const std::string& payload_hash, Timestamp now) {
  HttpRequest http{.method = request.method,
                   .host = address.host_header(),
                   .path = address.path_of(request.key),
                   .resource = address.resource_of(request.key),
                   .query = request.query,
                   .headers = request.headers};
  if (!credentials.session_token.empty()) {
    http.headers.push_back(
        {std::string(address.provider->token_header), std::string(credentials.session_token.reveal())});
  }
  SigningInput input{
      .credentials = credentials, .region = address.region, .payload_hash = payload_hash, .now = now};
  if (is_upload(request))
    input.body_size = request.source != nullptr ? request.source->size() : request.content.size();
  address.provider->sign(http, input);
  WireRequest wire{.method = request.method,
                   .target = request_target(http),
                   .headers = {{"host", http.host}},
                   .has_body = is_upload(request),
                   .content = request.content,
                   .source = request.source,
                   .sink = request.sink,
                   .sink_status = request.sink_status,
                   .max_body = kMaxXml};
  wire.headers.insert(wire.headers.end(), http.headers.begin(), http.headers.end());
  wire.headers.push_back({"user-agent", "breakwater"});
  return wire;
}

ObjectClient::ObjectClient(BucketAddress address, Credentials credentials, ObjectClientOptions options)
    : address_(std::move(address)),
      credentials_(std::move(credentials)),
      options_(std::move(options)),
      seen_offset_(kUnknownOffset) {}

Task<Result<StoreAnswer>> ObjectClient::perform(const StoreRequest& request, const Call& call) const {
  const Call whole = limited(call, request.limit);
  auto hash = co_await payload_hash(request);
  if (!hash) co_return fail(std::move(hash).error());
  bool clock_adopted = false;
  bool doubtful = false;
  for (int retry = 0;; ++retry) {
    const std::int64_t signed_by = signing_offset_.load();
    auto reply = co_await attempt(request, *hash, whole, doubtful);
    StoreComplaint complaint;
    if (reply) {
      note_date(*reply);
      if (may_complain(request, *reply)) complaint = complaint_of(*reply, provider());
      if (!clock_adopted && adopt_clock(*reply, complaint, signed_by)) {
        clock_adopted = true;
        continue;
      }
    }
    const bool again =
        reply ? (request.repeatable || request.look_first) && worth_retrying(reply->status, complaint.code)
              : worth_retrying(request, reply.error());
    const milliseconds pause = pause_before(retry, reply ? &*reply : nullptr);
    if (!again || retry >= kMaxRetries || steady_clock::now() + pause >= whole.deadline) {
      if (!reply) co_return fail(advised(transport_error(request.doing, reply.error()), reply.error()));
      co_return StoreAnswer{
          .reply = *std::move(reply), .complaint = std::move(complaint), .repeated = doubtful};
    }
    doubtful = doubtful || reply || !not_reached(reply.error());
    co_await sleep_until(steady_clock::now() + pause, whole);
    if (whole.cancelled()) co_return fail(whole.cancellation->why());
    if (!request.look_first) continue;
    auto there = co_await is_there(request, whole);
    if (!there) co_return fail(std::move(there).error());
    if (*there) co_return StoreAnswer{.found = true};
  }
}

Task<Result<bool>> ObjectClient::is_there(const StoreRequest& request, const Call& call) const {
  const StoreRequest head{.doing = request.doing, .method = "HEAD", .key = request.key};
  auto answer = co_await perform(head, call);
  if (!answer) co_return fail(std::move(answer).error());
  co_return answer->ok();
}

// Makes one attempt, or two if a connection that was kept alive turns out to be dead.
Task<Transported<HttpReply>> ObjectClient::attempt(const StoreRequest& request,
                                                   const std::string& payload_hash, const Call& call,
                                                   bool& doubtful) const {
  HttpPool& pool = HttpPool::of(co_await boost::asio::this_coro::executor);
  const auto place = co_await pool.enter(address_.origin, call);
  if (!place) co_return std::unexpected(not_entered(call));
  const Timestamp now = options_.clock->now() + signing_offset_.load();
  const WireRequest wire = signed_request(request, address_, credentials_, payload_hash, now);
  std::unique_ptr<HttpConnection> connection = pool.take(address_.origin, options_.rules);
  if (connection) {
    auto reply = co_await connection->exchange(wire, call);
    if (reply) pool.give(address_.origin, std::move(connection));
    const bool stale =
        !reply && reply.error().kind == Kind::cut && !reply.error().answered && request.repeatable;
    if (!stale) co_return reply;
    doubtful = true;
  }
  auto opened = co_await open(call, nullptr);
  if (!opened) co_return std::unexpected(std::move(opened).error());
  auto reply = co_await (*opened)->exchange(wire, call);
  if (reply) pool.give(address_.origin, *std::move(opened));
  co_return reply;
}

Task<std::vector<ConnectStep>> ObjectClient::try_connect(const Call& call) const {
  std::vector<ConnectStep> steps;
  HttpPool& pool = HttpPool::of(co_await boost::asio::this_coro::executor);
  const auto place = co_await pool.enter(address_.origin, call);
  if (!place) {
    steps.push_back({.error = transport_error("connecting", not_entered(call))});
    co_return steps;
  }
  auto opened = co_await open(call, &steps);
  if (opened) {
    pool.give(address_.origin, *std::move(opened));
  } else if (!steps.empty() && steps.back().error) {
    steps.back().error = advised(*std::move(steps.back().error), opened.error());
  }
  co_return steps;
}

Task<> ObjectClient::open_ahead(std::size_t count, const Call& call) const {
  HttpPool& pool = HttpPool::of(co_await boost::asio::this_coro::executor);
  SideBySide openings(call);
  for (std::size_t have = pool.idle(address_.origin); have < count; ++have)
    openings.add([this](Call part) { return open_one(part); });
  co_await openings.run();
}

Task<bool> ObjectClient::open_one(Call call) const {
  HttpPool& pool = HttpPool::of(co_await boost::asio::this_coro::executor);
  const auto place = co_await pool.enter(address_.origin, call);
  if (!place) co_return false;
  auto opened = co_await open(call, nullptr);
  if (!opened) co_return false;
  pool.give(address_.origin, *std::move(opened));
  co_return true;
}

Task<Transported<std::unique_ptr<HttpConnection>>> ObjectClient::open(const Call& call,
                                                                      std::vector<ConnectStep>* steps) const {
  Resolver& resolver = options_.resolver != nullptr ? *options_.resolver : system_resolver();
  return open_connection(address_.origin, options_.rules, kTimes, resolver, call, steps);
}

// Adds the advice that needs the bucket's name and the way it is addressed.
Error ObjectClient::advised(Error error, const TransportFailure& failure) const {
  const bool unresolved =
      failure.kind == Kind::refused && failure.error && failure.error->is(Errc::backup_dest_not_connect);
  const bool named = unresolved || failure.kind == Kind::tls;
  const std::string twice = address_.bucket + "." + address_.bucket + ".";
  std::string hint = error.hint();
  if (named && !address_.path_style && ascii_lower(address_.origin.host).starts_with(ascii_lower(twice))) {
    hint += " host= begins with the bucket's name already: leave it out there.";
  } else if (unresolved && !address_.path_style) {
    hint += " A store that has no name for each bucket wants addressing_model=path_style.";
  } else if (failure.kind == Kind::cut && !failure.answered && !address_.origin.tls) {
    hint += " A port that wants TLS ends a connection without it: then write host=https://...";
  }
  return std::move(error).with_hint(std::move(hint));
}

// The hash of the body for the signature. Over TLS a body that isn't in memory isn't hashed.
Task<Result<std::string>> ObjectClient::payload_hash(const StoreRequest& request) const {
  if (!provider().signs_payload) co_return std::string();
  const bool may_do_without = request.source != nullptr || !request.hash_payload;
  if (may_do_without && address_.origin.tls) co_return std::string(kUnsignedPayload);
  if (request.source == nullptr) co_return crypto::to_hex(crypto::sha256(request.content));
  crypto::Digest digest(crypto::Algorithm::sha256);
  Bytes piece(kHashPiece);
  for (std::uint64_t offset = 0; offset < request.source->size();) {
    auto read = co_await request.source->read(offset, piece);
    if (!read) co_return fail(std::move(read).error());
    if (*read == 0)
      co_return fail(error::io_error().with_hint("What is being uploaded became shorter meanwhile."));
    digest.update(std::span(piece).first(*read));
    offset += *read;
  }
  co_return crypto::to_hex(digest.finish());
}

void ObjectClient::note_date(const HttpReply& reply) const {
  const auto date = parse_http_date(find_header(reply.headers, "date").value_or(""));
  if (date) seen_offset_ = *date - options_.clock->now();
}

// If the store refused a request because of our clock, later requests are signed by the store's clock. One that
// is refused beside it is tried again by that clock too.
bool ObjectClient::adopt_clock(const HttpReply& reply, const StoreComplaint& complaint,
                               std::int64_t signed_by) const {
  if (reply.status != 403) return false;
  const std::int64_t offset = seen_offset_.load();
  if (offset == kUnknownOffset || std::abs(offset) > kMaxOffset) return false;
  const bool far = std::abs(offset - signed_by) > kNoticeableOffset;
  const bool unclear = complaint.code.empty() || complaint.code == "AccessDenied";  // COS, and any HEAD
  if (!far || (complaint.code != "RequestTimeTooSkewed" && !unclear)) return false;
  signing_offset_ = offset;
  return true;
}

// A random pause below a bound that doubles with each retry, and no less than the store asks for.
milliseconds ObjectClient::pause_before(int retry, const HttpReply* reply) const {
  const milliseconds bound = std::min(kMaxPause, kFirstPause * (1 << retry));
  std::array<std::uint8_t, 4> bytes{};
  options_.entropy->fill(bytes);
  const std::uint32_t random = std::uint32_t{bytes[0]} | std::uint32_t{bytes[1]} << 8U;
  const milliseconds pause(bound.count() * random / 0xFFFF);
  return reply == nullptr ? pause : std::max(pause, asked_pause(*reply, options_.clock->now()));
}

Error ObjectClient::error_of(const StoreRequest& request, const StoreAnswer& answer) const {
  const Confidential hidden{.access_key = credentials_.access_key.reveal(),
                            .session_token = credentials_.session_token.reveal()};
  Error error = store_error(provider(), request.doing, answer.reply, answer.complaint, hidden);
  const bool perhaps_proxys =
      !address_.origin.proxy.empty() && !address_.origin.tls && answer.complaint.code.empty();
  if (!perhaps_proxys) return error;
  std::string hint = error.hint() + " The answer may be that of the proxy " + address_.origin.proxy +
                     ", and not the store's.";
  return std::move(error).with_hint(std::move(hint));
}

Error ObjectClient::nonsense(const StoreRequest& request, std::string_view what,
                             const StoreAnswer& answer) const {
  const Confidential hidden{.access_key = credentials_.access_key.reveal(),
                            .session_token = credentials_.session_token.reveal()};
  return nonsense_error(provider(), request.doing, what, answer.reply.body, hidden);
}

std::optional<std::chrono::seconds> ObjectClient::clock_offset() const {
  const std::int64_t offset = seen_offset_.load();
  if (offset == kUnknownOffset) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::microseconds(offset));
}

}  // namespace breakwater::storage
