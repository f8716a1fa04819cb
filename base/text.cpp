#include "base/text.h"

#include <algorithm>

namespace breakwater {

std::string ascii_lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return ascii_lower(c); });
  return out;
}

std::string ascii_upper(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return ascii_upper(c); });
  return out;
}

bool iequals(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return ascii_lower(x) == ascii_lower(y); });
}

bool is_utf8(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto continues = [&](std::size_t i) { return i < text.size() && (at(i) & 0xC0U) == 0x80U; };
  for (std::size_t i = 0; i < text.size();) {
    const unsigned char lead = at(i);
    if (lead < 0x80U) {
      i += 1;
    } else if (lead >= 0xC2U && lead <= 0xDFU && continues(i + 1)) {
      i += 2;
    } else if ((lead & 0xF0U) == 0xE0U && continues(i + 1) && continues(i + 2) &&
               !(lead == 0xE0U && at(i + 1) < 0xA0U) && !(lead == 0xEDU && at(i + 1) >= 0xA0U)) {
      i += 3;
    } else if (lead >= 0xF0U && lead <= 0xF4U && continues(i + 1) && continues(i + 2) && continues(i + 3) &&
               !(lead == 0xF0U && at(i + 1) < 0x90U) && !(lead == 0xF4U && at(i + 1) >= 0x90U)) {
      i += 4;
    } else {
      return false;
    }
  }
  return true;
}

std::string_view whole_characters(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  while (max_bytes > 0 && (static_cast<unsigned char>(text[max_bytes]) & 0xC0U) == 0x80U) --max_bytes;
  return text.substr(0, max_bytes);
}

}  // namespace breakwater
