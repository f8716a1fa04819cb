// The log of changes in the catalogue: what the commits of tenants that archive changed, until their archives have it.
//
// It is written in the transaction that it tells about, so neither is there without the other, and it costs no fsync. A
// commit that nobody archives leaves nothing. It is bounded: where it gets too long, the log of the tenant that holds most
// goes, and its round says so.
#pragma once

#include <map>
#include <memory>
#include <set>

#include "base/clock.h"
#include "base/log.h"
#include "catalog/store/recorder.h"

namespace breakwater::catalog {

/// Keys of a tenant that are remembered as changed; beyond, what is remembered begins anew.
inline constexpr std::int64_t kMaxChangedKeys = 100'000;

/// Of the writer's thread.
class ChangeLog {
 public:
  /// Looks who archives, and from here on records. `recorder` was made with this connection.
  static Result<std::unique_ptr<ChangeLog>> open(sqlite::Connection& connection,
                                                 std::unique_ptr<Recorder> recorder, std::int64_t limit);

  Recorder& recorder() { return *recorder_; }
  std::int64_t limit() const { return limit_; }

  /// Just before COMMIT: the record, where somebody needs it.
  Result<> before_commit(sqlite::Connection& connection, const Clock& clock, const Entropy& entropy);
  /// COMMIT has succeeded. Returns whose log was lost to the bound.
  std::set<TenantId> committed();

  /// For tests, and for front ends that share a catalogue: is given the whole record of each commit.
  using Listener = std::function<void(const Record&)>;
  void listen(Listener listener) { listener_ = std::move(listener); }

 private:
  using Tenants = std::set<TenantId>;
  /// By the rounds that aren't at their end.
  struct Audience {
    Tenants archiving;  ///< whose changes are kept
    Tenants open;       ///< whose log is still needed: those, and who is STOPPING
  };

  ChangeLog(std::unique_ptr<Recorder> recorder, std::int64_t limit)
      : recorder_(std::move(recorder)), limit_(limit) {}

  static Result<Audience> who_archives(sqlite::Connection& connection);
  Result<> look_at_round(sqlite::Connection& connection, TenantId tenant, const Entropy& entropy);
  Result<> keep(sqlite::Connection& connection, const Record& record, const Tenants& tenants);
  Result<> keep_part(sqlite::Connection& connection, const Record& record, TenantId tenant);
  Result<> track(sqlite::Connection& connection, const Record& record, TenantId tenant);
  Result<> bound_keys(sqlite::Connection& connection, TenantId tenant, Scn scn);
  Result<> bound_log(sqlite::Connection& connection);
  Result<> lose(sqlite::Connection& connection, TenantId tenant);
  Result<> sweep(sqlite::Connection& connection);

  std::unique_ptr<Recorder> recorder_;
  const std::int64_t limit_;
  Listener listener_;

  // As of the last commit, and as of this transaction.
  Audience now_;
  Audience next_;
  std::int64_t bytes_ =
      0;              ///< of the log, at most: what archives have taken since it was counted is still in it
  Tenants lost_;      ///< by this transaction
  Tenants to_sweep_;  ///< who may have rows that nobody needs
  std::map<TenantId, std::int64_t> tracked_;  ///< keys noted since they were counted
};

}  // namespace breakwater::catalog
