// What a destination in a bucket holds, before anything is written there.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "storage/destination/backup_destination.h"
#include "storage/destination/uri.h"
#include "storage/object/object_store.h"

namespace breakwater::storage {

inline constexpr std::size_t kMaxFormat = std::size_t{64} << 10U;
/// Between two looks at what another server may be about to write.
inline constexpr std::chrono::milliseconds kClaimPause{100};

/// Has no state that changes. The store outlives it.
class ObjectContent {
 public:
  ObjectContent(ObjectStore& store, DeleteMode mode) : store_(store), mode_(mode) {}

  /// Of the first page of the list that look_past_a_claim() begins with.
  static ListOptions first_look();

  /// Looks until the prefix is empty or has a format file, or nobody is about to give it one. What says that
  /// `format` is absent is never the list.
  Task<Result<Inspection>> look_past_a_claim(ObjectList listed, Call call) const;

  /// The format file under either of its names; 9081 if both are there and differ. `something`: the prefix
  /// isn't empty.
  Task<Result<std::optional<FoundFormat>>> read_format(bool something, Call call) const;

  /// Whether the object is one: with tagging, what earlier proofs left counts as deleted.
  Task<Result<bool>> counts(const ObjectInfo& object, Call call) const;

  /// The row "content".
  static Result<std::string> describe(const Result<Inspection>& seen);

 private:
  Task<Result<std::optional<FoundFormat>>> read_named(std::string_view name, Call call) const;
  Task<Result<Inspection>> look(const ObjectList& listed, Call call) const;

  ObjectStore& store_;
  const DeleteMode mode_;
};

}  // namespace breakwater::storage
