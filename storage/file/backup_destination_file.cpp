#include "storage/file/backup_destination_file.h"

#include <optional>
#include <utility>

#include "storage/file/file_proof.h"
#include "storage/file/file_system_of.h"
#include "storage/file/give_up_directory.h"
#include "storage/file/mounts.h"
#include "storage/file/posix.h"
#include "storage/formats/temp_name.h"
#include "storage/pool/await.h"

namespace breakwater::storage {
namespace {

// The result of a job on the pool, with its rows. The job may outlive the waiting coroutine, so it writes
// only to its own data.
template <class T>
struct Proved {
  T outcome{};
  Proof proof{};
};

template <class Outcome>
Outcome refusal(const FileDestination& directory, const WritePlan& plan, const Footprint& made, Error why,
                const StopFlag& stop) {
  Outcome outcome;
  outcome.refused = std::move(why);
  outcome.undone = directory.undo(plan, made, stop).has_value();
  return outcome;
}

Result<> write_claim(const FileDestination& directory, const WritePlan& plan, Proof& proof, Footprint& made,
                     const StopFlag& stop) {
  if (prove_creation(proof, directory, made, stop)) prove_writing(proof, directory, plan, made, stop);
  BW_CHECK(proof.verdict());
  BW_CHECK(directory.write_check_file(plan, made, stop));
  BW_TRY(const auto theirs, directory.publish_format(plan, made, stop));
  if (!theirs) return {};
  return fail(error::format_file_not_match().with_hint(
      "another server or tenant has just claimed the directory; set a new or an empty directory"));
}

// The check file that the destination's row names is kept if it exists (docs/spec/behaviour.md#check-files).
Result<std::string> renew_check_file(const FileDestination& directory, const WritePlan& plan,
                                     const std::string& known, Proof& proof, Footprint& made,
                                     const StopFlag& stop) {
  if (prove_creation(proof, directory, made, stop)) prove_writing(proof, directory, plan, made, stop);
  BW_CHECK(proof.verdict());
  // No format file follows whose fsync would make the removal of the probes durable.
  BW_TRY(const posix::File root, directory.anchor().open(stop));
  BW_CHECK(posix::sync_directory(root, stop));
  if (!known.empty()) {
    BW_TRY(const bool there, directory.carries_proof(known, plan.check_proof, stop));
    if (there) return known;
  }
  BW_CHECK(directory.write_check_file(plan, made, stop));
  return plan.check_name;
}

// Proves by probes. A directory that somebody else's proof made too may go with that; then it begins anew.
Proof prove_by_probes(const FileDestination& directory, const WritePlan& plan, Footprint& made,
                      const StopFlag& stop) {
  for (int beginning = 1;; ++beginning) {
    Proof proof;
    if (prove_creation(proof, directory, made, stop)) prove_writing(proof, directory, plan, made, stop);
    const bool removed = proof.failure() && proof.failure()->is(Errc::backup_file_not_exist);
    if (!removed || beginning == BackupDestination::kMostBeginnings) return proof;
  }
}

class FileBackupDestination final : public BackupDestination {
 public:
  FileBackupDestination(std::string root, PathRules rules, FilePool& pool, const Entropy& entropy)
      : root_(std::move(root)), rules_(std::move(rules)), pool_(pool), entropy_(entropy) {}

  Task<Result<Inspection>> inspect(Proof& proof, Room room, Call call) override {
    // One job for all: each way to the pool and back costs as much as a small fsync.
    FilePool::Job<Proved<Ground>> job = [root = root_, rules = rules_,
                                         room](const StopFlag& stop) -> Result<Proved<Ground>> {
      Proved<Ground> result;
      Ground& ground = result.outcome;
      PathRules at_once = rules;
      at_once.mounts = std::make_shared<const MountsOnce>();
      ground.seen = inspect_directory(result.proof, root, at_once, room, ground.directory, stop);
      if (ground.directory) ground.system = file_system_of(ground.directory->anchor().base(), stop);
      if (result.proof.failure()) return result;
      BW_TRY(ground.missing, ground.directory->missing(stop));
      return result;
    };
    BW_CO_TRY(Proved<Ground> found, co_await on_pool(std::move(job), call));
    Result<> verdict = found.proof.verdict();
    proof.append(std::move(found.proof));
    directory_ = std::move(found.outcome.directory);
    missing_ = std::move(found.outcome.missing);
    file_system_ = std::move(found.outcome.system);
    if (!verdict) co_return fail(std::move(verdict).error());
    co_return std::move(found.outcome.seen);
  }

