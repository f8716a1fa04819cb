#include "storage/http/http_connection.h"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/bytes.h"
#include "base/text.h"
#include "storage/formats/plain_text.h"
#include "storage/http/byte_stream.h"
#include "storage/http/own_address.h"
#include "storage/http/proxy.h"
#include "storage/http/tls_context.h"

namespace breakwater::storage {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::steady_clock;
using Kind = TransportFailure::Kind;

constexpr std::size_t kMaxHeader = 16 * 1024;  // an answer's status line and headers
constexpr std::size_t kChunk = 128 * 1024;     // bytes of a body that are read or written at once
constexpr std::size_t kRead = 64 * 1024;       // bytes read from the socket at once: Beast's buffer
constexpr std::size_t kBuffers = 8;            // buffers of a message that are written at once
/// Bytes that were read and aren't parsed yet: headers, or a chunk's extension.
constexpr std::size_t kMaxUnparsed = kMaxHeader + kRead;
constexpr int kMaxInterim = 4;  // 1xx answers before the real one
constexpr std::chrono::seconds kEarlyAnswer{2};
constexpr std::size_t kMaxConnectReply = 8 * 1024;  // of a proxy, to CONNECT
constexpr unsigned kProxyRefuses = 407;

std::unexpected<TransportFailure> failed(Kind kind, std::string text, bool answered = false) {
  return std::unexpected(
      TransportFailure{.kind = kind, .text = std::move(text), .answered = answered, .error = {}});
}

std::unexpected<TransportFailure> failed(Kind kind, Error error) {
  return std::unexpected(
      TransportFailure{.kind = kind, .text = error.text(), .answered = false, .error = std::move(error)});
}

std::optional<TransportFailure> ended(const Call& call) {
  if (call.cancelled())
    return TransportFailure{
        .kind = Kind::local, .text = {}, .answered = false, .error = call.cancellation->why()};
  if (steady_clock::now() >= call.deadline)
    return TransportFailure{
        .kind = Kind::timeout, .text = "the deadline passed", .answered = false, .error = {}};
  return std::nullopt;
}

// Why a read or a write failed.
TransportFailure cut(error_code why, const std::string& doing, bool answered, const Call& call) {
  if (auto end = ended(call)) {
    end->answered = answered;
    return *std::move(end);
  }
  const bool late = why == beast::error::timeout;
  const bool no_http = why.category() == make_error_code(http::error::bad_status).category() &&
                       why != http::error::end_of_stream && why != http::error::partial_message;
  const Kind kind = late ? Kind::timeout : no_http ? Kind::protocol : Kind::cut;
  return {.kind = kind,
          .text = doing + ": " + (late ? "nothing moved for too long" : why.message()),
          .answered = answered,
          .error = {}};
}

// The body of a request in pieces, from memory or from a source.
class Body {
 public:
  explicit Body(const WireRequest& request)
      : request_(request),
        size_(request.source != nullptr ? request.source->size() : request.content.size()) {
    if (request.source != nullptr) buffer_.resize(std::min<std::uint64_t>(kChunk, size_));
  }

  std::uint64_t size() const { return size_; }
  bool at_end() const { return offset_ == size_; }

  Task<Result<std::span<const std::uint8_t>>> next() {
    if (request_.source == nullptr) {
      const auto piece =
          request_.content.subspan(offset_).first(std::min<std::uint64_t>(kChunk, size_ - offset_));
      offset_ += piece.size();
      co_return piece;
    }
    auto read = co_await request_.source->read(
        offset_, std::span(buffer_).first(std::min<std::uint64_t>(buffer_.size(), size_ - offset_)));
    if (!read) co_return fail(std::move(read).error());
    if (*read == 0 && !at_end())
      co_return fail(error::io_error().with_hint("What is being uploaded became shorter meanwhile."));
    offset_ += *read;
    co_return std::span<const std::uint8_t>(buffer_).first(*read);
  }

