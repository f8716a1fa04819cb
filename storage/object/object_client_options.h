// The options for opening an object store, besides its destination.
#pragma once

#include "base/clock.h"
#include "storage/http/network_rules.h"

namespace breakwater::storage {

class Resolver;

/// What the pointers point to must outlive the store.
struct ObjectClientOptions {
  NetworkRules rules{};
  Resolver* resolver = nullptr;  ///< the system's, if null
  const Clock* clock = &system_clock();
  const Entropy* entropy = &system_entropy();
};

}  // namespace breakwater::storage
