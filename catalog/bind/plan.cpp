#include "catalog/bind/plan.h"

#include "base/text.h"
#include "catalog/values/decimal.h"
#include "catalog/values/number.h"
#include "catalog/values/temporal.h"

namespace breakwater::catalog {

namespace {

std::string text_of(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* d = std::get_if<double>(&value)) return number::text_of(*d);
  if (const auto* u = std::get_if<std::uint64_t>(&value)) return std::to_string(*u);
  return std::to_string(std::get<std::int64_t>(value));
}

double real_of(const Value& value) {
  if (const auto* d = std::get_if<double>(&value)) return *d;
  return number::real_of(text_of(value));
}

Value comparable(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return number::comparable(*text);
  if (const auto* d = std::get_if<double>(&value)) return number::comparable(*d);
  const auto* u = std::get_if<std::uint64_t>(&value);
  return u == nullptr ? value : number::comparable(text_of(value));
}

Value of_optional(std::optional<std::int64_t> value) {
  return value ? Value(*value) : Value{};
}

std::optional<std::int64_t> datetime_of(const Value& value) {
  if (const auto* i = std::get_if<std::int64_t>(&value)) return temporal::read_datetime(*i);
  return temporal::read_datetime_start(text_of(value)).value;
}

std::optional<std::int64_t> date_of(const Value& value) {
  const auto datetime = datetime_of(value);
  if (!datetime) return std::nullopt;
  return *datetime - ((*datetime % temporal::kDay) + temporal::kDay) % temporal::kDay;
}

/// Beyond int64 there are no rows to leave out.
std::int64_t limit_of(const Value& value) {
  const std::string text = text_of(value);
  const std::uint64_t count = number::uint64_of(text);
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(std::min(text.starts_with('-') ? 0 : count, kMost));
}

}  // namespace

Value literal_value(ast::LiteralKind kind, std::string_view text) {
  switch (kind) {
    case ast::LiteralKind::null:
      return {};
    case ast::LiteralKind::boolean:
    case ast::LiteralKind::integer:
      if (const auto value = whole_number<std::int64_t>(text)) return *value;
      if (const auto value = whole_number<std::uint64_t>(text)) return *value;
      return std::string(text);
    case ast::LiteralKind::real:
      return number::real_of(text);
    default:
      return std::string(text);
  }
}

Value converted(const Value& value, Convert convert, const TimeZone& zone) {
  if (std::holds_alternative<std::monostate>(value)) return {};
  switch (convert) {
    case Convert::as_is:
      return value;
    case Convert::comparable_number:
      return comparable(value);
    case Convert::integer:
      if (const auto* d = std::get_if<double>(&value)) return number::int64_of(*d);
      return number::int64_of(text_of(value));
    case Convert::unsigned_integer:
      return number::uint64_of(text_of(value));
    case Convert::real:
      return real_of(value);
    case Convert::decimal:
      return decimal::parse(text_of(value)).value_or("0");
    case Convert::text:
      return text_of(value);
    case Convert::datetime:
      return of_optional(datetime_of(value));
    case Convert::date:
      return of_optional(date_of(value));
    case Convert::time:
      return of_optional(temporal::read_time(text_of(value)));
    case Convert::limit:
      return limit_of(value);
    case Convert::timestamp:
      break;
  }
  const auto local = datetime_of(value);
  return local ? Value(zone.to_utc(*local)) : Value{};
}

}  // namespace breakwater::catalog
