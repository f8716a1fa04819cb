// A directory in a bucket of an object store, and the operations on it.
//
// Names. Every `name` is relative to the destination ("format", "check_file/x.obbak"); see key_of().
//
// Threads. An ObjectStore doesn't change once made: any thread may call it. An operation runs on the executor
// of the coroutine that awaits it, an io_context of one thread. Its connections stay with that io_context,
// where other stores use them too (http_pool.h says what that means for the io_context's end). Views and
// references that an operation is given must stay valid until it has been awaited.
//
// Time. Each operation ends by its Call's deadline, or earlier by a limit of its own: 20 s for small
// requests, 60 s for a part. It repeats requests itself where that helps; callers don't repeat it.
//
// Errors of all operations. Each has a hint: what the store said and what to do; never a key or a signature.
//   backup_dest_not_connect (9070)          name, connection, TLS, deadline; a connection that was cut; an
//                                           answer that is no HTTP
//   backup_permission_denied (9071)         any 401 or 403; the hint says which: key, signature, policy,
//                                           clock, quota
//   invalid_backup_dest (9026)              the endpoint's address is refused
//   io_limit (9061)                         still throttled after the retries
//   checksum_error (4103)                   the store, or we, received other bytes than were sent
//   s3_region_mismatch (9117)               the bucket is in another region
//   invalid_object_storage_endpoint (9118)  no such bucket; a redirect
//   invalid_argument (1210)                 an impossible name or value
//   not_supported (1235)                    the store has no such operation
//   oss_error (9003), cos_error (9060), s3_error (9105)
//                                           anything else: Provider::other_error
//   invalid_config (4147)                   backup_dest_ca_file can't be read
//   the error of the Cancellation
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "storage/object/object_types.h"
#include "storage/pool/cancellation.h"

namespace breakwater::storage {

class ObjectClient;
class Sink;
class Source;
struct ConnectStep;
struct Destination;
struct ObjectClientOptions;
struct Provider;
struct StoreAnswer;
struct StoreRequest;

inline constexpr std::uint64_t kMaxSinglePut = std::uint64_t{5} << 30U;
inline constexpr std::uint32_t kMaxParts = 10'000;
inline constexpr std::size_t kMinPart = std::size_t{8} << 20U;   ///< bytes of put_multipart()'s parts,
inline constexpr std::size_t kMaxPart = std::size_t{16} << 20U;  ///< up to this if kMaxParts are too few

struct ObjectList {
  std::vector<ObjectInfo> objects{};    ///< without one whose key is the prefix itself
  std::string next{};                   ///< for ListOptions::after; empty: this was the last page
  std::optional<Timestamp> answered{};  ///< by the store's clock; not set: it doesn't say
};

/// Not an aggregate on purpose: GCC 12 copies an aggregate's braces inside a co_await expression bit by bit,
/// which no std::string survives.
struct ListOptions {
  ListOptions() = default;
  explicit ListOptions(std::string_view wanted) : prefix(wanted) {}

  std::string prefix{};           ///< relative; empty: the whole destination
  std::uint32_t max_keys = 1000;  ///< 1 to 1000
  std::string after{};            ///< ObjectList::next of the page before
};

struct Upload {
  std::string id{};
  bool perhaps_twice = false;  ///< an answer was lost, so there may be a second upload: call abort_uploads()
};

enum class PutResult : std::uint8_t {
  written,
  exists,  ///< create_only: there is one already; if an answer was lost, perhaps our own: read it back
  create_only_unsupported,  ///< the store refuses the condition (501); nothing was written
};

struct PutOutcome {
  PutResult result = PutResult::written;
  std::string etag{};
};

struct PutOptions {
  bool create_only = false;  ///< a store may ignore it: read back and compare
  std::string_view content_type = "application/octet-stream";
};

struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;  ///< inclusive
};

class ObjectStore {
 public:
  /// For make_object_store().
  ObjectStore(std::string_view directory, std::unique_ptr<ObjectClient> client);
  ~ObjectStore();
  ObjectStore(const ObjectStore&) = delete;
  ObjectStore& operator=(const ObjectStore&) = delete;

  const Provider& provider() const;
  std::string key_of(std::string_view name) const;  ///< "dir/format"
  std::string url() const;                          ///< "https://bucket.host:port/dir/"

  /// The store's clock minus ours, by its last answer.
  std::optional<std::chrono::seconds> clock_offset() const;

  /// Opens a connection and keeps it for later operations. The steps: resolve, connect, TLS, up to the first
  /// that fails.
  Task<std::vector<ConnectStep>> try_connect(const Call& call);
  /// Opens connections until so many are idle, for operations that soon go side by side. It can't fail.
  Task<> open_ahead(std::size_t count, const Call& call);

  /// Nullopt if there is no such object; a missing bucket is an error.
  Task<Result<std::optional<ObjectInfo>>> head(std::string_view name, const Call& call);

