// Operations of several requests: append, and uploads in parts.
#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "base/crypto.h"
#include "base/text.h"
#include "storage/formats/sizes.h"
#include "storage/object/object_store_internal.h"
#include "storage/pool/side_by_side.h"

namespace breakwater::storage {
namespace {

constexpr std::chrono::seconds kPartLimit{60};
constexpr std::size_t kPartsAtOnce = 4;
constexpr std::size_t kPartsMemory = std::size_t{48} << 20U;  // buffers of one upload's parts
constexpr std::chrono::seconds kAbortLimit{3};                // after the deadline, or KILL

// The ETag that a store like S3 gives to an object that was made of these parts.
std::string multipart_etag(std::span<const Part> parts) {
  Bytes digests;
  for (const Part& part : parts) {
    const auto digest = crypto::from_hex(part.etag);
    if (!digest) return {};
    digests.insert(digests.end(), digest->begin(), digest->end());
  }
  return md5_hex(digests) + "-" + std::to_string(parts.size());
}

}  // namespace

Task<Result<std::uint64_t>> ObjectStore::append(std::string_view name, std::uint64_t position,
                                                std::span<const std::uint8_t> content, const Call& call) {
  if (provider().append_method.empty())
    co_return fail(error::not_supported("append on " + std::string(provider().name)));
  auto request = request_for("appending to", provider().append_method, name);
  if (!request) co_return fail(std::move(request).error());
  request->query = {{"append", std::nullopt}, {"position", std::to_string(position)}};
  request->headers = {{"content-md5", md5_base64(content)}, {"content-type", "application/octet-stream"}};
  request->has_body = true;
  request->content = content;
  request->repeatable = false;
  const std::uint64_t end = position + content.size();
  for (int retry = 0;; ++retry) {
    auto answer = co_await client_->perform(*request, call);
    if (answer && answer->ok()) co_return end;
    const bool doubtful = !answer || worth_retrying(answer->reply.status, answer->complaint.code);
    const bool elsewhere = answer && answer->reply.status == 409;
    Error why = answer ? client_->error_of(*request, *answer) : std::move(answer).error();
    if (elsewhere) co_return fail(error::append_offset_not_match().with_hint(why.hint()));
    if (!doubtful || over(call) || retry >= ObjectClient::kMaxRetries) co_return fail(std::move(why));
    auto now = co_await head(name, call);
    if (!now) co_return fail(std::move(why));
    const std::uint64_t size = *now ? (*now)->size : 0;
    if (size == position) continue;  // it didn't take effect
    auto ours = co_await holds(name, position, content, call);
    if (!ours) co_return fail(std::move(ours).error());
    if (size == end && *ours) co_return end;
    co_return fail(
        error::append_offset_not_match().with_hint(request->doing + ": somebody else has appended to it."));
  }
}

Task<Result<bool>> ObjectStore::holds(std::string_view name, std::uint64_t position,
                                      std::span<const std::uint8_t> content, const Call& call) {
  class Comparison final : public Sink {
   public:
    explicit Comparison(std::span<const std::uint8_t> expected) : expected_(expected) {}
    Task<Result<>> write(std::span<const std::uint8_t> bytes) override {
      const auto part = expected_.subspan(std::min(at_, expected_.size()));
      same_ = same_ && bytes.size() <= part.size() && std::ranges::equal(bytes, part.first(bytes.size()));
      at_ += bytes.size();
      co_return Result<>();
    }
    bool same() const { return same_ && at_ == expected_.size(); }

   private:
    std::span<const std::uint8_t> expected_;
    std::size_t at_ = 0;
    bool same_ = true;
  };
  if (content.empty()) co_return true;
  Comparison comparison(content);
  auto found = co_await get(name, ByteRange{position, position + content.size() - 1}, comparison, call);
  if (!found) co_return fail(std::move(found).error());
  co_return *found&& comparison.same();
}

// ---- parts ----

Task<Result<Upload>> ObjectStore::begin_multipart(std::string_view name, const PutOptions& options,
                                                  const Call& call) {
  auto request = request_for("beginning the upload of", "POST", name);
  if (!request) co_return fail(std::move(request).error());
  request->query = {{"uploads", std::nullopt}};
  request->headers = {{"content-type", std::string(options.content_type)}};
  request->has_body = true;
  auto answer = co_await client_->perform(*request, call);
  if (!answer) co_return fail(std::move(answer).error());
  if (!answer->ok()) co_return fail(client_->error_of(*request, *answer));
  auto id = parse_upload_id(answer->reply.body);
  if (!id) co_return fail(nonsense_error(provider(), request->doing, "the answer names no upload"));
  co_return Upload{.id = *std::move(id), .perhaps_twice = answer->repeated};
}

Task<Result<Part>> ObjectStore::put_part(std::string_view name, std::string_view upload_id,
                                         std::uint32_t number, std::span<const std::uint8_t> content,
                                         const Call& call) {
  auto request = request_for("uploading a part of", "PUT", name);
  if (!request) co_return fail(std::move(request).error());
  request->query = {{"partNumber", std::to_string(number)}, {"uploadId", std::string(upload_id)}};
  const auto md5 = crypto::digest(crypto::Algorithm::md5, content);
  request->headers = {{"content-md5", crypto::to_base64(md5)}, {"content-type", "application/octet-stream"}};
  request->has_body = true;
  request->content = content;
  request->hash_payload = false;
  request->limit = kPartLimit;
  auto answer = co_await client_->perform(*request, call);
  if (!answer) co_return fail(std::move(answer).error());
  if (!answer->ok()) co_return fail(client_->error_of(*request, *answer));
  co_return Part{.number = number,
                 .etag = without_quotes(find_header(answer->reply.headers, "etag").value_or(""))};
}

Task<Result<PutOutcome>> ObjectStore::complete_multipart(std::string_view name, std::string_view upload_id,
                                                         std::span<const Part> parts,
                                                         const PutOptions& options, const Call& call) {
  auto request = request_for("completing the upload of", "POST", name);
  if (!request) co_return fail(std::move(request).error());
  const std::string body = complete_xml(parts);
  request->query = {{"uploadId", std::string(upload_id)}};
  request->headers = {{"content-type", "application/xml"}};
  if (options.create_only) add_create_only(provider(), request->headers);
  request->has_body = true;
  request->content = as_bytes(body);
  request->repeatable = false;
  request->limit = kPartLimit;
  auto answer = co_await client_->perform(*request, call);
  if (answer) {
    auto outcome = outcome_of(*client_, *request, *answer, options.create_only);
    const auto etag = parse_completed(answer->reply.body);
    if (outcome && outcome->result != PutResult::written) co_return outcome;
    if (outcome && etag) co_return PutOutcome{.etag = *etag};
    const bool doubtful = worth_retrying(answer->reply.status, answer->complaint.code) ||
                          answer->complaint.code == "NoSuchUpload" || answer->reply.status < 300;
    if (!doubtful) co_return outcome;
  }
  // The answer doesn't tell, or there is none: look at the object.
  Error why = answer ? client_->error_of(*request, *answer) : std::move(answer).error();
  if (over(call)) co_return fail(std::move(why));
  auto now = co_await head(name, call);
  if (now && *now && options.create_only) co_return PutOutcome{.result = PutResult::exists};
  if (now && *now && !(*now)->etag.empty() && iequals((*now)->etag, multipart_etag(parts)))
    co_return PutOutcome{.etag = (*now)->etag};
  co_return fail(std::move(why));
}

Task<Result<>> ObjectStore::abort_multipart(std::string_view name, std::string_view upload_id,
                                            const Call& call) {
  auto request = request_for("giving up the upload of", "DELETE", name);
  if (!request) co_return fail(std::move(request).error());
  request->query = {{"uploadId", std::string(upload_id)}};
  auto answer = co_await client_->perform(*request, call);
  if (!answer) co_return fail(std::move(answer).error());
  const bool gone = answer->reply.status == 404 && answer->complaint.code == "NoSuchUpload";
  if (!answer->ok() && !gone) co_return fail(client_->error_of(*request, *answer));
  co_return Result<>();
}

Task<Result<>> ObjectStore::abort_uploads(std::string_view name, const Call& call) {
  auto named = request_for("looking for unfinished uploads of", "GET", name);
  if (!named) co_return fail(std::move(named).error());
  const std::string key = std::exchange(named->key, {});
  named->query = {{"uploads", std::nullopt}, {"prefix", key}};
  auto answer = co_await client_->perform(*named, call);
  if (!answer) co_return fail(std::move(answer).error());
  if (!answer->ok()) co_return fail(client_->error_of(*named, *answer));
  const auto ids = parse_uploads(answer->reply.body, key);
  if (!ids) co_return fail(nonsense_error(provider(), named->doing, "the answer is no list of uploads"));
  for (const std::string& id : *ids) BW_CO_CHECK(co_await abort_multipart(name, id, call));
  co_return Result<>();
}

// An upload whose parts are under way side by side: several workers, each with a buffer for one part, take the
// parts in their order.
class ObjectStore::PartsUnderWay {
 public:
  PartsUnderWay(ObjectStore& store, std::string_view name, std::string_view upload_id, Source& source,
                std::uint64_t part_size)
      : store_(store),
        name_(name),
        upload_id_(upload_id),
        source_(source),
        part_size_(part_size),
        parts_((source.size() + part_size - 1) / part_size) {}

