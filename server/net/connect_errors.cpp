#include "server/net/connect_errors.h"

namespace breakwater::server {

void ConnectErrors::note(const Address& origin, Time now) {
  make_room(now);
  const auto [entry, is_new] = entries_.try_emplace(origin, Entry{.count = 0, .since = now});
  Entry& known = entry->second;
  if (is_new) by_time_.emplace(now, origin);
  if (!is_new) by_count_.erase({known.count, origin});
  by_count_.emplace(++known.count, origin);
}

bool ConnectErrors::blocked(const Address& origin, std::uint32_t limit, Time now) const {
  if (entries_.empty()) return false;
  const auto found = entries_.find(origin);
  return found != entries_.end() && now - found->second.since < kWindow && found->second.count >= limit;
}

void ConnectErrors::forget(Address origin) {
  const auto found = entries_.find(origin);
  by_time_.erase({found->second.since, origin});
  by_count_.erase({found->second.count, origin});
  entries_.erase(found);
}

// On average it forgets no more than one address for each that was added.
void ConnectErrors::make_room(Time now) {
  while (!by_time_.empty() && now - by_time_.begin()->first >= kWindow) forget(by_time_.begin()->second);
  if (entries_.size() >= kMaxAddresses) forget(by_count_.begin()->second);
}

}  // namespace breakwater::server
