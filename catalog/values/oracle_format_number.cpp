// Oracle's number format models.
#include <algorithm>
#include <optional>

#include "base/text.h"
#include "catalog/values/decimal.h"
#include "catalog/values/oracle_format.h"

namespace breakwater::catalog::oracle {

namespace {

struct NumberModel {
  std::string whole;  ///< 9, 0 and commas
  std::size_t scale = 0;
  bool point = false;
  bool dollar = false;
  bool fill = true;
  bool sign_first = false;
  bool sign_last = false;
  bool minus_last = false;
  bool brackets = false;
};

Result<NumberModel> read_model(std::string_view text) {
  if (text.size() > kMaxFormat) return fail(error::number_format_invalid());
  NumberModel model;
  std::string upper = ascii_upper(text);
  std::string_view rest = upper;
  const auto take = [&](std::string_view word, bool& flag, bool at_end) {
    if (at_end ? !rest.ends_with(word) : !rest.starts_with(word)) return;
    flag = true;
    at_end ? rest.remove_suffix(word.size()) : rest.remove_prefix(word.size());
  };
  bool compact = false;
  take("FM", compact, false);
  model.fill = !compact;
  take("S", model.sign_first, false);
  take("MI", model.minus_last, true);
  take("PR", model.brackets, true);
  take("S", model.sign_last, true);
  for (const char c : rest) {
    if (c == '$' && !model.dollar) {
      model.dollar = true;
    } else if ((c == '.' || c == 'D') && !model.point) {
      model.point = true;
    } else if (model.point && (c == '9' || c == '0')) {
      ++model.scale;
    } else if (!model.point && (c == '9' || c == '0' || c == ',' || c == 'G')) {
      model.whole += c == 'G' ? ',' : c;
    } else {
      return fail(error::number_format_invalid());
    }
  }
  if (model.whole.empty() && model.scale == 0) return fail(error::number_format_invalid());
  return model;
}

/// Lays the digits before the point over the model, from the right, with blanks where there are no digits.
/// Nullopt if there are too many.
std::optional<std::string> laid_over(std::string_view digits, const NumberModel& model) {
  std::string out;
  std::size_t left = digits.size();
  const std::size_t first_zero = std::min(model.whole.find('0'), model.whole.size());
  for (std::size_t at = model.whole.size(); at-- > 0;) {
    const bool shown = left > 0 || at >= first_zero;
    if (model.whole[at] == ',') {
      out += shown ? "," : " ";
    } else if (left > 0) {
      out += digits[--left];
    } else {
      out += shown ? "0" : " ";
    }
  }
  if (left > 0) return std::nullopt;
  std::ranges::reverse(out);
  return out;
}

}  // namespace

Result<std::string> format_number(std::string_view decimal, std::string_view text) {
  BW_TRY(const NumberModel model, read_model(text));
  std::string value = decimal::round(decimal, static_cast<std::int32_t>(model.scale));
  const bool negative = value.starts_with('-') && !decimal::is_zero(value);
  if (value.starts_with('-')) value.erase(0, 1);
  const std::size_t point = std::min(value.find('.'), value.size());
  std::string_view whole = std::string_view(value).substr(0, point);
  // A single zero before the point is shown only if the model has no fraction or has a 0 there.
  if (whole == "0" && model.scale > 0) whole = {};
  const auto laid = laid_over(whole, model);
  const std::size_t width = model.whole.size() + (model.point ? 1 + model.scale : 0) + 1;
  if (!laid) return std::string(width + (model.dollar ? 1 : 0), '#');
  const std::size_t blanks = std::min(laid->find_first_not_of(' '), laid->size());
  std::string digits = laid->substr(blanks);
  if (model.point) digits += ".";
  if (model.scale > 0) digits += value.substr(point + 1);
  std::string front = model.dollar ? "$" : "";
  std::string back;
  if (model.brackets) {
    front.insert(0, negative ? "<" : " ");
    back = negative ? ">" : " ";
  } else if (model.minus_last || model.sign_last) {
    back = negative ? "-" : (model.sign_last ? "+" : " ");
  } else {
    front.insert(0, negative ? "-" : (model.sign_first ? "+" : " "));
  }
  std::string out = std::string(blanks, ' ') + front + digits + back;
  if (model.fill) return out;
  // FM: no blanks, and no zeros at the end for which the model has a 9.
  std::erase(out, ' ');
  const std::size_t kept = text.rfind('0');
  const bool zeros =
      kept != std::string_view::npos && kept > std::min(text.find_first_of(".dD"), text.size());
  if (model.scale > 0 && !zeros && back.empty()) out.erase(out.find_last_not_of('0') + 1);
  return out;
}

Result<std::string> parse_number(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  const std::string_view inner =
      first == std::string_view::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
  std::size_t at = inner.starts_with('-') || inner.starts_with('+') ? 1 : 0;
  std::size_t digits = 0;
  const auto skip_digits = [&] {
    for (; at < inner.size() && inner[at] >= '0' && inner[at] <= '9'; ++at) ++digits;
  };
  skip_digits();
  if (at < inner.size() && inner[at] == '.') ++at;
  skip_digits();
  if (digits > 0 && at < inner.size() && ascii_lower(inner[at]) == 'e') {
    ++at;
    if (at < inner.size() && (inner[at] == '-' || inner[at] == '+')) ++at;
    digits = 0;
    skip_digits();
  }
  const auto value = digits > 0 && at == inner.size() ? decimal::parse(inner) : std::nullopt;
  if (!value) return fail(error::number_invalid());
  return *value;
}

Result<std::string> parse_number(std::string_view text, std::string_view model) {
  BW_TRY(const NumberModel shape, read_model(model));
  std::string plain(text);
  if (shape.dollar) std::erase(plain, '$');
  if (shape.whole.contains(',')) std::erase(plain, ',');
  const bool last = !plain.empty() && (plain.back() == '-' || plain.back() == '+');
  if ((shape.minus_last || shape.sign_last) && last) {
    plain.insert(plain.begin(), plain.back());
    plain.pop_back();
  }
  if (shape.brackets && plain.starts_with('<') && plain.ends_with('>'))
    plain = "-" + plain.substr(1, plain.size() - 2);
  return parse_number(plain);
}

std::string shown_number(std::string_view decimal) {
  std::string out(decimal);
  if (out.contains('.')) {
    out.erase(out.find_last_not_of('0') + 1);
    if (out.ends_with('.')) out.pop_back();
  }
  const std::size_t sign = out.starts_with('-') ? 1 : 0;
  if (out.substr(sign).starts_with("0.")) out.erase(sign, 1);
  return out == "-0" ? "0" : out;
}

}  // namespace breakwater::catalog::oracle
