// The proof of a destination: a row for each check. SET, CHECK BACKUP DESTINATION and `breakwater check` make
// the same rows (backup_destination.h).
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace breakwater::storage {

struct CheckRow {
  std::string name{};  ///< "create-only write"
  bool ok = false;
  double milliseconds = 0;  ///< how long it took
  std::string seen{};       ///< what was found: "ext4, 81 GiB free"
  std::string hint{};       ///< what to do if not ok, or what to look at if it is
};

bool all_ok(const std::vector<CheckRow>& rows);

/// Collects rows. One thread at a time.
class Proof {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  static Moment now() { return std::chrono::steady_clock::now(); }

  /// Adds the row of a check that began at `start` and ends now: what it saw, or the error. Returns true if
  /// the check succeeded.
  bool enter(std::string name, Moment start, const Result<std::string>& seen);

  /// Runs `check`, which returns a Result<std::string>, and adds its row.
  template <class Check>
  bool run(std::string name, Check check) {
    const Moment start = now();
    return enter(std::move(name), start, check());
  }

  /// Adds to the last row's hint.
  void remark(const std::string& text);

  /// Shows something else as seen in the last row of this name, if there is one.
  void replace_seen(std::string_view name, std::string seen);

  /// Adds the rows and the failure of another proof.
  void append(Proof&& other);

  /// From now on calls `told` for each row as soon as remark() doesn't change it any more: once the next is there, or at
  /// tell_rest(). What other proofs gave before append() is told then.
  void tell(std::function<void(const CheckRow&)> told) { told_ = std::move(told); }
  void tell_rest() { tell_first(rows_.size()); }

  /// The error of the first check that failed.
  const std::optional<Error>& failure() const { return failure_; }
  /// {} if no check failed, else the first failure.
  Result<> verdict() const;

  const std::vector<CheckRow>& rows() const { return rows_; }

 private:
  void tell_first(std::size_t count);

  std::vector<CheckRow> rows_{};
  std::optional<Error> failure_{};
  std::function<void(const CheckRow&)> told_{};
  std::size_t tell_from_ = 0;
};

}  // namespace breakwater::storage
