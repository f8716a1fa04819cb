// A destination as the user writes it. Nothing of a key is in what is shown, and what is shown is one place.
#include "storage/uri.h"

#include <string>

#include "fuzz/fuzz.h"

namespace breakwater {

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const storage::UriRules rules{.allow_http = (input.byte() & 1U) != 0};
  const auto destination = storage::parse_destination(input.text(), rules);
  if (!destination) return 0;
  const std::string shown = destination->display_value("00");
  fuzz::require(destination->same_place(*destination));
  constexpr std::size_t kTellingSize = 16;  // shorter ones may be part of anything
  const std::string_view key = destination->secret().reveal();
  if (key.size() >= kTellingSize && destination->path.find(key) == std::string::npos &&
      destination->access_id.find(key) == std::string::npos &&
      destination->extension.find(key) == std::string::npos &&
      destination->endpoint.find(key) == std::string::npos) {
    fuzz::require(shown.find(key) == std::string::npos);
  }
  if (destination->is_file()) {
    fuzz::require(destination->local_path.starts_with('/') &&
                  storage::normalize_path(destination->local_path) == destination->local_path);
  }
  return 0;
}

}  // namespace breakwater
