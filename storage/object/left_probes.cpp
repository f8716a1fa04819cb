#include "storage/object/left_probes.h"

#include <algorithm>
#include <string>
#include <utility>

#include "storage/formats/format_file.h"
#include "storage/formats/probe_content.h"
#include "storage/formats/temp_name.h"
#include "storage/http/object_stream.h"
#include "storage/object/object_probe.h"

namespace breakwater::storage {
namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kKinds = "abcdefghijklmnopqrstuvwxyz_";

// Takes what is of these characters off the front.
std::string_view take(std::string_view& text, std::string_view characters) {
  const std::size_t end = std::min(text.find_first_not_of(characters), text.size());
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(end);
  return taken;
}

bool take_word(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

// "20230111T193020"
bool take_time(std::string_view& text) {
  return take(text, kDigits).size() == 8 && take_word(text, "T") && take(text, kDigits).size() == 6;
}

// "/@APD_PART@0-19"
bool take_part(std::string_view& text) {
  return take_word(text, "/@APD_PART@") && !take(text, kDigits).empty() && take_word(text, "-") &&
         !take(text, kDigits).empty();
}

class HeadSink final : public Sink {
 public:
  Task<Result<>> write(std::span<const std::uint8_t> bytes) override {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    co_return Result<>();
  }
  const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

Task<Result<>> discard_stale(ObjectStore& store, DeleteMode mode, const ObjectInfo& object,
                             const Call& call) {
  BW_CO_TRY(const bool probe, co_await holds_left_probe(store, object.name, call));
  if (!probe) co_return Result<>{};
  if (mode == DeleteMode::tagging) {
    BW_CO_TRY(const bool discarded, co_await is_discarded(store, object.name, call));
    if (discarded) co_return Result<>{};
  }
  co_return co_await discard(store, mode, object.name, call);
}

}  // namespace

bool is_probe_object_name(std::string_view name) {
  constexpr std::string_view kPermissionFile = "_permission_file_";
  if (!take_word(name, std::string(kCheckDirectory) + "/") || take(name, kDigits).empty()) return false;
  const std::size_t middle = name.find(kPermissionFile);
  if (middle == std::string_view::npos || middle < 2 || name.front() != '_' ||
      name.substr(0, middle).find_first_not_of(kKinds) != std::string_view::npos)
    return false;
  name.remove_prefix(middle + kPermissionFile.size());
  if (!take_time(name) || !take_word(name, "_")) return false;
  const std::string_view token = name.substr(0, name.find('.'));
  name.remove_prefix(token.size());
  if (!is_token(token) || !take_word(name, ".obbak")) return false;
  return name.empty() || (take_part(name) && name.empty());
}

bool may_be_left_probe(const ObjectInfo& object) {
  return is_probe_size(object.size) && is_probe_object_name(object.name);
}

bool is_stale(const ObjectInfo& object, const ObjectList& page) {
  return object.modified && page.answered && is_stale_probe(*object.modified, *page.answered);
}

Task<Result<bool>> holds_left_probe(ObjectStore& store, std::string_view name, const Call& call) {
  HeadSink head;
  const ByteRange range{.first = 0, .last = kProbeMagic.size() - 1};
  BW_CO_TRY(const bool there, co_await store.get(name, range, head, call));
  co_return !there || is_probe_head(head.bytes());
}

Task<Result<>> discard_stale_probes(ObjectStore& store, DeleteMode mode, const ObjectList& page,
                                    const Call& call) {
  std::size_t looked = 0;
  for (const ObjectInfo& object : page.objects) {
    if (!may_be_left_probe(object) || !is_stale(object, page)) continue;
    if (++looked > kMostLeftProbes) break;
    BW_CO_CHECK(co_await discard_stale(store, mode, object, call));
  }
  co_return Result<>{};
}

}  // namespace breakwater::storage