  std::optional<FileSystem> file_system() const override { return file_system_; }

  Task<Result<WritePlan>> plan(const FormatFile& format, bool link_obbak, Timestamp now,
                               Call /*call*/) override {
    if (!directory_) co_return fail(not_inspected());
    co_return directory_->plan_write(missing_, format, link_obbak, now, entropy_);
  }

  Task<Result<Claimed>> claim(PlanPtr plan, Proof& proof, Call call, EndedLate late) override {
    if (!directory_) co_return fail(not_inspected());
    FilePool::Job<Proved<Claimed>> job = [directory = *directory_,
                                          plan](const StopFlag& stop) -> Result<Proved<Claimed>> {
      Proved<Claimed> result;
      Footprint made;
      auto written = write_claim(directory, *plan, result.proof, made, stop);
      if (!written)
        result.outcome = refusal<Claimed>(directory, *plan, made, std::move(written).error(), stop);
      return result;
    };
    FilePool::Abandoned<Proved<Claimed>> abandoned = [late](const auto&) {
      if (late) late();
    };
    BW_CO_TRY(Proved<Claimed> done, co_await on_pool(std::move(job), call, std::move(abandoned)));
    proof.append(std::move(done.proof));
    co_return std::move(done.outcome);
  }

  Task<Result<Renewed>> renew(PlanPtr plan, std::string known, Proof& proof, Call call,
                              EndedLate late) override {
    if (!directory_) co_return fail(not_inspected());
    FilePool::Job<Proved<Renewed>> job = [directory = *directory_, plan,
                                          known](const StopFlag& stop) -> Result<Proved<Renewed>> {
      Proved<Renewed> result;
      Footprint made;
      auto name = renew_check_file(directory, *plan, known, result.proof, made, stop);
      if (name) {
        result.outcome.check_name = *std::move(name);
      } else {
        result.outcome = refusal<Renewed>(directory, *plan, made, std::move(name).error(), stop);
      }
      return result;
    };
    FilePool::Abandoned<Proved<Renewed>> abandoned = [late](const auto&) {
      if (late) late();
    };
    BW_CO_TRY(Proved<Renewed> done, co_await on_pool(std::move(job), call, std::move(abandoned)));
    proof.append(std::move(done.proof));
    co_return std::move(done.outcome);
  }

  Task<Result<Probed>> probe(PlanPtr plan, Proof& proof, Call call, EndedLate late) override {
    if (!directory_) co_return fail(not_inspected());
    FilePool::Job<Proved<Probed>> job = [directory = *directory_,
                                         plan](const StopFlag& stop) -> Result<Proved<Probed>> {
      Proved<Probed> result;
      Footprint made;
      result.proof = prove_by_probes(directory, *plan, made, stop);
      // Also when nobody waits any longer: a program without a catalogue remembers nothing.
      const auto undone = directory.undo(*plan, made, StopFlag());
      if (!undone)
        result.proof.run("clean up", [&]() -> Result<std::string> { return fail(undone.error()); });
      result.outcome.undone = undone.has_value();
      return result;
    };
    FilePool::Abandoned<Proved<Probed>> abandoned = [late](const auto&) {
      if (late) late();
    };
    BW_CO_TRY(Proved<Probed> done, co_await on_pool(std::move(job), call, std::move(abandoned)));
    proof.append(std::move(done.proof));
    co_return done.outcome;
  }

  Task<Result<std::vector<FoundCheckFile>>> check_files(std::uint64_t tenant_id, Call call) override {
    if (!directory_) co_return fail(not_inspected());
    FilePool::Job<std::vector<FoundCheckFile>> job = [directory = *directory_,
                                                      tenant_id](const StopFlag& stop) {
      return directory.check_files(tenant_id, kMostCheckFiles, stop);
    };
    co_return co_await on_pool(std::move(job), call);
  }

