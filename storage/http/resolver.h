// Finds the addresses of a host's name without blocking the thread that asks.
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

  /// Any thread. Calls `done` exactly once, on any thread and perhaps before resolve() returns: with at least
  /// one address, or with backup_dest_not_connect (9070) and a hint that says why there is none.
  virtual void resolve(std::string host, Deadline deadline, Done done) = 0;
};

/// Runs getaddrinfo() on a few threads of its own, so that a dead name server delays only those who ask for
/// names. The destructor waits for the threads but not for a name server. What `done` posts to must outlive
/// the resolver.
std::unique_ptr<Resolver> make_resolver();

/// The resolver of the whole program, for executors that live until its end.
Resolver& system_resolver();

}  // namespace breakwater::storage
