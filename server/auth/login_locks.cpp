#include "server/auth/login_locks.h"

namespace breakwater::auth {

bool LoginLocks::is_locked(const Key& key, Timestamp now) const {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(key);
  return found != entries_.end() && found->second.locked && !found->second.is_over(now);
}

bool LoginLocks::failed(const Key& key, const Limit& limit, Timestamp now) {
  const std::scoped_lock lock(mutex_);
  auto found = entries_.find(key);
  if (found != entries_.end() && found->second.is_over(now)) {
    erase(found);
    found = entries_.end();
  }
  if (found == entries_.end()) {
    if (entries_.size() >= kMost) erase(entries_.find(order_.front()));
    found = entries_.emplace(key, Entry{}).first;
    found->second.place = order_.insert(order_.end(), key);
  }
  Entry& entry = found->second;
  order_.splice(order_.end(), order_, entry.place);
  if (entry.locked || ++entry.failures < limit.attempts) return false;
  entry.locked = true;
  entry.until = limit.locked_until;
  return true;
}

void LoginLocks::succeeded(const Key& key) {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(key);
  if (found != entries_.end()) erase(found);
}

void LoginLocks::unlock(std::int64_t account) {
  const std::scoped_lock lock(mutex_);
  auto entry = entries_.lower_bound({.account = account, .from = {}});
  while (entry != entries_.end() && entry->first.account == account) entry = erase(entry);
}

std::size_t LoginLocks::size() const {
  const std::scoped_lock lock(mutex_);
  return entries_.size();
}

LoginLocks::Entries::iterator LoginLocks::erase(Entries::iterator entry) {
  order_.erase(entry->second.place);
  return entries_.erase(entry);
}

}  // namespace breakwater::auth
