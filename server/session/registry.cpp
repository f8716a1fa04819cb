#include "server/session/registry.h"

#include <algorithm>
#include <utility>

namespace breakwater::server::session {

RegistryEntry::RegistryEntry(Registry& registry, Connection& connection, ProcessInfo info)
    : registry_(registry), connection_(connection), info_(std::move(info)) {
  const std::scoped_lock lock(registry_.mutex_);
  registry_.entries_[info_.id] = this;
}

RegistryEntry::~RegistryEntry() {
  const std::scoped_lock lock(registry_.mutex_);
  registry_.entries_.erase(info_.id);
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
  return info_;
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

Registry::KillOutcome Registry::kill(std::uint64_t id, Interrupt how,
                                     const std::function<bool(const ProcessInfo&)>& may) {
  // The lock is held while the connection is told, so that it can't go away in between.
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return KillOutcome::unknown;
  if (!may(found->second->info())) return KillOutcome::refused;
  found->second->connection().kill(how);
  return KillOutcome::done;
}

}  // namespace breakwater::server::session
