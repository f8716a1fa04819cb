#include "storage/formats/time_name.h"

#include <algorithm>
#include <array>
#include <ctime>

namespace breakwater::storage {

std::string local_time_stamp(Timestamp now) {
  constexpr Timestamp kMicroseconds = 1'000'000;
  const auto seconds = static_cast<std::time_t>(now / kMicroseconds);
  std::tm parts{};
  localtime_r(&seconds, &parts);
  std::array<char, sizeof("YYYYMMDDTHHMMSS")> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%S", &parts)};
}

bool is_time_stamp(std::string_view text) {
  constexpr std::string_view kShape = "00000000T000000";
  return std::ranges::equal(text, kShape, [](char character, char shape) {
    return shape == 'T' ? character == 'T' : character >= '0' && character <= '9';
  });
}

}  // namespace breakwater::storage
