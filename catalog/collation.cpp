#include "catalog/collation.h"

#include <array>

#include "base/text.h"

namespace breakwater::catalog {

namespace {

constexpr std::uint32_t kReplacement = 0xFFFD;

// The base letter of U+00C0..U+017F, a blank where a character stands for itself (MySQL's plane00 and
// plane01).
constexpr std::string_view kBaseLetters =
    "AAAAAA CEEEEIIII NOOOOO  UUUUY S"
    "AAAAAA CEEEEIIII NOOOOO  UUUUY Y"
    "AAAAAACCCCCCCCDD  EEEEEEEEEEGGGG"
    "GGGGHH  IIIIIIIIII  JJKK LLLLLL "
    "  NNNNNN   OOOOOO  RRRRRRSSSSSSS"
    "STTTT  UUUUUUUUUUUUWWYYYZZZZZZS ";
constexpr std::uint32_t kBaseFirst = 0xC0;

/// Upper case by ranges: Latin pairs of Extended-A, Greek, Cyrillic.
std::uint32_t upper(std::uint32_t c) {
  if (c < 0x80) return c >= 'a' && c <= 'z' ? c - 32 : c;
  if (c == 0xB5) return 0x39C;
  if (c >= 0xE0 && c <= 0xFE && c != 0xF7) return c - 32;
  if (c == 0xFF) return 0x178;
  if ((c >= 0x100 && c <= 0x137 && c != 0x131) || (c >= 0x14A && c <= 0x177)) return c & ~1U;
  if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E)) return c - 1 + (c & 1U);
  if ((c >= 0x3B1 && c <= 0x3C9 && c != 0x3C2) || c == 0x3CA || c == 0x3CB) return c - 32;
  if (c == 0x3AC) return 0x386;
  if (c >= 0x3AD && c <= 0x3AF) return c - 37;
  if (c == 0x3CC) return 0x38C;
  if (c == 0x3CD || c == 0x3CE) return c - 63;
  if (c == 0x3C2) return 0x3A3;
  if (c >= 0x430 && c <= 0x44F) return c - 32;
  if (c >= 0x450 && c <= 0x45F) return c - 80;
  if (c >= 0x460 && c <= 0x481) return c & ~1U;
  return c;
}

std::uint32_t lower(std::uint32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 32 : c;
  if (c >= 0xC0 && c <= 0xDE && c != 0xD7) return c + 32;
  if (c == 0x178) return 0xFF;
  if ((c >= 0x100 && c <= 0x137 && c != 0x130) || (c >= 0x14A && c <= 0x177)) return c | 1U;
  if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E)) return c + (c & 1U);
  if (c >= 0x391 && c <= 0x3AB && c != 0x3A2) return c + 32;
  if (c == 0x386) return 0x3AC;
  if (c >= 0x388 && c <= 0x38A) return c + 37;
  if (c == 0x38C) return 0x3CC;
  if (c == 0x38E || c == 0x38F) return c + 63;
  if (c >= 0x410 && c <= 0x42F) return c + 32;
  if (c >= 0x400 && c <= 0x40F) return c + 80;
  if (c >= 0x460 && c <= 0x481) return c | 1U;
  return c;
}

/// Greek letters with a tonos or dialytika weigh as without (plane03).
std::uint32_t fold_greek(std::uint32_t c) {
  switch (c) {
    case 0x386:
      return 0x391;
    case 0x388:
      return 0x395;
    case 0x389:
      return 0x397;
    case 0x38A:
    case 0x390:
    case 0x3AA:
      return 0x399;
    case 0x38C:
      return 0x39F;
    case 0x38E:
    case 0x3AB:
    case 0x3B0:
      return 0x3A5;
    case 0x38F:
      return 0x3A9;
    default:
      return c;
  }
}

/// Cyrillic letters made of another and a mark (plane04).
std::uint32_t fold_cyrillic(std::uint32_t c) {
  switch (c) {
    case 0x400:
    case 0x401:
      return 0x415;
    case 0x403:
      return 0x413;
    case 0x407:
      return 0x406;
    case 0x40C:
      return 0x41A;
    case 0x40D:
      return 0x418;
    case 0x40E:
      return 0x423;
    default:
      return c;
  }
}

std::uint32_t weight(std::uint32_t c) {
  if (c < 0x80) return c >= 'a' && c <= 'z' ? c - 32 : c;
  if (c > 0xFFFF) return kReplacement;
  if (c >= kBaseFirst && c - kBaseFirst < kBaseLetters.size() && kBaseLetters[c - kBaseFirst] != ' ')
    return static_cast<unsigned char>(kBaseLetters[c - kBaseFirst]);
  const std::uint32_t big = upper(c);
  if (big >= 0x370 && big < 0x400) return fold_greek(big);
  if (big >= 0x400 && big < 0x460) return fold_cyrillic(big);
  return big;
}

std::uint32_t next_weight(std::string_view& text, Collation collation) {
  if (collation == Collation::general_ci) return weight(next_character(text));
  if (collation == Collation::bin) return next_character(text);
  const auto byte = static_cast<unsigned char>(text.front());
  text.remove_prefix(1);
  return byte;
}

/// The rest of the longer text against blanks.
int compare_padding(std::string_view rest, Collation collation) {
  while (!rest.empty()) {
    const std::uint32_t w = next_weight(rest, collation);
    if (w != ' ') return w < ' ' ? -1 : 1;
  }
  return 0;
}

int compare_bytes(std::string_view a, std::string_view b) {
  const int order = a.compare(b);
  return order < 0 ? -1 : (order > 0 ? 1 : 0);
}

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

/// How many bytes a character has by its first one; 1 for what starts no character.
std::size_t sequence_length(unsigned char first) {
  if (first < 0xC2) return 1;
  if (first < 0xE0) return 2;
  if (first < 0xF0) return 3;
  return first < 0xF5 ? 4 : 1;
}

