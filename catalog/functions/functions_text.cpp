// String functions.
#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/text.h"
#include "catalog/functions/call.h"
#include "catalog/values/collation.h"
#include "catalog/values/number.h"
#include "catalog/values/search.h"

namespace breakwater::catalog {

namespace {

/// A binary string is counted in bytes.
bool by_bytes(const Call& c) {
  return c.collation() == Collation::binary;
}

std::size_t offset_of(Call& c, std::string_view text, std::size_t n) {
  return by_bytes(c) ? std::min(n, text.size()) : character_offset(text, n, c.work());
}

std::size_t length_of(Call& c, std::string_view text) {
  return by_bytes(c) ? text.size() : character_count(text, c.work());
}

void skip_one(const Call& c, std::string_view& text) {
  by_bytes(c) ? text.remove_prefix(1) : static_cast<void>(next_character(text));
}

std::string_view characters(Call& c, std::string_view text, std::size_t first, std::size_t count) {
  const std::string_view rest = text.substr(offset_of(c, text, first));
  return rest.substr(0, offset_of(c, rest, count));
}

std::size_t count_of_characters(Call& c, std::size_t i) {
  return length_of(c, c.text(i));
}

std::size_t count_of(std::int64_t n) {
  return n < 0 ? 0 : static_cast<std::size_t>(n);
}

void concat(Call& c) {
  Output out(c);
  for (std::size_t i = 0; i < c.size() && out.add(c.text(i)); ++i) {
  }
  c.give(std::move(out));
}

void concat_ws(Call& c) {
  if (c.null(0)) return c.give_null();
  Output out(c);
  bool first = true;
  for (std::size_t i = 1; i < c.size(); ++i) {
    if (c.null(i)) continue;
    if (!first && !out.add(c.text(0))) break;
    first = false;
    if (!out.add(c.text(i))) break;
  }
  c.give(std::move(out));
}

void right(Call& c) {
  const std::string_view text = c.text(0);
  const std::size_t total = count_of_characters(c, 0);
  const std::size_t wanted = std::min(count_of(c.integer(1)), total);
  c.give(text.substr(offset_of(c, text, total - wanted)));
}

void substring(Call& c) {
  const std::string_view text = c.text(0);
  const auto total = static_cast<std::int64_t>(count_of_characters(c, 0));
  const std::int64_t at = c.integer(1);
  const std::int64_t first = at < 0 ? total + at : at - 1;
  if (at == 0 || first < 0 || first >= total) return c.give("");
  const std::int64_t count = c.size() > 2 ? c.integer(2) : total;
  c.give(characters(c, text, static_cast<std::size_t>(first), count_of(count)));
}

/// Where the n-th of the delimiters begins that don't overlap, from the left; nothing if there are fewer.
/// `count` gets how many were found.
std::optional<std::size_t> nth_delimiter(Call& c, std::int64_t n, std::int64_t& count) {
  const std::string_view delimiter = c.text(1);
  Search search(c.text(0), delimiter, 0, c.work());
  count = 0;
  for (std::size_t at = search.next(); at != Search::kNone; at = search.next()) {
    if (++count == n) return at;
    search.go_on_at(at + delimiter.size());
  }
  return std::nullopt;
}

void substring_index(Call& c) {
  const std::string_view text = c.text(0);
  const std::int64_t count = c.integer(2);
  if (c.text(1).empty() || count == 0) return c.give("");
  std::int64_t found = 0;
  if (count > 0) return c.give(text.substr(0, nth_delimiter(c, count, found).value_or(text.size())));
  // From the right: as MySQL does with characters of several bytes, the delimiters are those seen from the
  // left.
  nth_delimiter(c, 0, found);
  const auto at = nth_delimiter(c, found + count + 1, found);
  c.give(at ? text.substr(*at + c.text(1).size()) : text);
}

void trim(Call& c, bool front, bool back) {
  const std::string_view what = c.size() > 1 ? c.text(1) : std::string_view(" ");
  std::string_view text = c.text(0);
  if (what.empty()) return c.give(text);
  while (front && text.starts_with(what) && c.work().walk(what.size())) text.remove_prefix(what.size());
  while (back && text.ends_with(what) && c.work().walk(what.size())) text.remove_suffix(what.size());
  c.give(text);
}

void replace(Call& c) {
  const std::string_view text = c.text(0);
  const std::string_view from = c.text(1);
  if (c.null(0) || c.null(1)) return c.give_null();
  if (from.empty()) return c.give(text);
  if (c.null(2)) return c.give_null();
  const std::string_view to = c.text(2);
  Output out(c);
  Search search(text, from, 0, c.work());
  std::size_t at = 0;
  bool more = true;
  for (std::size_t hit = search.next(); more && hit != Search::kNone; hit = search.next()) {
    more = out.add(text.substr(at, hit - at)) && out.add(to);
    at = hit + from.size();
    search.go_on_at(at);
  }
  if (more) out.add(text.substr(at));
  c.give(std::move(out));
}

/// Position of `needle` in `text` in characters from 1, at or behind `from` (1-based); 0 if there is none.
std::int64_t position(Call& c, std::string_view text, std::string_view needle, std::int64_t from) {
  Work& work = c.work();
  if (from < 1 || static_cast<std::size_t>(from) > length_of(c, text) + 1) return 0;
  const std::size_t start = offset_of(c, text, static_cast<std::size_t>(from - 1));
  const std::size_t at = find_text(text, needle, start, c.collation(), work);
  if (at == std::string_view::npos) return 0;
  return static_cast<std::int64_t>(length_of(c, text.substr(0, at))) + 1;
}

void pad(Call& c, bool left) {
  const std::string_view text = c.text(0);
  const std::string_view filler = c.text(2);
  const std::int64_t wanted = c.integer(1);
  if (wanted < 0) return c.give_null();
  if (!c.fits(count_of(wanted))) return;
  const std::size_t have = count_of_characters(c, 0);
  if (have >= count_of(wanted)) return c.give(characters(c, text, 0, count_of(wanted)));
  if (filler.empty()) return c.give_null();
  Output out(c);
  if (!left) out.add(text);
  std::string_view rest = filler;
  for (std::size_t missing = count_of(wanted) - have; missing > 0; --missing) {
    if (rest.empty()) rest = filler;
    const std::string_view before = rest;
    skip_one(c, rest);
    if (!out.add(before.substr(0, before.size() - rest.size()))) break;
  }
  if (left) out.add(text);
  c.give(std::move(out));
}

void repeat(Call& c) {
  const std::string_view text = c.text(0);
  std::size_t times = text.empty() ? 0 : count_of(c.integer(1));
  if (times > 0 && !c.fits(times > c.most_bytes() ? times : times * text.size())) return;
  Output out(c);
  while (times > 0 && out.add(text)) --times;
  c.give(std::move(out));
}

void reverse(Call& c) {
  std::string_view text = c.text(0);
  if (!c.fits(text.size())) return;
  std::string out(text.size(), '\0');
  std::size_t end = text.size();
  walk_through(text, c.work(), [&](std::string_view& rest) {
    const std::string_view before = rest;
    skip_one(c, rest);
    const std::size_t width = before.size() - rest.size();
    end -= width;
    out.replace(end, width, before.substr(0, width));
    return true;
  });
  c.give(out);
}

void hex(Call& c) {
  if (!c.is_integer(0)) {
    if (c.fits(2 * c.text(0).size())) c.give(crypto::to_hex(as_bytes(c.text(0)), true));
    return;
  }
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  auto value = static_cast<std::uint64_t>(c.integer(0));
  do out.insert(out.begin(), kDigits[value & 15U]);
  while ((value >>= 4U) != 0);
  c.give(out);
}

void unhex(Call& c) {
  if (!c.fits(c.text(0).size() / 2)) return;
  std::string text(c.text(0));
  if (text.size() % 2 != 0) text.insert(0, "0");
  if (text.empty()) return c.give("");
  const auto bytes = crypto::from_hex(text);
  bytes ? c.give(as_text(*bytes)) : c.give_null();
}

std::string digest(Call& c, crypto::Algorithm algorithm) {
  crypto::Digest digest(algorithm);
  std::string_view text = c.text(0);
  while (!text.empty() && c.work().walk(Work::kStretch)) {
    digest.update(as_bytes(text.substr(0, Work::kStretch)));
    text.remove_prefix(std::min(text.size(), Work::kStretch));
  }
  return crypto::to_hex(digest.finish());
}

void sha2(Call& c) {
  switch (c.integer(1)) {
    case 0:
    case 256:
      return c.give(digest(c, crypto::Algorithm::sha256));
    case 224:
      return c.give(digest(c, crypto::Algorithm::sha224));
    case 384:
      return c.give(digest(c, crypto::Algorithm::sha384));
    case 512:
      return c.give(digest(c, crypto::Algorithm::sha512));
    default:
      return c.give_null();
  }
}

void upper_case(Call& c) {
  if (!c.fits(c.text(0).size())) return;
  by_bytes(c) ? c.give_argument(0) : c.give(to_upper(c.text(0), c.work()));
}
void lower_case(Call& c) {
  if (!c.fits(c.text(0).size())) return;
  by_bytes(c) ? c.give_argument(0) : c.give(to_lower(c.text(0), c.work()));
}

void strcmp(Call& c) {
  const int order = compare(c.text(0), c.text(1), c.collation(), c.work());
  c.give(std::int64_t{order < 0 ? -1 : (order > 0 ? 1 : 0)});
}

void find_in_set(Call& c) {
  const std::string_view wanted = c.text(0);
  std::string_view list = c.text(1);
  if (list.empty() || wanted.contains(',')) return c.give(std::int64_t{0});
  for (std::int64_t i = 1;; ++i) {
    const std::size_t comma = list.find(',');
    const std::string_view item = list.substr(0, comma);
    if (equal_unpadded(wanted, item, c.collation(), c.work())) return c.give(i);
    if (comma == std::string_view::npos || c.work().stopped()) return c.give(std::int64_t{0});
    list.remove_prefix(comma + 1);
  }
}

void elt(Call& c) {
  const std::int64_t n = c.null(0) ? 0 : c.integer(0);
  if (n < 1 || count_of(n) >= c.size()) return c.give_null();
  c.give_argument(count_of(n));
}

void first_byte(Call& c) {
  const std::string_view text = c.text(0);
  c.give(text.empty() ? std::int64_t{0} : std::int64_t{static_cast<unsigned char>(text[0])});
}

void ord(Call& c) {
  std::string_view text = c.text(0);
  const std::string_view whole = text;
  if (!text.empty()) skip_one(c, text);
  std::int64_t code = 0;
  for (const char byte : whole.substr(0, whole.size() - text.size()))
    code = code * 256 + static_cast<unsigned char>(byte);
  c.give(code);
}

void insert(Call& c) {
  const std::string_view text = c.text(0);
  const std::int64_t at = c.integer(1);
  const std::size_t total = count_of_characters(c, 0);
  if (at < 1 || count_of(at) > total) return c.give(text);
  const std::size_t begin = offset_of(c, text, count_of(at - 1));
  const std::int64_t count = c.integer(2);
  const std::size_t removed_count = count < 0 ? total : count_of(count);
  const std::string_view rest = text.substr(begin);
  Output out(c);
  if (out.add(text.substr(0, begin)) && out.add(c.text(3)))
    out.add(rest.substr(offset_of(c, rest, removed_count)));
  c.give(std::move(out));
}

void quote(Call& c) {
  if (c.null(0)) return c.give("NULL");
  Output out(c);
  out.add('\'');
  for (const char byte : c.text(0)) {
    if ((byte == '\'' || byte == '\\') && !out.add('\\')) break;
    if (!(byte == '\0' ? out.add("\\0") : (byte == '\x1a' ? out.add("\\Z") : out.add(byte)))) break;
  }
  out.add('\'');
  c.give(std::move(out));
}

void char_function(Call& c) {
  std::string out;
  for (std::size_t i = 0; i < c.size(); ++i) {
    if (c.null(i)) continue;
    const auto value = static_cast<std::uint32_t>(c.integer(i));
    bool started = false;
    for (unsigned shift = 32; shift > 0; shift -= 8) {
      const auto byte = static_cast<char>((value >> (shift - 8)) & 0xFFU);
      started = started || byte != 0 || shift == 8;
      if (started) out.push_back(byte);
    }
  }
  c.give(out);
}

/// In lines of 76 characters.
void to_base64(Call& c) {
  constexpr std::size_t kLine = 76;
  const std::string_view text = c.text(0);
  const std::size_t digits = (text.size() + 2) / 3 * 4;
  if (!c.fits(digits + digits / kLine)) return;
  const std::string whole = crypto::to_base64(as_bytes(text));
  std::string lines;
  lines.reserve(digits + digits / kLine);
  for (std::size_t at = 0; at < whole.size(); at += kLine) {
    if (at > 0) lines += '\n';
    lines.append(whole, at, kLine);
  }
  c.give(lines);
}

/// 0 to 63; nothing for a character that is no digit.
std::optional<std::uint32_t> base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<std::uint32_t>(c - 'A');
  if (c >= 'a' && c <= 'z') return static_cast<std::uint32_t>(c - 'a' + 26);
  if (c >= '0' && c <= '9') return static_cast<std::uint32_t>(c - '0' + 52);
  if (c == '+') return 62;
  return c == '/' ? std::optional<std::uint32_t>(63) : std::nullopt;
}

/// White space is skipped wherever it stands. NULL for what is no base64.
void from_base64(Call& c) {
  const std::string_view text = c.text(0);
  if (!c.fits(text.size() / 4 * 3)) return;
  std::string out;
  std::uint32_t bits = 0;
  std::size_t digits = 0;
  std::size_t padding = 0;
  for (const char byte : text) {
    if (byte == ' ' || (byte >= '\t' && byte <= '\r')) continue;
    const auto digit = base64_digit(byte);
    if (byte == '=' ? digits % 4 < 2 : (!digit || padding > 0)) return c.give_null();
    padding += digit ? 0 : 1;
    bits = bits << 6U | digit.value_or(0);
    if (++digits % 4 != 0) continue;
    for (unsigned shift = 24; shift > 8 * padding; shift -= 8)
      out += static_cast<char>(bits >> (shift - 8) & 0xFFU);
    bits = 0;
  }
  digits % 4 == 0 && padding < 3 ? c.give(out) : c.give_null();
}

/// The texts whose bits are set, with commas between. One that is NULL is left out.
void make_set(Call& c) {
  if (c.null(0)) return c.give_null();
  const auto bits = static_cast<std::uint64_t>(c.integer(0));
  Output out(c);
  bool first = true;
  for (std::size_t i = 1; i < c.size() && i <= 64; ++i) {
    if ((bits >> (i - 1) & 1U) == 0 || c.null(i)) continue;
    if (!first && !out.add(',')) break;
    first = false;
    if (!out.add(c.text(i))) break;
  }
  c.give(std::move(out));
}

/// EXPORT_SET(bits, on, off[, separator[, count]]): a text for each bit, the lowest first.
void export_set(Call& c) {
  constexpr std::int64_t kBits = 64;
  const auto bits = static_cast<std::uint64_t>(c.integer(0));
  const std::string_view separator = c.size() > 3 ? c.text(3) : std::string_view(",");
  const std::int64_t wanted = c.size() > 4 ? c.integer(4) : kBits;
  const std::int64_t count = wanted < 0 || wanted > kBits ? kBits : wanted;
  Output out(c);
  for (std::int64_t i = 0; i < count; ++i) {
    if (i > 0 && !out.add(separator)) break;
    if (!out.add(c.text((bits >> static_cast<unsigned>(i) & 1U) != 0 ? 1 : 2))) break;
  }
  c.give(std::move(out));
}

/// MySQL's SOUNDEX, which doesn't stop at four characters. Letters beyond ASCII count as vowels do.
void soundex(Call& c) {
  constexpr std::string_view kCodes = "01230120022455012623010202";  // of A to Z
  Output out(c);
  std::size_t given = 0;
  char last = '0';
  std::string_view text = c.text(0);
  walk_through(text, c.work(), [&](std::string_view& rest) {
    const std::string_view before = rest;
    next_character(rest);
    const char upper = static_cast<char>(before[0] & ~0x20);
    const bool ascii = upper >= 'A' && upper <= 'Z';
    if (!ascii && static_cast<unsigned char>(before[0]) < 0xC3U) return true;  // no letter
    const char code = ascii ? kCodes[static_cast<std::size_t>(upper - 'A')] : '0';
    if (given == 0) {
      out.add(ascii ? std::string_view(&upper, 1) : before.substr(0, before.size() - rest.size()));
    } else if (code == '0' || code == last) {
      return true;
    } else {
      out.add(code);
    }
    ++given;
    last = code;
    return !c.work().stopped();
  });
  for (; given > 0 && given < 4; ++given) out.add('0');
  c.give(std::move(out));
}

using enum ArgKind;

constexpr std::uint32_t kMd5Length = 32, kSha1Length = 40, kSha512Length = 128;

const FunctionRow kFunctions[] = {
    ordinary("concat", {1, kMany}, {text}, {Rule::text_sum}, concat),
    ordinary("concat_ws", {2, kMany}, {text}, {Rule::text_sum}, concat_ws,
             {.sees_null = true, .may_be_null = true}),
    ordinary("length", {1, 1}, {text}, {Rule::integer, 10},
             [](Call& c) { c.give(static_cast<std::int64_t>(c.text(0).size())); }),
    ordinary("octet_length", {1, 1}, {text}, {Rule::integer, 10},
             [](Call& c) { c.give(static_cast<std::int64_t>(c.text(0).size())); }),
    ordinary("bit_length", {1, 1}, {text}, {Rule::integer, 11},
             [](Call& c) { c.give(static_cast<std::int64_t>(c.text(0).size()) * 8); }),
    ordinary("char_length", {1, 1}, {text}, {Rule::integer, 10},
             [](Call& c) { c.give(static_cast<std::int64_t>(count_of_characters(c, 0))); },
             {.collates = true}),
    ordinary("character_length", {1, 1}, {text}, {Rule::integer, 10},
             [](Call& c) { c.give(static_cast<std::int64_t>(count_of_characters(c, 0))); },
             {.collates = true}),
    ordinary("upper", {1, 1}, {text}, {Rule::text}, upper_case, {.collates = true}),
    ordinary("ucase", {1, 1}, {text}, {Rule::text}, upper_case, {.collates = true}),
    ordinary("lower", {1, 1}, {text}, {Rule::text}, lower_case, {.collates = true}),
    ordinary("lcase", {1, 1}, {text}, {Rule::text}, lower_case, {.collates = true}),
    ordinary("left", {2, 2}, {text, count}, {Rule::text},
             [](Call& c) { c.give(characters(c, c.text(0), 0, count_of(c.integer(1)))); },
             {.collates = true}),
    ordinary("right", {2, 2}, {text, count}, {Rule::text}, right, {.collates = true}),
    ordinary("substring", {2, 3}, {text, count}, {Rule::text}, substring, {.collates = true}),
    ordinary("substr", {2, 3}, {text, count}, {Rule::text}, substring, {.collates = true}),
    ordinary("mid", {3, 3}, {text, count}, {Rule::text}, substring, {.collates = true}),
    ordinary("substring_index", {3, 3}, {text, text, count}, {Rule::text}, substring_index),
    ordinary("trim", {1, 2}, {text}, {Rule::text}, [](Call& c) { trim(c, true, true); }),
    ordinary("ltrim", {1, 2}, {text}, {Rule::text}, [](Call& c) { trim(c, true, false); }),
    ordinary("rtrim", {1, 2}, {text}, {Rule::text}, [](Call& c) { trim(c, false, true); }),
    ordinary("replace", {3, 3}, {text}, {Rule::replaced}, replace, {.sees_null = true, .may_be_null = true}),
    ordinary("instr", {2, 2}, {text}, {Rule::integer, 11},
             [](Call& c) { c.give(position(c, c.text(0), c.text(1), 1)); }, {.collates = true}),
    ordinary("locate", {2, 3}, {text, text, count}, {Rule::integer, 11},
             [](Call& c) {
               const bool beyond = c.size() > 2 && c.integer(2) > static_cast<std::int64_t>(c.text(1).size());
               c.give(beyond ? 0 : position(c, c.text(1), c.text(0), c.size() > 2 ? c.integer(2) : 1));
             },
             {.collates = true}),
    ordinary("position", {2, 2}, {text, text}, {Rule::integer, 11},
             [](Call& c) { c.give(position(c, c.text(1), c.text(0), 1)); }, {.collates = true}),
    ordinary("lpad", {3, 3}, {text, count, text}, {Rule::counted, 1}, [](Call& c) { pad(c, true); },
             {.may_be_null = true, .collates = true}),
    ordinary("rpad", {3, 3}, {text, count, text}, {Rule::counted, 1}, [](Call& c) { pad(c, false); },
             {.may_be_null = true, .collates = true}),
    ordinary("repeat", {2, 2}, {text, count}, {Rule::repeated}, repeat, {.may_be_null = true}),
    ordinary("space", {1, 1}, {count}, {Rule::counted, 0},
             [](Call& c) {
               if (c.fits(count_of(c.integer(0)))) c.give(std::string(count_of(c.integer(0)), ' '));
             },
             {.may_be_null = true}),
    ordinary("reverse", {1, 1}, {text}, {Rule::text}, reverse, {.collates = true}),
    ordinary("hex", {1, 1}, {integer_or_text}, {Rule::hex_digits}, hex),
    ordinary("to_base64", {1, 1}, {text}, {Rule::base64_digits}, to_base64, {.may_be_null = true}),
    ordinary("from_base64", {1, 1}, {text}, {Rule::binary}, from_base64, {.may_be_null = true}),
    ordinary("make_set", {2, kMany}, {unsigned_integer, text}, {Rule::listed}, make_set,
             {.sees_null = true, .may_be_null = true}),
    ordinary("export_set", {3, 5}, {unsigned_integer, text}, {Rule::exported}, export_set,
             {.may_be_null = true}),
    ordinary("soundex", {1, 1}, {text}, {Rule::text}, soundex),
    ordinary("unhex", {1, 1}, {text}, {Rule::binary}, unhex, {.may_be_null = true}),
    ordinary("md5", {1, 1}, {text}, {Rule::text, kMd5Length},
             [](Call& c) { c.give(digest(c, crypto::Algorithm::md5)); }),
    ordinary("sha1", {1, 1}, {text}, {Rule::text, kSha1Length},
             [](Call& c) { c.give(digest(c, crypto::Algorithm::sha1)); }),
    ordinary("sha", {1, 1}, {text}, {Rule::text, kSha1Length},
             [](Call& c) { c.give(digest(c, crypto::Algorithm::sha1)); }),
    ordinary("sha2", {2, 2}, {text, integer}, {Rule::text, kSha512Length}, sha2, {.may_be_null = true}),
    ordinary("strcmp", {2, 2}, {text}, {Rule::integer, 2}, strcmp, {.collates = true}),
    ordinary("find_in_set", {2, 2}, {text}, {Rule::integer, 3}, find_in_set, {.collates = true}),
    ordinary("elt", {2, kMany}, {count, text}, {Rule::text_sum}, elt,
             {.sees_null = true, .may_be_null = true}),
    ordinary("ascii", {1, 1}, {text}, {Rule::integer, 3}, first_byte),
    ordinary("ord", {1, 1}, {text}, {Rule::integer, 21}, ord, {.collates = true}),
    ordinary("insert", {4, 4}, {text, count, count, text}, {Rule::inserted}, insert, {.collates = true}),
    ordinary("quote", {1, 1}, {text}, {Rule::quoted}, quote, {.sees_null = true}),
    ordinary("char", {1, kMany}, {integer}, {Rule::binary}, char_function, {.sees_null = true}),
};

}  // namespace

FunctionFamily text_functions() {
  return kFunctions;
}

}  // namespace breakwater::catalog
