#include "server/jobs/planned_lines.h"

#include <optional>
#include <span>
#include <utility>

namespace breakwater::server::jobs {
namespace {

// A line's sealed values, by the key that goes with it.
class OpenByDataKey final : public catalog::ValueOpener {
 public:
  explicit OpenByDataKey(const storage::DataKey* key) : key_(key) {}
  Result<std::optional<Secret>> open(std::string_view identity,
                                     std::span<const std::uint8_t> sealed) override {
    if (key_ == nullptr) return std::nullopt;
    BW_TRY(Secret secret, key_->open(identity, sealed));
    return std::optional(std::move(secret));
  }

 private:
  const storage::DataKey* key_;
};

}  // namespace

Result<bool> PlannedLines::line(std::string_view line, const storage::DataKey* key) {
  if (catalog::is_head(line)) BW_CHECK(begin(line));
  if (behind_) return false;
  if (known_) return true;
  OpenByDataKey opener(key);
  BW_CHECK(scratch_.add(line, opener));
  return true;
}

Result<> PlannedLines::log_begins(std::string_view history) {
  history_ = history;
  in_log_ = true;
  return {};
}

Result<> PlannedLines::end() {
  return in_log_ && !proved_ ? prove() : Result<>();
}

// Each set has one head, and each commit of the log.
Result<> PlannedLines::begin(std::string_view line) {
  BW_TRY(catalog::PartHead head, catalog::read_head(line));
  if (!in_log_) return {};
  known_ = head.scn <= plan_.set_scn;
  behind_ = head.scn > plan_.scn;
  if (!known_ && !proved_) BW_CHECK(prove());
  if (known_) history_ = std::move(head.history);
  return {};
}

Result<> PlannedLines::prove() {
  proved_ = true;
  of_another_ = history_.empty() || history_ != plan_.history;
  if (!of_another_) return {};
  return fail(error::checksum_error().with_hint("the log is of another history than set " +
                                                std::to_string(plan_.sets.back().name.id) +
                                                ": a copy of the server wrote one of them"));
}

}  // namespace breakwater::server::jobs
