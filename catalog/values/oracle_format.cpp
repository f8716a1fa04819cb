#include "catalog/values/oracle_format.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/text.h"
#include "catalog/values/temporal.h"

namespace breakwater::catalog::oracle {

namespace {

using temporal::Civil;

enum class Element : std::uint8_t {
  text,  ///< punctuation, and text in double quotes
  sign_year,
  year4,
  year3,
  year2,
  year1,
  rounded_year4,
  rounded_year2,
  iso_year,
  century,
  month,
  month_short,
  month_name,
  quarter,
  day,
  day_of_year,
  day_of_week,
  day_short,
  day_name,
  julian,
  week,
  iso_week,
  week_of_month,
  hour12,
  hour24,
  minute,
  second,
  second_of_day,
  fraction,
  meridian,
  meridian_dotted,
  zone_hour,
  zone_minute,
  zone,
  radix,
  fill_mode,
};

struct Word {
  std::string_view text;
  Element element;
};
// Of two words that begin alike the longer one comes first.
constexpr Word kWords[] = {
    {"SYYYY", Element::sign_year},
    {"SSSSS", Element::second_of_day},
    {"YYYY", Element::year4},
    {"YYY", Element::year3},
    {"YY", Element::year2},
    {"Y", Element::year1},
    {"RRRR", Element::rounded_year4},
    {"RR", Element::rounded_year2},
    {"IYYY", Element::iso_year},
    {"IW", Element::iso_week},
    {"CC", Element::century},
    {"MONTH", Element::month_name},
    {"MON", Element::month_short},
    {"MM", Element::month},
    {"MI", Element::minute},
    {"DAY", Element::day_name},
    {"DDD", Element::day_of_year},
    {"DD", Element::day},
    {"DY", Element::day_short},
    {"D", Element::day_of_week},
    {"Q", Element::quarter},
    {"J", Element::julian},
    {"WW", Element::week},
    {"W", Element::week_of_month},
    {"HH24", Element::hour24},
    {"HH12", Element::hour12},
    {"HH", Element::hour12},
    {"SS", Element::second},
    {"FF", Element::fraction},
    {"FM", Element::fill_mode},
    {"A.M.", Element::meridian_dotted},
    {"P.M.", Element::meridian_dotted},
    {"AM", Element::meridian},
    {"PM", Element::meridian},
    {"TZH", Element::zone_hour},
    {"TZM", Element::zone_minute},
    {"TZR", Element::zone},
    {"X", Element::radix},
};

struct Part {
  Element element = Element::text;
  std::string_view text;  ///< as in the model; for Element::text, the text to show
  unsigned digits = 6;    ///< of a fraction
};

/// Splits a model into its parts, from the front.
class Model {
 public:
  explicit Model(std::string_view model) : rest_(model) {}

  bool done() const { return rest_.empty(); }
  Result<Part> next() {
    if (rest_.front() == '"') return quoted();
    const std::string upper = ascii_upper(rest_.substr(0, kLongest));
    for (const Word& word : kWords) {
      if (upper.starts_with(word.text)) return named(word);
    }
    constexpr std::string_view kPunctuation = " -/,.;:*_";
    if (!kPunctuation.contains(rest_.front())) return fail(error::date_format_unknown());
    return Part{.element = Element::text, .text = take(1)};
  }

 private:
  static constexpr std::size_t kLongest = 5;