 private:
  const WireRequest& request_;
  std::uint64_t size_;
  std::uint64_t offset_ = 0;
  Bytes buffer_;
};

using Checked = std::optional<asio::ip::address>;

// The proxy that requests are sent to, since there is no TLS.
struct Via {
  Proxy proxy;
  std::string target;  ///< "store.example.com:80"
};

class Connection final : public HttpConnection {
 public:
  Connection(std::unique_ptr<ByteStream> stream, Checked checked, const HttpTimes& times,
             std::optional<Via> via = {})
      : stream_(std::move(stream)), checked_(std::move(checked)), times_(times), via_(std::move(via)) {
    buffer_.reserve(kRead);
  }

  Task<Transported<HttpReply>> exchange(const WireRequest& request, const Call& call) override {
    alive_ = false;
    if (auto good = check_wire(request); !good) co_return failed(Kind::local, std::move(good).error());
    if (auto end = ended(call)) co_return std::unexpected(*std::move(end));
    const Cancellation::Watch watch(call.cancellation, [this] { stream_->close(); });
    auto sent = co_await send(request, call);
    if (!sent && (sent.error().kind != Kind::cut)) co_return std::unexpected(std::move(sent).error());
    // A server that refuses a body answers and closes the connection before it has read all of it.
    auto reply = co_await receive(request, call, !sent);
    if (!sent) {
      alive_ = false;
      if (!reply) co_return std::unexpected(std::move(sent).error());
    }
    co_return reply;
  }

  bool reusable() override { return alive_ && buffer_.size() == 0 && stream_->is_quiet(); }

  const Checked& checked() const override { return checked_; }

 private:
  using Serializer = http::request_serializer<http::buffer_body>;
  using Parser = http::response_parser<http::buffer_body>;

  void arm(const Call& call, std::chrono::milliseconds wait) {
    stream_->expires_at(std::min(call.deadline, steady_clock::now() + wait));
  }

  Task<Transported<>> send(const WireRequest& request, const Call& call) {
    http::request<http::buffer_body> message;
    message.version(11);
    message.method_string(request.method);
    message.target(via_ ? "http://" + via_->target + request.target : request.target);
    if (via_ && !via_->proxy.authorization.empty())
      message.set(http::field::proxy_authorization, via_->proxy.authorization.reveal());
    for (const HttpHeader& header : request.headers)
      if (header.name != "content-length") message.insert(header.name, header.value);
    Body body(request);
    if (request.has_body) message.content_length(body.size());
    message.body().data = nullptr;
    message.body().more = !body.at_end();
    Serializer serializer(message);
    do {
      if (!body.at_end()) {
        auto piece = co_await body.next();
        if (!piece) co_return failed(Kind::local, std::move(piece).error());
        message.body().data = const_cast<std::uint8_t*>(piece->data());  // Beast doesn't write through it
        message.body().size = piece->size();
        message.body().more = !body.at_end();
      }
      arm(call, times_.idle);
      const error_code why = co_await write(serializer);
      if (why) co_return std::unexpected(cut(why, "sending", false, call));
    } while (!serializer.is_done());
    co_return Transported<>();
  }

  // Writes until the message is sent or needs its next piece.
  Task<error_code> write(Serializer& serializer) {
    while (!serializer.is_done()) {
      std::array<asio::const_buffer, kBuffers> buffers;
      std::size_t count = 0;
      error_code why;
      serializer.next(why, [&](error_code&, const auto& some) {
        for (auto at = asio::buffer_sequence_begin(some); at != asio::buffer_sequence_end(some); ++at) {
          const asio::const_buffer buffer = *at;
          if (buffer.size() > 0 && count < kBuffers) buffers[count++] = buffer;
        }
      });
      if (why) co_return why == http::error::need_buffer ? error_code() : why;
      std::size_t written = 0;
      if (count > 0) {
        const auto moved = co_await stream_->write_some(std::span(buffers).first(count));
        if (!moved) co_return moved.error();
        written = *moved;
      }
      serializer.consume(written);
    }
    co_return error_code();
  }

  struct Read {
    error_code why;         ///< need_buffer: the body's buffer is full
    std::size_t count = 0;  ///< bytes of the answer that were taken
  };

