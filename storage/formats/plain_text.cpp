#include "storage/formats/plain_text.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/text.h"

namespace breakwater::storage {
namespace {

struct Character {
  char32_t code;
  std::size_t size;  // in bytes
};

// The number of bytes of a character with this first byte; 1 if the byte begins no character.
std::size_t size_by_lead(std::uint8_t lead) {
  if (lead >= 0xF0) return 4;
  if (lead >= 0xE0) return 3;
  return lead >= 0xC0 ? 2 : 1;
}

// `text` isn't empty.
Character first_of(std::string_view text) {
  const auto lead = static_cast<std::uint8_t>(text.front());
  const std::size_t size = size_by_lead(lead);
  if (size == 1 || size > text.size() || !is_utf8(text.substr(0, size))) return {lead, 1};
  char32_t code = lead & (0x7FU >> size);
  for (const char c : text.substr(1, size - 1)) code = code << 6U | (static_cast<std::uint8_t>(c) & 0x3FU);
  return {code, size};
}

bool is_control(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code <= 0x9F);
}

bool is_blank(char32_t code) {
  constexpr std::array<char32_t, 9> kBlanks = {0x20,   0xA0,   0x1680, 0x2028, 0x2029,
                                               0x202F, 0x205F, 0x3000, 0xFEFF};
  return (code >= 0x2000 && code <= 0x200B) || std::ranges::find(kBlanks, code) != kBlanks.end();
}

std::optional<StrayCharacter> find(std::string_view text, bool (*stray)(char32_t code)) {
  for (std::size_t position = 1; !text.empty(); ++position) {
    const Character next = first_of(text);
    if (stray(next.code)) return StrayCharacter{.code = next.code, .position = position};
    text.remove_prefix(next.size);
  }
  return std::nullopt;
}

Result<> refuse(std::string_view part, std::string_view kind, const std::optional<StrayCharacter>& found) {
  if (!found) return {};
  std::string hint(part);
  hint.append(" holds the ").append(kind).append(" ").append(found->name());
  hint.append(" at position ").append(std::to_string(found->position)).append("; write it without.");
  return fail(error::invalid_backup_dest().with_hint(std::move(hint)));
}

}  // namespace

std::string StrayCharacter::name() const {
  std::array<char, sizeof("U+0010FFFF")> text{};
  std::snprintf(text.data(), text.size(), "U+%04X", static_cast<unsigned>(code));
  return text.data();
}

std::optional<StrayCharacter> find_control(std::string_view text) {
  return find(text, is_control);
}

std::optional<StrayCharacter> find_blank(std::string_view text) {
  return find(text, is_blank);
}

Result<> refuse_control(std::string_view part, std::string_view text) {
  return refuse(part, "control character", find_control(text));
}

Result<> refuse_blank(std::string_view part, std::string_view text) {
  return refuse(part, "blank", find_blank(text));
}

namespace {

// Line separators, and what makes a terminal show a line in another order.
bool reorders(char32_t code) {
  return (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) || code == 0x200E ||
         code == 0x200F;
}

}  // namespace

std::string without_control(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  while (!text.empty()) {
    const Character next = first_of(text);
    const std::string_view bytes = text.substr(0, next.size);
    is_control(next.code) || reorders(next.code) || !is_utf8(bytes) ? plain.append("?") : plain.append(bytes);
    text.remove_prefix(next.size);
  }
  return plain;
}

}  // namespace breakwater::storage
