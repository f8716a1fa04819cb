// A destination as the user writes it. What is shown is one place, and the same whatever its key is; and what
// is accepted is followed to where it is written: into the paths of a file system, and into a signed request
// for each kind of store, whose lines are counted here without the product's own checks.
#include "storage/destination/uri.h"

#include <algorithm>
#include <string>

#include "fuzz/fuzz.h"
#include "storage/formats/path.h"
#include "storage/object/bucket_address.h"
#include "storage/object/object_client.h"

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

/// By bytes: also the second one of U+0080 to U+009F.
bool holds_control(std::string_view text) {
  bool c2 = false;
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte < 0x20 || byte == 0x7F || (c2 && byte < 0xA0)) return true;
    c2 = byte == 0xC2;
  }
  return false;
}

void follow_into_request(const storage::Destination& destination) {
  const auto address = storage::bucket_address(destination, {.allow_http = true});
  if (!address) return;
  const storage::Credentials credentials{.access_id = destination.access_id,
                                         .access_key = destination.access_key.clone()};
  const storage::StoreRequest request{.doing = "fuzz", .method = "PUT", .key = destination.object_dir + "/k"};
  const storage::WireRequest wire =
      storage::signed_request(request, *address, credentials, "UNSIGNED-PAYLOAD", 1'673'436'649'723'677);
  fuzz::require(!holds_control(wire.target) && wire.target.find(' ') == std::string::npos);
  for (const storage::HttpHeader& header : wire.headers)
    fuzz::require(!holds_control(header.name) && !holds_control(header.value));
  fuzz::require(storage::check_wire(wire).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const storage::UriRules rules{.allow_http = (input.byte() & 1U) != 0};
  const auto destination = storage::parse_destination(input.text(), rules);
  if (!destination) return 0;
  fuzz::require(!destination->place_key().empty());
  const std::string other_uri = with_other_key(input.text(), destination->secret().reveal());
  if (const auto other = storage::parse_destination(other_uri, rules))
    fuzz::require(other->display_value("00") == destination->display_value("00"));
  fuzz::require(!holds_control(destination->display_value("00")) && !holds_control(destination->place_key()));
  if (destination->is_file()) {
    fuzz::require(destination->local_path.starts_with('/') &&
                  storage::normalize_path(destination->local_path) == destination->local_path);
    fuzz::require(!destination->local_path.ends_with(' ') && !destination->local_path.starts_with("/ "));
  } else {
    follow_into_request(*destination);
  }
  return 0;
}

}  // namespace breakwater
