// The server proves every destination that a setting names again, each destination_check_interval: the proof of a CHECK
// without the rows of speed, append and multipart. What comes of it is CDB_OB_BACKUP_DEST_STATUS's, and a change of it a line
// of the log and an event.
//
// When a destination's turn comes follows from its name and the interval alone, so that the checks are spread over the
// interval, and a restart neither forgets one nor begins all at once. What came while the server was down waits for its
// next turn.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "catalog/store/store.h"
#include "server/execute/context/services.h"

namespace breakwater::server::execute {

/// Of the housekeeper's thread alone.
class ScheduledChecks : public std::enable_shared_from_this<ScheduledChecks> {
 public:
  static constexpr std::size_t kAtATime = 32;  ///< checks
  static constexpr std::size_t kAtAStore =
      4;  ///< of these, at one mount or host: what hangs keeps others waiting
  static constexpr std::size_t kPage = 128;  ///< rows that are read, or changed, together
  static constexpr std::chrono::seconds kLookAgain{5};
  static constexpr std::chrono::seconds kAfterFailure{60};
  static constexpr std::chrono::minutes kPlanAgain{10};  ///< the clock may have been set

  explicit ScheduledChecks(Services& services) : services_(services) {}

  /// Until the housekeeper ends.
  Task<> run();

 private:
  using Name = std::tuple<catalog::TenantId, std::string, std::string>;
  class Running;
  class Nap;
  /// One that begins.
  struct Check {
    catalog::Destination row;
    catalog::DestinationKind kind{};
    std::string store{};
  };

  static Name name_of(const catalog::DestinationKey& key) { return {key.tenant_id, key.path, key.endpoint}; }

  Task<Result<>> look();
  Task<Result<>> plan_all();
  Result<std::vector<catalog::PlannedCheck>> moved(catalog::Reader& reader,
                                                   const std::vector<catalog::PlannedCheck>& page);
  Task<Result<>> look_at(std::vector<catalog::PlannedCheck> page);
  Result<> look_at_one(catalog::Reader& reader, const catalog::PlannedCheck& due);
  bool has_room(const std::string& store);
  Result<Timestamp> next_turn(catalog::Reader& reader, const catalog::DestinationKey& key);
  Task<Result<>> enter();
  void begin_all();
  Task<> check(std::shared_ptr<const Running> mark, Check check);
  Task<Result<>> prove(const Check& check);
  Task<Result<>> prove_with(const catalog::Tenant& tenant, const Check& check);
  Task<Result<>> enter_unreadable(const Check& check, Error why);
  Task<> wait(std::chrono::seconds longest);
  void ring();

  Services& services_;
  std::set<Name> running_;
  std::map<std::string, std::size_t> at_store_;  ///< of those that run
  // What a look has found, until it is entered and begun.
  std::vector<Check> begin_;
  std::vector<catalog::PlannedCheck> plan_;
  std::vector<catalog::DestinationKey> forget_;
  Timestamp next_ = 0;
  bool started_ = false;
  std::int64_t planned_by_ = -1;  ///< the setting's value then
  Deadline plan_again_{};
  bool rung_ = false;
  storage::Cancellation* nap_ = nullptr;
};

/// Begins them. Any thread; once.
void begin_scheduled_checks(Services& services);

}  // namespace breakwater::server::execute
