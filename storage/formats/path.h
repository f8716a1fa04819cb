// Paths as texts: nothing here looks at a file system.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace breakwater::storage {

/// Without "//", "/./" and trailing slashes. "/" stays "/". `path` must be absolute.
std::string normalize_path(std::string_view path);

/// The components of an absolute path, empty ones and "." left out.
std::vector<std::string_view> path_components(std::string_view path);

/// By spelling: `path` is `outer` or lies below it. Both absolute.
bool inside_by_spelling(std::string_view path, std::string_view outer);

}  // namespace breakwater::storage
