#include "catalog/model/host_match.h"

#include <utility>

#include "base/text_parts.h"

namespace breakwater::catalog {
namespace {

// The position of the first wildcard; npos if there is none.
std::size_t first_wildcard(std::string_view host) {
  return host.empty() ? 0 : host.find_first_of("%_");
}

}  // namespace

bool host_matches(std::string_view pattern, const ClientHost& client) {
  if (pattern.empty()) return true;
  if (client.local && wildcard_match(pattern, "localhost")) return true;
  return wildcard_match(pattern, client.address);
}

bool more_specific(std::string_view a, std::string_view b) {
  const auto rank = [](std::string_view host) { return std::pair(first_wildcard(host), host.size()); };
  return rank(a) > rank(b);
}

}  // namespace breakwater::catalog
