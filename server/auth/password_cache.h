// After a full login by caching_sha2_password it remembers SHA256(SHA256(password)), so that the next login
// is fast: for at most kMaxAccounts accounts, in memory that is locked (if the system allows), left out of
// core files, and wiped. When it is full, the oldest entry is removed.
//
// The key of an entry contains the hashes that the password was checked against, so that an old entry never
// matches after a change of the password. Thread-safe.
#pragma once

#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/text.h"
#include "server/auth/verifier.h"

namespace breakwater::auth {

class PasswordCache {
 public:
  static constexpr std::size_t kMaxAccounts = 4096;

  PasswordCache();
  ~PasswordCache();
  PasswordCache(const PasswordCache&) = delete;
  PasswordCache& operator=(const PasswordCache&) = delete;

  std::optional<FastDigest> find(std::string_view key) const;
  void put(std::string_view key, const FastDigest& digest);
  /// Call it whenever accounts change: the next login of each account then goes the full way.
  void clear();
  std::size_t size() const;

 private:
  mutable std::mutex mutex_;
  std::span<crypto::Sha256> digests_;  ///< pages of their own
  std::vector<std::string> keys_;      ///< of each digest in use
  std::size_t next_ = 0;               ///< the slot that is filled next
  std::unordered_map<std::string, std::size_t, StringHash, std::equal_to<>> slots_;
};

}  // namespace breakwater::auth
