#include "server/jobs/set_on_medium.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "base/crypto.h"
#include "catalog/store/jobs.h"
#include "storage/survey/survey.h"

namespace breakwater::server::jobs {
namespace {

using storage::Medium;
using storage::SetName;
using storage::SetType;

constexpr std::string_view kAnySet = "backup_set";  ///< begins the names of all that belongs to sets
constexpr SetType kTypes[] = {SetType::full, SetType::incremental};

std::string digest_hex(std::span<const std::uint8_t> content) {
  return crypto::to_hex(crypto::sha256(content));
}

Medium::Content shared_bytes(Bytes bytes) {
  return std::make_shared<const Bytes>(std::move(bytes));
}

/// As for_each_object(), for all that bears a name which begins so, objects or not.
template <class Visit>
Task<Result<>> for_each_name(Medium& medium, const std::string& prefix, const NextCall& call, Visit visit) {
  const std::string_view directory =
      prefix.starts_with(storage::kSetsDirectory) ? storage::kSetsDirectory : std::string_view();
  BW_CO_TRY(const auto others,
            co_await medium.others(std::string(directory), prefix.substr(directory.size()), call()));
  for (const std::string& name : others) BW_CO_CHECK(co_await visit(name));
  co_return co_await for_each_object(medium, prefix, call, visit);
}

// "backup_set_7_…" and "backup_sets/backup_set_7_…", whatever follows. 0: neither; or no number that a set can have.
std::int64_t number_in(std::string_view name) {
  constexpr std::string_view kPrefix = "backup_set_";
  if (name.starts_with(storage::kSetsDirectory)) name.remove_prefix(storage::kSetsDirectory.size());
  if (!name.starts_with(kPrefix)) return 0;
  name.remove_prefix(kPrefix.size());
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  const bool fits = error == std::errc() && end != name.data() && number > 0 &&
                    number <= catalog::BackupJobWriter::kMaxSetId;
  return fits ? number : 0;
}

bool is_own_object(const OwnSet& own, SetName set, std::string_view name) {
  return !own.token.empty() && name.starts_with(storage::set_objects_prefix(set, own.token));
}

Task<Result<bool>> is_own_start(Medium& medium, const OwnSet& own, SetName set, const NextCall& call) {
  if (own.token.empty()) co_return false;
  const auto bytes = co_await medium.get(storage::set_start_name(set), storage::kMaxMarker, call());
  if (!bytes && bytes.error().is(Errc::size_overflow)) co_return false;
  if (!bytes) co_return fail(bytes.error());
  if (!*bytes) co_return false;
  const auto start = storage::decode_set_start(**bytes);
  co_return start && start->attempt == own.token;
}

enum class There : std::uint8_t { none, own, others };

Task<Result<There>> manifest_there(Medium& medium, const OwnSet& own, SetName set, const NextCall& call) {
  const auto bytes = co_await medium.get(storage::set_manifest_name(set), storage::kMaxManifest, call());
  if (!bytes && bytes.error().is(Errc::size_overflow)) co_return There::others;
  if (!bytes) co_return fail(bytes.error());
  if (!*bytes) co_return There::none;
  co_return digest_hex(**bytes) == own.manifest_sha256 ? There::own : There::others;
}

// A name that bears the set's number, of whatever type. A directory is the set's own once its start is.
Task<Result<bool>> is_own_name(Medium& medium, const OwnSet& own, const std::string& name,
                               const NextCall& call) {
  for (const SetType type : kTypes) {
    const SetName set{.id = own.id, .type = type};
    if (is_own_object(own, set, name)) co_return true;
    if (name == storage::set_start_name(set) || name + "/" == storage::set_directory(set))
      co_return co_await is_own_start(medium, own, set, call);
  }
  co_return false;
}

// Whether somebody else has a name that bears the set's number.
Task<Result<bool>> is_taken_by_others(Medium& medium, const OwnSet& own, const NextCall& call) {
  const std::string begins = "backup_set_" + std::to_string(own.id) + "_";
  bool taken = false;
  const auto look = [&](const std::string& name) -> Task<Result<>> {
    if (taken) co_return Result<>{};
    BW_CO_TRY(const bool of_own, co_await is_own_name(medium, own, name, call));
    taken = !of_own;
    co_return Result<>{};
  };
  for (const std::string_view directory : {std::string_view(), storage::kSetsDirectory})
    BW_CO_CHECK(co_await for_each_name(medium, std::string(directory) + begins, call, look));
  co_return taken;
}

// The ends that name the set's own manifest.
Task<Result<std::vector<std::string>>> own_ends(Medium& medium, const OwnSet& own, SetName set,
                                                const NextCall& call) {
  std::vector<std::string> found;
  if (own.manifest_sha256.empty()) co_return found;
  BW_CO_CHECK(co_await for_each_object(
      medium, std::string(storage::kSetsDirectory), call, [&](const std::string& name) -> Task<Result<>> {
        const auto mark = storage::parse_set_mark(name);
        if (!mark || mark->set != set || !mark->ending) co_return Result<>{};
        BW_CO_TRY(const auto bytes, co_await medium.get(name, storage::kMaxMarker, call()));
        if (!bytes) co_return Result<>{};
        const auto end = storage::decode_set_end(*bytes);
        if (end && end->manifest_sha256 == own.manifest_sha256) found.push_back(name);
        co_return Result<>{};
      }));
  co_return found;
}

// Objects of its attempts, but for those that are to stay.
Task<Result<>> remove_objects(Medium& medium, const OwnSet& own, SetName set,
                              const std::set<std::string>& stay, const NextCall& call) {
  co_return co_await for_each_object(medium, storage::set_directory(set), call,
                                     [&](const std::string& name) -> Task<Result<>> {
                                       if (!is_own_object(own, set, name) || stay.contains(name))
                                         co_return Result<>{};
                                       co_return co_await medium.remove(name, call());
                                     });
}

// The set's own manifest, written when the set was given up already and what it names was gone: it says nothing.
Task<Result<bool>> is_void(Medium& medium, const OwnSet& own, SetName set, const NextCall& call) {
  const auto bytes = co_await medium.get(storage::set_manifest_name(set), storage::kMaxManifest, call());
  if (!bytes && bytes.error().is(Errc::size_overflow)) co_return false;
  if (!bytes) co_return fail(bytes.error());
  if (!*bytes || digest_hex(**bytes) != own.manifest_sha256) co_return false;
  BW_CO_TRY(const storage::SetManifest manifest, storage::decode_set_manifest(**bytes));
  for (const storage::ObjectEntry& object : manifest.objects) {
    const auto there = co_await medium.get(object.name, storage::kMaxObject, call());
    if (!there && !there.error().is(Errc::size_overflow)) co_return fail(there.error());
    if (there && !*there) co_return true;
  }
  co_return false;
}

Task<Result<bool>> has_manifest(Medium& medium, const OwnSet& own, SetName set, bool own_is_void,
                                const NextCall& call) {
  BW_CO_TRY(const There there, co_await manifest_there(medium, own, set, call));
  co_return there == There::others || (there == There::own && !own_is_void);
}

// Objects of a set without a manifest. It is looked for before each: a copy of this catalogue may complete the set meanwhile.
Task<Result<>> remove_unnamed(Medium& medium, const OwnSet& own, SetName set, bool own_is_void,
                              const NextCall& call) {
  bool named = false;
  co_return co_await for_each_object(
      medium, storage::set_directory(set), call, [&](const std::string& name) -> Task<Result<>> {
        if (named || !is_own_object(own, set, name)) co_return Result<>{};
        BW_CO_TRY(named, co_await has_manifest(medium, own, set, own_is_void, call));
        if (named) co_return Result<>{};
        co_return co_await medium.remove(name, call());
      });
}

// Whether there is no manifest, at the end either.
Task<Result<bool>> remove_type(Medium& medium, const OwnSet& own, SetName set, const NextCall& call) {
  BW_CO_TRY(const bool late_and_void, co_await is_void(medium, own, set, call));
  BW_CO_TRY(const bool named, co_await has_manifest(medium, own, set, late_and_void, call));
  if (named) co_return false;
  BW_CO_CHECK(co_await remove_unnamed(medium, own, set, late_and_void, call));
  BW_CO_TRY(const bool late, co_await has_manifest(medium, own, set, late_and_void, call));
  if (late) co_return false;
  if (late_and_void) BW_CO_CHECK(co_await medium.remove(storage::set_manifest_name(set), call()));
  BW_CO_TRY(const auto ends, co_await own_ends(medium, own, set, call));
  for (const std::string& name : ends) BW_CO_CHECK(co_await medium.remove(name, call()));
  BW_CO_TRY(const bool began, co_await is_own_start(medium, own, set, call));
  if (began) {
    BW_CO_CHECK(co_await medium.sweep(storage::set_directory(set), call()));
    BW_CO_CHECK(co_await medium.remove(storage::set_start_name(set), call()));
  }
  BW_CO_TRY(const bool later, co_await has_manifest(medium, own, set, false, call));
  co_return !later;
}

Task<Result<std::string>> missing_of(Medium& medium, const storage::SetManifest& manifest, bool contents,
                                     const NextCall& call) {
  const storage::SurveyOptions options{.contents = contents, .call = call};
  BW_CO_TRY(const storage::Problems problems, co_await storage::survey_objects(medium, manifest, options));
  co_return problems.empty() ? std::string() : problems.texts.front();
}

Task<Result<>> put_end(Medium& medium, const OwnSet& own, SetName set, Timestamp now, const NextCall& call) {
  BW_CO_TRY(const auto ends, co_await own_ends(medium, own, set, call));
  if (!ends.empty()) co_return Result<>{};
  const storage::SetEnd end{.set = set,
                            .ending = storage::SetEnding::success,
                            .manifest_sha256 = own.manifest_sha256,
                            .result = 0,
                            .ended = now};
  std::string name = storage::set_end_name(set, end.ending, now);
  BW_CO_TRY(const Medium::Put put, co_await medium.put_new(name, shared_bytes(storage::encode(end)), call()));
  if (put == Medium::Put::exists) co_return fail(error::file_already_exist().with_hint(std::move(name)));
  co_return Result<>{};
}

// Data first, then what names it, so that what is half gone is never taken for whole.
Task<Result<>> discard_type(Medium& medium, const OwnSet& own, SetName set, bool complete,
                            const Discard& discard, const NextCall& call) {
  BW_CO_CHECK(co_await for_each_object(medium, storage::set_directory(set), call,
                                       [&](const std::string& name) -> Task<Result<>> {
                                         if (!is_own_object(own, set, name)) co_return Result<>{};
                                         co_return co_await discard(name);
                                       }));
  if (complete) BW_CO_CHECK(co_await discard(storage::set_manifest_name(set)));
  BW_CO_TRY(const auto ends, co_await own_ends(medium, own, set, call));
  for (const std::string& name : ends) BW_CO_CHECK(co_await discard(name));
  BW_CO_TRY(const bool began, co_await is_own_start(medium, own, set, call));
  if (!began) co_return Result<>{};
  BW_CO_CHECK(co_await medium.sweep(storage::set_directory(set), call()));
  co_return co_await discard(storage::set_start_name(set));
}

}  // namespace

std::string difference(const OwnSet& own, const storage::FoundSet& found) {
  std::string text = "set " + std::to_string(own.id);
  if (found.status != storage::FoundStatus::complete) {
    text.append(" is ").append(storage::name_of(found.status)).append(" at the destination");
    return found.problems.empty() ? text : text.append(": ").append(found.problems.texts.front());
  }
  if (found.manifest_sha256 == own.manifest_sha256) return {};
  return text.append(" has another manifest at the destination than the one that was written");
}

Task<Result<std::int64_t>> highest_taken(Medium& medium, std::optional<OwnSet> own, std::int64_t ours,
                                         const NextCall& call) {
  std::int64_t highest = 0;
  bool own_is_taken = false;
  const auto look = [&](const std::string& name) -> Task<Result<>> {
    const std::int64_t number = number_in(name);
    if (!own || number != own->id) {
      if (number <= ours + kMaxSetsAhead) highest = std::max(highest, number);
      co_return Result<>{};
    }
    if (own_is_taken) co_return Result<>{};
    BW_CO_TRY(const bool of_own, co_await is_own_name(medium, *own, name, call));
    own_is_taken = !of_own;
    co_return Result<>{};
  };
  BW_CO_TRY(const auto marks,
            co_await medium.others(std::string(storage::kSetsDirectory), "backup_set_", call()));
  for (const std::string& name : marks) BW_CO_CHECK(co_await look(name));
  BW_CO_CHECK(co_await for_each_name(medium, std::string(kAnySet), call, look));
  co_return own_is_taken ? std::max(highest, own->id) : highest;
}

Task<Result<>> put_set_start(Medium& medium, const storage::SetStart& start, const NextCall& call) {
  const std::string name = storage::set_start_name(start.set);
  BW_CO_TRY(const Medium::Put put,
            co_await medium.put_new(name, shared_bytes(storage::encode(start)), call()));
  const OwnSet own{.id = start.set.id, .token = start.attempt};
  // That of an attempt before may say another name of the tenant.
  BW_CO_TRY(const bool begun, co_await is_own_start(medium, own, start.set, call));
  if (put == Medium::Put::exists && !begun)
    co_return fail(error::file_already_exist().with_hint("somebody else has the set's number: " + name));
  // Somebody may have claimed the number for a set of the other type since it was looked at: whoever sees that yields.
  BW_CO_TRY(const bool taken, co_await is_taken_by_others(medium, own, call));
  if (taken)
    co_return fail(error::file_already_exist().with_hint("somebody else has the set's number, too: " + name));
  co_return Result<>{};
}

Task<Result<std::string>> complete_set(Medium& medium, const OwnSet& own, SetType type, const Bytes& manifest,
                                       bool contents, Timestamp now, const NextCall& call) {
  const SetName set{.id = own.id, .type = type};
  OwnSet whole = own;
  whole.manifest_sha256 = digest_hex(manifest);
  BW_CO_TRY(const storage::SetManifest names, storage::decode_set_manifest(manifest));
  BW_CO_TRY(std::string missing, co_await missing_of(medium, names, contents, call));
  if (!missing.empty()) co_return missing;
  BW_CO_TRY(const Medium::Put put,
            co_await medium.put_new(storage::set_manifest_name(set), shared_bytes(manifest), call()));
  if (put == Medium::Put::exists) co_return "there is another manifest at its place at the destination";
  BW_CO_TRY(const There there, co_await manifest_there(medium, whole, set, call));
  if (there != There::own) co_return "the manifest isn't there any more";
  BW_CO_TRY(missing, co_await missing_of(medium, names, false, call));
  if (!missing.empty()) co_return missing;
  BW_CO_CHECK(co_await put_end(medium, whole, set, now, call));
  std::set<std::string> named;
  for (const storage::ObjectEntry& object : names.objects) named.insert(object.name);
  // That some of what attempts before left stays changes nothing: no manifest names it.
  (void)co_await remove_objects(medium, whole, set, named, call);
  const SetType other = type == SetType::full ? SetType::incremental : SetType::full;
  const SetName unused{.id = own.id, .type = other};
  (void)co_await remove_type(medium, own, unused, call);
  co_return std::string();
}

Task<Result<bool>> is_set_whole(Medium& medium, const OwnSet& own, SetType type, const NextCall& call) {
  if (own.manifest_sha256.empty()) co_return false;
  const SetName set{.id = own.id, .type = type};
  const storage::SurveyOptions options{.contents = true, .call = call};
  BW_CO_TRY(const There there, co_await manifest_there(medium, own, set, call));
  if (there != There::own) co_return false;
  BW_CO_TRY(const storage::FoundSet found, co_await storage::survey_one_set(medium, set, options));
  co_return found.status == storage::FoundStatus::complete&& found.manifest_sha256 == own.manifest_sha256;
}

Task<Result<bool>> remove_set(Medium& medium, const OwnSet& own, const NextCall& call) {
  bool gone = true;
  for (const SetType type : kTypes) {
    const SetName set{.id = own.id, .type = type};
    BW_CO_TRY(const bool gone_too, co_await remove_type(medium, own, set, call));
    gone = gone && gone_too;
  }
  co_return gone;
}

Task<Result<bool>> discard_set(Medium& medium, const OwnSet& own, const Discard& discard,
                               const NextCall& call) {
  bool complete[std::size(kTypes)] = {};
  for (std::size_t i = 0; i < std::size(kTypes); ++i) {
    const SetName set{.id = own.id, .type = kTypes[i]};
    BW_CO_TRY(const There there, co_await manifest_there(medium, own, set, call));
    if (there == There::others) co_return false;
    complete[i] = there == There::own;
  }
  for (std::size_t i = 0; i < std::size(kTypes); ++i) {
    const SetName set{.id = own.id, .type = kTypes[i]};
    BW_CO_CHECK(co_await discard_type(medium, own, set, complete[i], discard, call));
  }
  co_return true;
}

}  // namespace breakwater::server::jobs
