#include "catalog/host_match.h"

#include <algorithm>

#include "base/text.h"

namespace breakwater::catalog {
namespace {

// Linear: on a mismatch only the last '%' is taken up again.
bool like(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '%') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '_' || ascii_lower(pattern[p]) == ascii_lower(text[t]))) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return pattern.substr(p).find_first_not_of('%') == std::string_view::npos;
}

// Where the first wildcard stands; the greatest number for none.
std::size_t first_wildcard(std::string_view host) {
  return host.empty() ? 0 : host.find_first_of("%_");
}

}  // namespace

bool host_matches(std::string_view pattern, const ClientHost& client) {
  if (pattern.empty()) return true;
  if (client.local && like(pattern, "localhost")) return true;
  return like(pattern, client.address);
}

bool more_specific(std::string_view a, std::string_view b) {
  const auto rank = [](std::string_view host) { return std::pair(first_wildcard(host), host.size()); };
  return rank(a) > rank(b);
}

}  // namespace breakwater::catalog
