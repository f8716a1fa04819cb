#include "server/session/registry.h"

#include <algorithm>
#include <utility>

namespace breakwater::server::session {

RegistryEntry::RegistryEntry(Registry& registry, Connection& connection, ProcessInfo info)
    : registry_(registry), connection_(connection), info_(std::move(info)) {
  const std::scoped_lock lock(registry_.mutex_);
  const auto mine = registry_.entries_.emplace(info_.id, this).first;
  try {
    of_user_ = registry_.of_user_.try_emplace({info_.login_tenant_id, info_.user}).first;
  } catch (...) {  // the entry wasn't made, so remove what may be found
    registry_.entries_.erase(mine);
    throw;
  }
  ++of_user_->second;
  registry_.most_ = std::max(registry_.most_, registry_.entries_.size());
}

RegistryEntry::~RegistryEntry() {
  const std::scoped_lock lock(registry_.mutex_);
  registry_.entries_.erase(info_.id);
  if (--of_user_->second == 0) registry_.of_user_.erase(of_user_);
  counts_.add_to(registry_.ended_);
}

void RegistryEntry::begin(Timestamp now, std::string statement) {
  const std::scoped_lock lock(mutex_);
  info_.running = true;
  info_.since = now;
  info_.statement = std::move(statement);
}

void RegistryEntry::end(Timestamp now) {
  const std::scoped_lock lock(mutex_);
  info_.running = false;
  info_.since = now;
  info_.statement.clear();
}

void RegistryEntry::set_place(std::string tenant, std::string database) {
  const std::scoped_lock lock(mutex_);
  info_.tenant = std::move(tenant);
  info_.database = std::move(database);
}

ProcessInfo RegistryEntry::info() const {
  const std::scoped_lock lock(mutex_);
  ProcessInfo info = info_;
  info.killed = connection_.interrupted() == Interrupt::connection;
  if (!info.running) info.since = std::max(info.since, touched_.load(std::memory_order_relaxed));
  return info;
}

void RegistryEntry::flush_counts() {
  const std::scoped_lock lock(registry_.mutex_);
  counts_.add_to(registry_.ended_);
  counts_.clear();
}

std::vector<ProcessInfo> Registry::list() const {
  std::vector<ProcessInfo> all;
  {
    const std::scoped_lock lock(mutex_);
    all.reserve(entries_.size());
    for (const auto& [id, entry] : entries_) all.push_back(entry->info());
  }
  std::ranges::sort(all, {}, &ProcessInfo::id);
  return all;
}

std::size_t Registry::most() const {
  const std::scoped_lock lock(mutex_);
  return most_;
}

CounterValues Registry::total_counts() const {
  const std::scoped_lock lock(mutex_);
  CounterValues sums = ended_;
  for (const auto& [id, entry] : entries_) entry->counts_.add_to(sums);
  return sums;
}

CounterValues Registry::counts_of(std::uint64_t id) const {
  const std::scoped_lock lock(mutex_);
  CounterValues sums{};
  if (const auto found = entries_.find(id); found != entries_.end()) found->second->counts_.add_to(sums);
  return sums;
}

std::size_t Registry::count_of(std::int64_t login_tenant_id, std::string_view user) const {
  const std::scoped_lock lock(mutex_);
  const auto found = of_user_.find(std::pair{login_tenant_id, std::string(user)});
  return found == of_user_.end() ? 0 : found->second;
}

Registry::KillOutcome Registry::kill(std::uint64_t id, Interrupt how,
                                     const std::function<KillOutcome(const ProcessInfo&)>& may) {
  // The lock is held during kill(), so that the connection can't be destroyed in between.
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return KillOutcome::unknown;
  const KillOutcome answer = may(found->second->info());
  if (answer != KillOutcome::done) return answer;
  found->second->connection().kill(how);
  return KillOutcome::done;
}

}  // namespace breakwater::server::session
