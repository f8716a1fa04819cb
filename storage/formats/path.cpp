#include "storage/formats/path.h"

#include <algorithm>
#include <span>

namespace breakwater::storage {

std::vector<std::string_view> path_components(std::string_view path) {
  std::vector<std::string_view> components;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view component = path.substr(0, end);
    if (!component.empty() && component != ".") components.push_back(component);
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return components;
}

std::string normalize_path(std::string_view path) {
  std::string normal;
  for (const std::string_view component : path_components(path)) normal.append("/").append(component);
  return normal.empty() ? "/" : normal;
}

bool inside_by_spelling(std::string_view path, std::string_view outer) {
  const auto inner_components = path_components(path);
  const auto outer_components = path_components(outer);
  return inner_components.size() >= outer_components.size() &&
         std::ranges::equal(outer_components, std::span(inner_components).first(outer_components.size()));
}

}  // namespace breakwater::storage
