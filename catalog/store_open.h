// open_store() with the schema's steps as a parameter, so that tests can open what another version wrote.
// Internal to the room.
#pragma once

#include <memory>
#include <span>

#include "catalog/schema.h"
#include "catalog/store.h"

namespace breakwater::catalog {

Result<std::unique_ptr<Store>> open_store(StoreOptions options, std::span<const schema::Step> steps);

}  // namespace breakwater::catalog
