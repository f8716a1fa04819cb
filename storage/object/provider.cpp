#include "storage/object/provider.h"

#include <array>

namespace breakwater::storage {
namespace {

// Indexed by Scheme.
constexpr std::array kProviders = {
    static_cast<const Provider*>(nullptr),  // file
#define BW_OBJECT_STORE(scheme, ...) &providers::scheme,
#include "storage/destination/object_stores.inc"
#undef BW_OBJECT_STORE
};

}  // namespace

const Provider* provider_of(Scheme scheme) {
  return kProviders.at(static_cast<std::size_t>(scheme));
}

std::optional<std::string> between(std::string_view host, std::string_view before, std::string_view after) {
  if (!host.starts_with(before) || !host.ends_with(after) || host.size() <= before.size() + after.size())
    return std::nullopt;
  return std::string(host.substr(before.size(), host.size() - before.size() - after.size()));
}

}  // namespace breakwater::storage
