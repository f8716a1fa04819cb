// Counts the failed logins of each address within the last minute. An address with too many is refused before
// it is greeted, until the minute is over. Memory is bounded: when there are more addresses than can be kept,
// the one with the fewest failures is forgotten. Every call takes logarithmic time.
//
// Addresses are origins (Address::origin()). One thread at a time (the caller's mutex).
#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/network.h"

namespace breakwater::server {

class ConnectErrors {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kWindow{60};
  static constexpr std::size_t kMaxAddresses = 4096;

  void note(const Address& origin, Time now);
  bool blocked(const Address& origin, std::uint32_t limit, Time now) const;
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::uint32_t count = 0;
    Time since;
  };
  void forget(Address origin);
  void make_room(Time now);

  std::unordered_map<Address, Entry, AddressHash> entries_;
  std::set<std::pair<Time, Address>> by_time_;            ///< all of them, by `since`
  std::set<std::pair<std::uint32_t, Address>> by_count_;  ///< … by `count`
};

}  // namespace breakwater::server
