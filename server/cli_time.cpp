#include "server/cli_time.h"

#include <array>
#include <ctime>

namespace breakwater::cli {
namespace {

std::tm in_utc(Timestamp timestamp) {
  constexpr std::int64_t kMicrosOfASecond = 1'000'000;
  const std::time_t seconds = timestamp / kMicrosOfASecond;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return parts;
}

}  // namespace

std::string time_text(Timestamp timestamp) {
  const std::tm parts = in_utc(timestamp);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts)};
}

std::string iso_time_text(Timestamp timestamp) {
  const std::tm parts = in_utc(timestamp);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

}  // namespace breakwater::cli
