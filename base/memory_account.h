// Counts the bytes that clients make the server hold, when they are taken: in an account of each connection
// and in one of the whole server. A statement that asks for more than its account allows is ended, so that
// the next one finds memory.
//
//   ServerMemory      one for the server: all statements, and what is kept between them
//   StatementMemory   one for each connection: its running statement up to the last byte of its answer, and
//                     what the session keeps for later statements (open cursors, values sent ahead, user
//                     variables)
//   TakenMemory       the memory of one part of a running statement: an aggregate's state, a source's rows
//   WaitingMemory     the memory of one thing that waits for the client: a buffer, a cursor's rows
//
// Memory that is refused is not taken. A statement of up to kFreeBytes is counted in its own account only, so
// that it writes to no memory that threads share.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

#include "base/error.h"

namespace breakwater {

/// A count of bytes with an upper limit. Any thread; lock-free.
class MemoryAccount {
 public:
  explicit MemoryAccount(std::size_t most) : most_(most) {}
  MemoryAccount(const MemoryAccount&) = delete;
  MemoryAccount& operator=(const MemoryAccount&) = delete;

  /// Returns false, and takes nothing, if the bytes would exceed most() + `beyond`.
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

/// Must outlive all accounts that take from it. Any thread.
class ServerMemory {
 public:
  static constexpr std::size_t kDefaultStatement = std::size_t{64} << 20U;
  static constexpr std::size_t kDefaultServer = std::size_t{256} << 20U;

  ServerMemory() { set_limits(kDefaultStatement, kDefaultServer); }
  /// The settings statement_memory and server_memory, in bytes. What waits for clients (unread answers, half
  /// a command, cursors, values sent ahead, variables) may take half of the server's memory; the other half
  /// is left for running statements.
  void set_limits(std::size_t statement, std::size_t server);

  std::size_t statement_most() const { return statement_most_.load(std::memory_order_relaxed); }
  MemoryAccount& all() { return all_; }

  /// The part of all() that waits for clients.
  MemoryAccount& waiting() { return waiting_; }

  /// out_of_memory (1037) for a statement that found the server's account full, with a hint.
  Error full() const;

  void give_back(std::size_t bytes);
  /// `hook` is called each time another kMuch bytes have been given back, so that malloc can be told to
  /// return free memory to the system. Any thread may call it, just before the bytes are freed. It must not
  /// throw.
  void on_returned(std::function<void()> hook) { returned_hook_ = std::move(hook); }
  static constexpr std::size_t kMuch = std::size_t{8} << 20U;

 private:
  MemoryAccount all_{kDefaultServer};
  MemoryAccount waiting_{kDefaultServer / 2};
  std::atomic<std::size_t> statement_most_{kDefaultStatement};
  std::atomic<std::size_t> returned_{0};  ///< bytes given back since the hook was last called
  std::function<void()> returned_hook_;
};

/// The account of one connection. One thread at a time; ServerMemory must outlive it.
class StatementMemory {
 public:
  /// So many bytes of a statement are not counted in the server's account.
  static constexpr std::size_t kFreeBytes = std::size_t{64} << 10U;
  /// A statement that holds no more than this goes on although the server's account is full. All such
  /// statements together may exceed that account by a quarter.
  static constexpr std::size_t kReserve = std::size_t{1} << 20U;

  explicit StatementMemory(ServerMemory& server) : server_(server) {}
  ~StatementMemory() { server_.give_back(drawn_); }
  StatementMemory(const StatementMemory&) = delete;
  StatementMemory& operator=(const StatementMemory&) = delete;

  /// Returns false, and takes nothing, if there is no room; refused() is true from then on. Each take() needs
  /// a give() of the same number of bytes.
  bool take(std::size_t bytes) {
    if (!compute(bytes)) return false;
    kept_ += bytes;
    return true;
  }
  void give(std::size_t bytes) {
    kept_ -= bytes;
    used_ -= bytes;
  }

  /// The same for memory that waits for the client. A connection with no more than kFreeBytes waiting gets
  /// them although ServerMemory::waiting() is full; all such connections together may exceed it by half.
  bool wait_with(std::size_t bytes);
  void wait_without(std::size_t bytes) {
    give(bytes);
    waits_ -= bytes;
    server_.waiting().give(bytes);
  }

  /// The same for SQLite's memory. Some of it is not given back by the statement that took it (a page that
  /// the connection to the catalogue keeps for the next statement), so a statement may free bytes that an
  /// earlier one took; that gives it no credit. computed() ends the count.
  bool compute(std::size_t bytes) {
    used_ += bytes;
    return used_ <= kFreeBytes + drawn_ || draw(bytes);
  }
  void uncompute(std::size_t bytes) { used_ -= std::min(bytes, used_ - kept_); }
  void computed() {
    used_ = kept_;
    if (peak_ != 0) give_rest();
  }

  /// Call it when a statement begins: refused() is false then.
  void begin() { refused_ = false; }
  /// Whether take() or compute() was refused: the statement must end. A refused wait_with() doesn't count;
  /// its callers handle it.
  bool refused() const { return refused_; }
  /// The error of the last refusal: out_of_memory (1037) with a hint that says which account was full, its
  /// size, and the setting that sets it.
  Error error() const;

  std::size_t used() const { return used_; }
  /// The most bytes beyond kFreeBytes that it held since computed().
  std::size_t peak() const { return peak_; }
  ServerMemory& server() { return server_; }

 private:
  enum class Refusal : std::uint8_t { own, server };

  void give_rest();
  bool draw(std::size_t bytes);
  bool refuse(std::size_t bytes, Refusal why);

  ServerMemory& server_;
  std::size_t used_ = 0;
  std::size_t kept_ = 0;   ///< the part of used_ that take() took
  std::size_t waits_ = 0;  ///< the part of kept_ that waits for the client
  std::size_t drawn_ = 0;  ///< taken from the server's account, in steps
  std::size_t peak_ = 0;   ///< the largest drawn_ since computed()
  Refusal last_ = Refusal::own;
  bool refused_ = false;
};

/// The memory of one part of a running statement; the destructor gives it back. A null StatementMemory means
/// that nothing is counted.
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

  /// Returns false if there is no room.
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

/// The memory of one thing that waits for the client. One thread at a time; the StatementMemory must outlive
/// it. Null: nothing is counted.
class WaitingMemory {
 public:
  explicit WaitingMemory(StatementMemory* memory = nullptr) : memory_(memory) {}
  ~WaitingMemory() { clear(); }
  WaitingMemory(WaitingMemory&& other) noexcept
      : memory_(other.memory_), bytes_(std::exchange(other.bytes_, 0)) {}
  WaitingMemory& operator=(WaitingMemory&&) = delete;

  /// Makes it hold `bytes`. On error, out_of_memory (1037), it holds what it held before.
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
