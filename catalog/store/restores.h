// The store's role for restores: what RESTORE asked for, and how far each is. The views read the rows; the state machine in
// server/jobs moves them.
//
// A restore's way: begin() by the statement; note_source() once it knows what it reads; note_imported() in the very commit
// that ends the import (part.h), so that there is never a whole tenant without its restore, nor a second one; move_shown() when it has
// been shown for long enough. Or fail(), which moves it to the history at once. In the history a tenant_id of a restore
// that failed is nobody's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "catalog/model/entities.h"
#include "catalog/model/scn.h"

namespace breakwater::catalog {

/// What a restore works with and no view shows: sealed in its row until it ends.
struct RestoreSecrets {
  Secret data{};      ///< the URI of the sets
  Secret archive{};   ///< that of the log; empty: none
  Secret key_file{};  ///< the bytes of a key backup; empty: none
  Secret key_password{};
  std::vector<Secret> passwords{};   ///< of SET DECRYPTION; all are tried
  std::vector<std::string> named{};  ///< no secret: the sets and pieces that alone are read; none: all
};

struct RestoreRequest {
  std::string tenant_name{};         ///< of the new tenant
  std::vector<std::string> pools{};  ///< that it is to have, which must be free
  std::string backup_dest{};         ///< the URIs without their options
  Scn until = 0;                     ///< 0: as far as the log is whole
  std::string option{};              ///< as it was written
  std::string description{};
  RestoreSecrets secrets{};
};

/// What has a number here is compared in the database: never change one.
enum class RestoreStep : std::uint8_t {
  waiting = 0,   ///< for its turn
  reading = 1,   ///< it is known what is read
  imported = 2,  ///< the tenant is there; also in the history
  failed = 3,    ///< in the history
};

struct RestoreJob {
  std::int64_t job_id = 0;
  std::string tenant_name{};
  TenantId tenant_id = 0;  ///< that the new tenant has, or will have
  Scn until = 0;
  std::string option{};
  bool canceling = false;
  RestoreStep step = RestoreStep::waiting;
  std::int64_t attempts = 0;  ///< that have failed
  Timestamp started = 0;
  Timestamp next_attempt = 0;  ///< not before; 0: at once
};

/// What is read, as the views show it.
struct RestoreSource {
  std::string tenant_name{};
  std::int64_t tenant_id = 0;
  std::string cluster_name{};
  Scn scn = 0;
  std::string sets{};
  std::string pieces{};
  std::int64_t bytes = 0;
};

class RestoreReader {
 public:
  virtual ~RestoreReader() = default;

  virtual Result<std::optional<RestoreJob>> find(std::int64_t job_id) = 0;
  /// Those that have no tenant yet and haven't failed, at most `limit`, the oldest first.
  virtual Result<std::vector<RestoreJob>> at_hand(std::size_t limit) = 0;
  /// Nullopt once it has ended. checksum_error (4103) if they are damaged.
  virtual Result<std::optional<RestoreSecrets>> secrets(std::int64_t job_id) = 0;
};

class RestoreWriter {
 public:
  virtual ~RestoreWriter() = default;

  /// Returns the restore's number, which grows. tenant_exist (5156): there is such a tenant, or it is being restored;
  /// resource_pool_not_exist (4650), resource_pool_already_granted (4626); size_overflow (4019): kMaxOpen are at work.
  virtual Result<std::int64_t> begin(const RestoreRequest& request) = 0;

  // ---- entry_not_exist (4018) from each if it has ended; job_canceled (4072) from the first two if it is to be.
  virtual Result<> note_source(std::int64_t job_id, const RestoreSource& source) = 0;
  /// The tenant is whole, by this commit: it has the role RESTORE until move_shown(). `comment`: what it didn't take over.
  /// `falls_short`: it goes less far than what lies there might have led, which is an event too.
  virtual Result<> note_imported(std::int64_t job_id, std::string_view comment, bool falls_short = false) = 0;
  /// An attempt has failed; the next one not before `next`.
  virtual Result<> put_off(std::int64_t job_id, Timestamp next, std::string_view comment) = 0;
  /// To the history at once, with the reason.
  virtual Result<> fail(std::int64_t job_id, std::string_view comment) = 0;

  /// The restore of a tenant of that name is to end; one whose tenant is made already ends well all the same.
  /// tenant_not_exist (5157): none is shown.
  virtual Result<> cancel(std::string_view tenant_name) = 0;
  /// Moves what has its tenant and began at `before` or earlier to the history, and makes those tenants standby ones.
  /// Returns when the next one began that stays; nothing if there is none.
  virtual Result<std::optional<Timestamp>> move_shown(Timestamp before) = 0;

  /// How far a standby tenant's log may be applied; 0: without limit. entry_not_exist (4018): it is none; op_not_allow
  /// (4179): it is farther already.
  virtual Result<> recover_until(TenantId tenant, Scn until) = 0;
  /// An event: the tenant has all that this program's version would bring it to.
  virtual Result<> note_upgraded(TenantId tenant) = 0;

  static constexpr std::int64_t kKept = 1000;  ///< restores that the history keeps; the oldest go
  static constexpr std::int64_t kMaxOpen = 64;
};

}  // namespace breakwater::catalog
