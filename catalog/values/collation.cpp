#include "catalog/values/collation.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "base/text.h"
#include "catalog/values/search.h"

namespace breakwater::catalog {

namespace {

constexpr std::uint32_t kReplacement = 0xFFFD;

// The base letters of U+00C0..U+017F; a blank means that the character has none (MySQL's plane00 and
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

/// Greek letters with a tonos or dialytika have the weight of the letter without it (plane03).
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

/// Cyrillic letters that are another letter with a mark have its weight (plane04).
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

/// Compares the rest of the longer text with blanks.
int compare_padding(std::string_view rest, Collation collation, Work& work) {
  int order = 0;
  walk_through(rest, work, [&](std::string_view& text) {
    const std::uint32_t w = next_weight(text, collation);
    if (w != ' ') order = w < ' ' ? -1 : 1;
    return order == 0;
  });
  return order;
}

int compare_bytes(std::string_view a, std::string_view b, Work& work) {
  while (!a.empty() && !b.empty()) {
    const std::size_t stretch = std::min({a.size(), b.size(), Work::kStretch});
    if (!work.walk(stretch)) return 0;
    const int order = std::memcmp(a.data(), b.data(), stretch);
    if (order != 0) return order;
    a.remove_prefix(stretch);
    b.remove_prefix(stretch);
  }
  return static_cast<int>(!a.empty()) - static_cast<int>(!b.empty());
}

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

/// The number of bytes of a character with this first byte; 1 if the byte begins no character.
std::size_t sequence_length(unsigned char first) {
  if (first < 0xC2) return 1;
  if (first < 0xE0) return 2;
  if (first < 0xF0) return 3;
  return first < 0xF5 ? 4 : 1;
}

/// Not a surrogate, not above U+10FFFF, and not written with more bytes than it takes.
bool is_character(std::uint32_t c, std::size_t length) {
  if (length == 3) return c >= 0x800 && (c < 0xD800 || c > 0xDFFF);
  return length != 4 || (c >= 0x10000 && c <= 0x10FFFF);
}

template <class Change>
std::string changed(std::string_view text, Work& work, Change change) {
  std::string out;
  out.reserve(text.size());
  walk_through(text, work, [&](std::string_view& rest) {
    const char first = rest.front();
    const std::size_t before = rest.size();
    const std::uint32_t c = next_character(rest);
    if (c > 0x7F && before - rest.size() == 1)
      out.push_back(first);  // not UTF-8: kept as it is
    else
      append_character(out, change(c));
    return true;
  });
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
  if (!is_character(c, length)) {
    text.remove_prefix(1);
    return first;
  }
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

std::size_t character_count(std::string_view text, Work& work) {
  std::size_t count = 0;
  walk_through(text, work, [&](std::string_view& rest) {
    next_character(rest);
    ++count;
    return true;
  });
  return count;
}

std::size_t character_offset(std::string_view text, std::size_t n, Work& work) {
  std::string_view rest = text;
  if (n == 0) return 0;
  walk_through(rest, work, [&](std::string_view& at) {
    next_character(at);
    return --n > 0;
  });
  return text.size() - rest.size();
}

int compare(std::string_view a, std::string_view b, Collation collation, Work& work) {
  if (collation == Collation::binary) return compare_bytes(a, b, work);
  int order = 0;
  walk_through(a, work, [&](std::string_view& rest) {
    if (b.empty()) return false;
    const std::uint32_t x = next_weight(rest, collation);
    const std::uint32_t y = next_weight(b, collation);
    if (x != y) order = x < y ? -1 : 1;
    return order == 0;
  });
  if (order != 0) return order;
  return a.empty() ? -compare_padding(b, collation, work) : compare_padding(a, collation, work);
}

namespace {

/// Appends the weights as UTF-8, one for each character; for binary text the bytes.
void append_weights(std::string& key, std::string_view text, Collation collation, Work& work) {
  if (collation == Collation::binary) {
    key.append(text);
    return;
  }
  key.reserve(key.size() + text.size());
  walk_through(text, work, [&](std::string_view& rest) {
    append_character(key, next_weight(rest, collation));
    return true;
  });
}

std::string weights_of(std::string_view text, Collation collation, Work& work) {
  std::string key;
  append_weights(key, text, collation, work);
  return key;
}

}  // namespace

std::string sort_key(std::string_view text, Collation collation, Work& work) {
  if (!work.walk(text.size())) return {};
  if (collation == Collation::binary) return std::string(text);
  while (text.ends_with(' ')) text.remove_suffix(1);
  if (collation == Collation::bin) return std::string(text);
  return weights_of(text, collation, work);
}

// ---- LIKE ----

namespace {

constexpr std::uint32_t kAnyOne = 0xFFFFFFFE, kAnyMany = 0xFFFFFFFF;

/// The next element of a pattern: a weight, kAnyOne or kAnyMany. Inlined into LIKE's loop, where a call would
/// cost a tenth of the time.
[[gnu::always_inline]] inline std::uint32_t next_wanted(std::string_view& pattern, std::uint32_t escape,
                                                        Collation collation) {
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

/// Gives a text's weights, one character after the other. For Collation::binary each byte is a character.
struct Characters {
  std::string_view rest;
  bool bytes;

  /// Returns false if there are fewer characters.
  bool skip(std::size_t count) {
    for (; count > 0 && !rest.empty(); --count) next();
    return count == 0;
  }
  std::uint32_t next() {
    if (!bytes) return next_character(rest);
    const auto byte = static_cast<unsigned char>(rest.front());
    rest.remove_prefix(1);
    return byte;
  }
  /// The last `count` characters; nullopt if there are fewer.
  std::optional<std::string_view> tail(std::size_t count) const {
    std::size_t at = rest.size();
    for (; count > 0 && at > 0; --count) {
      --at;
      while (!bytes && at > 0 && is_continuation(rest[at])) --at;
    }
    return count == 0 ? std::optional(rest.substr(at)) : std::nullopt;
  }
};

/// The part of a pattern between two %.
struct Part {
  std::size_t skipped = 0;  ///< the number of _ at its beginning
  std::string weights;      ///< as append_weights() writes them, without any _
  std::u32string wanted;    ///< the same with the _ in its middle; empty if there are none
  std::size_t after = 0;    ///< the number of _ at its end
  bool last = true;         ///< no % follows
  std::size_t length = 0;   ///< characters, all of them

  void add(std::uint32_t weight, bool bytes) {
    if (after > 0 && weights.empty() && wanted.empty()) skipped = std::exchange(after, 0);
    if (after > 0 && wanted.empty()) {
      Characters before{weights, bytes};
      while (!before.rest.empty()) wanted.push_back(before.next());
    }
    if (after > 0) wanted.append(std::exchange(after, 0), static_cast<char32_t>(kAnyOne));
    if (!wanted.empty())
      wanted.push_back(weight);
    else if (bytes)
      weights.push_back(static_cast<char>(weight));
    else
      append_character(weights, weight);
  }
};

Part next_part(std::string_view& pattern, std::uint32_t escape, Collation collation, Work& work) {
  Part part;
  walk_through(pattern, work, [&](std::string_view& rest) {
    const std::uint32_t wanted = next_wanted(rest, escape, collation);
    part.last = wanted != kAnyMany;
    if (!part.last) return false;
    ++part.length;
    if (wanted == kAnyOne)
      ++part.after;
    else
      part.add(wanted, collation == Collation::binary);
    return true;
  });
  return part;
}

/// Removes the part from the front of the text, if the text begins with it.
bool take_here(const Part& part, Characters& text, Work& work) {
  Characters at = text;
  if (!work.walk(part.length) || !at.skip(part.skipped)) return false;
  if (part.wanted.empty()) {
    if (!at.rest.starts_with(part.weights)) return false;
    at.rest.remove_prefix(part.weights.size());
  }
  for (const char32_t wanted : part.wanted) {
    if (at.rest.empty()) return false;
    const std::uint32_t weight = at.next();
    if (weight != wanted && wanted != kAnyOne) return false;
  }
  if (!at.skip(part.after)) return false;
  text = at;
  return true;
}

/// Removes everything up to the end of the part's first occurrence from the front of the text.
bool take_first(const Part& part, Characters& text, Work& work) {
  if (!part.wanted.empty()) {
    for (; !work.stopped(); text.next()) {
      if (take_here(part, text, work)) return true;
      if (text.rest.empty()) return false;
    }
    return false;
  }
  if (!text.skip(part.skipped)) return false;
  const std::size_t at = find_bytes(text.rest, part.weights, 0, work);
  if (at == Search::kNone) return false;
  text.rest.remove_prefix(at + part.weights.size());
  return text.skip(part.after);
}

/// The same as like_greedy(), but part by part on the weights of the texts: each part is found in linear
/// time.
bool like_by_parts(std::string_view text, std::string_view pattern, std::uint32_t escape, Collation collation,
                   Work& work) {
  const std::string key = weights_of(text, collation, work);
  Characters rest{key, collation == Collation::binary};
  Part part = next_part(pattern, escape, collation, work);
  if (!take_here(part, rest, work)) return false;
  if (part.last) return rest.rest.empty();
  while (true) {
    part = next_part(pattern, escape, collation, work);
    if (work.stopped()) return false;
    if (part.last) break;
    if (!take_first(part, rest, work)) return false;
  }
  const auto tail = rest.tail(part.length);
  if (!tail) return false;
  rest.rest = *tail;
  return take_here(part, rest, work);
}

/// The steps for each byte, and the bounds of the total, after which like_greedy() gives up and
/// like_by_parts() is used. Longer texts use that from the start. Within these bounds the Interrupt needn't
/// be called.
constexpr std::size_t kGreedySteps = 4, kLeastGreedySteps = 256, kMostGreedyBytes = 16384;

// Greedy matching that backtracks to the last % only: what an earlier % matched doesn't matter then. Nullopt
// if it takes too long.
std::optional<bool> like_greedy(std::string_view text, std::string_view pattern, std::uint32_t escape,
                                Collation collation) {
  if (text.size() + pattern.size() > kMostGreedyBytes) return std::nullopt;
  std::size_t left = kLeastGreedySteps + kGreedySteps * (text.size() + pattern.size());
  bool starred = false;
  std::string_view star_pattern;
  std::string_view star_text;
  for (; left > 0; --left) {
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
  return std::nullopt;
}

}  // namespace

bool like(std::string_view text, std::string_view pattern, std::uint32_t escape, Collation collation,
          Work& work) {
  if (const auto greedy = like_greedy(text, pattern, escape, collation)) return *greedy;
  return like_by_parts(text, pattern, escape, collation, work);
}

bool equal_unpadded(std::string_view a, std::string_view b, Collation collation, Work& work) {
  bool equal = true;
  walk_through(b, work, [&](std::string_view& rest) {
    equal = !a.empty() && next_weight(a, collation) == next_weight(rest, collation);
    return equal;
  });
  return equal && a.empty();
}

// ---- finding ----

namespace {

/// A position in a text and the position in its weights.
class Place {
 public:
  Place(std::string_view text, std::string_view key) : text_(text), key_(key), size_(key.size()) {}
  /// The position in the text of the character that begins at `in_key` in the key.
  std::size_t go_to(std::size_t in_key, std::size_t text_size) {
    while (size_ - key_.size() < in_key) {
      next_character(key_);
      next_character(text_);
    }
    return text_size - text_.size();
  }

 private:
  std::string_view text_;
  std::string_view key_;
  std::size_t size_;
};

bool begins_with(std::string_view text, std::string_view needle, Collation collation) {
  const std::size_t size = text.size() < needle.size() ? 0 : text.size() - needle.size();
  while (!needle.empty()) {
    if (text.empty() || next_weight(text, collation) != next_weight(needle, collation)) return false;
  }
  return text.size() == size;
}

/// Finds without making keys.
std::size_t find_in_short(std::string_view text, std::string_view needle, Collation collation) {
  for (std::string_view rest = text; rest.size() >= needle.size(); next_character(rest)) {
    if (begins_with(rest, needle, collation)) return text.size() - rest.size();
    if (rest.empty()) break;
  }
  return Search::kNone;
}

std::size_t find_by_weights(std::string_view text, std::string_view needle, Collation collation, Work& work) {
  const std::string key = weights_of(text, collation, work);
  const std::string wanted = weights_of(needle, collation, work);
  Search search(key, wanted, 0, work);
  Place begin(text, key);
  Place end(text, key);
  for (std::size_t at = search.next(); at != Search::kNone; at = search.next()) {
    const std::size_t from = begin.go_to(at, text.size());
    if (end.go_to(at + wanted.size(), text.size()) - from == needle.size()) return from;
  }
  return Search::kNone;
}

/// Bytes; shorter texts are searched faster than their keys are made.
constexpr std::size_t kShortText = 128;

}  // namespace

// As in MySQL, the text found has as many bytes as the needle, so that 'ß' is never found in 's'.
std::size_t find_text(std::string_view text, std::string_view needle, std::size_t from, Collation collation,
                      Work& work) {
  if (from > text.size()) return Search::kNone;
  if (collation == Collation::binary) return find_bytes(text, needle, from, work);
  const std::string_view rest = text.substr(from);
  if (rest.size() < needle.size() || !work.walk(rest.size())) return Search::kNone;
  const std::size_t at = rest.size() <= kShortText ? find_in_short(rest, needle, collation)
                                                   : find_by_weights(rest, needle, collation, work);
  return at == Search::kNone ? at : from + at;
}

std::string to_upper(std::string_view text, Work& work) {
  return changed(text, work, upper);
}
std::string to_lower(std::string_view text, Work& work) {
  return changed(text, work, lower);
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
