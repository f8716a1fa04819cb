// The store's role for intents: what an operation is about to make outside the catalogue, with its claim on the path.
//
// open() comes before anything is made, finish() or abandon() after: docs/spec/behaviour.md#order-of-a-set. What a
// crash leaves open is settled by server/execute/backup/intents.h.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/secret.h"
#include "catalog/model/entities.h"
#include "catalog/store/keys.h"

namespace breakwater::catalog {

class IntentReader {
 public:
  virtual ~IntentReader() = default;

  virtual Result<std::optional<Intent>> find(std::int64_t id) = 0;
  /// The destination of an intent as the user wrote it; nothing if open() was given none. checksum_error (4103) if
  /// it is damaged.
  virtual Result<std::optional<Secret>> uri(const Intent& intent) = 0;
  virtual Result<std::vector<Intent>> all() = 0;  ///< open ones, oldest first, of dropped tenants too
  virtual Result<std::vector<Intent>> all(TenantId tenant) = 0;

  /// Whether these are the bytes of a format file that a claim of this place was to make and that was abandoned: whoever
  /// finds it there, it is the tenant's, and void. Remembered for kVoidLife.
  virtual Result<bool> is_void(TenantId tenant, std::string_view path_key,
                               std::span<const std::uint8_t> format) = 0;
};

class IntentWriter {
 public:
  virtual ~IntentWriter() = default;

  /// Says what is about to be made outside, and claims the path. `path_key` is the path however it is spelt,
  /// in a canonical form that ends without a slash: "file:///a/b", "oss://endpoint/bucket/dir". A claim lasts
  /// while a destination or an open intent has it. An empty `path_key` claims nothing. `uri`, with its secrets, is kept sealed for as long as the
  /// intent lasts: where settling it takes more than a path. Returns the intent's id.
  ///
  /// Refused where somebody else's claim stands: format_file_not_match (9081) for a data or archive destination on
  /// a path of another tenant or of another kind, invalid_backup_dest (9026) for a key on a destination,
  /// file_already_exist (1086) for a key on another tenant's key. tenant_not_exist (5157), but for a key of a dropped
  /// tenant whose master keys are kept.
  virtual Result<std::int64_t> open(const IntentSpec& spec, const Secret* uri = nullptr) = 0;

  /// The intended came to be: inserts or updates the destination's row, sets DATA_BACKUP_DEST to `value` for a data
  /// destination, and deletes the intent. `access_key` replaces the stored one; none: none is stored. Path, kind,
  /// dest_id and format are the intent's; of `made` the display columns and check data are taken.
  /// entry_not_exist (4018) if the intent is not open; tenant_not_exist (5157) if the tenant is gone (the intent
  /// then stays open, since its files have to be removed).
  virtual Result<> finish(std::int64_t intent_id, const Destination& made, std::string_view value,
                          const std::optional<Secret>& access_key) = 0;

  /// The same for a place that is known again: DATA_BACKUP_DEST stays as it is.
  virtual Result<> finish_adoption(std::int64_t intent_id, const Destination& made,
                                   const std::optional<Secret>& access_key) = 0;

  /// A key backup was written, which holds every master key up to `version`. A tenant that is dropped meanwhile, or was
  /// before, keeps the note of it alone.
  virtual Result<> finish_key(std::int64_t intent_id, const Destination& made,
                              const std::optional<Secret>& access_key, const KeyBackupNote& backup) = 0;

  /// A place was given up: its destination moves to the history and its path is free again; `event` tells it.
  /// entry_not_exist (4018), tenant_not_exist (5157) as for finish().
  virtual Result<> finish_giving_up(std::int64_t intent_id, std::string_view event) = 0;

  /// Deletes an intent whose files were removed or never made, and its claim unless a destination has the path too.
  /// An intent that is not open: nothing happens.
  virtual Result<> abandon(std::int64_t intent_id) = 0;
  /// The same for a claim, whose format file is void from now on: a write of it that was only delayed may still come.
  virtual Result<> abandon_claim(std::int64_t intent_id) = 0;
  static constexpr std::chrono::days kVoidLife{7};
  static constexpr std::int64_t kMostVoid = 100;  ///< of a tenant; the oldest are forgotten
};

}  // namespace breakwater::catalog
