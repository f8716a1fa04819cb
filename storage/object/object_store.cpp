#include "storage/object/object_store.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/crypto.h"
#include "base/text.h"
#include "storage/formats/plain_text.h"
#include "storage/object/object_store_internal.h"
#include "storage/pool/side_by_side.h"

namespace breakwater::storage {
namespace {

constexpr std::size_t kMaxKey = 1023;  // bytes; COS takes about 850 and refuses longer ones itself
constexpr std::size_t kMaxDeletes = 1000;

bool printable(std::string_view text) {
  return is_utf8(text) && !find_control(text);
}

// Whether it has no empty, "." and ".." components: not every proxy and tool handles keys with those.
bool plain_path(std::string_view path) {
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view component = path.substr(0, slash);
    if (component.empty() || component == "." || component == "..") return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

std::optional<std::uint64_t> number_in(const HttpHeaders& headers, std::string_view name) {
  const auto text = name.empty() ? std::nullopt : find_header(headers, name);
  return text ? whole_number<std::uint64_t>(*text) : std::nullopt;
}

// In the store's own words: whoever else answers 404, a proxy or a portal, knows nothing of the object.
bool no_such_object(const StoreAnswer& answer) {
  return answer.reply.status == 404 && answer.complaint.code == "NoSuchKey";
}

bool condition_failed(const StoreAnswer& answer) {
  return answer.found || answer.reply.status == 412 ||
         (answer.reply.status == 409 && answer.complaint.code == "FileAlreadyExists");
}

HttpHeaders range_headers(const Provider& provider, const std::string& bytes) {
  HttpHeaders headers = {{"range", bytes}};
  if (!provider.range_header.empty())
    headers.push_back({std::string(provider.range_header), std::string(provider.range_value)});
  return headers;
}

bool is_md5(const Provider& provider, const HttpReply& reply, std::string_view etag) {
  const auto hex = [](char c) {
    return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f');
  };
  const auto encryption = ascii_lower(find_header(reply.headers, provider.encryption_header).value_or(""));
  return etag.size() == 32 && std::ranges::all_of(etag, hex) && encryption.find("kms") == std::string::npos;
}

class MemorySink final : public Sink {
 public:
  explicit MemorySink(std::size_t limit) : limit_(limit) {}

  Task<Result<>> write(std::span<const std::uint8_t> bytes) override {
    if (bytes.size() > limit_ - bytes_.size())
      co_return fail(error::size_overflow().with_hint("The object is larger than it may be here."));
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    co_return Result<>();
  }

  Bytes take() { return std::move(bytes_); }

 private:
  std::size_t limit_;
  Bytes bytes_;
};

// Computes the MD5 of an object that is read back.
class DigestingSink final : public Sink {
 public:
  Task<Result<>> write(std::span<const std::uint8_t> bytes) override {
    digest_.update(bytes);
    co_return Result<>();
  }

  std::string md5() { return crypto::to_hex(digest_.finish()); }

 private:
  crypto::Digest digest_{crypto::Algorithm::md5};
};

// Computes the MD5 of what the last attempt has read.
class DigestingSource final : public Source {
 public:
  explicit DigestingSource(Source& inner) : inner_(inner) {}

  std::uint64_t size() const override { return inner_.size(); }

  Task<Result<std::size_t>> read(std::uint64_t offset, std::span<std::uint8_t> into) override {
    if (offset == 0) digest_.emplace(crypto::Algorithm::md5);
    auto count = co_await inner_.read(offset, into);
    if (count) digest_->update(into.first(*count));
    co_return count;
  }

  std::string md5() {
    if (!digest_) digest_.emplace(crypto::Algorithm::md5);
    return crypto::to_hex(digest_->finish());
  }

 private:
  Source& inner_;
  std::optional<crypto::Digest> digest_;
};

}  // namespace

bool over(const Call& call) {
  return call.cancelled() || std::chrono::steady_clock::now() >= call.deadline;
}

std::string md5_base64(std::span<const std::uint8_t> content) {
  return crypto::to_base64(crypto::digest(crypto::Algorithm::md5, content));
}

std::string md5_hex(std::span<const std::uint8_t> content) {
  return crypto::to_hex(crypto::digest(crypto::Algorithm::md5, content));
}

bool doubtful_etag(const Provider& provider, const HttpReply& reply, std::string_view md5) {
  const std::string etag = without_quotes(find_header(reply.headers, "etag").value_or(""));
  return is_md5(provider, reply, etag) && !iequals(etag, md5);
}

Error other_bytes(const StoreRequest& request) {
  return error::checksum_error().with_hint(request.doing + ": the store has other bytes than were sent.");
}

Result<PutOutcome> outcome_of(const ObjectClient& client, const StoreRequest& request,
                              const StoreAnswer& answer, bool create_only) {
  if (create_only && condition_failed(answer)) return PutOutcome{.result = PutResult::exists};
  if (create_only && (answer.reply.status == 501 || answer.complaint.code == "NotImplemented"))
    return PutOutcome{.result = PutResult::create_only_unsupported};
  if (!answer.ok()) return fail(client.error_of(request, answer));
  return PutOutcome{.etag = without_quotes(find_header(answer.reply.headers, "etag").value_or(""))};
}

void add_create_only(const Provider& provider, HttpHeaders& headers) {
  headers.push_back({std::string(provider.create_only_header), std::string(provider.create_only_value)});
}

Result<std::unique_ptr<ObjectStore>> make_object_store(const Destination& destination,
                                                       ObjectClientOptions options) {
  if (destination.is_file()) return fail(error::not_supported("an object store behind file://"));
  if (destination.enable_worm)
    return fail(error::not_supported("enable_worm=true")
                    .with_hint("Under a retention policy nothing can be overwritten, appended to or deleted, "
                               "which the proof tries."));
  if (!destination.role_arn.empty())
    return fail(error::not_supported("role_arn")
                    .with_hint("Breakwater asks no token service for a role's keys: give access_id= and "
                               "access_key=, and for temporary "
                               "ones session_token=."));
  const std::string& directory = destination.object_dir;
  if (!directory.empty() && (!plain_path(directory) || !printable(directory)))
    return fail(error::invalid_backup_dest().with_hint(
        "The path behind the bucket can't hold '//', '.' or '..' as a component, or control characters."));
  BW_TRY(BucketAddress address, bucket_address(destination, options.rules));
  Credentials credentials{.access_id = destination.access_id,
                          .access_key = destination.access_key.clone(),
                          .session_token = destination.session_token.clone()};
  return std::make_unique<ObjectStore>(
      directory,
      std::make_unique<ObjectClient>(std::move(address), std::move(credentials), std::move(options)));
}

ObjectStore::ObjectStore(std::string_view directory, std::unique_ptr<ObjectClient> client)
    : directory_(directory.empty() ? "" : std::string(directory) + "/"), client_(std::move(client)) {}

ObjectStore::~ObjectStore() = default;

const Provider& ObjectStore::provider() const {
  return client_->provider();
}

std::optional<std::chrono::seconds> ObjectStore::clock_offset() const {
  return client_->clock_offset();
}

Task<std::vector<ConnectStep>> ObjectStore::try_connect(const Call& call) {
  return client_->try_connect(call);
}

Task<> ObjectStore::open_ahead(std::size_t count, const Call& call) {
  return client_->open_ahead(count, call);
}

std::string ObjectStore::key_of(std::string_view name) const {
  return directory_ + std::string(name);
}

std::string ObjectStore::url() const {
  const BucketAddress& address = client_->address();
  return (address.origin.tls ? "https://" : "http://") + address.host_header() + address.path_of(directory_);
}

Result<StoreRequest> ObjectStore::request_for(std::string_view doing, std::string_view method,
                                              std::string_view name) const {
  std::string key = key_of(name);
  if (!plain_path(name) || !printable(name) || key.size() > kMaxKey)
    return fail(error::invalid_argument().with_hint("The name of an object is too long, or no name."));
  return StoreRequest{
      .doing = std::string(doing) + " " + key, .method = std::string(method), .key = std::move(key)};
}

std::string ObjectStore::relative(std::string_view key) const {
  return std::string(key.substr(std::min(directory_.size(), key.size())));
}

// ---- reading ----

Task<Result<std::optional<ObjectInfo>>> ObjectStore::head(std::string_view name, const Call& call) {
  auto request = request_for("looking at", "HEAD", name);
  if (!request) co_return fail(std::move(request).error());
  for (bool second_look = false;; second_look = true) {
    auto answer = co_await client_->perform(*request, call);
    if (!answer) co_return fail(std::move(answer).error());
    if (answer->ok()) {
      const HttpHeaders& headers = answer->reply.headers;
      const auto size = number_in(headers, "content-length");
      if (!size) co_return fail(nonsense_error(provider(), request->doing, "the answer has no length"));
      co_return ObjectInfo{.name = std::string(name),
                           .size = *size,
                           .etag = without_quotes(find_header(headers, "etag").value_or("")),
                           .append_position = number_in(headers, provider().next_position_header)};
    }
    auto behind = co_await complaint_behind_head(*request, call);
    if (!behind) co_return fail(std::move(behind).error());
    const bool there = behind->ok() || behind->reply.status == 416;
    if (no_such_object(*behind)) co_return std::optional<ObjectInfo>();
    if (!there || second_look) co_return fail(client_->error_of(*request, there ? *answer : *behind));
  }
}

// The answer to a HEAD has no body, so a GET finds out which 404 or 403 it is.
Task<Result<StoreAnswer>> ObjectStore::complaint_behind_head(const StoreRequest& head, const Call& call) {
  MemorySink first_byte(1);
  const StoreRequest get{.doing = head.doing,
                         .method = "GET",
                         .key = head.key,
                         .headers = range_headers(provider(), "bytes=0-0"),
                         .sink = &first_byte,
                         .sink_status = 206};
  co_return co_await client_->perform(get, call);
}

Task<Result<bool>> ObjectStore::fetch(const StoreRequest& request, std::optional<ByteRange> range,
                                      const Call& call) {
  auto answer = co_await client_->perform(request, call);
  if (!answer) co_return fail(std::move(answer).error());
  if (no_such_object(*answer)) co_return false;
  if (!answer->ok()) co_return fail(client_->error_of(request, *answer));
  if (answer->reply.status != request.sink_status)
    co_return fail(nonsense_error(provider(), request.doing, "the store pays no heed to ranges"));
  if (!range) co_return true;
  const std::string begins = "bytes " + std::to_string(range->first) + "-";
  if (!find_header(answer->reply.headers, "content-range").value_or("").starts_with(begins))
    co_return fail(nonsense_error(provider(), request.doing, "the answer holds another range"));
  co_return true;
}

Task<Result<bool>> ObjectStore::get(std::string_view name, std::optional<ByteRange> range, Sink& sink,
                                    const Call& call) {
  auto request = request_for("reading", "GET", name);
  if (!request) co_return fail(std::move(request).error());
  request->sink = &sink;
  request->limit = {};
  if (range) {
    if (range->last < range->first) co_return fail(error::invalid_argument());
    const std::string bytes = "bytes=" + std::to_string(range->first) + "-" + std::to_string(range->last);
    request->headers = range_headers(provider(), bytes);
    request->sink_status = 206;
  }
  co_return co_await fetch(*request, range, call);
}

Task<Result<std::optional<Bytes>>> ObjectStore::get(std::string_view name, std::size_t limit,
                                                    const Call& call) {
  auto request = request_for("reading", "GET", name);
  if (!request) co_return fail(std::move(request).error());
  MemorySink sink(limit);
  request->sink = &sink;
  auto found = co_await fetch(*request, std::nullopt, call);
  if (!found) co_return fail(std::move(found).error());
  if (!*found) co_return std::optional<Bytes>();
  co_return sink.take();
}

Task<Result<ObjectList>> ObjectStore::list(const ListOptions& options, const Call& call) {
  StoreRequest request{.doing = "listing " + key_of(options.prefix), .method = "GET"};
  const std::string prefix = key_of(options.prefix);
  const bool v2 = provider().list_v2;
  if (v2) request.query.push_back({"list-type", "2"});
  request.query.push_back({"prefix", prefix});
  request.query.push_back({"max-keys", std::to_string(options.max_keys)});
  request.query.push_back({"encoding-type", "url"});
  if (!options.after.empty()) request.query.push_back({v2 ? "continuation-token" : "marker", options.after});

  auto answer = co_await client_->perform(request, call);
  if (!answer) co_return fail(std::move(answer).error());
  if (!answer->ok()) {
    Error why = client_->error_of(request, *answer);
    if (!why.is(Errc::backup_file_not_exist)) co_return fail(std::move(why));
    // A list isn't about an object: what isn't found is the bucket.
    co_return fail(error::invalid_object_storage_endpoint().with_hint(why.hint()));
  }
  auto page = parse_list(answer->reply.body);
  if (!page) co_return fail(client_->nonsense(request, "the answer is no list of objects", *answer));

  ObjectList list;
  if (const auto date = find_header(answer->reply.headers, "date")) list.answered = parse_http_date(*date);
  std::string last;
  for (ObjectInfo& object : page->objects) {
    last = std::max(last, object.name);
    if (!object.name.starts_with(prefix) || object.name == prefix) continue;
    object.name = relative(object.name);
    list.objects.push_back(std::move(object));
  }
  if (!page->truncated) co_return list;
  // The list itself says where the next page begins. S3's old form doesn't: its last key does there.
  list.next = page->next_marker.empty() && !v2 ? last : page->next_marker;
  if (list.next.empty() || list.next == options.after)
    co_return fail(nonsense_error(provider(), request.doing, "the list's pages come to no end"));
  co_return list;
}

// ---- writing ----

Task<Result<PutOutcome>> ObjectStore::put(std::string_view name, std::span<const std::uint8_t> content,
                                          const PutOptions& options, const Call& call) {
  auto request = request_for("writing", "PUT", name);
  if (!request) co_return fail(std::move(request).error());
  request->headers = {{"content-md5", md5_base64(content)},
                      {"content-type", std::string(options.content_type)}};
  if (options.create_only) add_create_only(provider(), request->headers);
  request->has_body = true;
  request->content = content;
  request->look_first = options.create_only;
  auto answer = co_await client_->perform(*request, call);
  if (!answer) co_return fail(std::move(answer).error());
  auto outcome = outcome_of(*client_, *request, *answer, options.create_only);
  const bool written = outcome && outcome->result == PutResult::written;
  if (!written || !doubtful_etag(provider(), answer->reply, md5_hex(content))) co_return outcome;
  BW_CO_TRY(const bool same, co_await holds(name, 0, content, call));
  if (same) co_return outcome;
  co_return fail(other_bytes(*request));
}

Task<Result<PutOutcome>> ObjectStore::put(std::string_view name, Source& source, const PutOptions& options,
                                          const Call& call) {
  auto request = request_for("writing", "PUT", name);
  if (!request) co_return fail(std::move(request).error());
  if (source.size() > kMaxSinglePut)
    co_return fail(error::size_overflow().with_hint("One request takes at most 5 GiB."));
  DigestingSource digesting(source);
  request->headers = {{"content-type", std::string(options.content_type)}};
  if (options.create_only) add_create_only(provider(), request->headers);
  request->has_body = true;
  request->source = &digesting;
  request->look_first = options.create_only;
  request->limit = {};
  auto answer = co_await client_->perform(*request, call);
  if (!answer) co_return fail(std::move(answer).error());
  auto outcome = outcome_of(*client_, *request, *answer, options.create_only);
  const bool written = outcome && outcome->result == PutResult::written;
  if (!written) co_return outcome;
  const std::string md5 = digesting.md5();
  if (!doubtful_etag(provider(), answer->reply, md5)) co_return outcome;
  DigestingSink found;
  BW_CO_TRY(const bool there, co_await get(name, std::nullopt, found, call));
  if (there && found.md5() == md5) co_return outcome;
  co_return fail(other_bytes(*request));
}

Task<Result<>> ObjectStore::remove(std::string_view name, const Call& call) {
  return remove(name, true, call);
}

Task<Result<>> ObjectStore::remove_once(std::string_view name, const Call& call) {
  return remove(name, false, call);
}

Task<Result<>> ObjectStore::remove(std::string_view name, bool repeatable, const Call& call) {
  auto request = request_for("deleting", "DELETE", name);
  if (!request) co_return fail(std::move(request).error());
  request->repeatable = repeatable;
  auto answer = co_await client_->perform(*request, call);
  if (!answer) co_return fail(std::move(answer).error());
  if (!answer->ok() && !no_such_object(*answer)) co_return fail(client_->error_of(*request, *answer));
  co_return Result<>();
}

Task<Result<>> ObjectStore::remove_many(std::span<const std::string> names, const Call& call) {
  while (!names.empty()) {
    const auto some = names.first(std::min(names.size(), kMaxDeletes));
    auto removed = co_await remove_some(some, true, call);
    if (!removed) co_return fail(std::move(removed).error());
    names = names.subspan(some.size());
  }
  co_return Result<>();
}

// How many the store says are removed.
Task<Result<std::size_t>> ObjectStore::remove_some(std::span<const std::string> names, bool quiet,
                                                   const Call& call) {
  std::vector<std::string> keys;
  for (const std::string& name : names) {
    auto checked = request_for("deleting", "POST", name);
    if (!checked) co_return fail(std::move(checked).error());
    keys.push_back(std::move(checked->key));
  }
  const std::string body = delete_xml(keys, quiet);
  const StoreRequest request{
      .doing = "deleting " + std::to_string(keys.size()) + " objects",
      .method = "POST",
      .query = {{"delete", std::nullopt}},
      .headers = {{"content-md5", md5_base64(as_bytes(body))}, {"content-type", "application/xml"}},
      .has_body = true,
      .content = as_bytes(body)};
  auto answer = co_await client_->perform(request, call);
  if (!answer) co_return fail(std::move(answer).error());
  // Some stores answer success with an empty body.
  if (answer->reply.status == 200 && answer->reply.body.empty()) co_return std::size_t{0};
  auto deleted = parse_deleted(answer->reply.body);
  if (!deleted || answer->reply.status != 200) co_return fail(client_->error_of(request, *answer));
  if (deleted->failed_key.empty() && deleted->complaint.code.empty()) co_return deleted->deleted;
  StoreAnswer refused{.complaint = std::move(deleted->complaint)};
  refused.reply.status = refused.complaint.code == "AccessDenied" ? 403 : 200;
  co_return fail(client_->error_of(request, refused));
}

Task<Result<>> ObjectStore::remove_each(std::vector<std::string> names, const Call& call) {
  std::vector<Result<>> removed(names.size());
  SideBySide all(call);
  for (std::size_t i = 0; i < names.size(); ++i) {
    all.add([&, i](Call part) -> Task<bool> {
      removed[i] = co_await remove(names[i], part);
      co_return true;
    });
  }
  co_await all.run();
  for (Result<>& one : removed) BW_CO_CHECK(std::move(one));
  co_return Result<>();
}

Task<Result<>> ObjectStore::remove_few(std::vector<std::string> names, const Call& call) {
  const auto removed = co_await remove_some(names, false, call);
  if (removed && *removed == names.size()) co_return Result<>();
  if (!removed) {
    // Those that ask for each would end the same way.
    const bool same =
        over(call) || removed.error().is(Errc::backup_dest_not_connect) || removed.error().is(Errc::io_limit);
    if (same) co_return fail(removed.error());
  }
  co_return co_await remove_each(std::move(names), call);
}

// ---- tags ----

Task<Result<bool>> ObjectStore::put_tags(std::string_view name, std::span<const Tag> tags, const Call& call) {
  auto request = request_for("tagging", "PUT", name);
  if (!request) co_return fail(std::move(request).error());
  const std::string body = tagging_xml(tags);
  request->query = {{"tagging", std::nullopt}};
  request->headers = {{"content-md5", md5_base64(as_bytes(body))}, {"content-type", "application/xml"}};
  request->has_body = true;
  request->content = as_bytes(body);
  auto answer = co_await client_->perform(*request, call);
  if (!answer) co_return fail(std::move(answer).error());
  if (no_such_object(*answer)) co_return false;
  if (!answer->ok()) co_return fail(client_->error_of(*request, *answer));
  co_return true;
}

Task<Result<std::optional<std::vector<Tag>>>> ObjectStore::get_tags(std::string_view name, const Call& call) {
  auto request = request_for("reading the tags of", "GET", name);
  if (!request) co_return fail(std::move(request).error());
  request->query = {{"tagging", std::nullopt}};
  auto answer = co_await client_->perform(*request, call);
  if (!answer) co_return fail(std::move(answer).error());
  if (answer->complaint.code == "NoSuchTagSet") co_return std::vector<Tag>();
  if (no_such_object(*answer)) co_return std::optional<std::vector<Tag>>();
  if (!answer->ok()) co_return fail(client_->error_of(*request, *answer));
  auto tags = parse_tags(answer->reply.body);
  if (!tags) co_return fail(nonsense_error(provider(), request->doing, "the answer holds no tags"));
  co_return tags;
}

}  // namespace breakwater::storage