  Task<Result<>> tidy(std::optional<Kept> kept, Call call) override {
    if (!directory_) co_return fail(not_inspected());
    if (!kept) co_return Result<>{};
    FilePool::Job<bool> job = [directory = *directory_,
                               kept = *std::move(kept)](const StopFlag& stop) -> Result<bool> {
      BW_CHECK(directory.remove_stale_check_files(kept.tenant_id, kept.check_name, stop));
      return true;
    };
    BW_CO_CHECK(co_await on_pool(std::move(job), call));
    co_return Result<>{};
  }

  Task<Result<>> discard_format(Bytes bytes, Call call) override {
    if (!directory_) co_return fail(not_inspected());
    FilePool::Job<bool> job = [directory = *directory_,
                               bytes = std::move(bytes)](const StopFlag& stop) -> Result<bool> {
      BW_CHECK(directory.discard_format(bytes, stop));
      return true;
    };
    BW_CO_CHECK(co_await on_pool(std::move(job), call));
    co_return Result<>{};
  }

  Task<Result<GiveUpPlan>> plan_give_up(GiveUpPlan wanted, Call call) override {
    if (!directory_) co_return fail(not_inspected());
    if (file_system_) wanted.file_system = encode(*file_system_);
    wanted.token = random_token(entropy_);
    FilePool::Job<GiveUpPlan> job = [root = root_, rules = rules_,
                                     wanted](const StopFlag& stop) -> Result<GiveUpPlan> {
      GiveUpPlan plan = wanted;
      BW_TRY(plan.above, mark_above(root, rules, stop));
      return plan;
    };
    co_return co_await on_pool(std::move(job), call);
  }

  Task<Result<GivenUp>> give_up(std::shared_ptr<const GiveUpPlan> plan, Call call, EndedLate late) override {
    FilePool::Job<GivenUp> job = [root = root_, rules = rules_,
                                  plan](const StopFlag& stop) -> Result<GivenUp> {
      return give_up_directory(root, *plan, rules, stop);
    };
    FilePool::Abandoned<GivenUp> abandoned = [late](const auto&) {
      if (late) late();
    };
    co_return co_await on_pool(std::move(job), call, std::move(abandoned));
  }

  Task<Result<GiveUpState>> settle_give_up(std::shared_ptr<const GiveUpPlan> plan, Call call) override {
    FilePool::Job<GiveUpState> job = [root = root_, rules = rules_, plan](const StopFlag& stop) {
      return storage::settle_give_up(root, *plan, rules, stop);
    };
    return on_pool(std::move(job), call);
  }

  Task<Result<bool>> undo(PlanPtr plan, Call call) override {
    FilePool::Job<bool> job = [root = root_, rules = rules_, plan](const StopFlag& stop) -> Result<bool> {
      BW_TRY(const auto directory, FileDestination::open_again(root, *plan, rules, stop));
      if (!directory) return false;
      BW_CHECK(directory->undo(*plan, Footprint::of(*plan), stop));
      return true;
    };
    return on_pool(std::move(job), call);
  }

 private:
  // What inspect() finds.
  struct Ground {
    Inspection seen{};
    std::optional<FileDestination> directory{};
    std::vector<std::string> missing{};
    std::optional<FileSystem> system{};
  };

  // Callers give each job a name: GCC 12 destroys the captures of a lambda inside a co_await expression
  // twice.
  template <class T>
  Task<Result<T>> on_pool(FilePool::Job<T>&& job, Call call, FilePool::Abandoned<T>&& abandoned = {}) {
    if (!group_) group_ = current_mount_of(root_).mount_point;
    return run_on<T>(pool_, call, *group_, std::move(job), std::move(abandoned));
  }

  static Error not_inspected() {
    return error::internal_error().with_hint("a directory is inspected before anything is done in it");
  }

  const std::string root_;
  const PathRules rules_;
  FilePool& pool_;
  const Entropy& entropy_;
  std::optional<std::string> group_;          // the mount's, on the pool
  std::optional<FileDestination> directory_;  // opened by inspect(), used by the operations after it
  std::vector<std::string> missing_;          // directories, when inspect() looked
  std::optional<FileSystem> file_system_;
};

}  // namespace

std::unique_ptr<BackupDestination> make_file_backup_destination(std::string root, PathRules rules,
                                                                FilePool& pool, const Entropy& entropy) {
  return std::make_unique<FileBackupDestination>(std::move(root), std::move(rules), pool, entropy);
}

}  // namespace breakwater::storage
