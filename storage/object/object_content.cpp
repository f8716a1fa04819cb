#include "storage/object/object_content.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

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

Task<Result<std::optional<FoundFormat>>> ObjectContent::read_named(std::string_view name, Call call) const {
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

// OceanBase's name, format.obbak, is asked for only if the prefix isn't empty.
Task<Result<std::optional<FoundFormat>>> ObjectContent::read_format(bool something, Call call) const {
  BW_CO_TRY(auto format, co_await read_named(kFormatName, call));
  if (!something || (format && format->tombstone)) co_return format;
  BW_CO_TRY(auto obbak, co_await read_named(kFormatObbakName, call));
  if (format && obbak && format->bytes != obbak->bytes)
    co_return fail(error::format_file_not_match().with_hint("the objects format and format.obbak differ"));
  co_return format ? std::move(format) : std::move(obbak);
}

Task<Result<bool>> ObjectContent::counts(const ObjectInfo& object, Call call) const {
  if (mode_ != DeleteMode::tagging || !object.name.starts_with(kCheckDirectory)) co_return true;
  BW_CO_TRY(const bool discarded, co_await is_discarded(store_, object.name, call));
  co_return !discarded;
}

Task<Result<Inspection>> ObjectContent::look(const ObjectList& listed, Call call) const {
  Inspection seen{.empty = listed.next.empty()};
  for (const ObjectInfo& object : listed.objects) {
    BW_CO_TRY(const bool something, co_await counts(object, call));
    if (!something) continue;
    seen.empty = false;
    seen.first_entry = object.name;
    break;
  }
  BW_CO_TRY(seen.format, co_await read_format(!seen.empty, call));
  if (seen.format) seen.empty = false;
  co_return seen;
}

Task<Result<Inspection>> ObjectContent::look_past_a_claim(ObjectList listed, Call call) const {
  BW_CO_TRY(Inspection seen, co_await look(listed, call));
  const Deadline patience = deadline_in(kClaimWait);
  while (!seen.empty && !seen.format && may_be_a_claim(listed) && Proof::now() < patience) {
    co_await sleep_until(deadline_in(kClaimPause), call);
    BW_CO_TRY(listed, co_await store_.list(first_look(), call));
    BW_CO_TRY(seen, co_await look(listed, call));
  }
  co_return seen;
}

}  // namespace breakwater::storage
