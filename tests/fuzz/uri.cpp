// A destination as the user writes it. What is shown is one place, and the same whatever its key is.
#include "storage/uri.h"

#include <string>

#include "fuzz/fuzz.h"

namespace breakwater {

namespace {

/// The same URI with another key of the same size; empty where the key isn't written once and as it is.
std::string with_other_key(std::string_view uri, std::string_view key) {
  const std::string option = "access_key=" + std::string(key);
  const std::size_t at = key.empty() ? std::string_view::npos : uri.find(option);
  if (at == std::string_view::npos || uri.find("access_key=", at + 1) != std::string_view::npos) return {};
  std::string other(uri);
  return other.replace(at + option.size() - key.size(), key.size(), key.size(), 'k');
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const storage::UriRules rules{.allow_http = (input.byte() & 1U) != 0};
  const auto destination = storage::parse_destination(input.text(), rules);
  if (!destination) return 0;
  fuzz::require(destination->same_place(*destination));
  const std::string other_uri = with_other_key(input.text(), destination->secret().reveal());
  if (const auto other = storage::parse_destination(other_uri, rules))
    fuzz::require(other->display_value("00") == destination->display_value("00"));
  if (destination->is_file()) {
    fuzz::require(destination->local_path.starts_with('/') &&
                  storage::normalize_path(destination->local_path) == destination->local_path);
  }
  return 0;
}

}  // namespace breakwater
