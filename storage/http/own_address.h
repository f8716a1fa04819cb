// Tells which addresses are this machine's own, and so are like loopback.
#pragma once

#include <boost/asio/ip/address.hpp>

namespace breakwater::storage {

/// Asks the system each time, since addresses change: for the addresses of all interfaces, and for the other
/// addresses that the routing table says are local. True if the system doesn't tell. Sends nothing; any
/// thread.
bool is_own_address(const boost::asio::ip::address& address);

}  // namespace breakwater::storage
