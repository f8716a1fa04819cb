// A mount that does not answer, for the tests of the pool.
#pragma once

#include <array>
#include <chrono>

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/error.h"

namespace breakwater::storage {

using namespace std::chrono_literals;

inline constexpr auto kLong = 60s;  // a deadline that no test reaches

// A dead mount: whoever reads from it blocks until it comes back.
class DeadMount {
 public:
  DeadMount() { EXPECT_EQ(pipe(ends_.data()), 0); }
  ~DeadMount() {
    heal();
    close(ends_[0]);
  }
  DeadMount(const DeadMount&) = delete;
  DeadMount& operator=(const DeadMount&) = delete;

  /// All readers, now and later, get the end of the file.
  void heal() {
    if (ends_[1] >= 0) close(ends_[1]);
    ends_[1] = -1;
  }
  int read_end() const { return ends_[0]; }

 private:
  std::array<int, 2> ends_{-1, -1};
};

inline Result<int> read_from(int descriptor) {
  char byte = 0;
  return static_cast<int>(::read(descriptor, &byte, 1));
}

}  // namespace breakwater::storage
