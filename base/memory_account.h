// What clients make the server hold, counted in bytes at the moment it is taken: an account for each
// connection and one for all of them together. Who asks for more than his own account holds ends, not whoever
// comes next.
//
//   ServerMemory      one a server: all statements, and what waits between them
//   StatementMemory   one a connection: its running statement up to the last byte of its answer, and what the
//                     session keeps for later ones (open cursors, values sent ahead, user variables)
//   TakenMemory       what one thing of a running statement takes: an aggregate's state, a row source's rows
//   WaitingMemory     what one thing takes that waits for the client: a buffer, a cursor's rows
//
// What is refused is never taken. A small statement (kFreeBytes) is counted in its own account alone, so that
// it touches no memory that threads share.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

#include "base/error.h"

namespace breakwater {

/// Bytes that many threads take, up to a number. Lock-free.
class MemoryAccount {
 public:
  explicit MemoryAccount(std::size_t most) : most_(most) {}
  MemoryAccount(const MemoryAccount&) = delete;
  MemoryAccount& operator=(const MemoryAccount&) = delete;

  /// False: there is no room for them, and nothing is taken. `beyond`: so many more than the most will do.
  bool take(std::size_t bytes, std::size_t beyond = 0) {
    std::size_t used = used_.load(std::memory_order_relaxed);
    do {
      const std::size_t most = most_.load(std::memory_order_relaxed) + beyond;
      if (bytes > most - std::min(most, used)) return false;
    } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
    return true;
  }
  void give(std::size_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }

  std::size_t used() const { return used_.load(std::memory_order_relaxed); }
  std::size_t most() const { return most_.load(std::memory_order_relaxed); }
  void set_most(std::size_t most) { most_.store(most, std::memory_order_relaxed); }

 private:
  std::atomic<std::size_t> used_{0};
  std::atomic<std::size_t> most_;
};

/// Outlives all accounts that draw from it. Any thread.
class ServerMemory {
 public:
  static constexpr std::size_t kDefaultStatement = std::size_t{64} << 20U;
  static constexpr std::size_t kDefaultServer = std::size_t{256} << 20U;

  ServerMemory() { set_limits(kDefaultStatement, kDefaultServer); }
  /// The settings statement_memory and server_memory. Of what waits (unread answers, half a command, cursors,
  /// values sent ahead, variables) at most half of the server's, so that the other half is there to work
  /// with.
  void set_limits(std::size_t statement, std::size_t server);

  std::size_t statement_most() const { return statement_most_.load(std::memory_order_relaxed); }
  MemoryAccount& all() { return all_; }

  /// What of it waits for clients.
  MemoryAccount& waiting() { return waiting_; }

  /// 1037 for whoever found the server's account full, with a hint that says what to do.
  Error full() const;

  /// What is counted no more.
  void give_back(std::size_t bytes);
  /// Called whenever kMuch bytes have been given back, or more: malloc should return to the system what it
  /// keeps of them. By any thread, a moment before they are freed; must not throw.
  void on_returned(std::function<void()> hook) { returned_hook_ = std::move(hook); }
  static constexpr std::size_t kMuch = std::size_t{8} << 20U;

 private:
  MemoryAccount all_{kDefaultServer};
  MemoryAccount waiting_{kDefaultServer / 2};
  std::atomic<std::size_t> statement_most_{kDefaultStatement};
  std::atomic<std::size_t> returned_{0};  ///< since the hook was called
  std::function<void()> returned_hook_;
};

/// A connection's running statement. One thread at a time; the server's memory outlives it.
class StatementMemory {
 public:
  /// Counted nowhere else.
  static constexpr std::size_t kFreeBytes = std::size_t{64} << 10U;
  /// A statement that holds no more goes on though the server's account is full; together they have a quarter
  /// of it, beside it.
  static constexpr std::size_t kReserve = std::size_t{1} << 20U;

  explicit StatementMemory(ServerMemory& server) : server_(server) {}
  ~StatementMemory() { server_.give_back(drawn_); }
  StatementMemory(const StatementMemory&) = delete;
  StatementMemory& operator=(const StatementMemory&) = delete;

  /// False: there is no room for them, nothing is taken, and refused() says so from now on. Every taking has
  /// its giving back, of the same number.
  bool take(std::size_t bytes) {
    if (!compute(bytes)) return false;
    kept_ += bytes;
    return true;
  }
  void give(std::size_t bytes) {
    kept_ -= bytes;
    used_ -= bytes;
  }

