#include "storage/destination/give_up.h"

#include "storage/formats/temp_name.h"

namespace breakwater::storage {

std::string GiveUpPlan::temp_tombstone_name() const {
  return temp_name(token, "tombstone");
}

}  // namespace breakwater::storage
