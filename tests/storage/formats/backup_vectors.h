// The keys of the test vectors in docs/backup-format.md.
#pragma once

#include <string>

#include "storage/formats/set_key.h"
#include "storage/support.h"

namespace breakwater::storage {

inline const std::string kIdentity = "set 1:1002:1001:3";

struct BackupVectors {
  CountingEntropy entropy{};
  BackupKey backup_key = make_backup_key(entropy).value();
  PasswordKey password =
      derive(Secret(std::string_view("correct horse")), entropy, {.n = 16, .r = 1, .p = 1}).value();
  DataKey key = DataKey::make(kIdentity, entropy).value();
  WrappedKey wrapped = key.wrap(backup_key, &password, entropy).value();
};

}  // namespace breakwater::storage