  // Reads and parses until `enough` says so or the parser fails.
  template <class Enough>
  Task<Read> read(Parser& parser, Enough enough, const Call& call) {
    Read done;
    // A peer that never lets us wait is never late: so it is looked at the clock here.
    while (!ended(call)) {
      if (buffer_.size() > 0) {
        error_code why;
        const std::size_t used = parser.put(buffer_.data(), why);
        buffer_.consume(used);
        done.count += used;
        if (why && why != http::error::need_more) co_return Read{why, done.count};
        if (!why && enough(parser)) co_return done;
        if (!why) continue;
      }
      if (buffer_.size() >= kMaxUnparsed) co_return Read{http::error::buffer_overflow, done.count};
      const auto moved = co_await stream_->read_some(buffer_.prepare(kRead));
      if (!moved && moved.error() != asio::error::eof) co_return Read{moved.error(), done.count};
      if (!moved) co_return Read{at_eof(parser, enough), done.count};
      buffer_.commit(*moved);
    }
    co_return Read{asio::error::operation_aborted, done.count};
  }

  template <class Enough>
  static error_code at_eof(Parser& parser, Enough enough) {
    error_code why = http::error::end_of_stream;
    if (!parser.got_some()) return why;
    why.clear();
    parser.put_eof(why);
    if (!why && !enough(parser)) why = http::error::partial_message;
    return why;
  }

  Task<Transported<HttpReply>> receive(const WireRequest& request, const Call& call, bool early) {
    for (int interim = 0; interim <= kMaxInterim; ++interim) {
      Parser parser;
      parser.header_limit(kMaxHeader);
      parser.body_limit(boost::none);
      parser.skip(request.method == "HEAD");
      arm(call, early ? std::chrono::duration_cast<std::chrono::milliseconds>(kEarlyAnswer) : times_.idle);
      const Read got = co_await read(parser, [](const Parser& p) { return p.is_header_done(); }, call);
      if (got.why && is_tls_alert())
        co_return failed(Kind::scheme, "the port wants TLS: write host=https://...", true);
      if (got.why)
        co_return std::unexpected(cut(got.why, "waiting for the answer", got.count > 0 || interim > 0, call));
      if (parser.get().result_int() < 200 && parser.get().result_int() != 101) continue;
      HttpReply reply;
      reply.status = parser.get().result_int();
      if (via_ && reply.status == kProxyRefuses)
        co_return failed(Kind::barred, refusal_by_proxy(reply.status, via_->proxy, via_->target), true);
      for (const auto& field : parser.get())
        reply.headers.push_back({ascii_lower(field.name_string()), std::string(field.value())});
      auto body = co_await receive_body(request, call, parser, reply);
      if (!body) co_return std::unexpected(std::move(body).error());
      alive_ = parser.keep_alive() && (!via_ || says_keep(reply));
      co_return reply;
    }
    co_return failed(Kind::protocol, "too many interim answers", true);
  }

  // Some proxies (tinyproxy) end a connection after each answer without a word. A request that can't be repeated
  // would be lost on it.
  static bool says_keep(const HttpReply& reply) {
    for (const std::string_view name : {"connection", "proxy-connection"})
      if (ascii_lower(find_header(reply.headers, name).value_or("")).find("keep-alive") != std::string::npos)
        return true;
    return false;
  }

  // What came can't be HTTP: what a TLS server says to whoever speaks without.
  bool is_tls_alert() const {
    constexpr std::array<std::uint8_t, 2> kAlert = {0x15, 0x03};
    const auto bytes = std::span(static_cast<const std::uint8_t*>(buffer_.data().data()), buffer_.size());
    return bytes.size() >= kAlert.size() && std::ranges::equal(bytes.first(kAlert.size()), kAlert);
  }