  /// The same for what waits for the client. Who waits with no more than kFreeBytes does so although others
  /// have taken all that is there for it; together they have half as much, beside it.
  bool wait_with(std::size_t bytes);
  void wait_without(std::size_t bytes) {
    give(bytes);
    waits_ -= bytes;
    server_.waiting().give(bytes);
  }

  /// The same for what computing takes: given back by whoever frees it, some of it never (a page that the
  /// connection to the catalogue keeps for the next statement). So what is freed may have been another
  /// statement's, which gives this one no credit; computed() ends the count.
  bool compute(std::size_t bytes) {
    used_ += bytes;
    return used_ <= kFreeBytes + drawn_ || draw(bytes);
  }
  void uncompute(std::size_t bytes) { used_ -= std::min(bytes, used_ - kept_); }
  void computed() {
    used_ = kept_;
    if (peak_ != 0) give_rest();
  }

  /// A statement begins: it hasn't been refused anything yet.
  void begin() { refused_ = false; }
  /// By take() or compute(): the statement must end. What waits has others to see to it.
  bool refused() const { return refused_; }
  /// After the last refusal, 1037 with a hint: whose account was full, how much it holds and which setting
  /// says so.
  Error error() const;

  std::size_t used() const { return used_; }
  /// The most that it held since computed(), beyond kFreeBytes.
  std::size_t peak() const { return peak_; }
  ServerMemory& server() { return server_; }

 private:
  enum class Refusal : std::uint8_t { own, server };

  void give_rest();
  bool draw(std::size_t bytes);
  bool refuse(std::size_t bytes, Refusal why);

  ServerMemory& server_;
  std::size_t used_ = 0;
  std::size_t kept_ = 0;   ///< of used_: what take() took
  std::size_t waits_ = 0;  ///< of kept_: what waits for the client
  std::size_t drawn_ = 0;  ///< of the server's account
  std::size_t peak_ = 0;   ///< the most of drawn_ since computed()
  Refusal last_ = Refusal::own;
  bool refused_ = false;
};

/// What one thing of a running statement takes, given back when it dies. Null: nobody counts.
class TakenMemory {
 public:
  explicit TakenMemory(StatementMemory* memory = nullptr) : memory_(memory) {}
  ~TakenMemory() { drop(bytes_); }
  TakenMemory(TakenMemory&& other) noexcept
      : memory_(other.memory_), bytes_(std::exchange(other.bytes_, 0)) {}
  TakenMemory& operator=(TakenMemory&& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }

  /// False: there is no room for them.
  bool add(std::size_t bytes) {
    if (memory_ != nullptr && !memory_->take(bytes)) return false;
    bytes_ += bytes;
    return true;
  }
  void drop(std::size_t bytes) {
    bytes_ -= bytes;
    if (memory_ != nullptr) memory_->give(bytes);
  }
  StatementMemory* memory() const { return memory_; }

 private:
  StatementMemory* memory_;
  std::size_t bytes_ = 0;
};

/// What one thing takes that waits for the client. One thread at a time; the statement's memory outlives it.
/// Null: nobody counts.
class WaitingMemory {
 public:
  explicit WaitingMemory(StatementMemory* memory = nullptr) : memory_(memory) {}
  ~WaitingMemory() { clear(); }
  WaitingMemory(WaitingMemory&& other) noexcept
      : memory_(other.memory_), bytes_(std::exchange(other.bytes_, 0)) {}
  WaitingMemory& operator=(WaitingMemory&&) = delete;

  /// So many from now on. Error: 1037, and it holds what it held.
  Result<> set(std::size_t bytes) {
    if (bytes > bytes_ && memory_ != nullptr && !memory_->wait_with(bytes - bytes_))
      return fail(memory_->error());
    if (bytes < bytes_ && memory_ != nullptr) memory_->wait_without(bytes_ - bytes);
    bytes_ = bytes;
    return {};
  }
  Result<> add(std::size_t bytes) { return set(bytes_ + bytes); }
  void clear() {
    if (memory_ != nullptr && bytes_ != 0) memory_->wait_without(bytes_);
    bytes_ = 0;
  }
  std::size_t bytes() const { return bytes_; }
  StatementMemory* memory() const { return memory_; }

 private:
  StatementMemory* memory_;
  std::size_t bytes_ = 0;
};

}  // namespace breakwater
