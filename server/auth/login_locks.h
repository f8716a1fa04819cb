// The failed logins that lock an account for an address: FAILED_LOGIN_ATTEMPTS and PASSWORD_LOCK_TIME.
//
// An account is locked for the address from which the wrong passwords came and for no other, so nobody locks others out.
// Kept in memory, for at most kMost accounts and addresses; if there are more, those whose last failure is longest ago are
// forgotten. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/network.h"

namespace breakwater::auth {

class LoginLocks {
 public:
  static constexpr std::size_t kMost = 16'384;

  struct Limit {
    std::int64_t attempts = 0;                ///< in a row
    std::optional<Timestamp> locked_until{};  ///< of a lock that begins now; not set: until unlock()
  };
  /// An account's number, and Address::origin() of the client; zeros for the unix socket.
  struct Key {
    std::int64_t account = 0;
    Address from{};
    auto operator<=>(const Key&) const = default;
  };

  bool is_locked(const Key& key, Timestamp now) const;
  /// A wrong password. Returns true if this one locks the account for the address.
  bool failed(const Key& key, const Limit& limit, Timestamp now);
  void succeeded(const Key& key);
  /// For every address.
  void unlock(std::int64_t account);
  std::size_t size() const;

 private:
  struct Entry {
    std::int64_t failures = 0;
    bool locked = false;
    std::optional<Timestamp> until{};
    std::list<Key>::iterator place{};
    bool is_over(Timestamp now) const { return locked && until && *until <= now; }
  };
  using Entries = std::map<Key, Entry>;

  Entries::iterator erase(Entries::iterator entry);

  mutable std::mutex mutex_;
  Entries entries_;
  std::list<Key> order_;  ///< by the last failure, the newest last
};

}  // namespace breakwater::auth
