// What the SQL of an Oracle tenant is rendered to. Arguments have the forms that Call names (call.h); an empty text
// is NULL there, and comes out as NULL.
#include <algorithm>
#include <cmath>
#include <vector>

#include "base/text.h"
#include "catalog/functions/call.h"
#include "catalog/values/collation.h"
#include "catalog/values/decimal.h"
#include "catalog/values/number.h"
#include "catalog/values/oracle_format.h"
#include "catalog/values/search.h"
#include "catalog/values/temporal.h"

namespace breakwater::catalog {

namespace {

template <class T>
void give_or_fail(Call& c, Result<T> value) {
  if (!value) return c.fail(std::move(value).error());
  c.give(*value);
}

void give_text(Call& c, std::string_view text) {
  text.empty() ? c.give_null() : c.give(text);
}

std::int32_t zone_offset(const QueryContext& context) {
  const std::int64_t offset = context.time_zone.to_local(context.now) - context.now;
  return static_cast<std::int32_t>(offset / temporal::kSecond);
}

/// (wall clock, model)
void date_text(Call& c) {
  const auto text = oracle::format_date(c.integer(0), c.text(1), zone_offset(c.context()));
  if (!text) return c.fail(text.error());
  give_text(c, *text);
}

void number_text(Call& c) {
  give_or_fail(c, oracle::format_number(c.text(0), c.text(1)));
}

void shown_number(Call& c) {
  c.give(oracle::shown_number(c.is_real(0) ? number::text_of(c.real(0)) : std::string(c.text(0))));
}

void date_of(Call& c) {
  const std::int64_t now = c.context().time_zone.to_local(c.context().now);
  give_or_fail(c, oracle::parse_date(c.text(0), c.text(1), now));
}

void number_of(Call& c) {
  give_or_fail(c,
               c.size() == 1 ? oracle::parse_number(c.text(0)) : oracle::parse_number(c.text(0), c.text(1)));
}

void divide(Call& c) {
  if (decimal::is_zero(c.text(1))) return c.fail(error::divisor_is_zero());
  const auto quotient = decimal::quotient(c.text(0), c.text(1));
  if (!quotient) return c.fail(error::data_out_of_range("NUMBER", "/"));
  c.give(*quotient);
}

/// A moment and a number of days, which may have a fraction. The seconds are whole.
void add_days(Call& c) {
  const double seconds = number::real_of(c.text(1)) * 86400;
  constexpr double kMost = 4e11;  // beyond any date
  if (std::abs(seconds) > kMost) return c.fail(error::data_out_of_range("DATE", "+"));
  const std::int64_t moment = c.integer(0) + std::llround(seconds) * temporal::kSecond;
  const std::int64_t year = temporal::to_civil(moment).year;
  if (year < 1 || year > 9999) return c.fail(error::data_out_of_range("DATE", "+"));
  c.give(moment);
}

void days_between(Call& c) {
  constexpr std::string_view kMicrosOfDay = "86400000000";
  c.give(*decimal::quotient(std::to_string(c.integer(0) - c.integer(1)), kMicrosOfDay));
}

/// Positions are characters, from 1; negative ones count from the end.
std::int64_t characters(Call& c, std::string_view text) {
  return static_cast<std::int64_t>(character_count(text, c.work()));
}

std::string reversed(std::string_view text) {
  return {text.rbegin(), text.rend()};
}

/// Where the n-th place of `part` begins, of those at or behind `from`; hits may overlap.
std::size_t nth_place(Call& c, std::string_view text, std::string_view part, std::size_t from,
                      std::int64_t n) {
  Search search(text, part, from, c.work());
  std::size_t at = search.next();
  while (at != Search::kNone && --n > 0) at = search.next();
  return at;
}

/// The same from the right, of those that begin at or before `from`: from the left of what is turned round.
std::size_t nth_place_back(Call& c, std::string_view text, std::string_view part, std::size_t from,
                           std::int64_t n) {
  const std::size_t end = std::min(text.size(), from + part.size());
  const std::size_t at = nth_place(c, reversed(text.substr(0, end)), reversed(part), 0, n);
  return at == Search::kNone ? at : end - at - part.size();
}

/// INSTR(text, part, position, occurrence)
void instr(Call& c) {
  const std::string_view text = c.text(0);
  const std::string_view part = c.text(1);
  const std::int64_t position = c.integer(2);
  const std::int64_t wanted = c.integer(3);
  if (wanted < 1) return c.fail(error::invalid_argument("INSTR"));
  if (position == 0 || part.empty()) return c.give(std::int64_t{0});
  const bool backward = position < 0;
  const std::int64_t count = characters(c, text);
  const std::int64_t first = backward ? count + position : position - 1;
  if (first < 0 || first > count) return c.give(std::int64_t{0});
  const std::size_t from = character_offset(text, static_cast<std::size_t>(first), c.work());
  const std::size_t at =
      backward ? nth_place_back(c, text, part, from, wanted) : nth_place(c, text, part, from, wanted);
  c.give(at == Search::kNone ? 0 : characters(c, text.substr(0, at)) + 1);
}

/// SUBSTR(text, position[, length]): position 0 is 1.
void substr(Call& c) {
  const std::string_view text = c.text(0);
  const std::int64_t count = characters(c, text);
  const std::int64_t position = c.integer(1);
  const std::int64_t first = position < 0 ? count + position : std::max<std::int64_t>(position - 1, 0);
  const std::int64_t length = c.size() > 2 ? c.integer(2) : count;
  if (first < 0 || first >= count || length < 1) return c.give_null();
  const std::string_view rest =
      text.substr(character_offset(text, static_cast<std::size_t>(first), c.work()));
  const auto wanted = static_cast<std::size_t>(std::min(length, count));
  give_text(c, rest.substr(0, character_offset(rest, wanted, c.work())));
}

/// The characters of a text; a byte that isn't UTF-8 is one of its own.
class CharacterSet {
 public:
  CharacterSet(std::string_view text, Work& work) : holds_(kBytesAlone + 256) {
    walk_through(text, work, [this](std::string_view& rest) {
      holds_[next(rest)] = true;
      return true;
    });
  }
  /// Whether it holds the character at the front of `rest`, which is taken off.
  bool takes(std::string_view& rest) const { return holds_[next(rest)]; }

