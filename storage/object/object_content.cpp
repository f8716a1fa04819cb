#include "storage/object/object_content.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "storage/formats/probe_content.h"
#include "storage/object/left_probes.h"
#include "storage/object/object_probe.h"

namespace breakwater::storage {
namespace {

using std::chrono::milliseconds;

/// Objects on the first page of a list: enough to see whether there is only a claim, and to show a small
/// count.
constexpr std::uint32_t kLook = 50;
/// How long to wait for the format file of another server's claim.
constexpr milliseconds kClaimWait{2000};

bool may_be_a_claim(const ObjectList& listed) {
  return listed.next.empty() && std::ranges::all_of(listed.objects, [](const ObjectInfo& object) {
           return object.name.starts_with(std::string(kCheckDirectory) + "/") || object.name == kFormatName ||
                  object.name == kFormatObbakName;
         });
}

}  // namespace

ListOptions ObjectContent::first_look() {
  ListOptions options;
  options.max_keys = kLook;
  return options;
}

Result<std::string> ObjectContent::describe(const Result<Inspection>& seen) {
  if (!seen) return fail(seen.error());
  if (seen->format) return storage::describe(*seen->format);
  if (seen->empty) return "empty";
  return fail(not_empty("prefix", seen->first_entry));
}

Task<Result<ObjectContent::MaybeFormat>> ObjectContent::read_named(std::string_view name, Call call) const {
  const auto bytes = co_await store_.get(name, kMaxFormat, call);
  if (!bytes && bytes.error().is(Errc::size_overflow))
    co_return fail(
        error::format_file_not_match().with_hint("the object " + std::string(name) + " is no format file"));
  BW_CO_CHECK(bytes);
  if (!*bytes) co_return std::nullopt;
  FoundFormat found;
  found.bytes = **bytes;
  found.tombstone = decode_tombstone(found.bytes);
  if (found.tombstone) co_return found;
  BW_CO_TRY(found.file, decode_format_file(found.bytes));
  co_return found;
}

Task<Result<ObjectContent::MaybeFormat>> ObjectContent::read_first(Call call) const {
  return read_named(kFormatName, call);
}

Task<Result<ObjectContent::MaybeFormat>> ObjectContent::read_format(Call call) const {
  BW_CO_TRY(auto format, co_await read_first(call));
  co_return co_await with_obbak(std::move(format), call);
}

Task<Result<ObjectContent::MaybeFormat>> ObjectContent::with_obbak(MaybeFormat format, Call call) const {
  if (format && format->tombstone) co_return format;
  BW_CO_TRY(auto obbak, co_await read_named(kFormatObbakName, call));
  if (format && obbak && format->bytes != obbak->bytes)
    co_return fail(error::format_file_not_match().with_hint("the objects format and format.obbak differ"));
  co_return format ? std::move(format) : std::move(obbak);
}

Task<Result<bool>> ObjectContent::is_alive(const ObjectInfo& object, Call call) const {
  if (mode_ != DeleteMode::tagging || !object.name.starts_with(kCheckDirectory)) co_return true;
  BW_CO_TRY(const bool discarded, co_await is_discarded(store_, object.name, call));
  co_return !discarded;
}

// Whether the object makes the destination non-empty; `probes` is set if it is a probe that somebody left.
Task<Result<bool>> ObjectContent::counts(const ObjectInfo& object, bool& probes, Call call) const {
  BW_CO_TRY(const bool alive, co_await is_alive(object, call));
  if (!alive || !may_be_left_probe(object)) co_return alive;
  BW_CO_TRY(const bool probe, co_await holds_left_probe(store_, object.name, call));
  probes = probes || probe;
  co_return !probe;
}

// Goes on behind the first page only if all that is there are probes: so many of them can be left.
Task<Result<Inspection>> ObjectContent::look(ObjectList listed, MaybeFormat format, Call call) const {
  Inspection seen{.empty = true};
  std::size_t looked = 0;
  for (;;) {
    for (const ObjectInfo& object : listed.objects) {
      const bool may_be_nothing = object.name.starts_with(kCheckDirectory) && ++looked <= kMostLeftProbes;
      if (may_be_nothing) {
        BW_CO_TRY(const bool something, co_await counts(object, seen.probes, call));
        if (!something) continue;
      }
      seen.empty = false;
      seen.first_entry = object.name;
      break;
    }
    if (!seen.empty || listed.next.empty()) break;
    ListOptions options = first_look();
    options.after = listed.next;
    BW_CO_TRY(listed, co_await store_.list(options, call));
  }
  seen.format = std::move(format);
  if (!seen.empty) {
    BW_CO_TRY(seen.format, co_await with_obbak(std::move(seen.format), call));
  }
  if (seen.format) seen.empty = false;
  co_return seen;
}

Task<Result<Inspection>> ObjectContent::look_past_a_claim(ObjectList listed, MaybeFormat format,
                                                          Call call) const {
  BW_CO_TRY(Inspection seen, co_await look(listed, std::move(format), call));
  const Deadline patience = deadline_in(kClaimWait);
  while (!seen.empty && !seen.format && may_be_a_claim(listed) && Proof::now() < patience) {
    co_await sleep_until(deadline_in(kClaimPause), call);
    BW_CO_TRY(listed, co_await store_.list(first_look(), call));
    BW_CO_TRY(format, co_await read_first(call));
    BW_CO_TRY(seen, co_await look(listed, std::move(format), call));
  }
  co_return seen;
}

}  // namespace breakwater::storage
