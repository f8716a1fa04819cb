#include "base/text.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

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

namespace {

/// The bytes of the character that begins there; 0: none does.
std::size_t character_at(std::string_view text, std::size_t i) {
  const auto at = [&](std::size_t where) { return static_cast<unsigned char>(text[where]); };
  const auto continues = [&](std::size_t where) {
    return where < text.size() && (at(where) & 0xC0U) == 0x80U;
  };
  const unsigned char lead = at(i);
  if (lead < 0x80U) return 1;
  if (lead >= 0xC2U && lead <= 0xDFU && continues(i + 1)) return 2;
  if ((lead & 0xF0U) == 0xE0U && continues(i + 1) && continues(i + 2) &&
      !(lead == 0xE0U && at(i + 1) < 0xA0U) && !(lead == 0xEDU && at(i + 1) >= 0xA0U))
    return 3;
  if (lead >= 0xF0U && lead <= 0xF4U && continues(i + 1) && continues(i + 2) && continues(i + 3) &&
      !(lead == 0xF0U && at(i + 1) < 0x90U) && !(lead == 0xF4U && at(i + 1) >= 0x90U))
    return 4;
  return 0;
}

}  // namespace

std::size_t ascii_prefix(std::string_view text) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080U;
  std::size_t i = 0;
  for (std::uint64_t eight = 0; i + sizeof(eight) <= text.size(); i += sizeof(eight)) {
    std::memcpy(&eight, text.data() + i, sizeof(eight));
    if ((eight & kHighBits) != 0) break;
  }
  while (i < text.size() && (static_cast<unsigned char>(text[i]) & 0x80U) == 0) ++i;
  return i;
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = ascii_prefix(text); i < text.size();) {
    const std::size_t length = character_at(text, i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

std::string as_utf8(std::string_view text) {
  std::string whole;
  whole.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = character_at(text, i);
    if (length == 0) {
      whole.push_back('?');
      ++i;
    } else {
      whole.append(text.substr(i, length));
      i += length;
    }
  }
  return whole;
}

std::string_view whole_characters(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  while (max_bytes > 0 && (static_cast<unsigned char>(text[max_bytes]) & 0xC0U) == 0x80U) --max_bytes;
  return text.substr(0, max_bytes);
}

}  // namespace breakwater