template <class Change>
std::string changed(std::string_view text, Change change) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const char first = text.front();
    const std::size_t before = text.size();
    const std::uint32_t c = next_character(text);
    if (c > 0x7F && before - text.size() == 1)
      out.push_back(first);  // not UTF-8: kept as it is
    else
      append_character(out, change(c));
  }
  return out;
}

}  // namespace

std::uint32_t next_character(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t length = sequence_length(first);
  bool whole = length <= text.size();
  for (std::size_t i = 1; whole && i < length; ++i) whole = is_continuation(text[i]);
  if (length == 1 || !whole) {
    text.remove_prefix(1);
    return first;
  }
  std::uint32_t c = first & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) c = (c << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  text.remove_prefix(length);
  return c;
}

void append_character(std::string& out, std::uint32_t c) {
  const auto tail = [&](unsigned shift) { out.push_back(static_cast<char>(0x80U | ((c >> shift) & 0x3FU))); };
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out.push_back(static_cast<char>(0xC0U | (c >> 6U)));
    tail(0);
  } else if (c < 0x10000) {
    out.push_back(static_cast<char>(0xE0U | (c >> 12U)));
    tail(6);
    tail(0);
  } else {
    out.push_back(static_cast<char>(0xF0U | (c >> 18U)));
    tail(12);
    tail(6);
    tail(0);
  }
}

std::size_t character_count(std::string_view text) {
  std::size_t count = 0;
  for (; !text.empty(); ++count) next_character(text);
  return count;
}

std::size_t character_offset(std::string_view text, std::size_t n) {
  std::string_view rest = text;
  for (; n > 0 && !rest.empty(); --n) next_character(rest);
  return text.size() - rest.size();
}

int compare(std::string_view a, std::string_view b, Collation collation) {
  if (collation == Collation::binary) return compare_bytes(a, b);
  while (!a.empty() && !b.empty()) {
    const std::uint32_t x = next_weight(a, collation);
    const std::uint32_t y = next_weight(b, collation);
    if (x != y) return x < y ? -1 : 1;
  }
  return a.empty() ? -compare_padding(b, collation) : compare_padding(a, collation);
}

std::string sort_key(std::string_view text, Collation collation) {
  if (collation == Collation::binary) return std::string(text);
  while (text.ends_with(' ')) text.remove_suffix(1);
  if (collation == Collation::bin) return std::string(text);
  std::string key;
  while (!text.empty()) append_character(key, weight(next_character(text)));
  return key;
}

namespace {

constexpr std::uint32_t kAnyOne = 0xFFFFFFFE, kAnyMany = 0xFFFFFFFF;

/// The next thing a pattern asks for: a weight, kAnyOne or kAnyMany.
std::uint32_t next_wanted(std::string_view& pattern, std::uint32_t escape, Collation collation) {
  std::string_view ahead = pattern;
  const std::uint32_t c = next_character(ahead);
  if (escape != 0 && c == escape && !ahead.empty()) {
    pattern = ahead;
    return next_weight(pattern, collation);
  }
  if (c == '%' || c == '_') {
    pattern = ahead;
    return c == '%' ? kAnyMany : kAnyOne;
  }
  return next_weight(pattern, collation);
}

}  // namespace

// Greedy with one point to come back to: after a second %, what the first one took no longer matters.
bool like(std::string_view text, std::string_view pattern, std::uint32_t escape, Collation collation) {
  bool starred = false;
  std::string_view star_pattern;
  std::string_view star_text;
  for (;;) {
    bool matched = false;
    if (!pattern.empty()) {
      std::string_view after = pattern;
      const std::uint32_t wanted = next_wanted(after, escape, collation);
      if (wanted == kAnyMany) {
        starred = true;
        star_pattern = pattern = after;
        star_text = text;
        continue;
      }
      if (!text.empty()) {
        std::string_view rest = text;
        matched = next_weight(rest, collation) == wanted || wanted == kAnyOne;
        if (matched) {
          text = rest;
          pattern = after;
        }
      }
    } else if (text.empty()) {
      return true;
    }
    if (matched) continue;
    if (!starred || star_text.empty()) return false;
    next_weight(star_text, collation);
    text = star_text;
    pattern = star_pattern;
  }
}

bool equal_unpadded(std::string_view a, std::string_view b, Collation collation) {
  while (!b.empty()) {
    if (a.empty() || next_weight(a, collation) != next_weight(b, collation)) return false;
  }
  return a.empty();
}

std::size_t find_text(std::string_view text, std::string_view needle, std::size_t from, Collation collation) {
  if (from > text.size()) return std::string_view::npos;
  if (collation == Collation::binary) return text.find(needle, from);
  // As MySQL: what is found has as many bytes as what is looked for, so that 'ß' is never found in 's'.
  for (std::string_view rest = text.substr(from); rest.size() >= needle.size(); next_character(rest)) {
    const std::string_view window = rest.substr(0, needle.size());
    if (equal_unpadded(window, needle, collation)) return text.size() - rest.size();
    if (rest.empty()) break;
  }
  return std::string_view::npos;
}

std::string to_upper(std::string_view text) {
  return changed(text, upper);
}
std::string to_lower(std::string_view text) {
  return changed(text, lower);
}

bool find_collation(std::string_view name, Collation& out) {
  const std::string low = ascii_lower(name);
  if (low == "binary") {
    out = Collation::binary;
    return true;
  }
  if (!low.starts_with("utf8")) return false;
  out = low.ends_with("_bin") ? Collation::bin : Collation::general_ci;
  return low.ends_with("_bin") || low.ends_with("_ci");
}

}  // namespace breakwater::catalog
