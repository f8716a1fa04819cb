// The connections that have not logged in: how many there may be, and who goes when more come, so that nobody
// shuts others out by connecting and saying nothing.
//
// - An origin (Address::origin(); the unix socket is one of its own, and so is what a proxy brings from an
//   address) has at most half of the places.
// - A client of this machine, by loopback or the unix socket, may take one place beyond each limit.
// - Where a limit is reached, the oldest silent one goes: of the same origin where its share is used up, else
//   of the origin that holds the most places. Silent is one whose client we wait for. One that we work for
//   (a password being hashed) stays.
//
// Thread-safe; every call takes logarithmic time. Inside server/net only.
#pragma once

#include <atomic>
#include <compare>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include "base/network.h"
#include "server/net/handler.h"

namespace breakwater::server {

class Strangers {
  struct Entry;

 public:
  /// Who counts as one.
  struct Origin {
    enum class Way : std::uint8_t { direct, unix_socket, proxy, proxied };
    Way way = Way::direct;
    Address address{};
    auto operator<=>(const Origin&) const = default;
  };

  /// A connection's place; given back when it is destroyed. Its functions are its connection's.
  class Place {
   public:
    Place();
    Place(Strangers* strangers, std::unique_ptr<Entry> entry);
    Place(Place&& other) noexcept;
    Place& operator=(Place&& other) = delete;
    ~Place();

    /// From here on it may be taken away, by closing the connection of this id.
    void begin(std::uint32_t connection);
    /// Whether the client is waited for.
    void set_silent(bool silent);
    /// A proxy has said whose the connection is. False: that origin has no place left for it.
    bool move_to(const Peer& client, std::uint32_t most);
    /// Logged in. False: the place was taken away before.
    bool leave();

   private:
    Strangers* strangers_ = nullptr;
    std::unique_ptr<Entry> entry_;
  };

  using Close = std::function<void(std::uint32_t connection)>;

  /// `close` ends the connection of a place that was taken away. Called without any lock held.
  explicit Strangers(Close close) : close_(std::move(close)) {}

  /// Nothing: all places are taken, and nobody's is taken away. `most`: places in all.
  std::optional<Place> enter(const Peer& peer, bool is_proxy, std::uint32_t most);

  std::uint64_t count() const { return count_.load(std::memory_order_relaxed); }
  /// Places that were taken away.
  std::uint64_t evicted() const { return evicted_.load(std::memory_order_relaxed); }

 private:
  struct Members;
  /// By how many they hold; of those that hold as many, the one that has for longest comes last.
  struct BySize {
    bool operator()(const Members* a, const Members* b) const;
  };
  using Sizes = std::set<Members*, BySize>;
  /// Those of one origin.
  struct Members {
    std::list<Entry*> entries{};  ///< oldest first
    std::size_t count = 0;        ///< of them
    std::uint64_t stamp = 0;      ///< of the change that gave it its count: of all changes, which are counted
    const Origin* origin = nullptr;
    Sizes::iterator at{};  ///< in by_size_
  };

  /// So many origins are kept that have nobody here at the moment: most clients come again and again.
  static constexpr std::size_t kKeptOrigins = 64;
  /// Of those at the front that are worked for, so many are looked past.
  static constexpr int kLookedAt = 16;

  bool make_room(const Origin& origin, bool local, std::uint32_t most, std::optional<std::uint32_t>& evicted);
  std::optional<std::uint32_t> evict_of(const Origin& origin);
  void add(Entry& entry);
  void remove(Entry& entry);
  void resize(Members& members, std::size_t count);

  Close close_;
  std::atomic<std::uint64_t> count_{0};
  std::atomic<std::uint64_t> evicted_{0};
  std::mutex mutex_;
  std::map<Origin, Members> members_;  ///< under mutex_
  Sizes by_size_;                      ///< under mutex_; each of members_
  std::uint64_t changes_ = 0;          ///< under mutex_
};

}  // namespace breakwater::server