  /// The whole object. Nullopt if there is no such object; size_overflow (4019) if it has more than `limit`
  /// bytes.
  Task<Result<std::optional<Bytes>>> get(std::string_view name, std::size_t limit, const Call& call);

  /// Reads into a sink; only the call's deadline limits the time. False if there is no such object. If the
  /// object ends within `range`, the sink gets the part that exists; a range after its end is
  /// invalid_argument (1210). After an error the sink may have got a part.
  Task<Result<bool>> get(std::string_view name, std::optional<ByteRange> range, Sink& sink, const Call& call);

  /// Sends Content-MD5 and compares the ETag in the answer: checksum_error (4103).
  Task<Result<PutOutcome>> put(std::string_view name, std::span<const std::uint8_t> content,
                               const PutOptions& options, const Call& call);

  /// Writes in one request; only the call's deadline limits the time. Error: size_overflow (4019) for more
  /// than kMaxSinglePut bytes.
  Task<Result<PutOutcome>> put(std::string_view name, Source& source, const PutOptions& options,
                               const Call& call);

  /// Writes as a multipart upload, some parts side by side in at most 48 MiB, and aborts it if it fails. Error: size_overflow (4019) for more than
  /// kMaxPart * kMaxParts bytes.
  Task<Result<PutOutcome>> put_multipart(std::string_view name, Source& source, const PutOptions& options,
                                         const Call& call);

  Task<Result<ObjectList>> list(const ListOptions& options, const Call& call);

  /// A missing object is no error.
  Task<Result<>> remove(std::string_view name, const Call& call);
  /// The same in one attempt: after an error it may have been carried out, or still be.
  Task<Result<>> remove_once(std::string_view name, const Call& call);

  /// Removes any number of objects. The error is that of the first that could not be removed.
  Task<Result<>> remove_many(std::span<const std::string> names, const Call& call);

  /// Removes some objects, each by a request of its own, side by side. All are tried; the error is that of the
  /// first that stays.
  Task<Result<>> remove_each(std::vector<std::string> names, const Call& call);

  /// Removes some objects in one request, and by remove_each() if the store or the key's permissions don't
  /// have that, or it doesn't say of each that it is gone.
  Task<Result<>> remove_few(std::vector<std::string> names, const Call& call);

  /// Replaces all tags of the object. False if there is no such object.
  Task<Result<bool>> put_tags(std::string_view name, std::span<const Tag> tags, const Call& call);

  /// Nullopt if there is no such object.
  Task<Result<std::optional<std::vector<Tag>>>> get_tags(std::string_view name, const Call& call);

  /// Returns the object's new size. Error: append_offset_not_match (9083) if it doesn't have `position` bytes
  /// now. If an answer is lost, the object's size tells what happened; the bytes are not simply sent again.
  Task<Result<std::uint64_t>> append(std::string_view name, std::uint64_t position,
                                     std::span<const std::uint8_t> content, const Call& call);

  // A multipart upload step by step. put_multipart() does all of it.

  Task<Result<Upload>> begin_multipart(std::string_view name, const PutOptions& options, const Call& call);
  Task<Result<Part>> put_part(std::string_view name, std::string_view upload_id, std::uint32_t number,
                              std::span<const std::uint8_t> content, const Call& call);
  /// Sent once. If the answer is lost, the object itself tells whether the upload was completed.
  Task<Result<PutOutcome>> complete_multipart(std::string_view name, std::string_view upload_id,
                                              std::span<const Part> parts, const PutOptions& options,
                                              const Call& call);
  /// A missing upload is no error.
  Task<Result<>> abort_multipart(std::string_view name, std::string_view upload_id, const Call& call);
  /// Aborts every unfinished upload of that name, whoever began it: only for names that nobody else uses.
  /// backup_permission_denied (9071) and not_supported (1235) may also mean that only the list of uploads is
  /// refused.
  Task<Result<>> abort_uploads(std::string_view name, const Call& call);

 private:
  class PartsUnderWay;

  Result<StoreRequest> request_for(std::string_view doing, std::string_view method,
                                   std::string_view name) const;
  Task<Result<>> remove(std::string_view name, bool repeatable, const Call& call);
  std::string relative(std::string_view key) const;
  Task<Result<bool>> fetch(const StoreRequest& request, std::optional<ByteRange> range, const Call& call);
  Task<Result<StoreAnswer>> complaint_behind_head(const StoreRequest& head, const Call& call);
  Task<Result<std::size_t>> remove_some(std::span<const std::string> names, bool quiet, const Call& call);
  Task<Result<bool>> holds(std::string_view name, std::uint64_t position,
                           std::span<const std::uint8_t> content, const Call& call);

  const std::string directory_;  ///< with '/' at its end, or empty
  const std::unique_ptr<ObjectClient> client_;
};

/// Copies what it needs from the destination, the key into a Secret of its own; opens nothing. Errors: those
/// of bucket_address(), and not_supported (1235) for role_arn and for file://.
Result<std::unique_ptr<ObjectStore>> make_object_store(const Destination& destination,
                                                       ObjectClientOptions options);

}  // namespace breakwater::storage
