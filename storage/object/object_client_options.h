// What an object store is opened with, beside its destination.
#pragma once

#include "base/clock.h"
#include "storage/http/network_rules.h"

namespace breakwater::storage {

class Resolver;

/// What is pointed to lives longer than the store.
struct ObjectClientOptions {
  NetworkRules rules{};
  Resolver* resolver = nullptr;  ///< the system's, if null
  const Clock* clock = &system_clock();
  const Entropy* entropy = &system_entropy();
};

}  // namespace breakwater::storage
