// The log archive: writes the rounds of all tenants that archive.
//
// Looks at the catalogue's rounds a few times a second, and begins a round's work where there is some: log that its archive
// hasn't, a statement's wish (STOPPING, SUSPENDING), a checkpoint that is to move. What fails is INTERRUPTED (a round that is
// STOPPING stays so), and tried again by itself, ever more seldom up to kLongestPause; at once when a statement has
// changed what the round is to do.
//
// A store (a mount, or the host of a bucket) that hangs holds up the rounds that write to it and no others: of one store at
// most kMaxOfStore are at work, and those that have been for longer than kSlow don't count among kMaxAtOnce.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "server/jobs/round_work.h"
#include "server/jobs/runner.h"

namespace breakwater::server::jobs {

/// Of the runner's thread alone.
class Archiver {
 public:
  static constexpr std::size_t kMaxAtOnce = 32;  ///< rounds at work at one time, without those that are slow
  static constexpr std::size_t kMaxOfStore = 8;  ///< of these, and of those that are slow, to one store
  static constexpr std::chrono::seconds kSlow{2};
  static constexpr std::chrono::milliseconds kLook{250};
  static constexpr std::chrono::seconds kFirstPause{1};
  static constexpr std::chrono::seconds kLongestPause{10};
  /// Between looks at a tenant for which nothing has changed: half of what its archive may be behind, within these.
  static constexpr std::chrono::milliseconds kSoonest{500};
  static constexpr std::chrono::milliseconds kIdle{5000};
  /// Between looks of flush_to() at the checkpoint.
  static constexpr std::chrono::milliseconds kLookAtFlush{50};

  struct World {
    ArchiveWorld archive;
    Timers& timers;
    Log& log;
    storage::Cancellation& ending;                       ///< the runner's
    std::function<void(std::function<Task<>()>)> spawn;  ///< on the runner's thread
    std::shared_ptr<catalog::Reader> reader{};           ///< that jobs share; null: one of its own
  };

  explicit Archiver(World world) : world_(std::move(world)), reader_(world_.reader) {}
  Archiver(const Archiver&) = delete;
  Archiver& operator=(const Archiver&) = delete;

  /// Until the runner ends. Must have ended, with all that it spawned, before this is destroyed.
  Task<> run();

  /// Writes what is pending of the tenant's log now, in a bucket too, and moves its checkpoint, though nothing may have
  /// changed: for BACKUP … PLUS ARCHIVELOG and RESTORE. Comes back at once; nothing happens without a round.
  void flush(catalog::TenantId tenant);

  /// flush(), and waits until the tenant's archive has everything up to `scn` (of a set, or reader.parts().last_scn()): then
  /// CHECKPOINT_SCN is `scn` or later, and so is what the destination itself says. `until`: of World::timers.
  /// Of the runner's thread; holds no place of slots(). May be called for any tenant, by several at once.
  ///   entry_not_exist (4018)  the tenant has no round, or one that is at its end or suspended: nothing will come
  ///   timeout (4012)          not by then; the hint says what stands against it: the round's STATUS and COMMENT
  ///   the cancellation's      and what the catalogue answers
  Task<Result<>> flush_to(catalog::TenantId tenant, catalog::Scn scn, Deadline until,
                          storage::Cancellation& cancellation);

 private:
  /// One tenant's.
  struct Working {
    std::unique_ptr<RoundWork> work{};  ///< none after an error
    std::int64_t round_id = 0;
    std::string store{};  ///< where it is written to; empty: to be asked
    bool busy = false;
    Deadline begun{};  ///< when busy: since then
    bool flush = false;
    std::chrono::seconds pause{0};             ///< behind an error
    Deadline next{};                           ///< not before, as long as the round is …
    std::optional<catalog::RoundStatus> as{};  ///< … what it was then
    catalog::Scn seen = 0;  ///< nothing was committed since the last step, which found all done
    Deadline look_again{};  ///< at the latest: the checkpoint of an idle tenant moves
  };

  Task<> look_and_wait();
  Task<Result<>> begin_rounds();
  Result<> look();
  Result<> begin_due(const std::vector<catalog::ArchiveRound>& rounds);
  bool is_due(const catalog::ArchiveRound& round, const Working& working) const;
  void begin(const catalog::ArchiveRound& round, Working& working);
  Task<> work(catalog::ArchiveRound round, std::shared_ptr<Working> working);
  Task<> step(const catalog::ArchiveRound& round, const std::shared_ptr<Working>& working);
  Task<> failed(catalog::TenantId tenant, const std::shared_ptr<Working>& working, Error why);

  World world_;
  std::shared_ptr<catalog::Reader> reader_;
  bool begun_ = false;  ///< begin_rounds() has looked
  std::map<catalog::TenantId, std::shared_ptr<Working>> working_;
  Wake wake_;
  catalog::Scn newest_ = 0;
  catalog::TenantId last_begun_ = 0;  ///< whose turn it was last
};

}  // namespace breakwater::server::jobs
