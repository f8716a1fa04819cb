#include "server/auth/login_locks.h"

namespace breakwater::auth {

bool LoginLocks::is_locked(const Key& key, Timestamp now) const {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(key);
  return found != entries_.end() && found->second.locked && !found->second.is_over(now);
}

LoginLocks::Ticket LoginLocks::begin(const Key& key) {
  const std::scoped_lock lock(mutex_);
  at(key)->second.checks.insert(next_);
  return next_++;
}

LoginLocks::Turn LoginLocks::turn(const Key& key, Ticket ticket, Timestamp now) const {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return Turn::now;
  const Entry& entry = found->second;
  if (entry.locked && !entry.is_over(now)) return Turn::locked;
  return !entry.checks.empty() && *entry.checks.begin() < ticket ? Turn::wait : Turn::now;
}

void LoginLocks::end(const Key& key, Ticket ticket) {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  entry.checks.erase(ticket);
  if (entry.failures == 0 && entry.checks.empty()) erase(found);
}

bool LoginLocks::failed(const Key& key, const Limit& limit, Timestamp now) {
  const std::scoped_lock lock(mutex_);
  Entry& entry = at(key)->second;
  if (entry.is_over(now)) {
    entry.failures = 0;
    entry.locked = false;
  }
  order_.splice(order_.end(), order_, entry.place);
  if (entry.locked || ++entry.failures < limit.attempts) return false;
  entry.locked = true;
  entry.until = limit.locked_until;
  return true;
}

void LoginLocks::succeeded(const Key& key) {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  entry.failures = 0;
  entry.locked = false;
  if (entry.checks.empty()) erase(found);
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

LoginLocks::Entries::iterator LoginLocks::at(const Key& key) {
  auto found = entries_.find(key);
  if (found != entries_.end()) return found;
  if (entries_.size() >= kMost) erase(entries_.find(order_.front()));
  found = entries_.emplace(key, Entry{}).first;
  found->second.place = order_.insert(order_.end(), key);
  return found;
}

LoginLocks::Entries::iterator LoginLocks::erase(Entries::iterator entry) {
  order_.erase(entry->second.place);
  return entries_.erase(entry);
}

}  // namespace breakwater::auth
