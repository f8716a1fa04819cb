#include "storage/destination/proof.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace breakwater::storage {

bool all_ok(const std::vector<CheckRow>& rows) {
  return std::ranges::all_of(rows, &CheckRow::ok);
}

bool Proof::enter(std::string name, Moment start, const Result<std::string>& seen) {
  const std::chrono::duration<double, std::milli> took = now() - start;
  CheckRow row{.name = std::move(name), .ok = seen.has_value(), .milliseconds = took.count()};
  if (seen) {
    row.seen = *seen;
  } else {
    const Error& error = seen.error();
    row.hint = error.hint().empty() ? error.text() : error.text() + ". " + error.hint();
    if (!failure_) failure_ = error;
  }
  tell_rest();
  rows_.push_back(std::move(row));
  return seen.has_value();
}

void Proof::tell_first(std::size_t count) {
  for (; told_ && tell_from_ < count; ++tell_from_) told_(rows_[tell_from_]);
}

void Proof::remark(const std::string& text) {
  std::string& hint = rows_.back().hint;
  hint += (hint.empty() ? "" : "; ") + text;
}

void Proof::replace_seen(std::string_view name, std::string seen) {
  for (auto row = rows_.rbegin(); row != rows_.rend(); ++row) {
    if (row->name != name) continue;
    row->seen = std::move(seen);
    return;
  }
}

void Proof::append(Proof&& other) {
  std::ranges::move(other.rows_, std::back_inserter(rows_));
  if (!rows_.empty()) tell_first(rows_.size() - 1);
  if (!failure_) failure_ = std::move(other.failure_);
}

Result<> Proof::verdict() const {
  if (failure_) return fail(*failure_);
  return {};
}

}  // namespace breakwater::storage
