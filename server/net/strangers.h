// The connections that have not logged in ("strangers"): it limits their number and decides which one is
// closed when more come, so that nobody can shut others out by connecting and sending nothing.
//
// - An origin has at most half of the places. Origins are addresses (Address::origin()), addresses behind a
//   proxy, and the unix socket.
// - A client of this machine, by loopback or the unix socket, may take one place beyond each limit.
// - When a limit is reached, the oldest silent connection is closed: of the same origin if its share is used
//   up, else of the origin that has the most places. A connection is silent while the server waits for its
//   client; one that the server works for (a password being hashed) is not closed.
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
  /// Connections with the same origin are counted together.
  struct Origin {
    enum class Way : std::uint8_t { direct, unix_socket, proxy, proxied };
    Way way = Way::direct;
    Address address{};
    auto operator<=>(const Origin&) const = default;
  };

  /// A connection's place; the destructor gives it back. Only the connection calls its functions.
  class Place {
   public:
    Place();
    Place(Strangers* strangers, std::unique_ptr<Entry> entry);
    Place(Place&& other) noexcept;
    Place& operator=(Place&& other) = delete;
    ~Place();

    /// From here on the place may be taken away, by closing the connection with this id.
    void begin(std::uint32_t connection);
    /// Whether the server waits for the client.
    void set_silent(bool silent);
    /// Call it when a proxy has named the client. Returns false if the client's origin has no place left.
    bool move_to(const Peer& client, std::uint32_t most);
    /// Call it after the login. Returns false if the place was taken away before.
    bool leave();

   private:
    Strangers* strangers_ = nullptr;
    std::unique_ptr<Entry> entry_;
  };

  using Close = std::function<void(std::uint32_t connection)>;

  /// `close` ends the connection whose place was taken away. It is called without any lock held.
  explicit Strangers(Close close) : close_(std::move(close)) {}

  /// Nullopt if all places are taken and none can be taken away. `most`: the number of all places.
  std::optional<Place> enter(const Peer& peer, bool is_proxy, std::uint32_t most);

  std::uint64_t count() const { return count_.load(std::memory_order_relaxed); }
  /// The number of places that were taken away.
  std::uint64_t evicted() const { return evicted_.load(std::memory_order_relaxed); }

 private:
  struct Members;
  /// Orders by the number of connections; of origins with the same number, the one that has had it longest
  /// comes last.
  struct BySize {
    bool operator()(const Members* a, const Members* b) const;
  };
  using Sizes = std::set<Members*, BySize>;
  /// The connections of one origin.
  struct Members {
    std::list<Entry*> entries{};  ///< oldest first
    std::size_t count = 0;        ///< of entries
    std::uint64_t stamp = 0;      ///< the number of the change that gave it its count
    const Origin* origin = nullptr;
    Sizes::iterator at{};  ///< in by_size_
  };

  /// Origins without connections that are kept, since most clients come again.
  static constexpr std::size_t kKeptOrigins = 64;
  /// Connections at the front of a list that are skipped if they aren't silent.
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
