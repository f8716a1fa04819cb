// What a proxy puts in front of a connection, come whole or byte by byte -> whose connection it is.
#include "server/protocol/proxy_header.h"

#include <algorithm>
#include <array>

#include <arpa/inet.h>

#include "fuzz/fuzz.h"

namespace breakwater {

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::Input(data, size).text();
  const auto whole = protocol::parse_proxy_header(bytes);
  if (whole && *whole) {
    const protocol::ProxyHeader& header = **whole;
    fuzz::require(header.size <= bytes.size() && header.size <= protocol::kMaxProxyHeader);
    std::array<std::uint8_t, 16> address{};
    const std::string& text = header.address;
    fuzz::require(text.empty() || ::inet_pton(AF_INET, text.c_str(), address.data()) == 1 ||
                  ::inet_pton(AF_INET6, text.c_str(), address.data()) == 1);
  }
  // Nobody is refused for bytes that haven't come yet, and nothing is read beyond the header.
  const std::size_t longest = std::min(bytes.size(), protocol::kMaxProxyHeader + 1);
  for (std::size_t length = 0; length < longest; ++length) {
    const auto part = protocol::parse_proxy_header(bytes.substr(0, length));
    if (whole && !*whole) fuzz::require(part && !*part);
    if (!whole || !*whole) continue;
    const bool complete = length >= (*whole)->size;
    fuzz::require(part && part->has_value() == complete);
    if (complete) fuzz::require((*part)->address == (*whole)->address && (*part)->port == (*whole)->port);
  }
  return 0;
}

}  // namespace breakwater
