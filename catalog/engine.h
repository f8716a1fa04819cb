// What an Engine holds. Internal to the room.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "catalog/query.h"
#include "catalog/views.h"

namespace breakwater::catalog {

struct Engine::State {
  ViewList views;
  std::unordered_map<std::string, std::vector<const View*>> by_name;  ///< "schema.name", lower case
  std::unordered_map<std::string, std::unique_ptr<const RowSource>> sources;
};

}  // namespace breakwater::catalog