  Task<Transported<>> receive_body(const WireRequest& request, const Call& call, Parser& parser,
                                   HttpReply& reply) {
    const bool to_sink = request.sink != nullptr && reply.status == request.sink_status;
    if (to_sink && parser.need_eof())  // a complete body couldn't be told from a cut one
      co_return failed(Kind::protocol, "the answer doesn't say how long it is", true);
    Bytes piece(parser.is_done() ? 0 : kChunk);
    parser.eager(true);
    while (!parser.is_done()) {
      parser.get().body().data = piece.data();
      parser.get().body().size = piece.size();
      arm(call, times_.idle);
      const Read got = co_await read(parser, [](const Parser& p) { return p.is_done(); }, call);
      if (got.why && got.why != http::error::need_buffer)
        co_return std::unexpected(cut(got.why, "reading the answer", true, call));
      const auto bytes = std::span<const std::uint8_t>(piece).first(piece.size() - parser.get().body().size);
      reply.body_size += bytes.size();
      if (to_sink) {
        auto taken = co_await request.sink->write(bytes);
        if (!taken) co_return failed(Kind::local, std::move(taken).error());
      } else if (reply.body.size() + bytes.size() > request.max_body) {
        co_return failed(Kind::protocol, "the answer is longer than expected", true);
      } else {
        reply.body.append(as_text(bytes));
      }
    }
    co_return Transported<>();
  }

  std::unique_ptr<ByteStream> stream_;
  Checked checked_;
  HttpTimes times_;
  std::optional<Via> via_;
  beast::flat_buffer buffer_;
  bool alive_ = true;
};

// ---- opening ----

// Waits for the resolver, which calls back on a thread of its own.
Task<Result<Resolver::Addresses>> resolve(const std::string& host, Resolver& resolver, const Call& call) {
  struct State {
    explicit State(Executor executor, Deadline until) : timer(executor, until) {}
    asio::basic_waitable_timer<steady_clock, asio::wait_traits<steady_clock>, Executor> timer;
    std::optional<Result<Resolver::Addresses>> answer;
  };
  const Executor executor = co_await asio::this_coro::executor;
  auto state = std::make_shared<State>(executor, call.deadline);
  const Cancellation::Watch watch(call.cancellation, [state] { state->timer.cancel(); });
  auto done = [state, work = asio::make_work_guard(executor)](Result<Resolver::Addresses> answer) mutable {
    auto deliver = [state = std::move(state), answer = std::move(answer)]() mutable {
      state->answer.emplace(std::move(answer));
      state->timer.cancel();
    };
    post_result(std::move(work), std::move(deliver));
  };
  resolver.resolve(host, call.deadline, std::move(done));
  while (!state->answer && !ended(call)) co_await state->timer.async_wait(use_result);
  if (state->answer) co_return *std::move(state->answer);
  co_return fail(
      error::backup_dest_not_connect().with_hint("The name " + host + " was not resolved in time."));
}

std::string joined(const Resolver::Addresses& addresses) {
  std::string text;
  for (const auto& address : addresses) text.append(text.empty() ? "" : ", ").append(address.to_string());
  return text;
}

std::string place(const tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(endpoint.port());
}

double milliseconds_since(steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(steady_clock::now() - start).count();
}

// The first bytes aren't a TLS record's.
bool speaks_no_tls(const error_code& why) {
  if (why.category() != asio::error::get_ssl_category()) return false;
  const int reason = ERR_GET_REASON(static_cast<unsigned long>(why.value()));
  return reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST;
}

// Opens one connection, noting each step.
class Opening {
 public:
  Opening(const Origin& origin, const NetworkRules& rules, const HttpTimes& times, Resolver& resolver,
          const Call& call, std::vector<ConnectStep>* steps)
      : origin_(origin),
        rules_(rules),
        times_(times),
        resolver_(resolver),
        call_{std::min(call.deadline, steady_clock::now() + times.connect_total), call.cancellation},
        steps_(steps) {}

