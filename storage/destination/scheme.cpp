#include "storage/destination/scheme.h"

#include <array>
#include <span>

namespace breakwater::storage {
namespace {

// Indexed by Scheme.
constexpr std::array kRules = {
    SchemeRules{.name = "file"},
#define BW_OBJECT_STORE(scheme, ...) SchemeRules{.name = #scheme __VA_OPT__(, ) __VA_ARGS__},
#include "storage/destination/object_stores.inc"
#undef BW_OBJECT_STORE
};

}  // namespace

const SchemeRules& rules_of(Scheme scheme) {
  return kRules.at(static_cast<std::size_t>(scheme));
}

std::string_view scheme_name(Scheme scheme) {
  return rules_of(scheme).name;
}

std::optional<Scheme> scheme_of(std::string_view uri) {
  for (std::size_t i = 0; i < kRules.size(); ++i)
    if (uri.starts_with(kRules.at(i).name) && uri.substr(kRules.at(i).name.size()).starts_with("://"))
      return static_cast<Scheme>(i);
  return std::nullopt;
}

std::string object_stores(bool SchemeRules::* rule) {
  std::string text;
  std::string last;
  for (const SchemeRules& store : std::span(kRules).subspan(1)) {
    if (rule != nullptr && !(store.*rule)) continue;
    if (!last.empty()) text.append(text.empty() ? "" : ", ").append(last);
    last = std::string(store.name) + "://";
  }
  return text.empty() ? last : text + " or " + last;
}

}  // namespace breakwater::storage
