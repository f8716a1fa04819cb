// Reading the names of backups' files part by part. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace breakwater::storage {

/// Takes a name's parts off its front. After the first that isn't there, everything fails.
class NameParts {
 public:
  explicit NameParts(std::string_view name) : rest_(name) {}

  /// Whether `literal` came next.
  bool take(std::string_view literal);
  /// A number from 1, without leading zeros. 0: there was none.
  std::int64_t number();
  /// A time as time_name.h writes it.
  bool time();

  bool ended() const { return !failed_ && rest_.empty(); }
  bool failed() const { return failed_; }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace breakwater::storage
