#include "storage/object/object_probe.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "storage/object/provider.h"

namespace breakwater::storage {
namespace {

/// Enough to tell a slow connection from a fast one, and sent quickly.
constexpr std::size_t kProbeBytes = std::size_t{256} << 10U;
constexpr std::string_view kTokenKind = "overwriter";
constexpr std::string_view kAppendKind = "appender";
constexpr std::string_view kMultipartKind = "multipart_writer";
constexpr std::string_view kPermissionFile = "_permission_file_";
/// On a store without append, OceanBase writes numbered parts below the object's name instead.
constexpr std::string_view kPartPrefix = "/@APD_PART@";
constexpr std::string_view kOverwritten = "Breakwater has proved this prefix.\n";
constexpr std::string_view kAppended = "And it can append.\n";

std::string in_check_directory(std::string_view name) {
  return std::string(kCheckDirectory) + "/" + std::string(name);
}

// Takes the tenant and the time from "1002_connect_file_20230111T193020.obbak".
std::string probe_name(const WritePlan& plan, std::string_view kind) {
  const std::string& check = plan.check_name;
  const std::string tenant = check.substr(0, check.find('_'));
  const std::size_t time = check.rfind('_') + 1;
  const std::string stamp = check.substr(time, check.rfind('.') - time);
  return in_check_directory(tenant + "_" + std::string(kind) + std::string(kPermissionFile) + stamp + "_" +
                            plan.token + ".obbak");
}

std::string part_name(const WritePlan& plan) {
  return probe_name(plan, kAppendKind) + std::string(kPartPrefix) + "0-" + std::to_string(kAppended.size());
}

const Tag& deleted_tag() {
  static const Tag tag{.key = "delete_mode", .value = "tagging"};
  return tag;
}

Error wrong(const ObjectStore& store, std::string hint) {
  return Error(store.provider().other_error).with_hint(std::move(hint));
}

}  // namespace

std::string token_name(const WritePlan& plan) {
  return probe_name(plan, kTokenKind);
}

bool is_token_name(std::string_view name) {
  return name.starts_with(kCheckDirectory) &&
         name.find(std::string(kTokenKind) + std::string(kPermissionFile)) != std::string_view::npos;
}

std::vector<std::string> probe_names(const WritePlan& plan) {
  return {token_name(plan), probe_name(plan, kAppendKind), part_name(plan), probe_name(plan, kMultipartKind)};
}

Task<Result<>> discard(ObjectStore& store, DeleteMode mode, std::string_view name, const Call& call) {
  if (mode != DeleteMode::tagging) co_return co_await store.remove(name, call);
  BW_CO_CHECK(co_await store.put_tags(name, std::span(&deleted_tag(), 1), call));
  co_return Result<>{};
}

// If listing uploads isn't permitted, they are left to the bucket's life-cycle rules.
Task<Result<>> discard_uploads(ObjectStore& store, const WritePlan& plan, const Call& call) {
  const auto done = co_await store.abort_uploads(probe_name(plan, kMultipartKind), call);
  const bool may_not =
      !done && (done.error().is(Errc::backup_permission_denied) || done.error().is(Errc::not_supported));
  if (may_not) co_return Result<>{};
  co_return done;
}

Task<Result<bool>> is_discarded(ObjectStore& store, std::string_view name, const Call& call) {
  BW_CO_TRY(const auto tags, co_await store.get_tags(name, call));
  co_return tags&& std::ranges::find(*tags, deleted_tag()) != tags->end();
}

ObjectProbe::ObjectProbe(ObjectStore& store, DeleteMode mode, const WritePlan& plan, Proof& proof,
                         const Call& call)
    : store_(store), mode_(mode), plan_(plan), proof_(proof), call_(call), content_(kProbeBytes) {
  for (std::size_t i = 0; i < content_.size(); ++i)
    content_[i] = static_cast<std::uint8_t>(i * 167 + i / 251);
}

Task<bool> ObjectProbe::row(std::string_view name, Seen&& check) {
  const auto start = Proof::now();
  const Result<std::string> seen = co_await std::move(check);
  co_return proof_.enter(std::string(name), start, seen);
}

Task<> ObjectProbe::write() {
  const auto writing = Proof::now();
  bool held = co_await row("create-only write", create_only());
  if (!held) co_return;
  if (!honours_create_only_)
    proof_.remark("the store ignores it: claims are settled by turns and by reading back");
  proof_.enter("write speed", writing, speed(writing));
  held = co_await row("list", list());
  if (!held) co_return;
  const auto reading = Proof::now();
  held = co_await row("read back", read_back());
  if (!held) co_return;
  proof_.enter("read speed", reading, speed(reading));
  held = co_await row("overwrite", overwrite());
  if (held) held = co_await row("append", append());
  if (held) held = co_await row("multipart", multipart());
  if (held && mode_ == DeleteMode::tagging) co_await row("tag", tag());
}

Task<> ObjectProbe::remove() {
  co_await row("delete", discard_all());
}

ObjectProbe::Seen ObjectProbe::create_only() {
  const PutOptions only{.create_only = true};
  const std::string name = token_name(plan_);
  const auto first = co_await store_.put(name, content_, only, call_);
  began_ = first || !first.error().is(Errc::backup_permission_denied);
  BW_CO_CHECK(first);
  if (first->result == PutResult::create_only_unsupported) {
    BW_CO_CHECK(co_await store_.put(name, content_, PutOptions{}, call_));
    co_return "the store has none";
  }
  BW_CO_TRY(const PutOutcome again, co_await store_.put(name, content_, only, call_));
  honours_create_only_ = again.result == PutResult::exists;
  co_return honours_create_only_ ? "a second create of the same name is refused"
                                 : "a second create of the same name is not refused";
}

ObjectProbe::Seen ObjectProbe::list() {
  // list() leaves out an object whose key is the prefix itself.
  const std::string name = token_name(plan_);
  const ListOptions options(std::string_view(name).substr(0, name.rfind('.')));
  BW_CO_TRY(const ObjectList listed, co_await store_.list(options, call_));
  if (!listed.objects.empty()) co_return "a new object is listed at once";
  std::string hint = "An object that was just written is not listed.";
  if (store_.provider().list_may_lag) hint += " Switch the bucket's list cache off.";
  co_return fail(wrong(store_, hint));
}

Task<Result<>> ObjectProbe::expect(std::string_view name, std::span<const std::uint8_t> content) {
  BW_CO_TRY(const auto found, co_await store_.get(name, 2 * kProbeBytes, call_));
  if (found && std::ranges::equal(*found, content)) co_return Result<>{};
  co_return fail(wrong(store_, found ? "What was read is not what was written."
                                     : "An object that was just written can't be read."));
}

ObjectProbe::Seen ObjectProbe::read_back() {
  BW_CO_CHECK(co_await expect(token_name(plan_), content_));
  co_return std::to_string(content_.size()) + " bytes, the same";
}

ObjectProbe::Seen ObjectProbe::overwrite() {
  const std::string name = token_name(plan_);
  BW_CO_CHECK(co_await store_.put(name, as_bytes(kOverwritten), PutOptions{}, call_));
  BW_CO_CHECK(co_await expect(name, as_bytes(kOverwritten)));
  co_return std::to_string(kOverwritten.size()) + " bytes, the same";
}

ObjectProbe::Seen ObjectProbe::append() {
  if (store_.provider().append_method.empty()) return append_parts();
  return append_object();
}

// Some buckets don't have append although their store does (COS with several zones).
ObjectProbe::Seen ObjectProbe::append_object() {
  const std::string name = probe_name(plan_, kAppendKind);
  const auto begun = co_await store_.append(name, 0, as_bytes(kAppended), call_);
  if (!begun && begun.error().is(Errc::not_supported)) co_return co_await append_parts();
  BW_CO_CHECK(begun);
  BW_CO_CHECK(co_await store_.append(name, *begun, as_bytes(kAppended), call_));
  const std::string twice = std::string(kAppended) + std::string(kAppended);
  BW_CO_CHECK(co_await expect(name, as_bytes(twice)));
  co_return "two pieces, the same";
}

ObjectProbe::Seen ObjectProbe::append_parts() {
  const std::string name = part_name(plan_);
  BW_CO_CHECK(co_await store_.put(name, as_bytes(kAppended), PutOptions{}, call_));
  BW_CO_CHECK(co_await expect(name, as_bytes(kAppended)));
  co_return "none: appended files are written as numbered objects";
}

ObjectProbe::Seen ObjectProbe::multipart() {
  const std::string name = probe_name(plan_, kMultipartKind);
  BW_CO_TRY(const Upload upload, co_await store_.begin_multipart(name, PutOptions{}, call_));
  const auto done = co_await complete(upload.id);
  if (!done) (void)co_await store_.abort_multipart(name, upload.id, call_);
  if (upload.perhaps_twice) (void)co_await discard_uploads(store_, plan_, call_);
  co_return done;
}

ObjectProbe::Seen ObjectProbe::complete(std::string upload) {
  const std::string name = probe_name(plan_, kMultipartKind);
  BW_CO_TRY(const Part part, co_await store_.put_part(name, upload, 1, content_, call_));
  BW_CO_CHECK(co_await store_.complete_multipart(name, upload, std::span(&part, 1), PutOptions{}, call_));
  BW_CO_TRY(const auto found, co_await store_.head(name, call_));
  if (found && found->size == content_.size()) co_return "one part, completed";
  co_return fail(wrong(store_, "A completed upload is not there, or has another length."));
}

// Tags another probe than the token, which must not be deleted yet.
ObjectProbe::Seen ObjectProbe::tag() {
  const std::string name = probe_name(plan_, kMultipartKind);
  BW_CO_CHECK(co_await discard(store_, mode_, name, call_));
  BW_CO_TRY(const bool tagged, co_await is_discarded(store_, name, call_));
  if (tagged) co_return "delete_mode=tagging";
  co_return fail(wrong(store_, "A tag that was just set is not there."));
}

ObjectProbe::Seen ObjectProbe::discard_all() {
  for (const std::string& name : probe_names(plan_))
    BW_CO_CHECK(co_await discard(store_, mode_, name, call_));
  if (mode_ == DeleteMode::tagging) co_return "tagged, and left to the bucket's life-cycle rules";
  BW_CO_TRY(const auto found, co_await store_.head(token_name(plan_), call_));
  if (!found) co_return "nothing is left behind";
  co_return fail(wrong(store_, "A deleted object is still there."));
}

std::string ObjectProbe::speed(Proof::Moment since) const {
  const std::chrono::duration<double> took = Proof::now() - since;
  const double rate = static_cast<double>(content_.size()) / std::max(took.count(), 1e-6);
  return std::to_string(static_cast<std::int64_t>(rate / 1024)) + " KiB/s";
}

}  // namespace breakwater::storage
