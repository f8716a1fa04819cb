#include <optional>
#include <string>

#include <toml++/toml.h>

#include "server/settings.h"

namespace breakwater::server {
namespace {

/// A value in the form that set_setting() reads. Nullopt for a table, a date or a nested array.
std::optional<std::string> text_of(const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) return text;
  if (const auto number = node.value_exact<std::int64_t>()) return std::to_string(*number);
  if (const auto flag = node.value_exact<bool>()) return *flag ? "true" : "false";
  const toml::array* const items = node.as_array();
  if (items == nullptr) return std::nullopt;
  std::string text;
  for (const toml::node& item : *items) {
    if (!item.is_string()) return std::nullopt;
    text.append(text.empty() ? "" : ",").append(*item.value_exact<std::string>());
  }
  return text;
}

std::string place_of(const std::string& file, const toml::source_region& region) {
  return file + ":" + std::to_string(region.begin.line);
}

Result<> apply(Settings& settings, const toml::table& table, const std::string& file) {
  for (const auto& [key, node] : table) {
    const std::string place = place_of(file, node.source());
    const Setting* const setting = find_setting(key.str());
    const auto text = text_of(node);
    if (setting != nullptr && !text) {
      return fail(error::setting_value(place, key.str(), "(a table or a date)", setting->range));
    }
    BW_CHECK(set_setting(settings, key.str(), text.value_or(""), place));
  }
  return {};
}

}  // namespace

Result<> load_settings(Settings& settings, const std::string& file) {
  try {
    return apply(settings, toml::parse_file(file), file);
  } catch (const toml::parse_error& wrong) {
    return fail(
        error::setting_file(place_of(file, wrong.source()) + ": " + std::string(wrong.description())));
  }
}

}  // namespace breakwater::server
