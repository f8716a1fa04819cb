#include "base/memory_account.h"

#include <string>

namespace breakwater {
namespace {

/// Bytes that are taken from the server's account at a time.
constexpr std::size_t kStep = std::size_t{64} << 10U;

constexpr std::size_t in_steps(std::size_t bytes) {
  return (bytes + kStep - 1) / kStep * kStep;
}

std::string shown(std::size_t bytes) {
  constexpr std::size_t kMiB = std::size_t{1} << 20U;
  return bytes % kMiB == 0 ? std::to_string(bytes / kMiB) + " MiB" : std::to_string(bytes) + " bytes";
}

}  // namespace

void ServerMemory::set_limits(std::size_t statement, std::size_t server) {
  statement_most_.store(statement, std::memory_order_relaxed);
  all_.set_most(server);
  waiting_.set_most(server / 2);
}

void ServerMemory::give_back(std::size_t bytes) {
  all_.give(bytes);
  if (bytes == 0 || returned_.fetch_add(bytes, std::memory_order_relaxed) + bytes < kMuch) return;
  returned_.store(0, std::memory_order_relaxed);
  if (returned_hook_) returned_hook_();
}

Error ServerMemory::full() const {
  return error::out_of_memory().with_hint(
      "all statements together may hold " + shown(all_.most()) +
      ", what waits for clients half of it: try again when others have ended, or raise server_memory");
}

bool StatementMemory::refuse(std::size_t bytes, Refusal why) {
  used_ -= bytes;
  last_ = why;
  refused_ = true;
  return false;
}

bool StatementMemory::wait_with(std::size_t bytes) {
  const std::size_t beyond = waits_ + bytes <= kFreeBytes ? server_.waiting().most() / 2 : 0;
  if (!server_.waiting().take(bytes, beyond)) {
    last_ = Refusal::server;
    return false;
  }
  const bool refused = refused_;
  if (take(bytes)) {
    waits_ += bytes;
    return true;
  }
  refused_ = refused;
  server_.waiting().give(bytes);
  return false;
}

bool StatementMemory::draw(std::size_t bytes) {
  if (used_ > server_.statement_most()) return refuse(bytes, Refusal::own);
  const std::size_t more = in_steps(used_ - kFreeBytes) - drawn_;
  const std::size_t beyond = used_ <= kReserve ? server_.all().most() / 4 : 0;
  if (!server_.all().take(more, beyond)) return refuse(bytes, Refusal::server);
  drawn_ += more;
  peak_ = std::max(peak_, drawn_);
  return true;
}

void StatementMemory::give_rest() {
  const std::size_t needed = used_ <= kFreeBytes ? 0 : in_steps(used_ - kFreeBytes);
  server_.give_back(drawn_ - std::min(needed, drawn_));
  drawn_ = std::min(needed, drawn_);
  peak_ = drawn_;
}

Error StatementMemory::error() const {
  if (last_ == Refusal::server) return server_.full();
  return error::out_of_memory().with_hint("a statement, with what its session keeps, may hold " +
                                          shown(server_.statement_most()) +
                                          ": ask for fewer rows or shorter texts, or raise statement_memory");
}

}  // namespace breakwater
