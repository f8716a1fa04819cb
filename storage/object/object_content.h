// Finds out what a destination in a bucket holds, before anything is written there.
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

/// The pause between two looks for what another server may be about to write.
inline constexpr std::chrono::milliseconds kClaimPause{100};

/// It doesn't change once made. The store must outlive it.
class ObjectContent {
 public:
  ObjectContent(ObjectStore& store, DeleteMode mode) : store_(store), mode_(mode) {}

  /// The options for the page of the list that look_past_a_claim() begins with.
  static ListOptions first_look();

  using MaybeFormat = std::optional<FoundFormat>;

  /// Looks until the prefix is empty, or has a format file, or nobody is about to make one there. It never
  /// concludes from a list that `format` is absent: `format` is what read_first() said, about when the list was
  /// made.
  Task<Result<Inspection>> look_past_a_claim(ObjectList listed, MaybeFormat format, Call call) const;

  /// The object `format`.
  Task<Result<MaybeFormat>> read_first(Call call) const;

  /// The format file under either of its names. Error: format_file_not_match (9081) if both exist and differ.
  Task<Result<MaybeFormat>> read_format(Call call) const;

  /// Whether the object isn't deleted: if objects are deleted by tagging, those that proofs tagged are.
  Task<Result<bool>> is_alive(const ObjectInfo& object, Call call) const;

  /// The row "content".
  static Result<std::string> describe(const Result<Inspection>& seen);

 private:
  Task<Result<MaybeFormat>> read_named(std::string_view name, Call call) const;
  Task<Result<MaybeFormat>> with_obbak(MaybeFormat format, Call call) const;
  Task<Result<Inspection>> look(ObjectList listed, MaybeFormat format, Call call) const;
  Task<Result<bool>> counts(const ObjectInfo& object, bool& probes, Call call) const;

  ObjectStore& store_;
  const DeleteMode mode_;
};

}  // namespace breakwater::storage
