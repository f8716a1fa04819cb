#include "storage/object/backup_destination_object.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "storage/formats/place_proof.h"
#include "storage/formats/temp_name.h"
#include "storage/http/http_connection.h"
#include "storage/object/left_probes.h"
#include "storage/object/object_content.h"
#include "storage/object/object_probe.h"
#include "storage/object/provider.h"
#include "storage/pool/side_by_side.h"

namespace breakwater::storage {
namespace {

using std::chrono::milliseconds;

/// How long to wait for other claims on a store that ignores create-only writes.
constexpr milliseconds kTurnWait{15'000};
/// How long a proof of which nothing is remembered cleans up at most, after it was ended.
constexpr milliseconds kCleanUp{5'000};
/// How long a format file that is being written may go on when something beside it has failed.
constexpr milliseconds kPutGrace{2'000};
constexpr int kFormatAttempts = 3;
/// Pages of check_file/ that are looked through for what is left there.
constexpr int kMostTidied = 10;
/// Connections that are opened while one looks what the place holds: what is written goes side by side.
constexpr std::size_t kOpenAhead = 3;
constexpr std::chrono::seconds kLargeOffset{60};
constexpr std::int64_t kWholeSecond = 1'000'000;

std::string check_name_of(std::string_view name) {
  return std::string(kCheckDirectory) + "/" + std::string(name);
}

Error claimed_by_another() {
  return error::format_file_not_match().with_hint(
      "another server or tenant has just claimed the destination; set a new or an empty one");
}

std::string_view step_name(ConnectStep::Kind kind) {
  switch (kind) {
    case ConnectStep::Kind::resolve:
      return "resolve";
    case ConnectStep::Kind::connect:
      return "connect";
    case ConnectStep::Kind::tls:
      break;
  }
  return "tls";
}

/// What a claim has made so far.
struct Made {
  bool probes = false;
  bool check_file = false;
  bool format = false;
};

class ObjectBackupDestination final : public BackupDestination {
 public:
  ObjectBackupDestination(std::unique_ptr<ObjectStore> store, const Destination& destination,
                          const Entropy& entropy)
      : store_(std::move(store)),
        mode_(destination.delete_mode),
        content_(*store_, mode_),
        region_(destination.s3_region),
        entropy_(entropy) {}

  // The first steps of a proof side by side: a connection of its own for the rows about that, the list, and
  // the format file; and, for what comes next, more connections.
  Task<Result<Inspection>> inspect(Proof& proof, Room /*room*/, Call call) override {
    Proof connected;
    Proof listed;
    std::optional<Result<ObjectList>> first;
    std::optional<Result<ObjectContent::MaybeFormat>> format;
    const auto start = Proof::now();
    SideBySide looks(call);
    looks.add([&](Call part) { return connect_rows(connected, part); });
    looks.add([&](Call part) { return list_rows(listed, first, part); });
    looks.add([&](Call part) -> Task<bool> {
      format.emplace(co_await content_.read_first(part));
      co_return format->has_value();
    });
    looks.add_spare([this](Call part) -> Task<bool> {
      co_await store_->open_ahead(kOpenAhead, part);
      co_return true;
    });
    co_await looks.run();
    proof.append(std::move(connected));
    BW_CO_CHECK(proof.verdict());
    proof.append(std::move(listed));
    BW_CO_CHECK(proof.verdict());
    check_objects_ = check_objects_of(*first);
    const auto seen = co_await look(*std::move(first), *std::move(format), call);
    proof.enter("content", start, ObjectContent::describe(seen));
    BW_CO_CHECK(proof.verdict());
    left_probes_ = seen->probes;
    co_return seen;
  }

  std::optional<FileSystem> file_system() const override { return std::nullopt; }

  Task<Result<WritePlan>> plan(const FormatFile& format, bool link_obbak, Timestamp now,
                               Call /*call*/) override {
    WritePlan plan;
    plan.check_name = check_file_name(format.tenant_id, now);
    plan.token = random_token(entropy_);
    FormatFile unique = format;
    unique.created = now - now % kWholeSecond + random_below(kWholeSecond);
    plan.format_bytes = encode(unique);
    plan.formats = link_obbak ? FormatFiles::both : FormatFiles::format;
    co_return plan;
  }

  Task<Result<Claimed>> claim(PlanPtr plan, Proof& proof, Call call, EndedLate late) override {
    Made made;
    const auto written = co_await write_claim(*plan, proof, made, call);
    if (written) co_return Claimed{};
    if (given_up(call)) {
      late();
      co_return fail(written.error());
    }
    const auto undone = co_await take_back(*plan, made, call);
    Claimed outcome;
    outcome.refused = written.error();
    outcome.undone = undone.has_value();
    co_return outcome;
  }

  Task<Result<Renewed>> renew(PlanPtr plan, std::string known, Proof& proof, Call call,
                              EndedLate late) override {
    Made made;
    const auto name = co_await write_renewal(*plan, known, proof, made, call);
    Renewed outcome;
    if (name) {
      outcome.check_name = *name;
      co_return outcome;
    }
    if (given_up(call)) {
      late();
      co_return fail(name.error());
    }
    const auto undone = co_await take_back(*plan, made, call);
    outcome.refused = name.error();
    outcome.undone = undone.has_value();
    co_return outcome;
  }

  Task<Result<Probed>> probe(PlanPtr plan, Proof& proof, Call call, EndedLate late) override {
    ObjectProbe probe(*store_, mode_, *plan, proof, call);
    co_await probe.run(false, {});
    if (!probe.began() || !proof.failure()) co_return Probed{.undone = true};
    if (late && given_up(call)) {
      late();
      co_return fail(*proof.failure());
    }
    Call last = call;
    if (!late) last = {std::max(call.deadline, deadline_in(kCleanUp)), nullptr};
    const auto start = Proof::now();
    const auto undone = co_await take_back(*plan, Made{.probes = true}, last);
    if (!undone) proof.enter("clean up", start, fail(undone.error()));
    co_return Probed{.undone = undone.has_value()};
  }

  Task<Result<std::vector<FoundCheckFile>>> check_files(std::uint64_t tenant_id, Call call) override {
    std::vector<FoundCheckFile> files;
    ListOptions options(check_name_of(check_file_prefix(tenant_id)));
    options.max_keys = kMostCheckFiles;
    BW_CO_TRY(const ObjectList page, co_await store_->list(options, call));
    for (const ObjectInfo& object : page.objects) {
      auto bytes = co_await store_->get(object.name, kMaxFormat, call);
      if (!bytes && bytes.error().is(Errc::size_overflow)) continue;
      BW_CO_CHECK(bytes);
      if (*bytes)
        files.push_back({.name = object.name.substr(check_name_of("").size()), .bytes = **std::move(bytes)});
    }
    co_return files;
  }

  Task<Result<>> tidy(std::optional<Kept> kept, Call call) override {
    // With tagging each object that looks like a probe would have to be asked for its tags.
    const bool sweeps = mode_ != DeleteMode::tagging || left_probes_;
    if (!sweeps && !kept) co_return Result<>{};
    if (is_tidy(kept)) co_return Result<>{};
    const std::string own = kept ? check_name_of(check_file_prefix(kept->tenant_id)) : std::string();
    ListOptions options(sweeps ? check_name_of("") : own);
    for (int pages = 0; pages < kMostTidied; ++pages) {
      BW_CO_TRY(ObjectList page, co_await store_->list(options, call));
      if (kept) {
        const std::string name = check_name_of(kept->check_name);
        BW_CO_CHECK(co_await discard_check_files(page, kept->tenant_id, name, call));
      }
      if (sweeps) BW_CO_CHECK(co_await discard_stale_probes(*store_, mode_, page, call));
      options.after = std::move(page.next);
      if (options.after.empty()) break;
    }
    co_return Result<>{};
  }

  Task<Result<>> discard_format(Bytes bytes, Call call) override {
    BW_CO_CHECK(co_await remove_format(kFormatObbakName, bytes, call));
    co_return co_await remove_format(kFormatName, bytes, call);
  }

  Task<Result<GiveUpPlan>> plan_give_up(GiveUpPlan wanted, Call /*call*/) override {
    wanted.token = random_token(entropy_);
    co_return wanted;
  }

  Task<Result<GivenUp>> give_up(std::shared_ptr<const GiveUpPlan> plan, Call call, EndedLate late) override {
    GivenUp done;
    const auto carried = co_await carry_out(*plan, done, call);
    if (carried) co_return done;
    if (given_up(call)) {
      late();
      co_return fail(carried.error());
    }
    done.refused = carried.error();
    co_return done;
  }

  Task<Result<GiveUpState>> settle_give_up(std::shared_ptr<const GiveUpPlan> plan, Call call) override {
    BW_CO_TRY(const auto there, co_await store_->get(kFormatName, kMaxFormat, call));
    if (there && *there == plan->format_bytes) co_return GiveUpState::ours;
    // What is no format file may be the word of somebody who isn't the store.
    const bool known = !there || decode_tombstone(*there) || decode_format_file(*there);
    if (!known) {
      co_return fail(error::format_file_not_match().with_hint(
          "what stands in the place of the format file can't be read: nobody knows whether it was given up"));
    }
    if (!plan->tombstone.empty()) BW_CO_CHECK(co_await put_tombstone(kFormatObbakName, *plan, call));
    co_return GiveUpState::gone;
  }

  Task<Result<bool>> undo(PlanPtr plan, Call call) override {
    const Made made{
        .probes = true, .check_file = !plan->only_probes, .format = plan->formats != FormatFiles::none};
    return take_back_all(std::move(plan), made, call);
  }

 private:
  // What lies in check_file/; nothing if the list doesn't show all of it.
  static std::optional<std::vector<std::string>> check_objects_of(const Result<ObjectList>& listed) {
    if (!listed || !listed->next.empty()) return std::nullopt;
    std::vector<std::string> names;
    for (const ObjectInfo& object : listed->objects)
      if (object.name.starts_with(check_name_of(""))) names.push_back(object.name);
    return names;
  }

  // Whether inspect() has seen that nothing needs to go. What was made since is too young to.
  bool is_tidy(const std::optional<Kept>& kept) const {
    const std::string own = kept ? check_name_of(kept->check_name) : std::string();
    return check_objects_ &&
           std::ranges::all_of(*check_objects_, [&](const std::string& name) { return name == own; });
  }

  // What else is called nearly so is somebody's.
  static bool is_check_object(const ObjectInfo& object, std::uint64_t tenant_id) {
    const std::string directory = check_name_of("");
    return object.name.starts_with(directory) && object.size <= kMaxFormat &&
           is_check_file_name(object.name.substr(directory.size()), tenant_id);
  }

  Task<Result<>> discard_check_files(const ObjectList& page, std::uint64_t tenant_id, const std::string& kept,
                                     const Call& call) {
    for (const ObjectInfo& object : page.objects) {
      if (is_check_object(object, tenant_id) && object.name != kept)
        BW_CO_CHECK(co_await discard(*store_, mode_, object.name, call));
    }
    co_return Result<>{};
  }

  static void enter(Proof& proof, const ConnectStep& step) {
    const std::chrono::duration<double, std::milli> took(step.milliseconds);
    const auto start = Proof::now() - std::chrono::duration_cast<Proof::Moment::duration>(took);
    Result<std::string> seen(step.seen);
    if (step.error) seen = fail(*step.error);
    proof.enter(std::string(step_name(step.kind)), start, seen);
  }

  static bool given_up(const Call& call) {
    return (call.cancellation != nullptr && call.cancellation->cancelled()) || Proof::now() >= call.deadline;
  }

  std::int64_t random_below(std::int64_t limit) const {
    std::array<std::uint8_t, sizeof(std::uint32_t)> bytes{};
    entropy_.fill(bytes);
    std::uint32_t number = 0;
    for (const std::uint8_t byte : bytes) number = number << 8U | byte;
    return static_cast<std::int64_t>(number) % limit;
  }

  Task<bool> connect_rows(Proof& proof, Call call) {
    const auto steps = co_await store_->try_connect(call);
    for (const ConnectStep& step : steps) enter(proof, step);
    co_return !proof.failure();
  }

  // One request shows three things: the store accepts the signature, the region is right, and which objects
  // exist. There is a row only for what the answer proves or disproves: a store that reports another region
  // hasn't checked the signature.
  Task<bool> list_rows(Proof& proof, std::optional<Result<ObjectList>>& into, Call call) {
    const auto start = Proof::now();
    const Result<ObjectList>& listed = into.emplace(co_await store_->list(ObjectContent::first_look(), call));
    if (!listed) co_return proof.enter(row_disproved_by(listed.error()), start, fail(listed.error()));
    proof.enter("authenticate", start, clock_seen());
    if (clocks_differ()) proof.remark("set this machine's clock: stores refuse what is 15 minutes off");
    // Whether a list shows an object that was just written is a row of its own.
    co_return proof.enter("region", start, region_.empty() ? "as the endpoint says" : region_);
  }

  Task<Result<Inspection>> look(Result<ObjectList> listed, Result<ObjectContent::MaybeFormat> format,
                                Call call) {
    BW_CO_CHECK(listed);
    BW_CO_CHECK(format);
    co_return co_await content_.look_past_a_claim(*std::move(listed), *std::move(format), call);
  }

  static std::string row_disproved_by(const Error& error) {
    if (error.is(Errc::backup_permission_denied)) return "authenticate";
    return error.is(Errc::s3_region_mismatch) ? "region" : "list";
  }

  bool clocks_differ() const {
    const auto offset = store_->clock_offset();
    return offset && (*offset >= kLargeOffset || *offset <= -kLargeOffset);
  }

  Result<std::string> clock_seen() const {
    if (!clocks_differ()) return "the key is accepted";
    return "the key is accepted; the store's clock is " + std::to_string(store_->clock_offset()->count()) +
           " s ahead of this machine's";
  }

  // ---- claiming ----

  // Where create-only writes are honoured, the check file is written beside the last rows, and the format file once
  // it is known that what is written can be deleted.
  Task<Result<>> write_claim(const WritePlan& plan, Proof& proof, Made& made, Call call) {
    ObjectProbe probe(*store_, mode_, plan, proof, call);
    Result<> created;
    std::optional<Result<bool>> taken;
    std::optional<Result<>> put;
    ObjectProbe::Beside beside;
    beside.removing = [&](Call part) -> Task<bool> {
      if (probe.honours_create_only()) created = co_await create_check_file(plan, made, part);
      co_return created.has_value();
    };
    beside.removed = [&](Call part) -> Task<bool> {
      if (!created) co_return false;
      SideBySide both(part, kPutGrace);
      both.add([&](Call one) -> Task<bool> {
        taken = co_await is_check_name_taken(plan, one);
        co_return taken->has_value();
      });
      both.add([&](Call one) -> Task<bool> {
        put = co_await put_format(plan, true, made, one);
        co_return put->has_value();
      });
      co_await both.run();
      co_return true;  // what it gives follows the row
    };
    co_await probe.run(true, std::move(beside));
    made.probes = probe.began();
    BW_CO_CHECK(proof.verdict());
    BW_CO_CHECK(created);
    const bool atomic = probe.honours_create_only();
    if (!atomic) {
      BW_CO_CHECK(co_await await_turn(plan, call));
      taken = co_await write_check_file(plan, false, made, call);
    }
    BW_CO_TRY(const bool name_taken, *std::move(taken));
    BW_CO_CHECK(co_await write_format(plan, atomic, std::move(put), made, call));
    if (name_taken) BW_CO_CHECK(co_await replace_check_file(plan, made, call));
    if (!atomic) co_await probe.remove();
    co_return proof.verdict();
  }

  // Returns true if another server that planned in the same second has the name. Where create-only writes are
  // `atomic` they find that out; elsewhere one looks first.
  Task<Result<bool>> write_check_file(const WritePlan& plan, bool atomic, Made& made, Call call) {
    if (!atomic) {
      BW_CO_TRY(const Bytes bytes, plan.check_bytes());
      BW_CO_TRY(const auto there, co_await store_->get(check_name_of(plan.check_name), kMaxFormat, call));
      if (there) co_return *there != bytes;
    }
    BW_CO_CHECK(co_await create_check_file(plan, made, call));
    co_return co_await is_check_name_taken(plan, call);
  }

  Task<Result<>> create_check_file(const WritePlan& plan, Made& made, Call call) {
    BW_CO_TRY(const Bytes bytes, plan.check_bytes());
    made.check_file = true;
    co_return co_await create(check_name_of(plan.check_name), bytes, call);
  }

  Task<Result<bool>> is_check_name_taken(const WritePlan& plan, Call call) {
    BW_CO_TRY(const Bytes bytes, plan.check_bytes());
    BW_CO_TRY(const auto written, co_await store_->get(check_name_of(plan.check_name), kMaxFormat, call));
    if (written) co_return *written != bytes;
    co_return fail(error::backup_dest_not_connect().with_hint("the check file just written can't be found"));
  }

  // Creates the object unless it exists. A store without that condition overwrites it.
  Task<Result<>> create(std::string_view name, std::span<const std::uint8_t> bytes, Call call) {
    BW_CO_TRY(const PutOutcome put, co_await store_->put(name, bytes, PutOptions{.create_only = true}, call));
    if (put.result == PutResult::create_only_unsupported)
      BW_CO_CHECK(co_await store_->put(name, bytes, PutOptions{}, call));
    co_return Result<>{};
  }

  Task<Result<>> replace_check_file(const WritePlan& plan, Made& made, Call call) {
    BW_CO_TRY(const Bytes bytes, plan.check_bytes());
    made.check_file = true;
    BW_CO_CHECK(co_await store_->put(check_name_of(plan.check_name), bytes, PutOptions{}, call));
    co_return Result<>{};
  }

  // The names of other claims' tokens that aren't deleted.
  Task<Result<std::vector<std::string>>> contenders(const WritePlan& plan, Call call) {
    std::vector<std::string> names;
    ListOptions options(check_name_of(""));
    do {
      BW_CO_TRY(ObjectList page, co_await store_->list(options, call));
      for (const ObjectInfo& object : page.objects) {
        if (!is_token_name(object.name) || object.name == token_name(plan) || is_stale(object, page))
          continue;
        BW_CO_TRY(const bool alive, co_await content_.is_alive(object, call));
        if (alive) names.push_back(object.name);
      }
      options.after = std::move(page.next);
    } while (!options.after.empty());
    co_return names;
  }

  Task<Result<>> await_turn(const WritePlan& plan, Call call) {
    const std::string mine = token_name(plan);
    BW_CO_TRY(auto others, co_await contenders(plan, call));
    if (std::ranges::any_of(others, [&](const std::string& name) { return name < mine; }))
      co_return fail(claimed_by_another());
    const Deadline patience = deadline_in(kTurnWait);
    while (!others.empty()) {
      if (Proof::now() >= patience) {
        co_return fail(error::format_file_not_match().with_hint(
            "another server seems to be claiming the destination; if none is, remove the object " +
            store_->key_of(others.front())));
      }
      co_await sleep_until(deadline_in(kClaimPause), call);
      BW_CO_TRY(others, co_await contenders(plan, call));
    }
    BW_CO_TRY(const auto found, co_await store_->get(kFormatName, kMaxFormat, call));
    if (found) co_return fail(claimed_by_another());
    co_return Result<>{};
  }

  Task<Result<>> put_format(const WritePlan& plan, bool atomic, Made& made, Call call) {
    made.format = true;
    BW_CO_CHECK(
        co_await store_->put(kFormatName, plan.format_bytes, PutOptions{.create_only = atomic}, call));
    co_return Result<>{};
  }

  // The object that exists afterwards decides, not the answer to the write: an answer may be lost, a
  // condition ignored. `put` is how the first write ended, if it has been made.
  Task<Result<>> write_format(const WritePlan& plan, bool atomic, std::optional<Result<>> put, Made& made,
                              Call call) {
    for (int attempt = 1;; ++attempt) {
      if (!put) put = co_await put_format(plan, atomic, made, call);
      const auto there = co_await store_->get(kFormatName, kMaxFormat, call);
      if (!there) co_return fail(*put ? there.error() : put->error());
      if (*there && **there == plan.format_bytes) break;
      if (*there) co_return fail(claimed_by_another());
      if (!*put) co_return fail(put->error());
      if (attempt == kFormatAttempts) {
        co_return fail(error::format_file_not_exist().with_hint(
            "somebody removed it while it was written, or the store shows it late"));
      }
      put.reset();
    }
    if (plan.formats != FormatFiles::both) co_return Result<>{};
    BW_CO_CHECK(co_await create(kFormatObbakName, plan.format_bytes, call));
    BW_CO_CHECK(co_await content_.read_format(call));
    co_return Result<>{};
  }

  Task<Result<std::string>> write_renewal(const WritePlan& plan, const std::string& known, Proof& proof,
                                          Made& made, Call call) {
    ObjectProbe probe(*store_, mode_, plan, proof, call);
    std::optional<Result<std::string>> name;
    ObjectProbe::Beside beside;
    beside.removing = [&](Call part) -> Task<bool> {
      name = co_await known_or_new_check(plan, known, probe.honours_create_only(), made, part);
      co_return name->has_value();
    };
    co_await probe.run(false, std::move(beside));
    made.probes = probe.began();
    BW_CO_CHECK(proof.verdict());
    co_return *std::move(name);
  }

  // The check file's name: the one the place has already, if it is still there.
  Task<Result<std::string>> known_or_new_check(const WritePlan& plan, std::string known, bool atomic,
                                               Made& made, Call call) {
    if (!known.empty()) {
      const auto there = co_await store_->get(check_name_of(known), kMaxFormat, call);
      const bool large = !there && there.error().is(Errc::size_overflow);
      if (!large) BW_CO_CHECK(there);
      if (!large && *there && ends_with_proof(**there, plan.check_proof)) co_return known;
    }
    BW_CO_CHECK(co_await write_check_file(plan, atomic, made, call));
    co_return plan.check_name;
  }

  // ---- giving up ----

  Task<Result<bool>> holds(std::string_view name, const Bytes& bytes, Call call) {
    const auto there = co_await store_->get(name, kMaxFormat, call);
    if (!there && there.error().is(Errc::size_overflow)) co_return false;
    BW_CO_CHECK(there);
    co_return *there && **there == bytes;
  }

  // Whether it is what a SET has made in the tenant's name, or a probe that was tagged or left.
  Task<Result<bool>> goes_with(const ObjectInfo& object, const GiveUpPlan& plan, Call call) {
    if (object.name == kFormatName) co_return true;
    if (object.name == kFormatObbakName) co_return co_await holds(kFormatObbakName, plan.format_bytes, call);
    if (is_check_object(object, plan.tenant_id)) co_return true;
    BW_CO_TRY(const bool alive, co_await content_.is_alive(object, call));
    if (!alive || !may_be_left_probe(object)) co_return !alive;
    co_return co_await holds_left_probe(*store_, object.name, call);
  }

  // Also where objects are deleted by tagging: what is tagged would keep an OceanBase cluster out.
  Task<Result<>> remove_all(const GiveUpPlan& plan, GivenUp& done, Call call) {
    BW_CO_TRY(const ObjectList listed, co_await store_->list(ObjectContent::first_look(), call));
    for (const ObjectInfo& object : listed.objects) {
      BW_CO_TRY(const bool ours, co_await goes_with(object, plan, call));
      if (!ours || !listed.next.empty()) {
        co_return fail(
            error::not_supported(
                "RELEASE of a backup destination that holds more than its format file and check file is")
                .with_hint(holds_more(object.name)));
      }
    }
    done.changed = true;
    for (const ObjectInfo& object : listed.objects) {
      const bool last = object.name == kFormatName || object.name == kFormatObbakName;
      if (!last) BW_CO_CHECK(co_await store_->remove(object.name, call));
    }
    BW_CO_CHECK(co_await remove_format(kFormatObbakName, plan.format_bytes, call));
    BW_CO_CHECK(co_await remove_format(kFormatName, plan.format_bytes, call));
    done.gone = true;
    co_return Result<>{};
  }

  // As soon as it is gone somebody else may make one: so the request isn't repeated without a look. One that isn't the plan's
  // stays.
  Task<Result<>> remove_format(std::string_view name, const Bytes& bytes, Call call) {
    for (int attempt = 1;; ++attempt) {
      BW_CO_TRY(const bool ours, co_await holds(name, bytes, call));
      if (!ours) co_return Result<>{};
      if (attempt > kFormatAttempts) {
        co_return fail(error::io_error().with_hint(
            "the store says that the format file is deleted, and still shows it"));
      }
      const auto removed = co_await store_->remove_once(name, call);
      if (!removed && attempt == kFormatAttempts) co_return removed;
    }
  }

  // In place of what the plan's format file is.
  Task<Result<>> put_tombstone(std::string_view name, const GiveUpPlan& plan, Call call) {
    BW_CO_TRY(const bool ours, co_await holds(name, plan.format_bytes, call));
    if (!ours && name == kFormatName) co_return fail(replaced());
    if (!ours) co_return Result<>{};
    BW_CO_CHECK(co_await store_->put(name, plan.tombstone, PutOptions{}, call));
    BW_CO_TRY(const bool written, co_await holds(name, plan.tombstone, call));
    if (written) co_return Result<>{};
    co_return fail(error::io_error().with_hint("the store shows another object than the one just written"));
  }

  static Error replaced() {
    return error::format_file_not_match().with_hint("the format file has just been replaced by another");
  }

  Task<Result<>> carry_out(const GiveUpPlan& plan, GivenUp& done, Call call) {
    BW_CO_TRY(const bool ours, co_await holds(kFormatName, plan.format_bytes, call));
    if (!ours) co_return fail(replaced());
    if (plan.tombstone.empty()) co_return co_await remove_all(plan, done, call);
    done.changed = true;
    BW_CO_CHECK(co_await put_tombstone(kFormatName, plan, call));
    done.gone = true;
    co_return co_await put_tombstone(kFormatObbakName, plan, call);
  }

  // ---- undoing ----

  Task<Result<bool>> take_back_all(PlanPtr plan, Made made, Call call) {
    BW_CO_CHECK(co_await take_back(*plan, made, call));
    co_return true;
  }

  // The format file is removed last: while it exists, nobody else takes the prefix. It is deleted even with
  // tagging, since it would keep everybody out. What comes before it is tried whatever else fails.
  Task<Result<>> take_back(const WritePlan& plan, Made made, Call call) {
    Result<> probes;
    Result<> uploads;
    Result<> check_file;
    SideBySide parts(call);
    if (made.probes) {
      parts.add([&](Call part) -> Task<bool> {
        probes = co_await put_all_away(probe_names(plan), part);
        co_return true;
      });
      parts.add([&](Call part) -> Task<bool> {
        uploads = co_await discard_uploads(*store_, plan, part);
        co_return true;
      });
    }
    if (made.check_file) {
      parts.add([&](Call part) -> Task<bool> {
        check_file = co_await take_back_check_file(plan, part);
        co_return true;
      });
    }
    co_await parts.run();
    BW_CO_CHECK(probes);
    BW_CO_CHECK(uploads);
    BW_CO_CHECK(check_file);
    if (made.format) BW_CO_CHECK(co_await take_back_format(plan, call));
    co_return Result<>{};
  }

  Task<Result<>> take_back_check_file(const WritePlan& plan, Call call) {
    BW_CO_TRY(const Bytes bytes, plan.check_bytes());
    const std::string name = check_name_of(plan.check_name);
    BW_CO_TRY(const auto there, co_await store_->get(name, kMaxFormat, call));
    if (there && *there == bytes) BW_CO_CHECK(co_await put_away(name, call));
    co_return Result<>{};
  }

  Task<Result<>> take_back_format(const WritePlan& plan, Call call) {
    for (const std::string_view name : {kFormatObbakName, kFormatName}) {
      if (name == kFormatObbakName && plan.formats != FormatFiles::both) continue;
      BW_CO_CHECK(co_await remove_format(name, plan.format_bytes, call));
    }
    co_return Result<>{};
  }

  // If tagging fails, deletes the object: a store without tags must be left clean too.
  Task<Result<>> put_away(const std::string& name, Call call) {
    const auto discarded = co_await discard(*store_, mode_, name, call);
    if (discarded || mode_ != DeleteMode::tagging) co_return discarded;
    co_return co_await store_->remove(name, call);
  }

  Task<Result<>> put_all_away(std::vector<std::string> names, Call call) {
    const auto discarded = co_await discard_all(*store_, mode_, names, call);
    if (discarded || mode_ != DeleteMode::tagging) co_return discarded;
    co_return co_await store_->remove_few(std::move(names), call);
  }

  std::unique_ptr<ObjectStore> store_;
  const DeleteMode mode_;
  const ObjectContent content_;
  const std::string region_;
  const Entropy& entropy_;
  // Seen by inspect():
  bool left_probes_ = false;
  std::optional<std::vector<std::string>> check_objects_;
};

}  // namespace

std::unique_ptr<BackupDestination> make_object_backup_destination(std::unique_ptr<ObjectStore> store,
                                                                  const Destination& destination,
                                                                  const Entropy& entropy) {
  return std::make_unique<ObjectBackupDestination>(std::move(store), destination, entropy);
}

}  // namespace breakwater::storage
