// The failed logins that lock an account for an address: FAILED_LOGIN_ATTEMPTS and PASSWORD_LOCK_TIME.
//
// An account is locked for the address from which the wrong passwords came and for no other, so nobody locks others out.
// Passwords that are checked side by side count as if it were one after the other, in the order in which begin() was called: a
// right one is heard once those before it have ended, and comes too late if they have locked the account.
//
// Kept in memory, for at most kMost accounts and addresses; if there are more, those whose last failure is longest ago are
// forgotten. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <set>
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

  using Ticket = std::uint64_t;
  enum class Turn : std::uint8_t {
    wait,    ///< a check that began before this one goes on still
    locked,  ///< the right password comes too late
    now
  };

  bool is_locked(const Key& key, Timestamp now) const;
  /// A password is going to be checked. Whatever comes of it, end() follows: after failed() or succeeded(), if it comes to
  /// that.
  Ticket begin(const Key& key);
  /// Of a password that was right.
  Turn turn(const Key& key, Ticket ticket, Timestamp now) const;
  void end(const Key& key, Ticket ticket);
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
    std::set<Ticket> checks{};  ///< that go on
    std::list<Key>::iterator place{};
    bool is_over(Timestamp now) const { return locked && until && *until <= now; }
  };
  using Entries = std::map<Key, Entry>;

  Entries::iterator at(const Key& key);  ///< which is made where there is none
  Entries::iterator erase(Entries::iterator entry);

  mutable std::mutex mutex_;
  Entries entries_;
  Ticket next_ = 1;
  std::list<Key> order_;  ///< by the last failure, the newest last
};

}  // namespace breakwater::auth