  Task<Transported<std::unique_ptr<HttpConnection>>> run() {
    begin(ConnectStep::Kind::resolve);
    auto proxy = find_proxy(origin_.tls, origin_.host, origin_.port, rules_);
    if (!proxy) co_return std::unexpected(note(failed(Kind::refused, std::move(proxy).error()).error()));
    if (*proxy) co_return co_await run_through(**std::move(proxy));
    auto addresses = co_await find_addresses(call_);
    if (!addresses) co_return std::unexpected(note(std::move(addresses).error()));
    seen(joined(*addresses));

    begin(ConnectStep::Kind::connect);
    PlainStream stream(co_await asio::this_coro::executor);
    auto peer = co_await connect(stream, *addresses, origin_.port);
    if (!peer) co_return std::unexpected(note(std::move(peer).error()));
    seen(place(*peer));
    co_return co_await finish(std::move(stream), peer->address(), {});
  }

 private:
  // The same through a proxy, which finds the store by itself.
  Task<Transported<std::unique_ptr<HttpConnection>>> run_through(Proxy proxy) {
    Call short_call = call_;
    short_call.deadline = std::min(call_.deadline, steady_clock::now() + kProxyResolve);
    auto addresses = co_await find_addresses(short_call);
    const bool unknown =
        !addresses && addresses.error().error && addresses.error().error->is(Errc::backup_dest_not_connect);
    if (auto end = ended(call_)) co_return std::unexpected(note(*std::move(end)));
    if (!addresses && !unknown) co_return std::unexpected(note(std::move(addresses).error()));
    seen((addresses ? joined(*addresses) : std::string("not known here")) + ", asked of the proxy " +
         proxy.place.text());

    begin(ConnectStep::Kind::connect);
    PlainStream stream(co_await asio::this_coro::executor);
    auto peer = co_await connect_proxy(stream, proxy);
    if (!peer) co_return std::unexpected(note(std::move(peer).error()));
    if (origin_.tls) {
      auto way = co_await open_way(stream, proxy);
      if (!way) co_return std::unexpected(note(std::move(way).error()));
    }
    seen(place(*peer) + ", the proxy " + proxy.place.text());
    Checked checked;
    if (addresses) checked = addresses->front();
    std::optional<Via> via;
    if (!origin_.tls) via.emplace(Via{.proxy = std::move(proxy), .target = store().text()});
    co_return co_await finish(std::move(stream), std::move(checked), std::move(via));
  }

  Task<Transported<std::unique_ptr<HttpConnection>>> finish(PlainStream stream, Checked checked,
                                                            std::optional<Via> via) {
    if (!origin_.tls) {
      stream.expires_never();
      co_return std::make_unique<Connection>(make_byte_stream(std::move(stream)), std::move(checked), times_,
                                             std::move(via));
    }
    begin(ConnectStep::Kind::tls);
    auto secured = co_await secure(std::move(stream), std::move(checked));
    if (!secured) co_return std::unexpected(note(std::move(secured).error()));
    co_return secured;
  }

  Task<Transported<tcp::endpoint>> connect_proxy(PlainStream& stream, const Proxy& proxy) {
    error_code no_address;
    const auto literal = asio::ip::make_address(proxy.place.host, no_address);
    Resolver::Addresses addresses;
    if (!no_address) {
      addresses.push_back(literal);
    } else {
      auto found = co_await resolve(proxy.place.host, resolver_, call_);
      if (auto end = ended(call_); end && end->kind == Kind::local)
        co_return std::unexpected(*std::move(end));
      if (!found)
        co_return failed(Kind::barred, "the name of the proxy " + proxy.place.text() + " is not resolved");
      addresses = *std::move(found);
    }
    auto peer = co_await connect(stream, addresses, proxy.place.port);
    if (!peer && peer.error().kind == Kind::connect)
      co_return failed(Kind::proxy, "the proxy " + proxy.place.text() + ": " + peer.error().text);
    co_return peer;
  }

