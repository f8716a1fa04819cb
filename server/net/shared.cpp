#include "server/net/shared.h"

#include <algorithm>

namespace breakwater::server {

std::uint32_t Directory::add(Connection& connection) {
  const std::lock_guard lock(mutex_);
  do {
    ++last_;
  } while (last_ == 0 || connections_.contains(last_));
  connections_.emplace(last_, &connection);
  return last_;
}

void Directory::remove(std::uint32_t id) {
  const std::lock_guard lock(mutex_);
  connections_.erase(id);
}

bool Directory::kill(std::uint32_t id, Interrupt how) {
  const std::lock_guard lock(mutex_);
  const auto found = connections_.find(id);
  if (found == connections_.end()) return false;
  found->second->kill(how);
  return true;
}

void Directory::kill_all(Interrupt how) {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, connection] : connections_) connection->kill(how);
}

std::optional<std::uint64_t> OpenCount::up(std::uint64_t most) {
  std::uint64_t before = count_.load();
  do {
    if (before >= most) return std::nullopt;
  } while (!count_.compare_exchange_weak(before, before + 1));
  return before;
}

void OpenCount::down() {
  const std::lock_guard lock(mutex_);
  if (--count_ == 0) none_.notify_all();
}

bool OpenCount::wait_for_none(Deadline deadline) {
  std::unique_lock lock(mutex_);
  return none_.wait_until(lock, deadline, [this] { return count_.load() == 0; });
}

Peer peer_at(std::string address, std::uint16_t port) {
  const auto ip = Address::parse(std::string_view(address).substr(0, address.find('%')));
  return {.address = std::move(address), .ip = ip.value_or(Address{}), .port = port};
}

bool is_proxy(const Peer& peer, const ServerLimits& limits) {
  if (peer.unix_socket || limits.proxies.empty()) return false;
  return std::ranges::any_of(limits.proxies,
                             [&](const Network& network) { return network.contains(peer.ip); });
}

// Loopback never counts, so that users of the machine itself aren't locked out by their mistakes.
void Shared::note_connect_error(const Peer& peer) {
  if (peer.local) return;
  const std::lock_guard lock(errors_mutex_);
  errors_.note(peer.ip.origin(), std::chrono::steady_clock::now());
}

bool Shared::is_blocked(const Peer& peer, std::uint32_t limit) {
  if (peer.local) return false;
  const std::lock_guard lock(errors_mutex_);
  return errors_.blocked(peer.ip.origin(), limit, std::chrono::steady_clock::now());
}

}  // namespace breakwater::server
