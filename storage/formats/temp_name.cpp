#include "storage/formats/temp_name.h"

#include <array>
#include <cstdint>

#include "base/crypto.h"

namespace breakwater::storage {

namespace {

constexpr std::string_view kTempPrefix = ".breakwater.tmp.";
constexpr std::size_t kTokenBytes = 16;

}  // namespace

std::string temp_name(std::string_view token, std::string_view suffix) {
  return std::string(kTempPrefix).append(token).append(".").append(suffix);
}

bool is_temp_name(std::string_view name) {
  return name.starts_with(kTempPrefix);
}

std::string random_token(const Entropy& entropy) {
  std::array<std::uint8_t, kTokenBytes> random{};
  entropy.fill(random);
  return crypto::to_hex(random);
}

bool is_token(std::string_view text) {
  return text.size() == 2 * kTokenBytes &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace breakwater::storage