  // CONNECT: the proxy answers, and from then on its connection is one to the store.
  Task<Transported<>> open_way(PlainStream& stream, const Proxy& proxy) {
    auto request = connect_request(store(), proxy);
    if (!request) co_return failed(Kind::refused, std::move(request).error());
    const Cancellation::Watch watch(call_.cancellation, [&stream] { stream.close(); });
    stream.expires_at(call_.deadline);
    const auto [unsent, sent] = co_await asio::async_write(
        stream, asio::buffer(request->reveal().data(), request->size()), use_result);
    if (unsent) co_return std::unexpected(way_cut(unsent, proxy));
    std::string reply;
    while (reply.find("\r\n\r\n") == std::string::npos) {
      if (reply.size() > kMaxConnectReply) co_return no_proxy(proxy, "answers without end");
      if (!reply.empty() && !std::string_view("HTTP/1.").starts_with(reply.substr(0, 7)))
        co_return no_proxy(proxy, "speaks no HTTP");
      std::array<char, 1024> piece{};
      const auto [why, count] = co_await stream.async_read_some(asio::buffer(piece), use_result);
      if (why) co_return std::unexpected(way_cut(why, proxy));
      reply.append(piece.data(), count);
    }
    const auto status = connect_status(reply);
    if (!status) co_return no_proxy(proxy, "speaks no HTTP");
    if (*status / 100 == 2) {
      // A store says nothing before we do: whatever else came is not the store's.
      if (!reply.ends_with("\r\n\r\n") || reply.find("\r\n\r\n") + 4 != reply.size())
        co_return no_proxy(proxy, "sent more than an answer");
      co_return Transported<>();
    }
    co_return failed(proxy_worth_retrying(*status) ? Kind::proxy : Kind::barred,
                     refusal_by_proxy(*status, proxy, store().text()));
  }

  HostPort store() const { return {.host = origin_.host, .port = origin_.port}; }

  static std::unexpected<TransportFailure> no_proxy(const Proxy& proxy, std::string_view what) {
    return failed(Kind::barred, "what should be the proxy " + proxy.place.text() + " " + std::string(what));
  }

  TransportFailure way_cut(error_code why, const Proxy& proxy) const {
    if (auto end = ended(call_); end && end->kind == Kind::local) return *std::move(end);
    const bool late = why == beast::error::timeout;
    return failed(late ? Kind::barred : Kind::proxy,
                  "the proxy " + proxy.place.text() + ": " + (late ? "no answer in time" : why.message()))
        .error();
  }

  void begin(ConnectStep::Kind kind) {
    start_ = steady_clock::now();
    kind_ = kind;
  }

  void seen(std::string what) {
    if (steps_ != nullptr)
      steps_->push_back(
          {.kind = kind_, .milliseconds = milliseconds_since(start_), .seen = std::move(what), .error = {}});
  }

  TransportFailure note(TransportFailure failure) {
    if (steps_ == nullptr) return failure;
    std::string hint = failure.text + ".";
    if (failure.kind == Kind::proxy || failure.kind == Kind::barred) hint += kProxyAdvice;
    Error error =
        failure.error ? *failure.error : error::backup_dest_not_connect().with_hint(std::move(hint));
    steps_->push_back(
        {.kind = kind_, .milliseconds = milliseconds_since(start_), .seen = {}, .error = std::move(error)});
    return failure;
  }

  Task<Transported<Resolver::Addresses>> find_addresses(Call call) {
    if (auto end = ended(call)) co_return std::unexpected(*std::move(end));
    error_code no_address;
    const auto literal = asio::ip::make_address(origin_.host, no_address);
    Resolver::Addresses addresses;
    if (!no_address) {
      addresses.push_back(literal);
    } else {
      auto found = co_await resolve(origin_.host, resolver_, call);
      if (auto end = ended(call); end && end->kind == Kind::local) co_return std::unexpected(*std::move(end));
      if (!found) co_return failed(Kind::refused, std::move(found).error());
      addresses = *std::move(found);
    }
    for (const auto& address : addresses) {
      const auto why = refusal(address, rules_, is_own_address);
      if (!why) continue;
      std::string hint = "The endpoint's address " + address.to_string() + " is refused: it is ";
      co_return failed(Kind::refused, error::invalid_backup_dest().with_hint(hint.append(*why).append(".")));
    }
    co_return addresses;
  }

