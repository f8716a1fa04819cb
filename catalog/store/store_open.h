// open_store() with the schema's steps as a parameter, so that tests can open what another version wrote.
#pragma once

#include <memory>
#include <span>

#include "catalog/store/schema.h"
#include "catalog/store/store.h"

namespace breakwater::catalog {

Result<std::unique_ptr<Store>> open_store(StoreOptions options, std::span<const schema::Step> steps);

}  // namespace breakwater::catalog
