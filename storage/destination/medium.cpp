#include "storage/destination/medium.h"

#include <algorithm>
#include <string>

#include "storage/formats/plain_text.h"
#include "storage/formats/temp_name.h"

namespace breakwater::storage {
namespace {

constexpr std::size_t kMaxName = 512;

bool may_be_part(std::string_view part) {
  return !part.empty() && part != "." && part != ".." && !is_temp_name(part);
}

bool may_be_name(std::string_view name) {
  if (name.size() > kMaxName || find_control(name)) return false;
  std::size_t parts = 0;
  for (std::size_t at = 0; at <= name.size();) {
    const std::size_t end = std::min(name.find('/', at), name.size());
    if (!may_be_part(name.substr(at, end - at)) || ++parts > Medium::kMaxDepth) return false;
    at = end + 1;
  }
  return true;
}

}  // namespace

Result<> check_object_name(std::string_view name) {
  if (may_be_name(name)) return {};
  return fail(error::invalid_argument("an object's name"));
}

Result<> Medium::check(std::string_view name, const Content& content) {
  BW_CHECK(check_object_name(name));
  if (content->size() <= kMaxContent) return {};
  return fail(error::size_overflow().with_hint("an object of a backup has at most " +
                                               std::to_string(kMaxContent) + " bytes"));
}

Error Medium::too_long(std::string_view name) {
  return error::size_overflow().with_hint(std::string("the object ")
                                              .append(without_control(name))
                                              .append(" is longer than anything Breakwater writes there"));
}

Task<Result<>> Medium::verify_format(FormatFile expected, Call call) {
  BW_CO_TRY(const auto found, co_await read_format(call));
  if (!found)
    co_return fail(error::format_file_not_exist().with_hint(
        "set the destination again, or put its format file back: nothing is written or removed without it"));
  if (found->tombstone || !matches(found->file, expected))
    co_return fail(error::format_file_not_match().with_hint(
        "the place belongs to another destination now, or was retired: nothing is written or removed there"));
  co_return Result<>{};
}

}  // namespace breakwater::storage
