// Logs lines about clients that have not logged in. Anybody can cause any number of them, so there is at most
// one line a second for each origin (Address::origin()) and kind; the next line counts those that were left
// out. If there are more than kMaxKinds origins and kinds at once, the rest share one line.
//
// Thread-safe. Inside server/net only.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "base/network.h"
#include "server/net/handler.h"

namespace breakwater::server {

class StrangerLog {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kInterval{1};
  static constexpr std::size_t kMaxKinds = 256;

  explicit StrangerLog(Log& log) : log_(log) {}
  /// Writes the counts of the lines that were left out.
  ~StrangerLog() { flush(Time::max()); }
  StrangerLog(const StrangerLog&) = delete;
  StrangerLog& operator=(const StrangerLog&) = delete;

  /// Logs a line or counts it as left out: "login refused for 'u' from 192.0.2.7: Access denied …". Its kind
  /// is `what`, the beginning of the line ("login refused"), and the error's code.
  void refusal(std::string_view what, std::string_view user, const Peer& peer, const Error& error,
               std::uint64_t connection, Time now = std::chrono::steady_clock::now());

  /// Writes the counts of lines that were left out more than a second ago. Called now and then.
  void flush(Time now = std::chrono::steady_clock::now());

 private:
  struct Key {
    std::string what;
    Errc error{};
    Address origin;
    auto operator<=>(const Key&) const = default;
  };
  struct Entry {
    std::string address;  ///< as the first one was shown
    std::uint64_t left_out = 0;
  };
  using Entries = std::map<Key, Entry>;

  void write_left_out(const Key& key, const Entry& entry);
  void end_seconds(Time now);

  Log& log_;
  std::mutex mutex_;
  Entries entries_;                                       ///< of the last second
  std::deque<std::pair<Time, Entries::iterator>> begun_;  ///< each of entries_, oldest first
  std::uint64_t others_ = 0;                              ///< lines of more kinds than are kept
  Time others_since_{};
};

}  // namespace breakwater::server