  std::string_view take(std::size_t count) {
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  Result<Part> quoted() {
    const std::size_t end = rest_.find('"', 1);
    if (end == std::string_view::npos) return fail(error::date_format_unknown());
    const std::string_view inner = take(end + 1);
    return Part{.element = Element::text, .text = inner.substr(1, inner.size() - 2)};
  }
  Part named(const Word& word) {
    Part part{.element = word.element, .text = take(word.text.size())};
    if (word.element == Element::fraction && !rest_.empty() && rest_.front() >= '1' && rest_.front() <= '9')
      part.digits = static_cast<unsigned>(take(1).front() - '0');
    return part;
  }

  std::string_view rest_;
};

std::string padded(std::int64_t value, std::size_t width, bool fill) {
  std::string digits = std::to_string(value < 0 ? -value : value);
  if (fill && digits.size() < width) digits.insert(0, width - digits.size(), '0');
  return value < 0 ? "-" + digits : digits;
}

/// The case of the first two letters of the element decides: MONTH gives JANUARY, Month January, month
/// january.
std::string in_case(std::string_view name, std::string_view written) {
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (!is_upper(written[0])) return ascii_lower(name);
  if (written.size() > 1 && is_upper(written[1])) return ascii_upper(name);
  return std::string(name);
}

std::string blank_padded(std::string text, std::size_t width, bool fill) {
  if (fill && text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

constexpr std::size_t kShortName = 3, kLongestName = 9;  // SEPTEMBER, WEDNESDAY
constexpr std::int64_t kJulianOfEpoch = 2440588;         // 1970-01-01
constexpr std::int64_t kMinutesOfHour = 60, kSecondsOfHour = 3600;

std::int64_t hour_of_twelve(std::int64_t hour) {
  return hour % 12 == 0 ? 12 : hour % 12;
}

std::string fraction_text(std::int64_t micro, unsigned digits) {
  std::string text = padded(micro, 6, true) + "000";
  return text.substr(0, digits);
}

std::string zone_text(std::int32_t offset, bool hours, bool minutes) {
  const std::int32_t positive = std::abs(offset);
  std::string text;
  if (hours) text += (offset < 0 ? "-" : "+") + padded(positive / kSecondsOfHour, 2, true);
  if (hours && minutes) text += ':';
  if (minutes) text += padded(positive / 60 % kMinutesOfHour, 2, true);
  return text;
}

class Writer {
 public:
  Writer(std::int64_t datetime, std::int32_t offset)
      : datetime_(datetime), civil_(temporal::to_civil(datetime)), offset_(offset) {}

  std::string write(const Part& part) {
    if (part.element == Element::fill_mode) {
      fill_ = !fill_;
      return {};
    }
    if (part.element <= Element::century) return of_year(part);
    return part.element < Element::hour12 ? of_day(part) : of_time(part);
  }

 private:
  std::string of_year(const Part& part) const {
    const std::int64_t year = civil_.year;
    switch (part.element) {
      case Element::text:
        return std::string(part.text);
      case Element::sign_year:
        return (fill_ ? " " : "") + padded(year, 4, fill_);
      case Element::year3:
        return padded(year % 1000, 3, fill_);
      case Element::year2:
      case Element::rounded_year2:
        return padded(year % 100, 2, fill_);
      case Element::year1:
        return padded(year % 10, 1, fill_);
      case Element::iso_year:
        return padded(temporal::week(datetime_, kIsoWeek).year, 4, fill_);
      case Element::century:
        return padded((year + 99) / 100, 2, fill_);
      default:
        return padded(year, 4, fill_);
    }
  }

  std::string of_day(const Part& part) const {
    const std::int64_t weekday = temporal::weekday(datetime_);
    switch (part.element) {
      case Element::month:
        return padded(civil_.month, 2, fill_);
      case Element::month_short:
        return in_case(temporal::month_name(civil_.month).substr(0, kShortName), part.text);
      case Element::month_name:
        return blank_padded(in_case(temporal::month_name(civil_.month), part.text), kLongestName, fill_);
      case Element::quarter:
        return std::to_string((civil_.month + 2) / 3);
      case Element::day_of_year:
        return padded(temporal::day_of_year(datetime_), 3, fill_);
      case Element::day_of_week:
        return std::to_string((weekday + 1) % 7 + 1);  // Sunday is 1
      case Element::day_short:
        return in_case(temporal::weekday_name(weekday).substr(0, kShortName), part.text);
      case Element::day_name:
        return blank_padded(in_case(temporal::weekday_name(weekday), part.text), kLongestName, fill_);
      case Element::julian:
        return std::to_string(temporal::days_from_civil(civil_.year, civil_.month, civil_.day) +
                              kJulianOfEpoch);
      case Element::week:
        return padded((temporal::day_of_year(datetime_) + 6) / 7, 2, fill_);
      case Element::iso_week:
        return padded(temporal::week(datetime_, kIsoWeek).week, 2, fill_);
      case Element::week_of_month:
        return std::to_string((civil_.day + 6) / 7);
      default:
        return padded(civil_.day, 2, fill_);
    }
  }

  std::string of_time(const Part& part) const {
    const bool morning = civil_.hour < 12;
    switch (part.element) {
      case Element::hour12:
        return padded(hour_of_twelve(civil_.hour), 2, fill_);
      case Element::hour24:
        return padded(civil_.hour, 2, fill_);
      case Element::minute:
        return padded(civil_.minute, 2, fill_);
      case Element::second:
        return padded(civil_.second, 2, fill_);
      case Element::second_of_day:
        return padded((civil_.hour * kMinutesOfHour + civil_.minute) * 60 + civil_.second, 5, fill_);
      case Element::fraction:
        return fraction_text(civil_.micro, part.digits);
      case Element::meridian:
        return in_case(morning ? "AM" : "PM", part.text);
      case Element::meridian_dotted:
        return in_case(morning ? "A.M." : "P.M.", part.text[0] >= 'a' ? "a" : "AM");
      case Element::zone_hour:
        return zone_text(offset_, true, false);
      case Element::zone_minute:
        return zone_text(offset_, false, true);
      case Element::zone:
        return zone_text(offset_, true, true);
      default:
        return ".";
    }
  }

  static constexpr unsigned kIsoWeek = 3;  ///< WEEK()'s mode: weeks begin on Monday, the first has four days

  std::int64_t datetime_;
  Civil civil_;
  std::int32_t offset_;
  bool fill_ = true;
};

// ---- reading ----

class DateReader {
 public:
  DateReader(std::string_view text, std::int64_t now) : text_(text), now_(temporal::to_civil(now)) {
    civil_ = {.year = now_.year, .month = now_.month, .day = 1};
  }

  Result<> read(const Part& part) {
    if (part.element == Element::text || part.element == Element::radix) return punctuation(part);
    if (part.element == Element::fill_mode) return {};
    skip_blanks();
    if (part.element <= Element::century) return year(part);
    return part.element < Element::hour12 ? day(part) : time(part);
  }

  Result<std::int64_t> finish() {
    skip_blanks();
    if (!text_.empty()) return fail(error::literal_format_mismatch());
    if (meridian_) {
      if (civil_.hour < 1 || civil_.hour > 12) return fail(error::hour_invalid());
      civil_.hour = civil_.hour % 12 + (*meridian_ == Meridian::pm ? 12 : 0);
    }
    if (civil_.month < 1 || civil_.month > 12) return fail(error::month_invalid());
    if (civil_.day < 1 || civil_.day > temporal::days_in_month(civil_.year, civil_.month))
      return fail(error::day_invalid());
    if (civil_.hour > 23) return fail(error::hour_invalid());
    const auto value = temporal::from_civil(civil_);
    if (!value) return fail(error::literal_format_mismatch());
    if (!of_year_) return *value;
    return *value + (*of_year_ - temporal::day_of_year(*value)) * temporal::kDay;
  }

 private:
  enum class Meridian : std::uint8_t { am, pm };

  void skip_blanks() {
    while (text_.starts_with(' ')) text_.remove_prefix(1);
  }

  /// Punctuation matches any other punctuation, and may be missing in the text.
  Result<> punctuation(const Part& part) {
    for (const char wanted : part.element == Element::radix ? std::string_view(".") : part.text) {
      if (text_.empty()) return {};
      const bool word =
          (text_[0] >= '0' && text_[0] <= '9') || ascii_lower(text_[0]) != ascii_upper(text_[0]);
      if (word && text_[0] != wanted) return {};
      text_.remove_prefix(1);
    }
    return {};
  }

  Result<std::int64_t> number(std::size_t most) {
    std::size_t length = 0;
    while (length < most && length < text_.size() && text_[length] >= '0' && text_[length] <= '9') ++length;
    if (length == 0) return fail(error::literal_format_mismatch());
    const std::int64_t value = *whole_number<std::int64_t>(text_.substr(0, length));
    text_.remove_prefix(length);
    read_digits_ = length;
    return value;
  }

  Result<> number_into(std::int64_t& field, std::size_t most, std::int64_t limit) {
    BW_TRY(field, number(most));
    if (field > limit) return fail(error::literal_format_mismatch());
    return {};
  }

  Result<> year(const Part& part) {
    const std::int64_t century = now_.year / 100 * 100;
    switch (part.element) {
      case Element::year4:
      case Element::sign_year:
        return number_into(civil_.year, 4, 9999);
      case Element::year3:
        BW_CHECK(number_into(civil_.year, 3, 999));
        civil_.year += now_.year / 1000 * 1000;
        return {};
      case Element::year2:
        BW_CHECK(number_into(civil_.year, 2, 99));
        civil_.year += century;
        return {};
      case Element::rounded_year4:
      case Element::rounded_year2:
        BW_CHECK(number_into(civil_.year, part.element == Element::rounded_year4 ? 4 : 2, 9999));
        if (read_digits_ <= 2) civil_.year = rounded_year(civil_.year);
        return {};
      default:
        return fail(error::date_format_unknown());
    }
  }

  /// RR: the year with these last two digits, in the century that Oracle's rule for RR gives.
  std::int64_t rounded_year(std::int64_t two_digits) const {
    const std::int64_t century = now_.year / 100 * 100;
    const bool late = now_.year % 100 >= 50;
    if (two_digits < 50) return century + two_digits + (late ? 100 : 0);
    return century + two_digits - (late ? 0 : 100);
  }

  Result<> day(const Part& part) {
    switch (part.element) {
      case Element::month:
        BW_CHECK(number_into(civil_.month, 2, 99));
        return civil_.month >= 1 && civil_.month <= 12 ? Result<>() : fail(error::month_invalid());
      case Element::month_short:
      case Element::month_name:
        return month_by_name();
      case Element::day:
        return number_into(civil_.day, 2, 99);
      case Element::day_of_year: {
        std::int64_t day = 0;
        BW_CHECK(number_into(day, 3, 366));
        of_year_ = day;
        civil_.month = civil_.day = 1;
        return {};
      }
      default:
        return fail(error::date_format_unknown());
    }
  }

  /// Reads the whole name or its first three letters, as the model says.
  Result<> month_by_name() {
    const std::string upper = ascii_upper(text_.substr(0, kLongestName));
    for (std::int64_t month = 1; month <= 12; ++month) {
      const std::string name = ascii_upper(temporal::month_name(month));
      const std::size_t length = upper.starts_with(name) ? name.size() : kShortName;
      if (!upper.starts_with(name.substr(0, length))) continue;
      civil_.month = month;
      text_.remove_prefix(length);
      return {};
    }
    return fail(error::month_invalid());
  }

  Result<> time(const Part& part) {
    switch (part.element) {
      case Element::hour12:
      case Element::hour24:
        return number_into(civil_.hour, 2, 99);
      case Element::minute:
        return number_into(civil_.minute, 2, 59);
      case Element::second:
        return number_into(civil_.second, 2, 59);
      case Element::fraction:
        return fraction();
      case Element::meridian:
      case Element::meridian_dotted:
        return meridian();
      default:
        return fail(error::date_format_unknown());
    }
  }

  Result<> fraction() {
    constexpr std::size_t kMostDigits = 9, kKept = 6;
    BW_TRY(std::int64_t value, number(kMostDigits));
    for (std::size_t digits = read_digits_; digits < kKept; ++digits) value *= 10;
    for (std::size_t digits = read_digits_; digits > kKept; --digits) value /= 10;
    civil_.micro = value;
    return {};
  }

  Result<> meridian() {
    const std::string upper = ascii_upper(text_.substr(0, 4));
    for (const std::string_view form : {"A.M.", "P.M.", "AM", "PM"}) {
      if (!upper.starts_with(form)) continue;
      meridian_ = form[0] == 'A' ? Meridian::am : Meridian::pm;
      text_.remove_prefix(form.size());
      return {};
    }
    return fail(error::literal_format_mismatch());
  }

  std::string_view text_;
  Civil now_;
  Civil civil_;
  std::size_t read_digits_ = 0;
  std::optional<Meridian> meridian_;
  std::optional<std::int64_t> of_year_;
};

}  // namespace

Result<std::string> format_date(std::int64_t datetime, std::string_view model, std::int32_t offset_seconds) {
  if (model.size() > kMaxFormat) return fail(error::date_format_unknown());
  Writer writer(datetime, offset_seconds);
  std::string out;
  for (Model parts(model); !parts.done();) {
    BW_TRY(const Part part, parts.next());
    out += writer.write(part);
  }
  return out;
}

Result<std::int64_t> parse_date(std::string_view text, std::string_view model, std::int64_t now) {
  if (model.size() > kMaxFormat) return fail(error::date_format_unknown());
  DateReader reader(text, now);
  for (Model parts(model); !parts.done();) {
    BW_TRY(const Part part, parts.next());
    BW_CHECK(reader.read(part));
  }
  return reader.finish();
}

// ---- calendar ----

Result<std::int64_t> truncate_date(std::int64_t datetime, std::string_view model) {
  Civil civil = temporal::to_civil(datetime);
  civil.micro = civil.second = 0;
  const std::string unit = ascii_upper(model);
  const auto is = [&](std::initializer_list<std::string_view> names) {
    return std::ranges::find(names, std::string_view(unit)) != names.end();
  };
  if (!is({"MI"})) civil.minute = 0;
  if (!is({"MI", "HH", "HH12", "HH24"})) civil.hour = 0;
  if (is({"CC", "SCC"})) civil.year = (civil.year - 1) / 100 * 100 + 1;
  if (is({"Q"})) civil.month = (civil.month - 1) / 3 * 3 + 1;
  const bool year = is({"CC", "SCC", "SYYYY", "YYYY", "YEAR", "SYEAR", "YYY", "YY", "Y"});
  if (year) civil.month = 1;
  const bool month = is({"Q", "MONTH", "MON", "MM", "RM"});
  if (year || month) civil.day = 1;
  const auto value = temporal::from_civil(civil);
  if (!value) return fail(error::date_format_unknown());
  if (is({"IW"})) return *value - temporal::weekday(*value) * temporal::kDay;
  if (is({"DAY", "DY", "D"})) return *value - (temporal::weekday(*value) + 1) % 7 * temporal::kDay;
  if (year || month || is({"MI", "HH", "HH12", "HH24", "DDD", "DD", "J"})) return *value;
  return fail(error::date_format_unknown());
}

std::int64_t add_months(std::int64_t datetime, std::int64_t months) {
  constexpr std::int64_t kMostMonths = 12LL * 10000;
  Civil civil = temporal::to_civil(datetime);
  const bool last = civil.day == temporal::days_in_month(civil.year, civil.month);
  const std::int64_t all = civil.year * 12 + civil.month - 1 + std::clamp(months, -kMostMonths, kMostMonths);
  civil.year = std::clamp<std::int64_t>(all / 12, 1, 9999);
  civil.month = (all % 12 + 12) % 12 + 1;
  const std::int64_t days = temporal::days_in_month(civil.year, civil.month);
  civil.day = last ? days : std::min(civil.day, days);
  return temporal::from_civil(civil).value_or(datetime);
}

double months_between(std::int64_t a, std::int64_t b) {
  constexpr double kDaysOfMonth = 31;
  const Civil x = temporal::to_civil(a);
  const Civil y = temporal::to_civil(b);
  const auto whole = static_cast<double>((x.year - y.year) * 12 + x.month - y.month);
  const bool both_last =
      x.day == temporal::days_in_month(x.year, x.month) && y.day == temporal::days_in_month(y.year, y.month);
  if (x.day == y.day || both_last) return whole;
  const auto of_month = [](const Civil& c, std::int64_t at) {
    const std::int64_t day = at - temporal::days_from_civil(c.year, c.month, 1) * temporal::kDay;
    return static_cast<double>(day) / static_cast<double>(temporal::kDay);
  };
  return whole + (of_month(x, a) - of_month(y, b)) / kDaysOfMonth;
}

}  // namespace breakwater::catalog::oracle
