#include "server/session/variables.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "base/transcoder.h"
#include "catalog/values/charsets.h"
#include "catalog/values/time_zone.h"

namespace breakwater::server::session {
namespace {

constexpr std::array kVariables = {
#define BW_VARIABLE(name, type, home, read_only, default_value, min, max, choices, text)            \
  VariableSpec{#name,   VariableType::type, VariableHome::home, read_only, default_value, min, max, \
               choices, VariableText::text},
#include "server/session/variable_table.inc"
#undef BW_VARIABLE
};
static_assert(std::ranges::is_sorted(kVariables, {}, &VariableSpec::name));

// The next part of a comma-separated list; `list` becomes the rest.
std::string_view next_choice(std::string_view& list) {
  const std::size_t comma = list.find(',');
  const std::string_view part = list.substr(0, comma);
  list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
  return part;
}

std::optional<std::size_t> choice_index(std::string_view choices, std::string_view name) {
  for (std::size_t i = 0; !choices.empty(); ++i) {
    if (iequals(next_choice(choices), name)) return i;
  }
  return std::nullopt;
}

std::optional<std::string_view> choice_at(std::string_view choices, std::int64_t index) {
  for (std::int64_t i = 0; !choices.empty(); ++i) {
    const std::string_view part = next_choice(choices);
    if (i == index) return part;
  }
  return std::nullopt;
}

std::string shown(const VariableInput& input) {
  switch (input.kind) {
    case VariableInput::Kind::null:
      return "NULL";
    case VariableInput::Kind::integer:
      return std::to_string(input.integer);
    default:
      return input.text;
  }
}

Error wrong_value(const VariableSpec& spec, const VariableInput& input) {
  return error::var_wrong_value(spec.name, shown(input));
}

Result<CheckedValue> check_boolean(const VariableSpec& spec, const VariableInput& input) {
  if (input.kind == VariableInput::Kind::real) return fail(error::var_wrong_type(spec.name));
  const bool on = input.kind == VariableInput::Kind::integer
                      ? input.integer == 1
                      : iequals(input.text, "ON") || iequals(input.text, "TRUE") || input.text == "1";
  const bool off = input.kind == VariableInput::Kind::integer
                       ? input.integer == 0
                       : iequals(input.text, "OFF") || iequals(input.text, "FALSE") || input.text == "0";
  if (input.kind == VariableInput::Kind::null || (!on && !off)) return fail(wrong_value(spec, input));
  return CheckedValue{.value = on ? "ON" : "OFF"};
}

Result<CheckedValue> check_integer(const VariableSpec& spec, const VariableInput& input) {
  if (input.kind != VariableInput::Kind::integer) return fail(error::var_wrong_type(spec.name));
  const std::int64_t value = std::clamp(input.integer, spec.min, spec.max);
  return CheckedValue{.value = std::to_string(value), .clamped = value != input.integer};
}

Result<CheckedValue> check_real(const VariableSpec& spec, const VariableInput& input) {
  if (input.kind == VariableInput::Kind::integer) return check_integer(spec, input);
  if (input.kind != VariableInput::Kind::real) return fail(error::var_wrong_type(spec.name));
  return CheckedValue{.value = input.text};
}

Result<CheckedValue> check_enumeration(const VariableSpec& spec, const VariableInput& input) {
  if (input.kind == VariableInput::Kind::real) return fail(error::var_wrong_type(spec.name));
  std::optional<std::string_view> choice;
  if (input.kind == VariableInput::Kind::integer) choice = choice_at(spec.choices, input.integer);
  if (input.kind == VariableInput::Kind::text) {
    if (const auto index = choice_index(spec.choices, input.text)) {
      choice = choice_at(spec.choices, static_cast<std::int64_t>(*index));
    }
  }
  if (!choice) return fail(wrong_value(spec, input));
  return CheckedValue{.value = std::string(*choice)};
}

std::string flags_text(std::string_view choices, std::uint64_t bits) {
  std::string text;
  for (std::size_t i = 0; !choices.empty(); ++i) {
    const std::string_view part = next_choice(choices);
    if (((bits >> i) & 1U) == 0) continue;
    if (!text.empty()) text += ',';
    text += part;
  }
  return text;
}

Result<CheckedValue> check_flags(const VariableSpec& spec, const VariableInput& input) {
  if (input.kind == VariableInput::Kind::integer) {
    const auto count = 1 + std::ranges::count(spec.choices, ',');
    if (input.integer < 0 || (input.integer >> count) != 0) return fail(wrong_value(spec, input));
    return CheckedValue{.value = flags_text(spec.choices, static_cast<std::uint64_t>(input.integer))};
  }
  if (input.kind != VariableInput::Kind::text) return fail(error::var_wrong_type(spec.name));
  std::uint64_t bits = 0;
  for (std::string_view rest = input.text; !rest.empty();) {
    const std::string_view part = next_choice(rest);
    if (part.empty()) continue;
    const auto index = choice_index(spec.choices, part);
    if (!index) return fail(error::var_wrong_value(spec.name, part));
    bits |= std::uint64_t{1} << *index;
  }
  return CheckedValue{.value = flags_text(spec.choices, bits)};
}

Result<CheckedValue> check_text(const VariableSpec& spec, const VariableInput& input) {
  if (input.kind == VariableInput::Kind::null) {
    if (spec.text == VariableText::charset_or_null) return CheckedValue{};
    return fail(wrong_value(spec, input));
  }
  if (input.kind != VariableInput::Kind::text) return fail(error::var_wrong_type(spec.name));
  switch (spec.text) {
    case VariableText::any:
      return CheckedValue{.value = input.text};
    case VariableText::charset:
    case VariableText::charset_or_null:
      if (const auto* known = catalog::find_character_set(input.text); known != nullptr && is_served(*known))
        return CheckedValue{.value = std::string(known->name)};
      return fail(error::charset_unknown(input.text));
    case VariableText::collation:
      if (const auto* known = catalog::find_collation_info(input.text))
        return CheckedValue{.value = std::string(known->name)};
      return fail(error::collation_unknown(input.text));
    case VariableText::time_zone:
      if (!catalog::parse_time_zone(input.text)) return fail(error::time_zone_unknown(input.text));
      return CheckedValue{.value = input.text};
  }
  return fail(wrong_value(spec, input));
}

}  // namespace

std::span<const VariableSpec> variable_table() {
  return kVariables;
}

std::optional<VariableIndex> find_variable(std::string_view name) {
  const std::string lower = ascii_lower(name);
  const auto* row = std::ranges::lower_bound(kVariables, std::string_view(lower), {}, &VariableSpec::name);
  if (row == kVariables.end() || row->name != lower) return std::nullopt;
  return static_cast<VariableIndex>(row - kVariables.begin());
}

Result<CheckedValue> check_variable(const VariableSpec& spec, const VariableInput& input) {
  switch (spec.type) {
    case VariableType::boolean:
      return check_boolean(spec, input);
    case VariableType::integer:
      return check_integer(spec, input);
    case VariableType::real:
      return check_real(spec, input);
    case VariableType::enumeration:
      return check_enumeration(spec, input);
    case VariableType::flags:
      return check_flags(spec, input);
    case VariableType::text:
      return check_text(spec, input);
  }
  return fail(error::var_wrong_type(spec.name));
}

std::string GlobalVariables::get(std::int64_t tenant, VariableIndex index) const {
  const std::scoped_lock lock(mutex_);
  auto found = values_.find({tenant, index});
  if (found == values_.end()) found = values_.find({kServer, index});
  return found != values_.end() ? found->second : std::string(kVariables[index].default_value);
}

void GlobalVariables::set_server(std::string_view name, std::string value) {
  if (const auto index = find_variable(name)) set(kServer, *index, std::move(value));
}

void GlobalVariables::set(std::int64_t tenant, VariableIndex index, std::string value) {
  const std::scoped_lock lock(mutex_);
  values_[{tenant, index}] = std::move(value);
  merged_.clear();
}

void GlobalVariables::load(std::int64_t tenant, std::span<const std::pair<std::string, std::string>> values) {
  for (const auto& [name, value] : values) {
    if (const auto index = find_variable(name)) set(tenant, *index, value);
  }
}

std::shared_ptr<const VariableValues> GlobalVariables::of_tenant(std::int64_t tenant) const {
  const std::scoped_lock lock(mutex_);
  auto& shared = merged_[tenant];
  if (shared != nullptr) return shared;
  std::map<VariableIndex, std::string> merged;
  for (const std::int64_t owner : {kServer, tenant}) {
    for (auto it = values_.lower_bound({owner, 0}); it != values_.end() && it->first.first == owner; ++it) {
      merged[it->first.second] = it->second;
    }
  }
  shared = std::make_shared<const VariableValues>(merged.begin(), merged.end());
  return shared;
}

std::string_view SessionVariables::get(VariableIndex index) const {
  for (const VariableValues* values : {&values_, globals_.get()}) {
    if (values == nullptr) continue;
    const auto found = std::ranges::find(*values, index, &VariableValue::first);
    if (found != values->end()) return found->second;
  }
  return kVariables[index].default_value;
}

std::string_view SessionVariables::get(std::string_view name) const {
  const auto index = find_variable(name);
  return index ? get(*index) : std::string_view();
}

void SessionVariables::set(VariableIndex index, std::string value) {
  const auto found = std::ranges::find(values_, index, &VariableValue::first);
  if (found != values_.end()) {
    found->second = std::move(value);
  } else {
    values_.emplace_back(index, std::move(value));
  }
}

bool is_served(const catalog::CharacterSet& charset) {
  return charset.name.starts_with("utf8") || charset.name == "binary" ||
         Transcoder::open(charset.name) != nullptr;
}

}  // namespace breakwater::server::session
