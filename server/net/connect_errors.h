// How many logins failed from which address within the last minute. An address with too many is refused
// before it is greeted; the next minute it may try again. IPv6 addresses count by their /64. Memory is
// bounded: when more addresses fail than are kept, those whose minute is over are forgotten, then the one
// with the fewest.
//
// One thread at a time (the caller's mutex).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/text.h"

namespace breakwater::server {

class ConnectErrors {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kWindow{60};
  static constexpr std::size_t kMaxAddresses = 4096;

  void note(std::string_view address, Time now);
  bool blocked(std::string_view address, std::uint32_t limit, Time now) const;
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::uint32_t count = 0;
    Time since;
  };
  void make_room(Time now);

  std::unordered_map<std::string, Entry, StringHash, std::equal_to<>> entries_;
};

}  // namespace breakwater::server
