#include "storage/formats/line_object.h"
#include "storage/survey/listing.h"

namespace breakwater::storage {
namespace {

// The manifest's place is in its name; what it says of itself must be the same.
Result<SetManifest> manifest_of(SetName name, std::span<const std::uint8_t> bytes) {
  BW_TRY(SetManifest manifest, decode_set_manifest(bytes));
  if (manifest.set == name) return manifest;
  return fail(error::checksum_error().with_hint("the manifest is that of another set"));
}

Task<Result<Group>> group_of(Medium& medium, SetName name, const SurveyOptions& options) {
  GroupLister lister(medium, set_directory(name), options);
  BW_CO_TRY(auto found, co_await lister.next());
  Group group;
  group.directory = set_directory(name);
  if (found) group = *std::move(found);
  co_return group;
}

}  // namespace

Task<Result<FoundSet>> survey_set(Medium& medium, SetName name, const Group& group,
                                  const SurveyOptions& options) {
  FoundSet found{.name = name, .bytes = group.bytes};
  if (group.too_many) found.problems.add("there are more objects in its directory than a set can have");
  const std::string manifest_name = set_manifest_name(name);
  const auto bytes = co_await medium.get(manifest_name, kMaxManifest, options.call());
  if (!bytes && !bytes.error().is(Errc::size_overflow)) co_return fail(bytes.error());
  if (bytes && !*bytes) co_return found;
  auto manifest = bytes ? manifest_of(name, **bytes) : fail(bytes.error());
  if (!manifest) {
    found.status = FoundStatus::damaged;
    found.problems.add(manifest.error().hint());
    co_return found;
  }
  found.manifest_sha256 = crypto::to_hex(crypto::sha256(**bytes));
  found.objects = manifest->objects.size();
  for (const ObjectEntry& object : manifest->objects)
    BW_CO_CHECK(co_await check_object(medium, object, group, options, found.problems));
  manifest->objects = {};
  manifest->information = {};
  found.manifest = *std::move(manifest);
  BW_CO_TRY(const bool discarded, co_await medium.is_discarded(manifest_name, options.call()));
  found.status = found.problems.empty() ? FoundStatus::complete : FoundStatus::damaged;
  if (discarded) found.status = FoundStatus::deleted;
  co_return found;
}

Task<Result<FoundSet>> survey_one_set(Medium& medium, SetName name, SurveyOptions options) {
  BW_CO_TRY(const Group group, co_await group_of(medium, name, options));
  co_return co_await survey_set(medium, name, group, options);
}

Task<Result<Problems>> survey_objects(Medium& medium, const SetManifest& manifest, SurveyOptions options) {
  BW_CO_TRY(const Group group, co_await group_of(medium, manifest.set, options));
  Problems problems;
  for (const ObjectEntry& object : manifest.objects)
    BW_CO_CHECK(co_await check_object(medium, object, group, options, problems));
  co_return problems;
}

}  // namespace breakwater::storage
