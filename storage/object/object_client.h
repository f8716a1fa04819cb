// Signs and sends requests to one bucket, and repeats them where that helps (docs/spec/storage.md#retries).
// It returns answers of every status as values; the caller decides what they mean.
//
// Nothing in it changes but the clock's offset: any thread may use it, each operation on its own executor.
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
  bool hash_payload = true;  ///< false: over TLS the body isn't signed; Content-MD5 protects it
  Sink* sink = nullptr;
  unsigned sink_status = 200;  ///< the sink takes the body of an answer with this status
  bool repeatable = true;      ///< false: it isn't repeated once a part of it may have been sent
  bool look_first = false;     ///< before a repeat it checks whether the object exists; then it is `found`
  std::chrono::milliseconds limit{20'000};  ///< for all attempts; zero: only the call's deadline counts
};

struct StoreAnswer {
  HttpReply reply{};
  StoreComplaint complaint{};  ///< from an answer that is no success
  bool repeated = false;       ///< an earlier attempt may have been carried out too
  bool found = false;          ///< look_first found the object; the other members mean nothing

  bool ok() const { return !found && reply.status >= 200 && reply.status < 300 && complaint.code.empty(); }
};

/// The request as it is sent, with its signature. Pure. `payload_hash` is what Provider::signs_payload needs.
/// It doesn't check whether the request may be sent; check_wire() does.
WireRequest signed_request(const StoreRequest& request, const BucketAddress& address,
                           const Credentials& credentials, const std::string& payload_hash, Timestamp now);

class ObjectClient {
 public:
  static constexpr int kMaxRetries = 4;

  ObjectClient(BucketAddress address, Credentials credentials, ObjectClientOptions options);

  /// Errors: those of the way to the store (transport_error()), of a stream, or of the Cancellation.
  Task<Result<StoreAnswer>> perform(const StoreRequest& request, const Call& call) const;

  /// Opens a connection and keeps it for later requests; returns the steps.
  Task<std::vector<ConnectStep>> try_connect(const Call& call) const;

  /// Opens connections until so many are idle. Failures are those of the requests that come later.
  Task<> open_ahead(std::size_t count, const Call& call) const;

  /// The error for an answer that isn't a success.
  Error error_of(const StoreRequest& request, const StoreAnswer& answer) const;

  /// The error for a success that no store would answer so.
  Error nonsense(const StoreRequest& request, std::string_view what, const StoreAnswer& answer) const;

  const Provider& provider() const { return *address_.provider; }
  const BucketAddress& address() const { return address_; }

  /// The store's clock minus ours, by the last answer with a Date.
  std::optional<std::chrono::seconds> clock_offset() const;

 private:
  Task<Transported<HttpReply>> attempt(const StoreRequest& request, const std::string& payload_hash,
                                       const Call& call, bool& doubtful) const;
  Task<Transported<std::unique_ptr<HttpConnection>>> open(const Call& call,
                                                          std::vector<ConnectStep>* steps) const;
  Task<bool> open_one(Call call) const;
  Error advised(Error error, const TransportFailure& failure) const;
  Task<Result<bool>> is_there(const StoreRequest& request, const Call& call) const;
  Task<Result<std::string>> payload_hash(const StoreRequest& request) const;
  void note_date(const HttpReply& reply) const;
  bool adopt_clock(const HttpReply& reply, const StoreComplaint& complaint, std::int64_t signed_by) const;
  std::chrono::milliseconds pause_before(int retry, const HttpReply* reply) const;

  const BucketAddress address_;
  const Credentials credentials_;
  const ObjectClientOptions options_;
  mutable std::atomic<std::int64_t> seen_offset_;         // microseconds; kUnknownOffset at first
  mutable std::atomic<std::int64_t> signing_offset_ = 0;  // microseconds
};

}  // namespace breakwater::storage
