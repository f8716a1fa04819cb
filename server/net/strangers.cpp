#include "server/net/strangers.h"

#include <algorithm>

namespace breakwater::server {

struct Strangers::Entry {
  Origin origin;
  bool local = false;
  bool in = false;  ///< it has a place; under the Strangers' mutex
  std::list<Entry*>::iterator at{};
  std::atomic<std::uint32_t> connection{0};  ///< 0: not begun yet
  std::atomic<bool> silent{false};
};

namespace {

Strangers::Origin origin(const Peer& peer, bool is_proxy) {
  using enum Strangers::Origin::Way;
  const auto way = peer.unix_socket ? unix_socket : (is_proxy ? proxy : direct);
  return {.way = way, .address = peer.ip.origin()};
}

// The limit, with one more place for clients of this machine.
std::size_t limit_for(bool local, std::uint64_t places) {
  return static_cast<std::size_t>(places) + (local ? 1 : 0);
}

}  // namespace

Strangers::Place::Place() = default;

Strangers::Place::Place(Strangers* strangers, std::unique_ptr<Entry> entry)
    : strangers_(strangers), entry_(std::move(entry)) {}

Strangers::Place::Place(Place&& other) noexcept = default;

Strangers::Place::~Place() {
  leave();
}

void Strangers::Place::begin(std::uint32_t connection) {
  if (entry_ == nullptr) return;
  entry_->silent.store(true, std::memory_order_relaxed);
  entry_->connection.store(connection, std::memory_order_release);
}

void Strangers::Place::set_silent(bool silent) {
  if (entry_ != nullptr) entry_->silent.store(silent, std::memory_order_relaxed);
}

bool Strangers::Place::leave() {
  if (entry_ == nullptr) return true;
  bool was_in = false;
  {
    const std::lock_guard lock(strangers_->mutex_);
    was_in = entry_->in;
    if (was_in) strangers_->remove(*entry_);
  }
  entry_.reset();
  return was_in;
}

bool Strangers::Place::move_to(const Peer& client, std::uint32_t most) {
  if (entry_ == nullptr) return true;
  std::optional<std::uint32_t> evicted;
  bool has_room = false;
  {
    const std::lock_guard lock(strangers_->mutex_);
    if (!entry_->in) return false;
    strangers_->remove(*entry_);
    entry_->origin = {.way = Origin::Way::proxied, .address = client.ip.origin()};
    entry_->local = false;
    has_room = strangers_->make_room(entry_->origin, false, most, evicted);
    if (has_room) strangers_->add(*entry_);
  }
  if (evicted) strangers_->close_(*evicted);
  return has_room;
}

std::optional<Strangers::Place> Strangers::enter(const Peer& peer, bool is_proxy, std::uint32_t most) {
  auto entry = std::make_unique<Entry>();
  entry->origin = origin(peer, is_proxy);
  entry->local = peer.local && !is_proxy;
  std::optional<std::uint32_t> evicted;
  bool has_room = false;
  {
    const std::lock_guard lock(mutex_);
    has_room = make_room(entry->origin, entry->local, most, evicted);
    if (has_room) add(*entry);
  }
  if (evicted) close_(*evicted);
  if (!has_room) return std::nullopt;
  return Place(this, std::move(entry));
}

// Closes at most one connection: if the origin's share is used up, closing one of its own frees a place among
// all too.
bool Strangers::make_room(const Origin& origin, bool local, std::uint32_t most,
                          std::optional<std::uint32_t>& evicted) {
  const auto own = members_.find(origin);
  const std::size_t held = own == members_.end() ? 0 : own->second.entries.size();
  const std::uint64_t share = std::max<std::uint64_t>(1, (std::uint64_t{most} + 1) / 2);
  if (origin.way != Origin::Way::proxy && held >= limit_for(local, share)) {
    evicted = evict_of(origin);
    return evicted.has_value();
  }
  if (count() < limit_for(local, most)) return true;
  evicted = evict_of(*(*by_size_.rbegin())->origin);
  return evicted.has_value();
}

std::optional<std::uint32_t> Strangers::evict_of(const Origin& origin) {
  const auto found = members_.find(origin);
  if (found == members_.end()) return std::nullopt;
  int looked_at = 0;
  for (Entry* const entry : found->second.entries) {
    if (++looked_at > kLookedAt) break;
    const std::uint32_t connection = entry->connection.load(std::memory_order_acquire);
    if (connection == 0 || !entry->silent.load(std::memory_order_relaxed)) continue;
    remove(*entry);
    evicted_.fetch_add(1, std::memory_order_relaxed);
    return connection;
  }
  return std::nullopt;
}

void Strangers::add(Entry& entry) {
  const auto [found, is_new] = members_.try_emplace(entry.origin);
  Members& members = found->second;
  if (is_new) {
    members.origin = &found->first;
    members.at = by_size_.insert(&members).first;
  }
  entry.at = members.entries.insert(members.entries.end(), &entry);
  entry.in = true;
  resize(members, members.count + 1);
  count_.fetch_add(1, std::memory_order_relaxed);
}

void Strangers::remove(Entry& entry) {
  const auto found = members_.find(entry.origin);
  Members& members = found->second;
  members.entries.erase(entry.at);
  entry.in = false;
  resize(members, members.count - 1);
  if (members.count == 0 && members_.size() > kKeptOrigins) {
    by_size_.erase(members.at);
    members_.erase(found);
  }
  count_.fetch_sub(1, std::memory_order_relaxed);
}

bool Strangers::BySize::operator()(const Members* a, const Members* b) const {
  return a->count != b->count ? a->count < b->count : a->stamp > b->stamp;
}

// In most cases the position in the order stays the same, and nothing has to be moved.
void Strangers::resize(Members& members, std::size_t count) {
  const auto next = std::next(members.at);
  const bool grows = count > members.count;
  members.stamp = ++changes_;
  members.count = count;
  const BySize before;
  if (grows ? next == by_size_.end() || before(&members, *next)
            : members.at == by_size_.begin() || before(*std::prev(members.at), &members)) {
    return;
  }
  auto node = by_size_.extract(members.at);
  members.at = by_size_.insert(std::move(node)).position;
}

}  // namespace breakwater::server
