#include "storage/object/object_probe.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "storage/formats/probe_content.h"
#include "storage/object/provider.h"

namespace breakwater::storage {
namespace {

/// What was begun beside a row that fails may end by itself for so long: what is cut off may be carried out
/// after the clean-up.
constexpr std::chrono::milliseconds kGrace{2'000};
constexpr std::string_view kTokenKind = "overwriter";
constexpr std::string_view kOverwriteKind = "rewriter";
/// A CHECK claims nothing, so it has no token that a claim would wait for.
constexpr std::string_view kCheckKind = "checker";
constexpr std::string_view kAppendKind = "appender";
constexpr std::string_view kMultipartKind = "multipart_writer";
constexpr std::string_view kTagKind = "tagger";
constexpr std::string_view kPermissionFile = "_permission_file_";
/// On a store without append, OceanBase writes numbered parts below the object's name instead.
constexpr std::string_view kPartPrefix = "/@APD_PART@";

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
  return probe_name(plan, kAppendKind) + std::string(kPartPrefix) + "0-" +
         std::to_string(kAppendedProbe.size());
}

const Tag& deleted_tag() {
  static const Tag tag{.key = "delete_mode", .value = "tagging"};
  return tag;
}

// All but the upload.
std::vector<std::string> written_names(const WritePlan& plan) {
  if (plan.brief) return {token_name(plan), probe_name(plan, kOverwriteKind), probe_name(plan, kTagKind)};
  return {token_name(plan), probe_name(plan, kOverwriteKind), probe_name(plan, kAppendKind), part_name(plan),
          probe_name(plan, kTagKind)};
}

Error wrong(const ObjectStore& store, std::string hint) {
  return Error(store.provider().other_error).with_hint(std::move(hint));
}

Bytes content_of(const WritePlan& plan) {
  if (!plan.brief) return probe_block();
  const auto few = as_bytes(kToOverwriteProbe);
  return {few.begin(), few.end()};
}

// If the object can't be tagged, the others are all the same.
Task<bool> discard_into(ObjectStore& store, std::string_view name, Result<>& into, Call call) {
  into = co_await discard(store, DeleteMode::tagging, name, call);
  co_return true;
}

}  // namespace

std::string token_name(const WritePlan& plan) {
  return probe_name(plan, plan.only_probes ? kCheckKind : kTokenKind);
}

bool is_token_name(std::string_view name) {
  return name.starts_with(kCheckDirectory) &&
         name.find(std::string(kTokenKind) + std::string(kPermissionFile)) != std::string_view::npos;
}

std::vector<std::string> probe_names(const WritePlan& plan) {
  std::vector<std::string> names = written_names(plan);
  names.push_back(probe_name(plan, kMultipartKind));
  return names;
}

Task<Result<>> discard(ObjectStore& store, DeleteMode mode, std::string_view name, const Call& call) {
  if (mode != DeleteMode::tagging) co_return co_await store.remove(name, call);
  BW_CO_CHECK(co_await store.put_tags(name, std::span(&deleted_tag(), 1), call));
  co_return Result<>{};
}

Task<Result<>> discard_all(ObjectStore& store, DeleteMode mode, std::vector<std::string> names, Call call) {
  if (mode != DeleteMode::tagging) co_return co_await store.remove_few(names, call);
  std::vector<Result<>> tagged(names.size());
  SideBySide all(call);
  for (std::size_t i = 0; i < names.size(); ++i)
    all.add([&, i](Call part) { return discard_into(store, names[i], tagged[i], part); });
  co_await all.run();
  for (Result<>& one : tagged) BW_CO_CHECK(std::move(one));
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
    : store_(store), mode_(mode), plan_(plan), proof_(proof), call_(call), content_(content_of(plan)) {}

Task<bool> ObjectProbe::row(Proof& proof, std::string_view name, Seen check) {
  const auto start = Proof::now();
  const Result<std::string> seen = co_await std::move(check);
  co_return proof.enter(std::string(name), start, seen);
}

bool ObjectProbe::all_hold() const {
  return std::ranges::none_of(made_, [](const Proof& rows) { return rows.failure().has_value(); });
}

// Whether the rows before the upload's hold, and it is to be looked at.
bool ObjectProbe::upload_is_next() const {
  const auto holds = [](const Proof& rows) { return !rows.failure(); };
  return (plan_.brief || upload_took_ != Proof::Moment::duration{}) &&
         std::all_of(made_.begin(), made_.begin() + kMultipart, holds);
}

// The first failure ends the proof, whichever came first.
void ObjectProbe::enter_rows() {
  for (Proof& rows : made_) {
    if (!proof_.failure()) proof_.append(std::move(rows));
    rows = Proof();
  }
}

Task<> ObjectProbe::run(bool keeps_token, Beside beside) {
  co_await write_all();
  if (upload_is_next()) {
    const bool removes = all_hold() && (honours_create_only_ || !keeps_token);
    if (!all_hold()) beside = Beside();
    co_await finish(removes, std::move(beside));
  }
  enter_rows();
}

Task<> ObjectProbe::remove() {
  co_await remove_written(call_);
  const auto rest = co_await remove_rest(call_);
  proof_.enter("delete", removing_, rest);
}

// ---- what is written ----

Task<> ObjectProbe::write_all() {
  SideBySide all(call_, kGrace);
  all.add([this](Call call) { return token_rows(call); });
  all.add([this](Call call) { return row(made_[kOverwrite], "overwrite", overwrite(call)); });
  if (!plan_.brief) {
    all.add([this](Call call) { return row(made_[kAppend], "append", append(call)); });
    all.add([this](Call call) { return upload_whole(call); });
  }
  if (mode_ == DeleteMode::tagging) all.add([this](Call call) { return row(made_[kTag], "tag", tag(call)); });
  co_await all.run();
}

// Whether anything may have been written: not if the key is refused.
void ObjectProbe::note_begun(const Error* refusal) {
  began_ = began_ || refusal == nullptr || !refusal->is(Errc::backup_permission_denied);
}

Task<bool> ObjectProbe::token_rows(Call call) {
  Proof& proof = made_[kToken];
  const bool written = co_await row(proof, "create-only write", create_only(call));
  if (!written) co_return false;
  if (!honours_create_only_)
    proof.remark("the store ignores it: claims are settled by turns and by reading back");
  if (!plan_.brief) proof.enter("write speed", Proof::now() - write_took_, speed(write_took_));
  Proof listed;
  Proof read;
  SideBySide both(call);
  both.add([this, &listed](Call part) { return row(listed, "list", list(part)); });
  both.add([this, &read](Call part) { return read_rows(read, part); });
  co_await both.run();
  proof.append(std::move(listed));
  if (!proof.failure()) proof.append(std::move(read));
  co_return !proof.failure();
}

Task<bool> ObjectProbe::read_rows(Proof& proof, Call call) {
  const auto reading = Proof::now();
  const bool read = co_await row(proof, "read back", read_back(call));
  if (read && !plan_.brief) proof.enter("read speed", reading, speed(Proof::now() - reading));
  co_return read;
}

// The second create is short: it is refused, or else the token is written once more.
ObjectProbe::Seen ObjectProbe::create_only(Call call) {
  const PutOptions only{.create_only = true};
  const std::string name = token_name(plan_);
  const auto writing = Proof::now();
  const auto first = co_await store_.put(name, content_, only, call);
  note_begun(first ? nullptr : &first.error());
  BW_CO_CHECK(first);
  PutResult again = PutResult::create_only_unsupported;
  if (first->result != PutResult::create_only_unsupported) {
    write_took_ = Proof::now() - writing;
    BW_CO_TRY(const PutOutcome second, co_await store_.put(name, as_bytes(kOverwrittenProbe), only, call));
    again = second.result;
  }
  honours_create_only_ = again == PutResult::exists;
  if (honours_create_only_) co_return "a second create of the same name is refused";
  const auto anew = Proof::now();
  BW_CO_CHECK(co_await store_.put(name, content_, PutOptions{}, call));
  write_took_ = Proof::now() - anew;
  if (again == PutResult::create_only_unsupported) co_return "the store has none";
  co_return "a second create of the same name is not refused";
}

ObjectProbe::Seen ObjectProbe::list(Call call) {
  // list() leaves out an object whose key is the prefix itself.
  const std::string name = token_name(plan_);
  const ListOptions options(std::string_view(name).substr(0, name.rfind('.')));
  BW_CO_TRY(const ObjectList listed, co_await store_.list(options, call));
  if (!listed.objects.empty()) co_return "a new object is listed at once";
  std::string hint = "An object that was just written is not listed.";
  if (store_.provider().list_may_lag) hint += " Switch the bucket's list cache off.";
  co_return fail(wrong(store_, hint));
}

Task<Result<>> ObjectProbe::expect(std::string_view name, std::span<const std::uint8_t> content, Call call) {
  BW_CO_TRY(const auto found, co_await store_.get(name, 2 * kProbeBytes, call));
  if (found && std::ranges::equal(*found, content)) co_return Result<>{};
  co_return fail(wrong(store_, found ? "What was read is not what was written."
                                     : "An object that was just written can't be read."));
}

ObjectProbe::Seen ObjectProbe::read_back(Call call) {
  BW_CO_CHECK(co_await expect(token_name(plan_), content_, call));
  co_return std::to_string(content_.size()) + " bytes, the same";
}

// Not on the token, which is read and listed meanwhile.
ObjectProbe::Seen ObjectProbe::overwrite(Call call) {
  const std::string name = probe_name(plan_, kOverwriteKind);
  const auto first = co_await store_.put(name, as_bytes(kToOverwriteProbe), PutOptions{}, call);
  note_begun(first ? nullptr : &first.error());
  BW_CO_CHECK(first);
  BW_CO_CHECK(co_await store_.put(name, as_bytes(kOverwrittenProbe), PutOptions{}, call));
  BW_CO_CHECK(co_await expect(name, as_bytes(kOverwrittenProbe), call));
  co_return std::to_string(kOverwrittenProbe.size()) + " bytes, the same";
}

ObjectProbe::Seen ObjectProbe::append(Call call) {
  if (store_.provider().append_method.empty()) return append_parts(call);
  return append_object(call);
}

// Some buckets don't have append although their store does (COS with several zones).
ObjectProbe::Seen ObjectProbe::append_object(Call call) {
  const std::string name = probe_name(plan_, kAppendKind);
  const auto begun = co_await store_.append(name, 0, as_bytes(kAppendedProbe), call);
  if (!begun && begun.error().is(Errc::not_supported)) co_return co_await append_parts(call);
  note_begun(begun ? nullptr : &begun.error());
  BW_CO_CHECK(begun);
  BW_CO_CHECK(co_await store_.append(name, *begun, as_bytes(kAppendedProbe), call));
  const std::string twice = std::string(kAppendedProbe) + std::string(kAppendedProbe);
  BW_CO_CHECK(co_await expect(name, as_bytes(twice), call));
  co_return "two pieces, the same";
}

ObjectProbe::Seen ObjectProbe::append_parts(Call call) {
  const std::string name = part_name(plan_);
  const auto put = co_await store_.put(name, as_bytes(kAppendedProbe), PutOptions{}, call);
  note_begun(put ? nullptr : &put.error());
  BW_CO_CHECK(put);
  BW_CO_CHECK(co_await expect(name, as_bytes(kAppendedProbe), call));
  co_return "none: appended files are written as numbered objects";
}

// The row is made by look_row(), unless it fails here already.
Task<bool> ObjectProbe::upload_whole(Call call) {
  const auto start = Proof::now();
  const Result<std::string> seen = co_await upload(call);
  if (!seen) co_return made_[kMultipart].enter("multipart", start, seen);
  upload_took_ = std::max(Proof::now() - start, Proof::Moment::duration(1));
  co_return true;
}

ObjectProbe::Seen ObjectProbe::upload(Call call) {
  const std::string name = probe_name(plan_, kMultipartKind);
  const auto upload = co_await store_.begin_multipart(name, PutOptions{}, call);
  note_begun(upload ? nullptr : &upload.error());
  BW_CO_CHECK(upload);
  const auto done = co_await complete(upload->id, call);
  if (!done) (void)co_await store_.abort_multipart(name, upload->id, call);
  if (upload->perhaps_twice) (void)co_await discard_uploads(store_, plan_, call);
  BW_CO_CHECK(done);
  co_return "one part, completed";
}

Task<Result<>> ObjectProbe::complete(std::string upload, Call call) {
  const std::string name = probe_name(plan_, kMultipartKind);
  BW_CO_TRY(const Part part, co_await store_.put_part(name, upload, 1, content_, call));
  BW_CO_CHECK(co_await store_.complete_multipart(name, upload, std::span(&part, 1), PutOptions{}, call));
  co_return Result<>{};
}

ObjectProbe::Seen ObjectProbe::tag(Call call) {
  const std::string name = probe_name(plan_, kTagKind);
  const auto put = co_await store_.put(name, as_bytes(kOverwrittenProbe), PutOptions{}, call);
  note_begun(put ? nullptr : &put.error());
  BW_CO_CHECK(put);
  BW_CO_CHECK(co_await discard(store_, mode_, name, call));
  BW_CO_TRY(const bool tagged, co_await is_discarded(store_, name, call));
  if (tagged) co_return "delete_mode=tagging";
  co_return fail(wrong(store_, "A tag that was just set is not there."));
}

// ---- what ends it ----

// What needn't be there any more goes while the upload is looked at.
Task<> ObjectProbe::finish(bool removes, Beside beside) {
  SideBySide first(call_, kGrace);
  if (!plan_.brief) first.add([this](Call part) { return look_row(part); });
  if (removes) first.add([this](Call part) { return remove_written(part); });
  if (beside.removing) first.add(std::move(beside.removing));
  co_await first.run();
  if (!removes || made_[kMultipart].failure()) co_return;
  SideBySide last(call_, kGrace);
  last.add([this](Call part) { return delete_row(part); });
  if (beside.removed && removed_) last.add(std::move(beside.removed));
  co_await last.run();
}

Task<bool> ObjectProbe::delete_row(Call call) {
  const auto rest = co_await remove_rest(call);
  co_return made_[kDelete].enter("delete", removing_, rest);
}

Task<bool> ObjectProbe::look_row(Call call) {
  const auto start = Proof::now();
  const Result<std::string> seen = co_await look_at_upload(call);
  co_return made_[kMultipart].enter("multipart", start - upload_took_, seen);
}

ObjectProbe::Seen ObjectProbe::look_at_upload(Call call) {
  BW_CO_TRY(const auto found, co_await store_.head(probe_name(plan_, kMultipartKind), call));
  if (found && found->size == content_.size()) co_return "one part, completed";
  co_return fail(wrong(store_, "A completed upload is not there, or has another length."));
}

Task<bool> ObjectProbe::remove_written(Call call) {
  removing_ = Proof::now();
  removed_ = co_await discard_all(store_, mode_, written_names(plan_), call);
  co_return true;  // what it gives is a row behind that of the upload
}

ObjectProbe::Seen ObjectProbe::remove_rest(Call call) {
  BW_CO_CHECK(removed_);
  Result<> uploaded;
  Result<std::optional<Bytes>> token;
  SideBySide both(call);
  if (!plan_.brief) {
    both.add([&](Call part) -> Task<bool> {
      uploaded = co_await discard(store_, mode_, probe_name(plan_, kMultipartKind), part);
      co_return true;
    });
  }
  if (mode_ != DeleteMode::tagging) {
    both.add([&](Call part) -> Task<bool> {
      // Not head(): after a 404 that has to ask once more what isn't there.
      token = co_await store_.get(token_name(plan_), 2 * kProbeBytes, part);
      co_return true;
    });
  }
  co_await both.run();
  BW_CO_CHECK(uploaded);
  if (mode_ == DeleteMode::tagging) co_return "tagged, and left to the bucket's life-cycle rules";
  BW_CO_CHECK(token);
  if (!*token) co_return "nothing is left behind";
  co_return fail(wrong(store_, "A deleted object is still there."));
}

std::string ObjectProbe::speed(Proof::Moment::duration spent) const {
  const std::chrono::duration<double> took = spent;
  const double rate = static_cast<double>(content_.size()) / std::max(took.count(), 1e-6);
  return std::to_string(static_cast<std::int64_t>(rate / 1024)) + " KiB/s";
}

}  // namespace breakwater::storage
