// Requests to one bucket: signed, sent, repeated where that helps (docs/spec/storage.md#retries). Answers of
// every status come back as values; what they mean is the caller's business.
//
// Immutable but for the clock's offset: any thread may use it, each operation on its own executor.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "storage/http/http_connection.h"
#include "storage/object/bucket_address.h"
#include "storage/object/object_client_options.h"
#include "storage/object/provider.h"
#include "storage/object/signer.h"
#include "storage/object/store_error.h"

namespace breakwater::storage {

/// A request as operations make it.
struct StoreRequest {
  std::string doing{};  ///< "writing the object a/b": begins hints
  std::string method = "GET";
  std::string key{};  ///< whole; empty: the bucket
  std::vector<QueryItem> query{};
  HttpHeaders headers{};
  bool has_body = false;
  std::span<const std::uint8_t> content{};
  Source* source = nullptr;
  bool hash_payload = true;  ///< false: over TLS the body isn't signed; Content-MD5 vouches for it
  Sink* sink = nullptr;
  unsigned sink_status = 200;  ///< whose body goes to the sink
  bool repeatable = true;      ///< false: sent once, unless nothing can have been sent
  bool look_first = false;  ///< before it is repeated: is the object there by now? Then that is the answer.
  std::chrono::milliseconds limit{20'000};  ///< of the whole; zero: the call's deadline alone
};

struct StoreAnswer {
  HttpReply reply{};
  StoreComplaint complaint{};  ///< of an answer that is no success
  bool repeated = false;       ///< an earlier attempt may have been carried out too
  bool found = false;          ///< look_first found the object; the rest is of no meaning

  bool ok() const { return !found && reply.status >= 200 && reply.status < 300 && complaint.code.empty(); }
};

/// The request as it goes over the wire, with its signature. Pure. `payload_hash` is what
/// Provider::signs_payload asks for. Whether it may be
/// sent is check_wire()'s business.
WireRequest signed_request(const StoreRequest& request, const BucketAddress& address,
                           const Credentials& credentials, const std::string& payload_hash, Timestamp now);

class ObjectClient {
 public:
  static constexpr int kMaxRetries = 4;

  ObjectClient(BucketAddress address, Credentials credentials, ObjectClientOptions options);

  /// Errors are those of the way to the store (transport_error()), of the stream, or the Cancellation's.
  Task<Result<StoreAnswer>> perform(const StoreRequest& request, const Call& call) const;

  /// A connection that is closed again, with what it went through.
  Task<std::vector<ConnectStep>> try_connect(const Call& call) const;

  /// The error for an answer that isn't what the operation hoped for.
  Error error_of(const StoreRequest& request, const StoreAnswer& answer) const;

  const Provider& provider() const { return *address_.provider; }
  const BucketAddress& address() const { return address_; }

  /// The store's clock minus ours, by the last answer with a Date.
  std::optional<std::chrono::seconds> clock_offset() const;

 private:
  Task<Transported<HttpReply>> attempt(const StoreRequest& request, const std::string& payload_hash,
                                       const Call& call, bool& doubtful) const;
  Task<Transported<std::unique_ptr<HttpConnection>>> open(const Call& call,
                                                          std::vector<ConnectStep>* steps) const;
  Task<Result<bool>> is_there(const StoreRequest& request, const Call& call) const;
  Task<Result<std::string>> payload_hash(const StoreRequest& request) const;
  void note_date(const HttpReply& reply) const;
  bool adopt_clock(const HttpReply& reply, const StoreComplaint& complaint) const;
  std::chrono::milliseconds pause_before(int retry, const HttpReply* reply) const;

  const BucketAddress address_;
  const Credentials credentials_;
  const ObjectClientOptions options_;
  mutable std::atomic<std::int64_t> seen_offset_;         // microseconds; kUnknownOffset before any
  mutable std::atomic<std::int64_t> signing_offset_ = 0;  // microseconds
};

}  // namespace breakwater::storage
