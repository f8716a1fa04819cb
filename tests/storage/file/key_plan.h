// What an intent keeps of a key file's plan.
#pragma once

#include "storage/file/key_file_io.h"

namespace breakwater::storage {

inline KeyFilePlan without_anchor(KeyFilePlan plan) {
  plan.anchor.reset();
  return plan;
}

}  // namespace breakwater::storage
