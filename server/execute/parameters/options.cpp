#include "server/execute/parameters/options.h"

#include <limits>

#include "base/text.h"

namespace breakwater::server::execute {
namespace {

template <class T>
Result<T> number(const ast::Option& option, std::string_view text) {
  const auto value = whole_number<T>(text);
  if (!value || *value < 0) return fail(error::invalid_argument(ascii_lower(option.name)));
  return *value;
}

}  // namespace

std::string first_value(const ast::Option& option) {
  return option.values.empty() ? "" : option.values.front();
}

std::string joined_values(const ast::Option& option, char separator) {
  std::string text;
  for (const std::string& value : option.values) {
    if (!text.empty()) text += separator;
    text += value;
  }
  return text;
}

std::optional<std::int64_t> parse_capacity(std::string_view text) {
  constexpr std::string_view kUnits = "KMGTP";
  if (!text.empty() && ascii_upper(text.back()) == 'B') text.remove_suffix(1);
  std::int64_t factor = 1;
  if (const std::size_t unit = text.empty() ? std::string_view::npos : kUnits.find(ascii_upper(text.back()));
      unit != std::string_view::npos) {
    factor <<= 10 * (unit + 1);
    text.remove_suffix(1);
  }
  const auto count = whole_number<std::int64_t>(text);
  if (!count || *count < 0 || *count > std::numeric_limits<std::int64_t>::max() / factor) return std::nullopt;
  return *count * factor;
}

Result<std::int64_t> capacity_value(const ast::Option& option) {
  const auto bytes = parse_capacity(first_value(option));
  if (!bytes) return fail(error::invalid_argument(ascii_lower(option.name)));
  return *bytes;
}

Result<std::int64_t> integer_value(const ast::Option& option) {
  return number<std::int64_t>(option, first_value(option));
}

Result<double> real_value(const ast::Option& option) {
  return number<double>(option, first_value(option));
}

}  // namespace breakwater::server::execute
