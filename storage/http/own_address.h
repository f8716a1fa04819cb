// Which addresses are this machine's: what goes there is for the machine itself, as over loopback.
#pragma once

#include <boost/asio/ip/address.hpp>

namespace breakwater::storage {

/// Asks the system anew each time, since addresses come and go: the addresses of all interfaces, and what
/// else the routing table keeps on this machine. True if the system doesn't tell. Sends nothing; any thread.
bool is_own_address(const boost::asio::ip::address& address);

}  // namespace breakwater::storage
