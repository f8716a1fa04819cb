// From a host's name to addresses, without holding up the thread that asks.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "base/clock.h"
#include "base/error.h"

namespace breakwater::storage {

class Resolver {
 public:
  virtual ~Resolver() = default;

  using Addresses = std::vector<boost::asio::ip::address>;
  using Done = std::move_only_function<void(Result<Addresses>)>;

  /// Any thread. Calls `done` exactly once, from any thread, perhaps before it returns: with at least one
  /// address, or backup_dest_not_connect (9070) whose hint says why there is none.
  virtual void resolve(std::string host, Deadline deadline, Done done) = 0;
};

/// getaddrinfo() on a few threads of its own, so that a dead name server delays those who ask for names
/// alone. Its end waits for the threads, but not for a name server: what `done` posts to must outlive it.
std::unique_ptr<Resolver> make_resolver();

/// One for the whole program, for executors that live as long.
Resolver& system_resolver();

}  // namespace breakwater::storage
