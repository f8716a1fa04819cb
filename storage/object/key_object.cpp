#include "storage/object/key_object.h"

#include <algorithm>
#include <optional>
#include <string>

#include "storage/formats/format_file.h"
#include "storage/formats/key_file.h"
#include "storage/object/object_content.h"

namespace breakwater::storage {
namespace {

// The owner that the format file in `directory` names; nullopt if there is none or it is damaged.
Task<Result<std::optional<KeyOwner>>> owner_of(ObjectStore& bucket, std::string directory, Call call) {
  const std::string name =
      directory.empty() ? std::string(kFormatName) : directory + "/" + std::string(kFormatName);
  const auto bytes = co_await bucket.get(name, kMaxFormat, call);
  if (!bytes && bytes.error().is(Errc::size_overflow)) co_return KeyOwner{};
  BW_CO_CHECK(bytes);
  if (!*bytes) co_return std::nullopt;
  const auto format = decode_format_file(**bytes);
  if (!format) co_return KeyOwner{};
  co_return KeyOwner{.cluster_id = format->cluster_id, .tenant_id = format->tenant_id};
}

Task<Result<>> refuse_foreign_destination(ObjectStore& bucket, std::string_view name, KeyOwner owner,
                                          Call call) {
  BW_CO_TRY(const auto own_place, co_await owner_of(bucket, std::string(name), call));
  if (own_place)
    co_return fail(
        error::invalid_backup_dest().with_hint("a key can't be backed up to a backup destination"));
  for (std::size_t end = name.rfind('/'); true; end = name.rfind('/', end - 1)) {
    const std::string directory(end == std::string_view::npos ? std::string_view() : name.substr(0, end));
    BW_CO_TRY(const auto found, co_await owner_of(bucket, directory, call));
    if (found && (found->cluster_id != owner.cluster_id || found->tenant_id != owner.tenant_id)) {
      co_return fail(error::invalid_backup_dest().with_hint(
          "the path lies in another tenant's or cluster's destination"));
    }
    if (end == std::string_view::npos || end == 0) break;
  }
  co_return Result<>{};
}

}  // namespace

Task<Result<bool>> plan_key_object(ObjectStore& bucket, std::string_view name,
                                   std::span<const std::uint8_t> bytes, KeyOwner owner, Call call) {
  if (name.empty())
    co_return fail(error::invalid_backup_dest().with_hint("the path names a bucket; name an object in it"));
  BW_CO_CHECK(co_await refuse_foreign_destination(bucket, name, owner, call));
  const auto old = co_await bucket.get(name, kMaxKeyFile, call);
  if (!old && old.error().is(Errc::size_overflow)) co_return fail(error::file_already_exist());
  BW_CO_CHECK(old);
  if (!*old) co_return false;
  BW_CO_CHECK(check_replaceable(**old, bytes));
  co_return true;
}

Task<Result<>> write_key_object(ObjectStore& bucket, std::string_view name,
                                std::span<const std::uint8_t> bytes, bool replaces, Call call) {
  PutOptions options{.create_only = !replaces};
  auto put = co_await bucket.put(name, bytes, options, call);
  if (put && put->result == PutResult::create_only_unsupported) {
    options.create_only = false;
    put = co_await bucket.put(name, bytes, options, call);
  }
  // The object that exists afterwards decides: an answer may be lost, a condition ignored.
  const auto there = co_await bucket.get(name, kMaxKeyFile, call);
  if (there && *there && std::ranges::equal(**there, bytes)) co_return Result<>{};
  BW_CO_CHECK(put);
  BW_CO_CHECK(there);
  co_return fail(
      error::file_already_exist().with_hint("another key backup or file was written there just now"));
}

Task<Result<bool>> holds_key(ObjectStore& bucket, std::string_view name, const crypto::Sha256& digest,
                             Call call) {
  const auto there = co_await bucket.get(name, kMaxKeyFile, call);
  if (!there && there.error().is(Errc::size_overflow)) co_return false;
  BW_CO_CHECK(there);
  co_return *there&& crypto::sha256(**there) == digest;
}

}  // namespace breakwater::storage
