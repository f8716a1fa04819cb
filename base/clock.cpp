#include "base/clock.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include <openssl/rand.h>
#include <sys/random.h>

namespace breakwater {
namespace {

class SystemClock final : public Clock {
 public:
  Timestamp now() const override {
    using namespace std::chrono;
    return duration_cast<microseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  }
};

// OpenSSL's generator takes memory for each thread that first uses it; the system's own takes none.
bool fill_from_system(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const ssize_t count = ::getrandom(out.data(), out.size(), 0);
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) out = out.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

class SystemEntropy final : public Entropy {
 public:
  void fill(std::span<std::uint8_t> out) const override {
    if (RAND_bytes(out.data(), static_cast<int>(out.size())) != 1 && !fill_from_system(out)) {
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