  Task<Transported<tcp::endpoint>> connect(PlainStream& stream, const Resolver::Addresses& addresses,
                                           std::uint16_t port) {
    const Cancellation::Watch watch(call_.cancellation, [&stream] { stream.close(); });
    std::string text = "nothing to connect to";
    for (const auto& address : addresses) {
      if (auto end = ended(call_); end && end->kind == Kind::local)
        co_return std::unexpected(*std::move(end));
      const tcp::endpoint endpoint(address, port);
      stream.expires_at(std::min(call_.deadline, steady_clock::now() + times_.connect));
      const auto [why] = co_await stream.async_connect(endpoint, use_result);
      if (!why) {
        error_code ignored;
        stream.socket().set_option(tcp::no_delay(true), ignored);
        co_return endpoint;
      }
      text = "connecting to " + place(endpoint) + ": " +
             (why == beast::error::timeout ? "no answer in time" : why.message());
      error_code ignored;
      stream.socket().close(ignored);
    }
    if (auto end = ended(call_); end && end->kind == Kind::local) co_return std::unexpected(*std::move(end));
    co_return failed(Kind::connect, std::move(text));
  }

  Task<Transported<std::unique_ptr<HttpConnection>>> secure(PlainStream plain, Checked checked) {
    auto context = tls_context(origin_.ca_file);
    if (!context) co_return failed(Kind::refused, std::move(context).error());
    TlsStream stream(std::move(plain), **context);
    SSL* const tls = stream.native_handle();
    if (!expect_peer(tls, origin_.host)) co_return failed(Kind::tls, "the endpoint's name can't be checked");
    auto& lowest = beast::get_lowest_layer(stream);
    const Cancellation::Watch watch(call_.cancellation, [&lowest] { lowest.close(); });
    lowest.expires_at(call_.deadline);
    const auto [why] = co_await stream.async_handshake(asio::ssl::stream_base::client, use_result);
    if (why) {
      if (auto end = ended(call_); end && end->kind == Kind::local)
        co_return std::unexpected(*std::move(end));
      const std::string certificate = verify_failure(tls);
      if (!certificate.empty())
        co_return failed(Kind::tls,
                         "the certificate of " + origin_.host + " is not accepted: " + certificate);
      if (speaks_no_tls(why))
        co_return failed(Kind::scheme,
                         "the port answers without TLS: write host=http://..., which the "
                         "setting backup_dest_allow_http must allow");
      const bool late = why == beast::error::timeout;
      co_return failed(late ? Kind::timeout : Kind::tls,
                       "TLS with " + origin_.host + ": " + (late ? "no answer in time" : why.message()));
    }
    seen(describe_peer(tls));
    lowest.expires_never();
    co_return std::make_unique<Connection>(make_byte_stream(std::move(stream), *context), std::move(checked),
                                           times_);
  }

  const Origin& origin_;
  const NetworkRules& rules_;
  const HttpTimes& times_;
  Resolver& resolver_;
  const Call call_;
  std::vector<ConnectStep>* steps_;
  ConnectStep::Kind kind_ = ConnectStep::Kind::resolve;
  steady_clock::time_point start_{};
};

bool printable_ascii(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

Result<> check_wire(const WireRequest& request) {
  if (!printable_ascii(request.method) || !printable_ascii(request.target))
    return fail(error::invalid_backup_dest().with_hint(
        "the request's target would hold a character that no target has; nothing was sent"));
  for (const HttpHeader& header : request.headers) {
    if (!printable_ascii(header.name) || header.name.find(':') != std::string::npos)
      return fail(error::invalid_backup_dest().with_hint("a header without a proper name; nothing was sent"));
    BW_CHECK(refuse_control("the header " + header.name, header.value));
  }
  return {};
}

Task<Transported<std::unique_ptr<HttpConnection>>> open_connection(const Origin& origin,
                                                                   const NetworkRules& rules,
                                                                   const HttpTimes& times, Resolver& resolver,
                                                                   const Call& call,
                                                                   std::vector<ConnectStep>* steps) {
  Opening opening(origin, rules, times, resolver, call, steps);
  co_return co_await opening.run();
}

}  // namespace breakwater::storage
