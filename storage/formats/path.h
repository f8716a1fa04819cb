// Functions on paths as texts; none looks at a file system.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace breakwater::storage {

/// The path without "//", "/./" and trailing slashes. "/" stays "/". `path` must be absolute.
std::string normalize_path(std::string_view path);

/// The components of an absolute path, without empty ones and ".".
std::vector<std::string_view> path_components(std::string_view path);

/// Whether `path` is `outer` or lies below it, by spelling. Both must be absolute.
bool inside_by_spelling(std::string_view path, std::string_view outer);

}  // namespace breakwater::storage