  Task<Result<std::vector<Part>>> run(const Call& call) {
    const std::size_t fit = std::max<std::size_t>(1, kPartsMemory / part_size_);
    SideBySide workers(call);
    for (std::size_t i = 0; i < std::min({fit, kPartsAtOnce, parts_.size()}); ++i)
      workers.add([this](Call each) { return work(each); });
    co_await workers.run();
    if (first_failed_ < parts_.size()) co_return fail(*std::move(why_));
    co_return std::move(parts_);
  }

 private:
  Task<bool> work(Call call) {
    Bytes buffer(std::min<std::uint64_t>(part_size_, source_.size()));
    while (next_ < parts_.size() && !why_) {
      const std::size_t index = next_++;
      auto part = co_await send(index, buffer, call);
      if (part) {
        parts_[index] = *std::move(part);
      } else {
        note(index, std::move(part).error());
      }
    }
    co_return true;  // parts under way end by themselves: one that is cut off may come after the abort
  }

  Task<Result<Part>> send(std::size_t index, std::span<std::uint8_t> buffer, Call call) {
    const std::uint64_t offset = index * part_size_;
    const auto content = buffer.first(std::min<std::uint64_t>(part_size_, source_.size() - offset));
    for (std::size_t have = 0; have < content.size();) {
      auto read = co_await source_.read(offset + have, content.subspan(have));
      if (!read) co_return fail(std::move(read).error());
      if (*read == 0)
        co_return fail(error::io_error().with_hint("What is being uploaded became shorter meanwhile."));
      have += *read;
    }
    co_return co_await store_.put_part(name_, upload_id_, static_cast<std::uint32_t>(index + 1), content,
                                       call);
  }

