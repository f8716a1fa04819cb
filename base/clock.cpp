#include "base/clock.h"

#include <cstdio>
#include <cstdlib>

#include <openssl/rand.h>

namespace breakwater {
namespace {

class SystemClock final : public Clock {
 public:
  Timestamp now() const override {
    using namespace std::chrono;
    return duration_cast<microseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  }
};

class SystemEntropy final : public Entropy {
 public:
  void fill(std::span<std::uint8_t> out) const override {
    if (RAND_bytes(out.data(), static_cast<int>(out.size())) != 1) {
      std::fputs("breakwater: the random number generator failed\n", stderr);
      std::abort();
    }
  }
};

}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

const Entropy& system_entropy() {
  static const SystemEntropy entropy;
  return entropy;
}

}  // namespace breakwater
