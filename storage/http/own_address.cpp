#include "storage/http/own_address.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>

#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace breakwater::storage {
namespace {

namespace ip = boost::asio::ip;

struct FreeInterfaces {
  void operator()(ifaddrs* first) const { freeifaddrs(first); }
};

// The address without its scope: addresses are compared by their bytes.
std::optional<ip::address> address_of(const sockaddr* found) {
  if (found == nullptr) return std::nullopt;
  if (found->sa_family == AF_INET)
    return ip::address_v4(ntohl(reinterpret_cast<const sockaddr_in*>(found)->sin_addr.s_addr));
  if (found->sa_family != AF_INET6) return std::nullopt;
  ip::address_v6::bytes_type bytes{};
  std::copy_n(std::begin(reinterpret_cast<const sockaddr_in6*>(found)->sin6_addr.s6_addr), bytes.size(),
              bytes.begin());
  return ip::address_v6(bytes);
}

ip::address without_scope(const ip::address& address) {
  return address.is_v6() ? ip::address(ip::address_v6(address.to_v6().to_bytes())) : address;
}

bool has_an_interface(const ip::address& address) {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return true;
  const std::unique_ptr<ifaddrs, FreeInterfaces> owner(first);
  for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next)
    if (address_of(one->ifa_addr) == address) return true;
  return false;
}

struct Descriptor {
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
  int number;
};

/// Asks for the route to one address: RTM_GETROUTE with RTA_DST.
struct RouteQuestion {
  nlmsghdr header;
  rtmsg route;
  rtattr attribute;
  std::array<std::uint8_t, sizeof(in6_addr)> destination;
};

RouteQuestion question_about(const ip::address& address) {
  RouteQuestion question{};
  std::size_t size = sizeof(in_addr);
  if (address.is_v4()) {
    std::ranges::copy(address.to_v4().to_bytes(), question.destination.begin());
  } else {
    size = sizeof(in6_addr);
    std::ranges::copy(address.to_v6().to_bytes(), question.destination.begin());
  }
  question.attribute.rta_type = RTA_DST;
  question.attribute.rta_len = static_cast<unsigned short>(RTA_LENGTH(size));
  question.route.rtm_family = address.is_v4() ? AF_INET : AF_INET6;
  question.route.rtm_dst_len = static_cast<unsigned char>(8 * size);
  question.header.nlmsg_type = RTM_GETROUTE;
  question.header.nlmsg_flags = NLM_F_REQUEST;
  question.header.nlmsg_len =
      static_cast<std::uint32_t>(NLMSG_LENGTH(sizeof(rtmsg)) + question.attribute.rta_len);
  return question;
}

// Routes may make more addresses local than those of the interfaces. The kernel answers before send()
// returns.
bool is_routed_here(const ip::address& address) {
  const Descriptor netlink{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)};
  if (netlink.number < 0) return false;
  const RouteQuestion question = question_about(address);
  if (::send(netlink.number, &question, question.header.nlmsg_len, 0) < 0) return false;
  alignas(nlmsghdr) std::array<std::uint8_t, 4096> answer{};
  const auto size = ::recv(netlink.number, answer.data(), answer.size(), MSG_DONTWAIT);
  if (size < static_cast<ssize_t>(NLMSG_LENGTH(sizeof(rtmsg)))) return false;
  nlmsghdr header{};
  std::memcpy(&header, answer.data(), sizeof(header));
  if (header.nlmsg_type != RTM_NEWROUTE) return false;  // no route: connecting will fail
  rtmsg route{};
  std::memcpy(&route, answer.data() + NLMSG_HDRLEN, sizeof(route));
  return route.rtm_type == RTN_LOCAL;
}

}  // namespace

bool is_own_address(const ip::address& address) {
  return has_an_interface(without_scope(address)) || is_routed_here(without_scope(address));
}

}  // namespace breakwater::storage