  // The first part that failed says why, whichever failed first.
  void note(std::size_t index, Error why) {
    if (index >= first_failed_) return;
    first_failed_ = index;
    why_.emplace(std::move(why));
  }

  ObjectStore& store_;
  const std::string_view name_;
  const std::string_view upload_id_;
  Source& source_;
  const std::uint64_t part_size_;
  std::vector<Part> parts_;
  std::size_t next_ = 0;
  std::size_t first_failed_ = std::numeric_limits<std::size_t>::max();
  std::optional<Error> why_;
};

Task<Result<PutOutcome>> ObjectStore::put_multipart(std::string_view name, Source& source,
                                                    const PutOptions& options, const Call& call) {
  if (source.size() == 0) {
    auto empty = co_await put(name, std::span<const std::uint8_t>(), options, call);
    co_return empty;
  }
  const std::uint64_t even = (source.size() + kMaxParts - 1) / kMaxParts;
  const std::uint64_t part_size = std::max<std::uint64_t>(kMinPart, (even + kMiB - 1) / kMiB * kMiB);
  if (part_size > kMaxPart)
    co_return fail(error::size_overflow().with_hint("An upload takes at most 156 GiB."));
  auto upload = co_await begin_multipart(name, options, call);
  if (!upload) co_return fail(std::move(upload).error());
  PartsUnderWay under_way(*this, name, upload->id, source, part_size);
  auto parts = co_await under_way.run(call);
  Result<PutOutcome> outcome;
  if (parts) {
    outcome = co_await complete_multipart(name, upload->id, *parts, options, call);
  } else {
    outcome = fail(std::move(parts).error());
  }
  if (!outcome || outcome->result != PutResult::written) {
    const Call last{deadline_in(kAbortLimit)};
    auto aborted = co_await abort_multipart(name, upload->id, last);
    if (!aborted && !outcome)
      co_return fail(
          std::move(outcome.error())
              .with_hint(outcome.error().hint() +
                         " The unfinished upload could not be removed; the store keeps its parts."));
  }
  co_return outcome;
}

}  // namespace breakwater::storage