 private:
  static constexpr std::size_t kBytesAlone = 0x200000;  ///< behind all that four bytes can say
  static std::size_t next(std::string_view& rest) {
    const std::size_t before = rest.size();
    const std::uint32_t character = next_character(rest);
    return before - rest.size() == 1 && character > 0x7F ? kBytesAlone + character : character;
  }
  std::vector<bool> holds_;
};

std::string_view trimmed_left(Call& c, std::string_view text, const CharacterSet& set) {
  walk_through(text, c.work(), [&](std::string_view& rest) {
    std::string_view after = rest;
    if (!set.takes(after)) return false;
    rest = after;
    return true;
  });
  return text;
}

std::string_view trimmed_right(Call& c, std::string_view text, const CharacterSet& set) {
  while (!text.empty() && c.work().walk(1)) {
    std::size_t start = text.size() - 1;
    while (start > 0 && text.size() - start < 4 && (static_cast<unsigned char>(text[start]) & 0xC0U) == 0x80U)
      --start;
    std::string_view last = text.substr(start);
    if (!set.takes(last) || !last.empty()) break;
    text = text.substr(0, start);
  }
  return text;
}

void trim(Call& c, bool left) {
  const std::string_view text = c.text(0);
  if (c.text(1) == " ") {
    const std::size_t kept = left ? text.find_first_not_of(' ') : text.find_last_not_of(' ') + 1;
    return give_text(c, left ? text.substr(std::min(kept, text.size())) : text.substr(0, kept));
  }
  const CharacterSet set(c.text(1), c.work());
  give_text(c, left ? trimmed_left(c, text, set) : trimmed_right(c, text, set));
}

void initcap(Call& c) {
  if (!c.fits(c.text(0).size())) return;
  std::string out = ascii_lower(c.text(0));
  bool inside = false;
  for (char& byte : out) {
    if (!inside) byte = ascii_upper(byte);
    const bool letter = (byte >= '0' && byte <= '9') || ascii_lower(byte) != ascii_upper(byte);
    inside = letter || (static_cast<unsigned char>(byte) & 0x80U) != 0;
  }
  give_text(c, out);
}

constexpr Rule kAny = Rule::integer;  // the binder knows the type
const FunctionRow kOracle[] = {
    rendered_to("oracle_date_text", {2, 2}, date_text),
    rendered_to("oracle_number_text", {2, 2}, number_text),
    rendered_to("oracle_number", {1, 1}, shown_number),
    rendered_to("oracle_date_of", {2, 2}, date_of),
    rendered_to("oracle_number_of", {1, 2}, number_of),
    rendered_to("oracle_divide", {2, 2}, divide),
    rendered_to("oracle_truncate", {2, 2},
                [](Call& c) {
                  c.give(decimal::truncate(c.text(0), static_cast<std::int32_t>(std::clamp<std::int64_t>(
                                                          c.integer(1), -100, 100))));
                }),
    rendered_to("oracle_add_days", {2, 2}, add_days),
    rendered_to("oracle_days_between", {2, 2}, days_between),
    rendered_to("oracle_add_months", {2, 2},
                [](Call& c) { c.give(oracle::add_months(c.integer(0), c.integer(1))); }),
    rendered_to("oracle_months_between", {2, 2},
                [](Call& c) { c.give(oracle::months_between(c.integer(0), c.integer(1))); }),
    rendered_to("oracle_truncate_date", {2, 2},
                [](Call& c) { give_or_fail(c, oracle::truncate_date(c.integer(0), c.text(1))); }),
    rendered_to("oracle_instr", {4, 4}, instr),
    rendered_to("oracle_substr", {2, 3}, substr),
    rendered_to("oracle_ltrim", {2, 2}, [](Call& c) { trim(c, true); }),
    rendered_to("oracle_rtrim", {2, 2}, [](Call& c) { trim(c, false); }),
    rendered_to("oracle_initcap", {1, 1}, initcap),
};

}  // namespace

FunctionFamily oracle_functions() {
  return kOracle;
}

}  // namespace breakwater::catalog
