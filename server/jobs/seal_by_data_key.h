// The secret values of a set or a round, sealed as its lines are made.
#pragma once

#include <string_view>

#include "base/clock.h"
#include "catalog/store/part.h"
#include "storage/formats/set_key.h"

namespace breakwater::server::jobs {

/// Each under the data key, as the value that it is. Key and entropy outlive it.
class SealByDataKey final : public catalog::ValueSealer {
 public:
  SealByDataKey(const storage::DataKey& key, const Entropy& entropy) : key_(key), entropy_(entropy) {}
  Result<Bytes> seal(std::string_view identity, const Secret& plain) override {
    return key_.seal(identity, plain, entropy_);
  }

 private:
  const storage::DataKey& key_;
  const Entropy& entropy_;
};

}  // namespace breakwater::server::jobs
