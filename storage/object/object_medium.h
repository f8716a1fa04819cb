// A destination's objects in a bucket.
#pragma once

#include <memory>

#include "storage/destination/medium.h"
#include "storage/destination/uri.h"
#include "storage/object/object_store.h"

namespace breakwater::storage {

/// It uses the delete mode of `destination`.
MediumPtr make_object_medium(std::unique_ptr<ObjectStore> store, const Destination& destination);

}  // namespace breakwater::storage
