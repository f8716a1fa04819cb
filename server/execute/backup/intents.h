// Intents: what an operation is about to make outside the catalogue, written down before it does. One that is
// still open when nobody works on it any more is settled: what it made is removed, or, for a key file that
// was written whole, entered.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "catalog/model/entities.h"
#include "catalog/store/store.h"
#include "server/execute/context/services.h"
#include "server/execute/context/statement.h"
#include "server/net/handler.h"
#include "storage/destination/backup_destination.h"
#include "storage/destination/uri.h"
#include "storage/object/object_store.h"

namespace breakwater::server::execute {

/// How it went to make what an intent names.
struct Made {
  enum class Left : std::uint8_t {
    nothing,  ///< all of it is taken back: the intent may go
    stuck,    ///< it can't be taken back now: that is tried again, later
    unknown,  ///< nobody has looked: that is done at once
  };
  std::optional<Error> refused{};  ///< nothing: it is there
  Left left = Left::nothing;       ///< of what was refused
};

/// What is made outside the catalogue: a destination by SET, a key file or object by BACKUP KEY, probes by CHECK.
class IntendedWork {
 public:
  virtual ~IntendedWork() = default;

  /// Where it is made.
  virtual const storage::Destination& destination() const = 0;

  /// Opens the intent that names all that make() may create, and returns its id. Runs on the writer's thread.
  virtual Result<std::int64_t> open(catalog::Transaction& transaction) = 0;

  /// Makes it. An error says that nobody knows what was made, since the work may still be going on; `late` is then
  /// called once it has stopped.
  virtual Task<Result<Made>> make(storage::EndedLate late) = 0;

  /// Ends the intent, in the transaction that enters what was made. Runs on the writer's thread.
  virtual Result<> finish(catalog::Transaction& transaction, std::int64_t intent) = 0;
};

/// The one order of it: the intent is committed, the work done, the outcome committed; only then may OK be said. What
/// is refused, or made and then not committed, is settled as a crash's leavings are. Until make() has ended nobody
/// else settles the intent. The caller holds the tenant's lock, and has settled what was open at the destination; a
/// CHECK, whose intent claims nothing, does neither.
Task<Result<>> run_with_intent(const Statement& statement, catalog::TenantId tenant, IntendedWork& work);

/// Settles a tenant's open intents; the caller holds its lock. An intent of `path_key` must be settled: if it
/// still hangs on a dead mount, or its storage doesn't answer, that is the error (9070 or the storage's own).
/// Others get kOtherIntentsWait each and stay open if that isn't enough, so that a dead mount delays its own
/// statements only. Those of CHECKs are looked at only at path_key, for kOtherIntentsWait together, since what they left
/// counts as nothing. `fresh`, if any, is the destination at path_key as the user writes it now: its access key
/// counts, not the one of the time of the intent.
Task<Result<>> settle_tenant(Services& services, catalog::TenantId tenant, std::string_view path_key,
                             storage::Call call, const storage::Destination* fresh = nullptr);

inline constexpr auto kOtherIntentsWait = std::chrono::seconds(2);

/// The whole bucket of a key backup's URI, for storage/object/key_object.h.
Result<std::unique_ptr<storage::ObjectStore>> open_key_bucket(Services& services, const Secret& uri);

/// The event of a place that was given up.
inline const char* give_up_event(bool retired) {
  return retired ? "retire_backup_dest" : "release_backup_dest";
}

/// What the catalogue is to hold of a destination.
struct DestinationEntry {
  catalog::Destination row{};
  std::optional<Secret> access_key{};  ///< none on a file system
  std::string shown{};                 ///< the access key as views show it
};
Result<DestinationEntry> destination_entry(Services& services, const storage::Destination& destination,
                                           catalog::DestinationKey key, Timestamp checked);

/// An operation that opens intents of this tenant: what it throws (std::bad_alloc) leaves them to be settled.
Task<Result<>> settling_after(Services& services, catalog::TenantId tenant, Task<Result<>> operation);

/// At start: every open intent, tenant by tenant, each under its lock, those of CHECKs under none. Failures are logged, and tried again
/// as by settle_soon(). Runs on the housekeeper.
Task<> settle_all(Services& services);

/// Any thread: the tenant's open intents, behind whatever holds its lock, after `pause`; and again, more and
/// more seldom, until none is left. For what was given up, or could not be taken back.
void settle_soon(Services& services, catalog::TenantId tenant, std::chrono::milliseconds pause = {});

inline constexpr auto kSettlePause = std::chrono::milliseconds(2'000);  ///< doubled until kMaxSettlePause
inline constexpr auto kMaxSettlePause = std::chrono::milliseconds(300'000);

}  // namespace breakwater::server::execute
