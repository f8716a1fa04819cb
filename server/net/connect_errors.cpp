#include "server/net/connect_errors.h"

#include <algorithm>

#include <boost/asio/ip/address.hpp>

namespace breakwater::server {
namespace {

std::string key_of(std::string_view address) {
  boost::system::error_code not_an_address;
  const auto parsed = boost::asio::ip::make_address(address, not_an_address);
  if (not_an_address || !parsed.is_v6()) return std::string(address);
  auto bytes = parsed.to_v6().to_bytes();
  std::fill(bytes.begin() + bytes.size() / 2, bytes.end(), std::uint8_t{0});
  return boost::asio::ip::address_v6(bytes).to_string();
}

}  // namespace

void ConnectErrors::note(std::string_view address, Time now) {
  const std::string key = key_of(address);
  if (!entries_.contains(key)) make_room(now);
  Entry& entry = entries_[key];
  if (entry.count == 0 || now - entry.since >= kWindow) entry = {.count = 0, .since = now};
  ++entry.count;
}

bool ConnectErrors::blocked(std::string_view address, std::uint32_t limit, Time now) const {
  if (entries_.empty()) return false;
  const auto found = entries_.find(key_of(address));
  return found != entries_.end() && now - found->second.since < kWindow && found->second.count >= limit;
}

void ConnectErrors::make_room(Time now) {
  if (entries_.size() < kMaxAddresses) return;
  std::erase_if(entries_, [&](const auto& item) { return now - item.second.since >= kWindow; });
  if (entries_.size() < kMaxAddresses) return;
  entries_.erase(std::ranges::min_element(entries_, {}, [](const auto& item) { return item.second.count; }));
}

}  // namespace breakwater::server
