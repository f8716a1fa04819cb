#include "storage/survey/listing.h"

#include "storage/formats/plain_text.h"

namespace breakwater::storage {
namespace {

constexpr std::size_t kMostObjects = 2 * kMaxObjects;      // of one group: what attempts left is there too
constexpr std::size_t kMostNames = std::size_t{8} << 20U;  // bytes of their names together

void add_to(Group& group, const Medium::Entry& entry) {
  group.bytes += entry.size;
  group.too_many = group.too_many || group.sizes.size() >= kMostObjects || group.names > kMostNames;
  if (group.too_many) return;
  group.sizes.emplace(entry.name, entry.size);
  group.names += entry.name.size();
}

}  // namespace

// Whether there is another object.
Task<Result<bool>> GroupLister::turn() {
  while (at_ >= page_.entries.size()) {
    if (begun_ && page_.next.empty()) co_return false;
    const std::string after = page_.next;
    BW_CO_TRY(page_, co_await medium_.list(prefix_, after, limits_.within(options_.call())));
    BW_CO_CHECK(limits_.take(page_));
    begun_ = true;
    at_ = 0;
  }
  co_return true;
}

Task<Result<std::optional<Group>>> GroupLister::next() {
  std::optional<Group> group;
  for (;;) {
    BW_CO_TRY(const bool more, co_await turn());
    if (!more) co_return group;
    const Medium::Entry& entry = page_.entries[at_];
    const std::string directory = entry.name.substr(0, entry.name.find('/') + 1);
    if (!group) group.emplace().directory = directory;
    if (group->directory != directory) co_return group;
    add_to(*group, entry);
    ++at_;
  }
}

Task<Result<std::optional<std::string>>> GroupLister::next_name() {
  BW_CO_TRY(const bool more, co_await turn());
  if (!more) co_return std::nullopt;
  co_return page_.entries[at_++].name;
}

Task<Result<>> check_object(Medium& medium, const ObjectEntry& object, const Group& group,
                            const SurveyOptions& options, Problems& problems) {
  const auto found = group.sizes.find(object.name);
  const std::string name = without_control(object.name);
  if (found == group.sizes.end()) {
    problems.add("missing: " + name);
    co_return Result<>{};
  }
  if (found->second != object.length) {
    problems.add(name + " has " + std::to_string(found->second) + " bytes, not " +
                 std::to_string(object.length));
    co_return Result<>{};
  }
  if (!options.contents) co_return Result<>{};
  const auto bytes = co_await medium.get(object.name, kMaxObject, options.call());
  if (!bytes && !bytes.error().is(Errc::size_overflow)) co_return fail(bytes.error());
  const bool same = bytes && *bytes && crypto::sha256(**bytes) == object.sha256;
  if (!same) problems.add(name + " isn't what was written");
  co_return Result<>{};
}

}  // namespace breakwater::storage
