#include "storage/file/give_up_directory.h"

#include <algorithm>
#include <cerrno>
#include <string_view>

#include <fcntl.h>

#include "storage/destination/backup_destination.h"
#include "storage/file/anchor.h"
#include "storage/file/file_system_of.h"
#include "storage/file/posix.h"
#include "storage/file/publish.h"

namespace breakwater::storage {
namespace {

using posix::File;

const std::string kGivenUpFormat(kFormatName);
const std::string kGivenUpObbak(kFormatObbakName);
const std::string kGivenUpChecks(kCheckDirectory);

posix::Io<bool> holds(const File& root, const std::string& name, const Bytes& bytes, const StopFlag& stop) {
  BW_IO_TRY(const auto found, posix::read_regular(root, name, kMaxFormat, stop));
  return found && *found == bytes;
}

Result<> refuse_entry(const std::string& name) {
  return fail(error::not_supported(
                  "RELEASE of a backup destination that holds more than its format file and check file is")
                  .with_hint(holds_more(name)));
}

// Nothing but what a SET has made may be there.
Result<> check_alone(const File& root, const GiveUpPlan& plan, const StopFlag& stop) {
  BW_TRY(const auto entries, posix::list(root, stop));
  for (const posix::Entry& entry : entries) {
    if (entry.name == kGivenUpFormat || entry.name == kGivenUpChecks) continue;
    bool ours = false;
    if (entry.name == kGivenUpObbak) {
      BW_TRY(ours, holds(root, kGivenUpObbak, plan.format_bytes, stop));
    }
    if (!ours) return refuse_entry(entry.name);
  }
  return {};
}

Result<> remove_check_files(const File& root, const GiveUpPlan& plan, GivenUp& done, const StopFlag& stop) {
  const auto directory = posix::open_below(root, kGivenUpChecks, O_RDONLY | O_DIRECTORY, 0, stop);
  if (!directory && directory.error().number == ENOENT) return {};
  if (!directory) return fail(Error(directory.error()));
  BW_TRY(const auto entries, posix::list(*directory, stop));
  for (const posix::Entry& entry : entries) {
    bool ours = entry.type == posix::EntryType::file && is_check_file_name(entry.name, plan.tenant_id);
    if (ours) {
      BW_TRY(const struct stat status, posix::status_of(*directory, entry.name, stop));
      ours = static_cast<std::uint64_t>(status.st_size) <= kMaxFormat;
    }
    if (!ours) return refuse_entry(kGivenUpChecks + "/" + entry.name);
  }
  done.changed = true;
  for (const posix::Entry& entry : entries) BW_CHECK(posix::remove_if_there(*directory, entry.name, stop));
  BW_CHECK(posix::remove_directory(root, kGivenUpChecks, stop));
  BW_CHECK(posix::sync_directory(root, stop));
  return {};
}

Result<> put_tombstone(const File& root, const GiveUpPlan& plan, const std::string& name,
                       const StopFlag& stop) {
  const std::string temp = plan.temp_tombstone_name();
  BW_CHECK(posix::remove_if_there(root, temp, stop));
  bool created = false;
  BW_CHECK(posix::write_new(root, temp, plan.tombstone, posix::kFileMode, created, stop));
  BW_CHECK(posix::rename(root, temp, name, stop));
  BW_CHECK(posix::sync_directory(root, stop));
  return {};
}

// The format file of OceanBase's name goes the same way.
Result<> follow_with_obbak(const File& root, const GiveUpPlan& plan, const StopFlag& stop) {
  BW_TRY(const bool there, holds(root, kGivenUpObbak, plan.format_bytes, stop));
  if (there) BW_CHECK(put_tombstone(root, plan, kGivenUpObbak, stop));
  return {};
}

Result<> release(const File& root, const GiveUpPlan& plan, GivenUp& done, const StopFlag& stop) {
  BW_CHECK(check_alone(root, plan, stop));
  BW_CHECK(remove_check_files(root, plan, done, stop));
  done.changed = true;
  BW_CHECK(posix::remove_if_there(root, kGivenUpObbak, stop));
  BW_CHECK(posix::remove_if_there(root, kGivenUpFormat, stop));
  done.gone = true;
  BW_CHECK(posix::sync_directory(root, stop));
  return {};
}

Result<> retire(const File& root, const GiveUpPlan& plan, GivenUp& done, const StopFlag& stop) {
  done.changed = true;
  BW_CHECK(put_tombstone(root, plan, kGivenUpFormat, stop));
  done.gone = true;
  return follow_with_obbak(root, plan, stop);
}

Result<AnchorPtr> anchor_above(const std::string& root, const GiveUpPlan& plan, const PathRules& rules,
                               const StopFlag& stop) {
  return Anchor::again(root, plan.above, {}, rules, stop);
}

Result<> carry_out(const Anchor& anchor, const GiveUpPlan& plan, GivenUp& done, const StopFlag& stop) {
  BW_TRY(const File root, anchor.open(stop));
  BW_TRY(const bool ours, holds(root, kGivenUpFormat, plan.format_bytes, stop));
  if (!ours)
    return fail(
        error::format_file_not_match().with_hint("the format file has just been replaced by another"));
  return plan.tombstone.empty() ? release(root, plan, done, stop) : retire(root, plan, done, stop);
}

bool on_another(const File& directory, const GiveUpPlan& plan, const StopFlag& stop) {
  return is_another(file_system_of(directory, stop), decode_file_system(plan.file_system));
}

}  // namespace

Result<AnchorMark> mark_above(const std::string& root, const PathRules& rules, const StopFlag& stop) {
  BW_TRY(const AnchorPtr anchor, Anchor::of_file(root, rules, stop));
  return anchor->mark();
}

GivenUp give_up_directory(const std::string& root, const GiveUpPlan& plan, const PathRules& rules,
                          const StopFlag& stop) {
  GivenUp done;
  const auto anchor = anchor_above(root, plan, rules, stop);
  if (!anchor) {
    done.refused = anchor.error();
    return done;
  }
  if (*anchor == nullptr) {
    done.refused = error::backup_file_not_exist().with_hint("the directory has just been replaced");
    return done;
  }
  const auto carried = carry_out(**anchor, plan, done, stop);
  if (!carried) done.refused = carried.error();
  // An empty directory that stays, as a mount point does, keeps nobody out.
  if (done.gone && plan.tombstone.empty()) (void)(*anchor)->remove_empty({(*anchor)->path()}, stop);
  return done;
}

Result<GiveUpState> settle_give_up(const std::string& root, const GiveUpPlan& plan, const PathRules& rules,
                                   const StopFlag& stop) {
  BW_TRY(const AnchorPtr anchor, anchor_above(root, plan, rules, stop));
  if (anchor == nullptr) return GiveUpState::elsewhere;
  const auto directory = anchor->open(stop);
  const int number = directory ? 0 : directory.error().number;
  if (number == ENOENT)
    return on_another(anchor->base(), plan, stop) ? GiveUpState::elsewhere : GiveUpState::gone;
  if (!directory) return fail(Error(directory.error()));
  if (on_another(*directory, plan, stop)) return GiveUpState::elsewhere;
  BW_CHECK(posix::remove_if_there(*directory, plan.temp_tombstone_name(), stop));
  BW_TRY(const auto there, posix::read_regular(*directory, kGivenUpFormat, kMaxFormat, stop));
  // It goes, or is replaced, whole: what is no format file any more was damaged by somebody else, and not given up.
  const bool known = !there || decode_tombstone(*there) || decode_format_file(*there);
  if (!known || (there && *there == plan.format_bytes)) return GiveUpState::ours;
  if (plan.tombstone.empty()) {
    (void)anchor->remove_empty({anchor->path()}, stop);
  } else {
    BW_CHECK(follow_with_obbak(*directory, plan, stop));
  }
  return GiveUpState::gone;
}

}  // namespace breakwater::storage
